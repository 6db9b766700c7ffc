//! The only place that reads a clock.
//!
//! Owns the pair of times that every decision is made with. Refuses to decide anything.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bellboard_panel::Timestamp;

use crate::core::time::{Mono, Now};

/// Reads the wall clock and a monotonic clock that starts at 0 with this value.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock whose monotonic time starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Both times, read one after the other.
    #[must_use]
    pub fn now(&self) -> Now {
        let mono = Mono::from_millis(self.start.elapsed().as_millis() as u64);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64);
        Now { wall: Timestamp::from_millis(wall), mono }
    }
}
