//! The two times a decision is made with.
//!
//! Owns [`Now`]. Wall time says when a promise breaks; monotonic time measures delays, so
//! that a clock that is set does not stretch or skip them. Refuses to read either.

use bellboard_panel::Timestamp;

/// Milliseconds of monotonic time since the daemon started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mono(u64);

impl Mono {
    /// From milliseconds since the daemon started.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the daemon started.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The instant `millis` later.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here, 0 when `earlier` lies ahead.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Wall time.
    pub wall: Timestamp,
    /// Monotonic time.
    pub mono: Mono,
}
