//! Nobody waits and no clock runs out: a large tick in a ring, and the time of day.
//!
//! Owns the picture of a calm floor. It shows no digit but the time, which goes on, so that
//! nobody takes it for a frozen board or a dead feed. Refuses to be shown while any clock is
//! near its deadline: the page with the numbers is for that.

use embedded_graphics::draw_target::DrawTarget;

use super::{
    Scene, Tier, faded,
    header::{self, Title},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let inner = scene.inner(area);
    let side = |area: Area| area.h.min(area.w * 2 / 5);
    let gap = scene.gap + 2;
    if scene.tier == Tier::Strip {
        let (left, right) = inner.cut_left(side(inner));
        picture(scene, left, pen)?;
        let right = right.cut_left(gap).1;
        let (line, below) = right.cut_top(scene.low_line());
        words(scene, below, pen)?;
        return header::title_line(scene, Title::Name(&scene.look.title), line, pen);
    }
    let (line, body) = inner.cut_top(scene.header(area));
    header::title_line(scene, Title::Name(&scene.look.title), line, pen)?;
    let body = if scene.tier == Tier::Wall { body.inset(scene.gap, scene.gap * 2) } else { body };
    let (left, right) = body.cut_left(side(body));
    picture(scene, left, pen)?;
    let right = right.cut_left(gap).1;
    words(scene, if scene.tier == Tier::Wall { right.centered(right.w, right.h / 2) } else { right }, pen)
}

fn picture<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let side = (area.h.min(area.w) - 2) | 1;
    pen.shape(Shape::Calm, area, side, Role::Fine)?;
    faded(scene, area, pen)
}

/// The words, where they fit; the picture says it without them.
fn words<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let text = scene.words.nobody_waits;
    if pen.case.paragraph(text, area).is_some() { pen.paragraph(text, area, Align::Start) } else { Ok(()) }
}
