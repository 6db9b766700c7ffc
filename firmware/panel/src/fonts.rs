//! The type cases: which fonts there are, from the largest down.
//!
//! Owns the choice of fonts and their licences. Refuses to measure and to draw. A font is
//! used at its native height only; scaling a bitmap would blur what has to be read from afar.
//!
//! Licences, as U8g2's font pages give them:
//! - `fub*`: Free Universal, (c) Stephen Wilson 2009, after Sil-Sophia, (c) SIL International
//!   1994-2008: SIL Open Font License 1.1.
//! - `helvB*`: Adobe Helvetica of the X11 distribution, (c) 1984-1989, 1994 Adobe Systems,
//!   (c) 1988, 1994 Digital Equipment Corporation: permission to use, copy, modify,
//!   distribute and sell for any purpose and without fee, with that notice.

use u8g2_fonts::{FontRenderer, fonts};

use crate::text::Font;

static WORDS_24: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB24_tf>(), 25, 7);
static WORDS_18: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB18_tf>(), 19, 5);
static WORDS_14: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB14_tf>(), 14, 4);
static WORDS_12: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB12_tf>(), 12, 4);
static WORDS_10: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB10_tf>(), 11, 3);
static WORDS_8: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_helvB08_tf>(), 8, 2);

// Round digits overshoot their line; the heights here are those of the ink.
static DIGITS_49: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub49_tn>(), 50, 1);
static DIGITS_42: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub42_tn>(), 43, 1);
static DIGITS_35: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub35_tn>(), 36, 1);
static DIGITS_30: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub30_tn>(), 31, 0);
static DIGITS_25: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub25_tn>(), 25, 0);
static DIGITS_20: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub20_tn>(), 20, 0);
static DIGITS_17: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub17_tn>(), 17, 0);
static DIGITS_14: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub14_tn>(), 14, 0);
static DIGITS_11: Font = Font::new(FontRenderer::new::<fonts::u8g2_font_fub11_tn>(), 11, 0);

/// Fonts for words, the largest first.
pub static WORDS: [&Font; 6] = [&WORDS_24, &WORDS_18, &WORDS_14, &WORDS_12, &WORDS_10, &WORDS_8];

/// The smallest font for words.
pub static SMALL: &Font = &WORDS_8;

/// A font for digits and the one for the unit behind them.
#[derive(Debug)]
pub struct Figure {
    /// Digits, all of one width, so that a changing digit moves nothing.
    pub digits: &'static Font,
    /// The letter behind them.
    pub unit: &'static Font,
}

/// Fonts for numbers, the largest first. Units are about half as high as their digits.
pub static FIGURES: [Figure; 10] = [
    Figure { digits: &DIGITS_49, unit: &WORDS_24 },
    Figure { digits: &DIGITS_42, unit: &WORDS_24 },
    Figure { digits: &DIGITS_35, unit: &WORDS_18 },
    Figure { digits: &DIGITS_30, unit: &WORDS_18 },
    Figure { digits: &DIGITS_25, unit: &WORDS_14 },
    Figure { digits: &DIGITS_20, unit: &WORDS_12 },
    Figure { digits: &DIGITS_17, unit: &WORDS_10 },
    Figure { digits: &DIGITS_14, unit: &WORDS_8 },
    Figure { digits: &DIGITS_11, unit: &WORDS_8 },
    Figure { digits: &WORDS_8, unit: &WORDS_8 },
];
