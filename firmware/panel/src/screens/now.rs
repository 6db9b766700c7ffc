//! How many wait and how long the first of them has waited.
//!
//! Owns the page that answers "are we fine?" in one second: one number, one age, one shape
//! with its word; on a wall the list of the worst beside them. Refuses to show anything that
//! would make those smaller.

use embedded_graphics::draw_target::DrawTarget;

use super::{
    MIN_WIDE, Scene, Tier, faded,
    header::{self, Title},
    list,
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    text::figures::{self, Figure, Quantity, Span},
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    match scene.tier {
        Tier::Strip if area.w < MIN_WIDE => strip(scene, area, pen),
        Tier::Strip => wide_strip(scene, area, pen),
        Tier::Small | Tier::Medium => {
            let (line, body) = area.cut_top(scene.header(area));
            numbers(scene, body, pen)?;
            faded(scene, body, pen)?;
            header::state_line(scene, line, pen)
        }
        Tier::Wall => wall(scene, area, pen),
    }
}

fn strip<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h / 2);
    if !scene.live() {
        // A number and the reason not to trust it do not fit beside each other.
        header::distrust_band(scene, upper, pen)?;
        age_in_line(scene, lower, Align::Start, pen)?;
        return faded(scene, lower, pen);
    }
    let (left, right) = upper.cut_left(area.w / 2);
    count(scene, left.cut_right(2).0, Align::Start, pen)?;
    age_in_line(scene, lower, Align::Start, pen)?;
    header::state_line(scene, right, pen)
}

fn wide_strip<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (left, right) = area.cut_left(area.w * 2 / 5);
    count(scene, left, Align::Middle, pen)?;
    let (line, below) = right.cut_left(scene.gap).1.cut_top(scene.low_line());
    age_in_line(scene, below, Align::Start, pen)?;
    faded(scene, left, pen)?;
    faded(scene, below, pen)?;
    header::state_line(scene, line, pen)
}

fn numbers<D>(scene: &Scene, body: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if body.w < MIN_WIDE {
        let (upper, lower) = body.cut_bottom((body.h * 2 / 5).max(scene.low_line()));
        count(scene, upper, Align::Middle, pen)?;
        return age_in_line(scene, lower, Align::Middle, pen);
    }
    let (left, right) = body.cut_left(body.w * 4 / 7);
    if scene.tier == Tier::Medium {
        let right = right.cut_left(scene.gap).1;
        let (left, below_left) = left.cut_bottom(body.h / 5);
        let (right, below_right) = right.cut_bottom(body.h / 5);
        captions(scene, [below_left, below_right], pen)?;
        count(scene, left, Align::Middle, pen)?;
        return age_in_lines(scene, right, pen);
    }
    count(scene, left, Align::Middle, pen)?;
    age_in_lines(scene, right.cut_left(scene.gap).1, pen)
}

/// What the number and the age are, in letters of one size.
fn captions<D>(scene: &Scene, [left, right]: [Area; 2], pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let waiting = scene.words.counted(scene.words.waiting, scene.snapshot.waiting);
    let age = if scene.snapshot.oldest.is_some() { scene.words.oldest_wait } else { "" };
    let (one, other) = (pen.case.best(&[waiting], left.w, left.h), pen.case.best(&[age], right.w, right.h));
    let font = if one.font.cap() < other.font.cap() { one.font } else { other.font };
    pen.text(&pen.case.line(font, waiting, left.w), left, Align::Middle, Role::Text)?;
    pen.text(&pen.case.line(font, age, right.w), right, Align::Start, Role::Text)
}

fn waiting_word<D>(scene: &Scene, area: Area, align: Align, pen: &mut Pen<D>) -> Result<i32, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    pen.say(&[scene.words.counted(scene.words.waiting, scene.snapshot.waiting)], area, align, Role::Text)
}

