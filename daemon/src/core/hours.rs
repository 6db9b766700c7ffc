//! Whether the floor is shut and whether its sound is to rest, by the hour.
//!
//! Owns the two calendars that a board itself has: the floor's hours and its quiet hours. They
//! are looked at only when one of them changes. Refuses to know what follows from either.

use std::sync::Arc;

use bellboard_panel::{Timestamp, snapshot::Closed};

use crate::{
    config::Config,
    core::{calendar::Calendar, sla::earlier},
};

/// A calendar that does not change for longer than it looks ahead is looked at again after a day.
const LOOK_AGAIN_MS: i64 = 86_400_000;

/// The board's own hours, as of the last look.
#[derive(Debug)]
pub struct Hours {
    floor: Arc<Calendar>,
    quiet: Option<Arc<Calendar>>,
    closed: Option<Closed>,
    is_quiet: bool,
    /// From when to when the last look holds.
    holds: Option<(Timestamp, Timestamp)>,
}

impl Hours {
    /// The hours of the configuration, not looked at yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            floor: Arc::clone(&config.board.calendar),
            quiet: config.alarm.quiet.clone(),
            closed: None,
            is_quiet: false,
            holds: None,
        }
    }

    /// Looks at the calendars where the last look does not hold at `now`.
    pub fn look(&mut self, now: Timestamp) {
        if self.holds.is_some_and(|(from, to)| from <= now && now < to) {
            return;
        }
        let change = self.floor.next_change(now);
        self.closed = (!self.floor.is_open(now)).then_some(Closed { opens_at: change });
        self.is_quiet = self.quiet.as_ref().is_some_and(|quiet| quiet.is_open(now));
        let change = earlier(change, self.quiet.as_ref().and_then(|quiet| quiet.next_change(now)));
        self.holds = Some((now, change.unwrap_or(now.plus_millis(LOOK_AGAIN_MS))));
    }

    /// That the floor is shut, and when it opens.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.closed
    }

    /// Whether nothing is to be heard: in quiet hours, and while nobody is there to hear it.
    #[must_use]
    pub fn are_silent(&self) -> bool {
        self.is_quiet || self.closed.is_some()
    }

    /// When the calendars are to be looked at again; `None` where nothing can change.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        let constant = *self.floor == Calendar::Always && self.quiet.is_none();
        self.holds.filter(|_| !constant).map(|(_, to)| to)
    }
}
