//! What the core asks its shell to do, and what it says has happened.
//!
//! Owns the words between core and shell. Refuses to perform anything.

use bellboard_panel::{
    Timestamp,
    snapshot::{Priority, Trust},
};

use crate::core::{alarm::Transition, history::Record};

/// The answer of the core to one input. Dropping it loses what it asked for.
#[must_use = "the core performs nothing itself: what it asks for must be carried out"]
#[derive(Debug, Default, PartialEq)]
pub struct Actions(pub Vec<Action>);

/// One thing to do or to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An alarm went from one state to another.
    Alarm(Transition),
    /// The level of sound changed.
    Sound(Option<Priority>),
    /// A burst started, for so many alarms.
    Burst {
        /// Which pattern.
        priority: Priority,
        /// How many alarms it speaks for.
        count: u32,
    },
    /// A message was refused.
    Rejected(Rejection),
    /// The board's trust in its numbers changed.
    Trust {
        /// From.
        from: Trust,
        /// To.
        to: Trust,
    },
    /// Send this to the broker at QoS 1.
    Publish(Message),
    /// Subscribe again, so that the broker sends its retained messages once more, then send the marker.
    Resubscribe,
    /// What a restart must not forget has changed: write it down.
    Remember {
        /// Whether a person did something, which must not be lost.
        at_once: bool,
    },
    /// Something happened that belongs to the history: write it down, in time.
    Record(Record),
    /// Something worth a line in the log.
    Note(Note),
}

/// A message that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its topic, made harmless.
    pub topic: String,
    /// Why, without any value of the message.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A message to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The whole topic.
    pub topic: String,
    /// The payload: JSON, but for the availability.
    pub payload: String,
    /// Whether the broker keeps it.
    pub retain: bool,
}

/// What the log should say besides transitions and refusals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The retained burst brought fewer conversations than the source says there are.
    #[error(
        "{root}: the broker delivered {known} open conversations of {told}; a mosquitto needs \
         `max_queued_messages 0` to deliver them all"
    )]
    BurstShort {
        /// The source.
        root: String,
        /// How many the board knows.
        known: u32,
        /// How many the source says there are.
        told: u64,
    },
    /// Conversations from before were not in the new session and were dropped.
    #[error("{root}: {count} conversations that the new session did not bring were dropped")]
    Dropped {
        /// The source.
        root: String,
        /// How many.
        count: usize,
    },
    /// Conversations from before were not in the new session and are kept, marked.
    #[error("{root}: {count} conversations that the new session did not bring are kept and marked")]
    Kept {
        /// The source.
        root: String,
        /// How many.
        count: u32,
    },
    /// A source's counts and the board's differ.
    #[error("{root}: the source counts {told} open conversations, the board {known}; asking for all of them")]
    Drift {
        /// The source.
        root: String,
        /// How many the board knows.
        known: u32,
        /// How many the source says there are.
        told: u64,
    },
    /// A badge was earned.
    #[error("the badge `{0}` was earned")]
    Earned(String),
    /// A badge was lost.
    #[error("the badge `{0}` was lost")]
    Lost(String),
    /// The first burst of a session is complete.
    #[error("{root}: synced, {open} open conversations")]
    Synced {
        /// The source.
        root: String,
        /// How many are open.
        open: u32,
    },
}
