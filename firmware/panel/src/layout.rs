//! Where things stand: areas and how they are divided.
//!
//! Owns the arithmetic of places, in reading order: what is called left here is where a line
//! begins. Refuses to know what is put there, and which way lines run.

use embedded_graphics::{
    geometry::{Point, Size},
    primitives::Rectangle,
};

/// An upright rectangle of pixels. Sides are never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub x: i32,
    /// The topmost row.
    pub y: i32,
    /// Columns.
    pub w: i32,
    /// Rows.
    pub h: i32,
}

impl Area {
    /// An area whose sides are at least 0.
    pub fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w: w.max(0), h: h.max(0) }
    }

    /// What a page may use of a display: all but the last column and the last row, which stay
    /// free for the pixel shift.
    pub fn page(display: Rectangle) -> Self {
        let (corner, size) = (display.top_left, display.size);
        Self::new(corner.x, corner.y, size.width as i32 - 1, size.height as i32 - 1)
    }

    /// The upper `h` rows and the rest.
    pub fn cut_top(self, h: i32) -> (Self, Self) {
        let h = h.clamp(0, self.h);
        (Self::new(self.x, self.y, self.w, h), Self::new(self.x, self.y + h, self.w, self.h - h))
    }

    /// The rest and the lower `h` rows.
    pub fn cut_bottom(self, h: i32) -> (Self, Self) {
        self.cut_top(self.h - h.max(0))
    }

    /// The first `w` columns and the rest.
    pub fn cut_left(self, w: i32) -> (Self, Self) {
        let w = w.clamp(0, self.w);
        (Self::new(self.x, self.y, w, self.h), Self::new(self.x + w, self.y, self.w - w, self.h))
    }

    /// The rest and the last `w` columns.
    pub fn cut_right(self, w: i32) -> (Self, Self) {
        self.cut_left(self.w - w.max(0))
    }

    /// The same without `dx` columns on both sides and `dy` rows at both ends.
    pub fn inset(self, dx: i32, dy: i32) -> Self {
        Self::new(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)
    }

    /// The place of a thing of that size in the middle of this area.
    pub fn centered(self, w: i32, h: i32) -> Self {
        Self::new(self.x + (self.w - w) / 2, self.y + (self.h - h) / 2, w, h)
    }

    /// The same on a display whose lines run the other way, between the columns `sum` is the sum of.
    pub const fn mirrored(self, sum: i32) -> Self {
        Self { x: sum - self.x - self.w, ..self }
    }

    /// Whether they share a pixel.
    pub const fn overlaps(self, other: Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    /// Whether all of the other lies in this one.
    pub const fn contains(self, other: Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.x + other.w <= self.x + self.w
            && other.y + other.h <= self.y + self.h
    }

    /// The same for drawing.
    pub const fn rectangle(self) -> Rectangle {
        Rectangle { top_left: Point::new(self.x, self.y), size: Size::new(self.w as u32, self.h as u32) }
    }
}
