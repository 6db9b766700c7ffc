//! Bellboard: a support floor's status board, from MQTT to the display on the wall.
//!
//! The map: [`core`] decides (pure, time is an argument), [`io`] touches the world (one file
//! a neighbour), `event_loop` stands between them, [`config`] says how things are set,
//! [`clock`] is the only place that reads the time, [`cli`] is what a person types.

pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod event_loop;
pub mod io;
