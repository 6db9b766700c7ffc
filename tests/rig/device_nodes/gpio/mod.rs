//! The model of `/dev/gpiochip0`: lines that programs request and the test watches and drives.
//!
//! Owns the lines' levels and who holds them. Refuses to know what hangs on them; the two
//! versions of the kernel's interface are translated in `v1` and `v2`. A line whose handle
//! is closed keeps its level, as on the Raspberry Pi.

mod line;
mod v1;
mod v2;

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Instant,
};

pub use line::Line;

use super::{
    caller::Caller,
    errno::{Answer, Errno, Refusal},
    handles::Handle,
    record::Record,
    supervisor::give_handle,
};

/// Lines of the chip: those of a Raspberry Pi's header and a few more.
const LINES: u32 = 54;

const CHIP_INFO: u32 = 0x8044_b401;

/// What a voltmeter on the line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// 0 V.
    Low,
    /// 3.3 V.
    High,
}

impl Level {
    fn from_bit(high: bool) -> Self {
        if high { Self::High } else { Self::Low }
    }

    fn is_high(self) -> bool {
        self == Self::High
    }
}

/// One change of a line's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// The level from then on.
    pub level: Level,
}

/// The chip. Clones are the same chip.
#[derive(Clone)]
pub struct GpioChip {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Told whenever anything about a line changes.
    changed: Condvar,
}

struct State {
    missing: bool,
    /// Whether pull-ups and pull-downs can be asked for.
    has_bias: bool,
    lines: Vec<LineState>,
    requests: Vec<Request>,
    /// Counts the events of the second interface.
    sequence: u32,
}

#[derive(Clone, Debug)]
struct LineState {
    level: Level,
    is_output: bool,
    /// What somebody outside puts on the line; `None`: nothing.
    outside: Option<Level>,
    pull: Option<Level>,
    history: Vec<Change>,
    /// Another program of this machine holds it.
    seized_by: Option<String>,
}

/// Lines that one program holds through one handle.
struct Request {
    handle: Handle,
    process: Option<i32>,
    wish: Wish,
}

/// What a program asks for, whichever interface it uses.
struct Wish {
    offsets: Vec<u32>,
    consumer: String,
    /// Logical values of outputs, in the order of `offsets`; `None` for inputs.
    outputs: Option<Vec<bool>>,
    active_low: bool,
    pull: Option<Level>,
    rising: bool,
    falling: bool,
    /// How an edge is written for the program.
    event: fn(&Edge) -> Record,
}

/// One edge, as a program is told of it.
struct Edge {
    nanoseconds: u64,
    offset: u32,
    rising: bool,
    sequence: u32,
}

impl Default for GpioChip {
    fn default() -> Self {
        let line = LineState {
            level: Level::Low,
            is_output: false,
            outside: None,
            pull: None,
            history: Vec::new(),
            seized_by: None,
        };
        let lines = vec![line; LINES as usize];
        let state = State { missing: false, has_bias: true, lines, requests: Vec::new(), sequence: 0 };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }
}

impl GpioChip {
    /// One of the 54 lines.
    #[must_use]
    pub fn line(&self, offset: u32) -> Line {
        assert!(offset < LINES, "the chip has {LINES} lines");
        Line::new(self.clone(), offset)
    }

    /// Takes `/dev/gpiochip0` away.
    pub fn remove_node(&self) {
        self.state().missing = true;
    }

    /// Brings `/dev/gpiochip0` back.
    pub fn restore_node(&self) {
        self.state().missing = false;
    }

    /// Makes the kernel as old as 5.4: it refuses pull-ups and pull-downs as unknown.
    pub fn without_bias(&self) {
        self.state().has_bias = false;
    }

    pub(super) fn is_present(&self) -> bool {
        !self.state().missing
    }

    /// Whether a handle with this inode is a request for lines.
    pub(super) fn has_request(&self, inode: u64) -> bool {
        self.state().requests.iter().any(|request| request.handle.inode == inode)
    }

    pub(super) fn chip_ioctl(&self, caller: &Caller, request: u32, argument: u64) -> Answer {
        if !self.is_present() {
            return Err(Errno::ENODEV.into());
        }
        match request {
            CHIP_INFO => {
                let mut info = Record::zeroed(68);
                info.put_name(0, "gpiochip0");
                info.put_name(32, "pinctrl-bcm2835");
                info.put_u32(64, LINES);
                caller.write(argument, &info)?;
                Ok(0)
            }
            v1::LINE_INFO => v1::line_info(self, caller, argument),
            v1::LINE_HANDLE => v1::line_handle(self, caller, argument),
            v1::LINE_EVENT => v1::line_event(self, caller, argument),
            v2::LINE_INFO => v2::line_info(self, caller, argument),
            v2::LINE_REQUEST => v2::line_request(self, caller, argument),
            _ => Err(Refusal::Uninvited(format!("ioctl {request:#x} on a GPIO chip"))),
        }
    }

