//! The alarms: one for each breached clock, and one for each thing that ails the board itself.
//!
//! Owns their states, their timers, who acknowledged what, and what of it all is to be heard.
//! The words are those of ISA-18.2. Refuses to know why a clock is breached and how an alarm
//! sounds.

mod hands;
mod kept;
mod record;
mod table;
mod tally;
mod view;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Priority},
};
pub use hands::Unshelvable;
pub use kept::Kept;
pub use record::CHATTER_MS;
pub use tally::{Chorus, Tally};
pub use view::Foremost;
pub use words::{AlarmKey, AlarmLine, AlarmState, BoardAlarm, Transition};

use crate::{
    config::model,
    core::{
        conversation::Id,
        sla::earlier,
        table::SourceId,
        time::{Mono, Now},
    },
};
use record::{Onsets, Record};
use table::Event;
use tally::Tallies;

/// An alarm that is not normal.
#[derive(Clone, Debug)]
struct Alarm {
    state: AlarmState,
    occurrence: u32,
    /// Since when it has been in this state.
    since: Timestamp,
    /// When its present occurrence began to ring.
    rang: Now,
    acked_by: Option<String>,
    /// Whether its cause holds.
    breached: bool,
    /// When its state has lasted as long as it may.
    timer: Option<Mono>,
    /// That time came while its source was not live.
    overdue: bool,
    /// When it escalates, should its cause hold then.
    escalates: Mono,
    /// When a shelved one comes back.
    until: Option<Timestamp>,
}

/// All alarms.
#[derive(Debug)]
pub struct Alarms {
    rules: model::Alarm,
    active: BTreeMap<AlarmKey, Alarm>,
    /// What is remembered of each alarm, as long as its conversation exists.
    records: HashMap<AlarmKey, Record>,
    timers: BTreeSet<(Mono, AlarmKey)>,
    /// Those that chatter, by the time at which they have held still for long enough.
    restless: BTreeSet<(Mono, AlarmKey)>,
    /// Those that ring, the one that has rung longest first.
    ringing: BTreeSet<(Timestamp, AlarmKey)>,
    /// Those that were put aside, the one that comes back first first.
    shelf: BTreeSet<(Timestamp, AlarmKey)>,
    tallies: Tallies,
    onsets: Onsets,
    /// The highest priority that began to ring since it was last asked for.
    fresh: Option<Priority>,
}

impl Alarms {
    /// No alarms, for so many sources.
    #[must_use]
    pub fn new(rules: &model::Alarm, sources: usize) -> Self {
        Self {
            rules: rules.clone(),
            active: BTreeMap::new(),
            records: HashMap::new(),
            timers: BTreeSet::new(),
            restless: BTreeSet::new(),
            ringing: BTreeSet::new(),
            shelf: BTreeSet::new(),
            tallies: Tallies::new(sources),
            onsets: Onsets::new(rules.flood),
            fresh: None,
        }
    }

    /// From now on other rules hold. Delays that run already end as they began.
    pub fn reconfigure(&mut self, rules: &model::Alarm) {
        self.rules = rules.clone();
        self.onsets.reconfigure(rules.flood);
    }

    /// Something is wrong; nothing happens where that is known already.
    pub fn raise(&mut self, key: &AlarmKey, live: &[bool], now: Now, out: &mut Vec<Transition>) {
        if self.active.get(key).is_some_and(|alarm| alarm.breached) {
            return;
        }
        self.move_restlessly(key, now.mono, Record::raised);
        if !self.active.contains_key(key) {
            self.active.insert(key.clone(), Alarm::normal(now));
        }
        self.set_breached(key, true);
        self.happen(key, Event::Breach, live, now, out);
        let alarm = &self.active[key];
        match alarm.state {
            // What came back before it had ended goes on as if it had never gone.
            AlarmState::Unacked => self.set_timer(key, Some(alarm.escalates.max(now.mono))),
            AlarmState::Escalated => self.set_timer(key, None),
            _ => {}
        }
    }

