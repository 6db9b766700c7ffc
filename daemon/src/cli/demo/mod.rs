//! `bellboard demo`: the whole product on one machine, with nothing to install.
//!
//! Owns the simulated support desk and its link to a broker. Refuses to take any short cut
//! to the board: everything it shows has travelled over MQTT.

pub mod desk;
pub mod floor;
pub mod link;
pub mod talk;
