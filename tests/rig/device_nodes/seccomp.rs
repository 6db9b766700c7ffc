//! The seccomp filter and its listener: which system calls stop, and how they are answered.
//!
//! Owns all talk with the kernel about notifications. Refuses to know what an answer should be.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    ops::Range,
    os::{
        fd::{AsRawFd as _, FromRawFd as _, OwnedFd},
        unix::process::CommandExt as _,
    },
    process::Command,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
    },
    time::Timespec,
};

use super::errno::Errno;

/// The descriptors that handles of modelled nodes get: numbers that no program reaches by
/// itself, below the usual limit of 1,024, so that the filter can tell them from all others.
pub(super) const HANDLES: Range<i32> = 700..1000;

/// What a system call with a path does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathCall {
    Open,
    /// Writes a `struct stat` to the argument of that number.
    Stat(usize),
    Statx,
    Access,
    ReadLink,
}

/// The system calls that are stopped for their path, with the number of that argument.
#[cfg(target_arch = "x86_64")]
pub(super) const PATH_CALLS: &[(i64, usize, PathCall)] = &[
    (libc::SYS_open, 0, PathCall::Open),
    (libc::SYS_openat, 1, PathCall::Open),
    (libc::SYS_stat, 0, PathCall::Stat(1)),
    (libc::SYS_lstat, 0, PathCall::Stat(1)),
    (libc::SYS_newfstatat, 1, PathCall::Stat(2)),
    (libc::SYS_statx, 1, PathCall::Statx),
    (libc::SYS_access, 0, PathCall::Access),
    (libc::SYS_faccessat, 1, PathCall::Access),
    (libc::SYS_faccessat2, 1, PathCall::Access),
    (libc::SYS_readlink, 0, PathCall::ReadLink),
    (libc::SYS_readlinkat, 1, PathCall::ReadLink),
];
/// The system calls that are stopped for their path, with the number of that argument.
#[cfg(target_arch = "aarch64")]
pub(super) const PATH_CALLS: &[(i64, usize, PathCall)] = &[
    (libc::SYS_openat, 1, PathCall::Open),
    (libc::SYS_newfstatat, 1, PathCall::Stat(2)),
    (libc::SYS_statx, 1, PathCall::Statx),
    (libc::SYS_faccessat, 1, PathCall::Access),
    (libc::SYS_faccessat2, 1, PathCall::Access),
    (libc::SYS_readlinkat, 1, PathCall::ReadLink),
];

/// The system calls that are stopped on [`HANDLES`]; `ioctl` is stopped for its request as well.
const HANDLE_CALLS: &[i64] =
    &[libc::SYS_ioctl, libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_mmap];

/// The letters of the ioctls of i2c-dev and of GPIO chips.
const IOCTL_TYPES: [u32; 2] = [0x07, 0xb4];

/// `AUDIT_ARCH_...` of this machine.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
/// `AUDIT_ARCH_...` of this machine.
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Where `struct seccomp_data` keeps the number of the call, the architecture and (the low half
/// of) an argument.
const NUMBER_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;
const fn argument_at(index: u32) -> u32 {
    16 + 8 * index
}

/// One stopped system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notification {
    id: u64,
    /// The thread that waits.
    pub thread: u32,
    /// The number of the call.
    pub call: i64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// What the stopped call does next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    /// It runs as if nobody had looked.
    Continue,
    /// It returns this.
    Value(i64),
    /// It fails with this.
    Fail(Errno),
}

/// What became of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    Stopped,
    TimedOut,
    /// No process is left under the filter.
    AllGone,
}

/// Makes `command` start under the filter, and gives the socket on which its [`Listener`] comes.
pub(super) fn confine(command: &mut Command) -> io::Result<OwnedFd> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    let mut filter = filter();
    #[expect(unsafe_code, reason = "a filter can only be put on from inside the child")]
    // SAFETY: between fork and exec the closure makes system calls and touches memory that was
    // allocated before; it takes no lock and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
            rustix::thread::set_no_new_privs(true)?;
            hand_over(&install(&mut filter)?, &theirs)
        });
    }
    Ok(ours)
}

/// Puts the filter on this process.
#[expect(unsafe_code, reason = "libc has no wrapper for seccomp(2)")]
fn install(filter: &mut [libc::sock_filter]) -> io::Result<OwnedFd> {
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: the program points to `filter`, which outlives the call; the kernel copies it.
    let fd =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

fn hand_over(listener: &OwnedFd, socket: &OwnedFd) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = [std::os::fd::AsFd::as_fd(listener)];
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)), "there is space for one");
    sendmsg(socket, &[IoSlice::new(b"l")], &mut control, SendFlags::empty())?;
    Ok(())
}

