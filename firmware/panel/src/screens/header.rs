//! The line above the numbers: state or reason for distrust, small signs, the next deadline.
//!
//! Owns what is said in one line and what is left out first when it is narrow. Refuses to
//! know the page below it.

use alloc::{format, string::String};

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{
    Scene,
    signs::{self, Keep},
};
use crate::{
    figures::{self, Span},
    fonts::SMALL,
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
    shapes::Shape,
    snapshot::Trust,
    words::Short,
};

/// Pixels between the parts of the line.
const GAP: i32 = 4;

/// Room that the word for the state keeps in any case: a long one in the smallest font.
const MIN_WORD: i32 = 56;

/// How the floor stands: its shape, its ink, its word, and how many conversations it counts.
pub fn standing(scene: &Scene) -> (Shape, Role, Short, Option<u32>) {
    let (snapshot, words) = (scene.snapshot, scene.words);
    if snapshot.breached > 0 {
        (Shape::Square, Role::Breached, words.breached, Some(snapshot.breached))
    } else if snapshot.at_risk > 0 {
        (Shape::Triangle, Role::AtRisk, words.at_risk, Some(snapshot.at_risk))
    } else {
        (Shape::Ring, Role::Fine, words.fine, None)
    }
}

/// The whole line: the state on the left, signs on the right, the next deadline where room is
/// left. While the data is not live the hatched band takes its place.
pub fn state_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let area = signs::usual(scene, area, keep(scene, area.h), pen)?;
    if !scene.live() {
        return distrust_band(scene, area, pen);
    }
    let (shape, role, wordings, count) = standing(scene);
    let side = shape_side(area.h);
    pen.fill_all(shape.pixels(area.x, area.y + (area.h - side) / 2, side), role)?;
    let (_, rest) = area.cut_left(side + GAP);
    let number = count.map(figures::count).unwrap_or_default();
    let counted = wordings.map(|word| format!("{word} {number}"));
    let wordings = [counted[0].trim_end(), wordings[0], counted[1].trim_end(), wordings[1]];
    // Before a breach the next deadline matters more than a large word, after it less.
    let due = next_due(scene);
    let reserved = match (shape, &due) {
        (Shape::Ring | Shape::Triangle, Some(due)) => SMALL.width(due) + GAP,
        _ => 0,
    };
    let room = if rest.w - reserved >= MIN_WORD { rest.w - reserved } else { rest.w };
    let (font, word) = best(&wordings, room, area.h - 4);
    let top = rest.centered(0, font.above()).y;
    let width = pen.text(font, word, Point::new(rest.x, top), rest.w, role)?;
    let (_, rest) = rest.cut_left(width + GAP);
    match due {
        Some(due) if SMALL.width(&due) <= rest.w => right_aligned(&due, rest, pen),
        _ => Ok(()),
    }
}

/// What the line needs beside the signs: the word of the state, or the reason for distrust.
pub fn keep(scene: &Scene, height: i32) -> Keep {
    let (beside, [long, short]) = match scene.words.trust(scene.snapshot.trust) {
        Some(wordings) => (6 * GAP, wordings),
        None => (shape_side(height) + GAP, standing(scene).2),
    };
    Keep { wish: beside + SMALL.width(long), need: beside + SMALL.width(short) }
}

const fn shape_side(height: i32) -> i32 {
    (height - 4) | 1
}

/// The time left until the next deadline, in its largest unit only: minutes that pass change
/// the picture, seconds do so in the last one.
fn next_due(scene: &Scene) -> Option<String> {
    let due = scene.snapshot.next_due.as_ref()?;
    let left = Span::of(due.in_s, scene.words).major;
    Some(format!("{} {}{}", scene.words.due, left.value, left.unit))
}

fn right_aligned<D>(text: &str, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let width = SMALL.width(text);
    let top_left = Point::new(area.x + area.w - width, area.centered(0, SMALL.above()).y);
    pen.text(SMALL, text, top_left, width, Role::Text).map(drop)
}

/// Hatching with the reason for distrust in the middle of it, and since when if that fits.
pub fn distrust_band<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some([long, short]) = scene.words.trust(scene.snapshot.trust) else { return Ok(()) };
    pen.hatch(area, Role::Text)?;
    let room = area.inset(2 * GAP, 0);
    let timed = since(scene).map(|[since, _]| format!("{long} {since}"));
    let (font, text) = best(&[timed.as_deref().unwrap_or(long), long, short], room.w - 2 * GAP, area.h - 4);
    let width = font.width(&font.fitted(text, room.w));
    let plate = room.centered(width + 2 * GAP, area.h);
    let plate = Area::new(plate.x, area.y, width + 2 * GAP, area.h);
    pen.fill(plate, Role::Ground)?;
    pen.text_centered(font, text, plate, Role::Text)
}

/// Since when the data is not live: the time of day within a day, else how long. Nothing
/// while the clock is not set, when no time means anything. The second wording is shorter.
pub fn since(scene: &Scene) -> Option<[String; 2]> {
    let (snapshot, words) = (scene.snapshot, scene.words);
    if snapshot.trust == Trust::Clock {
        return None;
    }
    let age = snapshot.at.age_secs(snapshot.trust_since);
    if age >= 86_400 {
        let span = Span::of(age, words).text();
        return Some([format!("{} {span}", words.lasting), span]);
    }
    let time = scene.time(snapshot.trust_since);
    Some([format!("{} {time}", words.since), time])
}
