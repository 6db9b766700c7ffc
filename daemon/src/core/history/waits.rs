//! From a conversation's state, and the one before, to its waits.
//!
//! Owns when a wait begins and ends. Refuses to know of other conversations, and where waits
//! are kept.
//!
//! The first wait is a matter of the present state alone: from the customer's first message to
//! the first reply. A later one begins with `waiting_since` and is over when that says otherwise;
//! it ended with the last reply, as the main system tells it, and not when the board heard of it.

use bellboard_panel::{Timestamp, snapshot::Clock};

use super::record::{Outcome, Wait};
use crate::{
    config::model::Policy,
    core::{
        calendar::Calendar,
        decode::{Conversation, Order, Status, clock_index},
        sla,
    },
};

/// Stands for no state.
const UNTOLD: u64 = 0;

/// What the history remembers of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Stands for the state that was last told; [`UNTOLD`] where that was not written down.
    pub(super) told: u64,
    /// The customer's first message.
    pub(super) opened: Timestamp,
    /// When it was resolved.
    pub(super) resolved: Option<Timestamp>,
    /// When its first wait ended.
    first_end: Option<Timestamp>,
    /// The deadline that the main system gave for the first reply: it may not tell it again with
    /// the reply.
    first_given: Option<Timestamp>,
    /// The later wait that has not ended, and the deadline given for it.
    next: Option<(Timestamp, Option<Timestamp>)>,
}

impl Known {
    /// The first reply, held against the first message.
    pub(super) fn first_reply(&self, said: &Conversation<'_>) -> Option<Timestamp> {
        self.first_end.filter(|_| said.first_reply_at.is_some())
    }

    /// What was told of it was not written down.
    pub(super) fn forget(&mut self) {
        self.told = UNTOLD;
    }

    /// The waits that have not ended, now that nobody will learn how they do.
    pub(super) fn open_waits(&self) -> impl Iterator<Item = Wait> {
        let first = self.first_end.is_none().then(|| Wait::void(Clock::FirstReply, self.opened));
        let next = self.next.map(|(start, _)| Wait::void(Clock::NextReply, start));
        first.into_iter().chain(next)
    }
}

/// The waits of which a state tells something new, and what is known from then on.
pub(super) fn follow(
    known: Option<&Known>,
    said: &Conversation<'_>,
    policy: Option<&Policy>,
    floor: &Calendar,
    now: Timestamp,
) -> (Vec<Wait>, Known) {
    let rules = Rules { policy, floor };
    let resolved = (said.status == Status::Resolved).then(|| {
        let updated = if let Order::Updated(at) = said.order { Some(at) } else { None };
        let before = known.and_then(|known| known.resolved);
        said.resolved_at.or(updated).or(before).unwrap_or(now)
    });
    let mut waits = Vec::new();
    let given = |clock: Clock| said.due[clock_index(clock)];
    let first_given =
        given(Clock::FirstReply).or(known.filter(|k| k.opened == said.opened_at).and_then(|k| k.first_given));
    let (first_end, outcome) = match (said.first_reply_at, resolved) {
        (Some(at), _) => (Some(at.max(said.opened_at)), Outcome::Replied),
        (None, Some(at)) => (Some(at.max(said.opened_at)), Outcome::Resolved),
        (None, None) => (None, Outcome::Open),
    };
    let is_news = known.is_none_or(|known| {
        known.told == UNTOLD || known.opened != said.opened_at || known.first_end != first_end
    });
    if is_news || first_end.is_none() {
        waits.push(rules.wait(Clock::FirstReply, said.opened_at, (first_end, outcome), first_given));
    }
    let before = known.and_then(|known| known.next);
    let next = said
        .waiting_since
        .filter(|_| resolved.is_none() && said.first_reply_at.is_some())
        .map(|start| (start, given(Clock::NextReply)));
    if let Some((start, given)) = before.filter(|(start, _)| next.is_none_or(|(now, _)| now != *start)) {
        let end = ending(start, said, next.map(|(start, _)| start), resolved, now);
        waits.push(rules.wait(Clock::NextReply, start, end, given));
    }
    if let Some((start, given)) = next {
        waits.push(rules.wait(Clock::NextReply, start, (None, Outcome::Open), given));
    }
    let known = Known { told: UNTOLD, opened: said.opened_at, resolved, first_end, first_given, next };
    (waits, known)
}

/// How a later wait that is over ended.
fn ending(
    start: Timestamp,
    said: &Conversation<'_>,
    next: Option<Timestamp>,
    resolved: Option<Timestamp>,
    now: Timestamp,
) -> (Option<Timestamp>, Outcome) {
    let replied = |at: Timestamp| (Some(at.max(start)), Outcome::Replied);
    match (said.last_reply_at, next, resolved) {
        // The wait is said to have begun earlier: it was not one of its own.
        (_, Some(next), _) if next < start => (None, Outcome::Void),
        (Some(at), Some(next), _) if at >= start => replied(at.min(next)),
        (Some(at), None, _) if at >= start => replied(at),
        (_, None, Some(resolved)) => (Some(resolved.max(start)), Outcome::Resolved),
        // The main system tells of replies, and there was none.
        (Some(_), _, _) => (None, Outcome::Void),
        (None, next, None | Some(_)) => {
            let updated = if let Order::Updated(at) = said.order { at } else { now };
            replied(next.map_or(updated, |next| updated.min(next)))
        }
    }
}

struct Rules<'a> {
    policy: Option<&'a Policy>,
    floor: &'a Calendar,
}

