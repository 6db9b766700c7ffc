//! What does not fit together in a `[[display]]`, though each value is fine by itself.
//!
//! Owns which keys mean something to which driver, and what no two displays may share. Refuses to
//! know how a value is read.

use crate::config::{
    model::{Display, DisplayDriver},
    reader::Reader,
};

/// Keys of an I2C bus.
const I2C_KEYS: [&str; 2] = ["bus", "address"];
/// Keys that mean something with an SPI bus only.
const SPI_KEYS: [&str; 4] = ["dc", "reset", "chip", "spi_hz"];
/// Keys of an OLED that nothing else has.
const OLED_KEYS: [&str; 3] = ["spi", "column_offset", "charge_pump"];
/// Keys of a framebuffer.
const FRAMEBUFFER_KEYS: [&str; 2] = ["device", "tty"];

/// Refuses what does not fit this display's driver or the displays before it.
pub(super) fn refuse(entry: &Reader<'_>, display: &Display, before: &[Display]) {
    if before.iter().any(|other| other.name == display.name) {
        let what = format!("is taken: another display is called \"{}\"", display.name);
        entry.refuse("name", what, "give each display a name of its own");
    }
    match display.driver {
        DisplayDriver::Terminal => terminal(entry, before),
        DisplayDriver::Framebuffer => framebuffer(entry, display, before),
        DisplayDriver::Ssd1306 | DisplayDriver::Ssd1309 | DisplayDriver::Sh1106 => {
            oled(entry, display, before);
        }
    }
}

/// Refuses the first of the keys that the file gives.
fn meaningless(entry: &Reader<'_>, whom: &str, hint: &str, keys: &[&[&str]]) {
    if let Some(key) = keys.concat().iter().find(|key| entry.given(key)) {
        entry.refuse(key, format!("means nothing to {whom}"), hint);
    }
}

fn terminal(entry: &Reader<'_>, before: &[Display]) {
    let keys = [&I2C_KEYS[..], &OLED_KEYS, &SPI_KEYS, &FRAMEBUFFER_KEYS, &["rotate"]];
    meaningless(entry, "a terminal", "leave it out", &keys);
    if before.iter().any(|other| other.driver == DisplayDriver::Terminal) {
        entry.refuse("driver", "cannot be a terminal twice", "there is only one terminal");
    }
}

fn framebuffer(entry: &Reader<'_>, display: &Display, before: &[Display]) {
    meaningless(entry, "a framebuffer", "leave it out: the screen's mode says how large it is", &[&["size"]]);
    meaningless(entry, "a framebuffer", "leave it out", &[&I2C_KEYS, &OLED_KEYS, &SPI_KEYS]);
    let mut others = before.iter().filter(|other| other.driver == DisplayDriver::Framebuffer);
    if let Some(other) = others.find(|other| other.device == display.device) {
        let what = format!("is taken: \"{}\" is on {} too", other.name, display.device.display());
        entry.refuse("device", what, "give each display a framebuffer of its own");
    }
}

fn oled(entry: &Reader<'_>, display: &Display, before: &[Display]) {
    meaningless(entry, "an OLED", "leave it out", &[&FRAMEBUFFER_KEYS]);
    if entry.given("spi") {
        meaningless(entry, "an OLED on SPI", "leave it out, or leave spi out", &[&I2C_KEYS]);
    } else {
        let hint = "leave it out, or say where the display is, like spi = \"/dev/spidev0.0\"";
        meaningless(entry, "an OLED on I2C", hint, &[&SPI_KEYS]);
    }
    if !matches!(display.rotate, 0 | 180) {
        let what = format!("must be 0 or 180, not {}", display.rotate);
        entry.refuse("rotate", what, "an OLED cannot turn its picture by a quarter");
    }
    glass(entry, display);
    if entry.given("spi") { spi(entry, display, before) } else { i2c(entry, display, before) }
}

/// The glass is a part of what the chip drives.
fn glass(entry: &Reader<'_>, display: &Display) {
    let (width, height) = display.size;
    let columns = if display.driver == DisplayDriver::Sh1106 { 132 } else { 128 };
    if display.driver == DisplayDriver::Sh1106 && (width, height) != (128, 64) {
        entry.refuse("size", format!("cannot be {width}x{height} with an SH1106"), "it is 128x64");
    } else if let Some(offset) = display.column_offset.filter(|offset| u32::from(*offset) + width > columns) {
        let what = format!("cannot be {offset}: the glass would end beyond column {}", columns - 1);
        entry.refuse("column_offset", what, "leave it out for what most modules have");
    }
}

fn spi(entry: &Reader<'_>, display: &Display, before: &[Display]) {
    let device = |display: &Display| display.spi.as_ref().map(|spi| spi.device.clone());
    let Some(own) = device(display) else { return };
    if let Some(other) = before.iter().find(|other| device(other).as_ref() == Some(&own)) {
        let what = format!("is taken: \"{}\" is on {} too", other.name, own.display());
        entry.refuse("spi", what, "give each display an SPI device of its own");
    }
}

fn i2c(entry: &Reader<'_>, display: &Display, before: &[Display]) {
    let elsewhere = [DisplayDriver::Terminal, DisplayDriver::Framebuffer];
    let place = |other: &Display| (other.bus.clone(), other.address);
    let mut others = before.iter().filter(|other| other.spi.is_none() && !elsewhere.contains(&other.driver));
    if let Some(other) = others.find(|other| place(other) == place(display)) {
        let (bus, address, name) = (display.bus.display(), display.address, &other.name);
        let what = format!("is taken: \"{name}\" is at {address:#04x} on {bus} too");
        entry.refuse("address", what, "give each display an address or a bus of its own");
    }
}
