//! The pure core: from messages and time to what the board shows and does.

pub mod calendar;
pub mod time;
