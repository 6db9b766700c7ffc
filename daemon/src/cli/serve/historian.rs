//! Who keeps the history of a running board.
//!
//! Owns its start: where rows go and what the last run left. Refuses to know what a row is.

#[cfg(feature = "history")]
use std::time::Duration;
use std::{path::Path, thread::JoinHandle};

use chrono_tz::Tz;

use crate::{
    config::{Config, machine_timezone},
    core::history::Recalled,
    event_loop::EventLoop,
    io::pulse::Pulses,
};
#[cfg(feature = "history")]
use crate::{
    core::history::History,
    io::history::{Recorder, Rules},
};

/// Once a day a year of rows is looked through, on a slow card.
#[cfg(feature = "history")]
const HISTORY_PULSE: Duration = Duration::from_secs(120);

/// Begins or goes on with the history. Without a folder, or in a program that was built without
/// a database, it lasts as long as the daemon.
#[cfg_attr(not(feature = "history"), expect(clippy::unnecessary_wraps, reason = "a thread may be refused"))]
pub(super) fn start(
    event_loop: &mut EventLoop,
    config: &Config,
    dir: Option<&Path>,
    pulses: &Pulses,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    if !config.history.enabled {
        return Ok(None);
    }
    let zone = config.board.timezone.or_else(machine_timezone).unwrap_or(Tz::UTC);
    #[cfg(feature = "history")]
    if let Some(dir) = dir {
        let looks_back_ms = History::looks_back_ms(&config.badges);
        let rules = Rules { keep_ms: config.history.keep_ms, looks_back_ms, zone };
        let (recorder, thread, recalled) =
            Recorder::start(dir, rules, pulses.watch("history", HISTORY_PULSE))?;
        event_loop.keep_history(&recalled, zone);
        event_loop.record_to(recorder);
        return Ok(Some(thread));
    }
    #[cfg(not(feature = "history"))]
    let _ = (dir, pulses);
    event_loop.keep_history(&Recalled::default(), zone);
    Ok(None)
}
