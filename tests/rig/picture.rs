//! A picture of single bits, as a viewer sees it: comparable, and readable as text.
//!
//! Owns pixels and their text. Refuses to know where they came from.

use std::{fmt, io::Cursor};

/// A picture; equal pictures look the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    lit: Vec<bool>,
}

impl Picture {
    /// The picture whose pixel at `(x, y)` from the top left is lit when `lit` says so.
    #[must_use]
    pub fn new(width: usize, height: usize, lit: impl Fn(usize, usize) -> bool) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, height, lit: pixels.map(|(x, y)| lit(x, y)).collect() }
    }

    /// The picture of a frame in page format: a byte holds 8 rows of a column, the topmost in bit 0.
    #[must_use]
    pub fn from_pages(width: usize, height: usize, frame: &[u8]) -> Self {
        assert_eq!(frame.len(), width * height / 8, "the frame is not of that size");
        Self::new(width, height, |x, y| frame[y / 8 * width + x] >> (y % 8) & 1 != 0)
    }

    /// The picture of a PNG file of two colours, of which the first is dark.
    ///
    /// # Panics
    /// It is no such file.
    #[must_use]
    pub fn of_png(file: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
        let mut image = vec![0; reader.output_buffer_size().expect("a size that fits")];
        let info = reader.next_frame(&mut image).expect("one picture");
        let (width, height) = (info.width as usize, info.height as usize);
        assert_eq!(image.len(), width * height, "a byte a pixel");
        Self::new(width, height, |x, y| image[y * width + x] != 0)
    }

    /// A picture without a lit pixel.
    #[must_use]
    pub fn dark(width: usize, height: usize) -> Self {
        Self::new(width, height, |_, _| false)
    }

    /// The picture that [`Display`](fmt::Display) writes as this text.
    #[must_use]
    pub fn parse(width: usize, height: usize, text: &str) -> Self {
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        Self::new(width, height, |x, y| {
            let lit = if y % 2 == 0 { ['▀', '█'] } else { ['▄', '█'] };
            lines.get(y / 2).and_then(|line| line.get(x)).is_some_and(|c| lit.contains(c))
        })
    }

    /// The frame in page format that [`Picture::from_pages`] makes this picture of.
    #[must_use]
    pub fn to_pages(&self) -> Vec<u8> {
        let mut frame = vec![0; self.width * self.height / 8];
        for y in 0..self.height {
            for x in 0..self.width {
                frame[y / 8 * self.width + x] |= u8::from(self.pixel(x, y)) << (y % 8);
            }
        }
        frame
    }

    /// Whether the pixel in column `x` and row `y` is lit.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> bool {
        self.lit[y * self.width + x]
    }

    /// How many pixels are lit.
    #[must_use]
    pub fn lit_pixels(&self) -> usize {
        self.lit.iter().filter(|&&lit| lit).count()
    }

    /// The same picture upside down.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { lit: self.lit.iter().rev().copied().collect(), ..*self }
    }
}

/// Two rows of pixels to a line of text, without the blanks at its end.
impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for y in (0..self.height).step_by(2) {
            let line: String = (0..self.width)
                .map(|x| match (self.pixel(x, y), y + 1 < self.height && self.pixel(x, y + 1)) {
                    (false, false) => ' ',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (true, true) => '█',
                })
                .collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// As the picture itself, so that a failed comparison can be looked at.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} x {}:\n{self}", self.width, self.height)
    }
}
