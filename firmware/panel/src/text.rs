//! Text on a picture: measured, cut to fit, drawn glyph by glyph.
//!
//! Owns the one way from a text to its glyphs ([`glyphs`]); shaping and reordering for other
//! scripts belong there. Refuses to choose a font, a place or a word.

use alloc::{borrow::Cow, format, vec::Vec};

use embedded_graphics::{
    Drawable,
    draw_target::DrawTarget,
    geometry::{Point, Size},
    pixelcolor::PixelColor,
    primitives::{Primitive, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, StrokeAlignment},
};
use u8g2_fonts::{
    Error, FontRenderer,
    types::{FontColor, VerticalPosition},
};

/// Behind a text that was cut. Three dots, as the fonts have no single glyph for it.
const ELLIPSIS: &str = "...";

/// One font at its native size.
#[derive(Debug)]
pub struct Font {
    renderer: FontRenderer,
    above: i32,
    below: i32,
}

/// How far a glyph's pen moves, and how far its ink reaches, in pixels from where the pen stood.
struct Metrics {
    advance: i32,
    left: i32,
    right: i32,
}

impl Font {
    /// A font whose capitals or digits rise `above` pixels over the baseline and whose tails
    /// hang `below` pixels under it.
    #[must_use]
    pub const fn new(renderer: FontRenderer, above: i32, below: i32) -> Self {
        Self { renderer, above, below }
    }

    /// Pixels from the top of the capitals or digits to the baseline.
    #[must_use]
    pub const fn above(&self) -> i32 {
        self.above
    }

    /// Pixels from the top of the capitals to the end of the tails.
    #[must_use]
    pub const fn height(&self) -> i32 {
        self.above + self.below
    }

    /// The width of a text in pixels, ink that reaches over its cell included.
    #[must_use]
    pub fn width(&self, text: &str) -> i32 {
        let (lead, mut pen, mut reach) = (self.lead(text), 0, 0);
        for glyph in glyphs(text) {
            let metrics = self.metrics(glyph);
            reach = reach.max(pen + metrics.right);
            pen += metrics.advance;
        }
        lead + pen.max(reach)
    }

    /// The text, or as much of its beginning as fits `max` pixels together with an ellipsis.
    /// Cut in logical order, before anything is reordered.
    #[must_use]
    pub fn fitted<'t>(&self, text: &'t str, max: i32) -> Cow<'t, str> {
        if self.width(text) <= max {
            return Cow::Borrowed(text);
        }
        let room = max - self.width(ELLIPSIS);
        let (mut pen, mut end) = (self.lead(text), 0);
        for (start, glyph) in text.char_indices() {
            let metrics = self.metrics(glyph);
            if pen + metrics.right.max(metrics.advance) > room {
                break;
            }
            pen += metrics.advance;
            end = start + glyph.len_utf8();
        }
        match text[..end].trim_end() {
            "" => Cow::Borrowed(""),
            kept => Cow::Owned(format!("{kept}{ELLIPSIS}")),
        }
    }

    /// Draws a text whose capitals begin at `top_left`. A character that the font lacks is an
    /// outlined box: a name never loses a letter without a trace.
    pub fn draw<D: DrawTarget>(
        &self,
        text: &str,
        top_left: Point,
        color: D::Color,
        target: &mut D,
    ) -> Result<(), D::Error> {
        let mut pen = top_left + Point::new(self.lead(text), self.above);
        for glyph in glyphs(text) {
            let drawn = self.renderer.render(
                glyph,
                pen,
                VerticalPosition::Baseline,
                FontColor::Transparent(color),
                target,
            );
            match drawn {
                Ok(_) | Err(Error::BackgroundColorNotSupported) => {}
                Err(Error::GlyphNotFound(_)) => self.draw_box(pen, color, target)?,
                Err(Error::DisplayError(error)) => return Err(error),
            }
            pen.x += self.metrics(glyph).advance;
        }
        Ok(())
    }

    fn draw_box<D: DrawTarget>(&self, pen: Point, color: D::Color, target: &mut D) -> Result<(), D::Error> {
        let size = Size::new(self.box_width() as u32, self.above as u32);
        let area = Rectangle::new(pen - Point::new(0, self.above), size);
        area.into_styled(outline(color)).draw(target)
    }

    const fn box_width(&self) -> i32 {
        self.above * 5 / 8
    }

    /// How far the ink of the first glyph reaches to the left of its cell.
    fn lead(&self, text: &str) -> i32 {
        glyphs(text).first().map_or(0, |glyph| (-self.metrics(*glyph).left).max(0))
    }

    fn metrics(&self, glyph: char) -> Metrics {
        let found = self.renderer.get_rendered_dimensions(glyph, Point::zero(), VerticalPosition::Baseline);
        let Ok(dimensions) = found else {
            let width = self.box_width();
            return Metrics { advance: width + 1, left: 0, right: width };
        };
        let ink = dimensions.bounding_box.unwrap_or_default();
        let left = ink.top_left.x;
        Metrics { advance: dimensions.advance.x, left, right: left + ink.size.width as i32 }
    }
}

