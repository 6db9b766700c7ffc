//! The model of `/dev/i2c-1`: a bus, what is attached to it, and what goes wrong on it.
//!
//! Owns the ioctls of i2c-dev and the faults. Refuses to know what the bytes mean.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use super::{
    caller::Caller,
    errno::{Answer, Errno, Refusal},
    record::Record,
};
use crate::ssd1306::Ssd1306;

const I2C_RETRIES: u32 = 0x701;
const I2C_TIMEOUT: u32 = 0x702;
const I2C_SLAVE: u32 = 0x703;
const I2C_TENBIT: u32 = 0x704;
const I2C_FUNCS: u32 = 0x705;
const I2C_SLAVE_FORCE: u32 = 0x706;
const I2C_RDWR: u32 = 0x707;
const I2C_PEC: u32 = 0x708;

/// `I2C_FUNC_I2C` and `SMBus` emulation without quick write: what i2c-bcm2835 says of itself.
const FUNCTIONS: u64 = 0x0eff_0001;

const I2C_M_RD: u16 = 0x0001;
/// `struct i2c_msg`: address, flags and length of 16 bits each, then a pointer.
const MESSAGE_LEN: usize = 16;
/// `I2C_RDWR_IOCTL_MAX_MSGS`
const MAX_MESSAGES: usize = 42;
/// The longest message that i2c-dev copies.
const MAX_MESSAGE_LEN: usize = 8_192;

/// Something with an address on the bus.
pub trait I2cDevice: Send {
    /// Takes the bytes of one write.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Errno>;

    /// Fills the bytes of one read. A device that cannot be read does not acknowledge.
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        let _ = bytes;
        Err(Errno::EREMOTEIO)
    }

    /// Its supply was cut and came back.
    fn power_cycle(&mut self);
}

impl I2cDevice for Ssd1306 {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.message(bytes);
        Ok(())
    }

    fn power_cycle(&mut self) {
        self.power_cycle();
    }
}

/// The bus. Clones are the same bus.
#[derive(Clone, Default)]
pub struct I2cBus {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    missing: bool,
    devices: BTreeMap<u16, Arc<Mutex<dyn I2cDevice>>>,
    unplugged: BTreeSet<u16>,
    /// Every transaction fails with this.
    fault: Option<Errno>,
    /// These transactions, by number, fail with that.
    faults_at: BTreeMap<usize, Errno>,
    transactions: Vec<Transaction>,
}

/// One transaction on the bus: what went over it between a start and its stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The 7-bit address.
    pub address: u16,
    /// What was written; empty for a read.
    pub written: Vec<u8>,
    /// How it ended.
    pub outcome: Result<(), Errno>,
}

impl I2cBus {
    /// Puts a device on the bus; the test keeps a hand on it.
    pub fn attach<D: I2cDevice + 'static>(&self, address: u16, device: D) -> Arc<Mutex<D>> {
        let device = Arc::new(Mutex::new(device));
        self.state().devices.insert(address, device.clone());
        device
    }

    /// Pulls a device's plug: its address is not acknowledged any more.
    pub fn unplug(&self, address: u16) {
        self.state().unplugged.insert(address);
    }

    /// Puts the plug back: the device starts from its power-on state.
    pub fn replug(&self, address: u16) {
        let mut state = self.state();
        state.unplugged.remove(&address);
        if let Some(device) = state.devices.get(&address) {
            device.lock().expect("a model panicked").power_cycle();
        }
    }

    /// Lets every transaction fail with `errno` from now on, or none any more.
    pub fn fail(&self, errno: Option<Errno>) {
        self.state().fault = errno;
    }

    /// Lets the transaction with this number fail; the first of the bus is 0.
    pub fn fail_at(&self, number: usize, errno: Errno) {
        self.state().faults_at.insert(number, errno);
    }

    /// Takes `/dev/i2c-1` away: as with the bus switched off in the machine's settings.
    pub fn remove_node(&self) {
        self.state().missing = true;
    }

    /// Brings `/dev/i2c-1` back.
    pub fn restore_node(&self) {
        self.state().missing = false;
    }

    /// Everything that went over the bus, the failed ones too.
    #[must_use]
    pub fn transactions(&self) -> Vec<Transaction> {
        self.state().transactions.clone()
    }

    pub(super) fn is_present(&self) -> bool {
        !self.state().missing
    }

    fn write(&self, address: u16, bytes: &[u8]) -> Result<(), Errno> {
        let mut state = self.state();
        let outcome =
            state.reach(address).and_then(|device| device.lock().expect("a model panicked").write(bytes));
        state.transactions.push(Transaction { address, written: bytes.to_vec(), outcome });
        outcome
    }

    fn read(&self, address: u16, bytes: &mut [u8]) -> Result<(), Errno> {
        let mut state = self.state();
        let outcome =
            state.reach(address).and_then(|device| device.lock().expect("a model panicked").read(bytes));
        state.transactions.push(Transaction { address, written: Vec::new(), outcome });
        outcome
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a model panicked")
    }
}

