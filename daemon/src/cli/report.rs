//! `bellboard report`: what the history amounts to.
//!
//! Owns the command's arguments and the way from the database to a report. Refuses to know what a
//! figure means, which the core does, and how a report is laid out.

pub(super) mod csv;
mod html;
mod text;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use bellboard_panel::Timestamp;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use clap::ValueEnum;
use rusqlite::Connection;

use super::{exit, run::state_dir};
use crate::{
    clock::Clock,
    config::{self, Config, Problems},
    core::{
        figures::Sample,
        history::midnight,
        report::{By, Counting, Hours, Period, Report, Week},
    },
    io::history::{FILE, StoreError, read},
};

/// Without `--since`: a week.
const WEEK_MS: u64 = 7 * 86_400_000;

/// Say how fast, how many, how well and when, from the history that the board keeps
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bellboard report\n  bellboard report --since 30d --by channel\n  \
    bellboard report --since 2026-11-01 --until 2026-11-30 --by day --format csv > november.csv\n  \
    bellboard report --since 90d --hours\n  \
    bellboard report --since 30d --format html > report.html\n\n\
    The board may be running meanwhile. A conversation belongs to the time at which it was opened, a\n\
    wait to the time at which it began. Percentiles are those of the nearest rank. Times are local to\n\
    [board] timezone.\n\n\
    Exit codes: 66 no history, 74 it cannot be read, 78 wrong configuration")]
pub struct Args {
    /// From here on: a time such as 7d or 12h before now (days from midnight on), or a date [default: 7d]
    #[arg(long, value_name = "7d|DATE", value_parser = since)]
    pub since: Option<Since>,
    /// Up to the end of this day [default: now]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<NaiveDate>,
    /// What to group by
    #[arg(long, value_enum, default_value_t = By::Day)]
    pub by: By,
    /// When customers write, by the hours of the week, and what opening hours leave uncovered
    #[arg(long, conflicts_with = "by")]
    pub hours: bool,
    /// As what to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The configuration, else the one that `bellboard run` would use
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where state is kept [default: $STATE_DIRECTORY, else bellboard in the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// Where a period begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So many milliseconds before now.
    Ago(u64),
    /// At the beginning of a day.
    Day(NaiveDate),
}

/// What a report is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned text.
    Text,
    /// Comma-separated values, a line a group.
    Csv,
    /// One JSON object.
    Json,
    /// One file for a browser, with charts.
    Html,
}

impl ValueEnum for By {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.word().into())
    }
}

pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "a date is written like 2026-11-30".into())
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    match (config::duration_ms(text), text.parse()) {
        (Some(ms), _) if ms > 0 => Ok(Since::Ago(ms)),
        (_, Ok(day)) => Ok(Since::Day(day)),
        _ => Err("a beginning is a time before now, such as 7d or 12h, or a date such as 2026-11-01".into()),
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(#[from] Problems),
    /// Nobody has said where state is kept.
    #[error("there is no folder for state: name the one that the board keeps its history in, with --state")]
    NoFolder,
    /// There is no history.
    #[error("{}: there is no history; name the folder of a board that keeps one, with --state", .0.display())]
    NoHistory(PathBuf),
    /// It cannot be read.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It cannot be read to its end.
    #[error("the history cannot be read: {0}")]
    Read(#[from] rusqlite::Error),
    /// A chart fails.
    #[error("{0}")]
    Chart(#[from] html::ChartError),
    /// The period ends before it begins.
    #[error("--until {until} is before --since, which is {since}")]
    NoTime {
        /// The first day.
        since: NaiveDate,
        /// The last day.
        until: NaiveDate,
    },
    /// Nothing can be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl ReportError {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Config(_) => exit::CONFIG,
            Self::NoFolder | Self::NoHistory(_) => exit::NO_INPUT,
            Self::NoTime { .. } => exit::USAGE,
            Self::Chart(_) => exit::SOFTWARE,
            Self::Store(_) | Self::Read(_) | Self::Io(_) => exit::IO,
        }
    }
}

/// The open history, and the configuration of the board that keeps it.
pub(super) fn open(
    config: Option<PathBuf>,
    state: Option<PathBuf>,
) -> Result<(Config, Connection), ReportError> {
    let (config, _) = config::obtain(config)?;
    let dir = state.or_else(state_dir).ok_or(ReportError::NoFolder)?;
    let file = dir.join(FILE);
    if !file.exists() {
        return Err(ReportError::NoHistory(file));
    }
    Ok((config, read::open(&dir)?))
}

/// Reads, counts, writes to `out`.
pub fn run(args: &Args, mut out: impl Write) -> Result<(), ReportError> {
    let (config, history) = open(args.config.clone(), args.state.clone())?;
    let now = Clock::start().now().wall;
    let period = period_of(args.since, args.until, &config)?;
    if args.hours {
        let week = week(&history, &period, &config)?;
        match args.format {
            Format::Text => out.write_all(text::week(&week, &period, &config).as_bytes())?,
            Format::Csv => out.write_all(csv::week(&week).as_bytes())?,
            Format::Json => json(&week, &mut out)?,
            Format::Html => {
                let verdict = text::verdict(&week, &config);
                out.write_all(html::week(&week, &period, &config.board.name, &verdict)?.as_bytes())?;
            }
        }
        return Ok(());
    }
    let report = report(&history, args.by, &period, now)?;
    match args.format {
        Format::Text => out.write_all(text::report(&report, &period, &config.board.name).as_bytes())?,
        Format::Csv => out.write_all(csv::report(&report).as_bytes())?,
        Format::Json => json(&report, &mut out)?,
        Format::Html => out.write_all(html::report(&report, &period, &config.board.name)?.as_bytes())?,
    }
    Ok(())
}

fn json(what: &impl serde::Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, what)?;
    writeln!(out)
}

/// The period that was asked for, up to now.
pub(super) fn period_of(
    since: Option<Since>,
    until: Option<NaiveDate>,
    config: &Config,
) -> Result<Period, ReportError> {
    let zone = config.board.timezone.or_else(config::machine_timezone).unwrap_or(Tz::UTC);
    period(since, until, Clock::start().now().wall, zone)
}

fn period(
    since: Option<Since>,
    until: Option<NaiveDate>,
    now: Timestamp,
    zone: Tz,
) -> Result<Period, ReportError> {
    let end = until.map_or(now, |day| midnight(day.checked_add_days(Days::new(1)).unwrap_or(day), zone));
    let mut period = match since.unwrap_or(Since::Ago(WEEK_MS)) {
        // The midnight at which a day ends is not of the next one.
        Since::Ago(ms) => Period::last(ms, if until.is_some() { end.plus_millis(-1) } else { end }, zone),
        Since::Day(day) => Period { within: midnight(day, zone)..end, zone },
    };
    period.within.end = end;
    if period.within.start >= period.within.end {
        let (since, _) = period.days();
        return Err(ReportError::NoTime { since, until: until.unwrap_or(since) });
    }
    Ok(period)
}

fn report(history: &Connection, by: By, period: &Period, now: Timestamp) -> rusqlite::Result<Report> {
    let mut counting = Counting::new(by, period.clone(), now);
    read::conversations(history, &period.within, |traits, row| {
        counting.conversation(traits, row.opened, row.first_reply.is_some());
    })?;
    read::waits(history, &period.within, |traits, wait| counting.wait(traits, wait))?;
    let before = period.before().within;
    let mut sample = Sample::default();
    read::conversations(history, &before, |_, row| sample.conversation(row.first_reply.is_some()))?;
    read::waits(history, &before, |_, wait| sample.wait(wait, now))?;
    Ok(counting.report(sample))
}

fn week(history: &Connection, period: &Period, config: &Config) -> rusqlite::Result<Week> {
    let mut hours = Hours::new(period.zone, &config.board.calendar);
    read::conversations(history, &period.within, |_, row| hours.conversation(row.opened))?;
    read::waits(history, &period.within, |_, wait| hours.wait(wait))?;
    Ok(hours.week())
}
