//! `bellboard guard`: what the daemon runs to hold the buzzer's line, not people.
//!
//! Owns its arguments and exit codes. Refuses to touch the line itself.

use std::{path::PathBuf, process::ExitCode};

use super::exit;
use crate::io::outputs::guard;

/// The line of a buzzer.
#[derive(Debug, clap::Args)]
pub struct Line {
    /// The GPIO chip
    #[arg(long, value_name = "NODE", default_value = "/dev/gpiochip0")]
    chip: PathBuf,
    /// The line of that chip
    #[arg(long, value_name = "NUMBER", default_value_t = 18)]
    line: u32,
}

/// Holds the line on lease until standard input closes.
#[must_use]
pub fn guard(line: &Line) -> ExitCode {
    match guard::run(&line.chip, line.line) {
        Ok(()) => ExitCode::SUCCESS,
        // The guard has told the daemon why.
        Err(_) => exit::UNAVAILABLE.into(),
    }
}
