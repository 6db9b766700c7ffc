//! The day's figures: how many came, how many were answered, how fast, how well.
//!
//! Owns which figures there are and what is left out first where there is no room. Refuses to
//! show a figure that is not known: there is a dash, or words.

use alloc::string::{String, ToString};

use embedded_graphics::draw_target::DrawTarget;

use super::{Scene, Tier, faded, list};
use crate::{
    figures,
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    snapshot::Today,
    words::Short,
};

/// Narrower displays show half of the figures.
const MIN_WIDE: i32 = 95;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let body = list::under_title(scene, &[scene.words.today], area, pen)?;
    let Some(today) = &scene.snapshot.today else {
        return list::nothing(scene.words.not_yet, body, pen);
    };
    let figures = figures(scene, today);
    let (upper, lower) = body.cut_top(body.h / 2);
    let places = match (scene.tier, body.w < MIN_WIDE) {
        (Tier::Strip, true) if !scene.live() => vec_of([body]),
        (Tier::Strip, true) => vec_of([upper, lower]),
        (Tier::Strip, false) => vec_of([body.cut_left(body.w / 2).0, body.cut_left(body.w / 2).1]),
        _ => {
            let halves = |row: Area| row.cut_left(row.w / 2);
            let ((a, b), (c, d)) = (halves(upper), halves(lower));
            vec_of([a, b, c, d])
        }
    };
    // Where there are two places, those are for how many were answered, and how well.
    let skip = if places.len() == 4 { 0 } else { 1 };
    let chosen = figures.iter().skip(skip).step_by(if places.len() == 4 { 1 } else { 2 });
    for (place, (words, value)) in places.into_iter().zip(chosen) {
        tile(scene, words, value, place.inset(scene.gap / 2, scene.gap / 4), pen)?;
    }
    faded(scene, body, pen)
}

fn vec_of<const N: usize>(places: [Area; N]) -> alloc::vec::Vec<Area> {
    places.into()
}

fn figures(scene: &Scene, today: &Today) -> [(Short, String); 4] {
    let words = scene.words;
    let share = |share: Option<f64>| share.map_or("–".to_string(), |share| words.share(share));
    let median = today.median_first_reply_s.map_or("–".to_string(), |median| scene.roughly(median));
    [
        (words.received, figures::count(today.received, words)),
        (words.answered, share(today.answer_rate)),
        (words.first_reply, median),
        (words.in_target, share(today.in_target_rate)),
    ]
}

/// A figure above its word, or beside it where there is no height for both.
fn tile<D>(scene: &Scene, words: &Short, value: &str, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let small = pen.case.small().cap();
    if area.h < 2 * small + scene.gap {
        return tile_in_line(scene, words, value, area, pen);
    }
    let (number, word) = area.cut_bottom((area.h * 2 / 7).max(small + scene.gap - 1));
    let number = if pen.case.outlined { number.inset(scene.gap, scene.gap / 2) } else { number };
    pen.say(&[value], number, Align::Middle, Role::Number)?;
    let word = if pen.case.outlined { word.cut_top(word.h * 2 / 3).0 } else { word };
    pen.say(words, word, Align::Middle, Role::Text).map(drop)
}

fn tile_in_line<D>(
    scene: &Scene,
    words: &Short,
    value: &str,
    area: Area,
    pen: &mut Pen<D>,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let used = pen.say(&[value], area, Align::Start, Role::Number)?;
    let word = area.cut_left(used + scene.gap).1;
    pen.say(words, word, Align::Start, Role::Text).map(drop)
}
