//! What a guard holds, and how one is told on its command line.
//!
//! Owns the words of that command line, of which both ends are this program. Refuses to touch a
//! line.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
};

use crate::{
    config::model,
    io::{gpio, pwm},
};

/// A lamp's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LampLine {
    /// Where it is.
    pub place: gpio::Place,
    /// Whether the lamp shines while the line is low.
    pub active_low: bool,
}

/// What one guard holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The line of an active buzzer.
    Gpio(gpio::Place),
    /// The channel of a passive sounder.
    Pwm(pwm::Place),
    /// All lamps.
    Lamps(Vec<LampLine>),
}

impl Charge {
    /// That of the buzzer; `None` without one.
    #[must_use]
    pub fn buzzer(buzzer: &model::Buzzer) -> Option<Self> {
        match buzzer.driver {
            model::BuzzerDriver::None => None,
            model::BuzzerDriver::Gpio => Some(Self::Gpio(gpio::Place::new(&buzzer.chip, buzzer.line))),
            model::BuzzerDriver::Pwm => Some(Self::Pwm(pwm::Place::new(&buzzer.chip, buzzer.line))),
        }
    }

    /// That of the lamps, in their order.
    #[must_use]
    pub fn lamps(lamps: &[model::Lamp]) -> Self {
        let line = |lamp: &model::Lamp| LampLine {
            place: gpio::Place::new(&lamp.chip, lamp.line),
            active_low: lamp.active_low,
        };
        Self::Lamps(lamps.iter().map(line).collect())
    }

    /// The arguments after `guard` by which another process of this program is told.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Gpio(place) => vec!["--gpio".into(), joined(&place.line.to_string(), &place.chip)],
            Self::Pwm(place) => vec!["--pwm".into(), joined(&place.channel.to_string(), &place.chip)],
            Self::Lamps(lines) => {
                let told = |line: &LampLine| {
                    let sense = if line.active_low { "low" } else { "high" };
                    ["--lamp".into(), joined(&format!("{}:{sense}", line.place.line), &line.place.chip)]
                };
                lines.iter().flat_map(told).collect()
            }
        }
    }

    /// The guard that people read of.
    #[must_use]
    pub fn guard(&self) -> &'static str {
        match self {
            Self::Gpio(_) | Self::Pwm(_) => "the buzzer's guard",
            Self::Lamps(_) => "the lamps' guard",
        }
    }

    /// What is said when it works, and when it does not.
    #[must_use]
    pub fn verdicts(&self) -> [&'static str; 2] {
        match self {
            Self::Gpio(_) | Self::Pwm(_) => {
                ["the buzzer works", "the buzzer does not work and will be tried again"]
            }
            Self::Lamps(_) => ["the lamps work", "the lamps do not work and will be tried again"],
        }
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gpio(place) => place.fmt(f),
            Self::Pwm(place) => place.fmt(f),
            Self::Lamps(lines) => {
                for (n, line) in lines.iter().enumerate() {
                    write!(f, "{}{}", if n == 0 { "" } else { ", " }, line.place)?;
                }
                Ok(())
            }
        }
    }
}

/// `NUMBER:CHIP`; the chip comes last, since its path may hold anything.
fn joined(number: &str, chip: &std::path::Path) -> OsString {
    let mut text = OsString::from(number);
    text.push(":");
    text.push(chip);
    text
}

/// What stands before and after the first colon.
fn split(text: &OsStr) -> Option<(&str, PathBuf)> {
    let bytes = text.as_bytes();
    let colon = bytes.iter().position(|&byte| byte == b':')?;
    let chip = OsString::from_vec(bytes[colon + 1..].to_vec());
    Some((std::str::from_utf8(&bytes[..colon]).ok()?, chip.into()))
}

/// Reads `LINE:CHIP`.
#[must_use]
pub fn gpio_place(text: &OsStr) -> Option<gpio::Place> {
    let (line, chip) = split(text)?;
    Some(gpio::Place { chip, line: line.parse().ok()? })
}

/// Reads `CHANNEL:CHIP`.
#[must_use]
pub fn pwm_place(text: &OsStr) -> Option<pwm::Place> {
    let (channel, chip) = split(text)?;
    Some(pwm::Place { chip, channel: channel.parse().ok()? })
}

/// Reads `LINE:high|low:CHIP`.
#[must_use]
pub fn lamp_line(text: &OsStr) -> Option<LampLine> {
    let (line, rest) = split(text)?;
    let (sense, chip) = split(rest.as_os_str())?;
    let active_low = match sense {
        "high" => false,
        "low" => true,
        _ => return None,
    };
    Some(LampLine { place: gpio::Place { chip, line: line.parse().ok()? }, active_low })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_end_says_the_other_understands() {
        let place = gpio::Place::new("/dev/gpio:chip 0".as_ref(), 18);
        let said = |charge: Charge| charge.arguments().pop().expect("a place");
        assert_eq!(gpio_place(&said(Charge::Gpio(place.clone()))), Some(place.clone()));
        let channel = pwm::Place::new("/sys/class/pwm/pwmchip0".as_ref(), 1);
        assert_eq!(pwm_place(&said(Charge::Pwm(channel.clone()))), Some(channel));
        for active_low in [false, true] {
            let line = LampLine { place: place.clone(), active_low };
            assert_eq!(lamp_line(&said(Charge::Lamps(vec![line.clone()]))), Some(line));
        }
        assert_eq!(lamp_line("24:up:/dev/gpiochip0".as_ref()), None);
        assert_eq!(gpio_place("/dev/gpiochip0".as_ref()), None);
    }
}
