//! The guard of a sounder or of the lamps: a process of its own, so that they end whatever
//! becomes of the daemon.
//!
//! Owns the lines and channels, and the rule that they are on only on lease. Refuses to know
//! alarms, bursts and the configuration. After SIGKILL the kernel leaves a line or a channel as
//! it was; so the daemon never holds them. It sends leases through a pipe, and the guard
//! switches off when a lease ends, when a message makes no sense, and when the pipe closes,
//! which the kernel does for every dead daemon. It answers every message with a sign of life.

mod charge;
mod lamps;
mod lease;
mod sounder;

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::fd::AsFd as _,
    thread,
    time::Duration,
};

use nix::sys::signal::{SigSet, Signal};
use thiserror::Error;

pub use charge::{Charge, LampLine, gpio_place, lamp_line, pwm_place};
pub use lamps::{HALF_FLASH_MS, LAMP_LEASE_MS, Shine};
pub use lease::{Lease, MAX_LEASE_MS};

use self::{lamps::Lamps, sounder::Keeper};
use crate::{
    clock::Clock,
    core::time::Mono,
    io::{
        gpio::{GpioError, Output, readable},
        pwm::{self, Channel, PwmError},
    },
};

/// The guard's first line on standard output when it holds its charge; anything else is why not.
pub const READY: &str = "ready";
/// Its answer to every message that it has followed.
pub const SIGN: &str = ".";

/// Bytes of every message. Far below the 4,096 that a pipe passes on in one piece.
pub const MESSAGE_LEN: usize = 12;
/// One message, as it goes through the pipe.
pub type Message = [u8; MESSAGE_LEN];

/// How long [`silence`] waits for a guard that is still letting go of a line.
const RELEASE_TIMEOUT_MS: u64 = 1_000;
/// How often it tries in that time.
const RELEASE_POLL: Duration = Duration::from_millis(20);

