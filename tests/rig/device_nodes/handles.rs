//! The file handles that the program gets for a modelled node.
//!
//! Owns the pair of sockets behind a handle. Refuses to know what it stands for. The program's
//! end can be polled, read and closed without our help; ours sees the close and sends events.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::fstat,
    net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair},
    time::Timespec,
};

/// Our end of a handle.
#[derive(Debug)]
pub(super) struct Handle {
    ours: OwnedFd,
    /// The number by which the program's end is recognised whatever its descriptor is.
    pub inode: u64,
}

impl Handle {
    /// A new handle: our end, and the end to give to the program.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let inode = fstat(&theirs)?.st_ino;
        Ok((Self { ours, inode }, theirs))
    }

    /// Whether any process still has the other end open.
    pub fn is_open(&self) -> bool {
        let mut fds = [PollFd::new(&self.ours, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).is_ok() && !fds[0].revents().contains(PollFlags::HUP)
    }

    /// Lets the program read `event`. One that the program is too slow to take is lost, as in
    /// the kernel.
    pub fn send(&self, event: &[u8]) {
        let _ = send(self.ours.as_fd(), event, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
    }
}
