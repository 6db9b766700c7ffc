//! The alarms: one for each breached clock, and one for each thing that ails the board itself.
//!
//! Owns their states, who acknowledged what, and when a new one starts to count. The words are
//! those of ISA-18.2. Refuses to know why a clock is breached and how an alarm sounds.

mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Priority},
};
pub use words::{AlarmKey, AlarmLine, AlarmState, BoardAlarm, Transition};

use crate::core::{
    conversation::Id,
    table::SourceId,
    time::{Mono, Now},
};

/// How long a breach lasts before it counts: a reply that is being sent saves everybody a bell.
pub const ON_DELAY_MS: u64 = 10_000;

/// An alarm that is not normal.
#[derive(Clone, Debug)]
struct Alarm {
    state: AlarmState,
    occurrence: u32,
    since: Timestamp,
    acked_by: Option<String>,
    /// When a pending alarm starts to count.
    timer: Option<Mono>,
}

/// All alarms.
#[derive(Debug, Default)]
pub struct Alarms {
    active: BTreeMap<AlarmKey, Alarm>,
    /// How often each alarm has left normal, as long as its conversation exists.
    occurrences: HashMap<AlarmKey, u32>,
    timers: BTreeSet<(Mono, AlarmKey)>,
    /// Unacknowledged alarms of conversations, the one that has rung longest first.
    ringing: BTreeSet<(Timestamp, AlarmKey)>,
    unacked_of_board: u32,
    unacked_by_source: Vec<u32>,
    acked: u32,
    /// The highest priority that started to count since it was last asked for.
    fresh: Option<Priority>,
}

impl Alarms {
    /// No alarms, for so many sources.
    #[must_use]
    pub fn new(sources: usize) -> Self {
        Self { unacked_by_source: vec![0; sources], ..Self::default() }
    }

    /// Something is wrong; nothing happens where that is known already.
    pub fn raise(&mut self, key: &AlarmKey, now: Now, out: &mut Vec<Transition>) {
        if self.active.contains_key(key) {
            return;
        }
        let occurrence = self.occurrences.entry(key.clone()).or_default();
        *occurrence += 1;
        let (occurrence, state) = (*occurrence, AlarmState::Normal);
        let alarm = Alarm { state, occurrence, since: now.wall, acked_by: None, timer: None };
        self.active.insert(key.clone(), alarm);
        self.step(key, AlarmState::Pending, "breach", now, out);
        self.set_timer(key, Some(now.mono.plus_millis(ON_DELAY_MS)));
    }

    /// What was wrong is so no more.
    pub fn clear(&mut self, key: &AlarmKey, cause: &'static str, now: Now, out: &mut Vec<Transition>) {
        if self.active.contains_key(key) {
            self.step(key, AlarmState::Normal, cause, now, out);
        }
    }

    /// Clears every alarm of a conversation that is gone, and forgets how often it rang.
    pub fn forget(&mut self, id: &Id, source: SourceId, now: Now, out: &mut Vec<Transition>) {
        for clock in Clock::ALL {
            let key = AlarmKey::Conversation { id: id.clone(), clock, source };
            self.clear(&key, "removed", now, out);
            self.occurrences.remove(&key);
        }
    }

    /// Lets pending alarms count that have lasted long enough. Those of a source that is not
    /// live stay as they are until [`Alarms::thaw`].
    pub fn advance(&mut self, live: &[bool], now: Now, out: &mut Vec<Transition>) {
        while let Some((at, key)) = self.timers.first().cloned() {
            if at > now.mono {
                break;
            }
            self.set_timer(&key, None);
            if is_heard(&key, live) {
                self.step(&key, AlarmState::Unacked, "on_delay", now, out);
            }
        }
    }

    /// A source is live again: its pending alarms go on.
    pub fn thaw(&mut self, source: SourceId, now: Now) {
        let due = |(key, alarm): (&AlarmKey, &Alarm)| {
            let of_source = matches!(key, AlarmKey::Conversation { source: s, .. } if *s == source);
            let overdue = alarm.state == AlarmState::Pending && alarm.timer.is_none();
            (of_source && overdue).then(|| key.clone())
        };
        let overdue: Vec<AlarmKey> = self.active.iter().filter_map(due).collect();
        for key in overdue {
            self.set_timer(&key, Some(now.mono));
        }
    }

    /// Acknowledges every alarm that is on the board now.
    pub fn ack_all(&mut self, by: &str, now: Now, out: &mut Vec<Transition>) -> usize {
        let shown: Vec<AlarmKey> = self
            .active
            .iter()
            .filter(|(_, alarm)| alarm.state == AlarmState::Unacked)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &shown {
            self.ack(key, by, now, out);
        }
        shown.len()
    }

    /// Acknowledges one alarm by the text of its key; false when none of that key is on the board.
    pub fn ack_one(&mut self, text: &str, by: &str, now: Now, out: &mut Vec<Transition>) -> bool {
        let named: Vec<AlarmKey> = self.keys_of(text).filter(|key| self.active.contains_key(key)).collect();
        for key in &named {
            if self.active[key].state == AlarmState::Unacked {
                self.ack(key, by, now, out);
            }
        }
        named.iter().any(|key| matches!(self.active[key].state, AlarmState::Acked | AlarmState::Unacked))
    }

