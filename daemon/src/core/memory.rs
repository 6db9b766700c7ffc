//! What a restart must not forget.
//!
//! Owns the form of it: acknowledged, shelved and ringing alarms, a mute, a page and a brightness
//! that somebody chose, and a day's arrivals. Refuses to know files, and keeps no conversation and no
//! name: those come from the broker.

use bellboard_panel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::{alarm::Kept, surge::Arrivals};

/// The version of this form.
pub const VERSION: u32 = 1;
/// At most so many alarms are kept, those first that a person has dealt with: two megabytes.
pub const MAX_KEPT: usize = 10_000;

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// See [`VERSION`].
    pub version: u32,
    /// When it was written.
    pub at: Timestamp,
    /// The alarms.
    #[serde(default)]
    pub alarms: Vec<Kept>,
    /// Until when the sound is off by hand.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
    /// The name of the page that somebody chose.
    #[serde(default)]
    pub page: Option<String>,
    /// The brightness that somebody chose, in percent.
    #[serde(default)]
    pub brightness: Option<u8>,
    /// When conversations arrived.
    #[serde(default)]
    pub arrivals: Arrivals,
}
