//! A picture in colour as the screen hangs: turned, and shifted against burn-in.
//!
//! Owns where a pixel of the page lies on the screen. Refuses to know what is drawn.

use bellboard_panel::ColorCanvas;
use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{OriginDimensions, Point, Size},
    pixelcolor::Rgb888,
    primitives::Rectangle,
};

use crate::io::outputs::screen::Shift;

/// A canvas seen upright: what is drawn on it lies turned on the canvas.
pub struct Mounted<'c> {
    canvas: &'c mut ColorCanvas,
    mount: Mount,
}

/// Where the pixels of an upright page lie.
#[derive(Clone, Copy)]
struct Mount {
    /// Quarters that the picture is turned by, clockwise.
    quarters: u16,
    shift: Point,
    /// The last column and row of the canvas.
    last: Point,
}

impl<'c> Mounted<'c> {
    /// The canvas of a screen whose picture is turned by so many degrees clockwise (whole
    /// quarters) and lies shifted as an eye sees it.
    #[must_use]
    pub fn new(canvas: &'c mut ColorCanvas, degrees: u16, shift: Shift) -> Self {
        let last = Point::zero() + canvas.size() - Point::new(1, 1);
        let mount = Mount { quarters: degrees / 90 % 4, shift: Point::new(shift.dx, shift.dy), last };
        Self { canvas, mount }
    }
}

impl Mount {
    fn place(self, point: Point) -> Point {
        let (Point { x, y }, Point { x: right, y: bottom }) = (point + self.shift, self.last);
        match self.quarters {
            0 => Point::new(x, y),
            1 => Point::new(right - y, x),
            2 => Point::new(right - x, bottom - y),
            _ => Point::new(y, bottom - x),
        }
    }
}

impl OriginDimensions for Mounted<'_> {
    fn size(&self) -> Size {
        let Size { width, height } = self.canvas.size();
        if self.mount.quarters.is_multiple_of(2) {
            Size::new(width, height)
        } else {
            Size::new(height, width)
        }
    }
}

impl DrawTarget for Mounted<'_> {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        let mount = self.mount;
        self.canvas
            .draw_iter(pixels.into_iter().map(|Pixel(point, colour)| Pixel(mount.place(point), colour)))
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Rgb888) -> Result<(), Self::Error> {
        let Some(end) = area.bottom_right() else { return Ok(()) };
        let area = Rectangle::with_corners(self.mount.place(area.top_left), self.mount.place(end));
        self.canvas.fill_solid(&area, colour)
    }

    fn clear(&mut self, colour: Rgb888) -> Result<(), Self::Error> {
        self.canvas.clear(colour)
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::{pixelcolor::RgbColor, primitives::PointsIter};

    use super::*;

    const STILL: Shift = Shift { dx: 0, dy: 0 };

    /// Where the pixels of a canvas of 3 x 2 are lit, after `draw` on it.
    fn lit(degrees: u16, shift: Shift, draw: impl FnOnce(&mut Mounted<'_>)) -> Vec<(usize, usize)> {
        let mut canvas = ColorCanvas::new(3, 2);
        draw(&mut Mounted::new(&mut canvas, degrees, shift));
        let pixels = canvas.pixels().iter().enumerate().filter(|(_, pixel)| **pixel != 0);
        pixels.map(|(place, _)| (place % 3, place / 3)).collect()
    }

    fn dot(x: i32, y: i32) -> impl Fn(&mut Mounted<'_>) {
        move |mounted| {
            let Ok(()) = mounted.draw_iter([Pixel(Point::new(x, y), Rgb888::WHITE)]);
        }
    }

    #[test]
    fn the_top_left_corner_of_a_page_goes_round_the_screen_clockwise() {
        let corners = [0, 90, 180, 270].map(|degrees| lit(degrees, STILL, dot(0, 0)));
        assert_eq!(corners, [[(0, 0)], [(2, 0)], [(2, 1)], [(0, 1)]]);
    }

    #[test]
    fn a_page_turned_by_a_quarter_is_as_wide_as_the_screen_is_high() {
        let mut canvas = ColorCanvas::new(3, 2);
        assert_eq!(Mounted::new(&mut canvas, 90, STILL).size(), Size::new(2, 3));
        assert_eq!(lit(90, STILL, dot(1, 0)), [(2, 1)]);
        assert_eq!(lit(270, STILL, dot(0, 2)), [(2, 1)]);
    }

    #[test]
    fn an_area_is_filled_as_its_pixels_would_be() {
        let area = Rectangle::new(Point::new(0, 0), Size::new(2, 1));
        for degrees in [0, 90, 180, 270] {
            let filled = lit(degrees, STILL, |mounted| {
                let Ok(()) = mounted.fill_solid(&area, Rgb888::WHITE);
            });
            let dotted = lit(degrees, STILL, |mounted| area.points().for_each(|p| dot(p.x, p.y)(mounted)));
            assert_eq!(filled, dotted, "{degrees} degrees");
        }
        let nothing = Rectangle::new(Point::zero(), Size::zero());
        assert_eq!(
            lit(0, STILL, |mounted| {
                let Ok(()) = mounted.fill_solid(&nothing, Rgb888::WHITE);
            }),
            []
        );
    }

    #[test]
    fn the_shift_is_to_the_right_and_down_for_the_eye_and_wraps_nothing() {
        let shift = Shift { dx: 1, dy: 1 };
        assert_eq!(lit(0, shift, dot(0, 0)), [(1, 1)]);
        assert_eq!(lit(180, shift, dot(0, 0)), [(1, 0)]);
        assert_eq!(lit(0, shift, dot(2, 0)), []);
    }
}