impl Rules<'_> {
    fn wait(
        &self,
        clock: Clock,
        start: Timestamp,
        (end, outcome): (Option<Timestamp>, Outcome),
        given: Option<Timestamp>,
    ) -> Wait {
        let target_ms = self.policy.and_then(|policy| sla::target_ms(clock, policy));
        let due = given.or_else(|| self.policy?.calendar.add(start, target_ms?).ok());
        let calendar = self.policy.map_or(self.floor, |policy| &policy.calendar);
        let open_ms = end.map(|end| open_ms(calendar, start, end));
        Wait { clock, start, end, outcome, target_ms, due, open_ms }
    }
}

fn open_ms(calendar: &Calendar, start: Timestamp, end: Timestamp) -> u64 {
    if *calendar == Calendar::Always {
        return end.millis_since(start).max(0) as u64;
    }
    calendar.open_between(start, end).map(|span| span.to.millis_since(span.from).max(0) as u64).sum()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{
        config::model::{Origin, Urgency},
        core::decode,
    };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000 + secs).unwrap()
    }

    fn said(waiting: Option<i64>, first: Option<i64>, last: Option<i64>) -> decode::Conversation<'static> {
        decode::Conversation {
            status: Status::Open,
            channel: Cow::Borrowed("x"),
            queue: Cow::Borrowed("default"),
            urgency: Urgency::Normal,
            public: false,
            origin: Origin::Direct,
            customer: Cow::Borrowed(""),
            assignee: Cow::Borrowed(""),
            opened_at: at(0),
            waiting_since: waiting.map(at),
            first_reply_at: first.map(at),
            last_reply_at: last.map(at),
            promised_at: None,
            resolved_at: None,
            due: [None; 4],
            order: Order::Arrival,
        }
    }

    /// Takes states in one after the other, at a time when nothing else happens.
    fn rows(states: &[decode::Conversation<'_>]) -> Vec<(Clock, i64, Option<i64>, Outcome)> {
        let policy =
            Policy { first_reply_ms: Some(60_000), next_reply_ms: Some(60_000), ..Policy::default() };
        let mut known = None;
        let mut rows = Vec::new();
        for state in states {
            let (waits, fresh) = follow(known.as_ref(), state, Some(&policy), &Calendar::Always, at(9_999));
            known = Some(fresh);
            for wait in waits {
                let secs = |t: Timestamp| t.millis_since(at(0)) / 1_000;
                let row = (wait.clock, secs(wait.start), wait.end.map(secs), wait.outcome);
                rows.retain(|(clock, start, _, _)| (*clock, *start) != (row.0, row.1));
                rows.push(row);
            }
        }
        rows.sort_by_key(|row| (row.0, row.1));
        rows
    }

    #[test]
    fn a_wait_ends_with_the_reply_and_not_when_the_board_heard_of_it() {
        let talk = [
            said(Some(0), None, None),
            said(None, Some(50), Some(50)),
            said(Some(70), Some(50), Some(50)),
            said(None, Some(50), Some(90)),
        ];
        let whole = rows(&talk);
        assert_eq!(
            whole,
            [
                (Clock::FirstReply, 0, Some(50), Outcome::Replied),
                (Clock::NextReply, 70, Some(90), Outcome::Replied)
            ]
        );
        // A board that was off during the first two learns the same from what is left.
        assert_eq!(rows(&talk[2..]), whole);
        assert_eq!(rows(&[talk[3].clone()])[0], whole[0], "the first wait is in every state");
    }

    #[test]
    fn a_reply_that_was_not_told_of_ends_the_wait_before_the_next() {
        let talk = [said(Some(70), Some(50), Some(50)), said(Some(200), Some(50), Some(90))];
        let ended: Vec<_> = rows(&talk).into_iter().filter(|row| row.0 == Clock::NextReply).collect();
        assert_eq!(ended[0], (Clock::NextReply, 70, Some(90), Outcome::Replied));
        assert_eq!(ended[1], (Clock::NextReply, 200, None, Outcome::Open));
    }

    #[test]
    fn what_is_resolved_without_a_reply_was_not_answered() {
        let mut resolved = said(None, None, None);
        resolved.status = Status::Resolved;
        resolved.resolved_at = Some(at(40));
        let expected = [(Clock::FirstReply, 0, Some(40), Outcome::Resolved)];
        assert_eq!(rows(&[said(Some(0), None, None), resolved.clone()]), expected);
        assert_eq!(rows(&[resolved]), expected);
    }

    #[test]
    fn a_wait_that_is_taken_back_counts_for_nothing() {
        let talk = [said(Some(70), Some(50), Some(50)), said(Some(60), Some(50), Some(50))];
        assert_eq!(rows(&talk)[2], (Clock::NextReply, 70, None, Outcome::Void));
        assert_eq!(rows(&talk)[1], (Clock::NextReply, 60, None, Outcome::Open));
    }

    #[test]
    fn a_deadline_that_was_given_holds_though_the_reply_does_not_repeat_it() {
        let mut open = said(Some(0), None, None);
        open.due[0] = Some(at(10));
        let (_, known) = follow(None, &open, None, &Calendar::Always, at(1));
        let (waits, _) =
            follow(Some(&known), &said(None, Some(30), Some(30)), None, &Calendar::Always, at(31));
        assert_eq!((waits[0].due, waits[0].is_breached(at(31))), (Some(at(10)), true));
        assert_eq!(waits[0].open_ms, Some(30_000));
    }
}
