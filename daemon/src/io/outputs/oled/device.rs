//! OLEDs on the buses of this machine.
//!
//! Owns opening an I2C adapter, or an SPI device and its lines, as the configuration names them.
//! Refuses to know what is sent.

use std::{io, path::Path, sync::Arc, thread::JoinHandle};

use bellboard_panel::Snapshot;
use linux_embedded_hal::{
    I2cdev, SpidevDevice,
    spidev::{SpiModeFlags, SpidevOptions},
};
use tokio::sync::watch;

use super::{
    Oled, OledError, Settings,
    bus::{I2cLink, SpiLink},
};
use crate::{
    clock::Clock,
    config::model::{Display, Spi},
    io::{
        gpio::{GpioError, Output, Place},
        outputs::screen::{self, Hooks, keeper::Keeper},
    },
};

/// Starts the thread for `display`, see [`screen::spawn`].
pub fn spawn(
    display: &Display,
    settings: Settings,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    hooks: Hooks<[u8]>,
) -> io::Result<JoinHandle<()>> {
    screen::spawn(&display.name, opener(display, settings), clock, snapshots, hooks)
}

/// Darkens a display that somebody else left on, such as a daemon that was killed.
pub fn darken(display: &Display, settings: Settings) -> Result<(), OledError> {
    Keeper::new(opener(display, settings)).end()
}

/// Opens the display, each time it is asked.
fn opener(display: &Display, settings: Settings) -> impl FnMut() -> Result<Oled, OledError> + Send + use<> {
    let (bus, address, spi) = (display.bus.clone(), display.address, display.spi.clone());
    move || match &spi {
        Some(spi) => Ok(Oled::new(open_spi(spi)?, settings)),
        None => match I2cdev::new(&bus) {
            Ok(i2c) => Ok(Oled::new(I2cLink::new(i2c, address), settings)),
            Err(e) => Err(OledError::Open { bus: "I2C", path: bus.clone(), source: e.into() }),
        },
    }
}

fn open_spi(place: &Spi) -> Result<SpiLink<SpidevDevice, Output>, OledError> {
    let spi = configured(&place.device, place.hertz).map_err(|source| OledError::Open {
        bus: "SPI",
        path: place.device.clone(),
        source,
    })?;
    let line = |name, line| {
        let place = Place::new(&place.chip, line);
        Output::low(&place).map_err(|source: GpioError| OledError::Line { name, source })
    };
    let dc = line("dc", place.dc)?;
    let reset = place.reset.map(|number| line("reset", number)).transpose()?;
    let name = place.device.display().to_string();
    SpiLink::new(spi, dc, reset, &name)
        .map_err(|source| OledError::Bus { place: format!("on {name}"), source })
}

fn configured(path: &Path, hertz: u32) -> io::Result<SpidevDevice> {
    let mut spi = SpidevDevice::open(path).map_err(|error| own(error.inner()))?;
    let options =
        SpidevOptions::new().bits_per_word(8).max_speed_hz(hertz).mode(SpiModeFlags::SPI_MODE_0).build();
    spi.configure(&options)?;
    Ok(spi)
}

/// The same error, for its owner keeps the original.
fn own(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
}
