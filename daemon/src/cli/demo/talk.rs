//! One conversation of the demo, and the messages a main system publishes.
//!
//! Owns their shape and whose turn it is. Refuses to know when anything happens.

use bellboard_panel::Timestamp;
use fastrand::Rng;
use serde::Serialize;

use super::floor::{CHANNELS, CUSTOMERS, Channel, QUEUES};
use crate::{
    config::model::{Origin, Urgency},
    core::decode::Status,
};

/// An urgent message goes before others that came this much earlier.
const HEAD_START_MS: i64 = 10_000;

/// One message to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What follows the source's root and a slash.
    pub topic_suffix: String,
    /// JSON, a word, or empty to remove what is retained.
    pub payload: Vec<u8>,
    /// Whether the broker keeps it.
    pub retain: bool,
    /// 0 or 1.
    pub qos: u8,
}

impl Message {
    /// What the link says when it ends, and what the broker says for it when it vanishes.
    #[must_use]
    pub fn offline() -> Self {
        Self::availability("offline")
    }

    pub(super) fn availability(word: &str) -> Self {
        Self { topic_suffix: "availability".into(), payload: word.into(), retain: true, qos: 1 }
    }
}

/// A conversation, as it is published, and what the desk alone knows of it.
#[derive(Debug, Serialize)]
pub(super) struct Conversation {
    pub(super) status: Status,
    pub(super) channel: &'static str,
    pub(super) queue: &'static str,
    pub(super) priority: Urgency,
    pub(super) public: bool,
    pub(super) origin: Origin,
    pub(super) customer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<&'static str>,
    pub(super) opened_at: Timestamp,
    pub(super) waiting_since: Option<Timestamp>,
    pub(super) first_reply_at: Option<Timestamp>,
    pub(super) last_reply_at: Option<Timestamp>,
    pub(super) promised_at: Option<Timestamp>,
    pub(super) resolved_at: Option<Timestamp>,
    pub(super) version: u64,
    #[serde(skip)]
    pub(super) id: String,
    /// How many more times the customer will write.
    #[serde(skip)]
    pub(super) turns_left: u8,
    /// Whether an agent is writing an answer.
    #[serde(skip)]
    pub(super) in_hand: bool,
    /// Whether the time has come to keep the promise.
    #[serde(skip)]
    pub(super) promise_is_up: bool,
    /// Until when nobody sees it.
    #[serde(skip)]
    pub(super) overlooked_until: Option<Timestamp>,
}

impl Conversation {
    pub(super) fn new(number: u32, at: Timestamp, rng: &mut Rng) -> Self {
        let channel = pick_channel(rng);
        let public = rng.u8(0..100) < channel.public_percent;
        Self {
            status: Status::Open,
            channel: channel.name,
            queue: QUEUES[rng.usize(..QUEUES.len())],
            priority: match rng.u8(0..100) {
                0..10 => Urgency::Low,
                10..80 => Urgency::Normal,
                80..95 => Urgency::High,
                _ => Urgency::Urgent,
            },
            public,
            // Only what others can read can be found, or name us without being sent to us.
            origin: match rng.u8(0..100) {
                0..25 if public => Origin::Mention,
                25..40 if public => Origin::Found,
                _ => Origin::Direct,
            },
            customer: CUSTOMERS[rng.usize(..CUSTOMERS.len())],
            assignee: None,
            opened_at: at,
            waiting_since: Some(at),
            first_reply_at: None,
            last_reply_at: None,
            promised_at: None,
            resolved_at: None,
            version: 0,
            id: format!("{}-{number}", channel.prefix),
            turns_left: [0, 0, 1, 1, 2, 3][rng.usize(..6)],
            in_hand: false,
            promise_is_up: false,
            overlooked_until: None,
        }
    }

    pub(super) fn message(&self) -> Message {
        Message {
            topic_suffix: format!("conversations/{}", self.id),
            payload: serde_json::to_vec(self).expect("words, numbers and times can be written as JSON"),
            retain: true,
            qos: 1,
        }
    }

    pub(super) fn replied(&mut self, at: Timestamp) {
        self.first_reply_at.get_or_insert(at);
        self.last_reply_at = Some(at);
        self.waiting_since = None;
        self.in_hand = false;
    }

    pub(super) fn resolve(&mut self, at: Timestamp) {
        self.status = Status::Resolved;
        self.resolved_at = Some(at);
        self.promised_at = None;
    }

    /// Whose turn it is among those an agent could take now: the smallest goes first.
    pub(super) fn turn(&self, now: Timestamp) -> Option<Timestamp> {
        if self.in_hand || self.overlooked_until.is_some_and(|until| now < until) {
            return None;
        }
        let promised = self.promised_at.filter(|_| self.promise_is_up);
        let head_start = if self.priority >= Urgency::High { HEAD_START_MS } else { 0 };
        promised.into_iter().chain(self.waiting_since).min().map(|since| since.plus_millis(-head_start))
    }
}

fn pick_channel(rng: &mut Rng) -> &'static Channel {
    let mut left = rng.u32(0..100);
    for channel in &CHANNELS {
        if left < channel.share {
            return channel;
        }
        left -= channel.share;
    }
    &CHANNELS[0]
}
