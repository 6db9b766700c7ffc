//! `[[display]]`, `[buzzer]`, `[button]` and `[[lamp]]`: what hangs on the wall.

use std::path::{Path, PathBuf};

use bellboard_panel::{rotation::Stay, screens::Page};

use crate::config::{
    duration,
    item::Item,
    model::{Button, Buzzer, BuzzerDriver, Display, DisplayDriver, Lamp, LampOn, Spi},
    reader::Reader,
    spelling::nearest,
    value::{boolean, choice, device, integer, list, millis, optional, pwm_chip, text},
};

use super::{hours::Calendars, misfits};

/// Each display has a thread of its own.
const MAX_DISPLAYS: usize = 8;
const MAX_NAME: usize = 32;
/// The 7-bit addresses that the I2C bus does not keep for itself.
const ADDRESSES: std::ops::RangeInclusive<u8> = 0x08..=0x77;
/// More lines than any GPIO chip of a single-board computer has.
const MAX_LINE: u32 = 1023;
/// The last column of the largest chip's memory.
const MAX_COLUMN: u8 = 131;
/// The chip of a display's lines, as of all other lines.
const GPIO_CHIP: &str = "/dev/gpiochip0";
/// Hertz of an SPI bus: below, a page takes longer than a frame may; above, no OLED can follow.
const SPI_HZ: std::ops::RangeInclusive<u32> = 100_000..=20_000_000;
/// What every module can follow with wires of a hand's length.
const DEFAULT_SPI_HZ: u32 = 8_000_000;
/// As many as one message to the lamps' guard has bits for; stack lights have up to five.
const MAX_LAMPS: usize = 32;
/// The first PWM chip, and its first channel.
const PWM: (&str, u32) = ("/sys/class/pwm/pwmchip0", 0);
/// What OLEDs of this version have.
const SIZES: [(&str, (u32, u32)); 4] =
    [("128x64", (128, 64)), ("128x32", (128, 32)), ("64x48", (64, 48)), ("64x32", (64, 32))];
/// More turns than anybody waits for.
const MAX_PAGES: usize = 16;
/// Milliseconds that a page may stay: a glance at least, and an hour at most.
const PAGE_FOR_MS: std::ops::RangeInclusive<u64> = 2_000..=3_600_000;
/// Displays with fewer rows show one number and one age, and no list that could be read.
const MIN_ROWS_FOR_TURNS: u32 = 64;

pub(super) fn displays(top: &mut Reader<'_>, calendars: &Calendars, taken: &mut Lines) -> Vec<Display> {
    let drivers = [
        ("ssd1306", DisplayDriver::Ssd1306),
        ("ssd1309", DisplayDriver::Ssd1309),
        ("sh1106", DisplayDriver::Sh1106),
        ("framebuffer", DisplayDriver::Framebuffer),
        ("terminal", DisplayDriver::Terminal),
    ];
    let mut before: Vec<Display> = Vec::new();
    top.each("display", MAX_DISPLAYS, |entry| {
        let mut display = Display::default();
        entry.set(&mut display.name, "name", text(1..=MAX_NAME));
        entry.set(&mut display.driver, "driver", choice(&drivers));
        entry.set(&mut display.size, "size", choice(&SIZES));
        entry.set(&mut display.bus, "bus", device);
        entry.set(&mut display.address, "address", address);
        wiring(entry, &mut display);
        entry.set(&mut display.rotate, "rotate", rotation);
        entry.set(&mut display.brightness, "brightness", integer(0..=100));
        entry.set(&mut display.charge_pump, "charge_pump", boolean);
        display.pages = pages(entry, &display);
        display.grows = display.driver == DisplayDriver::Terminal && !entry.given("size");
        entry.set(&mut display.blank, "blank", optional(|item| calendars.open_or_shut(item)));
        entry.set(&mut display.dim, "dim", optional(|item| calendars.open_or_shut(item)));
        entry.set(&mut display.dim_to, "dim_to", integer(0..=100));
        misfits::refuse(entry, &display, &before);
        if let Some(spi) = &display.spi {
            let user = format!("display \"{}\"", display.name);
            taken.take(entry, "dc", (&spi.chip, spi.dc), user.clone());
            if let Some(reset) = spi.reset {
                taken.take(entry, "reset", (&spi.chip, reset), user);
            }
        }
        before.push(display.clone());
        display
    })
}