/// Why the guard ended before the daemon did.
#[derive(Debug, Error)]
pub enum GuardError {
    /// A line cannot be had or driven.
    #[error(transparent)]
    Line(#[from] GpioError),
    /// A channel cannot be had or played.
    #[error(transparent)]
    Channel(#[from] PwmError),
    /// The daemon's words make no sense; what follows them cannot be trusted either.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Standard input or output failed.
    #[error("a guard cannot hear the daemon: {0}")]
    Pipe(#[from] io::Error),
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a guard was told something that it does not understand: {0:02x?}")]
pub struct Malformed(pub Message);

/// A message: a word, its complement, milliseconds and two numbers in little-endian order.
fn message(word: u8, ms: u16, [first, second]: [u32; 2]) -> Message {
    let mut bytes = [0; MESSAGE_LEN];
    bytes[..2].copy_from_slice(&[word, !word]);
    bytes[2..4].copy_from_slice(&ms.to_le_bytes());
    bytes[4..8].copy_from_slice(&first.to_le_bytes());
    bytes[8..].copy_from_slice(&second.to_le_bytes());
    bytes
}

/// The parts of a message whose word and complement agree.
fn words(bytes: Message) -> Result<(u8, u16, [u32; 2]), Malformed> {
    let [word, check, ms @ .., _, _, _, _, _, _, _, _] = bytes;
    if check != !word {
        return Err(Malformed(bytes));
    }
    let number = |from: usize| {
        let four = bytes[from..from + 4].try_into().expect("a message has 12 bytes");
        u32::from_le_bytes(four)
    };
    Ok((word, u16::from_le_bytes(ms), [number(4), number(8)]))
}

/// What a guard does with its charge.
trait Duty {
    /// Follows a message.
    fn obey(&mut self, message: Message, now: Mono) -> Result<(), GuardError>;

    /// Does what is due at this time: ends a lease, or turns a flash.
    fn tick(&mut self, now: Mono) -> Result<(), GuardError>;

    /// Milliseconds until [`Duty::tick`] has something to do; `None`: nothing is on.
    fn left_ms(&self, now: Mono) -> Option<u16>;

    /// Switches everything off and lets go of it.
    fn end(self) -> Result<(), GuardError>;
}

/// Holds `charge`, reads leases on standard input, and returns when that is closed.
///
/// Says [`READY`] on standard output once it holds everything, or one sentence about why not;
/// the daemon reads it there. Signals that ask a process to end are not obeyed: at the stop of a
/// service they reach the guard together with the daemon, and a guard that went first would
/// leave the line to nobody. The end of the daemon is the only request to end.
pub fn run(charge: &Charge) -> Result<(), GuardError> {
    let outcome = keep_through_signals().map_err(Into::into).and_then(|()| match charge {
        Charge::Gpio(place) => serve(Keeper::new(Output::low(place)?)),
        Charge::Pwm(place) => serve(Keeper::new(Channel::silent(place)?)),
        Charge::Lamps(lines) => serve(Lamps::new(all_off(lines)?)),
    });
    if let Err(error) = &outcome {
        announce(&error.to_string());
    }
    outcome
}

/// Switches off everything in `charge` and lets go of it: for the service manager, after the
/// daemon and its guard were both killed. No such chip is no error, since then nothing is on.
pub fn silence(charge: &Charge) -> Result<(), GuardError> {
    match charge {
        Charge::Gpio(place) => switch_off(&LampLine { place: place.clone(), active_low: false }),
        Charge::Pwm(place) => Ok(pwm::silence(place)?),
        // One that fails leaves the others to be switched off.
        Charge::Lamps(lines) => lines.iter().map(switch_off).fold(Ok(()), Result::and),
    }
}

fn switch_off(line: &LampLine) -> Result<(), GuardError> {
    let clock = Clock::start();
    loop {
        match Output::off(&line.place, line.active_low) {
            Err(error) if error.is_missing_chip() => return Ok(()),
            Err(GpioError::Busy { .. }) if clock.now().mono.millis() < RELEASE_TIMEOUT_MS => {
                thread::sleep(RELEASE_POLL);
            }
            outcome => return Ok(outcome.map(drop)?),
        }
    }
}

fn all_off(lines: &[LampLine]) -> Result<Vec<Output>, GpioError> {
    lines.iter().map(|line| Output::off(&line.place, line.active_low)).collect()
}

fn serve(mut duty: impl Duty) -> Result<(), GuardError> {
    // Unbuffered, so that no message hides where poll(2) cannot see it.
    let mut messages = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    announce(READY);
    let outcome = obey(&mut duty, &mut messages);
    let ended = duty.end();
    outcome.and(ended)
}

/// Follows the leases until the pipe closes.
fn obey(duty: &mut impl Duty, messages: &mut File) -> Result<(), GuardError> {
    let clock = Clock::start();
    loop {
        let now = clock.now().mono;
        duty.tick(now)?;
        if !readable(messages, duty.left_ms(now))? {
            continue;
        }
        match next_message(messages)? {
            Some(message) => duty.obey(message, clock.now().mono)?,
            None => return Ok(()),
        }
        announce(SIGN);
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
fn next_message(messages: &mut impl Read) -> Result<Option<Message>, GuardError> {
    let mut bytes = [0; MESSAGE_LEN];
    match messages.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::gpio::Place;

    #[test]
    fn a_message_cut_short_by_the_end_of_the_daemon_is_its_end() {
        let mut half: &[u8] = &Lease::sound(440, 100).to_bytes()[..2];
        assert!(matches!(next_message(&mut half), Ok(None)));
    }

    #[test]
    fn no_chip_needs_no_silence() {
        let nowhere = tempfile::tempdir().expect("a directory");
        let place = Place::new(&nowhere.path().join("gpiochip7"), 18);
        assert!(silence(&Charge::Gpio(place.clone())).is_ok());
        assert!(silence(&Charge::Lamps(vec![LampLine { place, active_low: true }])).is_ok());
    }

    #[test]
    fn a_file_that_is_no_chip_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let charge = Charge::Gpio(Place::new(file.path(), 18));
        let error = silence(&charge).expect_err("a file is no chip").to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
