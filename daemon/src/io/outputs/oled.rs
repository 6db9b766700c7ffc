//! oled
