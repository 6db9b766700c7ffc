//! Why a conversation's clocks stand as they do.
//!
//! Owns the reasons: which policy applies and why none before it does, why a clock runs or rests,
//! and which open time it counts. Refuses to judge by itself: every instant comes from [`sla`].

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, ClockState},
};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};

use crate::{
    config::{
        Config,
        model::{Match, Origin, Policy, Urgency},
    },
    core::{
        calendar::{Calendar, Span},
        conversation::Times,
        decode::{Conversation, Status},
        sla,
    },
};

/// One conversation, explained for one instant. As JSON, `explain --json` prints it: fields may be
/// added, none is renamed. Instants are in UTC.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The instant that clocks are judged for.
    pub at: Timestamp,
    /// Whose local time the hours below are written in.
    #[serde(serialize_with = "zone_name")]
    pub zone: Tz,
    /// What policies look at.
    pub conversation: Facts,
    /// The name of the policy that applies.
    pub policy: Option<String>,
    /// The policies before it, or all of them where none applies.
    pub passed: Vec<Passed>,
    /// The four clocks, in the order of [`Clock::ALL`].
    pub clocks: Vec<ClockFacts>,
    /// The worst running clock.
    pub worst: Option<Worst>,
    /// The running clock, not yet breached, that is due first.
    pub next_due: Option<NextDue>,
}

/// What policies look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// How it stands.
    pub status: Status,
    /// Where it takes place.
    pub channel: String,
    /// The team or inbox.
    pub queue: String,
    /// Its own priority.
    pub priority: Urgency,
    /// Whether others can read it.
    pub public: bool,
    /// How it reached the floor.
    pub origin: Origin,
}

/// A policy that does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// Its name.
    pub policy: String,
    /// Everything that does not fit; never empty.
    pub because: Vec<Mismatch>,
}

/// One thing that a policy wants otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The key under `match`.
    pub field: &'static str,
    /// What the conversation says.
    pub is: Said,
    /// What the policy takes.
    pub wants: Vec<Said>,
}

/// A value that policies look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// Of `public`.
    Flag(bool),
    /// Of `priority`.
    Urgency(Urgency),
    /// Of `origin`.
    Origin(Origin),
    /// Of `channel` and `queue`.
    Text(String),
}

/// One clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockFacts {
    /// Which one.
    pub clock: Clock,
    /// How it stands; `None` while it does not run.
    pub state: Option<ClockState>,
    /// Why it does not run.
    pub idle: Option<Idle>,
    /// Whether the main system gave a deadline for it.
    pub given: bool,
    /// What it counts from; `None` where only an end was given.
    pub start: Option<Timestamp>,
    /// From here on it is at risk.
    pub warn_at: Option<Timestamp>,
    /// From here on it is breached.
    pub due_at: Option<Timestamp>,
    /// Milliseconds of open time that were promised.
    pub target_ms: Option<u64>,
    /// The share of the target after which it is at risk.
    pub warn_share: Option<f64>,
    /// Whose open time counts.
    pub calendar: Option<String>,
    /// The open time between start and due, in order: together as long as the target.
    pub periods: Vec<Counted>,
}

/// A stretch of open time that a clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// Milliseconds of the target that it consumes.
    pub counts_ms: u64,
}

/// Why a clock does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// The conversation is resolved.
    Resolved,
    /// A first reply was given.
    Replied,
    /// No first reply was given so far.
    NotReplied,
    /// The customer waits for nothing.
    NobodyWaits,
    /// Nobody promised to come back.
    NothingPromised,
    /// No policy applies.
    NoPolicy,
    /// The policy does not watch what was promised to this customer.
    NotWatched,
    /// The policy has no such target.
    NoTarget,
    /// The calendar stays shut.
    NeverOpens,
}

/// The worst running clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Worst {
    /// Which one.
    pub clock: Clock,
    /// How it stands.
    pub state: ClockState,
    /// When it breaches or breached.
    pub due_at: Timestamp,
}

