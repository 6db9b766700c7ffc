//! A PWM channel in sysfs, as a passive sounder needs it: a square wave of a pitch, or nothing.
//!
//! Owns how a channel is taken, in which order its files are written, and how a refusal reads.
//! Refuses to know what is played. A channel is idle with its slice disabled, and a new pitch is
//! set while it is: a slice that runs takes a new period only when the old one is over.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use thiserror::Error;

use crate::clock::Clock;

/// How long the kernel and udev may take to make a channel's files and let our group write them.
const EXPORT_TIMEOUT_MS: u64 = 1_000;
/// How often that is looked for.
const EXPORT_POLL: Duration = Duration::from_millis(10);
/// What a channel is set to before it ever sounds: kernels refuse to switch one without a period.
const FIRST_PERIOD_NS: u64 = 1_000_000;

/// Where a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chip's folder in sysfs.
    pub chip: PathBuf,
    /// The channel's number on that chip.
    pub channel: u32,
}

impl Place {
    /// The channel `channel` of the chip at `chip`.
    #[must_use]
    pub fn new(chip: &Path, channel: u32) -> Self {
        Self { chip: chip.to_path_buf(), channel }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.chip.join(format!("pwm{}", self.channel)).join(name)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PWM channel {} of {}", self.channel, self.chip.display())
    }
}

