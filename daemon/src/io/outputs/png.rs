//! A canvas as a PNG file that looks like the display: light squares on near-black, or its colours.
//!
//! Owns the look of a lit and an unlit pixel on paper. Refuses to know what the picture shows.

use std::io::{self, Write};

use bellboard_panel::{Canvas, ColorCanvas};
use embedded_graphics::geometry::{OriginDimensions, Size};

use super::frames::Frame;

/// Image pixels per display pixel, at most: 256 x 128 at this scale are 8 million bytes a channel.
pub const MAX_SCALE: u32 = 32;

/// From this scale on a dark line separates the pixels, as on a real display.
const MIN_SCALE_WITH_GAP: u32 = 4;

/// Unlit glass, lit pixel.
const PALETTE: [u8; 6] = [0x08, 0x0A, 0x0E, 0xDC, 0xEE, 0xFF];

/// Why no picture was written.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The scale is 0 or above [`MAX_SCALE`].
    #[error("a scale of {0} is not between 1 and {MAX_SCALE}")]
    Scale(u32),
    /// The encoder or the file refused.
    #[error("cannot write the PNG: {0}")]
    Encode(#[from] png::EncodingError),
}

impl From<io::Error> for PngError {
    fn from(error: io::Error) -> Self {
        Self::Encode(error.into())
    }
}

/// Writes the picture with `scale` by `scale` image pixels for each of its own.
pub fn write_png(canvas: &Canvas, scale: u32, writer: impl Write) -> Result<(), PngError> {
    if scale == 0 || scale > MAX_SCALE {
        return Err(PngError::Scale(scale));
    }
    let size = canvas.size();
    let mut encoder = png::Encoder::new(writer, size.width * scale, size.height * scale);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(&PALETTE[..]);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indices(canvas, size, scale))?;
    writer.finish()?;
    Ok(())
}

/// Writes the picture in its colours, with `scale` by `scale` image pixels for each of its own.
pub fn write_color_png(canvas: &ColorCanvas, scale: u32, writer: impl Write) -> Result<(), PngError> {
    if scale == 0 || scale > MAX_SCALE {
        return Err(PngError::Scale(scale));
    }
    encode(canvas, scale, png::Compression::Balanced, writer)
}

/// Writes what a display shows, an image pixel for each of its own: quickly, as it is asked for often.
pub fn write_frame(frame: &Frame, writer: impl Write) -> Result<(), PngError> {
    match frame {
        Frame::Mono(canvas) => write_png(canvas, 1, writer),
        Frame::Color(canvas) => encode(canvas, 1, png::Compression::Fast, writer),
    }
}

fn encode(
    canvas: &ColorCanvas,
    scale: u32,
    compression: png::Compression,
    writer: impl Write,
) -> Result<(), PngError> {
    let size = canvas.size();
    let mut encoder = png::Encoder::new(writer, size.width * scale, size.height * scale);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(compression);
    let mut writer = encoder.write_header()?;
    let mut image = Vec::with_capacity((size.width * size.height * scale * scale * 3) as usize);
    for y in 0..size.height * scale {
        for pixel in canvas.row(y / scale) {
            // The highest byte of a pixel has no colour in it.
            let [_, red, green, blue] = pixel.to_be_bytes();
            (0..scale).for_each(|_| image.extend([red, green, blue]));
        }
    }
    writer.write_image_data(&image)?;
    writer.finish()?;
    Ok(())
}

/// Palette indices, row by row.
fn indices(canvas: &Canvas, size: Size, scale: u32) -> Vec<u8> {
    let lit_side = if scale >= MIN_SCALE_WITH_GAP { scale - 1 } else { scale };
    let mut image = Vec::with_capacity((size.width * size.height * scale * scale) as usize);
    for y in 0..size.height * scale {
        for x in 0..size.width * scale {
            let glass = x % scale < lit_side && y % scale < lit_side;
            image.push(u8::from(glass && canvas.pixel((x / scale) as i32, (y / scale) as i32)));
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use embedded_graphics::{Pixel, draw_target::DrawTarget, geometry::Point, pixelcolor::Rgb888};

    use super::*;

    fn decoded(canvas: &Canvas, scale: u32) -> (u32, u32, Vec<u8>) {
        let mut file = Vec::new();
        write_png(canvas, scale, &mut file).expect("a vector takes every byte");
        let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().expect("a PNG");
        let mut image = vec![0; reader.output_buffer_size().expect("a size that fits")];
        let info = reader.next_frame(&mut image).expect("one picture");
        (info.width, info.height, image)
    }

    #[test]
    fn at_scale_one_an_image_pixel_is_a_display_pixel() {
        let mut canvas = Canvas::new(128, 32);
        canvas.set(5, 31, true);
        let (width, height, image) = decoded(&canvas, 1);
        assert_eq!((width, height), (128, 32));
        assert_eq!(image.iter().filter(|index| **index != 0).count(), 1);
        assert_eq!(image[31 * 128 + 5], 1);
    }

    #[test]
    fn a_larger_scale_gives_squares_with_a_dark_line_between_them() {
        let mut canvas = Canvas::new(2, 1);
        canvas.set(0, 0, true);
        canvas.set(1, 0, true);
        let (width, height, image) = decoded(&canvas, 4);
        assert_eq!((width, height), (8, 4));
        assert_eq!(image[..8], [1, 1, 1, 0, 1, 1, 1, 0]);
        assert_eq!(image[24..], [0; 8]);
    }

    #[test]
    fn a_picture_in_colour_keeps_its_colours() {
        let mut canvas = ColorCanvas::new(2, 1);
        let pixel = Pixel(Point::new(1, 0), Rgb888::new(1, 2, 3));
        let Ok(()) = canvas.draw_iter([pixel]);
        let mut file = Vec::new();
        write_color_png(&canvas, 2, &mut file).expect("a vector takes every byte");
        let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().expect("a PNG");
        let mut image = vec![0; reader.output_buffer_size().expect("a size that fits")];
        reader.next_frame(&mut image).expect("one picture");
        assert_eq!(image[..12], [0, 0, 0, 0, 0, 0, 1, 2, 3, 1, 2, 3]);
        assert_eq!(image[..12], image[12..]);
        let mut file = Vec::new();
        write_frame(&Frame::Color(canvas), &mut file).expect("a vector takes every byte");
        let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().expect("a PNG");
        let mut image = vec![0; reader.output_buffer_size().expect("a size that fits")];
        reader.next_frame(&mut image).expect("one picture");
        assert_eq!(image, [0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn a_scale_without_bounds_is_refused() {
        for scale in [0, MAX_SCALE + 1] {
            let refused = write_png(&Canvas::new(8, 8), scale, io::sink());
            assert!(matches!(refused, Err(PngError::Scale(s)) if s == scale));
            let refused = write_color_png(&ColorCanvas::new(8, 8), scale, io::sink());
            assert!(matches!(refused, Err(PngError::Scale(s)) if s == scale));
        }
    }
}
