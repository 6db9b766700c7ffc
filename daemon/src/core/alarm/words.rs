//! What an alarm is called, the states it can be in, and how both are told.
//!
//! Owns those words, which are those of ISA-18.2. Refuses to know when a state changes.

use std::fmt;

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Priority},
};
use serde::Serialize;

use crate::core::{conversation::Id, table::SourceId};

/// What an alarm is about. The board's own come first in every list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKey {
    /// The board itself.
    Board(BoardAlarm),
    /// One clock of one conversation.
    Conversation {
        /// The conversation.
        id: Id,
        /// Which of its clocks.
        clock: Clock,
        /// The source that told of it.
        source: SourceId,
    },
}

/// What can ail the board itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoardAlarm {
    /// No heartbeat.
    Stale,
    /// No broker, or the main system is away.
    Offline,
    /// The counts differ.
    Drift,
}

impl BoardAlarm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stale, Self::Offline, Self::Drift];

    /// The last part of its key.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Drift => "drift",
        }
    }
}

impl fmt::Display for AlarmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board(what) => write!(f, "board/{}", what.word()),
            Self::Conversation { id, clock, .. } => write!(f, "{id}/{}", clock.word()),
        }
    }
}

impl AlarmKey {
    /// How urgent it is.
    #[must_use]
    pub fn priority(&self) -> Priority {
        match self {
            Self::Board(_) => Priority::Low,
            Self::Conversation { .. } => Priority::Medium,
        }
    }

    /// The clock, for an alarm of a conversation.
    #[must_use]
    pub fn clock(&self) -> Option<Clock> {
        match self {
            Self::Board(_) => None,
            Self::Conversation { clock, .. } => Some(*clock),
        }
    }
}

/// The states of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmState {
    /// Nothing is wrong.
    Normal,
    /// Something is wrong, though not yet for long enough.
    Pending,
    /// Nobody has acknowledged it.
    Unacked,
    /// Somebody has.
    Acked,
}

impl AlarmState {
    /// The word that the MQTT interface uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Pending => "pending",
            Self::Unacked => "unacked",
            Self::Acked => "acked",
        }
    }
}

/// An alarm's step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// `<id>/<clock>` or `board/<what>`.
    pub key: String,
    /// Which occurrence of this alarm; the first is 1.
    pub occurrence: u32,
    /// From.
    pub from: AlarmState,
    /// To.
    pub to: AlarmState,
    /// Why, in a word.
    pub cause: &'static str,
}

/// One line of `B/alarms`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlarmLine {
    /// `<id>/<clock>` or `board/<what>`.
    pub key: String,
    /// The clock, for an alarm of a conversation.
    pub clock: Option<Clock>,
    /// Its state.
    pub state: AlarmState,
    /// Its priority.
    pub priority: Priority,
    /// Which occurrence it is.
    pub occurrence: u32,
    /// Since when it has been in this state.
    pub since: Timestamp,
    /// Who acknowledged it.
    pub acked_by: Option<String>,
}
