//! buzzer
