//! What was promised: which clocks run for a conversation, when they warn and when they breach.
//!
//! Owns the four clocks and the choice of a policy. Refuses to know about alarms, and what time it is.

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, ClockState},
};

use crate::{
    config::model::{Match, Origin, Policy, Urgency},
    core::{
        conversation::Times,
        decode::{self, Status},
    },
};

/// Ahead of a given deadline, where no policy says otherwise: ten minutes.
const WARN_BEFORE_MS: u64 = 600_000;

/// A running clock's two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Which clock.
    pub clock: Clock,
    /// From here on it is at risk.
    pub warn_at: Timestamp,
    /// From here on it is breached.
    pub due_at: Timestamp,
}

impl Deadline {
    /// How the clock stands at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ClockState {
        if now >= self.due_at {
            ClockState::Breached
        } else if now >= self.warn_at {
            ClockState::AtRisk
        } else {
            ClockState::Running
        }
    }
}

/// How a conversation stands towards its clocks at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The worst running clock: breached before at risk before running, then the earliest due.
    pub worst: Option<Judged>,
    /// The running clock, not yet breached, that is due first.
    pub next_due: Option<(Timestamp, Clock)>,
    /// One bit a clock, by its index: breached.
    pub breached: u8,
    /// When any of this changes by time alone.
    pub changes_at: Option<Timestamp>,
}

/// One clock, judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which clock.
    pub clock: Clock,
    /// How it stands.
    pub state: ClockState,
    /// When it breaches or breached.
    pub due_at: Timestamp,
}

/// What of a conversation decides which policy applies to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits<'a> {
    /// Where it takes place.
    pub channel: &'a str,
    /// The team or inbox.
    pub queue: &'a str,
    /// Its own priority.
    pub urgency: Urgency,
    /// Whether others can read it.
    pub public: bool,
    /// How it reached the floor.
    pub origin: Origin,
}

impl<'a> Traits<'a> {
    /// The traits of a message.
    #[must_use]
    pub fn of(message: &'a decode::Conversation<'_>) -> Self {
        Self {
            channel: &message.channel,
            queue: &message.queue,
            urgency: message.urgency,
            public: message.public,
            origin: message.origin,
        }
    }
}

/// The index of the first policy that applies.
#[must_use]
pub fn policy_for(policies: &[Policy], traits: &Traits<'_>) -> Option<usize> {
    policies.iter().position(|policy| applies(&policy.applies, traits))
}

fn applies(rule: &Match, of: &Traits<'_>) -> bool {
    let any_name = |allowed: &[String], name: &str| allowed.is_empty() || allowed.iter().any(|a| a == name);
    let any_urgency = |allowed: &[Urgency]| allowed.is_empty() || allowed.contains(&of.urgency);
    let any_origin = |allowed: &[Origin]| allowed.is_empty() || allowed.contains(&of.origin);
    any_name(&rule.channel, of.channel)
        && any_name(&rule.queue, of.queue)
        && any_urgency(&rule.priority)
        && any_origin(&rule.origin)
        && rule.public.is_none_or(|public| public == of.public)
}

/// The clocks that run, with their instants; at most one of each.
pub fn deadlines<'a>(times: &'a Times, policy: Option<&'a Policy>) -> impl Iterator<Item = Deadline> + 'a {
    Clock::ALL.into_iter().filter_map(move |clock| deadline(clock, times, policy))
}

fn deadline(clock: Clock, times: &Times, policy: Option<&Policy>) -> Option<Deadline> {
    let start = runs_from(clock, times)?;
    let warn_before = policy.map_or(WARN_BEFORE_MS, |policy| policy.warn_before_ms) as i64;
    let given = |due_at: Timestamp| Deadline { clock, warn_at: due_at.plus_millis(-warn_before), due_at };
    if let Some(due_at) = times.due(clock) {
        return Some(given(due_at));
    }
    if clock == Clock::FollowUp {
        // Watched only where a policy says so; its start is the promise itself.
        return policy.filter(|policy| policy.follow_up).map(|_| given(start));
    }
    let policy = policy?;
    let target_ms = target_ms(clock, policy)?;
    let warn_ms = (policy.warn_at * target_ms as f64) as u64;
    // A calendar that never opens again counts no time, so its clock never breaches; the check
    // of a configuration refuses calendars without opening hours.
    let warn_at = policy.calendar.add(start, warn_ms).ok()?;
    let due_at = policy.calendar.add(start, target_ms).ok()?;
    Some(Deadline { clock, warn_at, due_at })
}

/// What a policy promises for a clock, in milliseconds of open time.
pub(crate) fn target_ms(clock: Clock, policy: &Policy) -> Option<u64> {
    match clock {
        Clock::FirstReply => policy.first_reply_ms,
        Clock::NextReply => policy.next_reply_ms,
        Clock::Resolution => policy.resolution_ms,
        Clock::FollowUp => None,
    }
}

