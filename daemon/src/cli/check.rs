//! `bellboard check`: what is wrong with a configuration, or what it sets up.
//!
//! Owns the wording of the verdict. Refuses to start anything.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use super::exit;
use crate::config::{
    self, Config,
    model::{BuzzerDriver, Display, DisplayDriver},
};

/// List every problem of a configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bellboard check --config config/bellboard.toml")]
pub struct Args {
    /// The configuration, else the one that `bellboard run` would use
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Says what is wrong, a line a problem, or that all is well; returns the exit code. Fails
/// where `out` or `err` does.
pub fn run(args: Args, mut out: impl Write, mut err: impl Write) -> io::Result<u8> {
    match config::obtain(args.config) {
        Ok((config, origin)) => {
            writeln!(out, "{origin}: no problem; {}", summary(&config))?;
            Ok(exit::OK)
        }
        Err(problems) => {
            writeln!(err, "{problems}")?;
            Ok(exit::CONFIG)
        }
    }
}

/// What a configuration sets up, in one line.
fn summary(config: &Config) -> String {
    let mut parts = vec![format!("board `{}`", config.board.id)];
    let roots: Vec<&str> = config.sources.0.iter().map(|source| source.root.as_str()).collect();
    let brokers: Vec<String> =
        config.mqtt.hosts.iter().map(|(host, port)| format!("{host} port {port}")).collect();
    parts.push(format!("follows {} at {}", roots.join(", "), brokers.join(", ")));
    if config.broker.embedded {
        parts.push(format!("embedded broker on {}", config.broker.listen));
    }
    for display in &config.displays {
        parts.push(format!("display `{}` {}", display.name, place(display)));
    }
    if config.displays.is_empty() {
        parts.push("no display".to_owned());
    }
    let (line, chip) = (config.buzzer.line, config.buzzer.chip.display());
    parts.push(match config.buzzer.driver {
        BuzzerDriver::None => "no buzzer".to_owned(),
        BuzzerDriver::Gpio => format!("buzzer on line {line} of {chip}"),
        BuzzerDriver::Pwm => format!("sounder on PWM channel {line} of {chip}"),
    });
    if config.button.enabled {
        parts.push(format!("button on line {} of {}", config.button.line, config.button.chip.display()));
    }
    match config.lamps.len() {
        0 => {}
        1 => parts.push("1 lamp".to_owned()),
        n => parts.push(format!("{n} lamps")),
    }
    if let Some(listen) = config.http.listen {
        parts.push(format!("status page on {listen}"));
    }
    let names: Vec<String> = config.policies.iter().map(|policy| format!("`{}`", policy.name)).collect();
    parts.push(match names.len() {
        0 => "no policy".to_owned(),
        1 => format!("1 policy: {}", names[0]),
        n => format!("{n} policies: {}", names.join(", ")),
    });
    parts.join("; ")
}

/// How large a display is and where, as far as the configuration says so.
fn place(display: &Display) -> String {
    let (width, height) = display.size;
    match (display.driver, &display.spi) {
        (DisplayDriver::Terminal, _) => format!("{width}x{height} in the terminal"),
        (DisplayDriver::Framebuffer, _) => format!("on {}", display.device.display()),
        (_, Some(spi)) => format!("{width}x{height} on {}", spi.device.display()),
        (_, None) => format!("{width}x{height} at {:#04x} on {}", display.address, display.bus.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> (u8, String, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("b.toml");
        std::fs::write(&path, text).expect("written");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(Args { config: Some(path) }, &mut out, &mut err).expect("written to memory");
        let prefix = format!("{}/", folder.path().display());
        let text = |bytes| String::from_utf8(bytes).expect("text").replace(&prefix, "");
        (code, text(out), text(err))
    }

    #[test]
    fn every_problem_has_its_line_and_the_exit_code_is_that_of_a_bad_configuration() {
        let (code, out, err) = check("[mqtt]\nkeepalive = 1\n[board]\nid = \"\"\n");
        assert_eq!((code, out.as_str(), err.lines().count()), (78, "", 2));
        assert!(err.starts_with("b.toml:2:1: unknown key `keepalive`"), "{err}");
    }

    #[test]
    fn each_display_is_told_with_its_place() {
        let spi = "driver = \"sh1106\"\nspi = \"/dev/spidev0.0\"\ndc = 25\n";
        let tv = "[[display]]\nname = \"tv\"\ndriver = \"framebuffer\"\n";
        let (code, out, err) = check(&format!("[[display]]\n{spi}{tv}"));
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(
            out.contains("; display `oled` 128x64 on /dev/spidev0.0; display `tv` on /dev/fb0; "),
            "{out}"
        );
    }

    #[test]
    fn a_good_configuration_is_told_in_one_line() {
        let (code, out, err) = check("[[display]]\n[buzzer]\ndriver = \"gpio\"\n[[sla]]\nname = \"all\"\n");
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(
            out,
            "b.toml (--config): no problem; board `board`; follows support at 127.0.0.1 port 1883; \
             display `oled` 128x64 at 0x3c on /dev/i2c-1; buzzer on line 18 of /dev/gpiochip0; 1 policy: `all`\n"
        );
    }
}
