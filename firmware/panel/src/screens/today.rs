//! The day's figures: how many came, how many were answered, how fast, how well.
//!
//! Owns which figures there are and what is left out first where there is no room. Refuses to
//! show a figure that is not known: there is a dash, or words.

use alloc::{
    string::{String, ToString},
    vec,
};

use embedded_graphics::draw_target::DrawTarget;

use super::{Scene, faded, list};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    snapshot::Today,
    text::figures,
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
    let halves = |row: Area| row.cut_left(row.w / 2);
    let row = 2 * scene.low_line();
    let places = match (body.h < 2 * row - scene.gap, body.w < MIN_WIDE) {
        (true, true) if body.h < row => vec![body],
        (true, true) => vec![upper, lower],
        (true, false) => vec![halves(body).0, halves(body).1],
        (false, _) => {
            let ((a, b), (c, d)) = (halves(upper), halves(lower));
            vec![a, b, c, d]
        }
    };
    // Where there are two places, those are for how many were answered, and how well.
    let skip = usize::from(places.len() != 4);
    let chosen = figures.iter().skip(skip).step_by(if places.len() == 4 { 1 } else { 2 });
    for (place, (words, value)) in places.into_iter().zip(chosen) {
        tile(scene, words, value, place.inset(scene.gap / 2, scene.gap / 4), pen)?;
    }
    faded(scene, body, pen)
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
    if area.h < small + scene.low_line() {
        return tile_in_line(scene, words, value, area, pen);
    }
    let (number, word) = area.cut_bottom((area.h * 2 / 7).max(if pen.case.outlined {
        2 * small
    } else {
        scene.low_line() - 1
    }));
    let number = if pen.case.outlined { number.inset(scene.gap, scene.gap / 2) } else { number };
    pen.say(&[value], number, Align::Middle, Role::Number)?;
    let word = if pen.case.outlined { word.cut_top((word.h * 2 / 3).max(2 * small)).0 } else { word };
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
