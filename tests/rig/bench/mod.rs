//! What the measurements share: real programs on a real stream, and what they cost.
//!
//! Owns the parts that measure. Refuses to say what a good figure is.

pub mod board;
pub mod figures;
pub mod process;
pub mod reader;
pub mod traffic;

use std::{
    thread,
    time::{Duration, Instant},
};

/// No step of a measurement takes this long: one that does has lost a message.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(120);

/// Looks every few milliseconds until there is an answer.
///
/// # Panics
/// There is none within [`STEP_TIMEOUT`]; `what` says of what.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < STEP_TIMEOUT, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
