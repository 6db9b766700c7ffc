//! Text: from letters as they are written to glyphs as they stand, and how wide that is.
//!
//! Owns the one way from a text to its glyphs ([`Line::new`]): letters joined, runs of the other
//! direction turned around, brackets mirrored; and how a text is cut, in the order it is read.
//! Refuses to choose a font, a place or a word.

pub mod case;
pub mod figures;
pub mod fonts;
#[cfg(feature = "outlines")]
mod outlines;
mod strike;

use alloc::{format, string::String, vec::Vec};

use ar_reshaper::ArabicReshaper;
use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

use crate::text::fonts::Font;

/// Behind a text that was cut.
const ELLIPSIS: char = '…';

/// A text as it stands in one font: glyphs from left to right, and where their ink is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The font.
    pub font: Font,
    /// From left to right.
    pub glyphs: Vec<char>,
    /// Pixels from the pen's start to the leftmost ink, if that reaches before it; else 0.
    pub lead: i32,
    /// Columns, ink that reaches over its cell included.
    pub width: i32,
    /// Rows of ink above the baseline, a capital at least.
    pub up: i32,
    /// Rows of ink below the baseline.
    pub down: i32,
}

impl Line {
    /// The whole text. The direction of the display, not of the first letter, decides which way
    /// the line runs.
    pub fn new(font: Font, text: &str, rtl: bool) -> Self {
        Self::of(font, visual(text, rtl))
    }

    /// The text, or as much of its beginning as fits `max` pixels together with an ellipsis.
    /// Cut in the order it is read, before anything is turned around.
    pub fn fitted(font: Font, text: &str, rtl: bool, max: i32) -> Self {
        let whole = Self::new(font, text, rtl);
        if whole.width <= max {
            return whole;
        }
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |count: usize| {
            let kept = text[..ends[count]].trim_end();
            if kept.is_empty() { String::new() } else { format!("{kept}{ELLIPSIS}{}", mark_after(kept)) }
        };
        // A longer beginning is wider, as near as makes no difference: letters that join may
        // take less room than apart, which costs a letter at worst.
        let (mut fits, mut too_long) = (0, ends.len());
        while too_long - fits > 1 {
            let middle = usize::midpoint(fits, too_long);
            if Self::new(font, &cut(middle), rtl).width <= max { fits = middle } else { too_long = middle }
        }
        Self::new(font, &cut(fits), rtl)
    }

    fn of(font: Font, glyphs: Vec<char>) -> Self {
        let mut line = Self { font, glyphs: Vec::new(), lead: 0, width: 0, up: font.cap(), down: 0 };
        let (mut pen, mut reach) = (0, 0);
        for glyph in glyphs.iter().map(|character| font.measure(*character)) {
            if glyph.width > 0 {
                line.lead = line.lead.max(-(pen + glyph.left));
                reach = reach.max(pen + glyph.left + glyph.width);
                line.up = line.up.max(glyph.top);
                line.down = line.down.max(glyph.height - glyph.top);
            }
            pen += glyph.advance;
        }
        line.glyphs = glyphs;
        line.width = line.lead + pen.max(reach);
        line
    }
}

/// The mark of direction behind an ellipsis that makes it stand where the cut letters would.
fn mark_after(kept: &str) -> &'static str {
    let strong = kept.chars().rev().find_map(|c| match bidi_class(c) {
        BidiClass::L => Some(LRM),
        BidiClass::R | BidiClass::AL => Some(RLM),
        _ => None,
    });
    strong.unwrap_or_default()
}

/// A letter without a shape that runs from left to right.
const LRM: &str = "\u{200E}";
/// The same from right to left.
const RLM: &str = "\u{200F}";

/// A text that keeps its own direction among others.
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// A text whose groups of digits stay together, on one line and in their order, as in a telephone
/// number: the spaces between them are such that do not break.
pub fn with_whole_numbers(text: &str) -> String {
    let around = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        before.zip(after).is_some_and(|(before, after)| before.is_ascii_digit() && after.is_ascii_digit())
    };
    text.char_indices().map(|(at, c)| if c == ' ' && around(at) { '\u{A0}' } else { c }).collect()
}

/// The glyphs of a text from left to right: every text on every display passes through here.
fn visual(text: &str, rtl: bool) -> Vec<char> {
    let bare: String = text.chars().filter(|c| is_direction(*c) || !is_invisible(*c)).collect();
    if bare.is_ascii() && !rtl {
        return bare.chars().collect();
    }
    let joined = if bare.chars().any(is_arabic) { ArabicReshaper::default().reshape(&bare) } else { bare };
    let level = if rtl { Level::rtl() } else { Level::ltr() };
    let bidi = BidiInfo::new(&joined, Some(level));
    let mut glyphs = Vec::new();
    for paragraph in &bidi.paragraphs {
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let text = &joined[run.clone()];
            let shown = |c: &char| !is_direction(*c);
            if levels[run.start].is_rtl() {
                glyphs.extend(text.chars().rev().filter(shown).map(mirrored));
            } else {
                glyphs.extend(text.chars().filter(shown));
            }
        }
    }
    glyphs
}

/// The marks of direction that steer a line and do no harm: not the overrides.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}')
}

/// What takes no room: control characters, marks of direction and joining, variation selectors,
/// and the vowel points of Hebrew and Arabic, which names do without.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}'
            | '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{61C}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}'
            | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}')
}

