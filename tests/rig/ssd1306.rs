//! A model of the SSD1306 as its datasheet (revision 1.1) defines it, on the glass of a usual module.
//!
//! Owns the chip's registers, its RAM and what a viewer of the glass sees. Refuses to know who
//! writes to it and over which bus. It is stricter than the chip: whatever the datasheet leaves
//! undefined (an unknown command, an argument out of range, a command of another addressing
//! mode) panics, because no driver of ours has any business sending it.

use crate::{
    module::{Module, garbage, told_apart},
    picture::Picture,
};

#[cfg(test)]
mod tests;

/// Columns of the RAM and of the usual glass.
pub const COLUMNS: usize = 128;
/// Rows of the RAM; a glass of 32 rows shows a part of them.
const ROWS: usize = 64;
const PAGES: usize = ROWS / 8;

/// A display module: the chip and its glass.
///
/// Glass is mounted as on the usual modules: SEG127 at the left, the highest COM at the top, so
/// that the settings after reset show the picture turned by 180 degrees. Glass of 64 rows is
/// wired for the alternative COM pin configuration, glass of 32 rows for the sequential one. Glass
/// of 64 columns is on the middle ones, and wired for the alternative configuration.
#[derive(Clone, Debug)]
pub struct Ssd1306 {
    width: usize,
    height: usize,
    external_supply: bool,
    ram: [[u8; COLUMNS]; PAGES],
    registers: Registers,
    /// A command whose arguments have not all arrived: the chip waits for them across messages.
    pending: Vec<u8>,
    /// The message that carried `pending` broke off, so nobody meant the bytes that complete it.
    interrupted: bool,
    power_ups: u32,
    transactions: u64,
    bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addressing {
    Horizontal,
    Vertical,
    Page,
}

/// Every register that shows, with the datasheet's values after reset.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the chip, named as the datasheet does")]
struct Registers {
    addressing: Addressing,
    columns: (usize, usize),
    pages: (usize, usize),
    column: usize,
    page: usize,
    start_line: usize,
    offset: usize,
    multiplex: usize,
    contrast: u8,
    segment_remap: bool,
    scan_reversed: bool,
    com_alternative: bool,
    com_swapped: bool,
    all_on: bool,
    inverse: bool,
    on: bool,
    /// What 8Dh asked for; it holds from the next display-on command.
    pump_asked: bool,
    pump_running: bool,
}

impl Default for Registers {
    fn default() -> Self {
        Self {
            addressing: Addressing::Page,
            columns: (0, COLUMNS - 1),
            pages: (0, PAGES - 1),
            column: 0,
            page: 0,
            start_line: 0,
            offset: 0,
            multiplex: ROWS,
            contrast: 0x7F,
            segment_remap: false,
            scan_reversed: false,
            com_alternative: true,
            com_swapped: false,
            all_on: false,
            inverse: false,
            on: false,
            pump_asked: false,
            pump_running: false,
        }
    }
}

impl Ssd1306 {
    /// A module of 32 or 64 rows that was just switched on: registers at reset, garbage in its RAM.
    #[must_use]
    pub fn new(height: usize) -> Self {
        assert!(height == 32 || height == 64, "no glass of {height} rows is modelled");
        Self::of(COLUMNS, height)
    }

    /// A module of 64 columns and 32 or 48 rows.
    #[must_use]
    pub fn small(height: usize) -> Self {
        assert!(height == 32 || height == 48, "no small glass of {height} rows is modelled");
        Self::of(COLUMNS / 2, height)
    }

    fn of(width: usize, height: usize) -> Self {
        let mut module = Self {
            width,
            height,
            external_supply: false,
            ram: [[0; COLUMNS]; PAGES],
            registers: Registers::default(),
            pending: Vec::new(),
            interrupted: false,
            power_ups: 0,
            transactions: 0,
            bytes: 0,
        };
        module.power_cycle();
        module
    }

    /// A module whose panel voltage comes from outside, as on many with an SSD1309.
    #[must_use]
    pub fn externally_powered(height: usize) -> Self {
        Self { external_supply: true, ..Self::new(height) }
    }

    /// Takes the power away and gives it back: registers at reset, other garbage in the RAM.
    pub fn power_cycle(&mut self) {
        self.power_ups += 1;
        self.ram
            .iter_mut()
            .flatten()
            .zip(garbage(self.power_ups))
            .for_each(|(byte, garbage)| *byte = garbage);
        self.reset();
    }

    /// Pulls the reset line low and lets go of it: registers at reset, the RAM as it was.
    pub fn reset(&mut self) {
        self.registers = Registers::default();
        self.pending.clear();
        self.interrupted = false;
    }

