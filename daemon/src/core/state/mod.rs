//! The state of the core, and the one function that changes it.
//!
//! Owns the order in which an input takes effect: time first, then the message, then what
//! follows from both for trust, alarms and sound. Refuses to know details: each is a room of
//! its own.

mod chronicle;
mod hands;
mod intake;
mod session;
mod settle;
#[cfg(test)]
mod tests;
mod turn;
#[cfg(test)]
mod walk;

use std::sync::Arc;

use bellboard_panel::{Timestamp, snapshot::Trust};
use serde_json::{Value, json};

use chronicle::Chronicle;

use crate::{
    config::Config,
    core::{
        action::{Action, Actions, Message},
        alarm::{AlarmState, Alarms, Transition},
        command::{Command, Failure},
        hours::Hours,
        sla::earlier,
        sound::Sound,
        source::Source,
        surge::Surge,
        table::{SourceId, Table},
        time::{Mono, Now},
        topic::Topics,
        view::View,
    },
};

/// Wall and monotonic time may part by so many milliseconds before the wall clock counts as set.
const MAX_CLOCK_STEP_MS: i64 = 2_000;

/// What can happen to a board.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A message arrived.
    Message {
        /// Its topic.
        topic: &'a str,
        /// Its payload.
        payload: &'a [u8],
        /// Whether the broker had kept it.
        retained: bool,
    },
    /// A new session with the broker began.
    LinkUp,
    /// The connection to the broker is gone, or could not be made.
    LinkDown,
    /// The first burst is complete: said by a replay, found out by the core itself otherwise.
    Synced,
    /// Somebody pressed the button.
    Button {
        /// How.
        press: Press,
        /// When: a press covers what was on the board then.
        at: Mono,
    },
    /// Whether this machine's clock is set.
    ClockSet(bool),
    /// Only time went by.
    Tick,
}

/// How the button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Shortly.
    Short,
    /// For two seconds.
    Hold,
}

/// When the core wants to be called at the latest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// At this wall time.
    pub wall: Option<Timestamp>,
    /// At this monotonic time.
    pub mono: Option<Mono>,
}

/// What came in, counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages about conversations that told something new.
    pub applied: u64,
    /// Messages about conversations that were seen before.
    pub duplicates: u64,
    /// Messages about conversations that were overtaken.
    pub overtaken: u64,
    /// Messages that were refused.
    pub rejected: u64,
    /// Commands that were ignored because the broker had kept them.
    pub retained_commands: u64,
    /// Heartbeats that were ignored because the broker had kept them.
    pub retained_heartbeats: u64,
    /// Messages on topics that the board never asked for.
    pub unknown_topics: u64,
}

/// Everything the board knows.
#[derive(Debug)]
pub struct State {
    pub(super) config: Arc<Config>,
    pub(super) table: Table,
    pub(super) sources: Vec<Source>,
    pub(super) alarms: Alarms,
    pub(super) sound: Sound,
    pub(super) hours: Hours,
    pub(super) surge: Surge,
    pub(super) view: View,
    pub(super) trust: Trust,
    pub(super) trust_since: Timestamp,
    topics: Topics,
    /// Whether there is a broker; unknown until the first attempt has ended.
    link: Option<bool>,
    clock_set: bool,
    /// Whether each source is live, in the order of the configuration.
    live: Vec<bool>,
    ever_synced: bool,
    now: Now,
    pub(super) chronicle: Chronicle,
    alarms_changed: bool,
    alarms_told: Option<Mono>,
    refusals_told: (Mono, u32),
    counters: Counters,
}

impl State {
    /// A board that has heard nothing yet.
    #[must_use]
    pub fn new(config: Arc<Config>, now: Now) -> Self {
        let sources: Vec<Source> =
            config.sources.0.iter().map(|source| Source::new(source, now.mono)).collect();
        Self {
            topics: Topics::new(&config),
            table: Table::new(sources.len()),
            alarms: Alarms::new(&config.alarm, sources.len()),
            sound: Sound::new(now.mono),
            hours: Hours::new(&config),
            surge: Surge::new(config.alarm.surge_at_least),
            view: View::default(),
            trust: Trust::Syncing,
            trust_since: now.wall,
            link: None,
            clock_set: true,
            live: vec![false; sources.len()],
            ever_synced: false,
            now,
            chronicle: Chronicle::default(),
            alarms_changed: false,
            alarms_told: None,
            refusals_told: (now.mono, 0),
            counters: Counters::default(),
            config,
            sources,
        }
    }

