//! The mode of a screen: how large it is, where its pixels are in memory, and how a pixel is made.
//!
//! Owns what the kernel's answers mean, and which modes can be drawn on. Refuses to know the
//! device.

use std::ops::Range;

use thiserror::Error;

use super::node::{Bitfield, Fixed, Variable};
use crate::io::outputs::dimming;

/// Pixels of the largest screen: a picture is kept twice, and the service's memory is limited. A
/// larger one is better told to scale up by itself.
pub const MAX_PIXELS: u64 = 4096 * 2160;

/// `FB_TYPE_PACKED_PIXELS`: one pixel after the other.
const PACKED_PIXELS: u32 = 0;
/// `FB_VISUAL_TRUECOLOR`: the bits of a pixel are its colour.
const TRUE_COLOUR: u32 = 2;

/// A mode that can be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Visible pixels of a row.
    pub width: u32,
    /// Visible rows.
    pub height: u32,
    /// 2, 3 or 4.
    pub bytes_per_pixel: usize,
    /// Bytes from one row to the next.
    stride: usize,
    /// The byte at which the top left visible pixel begins.
    origin: usize,
    /// Red, green and blue.
    channels: [Bitfield; 3],
    /// The bits that make a pixel opaque, where the screen knows transparency.
    opaque: u32,
}

/// Why a mode cannot be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ModeError {
    /// Palettes, and other depths.
    #[error("its pixels have {0} bits; set a mode with 16, 24 or 32")]
    Depth(u32),
    /// Planes, text, palettes, grey, YUV.
    #[error("its pixels are not made of red, green and blue; set a true-colour mode")]
    Colours,
    /// Nothing is visible.
    #[error("it has no pixels; is a screen connected?")]
    Empty,
    /// Larger than [`MAX_PIXELS`].
    #[error("{0}x{1} pixels are too many; set a mode of up to 4096x2160")]
    TooLarge(u32, u32),
    /// The driver contradicts itself.
    #[error("its driver describes a picture of {0}x{1} that does not fit its own memory")]
    Memory(u32, u32),
}

impl Mode {
    /// The mode of these answers.
    pub fn of(variable: &Variable, fixed: &Fixed) -> Result<Self, ModeError> {
        let Variable { xres: width, yres: height, bits_per_pixel: bits, .. } = *variable;
        if width == 0 || height == 0 {
            return Err(ModeError::Empty);
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(ModeError::TooLarge(width, height));
        }
        if !matches!(bits, 16 | 24 | 32) {
            return Err(ModeError::Depth(bits));
        }
        let channels = [variable.red, variable.green, variable.blue];
        let is_colour = fixed.kind == PACKED_PIXELS && fixed.visual == TRUE_COLOUR && variable.grayscale == 0;
        let fits = |field: &Bitfield| field.length > 0 && field.fits(bits);
        if !is_colour || !channels.iter().all(fits) || !variable.transp.fits(bits) {
            return Err(ModeError::Colours);
        }
        let bytes_per_pixel = bits as usize / 8;
        let stride = fixed.line_length as usize;
        let left = variable.xoffset as usize * bytes_per_pixel;
        let mode = Self {
            width,
            height,
            bytes_per_pixel,
            stride,
            origin: variable.yoffset as usize * stride + left,
            channels,
            opaque: variable.transp.mask(),
        };
        let end = mode.place(height as usize - 1, width as usize) as u64;
        if left + width as usize * bytes_per_pixel > stride || end > u64::from(fixed.smem_len) {
            return Err(ModeError::Memory(width, height));
        }
        Ok(mode)
    }

    /// The byte at which a pixel begins, or, for the column behind the last, where its row ends.
    #[must_use]
    pub const fn place(&self, row: usize, column: usize) -> usize {
        self.origin + row * self.stride + column * self.bytes_per_pixel
    }

    /// Whether one row begins where the one above ends.
    #[must_use]
    pub const fn is_seamless(&self) -> bool {
        self.stride == self.width as usize * self.bytes_per_pixel
    }
}

impl Bitfield {
    fn fits(self, bits: u32) -> bool {
        self.msb_right == 0 && self.length <= 16 && self.offset.saturating_add(self.length) <= bits
    }

    fn mask(self) -> u32 {
        if self.length == 0 { 0 } else { ((1 << self.length) - 1) << self.offset }
    }

    /// The bits of the field for a share of 255.
    fn of(self, value: u32) -> u32 {
        let most = (1 << self.length) - 1;
        ((value * most + 127) / 255) << self.offset
    }
}

/// Turns colours into the bytes of pixels.
pub struct Dye {
    /// For each value of red, green and blue its bits in a pixel.
    tables: [[u32; 256]; 3],
    opaque: u32,
    bytes_per_pixel: usize,
    /// Whether the bits of a pixel are the colour as it is, apart from the opaque ones.
    is_plain: bool,
}

