//! The buzzer: one burst for every new serial in the snapshot's levels.
//!
//! Owns the thread that plays bursts, and the life of its guard. Refuses to know why a burst
//! sounds, and never holds the line itself: [`guard`](super::guard) says why.

mod player;
mod tether;

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bellboard_panel::Snapshot;
use tokio::{sync::watch, time::sleep};

use self::{
    player::Player,
    tether::{Tether, TetherError},
};
use super::guard::Lease;
use crate::{
    clock::Clock,
    config::model,
    core::time::Mono,
    io::{gpio::Place, trouble::Trouble},
};

/// The longest time between two beats: well below any watchdog's.
const BEAT_MS: u64 = 1_000;

/// Starts the buzzer's thread for the line that `config` names.
///
/// `beat` is called at least every second while the thread makes progress, and up to 2 s apart
/// while a guard starts. A missing chip, a busy line and a dead guard are reported once per
/// change and tried again. The thread ends when the sender of `snapshots` is dropped; the line
/// is low and the guard gone when it has ended, so a clean stop joins it.
///
/// # Errors
/// The operating system gives no thread or no event queue.
pub fn spawn(
    config: &model::Buzzer,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    beat: impl Fn() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let post = Post::new(Place::new(&config.chip, config.line), Clock::start());
    thread::Builder::new().name("buzzer".into()).spawn(move || runtime.block_on(play(post, snapshots, beat)))
}

/// Plays until the snapshots end.
async fn play(mut post: Post, mut snapshots: watch::Receiver<Arc<Snapshot>>, beat: impl Fn()) {
    let mut player = Player::default();
    // What is there at the start counts as new.
    snapshots.mark_changed();
    loop {
        beat();
        post.relieve().await;
        if let Some(lease) = player.poll(post.now()) {
            post.send(lease).await;
        }
        let rest = post.rest(player.next());
        tokio::select! {
            changed = snapshots.changed() => {
                if changed.is_err() {
                    break;
                }
                let burst = snapshots.borrow_and_update().levels.burst;
                if let Some(lease) = player.level(burst, post.now()) {
                    post.send(lease).await;
                }
            }
            () = post.guard_ends() => {}
            () = sleep(rest) => {}
        }
    }
    post.leave().await;
}

/// The guard's post: manned, or to be manned again at some time.
struct Post {
    place: Place,
    clock: Clock,
    guard: Option<Tether>,
    trouble: Trouble,
    retry_at: Mono,
}

impl Post {
    fn new(place: Place, clock: Clock) -> Self {
        Self { place, clock, guard: None, trouble: Trouble::default(), retry_at: Mono::default() }
    }

    fn now(&self) -> Mono {
        self.clock.now().mono
    }

    /// Starts a guard when there is none and it is time to try.
    async fn relieve(&mut self) {
        if self.guard.is_some() || self.now() < self.retry_at {
            return;
        }
        match Tether::start(&self.place).await {
            Ok(guard) => {
                self.guard = Some(guard);
                if self.trouble.works(self.now()) {
                    tracing::info!(place = %self.place, "the buzzer works");
                }
            }
            Err(error) => self.lose(&error),
        }
    }

    /// Passes a lease on. Without a guard it is lost: the level will sound again.
    async fn send(&mut self, lease: Lease) {
        if let Some(guard) = &mut self.guard
            && let Err(error) = guard.send(lease).await
        {
            guard.kill().await;
            self.lose(&error);
        }
    }

    /// Ready when the guard has ended by itself; never while there is none.
    async fn guard_ends(&mut self) {
        match &mut self.guard {
            Some(guard) => {
                let error = guard.ended().await;
                self.lose(&error);
            }
            None => std::future::pending().await,
        }
    }

    fn lose(&mut self, error: &TetherError) {
        self.guard = None;
        let failure = self.trouble.fails(&error.to_string(), self.now());
        self.retry_at = failure.retry_at;
        if failure.is_news {
            tracing::warn!(%error, "the buzzer does not work and will be tried again");
        }
    }

    /// How long to sleep: to the next pulse, the next attempt or the next beat.
    fn rest(&self, pulse: Option<Mono>) -> Duration {
        let now = self.now();
        let mut wake = now.plus_millis(BEAT_MS).min(pulse.unwrap_or(now.plus_millis(BEAT_MS)));
        if self.guard.is_none() {
            wake = wake.min(self.retry_at);
        }
        Duration::from_millis(wake.millis_since(now))
    }

    async fn leave(self) {
        if let Some(guard) = self.guard {
            guard.stop().await;
        }
    }
}
