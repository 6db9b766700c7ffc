//! Signs made of pixels: the three states, the mark of emptiness, the small signs.
//!
//! Owns their outlines, touching every pixel once. Refuses to know when they are shown.

/// How the floor stands, as a shape. The order is the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fine.
    Ring,
    /// Near a deadline.
    Triangle,
    /// Past a deadline.
    Square,
    /// A ring with a tick in it: nobody waits.
    Calm,
}

impl Shape {
    /// How much of a pixel of a square of `side` pixels the shape covers, in 255ths: all or
    /// nothing, unless its edges are soft.
    pub fn coverage(self, column: i32, row: i32, side: i32, soft: bool) -> u8 {
        let samples = if soft { SAMPLES } else { 1 };
        let side = (side * samples) as f32;
        let places = (0..samples * samples).map(|n| (n % samples, n / samples));
        let covered = places
            .filter(|(dx, dy)| {
                let (x, y) = (column * samples + dx, row * samples + dy);
                self.covers((x as f32 + 0.5) / side, (y as f32 + 0.5) / side, 1.0 / side)
            })
            .count() as i32;
        (covered * 255 / (samples * samples)) as u8
    }

    /// Whether the shape covers a place in a square of side 1, seen through pixels of that size.
    fn covers(self, x: f32, y: f32, pixel: f32) -> bool {
        let (dx, dy) = (x - 0.5, y - 0.5);
        match self {
            Self::Ring => {
                let inner = 0.5 - (1.0f32 / 6.0).max(2.0 * pixel);
                (inner * inner..0.25).contains(&(dx * dx + dy * dy))
            }
            // Its upper corner is a pixel wide.
            Self::Triangle => dx.abs() * 2.0 <= y.max(pixel),
            Self::Square => true,
            Self::Calm => {
                let inner = 0.5 - (1.0f32 / 10.0).max(2.0 * pixel);
                (inner * inner..0.25).contains(&(dx * dx + dy * dy)) || ticked(x, y, pixel)
            }
        }
    }
}

/// Each pixel with soft edges is looked at in so many columns and rows.
const SAMPLES: i32 = 4;

/// Whether a tick covers a place: a short stroke down and a long one up, each as thick in its
/// column as the other.
fn ticked(x: f32, y: f32, pixel: f32) -> bool {
    const LEFT: f32 = 0.27;
    const ELBOW: f32 = 0.42;
    const RIGHT: f32 = 0.75;
    const FLOOR: f32 = 0.70;
    let thick = 0.14f32.max(2.0 * pixel);
    let bottom = FLOOR - (x - ELBOW).abs();
    (LEFT..RIGHT).contains(&x) && (bottom - thick..bottom).contains(&y)
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

    /// The columns and rows of its ink.
    pub fn pixels(&self) -> impl Iterator<Item = (i32, i32)> {
        (0..Self::HEIGHT)
            .flat_map(|row| (0..self.width).map(move |column| (column, row)))
            .filter(|(column, row)| self.rows[*row as usize] >> (self.width - 1 - column) & 1 == 1)
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

/// A star: a badge is held.
pub static BADGE: Sign = Sign {
    width: 7,
    rows: [0b000_1000, 0b000_1000, 0b111_1111, 0b011_1110, 0b001_1100, 0b011_0110, 0b010_0010],
};

/// A crossed-out page: the history cannot be written down.
pub static UNWRITTEN: Sign = Sign {
    width: 7,
    rows: [0b111_1101, 0b100_0110, 0b100_1110, 0b101_1010, 0b111_0010, 0b110_0010, 0b111_1110],
};
