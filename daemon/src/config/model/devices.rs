//! What hangs on the wall: displays, buzzer, button and lamps.
//!
//! Owns the meaning and the default of each of their keys. Refuses to know TOML and device nodes.

use std::{path::PathBuf, sync::Arc};

use bellboard_panel::{rotation::Stay, screens::Page};

use crate::core::calendar::Calendar;

/// Milliseconds that a page stays where nobody says otherwise: long enough to read a list.
const PAGE_FOR_MS: u64 = 10_000;
/// The pages that take turns where nobody says otherwise.
const PAGES: [Page; 4] = [Page::Now, Page::List, Page::Channels, Page::Today];

/// `[[display]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    /// Its name, for logs.
    pub name: String,
    /// What it is.
    pub driver: DisplayDriver,
    /// Pixels: width and height.
    pub size: (u32, u32),
    /// Whether the picture follows the size of the terminal it is in, instead of having its own.
    pub grows: bool,
    /// The I2C adapter.
    pub bus: PathBuf,
    /// The 7-bit I2C address.
    pub address: u8,
    /// Where an OLED on SPI is; `None`: it is on I2C.
    pub spi: Option<Spi>,
    /// The column of the chip's memory at the left edge of the glass; `None`: as usual modules.
    pub column_offset: Option<u8>,
    /// The framebuffer's device node.
    pub device: PathBuf,
    /// The console whose cursor a framebuffer hides; `None`: none.
    pub tty: Option<PathBuf>,
    /// Degrees clockwise: 0 or 180 (OLED), 0, 90, 180 or 270 (framebuffer).
    pub rotate: u16,
    /// Percent, 0 to 100. A framebuffer has darker colours for it.
    pub brightness: u8,
    /// Whether the panel's own charge pump makes its voltage (off for some SSD1309 modules).
    pub charge_pump: bool,
    /// The pages in the order of their turns; never empty.
    pub pages: Vec<Stay>,
    /// Dark while this calendar is open; `None`: never.
    pub blank: Option<Arc<Calendar>>,
    /// Dimmed while this calendar is open; `None`: never.
    pub dim: Option<Arc<Calendar>>,
    /// How bright it is while it is dimmed: percent, 0 to 100.
    pub dim_to: u8,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            name: "oled".into(),
            driver: DisplayDriver::Ssd1306,
            size: (128, 64),
            grows: false,
            bus: "/dev/i2c-1".into(),
            address: 0x3c,
            spi: None,
            column_offset: None,
            device: "/dev/fb0".into(),
            tty: Some("/dev/tty0".into()),
            rotate: 0,
            brightness: 100,
            charge_pump: true,
            pages: PAGES.map(|page| Stay { page, for_ms: PAGE_FOR_MS }).into(),
            blank: None,
            dim: None,
            dim_to: 20,
        }
    }
}

/// An OLED's place on SPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spi {
    /// The SPI device's node.
    pub device: PathBuf,
    /// The GPIO chip of its lines.
    pub chip: PathBuf,
    /// The line that tells data from commands.
    pub dc: u32,
    /// The line that resets the display while it is low.
    pub reset: Option<u32>,
    /// The bus's clock, in hertz.
    pub hertz: u32,
}

/// `driver = ...` of a display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplayDriver {
    /// An OLED with an SSD1306.
    Ssd1306,
    /// An OLED with an SSD1309.
    Ssd1309,
    /// An OLED with an SH1106.
    Sh1106,
    /// A screen by its Linux framebuffer.
    Framebuffer,
    /// The terminal that the daemon was started in.
    Terminal,
}

/// `[buzzer]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buzzer {
    /// What makes the sound.
    pub driver: BuzzerDriver,
    /// The GPIO chip's node, or the PWM chip's folder in sysfs.
    pub chip: PathBuf,
    /// The line of that GPIO chip, or the channel of that PWM chip.
    pub line: u32,
}

impl Default for Buzzer {
    fn default() -> Self {
        Self { driver: BuzzerDriver::None, chip: "/dev/gpiochip0".into(), line: 18 }
    }
}

/// `driver = ...` of the buzzer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuzzerDriver {
    /// No buzzer.
    None,
    /// An active buzzer on a GPIO line: it knows no pitch.
    Gpio,
    /// A passive sounder on a PWM channel.
    Pwm,
}

/// `[button]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Whether there is one.
    pub enabled: bool,
    /// The GPIO chip.
    pub chip: PathBuf,
    /// The line of that chip; a press pulls it low.
    pub line: u32,
}

impl Default for Button {
    fn default() -> Self {
        Self { enabled: false, chip: "/dev/gpiochip0".into(), line: 23 }
    }
}

/// `[[lamp]]`: a GPIO line that is on while something is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lamp {
    /// The GPIO chip.
    pub chip: PathBuf,
    /// The line of that chip.
    pub line: u32,
    /// What makes it shine.
    pub on: LampOn,
    /// Whether it flashes instead of shining steadily.
    pub flash: bool,
    /// Whether it shines while the line is low, as with most relay boards.
    pub active_low: bool,
}

impl Default for Lamp {
    fn default() -> Self {
        let chip = "/dev/gpiochip0".into();
        Self { chip, line: 24, on: LampOn::Unacked, flash: false, active_low: false }
    }
}

/// `on = ...` of a lamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LampOn {
    /// A promise is broken.
    Breached,
    /// A promise is at risk.
    AtRisk,
    /// An alarm waits for somebody to acknowledge it.
    Unacked,
    /// The numbers can be believed.
    Live,
    /// Far more conversations arrive than usual.
    Surge,
}