    pub(super) fn line_ioctl(&self, inode: u64, caller: &Caller, request: u32, argument: u64) -> Answer {
        if !self.is_present() {
            return Err(Errno::ENODEV.into());
        }
        match request {
            v1::GET_VALUES => v1::get_values(self, inode, caller, argument),
            v1::SET_VALUES => v1::set_values(self, inode, caller, argument),
            v2::GET_VALUES => v2::get_values(self, inode, caller, argument),
            v2::SET_VALUES => v2::set_values(self, inode, caller, argument),
            _ => Err(Refusal::Uninvited(format!("ioctl {request:#x} on a GPIO line"))),
        }
    }

    /// Grants a wish: gives the program a handle and sets the lines up.
    fn grant(&self, caller: &Caller, wish: Wish) -> Result<i32, Refusal> {
        let mut state = self.state();
        state.forget_closed();
        if wish.pull.is_some() && !state.has_bias {
            return Err(Errno::EINVAL.into());
        }
        for &offset in &wish.offsets {
            if offset >= LINES {
                return Err(Errno::EINVAL.into());
            }
            if state.holder(offset).is_some() {
                return Err(Errno::EBUSY.into());
            }
        }
        let (handle, number) = give_handle(caller)?;
        for (index, &offset) in wish.offsets.iter().enumerate() {
            let output = wish.outputs.as_ref().map(|values| values[index] != wish.active_low);
            let line = &mut state.lines[offset as usize];
            line.is_output = output.is_some();
            line.pull = wish.pull;
            let level = output.map_or_else(|| line.resting(), Level::from_bit);
            line.set(level);
        }
        state.requests.push(Request { handle, process: caller.process(), wish });
        self.shared.changed.notify_all();
        Ok(number)
    }

    /// The logical values of the lines of a request, in its order.
    fn values(&self, inode: u64) -> Result<Vec<bool>, Refusal> {
        let state = self.state();
        let wish = &state.request(inode)?.wish;
        let value = |&offset: &u32| state.lines[offset as usize].level.is_high() != wish.active_low;
        Ok(wish.offsets.iter().map(value).collect())
    }

    /// Sets logical values, in the order of the request; `None` leaves a line as it is.
    fn set_values(&self, inode: u64, value: impl Fn(usize) -> Option<bool>) -> Result<(), Refusal> {
        let mut state = self.state();
        let wish = &state.request(inode)?.wish;
        if wish.outputs.is_none() {
            return Err(Errno::EPERM.into());
        }
        let (offsets, active_low) = (wish.offsets.clone(), wish.active_low);
        for (index, offset) in offsets.into_iter().enumerate() {
            if let Some(value) = value(index) {
                state.lines[offset as usize].set(Level::from_bit(value != active_low));
            }
        }
        self.shared.changed.notify_all();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("a model panicked")
    }
}

impl State {
    fn request(&self, inode: u64) -> Result<&Request, Refusal> {
        let found = self.requests.iter().find(|request| request.handle.inode == inode);
        found.ok_or_else(|| Errno::EINVAL.into())
    }

    /// Forgets requests whose handles are closed. Their lines keep level and direction.
    fn forget_closed(&mut self) {
        self.requests.retain(|request| request.handle.is_open());
    }

    /// Who holds a line, by the name it gave.
    fn holder(&self, offset: u32) -> Option<String> {
        let seized = self.lines[offset as usize].seized_by.clone();
        seized.or_else(|| self.request_for(offset).map(|request| request.wish.consumer.clone()))
    }

    /// The request that a line belongs to.
    fn request_for(&self, offset: u32) -> Option<&Request> {
        self.requests.iter().find(|request| request.wish.offsets.contains(&offset))
    }

    /// Changes an input from outside and tells those who wait for its edges.
    fn drive(&mut self, offset: u32, level: Level) {
        let line = &mut self.lines[offset as usize];
        assert!(!line.is_output, "line {offset} is an output: nothing else may drive it");
        line.outside = Some(level);
        if !line.set(level) {
            return;
        }
        self.forget_closed();
        self.sequence += 1;
        let Some(Request { handle, wish, .. }) = self.request_for(offset) else { return };
        let rising = level.is_high() != wish.active_low;
        if if rising { wish.rising } else { wish.falling } {
            let nanoseconds = monotonic_nanoseconds();
            let edge = Edge { nanoseconds, offset, rising, sequence: self.sequence };
            handle.send(&(wish.event)(&edge).0);
        }
    }
}

impl LineState {
    /// The level of an input.
    fn resting(&self) -> Level {
        self.outside.or(self.pull).unwrap_or(Level::Low)
    }

    /// True when the level changed.
    fn set(&mut self, level: Level) -> bool {
        let changed = self.level != level;
        if changed {
            self.level = level;
            self.history.push(Change { at: Instant::now(), level });
        }
        changed
    }
}

/// The kernel's `CLOCK_MONOTONIC`, with which it stamps edges.
fn monotonic_nanoseconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
