//! The floor is shut: that it is, when it opens, and how many wait meanwhile.
//!
//! Owns the picture of a shop's door: a framed sign that no other page has, so that nobody
//! takes it for a calm floor or a dead feed. Refuses to know the calendar, and to speak of
//! single alarms: a sign tells how many there are.

use alloc::{format, string::String, vec::Vec};

use chrono::{Datelike, TimeDelta, Timelike};
use embedded_graphics::draw_target::DrawTarget;

use super::{
    MIN_WIDE, Scene, Tier, faded, header, rows_of,
    signs::{self, Keep},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    text::{
        case,
        figures::{self, Span},
    },
    time::Timestamp,
};

/// An opening within so many hours needs no day: it is the next one with that time on a clock.
const HOURS_WITHOUT_DAY: i64 = 20;

/// Within so many days a weekday says which day it is; beyond, only the date does.
const DAYS_WITH_WEEKDAY: i64 = 6;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let area = scene.inner(area);
    if scene.tier == Tier::Strip && area.w < MIN_WIDE {
        return narrow(scene, area, pen);
    }
    if scene.tier == Tier::Strip {
        let word = scene.words.counted(scene.words.waiting, scene.snapshot.waiting);
        let worded = pen.case.width(pen.case.small(), word) <= area.w / 3;
        let (left, right) = area.cut_left(if worded { area.w / 3 } else { area.w / 4 });
        waiting_in_column(scene, left, pen)?;
        let (line, below) = right.cut_left(scene.gap).1.cut_top(area.h / 2);
        top_line(scene, line, pen)?;
        return opening(scene, below, pen);
    }
    let (line, body) =
        area.cut_top(if scene.tier == Tier::Small { scene.header(area) } else { rows_of(area) / 5 });
    top_line(scene, line, pen)?;
    let (upper, lower) = body.cut_top(body.h * 2 / 5);
    let upper = if pen.case.outlined { upper.centered(upper.w, upper.h * 2 / 3) } else { upper };
    opening(scene, upper, pen)?;
    waiting(scene, lower.cut_top(lower.h / 10).1, pen)
}

/// Where there is no room beside each other: the word and how many wait, above when it opens.
fn narrow<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h / 2);
    if !scene.live() {
        header::distrust_band(scene, upper, pen)?;
        return opening(scene, lower, pen);
    }
    let number = figures::count_within(scene.snapshot.waiting, area.w / 4, scene.words, pen.case);
    let line = pen.case.figure(upper.h, |figure| figure.width(&number) <= area.w / 4).value(&number);
    let (left, right) = upper.cut_right(line.width);
    pen.text(&line, right, Align::End, Role::Number)?;
    let word = pen.case.line(pen.case.small(), scene.words.closed, left.w - 2);
    pen.text(&word, left, Align::Start, Role::Text)?;
    opening(scene, lower, pen)
}

/// The framed word first, signs last.
fn top_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let word = scene.words.closed;
    let margin = 2 * scene.gap;
    let case = pen.case;
    let keep = if scene.live() {
        Keep::of(case.width(case.small(), word) + margin)
    } else {
        header::keep(scene, area.h, case)
    };
    let tags: Vec<_> = signs::unacked(scene, case).into_iter().chain(signs::tags(scene, case)).collect();
    let area = signs::draw(scene, &tags, area, keep, pen)?;
    if !scene.live() {
        return header::distrust_band(scene, area, pen);
    }
    let rows = if case.outlined { area.h * 2 / 3 } else { area.h - 2 };
    let line = case.best(&[word], area.w - margin, rows);
    let plate = area.cut_left(line.width + margin).0;
    pen.frame(plate, (line.font.cap() / 8).max(1), Role::Text)?;
    pen.text(&line, plate, Align::Middle, Role::Text)
}

