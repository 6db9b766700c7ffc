//! The `bellboard` program: hands its arguments to a command.

use std::process::ExitCode;

fn main() -> ExitCode {
    bellboard::cli::run(std::env::args_os())
}
