//! How a panel is built and mounted.
//!
//! Owns which panels there are, and where their glass is connected to their chip. Refuses to
//! know commands and buses.

use thiserror::Error;

use crate::config::model::{Display, DisplayDriver};

/// How a panel is built and mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The chip.
    pub chip: Chip,
    /// The glass.
    pub size: Size,
    /// The column of the chip's memory at the left edge of the glass, as it hangs upright.
    pub column_offset: u8,
    /// Whether the panel hangs upside down.
    pub upside_down: bool,
    /// Percent, 0 (dim, not dark) to 100.
    pub brightness: u8,
    /// Whether the chip makes the panel's voltage itself.
    pub charge_pump: bool,
}

/// The chips that are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// SSD1306, or SSD1309, which takes the same commands.
    Ssd1306,
    /// SH1106: four columns more, and no windows in its memory.
    Sh1106,
}

impl Chip {
    /// Columns of its memory.
    #[must_use]
    pub const fn columns(self) -> u8 {
        match self {
            Self::Ssd1306 => 128,
            Self::Sh1106 => 132,
        }
    }
}

/// The panels that are supported, by their pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 128 x 64
    W128H64,
    /// 128 x 32
    W128H32,
    /// 64 x 48
    W64H48,
    /// 64 x 32
    W64H32,
}

impl Size {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::W128H64, Self::W128H32, Self::W64H48, Self::W64H32];

    /// In pixels.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::W128H64 | Self::W128H32 => 128,
            Self::W64H48 | Self::W64H32 => 64,
        }
    }

    /// In pixels.
    #[must_use]
    pub const fn height(self) -> usize {
        match self {
            Self::W128H64 => 64,
            Self::W64H48 => 48,
            Self::W128H32 | Self::W64H32 => 32,
        }
    }

    /// The length of a frame in bytes.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        self.width() * self.height() / 8
    }

    fn of((width, height): (u32, u32)) -> Option<Self> {
        Self::ALL.into_iter().find(|size| (size.width(), size.height()) == (width as usize, height as usize))
    }
}

/// Why a `[[display]]` cannot be an OLED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// No such panel.
    #[error("an OLED of {0}x{1} pixels is not supported, only 128x64, 128x32, 64x48 and 64x32")]
    Size(u32, u32),
    /// No such panel with this chip.
    #[error("an SH1106 drives 128x64 pixels, not {0}x{1}")]
    Sh1106Size(u32, u32),
    /// The chip cannot turn its picture by that.
    #[error("an OLED can be turned by 0 or 180 degrees, not by {0}")]
    Rotation(u16),
    /// The glass would end beyond the chip's memory.
    #[error("the glass cannot begin at column {0} of the chip: it would end beyond the last one, {1}")]
    ColumnOffset(u8, u8),
    /// It is something else.
    #[error("a display that is no OLED cannot be driven like one")]
    Driver,
}

impl Settings {
    /// A panel of this chip and glass as most modules are built: upright, bright, with a charge
    /// pump, its glass in the middle of the chip's columns.
    #[must_use]
    pub const fn usual(chip: Chip, size: Size) -> Self {
        let column_offset = (chip.columns() - size.width() as u8) / 2;
        Self { chip, size, column_offset, upside_down: false, brightness: 100, charge_pump: true }
    }

    /// The column of the chip's memory that the leftmost byte of a frame belongs to. Upside
    /// down, columns are counted from the other edge.
    #[must_use]
    pub const fn first_column(&self) -> usize {
        if self.upside_down {
            self.chip.columns() as usize - self.size.width() - self.column_offset as usize
        } else {
            self.column_offset as usize
        }
    }
}

impl TryFrom<&Display> for Settings {
    type Error = SettingsError;

    fn try_from(display: &Display) -> Result<Self, SettingsError> {
        let (width, height) = display.size;
        let size = Size::of(display.size).ok_or(SettingsError::Size(width, height))?;
        let chip = match display.driver {
            DisplayDriver::Ssd1306 | DisplayDriver::Ssd1309 => Chip::Ssd1306,
            DisplayDriver::Sh1106 if size == Size::W128H64 => Chip::Sh1106,
            DisplayDriver::Sh1106 => return Err(SettingsError::Sh1106Size(width, height)),
            DisplayDriver::Framebuffer | DisplayDriver::Terminal => return Err(SettingsError::Driver),
        };
        let upside_down = match display.rotate {
            0 => false,
            180 => true,
            other => return Err(SettingsError::Rotation(other)),
        };
        let usual = Self::usual(chip, size);
        let column_offset = display.column_offset.unwrap_or(usual.column_offset);
        if usize::from(column_offset) + size.width() > usize::from(chip.columns()) {
            return Err(SettingsError::ColumnOffset(column_offset, chip.columns() - 1));
        }
        let Display { brightness, charge_pump, .. } = *display;
        Ok(Self { column_offset, upside_down, brightness, charge_pump, ..usual })
    }
}
