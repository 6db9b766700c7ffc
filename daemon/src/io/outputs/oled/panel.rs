//! The chips' commands: setting up, brightness, and where a run of data goes.
//!
//! Owns what differs from chip to chip. Refuses to know what is on the glass and what to do about
//! a failure.

use display_interface::DisplayError;
use ssd1306::{
    Ssd1306,
    command::{AddrMode, Command},
    mode::BasicMode,
    prelude::{
        Brightness, DisplayRotation, DisplaySize, DisplaySize64x32, DisplaySize64x48, DisplaySize128x32,
        DisplaySize128x64,
    },
};

use super::{
    bus::Wire,
    diff::{self, Rectangle},
    settings::{Chip, Settings, Size},
};

/// Whether the display is off while it is set up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Off: its RAM may hold garbage.
    Hidden,
    /// On: it most likely shows the same frame already, and should not blink.
    InSight,
}

/// One chip.
pub(super) trait Panel {
    /// Makes every setting anew. Afterwards it is on, or off if it is to be hidden.
    fn set_up(&mut self, start: Start) -> Result<(), DisplayError>;

    /// Percent, 0 (dim, not dark) to 100.
    fn set_brightness(&mut self, percent: u8) -> Result<(), DisplayError>;

    fn switch(&mut self, on: bool) -> Result<(), DisplayError>;

    /// What to draw so that one frame becomes another.
    fn changes(&self, width: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle>;

    /// Sends the bytes of a rectangle, page after page.
    fn draw(&mut self, rectangle: &Rectangle, bytes: &[u8]) -> Result<(), DisplayError>;
}

/// The chip of these settings on its wire.
pub(super) fn panel(wire: &Wire, settings: Settings) -> Box<dyn Panel> {
    let first_column = settings.first_column();
    if settings.chip == Chip::Sh1106 {
        let Settings { upside_down, charge_pump, .. } = settings;
        return Box::new(Sh1106 { wire: wire.clone(), first_column, upside_down, charge_pump });
    }
    let turned = if settings.upside_down { DisplayRotation::Rotate180 } else { DisplayRotation::Rotate0 };
    let driver: Box<dyn Driver> = match settings.size {
        Size::W128H64 => Box::new(Ssd1306::new(wire.clone(), DisplaySize128x64, turned)),
        Size::W128H32 => Box::new(Ssd1306::new(wire.clone(), DisplaySize128x32, turned)),
        Size::W64H48 => Box::new(Ssd1306::new(wire.clone(), DisplaySize64x48, turned)),
        Size::W64H32 => Box::new(Ssd1306::new(wire.clone(), DisplaySize64x32, turned)),
    };
    Box::new(Windowed { wire: wire.clone(), driver, first_column, charge_pump: settings.charge_pump })
}

/// The contrast grows with `percent`; at 0 a shorter precharge dims the panel once more.
fn contrast(percent: u8) -> (u8, u8) {
    let percent = percent.min(100);
    let precharge = if percent == 0 { 1 } else { 2 };
    (precharge, (u16::from(percent) * 255 / 100) as u8)
}

/// An SSD1306 or SSD1309: data goes into windows of its memory.
struct Windowed {
    wire: Wire,
    driver: Box<dyn Driver>,
    first_column: usize,
    charge_pump: bool,
}

/// The driver, of any size.
trait Driver {
    fn init(&mut self) -> Result<(), DisplayError>;
    fn set_brightness(&mut self, brightness: Brightness) -> Result<(), DisplayError>;
    fn set_window(&mut self, start: (u8, u8), end: (u8, u8)) -> Result<(), DisplayError>;
}

impl<S: DisplaySize> Driver for Ssd1306<Wire, S, BasicMode> {
    fn init(&mut self) -> Result<(), DisplayError> {
        self.init_with_addr_mode(AddrMode::Horizontal)
    }

    fn set_brightness(&mut self, brightness: Brightness) -> Result<(), DisplayError> {
        Ssd1306::set_brightness(self, brightness)
    }

    fn set_window(&mut self, start: (u8, u8), end: (u8, u8)) -> Result<(), DisplayError> {
        self.set_draw_area(start, end)
    }
}

impl Panel for Windowed {
    fn set_up(&mut self, start: Start) -> Result<(), DisplayError> {
        self.driver.init()?;
        // The driver leaves the display on, with whatever its RAM holds, and its charge pump on.
        if start == Start::Hidden {
            self.switch(false)?;
        }
        if !self.charge_pump {
            // It takes effect when the display is switched on.
            Command::ChargePump(false).send(&mut self.wire)?;
        }
        Ok(())
    }

    fn set_brightness(&mut self, percent: u8) -> Result<(), DisplayError> {
        let (precharge, contrast) = contrast(percent);
        self.driver.set_brightness(Brightness::custom(precharge, contrast))
    }

    fn switch(&mut self, on: bool) -> Result<(), DisplayError> {
        Command::DisplayOn(on).send(&mut self.wire)
    }

    fn changes(&self, width: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle> {
        diff::changes(width, old, new)
    }

    fn draw(&mut self, rectangle: &Rectangle, bytes: &[u8]) -> Result<(), DisplayError> {
        let Rectangle { columns, pages } = rectangle;
        let corner = |column: usize, page: usize| ((self.first_column + column) as u8, (page * 8) as u8);
        self.driver.set_window(corner(columns.start, pages.start), corner(columns.end, pages.end))?;
        self.wire.data(bytes)
    }
}

/// An SH1106, after its datasheet (version 2.3). It knows no windows: a run of data goes from
/// some column of one page to the right.
struct Sh1106 {
    wire: Wire,
    first_column: usize,
    upside_down: bool,
    charge_pump: bool,
}

/// How long the pixels are discharged, in the upper four bits of their command's argument.
const DISCHARGE: u8 = 2 << 4;

impl Panel for Sh1106 {
    fn set_up(&mut self, start: Start) -> Result<(), DisplayError> {
        let (segments, scan) = if self.upside_down { (0xA0, 0xC0) } else { (0xA1, 0xC8) };
        // The charge pump may be told only while the display is off.
        let pump = if self.charge_pump { 0x8B } else { 0x8A };
        let settings = [
            &[0xAE][..],
            &[0xD5, 0x80],
            &[0xA8, 63],
            &[0xD3, 0],
            &[0x40],
            &[0xAD, pump],
            &[segments, scan],
            &[0xDA, 0x12],
            &[0xDB, 0x35],
            &[0xA4, 0xA6],
        ];
        self.wire.commands(&settings.concat())?;
        if start == Start::InSight { self.switch(true) } else { Ok(()) }
    }

    fn set_brightness(&mut self, percent: u8) -> Result<(), DisplayError> {
        let (precharge, contrast) = contrast(percent);
        self.wire.commands(&[0xD9, DISCHARGE | precharge, 0x81, contrast])
    }

    fn switch(&mut self, on: bool) -> Result<(), DisplayError> {
        self.wire.commands(&[0xAE | u8::from(on)])
    }

    fn changes(&self, width: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle> {
        diff::runs(width, old, new)
    }

    fn draw(&mut self, rectangle: &Rectangle, bytes: &[u8]) -> Result<(), DisplayError> {
        let column = (self.first_column + rectangle.columns.start) as u8;
        for (page, bytes) in rectangle.pages.clone().zip(bytes.chunks(rectangle.columns.len())) {
            self.wire.commands(&[0xB0 | page as u8, column & 0x0F, 0x10 | column >> 4])?;
            self.wire.data(bytes)?;
        }
        Ok(())
    }
}
