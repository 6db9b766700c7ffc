//! A one-bit picture in memory, in the page format of the SSD1306.
//!
//! Owns the bits and their order: a byte is a column of eight pixels, its lowest bit on top;
//! the bytes of a page run from left to right, the pages from top to bottom. Refuses to know
//! what is drawn on it and which bus or window it ends up on.

use alloc::{vec, vec::Vec};
use core::{convert::Infallible, fmt};

use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{Dimensions, OriginDimensions, Size},
    pixelcolor::BinaryColor,
};

/// Pixels in one byte of a page.
const PAGE_HEIGHT: u32 = 8;

/// A picture of light and dark pixels. Drawing outside of it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    size: Size,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A dark picture. A height that is no multiple of 8 leaves the rest of the last page dark.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let pages = height.div_ceil(PAGE_HEIGHT);
        Self { size: Size::new(width, height), bytes: vec![0; (width * pages) as usize] }
    }

    /// The pages from top to bottom, each `width` bytes from left to right.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the pixel is light; outside of the picture all is dark.
    #[must_use]
    pub fn pixel(&self, x: i32, y: i32) -> bool {
        self.place(x, y).is_some_and(|(index, mask)| self.bytes[index] & mask != 0)
    }

    /// Lights the pixel or darkens it.
    pub fn set(&mut self, x: i32, y: i32, on: bool) {
        if let Some((index, mask)) = self.place(x, y) {
            if on {
                self.bytes[index] |= mask;
            } else {
                self.bytes[index] &= !mask;
            }
        }
    }

    /// The same picture moved to the right by `dx` and down by `dy` pixels, against burn-in.
    /// What leaves the picture is lost and what enters it is dark. Every page leaves the last
    /// column and the last row free, so moves of 0 or 1 lose nothing.
    #[must_use]
    pub fn shifted(&self, dx: i32, dy: i32) -> Self {
        self.rearranged(|x, y| self.pixel(x - dx, y - dy))
    }

    /// The same picture upside down, for a panel that hangs the other way round.
    #[must_use]
    pub fn rotate180(&self) -> Self {
        let (right, bottom) = (self.size.width as i32 - 1, self.size.height as i32 - 1);
        self.rearranged(|x, y| self.pixel(right - x, bottom - y))
    }

    fn rearranged(&self, source: impl Fn(i32, i32) -> bool) -> Self {
        let mut picture = Self::new(self.size.width, self.size.height);
        for y in 0..self.size.height as i32 {
            for x in 0..self.size.width as i32 {
                picture.set(x, y, source(x, y));
            }
        }
        picture
    }

    fn place(&self, x: i32, y: i32) -> Option<(usize, u8)> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < self.size.width && y < self.size.height)
            .then(|| (((y / PAGE_HEIGHT) * self.size.width + x) as usize, 1 << (y % PAGE_HEIGHT)))
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Canvas {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(point, color) in pixels {
            self.set(point.x, point.y, color.is_on());
        }
        Ok(())
    }

    fn clear(&mut self, color: BinaryColor) -> Result<(), Self::Error> {
        self.bytes.fill(0);
        if color.is_on() { self.fill_solid(&self.bounding_box(), color) } else { Ok(()) }
    }
}

impl fmt::Display for Canvas {
    /// The picture as text in a frame: two rows of pixels a line, as half blocks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.size.width as usize;
        writeln!(f, "┌{:─<width$}┐", "")?;
        for y in (0..self.size.height as i32).step_by(2) {
            write!(f, "│")?;
            for x in 0..self.size.width as i32 {
                write!(f, "{}", half_block(self.pixel(x, y), self.pixel(x, y + 1)))?;
            }
            writeln!(f, "│")?;
        }
        writeln!(f, "└{:─<width$}┘", "")
    }
}

/// The character whose upper and lower halves are lit like this.
#[must_use]
pub const fn half_block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::{geometry::Point, prelude::*};

    use super::*;

    #[test]
    fn a_byte_is_a_column_of_eight_with_its_lowest_bit_on_top() {
        let mut canvas = Canvas::new(128, 64);
        canvas.set(3, 0, true);
        canvas.set(3, 9, true);
        canvas.set(127, 63, true);
        assert_eq!(canvas.bytes().len(), 1024);
        assert_eq!(canvas.bytes()[3], 0b0000_0001);
        assert_eq!(canvas.bytes()[128 + 3], 0b0000_0010);
        assert_eq!(canvas.bytes()[1023], 0b1000_0000);
        assert!(canvas.pixel(3, 9) && !canvas.pixel(3, 8));
    }

    #[test]
    fn a_height_between_pages_is_padded_and_the_padding_stays_dark() {
        let mut canvas = Canvas::new(10, 12);
        assert_eq!(canvas.bytes().len(), 20);
        for x in -1..11 {
            for y in -1..20 {
                canvas.set(x, y, true);
            }
        }
        assert!(canvas.bytes()[..10].iter().all(|byte| *byte == 0xFF));
        assert!(canvas.bytes()[10..].iter().all(|byte| *byte == 0x0F));
    }

    #[test]
    fn a_shift_moves_every_pixel_and_lets_nothing_wrap_around() {
        let mut canvas = Canvas::new(16, 16);
        canvas
            .draw_iter([Pixel(Point::new(2, 7), BinaryColor::On), Pixel(Point::new(15, 15), BinaryColor::On)])
            .expect("a canvas takes every pixel");
        let shifted = canvas.shifted(1, 1);
        assert!(shifted.pixel(3, 8));
        assert_eq!(shifted.bytes().iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
    }

    #[test]
    fn turned_twice_a_picture_is_itself() {
        let mut canvas = Canvas::new(12, 20);
        canvas.set(1, 2, true);
        let turned = canvas.rotate180();
        assert!(turned.pixel(10, 17));
        assert_eq!(turned.rotate180(), canvas);
    }

    #[test]
    fn as_text_two_rows_of_pixels_are_a_line_of_half_blocks() {
        let mut canvas = Canvas::new(3, 3);
        for (x, y) in [(0, 0), (1, 1), (2, 0), (2, 1), (0, 2)] {
            canvas.set(x, y, true);
        }
        assert_eq!(alloc::format!("{canvas}"), "┌───┐\n│▀▄█│\n│▀  │\n└───┘\n");
    }
}
