//! The only place that reads a clock.
//!
//! Owns the pair of times that every decision is made with. Refuses to decide anything.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bellboard_panel::Timestamp;
use chrono::{DateTime, Local, Offset, Utc};
use chrono_tz::Tz;

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

/// 2026-01-01T00:00:00Z: this program is younger, so an earlier clock was never set.
const EARLIEST_MILLIS: i64 = 1_767_225_600_000;

/// Whether a wall clock that shows this can have been set.
#[must_use]
pub fn is_set(wall: Timestamp) -> bool {
    wall.millis() >= EARLIEST_MILLIS
}

/// Seconds that local time is ahead of UTC at an instant; the machine's zone where none is given.
#[must_use]
pub fn utc_offset_s(zone: Option<Tz>, at: Timestamp) -> i32 {
    let utc = DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
    match zone {
        Some(zone) => utc.with_timezone(&zone).offset().fix().local_minus_utc(),
        None => utc.with_timezone(&Local).offset().fix().local_minus_utc(),
    }
}
