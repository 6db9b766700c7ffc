//! `bellboard guard` and `bellboard silence`: what the daemon and the service manager run, not people.
//!
//! Owns their arguments and exit codes. Refuses to touch the line itself.

use std::{path::PathBuf, process::ExitCode};

use super::{exit, fail};
use crate::{
    config::{self, model::BuzzerDriver},
    io::outputs::guard,
};

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

/// Whose buzzer to silence.
#[derive(Debug, clap::Args)]
pub struct Silence {
    /// The configuration [default: as for run]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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

/// Drives the configured buzzer's line low; without a buzzer there is nothing to do.
#[must_use]
pub fn silence(silence: Silence) -> ExitCode {
    let buzzer = match config::obtain(silence.config) {
        Ok((config, _)) => config.buzzer,
        Err(problems) => return fail(exit::CONFIG, problems),
    };
    if buzzer.driver == BuzzerDriver::None {
        return ExitCode::SUCCESS;
    }
    match guard::silence(&buzzer.chip, buzzer.line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(exit::IO, error),
    }
}
