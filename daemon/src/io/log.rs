//! The log: one line an event, to the journal where there is one, else to standard error.
//!
//! Owns where the lines go and how many. Refuses names of customers: nobody hands it any.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// The variable that sets the level, as the flag `--log` does.
pub const LEVEL_VARIABLE: &str = "BELLBOARD_LOG";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is none.
    #[error("`{0}` is no log level; known are error, warn, info, debug, trace and off")]
    Level(String),
}

/// What libraries say at `info` is news to nobody but their authors.
const LIBRARIES: &str = "mqtt5=warn,rumqttc=warn";

/// Starts the log at a level such as `info` or `warn,bellboard::io=debug`.
pub fn start(level: &str) -> Result<(), LogError> {
    // What is said later wins, so whoever asks for a library's details gets them.
    let filter = EnvFilter::try_new(format!("{LIBRARIES},{level}"));
    let filter = filter.map_err(|_| LogError::Level(level.to_owned()))?;
    let registry = tracing_subscriber::registry().with(filter);
    // The service manager sets this where standard error already is the journal.
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    match journal {
        Some(journal) => registry.with(journal).init(),
        None => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false);
            registry.with(lines).init();
        }
    }
    Ok(())
}
