//! Numbers in a form that reads from across the room.
//!
//! Owns how counts and lengths of time are written and how wide that is. Refuses to draw.
//!
//! A length of time is its two largest units, the smaller one always of two digits:
//! `45s`, `12m 05s`, `1h 05m`, `3d 04h`. So it never grows beyond six signs, and a second
//! that passes changes one digit in place.

use alloc::{format, string::String};

use crate::{
    text::{Line, case::Case, fonts::Font},
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
    /// One letter, or a few.
    pub unit: &'static str,
}

impl Quantity {
    /// As a word among words: `12m`. A unit of several letters stands apart.
    pub fn text(&self) -> String {
        let apart = if self.unit.chars().count() > 1 { "\u{A0}" } else { "" };
        format!("{}{apart}{}", self.value, self.unit)
    }
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
        let major = |value: u64, unit| Quantity { value: words.digits(&format!("{value}")), unit };
        let minor = |value: u64, unit| Some(Quantity { value: words.digits(&format!("{value:02}")), unit });
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
        match &self.minor {
            Some(minor) => format!("{} {}", self.major.text(), minor.text()),
            None => self.major.text(),
        }
    }
}

/// A count as it is written.
pub fn count(n: u32, words: &Words) -> String {
    let more = if n > MAX_COUNT { "+" } else { "" };
    words.digits(&format!("{}{more}", n.min(MAX_COUNT)))
}

/// A count as it is written where there are `w` pixels in the smallest font: more than fits is
/// "many".
pub fn count_within(n: u32, w: i32, words: &Words, case: Case) -> String {
    let smallest = case.figure(0, |_| false);
    let rounded = MANY.into_iter().filter(|(least, _)| n > *least).map(|(_, many)| words.digits(many));
    let mut wordings = [count(n, words)].into_iter().chain(rounded);
    wordings.find(|text| smallest.width(text) <= w).unwrap_or_else(|| "+".into())
}

/// What a count becomes that has no room, in narrow places: it is more than that.
const MANY: [(u32, &str); 2] = [(99, "99+"), (9, "9+")];

/// A font for digits and the one for the unit behind them.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Digits, all of one width, so that a changing digit moves nothing.
    pub digits: Font,
    /// The letters behind them.
    pub unit: Font,
    /// Whether lines run from right to left.
    pub rtl: bool,
}

impl Figure {
    /// A number as it is drawn.
    pub fn value(&self, value: &str) -> Line {
        Line::new(self.digits, value, self.rtl)
    }

    /// A unit as it is drawn.
    pub fn unit_line(&self, unit: &str) -> Line {
        Line::new(self.unit, unit, self.rtl)
    }

    /// The width of a number in pixels.
    pub fn width(&self, value: &str) -> i32 {
        self.value(value).width
    }

    /// Rows above the baseline, of any digit.
    pub fn above(&self) -> i32 {
        self.digit_rows().0
    }

    /// Rows below the baseline, of any digit.
    pub fn below(&self) -> i32 {
        self.digit_rows().1
    }

    /// Rows of any digit.
    pub fn height(&self) -> i32 {
        let (above, below) = self.digit_rows();
        above + below
    }

    fn digit_rows(&self) -> (i32, i32) {
        let line = Line::new(self.digits, if self.rtl { "0689٠١٢٣٤٥٦٧٨٩" } else { "0689" }, false);
        (line.up, line.down)
    }

    /// Pixels between digits and their unit.
    pub fn unit_gap(&self) -> i32 {
        1 + self.digits.cap() / 14
    }

    /// Pixels between two quantities on one line.
    pub fn word_gap(&self) -> i32 {
        2 + self.digits.cap() / 6
    }

    /// Rows above and below the baseline that a quantity takes.
    pub fn quantity_rows(&self, quantity: &Quantity) -> [i32; 2] {
        let unit = self.unit_line(quantity.unit);
        [self.above().max(unit.up), self.below().max(unit.down)]
    }

    /// The width of a quantity in pixels.
    pub fn quantity_width(&self, quantity: &Quantity) -> i32 {
        let unit = self.unit_line(quantity.unit);
        let beside = if unit.glyphs.is_empty() { 0 } else { self.unit_gap() + unit.width };
        self.width(&quantity.value) + beside
    }

    /// The width of a span on one line.
    pub fn span_width(&self, span: &Span) -> i32 {
        let minor = span.minor.as_ref().map_or(0, |minor| self.word_gap() + self.quantity_width(minor));
        self.quantity_width(&span.major) + minor
    }

    /// The width of a quantity in pixels, its number taken to be of two digits at least: so
    /// that a font is not changed each time a digit comes or goes.
    pub fn calm_width(&self, quantity: &Quantity) -> i32 {
        let digits = self.width(&quantity.value);
        self.quantity_width(quantity) - digits + digits.max(self.width("00"))
    }

    /// The width of a span on one line, see [`Figure::calm_width`].
    pub fn calm_span_width(&self, span: &Span) -> i32 {
        self.span_width(span) - self.quantity_width(&span.major) + self.calm_width(&span.major)
    }
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
        let case = Case::new(64, 64, &ENGLISH);
        assert_eq!(count(0, &ENGLISH), "0");
        assert_eq!(count(99_999, &ENGLISH), "99999");
        assert_eq!(count(u32::MAX, &ENGLISH), "99999+");
        assert_eq!(count_within(9_700, 60, &ENGLISH, case), "9700");
        assert_eq!(count_within(9_700, 22, &ENGLISH, case), "99+");
        assert_eq!(count_within(9_700, 15, &ENGLISH, case), "9+");
    }

    #[test]
    fn arabic_numbers_are_written_in_arabic_indic_digits() {
        let words = Words::of(crate::Locale::Ar);
        assert_eq!(count(108, words), "١٠٨");
        assert_eq!(Span::of(725, words).text(), "١٢د ٠٥ث");
    }
}
