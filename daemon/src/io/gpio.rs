//! GPIO lines of the kernel's character device.
//!
//! Owns how a line is asked for and how a refusal reads. Refuses to know what hangs on the line.

use std::{
    error::Error as _,
    fmt, io,
    path::{Path, PathBuf},
};

use embedded_hal::digital::{ErrorType, OutputPin};
use linux_embedded_hal::{
    CdevPin,
    gpio_cdev::{self, Chip, EventRequestFlags, LineEventHandle, LineRequestFlags},
};
use nix::errno::Errno;
use thiserror::Error;

/// What the kernel shows as the holder of our lines, for instance in `gpioinfo`.
const CONSUMER: &str = "bellboard";

/// `GPIOHANDLE_REQUEST_BIAS_PULL_UP`, since Linux 5.5; gpio-cdev has no name for it.
const BIAS_PULL_UP: u32 = 1 << 5;

/// Where a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chip's device node.
    pub chip: PathBuf,
    /// The line's offset on that chip.
    pub line: u32,
}

impl Place {
    /// The line `line` of the chip at `chip`.
    #[must_use]
    pub fn new(chip: &Path, line: u32) -> Self {
        Self { chip: chip.to_path_buf(), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GPIO line {} of {}", self.line, self.chip.display())
    }
}

/// Why a line cannot be used.
#[derive(Debug, Error)]
pub enum GpioError {
    /// The chip's node is missing, forbidden, or no GPIO chip.
    #[error("the GPIO chip {} cannot be opened: {source}", chip.display())]
    Chip {
        /// The node.
        chip: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The chip has fewer lines.
    #[error("there is no {place}: the chip has {lines} lines")]
    NoSuchLine {
        /// The line asked for.
        place: Place,
        /// How many lines the chip has.
        lines: u32,
    },
    /// Somebody else holds the line.
    #[error("{place} is in use by {holder}")]
    Busy {
        /// The line asked for.
        place: Place,
        /// The name that its holder gave.
        holder: String,
    },
    /// The kernel refused the line for another reason.
    #[error("{place} cannot be requested: {source}")]
    Refused {
        /// The line asked for.
        place: Place,
        /// What the kernel said.
        source: io::Error,
    },
    /// A line that was ours failed.
    #[error("{place} failed: {source}")]
    Lost {
        /// The line.
        place: Place,
        /// What the kernel said.
        source: io::Error,
    },
}

impl GpioError {
    /// Whether there is no such chip on this machine at all.
    #[must_use]
    pub fn is_missing_chip(&self) -> bool {
        matches!(self, Self::Chip { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// A line that this process drives.
pub struct Output {
    pin: CdevPin,
    place: Place,
}

impl Output {
    /// Takes the line as an output and drives it low in the same step.
    pub fn low(place: &Place) -> Result<Self, GpioError> {
        Self::off(place, false)
    }

    /// Takes the line as an output and switches off in the same step what hangs on it: low, or
    /// high where that is `active_low`. From then on "high" is "on".
    pub fn off(place: &Place, active_low: bool) -> Result<Self, GpioError> {
        let line = find(place)?;
        let polarity = if active_low { LineRequestFlags::ACTIVE_LOW } else { LineRequestFlags::empty() };
        let pin = line
            .request(LineRequestFlags::OUTPUT | polarity, 0, CONSUMER)
            .and_then(CdevPin::new)
            .map_err(|error| refusal(place, &line, &error))?;
        Ok(Self { pin, place: place.clone() })
    }

    fn lost(&self, error: &gpio_cdev::Error) -> GpioError {
        GpioError::Lost { place: self.place.clone(), source: kernel_error(error) }
    }
}

impl embedded_hal::digital::Error for GpioError {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl ErrorType for Output {
    type Error = GpioError;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), GpioError> {
        self.pin.set_low().map_err(|error| self.lost(error.inner()))
    }

    fn set_high(&mut self) -> Result<(), GpioError> {
        self.pin.set_high().map_err(|error| self.lost(error.inner()))
    }
}

/// A line that this process listens to.
pub struct Input {
    /// Readable whenever an edge is waiting.
    handle: LineEventHandle,
    place: Place,
}

impl Input {
    /// Takes the line as an input with both edges, pulled up where the kernel can do that.
    pub fn pulled_up(place: &Place) -> Result<Self, GpioError> {
        let line = find(place)?;
        let request = |flags| line.events(flags, EventRequestFlags::BOTH_EDGES, CONSUMER);
        let pulled_up = LineRequestFlags::INPUT | LineRequestFlags::from_bits_retain(BIAS_PULL_UP);
        let handle = request(pulled_up)
            .or_else(|error| match errno(&error) {
                // Kernels before 5.5 refuse a flag they do not know: there the pull-up is a resistor.
                Some(Errno::EINVAL) => request(LineRequestFlags::INPUT),
                _ => Err(error),
            })
            .map_err(|error| refusal(place, &line, &error))?;
        Ok(Self { handle, place: place.clone() })
    }

    /// Waits up to `timeout_ms` for an edge; true when one is there to be read.
    pub fn wait(&self, timeout_ms: u16) -> Result<bool, GpioError> {
        readable(&self.handle, Some(timeout_ms)).map_err(|source| self.lost(source))
    }

    /// The oldest unread edge: true when the line rose. Blocks while there is none.
    pub fn edge(&mut self) -> Result<bool, GpioError> {
        let event = self.handle.get_event().map_err(|error| self.lost(kernel_error(&error)))?;
        Ok(event.event_type() == gpio_cdev::EventType::RisingEdge)
    }

    /// Whether the line is high now.
    pub fn is_high(&self) -> Result<bool, GpioError> {
        let value = self.handle.get_value().map_err(|error| self.lost(kernel_error(&error)))?;
        Ok(value != 0)
    }

    fn lost(&self, source: io::Error) -> GpioError {
        GpioError::Lost { place: self.place.clone(), source }
    }
}

/// Waits until `source` can be read or has failed; false when `timeout_ms` passed first.
/// `None` waits for ever.
pub(super) fn readable(source: &impl std::os::fd::AsFd, timeout_ms: Option<u16>) -> io::Result<bool> {
    use nix::poll::{PollFd, PollFlags, poll};
    let fd = source.as_fd();
    let mut fds = [PollFd::new(&fd, PollFlags::POLLIN)];
    match poll(&mut fds, timeout_ms.map_or(-1, i32::from)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn find(place: &Place) -> Result<gpio_cdev::Line, GpioError> {
    let mut chip = Chip::new(&place.chip)
        .map_err(|error| GpioError::Chip { chip: place.chip.clone(), source: kernel_error(&error) })?;
    let lines = chip.num_lines();
    // The offset's range is all that gpio-cdev checks here.
    chip.get_line(place.line).map_err(|_| GpioError::NoSuchLine { place: place.clone(), lines })
}

fn refusal(place: &Place, line: &gpio_cdev::Line, error: &gpio_cdev::Error) -> GpioError {
    let place = place.clone();
    if errno(error) != Some(Errno::EBUSY) {
        return GpioError::Refused { place, source: kernel_error(error) };
    }
    let named = line.info().ok().and_then(|info| info.consumer().map(|name| format!("\"{name}\"")));
    GpioError::Busy { place, holder: named.unwrap_or_else(|| "another program".into()) }
}

fn errno(error: &gpio_cdev::Error) -> Option<Errno> {
    error.source()?.downcast_ref::<Errno>().copied()
}

/// gpio-cdev keeps its cause private and words it for programmers; this brings back the plain one.
fn kernel_error(error: &gpio_cdev::Error) -> io::Error {
    if let Some(errno) = errno(error) {
        return errno.into();
    }
    let opened = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    opened
        .and_then(io::Error::raw_os_error)
        .map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
}
