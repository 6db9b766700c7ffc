//! The board's picture, for a daemon on Linux and for a microcontroller alike.
//!
//! Owns what a board shows ([`Snapshot`]), how it looks ([`screens`]) and how it sounds
//! ([`chime`]). Refuses to know where a snapshot comes from, what time it is, and which
//! bus or window the pixels end up on.
#![no_std]

extern crate alloc;

pub mod canvas;
pub mod chime;
pub mod color_canvas;
mod layout;
pub mod locale;
pub mod look;
mod pen;
pub mod rotation;
pub mod rtttl;
pub mod sample;
pub mod screens;
mod shapes;
pub mod snapshot;
mod text;
mod theme;
pub mod time;
pub mod words;

pub use canvas::Canvas;
pub use color_canvas::ColorCanvas;
pub use locale::Locale;
pub use look::{Look, Palette, Role};
pub use snapshot::Snapshot;
pub use time::Timestamp;
