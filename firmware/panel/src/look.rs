//! How a board looks, apart from its numbers: title, local time, and what colours stand for.
//!
//! Owns the presentation settings and the roles that ink plays. Refuses to know the state
//! of the board and the colours of any particular display.

use alloc::string::String;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike};
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor};

use crate::{locale::Locale, time::Timestamp};

/// Presentation settings of one display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The board's name, for people.
    pub title: String,
    /// The language of its words, digits and times.
    pub locale: Locale,
    /// Seconds to add to UTC for the local time, positive to the east; -86,399 to 86,399.
    pub utc_offset_s: i32,
    /// The same at the instant a closed floor opens, which may lie beyond a change between
    /// summer and winter time; `None`: no other than now.
    pub opening_utc_offset_s: Option<i32>,
}

impl Look {
    /// Local date and time.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> NaiveDateTime {
        shifted(at, self.utc_offset_s)
    }

    /// Local date and time of the instant that a closed floor opens.
    #[must_use]
    pub fn local_opening(&self, opens_at: Timestamp) -> NaiveDateTime {
        shifted(opens_at, self.opening_utc_offset_s.unwrap_or(self.utc_offset_s))
    }

    /// Hour and minute of the local time.
    #[must_use]
    pub fn hour_minute(&self, at: Timestamp) -> (u32, u32) {
        let local = self.local(at);
        (local.hour(), local.minute())
    }
}

fn shifted(at: Timestamp, offset_s: i32) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default().naive_utc();
    utc + TimeDelta::seconds(i64::from(offset_s))
}

/// What a mark on the display stands for; a display turns it into a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The background.
    Ground,
    /// Words and signs.
    Text,
    /// Counts and ages.
    Number,
    /// Fine.
    Fine,
    /// Near a deadline.
    AtRisk,
    /// Past a deadline.
    Breached,
}

/// A colour that can play every [`Role`]. Colour never stands alone: each state has a shape
/// and a word too, so two colours are enough.
pub trait Palette: PixelColor {
    /// The colour for a role.
    fn of(role: Role) -> Self;

    /// What a pixel looks like of which ink covers so many 255ths.
    #[must_use]
    fn mix(ground: Self, ink: Self, coverage: u8) -> Self;
}

impl Palette for BinaryColor {
    fn of(role: Role) -> Self {
        if role == Role::Ground { Self::Off } else { Self::On }
    }

    fn mix(ground: Self, ink: Self, coverage: u8) -> Self {
        if coverage < 128 { ground } else { ink }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_follows_the_offset_across_midnight() {
        let at = Timestamp::parse("2026-11-22T23:30:00Z").expect("a valid time");
        let look = |utc_offset_s| Look { utc_offset_s, ..Look::default() };
        assert_eq!(look(0).hour_minute(at), (23, 30));
        assert_eq!(look(3600).hour_minute(at), (0, 30));
        assert_eq!(look(-3600 * 5 - 1800).hour_minute(at), (18, 0));
    }

    #[test]
    fn an_opening_beyond_a_change_of_the_clocks_has_an_offset_of_its_own() {
        let opens_at = Timestamp::parse("2027-03-28T07:00:00Z").expect("a valid time");
        let winter = Look { utc_offset_s: 3600, ..Look::default() };
        assert_eq!(winter.local_opening(opens_at).hour(), 8);
        let changing = Look { opening_utc_offset_s: Some(7200), ..winter };
        assert_eq!(changing.local_opening(opens_at).hour(), 9);
    }
}