    fn ack(&mut self, key: &AlarmKey, by: &str, now: Now, out: &mut Vec<Transition>) {
        self.step(key, AlarmState::Acked, "ack", now, out);
        if let Some(alarm) = self.active.get_mut(key) {
            alarm.acked_by = Some(by.to_owned());
        }
    }

    /// The keys that a text may stand for: one for each source.
    fn keys_of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = AlarmKey> + 'a {
        let board =
            BoardAlarm::ALL.into_iter().map(AlarmKey::Board).filter(move |key| key.to_string() == text);
        let conversation = text.rsplit_once('/').and_then(|(id, clock)| {
            let clock = Clock::ALL.into_iter().find(|known| known.word() == clock)?;
            Some((Id::from(id), clock))
        });
        let sources = 0..self.unacked_by_source.len() as SourceId;
        let of_conversation = conversation.into_iter().flat_map(move |(id, clock)| {
            sources.clone().map(move |source| AlarmKey::Conversation { id: id.clone(), clock, source })
        });
        board.chain(of_conversation)
    }

    /// When the next pending alarm starts to count.
    #[must_use]
    pub fn next_timer(&self) -> Option<Mono> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The highest priority among unacknowledged alarms that are heard, and how many of it.
    #[must_use]
    pub fn loudest(&self, live: &[bool]) -> Option<(Priority, u32)> {
        let heard = self.unacked_by_source.iter().zip(live).filter(|(_, live)| **live).map(|(n, _)| *n).sum();
        match (heard, self.unacked_of_board) {
            (0, 0) => None,
            (0, board) => Some((Priority::Low, board)),
            (heard, _) => Some((Priority::Medium, heard)),
        }
    }

    /// Unacknowledged and acknowledged alarms.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        (self.unacked_of_board + self.unacked_by_source.iter().sum::<u32>(), self.acked)
    }

    /// Whether any alarm is not normal.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.active.is_empty()
    }

    /// The highest priority that started to count since the last call.
    pub fn take_fresh(&mut self) -> Option<Priority> {
        self.fresh.take()
    }

    /// The conversation and the clock whose unacknowledged alarm has rung longest.
    #[must_use]
    pub fn ringing(&self) -> Option<(SourceId, &Id, Clock)> {
        self.ringing.first().and_then(|(_, key)| match key {
            AlarmKey::Conversation { id, clock, source } => Some((*source, id, *clock)),
            AlarmKey::Board(_) => None,
        })
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
    pub fn lines(&self, limit: usize) -> Vec<AlarmLine> {
        let line = |(key, alarm): (&AlarmKey, &Alarm)| AlarmLine {
            key: key.to_string(),
            clock: key.clock(),
            state: alarm.state,
            priority: key.priority(),
            occurrence: alarm.occurrence,
            since: alarm.since,
            acked_by: alarm.acked_by.clone(),
        };
        self.active.iter().take(limit).map(line).collect()
    }

    /// The one place where a state changes: keeps the counts, the timers and the record.
    fn step(
        &mut self,
        key: &AlarmKey,
        to: AlarmState,
        cause: &'static str,
        now: Now,
        out: &mut Vec<Transition>,
    ) {
        let alarm = self.active.get_mut(key).expect("only an active alarm changes its state");
        let from = std::mem::replace(&mut alarm.state, to);
        let began = std::mem::replace(&mut alarm.since, now.wall);
        out.push(Transition { key: key.to_string(), occurrence: alarm.occurrence, from, to, cause });
        self.set_timer(key, None);
        if from == AlarmState::Unacked {
            self.ringing.remove(&(began, key.clone()));
        }
        if to == AlarmState::Unacked && key.clock().is_some() {
            self.ringing.insert((now.wall, key.clone()));
        }
        self.count(key, from, -1);
        self.count(key, to, 1);
        if to == AlarmState::Unacked {
            self.fresh = self.fresh.max(Some(key.priority()));
        }
        if to == AlarmState::Normal {
            self.active.remove(key);
        }
    }

    fn set_timer(&mut self, key: &AlarmKey, at: Option<Mono>) {
        let alarm = self.active.get_mut(key).expect("only an active alarm has a timer");
        if let Some(old) = std::mem::replace(&mut alarm.timer, at) {
            self.timers.remove(&(old, key.clone()));
        }
        if let Some(at) = at {
            self.timers.insert((at, key.clone()));
        }
    }

    fn count(&mut self, key: &AlarmKey, state: AlarmState, by: i32) {
        let count = match (state, key) {
            (AlarmState::Unacked, AlarmKey::Board(_)) => &mut self.unacked_of_board,
            (AlarmState::Unacked, AlarmKey::Conversation { source, .. }) => {
                &mut self.unacked_by_source[usize::from(*source)]
            }
            (AlarmState::Acked, _) => &mut self.acked,
            (AlarmState::Normal | AlarmState::Pending, _) => return,
        };
        *count = count.wrapping_add_signed(by);
    }
}

fn is_heard(key: &AlarmKey, live: &[bool]) -> bool {
    match key {
        AlarmKey::Board(_) => true,
        AlarmKey::Conversation { source, .. } => live[usize::from(*source)],
    }
}
