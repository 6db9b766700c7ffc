//! Putting ink on a target in the roles that ink plays.
//!
//! Owns the step from a thing at a place to pixels of a colour, and the turn of a whole page
//! for languages that are read from right to left: places come in reading order, and only here
//! do they become columns. Refuses to decide what is drawn and where.

use alloc::vec::Vec;

use embedded_graphics::{
    Pixel,
    draw_target::{DrawTarget, DrawTargetExt as _},
    geometry::Point,
    primitives::PointsIter,
};

use crate::{
    layout::Area,
    look::{Palette, Role},
    shapes::{Shape, Sign},
    text::{
        Line,
        case::{self, Case},
        figures::{Figure, Quantity, Span},
    },
};

/// Where something stands in its area, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Where lines begin.
    Start,
    /// In the middle.
    Middle,
    /// Where lines end.
    End,
}

/// Something that was drawn: the area it was given and the one its ink keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The area it was given.
    pub area: Area,
    /// The one its ink keeps to.
    pub ink: Area,
}

/// A target and the ways to draw on it.
pub struct Pen<'d, D> {
    target: &'d mut D,
    /// The fonts of this display.
    pub case: Case,
    /// The sum of a column and the one it is mirrored to, where lines run from right to left.
    mirror: Option<i32>,
    /// What the ground is made of; all other ink is dark where it is light.
    ground: Role,
    placed: Vec<Placed>,
}

/// Diagonal stripes that mean: do not trust this. Pixels from one to the next on small displays.
const HATCH_PERIOD: i32 = 8;

impl<'d, D: DrawTarget<Color: Palette>> Pen<'d, D> {
    /// A pen on a target whose pages use `area`.
    pub fn new(target: &'d mut D, area: Area, case: Case) -> Self {
        let mirror = case.rtl.then_some(2 * area.x + area.w);
        Self { target, case, mirror, ground: Role::Ground, placed: Vec::new() }
    }

    /// What was drawn with it: texts, numbers, shapes and signs.
    pub fn placed(self) -> Vec<Placed> {
        self.placed
    }

    /// Fills an area with the light of a role; from here on all ink is dark, as on paper.
    pub fn turn_light(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        self.fill(area, role)?;
        self.ground = role;
        Ok(())
    }

    fn color(&self, role: Role) -> D::Color {
        D::Color::of(match (self.ground, role) {
            (Role::Ground, _) => role,
            (light, Role::Ground) => light,
            _ => Role::Ground,
        })
    }

    /// The colour that ink is mixed with at its edges: of what was filled, or of the page.
    fn beneath(&self, filled: Option<Role>) -> D::Color {
        filled.map_or_else(|| D::Color::of(self.ground), |role| self.color(role))
    }

    fn turned(&self, area: Area) -> Area {
        self.mirror.map_or(area, |sum| area.mirrored(sum))
    }

    fn note(&mut self, area: Area, ink: Area) {
        let (area, ink) = (self.turned(area), self.turned(ink));
        self.placed.push(Placed { area, ink });
    }

    /// Fills an area.
    pub fn fill(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        let color = self.color(role);
        self.target.fill_solid(&self.turned(area).rectangle(), color)
    }

    /// A line along the inside of an area's edges, `thick` pixels wide.
    pub fn frame(&mut self, area: Area, thick: i32, role: Role) -> Result<(), D::Error> {
        let (top, rest) = area.cut_top(thick);
        let (middle, bottom) = rest.cut_bottom(thick);
        let (left, rest) = middle.cut_left(thick);
        for part in [top, bottom, left, rest.cut_right(thick).1] {
            self.fill(part, role)?;
        }
        Ok(())
    }

    /// Fills an area with diagonal stripes.
    pub fn hatch(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        let color = self.color(role);
        let period = if self.case.outlined { self.case.small().cap() * 2 } else { HATCH_PERIOD };
        let striped = |point: &Point| (point.x + point.y).rem_euclid(period) < period / 2;
        let points = self.turned(area).rectangle().points().filter(striped);
        self.target.draw_iter(points.map(|point| Pixel(point, color)))
    }

