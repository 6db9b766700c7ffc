//! The floor is shut: that it is, when it opens, and how many wait meanwhile.
//!
//! Owns the picture of a shop's door: a framed sign that no other page has, so that nobody
//! takes it for a calm floor or a dead feed. Refuses to know the calendar, and to speak of
//! single alarms: a sign tells how many there are.

use alloc::{format, string::String, vec::Vec};

use chrono::{Datelike, TimeDelta, Timelike};
use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{
    MIN_TALL, Scene, faded, header, header_rows,
    signs::{self, Keep},
};
use crate::{
    figures::{self, Span},
    fonts::{SMALL, WORDS},
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
    text::Font,
    time::Timestamp,
};

/// Pixels between the parts of the page.
const GAP: i32 = 4;

/// An opening within so many hours needs no day: it is the next one with that time on a clock.
const HOURS_WITHOUT_DAY: i64 = 20;

/// Within so many days a weekday says which day it is; beyond, only the date does.
const DAYS_WITH_WEEKDAY: i64 = 6;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if area.h >= MIN_TALL {
        let (line, body) = area.cut_top(header_rows(area));
        top_line(scene, line, pen)?;
        let (upper, lower) = body.cut_top(body.h * 2 / 5);
        opening(scene, upper, pen)?;
        waiting(scene, lower.cut_top(lower.h / 10).1, pen)
    } else {
        let (left, right) = area.cut_left(area.w * 2 / 7);
        waiting_in_column(scene, left, pen)?;
        let (line, below) = right.cut_left(GAP).1.cut_top(area.h / 2 - 1);
        top_line(scene, line, pen)?;
        opening(scene, below, pen)
    }
}

/// The framed word on the left, signs on the right.
fn top_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let word = scene.words.closed;
    let margin = 2 * GAP;
    let keep = if scene.live() { Keep::of(SMALL.width(word) + margin) } else { header::keep(scene, area.h) };
    let tags: Vec<_> = signs::unacked(scene).into_iter().chain(signs::tags(scene)).collect();
    let area = signs::draw(&tags, area, keep, pen)?;
    if !scene.live() {
        return header::distrust_band(scene, area, pen);
    }
    let (font, word) = best(&[word], area.w - margin, area.h - 4);
    let plate = area.cut_left(font.width(word) + margin).0;
    pen.frame(plate, Role::Text)?;
    pen.text_centered(font, word, plate, Role::Text)
}

/// When it opens, as large as it gets.
fn opening<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(time) = scene.snapshot.closed.and_then(|closed| closed.opens_at).map(|at| written(scene, at))
    else {
        return Ok(());
    };
    let sentence = format!("{} {time}", scene.words.opens);
    let (font, text) = best(&[&sentence, &time], area.w, area.h - 4);
    let top = area.centered(0, font.above()).y;
    pen.text(font, text, Point::new(area.x, top), area.w, Role::Text).map(drop)
}

/// The local time of an opening, with as much of its day as is needed to know it.
fn written(scene: &Scene, opens_at: Timestamp) -> String {
    let (now, then) = (scene.look.local(scene.snapshot.at), scene.look.local_opening(opens_at));
    let time = format!("{:02}:{:02}", then.hour(), then.minute());
    if then - now < TimeDelta::hours(HOURS_WITHOUT_DAY) {
        time
    } else if then.date() - now.date() <= TimeDelta::days(DAYS_WITH_WEEKDAY) {
        format!("{} {time}", scene.words.weekdays[then.weekday().num_days_from_monday() as usize])
    } else {
        format!("{} {} {time}", then.day(), scene.words.months[then.month0() as usize])
    }
}

/// How many wait, and beside it the word and, where there is room, how long the first of
/// them has.
fn waiting<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let word = scene.words.waiting;
    let number = figures::count_within(scene.snapshot.waiting, area.w);
    let beside = 2 * GAP + SMALL.width(word);
    let figure = figures::largest(area.h, |figure| figure.width(&number) + beside <= area.w);
    let top = area.centered(0, figure.digits.above()).y;
    let width = pen.text(figure.digits, &number, Point::new(area.x, top), area.w, Role::Number)?;
    let right = area.cut_left(width + 2 * GAP).1;
    let age = scene.snapshot.oldest.as_ref().map(|oldest| Span::of(oldest.waiting_s, scene.words).text());
    if let Some(age) = age.filter(|_| right.h >= 2 * SMALL.above() + GAP) {
        two_lines([word, &age], right, pen)?;
    } else {
        let (font, _) = best(&[word], right.w, right.h - GAP);
        let top = right.centered(0, font.height()).y;
        pen.text(font, word, Point::new(right.x, top), right.w, Role::Text)?;
    }
    faded(scene, area, pen)
}

/// Two lines in one font, as large as fits; the second has no tails.
fn two_lines<D>(lines: [&str; 2], area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let pitch = |font: &Font| font.height().max(font.above() + GAP);
    let fits = |font: &&&Font| {
        pitch(font) + font.above() <= area.h && lines.iter().all(|line| font.width(line) <= area.w)
    };
    let font = WORDS.iter().find(fits).copied().unwrap_or(SMALL);
    let pitch = pitch(font);
    let top = area.centered(0, pitch + font.above()).y;
    pen.text(font, lines[0], Point::new(area.x, top), area.w, Role::Text)?;
    pen.text(font, lines[1], Point::new(area.x, top + pitch), area.w, Role::Text).map(drop)
}

/// How many wait, above the word for it.
fn waiting_in_column<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h - SMALL.height());
    let number = figures::count_within(scene.snapshot.waiting, upper.w);
    let figure = figures::largest(upper.h - 1, |figure| figure.width(&number) <= upper.w);
    let corner = upper.centered(figure.width(&number), figure.digits.height());
    pen.text(figure.digits, &number, corner, upper.w, Role::Number)?;
    let word = scene.words.waiting;
    let width = SMALL.width(&SMALL.fitted(word, lower.w));
    pen.text(SMALL, word, Point::new(lower.centered(width, 0).x, lower.y), lower.w, Role::Text)?;
    faded(scene, area, pen)
}
