//! How the board is set up: TOML to a checked [`Config`], with every problem at once.
//!
//! Owns the reading of configurations. Refuses to act on any of it.

pub mod duration;
mod files;
mod ics;
mod item;
mod locate;
pub mod model;
mod problem;
mod reader;
mod reload;
mod sections;
mod sheet;
mod spelling;
#[cfg(test)]
mod tests;
mod value;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    str::FromStr,
};

use chrono_tz::Tz;
use toml::{Spanned, de::DeTable};

/// Milliseconds of a duration such as `90s`, `15m`, `1h30m`; `None` for anything else.
pub use duration::parse as duration_ms;
pub use locate::{Origin, SYSTEM_FILE, VARIABLE, credential, locate};
pub use model::Config;
pub use problem::{Position, Problem, Problems};

use reader::Reader;
use sheet::Sheet;

/// A configuration is a few kilobytes; whatever is larger than this is another file.
const MAX_BYTES: u64 = 1 << 20;

/// The credential that stands in for a missing `password_file`.
const PASSWORD_CREDENTIAL: &str = "mqtt-password";

/// Finds the configuration file and loads it; without one, the defaults.
pub fn obtain(flag: Option<PathBuf>) -> Result<(Config, Origin), Problems> {
    let (path, origin) = locate(flag);
    let config = path.map_or_else(|| Ok(Config::default()), |path| load(&path))?;
    Ok((config, origin))
}

/// The configuration as far as it can be read, and what is wrong with it. For what must be done
/// whatever state the file is in: all that was refused has its default.
#[must_use]
pub fn salvage(flag: Option<PathBuf>) -> (Config, Option<Problems>) {
    let Some(path) = locate(flag).0 else { return (Config::default(), None) };
    match open(&path) {
        Ok(text) => {
            let sheet = Sheet::new(&path, &text, false);
            let document = document(&sheet, &text);
            let config = Reader::document(&sheet, document.get_ref(), sections::config);
            (config, sheet.finish().err())
        }
        Err(problems) => (Config::default(), Some(problems)),
    }
}

/// Reads and checks a configuration file and looks at the files it names. Where it names a user
/// and no password file, the service's credential `mqtt-password` takes its place.
pub fn load(path: &Path) -> Result<Config, Problems> {
    let mut config = examine(&open(path)?, path, true)?;
    if config.mqtt.username.is_some() && config.mqtt.password_file.is_none() {
        config.mqtt.password_file = credential(PASSWORD_CREDENTIAL);
    }
    Ok(config)
}

/// Checks the text of a configuration. `file_name` is what messages call it; files it names are
/// relative to that file's folder, and are not looked at.
pub fn parse(text: &str, file_name: impl AsRef<Path>) -> Result<Config, Problems> {
    examine(text, file_name.as_ref(), false)
}

/// The time zone that this machine is set to; `None` when that cannot be found out.
#[must_use]
pub fn machine_timezone() -> Option<Tz> {
    iana_time_zone::get_timezone().ok().and_then(|name| Tz::from_str(&name).ok())
}

fn examine(text: &str, file: &Path, look_at_files: bool) -> Result<Config, Problems> {
    let sheet = Sheet::new(file, text, look_at_files);
    let document = document(&sheet, text);
    // What follows a broken line would be guesswork: its keys may belong to another table.
    sheet.finish()?;
    let config = Reader::document(&sheet, document.get_ref(), sections::config);
    if look_at_files {
        sheet.named_files().iter().for_each(files::check);
    }
    sheet.finish().map(|()| config)
}

/// The document, without the parts that are not TOML, which are reported.
fn document<'a>(sheet: &Sheet<'_>, text: &'a str) -> Spanned<DeTable<'a>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let byte = error.span().map_or(0, |span| span.start);
        sheet.report(byte, "", format!("this is not TOML: {}", error.message().trim()), None);
    }
    document
}

fn open(path: &Path) -> Result<String, Problems> {
    read(path).map_err(|message| {
        let file = path.into();
        Problems(vec![Problem { file, at: None, key: String::new(), message, hint: None }])
    })
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path);
    match file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err(format!("is larger than {} KiB", MAX_BYTES / 1024)),
        Ok(_) => String::from_utf8(bytes)
            .map_err(|error| format!("is not UTF-8 text from byte {} on", error.utf8_error().valid_up_to())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("does not exist".into()),
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err("is a folder".into()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}
