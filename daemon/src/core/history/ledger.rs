//! The rows that today's figures are counted from, in memory.
//!
//! Owns them by conversation and by the beginning of each wait, so that a row that comes again
//! replaces itself, and how many there may be. Refuses to know about files.

use std::collections::BTreeMap;

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Today},
};

use super::record::{Outcome, Wait};
use crate::{
    config::model::Badge,
    core::figures::{Sample, percentile, rate},
};

/// The longest day, with an hour for a clock that is set back.
const DAY_MS: i64 = 26 * 3_600_000;
/// Replies of this time say how long one takes.
pub const TYPICAL_MS: i64 = 3_600_000;
/// A reply of that long ago weighs half as much as one of now.
const HALF_LIFE_MS: f64 = 1_200_000.0;
/// From fewer replies nothing is concluded, neither how long one takes nor a badge.
const MIN_SAMPLE: usize = 3;
/// About ten megabytes; a floor with more in a week is counted by the latest of them.
const MAX_CONVERSATIONS: usize = 200_000;
/// About as much again: waits of one day.
const MAX_WAITS: usize = 100_000;

/// What is kept of a wait: no open time and no target, which no figure here looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    end: Option<Timestamp>,
    due: Option<Timestamp>,
    outcome: Outcome,
}

/// Conversations as far back as badges look, and the waits of a day.
#[derive(Debug)]
pub struct Ledger {
    looks_back_ms: i64,
    conversations: BTreeMap<(Timestamp, u64), Option<Timestamp>>,
    waits: BTreeMap<(Timestamp, u64, Clock), Kept>,
    /// Replies of the last hour by their time: how long each took, in milliseconds.
    replies: BTreeMap<(Timestamp, u64, Clock), u64>,
}

/// How long a reply takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typical {
    /// The mean of the last hour in whole seconds, recent replies weighing more; `None` where
    /// fewer than three replies leave it unknown.
    pub typical_s: Option<u64>,
    /// The 90th percentile of the same replies, in whole seconds.
    pub p90_s: Option<u64>,
    /// How many replies there were.
    pub sample: usize,
}

impl Ledger {
    /// An empty one that looks back so far.
    #[must_use]
    pub fn new(looks_back_ms: i64) -> Self {
        Self {
            looks_back_ms,
            conversations: BTreeMap::new(),
            waits: BTreeMap::new(),
            replies: BTreeMap::new(),
        }
    }

    /// How far back figures look for these badges, in milliseconds.
    #[must_use]
    pub fn looks_back_ms(badges: &[Badge]) -> i64 {
        badges.iter().map(|badge| badge.window_ms as i64).fold(DAY_MS, i64::max)
    }

    /// From now on it looks back so far; what was forgotten stays so.
    pub fn look_back(&mut self, ms: i64) {
        self.looks_back_ms = ms;
    }

    /// A conversation as it stands; `before` is when it was said to be opened last time.
    pub fn conversation(
        &mut self,
        who: u64,
        before: Option<Timestamp>,
        opened: Timestamp,
        first_reply: Option<Timestamp>,
    ) {
        if let Some(before) = before.filter(|before| *before != opened) {
            self.conversations.remove(&(before, who));
        }
        self.conversations.insert((opened, who), first_reply);
        if self.conversations.len() > MAX_CONVERSATIONS {
            self.conversations.pop_first();
        }
    }

    /// A wait as it stands.
    pub fn wait(&mut self, who: u64, wait: &Wait) {
        let key = (wait.start, who, wait.clock);
        let before = self.waits.remove(&key);
        if let Some(end) = before.and_then(|before| before.end) {
            self.replies.remove(&(end, who, wait.clock));
        }
        if wait.outcome == Outcome::Void {
            return;
        }
        if let (Some(end), Some(ms)) = (wait.end, wait.replied_after_ms()) {
            self.replies.insert((end, who, wait.clock), ms);
        }
        self.waits.insert(key, Kept { end: wait.end, due: wait.due, outcome: wait.outcome });
        if self.waits.len() > MAX_WAITS {
            self.waits.pop_first();
        }
        if self.replies.len() > MAX_WAITS {
            self.replies.pop_first();
        }
    }

    /// Forgets what no figure looks at any more.
    pub fn expire(&mut self, now: Timestamp) {
        let since = now.plus_millis(-self.looks_back_ms);
        self.conversations = self.conversations.split_off(&(since, 0));
        self.waits = self.waits.split_off(&(now.plus_millis(-DAY_MS), 0, Clock::FirstReply));
        self.replies = self.replies.split_off(&(now.plus_millis(-TYPICAL_MS), 0, Clock::FirstReply));
    }

    /// The figures of what began at `midnight` or later. Looks at each of those.
    #[must_use]
    pub fn today(&self, midnight: Timestamp, now: Timestamp) -> Today {
        let mut sample = Sample::default();
        for first_reply in self.conversations.range((midnight, 0)..).map(|(_, reply)| reply) {
            sample.conversation(first_reply.is_some());
        }
        for ((start, _, clock), kept) in self.waits.range((midnight, 0, Clock::FirstReply)..) {
            let Kept { end, due, outcome } = *kept;
            let (start, clock) = (*start, *clock);
            sample.wait(&Wait { clock, start, end, outcome, target_ms: None, due, open_ms: None }, now);
        }
        let figures = sample.figures();
        Today {
            received: figures.received,
            answered: figures.answered,
            answer_rate: figures.answer_rate,
            median_first_reply_s: figures.first_reply.median_s,
            in_target_rate: figures.in_target_rate,
            badge: false,
            p90_first_reply_s: figures.first_reply.p90_s,
            median_next_reply_s: figures.next_reply.median_s,
            breaches: figures.breaches,
            typical_s: self.typical(now).typical_s,
            badges: Vec::new(),
        }
    }

