//! What people press.
pub mod button;