fn outline<C: PixelColor>(color: C) -> PrimitiveStyle<C> {
    PrimitiveStyleBuilder::new()
        .stroke_color(color)
        .stroke_width(1)
        .stroke_alignment(StrokeAlignment::Inside)
        .build()
}

/// The glyphs of a text from left to right: every text on every display passes through here.
fn glyphs(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::BinaryColor;

    use super::*;
    use crate::{canvas::Canvas, fonts::WORDS};

    fn drawn(text: &str) -> Canvas {
        let mut canvas = Canvas::new(128, 32);
        WORDS[5].draw(text, Point::zero(), BinaryColor::On, &mut canvas).expect("a canvas takes every pixel");
        canvas
    }

    #[test]
    fn a_character_without_a_glyph_is_a_box_of_its_own() {
        let (two, three) = (drawn("a漢b"), drawn("a漢字b"));
        assert_ne!(two, three);
        assert!(WORDS[5].width("漢字") > WORDS[5].width("漢"));
        let ink = |canvas: &Canvas| canvas.bytes().iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert_eq!(ink(&three) - ink(&two), 2 * (5 + 8) - 4);
    }

    #[test]
    fn every_font_draws_the_letters_of_western_europe_without_boxes() {
        for font in WORDS {
            for letter in "ÀÉÑÖØßàéñöøÿ".chars() {
                let found =
                    font.renderer.get_rendered_dimensions(letter, Point::zero(), VerticalPosition::Baseline);
                assert!(found.is_ok(), "{letter} is missing in {font:?}");
            }
        }
    }

    #[test]
    fn a_text_is_cut_to_its_room_and_says_so() {
        let name = "Konstantinopolitanischer Dudelsackpfeifenmachergeselle, the third";
        for font in WORDS {
            for room in 0..200 {
                let cut = font.fitted(name, room);
                assert!(font.width(&cut) <= room);
                assert!(cut.is_empty() || cut.ends_with(ELLIPSIS) || cut == name);
            }
        }
        assert_eq!(WORDS[5].fitted("short", 100), "short");
    }

    #[test]
    fn no_ink_lies_outside_the_measured_width() {
        for font in WORDS {
            for text in ["jour", "fjord", "AV4", "Wort ÄÖÜ", "漢"] {
                let mut canvas = Canvas::new(200, 60);
                let place = Point::new(20, 20);
                font.draw(text, place, BinaryColor::On, &mut canvas).expect("a canvas takes every pixel");
                let right = 20 + font.width(text);
                let lit = |x| (0..60).any(|y| canvas.pixel(x, y));
                assert!((0..20).chain(right..200).all(|x| !lit(x)), "{text} in {font:?}");
            }
        }
    }
}