    /// What came in so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The board's topics.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Takes in one input at `now`, which never lies before an earlier call's monotonic time.
    pub fn handle(&mut self, input: Input<'_>, now: Now) -> Actions {
        let mut out = Vec::new();
        self.advance(now, &mut out);
        match input {
            Input::Message { topic, payload, retained } => {
                self.message(topic, payload, retained, now, &mut out);
            }
            Input::LinkUp => self.link_up(now, &mut out),
            Input::LinkDown => self.link_down(),
            Input::Synced => self.for_each_source(|state, source| state.end_burst(source, now, &mut out)),
            Input::Button { press, at } => self.press(press, at, now, &mut out),
            Input::ClockSet(set) => self.clock_set = set,
            Input::Tick => {}
        }
        self.settle(now, &mut out);
        Actions(out)
    }

    /// Carries out a command that came another way than by a message, and says how it went.
    pub fn ask(&mut self, command: Command, now: Now) -> (Actions, Result<(), Failure>) {
        let mut out = Vec::new();
        self.advance(now, &mut out);
        let result = self.obey(command, now, &mut out);
        self.settle(now, &mut out);
        (Actions(out), result)
    }

    /// When time alone next changes something.
    #[must_use]
    pub fn wake(&self) -> Wake {
        let sources = self.sources.iter().map(|source| source.next_timer(self.now.mono));
        let mono =
            sources.fold(earlier(self.alarms.next_timer(self.now.mono), self.sound.next_timer()), earlier);
        let to_tell = self.alarms_changed && self.link == Some(true);
        let mono = earlier(mono, to_tell.then(|| self.alarms_due()));
        let wall = self.table.index().next_change().map(|(at, _)| at);
        let wall = earlier(wall, earlier(self.hours.next_change(), self.surge.next_change()));
        Wake { wall, mono }
    }

    /// Conversations kept from before that the present session has not confirmed.
    pub(super) fn marked(&self) -> u32 {
        let marked = |(n, source): (usize, &Source)| source.marked(self.table.tally(n as SourceId));
        self.sources.iter().enumerate().map(marked).sum()
    }

    // Time.

    fn advance(&mut self, now: Now, out: &mut Vec<Action>) {
        let stepped = now.wall.millis_since(self.now.wall) - now.mono.millis_since(self.now.mono) as i64;
        self.now = now;
        let config = Arc::clone(&self.config);
        if stepped.abs() > MAX_CLOCK_STEP_MS {
            self.table.judge_all(&config.policies, now.wall);
            self.reconcile_all(now, out);
        }
        while let Some(slot) = self.table.judge_next(&config.policies, now.wall) {
            self.reconcile(slot, now, out);
        }
        self.with_alarms(out, |alarms, live, steps| alarms.advance(live, now, steps));
        self.for_each_source(|state, source| {
            if state.sources[source].burst_is_over(now.mono) {
                state.end_burst(source, now, out);
            }
            if state.sources[source].renewal_is_due(now.mono) {
                state.begin_burst(source, now, out);
            }
        });
    }

    // Small hands.

    fn for_each_source(&mut self, mut act: impl FnMut(&mut Self, usize)) {
        for source in 0..self.sources.len() {
            act(self, source);
        }
    }

    /// Lets the alarms do something and tells every step they took.
    fn with_alarms(
        &mut self,
        out: &mut Vec<Action>,
        act: impl FnOnce(&mut Alarms, &[bool], &mut Vec<Transition>),
    ) {
        let mut steps = Vec::new();
        act(&mut self.alarms, &self.live, &mut steps);
        for step in steps {
            self.alarms_changed = true;
            let event = json!({
                "type": "alarm", "alarm": step.key, "occurrence": step.occurrence,
                "from": step.from, "to": step.to, "cause": step.cause, "at": self.now.wall,
            });
            if let Some(at_once) = worth_keeping(&step) {
                out.push(Action::Remember { at_once });
            }
            self.record_step(&step, out);
            out.push(Action::Alarm(step));
            self.tell("event", &event, out);
        }
    }

    /// Publishes an object below the board's own root, not retained.
    fn tell(&self, leaf: &str, what: &Value, out: &mut Vec<Action>) {
        let topic = self.topics.of_board(leaf);
        self.publish(Message { topic, payload: what.to_string(), retain: false }, out);
    }

    fn publish(&self, message: Message, out: &mut Vec<Action>) {
        if self.link == Some(true) {
            out.push(Action::Publish(message));
        }
    }
}

/// Whether a step is to be written down, and whether at once: what a person did must not be lost.
fn worth_keeping(step: &Transition) -> Option<bool> {
    let by_hand = |state| matches!(state, AlarmState::Acked | AlarmState::Shelved);
    let passing = |state| matches!(state, AlarmState::Normal | AlarmState::Pending);
    (!passing(step.from) || !passing(step.to)).then_some(by_hand(step.to) || by_hand(step.from))
}
