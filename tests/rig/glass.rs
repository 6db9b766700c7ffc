//! A framebuffer without a screen: a file for its memory, and the kernel's answers made up.
//!
//! Owns the memory, faults on demand, and a log of what was written. Refuses to know what is
//! drawn. It panics on what no output of ours may do: write where nothing is visible, be it
//! between two rows, in the part of the memory that is scrolled out of sight, or beyond its end.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    sync::{Arc, Mutex, MutexGuard},
};

use bellboard::io::outputs::framebuffer::{
    console::Tty,
    node::{Bitfield, Fixed, Glass, Variable},
};

/// What the memory holds where nobody has drawn.
pub const UNTOUCHED: u8 = 0xA5;
/// `FB_VISUAL_TRUECOLOR`
const TRUE_COLOUR: u32 = 2;
/// Any error: "no such device".
const GONE: i32 = 19;

/// A mode to set.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Visible pixels of a row and rows.
    pub size: (u32, u32),
    /// Columns and rows of the memory before the first visible pixel.
    pub offset: (u32, u32),
    /// Bits of a pixel.
    pub bits: u32,
    /// Lowest bit and number of bits of red, green, blue and transparency.
    pub fields: [(u32, u32); 4],
    /// Bytes of a row that belong to no pixel.
    pub padding: u32,
}

impl Form {
    /// The usual 32 bits: blue comes first in memory.
    #[must_use]
    pub const fn bgrx(width: u32, height: u32) -> Self {
        let fields = [(16, 8), (8, 8), (0, 8), (0, 0)];
        Self { size: (width, height), offset: (0, 0), bits: 32, fields, padding: 0 }
    }

    /// 16 bits: five of red, six of green, five of blue.
    #[must_use]
    pub const fn rgb565(width: u32, height: u32) -> Self {
        let fields = [(11, 5), (5, 6), (0, 5), (0, 0)];
        Self { bits: 16, fields, ..Self::bgrx(width, height) }
    }

    const fn bytes(&self) -> u32 {
        self.bits / 8
    }

    const fn stride(&self) -> u32 {
        (self.offset.0 + self.size.0) * self.bytes() + self.padding
    }

    const fn length(&self) -> u32 {
        self.stride() * (self.offset.1 + self.size.1 + 1)
    }
}

/// A handle on the screen; clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct FakeGlass(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    form: Form,
    memory: File,
    writes: Vec<(u64, usize)>,
    fails_at: Option<usize>,
    gone: bool,
    knows_power: bool,
    powered: bool,
}

impl FakeGlass {
    /// A screen in this mode, with nothing drawn.
    ///
    /// # Panics
    /// There is no room for a temporary file.
    #[must_use]
    pub fn new(form: Form) -> Self {
        let memory = tempfile::tempfile().expect("room for a file");
        let glass = Self(Arc::new(Mutex::new(State {
            form,
            memory,
            writes: Vec::new(),
            fails_at: None,
            gone: false,
            knows_power: true,
            powered: true,
        })));
        glass.set_mode(form);
        glass
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test goes on after the model has panicked")
    }

    /// Sets another mode, as a person does: the memory is anew.
    pub fn set_mode(&self, form: Form) {
        let mut state = self.state();
        state.form = form;
        state.scribble(&vec![UNTOUCHED; form.length() as usize]);
    }

    /// Somebody else draws over everything.
    pub fn scribble_over(&self) {
        let state = self.state();
        state.scribble(&vec![UNTOUCHED; state.form.length() as usize]);
    }

    /// The write of this number fails when half of it is done; the first one ever is number 0.
    pub fn fail_at(&self, number: usize) {
        self.state().fails_at = Some(number);
    }

    /// Takes the device away, or puts it back.
    pub fn set_gone(&self, gone: bool) {
        self.state().gone = gone;
    }

    /// The driver does not know how to take the signal away.
    pub fn forget_power(&self) {
        self.state().knows_power = false;
    }

