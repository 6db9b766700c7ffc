//! `bellboard export`: the rows of the history, for other programs.
//!
//! Owns the command's arguments and both forms. Refuses to count anything.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use bellboard_panel::Timestamp;
use chrono::NaiveDate;
use clap::ValueEnum;

use super::report::{self, ReportError, Since, csv::quoted};
use crate::core::history::Told;

/// Print the rows of the history as JSON lines or CSV
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bellboard export > history.jsonl\n  \
    bellboard export --since 2026-11-01 --until 2026-11-30 --format csv > november.csv\n\n\
    json: a conversation a line with all its waits, as `bellboard import` reads it.\n\
    csv: a wait a line with what its conversation is. Lengths are milliseconds, times UTC.\n\n\
    Exit codes: 66 no history, 74 it cannot be read, 78 wrong configuration")]
pub struct Args {
    /// Conversations opened from here on: 7d or 12h before now (days from midnight on), or a date [default: all]
    #[arg(long, value_name = "7d|DATE", value_parser = report::since)]
    pub since: Option<Since>,
    /// Up to the end of this day [default: now]
    #[arg(long, value_name = "DATE", value_parser = report::date)]
    pub until: Option<NaiveDate>,
    /// As what to print it
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// The configuration, else the one that `bellboard run` would use
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where state is kept [default: $STATE_DIRECTORY, else bellboard in the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// What rows are printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON lines.
    Json,
    /// Comma-separated values.
    Csv,
}

/// Reads and writes to `out`.
pub fn run(args: &Args, out: impl Write) -> Result<(), ReportError> {
    let (config, history) = report::open(args.config.clone(), args.state.clone())?;
    let mut period = report::period_of(args.since, args.until, &config)?;
    if args.since.is_none() {
        period.within.start = Timestamp::from_millis(i64::MIN);
    }
    let mut out = BufWriter::new(out);
    if args.format == Format::Csv {
        writeln!(
            out,
            "source,id,channel,queue,priority,public,origin,policy,opened,first_reply,resolved,clock,start,end,\
             outcome,target_ms,due,open_ms"
        )?;
    }
    crate::io::history::read::whole(&history, &period.within, |told| {
        match args.format {
            Format::Json => {
                serde_json::to_writer(&mut out, told).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            Format::Csv => csv(told, &mut out)?,
        }
        Ok::<_, ReportError>(())
    })?;
    Ok(out.flush()?)
}

fn csv(told: &Told, out: &mut impl Write) -> io::Result<()> {
    let word = |kind: serde_json::Result<String>| kind.unwrap_or_default().trim_matches('"').to_owned();
    let conversation = [
        quoted(&told.source),
        quoted(&told.id),
        quoted(&told.channel),
        quoted(&told.queue),
        word(serde_json::to_string(&told.priority)),
        told.public.to_string(),
        word(serde_json::to_string(&told.origin)),
        quoted(told.policy.as_deref().unwrap_or("")),
        told.opened.to_string(),
        shown(told.first_reply),
        shown(told.resolved),
    ]
    .join(",");
    for wait in &told.waits {
        let wait = [
            wait.clock.word().to_owned(),
            wait.start.to_string(),
            shown(wait.end),
            wait.outcome.word().to_owned(),
            shown(wait.target_ms),
            shown(wait.due),
            shown(wait.open_ms),
        ];
        writeln!(out, "{conversation},{}", wait.join(","))?;
    }
    Ok(())
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
