//! How many wait and how long the first of them has waited.
//!
//! Owns the page that answers "are we fine?" in one second: one number, one age, one shape
//! with its word. Refuses to show anything that would make those smaller.

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{MIN_TALL, Scene, faded, header, header_rows};
use crate::{
    figures::{self, Span},
    layout::Area,
    look::{Palette, Role},
    pen::Pen,
};

/// Narrower displays get the age below the number.
const MIN_WIDE: i32 = 95;

/// Pixels between the number and the age.
const GAP: i32 = 4;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if area.h >= MIN_TALL {
        let (line, body) = area.cut_top(header_rows(area));
        numbers(scene, body, pen)?;
        header::state_line(scene, line, pen)
    } else if area.w >= MIN_WIDE {
        let (left, right) = area.cut_left(area.w * 2 / 5);
        count(scene, left, pen)?;
        let (_, right) = right.cut_left(GAP);
        let (line, below) = right.cut_top(area.h * 2 / 5);
        age_in_line(scene, below, pen)?;
        header::state_line(scene, line, pen)
    } else {
        let (upper, lower) = area.cut_top(area.h / 2);
        if !scene.live() {
            // A number and the reason not to trust it do not fit beside each other.
            header::distrust_band(scene, upper, pen)?;
            return age_in_line(scene, lower, pen);
        }
        let (left, right) = upper.cut_left(area.w / 2);
        count(scene, left, pen)?;
        age_in_line(scene, lower, pen)?;
        header::state_line(scene, right, pen)
    }
}

fn numbers<D>(scene: &Scene, body: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if body.w >= MIN_WIDE {
        let (left, right) = body.cut_left(body.w * 4 / 7);
        count(scene, left, pen)?;
        age_in_lines(scene, right.cut_left(GAP).1, pen)
    } else {
        let (upper, lower) = body.cut_top(body.h * 3 / 5);
        count(scene, upper, pen)?;
        age_in_line(scene, lower, pen)
    }
}

/// The number of those who wait, as large as it gets.
fn count<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let number = figures::count_within(scene.snapshot.waiting, area.w);
    let figure = figures::largest(area.h, |figure| figure.width(&number) <= area.w);
    let corner = area.centered(figure.width(&number), figure.digits.height());
    pen.text(figure.digits, &number, corner, area.w, Role::Number)?;
    faded(scene, area, pen)
}

/// The oldest wait with its large unit above its small one.
fn age_in_lines<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(oldest) = &scene.snapshot.oldest else { return Ok(()) };
    let span = Span::of(oldest.waiting_s, scene.words);
    let upper = figures::largest(area.h * 3 / 5, |figure| figure.calm_width(&span.major) <= area.w);
    let lower =
        figures::largest(area.h * 2 / 5, |figure| figure.digits.above() * 3 <= upper.digits.above() * 2);
    let gap = 2 + area.h / 16;
    let top = area.y + (area.h - upper.digits.above() - gap - lower.digits.above()) / 2;
    pen.quantity(upper, &span.major, Point::new(area.x, top), Role::Number)?;
    if let Some(minor) = &span.minor {
        let top = top + upper.digits.above() + gap;
        pen.quantity(lower, minor, Point::new(area.x, top), Role::Number)?;
    }
    Ok(())
}

/// The oldest wait on one line.
fn age_in_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(oldest) = &scene.snapshot.oldest else { return Ok(()) };
    let span = Span::of(oldest.waiting_s, scene.words);
    let figure = figures::largest(area.h, |figure| figure.calm_span_width(&span) <= area.w);
    let top = area.centered(0, figure.digits.height()).y;
    pen.span(figure, &span, Point::new(area.x, top), Role::Number).map(drop)
}
