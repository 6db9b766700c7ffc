//! Numbers in a form that reads from across the room.
//!
//! Owns how counts and lengths of time are written and how wide that is. Refuses to draw.
//!
//! A length of time is its two largest units, the smaller one always of two digits:
//! `45s`, `12m 05s`, `1h 05m`, `3d 04h`. So it never grows beyond six signs, and a second
//! that passes changes one digit in place.

use alloc::{format, string::String};

use crate::{
    fonts::{FIGURES, Figure},
    words::Words,
};

/// Larger counts are written as this one and a plus.
const MAX_COUNT: u32 = 99_999;

/// From here on hours no longer matter.
const DAYS_WITHOUT_HOURS: u64 = 100;

/// More days are written as this many.
const MAX_DAYS: u64 = 999;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A number and the letter of its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Digits.
    pub value: String,
    /// One letter.
    pub unit: &'static str,
}

/// A length of time: its largest unit, and the next smaller one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The largest unit that is not 0, or seconds.
    pub major: Quantity,
    /// The next smaller unit, of two digits; none below seconds and beyond 99 days.
    pub minor: Option<Quantity>,
}

impl Span {
    /// From whole seconds.
    pub fn of(seconds: u64, words: &Words) -> Self {
        let [d, h, m, s] = words.units;
        let major = |value: u64, unit| Quantity { value: format!("{value}"), unit };
        let minor = |value: u64, unit| Some(Quantity { value: format!("{value:02}"), unit });
        match seconds {
            0..MINUTE => Self { major: major(seconds, s), minor: None },
            MINUTE..HOUR => Self { major: major(seconds / MINUTE, m), minor: minor(seconds % MINUTE, s) },
            HOUR..DAY => Self { major: major(seconds / HOUR, h), minor: minor(seconds % HOUR / MINUTE, m) },
            _ => {
                let days = (seconds / DAY).min(MAX_DAYS);
                let hours = (days < DAYS_WITHOUT_HOURS).then_some(seconds % DAY / HOUR);
                Self { major: major(days, d), minor: hours.and_then(|hours| minor(hours, h)) }
            }
        }
    }

    /// As a word among words: `12m 05s`.
    pub fn text(&self) -> String {
        let Quantity { value, unit } = &self.major;
        match &self.minor {
            Some(minor) => format!("{value}{unit} {}{}", minor.value, minor.unit),
            None => format!("{value}{unit}"),
        }
    }
}

/// A count as it is written.
pub fn count(n: u32) -> String {
    if n > MAX_COUNT { format!("{MAX_COUNT}+") } else { format!("{n}") }
}

/// A count as it is written where there are `w` pixels: more than fits is "many".
pub fn count_within(n: u32, w: i32) -> String {
    let exact = count(n);
    if FIGURES[FIGURES.len() - 1].width(&exact) <= w { exact } else { MANY.into() }
}

/// What a count becomes that has no room, in the narrowest of places.
const MANY: &str = "99+";

impl Figure {
    /// The width of a number in pixels.
    pub fn width(&self, value: &str) -> i32 {
        self.digits.width(value)
    }

    /// Pixels between digits and their unit.
    pub fn unit_gap(&self) -> i32 {
        1 + self.digits.above() / 30
    }

    /// Pixels between two quantities on one line.
    pub fn word_gap(&self) -> i32 {
        2 + self.digits.above() / 8
    }

    /// The width of a quantity in pixels, its number taken to be of two digits at least: so
    /// that a font is not changed each time a digit comes or goes.
    pub fn calm_width(&self, quantity: &Quantity) -> i32 {
        let digits = self.digits.width(&quantity.value).max(self.digits.width("00"));
        digits + self.unit_gap() + self.unit.width(quantity.unit)
    }

    /// The width of a span on one line, see [`Figure::calm_width`].
    pub fn calm_span_width(&self, span: &Span) -> i32 {
        let minor = span.minor.as_ref().map_or(0, |minor| self.word_gap() + self.calm_width(minor));
        self.calm_width(&span.major) + minor
    }
}

/// The largest figure up to `h` pixels high for which `fits` holds, or the smallest of all.
pub fn largest(h: i32, fits: impl Fn(&Figure) -> bool) -> &'static Figure {
    FIGURES
        .iter()
        .find(|figure| figure.digits.height() <= h && fits(figure))
        .unwrap_or(&FIGURES[FIGURES.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::ENGLISH;

    fn span(seconds: u64) -> String {
        Span::of(seconds, &ENGLISH).text()
    }

    #[test]
    fn a_span_is_its_two_largest_units() {
        assert_eq!(span(0), "0s");
        assert_eq!(span(59), "59s");
        assert_eq!(span(60), "1m 00s");
        assert_eq!(span(725), "12m 05s");
        assert_eq!(span(3_900), "1h 05m");
        assert_eq!(span(86_399), "23h 59m");
        assert_eq!(span(3 * 86_400 + 4 * 3_600), "3d 04h");
        assert_eq!(span(100 * 86_400), "100d");
        assert_eq!(span(u64::MAX), "999d");
    }

    #[test]
    fn a_count_never_grows_beyond_six_signs() {
        assert_eq!(count(0), "0");
        assert_eq!(count(99_999), "99999");
        assert_eq!(count(u32::MAX), "99999+");
        assert_eq!(count_within(9_700, 60), "9700");
        assert_eq!(count_within(9_700, 20), "99+");
    }

    #[test]
    fn digits_are_of_one_width_in_every_figure_and_their_ink_keeps_to_the_height() {
        for figure in &FIGURES {
            let width = figure.digits.width("00") - figure.digits.width("0");
            for digit in '1'..='9' {
                let pair = format!("0{digit}0");
                assert_eq!(
                    figure.digits.width(&pair) - figure.digits.width("00"),
                    width,
                    "{digit} in {figure:?}"
                );
            }
        }
    }
}
