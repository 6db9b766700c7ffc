//! What follows from every input: trust, then alarms, then sound, then what is told of them.
//!
//! Owns that order. Refuses to look at messages.

use bellboard_panel::snapshot::{Clock, Trust};
use serde_json::json;

use super::State;
use crate::core::{
    action::{Action, Message, Note},
    alarm::{AlarmKey, BoardAlarm},
    conversation::Id,
    decode,
    index::Slot,
    sound::Heard,
    source::Source,
    table::SourceId,
    time::{Mono, Now},
};

/// `B/alarms` is published at most this often.
const ALARMS_EVERY_MS: u64 = 1_000;
/// `B/alarms` lists at most so many, which keeps it under a megabyte.
const MAX_ALARM_LINES: usize = 4_000;

impl State {
    pub(super) fn settle(&mut self, now: Now, out: &mut Vec<Action>) {
        self.hours.look(now.wall);
        let known = self.settle_trust(now, out);
        self.settle_surge(now, out);
        self.with_alarms(out, |alarms, live, steps| alarms.advance(live, now, steps));
        let heard = Heard {
            chorus: self.alarms.chorus(&self.live),
            fresh: self.alarms.take_fresh(),
            known,
            flooded: self.alarms.is_flooded(now.mono),
            silent: self.hours.are_silent(),
        };
        self.sound.settle(heard, now, out);
        self.settle_history(now, out);
        if self.alarms_changed && self.link == Some(true) && self.alarms_due() <= now.mono {
            self.alarms_changed = false;
            self.alarms_told = Some(now.mono);
            let payload = json!(self.alarms.lines(&self.live, MAX_ALARM_LINES)).to_string();
            let topic = self.topics.of_board("alarms");
            self.publish(Message { topic, payload, retain: true }, out);
        }
    }

    pub(super) fn alarms_due(&self) -> Mono {
        self.alarms_told.map_or(self.now.mono, |told| told.plus_millis(ALARMS_EVERY_MS))
    }

    /// True when a source is live again.
    pub(super) fn settle_trust(&mut self, now: Now, out: &mut Vec<Action>) -> bool {
        let clock_right = self.clock_set && !self.sources.iter().any(Source::clock_is_behind);
        let mut worst = if self.link == Some(false) { Trust::Offline } else { Trust::Live };
        let mut thawed = Vec::new();
        for (place, source) in self.sources.iter().enumerate() {
            let own = source.trust(self.table.tally(place as SourceId), now.mono);
            worst = worse(worst, own);
            let live = own == Trust::Live && self.link != Some(false) && clock_right;
            if live && !self.live[place] {
                thawed.push(place as SourceId);
            }
            // Whether its alarms are frozen is told with them.
            self.alarms_changed |= live != self.live[place] && self.alarms.any();
            self.live[place] = live;
        }
        if !clock_right {
            worst = Trust::Clock;
        }
        if worst == Trust::Live && !self.ever_synced {
            self.ever_synced = true;
            self.sound.end_hush();
        }
        if worst != self.trust {
            let (from, to) = (self.trust, worst);
            self.trust = to;
            self.trust_since = now.wall;
            out.push(Action::Trust { from, to });
            self.tell("event", &json!({"type": "trust", "from": from, "to": to, "at": now.wall}), out);
            self.settle_board_alarms(now, out);
        }
        for &source in &thawed {
            let (root, open) =
                (self.sources[usize::from(source)].root.clone(), self.table.tally(source).open);
            out.push(Action::Note(Note::Synced { root, open }));
            self.forget_strays(source, now, out);
            self.record_strays(source, out);
            self.reconcile_all(now, out);
            self.alarms.thaw(now);
        }
        !thawed.is_empty()
    }

    /// Ends the alarms of conversations that are gone: those that a restart remembered.
    fn forget_strays(&mut self, source: SourceId, now: Now, out: &mut Vec<Action>) {
        let of_source = self.alarms.conversations().filter(|(of, _, _)| *of == source);
        let strays: Vec<Id> =
            of_source.map(|(_, id, _)| id).filter(|id| self.table.find(source, id).is_none()).collect();
        for id in strays {
            self.with_alarms(out, |alarms, _, steps| alarms.forget(&id, source, now, steps));
        }
    }

    /// A surge is judged while the board can be believed; else it stays as it was.
    fn settle_surge(&mut self, now: Now, out: &mut Vec<Action>) {
        if self.trust != Trust::Live {
            return;
        }
        let was = self.surge.is_raised();
        let is = self.surge.judge(now.wall);
        if is != was {
            let key = AlarmKey::Board(BoardAlarm::Surge);
            self.with_alarms(out, |alarms, live, steps| {
                if is {
                    alarms.raise(&key, live, now, steps);
                } else {
                    alarms.clear(&key, live, now, steps);
                }
            });
        }
    }

    pub(super) fn settle_board_alarms(&mut self, now: Now, out: &mut Vec<Action>) {
        let trust = self.trust;
        self.with_alarms(out, |alarms, live, steps| {
            for what in [BoardAlarm::Stale, BoardAlarm::Offline, BoardAlarm::Drift] {
                let key = AlarmKey::Board(what);
                if ails(what, trust) {
                    alarms.raise(&key, live, now, steps);
                } else {
                    alarms.clear(&key, live, now, steps);
                }
            }
        });
    }

    /// Fits the alarms of one conversation to its clocks. Those of a source that is not live
    /// keep their state.
    pub(super) fn reconcile(&mut self, slot: Slot, now: Now, out: &mut Vec<Action>) {
        let entry = self.table.entry(slot);
        let (id, source, breached) = (entry.id.clone(), entry.source, entry.breached());
        if !self.live[usize::from(source)] {
            return;
        }
        if breached == 0 && !self.alarms.any() {
            return;
        }
        self.with_alarms(out, |alarms, live, steps| {
            for clock in Clock::ALL {
                let key = AlarmKey::Conversation { id: id.clone(), clock, source };
                if breached & (1 << decode::clock_index(clock)) == 0 {
                    alarms.clear(&key, live, now, steps);
                } else {
                    alarms.raise(&key, live, now, steps);
                }
            }
        });
    }

    /// Fits the alarms to all clocks: looks at those that are breached or have an alarm.
    pub(super) fn reconcile_all(&mut self, now: Now, out: &mut Vec<Action>) {
        let breached = self.table.index().breached();
        let alarmed = self.alarms.conversations().filter_map(|(source, id, _)| self.table.find(source, &id));
        let mut slots: Vec<Slot> = breached.chain(alarmed).collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            self.reconcile(slot, now, out);
        }
    }
}

/// Which of two states of trust the board shows.
fn worse(a: Trust, b: Trust) -> Trust {
    let rank = |trust| match trust {
        Trust::Live => 0,
        Trust::Drift => 1,
        Trust::Stale => 2,
        Trust::Syncing => 3,
        Trust::Offline => 4,
        Trust::Clock => 5,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn ails(what: BoardAlarm, trust: Trust) -> bool {
    matches!(
        (what, trust),
        (BoardAlarm::Stale, Trust::Stale)
            | (BoardAlarm::Offline, Trust::Offline)
            | (BoardAlarm::Drift, Trust::Drift)
    )
}
