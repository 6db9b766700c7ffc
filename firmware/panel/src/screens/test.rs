//! A picture to look at: every edge, every shape, and light and dark side by side.
//!
//! Owns what a person needs to see that a display is whole, the right size and the right way
//! up. Refuses to show the state of the board, but for data that is not live.

use alloc::format;

use embedded_graphics::draw_target::DrawTarget;

use super::{Scene, header};
use crate::{
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
    shapes::Shape,
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    // The last column and row belong to the test, though not to other pages.
    let display = Area::new(area.x, area.y, area.w + 1, area.h + 1);
    pen.frame(display, Role::Text)?;
    let inner = display.inset(3, 3);
    let (upper, lower) = inner.cut_top(inner.h / 2);
    if scene.live() {
        let size = format!("{} {} x {}", scene.words.test, display.w, display.h);
        let short = format!("{}x{}", display.w, display.h);
        let (font, text) = best(&[&size, &short], upper.w, upper.h - 2);
        pen.text_centered(font, text, upper, Role::Text)?;
    } else {
        header::distrust_band(scene, upper, pen)?;
    }
    let side = ((lower.h - 3).min(lower.w / 6)) | 1;
    let shapes =
        [(Shape::Ring, Role::Fine), (Shape::Triangle, Role::AtRisk), (Shape::Square, Role::Breached)];
    let (left, right) = lower.cut_left(lower.w * 3 / 5);
    for (place, (shape, role)) in (0..).zip(shapes) {
        let cell = Area::new(left.x + place * left.w / 3, left.y, left.w / 3, left.h);
        let corner = cell.centered(side, side);
        pen.fill_all(shape.pixels(corner.x, corner.y, side), role)?;
    }
    pen.hatch(right.inset(2, 2), Role::Text)
}
