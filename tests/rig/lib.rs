//! The rig: what the tests of the whole product share.

pub mod bus;
pub mod picture;
pub mod ssd1306;
