//! What a restart must not forget of the alarms.
//!
//! Owns the form in which an alarm is kept, and how it comes back: as it was, with what is left of
//! its time, frozen until its source is live again. Refuses to know files.

use bellboard_panel::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Alarm, AlarmKey, AlarmState, Alarms};
use crate::core::time::Now;

/// One alarm, kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// `<id>/<clock>` or `board/<what>`.
    pub key: String,
    /// The root of its source; none for the board's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its state.
    pub state: AlarmState,
    /// Which occurrence it is.
    pub occurrence: u32,
    /// Since when it has been in this state.
    pub since: Timestamp,
    /// When it began to ring.
    pub rang: Timestamp,
    /// Who acknowledged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_by: Option<String>,
    /// When it comes back, for one that is shelved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether its cause held.
    pub breached: bool,
}

impl Alarms {
    /// At most `limit` alarms to keep. Pending ones are not among them: nothing has come of
    /// them yet. Those that a person has dealt with come first, for those must not be lost.
    #[must_use]
    pub fn kept(&self, roots: &[&str], limit: usize) -> Vec<Kept> {
        let dealt_with = |state| matches!(state, AlarmState::Acked | AlarmState::Shelved);
        // The board's own troubles are found out anew, unless a person has dealt with them.
        let worth = |(key, alarm): &(&AlarmKey, &Alarm)| {
            let own = matches!(key, AlarmKey::Board(_));
            alarm.state != AlarmState::Pending && !(own && alarm.state.rings())
        };
        let all = self.active.iter().filter(worth);
        let (first, rest): (Vec<_>, Vec<_>) = all.partition(|(_, alarm)| dealt_with(alarm.state));
        let kept = |(key, alarm): (&AlarmKey, &Alarm)| Kept {
            key: key.to_string(),
            source: match key {
                AlarmKey::Board(_) => None,
                AlarmKey::Conversation { source, .. } => Some(roots[usize::from(*source)].to_owned()),
            },
            state: alarm.state,
            occurrence: alarm.occurrence,
            since: alarm.since,
            rang: alarm.rang.wall,
            acked_by: alarm.acked_by.clone(),
            until: alarm.until,
            breached: alarm.breached,
        };
        first.into_iter().chain(rest).take(limit).map(kept).collect()
    }

    /// Puts one alarm back. One of a source that is followed no more, or of a state in which
    /// nothing is kept, is left out.
    pub fn restore(&mut self, kept: &Kept, roots: &[&str], now: Now) {
        let fits = |key: &AlarmKey| match key {
            AlarmKey::Board(_) => kept.source.is_none(),
            AlarmKey::Conversation { source, .. } => {
                kept.source.as_deref() == Some(roots[usize::from(*source)])
            }
        };
        let Some(key) = AlarmKey::read(&kept.key, roots.len()).find(fits) else { return };
        if matches!(kept.state, AlarmState::Normal | AlarmState::Pending) || self.active.contains_key(&key) {
            return;
        }
        // A clock that was set meanwhile neither stretches nor skips what is left by more than all.
        let left =
            |from: Timestamp, of_ms: u64| of_ms - now.wall.millis_since(from).clamp(0, of_ms as i64) as u64;
        let rules = &self.rules;
        let timer_ms = match (kept.state, kept.until) {
            (AlarmState::Shelved, Some(until)) => {
                Some((until.millis_since(now.wall).max(0) as u64).min(rules.shelve_max_ms))
            }
            (AlarmState::Unacked | AlarmState::Escalated, _) if !kept.breached => Some(rules.off_delay_ms),
            (state, _) => rules.lasts(state).map(|ms| left(kept.since, ms)),
        };
        let escalates = now.mono.plus_millis(left(kept.rang, rules.escalate_after_ms));
        self.records.entry(key.clone()).or_default().occurrence = kept.occurrence;
        self.active.insert(key.clone(), Alarm::normal(now));
        self.change(&key, |alarm| {
            alarm.state = kept.state;
            alarm.occurrence = kept.occurrence;
            alarm.since = kept.since;
            alarm.rang = Now { wall: kept.rang, mono: now.mono };
            alarm.acked_by.clone_from(&kept.acked_by);
            alarm.breached = kept.breached;
            alarm.escalates = escalates;
            alarm.until = kept.until;
        });
        self.set_timer(&key, timer_ms.map(|ms| now.mono.plus_millis(ms)));
    }
}