    /// Whether the screen has a signal.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        self.state().powered
    }

    /// Where each write began, and how many bytes it had.
    #[must_use]
    pub fn writes(&self) -> Vec<(u64, usize)> {
        self.state().writes.clone()
    }

    /// How many bytes were written by all writes from number `first` on.
    #[must_use]
    pub fn bytes_since(&self, first: usize) -> usize {
        self.state().writes[first..].iter().map(|(_, length)| length).sum()
    }

    /// The value of each visible pixel as it is in memory, row by row.
    ///
    /// # Panics
    /// The file cannot be read.
    #[must_use]
    pub fn pixels(&self) -> Vec<u32> {
        let state = self.state();
        let mut memory = vec![0; state.form.length() as usize];
        state.memory.read_exact_at(&mut memory, 0).expect("the memory can be read");
        let Form { size, offset, .. } = state.form;
        let (bytes, stride) = (state.form.bytes() as usize, state.form.stride() as usize);
        let mut pixels = Vec::new();
        for row in 0..size.1 as usize {
            for column in 0..size.0 as usize {
                let place = (offset.1 as usize + row) * stride + (offset.0 as usize + column) * bytes;
                let mut value = [0; 4];
                value[..bytes].copy_from_slice(&memory[place..place + bytes]);
                pixels.push(u32::from_le_bytes(value));
            }
        }
        pixels
    }
}

impl State {
    fn scribble(&self, memory: &[u8]) {
        self.memory.write_all_at(memory, 0).expect("the memory can be written");
    }

    fn alive(&self) -> io::Result<()> {
        if self.gone { Err(io::Error::from_raw_os_error(GONE)) } else { Ok(()) }
    }

    /// Panics unless every byte of the range belongs to a visible pixel.
    fn must_be_visible(&self, from: u64, length: usize) {
        let (bytes, stride) = (u64::from(self.form.bytes()), u64::from(self.form.stride()));
        let left = u64::from(self.form.offset.0) * bytes;
        let columns = left..left + u64::from(self.form.size.0) * bytes;
        let top = u64::from(self.form.offset.1);
        let rows = top..top + u64::from(self.form.size.1);
        for byte in from..from + length as u64 {
            let is_visible = rows.contains(&(byte / stride)) && columns.contains(&(byte % stride));
            assert!(is_visible, "byte {byte} of the memory is not a visible pixel's");
        }
    }
}

impl Glass for FakeGlass {
    fn variable(&mut self) -> io::Result<Variable> {
        let state = self.state();
        state.alive()?;
        let Form { size, offset, bits, fields, .. } = state.form;
        let [red, green, blue, transp] =
            fields.map(|(offset, length)| Bitfield { offset, length, msb_right: 0 });
        Ok(Variable {
            xres: size.0,
            yres: size.1,
            xoffset: offset.0,
            yoffset: offset.1,
            bits_per_pixel: bits,
            red,
            green,
            blue,
            transp,
            ..Variable::default()
        })
    }

    fn fixed(&mut self) -> io::Result<Fixed> {
        let state = self.state();
        state.alive()?;
        let (line_length, smem_len) = (state.form.stride(), state.form.length());
        Ok(Fixed { visual: TRUE_COLOUR, line_length, smem_len, ..Fixed::default() })
    }

    fn write_at(&mut self, bytes: &[u8], place: u64) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        state.must_be_visible(place, bytes.len());
        let number = state.writes.len();
        state.writes.push((place, bytes.len()));
        if state.fails_at == Some(number) {
            state.memory.write_all_at(&bytes[..bytes.len() / 2], place)?;
            return Err(io::Error::from_raw_os_error(GONE));
        }
        state.memory.write_all_at(bytes, place)
    }

    fn power(&mut self, on: bool) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        if !state.knows_power {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        assert_ne!(state.powered, on, "the screen is told what it is already");
        state.powered = on;
        Ok(())
    }
}

/// A console without a screen; clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct FakeTty {
    /// Whether it may be put into graphics mode by us.
    privileged: bool,
    /// Whether it may be written to.
    writable: bool,
    state: Arc<Mutex<TtyState>>,
}

/// What a console shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TtyState {
    /// Whether it is in graphics mode.
    pub graphics: bool,
    /// Whether its cursor is hidden.
    pub hidden: bool,
}

impl FakeTty {
    /// A console that shows text and its cursor.
    #[must_use]
    pub fn new(privileged: bool, writable: bool) -> Self {
        Self { privileged, writable, state: Arc::default() }
    }

    /// What it shows now.
    ///
    /// # Panics
    /// The model has panicked before.
    #[must_use]
    pub fn state(&self) -> TtyState {
        self.state.lock().expect("the model has not panicked").clone()
    }
}

impl Tty for FakeTty {
    fn set_graphics(&self, on: bool) -> io::Result<()> {
        let mut state = self.state.lock().expect("the model has not panicked");
        if !self.privileged {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        state.graphics = on;
        Ok(())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().expect("the model has not panicked");
        if !self.writable {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        state.hidden = match bytes {
            b"\x1b[?25l" => true,
            b"\x1b[?25h" => false,
            other => panic!("nobody asked for {other:?} on the console"),
        };
        Ok(())
    }
}
