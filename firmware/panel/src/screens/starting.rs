//! The daemon has come up and knows nothing yet.
//!
//! Owns the first picture after power-on. Refuses to show a number.

use embedded_graphics::draw_target::DrawTarget;

use super::Scene;
use crate::{
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (upper, lower) = area.cut_top(area.h * 3 / 5);
    let (font, title) = best(&[&scene.look.title], area.w, upper.h * 2 / 3);
    pen.text_centered(font, title, upper, Role::Text)?;
    let (font, word) = best(&[scene.words.starting], area.w, lower.h / 2);
    pen.text_centered(font, word, lower, Role::Text)
}
