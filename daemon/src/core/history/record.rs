//! The rows of the history, as the core hands them to whoever stores them.
//!
//! Owns what a row holds: numbers, kinds and instants. Refuses names of customers, names of
//! assignees and texts, which are nobody's business a year later.

use std::sync::Arc;

use bellboard_panel::{Timestamp, snapshot::Clock};
use serde::{Deserialize, Serialize};

use crate::{
    config::model::{Origin, Urgency},
    core::{
        alarm::{AlarmState, Transition},
        conversation::Id,
        decode::{self, Order},
    },
};

/// Stands for whoever a conversation is assigned to.
const SOMEBODY: &str = "-";

/// One thing to write down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A conversation as it stands, with the waits that began, changed or ended by that.
    Told(Box<Told>),
    /// A conversation that the main system publishes no more.
    Gone {
        /// The root of its source.
        source: Arc<str>,
        /// Its id.
        id: Id,
    },
    /// A step of an alarm.
    Alarm(AlarmStep),
}

/// A conversation as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The root of its source.
    pub source: Arc<str>,
    /// Its id.
    pub id: Id,
    /// Where it takes place.
    pub channel: Box<str>,
    /// The team or inbox.
    pub queue: Box<str>,
    /// Its own priority.
    pub priority: Urgency,
    /// Whether others can read it.
    pub public: bool,
    /// How it reached the floor.
    pub origin: Origin,
    /// The name of the policy that it falls under.
    pub policy: Option<String>,
    /// The customer's first message.
    pub opened: Timestamp,
    /// When the conversation was said to be opened until now, where that has been corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Timestamp>,
    /// The first human reply.
    pub first_reply: Option<Timestamp>,
    /// When it was resolved.
    pub resolved: Option<Timestamp>,
    /// Those waits of it of which there is something new.
    pub waits: Vec<Wait>,
    /// Its state as a payload of the interface, without any name; empty for one that is only told
    /// of as a part of the past.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
}

/// A customer's wait, from a message to the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Which promise it is about: the first reply or a later one.
    pub clock: Clock,
    /// When the customer began to wait.
    pub start: Timestamp,
    /// When that ended.
    pub end: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// What was promised, in milliseconds of open time.
    pub target_ms: Option<u64>,
    /// Until when it was to end.
    pub due: Option<Timestamp>,
    /// The open time in it, in milliseconds; `None` until it has ended.
    pub open_ms: Option<u64>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It has not.
    Open,
    /// By a reply.
    Replied,
    /// The conversation was resolved without one.
    Resolved,
    /// Nobody knows: the conversation went away, or the main system took the wait back.
    Void,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Replied, Self::Resolved, Self::Void];

    /// The word for it in the store and in exports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replied => "replied",
            Self::Resolved => "resolved",
            Self::Void => "void",
        }
    }
}

impl Wait {
    /// One that counts for nothing, in the place of one that does.
    #[must_use]
    pub(super) fn void(clock: Clock, start: Timestamp) -> Self {
        let outcome = Outcome::Void;
        Self { clock, start, end: None, outcome, target_ms: None, due: None, open_ms: None }
    }

    /// Whether the promise was kept: `None` without one, or while that is open.
    #[must_use]
    pub fn in_time(&self, now: Timestamp) -> Option<bool> {
        let due = self.due.filter(|_| self.outcome != Outcome::Void)?;
        match self.end {
            Some(end) => Some(end < due),
            None => (now >= due).then_some(false),
        }
    }

    /// Whether the promise was broken by the time the wait ended, or now where it has not.
    #[must_use]
    pub fn is_breached(&self, now: Timestamp) -> bool {
        self.in_time(now) == Some(false)
    }

    /// How long the customer waited for a reply, in milliseconds; `None` where none came.
    #[must_use]
    pub fn replied_after_ms(&self) -> Option<u64> {
        let end = self.end.filter(|_| self.outcome == Outcome::Replied)?;
        Some(end.millis_since(self.start).max(0) as u64)
    }
}

