//! The data cannot be believed: why, and since when.
//!
//! Owns the page that takes the place of the numbers. It shows none, but for drift, where
//! they are nearly right: then the page of the numbers is shown under the hatched band.
//! Refuses to look like any page with fresh numbers.

use embedded_graphics::draw_target::DrawTarget;

use super::{
    MIN_WIDE, Scene, Tier, header, now, rows_of,
    signs::{self, Keep},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    snapshot::Trust,
};

/// Rows of hatching above the words on a small display. Two-colour modules change colour after
/// row 15.
const BAND: i32 = 14;

/// Columns of hatching beside the words at most, on low displays.
const MAX_COLUMN: i32 = 20;

/// Columns of hatching on the narrowest, where the words need all the rest.
const MIN_COLUMN: i32 = 3;

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
    let (band, body) = match scene.tier {
        Tier::Strip if area.w < MIN_WIDE => area.cut_left(MIN_COLUMN),
        Tier::Strip => area.cut_left((area.w / 10).min(MAX_COLUMN)),
        Tier::Small => area.cut_top(BAND),
        Tier::Medium | Tier::Wall => area.cut_top(rows_of(area) / 5),
    };
    pen.hatch(band, Role::Text)?;
    let body = if scene.tier == Tier::Strip { body.cut_left(2).1 } else { body.cut_top(2).1 };
    let body = if scene.tier == Tier::Wall { body.inset(scene.gap, 0) } else { body };
    let body = signed(scene, body, pen)?;
    let [words, _] = wordings;
    let body = if scene.tier == Tier::Wall { body.inset(scene.gap, scene.gap) } else { body };
    match header::since(scene) {
        None if pen.case.paragraph(words, body).is_some() => pen.paragraph(words, body, Align::Middle),
        None => pen.say(&wordings, body, Align::Middle, Role::Text).map(drop),
        Some([since, bare]) => {
            let (upper, lower) = body.cut_top(body.h / 2);
            pen.say(&wordings, upper, Align::Middle, Role::Text)?;
            let lower = lower.centered(lower.w, lower.h * 3 / 4);
            pen.say(&[&since, &bare], lower, Align::Middle, Role::Text).map(drop)
        }
    }
}

/// The signs: at the end of a line of their own where there is height, beside the words else.
fn signed<D>(scene: &Scene, body: Area, pen: &mut Pen<D>) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let keep = Keep::of(body.w * 2 / 3);
    if scene.tier < Tier::Medium {
        return signs::usual(scene, body, keep, pen);
    }
    let (rest, line) = body.cut_bottom(body.h / 6);
    signs::usual(scene, line, keep, pen)?;
    Ok(rest)
}