/// The clock that is due first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NextDue {
    /// Which one.
    pub clock: Clock,
    /// When.
    pub due_at: Timestamp,
}

/// Explains a conversation as of `at`. Local times are those of the policy's calendar; `zone` is
/// for calendars without hours of their own.
#[must_use]
pub fn explain(config: &Config, conversation: &Conversation<'_>, zone: Tz, at: Timestamp) -> Explanation {
    let place = sla::policy_for(&config.policies, &sla::Traits::of(conversation));
    let (before, policy) = match place {
        Some(place) => (&config.policies[..place], Some(&config.policies[place])),
        None => (&config.policies[..], None),
    };
    let times = Times::of(conversation);
    let standing = sla::judge(&times, policy, at);
    Explanation {
        at,
        zone: policy.and_then(|policy| policy.calendar.zone()).unwrap_or(zone),
        conversation: facts(conversation),
        policy: policy.map(|policy| policy.name.clone()),
        passed: before.iter().map(|policy| passed(policy, conversation)).collect(),
        clocks: Clock::ALL.into_iter().map(|clock| clock_facts(clock, &times, policy, at)).collect(),
        worst: standing.worst.map(|worst| Worst {
            clock: worst.clock,
            state: worst.state,
            due_at: worst.due_at,
        }),
        next_due: standing.next_due.map(|(due_at, clock)| NextDue { clock, due_at }),
    }
}

fn facts(of: &Conversation<'_>) -> Facts {
    Facts {
        status: of.status,
        channel: of.channel.to_string(),
        queue: of.queue.to_string(),
        priority: of.urgency,
        public: of.public,
        origin: of.origin,
    }
}

fn passed(policy: &Policy, of: &Conversation<'_>) -> Passed {
    let Match { channel, queue, priority, public, origin } = &policy.applies;
    let texts = |texts: &[String]| texts.iter().cloned().map(Said::Text).collect();
    let all = [
        ("channel", Said::Text(of.channel.to_string()), texts(channel)),
        ("queue", Said::Text(of.queue.to_string()), texts(queue)),
        ("priority", Said::Urgency(of.urgency), priority.iter().copied().map(Said::Urgency).collect()),
        ("public", Said::Flag(of.public), public.iter().copied().map(Said::Flag).collect()),
        ("origin", Said::Origin(of.origin), origin.iter().copied().map(Said::Origin).collect::<Vec<_>>()),
    ];
    let because = all.into_iter().filter(|(_, is, wants)| !wants.is_empty() && !wants.contains(is));
    Passed {
        policy: policy.name.clone(),
        because: because.map(|(field, is, wants)| Mismatch { field, is, wants }).collect(),
    }
}

fn clock_facts(clock: Clock, times: &Times, policy: Option<&Policy>, at: Timestamp) -> ClockFacts {
    let deadline = sla::deadlines(times, policy).find(|deadline| deadline.clock == clock);
    let given = times.due(clock).is_some();
    // The policy, its target and the start, where the deadline was counted from them.
    let counted_by = deadline.filter(|_| !given).and_then(|deadline| {
        let (policy, start) = (policy?, sla::runs_from(clock, times)?);
        Some((policy, sla::target_ms(clock, policy)?, start, deadline.due_at))
    });
    ClockFacts {
        clock,
        state: deadline.map(|deadline| deadline.state(at)),
        idle: deadline.is_none().then(|| idle(clock, times, policy)),
        given,
        start: counted_by.map(|(_, _, start, _)| start),
        warn_at: deadline.map(|deadline| deadline.warn_at),
        due_at: deadline.map(|deadline| deadline.due_at),
        target_ms: counted_by.map(|(_, target_ms, _, _)| target_ms),
        warn_share: counted_by.map(|(policy, ..)| policy.warn_at),
        calendar: counted_by.map(|(policy, ..)| policy.calendar.to_string()),
        periods: counted_by
            .map_or_else(Vec::new, |(policy, _, start, due)| counted(&policy.calendar, start, due)),
    }
}

