//! The daemon's end of a guard: start it, send messages, hear it live and see it end.
//!
//! Owns the child process and its pipes. Refuses to know what the messages say, and when to
//! start another one.

use std::{io, process::ExitStatus, process::Stdio, time::Duration};

use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::io::outputs::guard::{Charge, Message, READY, SIGN};

/// This very program, also after a new version took its file's place: the two ends always speak
/// the same language.
const OURSELVES: &str = "/proc/self/exe";
/// The name it shows under in a list of processes.
const NAME: &str = "bellboard";
/// How long a guard may take to get hold of its charge; it takes milliseconds unless the machine
/// swaps, and a PWM channel up to a second.
const START_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a guard may take to switch off and end, before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest answer of a guard that is kept: room for a sentence with a path in it.
const MAX_ANSWER: usize = 8_192;

/// Why there is no guard.
#[derive(Debug, Error)]
pub enum TetherError {
    /// The process cannot be started.
    #[error("{guard} cannot be started: {source}")]
    Spawn {
        /// Which guard.
        guard: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The guard said this instead of [`READY`] or [`SIGN`].
    #[error("{0}")]
    Refused(String),
    /// The guard said nothing.
    #[error("{0} does not answer")]
    Silent(&'static str),
    /// The guard ended while it was needed.
    #[error("{0} ended ({1})")]
    Ended(&'static str, ExitStatus),
    /// The pipe to the guard broke.
    #[error("{guard} cannot be reached: {source}")]
    Pipe {
        /// Which guard.
        guard: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// A guard that holds its charge. Dropping it closes the pipe, and so ends the guard.
pub struct Tether {
    guard: &'static str,
    child: Child,
    messages: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What has been read of its next line.
    line: Vec<u8>,
}

impl Tether {
    /// Starts a guard and waits until it holds its charge, switched off.
    pub async fn start(charge: &Charge) -> Result<Self, TetherError> {
        let guard = charge.guard();
        let mut child = Command::new(OURSELVES)
            .arg0(NAME)
            .arg("guard")
            .args(charge.arguments())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C in the terminal is for the daemon; the guard ends after it, by the pipe.
            .process_group(0)
            .spawn()
            .map_err(|source| TetherError::Spawn { guard, source })?;
        let messages = child.stdin.take().expect("standard input was asked for as a pipe");
        let answers = child.stdout.take().expect("standard output was asked for as a pipe");
        let mut tether = Self { guard, child, messages, answers: BufReader::new(answers), line: Vec::new() };
        let error = match timeout(START_TIMEOUT, tether.answer()).await {
            Ok(Some(answer)) if answer == READY => return Ok(tether),
            Ok(Some(answer)) => TetherError::Refused(answer),
            Ok(None) => tether.end().await,
            Err(_) => TetherError::Silent(guard),
        };
        tether.kill().await;
        Err(error)
    }

    /// Sends one message. The pipe holds thousands of them, so this waits for nobody.
    pub async fn send(&mut self, message: Message) -> Result<(), TetherError> {
        let guard = self.guard;
        self.messages.write_all(&message).await.map_err(|source| TetherError::Pipe { guard, source })
    }

    /// Waits for the guard's sign that it has followed the oldest message of which it has not
    /// said so; else gives the reason why it ends. Can be dropped and called again at any time.
    pub async fn sign(&mut self) -> Result<(), TetherError> {
        match self.answer().await {
            Some(answer) if answer == SIGN => Ok(()),
            Some(answer) => Err(TetherError::Refused(answer)),
            None => Err(self.end().await),
        }
    }

    /// Switches off with a last message and waits for the guard to end, so that no service
    /// manager kills it in between.
    pub async fn stop(mut self, last: Message) {
        // A guard that cannot be reached has ended, which is what is wanted.
        let _ = self.send(last).await;
        let Self { guard, mut child, messages, answers, .. } = self;
        drop(messages);
        if timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
            tracing::warn!("{guard} did not end in time and is killed");
            // It has ended by itself if it cannot be killed.
            let _ = child.kill().await;
        }
        drop(answers);
    }

    /// Ends a guard that is not fit for use, without waiting for its good will.
    pub async fn kill(&mut self) {
        // It has ended by itself if it cannot be killed.
        let _ = self.child.kill().await;
    }

    /// How the guard ended, after it closed its standard output.
    async fn end(&mut self) -> TetherError {
        match self.child.wait().await {
            Ok(status) => TetherError::Ended(self.guard, status),
            Err(source) => TetherError::Pipe { guard: self.guard, source },
        }
    }

    /// The guard's next line; `None` when it says nothing more.
    async fn answer(&mut self) -> Option<String> {
        loop {
            // An answer that cannot be read is no answer.
            let read = self.answers.fill_buf().await.unwrap_or_default();
            let end = read.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            let over = read.is_empty();
            let room = MAX_ANSWER - self.line.len();
            self.line.extend_from_slice(&read[..taken.min(room)]);
            self.answers.consume(taken);
            if end.is_some() || over {
                let line = std::mem::take(&mut self.line);
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                return (!over || !text.is_empty()).then_some(text);
            }
        }
    }
}
