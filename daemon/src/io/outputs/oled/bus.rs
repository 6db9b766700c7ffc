//! The way to the chip: each command and each run of data is one write on the bus.
//!
//! Owns the control byte and the bus's own error. Refuses to know what is sent. It stands in
//! for the usual I2C interface of display drivers, which cuts data into pieces of 16 bytes and
//! makes each a system call, and which forgets why a write failed.

use std::{cell::RefCell, error::Error, rc::Rc};

use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::i2c::I2c;

/// Announces that all bytes up to the end of the write are commands.
const COMMANDS: u8 = 0x00;
/// Announces that all bytes up to the end of the write are data.
const DATA: u8 = 0x40;

/// Why a write failed, in the words of the bus.
pub type BusError = Box<dyn Error + Send + Sync>;

/// A handle on one chip on the bus. The driver holds one and we another, for the commands
/// that the driver does not offer.
pub(super) struct Wire<I> {
    port: Rc<RefCell<Port<I>>>,
}

struct Port<I> {
    i2c: I,
    address: u8,
    /// Kept from one write to the next, so that a frame needs no allocation.
    message: Vec<u8>,
    failure: Option<BusError>,
}

impl<I> Wire<I> {
    pub(super) fn new(i2c: I, address: u8) -> Self {
        let port = Port { i2c, address, message: Vec::new(), failure: None };
        Self { port: Rc::new(RefCell::new(port)) }
    }

    /// Why the last write failed; the driver's own error does not say.
    pub(super) fn take_failure(&self) -> Option<BusError> {
        self.port.borrow_mut().failure.take()
    }
}

impl<I> Clone for Wire<I> {
    fn clone(&self) -> Self {
        Self { port: Rc::clone(&self.port) }
    }
}

impl<I: I2c<Error: Error + Send + Sync + 'static>> Port<I> {
    fn send(&mut self, control: u8, bytes: &DataFormat<'_>) -> Result<(), DisplayError> {
        let DataFormat::U8(bytes) = bytes else {
            return Err(DisplayError::DataFormatNotImplemented);
        };
        self.message.clear();
        self.message.push(control);
        self.message.extend_from_slice(bytes);
        self.i2c.write(self.address, &self.message).map_err(|error| {
            self.failure = Some(error.into());
            DisplayError::BusWriteError
        })
    }
}

impl<I: I2c<Error: Error + Send + Sync + 'static>> WriteOnlyDataCommand for Wire<I> {
    fn send_commands(&mut self, commands: DataFormat<'_>) -> Result<(), DisplayError> {
        self.port.borrow_mut().send(COMMANDS, &commands)
    }

    fn send_data(&mut self, data: DataFormat<'_>) -> Result<(), DisplayError> {
        self.port.borrow_mut().send(DATA, &data)
    }
}