/// When it opens, as large as it gets.
fn opening<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(opens_at) = scene.snapshot.closed.and_then(|closed| closed.opens_at) else { return Ok(()) };
    let (time, then) = (written(scene, opens_at), scene.look.local_opening(opens_at));
    let sentence = format!("{} {time}", scene.words.opens);
    let bare = scene.words.time(then.hour(), then.minute());
    pen.say(&[&sentence, &time, &bare], area, Align::Start, Role::Text).map(drop)
}

/// The local time of an opening, with as much of its day as is needed to know it.
fn written(scene: &Scene, opens_at: Timestamp) -> String {
    let (now, then) = (scene.look.local(scene.snapshot.at), scene.look.local_opening(opens_at));
    let time = scene.words.time(then.hour(), then.minute());
    if then - now < TimeDelta::hours(HOURS_WITHOUT_DAY) {
        time
    } else if then.date() - now.date() <= TimeDelta::days(DAYS_WITH_WEEKDAY) {
        format!("{} {time}", scene.words.weekdays[then.weekday().num_days_from_monday() as usize])
    } else {
        format!("{} {time}", scene.words.date(then.day(), then.month0()))
    }
}

/// How many wait, and beside it the word and, where there is room, how long the first of
/// them has.
fn waiting<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let word = scene.words.counted(scene.words.waiting, scene.snapshot.waiting);
    let case = pen.case;
    let number = figures::count_within(scene.snapshot.waiting, area.w, scene.words, case);
    let beside = 2 * scene.gap + case.width(case.small(), word);
    let figure = case.figure(area.h, |figure| figure.width(&number) + beside <= area.w);
    let line = figure.value(&number);
    pen.text(&line, area, Align::Start, Role::Number)?;
    let right = area.cut_left(line.width + 2 * scene.gap).1;
    let right = right.centered(right.w, right.h.min((figure.digits.cap() * 5 / 4).max(pen.case.line_rows())));
    let age = scene.snapshot.oldest.as_ref().map(|oldest| Span::of(oldest.waiting_s, scene.words).text());
    let small = |text: &str| case.line(case.small(), text, right.w);
    let both = |age: &String| 2 * case::pitch(&[small(word), small(age)]) <= right.h;
    match age.filter(both) {
        Some(age) => two_lines([word, &age], right, pen)?,
        None => _ = pen.say(&[word], right, Align::Start, Role::Text)?,
    }
    faded(scene, area, pen)
}

/// Two lines in one font, as large as fits.
fn two_lines<D>(texts: [&str; 2], area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h / 2);
    let (upper, lower) = if pen.case.outlined {
        (upper.inset(0, upper.h / 8), lower.inset(0, lower.h / 8))
    } else {
        (upper, lower)
    };
    let best = texts.map(|text| pen.case.best(&[text], area.w, upper.h.min(lower.h)));
    let font = if best[0].font.cap() < best[1].font.cap() { best[0].font } else { best[1].font };
    for (text, place) in texts.into_iter().zip([upper, lower]) {
        let line = pen.case.line(font, text, area.w);
        pen.text(&line, place, Align::Start, Role::Text)?;
    }
    Ok(())
}

/// How many wait, above the word for it.
fn waiting_in_column<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let word = scene.words.counted(scene.words.waiting, scene.snapshot.waiting);
    let worded = pen.case.width(pen.case.small(), word) <= area.w;
    let (upper, lower) = if worded { area.cut_top(area.h * 3 / 5) } else { area.cut_top(area.h) };
    let number = figures::count_within(scene.snapshot.waiting, upper.w, scene.words, pen.case);
    let figure = pen.case.figure(upper.h, |figure| figure.width(&number) <= upper.w);
    pen.text(&figure.value(&number), upper, Align::Middle, Role::Number)?;
    if worded {
        let line = pen.case.line(pen.case.small(), word, lower.w);
        pen.text(&line, lower, Align::Middle, Role::Text)?;
    }
    faded(scene, area, pen)
}
