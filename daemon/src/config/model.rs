//! The configuration as plain, checked values, with every default.
//!
//! Owns the meaning and the default of each key. Refuses to know TOML.

mod devices;
mod history;
mod http;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use bellboard_panel::{Locale, chime::Tune, snapshot::Priority};
use chrono_tz::Tz;

pub use devices::{Button, Buzzer, BuzzerDriver, Display, DisplayDriver, Lamp, LampOn, Spi};
pub use history::{Badge, History};
pub use http::{Http, MAX_TOKEN, MIN_TOKEN, TokenFault, token};

use crate::core::calendar::Calendar;

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[board]`
    pub board: Board,
    /// `[mqtt]`
    pub mqtt: Mqtt,
    /// `[broker]`
    pub broker: Broker,
    /// `[[source]]`; never empty.
    pub sources: Sources,
    /// `[privacy]`
    pub privacy: Privacy,
    /// `[[sla]]`, the first that matches wins.
    pub policies: Vec<Policy>,
    /// `[alarm]`
    pub alarm: Alarm,
    /// `[[display]]`
    pub displays: Vec<Display>,
    /// `[buzzer]`
    pub buzzer: Buzzer,
    /// `[button]`
    pub button: Button,
    /// `[[lamp]]`
    pub lamps: Vec<Lamp>,
    /// `[http]`
    pub http: Http,
    /// `[history]`
    pub history: History,
    /// `[[badge]]`
    pub badges: Vec<Badge>,
}

/// `[board]`: who this board is and what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Topics live under `bellboard/<id>`.
    pub id: String,
    /// Title on the display.
    pub name: String,
    /// The language of the displays.
    pub locale: Locale,
    /// Boards of one group share acknowledgements; `None`: this board is alone.
    pub group: Option<String>,
    /// The floor's own opening hours.
    pub calendar: Arc<Calendar>,
    /// Whose local time the display shows; `None`: the machine's.
    pub timezone: Option<Tz>,
    /// Only these queues; empty: all.
    pub show_queues: Vec<String>,
    /// Only these channels; empty: all.
    pub show_channels: Vec<String>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            id: "board".into(),
            name: "Support".into(),
            locale: Locale::En,
            group: None,
            calendar: Arc::new(Calendar::Always),
            timezone: None,
            show_queues: Vec::new(),
            show_channels: Vec::new(),
        }
    }
}

/// `[mqtt]`: the broker to follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Mqtt {
    /// Host and port, tried in turn; never empty.
    pub hosts: Vec<(String, u16)>,
    /// Empty in the file: `bellboard-<board.id>`.
    pub client_id: Option<String>,
    /// Empty in the file: no user.
    pub username: Option<String>,
    /// A file with the password on its first line.
    pub password_file: Option<PathBuf>,
    /// TLS, when switched on.
    pub tls: Option<Tls>,
    /// Seconds, 5 to 3600.
    pub keep_alive_s: u16,
}

impl Default for Mqtt {
    fn default() -> Self {
        Self {
            hosts: vec![("127.0.0.1".into(), 1883)],
            client_id: None,
            username: None,
            password_file: None,
            tls: None,
            keep_alive_s: 30,
        }
    }
}

/// TLS to the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates (PEM) to trust; `None`: an error at check, since no trust store is shipped.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain and key (PEM), both or neither.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// `[broker]`: the embedded broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Whether it runs.
    pub embedded: bool,
    /// Where it listens; anything but loopback needs `users_file`.
    pub listen: SocketAddr,
    /// `name:password` lines.
    pub users_file: Option<PathBuf>,
}

impl Default for Broker {
    fn default() -> Self {
        Self { embedded: false, listen: SocketAddr::from(([127, 0, 0, 1], 1883)), users_file: None }
    }
}

/// The list of sources, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources(pub Vec<Source>);

impl Default for Sources {
    fn default() -> Self {
        Self(vec![Source::default()])
    }
}

/// `[[source]]`: a main system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The topic its messages live under.
    pub root: String,
    /// Whether a source that never sent a heartbeat may be called live.
    pub heartbeat: HeartbeatRule,
    /// Milliseconds of silence after which the source is stale.
    pub stale_after_ms: u64,
}

impl Default for Source {
    fn default() -> Self {
        Self { root: "support".into(), heartbeat: HeartbeatRule::Auto, stale_after_ms: 90_000 }
    }
}

/// `heartbeat = "auto" | "required"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatRule {
    /// Once a source has sent one, silence makes it stale.
    Auto,
    /// Without one the source is never live.
    Required,
}

/// `[privacy]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// How much of customers' names is shown and published.
    pub show_names: ShowNames,
}

