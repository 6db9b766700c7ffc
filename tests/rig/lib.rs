//! The rig: what the tests of the whole product share.

pub mod appliance;
pub mod bench;
pub mod binary;
pub mod browser;
pub mod burst;
pub mod bus;
pub mod certificates;
pub mod daemon;
pub mod debian;
pub mod desk;
pub mod device_nodes;
pub mod door;
pub mod expected;
pub mod main_system;
pub mod minutes;
pub mod mosquitto;
pub mod picture;
pub mod schemas;
pub mod ssd1306;
pub mod tmux;
pub mod tool;
pub mod visitor;
pub mod watch;
pub mod web;
