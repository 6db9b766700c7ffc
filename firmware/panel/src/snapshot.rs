//! What a board shows at one instant: the one value that flows to every display and sounder.
//!
//! Owns the shape of `B/state` (version 1 of the MQTT interface). Refuses to know how the
//! numbers came about.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{screens::Page, time::Timestamp};

/// At most so many conversations in [`Snapshot::worst`]: what fits on a wall display's list.
pub const MAX_WORST: usize = 10;

/// The board at one instant. Ages are whole seconds, rounded down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The board's id.
    pub board: String,
    /// The instant the numbers are true for.
    pub at: Timestamp,
    /// Whether the numbers can be believed.
    pub trust: Trust,
    /// Since when `trust` has been what it is.
    pub trust_since: Timestamp,
    /// Conversations that are not resolved.
    pub open: u32,
    /// Of those, the ones in which a customer waits.
    pub waiting: u32,
    /// Open conversations without an assignee.
    pub unassigned: u32,
    /// Open conversations whose worst clock is at risk.
    pub at_risk: u32,
    /// Open conversations whose worst clock is breached.
    pub breached: u32,
    /// Conversations kept from before that the present session has not confirmed; left out when 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unconfirmed: u32,
    /// The customer who has waited longest.
    pub oldest: Option<Oldest>,
    /// The running clock, not yet breached, that is due first.
    pub next_due: Option<NextDue>,
    /// The numbers by channel, by name.
    pub channels: Vec<Group>,
    /// The numbers by queue, by name.
    pub queues: Vec<Group>,
    /// At most [`MAX_WORST`]: breached first, then by the time due.
    pub worst: Vec<Worst>,
    /// What the alarms amount to.
    pub alarm: AlarmSummary,
    /// That the floor is shut, by the board's own calendar; left out while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Whether far more conversations arrive than usual; null while that is not measured.
    pub surge: Option<bool>,
    /// The day's figures; null while no history is kept.
    pub today: Option<Today>,
    /// Whether the history cannot be written down at present; left out when it can.
    #[serde(default, skip_serializing_if = "is_false")]
    pub history_failing: bool,
    /// What to sound and which picture to force: for outputs on this machine, not published.
    #[serde(skip)]
    pub levels: Levels,
}

impl Snapshot {
    /// A board with nothing on it, whose trust is as old as the instant it is true for.
    #[must_use]
    pub fn empty(board: &str, at: Timestamp, trust: Trust) -> Self {
        Self {
            board: board.into(),
            at,
            trust,
            trust_since: at,
            open: 0,
            waiting: 0,
            unassigned: 0,
            at_risk: 0,
            breached: 0,
            unconfirmed: 0,
            oldest: None,
            next_due: None,
            channels: Vec::new(),
            queues: Vec::new(),
            worst: Vec::new(),
            alarm: AlarmSummary::default(),
            closed: None,
            surge: None,
            today: None,
            history_failing: false,
            levels: Levels::default(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Whether the numbers can be believed, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The first burst of retained messages is not complete.
    Syncing,
    /// The numbers are those of the main system, now.
    Live,
    /// The main system has sent no heartbeat for too long.
    Stale,
    /// No broker, or the main system said that it is away.
    Offline,
    /// The main system counts other conversations than this board.
    Drift,
    /// This machine's clock is not set.
    Clock,
}

impl Trust {
    /// The word that the MQTT interface uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Syncing => "syncing",
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Drift => "drift",
            Self::Clock => "clock",
        }
    }
}

/// The customer who has waited longest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oldest {
    /// The conversation.
    pub id: String,
    /// Where it takes place.
    pub channel: String,
    /// The team or inbox.
    pub queue: String,
    /// The customer's name or initials, where privacy allows.
    pub customer: Option<String>,
    /// The earliest message that nobody has answered.
    pub waiting_since: Timestamp,
    /// How long that is ago, in seconds.
    pub waiting_s: u64,
}

/// The clock that is due first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextDue {
    /// The conversation.
    pub id: String,
    /// Which of its clocks.
    pub clock: Clock,
    /// When it breaches.
    pub due_at: Timestamp,
    /// Seconds until then.
    pub in_s: u64,
}

/// The four clocks of a conversation, in the order that settles ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// From the customer's first message to the first human reply.
    FirstReply,
    /// From a later customer message to its reply.
    NextReply,
    /// Until we promised to come back.
    FollowUp,
    /// From the first message until the conversation is resolved.
    Resolution,
}

impl Clock {
    /// All four, in the order that settles ties.
    pub const ALL: [Self; 4] = [Self::FirstReply, Self::NextReply, Self::FollowUp, Self::Resolution];

    /// The word that the MQTT interface uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstReply => "first_reply",
            Self::NextReply => "next_reply",
            Self::FollowUp => "follow_up",
            Self::Resolution => "resolution",
        }
    }
}

