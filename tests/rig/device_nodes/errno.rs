//! The error numbers of the kernel, and how a model refuses a call.
//!
//! Owns what a refusal can be. Refuses to know who is refused.

use std::io;

/// A number that a failing system call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    /// No such file.
    pub const ENOENT: Self = Self(libc::ENOENT);
    /// No such device or address: how some I2C adapters report a missing acknowledgement.
    pub const ENXIO: Self = Self(libc::ENXIO);
    /// The device is gone.
    pub const ENODEV: Self = Self(libc::ENODEV);
    /// Somebody else has it.
    pub const EBUSY: Self = Self(libc::EBUSY);
    /// Arguments that make no sense.
    pub const EINVAL: Self = Self(libc::EINVAL);
    /// Not allowed on this handle.
    pub const EPERM: Self = Self(libc::EPERM);
    /// Not allowed to this user.
    pub const EACCES: Self = Self(libc::EACCES);
    /// No such ioctl.
    pub const ENOTTY: Self = Self(libc::ENOTTY);
    /// How the Raspberry Pi's adapter (i2c-bcm2835) reports a missing acknowledgement.
    pub const EREMOTEIO: Self = Self(libc::EREMOTEIO);
    /// A transfer that took too long, as on a bus whose clock line hangs.
    pub const ETIMEDOUT: Self = Self(libc::ETIMEDOUT);
}

/// Why a call was not answered with a result.
#[derive(Debug)]
pub(super) enum Refusal {
    /// As the kernel refuses it.
    Errno(Errno),
    /// The models do not know this call: `ENOTTY` for the program, a failure for the test.
    Uninvited(String),
    /// The program died, or its memory went away, in the middle of the call.
    CallerGone,
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<io::Error> for Refusal {
    /// Only the caller's memory and handles are reached by input and output here.
    fn from(_: io::Error) -> Self {
        Self::CallerGone
    }
}

/// What a call returns to the program.
pub(super) type Answer = Result<i64, Refusal>;
