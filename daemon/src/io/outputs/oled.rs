//! An OLED with an SSD1306 or SSD1309 on I2C: from frames to bytes on the bus.
//!
//! Owns what is on the glass: it sends only what changed, and after any trouble on the bus
//! believes nothing and sends everything. Refuses to know what the frames show, and when to
//! try again ([`keeper`] does). Frames are in page format, see [`diff`].

pub mod bus;
pub mod diff;
pub mod keeper;
pub mod screen;

use std::{error::Error, io, path::PathBuf};

use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::i2c::I2c;
use ssd1306::{
    Ssd1306,
    command::{AddrMode, Command},
    mode::BasicMode,
    prelude::{Brightness, DisplayRotation, DisplaySize, DisplaySize128x32, DisplaySize128x64},
};
use thiserror::Error;

use self::{
    bus::{BusError, Wire},
    diff::Rectangle,
};
use crate::config::model::Display;

/// Columns of every supported panel.
pub const WIDTH: usize = 128;

/// Does nothing, and serves as an argument to a command that a broken write left unfinished.
const NO_OPERATION: u8 = 0xE3;
/// The commands in use have at most so many arguments, so that many can be missing.
const MAX_ARGUMENTS: usize = 2;

/// How a panel is built and mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The 7-bit I2C address.
    pub address: u8,
    /// Rows and wiring.
    pub height: Height,
    /// Whether the panel hangs upside down.
    pub upside_down: bool,
    /// Percent, 0 (dim, not dark) to 100.
    pub brightness: u8,
    /// Whether the chip makes the panel's voltage itself.
    pub charge_pump: bool,
}

/// The panels that are supported, by their rows of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Height {
    /// 128 x 32
    Rows32,
    /// 128 x 64
    Rows64,
}

impl Height {
    /// In pixels.
    #[must_use]
    pub const fn pixels(self) -> usize {
        match self {
            Self::Rows32 => 32,
            Self::Rows64 => 64,
        }
    }

    /// The length of a frame in bytes.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        WIDTH * self.pixels() / 8
    }
}

/// Why a `[[display]]` cannot be an OLED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// No such panel.
    #[error("an OLED of {0}x{1} pixels is not supported, only 128x64 and 128x32")]
    Size(u32, u32),
    /// The chip cannot turn its picture by that.
    #[error("an OLED can be turned by 0 or 180 degrees, not by {0}")]
    Rotation(u16),
}

impl TryFrom<&Display> for Settings {
    type Error = SettingsError;

    fn try_from(display: &Display) -> Result<Self, SettingsError> {
        let height = match display.size {
            (128, 32) => Height::Rows32,
            (128, 64) => Height::Rows64,
            (width, height) => return Err(SettingsError::Size(width, height)),
        };
        let upside_down = match display.rotate {
            0 => false,
            180 => true,
            other => return Err(SettingsError::Rotation(other)),
        };
        let Display { address, brightness, charge_pump, .. } = *display;
        Ok(Self { address, height, upside_down, brightness, charge_pump })
    }
}

/// Why a display shows nothing.
#[derive(Debug, Error)]
pub enum OledError {
    /// The adapter is not there, or not for us.
    #[error("the I2C adapter {} cannot be opened: {source}", path.display())]
    Open {
        /// The adapter's device node.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The display does not take what it is sent.
    #[error("the display at address {address:#04x} does not answer: {source}")]
    Bus {
        /// Its 7-bit address.
        address: u8,
        /// The bus's reason.
        source: BusError,
    },
}

/// One display. After an error it knows nothing of the glass; the next call starts afresh.
pub struct Oled<I> {
    settings: Settings,
    wire: Wire<I>,
    panel: Box<dyn Panel>,
    glass: Glass,
    /// The brightness that the glass has, while it is known.
    shines: u8,
    /// Kept from one frame to the next, so that drawing needs no allocation.
    scratch: Vec<u8>,
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

impl<I: I2c<Error: Error + Send + Sync + 'static> + 'static> Oled<I> {
    /// A display on this bus. Sends nothing yet.
    #[must_use]
    pub fn new(i2c: I, settings: Settings) -> Self {
        let wire = Wire::new(i2c, settings.address);
        let rotation =
            if settings.upside_down { DisplayRotation::Rotate180 } else { DisplayRotation::Rotate0 };
        let panel: Box<dyn Panel> = match settings.height {
            Height::Rows32 => Box::new(Ssd1306::new(wire.clone(), DisplaySize128x32, rotation)),
            Height::Rows64 => Box::new(Ssd1306::new(wire.clone(), DisplaySize128x64, rotation)),
        };
        let shines = settings.brightness;
        Self { settings, wire, panel, glass: Glass::Unknown, shines, scratch: Vec::new() }
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
        let nothing = vec![0; self.settings.height.frame_len()];
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
            address: self.settings.address,
            source: self.wire.take_failure().expect("the driver fails only when the wire did"),
        })
    }

