//! An SPI bus without wires: one display on it, its two lines, faults on demand.
//!
//! Owns what reaches the display and what does not. Refuses to know what the bytes mean. It panics
//! on what no output of ours may do: read, write before anybody said whether it is data, or write
//! while the display is held in reset.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use embedded_hal::{
    digital::{self, OutputPin},
    spi::{self, Operation, SpiDevice},
};

use crate::{module::Module, picture::Picture};

/// What the kernel lets through in one write, unless it is told otherwise.
const MAX_WRITE: usize = 4096;

/// A handle on the bus; clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct FakeSpi<M> {
    state: Arc<Mutex<State<M>>>,
}

#[derive(Debug)]
struct State<M> {
    display: M,
    is_data: Option<bool>,
    in_reset: bool,
    resets: usize,
    faults: BTreeMap<usize, usize>,
    /// Calls so far: writes, and changes of a line.
    calls: usize,
    bytes: usize,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpiError;

impl fmt::Display for SpiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the adapter is gone")
    }
}

impl std::error::Error for SpiError {}

impl spi::Error for SpiError {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl digital::Error for SpiError {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl<M: Module> FakeSpi<M> {
    /// A bus with `display` on it.
    #[must_use]
    pub fn new(display: M) -> Self {
        let (is_data, in_reset, resets, faults) = (None, false, 0, BTreeMap::new());
        let state = State { display, is_data, in_reset, resets, faults, calls: 0, bytes: 0 };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().expect("no test goes on after the model has panicked")
    }

    /// The line that tells data from commands.
    #[must_use]
    pub fn dc(&self) -> Line<M> {
        Line { bus: self.clone(), is_reset: false }
    }

    /// The line that resets the display while it is low.
    #[must_use]
    pub fn reset(&self) -> Line<M> {
        Line { bus: self.clone(), is_reset: true }
    }

    /// The call of this number fails, the first one ever being number 0: of a write so many bytes
    /// arrive, a line stays as it was.
    pub fn fail_at(&self, number: usize, arrived: usize) {
        self.state().faults.insert(number, arrived);
    }

    /// How many calls were made: the number of the next one.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// How many bytes were written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    /// How often the display was reset by its line.
    #[must_use]
    pub fn resets(&self) -> usize {
        self.state().resets
    }

    /// The display loses its power and gets it back. Nobody on the bus can notice.
    pub fn power_cycle(&self) {
        self.state().display.power_cycle();
    }

    /// The display as it is now.
    #[must_use]
    pub fn display(&self) -> M {
        self.state().display.clone()
    }

    /// What a viewer sees.
    #[must_use]
    pub fn picture(&self) -> Picture {
        self.state().display.picture()
    }
}

impl<M: Module> State<M> {
    /// Counts a call, and says how many bytes arrive if it is to fail.
    fn call(&mut self) -> Option<usize> {
        self.calls += 1;
        self.faults.get(&(self.calls - 1)).copied()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SpiError> {
        assert!(!bytes.is_empty() && bytes.len() <= MAX_WRITE, "{} bytes in one write", bytes.len());
        assert!(!self.in_reset, "a write while the display is held in reset");
        let fault = self.call();
        let is_data = self.is_data.expect("somebody said whether this is data");
        let arrived = fault.unwrap_or(bytes.len()).min(bytes.len());
        self.bytes += arrived;
        for byte in &bytes[..arrived] {
            if is_data { self.display.data_byte(*byte) } else { self.display.command_byte(*byte) }
        }
        if fault.is_none() {
            return Ok(());
        }
        self.display.break_off();
        Err(SpiError)
    }
}

impl<M> spi::ErrorType for FakeSpi<M> {
    type Error = SpiError;
}

impl<M: Module> SpiDevice for FakeSpi<M> {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), SpiError> {
        let [Operation::Write(bytes)] = operations else {
            panic!("a display is written to, in one piece: {operations:?}");
        };
        self.state().write(bytes)
    }
}

/// One of the display's lines.
#[derive(Clone, Debug)]
pub struct Line<M> {
    bus: FakeSpi<M>,
    is_reset: bool,
}

impl<M: Module> Line<M> {
    fn set(&mut self, high: bool) -> Result<(), SpiError> {
        let mut state = self.bus.state();
        if state.call().is_some() {
            return Err(SpiError);
        }
        if !self.is_reset {
            state.is_data = Some(high);
        } else if !high {
            state.in_reset = true;
        } else if std::mem::take(&mut state.in_reset) {
            state.resets += 1;
            state.display.reset();
        }
        Ok(())
    }
}

impl<M> digital::ErrorType for Line<M> {
    type Error = SpiError;
}

impl<M: Module> OutputPin for Line<M> {
    fn set_low(&mut self) -> Result<(), SpiError> {
        self.set(false)
    }

    fn set_high(&mut self) -> Result<(), SpiError> {
        self.set(true)
    }
}