    /// Takes every second pixel away, so that what stands there looks grey: shown, but not
    /// to be taken for fresh.
    pub fn fade(&mut self, area: Area) -> Result<(), D::Error> {
        let color = self.color(Role::Ground);
        let points = self.turned(area).rectangle().points().filter(|point| (point.x + point.y) & 1 == 0);
        self.target.draw_iter(points.map(|point| Pixel(point, color)))
    }

    /// Draws a line of text in an area: its capitals in the middle of the rows, unless accents or
    /// tails would leave it.
    pub fn text(&mut self, line: &Line, area: Area, align: Align, role: Role) -> Result<(), D::Error> {
        self.text_over(None, line, area, align, role)
    }

    /// The same on an area that was filled in a role before.
    pub fn text_on(
        &mut self,
        filled: Role,
        line: &Line,
        area: Area,
        align: Align,
        role: Role,
    ) -> Result<(), D::Error> {
        self.text_over(Some(filled), line, area, align, role)
    }

    fn text_over(
        &mut self,
        filled: Option<Role>,
        line: &Line,
        area: Area,
        align: Align,
        role: Role,
    ) -> Result<(), D::Error> {
        if line.glyphs.is_empty() {
            return Ok(());
        }
        let x = match align {
            Align::Start => area.x,
            Align::Middle => area.x + (area.w - line.width) / 2,
            Align::End => area.x + area.w - line.width,
        };
        let cap = line.font.cap();
        let lowest = area.y + area.h - line.down;
        let baseline = (area.y + i32::midpoint(area.h, cap)).min(lowest).max(area.y + line.up);
        self.set(line, Point::new(x, baseline), area, filled, role)
    }

    /// Draws a line whose first column and baseline are given. Ink that would leave the area, such
    /// as the tallest accents on the lowest displays, is cut: it never lies over anything else.
    fn set(
        &mut self,
        line: &Line,
        place: Point,
        area: Area,
        filled: Option<Role>,
        role: Role,
    ) -> Result<(), D::Error> {
        let ink = Area::new(place.x, place.y - line.up, line.width, line.up + line.down);
        self.note(area, ink);
        let colors = [self.beneath(filled), self.color(role)];
        let mut pen = Point::new(self.turned(ink).x + line.lead, place.y);
        let mut target = self.target.clipped(&self.mirror.map_or(area, |sum| area.mirrored(sum)).rectangle());
        for glyph in &line.glyphs {
            line.font.draw(*glyph, pen, colors, &mut target)?;
            pen.x += line.font.measure(*glyph).advance;
        }
        Ok(())
    }

    /// Draws the first wording that fits, as large as it gets; gives the columns it takes.
    pub fn say(&mut self, wordings: &[&str], area: Area, align: Align, role: Role) -> Result<i32, D::Error> {
        let line = self.case.best(wordings, area.w, area.h);
        self.text(&line, area, align, role)?;
        Ok(line.width)
    }

    /// Draws a text over an area, in as many lines and as large as fits; on one line, cut, where
    /// it does not fit at all.
    pub fn paragraph(&mut self, text: &str, area: Area, align: Align) -> Result<(), D::Error> {
        let Some(lines) = self.case.paragraph(text, area) else {
            return self.say(&[text], area, align, Role::Text).map(drop);
        };
        let pitch = case::pitch(&lines);
        let mut top = area.y + (area.h - pitch * lines.len() as i32) / 2;
        for line in &lines {
            self.text(line, Area::new(area.x, top, area.w, pitch), align, Role::Text)?;
            top += pitch;
        }
        Ok(())
    }

