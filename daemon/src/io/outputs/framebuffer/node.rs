//! A framebuffer's device node.
//!
//! Owns the kernel's structures and calls. Refuses to know what they mean and what is drawn.
//!
//! Pixels are written with pwrite(2), not through a mapping. A write reports a screen that is
//! gone as an error, where touching its mapping ends the process; drivers that send what changed
//! to a panel of their own (deferred I/O) learn from it at once what that was; and no page of the
//! device has to fit into the service's memory limit. The price is a copy in the kernel.

use std::{
    ffi::{c_int, c_ulong},
    fs::{File, OpenOptions},
    io,
    os::{fd::AsRawFd, unix::fs::FileExt},
    path::Path,
};

/// `FBIOGET_VSCREENINFO`
const GET_VARIABLE: c_ulong = 0x4600;
/// `FBIOGET_FSCREENINFO`
const GET_FIXED: c_ulong = 0x4602;
/// `FBIOBLANK`
const BLANK: c_ulong = 0x4611;
/// `FB_BLANK_UNBLANK`
const SHINE: c_int = 0;
/// `FB_BLANK_POWERDOWN`: no signal, so that a screen goes to sleep.
const POWER_DOWN: c_int = 4;

/// `struct fb_bitfield`: where a colour is in a pixel.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bitfield {
    /// Its lowest bit.
    pub offset: u32,
    /// Its bits.
    pub length: u32,
    /// Other than 0 where its highest bit is on the right.
    pub msb_right: u32,
}

/// `struct fb_var_screeninfo`: the mode.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the names are those of the kernel's documentation")]
pub struct Variable {
    pub xres: u32,
    pub yres: u32,
    pub xres_virtual: u32,
    pub yres_virtual: u32,
    pub xoffset: u32,
    pub yoffset: u32,
    pub bits_per_pixel: u32,
    pub grayscale: u32,
    pub red: Bitfield,
    pub green: Bitfield,
    pub blue: Bitfield,
    pub transp: Bitfield,
    pub nonstd: u32,
    pub activate: u32,
    pub height: u32,
    pub width: u32,
    pub accel_flags: u32,
    pub timing: [u32; 9],
    pub rotate: u32,
    pub colorspace: u32,
    pub reserved: [u32; 4],
}

/// `struct fb_fix_screeninfo`: the memory.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the names are those of the kernel's documentation")]
pub struct Fixed {
    pub id: [u8; 16],
    pub smem_start: c_ulong,
    pub smem_len: u32,
    pub kind: u32,
    pub type_aux: u32,
    pub visual: u32,
    pub xpanstep: u16,
    pub ypanstep: u16,
    pub ywrapstep: u16,
    pub line_length: u32,
    pub mmio_start: c_ulong,
    pub mmio_len: u32,
    pub accel: u32,
    pub capabilities: u16,
    pub reserved: [u16; 2],
}

/// A framebuffer at the level of the kernel's calls.
pub trait Glass {
    /// The mode that is set.
    fn variable(&mut self) -> io::Result<Variable>;

    /// The memory of that mode.
    fn fixed(&mut self) -> io::Result<Fixed>;

    /// Writes all of the bytes from that place of the memory on.
    fn write_at(&mut self, bytes: &[u8], place: u64) -> io::Result<()>;

    /// Takes the signal away from the screen, or gives it back.
    fn power(&mut self, on: bool) -> io::Result<()>;
}

/// The device node.
#[derive(Debug)]
pub struct Node(File);

impl Node {
    /// Opens it, to read its mode and to write its pixels.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open(path).map(Self)
    }

    #[expect(unsafe_code, reason = "no library has a wrapper for these calls")]
    fn ask<T: Answer>(&self, request: c_ulong) -> io::Result<T> {
        let mut answer = T::default();
        // SAFETY: for this request the kernel writes a structure of exactly this layout, made of
        // numbers for which every value is valid, to the place that it is given.
        let outcome = unsafe { libc::ioctl(self.0.as_raw_fd(), request as _, &raw mut answer) };
        if outcome < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
    }

    #[expect(unsafe_code, reason = "no library has a wrapper for this call")]
    fn tell(&self, request: c_ulong, argument: c_int) -> io::Result<()> {
        // SAFETY: the argument of this request is a number, so the kernel touches no memory of ours.
        let outcome = unsafe { libc::ioctl(self.0.as_raw_fd(), request as _, argument) };
        if outcome < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// What the kernel answers to a request that asks.
trait Answer: Default {}

impl Answer for Variable {}

impl Answer for Fixed {}

impl Glass for Node {
    fn variable(&mut self) -> io::Result<Variable> {
        self.ask(GET_VARIABLE)
    }

    fn fixed(&mut self) -> io::Result<Fixed> {
        self.ask(GET_FIXED)
    }

    fn write_at(&mut self, bytes: &[u8], place: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, place)
    }

    fn power(&mut self, on: bool) -> io::Result<()> {
        self.tell(BLANK, if on { SHINE } else { POWER_DOWN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structures_are_as_large_as_the_kernels() {
        assert_eq!(size_of::<Variable>(), 160);
        let pointers = 2 * size_of::<c_ulong>();
        assert_eq!(size_of::<Fixed>(), if pointers == 16 { 80 } else { 68 });
    }

    #[test]
    fn a_file_that_is_no_framebuffer_says_so() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut node = Node::open(file.path()).expect("it can be opened");
        let error = node.variable().expect_err("it has no mode");
        assert_eq!(error.raw_os_error(), Some(libc::ENOTTY));
        assert!(node.fixed().is_err() && node.power(false).is_err());
    }
}
