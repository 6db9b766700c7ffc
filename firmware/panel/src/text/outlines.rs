//! Type of any size, from outlines, with soft edges: for displays large enough to want it.
//!
//! Owns the outline font and what was drawn of it before, since a board draws the same few
//! glyphs every second. Refuses to choose a size.

extern crate std;

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::OnceLock, thread_local, vec, vec::Vec};

use ab_glyph::{Font as _, FontRef, GlyphId};

use crate::text::strike::Glyph;

/// Bytes of drawn glyphs that a thread keeps: every size on the busiest page of a 4K television
/// takes a quarter of it. Beyond, all are forgotten and drawn again.
const MAX_KEPT: usize = 16 << 20;

/// The height of a capital in the font's own units: what `fonts/make.py` prints.
const CAP_UNITS: f32 = 714.0;

static FONT: OnceLock<FontRef<'static>> = OnceLock::new();

fn font() -> &'static FontRef<'static> {
    FONT.get_or_init(|| {
        FontRef::try_from_slice(include_bytes!("../../fonts/panel.ttf"))
            .expect("the font was made by our own script")
    })
}

/// A glyph, drawn: what its ink covers whole, row by row, and what it covers in part. Most of a
/// large digit is whole, and a run of pixels is filled faster than as many pixels are mixed.
pub struct Mask {
    /// Where its ink is.
    pub glyph: Glyph,
    /// Runs of whole pixels: column, row, how many.
    pub runs: Vec<[u16; 3]>,
    /// The edges: column, row, and how much is covered, in 255ths.
    pub edges: Vec<([u16; 2], u8)>,
}

/// What a glyph measures in the font's own units.
#[derive(Clone, Copy)]
struct Units {
    advance: f32,
    /// Left, right, top and bottom of the ink; `None`: it has none.
    ink: Option<[f32; 4]>,
}

#[derive(Default)]
struct Kept {
    units: HashMap<char, Option<Units>>,
    masks: HashMap<(char, u16), Rc<Mask>>,
    bytes: usize,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Where a glyph's ink is at most, if the font has it.
pub fn measure(character: char, cap: u16) -> Option<Glyph> {
    let units =
        KEPT.with_borrow_mut(|kept| *kept.units.entry(character).or_insert_with(|| units(character)))?;
    let scale = f32::from(cap) / CAP_UNITS;
    let advance = (units.advance * scale).round() as i32;
    let Some([left, right, top, bottom]) = units.ink else {
        return Some(Glyph { advance, ..Glyph::default() });
    };
    let (left, right) = ((left * scale).floor() as i32, (right * scale).ceil() as i32);
    let (top, bottom) = ((top * scale).ceil() as i32, (bottom * scale).floor() as i32);
    Some(Glyph { advance, left, top, width: right - left, height: top - bottom })
}

/// The glyph drawn, if the font has it.
pub fn mask(character: char, cap: u16) -> Option<Rc<Mask>> {
    let glyph = measure(character, cap)?;
    KEPT.with_borrow_mut(|kept| {
        if let Some(mask) = kept.masks.get(&(character, cap)) {
            return Some(Rc::clone(mask));
        }
        if kept.bytes > MAX_KEPT {
            kept.masks.clear();
            kept.bytes = 0;
        }
        let mask = Rc::new(draw(character, cap, glyph));
        kept.bytes += size_of_val(&mask.runs[..]) + size_of_val(&mask.edges[..]);
        kept.masks.insert((character, cap), Rc::clone(&mask));
        Some(mask)
    })
}

fn units(character: char) -> Option<Units> {
    let id = font().glyph_id(character);
    if id == GlyphId(0) {
        return None;
    }
    let ink = font().outline(id).map(|outline| outline.bounds);
    // In these bounds up is positive and `min` is the upper left corner.
    let ink = ink.map(|bounds| {
        [bounds.min.x, bounds.max.x, bounds.min.y.max(bounds.max.y), bounds.min.y.min(bounds.max.y)]
    });
    Some(Units { advance: font().h_advance_unscaled(id), ink })
}

fn draw(character: char, cap: u16, glyph: Glyph) -> Mask {
    let (width, height) = (glyph.width as usize, glyph.height as usize);
    let mut coverage = vec![0; width * height];
    let scale = f32::from(cap) / CAP_UNITS * font().height_unscaled();
    let outlined = font().outline_glyph(font().glyph_id(character).with_scale(scale));
    if let Some(outlined) = outlined {
        let bounds = outlined.px_bounds();
        let (dx, dy) = (bounds.min.x as i32 - glyph.left, bounds.min.y as i32 + glyph.top);
        outlined.draw(|x, y, covered| {
            let (x, y) = (x as i32 + dx, y as i32 + dy);
            if (0..glyph.width).contains(&x) && (0..glyph.height).contains(&y) {
                coverage[y as usize * width + x as usize] = (covered.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        });
    }
    sorted(glyph, &coverage)
}

/// What is covered whole, and what in part.
fn sorted(glyph: Glyph, coverage: &[u8]) -> Mask {
    let mut mask = Mask { glyph, runs: Vec::new(), edges: Vec::new() };
    for (y, row) in (0..).zip(coverage.chunks(glyph.width.max(1) as usize)) {
        for (x, covered) in (0..).zip(row) {
            match (covered, mask.runs.last_mut()) {
                (0, _) => {}
                (255, Some([start, at, count])) if *at == y && *start + *count == x => *count += 1,
                (255, _) => mask.runs.push([x, y, 1]),
                _ => mask.edges.push(([x, y], *covered)),
            }
        }
    }
    mask
}
