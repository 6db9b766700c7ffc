//! The data cannot be believed: why, and since when.
//!
//! Owns the page that takes the place of the numbers. It shows none, but for drift, where
//! they are nearly right: then the page of the numbers is shown under the hatched band.
//! Refuses to look like any page with fresh numbers.

use embedded_graphics::draw_target::DrawTarget;

use super::{
    MIN_TALL, Scene, header, now,
    signs::{self, Keep},
};
use crate::{
    layout::{self, Area, best},
    look::{Palette, Role},
    pen::Pen,
    snapshot::Trust,
};

/// Rows of hatching above the words. Two-colour modules change colour after row 15.
const BAND: i32 = 14;

/// Columns of hatching beside the words at most, on low displays.
const MAX_COLUMN: i32 = 20;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let wordings = match scene.snapshot.trust {
        // Nothing is wrong, should the page be asked for all the same.
        Trust::Live | Trust::Drift => None,
        other => scene.words.trust(other),
    };
    let Some(wordings) = wordings else { return now::draw(scene, area, pen) };
    let (band, body) =
        if area.h >= MIN_TALL { area.cut_top(BAND) } else { area.cut_left((area.w / 6).min(MAX_COLUMN)) };
    pen.hatch(band, Role::Text)?;
    let body = if area.h >= MIN_TALL { body.cut_top(2).1 } else { body.cut_left(4).1 };
    let body = signs::usual(scene, body, Keep::of(body.w * 2 / 3), pen)?;
    let [words, _] = wordings;
    match header::since(scene) {
        None if layout::paragraph_fits(words, body) => pen.paragraph(words, body, true),
        None => {
            let (font, text) = best(&wordings, body.w, body.h);
            pen.text_centered(font, text, body, Role::Text)
        }
        Some([since, bare]) => {
            let (upper, lower) = body.cut_top(body.h / 2);
            let (font, text) = best(&wordings, upper.w, upper.h - 2);
            pen.text_centered(font, text, upper, Role::Text)?;
            let (font, text) = best(&[&since, &bare], lower.w, lower.h * 2 / 3);
            pen.text_centered(font, text, lower, Role::Text)
        }
    }
}
