//! The board's picture, for a daemon on Linux and for a microcontroller alike.
//!
//! Owns what a board shows ([`Snapshot`]), how it looks ([`screens`]) and how it sounds
//! ([`chime`]). Refuses to know where a snapshot comes from, what time it is, and which
//! bus or window the pixels end up on.
#![no_std]

extern crate alloc;

pub mod chime;
pub mod screens;
pub mod snapshot;
pub mod time;

pub use snapshot::Snapshot;
pub use time::Timestamp;
