//! `bellboard run`: the daemon.
//!
//! Owns what a start needs: the configuration, the log, the folder for state. Refuses to know
//! how the daemon is put together.

use std::{
    env,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{
    serve::{Daemon, end_on_panic, runtime},
    signals::{Signals, Wish},
};
use crate::{
    config::{self, Config, Origin, model::DisplayDriver},
    io::{log, systemd},
};

/// Configurations that wait for the event loop: it takes one on in milliseconds.
const MAX_CONFIGS: usize = 1;

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
    let (config, origin) = config::obtain(args.config.clone())?;
    let in_terminal = config.displays.iter().any(|display| display.driver == DisplayDriver::Terminal);
    // Lines of a log would be written across the picture.
    let in_its_way = in_terminal && io::stderr().is_terminal();
    log::start(if in_its_way { "off" } else { &args.log })?;
    end_on_panic();
    greet(&origin);
    let state_dir = args.state.or_else(state_dir);
    if state_dir.is_none() {
        warn!(
            "there is no folder for state: acknowledgements do not survive a restart; name one with --state"
        );
    }
    let (sender, configs) = mpsc::channel(MAX_CONFIGS);
    runtime()?.block_on(async {
        let end = until_the_end(Signals::listen(), args.config, sender);
        Box::pin(Daemon { config, state_dir }.serve(end, configs, |_| ())).await
    })
}

/// Reads the configuration again whenever that is wished for, until the end is. One that is wrong
/// changes nothing: what was in force stays so.
async fn until_the_end(mut signals: Signals, flag: Option<PathBuf>, configs: mpsc::Sender<Config>) {
    while signals.next().await == Wish::Reload {
        systemd::reloading();
        match config::obtain(flag.clone()) {
            Ok((config, _)) => _ = configs.send(config).await,
            Err(problems) => {
                for problem in problems.0 {
                    error!(%problem, "not taken on; the configuration from before stays in force");
                }
            }
        }
        systemd::ready();
    }
}

fn greet(origin: &Origin) {
    info!(version = env!("CARGO_PKG_VERSION"), configuration = %origin, "bellboard");
}

/// The service manager's folder, else the user's (XDG base directories).
pub(super) fn state_dir() -> Option<PathBuf> {
    let var = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("STATE_DIRECTORY")
        .or_else(|| var("XDG_STATE_HOME").map(|home| home.join("bellboard")))
        .or_else(|| var("HOME").map(|home| home.join(Path::new(".local/state/bellboard"))))
}
