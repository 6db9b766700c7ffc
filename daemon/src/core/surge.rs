//! A crisis in the making: far more conversations arrive than usual.
//!
//! Owns how many arrived lately and over a day, and when their proportion is a surge. Refuses to
//! know what a conversation is about, and what is done about a surge.
//!
//! The count of the last ten minutes is held against the mean of as long a time over the last
//! day: it must exceed the mean by four standard deviations of a Poisson process to raise a
//! surge, and fall below two to end it, so that chance neither raises nor ends one.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use bellboard_panel::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds whose arrivals are held against the mean.
const RECENT_S: i64 = 600;
/// Seconds over which the mean is taken.
const DAY_S: i64 = 86_400;
const MINUTE_S: i64 = 60;
/// More arrivals in ten minutes are a surge on any floor, and are not told apart any more.
const MAX_RECENT: usize = 65_536;

/// When conversations arrived.
#[derive(Debug)]
pub struct Surge {
    at_least: u32,
    /// By the second at which they were opened, a fingerprint of each: what is told again after a
    /// broker has lost its memory did not arrive again.
    recent: BTreeMap<i64, Vec<u64>>,
    seen: HashSet<u64>,
    /// By the minute at which they were opened, how many.
    day: BTreeMap<i64, u32>,
    day_total: u64,
    /// Arrivals up to this second are in `day` already: it was kept over a restart.
    counted_until: Option<i64>,
    raised: bool,
}

/// The arrivals of a day, as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrivals {
    /// Up to when all are counted.
    pub until: Timestamp,
    /// Minutes of Unix time with their counts.
    pub minutes: Vec<(i64, u32)>,
}

impl Surge {
    /// Nothing has arrived. Fewer than `at_least` in ten minutes are no surge.
    #[must_use]
    pub fn new(at_least: u32) -> Self {
        Self {
            at_least,
            recent: BTreeMap::new(),
            seen: HashSet::new(),
            day: BTreeMap::new(),
            day_total: 0,
            counted_until: None,
            raised: false,
        }
    }

    /// From now on another least number holds.
    pub fn reconfigure(&mut self, at_least: u32) {
        self.at_least = at_least;
    }

    /// A conversation, told of for the first time, was opened at `opened`.
    pub fn arrived(&mut self, source: u8, id: &str, opened: Timestamp, now: Timestamp) {
        let second = opened.secs().min(now.secs());
        if second <= now.secs() - DAY_S {
            return;
        }
        let is_recent = second > now.secs() - RECENT_S;
        if is_recent && (self.seen.len() >= MAX_RECENT || !self.remember(source, id, second)) {
            return;
        }
        if self.counted_until.is_none_or(|until| second > until) {
            let minute = self.day.entry(second.div_euclid(MINUTE_S)).or_default();
            *minute = minute.saturating_add(1);
            self.day_total += 1;
        }
    }

    fn remember(&mut self, source: u8, id: &str, second: i64) -> bool {
        let mut hasher = DefaultHasher::new();
        (source, id).hash(&mut hasher);
        let fingerprint = hasher.finish();
        let is_new = self.seen.insert(fingerprint);
        if is_new {
            self.recent.entry(second).or_default().push(fingerprint);
        }
        is_new
    }

    /// Judges anew; true while there is a surge.
    pub fn judge(&mut self, now: Timestamp) -> bool {
        self.expire(now);
        let count = self.received();
        let mean = self.day_total as f64 * RECENT_S as f64 / DAY_S as f64;
        let above = |deviations: f64| mean + deviations * (mean + 1.0).sqrt();
        self.raised = if self.raised {
            f64::from(count) >= above(2.0)
        } else {
            count >= self.at_least && f64::from(count) > above(4.0)
        };
        self.raised
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some(entry) = self.recent.first_entry().filter(|e| *e.key() <= now.secs() - RECENT_S) {
            for fingerprint in entry.remove() {
                self.seen.remove(&fingerprint);
            }
        }
        let oldest = (now.secs() - DAY_S).div_euclid(MINUTE_S);
        while let Some(entry) = self.day.first_entry().filter(|entry| *entry.key() <= oldest) {
            self.day_total = self.day_total.saturating_sub(entry.remove().into());
        }
    }

