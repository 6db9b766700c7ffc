//! Rows of a list: a shape, a name, and what there is to say of it, in columns.
//!
//! Owns how rows share the height and columns the width, and what is left out first. Refuses to
//! know what a row is about.

use alloc::{format, string::String};

use embedded_graphics::draw_target::DrawTarget;

use super::{Scene, Tier};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
    text::figures,
};

/// One row.
pub struct Row {
    /// How it stands.
    pub shape: (Shape, Role),
    /// Whose row it is; cut where it is too long.
    pub name: String,
    /// What is said of it where there is room.
    pub detail: String,
    /// Its number.
    pub figure: String,
}

/// Of the width, what is left to names at least before details are left out.
const MIN_NAME: i32 = 3;

/// Rows on a wall, at least and at most: a short list is written larger, but not so large that it
/// shouts.
const WALL_ROWS: (i32, i32) = (6, 10);

/// Draws as many rows as there is room for, and how many more there are.
pub fn draw<D>(scene: &Scene, rows: &[Row], area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let slots = slots(scene, rows.len() as i32, area);
    let slot = area.h / slots.max(1);
    // A row that tells how many more there are is worth its place only in a longer list.
    let shown = if rows.len() as i32 > slots && slots > 3 { slots - 1 } else { slots };
    let shown = rows.len().min(shown as usize);
    let columns = Columns::new(scene, &rows[..shown], Area { h: slot, ..area }, pen);
    let mut rest = area;
    for row in &rows[..shown] {
        let (place, below) = rest.cut_top(slot);
        columns.draw(scene, row, place, pen)?;
        rest = below;
    }
    let more = (rows.len() - shown) as u32;
    if more == 0 || shown as i32 == slots {
        return Ok(());
    }
    let number = figures::count(more, scene.words);
    let text = format!("+{number} {}", scene.words.counted(scene.words.more, more));
    let line = pen.case.line(columns.font, &text, area.w);
    pen.text(&line, rest.cut_top(slot).0, Align::Start, Role::Text)
}

/// How many rows a display gets.
fn slots(scene: &Scene, rows: i32, area: Area) -> i32 {
    match scene.tier {
        Tier::Strip | Tier::Small => (area.h / 15).max(1),
        Tier::Medium => rows.clamp(WALL_ROWS.0, WALL_ROWS.1).min(area.h / 21).max(1),
        Tier::Wall => rows.clamp(WALL_ROWS.0, WALL_ROWS.1),
    }
}

/// Where the columns begin: the same in every row.
struct Columns {
    font: crate::text::fonts::Font,
    side: i32,
    detail: i32,
    figure: i32,
    /// Pixels in front of the figure: enough that two numbers are not read as one.
    apart: i32,
}

impl Columns {
    fn new<D>(scene: &Scene, rows: &[Row], slot: Area, pen: &Pen<D>) -> Self
    where
        D: DrawTarget<Color: Palette>,
    {
        let font = pen.case.for_rows(if pen.case.outlined { slot.h * 7 / 8 } else { slot.h });
        let widest = |text: fn(&Row) -> &str| {
            rows.iter().map(|row| pen.case.width(font, text(row))).max().unwrap_or_default()
        };
        let side = (font.cap() * 7 / 8) | 1;
        let figure = widest(|row| &row.figure).min(slot.w * 2 / 3);
        let wished = widest(|row| &row.detail);
        let apart = scene.gap.max(font.cap());
        let left = slot.w - side - figure - scene.gap - apart;
        let detail = if left - wished - scene.gap >= slot.w / MIN_NAME { wished } else { 0 };
        Self { font, side, detail, figure, apart }
    }

    fn draw<D>(&self, scene: &Scene, row: &Row, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
    where
        D: DrawTarget<Color: Palette>,
    {
        let (shape, role) = row.shape;
        let (mark, rest) = area.cut_left(self.side);
        pen.shape(shape, mark, self.side, role)?;
        let (rest, figure) = rest.cut_left(scene.gap).1.cut_right(self.figure);
        let line = pen.case.line(self.font, &row.figure, figure.w);
        pen.text(&line, figure, Align::End, Role::Number)?;
        let mut name = rest.cut_right(self.apart).0;
        if self.detail > 0 {
            let (left, detail) = name.cut_right(self.detail);
            let line = pen.case.line(self.font, &row.detail, detail.w);
            pen.text(&line, detail, Align::End, role_of_detail(role))?;
            name = left.cut_right(scene.gap).0;
        }
        let line = pen.case.line(self.font, &row.name, name.w);
        pen.text(&line, name, Align::Start, Role::Text)
    }
}

/// Calm rows are calm: colour is for what wants attention.
fn role_of_detail(role: Role) -> Role {
    if role == Role::Fine { Role::Text } else { role }
}
