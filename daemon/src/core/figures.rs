//! From waits to the figures that customer care is measured by.
//!
//! Owns what each figure means. Refuses to know which period, channel or queue it is about.
//!
//! A percentile is that of the nearest rank: the smallest value that at least so many percent of
//! all values do not exceed. It is always one of the values, and the median is the 50th. A
//! conversation belongs to the time at which it was opened, a wait to the time at which it began.

use bellboard_panel::Timestamp;
use serde::Serialize;

use super::history::{Outcome, Wait};
use bellboard_panel::snapshot::Clock;

/// What the figures of one group are counted from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    received: u32,
    answered: u32,
    in_time: u32,
    breached: u32,
    first: Times,
    next: Times,
}

/// How long replies took, in milliseconds of wall time and of open time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Times {
    wall: Vec<u64>,
    open: Vec<u64>,
}

/// The figures of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Conversations that were opened.
    pub received: u32,
    /// Of those, the ones with a first reply.
    pub answered: u32,
    /// `answered / received`, 0 to 1; null when nothing was received.
    pub answer_rate: Option<f64>,
    /// How long first replies took.
    pub first_reply: Replies,
    /// How long later replies took.
    pub next_reply: Replies,
    /// Share of the promises that were kept, among those of which that is known; 0 to 1.
    pub in_target_rate: Option<f64>,
    /// Promises that were broken.
    pub breaches: u32,
}

/// How long replies took, in whole seconds, rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replies {
    /// How many there were.
    pub count: u32,
    /// The median.
    pub median_s: Option<u64>,
    /// The 90th percentile.
    pub p90_s: Option<u64>,
    /// The median in open time.
    pub open_median_s: Option<u64>,
    /// The 90th percentile in open time.
    pub open_p90_s: Option<u64>,
}

impl Sample {
    /// Counts a conversation.
    pub fn conversation(&mut self, answered: bool) {
        self.received += 1;
        self.answered += u32::from(answered);
    }

    /// Counts a wait as it stands at `now`.
    pub fn wait(&mut self, wait: &Wait, now: Timestamp) {
        match wait.in_time(now) {
            Some(true) => self.in_time += 1,
            Some(false) => self.breached += 1,
            None => {}
        }
        let times = if wait.clock == Clock::FirstReply { &mut self.first } else { &mut self.next };
        times.wall.extend(wait.replied_after_ms());
        times.open.extend(wait.open_ms.filter(|_| wait.outcome == Outcome::Replied));
    }

    /// The figures.
    #[must_use]
    pub fn figures(self) -> Figures {
        Figures {
            received: self.received,
            answered: self.answered,
            answer_rate: rate(self.answered, self.received),
            first_reply: self.first.replies(),
            next_reply: self.next.replies(),
            in_target_rate: rate(self.in_time, self.in_time + self.breached),
            breaches: self.breached,
        }
    }
}

impl Times {
    fn replies(mut self) -> Replies {
        self.wall.sort_unstable();
        self.open.sort_unstable();
        let secs = |sorted: &[u64], percent| percentile(sorted, percent).map(|ms| ms / 1_000);
        Replies {
            count: self.wall.len() as u32,
            median_s: secs(&self.wall, 50),
            p90_s: secs(&self.wall, 90),
            open_median_s: secs(&self.open, 50),
            open_p90_s: secs(&self.open, 90),
        }
    }
}

/// The percentile, 1 to 100, of values in order: that of the nearest rank.
#[must_use]
pub fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (percent * sorted.len()).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

/// A share, 0 to 1; `None` of nothing.
#[must_use]
pub fn rate(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    #[test]
    fn a_percentile_is_the_value_of_the_nearest_rank() {
        // The worked example of the usual definition.
        let values = [15, 20, 35, 40, 50];
        let of = |percent| percentile(&values, percent);
        assert_eq!([of(5), of(30), of(40), of(50), of(100)], [15, 20, 20, 35, 50].map(Some));
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 90), Some(7));
    }

    /// The definition word by word, without any order.
    fn naive(values: &[u64], percent: usize) -> Option<u64> {
        let enough =
            |v: &u64| values.iter().filter(|other| *other <= v).count() * 100 >= percent * values.len();
        values.iter().copied().filter(enough).min()
    }

    proptest! {
        #[test]
        fn figures_are_what_a_naive_count_makes_of_them(
            waits in proptest::collection::vec(
                (any::<bool>(), 0_i64..9_000_000, prop::option::of(0_i64..9_000_000), 0_usize..3, prop::option::of(0_i64..9_000_000)),
                0..60,
            ),
        ) {
            let now = at(9_000_000);
            let waits: Vec<Wait> = waits.into_iter().map(|(first, start, lasts, ends, due)| {
                let end = lasts.filter(|_| ends < 2).map(|ms| at(start + ms));
                Wait {
                    clock: if first { Clock::FirstReply } else { Clock::NextReply },
                    start: at(start),
                    end,
                    outcome: match (end, ends) {
                        (None, 2) => Outcome::Void,
                        (None, _) => Outcome::Open,
                        (Some(_), 0) => Outcome::Resolved,
                        (Some(_), _) => Outcome::Replied,
                    },
                    target_ms: None,
                    due: due.map(at),
                    open_ms: lasts.filter(|_| end.is_some()).map(|ms| ms as u64 / 2),
                }
            }).collect();
            let mut sample = Sample::default();
            for wait in &waits {
                sample.conversation(wait.end.is_some());
                sample.wait(wait, now);
            }
            let figures = sample.figures();
            let lengths = |clock: Clock| -> Vec<u64> {
                let replied = waits.iter().filter(|w| w.clock == clock && w.outcome == Outcome::Replied);
                replied.map(|w| (w.end.expect("replied").millis() - w.start.millis()) as u64).collect()
            };
            for (clock, replies) in [(Clock::FirstReply, figures.first_reply), (Clock::NextReply, figures.next_reply)] {
                let of = lengths(clock);
                prop_assert_eq!(replies.count as usize, of.len());
                prop_assert_eq!(replies.median_s, naive(&of, 50).map(|ms| ms / 1_000));
                prop_assert_eq!(replies.p90_s, naive(&of, 90).map(|ms| ms / 1_000));
            }
            let promised = waits.iter().filter(|w| w.due.is_some() && w.outcome != Outcome::Void);
            let broken = promised.clone().filter(|w| w.end.unwrap_or(now) >= w.due.expect("has one")).count();
            let kept = promised.filter(|w| w.end.is_some_and(|end| end < w.due.expect("has one"))).count();
            prop_assert_eq!(figures.breaches as usize, broken);
            prop_assert_eq!(figures.in_target_rate, rate(kept as u32, (kept + broken) as u32));
        }
    }
}
