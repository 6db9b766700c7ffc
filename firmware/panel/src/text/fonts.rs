//! The type cases: which fonts there are, from the largest down.
//!
//! Owns the sizes, and the one way to a glyph in any of them. Refuses to know texts.
//!
//! All are Noto Sans Bold with its Hebrew and Arabic companions, under the SIL Open Font
//! License 1.1 (`fonts/OFL.txt`): as strikes at native sizes for small displays, from outlines
//! for large ones.

use embedded_graphics::{Pixel, draw_target::DrawTarget, geometry::Point};
#[cfg(feature = "outlines")]
use embedded_graphics::{geometry::Size, primitives::Rectangle};

#[cfg(feature = "outlines")]
use crate::text::outlines;
use crate::{
    look::Palette,
    text::strike::{Glyph, Strike},
};

/// A font at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Font {
    /// Of one bit a pixel.
    Strike(&'static Strike),
    /// From outlines, with capitals of so many rows.
    #[cfg(feature = "outlines")]
    Outline(u16),
}

macro_rules! strikes {
    ($name:ident, $($file:literal),+) => {
        /// From the largest down.
        pub static $name: &[Strike] = &[$(Strike::new(include_bytes!(concat!("../../fonts/", $file, ".strike")))),+];
    };
}

strikes!(WORDS, "words-25", "words-20", "words-17", "words-14", "words-12", "words-10", "words-8");
strikes!(
    DIGITS,
    "digits-88",
    "digits-72",
    "digits-60",
    "digits-50",
    "digits-43",
    "digits-36",
    "digits-30",
    "digits-25",
    "digits-20",
    "digits-17",
    "digits-14",
    "digits-11",
    "words-8"
);

/// The part of a missing glyph's box that is as high as a capital, in width.
const BOX: (i32, i32) = (5, 8);

impl Font {
    /// Rows of a capital.
    pub fn cap(self) -> i32 {
        match self {
            Self::Strike(strike) => strike.cap(),
            #[cfg(feature = "outlines")]
            Self::Outline(cap) => i32::from(cap),
        }
    }

    /// Whether it has a glyph for the character.
    #[cfg(test)]
    pub fn has(self, character: char) -> bool {
        match self {
            Self::Strike(strike) => strike.glyph(character).is_some(),
            #[cfg(feature = "outlines")]
            Self::Outline(cap) => outlines::measure(character, cap).is_some(),
        }
    }

    /// Where the ink of a character is. One that the font lacks is an outlined box.
    pub fn measure(self, character: char) -> Glyph {
        let found = match self {
            Self::Strike(strike) => strike.glyph(character).map(|(glyph, _)| glyph),
            #[cfg(feature = "outlines")]
            Self::Outline(cap) => outlines::measure(character, cap),
        };
        found.unwrap_or_else(|| {
            let width = self.cap() * BOX.0 / BOX.1;
            Glyph {
                advance: width + 1 + self.cap() / 12,
                left: 0,
                top: self.cap(),
                width,
                height: self.cap(),
            }
        })
    }

    /// Draws a character whose pen stands at `pen`, on a ground of one colour.
    pub fn draw<D>(
        self,
        character: char,
        pen: Point,
        [ground, ink]: [D::Color; 2],
        target: &mut D,
    ) -> Result<(), D::Error>
    where
        D: DrawTarget<Color: Palette>,
    {
        #[cfg(not(feature = "outlines"))]
        let _ = ground;
        match self {
            Self::Strike(strike) => {
                if let Some((glyph, bits)) = strike.glyph(character) {
                    let inked = places(glyph).filter(|(x, y)| bits.ink(*x, *y));
                    return target
                        .draw_iter(inked.map(|(x, y)| Pixel(corner(pen, glyph) + Point::new(x, y), ink)));
                }
            }
            #[cfg(feature = "outlines")]
            Self::Outline(cap) => {
                if let Some(mask) = outlines::mask(character, cap) {
                    return draw_mask(&mask, corner(pen, mask.glyph), [ground, ink], target);
                }
            }
        }
        self.draw_box(character, pen, ink, target)
    }

    fn draw_box<D>(self, character: char, pen: Point, ink: D::Color, target: &mut D) -> Result<(), D::Error>
    where
        D: DrawTarget<Color: Palette>,
    {
        let glyph = self.measure(character);
        let line = (self.cap() / 10).max(1);
        let edge = |x, y| x < line || y < line || x >= glyph.width - line || y >= glyph.height - line;
        let inked = places(glyph).filter(|(x, y)| edge(*x, *y));
        target.draw_iter(inked.map(|(x, y)| Pixel(corner(pen, glyph) + Point::new(x, y), ink)))
    }
}

#[cfg(feature = "outlines")]
fn draw_mask<D>(
    mask: &outlines::Mask,
    corner: Point,
    [ground, ink]: [D::Color; 2],
    target: &mut D,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let at = |x: u16, y: u16| corner + Point::new(i32::from(x), i32::from(y));
    for [x, y, count] in &mask.runs {
        target.fill_solid(&Rectangle::new(at(*x, *y), Size::new(u32::from(*count), 1)), ink)?;
    }
    let edges = mask.edges.iter();
    target.draw_iter(edges.map(|([x, y], covered)| Pixel(at(*x, *y), Palette::mix(ground, ink, *covered))))
}

fn corner(pen: Point, glyph: Glyph) -> Point {
    pen + Point::new(glyph.left, -glyph.top)
}

/// All columns of the first row, then all of the next.
fn places(glyph: Glyph) -> impl Iterator<Item = (i32, i32)> {
    (0..glyph.height).flat_map(move |y| (0..glyph.width).map(move |x| (x, y)))
}
