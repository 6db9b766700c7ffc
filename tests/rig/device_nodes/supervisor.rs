//! The thread that answers a program's system calls on the modelled nodes.
//!
//! Owns the loop and which model a call goes to. Refuses to know what the models answer.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    os::fd::OwnedFd,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use rustix::{
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
    time::Timespec,
};

use super::{
    DeviceNodes,
    caller::Caller,
    errno::{Answer, Errno, Refusal},
    handles::Handle,
    i2c::I2cSession,
    pwm::PwmSession,
    record::Record,
    seccomp::{Listener, Notification, PATH_CALLS, PathCall, Verdict, Waited},
};

/// How often the loop looks for orphans and for the end of the test.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
/// How long the program's children may outlive it once the test is over.
const ORPHAN_TIMEOUT: Duration = Duration::from_secs(2);

/// The major numbers of the two nodes, as on a Raspberry Pi.
const I2C_MAJOR: u32 = 89;
const GPIO_MAJOR: u32 = 254;

/// The paths that the models own; nothing of the real machine is reached through them.
const OWNED_PATHS: [&[u8]; 3] = [b"/dev/i2c-", b"/dev/gpiochip", PWM_PATH];
const PWM_PATH: &[u8] = b"/sys/class/pwm/";

/// What is known about a run of a program.
pub(super) struct Supervisor {
    nodes: DeviceNodes,
    listener: Listener,
    /// The program's own handles on nodes, by inode. Lines are the chip's matter.
    sessions: HashMap<u64, Session>,
    /// Processes that opened something.
    seen: BTreeSet<i32>,
    /// What the test must fail for.
    violations: Vec<String>,
}

enum Session {
    I2c(Handle, I2cSession),
    Chip(Handle),
    Pwm(Handle, PwmSession),
}

impl Supervisor {
    pub fn new(nodes: DeviceNodes, listener: Listener) -> Self {
        Self { nodes, listener, sessions: HashMap::new(), seen: BTreeSet::new(), violations: Vec::new() }
    }

