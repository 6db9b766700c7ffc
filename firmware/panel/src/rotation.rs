//! Which page is shown when several take turns.
//!
//! Owns the order of the pages, how long each stays, and how a person's choice stops that for
//! a while. Refuses to know what a page looks like, and to read a clock: milliseconds come in.
//!
//! What must be seen comes first: while the state of the board asks for a page of its own
//! (test, distrust, closed, alarm), it is shown, and the turn goes on where it was afterwards.

use alloc::vec::Vec;

use crate::{
    screens::{self, Page},
    snapshot::Snapshot,
};

/// Milliseconds that a page stays which somebody turned to with the button: long enough to read
/// a list, short enough that the board is itself again before the next glance.
pub const TURNED_FOR_MS: u64 = 30_000;

/// A page and how long it stays, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The page.
    pub page: Page,
    /// For how long; not 0.
    pub for_ms: u64,
}

/// The turns of one display.
#[derive(Clone, Debug)]
pub struct Rotation {
    stays: Vec<Stay>,
    /// Which of them is shown.
    place: usize,
    /// Since when.
    since_ms: u64,
    /// Until when it stays all the same, because somebody turned to it.
    held_until_ms: u64,
    /// How many turns by hand were carried out.
    turns: u32,
}

impl Rotation {
    /// The pages in their order; without any the page of the numbers stays for good.
    #[must_use]
    pub fn new(mut stays: Vec<Stay>) -> Self {
        stays.retain(|stay| stay.for_ms > 0);
        if stays.is_empty() {
            stays.push(Stay { page: Page::Now, for_ms: u64::MAX });
        }
        Self { stays, place: 0, since_ms: 0, held_until_ms: 0, turns: 0 }
    }

    /// The page to show at `now_ms`, which never goes back.
    pub fn page(&mut self, snapshot: &Snapshot, now_ms: u64) -> Page {
        self.turn_by_hand(snapshot.levels.turns, now_ms);
        let asked = screens::choose(snapshot);
        if !matches!(asked, Page::Now | Page::Empty) {
            // The page that was interrupted begins its time anew.
            self.since_ms = now_ms;
            return asked;
        }
        self.turn_by_time(now_ms);
        match snapshot.levels.page.unwrap_or(self.stays[self.place].page) {
            Page::Now => asked,
            page => page,
        }
    }

    /// Milliseconds until another page's turn comes by itself, at least.
    #[must_use]
    pub fn rest_ms(&self, now_ms: u64) -> u64 {
        self.due_ms().saturating_sub(now_ms)
    }

    fn due_ms(&self) -> u64 {
        self.since_ms.saturating_add(self.stays[self.place].for_ms).max(self.held_until_ms)
    }

    fn turn_by_time(&mut self, now_ms: u64) {
        if now_ms >= self.due_ms() {
            self.place = (self.place + 1) % self.stays.len();
            self.since_ms = now_ms;
        }
    }

    fn turn_by_hand(&mut self, turns: u32, now_ms: u64) {
        let steps = turns.wrapping_sub(self.turns) as usize;
        if steps > 0 {
            self.turns = turns;
            self.place = (self.place + steps) % self.stays.len();
            self.since_ms = now_ms;
            self.held_until_ms = now_ms.saturating_add(TURNED_FOR_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{
        Timestamp,
        snapshot::{Levels, Trust},
    };

    fn board(waiting: u32) -> Snapshot {
        Snapshot { waiting, ..Snapshot::empty("b", Timestamp::default(), Trust::Live) }
    }

    fn two() -> Rotation {
        Rotation::new(vec![
            Stay { page: Page::Now, for_ms: 10_000 },
            Stay { page: Page::List, for_ms: 5_000 },
        ])
    }

    #[test]
    fn pages_take_turns_each_for_its_own_time() {
        let mut rotation = two();
        let busy = board(3);
        let shown = [0, 9_999, 10_000, 14_999, 15_000].map(|ms| rotation.page(&busy, ms));
        assert_eq!(shown, [Page::Now, Page::Now, Page::List, Page::List, Page::Now]);
        assert_eq!(rotation.rest_ms(16_000), 9_000);
    }

    #[test]
    fn an_empty_queue_is_the_picture_of_its_own_in_its_turn() {
        assert_eq!(two().page(&board(0), 0), Page::Empty);
    }

    #[test]
    fn an_alarm_stops_the_turns_and_gives_back_the_page_that_it_interrupted() {
        let mut rotation = two();
        let busy = board(3);
        let mut ringing = board(3);
        ringing.alarm.unacked = 1;
        assert_eq!(rotation.page(&busy, 10_000), Page::List);
        assert_eq!(rotation.page(&ringing, 11_000), Page::Alarm);
        assert_eq!(rotation.page(&ringing, 60_000), Page::Alarm);
        assert_eq!(rotation.page(&busy, 61_000), Page::List);
        assert_eq!(rotation.page(&busy, 65_000), Page::Now);
    }

    #[test]
    fn a_press_turns_the_page_and_keeps_it_for_a_while() {
        let mut rotation = two();
        let mut snapshot = board(3);
        assert_eq!(rotation.page(&snapshot, 1_000), Page::Now);
        snapshot.levels.turns = 1;
        assert_eq!(rotation.page(&snapshot, 2_000), Page::List);
        assert_eq!(rotation.page(&snapshot, 31_999), Page::List);
        assert_eq!(rotation.page(&snapshot, 32_000), Page::Now);
        snapshot.levels.turns = 3;
        assert_eq!(rotation.page(&snapshot, 33_000), Page::Now, "two presses at once");
    }

    #[test]
    fn a_chosen_page_stays_until_the_choice_is_taken_back_but_hides_no_alarm() {
        let mut rotation = two();
        let mut snapshot = board(3);
        snapshot.levels = Levels { page: Some(Page::Channels), ..Levels::default() };
        assert_eq!(rotation.page(&snapshot, 0), Page::Channels);
        assert_eq!(rotation.page(&snapshot, 1_000_000), Page::Channels);
        snapshot.alarm.unacked = 1;
        assert_eq!(rotation.page(&snapshot, 1_000_001), Page::Alarm);
        snapshot.trust = Trust::Stale;
        assert_eq!(rotation.page(&snapshot, 1_000_002), Page::Trust);
    }

    #[test]
    fn without_pages_the_numbers_stay() {
        let mut rotation = Rotation::new(vec![]);
        assert_eq!(rotation.page(&board(1), u64::MAX), Page::Now);
    }
}
