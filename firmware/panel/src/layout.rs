//! Where things stand: areas, how they are divided, and which font fills them.
//!
//! Owns the arithmetic of places. Refuses to know what is put there.

use alloc::{string::String, vec::Vec};

use embedded_graphics::{
    geometry::{Point, Size},
    primitives::Rectangle,
};

use crate::{fonts::WORDS, text::Font};

/// An upright rectangle of pixels. Sides are never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The leftmost column.
    pub x: i32,
    /// The topmost row.
    pub y: i32,
    /// Columns.
    pub w: i32,
    /// Rows.
    pub h: i32,
}

impl Area {
    /// An area whose sides are at least 0.
    pub fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w: w.max(0), h: h.max(0) }
    }

    /// What a page may use of a display: all but the last column and the last row, which stay
    /// free for the pixel shift.
    pub fn page(display: Rectangle) -> Self {
        let (corner, size) = (display.top_left, display.size);
        Self::new(corner.x, corner.y, size.width as i32 - 1, size.height as i32 - 1)
    }

    /// The upper `h` rows and the rest.
    pub fn cut_top(self, h: i32) -> (Self, Self) {
        let h = h.clamp(0, self.h);
        (Self::new(self.x, self.y, self.w, h), Self::new(self.x, self.y + h, self.w, self.h - h))
    }

    /// The left `w` columns and the rest.
    pub fn cut_left(self, w: i32) -> (Self, Self) {
        let w = w.clamp(0, self.w);
        (Self::new(self.x, self.y, w, self.h), Self::new(self.x + w, self.y, self.w - w, self.h))
    }

    /// The rest and the right `w` columns.
    pub fn cut_right(self, w: i32) -> (Self, Self) {
        self.cut_left(self.w - w)
    }

    /// The same without `dx` columns on both sides and `dy` rows at both ends.
    pub fn inset(self, dx: i32, dy: i32) -> Self {
        Self::new(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)
    }

    /// The top left corner of a thing of that size in the middle of this area.
    pub const fn centered(self, w: i32, h: i32) -> Point {
        Point::new(self.x + (self.w - w) / 2, self.y + (self.h - h) / 2)
    }

    /// The same for drawing.
    pub const fn rectangle(self) -> Rectangle {
        Rectangle { top_left: Point::new(self.x, self.y), size: Size::new(self.w as u32, self.h as u32) }
    }
}

/// The first wording that fits `w` pixels in a font of at most `h` pixels above the baseline,
/// in the largest such font. Where none fits, the last wording in the smallest font: drawing
/// cuts it.
pub fn best<'t>(wordings: &[&'t str], w: i32, h: i32) -> (&'static Font, &'t str) {
    let fonts = || WORDS.iter().copied().filter(|font| font.above() <= h);
    let fits = wordings.iter().find_map(|text| Some((fonts().find(|font| font.width(text) <= w)?, *text)));
    fits.unwrap_or_else(|| (WORDS[WORDS.len() - 1], wordings.last().copied().unwrap_or_default()))
}

/// The largest font in which the text, broken between words, fits an area, and its lines.
/// Where none does, the smallest: drawing cuts it.
pub fn paragraph(text: &str, area: Area) -> (&'static Font, Vec<String>) {
    let mut set = WORDS.iter().map(|font| (*font, balanced(text, font, area.w)));
    let smallest = WORDS[WORDS.len() - 1];
    set.find(|(font, lines)| lines_fit(font, lines, area))
        .unwrap_or_else(|| (smallest, wrapped(text, smallest, area.w)))
}

/// Whether a text fits an area in any font.
pub fn paragraph_fits(text: &str, area: Area) -> bool {
    let (font, lines) = paragraph(text, area);
    lines_fit(font, &lines, area)
}

fn lines_fit(font: &Font, lines: &[String], area: Area) -> bool {
    line_pitch(font) * lines.len() as i32 - LEADING <= area.h
        && lines.iter().all(|line| font.width(line) <= area.w)
}

/// Rows from one line of a paragraph to the next.
pub const fn line_pitch(font: &Font) -> i32 {
    font.height() + LEADING
}

/// Free rows between the lines of a paragraph.
const LEADING: i32 = 2;

/// The text in as few lines as `w` pixels allow, and these of about the same length.
fn balanced(text: &str, font: &Font, w: i32) -> Vec<String> {
    let lines = wrapped(text, font, w);
    let narrower = (0..w).rev().map(|w| (w, wrapped(text, font, w)));
    narrower
        .take_while(|(w, other)| {
            other.len() == lines.len() && other.iter().all(|line| font.width(line) <= *w)
        })
        .last()
        .map_or(lines, |(_, other)| other)
}

/// The text broken between words into lines of at most `w` pixels. A word that is too long
/// stands alone: drawing cuts it.
fn wrapped(text: &str, font: &Font, w: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = alloc::format!("{line} {word}");
            if font.width(&longer) <= w {
                *line = longer;
                continue;
            }
        }
        lines.push(word.into());
    }
    lines
}
