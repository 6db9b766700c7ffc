//! The conversations that are worst off, one a row.
//!
//! Owns what is said of a conversation in a row. Refuses to sort: the snapshot comes sorted.

use alloc::{format, string::String, vec::Vec};

use embedded_graphics::draw_target::DrawTarget;

use super::{
    Scene, Tier, faded,
    header::{self, Title},
    rows::{self, Row},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
    snapshot::{ClockState, Worst},
};

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let body = under_title(scene, &scene.words.worst, area, pen)?;
    worst(scene, body, pen)
}

/// Draws a page's title where there is room for one, or where distrust has to be said; gives
/// what is left of the page.
pub fn under_title<D>(scene: &Scene, title: &[&str], area: Area, pen: &mut Pen<D>) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if scene.tier == Tier::Strip && scene.live() {
        return Ok(area);
    }
    let inner = scene.inner(area);
    let (line, body) = inner.cut_top(if scene.tier == Tier::Strip { area.h / 2 } else { scene.header(area) });
    header::title_line(scene, Title::Subject(title), line, pen)?;
    Ok(body.cut_top(if scene.tier == Tier::Wall { scene.gap } else { 0 }).1)
}

/// Draws the list; nobody on it is said in words.
pub fn worst<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let rows: Vec<Row> = scene.snapshot.worst.iter().map(|worst| row(scene, worst)).collect();
    if rows.is_empty() {
        nothing(scene.words.nobody_waits, area, pen)?;
    }
    rows::draw(scene, &rows, area, pen)?;
    faded(scene, area, pen)
}

/// A text where a list has nothing to show.
pub fn nothing<D>(text: &str, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let h = if pen.case.outlined { area.h / 6 } else { area.h };
    if pen.case.width(pen.case.small(), text) > area.w {
        return pen.paragraph(text, area, Align::Middle);
    }
    pen.say(&[text], area.centered(area.w, h), Align::Middle, Role::Text).map(drop)
}

fn row(scene: &Scene, worst: &Worst) -> Row {
    let now = scene.snapshot.at;
    let until = scene.roughly(worst.due_at.age_secs(now));
    let (shape, detail) = match worst.state {
        ClockState::Breached => {
            let late = scene.roughly(now.age_secs(worst.due_at));
            ((Shape::Square, Role::Breached), format!("{} {late}", scene.words.breached[1]))
        }
        ClockState::AtRisk => ((Shape::Triangle, Role::AtRisk), format!("{} {until}", scene.words.due[0])),
        ClockState::Running => ((Shape::Ring, Role::Fine), format!("{} {until}", scene.words.due[0])),
    };
    let figure = worst.waiting_s.map_or_else(|| String::from("–"), |waited| scene.roughly(waited));
    Row { shape, name: name(worst), detail, figure }
}

/// Where and who, as far as privacy allows.
pub fn name(worst: &Worst) -> String {
    format!("{} {}", worst.channel, worst.customer.as_ref().unwrap_or(&worst.id))
}
