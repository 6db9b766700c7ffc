//! What the board drives: each output draws the newest snapshot at its own pace.

pub mod buzzer;
pub mod dimming;
pub mod framebuffer;
pub mod frames;
pub mod guard;
pub mod lamps;
pub mod oled;
pub mod png;
mod post;
pub mod screen;
pub mod terminal;
pub mod turns;