fn counted(calendar: &Calendar, start: Timestamp, due: Timestamp) -> Vec<Counted> {
    let length = |Span { from, to }: Span| Counted { from, to, counts_ms: to.millis_since(from) as u64 };
    calendar.open_between(start, due).map(length).collect()
}

/// Why a clock that has no deadline has none: what the conversation is comes first, then what the
/// policy says.
fn idle(clock: Clock, times: &Times, policy: Option<&Policy>) -> Idle {
    if times.status == Status::Resolved {
        return Idle::Resolved;
    }
    match clock {
        Clock::FirstReply if times.first_reply_at.is_some() => Idle::Replied,
        Clock::NextReply if times.first_reply_at.is_none() => Idle::NotReplied,
        Clock::NextReply if times.waiting_since.is_none() => Idle::NobodyWaits,
        Clock::FollowUp if times.promised_at.is_none() => Idle::NothingPromised,
        _ => match policy {
            None => Idle::NoPolicy,
            Some(_) if clock == Clock::FollowUp => Idle::NotWatched,
            Some(policy) if sla::target_ms(clock, policy).is_none() => Idle::NoTarget,
            Some(_) => Idle::NeverOpens,
        },
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn zone_name<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{config, core::decode};

    const HOURS: &str = "[calendar.office]\ntimezone = \"Europe/Warsaw\"\n\
        open = { mon-fri = [\"09:00-17:00\"] }\n";

    fn conversation() -> impl Strategy<Value = serde_json::Value> {
        let time = || proptest::option::of(1_795_000_000_i64..1_800_000_000);
        let words = (
            proptest::sample::select(vec!["open", "pending", "snoozed", "resolved"]),
            proptest::sample::select(vec!["x", "email"]),
            proptest::sample::select(vec!["low", "urgent"]),
            any::<bool>(),
        );
        (words, time(), time(), time(), time(), time()).prop_map(
            |((status, channel, priority, public), waiting, replied, promised, first, follow)| {
                serde_json::json!({"status": status, "channel": channel, "priority": priority,
                    "public": public, "opened_at": 1_795_000_000, "waiting_since": waiting,
                    "first_reply_at": replied, "promised_at": promised,
                    "due": {"first_reply": first, "follow_up": follow}})
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_explained_is_what_is_judged(
            payload in conversation(),
            rule in proptest::sample::select(vec!["channel = \"x\"", "priority = [\"urgent\"]", "public = true"]),
            target in proptest::sample::select(vec!["first_reply", "next_reply", "resolution"]),
            secs in 1_795_000_000_i64..1_800_000_000,
        ) {
            let text = format!(
                "[[sla]]\nmatch = {{ {rule} }}\n{target} = \"20h\"\nfollow_up = false\ncalendar = \"office\"\n\
                [[sla]]\nmatch = {{ channel = \"x\" }}\n{target} = \"1h\"\n{HOURS}"
            );
            let config = config::parse(&text, "b.toml").expect("a good configuration");
            let payload = payload.to_string();
            let seen = decode::conversation(payload.as_bytes()).expect("a good payload");
            let at = Timestamp::from_secs(secs).expect("in range");
            let told = explain(&config, &seen, Tz::UTC, at);
            let place = sla::policy_for(&config.policies, &sla::Traits::of(&seen));
            prop_assert_eq!(told.passed.len(), place.unwrap_or(2));
            prop_assert!(told.passed.iter().all(|passed| !passed.because.is_empty()));
            let times = Times::of(&seen);
            let policy = place.map(|place| &config.policies[place]);
            for facts in &told.clocks {
                let deadline = sla::deadlines(&times, policy).find(|deadline| deadline.clock == facts.clock);
                prop_assert_eq!(facts.due_at, deadline.map(|deadline| deadline.due_at));
                prop_assert_eq!(facts.idle.is_none(), deadline.is_some());
                prop_assert!(facts.idle != Some(Idle::NeverOpens));
                let sum: u64 = facts.periods.iter().map(|period| period.counts_ms).sum();
                prop_assert_eq!(sum, facts.target_ms.unwrap_or(0));
            }
        }
    }
}
