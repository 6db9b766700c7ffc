//! What an alarm is called, the states it can be in, and how both are told.
//!
//! Owns those words, which are those of ISA-18.2. Refuses to know when a state changes.

use std::fmt;

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Priority},
};
use serde::{Deserialize, Serialize};

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
    /// Far more conversations arrive than usual.
    Surge,
}

impl BoardAlarm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Stale, Self::Offline, Self::Drift, Self::Surge];

    /// Whether it may be put aside: a board that cannot be believed must go on saying so.
    #[must_use]
    pub const fn can_be_shelved(self) -> bool {
        !matches!(self, Self::Stale | Self::Offline)
    }

    /// The last part of its key.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Drift => "drift",
            Self::Surge => "surge",
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
    /// How urgent it is in a state. Nobody at the desks can mend a broker, so the board's own
    /// troubles never become louder.
    #[must_use]
    pub fn priority(&self, state: AlarmState) -> Priority {
        match (self, state) {
            (Self::Board(BoardAlarm::Surge), _) => Priority::Medium,
            (Self::Board(_), _) => Priority::Low,
            (Self::Conversation { .. }, AlarmState::Escalated) => Priority::High,
            (Self::Conversation { .. }, _) => Priority::Medium,
        }
    }

    /// The keys that a text may stand for: one for each source.
    pub fn read(text: &str, sources: usize) -> impl Iterator<Item = Self> {
        let board = BoardAlarm::ALL.into_iter().map(Self::Board).find(|key| key.to_string() == text);
        let conversation = text.rsplit_once('/').and_then(|(id, clock)| {
            let clock = Clock::ALL.into_iter().find(|known| known.word() == clock)?;
            Some((Id::from(id), clock))
        });
        let of_conversation = conversation.into_iter().flat_map(move |(id, clock)| {
            let of_source = move |source| Self::Conversation { id: id.clone(), clock, source };
            (0..sources as SourceId).map(of_source)
        });
        board.into_iter().chain(of_conversation)
    }

    /// Whether a person may put it aside.
    #[must_use]
    pub fn can_be_shelved(&self) -> bool {
        match self {
            Self::Board(what) => what.can_be_shelved(),
            Self::Conversation { .. } => true,
        }
    }

    /// Whether it is about the whole floor, and so the same in front of each of its boards.
    #[must_use]
    pub fn is_of_the_floor(&self) -> bool {
        matches!(self, Self::Board(BoardAlarm::Surge))
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmState {
    /// Nothing is wrong.
    Normal,
    /// Something is wrong, though not yet for long enough.
    Pending,
    /// Nobody has acknowledged it.
    Unacked,
    /// Nobody has for so long that it became more urgent.
    Escalated,
    /// Somebody has acknowledged it.
    Acked,
    /// It ended before anybody acknowledged it.
    Missed,
    /// Somebody put it aside for a while.
    Shelved,
}

impl AlarmState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::Pending,
        Self::Unacked,
        Self::Escalated,
        Self::Acked,
        Self::Missed,
        Self::Shelved,
    ];

    /// Whether an alarm in this state is sounded for.
    #[must_use]
    pub const fn rings(self) -> bool {
        matches!(self, Self::Unacked | Self::Escalated)
    }

    /// The word that the MQTT interface uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Pending => "pending",
            Self::Unacked => "unacked",
            Self::Escalated => "escalated",
            Self::Acked => "acked",
            Self::Missed => "missed",
            Self::Shelved => "shelved",
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
    /// When it comes back, for one that is shelved; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether its source is not live, so that it stays as it is and is silent; left out when not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
}