impl Dye {
    /// The colours of a mode, at so many percent of brightness.
    #[must_use]
    pub fn new(mode: &Mode, brightness: u8) -> Self {
        let light = dimming::light(brightness);
        let mut tables = [[0; 256]; 3];
        for (table, channel) in tables.iter_mut().zip(mode.channels) {
            for (value, bits) in (0..).zip(table) {
                *bits = channel.of(value * light / 100);
            }
        }
        let Mode { opaque, bytes_per_pixel, .. } = *mode;
        let own = |(table, shift): (&[u32; 256], u32)| (0..).zip(table).all(|(v, bits)| *bits == v << shift);
        let is_plain = bytes_per_pixel == 4 && tables.iter().zip([16, 8, 0]).all(own);
        Self { tables, opaque, bytes_per_pixel, is_plain }
    }

    /// The bits of a pixel of this colour, `0x00RRGGBB`.
    #[must_use]
    pub fn pixel(&self, colour: u32) -> u32 {
        let [red, green, blue] = &self.tables;
        let part = |table: &[u32; 256], shift: u32| table[(colour >> shift & 0xFF) as usize];
        self.opaque | part(red, 16) | part(green, 8) | part(blue, 0)
    }

    /// Replaces `bytes` by the pixels of these colours.
    pub fn fill(&self, bytes: &mut Vec<u8>, colours: &[u32]) {
        bytes.resize(colours.len() * self.bytes_per_pixel, 0);
        match self.bytes_per_pixel {
            // The mode of nearly every screen: this is a copy, as fast as memory is.
            4 if self.is_plain => each(bytes, colours, |colour| (colour | self.opaque).to_ne_bytes()),
            4 => each(bytes, colours, |colour| self.pixel(colour).to_ne_bytes()),
            2 => each(bytes, colours, |colour| (self.pixel(colour) as u16).to_ne_bytes()),
            _ => each(bytes, colours, |colour| three_bytes(self.pixel(colour))),
        }
    }
}

fn each<const N: usize>(bytes: &mut [u8], colours: &[u32], bytes_of: impl Fn(u32) -> [u8; N]) {
    for (place, colour) in bytes.chunks_exact_mut(N).zip(colours) {
        place.copy_from_slice(&bytes_of(*colour));
    }
}

fn three_bytes(pixel: u32) -> [u8; 3] {
    let [a, b, c, d] = pixel.to_ne_bytes();
    if cfg!(target_endian = "little") { [a, b, c] } else { [b, c, d] }
}

