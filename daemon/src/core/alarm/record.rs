//! What is remembered of an alarm beyond its present occurrence, and of new alarms altogether.
//!
//! Owns the number of occurrences, and how chatter and a flood are told: one alarm that comes
//! and goes, and many that come at once. Refuses to know states.

use std::collections::VecDeque;

use crate::{config::model::Flood, core::time::Mono};

/// An alarm that was raised so many times within [`CHATTER_MS`] chatters.
const MAX_RAISES: usize = 3;
/// Milliseconds: within them an alarm is raised three times that chatters, and for as long it must hold
/// still before it is heard again.
pub const CHATTER_MS: u64 = 60_000;

/// The past of one alarm, kept as long as what it is about exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// The number of the latest occurrence.
    pub occurrence: u32,
    /// When it was last raised, the latest first.
    raises: [Option<Mono>; MAX_RAISES],
    /// Until when it must hold still; `None`: it does not chatter.
    pub restless_until: Option<Mono>,
}

impl Record {
    /// It was raised.
    pub fn raised(&mut self, now: Mono) {
        self.raises.rotate_right(1);
        self.raises[0] = Some(now);
        let first = self.raises[MAX_RAISES - 1];
        if first.is_some_and(|first| now.millis_since(first) < CHATTER_MS) {
            self.restless_until = Some(now.plus_millis(CHATTER_MS));
        }
        self.moved(now);
    }

    /// It was raised or cleared, and if it chatters has to hold still from here on.
    pub fn moved(&mut self, now: Mono) {
        if let Some(until) = &mut self.restless_until {
            *until = now.plus_millis(CHATTER_MS);
        }
    }
}

/// The latest new alarms.
#[derive(Debug)]
pub struct Onsets {
    rule: Flood,
    latest: VecDeque<Mono>,
}

impl Onsets {
    /// None so far.
    pub fn new(rule: Flood) -> Self {
        Self { rule, latest: VecDeque::new() }
    }

    /// From now on another rule holds.
    pub fn reconfigure(&mut self, rule: Flood) {
        self.rule = rule;
        self.trim();
    }

    /// A new alarm rings.
    pub fn add(&mut self, now: Mono) {
        self.latest.push_back(now);
        self.trim();
    }

    fn trim(&mut self) {
        while self.latest.len() > self.rule.count as usize {
            self.latest.pop_front();
        }
    }

    /// Until when there is a flood, as things stand; `None` when there is none.
    pub fn flood_until(&self, now: Mono) -> Option<Mono> {
        let first = self.latest.front().filter(|_| self.latest.len() == self.rule.count as usize)?;
        Some(first.plus_millis(self.rule.window_ms)).filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Mono {
        Mono::from_millis(secs * 1000)
    }

    #[test]
    fn the_third_raise_within_a_minute_is_chatter_until_it_holds_still_for_a_minute() {
        let mut record = Record::default();
        record.raised(at(0));
        record.raised(at(30));
        assert_eq!(record.restless_until, None);
        record.raised(at(59));
        assert_eq!(record.restless_until, Some(at(119)));
        record.moved(at(100));
        assert_eq!(record.restless_until, Some(at(160)), "a clearing is a movement too");
        let mut calm = Record::default();
        for secs in [0, 30, 60] {
            calm.raised(at(secs));
        }
        assert_eq!(calm.restless_until, None, "three within a minute, and not in a minute");
    }

    #[test]
    fn a_flood_lasts_while_as_many_alarms_as_the_rule_says_came_within_its_window() {
        let mut onsets = Onsets::new(Flood { count: 3, window_ms: 60_000 });
        onsets.add(at(0));
        onsets.add(at(10));
        assert_eq!(onsets.flood_until(at(10)), None);
        onsets.add(at(20));
        assert_eq!(onsets.flood_until(at(20)), Some(at(60)));
        assert_eq!(onsets.flood_until(at(60)), None);
        onsets.add(at(61));
        assert_eq!(onsets.flood_until(at(61)), Some(at(70)));
    }
}