    /// Draws a number and its unit on one baseline; gives the columns they take.
    fn quantity(
        &mut self,
        figure: &Figure,
        quantity: &Quantity,
        place: Point,
        area: Area,
        role: Role,
    ) -> Result<i32, D::Error> {
        let (value, unit) = (figure.value(&quantity.value), figure.unit_line(quantity.unit));
        self.set(&value, place, area, None, role)?;
        if unit.glyphs.is_empty() {
            return Ok(value.width);
        }
        let right = value.width + figure.unit_gap();
        self.set(&unit, place + Point::new(right, 0), area, None, role)?;
        Ok(right + unit.width)
    }

    /// Draws one part of a span, in the middle of the rows; gives the columns it takes.
    pub fn part(
        &mut self,
        figure: &Figure,
        part: &Quantity,
        area: Area,
        align: Align,
        role: Role,
    ) -> Result<i32, D::Error> {
        let [above, below] = figure.quantity_rows(part);
        let place = placed(figure, [figure.quantity_width(part), above, below], area, align);
        self.quantity(figure, part, place, area, role)
    }

    /// Draws a span on one line; gives the columns it takes.
    pub fn span(
        &mut self,
        figure: &Figure,
        span: &Span,
        area: Area,
        align: Align,
        role: Role,
    ) -> Result<i32, D::Error> {
        let [major, minor] = [Some(&span.major), span.minor.as_ref()]
            .map(|part| part.map_or([0; 2], |part| figure.quantity_rows(part)));
        let (above, below) = (major[0].max(minor[0]), major[1].max(minor[1]));
        let place = placed(figure, [figure.span_width(span), above, below], area, align);
        let mut width = self.quantity(figure, &span.major, place, area, role)?;
        if let Some(minor) = &span.minor {
            width += figure.word_gap();
            width += self.quantity(figure, minor, place + Point::new(width, 0), area, role)?;
        }
        Ok(width)
    }

    /// Draws a shape in the middle of an area's rows and of its columns, `side` pixels wide.
    pub fn shape(&mut self, shape: Shape, area: Area, side: i32, role: Role) -> Result<(), D::Error> {
        self.shape_over(None, shape, area, side, role)
    }

    /// The same on an area that was filled in a role before.
    pub fn shape_on(
        &mut self,
        filled: Role,
        shape: Shape,
        area: Area,
        side: i32,
        role: Role,
    ) -> Result<(), D::Error> {
        self.shape_over(Some(filled), shape, area, side, role)
    }

    fn shape_over(
        &mut self,
        filled: Option<Role>,
        shape: Shape,
        area: Area,
        side: i32,
        role: Role,
    ) -> Result<(), D::Error> {
        let square = area.centered(side, side);
        self.note(area, square);
        let ground = self.beneath(filled);
        let (ink, soft) = (self.color(role), self.case.outlined);
        let corner = self.turned(square);
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter_map(|(x, y)| {
            let covered = shape.coverage(x, y, side, soft);
            let point = Point::new(corner.x + x, corner.y + y);
            (covered > 0).then(|| Pixel(point, Palette::mix(ground, ink, covered)))
        });
        self.target.draw_iter(pixels)
    }

    /// Draws a small sign at the start of an area, in the middle of its rows.
    pub fn sign(&mut self, sign: &Sign, area: Area, role: Role) -> Result<(), D::Error> {
        let place = Area { w: sign.width, ..area.centered(sign.width, Sign::HEIGHT) };
        let place = Area { x: area.x, ..place };
        self.note(area, place);
        let (color, corner) = (self.color(role), self.turned(place));
        let pixels = sign.pixels().map(|(x, y)| Pixel(Point::new(corner.x + x, corner.y + y), color));
        self.target.draw_iter(pixels)
    }
}

/// Where a number begins on its baseline: in the middle of the rows, unless tails would leave them.
fn placed(figure: &Figure, [width, above, below]: [i32; 3], area: Area, align: Align) -> Point {
    let x = match align {
        Align::Start => area.x,
        Align::Middle => area.x + (area.w - width) / 2,
        Align::End => area.x + area.w - width,
    };
    let baseline = area.y + i32::midpoint(area.h, figure.digits.cap());
    Point::new(x, baseline.min(area.y + area.h - below).max(area.y + above))
}
