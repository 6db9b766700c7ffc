//! The day's figures: how many came, how many were answered, how fast, how well.
//!
//! Owns which figures there are and what is left out first where there is no room. Refuses to
//! show a figure that is not known: there is a dash, or words.

use alloc::{string::String, vec};

use embedded_graphics::draw_target::DrawTarget;

use super::{MIN_WIDE, Scene, faded, list};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    snapshot::Today,
    text::figures::{self, Quantity, Span},
    words::Short,
};

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
        (_, true) => vec![upper, lower],
        (true, false) => vec![halves(body).0, halves(body).1],
        (false, false) => {
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

fn figures(scene: &Scene, today: &Today) -> [(Short, Quantity); 4] {
    let words = scene.words;
    let bare = |value: String| Quantity { value, unit: "" };
    let unknown = || bare("–".into());
    let share = |share: Option<f64>| share.map_or_else(unknown, |share| bare(words.share(share)));
    let median = today.median_first_reply_s.map(|median| Span::of(median, words).major);
    [
        (words.received, bare(figures::count(today.received, words))),
        (words.answered, share(today.answer_rate)),
        (words.first_reply, median.unwrap_or_else(unknown)),
        (words.in_target, share(today.in_target_rate)),
    ]
}

/// A figure above its word, or beside it where there is no height for both.
fn tile<D>(
    scene: &Scene,
    words: &Short,
    value: &Quantity,
    area: Area,
    pen: &mut Pen<D>,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let small = pen.case.small().cap();
    let outlined = pen.case.outlined;
    if area.h < small + scene.low_line() {
        let used = number(value, area, Align::Start, pen)?;
        let word = area.cut_left(used + scene.gap).1;
        return pen.say(words, word, Align::Start, Role::Text).map(drop);
    }
    let least = if outlined { 2 * small } else { scene.low_line() - 1 };
    let (upper, word) = area.cut_bottom((area.h * 2 / 7).max(least));
    let upper = if outlined { upper.inset(scene.gap, scene.gap / 2) } else { upper };
    number(value, upper, Align::Middle, pen)?;
    let word = if outlined { word.cut_top((word.h * 2 / 3).max(2 * small)).0 } else { word };
    pen.say(words, word, Align::Middle, Role::Text).map(drop)
}

/// A figure as large as it gets; gives the columns it takes.
fn number<D>(value: &Quantity, area: Area, align: Align, pen: &mut Pen<D>) -> Result<i32, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (figure, span) = pen.case.span(&Span { major: value.clone(), minor: None }, area);
    pen.span(&figure, &span, area, align, Role::Number)
}
