//! The daemon's end of the guard: start it, send leases, see it end.
//!
//! Owns the child process and its pipes. Refuses to know bursts, and when to start another one.

use std::{ffi::OsStr, io, process::ExitStatus, process::Stdio, time::Duration};

use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::io::{
    gpio::Place,
    outputs::guard::{Lease, READY},
};

/// This very program, also after a new version took its file's place: the two ends always speak
/// the same language.
const OURSELVES: &str = "/proc/self/exe";
/// The name it shows under in a list of processes.
const NAME: &str = "bellboard";
/// How long a guard may take to get hold of the line; it takes milliseconds unless the machine
/// swaps.
const START_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a guard may take to drive the line low and end, before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest answer of a guard that is read: room for a sentence with a path in it.
const MAX_ANSWER: u64 = 8_192;

/// Why there is no guard.
#[derive(Debug, Error)]
pub enum TetherError {
    /// The process cannot be started.
    #[error("the buzzer's guard cannot be started: {0}")]
    Spawn(#[source] io::Error),
    /// The guard said this instead of [`READY`].
    #[error("{0}")]
    Refused(String),
    /// The guard said nothing.
    #[error("the buzzer's guard for {0} does not answer")]
    Silent(Place),
    /// The guard ended while it was needed.
    #[error("the buzzer's guard ended ({0})")]
    Ended(ExitStatus),
    /// The pipe to the guard broke.
    #[error("the buzzer's guard cannot be reached: {0}")]
    Pipe(#[source] io::Error),
}

/// A guard that holds the line. Dropping it closes the pipe, and so ends the guard.
pub struct Tether {
    child: Child,
    leases: ChildStdin,
    /// Kept open: a guard that ends says why.
    answers: BufReader<ChildStdout>,
}

impl Tether {
    /// Starts a guard and waits until it holds the line, low.
    pub async fn start(place: &Place) -> Result<Self, TetherError> {
        let mut child = Command::new(OURSELVES)
            .arg0(NAME)
            .args([OsStr::new("guard"), OsStr::new("--chip"), place.chip.as_os_str()])
            .args(["--line", &place.line.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C in the terminal is for the daemon; the guard ends after it, by the pipe.
            .process_group(0)
            .spawn()
            .map_err(TetherError::Spawn)?;
        let leases = child.stdin.take().expect("standard input was asked for as a pipe");
        let answers = child.stdout.take().expect("standard output was asked for as a pipe");
        let mut tether = Self { child, leases, answers: BufReader::new(answers) };
        let error = match timeout(START_TIMEOUT, tether.answer()).await {
            Ok(answer) if answer == READY => return Ok(tether),
            Ok(answer) if answer.is_empty() => tether.ended().await,
            Ok(answer) => TetherError::Refused(answer),
            Err(_) => TetherError::Silent(place.clone()),
        };
        tether.kill().await;
        Err(error)
    }

    /// Sends one lease. The pipe holds thousands of them, so this waits for nobody.
    pub async fn send(&mut self, lease: Lease) -> Result<(), TetherError> {
        self.leases.write_all(&lease.to_bytes()).await.map_err(TetherError::Pipe)
    }

    /// Waits until the guard ends and says why. Can be dropped and called again at any time.
    pub async fn ended(&mut self) -> TetherError {
        match self.child.wait().await {
            Ok(status) => {
                let answer = self.answer().await;
                if answer.is_empty() { TetherError::Ended(status) } else { TetherError::Refused(answer) }
            }
            Err(error) => TetherError::Pipe(error),
        }
    }

    /// Drives the line low and waits for the guard to end, so that no service manager kills it
    /// in between.
    pub async fn stop(mut self) {
        // A guard that cannot be reached has ended, which is what is wanted.
        let _ = self.send(Lease::Low).await;
        let Self { mut child, leases, .. } = self;
        drop(leases);
        if timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
            tracing::warn!("the buzzer's guard did not end in time and is killed");
            // It has ended by itself if it cannot be killed.
            let _ = child.kill().await;
        }
    }

    /// Ends a guard that is not fit for use, without waiting for its good will.
    pub async fn kill(&mut self) {
        // It has ended by itself if it cannot be killed.
        let _ = self.child.kill().await;
    }

    /// The guard's next line; empty when it said nothing more.
    async fn answer(&mut self) -> String {
        let mut line = String::new();
        // An answer that cannot be read is no answer.
        let _ = (&mut self.answers).take(MAX_ANSWER).read_line(&mut line).await;
        line.trim_end().to_owned()
    }
}
