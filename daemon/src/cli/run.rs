//! `bellboard run`: the daemon.
//!
//! Owns what a start needs: the configuration, the log, the folder for state. Refuses to know
//! how the daemon is put together.

use std::{
    env,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use tracing::info;

use super::serve::{Daemon, end_on_panic, end_signal, runtime};
use crate::{
    config::{self, Origin, model::DisplayDriver},
    io::log,
};

/// `bellboard run`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bellboard run --config /etc/bellboard/bellboard.toml --log debug")]
pub struct Args {
    /// The configuration [default: $BELLBOARD_CONFIG, else /etc/bellboard/bellboard.toml, else the defaults]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where state is kept [default: $STATE_DIRECTORY, else bellboard in the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// How much to log: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", env = log::LEVEL_VARIABLE, default_value = "info")]
    pub log: String,
}

/// Runs until it is told to end.
pub fn run(args: Args) -> anyhow::Result<()> {
    let (config, origin) = config::obtain(args.config)?;
    let in_terminal = config.displays.iter().any(|display| display.driver == DisplayDriver::Terminal);
    // Lines of a log would be written across the picture.
    let in_its_way = in_terminal && io::stderr().is_terminal();
    log::start(if in_its_way { "off" } else { &args.log })?;
    end_on_panic();
    greet(&origin);
    let state_dir = args.state.or_else(state_dir);
    runtime()?.block_on(Daemon { config, state_dir }.serve(end_signal(), |_| ()))
}

fn greet(origin: &Origin) {
    info!(version = env!("CARGO_PKG_VERSION"), configuration = %origin, "bellboard");
}

/// The service manager's folder, else the user's (XDG base directories).
fn state_dir() -> Option<PathBuf> {
    let var = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("STATE_DIRECTORY")
        .or_else(|| var("XDG_STATE_HOME").map(|home| home.join("bellboard")))
        .or_else(|| var("HOME").map(|home| home.join(Path::new(".local/state/bellboard"))))
}