/// A step of an alarm that is worth a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmStep {
    /// `<id>/<clock>` or `board/<what>`.
    pub alarm: String,
    /// Which occurrence of it.
    pub occurrence: u32,
    /// What happened.
    pub step: Step,
    /// When.
    pub at: Timestamp,
}

/// What can happen to an alarm that is worth a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It began to ring.
    Raised,
    /// Nobody reacted for too long.
    Escalated,
    /// Somebody acknowledged it.
    Acked(String),
    /// Somebody put it aside.
    Shelved,
    /// It ended.
    Cleared,
}

impl AlarmStep {
    /// The step that a transition is, where it is worth a row. `by` is asked for who acknowledged.
    #[must_use]
    pub fn of(transition: &Transition, by: impl FnOnce() -> Option<String>, at: Timestamp) -> Option<Self> {
        let step = match (transition.from, transition.to) {
            (_, AlarmState::Unacked) => Step::Raised,
            (_, AlarmState::Escalated) => Step::Escalated,
            (_, AlarmState::Acked) => Step::Acked(by().unwrap_or_default()),
            (_, AlarmState::Shelved) => Step::Shelved,
            // What ended before it rang is no alarm that anybody heard.
            (AlarmState::Pending | AlarmState::Missed, _) | (_, AlarmState::Pending) => return None,
            (_, AlarmState::Missed | AlarmState::Normal) => Step::Cleared,
        };
        Some(Self { alarm: transition.key.clone(), occurrence: transition.occurrence, step, at })
    }
}

/// A conversation's state as a payload of the interface, without any name.
#[derive(Serialize)]
struct State<'a> {
    status: decode::Status,
    channel: &'a str,
    queue: &'a str,
    priority: Urgency,
    origin: Origin,
    public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<&'static str>,
    opened_at: Timestamp,
    waiting_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_reply_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reply_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promised_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Due>,
}

#[derive(Serialize)]
struct Due {
    first_reply: Option<Timestamp>,
    next_reply: Option<Timestamp>,
    follow_up: Option<Timestamp>,
    resolution: Option<Timestamp>,
}

/// A conversation's state as a payload of the interface, without any name.
pub(super) fn state(said: &decode::Conversation<'_>) -> String {
    // What only says when something changed is part of the state where nothing else does.
    let updated = match (said.order, said.status) {
        (Order::Updated(at), decode::Status::Resolved) => Some(at),
        _ => None,
    };
    let [first_reply, next_reply, follow_up, resolution] = said.due;
    let is_given = said.due.iter().any(Option::is_some);
    let state = State {
        status: said.status,
        channel: &said.channel,
        queue: &said.queue,
        priority: said.urgency,
        origin: said.origin,
        public: said.public,
        assignee: (!said.assignee.is_empty()).then_some(SOMEBODY),
        opened_at: said.opened_at,
        waiting_since: said.waiting_since,
        first_reply_at: said.first_reply_at,
        last_reply_at: said.last_reply_at,
        promised_at: said.promised_at,
        resolved_at: said.resolved_at.or(updated),
        due: is_given.then_some(Due { first_reply, next_reply, follow_up, resolution }),
    };
    serde_json::to_string(&state).expect("texts and times are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_back_as_it_was_but_for_names() {
        let payload = br#"{"status":"snoozed","channel":"x \"y\"","queue":"q","priority":"high","origin":"mention",
            "public":true,"customer":"Jane Doe","assignee":"Ana","opened_at":1795000000,"waiting_since":1795000100,
            "first_reply_at":1795000050,"last_reply_at":"2026-11-18T08:00:00.250Z","promised_at":1795009000,
            "due":{"next_reply":1795000700}}"#;
        let said = decode::conversation(payload).expect("a conversation");
        let kept = state(&said);
        assert!(!kept.contains("Jane") && !kept.contains("Ana"), "{kept}");
        let again = decode::conversation(kept.as_bytes()).expect("a conversation");
        assert_eq!(again, decode::Conversation { customer: "".into(), assignee: SOMEBODY.into(), ..said });
    }
}