/// Where a clock starts, if it runs at all. For a follow-up, where it ends: it has no start.
pub(crate) fn runs_from(clock: Clock, times: &Times) -> Option<Timestamp> {
    if times.status == Status::Resolved {
        return None;
    }
    match clock {
        Clock::FirstReply if times.first_reply_at.is_none() => Some(times.opened_at),
        Clock::NextReply if times.first_reply_at.is_some() => times.waiting_since,
        Clock::FollowUp => times.promised_at,
        Clock::Resolution => Some(times.opened_at),
        Clock::FirstReply | Clock::NextReply => None,
    }
}

/// Judges every running clock at `now`.
#[must_use]
pub fn judge(times: &Times, policy: Option<&Policy>, now: Timestamp) -> Standing {
    let mut standing = Standing::default();
    for deadline in deadlines(times, policy) {
        let Deadline { clock, warn_at, due_at } = deadline;
        let state = deadline.state(now);
        let change = match state {
            ClockState::Breached => {
                standing.breached |= 1 << decode::clock_index(clock);
                None
            }
            ClockState::AtRisk => Some(due_at),
            ClockState::Running => Some(warn_at.min(due_at)),
        };
        standing.changes_at = earlier(standing.changes_at, change);
        if state != ClockState::Breached && standing.next_due.is_none_or(|next| (due_at, clock) < next) {
            standing.next_due = Some((due_at, clock));
        }
        let judged = Judged { clock, state, due_at };
        if standing.worst.is_none_or(|worst| judged.rank() < worst.rank()) {
            standing.worst = Some(judged);
        }
    }
    standing
}

impl Judged {
    fn rank(&self) -> (std::cmp::Reverse<ClockState>, Timestamp, Clock) {
        (std::cmp::Reverse(self.state), self.due_at, self.clock)
    }
}

/// The earlier of two instants that may not exist.
pub(crate) fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs).unwrap()
    }

    fn waiting_from(secs: i64) -> Times {
        Times { opened_at: at(secs), waiting_since: Some(at(secs)), ..Times::default() }
    }

    fn two_targets() -> Policy {
        Policy { first_reply_ms: Some(100_000), resolution_ms: Some(60_000), ..Policy::default() }
    }

    #[test]
    fn a_clock_is_at_risk_from_its_warning_and_breached_from_its_due_time() {
        let policy = Policy { first_reply_ms: Some(100_000), ..Policy::default() };
        let times = waiting_from(1000);
        let state = |now| judge(&times, Some(&policy), now).worst.unwrap().state;
        assert_eq!(state(at(1075).plus_millis(-1)), ClockState::Running);
        assert_eq!(state(at(1075)), ClockState::AtRisk);
        assert_eq!(state(at(1100).plus_millis(-1)), ClockState::AtRisk);
        assert_eq!(state(at(1100)), ClockState::Breached);
    }

    #[test]
    fn the_worst_clock_is_the_breached_one_even_when_due_later() {
        let times = Times { due: Some(Box::new([None, None, None, Some(at(1200))])), ..waiting_from(1000) };
        let standing = judge(&times, Some(&two_targets()), at(1150));
        assert_eq!(standing.worst.unwrap().clock, Clock::FirstReply);
        assert_eq!(standing.next_due, Some((at(1200), Clock::Resolution)));
        assert_eq!(standing.breached, 0b0001);
        assert_eq!(
            standing.changes_at,
            Some(at(1200)),
            "at risk already: ten minutes ahead of a given deadline"
        );
    }

    #[test]
    fn a_given_deadline_wins_and_turns_its_clock_on() {
        let times = Times { due: Some(Box::new([Some(at(5000)), None, None, None])), ..waiting_from(1000) };
        let only = |policy| deadlines(&times, policy).collect::<Vec<_>>();
        assert_eq!(only(None), [Deadline { clock: Clock::FirstReply, warn_at: at(4400), due_at: at(5000) }]);
        assert_eq!(only(Some(&two_targets()))[0].due_at, at(5000));
    }

    #[test]
    fn each_clock_runs_only_while_its_condition_holds() {
        let policy = Policy { next_reply_ms: Some(1000), ..two_targets() };
        let clocks = |times: &Times| deadlines(times, Some(&policy)).map(|d| d.clock).collect::<Vec<_>>();
        let fresh = waiting_from(0);
        assert_eq!(clocks(&fresh), [Clock::FirstReply, Clock::Resolution]);
        let replied = Times { first_reply_at: Some(at(5)), waiting_since: None, ..fresh.clone() };
        assert_eq!(clocks(&replied), [Clock::Resolution]);
        let again = Times { waiting_since: Some(at(9)), promised_at: Some(at(99)), ..replied };
        assert_eq!(clocks(&again), [Clock::NextReply, Clock::FollowUp, Clock::Resolution]);
        let resolved = Times { status: Status::Resolved, ..again };
        assert_eq!(clocks(&resolved), []);
    }
}
