//! What a person types: arguments to a command, one file a command.
//!
//! Owns the list of commands and the exit code of each failure. Refuses to do a command's work.

pub mod check;
#[cfg(feature = "embedded-broker")]
pub mod demo;
pub mod exit;
pub mod explain;
#[cfg(feature = "history")]
pub mod export;
pub mod gallery;
pub mod guard;
#[cfg(feature = "history")]
pub mod import;
pub mod publish;
pub mod render;
pub mod replay;
#[cfg(feature = "history")]
pub mod report;
pub mod run;
pub mod schema;
pub mod serve;
mod signals;
pub mod silence;

use std::{ffi::OsString, fmt::Display, io, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Problems},
    io::outputs::terminal,
};

/// Status board for support floors: the waiting queue on a display and a buzzer, fed over MQTT
#[derive(Debug, Parser)]
#[command(name = "bellboard", version)]
#[command(after_help = "Example:\n  bellboard demo --for 40s --headless\n\n\
    Exit codes follow sysexits.h: 64 wrong command line, 65 wrong input, 66 no input, 69 no broker,\n\
    70 internal error, 73 no output, 74 reading or writing failed, 78 wrong configuration.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the board: follow the broker, drive displays, buzzer and button
    Run(run::Args),
    /// Show a board at work: a broker, a simulated support desk and the display, in this terminal
    #[cfg(feature = "embedded-broker")]
    Demo(demo::Args),
    /// List every problem of a configuration, with line, column and a hint
    Check(check::Args),
    /// Replay a recording and print what the board would have done
    Replay(replay::Args),
    /// Say which policy a conversation falls under, and when each of its clocks is due and why
    Explain(explain::Args),
    /// Say how fast, how many, how well and when, from the history that the board keeps
    #[cfg(feature = "history")]
    Report(report::Args),
    /// Print the rows of the history as JSON lines or CSV
    #[cfg(feature = "history")]
    Export(export::Args),
    /// Take rows into the history, as `bellboard export` prints them
    #[cfg(feature = "history")]
    Import(import::Args),
    /// Draw a published board as a PNG, pixel for pixel as on a display
    Render(render::Args),
    /// Put one conversation on the broker
    Publish(Box<publish::PublishArgs>),
    /// Print the JSON Schemas of the MQTT messages
    Schema(schema::Args),
    /// Hold the lines of buzzer and lamps for a running daemon
    #[command(hide = true)]
    Guard(guard::Args),
    /// Silence the buzzer, and darken lamps and displays after the daemon was killed
    #[command(hide = true)]
    Silence(silence::Args),
}

/// Does what the arguments (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments.command.run(),
        Err(error) => {
            // Without a terminal or a pipe there is nobody to tell.
            let _ = error.print();
            if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS }
        }
    }
}

impl Command {
    fn run(self) -> ExitCode {
        match self {
            Self::Run(args) => anyhow_code(run::run(args)),
            #[cfg(feature = "embedded-broker")]
            Self::Demo(args) => anyhow_code(demo::run(&args)),
            Self::Check(args) => io_code(check::run(args, io::stdout(), io::stderr())),
            Self::Replay(args) => replay(&args),
            Self::Explain(args) => explain(&args),
            #[cfg(feature = "history")]
            Self::Report(args) => report(report::run(&args, io::stdout().lock())),
            #[cfg(feature = "history")]
            Self::Export(args) => report(export::run(&args, io::stdout().lock())),
            #[cfg(feature = "history")]
            Self::Import(args) => import::run(&args, io::stdout())
                .map_or_else(|error| fail(error.code(), error), |()| ExitCode::SUCCESS),
            Self::Render(args) => {
                render::run(&args).map_or_else(|error| fail(error.code(), error), |()| ExitCode::SUCCESS)
            }
            Self::Publish(args) => io_code(publish::run(&args, io::stdout(), io::stderr())),
            Self::Schema(args) => io_code(schema::run(&args, io::stdout(), io::stderr())),
            Self::Guard(args) => guard::guard(&args),
            Self::Silence(args) => silence::run(args),
        }
    }
}

fn replay(args: &replay::Args) -> ExitCode {
    use replay::ReplayError;
    let config = match config::obtain(args.config.clone()) {
        Ok((config, _)) => config,
        Err(problems) => return fail(exit::CONFIG, problems),
    };
    match replay::run(config, args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ReplayError::Io(error)) => io_code(Err::<u8, _>(error)),
        Err(error @ ReplayError::Open { .. }) => fail(exit::NO_INPUT, error),
        Err(error @ ReplayError::Line { .. }) => fail(exit::DATA, error),
    }
}

fn explain(args: &explain::Args) -> ExitCode {
    use explain::ExplainError;
    match explain::run(args, io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ExplainError::Io(error)) => io_code(Err::<u8, _>(error)),
        Err(error) => fail(error.code(), error),
    }
}

#[cfg(feature = "history")]
fn report(outcome: Result<(), report::ReportError>) -> ExitCode {
    use report::ReportError;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(ReportError::Io(error)) => io_code(Err::<u8, _>(error)),
        Err(error) => fail(error.code(), error),
    }
}

/// The exit code of a command that may have failed for any reason, which is told.
fn anyhow_code(outcome: anyhow::Result<()>) -> ExitCode {
    // The thread that draws on the terminal may outlive a failure: what is told must not stand on
    // its picture.
    terminal::restore();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Problems>() => fail(exit::CONFIG, error),
        Err(error) => fail(code_of(&error), in_full(&error)),
    }
}

/// An error and its causes, without those that it has told already.
fn in_full(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// What a failure's kind is, by what it was made of.
fn code_of(error: &anyhow::Error) -> u8 {
    use crate::io::{log::LogError, mqtt::SettingsError, outputs::terminal::TerminalError};
    if error.is::<LogError>() {
        exit::USAGE
    } else if error.is::<SettingsError>() || is_about_users(error) {
        exit::CONFIG
    } else if matches!(error.downcast_ref(), Some(TerminalError::NotATerminal | TerminalError::Dumb)) {
        exit::CANNOT_CREATE
    } else if error.is::<serde_json::Error>() {
        exit::DATA
    } else if error.chain().any(<dyn std::error::Error>::is::<io::Error>) {
        exit::IO
    } else {
        exit::SOFTWARE
    }
}

/// Whether the embedded broker's list of users is at fault, which belongs to the configuration.
fn is_about_users(error: &anyhow::Error) -> bool {
    #[cfg(feature = "embedded-broker")]
    {
        use crate::io::broker::BrokerError;
        matches!(error.downcast_ref(), Some(BrokerError::Users(_) | BrokerError::NeedsUsers { .. }))
    }
    #[cfg(not(feature = "embedded-broker"))]
    {
        let _ = error;
        false
    }
}

/// The exit code of a command that only writes. A reader that has gone, as `head` does, is no failure.
fn io_code(outcome: io::Result<impl Into<ExitCode>>) -> ExitCode {
    match outcome {
        Ok(code) => code.into(),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(exit::IO, error),
    }
}

fn fail(code: u8, what: impl Display) -> ExitCode {
    eprintln!("bellboard: {what}");
    code.into()
}
