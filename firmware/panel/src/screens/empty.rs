//! Nobody waits and no clock runs out: a large tick in a ring, and the time of day.
//!
//! Owns the picture of a calm floor. It shows no digit but the time, which goes on, so that
//! nobody takes it for a frozen board or a dead feed. Refuses to be shown while any clock is
//! near its deadline: the page with the numbers is for that.

use alloc::format;

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{
    MIN_TALL, Scene, faded, header, header_rows,
    signs::{self, Keep},
};
use crate::{
    fonts::SMALL,
    layout::{self, Area, best},
    look::{Palette, Role},
    pen::Pen,
    shapes::{Shape, tick},
};

/// Pixels between the picture and the words.
const GAP: i32 = 6;

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if area.h >= MIN_TALL {
        let (line, body) = area.cut_top(header_rows(area));
        top_line(scene, line, pen)?;
        let (left, right) = body.cut_left(body.h.min(body.w * 2 / 5) + GAP);
        picture(scene, left, pen)?;
        words(scene, right, pen)
    } else {
        let (left, right) = area.cut_left(area.h.min(area.w * 2 / 5) + GAP);
        picture(scene, left, pen)?;
        let (line, below) = right.cut_top(area.h / 3);
        words(scene, below, pen)?;
        top_line(scene, line, pen)
    }
}

/// The board's name on the left, small signs and the time of day on the right.
fn top_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let time = scene.time(scene.snapshot.at);
    let keep = if scene.live() { Keep::of(SMALL.width(&time)) } else { header::keep(scene, area.h) };
    let rest = signs::usual(scene, area, keep, pen)?;
    if !scene.live() {
        return header::distrust_band(scene, rest, pen);
    }
    let (font, _) = best(&[&format!("{} {time}", scene.look.title), &time], rest.w, area.h - 5);
    let width = font.width(&time);
    let (left, right) = rest.cut_right(width);
    pen.text_centered(font, &time, right, Role::Text)?;
    let title = left.cut_right(GAP).0;
    let top = title.centered(0, font.above()).y;
    pen.text(font, &scene.look.title, Point::new(title.x, top), title.w, Role::Text).map(drop)
}

fn picture<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let side = area.h.min(area.w - GAP) - 1;
    let top = area.y + 1 + (area.h - 1 - side) / 2;
    pen.fill_all(Shape::Ring.pixels(area.x, top, side), Role::Fine)?;
    let (w, h) = (side / 2, side * 3 / 8);
    let corner = Area::new(area.x, top, side, side).centered(w, h);
    pen.fill_all(tick(corner.x, corner.y, w, h), Role::Fine)?;
    faded(scene, area, pen)
}

/// The words, where they fit; the picture says it without them.
fn words<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let text = scene.words.nobody_waits;
    if layout::paragraph_fits(text, area) { pen.paragraph(text, area, false) } else { Ok(()) }
}
