//! Putting ink on a target in the roles that ink plays.
//!
//! Owns the step from a thing at a place to pixels of a colour. Refuses to decide what is
//! drawn and where.

use embedded_graphics::{Pixel, draw_target::DrawTarget, geometry::Point, primitives::PointsIter};

use crate::{
    figures::{Quantity, Span},
    fonts::Figure,
    layout::{self, Area},
    look::{Palette, Role},
    text::Font,
};

/// A target and the ways to draw on it.
pub struct Pen<'d, D> {
    target: &'d mut D,
    /// What the ground is made of; all other ink is dark where it is light.
    ground: Role,
}

/// Diagonal stripes that mean: do not trust this. So many pixels from one to the next.
const HATCH_PERIOD: i32 = 8;

impl<'d, D: DrawTarget<Color: Palette>> Pen<'d, D> {
    /// A pen on a target.
    pub fn new(target: &'d mut D) -> Self {
        Self { target, ground: Role::Ground }
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

    /// Fills an area.
    pub fn fill(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        let color = self.color(role);
        self.target.fill_solid(&area.rectangle(), color)
    }

    /// Fills several areas.
    pub fn fill_all(&mut self, areas: impl Iterator<Item = Area>, role: Role) -> Result<(), D::Error> {
        for area in areas {
            self.fill(area, role)?;
        }
        Ok(())
    }

    /// A line of one pixel along the inside of an area's edges.
    pub fn frame(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        self.fill(Area::new(area.x, area.y, area.w, 1), role)?;
        self.fill(Area::new(area.x, area.y + area.h - 1, area.w, 1), role)?;
        self.fill(Area::new(area.x, area.y + 1, 1, area.h - 2), role)?;
        self.fill(Area::new(area.x + area.w - 1, area.y + 1, 1, area.h - 2), role)
    }

    /// Fills an area with diagonal stripes.
    pub fn hatch(&mut self, area: Area, role: Role) -> Result<(), D::Error> {
        let color = self.color(role);
        let striped = |point: &Point| (point.x + point.y).rem_euclid(HATCH_PERIOD) < HATCH_PERIOD / 2;
        let points = area.rectangle().points().filter(striped);
        self.target.draw_iter(points.map(|point| Pixel(point, color)))
    }

    /// Draws a text of at most `w` pixels whose capitals begin at `top_left`; a longer one is
    /// cut. Gives the width drawn.
    pub fn text(
        &mut self,
        font: &Font,
        text: &str,
        top_left: Point,
        w: i32,
        role: Role,
    ) -> Result<i32, D::Error> {
        let text = font.fitted(text, w);
        let color = self.color(role);
        font.draw(&text, top_left, color, self.target)?;
        Ok(font.width(&text))
    }

    /// The same, in the middle of an area; tails may hang out of it.
    pub fn text_centered(&mut self, font: &Font, text: &str, area: Area, role: Role) -> Result<(), D::Error> {
        let width = font.width(&font.fitted(text, area.w));
        self.text(font, text, area.centered(width, font.above()), area.w, role).map(drop)
    }

    /// Draws a text over an area, in as many lines and as large as fits; every line in the
    /// middle, or from the left edge on.
    pub fn paragraph(&mut self, text: &str, area: Area, centered: bool) -> Result<(), D::Error> {
        let (font, lines) = layout::paragraph(text, area);
        let pitch = layout::line_pitch(font);
        let ink = pitch * (lines.len() as i32 - 1) + font.above();
        let mut top = area.y + (area.h - ink).max(0) / 2;
        for line in &lines {
            let indent = if centered { (area.w - font.width(line)).max(0) / 2 } else { 0 };
            self.text(font, line, Point::new(area.x + indent, top), area.w, Role::Text)?;
            top += pitch;
        }
        Ok(())
    }

    /// Takes every second pixel away, so that what stands there looks grey: shown, but not
    /// to be taken for fresh.
    pub fn fade(&mut self, area: Area) -> Result<(), D::Error> {
        let color = self.color(Role::Ground);
        let points = area.rectangle().points().filter(|point| (point.x + point.y) & 1 == 0);
        self.target.draw_iter(points.map(|point| Pixel(point, color)))
    }

    /// Draws a number and its unit on one baseline; gives the width drawn.
    pub fn quantity(
        &mut self,
        figure: &Figure,
        quantity: &Quantity,
        top_left: Point,
        role: Role,
    ) -> Result<i32, D::Error> {
        let color = self.color(role);
        figure.digits.draw(&quantity.value, top_left, color, self.target)?;
        let right = figure.digits.width(&quantity.value) + figure.unit_gap();
        let drop = figure.digits.above() - figure.unit.above();
        figure.unit.draw(quantity.unit, top_left + Point::new(right, drop), color, self.target)?;
        Ok(right + figure.unit.width(quantity.unit))
    }

    /// Draws a span on one line; gives the width drawn.
    pub fn span(
        &mut self,
        figure: &Figure,
        span: &Span,
        top_left: Point,
        role: Role,
    ) -> Result<i32, D::Error> {
        let mut width = self.quantity(figure, &span.major, top_left, role)?;
        if let Some(minor) = &span.minor {
            width += figure.word_gap();
            width += self.quantity(figure, minor, top_left + Point::new(width, 0), role)?;
        }
        Ok(width)
    }
}