    fn set_up(&mut self, frame: &[u8], start: Start) -> Result<(), DisplayError> {
        self.wire.send_commands(DataFormat::U8(&[NO_OPERATION; MAX_ARGUMENTS]))?;
        self.panel.set_up()?;
        // The driver leaves the display on, with whatever its RAM holds, and its charge pump on.
        if start == Start::Hidden {
            self.panel.switch(false)?;
        }
        self.send_brightness()?;
        if !self.settings.charge_pump {
            Command::ChargePump(false).send(&mut self.wire)?;
        }
        self.panel.draw(&Rectangle::whole(WIDTH, self.settings.height.pixels()), frame)?;
        if start == Start::Hidden || !self.settings.charge_pump {
            // The pump's setting takes effect with this command only.
            self.panel.switch(true)?;
        }
        self.glass = Glass::Shows(frame.to_vec());
        Ok(())
    }

    fn send_brightness(&mut self) -> Result<(), DisplayError> {
        self.panel.set_brightness(brightness(self.settings.brightness))?;
        self.shines = self.settings.brightness;
        Ok(())
    }

    fn send_changes(&mut self, mut shown: Vec<u8>, frame: &[u8]) -> Result<(), DisplayError> {
        for rectangle in diff::changes(WIDTH, &shown, frame) {
            self.scratch.clear();
            self.scratch.extend(rectangle.bytes(frame, WIDTH));
            self.panel.draw(&rectangle, &self.scratch)?;
        }
        shown.copy_from_slice(frame);
        self.glass = Glass::Shows(shown);
        Ok(())
    }
}

/// Whether the display is off while it is set up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Off: its RAM may hold garbage.
    Hidden,
    /// On: it most likely shows the same frame already, and should not blink.
    InSight,
}

/// The driver, of either size.
trait Panel {
    fn set_up(&mut self) -> Result<(), DisplayError>;
    fn set_brightness(&mut self, brightness: Brightness) -> Result<(), DisplayError>;
    fn switch(&mut self, on: bool) -> Result<(), DisplayError>;
    fn draw(&mut self, rectangle: &Rectangle, bytes: &[u8]) -> Result<(), DisplayError>;
}

impl<W: WriteOnlyDataCommand, S: DisplaySize> Panel for Ssd1306<W, S, BasicMode> {
    fn set_up(&mut self) -> Result<(), DisplayError> {
        self.init_with_addr_mode(AddrMode::Horizontal)
    }

    fn set_brightness(&mut self, brightness: Brightness) -> Result<(), DisplayError> {
        Ssd1306::set_brightness(self, brightness)
    }

    fn switch(&mut self, on: bool) -> Result<(), DisplayError> {
        self.set_display_on(on)
    }

    fn draw(&mut self, rectangle: &Rectangle, bytes: &[u8]) -> Result<(), DisplayError> {
        let Rectangle { columns, pages } = rectangle;
        let corner = |column: usize, page: usize| (column as u8, (page * 8) as u8);
        self.set_draw_area(corner(columns.start, pages.start), corner(columns.end, pages.end))?;
        Ssd1306::draw(self, bytes)
    }
}

/// The contrast grows with `percent`; at 0 a shorter precharge dims the panel once more.
fn brightness(percent: u8) -> Brightness {
    let percent = percent.min(100);
    let precharge = if percent == 0 { 1 } else { 2 };
    Brightness::custom(precharge, (u16::from(percent) * 255 / 100) as u8)
}
