//! An OLED with an SSD1306, SSD1309 or SH1106, on I2C or SPI: from frames to bytes on the bus.
//!
//! Owns what is on the glass: it sends only what changed, and after any trouble on the bus
//! believes nothing and sends everything. Refuses to know what the frames show, and when to
//! try again (its keeper does). Frames are in page format, see [`diff`].

pub mod bus;
pub mod device;
pub mod diff;
mod panel;
mod settings;

use std::{io, path::PathBuf};

use display_interface::DisplayError;
use thiserror::Error;

use self::{
    bus::{BusError, Link, Wire},
    diff::Rectangle,
    panel::{Panel, Start, panel},
};
pub use self::{
    device::{darken, spawn},
    settings::{Chip, Settings, SettingsError, Size},
};
use super::screen::keeper::{Paint, Surface};
use crate::io::gpio::GpioError;

/// Does nothing, and serves as an argument to a command that a broken write left unfinished.
const NO_OPERATION: u8 = 0xE3;
/// The commands in use have at most so many arguments, so that many can be missing.
const MAX_ARGUMENTS: usize = 2;

/// Why a display shows nothing.
#[derive(Debug, Error)]
pub enum OledError {
    /// The adapter is not there, or not for us.
    #[error("the {bus} adapter {} cannot be opened: {source}", path.display())]
    Open {
        /// What kind of adapter: I2C or SPI.
        bus: &'static str,
        /// The adapter's device node.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A line that an SPI display needs is not there, or not for us.
    #[error("the display's {name} line: {source}")]
    Line {
        /// Which of its lines, as the configuration calls it.
        name: &'static str,
        /// What is wrong with it.
        source: GpioError,
    },
    /// The display does not take what it is sent.
    #[error("the display {place} does not answer: {source}")]
    Bus {
        /// Where it is, such as "at address 0x3c".
        place: String,
        /// The bus's reason.
        source: BusError,
    },
}

/// One display. After an error it knows nothing of the glass; the next call starts afresh.
pub struct Oled {
    settings: Settings,
    wire: Wire,
    panel: Box<dyn Panel>,
    glass: Glass,
    /// The brightness that the glass has, while it is known.
    shines: u8,
    /// Kept from one frame to the next, so that drawing needs no allocation.
    scratch: Vec<u8>,
    /// What a frame is drawn on before it is shown.
    canvas: Vec<u8>,
}

/// What we know of the glass.
enum Glass {
    /// Nothing: it was never set up, or something failed since.
    Unknown,
    /// Its RAM is cleared and it is switched off.
    Dark,
    /// It shines and shows this frame.
    Shows(Vec<u8>),
}

impl Oled {
    /// A display on this bus. Sends nothing yet.
    #[must_use]
    pub fn new(link: impl Link + 'static, settings: Settings) -> Self {
        let wire = Wire::new(link);
        let panel = panel(&wire, settings);
        let (shines, canvas) = (settings.brightness, vec![0; settings.size.frame_len()]);
        Self { settings, wire, panel, glass: Glass::Unknown, shines, scratch: Vec::new(), canvas }
    }

    /// How bright the display is from the next frame on: percent, 0 to 100. Sends nothing yet.
    pub fn dim(&mut self, percent: u8) {
        self.settings.brightness = percent;
    }

    /// Makes the glass show `frame`: sends what changed, and nothing when nothing did.
    pub fn show(&mut self, frame: &[u8]) -> Result<(), OledError> {
        self.attempt(|oled| match std::mem::replace(&mut oled.glass, Glass::Unknown) {
            Glass::Shows(shown) => {
                if oled.shines != oled.settings.brightness {
                    oled.send_brightness()?;
                }
                oled.send_changes(shown, frame)
            }
            Glass::Dark | Glass::Unknown => oled.set_up(frame, Start::Hidden),
        })
    }

