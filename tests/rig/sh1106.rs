//! A model of the SH1106 as its datasheet (version 2.3) defines it, on the glass of a usual module.
//!
//! Owns the chip's registers, its RAM and what a viewer of the glass sees. Refuses to know who
//! writes to it and over which bus. It is as strict as the model of the SSD1306: what the datasheet
//! leaves undefined panics, and so do commands of the SSD1306 that this chip has not got, such as
//! those of its addressing modes.

use crate::{
    module::{Module, garbage},
    picture::Picture,
};

#[cfg(test)]
mod tests;

/// Columns of the RAM: four more than the glass has.
pub const COLUMNS: usize = 132;
/// Columns of the glass.
const WIDTH: usize = 128;
/// How many columns lie beside the usual glass, on either side.
const LEFT: usize = (COLUMNS - WIDTH) / 2;
const ROWS: usize = 64;
const PAGES: usize = ROWS / 8;

/// A display module of 128 x 64: the chip and its glass.
///
/// The glass is mounted as on the usual modules: segment 129 at the left, the highest COM at the
/// top, so that the settings after reset show the picture turned by 180 degrees.
#[derive(Clone, Debug)]
pub struct Sh1106 {
    /// The column of the RAM at the left edge of the glass, once the picture is upright.
    left: usize,
    ram: [[u8; COLUMNS]; PAGES],
    registers: Registers,
    /// A command whose argument has not arrived: the chip waits for it across messages.
    pending: Option<u8>,
    /// The message that carried `pending` broke off.
    interrupted: bool,
    external_supply: bool,
    power_ups: u32,
}

/// Every register that shows, with the datasheet's values after reset.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the chip, named as the datasheet does")]
struct Registers {
    column: usize,
    page: usize,
    start_line: usize,
    offset: usize,
    multiplex: usize,
    contrast: u8,
    segments_reversed: bool,
    scan_reversed: bool,
    com_alternative: bool,
    all_on: bool,
    inverse: bool,
    on: bool,
    pump: bool,
}

impl Default for Registers {
    fn default() -> Self {
        Self {
            column: 0,
            page: 0,
            start_line: 0,
            offset: 0,
            multiplex: ROWS,
            contrast: 0x80,
            segments_reversed: false,
            scan_reversed: false,
            com_alternative: true,
            all_on: false,
            inverse: false,
            on: false,
            pump: true,
        }
    }
}

impl Default for Sh1106 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sh1106 {
    /// A module that was just switched on: registers at reset, garbage in its RAM.
    #[must_use]
    pub fn new() -> Self {
        let mut module = Self {
            left: LEFT,
            ram: [[0; COLUMNS]; PAGES],
            registers: Registers::default(),
            pending: None,
            interrupted: false,
            external_supply: false,
            power_ups: 0,
        };
        module.power_cycle();
        module
    }

    /// A module whose panel voltage comes from outside.
    #[must_use]
    pub fn externally_powered() -> Self {
        Self { external_supply: true, ..Self::new() }
    }

    /// A module whose glass begins at another column than the usual one.
    #[must_use]
    pub fn beginning_at(left: usize) -> Self {
        assert!(left + WIDTH <= COLUMNS, "the glass has to be on the chip");
        Self { left, ..Self::new() }
    }

    /// The contrast register, 0 to 255.
    #[must_use]
    pub const fn contrast(&self) -> u8 {
        self.registers.contrast
    }

    /// Whether the charge pump runs: it does while the display is on, where it is allowed to.
    #[must_use]
    pub const fn pump_is_running(&self) -> bool {
        self.registers.pump && self.registers.on
    }

