//! What the models of displays have in common: they are modules with a chip and a glass.
//!
//! Owns how bytes on I2C are told apart. Refuses to know any chip's commands.

use std::fmt;

use crate::picture::Picture;

/// A display module on a bus.
pub trait Module: Clone + fmt::Debug + Send {
    /// A byte of a command.
    fn command_byte(&mut self, byte: u8);

    /// A byte for the chip's memory.
    fn data_byte(&mut self, byte: u8);

    /// The write that the last bytes came with broke off: nobody means what completes it.
    fn break_off(&mut self);

    /// Takes the power away and gives it back: registers at reset, other garbage in the RAM.
    fn power_cycle(&mut self);

    /// Pulls the reset line low and lets go of it: registers at reset, the RAM as it was.
    fn reset(&mut self);

    /// What a viewer of the glass sees.
    fn picture(&self) -> Picture;

    /// Columns and rows of the glass.
    fn size(&self) -> (usize, usize);

    /// Whether the display-on command holds.
    fn is_on(&self) -> bool;

    /// Whether every byte of the RAM that the glass can show is 0.
    fn is_cleared(&self) -> bool;

    /// The bytes of one I2C write after the address, all that arrived of it.
    fn i2c(&mut self, bytes: &[u8]) {
        for (is_data, byte) in told_apart(bytes) {
            if is_data { self.data_byte(byte) } else { self.command_byte(byte) }
        }
    }
}

/// The bytes of an I2C write without its control bytes, and whether each is data. Control bytes
/// with Co set announce one byte each; one without announces all the rest.
#[must_use]
pub fn told_apart(mut bytes: &[u8]) -> Vec<(bool, u8)> {
    let mut told = Vec::new();
    while let [control, rest @ ..] = bytes {
        assert_eq!(control & 0x3F, 0, "control byte {control:#04x} has bits that must be 0");
        let announced = if control & 0x80 == 0 { rest.len() } else { rest.len().min(1) };
        let (now, later) = rest.split_at(announced);
        told.extend(now.iter().map(|byte| (control & 0x40 != 0, *byte)));
        bytes = later;
    }
    told
}

/// Garbage, as RAM holds it after its `power_ups`th power-up.
pub fn garbage(power_ups: u32) -> impl Iterator<Item = u8> {
    let mut state = 0x9E37_79B9_u32.wrapping_mul(power_ups);
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
}