/// How a display is connected, beyond the keys of I2C.
fn wiring(entry: &mut Reader<'_>, display: &mut Display) {
    entry.set(&mut display.column_offset, "column_offset", |item| integer(0..=MAX_COLUMN)(item).map(Some));
    entry.set(&mut display.device, "device", device);
    entry.set(&mut display.tty, "tty", optional(device));
    let bus = entry.read("spi", optional(device)).flatten();
    let mut chip = PathBuf::from(GPIO_CHIP);
    entry.set(&mut chip, "chip", device);
    let dc = entry.read("dc", integer(0..=MAX_LINE));
    let reset = entry.read("reset", integer(0..=MAX_LINE));
    let hertz = entry.read("spi_hz", integer(SPI_HZ)).unwrap_or(DEFAULT_SPI_HZ);
    if let Some(device) = bus {
        if !entry.given("dc") {
            entry.refuse("spi", "needs the line that tells data from commands", "write it like dc = 25");
        }
        display.spi = dc.map(|dc| Spi { device, chip, dc, reset, hertz });
    }
}

/// The pages of a display and how long each stays.
fn pages(entry: &mut Reader<'_>, display: &Display) -> Vec<Stay> {
    let for_ms = entry.read("page_for", millis(PAGE_FOR_MS)).unwrap_or(display.pages[0].for_ms);
    let read = entry.read("pages", |item| {
        let stays = list(|item| stay(item, for_ms))(item)?;
        match stays.len() {
            0 => item.refuse_hint("must name a page", "for one that stays write [\"now\"]"),
            1..=MAX_PAGES => Some(stays),
            more => item.refuse(format!("has {more} pages: there may be {MAX_PAGES}")),
        }
    });
    let mut default = display.pages.clone();
    default.truncate(if display.size.1 < MIN_ROWS_FOR_TURNS { 1 } else { MAX_PAGES });
    read.unwrap_or_else(|| default.into_iter().map(|stay| Stay { for_ms, ..stay }).collect())
}

/// One page: its name, and after a colon how long it stays where that is not `page_for`.
fn stay(item: &Item<'_>, page_for_ms: u64) -> Option<Stay> {
    let text = item.text()?;
    let (name, time) = text.split_once(':').map_or((text, None), |(name, time)| (name, Some(time)));
    let Some(page) = Page::TURNING.into_iter().find(|page| page.word() == name) else {
        let words = Page::TURNING.map(Page::word);
        let hint = match nearest(name, words) {
            Some(word) => format!("did you mean \"{word}\"?"),
            None => format!("it is one of {}", words.join(", ")),
        };
        return item.refuse_hint(format!("names no page: \"{name}\""), hint);
    };
    let Some(time) = time else { return Some(Stay { page, for_ms: page_for_ms }) };
    match duration::parse(time).filter(|for_ms| PAGE_FOR_MS.contains(for_ms)) {
        Some(for_ms) => Some(Stay { page, for_ms }),
        None => item.refuse_hint(
            format!("keeps a page for 2s to 1h, not for \"{time}\""),
            format!("write it like \"{name}:20s\""),
        ),
    }
}

fn address(item: &Item<'_>) -> Option<u8> {
    let number = item.integer()?;
    if let Some(address) = u8::try_from(number).ok().filter(|address| ADDRESSES.contains(address)) {
        return Some(address);
    }
    let what =
        format!("must be from {:#04x} to {:#04x}, not {number:#04x}", ADDRESSES.start(), ADDRESSES.end());
    match number {
        0x78 | 0x7a => {
            let hint = format!("modules print the address doubled: write {:#04x}", number / 2);
            item.refuse_hint(what, hint)
        }
        _ => item.refuse(what),
    }
}