    /// Answers until no process is left; gives what the test must fail for. `child` is waited
    /// for elsewhere, its orphans are waited for here.
    pub fn run(mut self, child: i32, over: &AtomicBool) -> io::Result<Vec<String>> {
        let mut deadline = None;
        loop {
            match self.listener.wait(&TICK)? {
                Waited::Stopped => self.serve()?,
                Waited::AllGone => {
                    self.bury_orphans(child);
                    return Ok(self.violations);
                }
                Waited::TimedOut => {}
            }
            self.bury_orphans(child);
            if over.load(Ordering::Relaxed) {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + ORPHAN_TIMEOUT);
                if Instant::now() > deadline {
                    self.kill_orphans(child);
                    return Ok(self.violations);
                }
            }
        }
    }

    fn serve(&mut self) -> io::Result<()> {
        let Some(notification) = self.listener.next()? else { return Ok(()) };
        let verdict = match self.answer(&notification) {
            Ok(verdict) => verdict,
            // Whatever is said to it, nobody hears it.
            Err(Refusal::CallerGone) => Verdict::Fail(Errno::ENODEV),
            Err(Refusal::Errno(errno)) => Verdict::Fail(errno),
            Err(Refusal::Uninvited(what)) => {
                self.violations.push(format!("a call that nobody invited: {what}"));
                Verdict::Fail(Errno::ENOTTY)
            }
        };
        self.listener.answer(&notification, verdict)
    }

    fn answer(&mut self, notification: &Notification) -> Result<Verdict, Refusal> {
        let call = notification.call;
        if let Some(&(_, path, kind)) = PATH_CALLS.iter().find(|(number, ..)| *number == call) {
            return self.path_call(notification, path, kind);
        }
        let caller = Caller::new(&self.listener, notification);
        let descriptor = if call == libc::SYS_mmap { 4 } else { 0 };
        let inode = caller.inode(notification.arguments[descriptor]);
        let Some(inode) = inode else { return Ok(Verdict::Continue) };
        let answer = match self.sessions.get_mut(&inode) {
            Some(Session::I2c(_, session)) => i2c_call(session, self.nodes.i2c(), &caller, notification),
            Some(Session::Chip(_)) => chip_call(&self.nodes, &caller, notification),
            Some(Session::Pwm(_, session)) => pwm_call(session, self.nodes.pwm(), &caller, notification),
            None if self.nodes.gpio().has_request(inode) => match call {
                // Edges are read from the socket itself.
                libc::SYS_read => return Ok(Verdict::Continue),
                libc::SYS_ioctl => self.nodes.gpio().line_ioctl(
                    inode,
                    &caller,
                    notification.arguments[1] as u32,
                    notification.arguments[2],
                ),
                _ => Err(Refusal::Uninvited(format!("system call {call} on a GPIO line"))),
            },
            None => return Ok(Verdict::Continue),
        };
        answer.map(Verdict::Value)
    }

    fn path_call(
        &mut self,
        notification: &Notification,
        argument: usize,
        kind: PathCall,
    ) -> Result<Verdict, Refusal> {
        let caller = Caller::new(&self.listener, notification);
        let path = caller.text(notification.arguments[argument])?;
        if !OWNED_PATHS.iter().any(|owned| path.starts_with(owned)) {
            return Ok(Verdict::Continue);
        }
        if path.starts_with(PWM_PATH) {
            return self.pwm_path_call(notification, argument, &path, kind);
        }
        let (major, minor) = match path.as_slice() {
            b"/dev/i2c-1" if self.nodes.i2c().is_present() => (I2C_MAJOR, 1),
            b"/dev/gpiochip0" if self.nodes.gpio().is_present() => (GPIO_MAJOR, 0),
            _ => return Err(Errno::ENOENT.into()),
        };
        match kind {
            PathCall::Open => {
                return self.open(notification, |handle| match major {
                    I2C_MAJOR => Session::I2c(handle, I2cSession::default()),
                    _ => Session::Chip(handle),
                });
            }
            PathCall::Stat(to) => {
                caller.write(notification.arguments[to], &node_stat(major, minor))?;
            }
            PathCall::Statx => caller.write(notification.arguments[4], &node_statx(major, minor))?,
            PathCall::Access => {}
            PathCall::ReadLink => return Err(Errno::EINVAL.into()),
        }
        Ok(Verdict::Value(0))
    }

    /// Calls on files of the PWM chip.
    fn pwm_path_call(
        &mut self,
        notification: &Notification,
        argument: usize,
        path: &[u8],
        kind: PathCall,
    ) -> Result<Verdict, Refusal> {
        let caller = Caller::new(&self.listener, notification);
        let flags = notification.arguments[argument + 1] as i32;
        let for_writing = kind == PathCall::Open && flags & libc::O_ACCMODE != libc::O_RDONLY;
        let file = self.nodes.pwm().file(path, for_writing).unwrap_or(Err(Errno::ENOENT))?;
        match kind {
            PathCall::Open => {
                return self.open(notification, |handle| Session::Pwm(handle, PwmSession::new(file)));
            }
            PathCall::Stat(to) => caller.write(notification.arguments[to], &node_stat(0, 0))?,
            PathCall::Statx => caller.write(notification.arguments[4], &node_statx(0, 0))?,
            PathCall::Access => {}
            PathCall::ReadLink => return Err(Errno::EINVAL.into()),
        }
        Ok(Verdict::Value(0))
    }

    /// Gives the program a handle, and remembers what it stands for.
    fn open(
        &mut self,
        notification: &Notification,
        session: impl FnOnce(Handle) -> Session,
    ) -> Result<Verdict, Refusal> {
        let caller = Caller::new(&self.listener, notification);
        let (handle, theirs) = Handle::pair()?;
        let value = caller.give(&theirs)?;
        self.seen.extend(caller.process());
        let inode = handle.inode;
        self.sessions.retain(|_, session| session.is_open());
        self.sessions.insert(inode, session(handle));
        Ok(Verdict::Value(i64::from(value)))
    }

    /// Waits for children whose parent died before them: they are children of the test now.
    fn bury_orphans(&mut self, child: i32) {
        self.seen.retain(|&process| {
            let ours = process != child
                && matches!(waitpid(Pid::from_raw(process), WaitOptions::NOHANG), Ok(Some(_)));
            !ours
        });
    }

    fn kill_orphans(&mut self, child: i32) {
        for &process in self.seen.iter().filter(|process| **process != child) {
            self.violations.push(format!("process {process} outlived the program that started it"));
            if let Some(process) = Pid::from_raw(process) {
                // It may have ended just now, which is as good.
                let _ = kill_process(process, Signal::KILL);
                let _ = waitpid(Some(process), WaitOptions::empty());
            }
        }
        if self.violations.is_empty() {
            self.violations.push("a process that opened no node outlived the program".into());
        }
    }
}

