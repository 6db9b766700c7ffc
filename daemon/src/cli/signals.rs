//! The signals that a daemon listens to.
//!
//! Owns what each asks for: an end, or that the configuration be read again. Refuses to do either.

use std::io::{self, IsTerminal};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::warn;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The end.
    End,
    /// To read the configuration again.
    Reload,
}

/// The signals, listened to from the start on.
pub struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
    quit: Option<Signal>,
    hangup: Option<Signal>,
    /// Whether standard output and standard error were terminals.
    terminals: [bool; 2],
}

impl Signals {
    /// Listens. To be called within a runtime.
    #[must_use]
    pub fn listen() -> Self {
        let listen = |kind| {
            // Without a handler the signal's own effect ends the process.
            signal(kind).inspect_err(|error| warn!(%error, "a signal cannot be awaited")).ok()
        };
        Self {
            terminate: listen(SignalKind::terminate()),
            interrupt: listen(SignalKind::interrupt()),
            quit: listen(SignalKind::quit()),
            hangup: listen(SignalKind::hangup()),
            terminals: terminals(),
        }
    }

    /// The next wish. A hang-up is the end where the terminal that the daemon was started in is
    /// gone; everywhere else it is what administrators send to have a configuration read again.
    pub async fn next(&mut self) -> Wish {
        tokio::select! {
            () = heard(&mut self.terminate) => Wish::End,
            () = heard(&mut self.interrupt) => Wish::End,
            () = heard(&mut self.quit) => Wish::End,
            () = heard(&mut self.hangup) => {
                if terminals() == self.terminals { Wish::Reload } else { Wish::End }
            }
        }
    }

    /// Ready when the end is wished for; nothing else is heard.
    #[cfg(feature = "embedded-broker")]
    pub async fn end(mut self) {
        while self.next().await != Wish::End {}
    }
}

/// Which of standard output and standard error are terminals; one that has been closed is none.
fn terminals() -> [bool; 2] {
    [io::stdout().is_terminal(), io::stderr().is_terminal()]
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}