fn rotation(item: &Item<'_>) -> Option<u16> {
    match item.integer()? {
        0 => Some(0),
        90 => Some(90),
        180 => Some(180),
        270 => Some(270),
        other => item.refuse(format!("must be 0, 90, 180 or 270, not {other}")),
    }
}

pub(super) fn buzzer(top: &mut Reader<'_>, taken: &mut Lines) -> Buzzer {
    let drivers = [("none", BuzzerDriver::None), ("gpio", BuzzerDriver::Gpio), ("pwm", BuzzerDriver::Pwm)];
    let mut buzzer = Buzzer::default();
    top.section("buzzer", |section| {
        let driver = section.read("driver", choice(&drivers));
        buzzer.driver = driver.unwrap_or(BuzzerDriver::None);
        // A driver that was refused may have been meant to be this one.
        let unsure = driver.is_none() && section.given("driver") && section.begins("chip", "/sys/");
        if driver == Some(BuzzerDriver::Pwm) || unsure {
            (buzzer.chip, buzzer.line) = (PWM.0.into(), PWM.1);
            section.set(&mut buzzer.chip, "chip", pwm_chip);
        } else {
            section.set(&mut buzzer.chip, "chip", device);
        }
        section.set(&mut buzzer.line, "line", integer(0..=MAX_LINE));
        // A PWM channel is no line.
        if buzzer.driver == BuzzerDriver::Gpio {
            taken.take(section, "line", (&buzzer.chip, buzzer.line), "the buzzer".into());
        }
    });
    buzzer
}

pub(super) fn button(top: &mut Reader<'_>, taken: &mut Lines) -> Button {
    let mut button = Button::default();
    top.section("button", |section| {
        section.set(&mut button.enabled, "enabled", boolean);
        section.set(&mut button.chip, "chip", device);
        section.set(&mut button.line, "line", integer(0..=MAX_LINE));
        if button.enabled {
            taken.take(section, "line", (&button.chip, button.line), "the button".into());
        }
    });
    button
}

pub(super) fn lamps(top: &mut Reader<'_>, taken: &mut Lines) -> Vec<Lamp> {
    let conditions = [
        ("breached", LampOn::Breached),
        ("at_risk", LampOn::AtRisk),
        ("unacked", LampOn::Unacked),
        ("live", LampOn::Live),
        ("surge", LampOn::Surge),
    ];
    let mut count = 0;
    top.each("lamp", MAX_LAMPS, |entry| {
        let mut lamp = Lamp::default();
        entry.set(&mut lamp.chip, "chip", device);
        entry.set(&mut lamp.line, "line", integer(0..=MAX_LINE));
        entry.set(&mut lamp.on, "on", choice(&conditions));
        entry.set(&mut lamp.flash, "flash", boolean);
        entry.set(&mut lamp.active_low, "active_low", boolean);
        count += 1;
        taken.take(entry, "line", (&lamp.chip, lamp.line), format!("lamp {count}"));
        lamp
    })
}

/// The GPIO lines that have a use, and what it is: no line has two.
#[derive(Default)]
pub(super) struct Lines(Vec<(PathBuf, u32, String)>);

impl Lines {
    /// Notes a line's use, or refuses it where the line has one.
    fn take(&mut self, section: &Reader<'_>, key: &str, (chip, line): (&Path, u32), user: String) {
        if let Some((.., other)) =
            self.0.iter().find(|(at, number, _)| (at.as_path(), *number) == (chip, line))
        {
            let what = format!("is taken: {other} is on line {line} of {} too", chip.display());
            section.refuse(key, what, format!("give {other} and {user} a line each"));
        } else {
            self.0.push((chip.to_path_buf(), line, user));
        }
    }
}