    /// One I2C write to the chip: the bytes after the address, control byte first.
    pub fn message(&mut self, bytes: &[u8]) {
        assert!(bytes.len() >= 2, "a message of {} bytes says nothing to the chip", bytes.len());
        self.count(bytes);
        self.receive(bytes);
    }

    /// An I2C write that broke off: only `bytes` (perhaps none) of it were acknowledged.
    pub fn broken_message(&mut self, bytes: &[u8]) {
        self.count(bytes);
        self.receive(bytes);
        self.interrupted = !self.pending.is_empty();
    }

    fn count(&mut self, bytes: &[u8]) {
        self.transactions += 1;
        self.bytes += bytes.len() as u64;
    }

    fn receive(&mut self, bytes: &[u8]) {
        for (is_data, byte) in told_apart(bytes) {
            if is_data { self.data_byte(byte) } else { self.command_byte(byte) }
        }
    }

    fn command_byte(&mut self, byte: u8) {
        self.pending.push(byte);
        if self.pending.len() <= argument_count(self.pending[0]) {
            return;
        }
        let command = std::mem::take(&mut self.pending);
        if !std::mem::take(&mut self.interrupted) {
            self.execute(&command);
        }
    }

    fn execute(&mut self, command: &[u8]) {
        let chip = &mut self.registers;
        match *command {
            [0x00..=0x22 | 0xB0..=0xB7, ..] => chip.address(command),
            [line @ 0x40..=0x7F] => chip.start_line = usize::from(line - 0x40),
            [0x81, contrast] => chip.contrast = contrast,
            [0x8D, setting @ (0x10 | 0x14)] => chip.pump_asked = setting == 0x14,
            [code @ (0xA0 | 0xA1)] => chip.segment_remap = code == 0xA1,
            [code @ (0xA4 | 0xA5)] => chip.all_on = code == 0xA5,
            [code @ (0xA6 | 0xA7)] => chip.inverse = code == 0xA7,
            [0xA8, ratio @ 15..=63] => chip.multiplex = usize::from(ratio) + 1,
            [0xAE] => chip.on = false,
            [0xAF] => {
                chip.on = true;
                chip.pump_running = chip.pump_asked;
            }
            [code @ (0xC0 | 0xC8)] => chip.scan_reversed = code == 0xC8,
            [0xD3, offset @ 0..=63] => chip.offset = usize::from(offset),
            [0xDA, pins] if pins & !0x30 == 0x02 => {
                chip.com_alternative = pins & 0x10 != 0;
                chip.com_swapped = pins & 0x20 != 0;
            }
            [0xD9, phases] if phases & 0x0F != 0 && phases >> 4 != 0 => {}
            // 40h is not in the datasheet's table, but every driver in use sends it.
            [0xDB, 0x00 | 0x20 | 0x30 | 0x40] | [0xD5, _] | [0x2E | 0xE3] => {}
            _ => panic!("argument out of range in command {command:02x?}"),
        }
    }

    fn data_byte(&mut self, byte: u8) {
        assert!(self.pending.is_empty(), "data while command {:02x?} lacks arguments", self.pending);
        let chip = &mut self.registers;
        let ((first, last), (top, bottom)) = (chip.columns, chip.pages);
        assert!((first..=last).contains(&chip.column), "column {} is outside its window", chip.column);
        // The remap acts as data arrives: what is in the RAM already stays where it is.
        let segment = if chip.segment_remap { COLUMNS - 1 - chip.column } else { chip.column };
        self.ram[chip.page][segment] = byte;
        match chip.addressing {
            Addressing::Page => {
                step(&mut chip.column, first, last);
            }
            Addressing::Horizontal => {
                if step(&mut chip.column, first, last) {
                    step(&mut chip.page, top, bottom);
                }
            }
            Addressing::Vertical => {
                if step(&mut chip.page, top, bottom) {
                    step(&mut chip.column, first, last);
                }
            }
        }
    }

    /// Whether the glass shines at column `x` from the left and row `y` from the top.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> bool {
        assert!(x < self.width && y < self.height, "the glass has no pixel ({x}, {y})");
        self.shines(x, self.ram_line(y))
    }

    /// The column of the RAM at the left edge of the glass.
    const fn left(&self) -> usize {
        (COLUMNS - self.width) / 2
    }

    fn shines(&self, x: usize, line: Option<usize>) -> bool {
        let powered = self.external_supply || self.registers.pump_running;
        let Some(line) = line.filter(|_| powered && self.registers.on) else {
            return false;
        };
        let stored = self.ram[line / 8][COLUMNS - 1 - self.left() - x] >> (line % 8) & 1 != 0;
        self.registers.all_on || stored != self.registers.inverse
    }