impl Session {
    fn is_open(&self) -> bool {
        let (Self::I2c(handle, _) | Self::Chip(handle) | Self::Pwm(handle, _)) = self;
        handle.is_open()
    }
}

fn i2c_call(
    session: &mut I2cSession,
    bus: &super::I2cBus,
    caller: &Caller,
    notification: &Notification,
) -> Answer {
    let [_, second, third, ..] = notification.arguments;
    match notification.call {
        libc::SYS_ioctl => session.ioctl(bus, caller, second as u32, third),
        libc::SYS_write => session.write(bus, caller, second, third as usize),
        call => Err(Refusal::Uninvited(format!("system call {call} on an I2C bus"))),
    }
}

fn chip_call(nodes: &DeviceNodes, caller: &Caller, notification: &Notification) -> Answer {
    match notification.call {
        libc::SYS_ioctl => {
            let [_, request, argument, ..] = notification.arguments;
            nodes.gpio().chip_ioctl(caller, request as u32, argument)
        }
        call => Err(Refusal::Uninvited(format!("system call {call} on a GPIO chip"))),
    }
}

fn pwm_call(
    session: &mut PwmSession,
    chip: &super::PwmChip,
    caller: &Caller,
    notification: &Notification,
) -> Answer {
    let [_, address, len, ..] = notification.arguments;
    match notification.call {
        libc::SYS_write => session.write(chip, caller, address, len as usize),
        libc::SYS_read => session.read(chip, caller, address, len as usize),
        call => Err(Refusal::Uninvited(format!("system call {call} on a file of the PWM chip"))),
    }
}

/// A character device that its group may use, as `struct stat`.
fn node_stat(major: u32, minor: u32) -> Record {
    use std::mem::{offset_of, size_of};
    let mut stat = Record::zeroed(size_of::<libc::stat>());
    stat.put_u32(offset_of!(libc::stat, st_mode), libc::S_IFCHR | 0o660);
    stat.put_u64(offset_of!(libc::stat, st_rdev), libc::makedev(major, minor));
    stat
}

/// The same as `struct statx`.
fn node_statx(major: u32, minor: u32) -> Record {
    use std::mem::{offset_of, size_of};
    let mut statx = Record::zeroed(size_of::<libc::statx>());
    statx.put_u32(offset_of!(libc::statx, stx_mask), libc::STATX_BASIC_STATS);
    let mode = (libc::S_IFCHR | 0o660) as u16;
    statx.put(offset_of!(libc::statx, stx_mode), &mode.to_ne_bytes());
    statx.put_u32(offset_of!(libc::statx, stx_rdev_major), major);
    statx.put_u32(offset_of!(libc::statx, stx_rdev_minor), minor);
    statx
}

/// Hands out a handle that the models keep, such as a requested line.
pub(super) fn give_handle(caller: &Caller) -> Result<(Handle, i32), Refusal> {
    let (handle, theirs): (Handle, OwnedFd) = Handle::pair()?;
    let number = caller.give(&theirs)?;
    Ok((handle, number))
}
