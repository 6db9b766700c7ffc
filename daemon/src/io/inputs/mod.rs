//! What people press.

pub mod button;
mod debounce;

pub use debounce::Debounce;