/// The number of those who wait, as large as it gets.
fn count<D>(scene: &Scene, area: Area, align: Align, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let number = figures::count_within(scene.snapshot.waiting, area.w, scene.words, pen.case);
    let figure = pen.case.figure(area.h, |figure| figure.width(&number) <= area.w);
    pen.text(&figure.value(&number), area, align, Role::Number)
}

/// The oldest wait with its large unit above its small one.
fn age_in_lines<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(oldest) = &scene.snapshot.oldest else { return Ok(()) };
    let span = Span::of(oldest.waiting_s, scene.words);
    let gap = scene.gap / 2 + area.h / 16;
    let (first, second) = area.cut_top((area.h - gap) * 3 / 5);
    let second = second.cut_top(gap).1;
    let upper = pen.case.timed(first.h, |figure| figure.calm_width(&span.major) <= area.w);
    let lower = pen.case.timed(second.h, |figure| {
        figure.digits.cap() * 3 <= upper.digits.cap() * 2
            && span.minor.as_ref().is_none_or(|minor| figure.calm_width(minor) <= area.w)
    });
    // The two stand in the middle together.
    let rows = |figure: &Figure, part: Option<&Quantity>| {
        part.map_or(0, |part| figure.quantity_rows(part).iter().sum())
    };
    let (upper_rows, lower_rows) = (rows(&upper, Some(&span.major)), rows(&lower, span.minor.as_ref()));
    let used = upper_rows + gap + lower_rows;
    let fits = |figure: &Figure, part: &Quantity| figure.quantity_width(part) <= area.w;
    let wide = !fits(&upper, &span.major) || span.minor.as_ref().is_some_and(|minor| !fits(&lower, minor));
    if used > area.h || wide {
        return age_in_line(scene, area, Align::Start, pen);
    }
    let (first, second) = area.cut_top((area.h - used).max(0) / 2).1.cut_top(upper_rows);
    pen.part(&upper, &span.major, first, Align::Start, Role::Number)?;
    if let Some(minor) = &span.minor {
        let second = second.cut_top(gap).1.cut_top(lower_rows).0;
        pen.part(&lower, minor, second, Align::Start, Role::Number)?;
    }
    Ok(())
}

/// The oldest wait on one line.
fn age_in_line<D>(scene: &Scene, area: Area, align: Align, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(oldest) = &scene.snapshot.oldest else { return Ok(()) };
    let span = Span::of(oldest.waiting_s, scene.words);
    let (figure, span) = pen.case.span(&span, area);
    pen.span(&figure, &span, area, align, Role::Number).map(drop)
}

/// A display on a wall: the numbers, and the list beside or below them.
fn wall<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let inner = scene.inner(area);
    let (line, body) = inner.cut_top(scene.header(area));
    header::title_line(scene, Title::Name(&scene.look.title), line, pen)?;
    let body = body.cut_top(scene.gap).1;
    let wide = body.w * 5 >= body.h * 6;
    let (figures, rest) = if wide { body.cut_left(body.w * 9 / 20) } else { body.cut_top(body.h / 2) };
    let (state, figures) = figures.cut_top(scene.header(area));
    if scene.live() {
        header::state(scene, state, pen)?;
    }
    let (upper, lower) = figures.cut_top(figures.h * 3 / 5);
    let least = pen.case.small().cap() * 2;
    let (number, word) = upper.cut_bottom((upper.h / 6).max(least));
    count(scene, number.inset(0, scene.gap), Align::Start, pen)?;
    waiting_word(scene, word, Align::Start, pen)?;
    let (age, word) = lower.cut_top(scene.gap).1.cut_bottom((lower.h / 5).max(least));
    if scene.snapshot.oldest.is_some() {
        age_in_line(scene, age, Align::Start, pen)?;
        pen.say(&[scene.words.oldest_wait], word, Align::Start, Role::Text)?;
    }
    faded(scene, figures, pen)?;
    let rest = if wide { rest.cut_left(2 * scene.gap).1 } else { rest.cut_top(scene.gap).1 };
    list::worst(scene, rest, pen)
}
