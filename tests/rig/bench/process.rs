//! A program under measurement: its processor time and its memory, as the kernel counts them.
//!
//! Owns the program's life: dropping it ends it. Refuses to know what it does.

use std::{
    fs,
    process::{Child, Command},
    time::Duration,
};

use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use super::wait_for;

/// A running program, killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    name: String,
}

/// Memory in RAM, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// The most there ever was.
    pub peak: u64,
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self { child, name }
    }

    /// Seconds of processor time so far, by the program and in the kernel for it. Still there
    /// after the end, until the program is dropped.
    ///
    /// # Panics
    /// The kernel does not tell.
    #[must_use]
    pub fn cpu(&self) -> f64 {
        let pid = Pid::from_raw(self.child.id() as i32);
        let spent = clock_getcpuclockid(pid).and_then(clock_gettime).expect("a child has a processor clock");
        Duration::from(spent).as_secs_f64()
    }

    /// What it holds in RAM.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let status = self.proc("status");
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells it");
            line.trim_end_matches("kB").trim().parse().expect("a size in kB")
        };
        Memory { resident: kib("VmRSS:"), peak: kib("VmHWM:") }
    }

    /// Waits for the program to end by itself, and leaves what the kernel knows of it.
    pub fn wait_for_end(&self) {
        wait_for(&format!("the end of {}", self.name), || self.has_ended().then_some(()));
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.proc("stat").rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
    }

    /// Ends it in good order and waits for that.
    pub fn stop(self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("it is our own child");
        self.wait_for_end();
    }

    fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sleeps until the machine has come to rest after what it was made to do.
pub fn settle() {
    std::thread::sleep(Duration::from_secs(3));
}
