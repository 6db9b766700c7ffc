//! A picture to look at: every edge, every shape, and light and dark side by side.
//!
//! Owns what a person needs to see that a display is whole, the right size and the right way
//! up. Refuses to show the state of the board, but for data that is not live.

use alloc::format;

use embedded_graphics::draw_target::DrawTarget;

use super::{Scene, Tier, header};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
    text::isolated,
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    // The last column and row belong to the test, though not to other pages.
    let display = Area::new(if pen.case.rtl { area.x - 1 } else { area.x }, area.y, area.w + 1, area.h + 1);
    pen.frame(display, 1, Role::Text)?;
    let inner = area.inset(scene.gap.max(3), scene.gap.max(3));
    let (upper, lower) = inner.cut_top(inner.h / 2);
    if scene.live() {
        let short = isolated(&scene.words.digits(&format!("{} x {}", display.w, display.h)));
        let size = format!("{} {short}", scene.words.test);
        let rows = if scene.tier == Tier::Wall { upper.h / 2 } else { upper.h };
        pen.say(&[&size, &short], upper.centered(upper.w, rows), Align::Middle, Role::Text)?;
    } else {
        let band = if scene.tier == Tier::Wall { upper.cut_top(upper.h / 2).0 } else { upper };
        header::distrust_band(scene, band, pen)?;
    }
    let side = ((lower.h - 3).min(lower.w / 6)) | 1;
    let shapes =
        [(Shape::Ring, Role::Fine), (Shape::Triangle, Role::AtRisk), (Shape::Square, Role::Breached)];
    let (left, right) = lower.cut_left(lower.w * 3 / 5);
    for (place, (shape, role)) in (0..).zip(shapes) {
        let cell = Area::new(left.x + place * left.w / 3, left.y, left.w / 3, left.h);
        pen.shape(shape, cell, side, role)?;
    }
    pen.hatch(right.inset(2, 2), Role::Text)
}
