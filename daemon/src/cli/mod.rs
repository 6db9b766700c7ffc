//! What a person types: arguments to a command, one file a command.

pub mod check;
pub mod demo;
pub mod exit;
pub mod replay;
pub mod schema;
pub mod render;
pub mod guard;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

/// Status board for support floors.
#[derive(Debug, Parser)]
#[command(name = "bellboard", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold the buzzer's line for a running daemon
    #[command(hide = true)]
    Guard(guard::Line),
    /// Drive the buzzer's line low after the daemon was killed
    #[command(hide = true)]
    Silence(guard::Line),
}

/// Does what the arguments (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Guard(line) => guard::guard(&line),
            Command::Silence(line) => guard::silence(&line),
        },
        Err(error) => {
            // Without a terminal or a pipe there is nobody to tell.
            let _ = error.print();
            if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS }
        }
    }
}
