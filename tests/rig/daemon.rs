//! The product's daemon as a service manager would run it.
//!
//! Owns its process, its log and its end. Refuses to know what it is to do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    binary::{binary, undisturbed},
    device_nodes::Lines,
};

/// Far more than an orderly end takes.
const END_TIMEOUT: Duration = Duration::from_secs(20);

/// Its configuration's file name.
const CONFIG: &str = "bellboard.toml";

/// A running daemon. Dropping it kills it.
pub struct Daemon {
    child: Child,
    log: Lines,
    /// Holds its configuration, and its state unless that lies elsewhere.
    folder: TempDir,
}

/// How a daemon ended.
#[derive(Debug)]
pub struct End {
    /// Its exit status.
    pub status: ExitStatus,
    /// How long it took.
    pub took: Duration,
    /// Everything it logged.
    pub log: Vec<String>,
}

impl Daemon {
    /// Starts a daemon with this configuration and a state folder of its own.
    #[must_use]
    pub fn start(config: &str) -> Self {
        Self::run(config, None)
    }

    /// Starts a daemon whose state lies in `state`, to be found by the next one.
    #[must_use]
    pub fn with_state(config: &str, state: &Path) -> Self {
        Self::run(config, Some(state))
    }

    fn run(config: &str, state: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the daemon");
        let file = folder.path().join(CONFIG);
        fs::write(&file, config).expect("its configuration is written");
        let state = state.map_or_else(|| folder.path().join("state"), PathBuf::from);
        let mut command = Command::new(binary());
        undisturbed(&mut command).arg("run").arg("--config").arg(file).arg("--state").arg(state);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the daemon can be started");
        let log = Lines::collect(child.stderr.take().expect("a pipe was asked for"));
        Self { child, log, folder }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &Lines {
        &self.log
    }

    /// Replaces its configuration and has it read again.
    pub fn reload(&self, config: &str) {
        fs::write(self.folder.path().join(CONFIG), config).expect("its configuration is written");
        self.signal(Signal::HUP);
    }

    /// Ends it with SIGTERM.
    ///
    /// # Panics
    /// It does not end.
    #[must_use]
    pub fn terminate(self) -> End {
        self.end(Signal::TERM)
    }

    /// Ends it with SIGKILL.
    #[expect(clippy::must_use_candidate, reason = "how a killed daemon ends is known")]
    pub fn kill(self) -> End {
        self.end(Signal::KILL)
    }

    /// Stops its process, so that a test can set the scene for what it sees next.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn end(mut self, signal: Signal) -> End {
        let began = Instant::now();
        self.signal(signal);
        loop {
            if let Some(status) = self.child.try_wait().expect("the daemon is ours") {
                return End { status, took: began.elapsed(), log: self.log.all() };
            }
            assert!(began.elapsed() < END_TIMEOUT, "it did not end:\n{}", self.log.all().join("\n"));
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the daemon has not been waited for");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log.all().join("\n"));
        }
    }
}
