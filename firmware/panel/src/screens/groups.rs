//! The numbers by channel or by queue, one a row.
//!
//! Owns what is said of a group in a row, and their order: worst first, then most waiting. Refuses to know
//! what a channel is.

use alloc::{string::String, vec::Vec};
use core::cmp::Reverse;

use embedded_graphics::draw_target::DrawTarget;

use super::{
    Scene, faded, list,
    rows::{self, Row},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::Pen,
    shapes::Shape,
    snapshot::Group,
    text::figures,
};

/// Draws the page of the channels.
pub fn channels<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    draw(scene, scene.words.channels, &scene.snapshot.channels, area, pen)
}

/// Draws the page of the queues.
pub fn queues<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    draw(scene, scene.words.queues, &scene.snapshot.queues, area, pen)
}

fn draw<D>(scene: &Scene, title: &str, groups: &[Group], area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let body = list::under_title(scene, &[title], area, pen)?;
    let mut groups: Vec<&Group> = groups.iter().collect();
    groups.sort_by_key(|group| Reverse((group.breached > 0, group.at_risk > 0, group.waiting)));
    let rows: Vec<Row> = groups.into_iter().map(|group| row(scene, group)).collect();
    if rows.is_empty() {
        list::nothing(scene.words.nobody_waits, body, pen)?;
    }
    rows::draw(scene, &rows, body, pen)?;
    faded(scene, body, pen)
}

fn row(scene: &Scene, group: &Group) -> Row {
    let shape = if group.breached > 0 {
        (Shape::Square, Role::Breached)
    } else if group.at_risk > 0 {
        (Shape::Triangle, Role::AtRisk)
    } else {
        (Shape::Ring, Role::Fine)
    };
    Row {
        shape,
        name: group.name.clone(),
        detail: group.oldest_s.map_or_else(String::new, |oldest| scene.roughly(oldest)),
        figure: figures::count(group.waiting, scene.words),
    }
}
