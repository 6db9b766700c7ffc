//! The type case of one display: which font a text gets in a place.
//!
//! Owns the search for the largest font that fits. Refuses to know what is written where.

use alloc::{format, string::String, vec::Vec};

use crate::{
    layout::Area,
    text::{
        Line,
        figures::{Figure, Span},
        fonts::{DIGITS, Font, WORDS},
    },
    words::Words,
};

/// Displays of so many rows and more get type from outlines, below they get strikes.
pub const MIN_OUTLINED: i32 = 200;

/// Where the width keeps up with fewer rows than these, small strikes read better than soft edges.
const MIN_ROWS: i32 = 100;

/// On a display with outlines the smallest type has capitals of one part in so many of its
/// height: 20 pixels on a television of 1080 rows, which on a 43 inch one reads from 6 metres.
const SMALLEST: i32 = 54;

/// Capitals of the smallest type from outlines, in pixels: below, soft edges are all there is.
const MIN_CAP: i32 = 10;

/// A longer wording is taken as long as it does not have to be smaller than so many percent of
/// what the height allows. Strikes do without: there the smallest size still reads.
const WORTH: i32 = 55;

/// The fonts of one display.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Whether lines run from right to left.
    pub rtl: bool,
    /// Whether type comes from outlines.
    pub outlined: bool,
    min_cap: i32,
    /// The units of time, one behind the other: how far they hang below a line.
    units: [&'static str; 4],
}

impl Case {
    /// For a display of that height, of which its width can keep up with so many rows, and its
    /// language.
    pub fn new(height: i32, rows: i32, words: &Words) -> Self {
        let rtl = words.locale.is_rtl();
        let outlined = cfg!(feature = "outlines") && height >= MIN_OUTLINED && rows >= MIN_ROWS;
        let min_cap = if outlined { (rows / SMALLEST).max(MIN_CAP) } else { WORDS[WORDS.len() - 1].cap() };
        Self { rtl, outlined, min_cap, units: words.units }
    }

    /// The smallest font for words.
    pub fn small(self) -> Font {
        self.sized(self.min_cap, WORDS)
    }

    /// Rows of a line of the smallest type, whatever its script.
    pub fn line_rows(self) -> i32 {
        2 * self.small().cap()
    }

    /// The largest font for words whose lines, with accents above capitals and tails of any script,
    /// keep to `h` rows.
    pub fn for_rows(self, h: i32) -> Font {
        self.sized((h / 2).max(self.min_cap), WORDS)
    }

    /// A font with capitals of `cap` rows at most.
    fn sized(self, cap: i32, strikes: &'static [crate::text::strike::Strike]) -> Font {
        #[cfg(feature = "outlines")]
        if self.outlined {
            return Font::Outline(cap.max(self.min_cap) as u16);
        }
        let smallest = &strikes[strikes.len() - 1];
        Font::Strike(strikes.iter().find(|strike| strike.cap() <= cap).unwrap_or(smallest))
    }

    /// A text in a font, cut to `w` pixels.
    pub fn line(self, font: Font, text: &str, w: i32) -> Line {
        Line::fitted(font, text, self.rtl, w)
    }

    /// The width of a text in a font.
    pub fn width(self, font: Font, text: &str) -> i32 {
        Line::new(font, text, self.rtl).width
    }

    /// The first wording that fits an area, as large as it gets. Where none fits, the last one in
    /// the smallest font, cut.
    pub fn best(self, wordings: &[&str], w: i32, h: i32) -> Line {
        let found = wordings.iter().map(|text| self.largest_line(text, w, h));
        let all: Vec<Option<Line>> = found.collect();
        let ceiling = all.iter().flatten().map(|line| line.font.cap()).max().unwrap_or_default();
        let worthy = |line: &&Line| !self.outlined || line.font.cap() * 100 >= ceiling * WORTH;
        if let Some(line) = all.iter().flatten().find(worthy) {
            return line.clone();
        }
        self.line(self.small(), wordings.last().copied().unwrap_or_default(), w)
    }

    fn largest_line(self, text: &str, w: i32, h: i32) -> Option<Line> {
        let set = |font: Font| Line::new(font, text, self.rtl);
        let fits = |font: Font| {
            let line = set(font);
            line.width <= w && line.up + line.down <= h
        };
        self.largest_for(h, fits).map(set)
    }

    /// The largest size from outlines up to `h` rows for which `fits` holds; larger type is
    /// larger in every respect.
    #[cfg(feature = "outlines")]
    fn largest_cap(self, h: i32, fits: impl Fn(Font) -> bool) -> Option<u16> {
        let (mut fitting, mut too_large) = (self.min_cap - 1, h.max(self.min_cap) + 1);
        while too_large - fitting > 1 {
            let middle = i32::midpoint(fitting, too_large);
            if fits(Font::Outline(middle as u16)) { fitting = middle } else { too_large = middle }
        }
        (fitting >= self.min_cap).then_some(fitting as u16)
    }

