//! The way to the chip: each command and each run of data is one write on its bus.
//!
//! Owns how a bus tells commands from data, and the bus's own error. Refuses to know what is
//! sent. It stands in for the usual interfaces of display drivers, which cut data into pieces and
//! make each a system call, and which forget why a write failed.

use std::{cell::RefCell, error::Error, rc::Rc, thread, time::Duration};

use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::{digital::OutputPin, i2c::I2c, spi::SpiDevice};

/// On I2C, announces that all bytes up to the end of the write are commands.
const COMMANDS: u8 = 0x00;
/// On I2C, announces that all bytes up to the end of the write are data.
const DATA: u8 = 0x40;
/// How long a reset is held, and how long a chip gets to come out of it. The slowest of the
/// chips wants 10 microseconds and 2.
const RESET: Duration = Duration::from_millis(1);

/// Why a write failed, in the words of the bus.
pub type BusError = Box<dyn Error + Send + Sync>;

/// A chip on its bus.
pub trait Link {
    /// Sends commands with their arguments, in one write.
    fn commands(&mut self, bytes: &[u8]) -> Result<(), BusError>;

    /// Sends data for the chip's memory, in one write.
    fn data(&mut self, bytes: &[u8]) -> Result<(), BusError>;

    /// Where the display is, as a sentence goes on after "the display".
    fn place(&self) -> String;
}

/// A chip on I2C.
pub struct I2cLink<I> {
    i2c: I,
    address: u8,
    /// Kept from one write to the next, so that a frame needs no allocation.
    message: Vec<u8>,
}

impl<I> I2cLink<I> {
    /// The chip at the 7-bit `address`.
    #[must_use]
    pub fn new(i2c: I, address: u8) -> Self {
        Self { i2c, address, message: Vec::new() }
    }
}

impl<I: I2c<Error: Error + Send + Sync + 'static>> I2cLink<I> {
    fn send(&mut self, control: u8, bytes: &[u8]) -> Result<(), BusError> {
        self.message.clear();
        self.message.push(control);
        self.message.extend_from_slice(bytes);
        Ok(self.i2c.write(self.address, &self.message)?)
    }
}

impl<I: I2c<Error: Error + Send + Sync + 'static>> Link for I2cLink<I> {
    fn commands(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.send(COMMANDS, bytes)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.send(DATA, bytes)
    }

    fn place(&self) -> String {
        format!("at address {:#04x}", self.address)
    }
}

/// A chip on SPI, with a line that is low for commands and high for data.
pub struct SpiLink<S, P> {
    spi: S,
    dc: P,
    /// Held as long as the display is: a line that nobody holds may fall, and reset it.
    _reset: Option<P>,
    place: String,
}

impl<S, P> SpiLink<S, P>
where
    S: SpiDevice<Error: Error + Send + Sync + 'static>,
    P: OutputPin<Error: Error + Send + Sync + 'static>,
{
    /// The chip on the SPI device that people call `name`. Where there is a line for it, the chip
    /// is reset: that also ends what a broken write left unfinished.
    pub fn new(spi: S, dc: P, mut reset: Option<P>, name: &str) -> Result<Self, BusError> {
        if let Some(reset) = &mut reset {
            reset.set_low()?;
            thread::sleep(RESET);
            reset.set_high()?;
            thread::sleep(RESET);
        }
        Ok(Self { spi, dc, _reset: reset, place: format!("on {name}") })
    }
}

impl<S, P> Link for SpiLink<S, P>
where
    S: SpiDevice<Error: Error + Send + Sync + 'static>,
    P: OutputPin<Error: Error + Send + Sync + 'static>,
{
    fn commands(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.dc.set_low()?;
        Ok(self.spi.write(bytes)?)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.dc.set_high()?;
        Ok(self.spi.write(bytes)?)
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}

/// A handle on one chip on its bus. A driver holds one and we another, for the commands that the
/// driver does not offer.
#[derive(Clone)]
pub(super) struct Wire {
    port: Rc<RefCell<Port>>,
}

struct Port {
    link: Box<dyn Link>,
    failure: Option<BusError>,
}

impl Wire {
    pub(super) fn new(link: impl Link + 'static) -> Self {
        let port = Port { link: Box::new(link), failure: None };
        Self { port: Rc::new(RefCell::new(port)) }
    }

    /// Why the last write failed; the driver's own error does not say.
    pub(super) fn take_failure(&self) -> Option<BusError> {
        self.port.borrow_mut().failure.take()
    }

    /// See [`Link::place`].
    pub(super) fn place(&self) -> String {
        self.port.borrow().link.place()
    }

    /// Sends commands with their arguments, in one write.
    pub(super) fn commands(&self, bytes: &[u8]) -> Result<(), DisplayError> {
        self.send(|link| link.commands(bytes))
    }

    /// Sends data, in one write.
    pub(super) fn data(&self, bytes: &[u8]) -> Result<(), DisplayError> {
        self.send(|link| link.data(bytes))
    }

    fn send(&self, write: impl FnOnce(&mut dyn Link) -> Result<(), BusError>) -> Result<(), DisplayError> {
        let mut port = self.port.borrow_mut();
        write(port.link.as_mut()).map_err(|error| {
            port.failure = Some(error);
            DisplayError::BusWriteError
        })
    }
}

fn bytes<'a>(format: &'a DataFormat<'_>) -> Result<&'a [u8], DisplayError> {
    let DataFormat::U8(bytes) = format else {
        return Err(DisplayError::DataFormatNotImplemented);
    };
    Ok(bytes)
}

impl WriteOnlyDataCommand for Wire {
    fn send_commands(&mut self, commands: DataFormat<'_>) -> Result<(), DisplayError> {
        self.commands(bytes(&commands)?)
    }

    fn send_data(&mut self, data: DataFormat<'_>) -> Result<(), DisplayError> {
        self.data(bytes(&data)?)
    }
}
