//! Instants as the whole product writes them: milliseconds of Unix time, RFC 3339 in text.
//!
//! Owns the form of a point in time. Refuses to know what time it is now.

use alloc::string::String;
use core::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The last instant with a year of four digits, 9999-12-31T23:59:59.999Z: RFC 3339 writes no later one.
const MAX_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds of Unix time, moved into the range 1970 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Self(0)
        } else if millis > MAX_MILLIS {
            Self(MAX_MILLIS)
        } else {
            Self(millis)
        }
    }

    /// From whole seconds of Unix time; `None` outside the years 1970 to 9999.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Option<Self> {
        if secs < 0 || secs > MAX_MILLIS / 1000 { None } else { Some(Self(secs * 1000)) }
    }

    /// Reads RFC 3339 with an offset; `None` for anything else and outside the years 1970 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let millis = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
        (0..=MAX_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds of Unix time.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds of Unix time, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant `millis` later (earlier when negative), held within 1970 to 9999.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is the later one.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Whole seconds from `earlier` to here, rounded down, and 0 when `earlier` lies ahead.
    #[must_use]
    pub const fn age_secs(self, earlier: Self) -> u64 {
        let millis = self.0 - earlier.0;
        if millis < 0 { 0 } else { (millis / 1000) as u64 }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; with milliseconds only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.0 % 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        let moment = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&moment.to_rfc3339_opts(form, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a time in RFC 3339 with an offset"))
    }
}
