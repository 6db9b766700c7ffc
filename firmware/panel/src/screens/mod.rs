//! The pages of the board, one file each.
