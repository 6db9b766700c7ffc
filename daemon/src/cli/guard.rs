//! `bellboard guard`: what the daemon runs to hold lines and channels, not people.
//!
//! Owns its exit codes. Refuses to touch a line itself.

use std::{ffi::OsString, process::ExitCode};

use super::exit;
use crate::io::outputs::guard::{self, Charge, gpio_place, lamp_line, pwm_place};

/// What to hold: exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Args {
    /// The line of an active buzzer
    #[arg(long, value_name = "LINE:CHIP")]
    gpio: Option<OsString>,
    /// The channel of a passive sounder
    #[arg(long, value_name = "CHANNEL:CHIP")]
    pwm: Option<OsString>,
    /// The line of a lamp that shines on high or on low; once for each lamp
    #[arg(long, value_name = "LINE:high|low:CHIP")]
    lamp: Vec<OsString>,
}

impl Args {
    fn charge(&self) -> Option<Charge> {
        let lamp = |text: &OsString| lamp_line(text);
        match (&self.gpio, &self.pwm) {
            (Some(place), _) => gpio_place(place).map(Charge::Gpio),
            (_, Some(place)) => pwm_place(place).map(Charge::Pwm),
            _ => self.lamp.iter().map(lamp).collect::<Option<_>>().map(Charge::Lamps),
        }
    }
}

/// Holds them on lease until standard input closes.
#[must_use]
pub fn guard(args: &Args) -> ExitCode {
    let Some(charge) = args.charge() else { return exit::USAGE.into() };
    match guard::run(&charge) {
        Ok(()) => ExitCode::SUCCESS,
        // The guard has told the daemon why.
        Err(_) => exit::UNAVAILABLE.into(),
    }
}