/// The bracket that opens where this one closes, after Unicode's `BidiMirroring.txt`, as far as
/// the fonts go.
const fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::{geometry::Point, pixelcolor::BinaryColor};

    use super::*;
    use crate::{
        canvas::Canvas,
        text::fonts::{DIGITS, WORDS},
    };

    fn fonts() -> Vec<Font> {
        let strikes = WORDS.iter().map(Font::Strike);
        strikes.chain([Font::Outline(20), Font::Outline(133)]).collect()
    }

    fn text(glyphs: &[char]) -> String {
        glyphs.iter().collect()
    }

    const SCRIPTS: [&str; 6] = [
        "Wort ÄÖÜ (AV4) fjord",
        "Zażółć gęślą jaźń ŻÓŁĆ",
        "Ξεσκεπάζω την ΨΥΧΟΦΘΟΡΑ Άγγελος",
        "עטלף אבק נס דרך מזגן",
        "نص حكيم له سر قاطع وذو شأن عظيم",
        "Съешь ещё этих мягких Ґ Є Ї",
    ];

    #[test]
    fn all_five_languages_and_cyrillic_are_drawn_without_boxes_at_every_size() {
        for font in fonts() {
            for script in SCRIPTS {
                let line = Line::new(font, script, false);
                let boxed = line.glyphs.iter().find(|glyph| !font.has(**glyph));
                assert_eq!(boxed, None, "{script} in {font:?}");
            }
        }
    }

    #[test]
    fn a_character_without_a_glyph_is_a_box_of_its_own() {
        for font in fonts() {
            let width = |text| Line::new(font, text, false).width;
            assert!(width("a漢字b") > width("a漢b") && width("a漢b") > width("ab"), "{font:?}");
        }
    }

    #[test]
    fn hebrew_runs_from_right_to_left_and_numbers_in_it_from_left_to_right() {
        // Alef and bet, as characters, since an editor turns them around too.
        const AB: &str = "\u{5D0}\u{5D1}";
        let turned = |text: &str| text.replace("BA", "\u{5D1}\u{5D0}");
        let shown = |text: &str, rtl| self::text(&visual(&text.replace("AB", AB), rtl));
        assert_eq!(shown("AB 12", true), turned("12 BA"));
        assert_eq!(shown("AB 12", false), turned("12 BA"), "a number belongs to the letters before it");
        assert_eq!(shown("x (AB) y", false), turned("x (BA) y"));
        assert_eq!(shown("(AB) xy", true), turned("xy (BA)"));
    }

    #[test]
    fn a_telephone_number_keeps_its_order_in_either_direction() {
        let number = with_whole_numbers("600 700 800");
        assert_eq!(visual(&number, true), visual(&number, false));
        assert_eq!(with_whole_numbers("Ana 600 x 7 8"), "Ana 600 x 7\u{A0}8");
    }

    #[test]
    fn arabic_letters_join_and_lam_with_alef_is_one_glyph() {
        assert_eq!(text(&visual("سلام", true)), "\u{FEE1}\u{FEFC}\u{FEB3}");
    }

    #[test]
    fn vowel_points_and_marks_of_direction_take_no_room() {
        assert_eq!(visual("שָׁלוֹם", true), visual("שלום", true));
        assert_eq!(visual("a\u{202E}b\u{200F}", false), ['a', 'b']);
        assert_eq!(text(&visual(&isolated("128 x 64"), true)), "128 x 64");
    }

    #[test]
    fn a_text_is_cut_in_the_order_it_is_read() {
        let font = Font::Strike(&WORDS[6]);
        for (name, rtl) in
            [("Konstantinopolitanischer Dudelsackpfeifer", false), ("ירושלים של זהב ושל נחושת", true)]
        {
            for room in 0..200 {
                let line = Line::fitted(font, name, rtl, room);
                assert!(line.width <= room);
                let end = if rtl { line.glyphs.first() } else { line.glyphs.last() };

                assert!(
                    end.is_none_or(|end| *end == ELLIPSIS) || line == Line::new(font, name, rtl),
                    "{room}"
                );
            }
        }
        let cut = Line::fitted(font, "ירושלים של זהב", true, 60);
        assert_eq!(cut.glyphs.last(), Some(&'י'), "the first letter stays, on the right");
        let cut = Line::fitted(font, "Bartholomew Featherstonehaugh", true, 60);
        assert_eq!((cut.glyphs.first(), cut.glyphs.last()), (Some(&'B'), Some(&ELLIPSIS)));
    }

    #[test]
    fn no_ink_lies_outside_of_what_was_measured() {
        for font in fonts() {
            for script in SCRIPTS.into_iter().chain(["jour", "漢", "ǰ"]) {
                let line = Line::new(font, script, false);
                let (width, height) = (line.width + 40, line.up + line.down + 40);
                let mut canvas = Canvas::new(width as u32, height as u32);
                let mut pen = Point::new(20 + line.lead, 20 + line.up);
                for glyph in &line.glyphs {
                    let colors = [BinaryColor::Off, BinaryColor::On];
                    let Ok(()) = font.draw(*glyph, pen, colors, &mut canvas);
                    pen.x += font.measure(*glyph).advance;
                }
                for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                    let inside =
                        (20..20 + line.width).contains(&x) && (20..20 + line.up + line.down).contains(&y);
                    assert!(inside || !canvas.pixel(x, y), "{script} in {font:?} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn digits_are_of_one_width_in_every_size() {
        let sizes = DIGITS.iter().map(Font::Strike).chain(fonts());
        for font in sizes {
            for digits in ['0'..='9', '٠'..='٩'] {
                let widths: Vec<_> = digits.map(|digit| font.measure(digit).advance).collect();
                assert!(widths.iter().all(|width| *width == widths[0]), "{font:?}: {widths:?}");
            }
        }
    }
}
