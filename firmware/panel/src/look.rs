//! How a board looks, apart from its numbers: title, local time, and what colours stand for.
//!
//! Owns the presentation settings and the roles that ink plays. Refuses to know the state
//! of the board and the colours of any particular display.

use alloc::string::String;

use embedded_graphics::pixelcolor::{BinaryColor, PixelColor};

use crate::time::Timestamp;

/// Presentation settings of one display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The board's name, for people.
    pub title: String,
    /// Seconds to add to UTC for the local time, positive to the east; -86,399 to 86,399.
    pub utc_offset_s: i32,
}

impl Look {
    /// Hour and minute of the local time.
    #[must_use]
    pub fn hour_minute(&self, at: Timestamp) -> (u32, u32) {
        let local = at.secs().saturating_add(i64::from(self.utc_offset_s));
        let minutes = local.div_euclid(60).rem_euclid(24 * 60) as u32;
        (minutes / 60, minutes % 60)
    }
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
}

impl Palette for BinaryColor {
    fn of(role: Role) -> Self {
        if role == Role::Ground { Self::Off } else { Self::On }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_follows_the_offset_across_midnight() {
        let at = Timestamp::parse("2026-11-22T23:30:00Z").expect("a valid time");
        let look = |utc_offset_s| Look { title: String::new(), utc_offset_s };
        assert_eq!(look(0).hour_minute(at), (23, 30));
        assert_eq!(look(3600).hour_minute(at), (0, 30));
        assert_eq!(look(-3600 * 5 - 1800).hour_minute(at), (18, 0));
    }
}