/// The ranges of pixels, counted from the top left, in which two pictures differ. Where rows are
/// `seamless` in memory, ranges that are at most `gap` pixels apart are one, across rows too;
/// else each stays within its row.
#[must_use]
pub fn changes(width: usize, seamless: bool, gap: usize, old: &[u32], new: &[u32]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (row, (old, new)) in old.chunks(width).zip(new.chunks(width)).enumerate() {
        let Some(span) = changed_span(old, new) else { continue };
        let (start, end) = (row * width + span.start, row * width + span.end);
        match ranges.last_mut() {
            Some(last) if seamless && start - last.end <= gap => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// Pixels that are compared at once, in search of the first and the last that differ.
const STRIDE: usize = 64;

/// From the first to the last pixel in which the rows differ.
fn changed_span(old: &[u32], new: &[u32]) -> Option<Range<usize>> {
    if old == new {
        return None;
    }
    let differs = |(old, new): (&u32, &u32)| old != new;
    let skipped =
        old.chunks(STRIDE).zip(new.chunks(STRIDE)).take_while(|(old, new)| old == new).count() * STRIDE;
    let first = old[skipped..].iter().zip(&new[skipped..]).position(differs)?;
    let same =
        old.rchunks(STRIDE).zip(new.rchunks(STRIDE)).take_while(|(old, new)| old == new).count() * STRIDE;
    let end = old.len() - same;
    let last = old[..end].iter().zip(&new[..end]).rposition(differs)?;
    Some(skipped + first..last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(offset: u32, length: u32) -> Bitfield {
        Bitfield { offset, length, msb_right: 0 }
    }

    fn answers(bits: u32, fields: [(u32, u32); 3]) -> (Variable, Fixed) {
        let [red, green, blue] = fields.map(|(offset, length)| field(offset, length));
        let variable =
            Variable { xres: 4, yres: 2, bits_per_pixel: bits, red, green, blue, ..Variable::default() };
        let line_length = 4 * bits / 8;
        (variable, Fixed { visual: TRUE_COLOUR, line_length, smem_len: 2 * line_length, ..Fixed::default() })
    }

    fn refused(change: impl FnOnce(&mut Variable, &mut Fixed)) -> ModeError {
        let (mut variable, mut fixed) = answers(32, [(16, 8), (8, 8), (0, 8)]);
        change(&mut variable, &mut fixed);
        Mode::of(&variable, &fixed).expect_err("this mode cannot be drawn on")
    }

    fn pixel(bits: u32, fields: [(u32, u32); 3], brightness: u8, colour: u32) -> u32 {
        let (variable, fixed) = answers(bits, fields);
        let mode = Mode::of(&variable, &fixed).expect("this mode can be drawn on");
        Dye::new(&mode, brightness).pixel(colour)
    }

    #[test]
    fn a_colour_is_put_into_whatever_fields_a_pixel_has() {
        assert_eq!(pixel(32, [(16, 8), (8, 8), (0, 8)], 100, 0x0012_3456), 0x0012_3456);
        assert_eq!(pixel(32, [(0, 8), (8, 8), (16, 8)], 100, 0x0012_3456), 0x0056_3412);
        assert_eq!(pixel(16, [(11, 5), (5, 6), (0, 5)], 100, 0x00FF_FFFF), 0xFFFF);
        assert_eq!(pixel(16, [(11, 5), (5, 6), (0, 5)], 100, 0x00FF_0000), 0xF800);
        assert_eq!(pixel(16, [(10, 5), (5, 5), (0, 5)], 100, 0x0000_8000), 16 << 5);
        assert_eq!(pixel(32, [(20, 10), (10, 10), (0, 10)], 100, 0x0000_00FF), 1023);
    }

    #[test]
    fn a_pixel_that_could_be_transparent_is_opaque() {
        let (mut variable, fixed) = answers(32, [(16, 8), (8, 8), (0, 8)]);
        variable.transp = field(24, 8);
        let mode = Mode::of(&variable, &fixed).expect("this mode can be drawn on");
        assert_eq!(Dye::new(&mode, 100).pixel(0x0012_3456), 0xFF12_3456);
    }

    #[test]
    fn brightness_darkens_every_colour_alike_and_never_to_black() {
        let fields = [(16, 8), (8, 8), (0, 8)];
        assert_eq!(pixel(32, fields, 0, 0x00FF_FFFF), 0x004C_4C4C);
        assert_eq!(pixel(32, fields, 50, 0x00C8_6400), 0x0082_4100);
        assert_eq!(pixel(32, fields, 50, 0), 0);
    }

    #[test]
    fn a_pixel_of_three_bytes_is_written_as_three() {
        let (variable, fixed) = answers(24, [(16, 8), (8, 8), (0, 8)]);
        let mode = Mode::of(&variable, &fixed).expect("this mode can be drawn on");
        let mut bytes = Vec::new();
        Dye::new(&mode, 100).fill(&mut bytes, &[0x0012_3456, 0x0078_9ABC]);
        assert_eq!(bytes, [0x56, 0x34, 0x12, 0xBC, 0x9A, 0x78]);
    }

    #[test]
    fn modes_that_cannot_be_drawn_on_are_refused_and_the_way_out_is_named() {
        assert_eq!(refused(|variable, _| variable.bits_per_pixel = 8), ModeError::Depth(8));
        assert_eq!(refused(|_, fixed| fixed.visual = 3), ModeError::Colours);
        assert_eq!(refused(|_, fixed| fixed.kind = 1), ModeError::Colours);
        assert_eq!(refused(|variable, _| variable.grayscale = 1), ModeError::Colours);
        assert_eq!(refused(|variable, _| variable.red.length = 0), ModeError::Colours);
        assert_eq!(refused(|variable, _| variable.red.offset = 25), ModeError::Colours);
        assert_eq!(refused(|variable, _| variable.red.msb_right = 1), ModeError::Colours);
        assert_eq!(refused(|variable, _| variable.xres = 0), ModeError::Empty);
        assert_eq!(refused(|variable, _| variable.yres = 3), ModeError::Memory(4, 3));
        assert_eq!(refused(|variable, _| variable.xoffset = 1), ModeError::Memory(4, 2));
        assert_eq!(refused(|variable, _| variable.xres = 1 << 30), ModeError::TooLarge(1 << 30, 2));
        assert_eq!(refused(|variable, _| variable.yoffset = u32::MAX), ModeError::Memory(4, 2));
        assert_eq!(ModeError::Depth(8).to_string(), "its pixels have 8 bits; set a mode with 16, 24 or 32");
    }

    #[test]
    fn the_span_of_a_long_row_is_exact_wherever_it_lies() {
        let old = [7; 300];
        for (first, last) in [(0, 0), (0, 299), (63, 64), (64, 64), (127, 200), (236, 236), (299, 299)] {
            let mut new = old;
            (new[first], new[last]) = (1, 2);
            assert_eq!(changed_span(&old, &new), Some(first..last + 1));
        }
        assert_eq!(changed_span(&old, &old), None);
    }

    #[test]
    fn only_changed_spans_are_named_and_near_ones_joined_where_rows_are_seamless() {
        let old = [0; 30];
        let mut new = old;
        for place in [3, 5, 12, 29] {
            new[place] = 1;
        }
        assert_eq!(changes(10, false, 100, &old, &new), [3..6, 12..13, 29..30]);
        assert_eq!(changes(10, true, 6, &old, &new), [3..13, 29..30]);
        assert_eq!(changes(10, true, 5, &old, &new), [3..6, 12..13, 29..30]);
        assert!(changes(10, true, 100, &old, &old).is_empty());
    }
}
