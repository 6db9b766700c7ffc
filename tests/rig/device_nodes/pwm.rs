//! The model of `/sys/class/pwm/pwmchip0`: a chip with one channel, and what would be heard.
//!
//! Owns the files of sysfs and the rules of the kernel behind them. Refuses to know who plays.
//! Files of a channel appear some time after it was exported, and udev lets others than root
//! write them some time later. A channel that nobody holds goes on as it was.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::{
    Change, Level, Probe,
    caller::Caller,
    errno::{Answer, Errno, Refusal},
    record::Record,
};

/// How long the channel's files take to appear, and then to be writable.
const APPEARS: Duration = Duration::from_millis(30);

const CHIP: &str = "/sys/class/pwm/pwmchip0/";

/// The chip, with its one channel. Clones are the same chip.
#[derive(Clone, Default)]
pub struct PwmChip {
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    missing: bool,
    exported: Option<Instant>,
    period: u64,
    duty_cycle: u64,
    enabled: bool,
    history: Vec<Change>,
    /// The pitch of each sound of the history, in hertz.
    pitches: Vec<u64>,
    /// Who opened a file of the channel for writing last.
    player: Option<i32>,
}

/// A file of the chip or of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PwmFile {
    Export,
    Unexport,
    Period,
    DutyCycle,
    Enable,
}

/// What one open handle remembers.
#[derive(Debug)]
pub(super) struct PwmSession {
    file: PwmFile,
    was_read: bool,
}

impl PwmSession {
    pub fn new(file: PwmFile) -> Self {
        Self { file, was_read: false }
    }

    /// One write(2): a number.
    pub fn write(&self, chip: &PwmChip, caller: &Caller, address: u64, len: usize) -> Answer {
        let text = caller.read(address, len.min(64))?.0;
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        let value = text.parse().map_err(|_| Errno::EINVAL)?;
        chip.write(self.file, value, caller.process())?;
        Ok(len as i64)
    }

    /// One read(2): the number and a line's end, then nothing.
    pub fn read(&mut self, chip: &PwmChip, caller: &Caller, address: u64, len: usize) -> Answer {
        if std::mem::replace(&mut self.was_read, true) {
            return Ok(0);
        }
        let mut text = format!("{}\n", chip.value(self.file)).into_bytes();
        text.truncate(len);
        let length = text.len() as i64;
        caller.write(address, &Record(text))?;
        Ok(length)
    }
}

impl PwmChip {
    /// Takes the chip away: as without the overlay.
    pub fn remove(&self) {
        self.state().missing = true;
    }

    /// Brings the chip back.
    pub fn restore(&self) {
        self.state().missing = false;
    }

    /// The pitches that sounded, in hertz, one for each sound.
    #[must_use]
    pub fn pitches(&self) -> Vec<u64> {
        self.state().pitches.clone()
    }

    /// Whether a program has asked for the channel and not given it back.
    #[must_use]
    pub fn is_exported(&self) -> bool {
        self.state().exported.is_some()
    }

    /// The file behind a path; `None` for paths that are not the chip's.
    pub(super) fn file(&self, path: &[u8], for_writing: bool) -> Option<Result<PwmFile, Errno>> {
        let name = std::str::from_utf8(path).ok()?.strip_prefix(CHIP)?;
        let state = self.state();
        let file = match name {
            "export" => PwmFile::Export,
            "unexport" => PwmFile::Unexport,
            "pwm0/period" => PwmFile::Period,
            "pwm0/duty_cycle" => PwmFile::DutyCycle,
            "pwm0/enable" => PwmFile::Enable,
            _ => return Some(Err(Errno::ENOENT)),
        };
        let of_chip = matches!(file, PwmFile::Export | PwmFile::Unexport);
        let age = state.exported.map(|at| at.elapsed());
        Some(match age {
            _ if state.missing => Err(Errno::ENOENT),
            _ if of_chip => Ok(file),
            Some(age) if age >= 2 * APPEARS || (age >= APPEARS && !for_writing) => Ok(file),
            Some(age) if age >= APPEARS => Err(Errno::EACCES),
            _ => Err(Errno::ENOENT),
        })
    }

    fn value(&self, file: PwmFile) -> u64 {
        let state = self.state();
        match file {
            PwmFile::Export | PwmFile::Unexport => 0,
            PwmFile::Period => state.period,
            PwmFile::DutyCycle => state.duty_cycle,
            PwmFile::Enable => u64::from(state.enabled),
        }
    }

    /// A write as the kernel's `pwm/sysfs.c` takes it.
    fn write(&self, file: PwmFile, value: u64, process: Option<i32>) -> Result<(), Refusal> {
        let mut state = self.state();
        let (mut period, mut duty_cycle, mut enabled) = (state.period, state.duty_cycle, state.enabled);
        match file {
            PwmFile::Export if value > 0 => return Err(Errno::ENODEV.into()),
            PwmFile::Export if state.exported.is_some() => return Err(Errno::EBUSY.into()),
            PwmFile::Export => {
                state.exported = Some(Instant::now());
                return Ok(());
            }
            PwmFile::Unexport if value > 0 || state.exported.is_none() => return Err(Errno::ENODEV.into()),
            PwmFile::Unexport => {
                (state.exported, state.player) = (None, None);
                return Ok(());
            }
            PwmFile::Period => period = value,
            PwmFile::DutyCycle => duty_cycle = value,
            PwmFile::Enable => enabled = value != 0,
        }
        if duty_cycle > period && period > 0 {
            return Err(Refusal::Uninvited(format!("a duty of {duty_cycle} ns in a period of {period} ns")));
        }
        if period == 0 || duty_cycle > period {
            return Err(Errno::EINVAL.into());
        }
        (state.period, state.duty_cycle, state.player) = (period, duty_cycle, process);
        if state.enabled != enabled {
            state.enabled = enabled;
            let level = if enabled { Level::High } else { Level::Low };
            state.history.push(Change { at: Instant::now(), level });
            if enabled {
                state.pitches.push((1_000_000_000 + period / 2) / period);
            }
        }
        self.shared.1.notify_all();
        Ok(())
    }

    fn wait<T>(&self, within: Duration, look: impl Fn(&State) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut state = self.state();
        loop {
            if let Some(found) = look(&state) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.shared.1.wait_timeout(state, left).expect("a model panicked").0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().expect("a model panicked")
    }
}

impl Probe for PwmChip {
    fn level(&self) -> Level {
        if self.state().enabled { Level::High } else { Level::Low }
    }

    fn history(&self) -> Vec<Change> {
        self.state().history.clone()
    }

    fn holder(&self) -> Option<i32> {
        self.state().player
    }

    fn expect(&self, level: Level, within: Duration) -> Instant {
        let since = self.wait(within, |state| {
            let since = state.history.last().map_or_else(Instant::now, |change| change.at);
            ((level == Level::High) == state.enabled).then_some(since)
        });
        since.unwrap_or_else(|| panic!("the PWM channel was not {level:?} within {within:?}"))
    }

    fn expect_changes(&self, count: usize, within: Duration) -> Vec<Change> {
        let changes =
            self.wait(within, |state| (state.history.len() >= count).then(|| state.history.clone()));
        changes.unwrap_or_else(|| {
            let seen = self.history().len();
            panic!("the PWM channel changed {seen} times and not {count} within {within:?}")
        })
    }
}
