//! Fonts drawn at one size, a bit a pixel.
//!
//! Owns how such a font lies in its file (`fonts/make.py` writes them) and how a glyph is found
//! in it. Refuses to scale: scaling a bitmap would blur what has to be read from afar.

use core::fmt;

/// Bytes before the table of glyphs.
const HEADER: usize = 6;
/// Bytes of one glyph in the table.
const ENTRY: usize = 10;

/// A font at one size.
#[derive(PartialEq, Eq)]
pub struct Strike {
    data: &'static [u8],
}

impl fmt::Debug for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "strike of {} rows, {} glyphs", self.cap(), self.count())
    }
}

/// Where a glyph's ink is, in pixels from where the pen stands on the baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glyph {
    /// How far the pen moves on.
    pub advance: i32,
    /// Columns from the pen to the ink; negative: before it.
    pub left: i32,
    /// Rows from the baseline up to the top of the ink.
    pub top: i32,
    /// Columns of ink.
    pub width: i32,
    /// Rows of ink.
    pub height: i32,
}

impl Strike {
    /// The font in a file.
    pub const fn new(data: &'static [u8]) -> Self {
        Self { data }
    }

    /// Rows of a capital.
    pub const fn cap(&self) -> i32 {
        self.data[0] as i32
    }

    /// The glyph of a character and its pixels.
    pub fn glyph(&self, character: char) -> Option<(Glyph, Bits)> {
        let code = u16::try_from(u32::from(character)).ok()?;
        let place = self.place(code)?;
        let [_, _, width, height, left, top, advance, a, b, c] = *self.entry(place);
        let glyph = Glyph {
            advance: i32::from(advance),
            left: i32::from(left.cast_signed()),
            top: i32::from(top.cast_signed()),
            width: i32::from(width),
            height: i32::from(height),
        };
        let start = HEADER + self.count() * ENTRY + u32::from_le_bytes([a, b, c, 0]) as usize;
        Some((glyph, Bits { data: &self.data[start..], width: usize::from(width) }))
    }

    fn count(&self) -> usize {
        usize::from(u16::from_le_bytes([self.data[4], self.data[5]]))
    }

    fn entry(&self, place: usize) -> &[u8; ENTRY] {
        let start = HEADER + place * ENTRY;
        self.data[start..start + ENTRY].first_chunk().expect("an entry is as long as an entry")
    }

    fn place(&self, code: u16) -> Option<usize> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = usize::midpoint(low, high);
            let [a, b, ..] = *self.entry(middle);
            match u16::from_le_bytes([a, b]).cmp(&code) {
                core::cmp::Ordering::Equal => return Some(middle),
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The pixels of a glyph.
#[derive(Clone, Copy, Debug)]
pub struct Bits {
    data: &'static [u8],
    width: usize,
}

impl Bits {
    /// Whether the pixel carries ink.
    pub fn ink(self, column: i32, row: i32) -> bool {
        let bit = row as usize * self.width + column as usize;
        self.data[bit / 8] >> (7 - bit % 8) & 1 == 1
    }
}
