//! The rig: what the tests of the whole product share.

pub mod bench;
pub mod binary;
pub mod bus;
pub mod device_nodes;
pub mod picture;
pub mod ssd1306;
