//! The broker inside the daemon, so that nobody needs to install one.
//!
//! Owns its thread, its life and the keeping of its retained messages. Refuses to know what
//! the messages mean. `engine` is the one file that knows which crate does the work.
//!
//! The broker runs on one thread of its own with its own runtime: a flood of clients cannot
//! hold up the board, and between a change of a retained message and the note of it nothing
//! else can happen. What changed is written [`WRITE_DELAY`] after the first change and at
//! [`EmbeddedBroker::shutdown`]; so SIGKILL or a power cut loses the changes of the last 5 s
//! and of a write that was going on, and nothing older.

mod engine;
mod keeper;
mod retained;
mod users;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use thiserror::Error;
use tokio::{runtime, sync::oneshot};

use self::{engine::Engine, keeper::Keeper, users::Users};
pub use self::{
    keeper::WRITE_DELAY,
    retained::StoreError,
    users::{LineProblem, UsersError},
};
use crate::config::model::Broker;

/// Why the embedded broker did not start or did not end well.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// The address could be reached from outside and there is no list of users.
    #[error(
        "the embedded broker would let in everybody on {addr}: \
         name a users_file in [broker], or listen on 127.0.0.1"
    )]
    NeedsUsers {
        /// The address.
        addr: SocketAddr,
    },
    /// The users file was refused.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// The retained messages could not be read or written.
    #[error("the embedded broker's retained messages: {0}")]
    Store(#[from] StoreError),
    /// The address is taken, or not this machine's.
    #[error("the embedded broker cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The operating system gave no thread, or no runtime for it.
    #[error("the embedded broker got no thread: {0}")]
    Thread(#[source] io::Error),
    /// The crate that does the work failed.
    #[error("the embedded broker failed: {0}")]
    Engine(String),
}

/// A running broker. Dropping it tells it to end without waiting: [`Self::shutdown`] is the
/// way to be sure that everything is written.
#[derive(Debug)]
pub struct EmbeddedBroker {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<Result<(), BrokerError>>,
}

impl EmbeddedBroker {
    /// Starts it, and returns when it answers clients. Retained messages are kept in
    /// `state_dir`, or with `None` not at all. Port 0 takes any free port.
    pub fn start(settings: &Broker, state_dir: Option<&Path>) -> Result<Self, BrokerError> {
        let addr = settings.listen;
        let users = match &settings.users_file {
            Some(path) => Some(Users::read(path)?),
            None if addr.ip().is_loopback() => None,
            None => return Err(BrokerError::NeedsUsers { addr }),
        };
        let state_dir = state_dir.map(Path::to_owned);
        let (stop, told) = oneshot::channel();
        let (say_ended, mut ended) = oneshot::channel();
        let (say_ready, ready) = mpsc::sync_channel(1);
        let main = move || {
            let result = run(addr, users, state_dir, &say_ready, told);
            // A failed start is told by `ready`, and then nobody waits for the end.
            let _ = say_ended.send(result);
        };
        thread::Builder::new().name("broker".into()).spawn(main).map_err(BrokerError::Thread)?;
        if let Ok(addr) = ready.recv() {
            return Ok(Self { addr, stop, ended });
        }
        // The thread has sent its result before it gave up its end of `ready`.
        match ended.try_recv() {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) | Err(_) => Err(BrokerError::Engine("it ended before it was ready".into())),
        }
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends the connections, publishing the Last Wills, and writes what changed.
    pub async fn shutdown(self) -> Result<(), BrokerError> {
        // It has ended already when this fails, and `ended` knows how.
        let _ = self.stop.send(());
        self.ended.await.unwrap_or_else(|_| Err(BrokerError::Engine("its thread ended early".into())))
    }
}

/// The thread's life: listen, load, serve, write what is left.
fn run(
    addr: SocketAddr,
    users: Option<Users>,
    state_dir: Option<PathBuf>,
    say_ready: &mpsc::SyncSender<SocketAddr>,
    told: oneshot::Receiver<()>,
) -> Result<(), BrokerError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(BrokerError::Thread)?.block_on(async {
        let engine = Engine::bind(addr, users).await?;
        let keeper = match state_dir {
            Some(dir) => Some(Keeper::open(&dir, engine.state()).await?),
            None => None,
        };
        serve(engine, keeper, say_ready, told).await
    })
}

async fn serve(
    engine: Engine,
    keeper: Option<Keeper>,
    say_ready: &mpsc::SyncSender<SocketAddr>,
    told: oneshot::Receiver<()>,
) -> Result<(), BrokerError> {
    let addr = engine.local_addr().ok_or_else(|| BrokerError::Engine("it has no address".into()))?;
    let mut ready = engine.ready();
    let stopper = engine.stopper();
    let end_with_owner = async {
        if ready.wait_for(|ready| *ready).await.is_err() || say_ready.send(addr).is_err() {
            return;
        }
        // The owner says so, or is gone: both end the broker.
        let _ = told.await;
        stopper.stop();
    };
    let (served_tx, served_rx) = oneshot::channel();
    let serve = async {
        let result = engine.run().await;
        // The keeper writes what is left once no client can change anything.
        let _ = served_tx.send(());
        result
    };
    let keep = async {
        match keeper {
            Some(keeper) => keeper.run(served_rx).await,
            None => Ok(()),
        }
    };
    let ((), served, kept) = tokio::join!(end_with_owner, serve, keep);
    served.and(kept.map_err(BrokerError::Store))
}
