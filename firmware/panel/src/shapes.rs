//! Signs made of pixels: the three states, the mark of emptiness, the small signs.
//!
//! Owns their outlines, touching every pixel once. Refuses to
//! know when they are shown.

use crate::layout::Area;

/// How the floor stands, as a shape. The order is the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fine.
    Ring,
    /// Near a deadline.
    Triangle,
    /// Past a deadline.
    Square,
}

impl Shape {
    /// The pixels of the shape in a square of `side` pixels at `(x, y)`.
    pub fn pixels(self, x: i32, y: i32, side: i32) -> impl Iterator<Item = Area> {
        grid(side, side)
            .filter(move |(column, row)| self.covers(*column, *row, side))
            .map(move |(column, row)| Area::new(x + column, y + row, 1, 1))
    }

    fn covers(self, column: i32, row: i32, side: i32) -> bool {
        // Distances from the centre are doubled, so that it may lie between pixels.
        let (dx, dy) = (2 * column + 1 - side, 2 * row + 1 - side);
        match self {
            Self::Ring => {
                let (outer, inner) = (side, side - 2 * (side / 6).max(2));
                (inner * inner + 1..=outer * outer).contains(&(dx * dx + dy * dy))
            }
            Self::Triangle => dx.abs() <= row * side / (side - 1).max(1),
            Self::Square => true,
        }
    }
}

/// All columns of the first row, then all of the next.
fn grid(w: i32, h: i32) -> impl Iterator<Item = (i32, i32)> {
    (0..h).flat_map(move |row| (0..w).map(move |column| (column, row)))
}

/// The columns of a tick in a box of `w` by `h` pixels at `(x, y)`: a short stroke down and a
/// long one up.
pub fn tick(x: i32, y: i32, w: i32, h: i32) -> impl Iterator<Item = Area> {
    let (elbow, thick) = (w / 3, (h / 3).max(2));
    let floor = h - thick;
    (0..w).map(move |column| {
        let rise = (column - elbow).abs().min(floor);
        Area::new(x + column, y + floor - rise, 1, thick)
    })
}

/// A small sign: rows of pixels from the top, the leftmost pixel in the highest of `width` bits.
#[derive(Debug)]
pub struct Sign {
    /// Columns.
    pub width: i32,
    rows: [u16; 7],
}

impl Sign {
    /// Rows of every small sign.
    pub const HEIGHT: i32 = 7;

    /// The pixels of the sign at `(x, y)`.
    pub fn pixels(&self, x: i32, y: i32) -> impl Iterator<Item = Area> {
        grid(self.width, Self::HEIGHT)
            .filter(|(column, row)| self.rows[*row as usize] >> (self.width - 1 - column) & 1 == 1)
            .map(move |(column, row)| Area::new(x + column, y + row, 1, 1))
    }
}

/// A crossed-out loudspeaker: the sound is off by hand.
pub static MUTED: Sign = Sign {
    width: 10,
    rows: [
        0b00_0100_0000,
        0b00_1101_0001,
        0b11_1100_1010,
        0b11_1100_0100,
        0b11_1100_1010,
        0b00_1101_0001,
        0b00_0100_0000,
    ],
};

/// A crescent moon: quiet hours keep the sound off.
pub static QUIET: Sign = Sign {
    width: 7,
    rows: [0b001_1000, 0b011_0000, 0b111_0000, 0b111_0000, 0b111_1001, 0b011_1111, 0b001_1110],
};

/// A full bell: alarms that nobody has acknowledged.
pub static UNACKED: Sign = Sign {
    width: 7,
    rows: [0b000_1000, 0b001_1100, 0b011_1110, 0b011_1110, 0b011_1110, 0b111_1111, 0b000_1000],
};

/// A hollow bell: alarms that ended before anybody acknowledged them.
pub static MISSED: Sign = Sign {
    width: 7,
    rows: [0b000_1000, 0b001_0100, 0b010_0010, 0b010_0010, 0b010_0010, 0b111_1111, 0b000_1000],
};

/// A sleeper's breath: alarms that were put aside for a while.
pub static SHELVED: Sign = Sign {
    width: 10,
    rows: [
        0b00_0001_1111,
        0b00_0000_0010,
        0b00_0000_0100,
        0b11_1100_1000,
        0b00_1001_1111,
        0b01_0000_0000,
        0b11_1100_0000,
    ],
};

/// A tick: alarms that somebody looks after.
pub static ACKED: Sign = Sign {
    width: 8,
    rows: [0b0000_0001, 0b0000_0011, 0b0000_0110, 0b1000_1100, 0b1101_1000, 0b0111_0000, 0b0010_0000],
};

/// A question mark: some of the numbers were not confirmed.
pub static UNCONFIRMED: Sign =
    Sign { width: 6, rows: [0b01_1110, 0b11_0011, 0b00_0011, 0b00_1110, 0b00_1100, 0b00_0000, 0b00_1100] };