/// The numbers of one channel or queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Conversations that are not resolved.
    pub open: u32,
    /// Of those, the ones in which a customer waits.
    pub waiting: u32,
    /// Conversations whose worst clock is at risk.
    pub at_risk: u32,
    /// Conversations whose worst clock is breached.
    pub breached: u32,
    /// The longest wait in it, in seconds.
    pub oldest_s: Option<u64>,
}

/// One line of the list of the worst.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worst {
    /// The conversation.
    pub id: String,
    /// Where it takes place.
    pub channel: String,
    /// The customer's name or initials, where privacy allows.
    pub customer: Option<String>,
    /// How long the customer has waited, in seconds; null when nobody waits.
    pub waiting_s: Option<u64>,
    /// The conversation's worst clock.
    pub clock: Clock,
    /// When that clock breaches or breached.
    pub due_at: Timestamp,
    /// How that clock stands.
    pub state: ClockState,
}

/// How a running clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Running, with time enough.
    Running,
    /// Near its deadline.
    AtRisk,
    /// Past its deadline.
    Breached,
}

/// How urgent an alarm is; the order is the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// The board itself needs somebody.
    Low,
    /// A promise was broken.
    Medium,
    /// A promise was broken and nobody has reacted.
    High,
}

impl Priority {
    /// The word that the MQTT interface uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the alarms amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSummary {
    /// The highest priority among the alarms that nobody has acknowledged.
    pub priority: Option<Priority>,
    /// Alarms that nobody has acknowledged.
    pub unacked: u32,
    /// Alarms that somebody has acknowledged and that still hold.
    pub acked: u32,
    /// Alarms put aside for a while.
    pub shelved: u32,
    /// Whether the sound is off by hand.
    pub muted: bool,
    /// Of the unacknowledged alarms, those that nobody has reacted to for too long; left out when 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub escalated: u32,
    /// Alarms that ended before anybody acknowledged them; left out when 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: u32,
    /// When the first of the shelved alarms comes back; left out when none is shelved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelved_until: Option<Timestamp>,
    /// Whether quiet hours or a closed floor keep the sound off; left out when not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub quiet: bool,
    /// Whether so many alarms came that their bursts are joined; left out when not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flood: bool,
}

/// The floor is shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When it opens; null when that is more than 400 days away.
    pub opens_at: Option<Timestamp>,
}

/// The day's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Today {
    /// Conversations opened since midnight.
    pub received: u32,
    /// Of those, the ones with a first reply.
    pub answered: u32,
    /// `answered / received`, 0 to 1; null when nothing was received.
    pub answer_rate: Option<f64>,
    /// The median time to the first reply, in seconds.
    pub median_first_reply_s: Option<u64>,
    /// Share of waits that ended in time, 0 to 1.
    pub in_target_rate: Option<f64>,
    /// Whether a badge is held.
    pub badge: bool,
    /// The 90th percentile of the time to the first reply, in seconds; left out while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_first_reply_s: Option<u64>,
    /// The median time to a later reply, in seconds; left out while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_next_reply_s: Option<u64>,
    /// Promises of today that were broken; left out when 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub breaches: u32,
    /// How long a reply takes, by those of the last hour, in seconds; left out while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_s: Option<u64>,
    /// The names of the badges that are held; left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<String>,
}

/// What outputs on this machine do besides showing the numbers. Levels, not events: an
/// output that misses one is right again with the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The burst to sound; `None` is silence, also in the middle of a burst.
    pub burst: Option<Burst>,
    /// The unacknowledged alarm that has rung longest: what the alarm page speaks of.
    pub ringing: Option<Ringing>,
    /// Whether the test picture is shown instead of a page.
    pub test_picture: bool,
    /// The page that somebody chose to stay; `None`: pages take turns.
    pub page: Option<Page>,
    /// How often somebody turned the page by hand since the start; wraps around.
    pub turns: u32,
    /// The brightness of every display in percent, 0 to 100, that somebody chose; `None`: as
    /// each is configured.
    pub brightness: Option<u8>,
}

/// An alarm that nobody has acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub struct Ringing {
    /// What it is about.
    pub what: Cause,
    /// When it began to ring.
    pub since: Timestamp,
    /// Whether nobody has reacted to it for too long.
    pub escalated: bool,
    /// Whom to tell once an alarm has escalated: a line from the configuration.
    pub contact: Option<String>,
}

/// What an alarm is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A broken promise.
    Conversation(Worst),
    /// Far more conversations arrive than usual.
    Surge {
        /// How many arrived in the last ten minutes.
        received: u32,
    },
}

/// One burst of the sounder. A new serial is a new burst; the same serial is the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Grows with every burst of this run of the daemon.
    pub serial: u64,
    /// Which pattern.
    pub priority: Priority,
}