    /// The line of RAM that drives row `y` of the glass, if the scan reaches it at all
    /// (tables 10-1 to 10-3 of the datasheet).
    fn ram_line(&self, y: usize) -> Option<usize> {
        let chip = &self.registers;
        let pad = com_pad(self.height - 1 - y, self.height == 64 || self.width < COLUMNS, false);
        let com = (0..ROWS)
            .find(|&com| com_pad(com, chip.com_alternative, chip.com_swapped) == pad)
            .expect("every pin configuration is a permutation of the pads");
        let scanned = if chip.scan_reversed { ROWS + chip.multiplex - 1 - com } else { com };
        let row = (scanned + chip.offset) % ROWS;
        (row < chip.multiplex).then_some((row + chip.start_line) % ROWS)
    }

    /// What a viewer of the glass sees.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let lines: Vec<_> = (0..self.height).map(|y| self.ram_line(y)).collect();
        Picture::new(self.width, self.height, |x, y| self.shines(x, lines[y]))
    }

    /// Rows of the glass.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Whether the display-on command holds. It shines only if it is powered too.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.registers.on
    }

    /// Whether the charge pump runs.
    #[must_use]
    pub const fn pump_is_running(&self) -> bool {
        self.registers.pump_running
    }

    /// The contrast register, 0 to 255.
    #[must_use]
    pub const fn contrast(&self) -> u8 {
        self.registers.contrast
    }

    /// Whether every byte of the RAM that the glass can show is 0.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        let columns = self.left()..self.left() + self.width;
        let pages = &self.ram[..self.height / 8];
        pages.iter().flat_map(|page| &page[columns.clone()]).all(|&byte| byte == 0)
    }

    /// Messages received, broken ones included.
    #[must_use]
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// Bytes received after the address byte of each message.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Module for Ssd1306 {
    fn command_byte(&mut self, byte: u8) {
        self.command_byte(byte);
    }

    fn data_byte(&mut self, byte: u8) {
        self.data_byte(byte);
    }

    fn break_off(&mut self) {
        self.interrupted = !self.pending.is_empty();
    }

    fn power_cycle(&mut self) {
        self.power_cycle();
    }

    fn reset(&mut self) {
        self.reset();
    }

    fn picture(&self) -> Picture {
        self.picture()
    }

    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn is_on(&self) -> bool {
        self.is_on()
    }

    fn is_cleared(&self) -> bool {
        self.is_cleared()
    }

    fn i2c(&mut self, bytes: &[u8]) {
        self.count(bytes);
        self.receive(bytes);
    }
}

impl Registers {
    /// The commands that say where the next byte of data goes.
    fn address(&mut self, command: &[u8]) {
        let by_page = self.addressing == Addressing::Page;
        match *command {
            [0x20, mode @ 0..=2] => {
                self.addressing =
                    [Addressing::Horizontal, Addressing::Vertical, Addressing::Page][usize::from(mode)];
            }
            [low @ 0x00..=0x0F] if by_page => self.column = self.column & 0x70 | usize::from(low),
            [high @ 0x10..=0x17] if by_page => {
                self.column = self.column & 0x0F | usize::from(high & 0x07) << 4;
            }
            [page @ 0xB0..=0xB7] if by_page => self.page = usize::from(page & 0x07),
            [0x21, first, last @ 0..=127] if !by_page && first <= last => {
                self.columns = (usize::from(first), usize::from(last));
                self.column = usize::from(first);
            }
            [0x22, top, bottom @ 0..=7] if !by_page && top <= bottom => {
                self.pages = (usize::from(top), usize::from(bottom));
                self.page = usize::from(top);
            }
            _ => panic!("command {command:02x?} has no meaning in {:?} addressing", self.addressing),
        }
    }
}

/// How many bytes follow a command's first.
fn argument_count(code: u8) -> usize {
    match code {
        0x21 | 0x22 => 2,
        0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
        0x00..=0x17 | 0x2E | 0x40..=0x7F | 0xA0 | 0xA1 | 0xA4..=0xA7 | 0xAE..=0xB7 | 0xC0 | 0xC8 | 0xE3 => 0,
        _ => panic!("command {code:#04x} is unknown, or not modelled"),
    }
}

/// Moves on to the next place of a window, and says whether that wrapped.
fn step(at: &mut usize, first: usize, last: usize) -> bool {
    let wraps = *at == last;
    *at = if wraps { first } else { *at + 1 };
    wraps
}

/// The pad that the COM signal of this number comes out at.
fn com_pad(com: usize, alternative: bool, swapped: bool) -> usize {
    let pad = if alternative { com / 2 + com % 2 * (ROWS / 2) } else { com };
    if swapped { (pad + ROWS / 2) % ROWS } else { pad }
}
