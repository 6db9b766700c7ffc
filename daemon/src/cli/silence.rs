//! `bellboard silence`: what the service manager runs after the daemon, however that ended.
//!
//! Owns what is left behind by a daemon that was killed together with its guard: a line that is
//! high, and a picture whose numbers grow old. Refuses to be stopped by a bad configuration: it
//! does what can be read there.

use std::{path::PathBuf, process::ExitCode};

use super::{exit, fail};
use crate::{
    config::{
        self, Problems,
        model::{Buzzer, BuzzerDriver, Display, DisplayDriver},
    },
    io::outputs::{
        guard,
        oled::{self, screen},
    },
};

/// Whose outputs to end.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bellboard silence --config /etc/bellboard/bellboard.toml")]
pub struct Args {
    /// The configuration [default: as for run]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Drives the buzzer's line low, then darkens the displays. Without a buzzer and a display, or
/// where they are not plugged in, there is nothing to do. A configuration with problems is
/// followed as far as it can be read, and told of by the exit code: something may be left over.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    let (config, problems) = config::salvage(args.config);
    let mut code = ExitCode::SUCCESS;
    if let Some(problems) = &problems {
        code = fail(exit::CONFIG, format_args!("not everything may be silent and dark\n{problems}"));
    }
    if may_sound(&config.buzzer, problems.as_ref())
        && let Err(error) = guard::silence(&config.buzzer.chip, config.buzzer.line)
    {
        code = fail(exit::IO, error);
    }
    config.displays.iter().for_each(darken);
    code
}

/// A driver that cannot be read is taken for a buzzer's: a line that is low without need harms
/// less than a buzzer that never ends.
fn may_sound(buzzer: &Buzzer, problems: Option<&Problems>) -> bool {
    let unsure = |problems: &Problems| problems.0.iter().any(|problem| problem.key == "buzzer.driver");
    buzzer.driver != BuzzerDriver::None || problems.is_some_and(unsure)
}

/// A display that cannot be reached is not told of: the daemon has done so, and a display that
/// is not plugged in shows nothing.
fn darken(display: &Display) {
    if display.driver != DisplayDriver::Terminal
        && let Ok(settings) = oled::Settings::try_from(display)
    {
        _ = screen::darken(display, settings);
    }
}