    /// Sets the chip up again and sends all of `frame`, whatever is believed to be there. A
    /// chip that has kept its settings is off meanwhile for less than two milliseconds.
    pub fn refresh(&mut self, frame: &[u8]) -> Result<(), OledError> {
        self.attempt(|oled| match std::mem::replace(&mut oled.glass, Glass::Unknown) {
            Glass::Shows(_) => oled.set_up(frame, Start::InSight),
            Glass::Dark | Glass::Unknown => oled.set_up(frame, Start::Hidden),
        })
    }

    /// Switches the display off and clears its RAM, so that nothing old can ever reappear.
    pub fn darken(&mut self) -> Result<(), OledError> {
        let nothing = vec![0; self.settings.size.frame_len()];
        self.attempt(|oled| {
            match std::mem::replace(&mut oled.glass, Glass::Unknown) {
                Glass::Dark => {}
                Glass::Shows(shown) => {
                    oled.panel.switch(false)?;
                    oled.send_changes(shown, &nothing)?;
                }
                Glass::Unknown => {
                    oled.set_up(&nothing, Start::Hidden)?;
                    oled.panel.switch(false)?;
                }
            }
            oled.glass = Glass::Dark;
            Ok(())
        })
    }

    /// Gives the driver's error the bus's reason. Whatever `act` took out of `glass` and did
    /// not put back stays unknown.
    fn attempt(&mut self, act: impl FnOnce(&mut Self) -> Result<(), DisplayError>) -> Result<(), OledError> {
        act(self).map_err(|_| OledError::Bus {
            place: self.wire.place(),
            source: self.wire.take_failure().expect("the driver fails only when the wire did"),
        })
    }

    fn set_up(&mut self, frame: &[u8], start: Start) -> Result<(), DisplayError> {
        self.wire.commands(&[NO_OPERATION; MAX_ARGUMENTS])?;
        self.panel.set_up(start)?;
        self.send_brightness()?;
        let size = self.settings.size;
        self.panel.draw(&Rectangle::whole(size.width(), size.height()), frame)?;
        // Where it is on already, this is what makes the charge pump's setting take effect.
        self.panel.switch(true)?;
        self.glass = Glass::Shows(frame.to_vec());
        Ok(())
    }

    fn send_brightness(&mut self) -> Result<(), DisplayError> {
        self.panel.set_brightness(self.settings.brightness)?;
        self.shines = self.settings.brightness;
        Ok(())
    }

    fn send_changes(&mut self, mut shown: Vec<u8>, frame: &[u8]) -> Result<(), DisplayError> {
        let width = self.settings.size.width();
        for rectangle in self.panel.changes(width, &shown, frame) {
            self.scratch.clear();
            self.scratch.extend(rectangle.bytes(frame, width));
            self.panel.draw(&rectangle, &self.scratch)?;
        }
        shown.copy_from_slice(frame);
        self.glass = Glass::Shows(shown);
        Ok(())
    }

    fn painted(
        &mut self,
        paint: Paint<'_, [u8]>,
        act: impl FnOnce(&mut Self, &[u8]) -> Result<(), OledError>,
    ) -> Result<(), OledError> {
        let mut canvas = std::mem::take(&mut self.canvas);
        canvas.fill(0);
        paint(&mut canvas);
        let outcome = act(self, &canvas);
        self.canvas = canvas;
        outcome
    }
}

/// A canvas is a frame in page format.
impl Surface for Oled {
    type Canvas = [u8];
    type Error = OledError;

    fn show(&mut self, paint: Paint<'_, [u8]>) -> Result<(), OledError> {
        self.painted(paint, Self::show)
    }

    fn refresh(&mut self, paint: Paint<'_, [u8]>) -> Result<(), OledError> {
        self.painted(paint, Self::refresh)
    }

    fn darken(&mut self) -> Result<(), OledError> {
        Self::darken(self)
    }

    fn dim(&mut self, percent: u8) {
        Self::dim(self, percent);
    }
}