    /// What was wrong is so no more.
    pub fn clear(&mut self, key: &AlarmKey, live: &[bool], now: Now, out: &mut Vec<Transition>) {
        if !self.active.get(key).is_some_and(|alarm| alarm.breached) {
            return;
        }
        self.move_restlessly(key, now.mono, Record::moved);
        self.set_breached(key, false);
        self.happen(key, Event::Clear, live, now, out);
        if self.active.get(key).is_some_and(|alarm| alarm.state.rings()) {
            self.set_timer(key, Some(now.mono.plus_millis(self.rules.off_delay_ms)));
        }
    }

    /// Ends every alarm of a conversation that is gone, and forgets how often it rang.
    pub fn forget(&mut self, id: &Id, source: SourceId, now: Now, out: &mut Vec<Transition>) {
        if self.records.is_empty() {
            return;
        }
        for clock in Clock::ALL {
            let key = AlarmKey::Conversation { id: id.clone(), clock, source };
            self.happen(&key, Event::Removed, &[], now, out);
            if let Some(until) = self.records.remove(&key).and_then(|record| record.restless_until) {
                self.restless.remove(&(until, key));
            }
        }
    }

    /// Lets time have its say. Alarms of a source that is not live stay as they are until
    /// [`Alarms::thaw`].
    pub fn advance(&mut self, live: &[bool], now: Now, out: &mut Vec<Transition>) {
        while let Some((_, key)) = self.timers.first().filter(|(at, _)| *at <= now.mono).cloned() {
            self.set_timer(&key, None);
            if is_heard(&key, live) {
                self.happen(&key, Event::Due, live, now, out);
            } else {
                self.change(&key, |alarm| alarm.overdue = true);
            }
        }
        while let Some((at, key)) = self.restless.first().filter(|(at, _)| *at <= now.mono).cloned() {
            self.restless.remove(&(at, key.clone()));
            self.count(&key, -1);
            if let Some(record) = self.records.get_mut(&key) {
                record.restless_until = None;
            }
            self.count(&key, 1);
            self.herald(&key, live);
        }
    }

    /// A source is live again, and its alarms have been judged anew: what fell due meanwhile
    /// happens now.
    pub fn thaw(&mut self, now: Now) {
        let overdue: Vec<AlarmKey> =
            self.active.iter().filter(|(_, alarm)| alarm.overdue).map(|(key, _)| key.clone()).collect();
        for key in overdue {
            self.set_timer(&key, Some(now.mono));
        }
    }

    /// When time alone next changes something here.
    #[must_use]
    pub fn next_timer(&self, now: Mono) -> Option<Mono> {
        let first = |set: &BTreeSet<(Mono, AlarmKey)>| set.first().map(|(at, _)| *at);
        let next = earlier(first(&self.timers), first(&self.restless));
        earlier(next, self.onsets.flood_until(now))
    }

    /// The one place where a state changes: looks the step up, takes it, and keeps everything
    /// that depends on it. False where the event changes nothing.
    fn happen(
        &mut self,
        key: &AlarmKey,
        event: Event,
        live: &[bool],
        now: Now,
        out: &mut Vec<Transition>,
    ) -> bool {
        let Some(alarm) = self.active.get(key) else { return false };
        let Some(step) = table::follow(alarm.state, alarm.breached, event) else { return false };
        let from = alarm.state;
        let record = self.records.entry(key.clone()).or_default();
        record.occurrence = record.occurrence.max(alarm.occurrence).saturating_add(step.renewed.into());
        let occurrence = record.occurrence;
        let timer = self.rules.lasts(step.to).map(|ms| now.mono.plus_millis(ms));
        self.set_timer(key, None);
        let rings_anew = step.to == AlarmState::Unacked;
        self.change(key, |alarm| {
            alarm.state = step.to;
            alarm.occurrence = occurrence;
            alarm.since = now.wall;
            alarm.acked_by = None;
            alarm.until = None;
            if rings_anew {
                alarm.rang = now;
                alarm.escalates = timer.unwrap_or(now.mono);
            }
        });
        self.set_timer(key, timer);
        out.push(Transition { key: key.to_string(), occurrence, from, to: step.to, cause: step.cause });
        if rings_anew {
            self.onsets.add(now.mono);
            self.herald(key, live);
        }
        let over = step.to == AlarmState::Acked && !self.active[key].breached;
        if step.to == AlarmState::Normal {
            self.active.remove(key);
        } else if over {
            // It was acknowledged after its cause had gone, in the time in which it might come back.
            self.happen(key, Event::Clear, live, now, out);
        }
        true
    }