impl State {
    /// The device that acknowledges, or the error of the adapter.
    fn reach(&mut self, address: u16) -> Result<Arc<Mutex<dyn I2cDevice>>, Errno> {
        let number = self.transactions.len();
        if self.missing {
            return Err(Errno::ENODEV);
        }
        if let Some(errno) = self.faults_at.remove(&number).or(self.fault) {
            return Err(errno);
        }
        let plugged = !self.unplugged.contains(&address);
        self.devices.get(&address).filter(|_| plugged).cloned().ok_or(Errno::EREMOTEIO)
    }
}

/// What one open handle remembers.
#[derive(Debug, Default)]
pub(super) struct I2cSession {
    /// Whom plain reads and writes are for.
    address: u16,
}

impl I2cSession {
    pub fn ioctl(&mut self, bus: &I2cBus, caller: &Caller, request: u32, argument: u64) -> Answer {
        match request {
            I2C_SLAVE | I2C_SLAVE_FORCE if argument <= 0x7f => self.address = argument as u16,
            I2C_SLAVE | I2C_SLAVE_FORCE => return Err(Errno::EINVAL.into()),
            I2C_FUNCS => {
                let mut functions = Record::zeroed(8);
                functions.put_u64(0, FUNCTIONS);
                caller.write(argument, &functions)?;
            }
            I2C_RDWR => return transfer(bus, caller, argument),
            I2C_RETRIES | I2C_TIMEOUT | I2C_TENBIT | I2C_PEC => {}
            _ => return Err(Refusal::Uninvited(format!("ioctl {request:#x} on an I2C bus"))),
        }
        Ok(0)
    }

    /// A plain write(2): one message to the address chosen before.
    pub fn write(&self, bus: &I2cBus, caller: &Caller, address: u64, len: usize) -> Answer {
        // i2c-dev cuts longer ones, and says how much it took.
        let len = len.min(MAX_MESSAGE_LEN);
        let bytes = caller.read(address, len)?;
        bus.write(self.address, &bytes.0)?;
        Ok(len as i64)
    }
}

/// `I2C_RDWR`: messages one after the other, up to the first that fails.
fn transfer(bus: &I2cBus, caller: &Caller, argument: u64) -> Answer {
    let head = caller.read(argument, 16)?;
    let (messages, count) = (head.u64(0), head.u32(8) as usize);
    if count > MAX_MESSAGES {
        return Err(Errno::EINVAL.into());
    }
    let messages = caller.read(messages, count * MESSAGE_LEN)?;
    for message in messages.0.chunks_exact(MESSAGE_LEN) {
        let message = Record(message.to_vec());
        let (address, flags, len) = (message.u16(0), message.u16(2), usize::from(message.u16(4)));
        if len > MAX_MESSAGE_LEN {
            return Err(Errno::EINVAL.into());
        }
        match flags {
            0 => bus.write(address, &caller.read(message.u64(8), len)?.0)?,
            I2C_M_RD => {
                let mut bytes = Record::zeroed(len);
                bus.read(address, &mut bytes.0)?;
                caller.write(message.u64(8), &bytes)?;
            }
            _ => return Err(Refusal::Uninvited(format!("I2C message with flags {flags:#x}"))),
        }
    }
    Ok(count as i64)
}
