//! What people do with alarms: acknowledge them, put them aside, take them up again.
//!
//! Owns which alarms a press covers. Refuses to know buttons and commands.

use bellboard_panel::Timestamp;

use super::{Alarm, AlarmKey, AlarmState, Alarms, Transition, is_heard, table::Event};
use crate::core::time::{Mono, Now};

/// Two boards' clocks may differ by so much: an acknowledgement from another board covers what
/// rang here up to this long after it was given, in milliseconds.
const MAX_SKEW_MS: i64 = 60_000;

/// Why an alarm was not put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshelvable {
    /// No alarm of that key is on the board.
    Unknown,
    /// The board's own trouble must be told of.
    Forbidden,
}

impl Alarms {
    /// Acknowledges every alarm that was on the board at `pressed`, and says which those are. What
    /// began to ring a moment later is not covered, and neither is what is frozen: nobody saw it.
    pub fn ack_all(
        &mut self,
        by: &str,
        pressed: Mono,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> Vec<AlarmKey> {
        let shown = self.shown(pressed, live, |state| state.rings() || state == AlarmState::Missed);
        for key in &shown {
            self.ack(key, Event::Ack, by, live, now, out);
        }
        shown
    }

    /// Acknowledges one alarm by the text of its key, and says which alarms that covered; `None`
    /// when none of that key is on the board.
    pub fn ack_one(
        &mut self,
        text: &str,
        by: &str,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> Option<Vec<AlarmKey>> {
        let named = self.named(text);
        let dealt_with = named.iter().any(|key| self.active[key].state == AlarmState::Acked);
        let covered: Vec<AlarmKey> =
            named.into_iter().filter(|key| self.ack(key, Event::Ack, by, live, now, out)).collect();
        (dealt_with || !covered.is_empty()).then_some(covered)
    }

    /// Acknowledges what was acknowledged at `at` in front of another board of the group. What
    /// began to ring here long after that is another matter.
    pub fn ack_shared(
        &mut self,
        text: &str,
        by: &str,
        at: Timestamp,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) {
        for key in self.named(text) {
            if self.active[&key].rang.wall.millis_since(at) <= MAX_SKEW_MS {
                self.ack(&key, Event::SharedAck, by, live, now, out);
            }
        }
    }

    fn ack(
        &mut self,
        key: &AlarmKey,
        event: Event,
        by: &str,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> bool {
        let acked = self.happen(key, event, live, now, out);
        if acked && let Some(alarm) = self.active.get_mut(key) {
            alarm.acked_by = Some(by.to_owned());
        }
        acked
    }

    /// Puts aside for so many milliseconds every alarm that may be, of those that were on the board at `pressed`. What may
    /// not be put aside is acknowledged: whoever holds the button wants silence. Says which
    /// alarms were acknowledged.
    pub fn shelve_all(
        &mut self,
        for_ms: u64,
        by: &str,
        pressed: Mono,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> Vec<AlarmKey> {
        let shown = self.shown(pressed, live, |state| state != AlarmState::Shelved);
        let mut acked = Vec::new();
        for key in shown {
            let shelved = key.can_be_shelved() && self.shelve(&key, for_ms, live, now, out);
            if !shelved && self.ack(&key, Event::Ack, by, live, now, out) {
                acked.push(key);
            }
        }
        acked
    }

    /// Puts one alarm aside for so many milliseconds by the text of its key; one that is aside already stays so from now
    /// on as long as it says.
    pub fn shelve_one(
        &mut self,
        text: &str,
        for_ms: u64,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> Result<(), Unshelvable> {
        let named = self.named(text);
        if named.is_empty() {
            return Err(Unshelvable::Unknown);
        }
        if !named.iter().all(AlarmKey::can_be_shelved) {
            return Err(Unshelvable::Forbidden);
        }
        let mut found = false;
        for key in named {
            if self.active[&key].state == AlarmState::Shelved {
                self.set_aside(&key, for_ms, now);
                found = true;
            } else {
                found |= self.shelve(&key, for_ms, live, now, out);
            }
        }
        if found { Ok(()) } else { Err(Unshelvable::Unknown) }
    }

    fn shelve(
        &mut self,
        key: &AlarmKey,
        for_ms: u64,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> bool {
        let shelved = self.happen(key, Event::Shelve, live, now, out);
        if shelved {
            self.set_aside(key, for_ms, now);
        }
        shelved
    }

    fn set_aside(&mut self, key: &AlarmKey, for_ms: u64, now: Now) {
        self.change(key, |alarm| alarm.until = Some(now.wall.plus_millis(for_ms as i64)));
        self.set_timer(key, Some(now.mono.plus_millis(for_ms)));
    }

    /// Takes up again what was put aside: one alarm by the text of its key, or all. False when
    /// none of that key was.
    pub fn unshelve(
        &mut self,
        text: Option<&str>,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> bool {
        let keys = match text {
            Some(text) => self.named(text),
            None => self.shelf.iter().map(|(_, key)| key.clone()).collect(),
        };
        let mut found = text.is_none();
        for key in keys {
            found |= self.happen(&key, Event::Unshelve, live, now, out);
        }
        found
    }

    /// The alarms in such a state that were on the board at `pressed`.
    fn shown(&self, pressed: Mono, live: &[bool], such: impl Fn(AlarmState) -> bool) -> Vec<AlarmKey> {
        let shown = |(key, alarm): &(&AlarmKey, &Alarm)| {
            such(alarm.state) && alarm.rang.mono <= pressed && is_heard(key, live)
        };
        self.active.iter().filter(shown).map(|(key, _)| key.clone()).collect()
    }

    /// The active alarms that a text may stand for: at most one for each source.
    fn named(&self, text: &str) -> Vec<AlarmKey> {
        AlarmKey::read(text, self.tallies.sources()).filter(|key| self.active.contains_key(key)).collect()
    }
}
