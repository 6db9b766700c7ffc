//! Exit codes, after sysexits.h.

/// All is well.
pub const OK: u8 = 0;
/// The command line was wrong.
pub const USAGE: u8 = 64;
/// The input was wrong.
pub const DATA: u8 = 65;
/// An input file is missing or unreadable.
pub const NO_INPUT: u8 = 66;
/// A service (the broker, say) is not available.
pub const UNAVAILABLE: u8 = 69;
/// An internal error.
pub const SOFTWARE: u8 = 70;
/// An output could not be created.
pub const CANNOT_CREATE: u8 = 73;
/// Reading or writing failed.
pub const IO: u8 = 74;
/// The configuration is wrong.
pub const CONFIG: u8 = 78;