    /// The largest figure up to `h` rows high, its units included, for which `fits` holds, or the
    /// smallest of all.
    pub fn timed(self, h: i32, fits: impl Fn(&Figure) -> bool) -> Figure {
        self.figure(h, |figure| {
            let rows = |rows: fn(&Line) -> i32| {
                self.units.iter().map(|unit| rows(&figure.unit_line(unit))).max().unwrap_or_default()
            };
            let (above, below) =
                (figure.above().max(rows(|unit| unit.up)), figure.below().max(rows(|unit| unit.down)));
            above + below <= h && fits(figure)
        })
    }

    /// The largest figure up to `h` rows high for which `fits` holds, or the smallest of all.
    pub fn figure(self, h: i32, fits: impl Fn(&Figure) -> bool) -> Figure {
        #[cfg(feature = "outlines")]
        if self.outlined {
            let fitting = |font: Font| {
                let figure = self.paired(font);
                figure.height() <= h && fits(&figure)
            };
            return self.paired(Font::Outline(self.largest_cap(h, fitting).unwrap_or(self.min_cap as u16)));
        }
        let all = DIGITS.iter().map(|strike| self.paired(Font::Strike(strike)));
        let smallest = self.paired(Font::Strike(&DIGITS[DIGITS.len() - 1]));
        all.into_iter().find(|figure| figure.height() <= h && fits(figure)).unwrap_or(smallest)
    }

    /// The largest figure for a length of time on one line; without its smaller unit where even
    /// the smallest has no room for both.
    pub fn span(self, span: &Span, area: Area) -> (Figure, Span) {
        let figure = self.timed(area.h, |figure| figure.calm_span_width(span) <= area.w);
        if figure.span_width(span) <= area.w {
            return (figure, span.clone());
        }
        let mut major = Span { minor: None, ..span.clone() };
        let figure = self.timed(area.h, |figure| figure.calm_span_width(&major) <= area.w);
        if figure.span_width(&major) > area.w {
            major.major.unit = "";
        }
        (figure, major)
    }

    /// Units are about half as high as their digits.
    fn paired(self, digits: Font) -> Figure {
        let unit = self.sized((digits.cap() * 6 / 11).max(self.min_cap.min(digits.cap())), WORDS);
        Figure { digits, unit, rtl: self.rtl }
    }

    /// The largest font in which the text, broken between words, fits an area, and its lines;
    /// `None` where it fits in no font.
    pub fn paragraph(self, text: &str, area: Area) -> Option<Vec<Line>> {
        let fits = |font: Font| {
            let lines = self.lines(&self.wrapped(text, font, area.w), font);
            pitch(&lines) * lines.len() as i32 <= area.h && lines.iter().all(|line| line.width <= area.w)
        };
        let font = self.largest_for(area.h, fits)?;
        Some(self.lines(&self.balanced(text, font, area.w), font))
    }

    /// The largest font for words for which `fits` holds.
    fn largest_for(self, h: i32, fits: impl Fn(Font) -> bool) -> Option<Font> {
        #[cfg(feature = "outlines")]
        if self.outlined {
            return self.largest_cap(h, fits).map(Font::Outline);
        }
        let _ = h;
        WORDS.iter().map(Font::Strike).find(|font| fits(*font))
    }

    fn lines(self, texts: &[String], font: Font) -> Vec<Line> {
        texts.iter().map(|text| Line::new(font, text, self.rtl)).collect()
    }

    /// The text in as few lines as `w` pixels allow, and these of about the same length.
    fn balanced(self, text: &str, font: Font, w: i32) -> Vec<String> {
        let lines = self.wrapped(text, font, w);
        let (mut narrow, mut wide) = (0, w);
        while wide - narrow > 1 {
            let middle = i32::midpoint(narrow, wide);
            let other = self.wrapped(text, font, middle);
            let as_good =
                other.len() == lines.len() && other.iter().all(|line| self.width(font, line) <= middle);
            if as_good { wide = middle } else { narrow = middle }
        }
        if wide == w { lines } else { self.wrapped(text, font, wide) }
    }

    /// The text broken between words into lines of at most `w` pixels. A word that is too long
    /// stands alone: drawing cuts it.
    fn wrapped(self, text: &str, font: Font, w: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(font, &longer) <= w {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.into());
        }
        lines
    }
}

/// Rows from one line of a paragraph to the next: accents and tails of its neighbours do not meet.
pub fn pitch(lines: &[Line]) -> i32 {
    let most = |rows: fn(&Line) -> i32| lines.iter().map(rows).max().unwrap_or_default();
    let leading = lines.first().map_or(0, |line| line.font.cap() / 5);
    most(|line| line.up) + most(|line| line.down) + leading
}
