//! The log: one line an event, to the journal where there is one, else to standard error.
//!
//! Owns where the lines go and how many. Refuses names of customers: nobody hands it any.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// The variable that sets the level, as the flag `--log` does.
pub const LEVEL_VARIABLE: &str = "BELLBOARD_LOG";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is none.
    #[error("`{0}` is no log level; known are error, warn, info, debug, trace and off")]
    Level(String),
}

/// What libraries say at `info` is news to nobody but their authors, and the embedded broker's
/// crate warns of every client that leaves without a goodbye.
const LIBRARIES: &str = "mqtt5=error,rumqttc=warn";

/// Starts the log at a level such as `info` or `warn,bellboard::io=debug`.
pub fn start(level: &str) -> Result<(), LogError> {
    let registry = tracing_subscriber::registry().with(filter(level)?);
    // The service manager sets this where standard error already is the journal.
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    if let Some(journal) = journal {
        registry.with(journal).init();
    } else {
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false);
        registry.with(lines).init();
    }
    Ok(())
}

fn filter(level: &str) -> Result<EnvFilter, LogError> {
    let refused = || LogError::Level(level.to_owned());
    // A bare word that is no level would be taken for the name of a module, and nothing be logged.
    if !level.split(',').all(|part| part.contains('=') || is_level(part)) {
        return Err(refused());
    }
    if level == "off" {
        return Ok(EnvFilter::new(level));
    }
    // What is said later wins, so whoever asks for a library's details gets them.
    EnvFilter::try_new(format!("{LIBRARIES},{level}")).map_err(|_| refused())
}

fn is_level(word: &str) -> bool {
    !word.is_empty() && word.parse::<LevelFilter>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_levels_are_levels() {
        for level in ["info", "off", "warn,bellboard::io=debug", "mqtt5=trace"] {
            assert!(filter(level).is_ok(), "{level}");
        }
        for wrong in ["", "banana", "info,banana", "warn,=", "info,", "bellboard=loud"] {
            assert!(filter(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn libraries_are_heard_when_they_are_asked_for_and_never_where_all_is_off() {
        assert!(filter("warn").unwrap().to_string().contains("mqtt5=error"));
        assert!(filter("warn,mqtt5=debug").unwrap().to_string().contains("mqtt5=debug"));
        assert_eq!(filter("off").unwrap().to_string(), "off");
    }
}