/// `show_names = "none" | "initials" | "full"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShowNames {
    /// Nothing; names are dropped at the door.
    #[default]
    None,
    /// First letters.
    Initials,
    /// As the main system sent them.
    Full,
}

/// `[[sla]]`: what was promised, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name, for people.
    pub name: String,
    /// All that a conversation must be for this policy to apply.
    pub applies: Match,
    /// Targets in milliseconds of open time.
    pub first_reply_ms: Option<u64>,
    /// See `first_reply_ms`.
    pub next_reply_ms: Option<u64>,
    /// See `first_reply_ms`.
    pub resolution_ms: Option<u64>,
    /// Whether `promised_at` is watched.
    pub follow_up: bool,
    /// The share of the target after which a clock is at risk; above 0, below 1.
    pub warn_at: f64,
    /// Milliseconds ahead of a given deadline from which a clock is at risk.
    pub warn_before_ms: u64,
    /// Whose open time counts.
    pub calendar: Arc<Calendar>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: String::new(),
            applies: Match::default(),
            first_reply_ms: None,
            next_reply_ms: None,
            resolution_ms: None,
            follow_up: true,
            warn_at: 0.75,
            warn_before_ms: 600_000,
            calendar: Arc::new(Calendar::Always),
        }
    }
}

/// `match = { ... }`: empty lists and `None` hold for every conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Any of these channels.
    pub channel: Vec<String>,
    /// Any of these queues.
    pub queue: Vec<String>,
    /// Any of these: `low`, `normal`, `high`, `urgent`.
    pub priority: Vec<Urgency>,
    /// Whether others can read it.
    pub public: Option<bool>,
    /// Any of these: `direct`, `mention`, `found`.
    pub origin: Vec<Origin>,
}

/// A conversation's own priority.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// `low`
    Low,
    /// `normal`
    #[default]
    Normal,
    /// `high`
    High,
    /// `urgent`
    Urgent,
}

/// How a conversation reached the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The customer wrote to us.
    #[default]
    Direct,
    /// The customer mentioned us.
    Mention,
    /// The customer complained elsewhere and we found it.
    Found,
}

/// `[alarm]`: when a breach rings, and when it stops. All durations in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// A breach that lasts shorter does not ring.
    pub on_delay_ms: u64,
    /// What has ceased for so long has ended; until then it may come back.
    pub off_delay_ms: u64,
    /// An alarm that nobody acknowledges for so long escalates.
    pub escalate_after_ms: u64,
    /// An acknowledged alarm whose cause still lasts rings again after so long.
    pub rearm_after_ms: u64,
    /// So long the display tells of an alarm that ended before anybody acknowledged it.
    pub missed_for_ms: u64,
    /// So long a held button shelves.
    pub shelve_for_ms: u64,
    /// Nothing is shelved for longer.
    pub shelve_max_ms: u64,
    /// Silent while this calendar is open; `None`: never.
    pub quiet: Option<Arc<Calendar>>,
    /// A line shown on the alarm page once an alarm has escalated; empty: none.
    pub contact: String,
    /// `[alarm.flood]`
    pub flood: Flood,
    /// `[alarm.surge] at_least`: fewer conversations in ten minutes are no surge.
    pub surge_at_least: u32,
    /// `[alarm.sound]`
    pub sound: Sound,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            on_delay_ms: 10_000,
            off_delay_ms: 15_000,
            escalate_after_ms: 300_000,
            rearm_after_ms: 1_800_000,
            missed_for_ms: 900_000,
            shelve_for_ms: 900_000,
            shelve_max_ms: 3_600_000,
            quiet: None,
            contact: String::new(),
            flood: Flood::default(),
            surge_at_least: 10,
            sound: Sound::default(),
        }
    }
}

/// `[alarm.sound]`: tunes instead of the built-in bursts; `None`: the built-in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// The board itself needs somebody.
    pub low: Option<Tune>,
    /// A promise was broken.
    pub medium: Option<Tune>,
    /// A promise was broken and nobody has reacted.
    pub high: Option<Tune>,
}

impl Sound {
    /// What a burst of that priority sounds like.
    #[must_use]
    pub fn tune(&self, priority: Priority) -> Tune {
        let own = match priority {
            Priority::Low => &self.low,
            Priority::Medium => &self.medium,
            Priority::High => &self.high,
        };
        own.clone().unwrap_or_else(|| Tune::burst(priority))
    }
}

/// `[alarm.flood]`: from so many new alarms on, bursts are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// New alarms.
    pub count: u32,
    /// Milliseconds within which they come.
    pub window_ms: u64,
}

impl Default for Flood {
    fn default() -> Self {
        Self { count: 10, window_ms: 600_000 }
    }
}
