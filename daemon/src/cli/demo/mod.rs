//! `bellboard demo`: the whole product on one machine, with nothing to install.
//!
//! Owns the simulated support desk and its link to a broker. Refuses to take any short cut
//! to the board: everything it shows has travelled over MQTT.

pub mod desk;
pub mod floor;
pub mod link;
pub mod talk;

use std::{
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use bellboard_panel::{Snapshot, Timestamp, snapshot::AlarmSummary};
use tokio::{
    sync::{mpsc, watch},
    time,
};

use super::{
    serve::{Daemon, end_on_panic, runtime},
    signals::Signals,
};
use crate::{
    config::{
        Config,
        model::{Display, DisplayDriver},
    },
    io::{broker::EmbeddedBroker, log},
};

/// In the headless demo nobody presses a key: an alarm is acknowledged after this time, as by
/// somebody who looks up, reads and reaches for the button.
const ACK_AFTER: Duration = Duration::from_secs(8);

/// `bellboard demo`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bellboard demo\n  bellboard demo --for 40s --headless")]
pub struct Args {
    /// End by itself after this time, such as 20s or 5m
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Print one line a second instead of drawing the board
    #[arg(long)]
    pub headless: bool,
    /// The same seed gives the same morning
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Keep state and history here, for `bellboard report` [default: nowhere]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// How much to log: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", env = log::LEVEL_VARIABLE, default_value = "warn")]
    pub log: String,
}

fn duration(text: &str) -> Result<Duration, String> {
    let millis = crate::config::duration_ms(text);
    millis.map(Duration::from_millis).ok_or_else(|| "not a time such as 20s, 5m or 1h30m".into())
}

/// Plays a morning on a support floor.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let headless = args.headless || !io::stdout().is_terminal();
    log::start(if headless { &args.log } else { "off" })?;
    end_on_panic();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    runtime()?.block_on(play(args.duration, headless, seed, args.state.clone()))
}

async fn play(
    length: Option<Duration>,
    headless: bool,
    seed: u64,
    state_dir: Option<PathBuf>,
) -> anyhow::Result<()> {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listen = crate::config::model::Broker { embedded: true, listen: loopback, users_file: None };
    let broker = EmbeddedBroker::start(&listen, None).context("the demo's broker")?;
    let address = broker.local_addr();
    let (stop, stopped) = watch::channel(false);
    let desk = tokio::spawn(link::play(address, seed, stopped));
    let daemon = Daemon { config: config(address, headless), state_dir };
    if headless {
        println!("a support desk and its board, over MQTT on {address}, seed {seed}");
    }
    let (_, no_other_config) = mpsc::channel(1);
    let end = async {
        tokio::select! {
            () = Signals::listen().end() => {}
            () = at_last(length) => {}
        }
    };
    let served = daemon
        .serve(end, no_other_config, |board| {
            if headless {
                tokio::spawn(print(board, address));
            }
        })
        .await;
    stop.send_replace(true);
    desk.await.context("the demo's desk")?;
    broker.shutdown().await.context("the demo's broker")?;
    served
}

async fn at_last(length: Option<Duration>) {
    match length {
        Some(length) => time::sleep(length).await,
        None => std::future::pending().await,
    }
}

fn config(address: SocketAddr, headless: bool) -> Config {
    let mut config = Config { policies: floor::policies(), ..Config::default() };
    config.board.name = "Support floor".into();
    config.mqtt.hosts = vec![(address.ip().to_string(), address.port())];
    if !headless {
        let driver = DisplayDriver::Terminal;
        config.displays =
            vec![Display { name: "terminal".into(), driver, grows: true, ..Display::default() }];
    }
    config
}

/// One line a second, and the acknowledgement that a person would have given by a key.
async fn print(mut board: watch::Receiver<Arc<Snapshot>>, address: SocketAddr) {
    let mut second = time::interval(Duration::from_secs(1));
    let mut ringing_since: Option<time::Instant> = None;
    while board.has_changed().is_ok() {
        second.tick().await;
        let snapshot = Arc::clone(&board.borrow_and_update());
        // Whoever reads the lines may have gone, and the demo ends by its own clock.
        _ = writeln!(io::stdout(), "{}", line(&snapshot));
        let rings = snapshot.alarm.unacked > 0;
        ringing_since = ringing_since.filter(|_| rings).or_else(|| rings.then(time::Instant::now));
        if ringing_since.is_some_and(|since| since.elapsed() >= ACK_AFTER) {
            link::acknowledge(address).await;
            ringing_since = None;
        }
    }
}

fn line(board: &Snapshot) -> String {
    let oldest = board.oldest.as_ref();
    let oldest =
        oldest.map_or("nobody waits".into(), |o| format!("oldest {:>3} s on {}", o.waiting_s, o.channel));
    let AlarmSummary { unacked, acked, .. } = board.alarm;
    let alarm = match (unacked, acked) {
        (0, 0) => String::new(),
        (0, acked) => format!(" | {acked} acknowledged"),
        (unacked, acked) => format!(" | ALARM: {unacked} not acknowledged, {acked} acknowledged"),
    };
    format!(
        "{} {:<7} | {:>2} open, {:>2} waiting | {oldest} | {} at risk, {} breached{alarm}",
        Timestamp::from_secs(board.at.secs()).unwrap_or(board.at),
        board.trust.word(),
        board.open,
        board.waiting,
        board.at_risk,
        board.breached,
    )
}