    fn execute(&mut self, code: u8, argument: u8) {
        let chip = &mut self.registers;
        match code {
            0x00..=0x0F => chip.column = chip.column & 0xF0 | usize::from(code & 0x0F),
            0x10..=0x1F => chip.column = chip.column & 0x0F | usize::from(code & 0x0F) << 4,
            0x30..=0x33 | 0xE3 | 0xD5 | 0xDB => {}
            0x40..=0x7F => chip.start_line = usize::from(code - 0x40),
            0x81 => chip.contrast = argument,
            0xA0 | 0xA1 => chip.segments_reversed = code == 0xA1,
            0xA4 | 0xA5 => chip.all_on = code == 0xA5,
            0xA6 | 0xA7 => chip.inverse = code == 0xA7,
            0xA8 if argument < 64 => chip.multiplex = usize::from(argument) + 1,
            0xAD if matches!(argument, 0x8A | 0x8B) => {
                assert!(!chip.on, "the pump is told while the display is on");
                chip.pump = argument == 0x8B;
            }
            0xAE | 0xAF => chip.on = code == 0xAF,
            0xB0..=0xB7 => chip.page = usize::from(code & 0x07),
            0xC0..=0xCF => chip.scan_reversed = code & 0x08 != 0,
            0xD3 if argument < 64 => chip.offset = usize::from(argument),
            0xD9 if argument & 0x0F != 0 && argument >> 4 != 0 => {}
            0xDA if matches!(argument, 0x02 | 0x12) => chip.com_alternative = argument == 0x12,
            _ => panic!("argument {argument:#04x} of command {code:#04x} is out of range"),
        }
    }

    fn shines(&self, x: usize, line: Option<usize>) -> bool {
        let chip = &self.registers;
        let powered = self.external_supply || chip.pump;
        let Some(line) = line.filter(|_| powered && chip.on) else {
            return false;
        };
        let stored = self.ram[line / 8][COLUMNS - 1 - self.left - x] >> (line % 8) & 1 != 0;
        chip.all_on || stored != chip.inverse
    }

    /// The line of RAM that drives row `y` of the glass, if the scan reaches it at all.
    fn ram_line(&self, y: usize) -> Option<usize> {
        let chip = &self.registers;
        assert!(chip.com_alternative, "the glass is wired for the alternative configuration");
        let com = ROWS - 1 - y;
        let scanned = if chip.scan_reversed { ROWS + chip.multiplex - 1 - com } else { com };
        let row = (scanned + chip.offset) % ROWS;
        (row < chip.multiplex).then_some((row + chip.start_line) % ROWS)
    }
}

impl Module for Sh1106 {
    fn command_byte(&mut self, byte: u8) {
        let Some(code) = self.pending.take() else {
            if has_argument(byte) {
                self.pending = Some(byte);
            } else {
                self.execute(byte, 0);
            }
            return;
        };
        if !std::mem::take(&mut self.interrupted) {
            self.execute(code, byte);
        }
    }

    fn data_byte(&mut self, byte: u8) {
        assert_eq!(self.pending, None, "data while a command lacks its argument");
        let chip = &mut self.registers;
        assert!(chip.column < COLUMNS, "data beyond the last column: it does not wrap");
        // The remap acts as data arrives: what is in the RAM already stays where it is.
        let segment = if chip.segments_reversed { COLUMNS - 1 - chip.column } else { chip.column };
        self.ram[chip.page][segment] = byte;
        chip.column += 1;
    }

    fn break_off(&mut self) {
        self.interrupted = self.pending.is_some();
    }

    fn power_cycle(&mut self) {
        self.power_ups += 1;
        self.ram
            .iter_mut()
            .flatten()
            .zip(garbage(self.power_ups))
            .for_each(|(byte, garbage)| *byte = garbage);
        self.reset();
    }

    fn reset(&mut self) {
        self.registers = Registers::default();
        self.pending = None;
        self.interrupted = false;
    }

    fn picture(&self) -> Picture {
        let lines: Vec<_> = (0..ROWS).map(|y| self.ram_line(y)).collect();
        Picture::new(WIDTH, ROWS, |x, y| self.shines(x, lines[y]))
    }

    fn size(&self) -> (usize, usize) {
        (WIDTH, ROWS)
    }

    fn is_on(&self) -> bool {
        self.registers.on
    }

    fn is_cleared(&self) -> bool {
        let seen = COLUMNS - self.left - WIDTH..COLUMNS - self.left;
        self.ram.iter().flat_map(|page| &page[seen.clone()]).all(|byte| *byte == 0)
    }
}

/// Whether a second byte follows a command's first.
fn has_argument(code: u8) -> bool {
    match code {
        0x81 | 0xA8 | 0xAD | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => true,
        0x00..=0x1F
        | 0x30..=0x7F
        | 0xA0
        | 0xA1
        | 0xA4..=0xA7
        | 0xAE
        | 0xAF
        | 0xB0..=0xB7
        | 0xC0..=0xCF
        | 0xE3 => false,
        _ => panic!("command {code:#04x} is unknown, or not modelled"),
    }
}
