//! The service manager: readiness, status, the watchdog.
//!
//! Owns what is said to it. Without a service manager every word goes nowhere, which is no error.

use std::sync::Mutex;

use bellboard_panel::Snapshot;
use sd_notify::NotifyState;

/// The daemon is up. It need not have a broker for that: it says so itself when it has none.
pub fn ready() {
    say(&[NotifyState::Ready]);
}

/// The daemon reads its configuration anew; [`ready`] says that it is done.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => say(&[NotifyState::Reloading, since]),
        Err(error) => tracing::debug!(%error, "no time to tell the service manager"),
    }
}

/// The daemon is about to end.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

/// Every task makes progress.
pub fn feed_watchdog() {
    say(&[NotifyState::Watchdog]);
}

/// The one line that `systemctl status` shows; said when it changes.
pub fn status(board: &Snapshot) {
    static SAID: Mutex<String> = Mutex::new(String::new());
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let line = format!("{}: {} waiting, {} breached", board.trust.word(), board.waiting, board.breached);
    let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if *said != line {
        say(&[NotifyState::Status(&line)]);
        *said = line;
    }
}

fn say(what: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(what) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
