//! The shells: one file a neighbour. Each turns the world into events, or actions into the world.

#[cfg(feature = "embedded-broker")]
pub mod broker;
pub mod gpio;
#[cfg(feature = "history")]
pub mod history;
#[cfg(feature = "http")]
pub mod http;
pub mod inputs;
pub mod log;
pub mod memory;
pub mod mqtt;
pub mod outputs;
pub mod pulse;
pub mod pwm;
pub mod systemd;
pub mod trouble;