/// Why a channel cannot be used.
#[derive(Debug, Error)]
pub enum PwmError {
    /// The chip is missing or forbidden.
    #[error("the PWM chip {} cannot be used: {source}", chip.display())]
    Chip {
        /// The chip's folder.
        chip: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The chip has no such channel.
    #[error("there is no {0}")]
    NoSuchChannel(Place),
    /// Somebody else has the channel.
    #[error("{0} is in use by another program")]
    Busy(Place),
    /// The channel's files did not come, or stayed forbidden.
    #[error("{place} was asked for and is not there: {source}")]
    NotThere {
        /// The channel.
        place: Place,
        /// What the kernel said last.
        source: io::Error,
    },
    /// A file of the channel cannot be read or written.
    #[error("{} cannot be set: {source}", file.display())]
    Lost {
        /// The file.
        file: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// A channel that this process plays. Whoever drops it has silenced it before.
pub struct Channel {
    place: Place,
    /// Locked, so that no two guards write over each other; released by the kernel.
    lock: File,
    /// What sounds, in hertz.
    sounding: Option<u16>,
}

impl Channel {
    /// Takes the channel and silences it.
    ///
    /// # Errors
    /// The chip is missing, has no such channel or does not let us, or another program plays it.
    pub fn silent(place: &Place) -> Result<Self, PwmError> {
        export(place)?;
        let lock = appear(place)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PwmError::Busy(place.clone())),
            Err(TryLockError::Error(source)) => {
                return Err(PwmError::NotThere { place: place.clone(), source });
            }
        }
        let mut channel = Self { place: place.clone(), lock, sounding: None };
        channel.settle()?;
        Ok(channel)
    }

    /// Plays a square wave of `hz` hertz, at least 1, from now on. The same pitch again writes
    /// nothing.
    pub fn sound(&mut self, hz: u16) -> Result<(), PwmError> {
        if self.sounding == Some(hz) {
            return Ok(());
        }
        self.silence()?;
        let period_ns = 1_000_000_000 / u64::from(hz.max(1));
        // The duty of the note before may be longer than this period.
        self.write("duty_cycle", 0)?;
        self.write("period", period_ns)?;
        self.write("duty_cycle", period_ns / 2)?;
        // From here on it may sound, also when the write is reported as failed.
        self.sounding = Some(hz);
        self.write("enable", 1)
    }

    /// Ends the sound. A silent channel is left alone.
    pub fn silence(&mut self) -> Result<(), PwmError> {
        if self.sounding.is_none() {
            return Ok(());
        }
        self.write("enable", 0)?;
        self.sounding = None;
        Ok(())
    }

    /// Silences the channel and gives it back to the kernel.
    pub fn leave(mut self) -> Result<(), PwmError> {
        self.silence()?;
        unexport(&self.place);
        drop(self.lock);
        Ok(())
    }

    /// Ends what a guard that was killed left, and gives a fresh channel its first period.
    fn settle(&mut self) -> Result<(), PwmError> {
        if is_on(&self.place)? {
            self.write("enable", 0)?;
        }
        if read(&self.place.file("period"))? == "0" {
            self.write("period", FIRST_PERIOD_NS)?;
        }
        Ok(())
    }

    fn write(&self, name: &str, value: u64) -> Result<(), PwmError> {
        set(&self.place, name, value)
    }
}

/// Silences a channel whoever played it, and gives it back: for the service manager. No chip and
/// no exported channel is no error, since then there is nothing to silence.
pub fn silence(place: &Place) -> Result<(), PwmError> {
    match is_on(place) {
        Ok(true) => set(place, "enable", 0)?,
        Ok(false) => {}
        Err(PwmError::Lost { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    unexport(place);
    Ok(())
}

/// Asks the kernel for the channel's files; one that has them keeps them.
fn export(place: &Place) -> Result<(), PwmError> {
    if place.file("enable").exists() {
        return Ok(());
    }
    let refused = |source| PwmError::Chip { chip: place.chip.clone(), source };
    match put(&place.chip.join("export"), &place.channel.to_string()) {
        Ok(()) => Ok(()),
        Err(error) => match error.raw_os_error() {
            Some(libc::ENODEV) => Err(PwmError::NoSuchChannel(place.clone())),
            // Somebody exported it just now, or a driver of the kernel has it: then it never appears.
            Some(libc::EBUSY) if place.file("enable").exists() => Ok(()),
            Some(libc::EBUSY) => Err(PwmError::Busy(place.clone())),
            _ => Err(refused(error)),
        },
    }
}

fn unexport(place: &Place) {
    // A channel that stays exported is silent, and is taken over by whoever comes next.
    let _ = put(&place.chip.join("unexport"), &place.channel.to_string());
}

/// Waits for the channel's files, and for udev to let our group write them.
fn appear(place: &Place) -> Result<File, PwmError> {
    let clock = Clock::start();
    loop {
        let all = ["period", "duty_cycle", "enable"].map(|name| open(&place.file(name)));
        let [period, duty_cycle, enable] = all;
        match period.and(duty_cycle).and(enable) {
            Ok(enable) => return Ok(enable),
            Err(source) if clock.now().mono.millis() >= EXPORT_TIMEOUT_MS => {
                return Err(PwmError::NotThere { place: place.clone(), source });
            }
            Err(_) => thread::sleep(EXPORT_POLL),
        }
    }
}

fn is_on(place: &Place) -> Result<bool, PwmError> {
    Ok(read(&place.file("enable"))? != "0")
}

fn set(place: &Place, name: &str, value: u64) -> Result<(), PwmError> {
    let file = place.file(name);
    put(&file, &value.to_string()).map_err(|source| PwmError::Lost { file, source })
}

fn read(file: &Path) -> Result<String, PwmError> {
    let text = fs::read_to_string(file);
    text.map(|text| text.trim().to_owned())
        .map_err(|source| PwmError::Lost { file: file.to_path_buf(), source })
}

/// Writes the whole value in one call, as sysfs wants it.
fn put(file: &Path, value: &str) -> io::Result<()> {
    open(file)?.write_all(value.as_bytes())
}

fn open(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_chip_needs_no_silence() {
        let nowhere = tempfile::tempdir().expect("a directory");
        assert!(silence(&Place::new(&nowhere.path().join("pwmchip0"), 0)).is_ok());
    }

    #[test]
    fn a_missing_chip_is_an_error_that_names_it() {
        let nowhere = tempfile::tempdir().expect("a directory");
        let chip = nowhere.path().join("pwmchip0");
        let error = Channel::silent(&Place::new(&chip, 0)).err().expect("no chip").to_string();
        assert!(error.contains(&chip.display().to_string()), "{error}");
    }
}
