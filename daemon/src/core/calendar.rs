//! When a floor is open.
//!
//! Owns opening hours. Refuses to know whose they are.

use bellboard_panel::Timestamp;

/// Opening hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Calendar {
    /// Open at every instant.
    #[default]
    Always,
}

impl Calendar {
    /// The instant by which `open_ms` milliseconds of open time have passed since `start`.
    #[must_use]
    pub fn add(&self, start: Timestamp, open_ms: u64) -> Timestamp {
        start.plus_millis(open_ms as i64)
    }
}
