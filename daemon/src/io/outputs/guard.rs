//! The guard of the buzzer's line: a process of its own, so that the line falls whatever
//! becomes of the daemon.
//!
//! Owns the line and the rule that it is high only on lease. Refuses to know alarms, bursts
//! and the configuration. After SIGKILL the kernel leaves a line as it was; so the daemon never
//! holds it. It sends leases through a pipe, and the guard drives the line low when a lease
//! ends, when a message makes no sense, and when the pipe closes, which the kernel does for
//! every dead daemon.

mod lease;

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::fd::AsFd as _,
    path::Path,
    thread,
    time::Duration,
};

use embedded_hal::digital::OutputPin;
use nix::sys::signal::{SigSet, Signal};
use thiserror::Error;

pub use lease::{Lease, MAX_LEASE_MS, MESSAGE_LEN, Malformed};

use crate::{
    clock::Clock,
    core::time::Mono,
    io::gpio::{GpioError, Output, Place, readable},
};

/// The guard's first line on standard output when it holds the line; anything else is why not.
pub const READY: &str = "ready";

/// How long [`silence`] waits for a guard that is still letting go of the line.
const RELEASE_TIMEOUT_MS: u64 = 1_000;
/// How often it tries in that time.
const RELEASE_POLL: Duration = Duration::from_millis(20);

/// Why the guard ended before the daemon did.
#[derive(Debug, Error)]
pub enum GuardError {
    /// The line cannot be had or driven.
    #[error(transparent)]
    Line(#[from] GpioError),
    /// The daemon's words make no sense; what follows them cannot be trusted either.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Standard input or output failed.
    #[error("the buzzer's guard cannot hear the daemon: {0}")]
    Pipe(#[from] io::Error),
}

/// Holds the line, reads leases on standard input, and returns when that is closed.
///
/// Says [`READY`] on standard output once the line is held, or one sentence about why not; the
/// daemon reads it there. Signals that ask a process to end are not obeyed: at the stop of a
/// service they reach the guard together with the daemon, and a guard that went first would
/// leave the line to nobody. The end of the daemon is the only request to end.
pub fn run(chip: &Path, line: u32) -> Result<(), GuardError> {
    let outcome = serve(&Place::new(chip, line));
    if let Err(error) = &outcome {
        announce(&error.to_string());
    }
    outcome
}

/// Drives the line low and lets go of it: for the service manager, after the daemon and its
/// guard were both killed. No such chip is no error, since then there is nothing to silence.
pub fn silence(chip: &Path, line: u32) -> Result<(), GpioError> {
    let place = Place::new(chip, line);
    let clock = Clock::start();
    loop {
        match Output::low(&place) {
            Err(error) if error.is_missing_chip() => return Ok(()),
            Err(GpioError::Busy { .. }) if clock.now().mono.millis() < RELEASE_TIMEOUT_MS => {
                thread::sleep(RELEASE_POLL);
            }
            outcome => return outcome.map(drop),
        }
    }
}

fn serve(place: &Place) -> Result<(), GuardError> {
    keep_through_signals()?;
    let mut keeper = Keeper::new(Output::low(place)?);
    // Unbuffered, so that no message hides where poll(2) cannot see it.
    let mut messages = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    announce(READY);
    let outcome = obey(&mut keeper, &mut messages);
    let silenced = keeper.silence();
    outcome.and(silenced.map_err(Into::into))
}

/// Follows the leases until the pipe closes.
fn obey(keeper: &mut Keeper<Output>, messages: &mut File) -> Result<(), GuardError> {
    let clock = Clock::start();
    loop {
        let now = clock.now().mono;
        keeper.expire(now)?;
        if !readable(messages, keeper.left_ms(now))? {
            continue;
        }
        match next_message(messages)? {
            Some(lease) => keeper.obey(lease, clock.now().mono)?,
            None => return Ok(()),
        }
    }
}

fn keep_through_signals() -> io::Result<()> {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        signals.add(signal);
    }
    signals.thread_block().map_err(Into::into)
}

fn announce(line: &str) {
    // A daemon that does not listen any more is dead: the closed pipe tells the rest.
    let _ = writeln!(io::stdout(), "{line}");
}

/// The next message; `None` when the daemon is gone.
fn next_message(messages: &mut impl Read) -> Result<Option<Lease>, GuardError> {
    let mut bytes = [0; MESSAGE_LEN];
    match messages.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(Lease::from_bytes(bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The line and the lease it is high on.
struct Keeper<P> {
    pin: P,
    until: Option<Mono>,
}

impl<P: OutputPin> Keeper<P> {
    /// Takes a line that is low.
    fn new(pin: P) -> Self {
        Self { pin, until: None }
    }

    fn obey(&mut self, lease: Lease, now: Mono) -> Result<(), P::Error> {
        match lease {
            Lease::High(ms) => {
                self.until = Some(now.plus_millis(u64::from(ms)));
                self.pin.set_high()
            }
            Lease::Low => self.silence(),
        }
    }

    /// Ends a lease whose time is over.
    fn expire(&mut self, now: Mono) -> Result<(), P::Error> {
        if self.until.is_some_and(|until| until <= now) { self.silence() } else { Ok(()) }
    }

    /// Milliseconds until the lease ends; `None` while the line is low.
    fn left_ms(&self, now: Mono) -> Option<u16> {
        self.until.map(|until| until.millis_since(now) as u16)
    }

    fn silence(&mut self) -> Result<(), P::Error> {
        self.until = None;
        self.pin.set_low()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use embedded_hal::digital::ErrorType;

    use super::*;

    #[derive(Default)]
    struct Pin {
        high: bool,
    }

    impl ErrorType for Pin {
        type Error = Infallible;
    }

    impl OutputPin for Pin {
        fn set_low(&mut self) -> Result<(), Infallible> {
            self.high = false;
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.high = true;
            Ok(())
        }
    }

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    #[test]
    fn a_lease_ends_by_itself() {
        let mut keeper = Keeper::new(Pin::default());
        let Ok(()) = keeper.obey(Lease::High(200), at(1000));
        assert_eq!(keeper.left_ms(at(1050)), Some(150));
        let Ok(()) = keeper.expire(at(1199));
        assert!(keeper.pin.high);
        let Ok(()) = keeper.expire(at(1200));
        assert!(!keeper.pin.high);
        assert_eq!(keeper.left_ms(at(1200)), None);
    }

    #[test]
    fn low_ends_a_lease_at_once_and_a_new_lease_replaces_it() {
        let mut keeper = Keeper::new(Pin::default());
        let Ok(()) = keeper.obey(Lease::High(500), at(0));
        let Ok(()) = keeper.obey(Lease::High(100), at(10));
        let Ok(()) = keeper.expire(at(110));
        assert!(!keeper.pin.high);
        let Ok(()) = keeper.obey(Lease::High(500), at(200));
        let Ok(()) = keeper.obey(Lease::Low, at(201));
        assert!(!keeper.pin.high);
    }

    #[test]
    fn a_message_cut_short_by_the_end_of_the_daemon_is_its_end() {
        let mut half: &[u8] = &Lease::High(100).to_bytes()[..2];
        assert!(matches!(next_message(&mut half), Ok(None)));
    }

    #[test]
    fn no_chip_needs_no_silence() {
        let nowhere = tempfile::tempdir().expect("a directory");
        assert!(silence(&nowhere.path().join("gpiochip7"), 18).is_ok());
    }

    #[test]
    fn a_file_that_is_no_chip_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = silence(file.path(), 18).expect_err("a file is no chip").to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
