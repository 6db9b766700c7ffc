//! The rig: what the tests of the whole product share.

pub mod appliance;
pub mod bench;
pub mod binary;
pub mod burst;
pub mod bus;
pub mod certificates;
pub mod daemon;
pub mod debian;
pub mod desk;
pub mod device_nodes;
pub mod door;
pub mod expected;
pub mod glass;
pub mod main_system;
pub mod minutes;
pub mod module;
pub mod mosquitto;
pub mod picture;
pub mod schemas;
pub mod sh1106;
pub mod spi;
pub mod ssd1306;
pub mod tmux;
pub mod tool;
pub mod watch;
