//! `bellboard explain`: why a conversation's clocks stand as they do.
//!
//! Owns the command's arguments and the way from the payload to the explanation. Refuses to know
//! the reasons, which the core gives, and their layout.

mod page;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use bellboard_panel::Timestamp;
use chrono_tz::Tz;

use super::{exit, publish::When};
use crate::{
    clock::Clock,
    config::{self, Problems},
    core::{
        decode::{self, MAX_PAYLOAD, Refused},
        explain::explain,
    },
};

/// Say which policy a conversation falls under, and when each of its clocks is due and why
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  mosquitto_sub -t support/conversations/fb-1842 -C 1 | bellboard explain -\n\n\
    With --json, one object: `at`, `zone`, `conversation` (what policies look at), `policy` (name or\n\
    null), `passed` (each policy before it, `because` of `field`, `is`, `wants`), `clocks` (four, each\n\
    with `clock`, `state` or `idle`, `given`, `start`, `warn_at`, `due_at`, `target_ms`, `warn_share`,\n\
    `calendar`, `periods` of `from`, `to`, `counts_ms`), `worst` and `next_due`. Times are in UTC.\n\n\
    Exit codes: 65 the board would reject the message, 66 no such file, 78 wrong configuration"
)]
pub struct Args {
    /// The message as it is on `<root>/conversations/<id>`; `-` is standard input
    #[arg(value_name = "CONVERSATION")]
    pub conversation: PathBuf,
    /// The configuration, else the one that `bellboard run` would use
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Judge as of this time: `now`, `-15m`, `+1h30m`, RFC 3339, or seconds of Unix time
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true, value_parser = at)]
    pub at: When,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

fn at(text: &str) -> Result<When, String> {
    match text.parse() {
        Ok(When::Never) | Err(_) => {
            Err("a time is now, -15m, +1h30m, RFC 3339 with an offset, or whole seconds of Unix time".into())
        }
        Ok(when) => Ok(when),
    }
}

/// Why nothing is explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] Problems),
    /// The message cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// The message's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The message cannot be read to its end.
    #[error("cannot read {name}: {source}")]
    Read {
        /// What it is called.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The board would not take the message.
    #[error("the board would reject {name}: {source}")]
    Rejected {
        /// What it is called.
        name: String,
        /// The reason that the board would publish.
        source: Refused,
    },
    /// Nothing can be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ExplainError {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Config(_) => exit::CONFIG,
            Self::Open { .. } => exit::NO_INPUT,
            Self::Rejected { .. } => exit::DATA,
            Self::Read { .. } | Self::Io(_) => exit::IO,
        }
    }
}

/// Reads, explains, writes to `out`.
pub fn run(args: &Args, mut out: impl Write) -> Result<(), ExplainError> {
    let (config, _) = config::obtain(args.config.clone())?;
    let (name, payload) = read(&args.conversation)?;
    let conversation =
        decode::conversation(&payload).map_err(|source| ExplainError::Rejected { name, source })?;
    let zone = config.board.timezone.or_else(config::machine_timezone).unwrap_or(Tz::UTC);
    let told = explain(&config, &conversation, zone, instant(args.at));
    if args.json {
        serde_json::to_writer(&mut out, &told).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        out.write_all(page::Page::of(&told).as_bytes())?;
    }
    Ok(out.flush()?)
}

fn instant(when: When) -> Timestamp {
    match when {
        When::At(at) => at,
        When::FromNow(millis) => Clock::start().now().wall.plus_millis(millis),
        When::Never => Clock::start().now().wall,
    }
}

/// What the message is called, and its bytes: one more than the limit where it is too long, for
/// the decoder to refuse.
fn read(path: &Path) -> Result<(String, Vec<u8>), ExplainError> {
    let (name, reader): (_, Box<dyn Read>) = if path == Path::new("-") {
        ("standard input".to_owned(), Box::new(io::stdin()))
    } else {
        let file = File::open(path).map_err(|source| ExplainError::Open { path: path.to_owned(), source })?;
        (path.display().to_string(), Box::new(file))
    };
    let mut payload = Vec::new();
    match reader.take(MAX_PAYLOAD as u64 + 1).read_to_end(&mut payload) {
        Ok(_) => Ok((name, payload)),
        Err(source) => Err(ExplainError::Read { name, source }),
    }
}