    /// Notes that an alarm that rings and is heard is news, unless it chatters.
    fn herald(&mut self, key: &AlarmKey, live: &[bool]) {
        let rings = self.active.get(key).filter(|alarm| alarm.state.rings());
        if let Some(alarm) = rings
            && is_heard(key, live)
            && !self.is_restless(key)
        {
            self.fresh = self.fresh.max(Some(key.priority(alarm.state)));
        }
    }

    fn set_breached(&mut self, key: &AlarmKey, breached: bool) {
        if let Some(alarm) = self.active.get_mut(key) {
            alarm.breached = breached;
        }
    }

    /// Changes an alarm and keeps the counts and the orders that depend on it.
    fn change(&mut self, key: &AlarmKey, change: impl FnOnce(&mut Alarm)) {
        self.count(key, -1);
        let alarm = self.active.get_mut(key).expect("only an active alarm changes");
        if alarm.state.rings() {
            self.ringing.remove(&(alarm.rang.wall, key.clone()));
        }
        if let Some(until) = alarm.until {
            self.shelf.remove(&(until, key.clone()));
        }
        change(alarm);
        if alarm.state.rings() {
            self.ringing.insert((alarm.rang.wall, key.clone()));
        }
        if let Some(until) = alarm.until {
            self.shelf.insert((until, key.clone()));
        }
        self.count(key, 1);
    }

    fn set_timer(&mut self, key: &AlarmKey, at: Option<Mono>) {
        let alarm = self.active.get_mut(key).expect("only an active alarm has a timer");
        alarm.overdue = false;
        if let Some(old) = std::mem::replace(&mut alarm.timer, at) {
            self.timers.remove(&(old, key.clone()));
        }
        if let Some(at) = at {
            self.timers.insert((at, key.clone()));
        }
    }

    fn count(&mut self, key: &AlarmKey, by: i32) {
        if let Some(alarm) = self.active.get(key) {
            self.tallies.step(key, alarm.state, self.is_restless(key), by);
        }
    }

    /// Whether an alarm chatters, so that no burst is for it.
    pub(in crate::core) fn is_restless(&self, key: &AlarmKey) -> bool {
        self.records.get(key).is_some_and(|record| record.restless_until.is_some())
    }

    /// Tells an alarm's record that it moved, and keeps what depends on its chattering.
    fn move_restlessly(&mut self, key: &AlarmKey, now: Mono, how: impl FnOnce(&mut Record, Mono)) {
        self.count(key, -1);
        let record = self.records.entry(key.clone()).or_default();
        if let Some(until) = record.restless_until {
            self.restless.remove(&(until, key.clone()));
        }
        how(record, now);
        if let Some(until) = record.restless_until {
            self.restless.insert((until, key.clone()));
        }
        self.count(key, 1);
    }
}

impl Alarm {
    fn normal(now: Now) -> Self {
        Self {
            state: AlarmState::Normal,
            occurrence: 0,
            since: now.wall,
            rang: now,
            acked_by: None,
            breached: false,
            timer: None,
            overdue: false,
            escalates: now.mono,
            until: None,
        }
    }
}

impl model::Alarm {
    /// How long an alarm stays in a state by itself, in milliseconds; `None`: for ever.
    fn lasts(&self, state: AlarmState) -> Option<u64> {
        match state {
            AlarmState::Pending => Some(self.on_delay_ms),
            AlarmState::Unacked => Some(self.escalate_after_ms),
            AlarmState::Acked => Some(self.rearm_after_ms),
            AlarmState::Missed => Some(self.missed_for_ms),
            AlarmState::Shelved => Some(self.shelve_for_ms),
            AlarmState::Normal | AlarmState::Escalated => None,
        }
    }
}

/// Whether an alarm is followed now; one that is not stays as it is and is silent.
fn is_heard(key: &AlarmKey, live: &[bool]) -> bool {
    match key {
        AlarmKey::Board(BoardAlarm::Surge) => live.iter().all(|live| *live),
        AlarmKey::Board(_) => true,
        AlarmKey::Conversation { source, .. } => live[usize::from(*source)],
    }
}
