//! The pure core: from messages and time to what the board shows, sounds and says.
//!
//! Owns [`State`]: one function takes an [`Input`] and the time, and returns [`Actions`].
//! Refuses to read a clock, a file or a socket, and performs nothing itself.
//!
//! The way of a message: [`topic`] → [`decode`] → [`table`] (with [`index`] and [`sla`]) →
//! [`alarm`] → [`sound`] → [`board`]. Beside it [`source`] judges whether it can be believed.

pub mod action;
pub mod alarm;
pub mod board;
pub mod calendar;
pub mod clean;
pub mod command;
pub mod conversation;
pub mod decode;
pub mod explain;
pub mod figures;
pub mod group;
pub mod groups;
pub mod history;
pub mod hours;
pub mod index;
pub mod memory;
pub mod report;
pub mod sla;
pub mod sound;
pub mod source;
mod state;
pub mod surge;
pub mod table;
pub mod time;
pub mod topic;
pub mod view;

pub use action::{Action, Actions};
pub use state::{Counters, Input, Press, State, Wake};