/// The program: stop the calls above, let all others pass. Calls of another architecture (32-bit
/// programs) pass, and so find no nodes.
fn filter() -> Vec<libc::sock_filter> {
    let load = |at| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, at, 0, 0);
    let end = |verdict| step(libc::BPF_RET | libc::BPF_K, verdict, 0, 0);
    let unless_equal = |value, skip| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, 0, skip);
    let unless_at_least = |value, skip| step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, value, 0, skip);
    let stop = end(libc::SECCOMP_RET_USER_NOTIF);
    let pass = end(libc::SECCOMP_RET_ALLOW);

    let mut steps = vec![load(ARCHITECTURE_AT), unless_equal(ARCHITECTURE, 1)];
    steps.extend([step(libc::BPF_JMP | libc::BPF_JA, 1, 0, 0), pass, load(NUMBER_AT)]);
    for (call, ..) in PATH_CALLS {
        steps.extend([unless_equal(*call as u32, 1), stop]);
    }
    for &call in HANDLE_CALLS {
        // mmap alone has its descriptor in the fifth argument.
        let descriptor = argument_at(if call == libc::SYS_mmap { 4 } else { 0 });
        let mut block = Vec::new();
        if call == libc::SYS_ioctl {
            block.extend([
                load(argument_at(1)),
                step(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0xff00, 0, 0),
            ]);
            for letter in IOCTL_TYPES {
                block.extend([unless_equal(letter << 8, 1), stop]);
            }
        }
        block.extend([load(descriptor), unless_at_least(HANDLES.start as u32, 2)]);
        block.extend([unless_at_least(HANDLES.end as u32, 2), pass, pass, stop]);
        steps.push(unless_equal(call as u32, block.len() as u8));
        steps.extend(block);
    }
    steps.push(pass);
    steps
}

fn step(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}

/// The end at which stopped calls are seen and answered.
pub(super) struct Listener(OwnedFd);

impl Listener {
    /// Takes the listener that a [`confine`]d process sent.
    pub fn receive(socket: &OwnedFd) -> io::Result<Self> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let listener = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        });
        listener.map(Self).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Waits for a stopped call.
    pub fn wait(&self, timeout: &Timespec) -> io::Result<Waited> {
        let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
        poll(&mut fds, Some(timeout))?;
        let seen = fds[0].revents();
        Ok(if seen.contains(PollFlags::IN) {
            Waited::Stopped
        } else if seen.is_empty() {
            Waited::TimedOut
        } else {
            Waited::AllGone
        })
    }

    /// The next stopped call; `None` when its process died meanwhile.
    pub fn next(&self) -> io::Result<Option<Notification>> {
        #[expect(unsafe_code, reason = "the structure is made of numbers, and the kernel wants them zero")]
        // SAFETY: all its fields are integers, for which zero bytes are a value.
        let mut raw: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        match self.ioctl(libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut raw) {
            Ok(_) => Ok(Some(Notification {
                id: raw.id,
                thread: raw.pid,
                call: i64::from(raw.data.nr),
                arguments: raw.data.args,
            })),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets a stopped call go on.
    pub fn answer(&self, notification: &Notification, verdict: Verdict) -> io::Result<()> {
        let (val, error, flags) = match verdict {
            Verdict::Continue => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
            Verdict::Value(value) => (value, 0, 0),
            Verdict::Fail(Errno(number)) => (0, -number, 0),
        };
        let mut response = libc::seccomp_notif_resp { id: notification.id, val, error, flags };
        match self.ioctl(libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response) {
            // The caller was killed: nobody waits for the answer.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// An error when the caller does not wait any more.
    pub fn is_waiting(&self, notification: &Notification) -> io::Result<()> {
        let mut id = notification.id;
        self.ioctl(libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw mut id).map(drop)
    }

    /// Opens `file` in the caller as descriptor `number`, closed on exec.
    pub fn add_fd(&self, notification: &Notification, file: &OwnedFd, number: i32) -> io::Result<i32> {
        let mut request = libc::seccomp_notif_addfd {
            id: notification.id,
            flags: libc::SECCOMP_ADDFD_FLAG_SETFD as u32,
            srcfd: file.as_raw_fd() as u32,
            newfd: number as u32,
            newfd_flags: libc::O_CLOEXEC as u32,
        };
        self.ioctl(libc::SECCOMP_IOCTL_NOTIF_ADDFD, &raw mut request)
    }

    #[expect(unsafe_code, reason = "libc has no typed wrapper for these ioctls")]
    fn ioctl<T>(&self, request: libc::Ioctl, argument: *mut T) -> io::Result<i32> {
        // SAFETY: each request above is made with the structure that its number encodes, alive
        // and exclusively borrowed for the call.
        let value = unsafe { libc::ioctl(self.0.as_raw_fd(), request, argument) };
        if value < 0 { Err(io::Error::last_os_error()) } else { Ok(value) }
    }
}