    /// How long a reply takes, by those of the last hour.
    #[must_use]
    pub fn typical(&self, now: Timestamp) -> Typical {
        let from = (now.plus_millis(-TYPICAL_MS), 0, Clock::FirstReply);
        let recent: Vec<(Timestamp, u64)> =
            self.replies.range(from..).map(|((end, _, _), ms)| (*end, *ms)).collect();
        if recent.len() < MIN_SAMPLE {
            return Typical { sample: recent.len(), ..Typical::default() };
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for (end, ms) in &recent {
            let age = now.millis_since(*end).max(0) as f64;
            let weight = (-age / HALF_LIFE_MS).exp2();
            sum += weight * *ms as f64;
            weights += weight;
        }
        let mut lengths: Vec<u64> = recent.iter().map(|(_, ms)| *ms).collect();
        lengths.sort_unstable();
        Typical {
            typical_s: Some((sum / weights / 1_000.0) as u64),
            p90_s: percentile(&lengths, 90).map(|ms| ms / 1_000),
            sample: recent.len(),
        }
    }

    /// Whether the conversations of a badge's window earn it. One that may still be answered in
    /// time counts neither way.
    #[must_use]
    pub fn deserves(&self, badge: &Badge, now: Timestamp) -> bool {
        let from = (now.plus_millis(-(badge.window_ms as i64)), 0);
        let (mut well, mut all) = (0_u32, 0_u32);
        for ((opened, _), first_reply) in self.conversations.range(from..) {
            let until = badge.within_ms.map(|ms| opened.plus_millis(ms as i64));
            let in_time = first_reply.is_some_and(|reply| until.is_none_or(|until| reply <= until));
            let is_decided = in_time || first_reply.is_some() || until.is_none_or(|until| now > until);
            well += u32::from(in_time);
            all += u32::from(is_decided);
        }
        all as usize >= MIN_SAMPLE && rate(well, all).is_some_and(|share| share >= badge.answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000 + secs).unwrap()
    }

    fn reply(start: i64, secs: i64) -> Wait {
        Wait {
            clock: Clock::FirstReply,
            start: at(start),
            end: Some(at(start + secs)),
            outcome: Outcome::Replied,
            target_ms: Some(60_000),
            due: Some(at(start + 60)),
            open_ms: Some(0),
        }
    }

    fn badge(answered: f64, within: Option<u64>) -> Badge {
        Badge { name: "quick".into(), answered, within_ms: within.map(|s| s * 1_000), window_ms: 86_400_000 }
    }

    #[test]
    fn what_is_told_again_counts_once() {
        let mut ledger = Ledger::new(DAY_MS);
        for _ in 0..3 {
            ledger.conversation(1, None, at(0), Some(at(30)));
            ledger.wait(1, &reply(0, 30));
        }
        ledger.conversation(1, Some(at(0)), at(5), Some(at(30)));
        let today = ledger.today(at(-100), at(100));
        assert_eq!((today.received, today.answered, today.median_first_reply_s), (1, 1, Some(30)));
        assert_eq!(ledger.typical(at(100)).sample, 1);
        assert_eq!(ledger.today(at(50), at(100)).received, 0, "that was yesterday");
    }

    #[test]
    fn the_typical_reply_is_unknown_under_three_and_recent_ones_weigh_more() {
        let mut ledger = Ledger::new(DAY_MS);
        ledger.wait(1, &reply(0, 100));
        ledger.wait(2, &reply(0, 100));
        assert_eq!(ledger.typical(at(200)), Typical { typical_s: None, p90_s: None, sample: 2 });
        // Twenty minutes later a reply weighs twice as much as the two of before.
        ledger.wait(3, &reply(1_200, 100 + 100));
        let now = at(1_400);
        let (old, new) = ((-1_300.0_f64 / 1_200.0).exp2(), 1.0);
        let mean = (2.0 * old * 100.0 + new * 200.0) / (2.0 * old + new);
        assert_eq!(ledger.typical(now).typical_s, Some(mean as u64));
        assert_eq!(ledger.typical(now).p90_s, Some(200));
        assert_eq!(ledger.typical(at(3_600 + 101)).sample, 1, "an hour after they ended the first are gone");
    }

    #[test]
    fn a_badge_is_held_while_the_share_is_reached() {
        let mut ledger = Ledger::new(DAY_MS);
        let (quick, any) = (badge(0.75, Some(300)), badge(0.75, None));
        for who in 0..3 {
            ledger.conversation(who, None, at(0), Some(at(100)));
        }
        ledger.conversation(9, None, at(10), None);
        // The fourth may still be answered in time.
        assert!(ledger.deserves(&quick, at(310)));
        assert!(ledger.deserves(&any, at(311)), "three of four");
        ledger.conversation(10, None, at(20), Some(at(400)));
        assert!(!ledger.deserves(&quick, at(500)), "three of five");
        assert!(ledger.deserves(&any, at(500)), "four of five");
        assert!(!ledger.deserves(&any, at(3 * 86_400)), "nothing in its window");
    }

    #[test]
    fn nothing_is_kept_that_no_figure_looks_at() {
        let mut ledger = Ledger::new(DAY_MS);
        for n in 0..100 {
            ledger.conversation(n, None, at(n as i64), None);
            ledger.wait(n, &reply(n as i64, 10));
        }
        ledger.expire(at(2 * 86_400));
        assert!(ledger.conversations.is_empty() && ledger.waits.is_empty() && ledger.replies.is_empty());
    }
}
