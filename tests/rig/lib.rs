//! The rig: what the tests of the whole product share.

pub mod appliance;
pub mod binary;
pub mod burst;
pub mod bus;
pub mod debian;
pub mod desk;
pub mod device_nodes;
pub mod expected;
pub mod picture;
pub mod ssd1306;
pub mod tmux;
