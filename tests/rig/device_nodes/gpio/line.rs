//! One line, as the test has it: a probe to watch it and a switch to drive it.
//!
//! Owns waiting for what a program does with the line. Refuses to know the kernel's interface.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Change, GpioChip, Level, LineState, State};
use crate::device_nodes::Probe;

/// A line of the chip. Clones are the same line.
#[derive(Clone)]
pub struct Line {
    chip: GpioChip,
    offset: u32,
}

#[expect(clippy::must_use_candidate, reason = "to wait is often all that a test wants")]
impl Line {
    pub(super) fn new(chip: GpioChip, offset: u32) -> Self {
        Self { chip, offset }
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> Level {
        self.with(|line| line.level)
    }

    /// Every change of the level since the chip was made.
    #[must_use]
    pub fn history(&self) -> Vec<Change> {
        self.with(|line| line.history.clone())
    }

    /// Whether the program asked for the pull-up.
    #[must_use]
    pub fn is_pulled_up(&self) -> bool {
        self.with(|line| line.pull == Some(Level::High))
    }

    /// The process that holds the line; `None` while it is free.
    #[must_use]
    pub fn holder(&self) -> Option<i32> {
        let mut state = self.chip.state();
        state.forget_closed();
        state.request_for(self.offset)?.process
    }

    /// Waits until the line has this level; gives when it took it.
    ///
    /// # Panics
    /// It does not within that time.
    pub fn expect(&self, level: Level, within: Duration) -> Instant {
        let held = self.wait(within, |state, offset| {
            let line = &state.lines[offset];
            let since = line.history.last().map_or_else(Instant::now, |change| change.at);
            (line.level == level).then_some(since)
        });
        held.unwrap_or_else(|| panic!("line {} was not {level:?} within {within:?}", self.offset))
    }

    /// Waits until the line has changed so often altogether; gives its whole history.
    ///
    /// # Panics
    /// It does not within that time.
    pub fn expect_changes(&self, count: usize, within: Duration) -> Vec<Change> {
        let changes = self.wait(within, |state, offset| {
            let history = &state.lines[offset].history;
            (history.len() >= count).then(|| history.clone())
        });
        changes.unwrap_or_else(|| {
            let seen = self.history().len();
            panic!("line {} changed {seen} times and not {count} within {within:?}", self.offset)
        })
    }

    /// Waits until a process other than `before` holds the line; gives that process.
    ///
    /// # Panics
    /// None does within that time.
    pub fn expect_holder(&self, before: Option<i32>, within: Duration) -> i32 {
        let holder = self.wait(within, |state, offset| {
            state.forget_closed();
            state.request_for(offset as u32)?.process.filter(|process| Some(*process) != before)
        });
        holder.unwrap_or_else(|| panic!("nobody else took line {} within {within:?}", self.offset))
    }

    /// Puts a level on an input from outside; programs that wait for its edges get them.
    ///
    /// # Panics
    /// The line is an output.
    pub fn set_input(&self, level: Level) {
        self.chip.state().drive(self.offset, level);
        self.chip.shared.changed.notify_all();
    }

    /// Presses a button that pulls the line low, for so long.
    pub fn press(&self, duration: Duration) {
        self.set_input(Level::Low);
        thread::sleep(duration);
        self.set_input(Level::High);
    }

    /// Lets another program of the machine hold the line.
    pub fn seize(&self, consumer: &str) {
        self.chip.state().lines[self.offset as usize].seized_by = Some(consumer.into());
    }

    /// Lets go of a [seized](Line::seize) line.
    pub fn release(&self) {
        self.chip.state().lines[self.offset as usize].seized_by = None;
    }

    fn with<T>(&self, look: impl FnOnce(&LineState) -> T) -> T {
        look(&self.chip.state().lines[self.offset as usize])
    }

    fn wait<T>(&self, within: Duration, mut look: impl FnMut(&mut State, usize) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut state = self.chip.state();
        loop {
            if let Some(found) = look(&mut state, self.offset as usize) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.chip.shared.changed.wait_timeout(state, left).expect("a model panicked").0;
        }
    }
}

impl Probe for Line {
    fn level(&self) -> Level {
        self.level()
    }

    fn history(&self) -> Vec<Change> {
        self.history()
    }

    fn holder(&self) -> Option<i32> {
        self.holder()
    }

    fn expect(&self, level: Level, within: Duration) -> Instant {
        self.expect(level, within)
    }

    fn expect_changes(&self, count: usize, within: Duration) -> Vec<Change> {
        self.expect_changes(count, within)
    }
}