    /// Whether there was a surge when it was last judged.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.raised
    }

    /// There was a surge when the last run ended; whether there still is, is judged anew.
    pub fn resume(&mut self) {
        self.raised = true;
    }

    /// How many arrived in the last ten minutes.
    #[must_use]
    pub fn received(&self) -> u32 {
        self.seen.len() as u32
    }

    /// When time alone may end a surge.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        let (second, _) = self.recent.first_key_value().filter(|_| self.raised)?;
        Timestamp::from_secs(second + RECENT_S)
    }

    /// What a restart must not forget, or else every busy morning after one would be a surge.
    #[must_use]
    pub fn arrivals(&self, now: Timestamp) -> Arrivals {
        Arrivals { until: now, minutes: self.day.iter().map(|(minute, n)| (*minute, *n)).collect() }
    }

    /// Puts back what was kept.
    pub fn restore(&mut self, arrivals: &Arrivals, now: Timestamp) {
        let known = (now.secs() - DAY_S).div_euclid(MINUTE_S)..=now.secs().div_euclid(MINUTE_S);
        self.day = arrivals.minutes.iter().filter(|(minute, _)| known.contains(minute)).copied().collect();
        self.day_total = self.day.values().map(|n| u64::from(*n)).sum();
        self.counted_until = Some(arrivals.until.secs().min(now.secs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000 + secs).unwrap()
    }

    /// So many arrivals, one each `every` seconds from `from` on.
    fn arrive(surge: &mut Surge, name: &str, many: i64, from: i64, every: i64) {
        for n in 0..many {
            let when = at(from + n * every);
            surge.arrived(0, &format!("{name}-{n}"), when, when);
        }
    }

    #[test]
    fn a_quiet_night_with_a_few_messages_is_no_crisis() {
        let mut surge = Surge::new(10);
        arrive(&mut surge, "a", 9, 0, 10);
        assert!(!surge.judge(at(90)), "nine are fewer than the least number");
        arrive(&mut surge, "b", 1, 95, 1);
        assert!(surge.judge(at(95)), "the tenth is far above the mean of an empty day");
        // The mean of the day is 10 / 144; below 2.14 of the last ten minutes the surge ends.
        assert!(surge.judge(at(600 + 69)), "three are left");
        assert!(!surge.judge(at(600 + 70)), "two are");
    }

    #[test]
    fn what_is_usual_on_a_busy_floor_is_no_surge() {
        let mut surge = Surge::new(10);
        // Twenty in ten minutes, all day long.
        arrive(&mut surge, "usual", 2_880, 0, 30);
        assert!(!surge.judge(at(86_400)));
        // The mean is 20 and the bound 20 + 4 * sqrt(21) = 38.3.
        arrive(&mut surge, "more", 18, 86_370, 1);
        assert!(!surge.judge(at(86_390)));
        arrive(&mut surge, "crisis", 3, 86_391, 1);
        assert!(surge.judge(at(86_395)), "{}", surge.received());
    }

    #[test]
    fn what_is_told_again_did_not_arrive_again() {
        let mut surge = Surge::new(10);
        for _ in 0..3 {
            arrive(&mut surge, "a", 8, 0, 1);
        }
        assert_eq!((surge.received(), surge.judge(at(10))), (8, false));
    }

    #[test]
    fn a_restart_forgets_no_usual_day() {
        let mut before = Surge::new(10);
        arrive(&mut before, "usual", 2_880, 0, 30);
        before.judge(at(86_400));
        let mut after = Surge::new(10);
        after.restore(&before.arrivals(at(86_400)), at(86_410));
        // The broker tells of those that are still open once more.
        for n in 2_840..2_880 {
            after.arrived(0, &format!("usual-{n}"), at(n * 30), at(86_410));
        }
        assert_eq!(after.received(), 19);
        assert!(!after.judge(at(86_410)));
        assert_eq!(after.arrivals(at(86_400)), before.arrivals(at(86_400)), "none is counted twice");
    }

    #[test]
    fn a_clock_that_jumps_a_day_leaves_nothing_behind() {
        let mut surge = Surge::new(10);
        arrive(&mut surge, "a", 50, 0, 1);
        assert!(surge.judge(at(60)));
        assert!(!surge.judge(at(200_000)));
        assert_eq!((surge.received(), surge.day_total, surge.day.len()), (0, 0, 0));
    }
}
