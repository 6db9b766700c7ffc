//! The daemon has come up and knows nothing yet.
//!
//! Owns the first picture after power-on. Refuses to show a number.

use embedded_graphics::draw_target::DrawTarget;

use super::Scene;
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h * 3 / 5);
    let place = |area: Area, w: i32, h: i32| area.centered(area.w * w / 10, area.h * h / 10);
    let title = if pen.case.outlined { place(upper, 8, 4) } else { upper };
    pen.say(&[&scene.look.title], title, Align::Middle, Role::Text)?;
    let word = if pen.case.outlined { place(lower, 6, 3) } else { lower };
    pen.say(&[scene.words.starting], word, Align::Middle, Role::Text).map(drop)
}
