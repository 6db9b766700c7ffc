//! `bellboard import`: rows of a history from elsewhere, for those who come with one.
//!
//! Owns the command's arguments, and what a row from elsewhere has to be. Refuses to count anything.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use super::{exit, report::ReportError, run::state_dir};
use crate::{
    core::{
        clean::clean,
        decode::{self, MAX_CHANNEL, MAX_NAME},
        history::{Record, Told},
    },
    io::history::{StoreError, import},
};

/// So many rows are one transaction.
const BATCH: usize = 10_000;

/// Take rows into the history, as `bellboard export` prints them
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bellboard export --state old | bellboard import --state new -\n\n\
    A row that is there already is replaced, so a file may be taken in twice. The board may be\n\
    running meanwhile; its figures know of the new rows after its next start.\n\n\
    Exit codes: 65 a row is wrong (those before it were taken in), 66 no such file, 74 not written")]
pub struct Args {
    /// JSON lines, a conversation each; `-` is standard input
    #[arg(value_name = "ROWS")]
    pub rows: PathBuf,
    /// Where state is kept [default: $STATE_DIRECTORY, else bellboard in the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// Why rows were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nobody has said where state is kept.
    #[error("{}", ReportError::NoFolder)]
    NoFolder,
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A row is wrong.
    #[error("{name} line {line}: {reason}")]
    Row {
        /// What the file is called.
        name: String,
        /// Its line.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The history cannot be written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The rows cannot be read to their end, or nothing can be said.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ImportError {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::NoFolder | Self::Open { .. } => exit::NO_INPUT,
            Self::Row { .. } => exit::DATA,
            Self::Store(_) | Self::Io(_) => exit::IO,
        }
    }
}

/// Reads, checks, takes in, and says how many to `out`.
pub fn run(args: &Args, mut out: impl Write) -> Result<(), ImportError> {
    let dir = args.state.clone().or_else(state_dir).ok_or(ImportError::NoFolder)?;
    std::fs::create_dir_all(&dir)?;
    let (name, rows): (String, Box<dyn BufRead>) = if args.rows == Path::new("-") {
        ("standard input".into(), Box::new(io::stdin().lock()))
    } else {
        let open = |source| ImportError::Open { path: args.rows.clone(), source };
        (args.rows.display().to_string(), Box::new(BufReader::new(File::open(&args.rows).map_err(open)?)))
    };
    let mut batch = Vec::with_capacity(BATCH);
    let mut taken = 0;
    for (line, text) in (1..).zip(rows.lines()) {
        let row = read(&text?).map_err(|reason| ImportError::Row { name: name.clone(), line, reason });
        match row {
            Ok(told) => batch.push(Record::Told(Box::new(told))),
            Err(error) => {
                import(&dir, &batch)?;
                return Err(error);
            }
        }
        if batch.len() >= BATCH {
            import(&dir, &batch)?;
            taken += batch.len();
            batch.clear();
        }
    }
    import(&dir, &batch)?;
    writeln!(out, "{} conversations", taken + batch.len())?;
    Ok(())
}

fn read(text: &str) -> Result<Told, String> {
    let mut told: Told = serde_json::from_str(text).map_err(|error| error.to_string())?;
    decode::id(&told.id).map_err(|refused| refused.to_string())?;
    told.channel = clean(&told.channel, MAX_CHANNEL).as_ref().into();
    told.queue = clean(&told.queue, MAX_NAME).as_ref().into();
    told.policy = told.policy.map(|policy| clean(&policy, MAX_NAME).into_owned());
    if told.channel.is_empty() || told.queue.is_empty() {
        return Err("a conversation has a channel and a queue".into());
    }
    if told.waits.iter().any(|wait| wait.end.is_some_and(|end| end < wait.start)) {
        return Err("a wait ends before it begins".into());
    }
    // What the main system publishes now it says itself.
    (told.state, told.replaces) = (String::new(), None);
    Ok(told)
}
