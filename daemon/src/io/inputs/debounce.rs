//! From the edges of a bouncing contact to presses and holds.
//!
//! Owns what counts as a press. Refuses to know lines and clocks: every call brings its time,
//! in milliseconds from any fixed start, never going back.

use crate::core::Press;

/// A level that lasts shorter than this is a bounce. Tactile switches settle within 10 ms or
/// so, worn ones within 25; no finger is faster than 50.
pub const BOUNCE_MS: u64 = 30;
/// A button that is down this long is held.
pub const HOLD_MS: u64 = 2_000;

/// A contact, cleaned of its bounces.
#[derive(Clone, Debug)]
pub struct Debounce {
    /// The level on the wire and since when.
    raw: bool,
    raw_since: u64,
    contact: Contact,
}

/// The level that lasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    Up,
    /// Pressed since then, and not reported yet.
    Down {
        since: u64,
    },
    /// Down, and nothing is reported any more until it is up again.
    Spent,
}

impl Debounce {
    /// A contact with this level at the start. One that is down already (a stuck button, a
    /// broken pull-up) says nothing before it was up.
    #[must_use]
    pub fn new(high: bool, at_ms: u64) -> Self {
        let contact = if high { Contact::Up } else { Contact::Spent };
        Self { raw: high, raw_since: at_ms, contact }
    }

    /// The line went to this level. Returns what the level before had settled to, when
    /// [`Debounce::poll`] was not called in time to tell.
    #[must_use]
    pub fn edge(&mut self, high: bool, at_ms: u64) -> Option<Press> {
        if high == self.raw {
            return None;
        }
        let settled = self.poll(at_ms);
        self.raw = high;
        self.raw_since = at_ms;
        settled
    }

    /// What the time passed has settled, if anything.
    #[must_use]
    pub fn poll(&mut self, at_ms: u64) -> Option<Press> {
        let settled = at_ms.saturating_sub(self.raw_since) >= BOUNCE_MS;
        if settled && !self.raw && self.contact == Contact::Up {
            self.contact = Contact::Down { since: self.raw_since };
        }
        match self.contact {
            Contact::Down { .. } if settled && self.raw => {
                self.contact = Contact::Up;
                Some(Press::Short)
            }
            Contact::Down { since } if !self.raw && at_ms.saturating_sub(since) >= HOLD_MS => {
                self.contact = Contact::Spent;
                Some(Press::Hold)
            }
            Contact::Spent if settled && self.raw => {
                self.contact = Contact::Up;
                None
            }
            _ => None,
        }
    }

    /// When [`Debounce::poll`] may have something to tell without another edge.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        let settles = self.raw_since + BOUNCE_MS;
        match (self.contact, self.raw) {
            (Contact::Up, false) | (Contact::Down { .. } | Contact::Spent, true) => Some(settles),
            // A bounce may have been in the way when the hold was complete.
            (Contact::Down { since }, false) => Some((since + HOLD_MS).max(self.raw_since)),
            (Contact::Up, true) | (Contact::Spent, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Press::{Hold, Short};

    /// Plays edges (time, level) on a virtual clock that stops at every millisecond up to `end`.
    fn play(edges: &[(u64, bool)], end: u64) -> Vec<(u64, Press)> {
        let mut contact = Debounce::new(true, 0);
        let mut events = Vec::new();
        for now in 0..=end {
            for (_, high) in edges.iter().filter(|(at, _)| *at == now) {
                events.extend(contact.edge(*high, now).map(|event| (now, event)));
            }
            events.extend(contact.poll(now).map(|event| (now, event)));
        }
        events
    }

    /// The same, waking only for edges and when the contact asks for it, as the thread does.
    fn play_lazily(edges: &[(u64, bool)], end: u64) -> Vec<(u64, Press)> {
        let mut contact = Debounce::new(true, 0);
        let mut events = Vec::new();
        let last = (end, contact.raw);
        for &(at, high) in edges.iter().chain([&last]) {
            while let Some(wake) = contact.next().filter(|wake| *wake < at) {
                events.extend(contact.poll(wake).map(|event| (wake, event)));
            }
            if at < end {
                events.extend(contact.edge(high, at).map(|event| (at, event)));
            }
        }
        events
    }

    #[test]
    fn a_press_is_told_once_it_is_released() {
        assert_eq!(play(&[(100, false), (250, true)], 5000), [(280, Short)]);
    }

    #[test]
    fn a_hold_is_told_once_at_two_seconds_and_its_release_says_nothing() {
        assert_eq!(play(&[(100, false)], 9000), [(2100, Hold)]);
        assert_eq!(play(&[(100, false), (6000, true)], 9000), [(2100, Hold)]);
    }

    #[test]
    fn a_release_just_short_of_two_seconds_is_a_press() {
        assert_eq!(play(&[(100, false), (2099, true)], 9000), [(2129, Short)]);
    }

    #[test]
    fn bounces_at_both_ends_are_one_press() {
        let bouncing = [(100, false), (103, true), (108, false), (300, true), (305, false), (312, true)];
        assert_eq!(play(&bouncing, 5000), [(342, Short)]);
    }

    #[test]
    fn a_hold_that_is_complete_during_a_bounce_is_told_right_after_it() {
        let bouncing = [(3, false), (1976, true), (2004, false)];
        assert_eq!(play(&bouncing, 5000), [(2004, Hold)]);
        assert_eq!(play_lazily(&bouncing, 5000), [(2004, Hold)]);
    }

    #[test]
    fn a_glitch_shorter_than_a_bounce_is_nothing() {
        assert_eq!(play(&[(100, false), (129, true)], 5000), []);
    }

    #[test]
    fn a_bounce_in_the_middle_of_a_hold_does_not_end_it() {
        assert_eq!(play(&[(100, false), (2090, true), (2110, false)], 5000), [(2110, Hold)]);
    }

    #[test]
    fn a_button_that_is_down_at_the_start_says_nothing_before_it_was_up() {
        let mut contact = Debounce::new(false, 0);
        assert_eq!(contact.poll(60_000), None);
        assert_eq!(contact.edge(true, 60_000), None);
        assert_eq!(contact.poll(60_030), None);
        assert_eq!(contact.edge(false, 61_000), None);
        assert_eq!(contact.edge(true, 61_100), None);
        assert_eq!(contact.poll(61_130), Some(Short));
    }

    #[test]
    fn edges_that_arrive_late_still_tell_what_settled_before_them() {
        let mut contact = Debounce::new(true, 0);
        assert_eq!(contact.edge(false, 100), None);
        assert_eq!(contact.edge(true, 200), None);
        assert_eq!(contact.edge(false, 300), Some(Short));
    }

    proptest::proptest! {
        #[test]
        fn waking_only_when_asked_loses_nothing(gaps in proptest::collection::vec(1..2500_u64, 0..12)) {
            let mut at = 0;
            let edges: Vec<_> = gaps.iter().enumerate().map(|(n, gap)| { at += gap; (at, n % 2 == 1) }).collect();
            let end = at + 5000;
            proptest::prop_assert_eq!(play(&edges, end), play_lazily(&edges, end));
        }
    }
}
