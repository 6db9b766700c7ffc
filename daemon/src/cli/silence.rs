//! `bellboard silence`: what the service manager runs after the daemon, however that ended.
//!
//! Owns what is left behind by a daemon that was killed together with its guard: a line that is
//! high, a channel that sounds, lamps, a picture whose numbers grow old, and a console without its cursor. Refuses to be stopped by a bad configuration: it
//! does what can be read there.

use std::{path::PathBuf, process::ExitCode};

use super::{exit, fail};
use crate::{
    config::{
        self, Problems,
        model::{Buzzer, BuzzerDriver, Display, DisplayDriver},
    },
    io::outputs::{
        framebuffer,
        guard::{self, Charge},
        oled,
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

/// Silences the buzzer, then darkens the lamps and the displays. Without any, or where they are
/// not plugged in, there is nothing to do. A configuration with problems is followed as far as it
/// can be read, and told of by the exit code: something may be left over.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    let (config, problems) = config::salvage(args.config);
    let mut code = ExitCode::SUCCESS;
    if let Some(problems) = &problems {
        code = fail(exit::CONFIG, format_args!("not everything may be silent and dark\n{problems}"));
    }
    let lamps = Charge::lamps(&config.lamps);
    for charge in sounders(config.buzzer, problems.as_ref()).iter().chain([&lamps]) {
        if let Err(error) = guard::silence(charge) {
            code = fail(exit::IO, error);
        }
    }
    config.displays.iter().for_each(darken);
    code
}

/// What may sound. A driver that cannot be read is taken for the one that its chip belongs to: a
/// line that is low without need harms less than a buzzer that never ends.
fn sounders(mut buzzer: Buzzer, problems: Option<&Problems>) -> Option<Charge> {
    let unsure = |problems: &Problems| problems.0.iter().any(|problem| problem.key == "buzzer.driver");
    if problems.is_some_and(unsure) {
        let is_pwm = buzzer.chip.starts_with("/sys");
        buzzer.driver = if is_pwm { BuzzerDriver::Pwm } else { BuzzerDriver::Gpio };
    }
    Charge::buzzer(&buzzer)
}

/// A display that cannot be reached is not told of: the daemon has done so, and a display that
/// is not plugged in shows nothing.
fn darken(display: &Display) {
    match display.driver {
        DisplayDriver::Terminal => {}
        DisplayDriver::Framebuffer => _ = framebuffer::darken(display),
        DisplayDriver::Ssd1306 | DisplayDriver::Ssd1309 | DisplayDriver::Sh1106 => {
            if let Ok(settings) = oled::Settings::try_from(display) {
                _ = oled::darken(display, settings);
            }
        }
    }
}
