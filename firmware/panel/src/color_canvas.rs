//! A picture in colour in memory, as framebuffers and screenshots want it.
//!
//! Owns the pixels and their order: rows from the top, each from left to right, a pixel
//! `0x00RRGGBB`. Refuses to know what is drawn on it and which screen it ends up on.

use alloc::{vec, vec::Vec};
use core::convert::Infallible;

use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{Dimensions, OriginDimensions, Size},
    pixelcolor::{IntoStorage, Rgb888},
    primitives::Rectangle,
};

/// A picture in colour. Drawing outside of it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColorCanvas {
    size: Size,
    pixels: Vec<u32>,
}

impl ColorCanvas {
    /// A black picture.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { size: Size::new(width, height), pixels: vec![0; (width * height) as usize] }
    }

    /// All pixels, row by row, each `0x00RRGGBB`.
    #[must_use]
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// The pixels of one row.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u32] {
        let width = self.size.width as usize;
        &self.pixels[y as usize * width..][..width]
    }
}

impl OriginDimensions for ColorCanvas {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for ColorCanvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        let (width, height) = (self.size.width, self.size.height);
        for Pixel(point, color) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y)) else { continue };
            if x < width && y < height {
                self.pixels[(y * width + x) as usize] = color.into_storage();
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Self::Error> {
        let area = area.intersection(&self.bounding_box());
        let (left, width) = (area.top_left.x as usize, area.size.width as usize);
        for y in area.rows() {
            let start = y as usize * self.size.width as usize + left;
            self.pixels[start..start + width].fill(color.into_storage());
        }
        Ok(())
    }

    fn clear(&mut self, color: Rgb888) -> Result<(), Self::Error> {
        self.pixels.fill(color.into_storage());
        Ok(())
    }
}
