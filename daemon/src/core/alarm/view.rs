//! What there is to see and hear of the alarms.
//!
//! Owns the questions that the board, the sounder and the broker ask. Refuses to change anything
//! but the note of what is news.

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Priority},
};

use super::{
    Alarm, AlarmKey, AlarmLine, AlarmState, Alarms, BoardAlarm, is_heard,
    tally::{Chorus, Tally},
};
use crate::core::{conversation::Id, table::SourceId, time::Mono};

/// The alarm that the display speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foremost<'a> {
    /// Which it is.
    pub key: &'a AlarmKey,
    /// When it began to ring.
    pub since: Timestamp,
    /// Whether nobody has reacted for too long.
    pub escalated: bool,
}

impl Alarms {
    /// Who acknowledged an alarm, by its key's words.
    #[must_use]
    pub fn acked_by(&self, words: &str, sources: usize) -> Option<&str> {
        let alarm = AlarmKey::read(words, sources).find_map(|key| self.active.get(&key))?;
        alarm.acked_by.as_deref()
    }

    /// What is to be heard while only the sources in `live` are.
    #[must_use]
    pub fn chorus(&self, live: &[bool]) -> Chorus {
        self.tallies.chorus(live)
    }

    /// How many alarms there are in each state, over all.
    #[must_use]
    pub fn counts(&self) -> Tally {
        self.tallies.sum()
    }

    /// Whether any alarm is not normal.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.active.is_empty()
    }

    /// Whether so many alarms came lately that their bursts are joined.
    #[must_use]
    pub fn is_flooded(&self, now: Mono) -> bool {
        self.onsets.flood_until(now).is_some()
    }

    /// The highest priority that began to ring since the last call.
    pub fn take_fresh(&mut self) -> Option<Priority> {
        self.fresh.take()
    }

    /// The alarm that has rung longest, among those that a page of their own does not tell of.
    #[must_use]
    pub fn foremost(&self) -> Option<Foremost<'_>> {
        let told_elsewhere =
            |key: &AlarmKey| matches!(key, AlarmKey::Board(what) if *what != BoardAlarm::Surge);
        let (since, key) = self.ringing.iter().find(|(_, key)| !told_elsewhere(key))?;
        let escalated = self.active[key].state == AlarmState::Escalated;
        Some(Foremost { key, since: *since, escalated })
    }

    /// When the first alarm that was put aside comes back.
    #[must_use]
    pub fn shelved_until(&self) -> Option<Timestamp> {
        self.shelf.first().map(|(until, _)| *until)
    }

    /// The conversations that have an alarm, once for each alarm.
    pub fn conversations(&self) -> impl Iterator<Item = (SourceId, Id, Clock)> + '_ {
        self.active.keys().filter_map(|key| match key {
            AlarmKey::Conversation { id, clock, source } => Some((*source, id.clone(), *clock)),
            AlarmKey::Board(_) => None,
        })
    }

    /// At most `limit` alarms that are not normal, by key.
    #[must_use]
    pub fn lines(&self, live: &[bool], limit: usize) -> Vec<AlarmLine> {
        let told = |(key, alarm): (&AlarmKey, &Alarm)| AlarmLine {
            key: key.to_string(),
            clock: key.clock(),
            state: alarm.state,
            priority: key.priority(alarm.state),
            occurrence: alarm.occurrence,
            since: alarm.since,
            acked_by: alarm.acked_by.clone(),
            until: alarm.until,
            frozen: !is_heard(key, live),
        };
        self.active.iter().take(limit).map(told).collect()
    }
}
