//! An I2C bus without wires: one display on it, faults on demand, and a log of what was sent.
//!
//! Owns what reaches the display and what does not. Refuses to know what the bytes mean. It
//! panics on what no output of ours may do: read, talk to another address, or put more than
//! one write into a transaction (many adapters refuse that).

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use embedded_hal::i2c::{self, ErrorKind, I2c, NoAcknowledgeSource, Operation};

use crate::{module::Module, picture::Picture, ssd1306::Ssd1306};

/// What the kernel lets through in one write.
const MAX_WRITE: usize = 8192;

/// A handle on the bus; clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct FakeBus<M = Ssd1306> {
    state: Arc<Mutex<State<M>>>,
}

#[derive(Debug)]
struct State<M> {
    address: u8,
    display: M,
    plugged: bool,
    stuck: bool,
    faults: BTreeMap<usize, Fault>,
    log: Vec<Transaction>,
}

/// How a single transaction goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody answers to the address: no byte arrives.
    NoAnswer,
    /// So many bytes after the address arrive, and no more.
    BreaksOffAfter(usize),
}

/// One attempt to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The bytes after the address, whether they arrived or not.
    pub bytes: Vec<u8>,
    /// Why it failed, if it did.
    pub outcome: Result<(), BusError>,
}

/// Why a transaction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusError {
    /// No acknowledgement.
    Nack,
    /// Somebody holds the bus.
    Stuck,
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nack => "no acknowledgement",
            Self::Stuck => "the bus is held",
        })
    }
}

impl std::error::Error for BusError {}

impl i2c::Error for BusError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Nack => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown),
            Self::Stuck => ErrorKind::Bus,
        }
    }
}

impl<M: Module> FakeBus<M> {
    /// A bus with `display` at the 7-bit `address`.
    #[must_use]
    pub fn new(address: u8, display: M) -> Self {
        let state =
            State { address, display, plugged: true, stuck: false, faults: BTreeMap::new(), log: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().expect("no test goes on after the model has panicked")
    }

    /// The transaction of this number fails; the first one ever attempted is number 0.
    pub fn fail_at(&self, number: usize, fault: Fault) {
        self.state().faults.insert(number, fault);
    }

    /// Pulls the display's plug: it loses power, and nothing is acknowledged from here on.
    pub fn unplug(&self) {
        self.state().plugged = false;
    }

    /// Puts the plug back: garbage in the display's RAM, its registers at reset.
    pub fn replug(&self) {
        let mut state = self.state();
        state.plugged = true;
        state.display.power_cycle();
    }

    /// Holds the bus, or lets go of it. The display keeps its power and its picture.
    pub fn hold(&self, held: bool) {
        self.state().stuck = held;
    }

    /// What a viewer sees: nothing, while the display has no power.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let state = self.state();
        if state.plugged {
            state.display.picture()
        } else {
            let (width, height) = state.display.size();
            Picture::dark(width, height)
        }
    }

    /// The display as it is now.
    #[must_use]
    pub fn display(&self) -> M {
        self.state().display.clone()
    }

    /// Every transaction attempted so far, in order.
    #[must_use]
    pub fn log(&self) -> Vec<Transaction> {
        self.state().log.clone()
    }

    /// How many transactions were attempted: the number of the next one.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.state().log.len()
    }

    /// The cost of all transactions attempted from number `first` on.
    #[must_use]
    pub fn cost_since(&self, first: usize) -> Cost {
        let state = self.state();
        let since = &state.log[first..];
        Cost { transactions: since.len(), bytes: since.iter().map(|t| t.bytes.len()).sum() }
    }
}

/// What something cost on the bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Transactions attempted.
    pub transactions: usize,
    /// Bytes in them, without the address bytes.
    pub bytes: usize,
}

impl Cost {
    /// Milliseconds on the wire: 9 clocks a byte, address bytes included, and 3 clocks a
    /// transaction for its start, its stop and the pause that must follow.
    #[must_use]
    pub fn milliseconds(self, hertz: u32) -> f64 {
        let clocks = 9 * (self.bytes + self.transactions) + 3 * self.transactions;
        clocks as f64 * 1000.0 / f64::from(hertz)
    }
}

impl<M: Module> State<M> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        let number = self.log.len();
        let outcome = self.deliver(number, bytes);
        self.log.push(Transaction { bytes: bytes.to_vec(), outcome });
        outcome
    }

    fn deliver(&mut self, number: usize, bytes: &[u8]) -> Result<(), BusError> {
        if self.stuck {
            return Err(BusError::Stuck);
        }
        if !self.plugged {
            return Err(BusError::Nack);
        }
        match self.faults.get(&number) {
            Some(Fault::NoAnswer) => Err(BusError::Nack),
            Some(Fault::BreaksOffAfter(arrived)) => {
                self.display.i2c(&bytes[..bytes.len().min(*arrived)]);
                self.display.break_off();
                Err(BusError::Nack)
            }
            None => {
                assert!(bytes.len() >= 2, "a message of {} bytes says nothing to the chip", bytes.len());
                self.display.i2c(bytes);
                Ok(())
            }
        }
    }
}

impl<M> i2c::ErrorType for FakeBus<M> {
    type Error = BusError;
}

impl<M: Module> I2c for FakeBus<M> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusError> {
        let mut state = self.state();
        assert_eq!(address, state.address, "nobody lives at that address");
        let [Operation::Write(bytes)] = operations else {
            panic!("a display is written to, in one piece: {operations:?}");
        };
        assert!(bytes.len() <= MAX_WRITE, "{} bytes are too many for one write", bytes.len());
        state.write(bytes)
    }
}
