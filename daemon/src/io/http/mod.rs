//! The board in a browser: a status page, live, and what programs want to know of it.
//!
//! Owns the page's thread and its life. Refuses to know what the numbers mean, and to do
//! anything to the board by itself: what people ask for goes to the event loop as a command.
//!
//! The page has a thread of its own with its own runtime, so that a flood of browsers holds up
//! neither the intake nor a display. An address that cannot be had yet, as before a network is
//! up, is reported and tried again.

mod board;
mod door;
mod events;
mod gate;
mod page;
mod routes;
mod tables;
mod words;
mod write;

use std::{
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use bellboard_panel::{Look, Snapshot};
use tokio::{
    net::TcpListener,
    runtime,
    sync::{Semaphore, mpsc, watch},
    time,
};

use crate::{
    clock::Clock,
    config::model::{Alarm, Http, TokenFault, token},
    event_loop::Asked,
    io::{outputs::frames::Frames, trouble::Trouble},
};
use gate::Gate;

/// Pages that are live at a time: a few less than connections, so that there is always room for a
/// command and for a question whether all is well.
const MAX_STREAMS: usize = 48;
/// Pictures are packed into PNG by so many threads beside the page's own.
const MAX_PACKERS: usize = 2;
/// Between two signs of life.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// The event loop makes a board each second; without one for so many milliseconds it is stuck.
const STUCK_AFTER_MS: u64 = 10_000;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The file with the token cannot be read.
    #[error("the status page's token: cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file has no token.
    #[error("the status page's token: {} {fault}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: TokenFault,
    },
    /// The operating system gave no thread, or no runtime for it.
    #[error("the status page got no thread: {0}")]
    Thread(#[from] io::Error),
}

/// What the page gets from the rest of the daemon.
pub struct Hooks {
    /// The newest board.
    pub board: watch::Receiver<Arc<Snapshot>>,
    /// How it looks: title, language, local time.
    pub look: Box<dyn Fn(&Snapshot) -> Look + Send + Sync>,
    /// What the displays show.
    pub frames: Frames,
    /// Where what people ask for goes.
    pub commands: mpsc::Sender<Asked>,
    /// Called every second as long as the thread makes progress.
    pub beat: Box<dyn Fn() + Send>,
}

/// What all requests share.
struct Site {
    gate: Gate,
    board: watch::Receiver<Arc<Snapshot>>,
    look: Box<dyn Fn(&Snapshot) -> Look + Send + Sync>,
    frames: Frames,
    commands: mpsc::Sender<Asked>,
    clock: Clock,
    /// When the newest board was made, in milliseconds of monotonic time.
    fresh_ms: AtomicU64,
    streams: Arc<Semaphore>,
    shelve_for_s: u64,
}

impl Site {
    fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.board.borrow())
    }

    /// Whether boards have ceased to come, so that the newest is an old one.
    fn is_stuck(&self) -> bool {
        let age = self.clock.now().mono.millis().saturating_sub(self.fresh_ms.load(Ordering::Relaxed));
        age > STUCK_AFTER_MS
    }
}

/// Starts the page in a thread of its own, which ends when the sender of boards is gone; `None`
/// where it is off. A token that is none is an error, an address that cannot be had is retried.
pub fn spawn(
    http: &Http,
    alarm: &Alarm,
    clock: Clock,
    hooks: Hooks,
) -> Result<Option<JoinHandle<()>>, WebError> {
    let Some(address) = http.listen else { return Ok(None) };
    let gate = gate(http)?;
    let runtime =
        runtime::Builder::new_current_thread().enable_all().max_blocking_threads(MAX_PACKERS).build()?;
    let Hooks { board, look, frames, commands, beat } = hooks;
    let site = Arc::new(Site {
        gate,
        board: board.clone(),
        look,
        frames,
        commands,
        clock,
        fresh_ms: AtomicU64::new(clock.now().mono.millis()),
        streams: Arc::new(Semaphore::new(MAX_STREAMS)),
        shelve_for_s: (alarm.shelve_for_ms / 1000).max(1),
    });
    let thread = thread::Builder::new().name("http".into()).spawn(move || {
        runtime.block_on(run(address, site, board, beat));
    })?;
    Ok(Some(thread))
}

fn gate(http: &Http) -> Result<Gate, WebError> {
    let Some(path) = &http.token_file else { return Ok(Gate::new(http, None)) };
    let text = fs::read_to_string(path).map_err(|source| WebError::Read { path: path.clone(), source })?;
    let token = token(&text).map_err(|fault| WebError::Token { path: path.clone(), fault })?;
    Ok(Gate::new(http, Some(token)))
}

/// Serves until no further board will come.
async fn run(
    address: SocketAddr,
    site: Arc<Site>,
    mut board: watch::Receiver<Arc<Snapshot>>,
    beat: Box<dyn Fn() + Send>,
) {
    let router = routes::router(Arc::clone(&site));
    let serve = async {
        let listener = opened(address, site.clock).await;
        door::serve(&listener, &router).await;
    };
    let follow = async {
        while board.changed().await.is_ok() {
            site.fresh_ms.store(site.clock.now().mono.millis(), Ordering::Relaxed);
        }
    };
    let live = async {
        let mut seconds = time::interval(BEAT_EVERY);
        loop {
            seconds.tick().await;
            beat();
        }
    };
    tokio::select! {
        () = serve => {}
        () = follow => {}
        () = live => {}
    }
}

/// Listens, as soon as the address can be had.
async fn opened(address: SocketAddr, clock: Clock) -> TcpListener {
    let mut trouble = Trouble::default();
    loop {
        let error = match door::listen(address).await {
            Ok(listener) => {
                let address = listener.local_addr().unwrap_or(address);
                tracing::info!(%address, "status page");
                return listener;
            }
            Err(error) => error,
        };
        let now = clock.now().mono;
        let failure = trouble.fails(&error.to_string(), now);
        if failure.is_news {
            tracing::warn!(%address, %error, "the status page cannot listen; it will be tried again");
        }
        time::sleep(Duration::from_millis(failure.retry_at.millis_since(now))).await;
    }
}
