//! The text console under a picture: it must neither blink nor write through it.
//!
//! Owns taking a console and giving it back on every way out that can be caught, and once more
//! after one that cannot. Refuses to know what is shown instead.
//!
//! With the right to do so (`CAP_SYS_TTY_CONFIG`, or a service started on that console) the console
//! is put into graphics mode: the kernel draws no letter and no cursor until it is put back. A
//! service without that right hides the cursor by its escape sequence, for which the group `tty`
//! is enough; what a program writes to the console then still lands on the picture, until the
//! picture is refreshed a minute later at most.

use std::{
    ffi::{c_int, c_ulong},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt as _},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// `KDSETMODE`
const SET_MODE: c_ulong = 0x4B3A;
/// `KD_TEXT`
const TEXT: c_int = 0;
/// `KD_GRAPHICS`
const GRAPHICS: c_int = 1;
/// Hides the cursor.
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";
/// Shows the cursor.
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";

/// The consoles that are taken now.
static TAKEN: Mutex<Vec<Arc<Held>>> = Mutex::new(Vec::new());

/// A console at the level of the kernel's calls.
pub trait Tty: Send + Sync {
    /// Stops the kernel from drawing on the console, or lets it.
    fn set_graphics(&self, on: bool) -> io::Result<()>;

    /// Writes to the console as programs do.
    fn write(&self, bytes: &[u8]) -> io::Result<()>;
}

/// A console's device node.
#[derive(Debug)]
pub struct Node(File);

impl Node {
    /// Opens it for writing, without making it this program's own terminal.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().write(true).custom_flags(libc::O_NOCTTY).open(path).map(Self)
    }
}

impl Tty for Node {
    #[expect(unsafe_code, reason = "no library has a wrapper for this call")]
    fn set_graphics(&self, on: bool) -> io::Result<()> {
        let mode = if on { GRAPHICS } else { TEXT };
        // SAFETY: the argument of this request is a number, so the kernel touches no memory of ours.
        let outcome = unsafe { libc::ioctl(self.0.as_raw_fd(), SET_MODE as _, mode) };
        if outcome < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }
}

/// A console that is taken, until it is dropped.
pub struct Console(Arc<Held>);

struct Held {
    tty: Box<dyn Tty>,
    given_back: AtomicBool,
}

impl Console {
    /// Takes a console.
    pub fn take(tty: impl Tty + 'static) -> io::Result<Self> {
        let graphics = tty.set_graphics(true);
        if graphics.is_err() {
            tty.write(HIDE_CURSOR)?;
        }
        let held = Arc::new(Held { tty: Box::new(tty), given_back: AtomicBool::new(false) });
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&held));
        Ok(Self(held))
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.0.give_back();
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|held| !Arc::ptr_eq(held, &self.0));
    }
}

impl Held {
    fn give_back(&self) {
        if !self.given_back.swap(true, Ordering::SeqCst) {
            give_back(self.tty.as_ref());
        }
    }
}

/// Gives a console back that somebody else took, such as a daemon that was killed.
pub fn give_back(tty: &dyn Tty) {
    // Whichever of the two it was, the other does no harm; and a console that refuses both has
    // nothing to get back.
    let _refused = tty.set_graphics(false);
    let _refused = tty.write(SHOW_CURSOR);
}

/// Gives back every console that is taken. May be called from a panic hook: it waits for nobody.
pub fn restore() {
    if let Ok(taken) = TAKEN.try_lock() {
        taken.iter().for_each(|held| held.give_back());
    }
}
