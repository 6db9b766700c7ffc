//! How many alarms there are of each kind, kept in step with each single change.
//!
//! Owns the counts by where an alarm comes from: each source, the board itself, a surge. Refuses
//! to know one alarm from another.

use bellboard_panel::snapshot::Priority;

use super::words::{AlarmKey, AlarmState, BoardAlarm};

/// Counts of one origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Nobody has acknowledged them.
    pub unacked: u32,
    /// Nobody has for too long.
    pub escalated: u32,
    /// Somebody has acknowledged them.
    pub acked: u32,
    /// They ended unseen.
    pub missed: u32,
    /// They were put aside.
    pub shelved: u32,
    /// Of the unacknowledged ones, those that chatter.
    pub restless_unacked: u32,
    /// Of the escalated ones, those that chatter.
    pub restless_escalated: u32,
}

impl Tally {
    fn step(&mut self, state: AlarmState, restless: bool, by: i32) {
        let add = |count: &mut u32| *count = count.wrapping_add_signed(by);
        match state {
            AlarmState::Unacked => add(&mut self.unacked),
            AlarmState::Escalated => add(&mut self.escalated),
            AlarmState::Acked => add(&mut self.acked),
            AlarmState::Missed => add(&mut self.missed),
            AlarmState::Shelved => add(&mut self.shelved),
            AlarmState::Normal | AlarmState::Pending => {}
        }
        match state {
            AlarmState::Unacked if restless => add(&mut self.restless_unacked),
            AlarmState::Escalated if restless => add(&mut self.restless_escalated),
            _ => {}
        }
    }
}

/// What is to be heard of the alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chorus {
    /// The highest priority among alarms that ring.
    pub level: Option<Priority>,
    /// The same among those that do not chatter: bursts are for them.
    pub steady: Option<Priority>,
    /// How many alarms a burst speaks for.
    pub count: u32,
}

/// The counts of every origin.
#[derive(Debug)]
pub struct Tallies {
    sources: Vec<Tally>,
    board: Tally,
    surge: Tally,
}

impl Tallies {
    /// Nothing, for so many sources.
    pub fn new(sources: usize) -> Self {
        Self { sources: vec![Tally::default(); sources], board: Tally::default(), surge: Tally::default() }
    }

    /// How many sources there are.
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// Counts an alarm in (`by` 1) or out (`by` -1).
    pub fn step(&mut self, key: &AlarmKey, state: AlarmState, restless: bool, by: i32) {
        let tally = match key {
            AlarmKey::Board(BoardAlarm::Surge) => &mut self.surge,
            AlarmKey::Board(_) => &mut self.board,
            AlarmKey::Conversation { source, .. } => &mut self.sources[usize::from(*source)],
        };
        tally.step(state, restless, by);
    }

    /// All of them together.
    pub fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        for tally in self.sources.iter().chain([&self.board, &self.surge]) {
            sum.unacked += tally.unacked;
            sum.escalated += tally.escalated;
            sum.acked += tally.acked;
            sum.missed += tally.missed;
            sum.shelved += tally.shelved;
        }
        sum
    }

    /// What is heard while only the sources in `live` are.
    pub fn chorus(&self, live: &[bool]) -> Chorus {
        let mut chorus = Chorus::default();
        let mut add = |priority: Priority, ringing: u32, restless: u32| {
            if ringing > 0 {
                chorus.level = chorus.level.max(Some(priority));
            }
            if ringing > restless {
                chorus.steady = chorus.steady.max(Some(priority));
                chorus.count += ringing - restless;
            }
        };
        for (tally, _) in self.sources.iter().zip(live).filter(|(_, live)| **live) {
            add(Priority::Medium, tally.unacked, tally.restless_unacked);
            add(Priority::High, tally.escalated, tally.restless_escalated);
        }
        let both = |tally: &Tally| {
            (tally.unacked + tally.escalated, tally.restless_unacked + tally.restless_escalated)
        };
        let (ringing, restless) = both(&self.board);
        add(Priority::Low, ringing, restless);
        if live.iter().all(|live| *live) {
            let (ringing, restless) = both(&self.surge);
            add(Priority::Medium, ringing, restless);
        }
        chorus
    }
}
