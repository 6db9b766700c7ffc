//! The buzzer: one burst for every new serial in the snapshot's levels.
//!
//! Owns the thread that plays bursts. Refuses to know why a burst sounds, and never holds the
//! line or the channel itself: [`guard`](super::guard) says why.

mod player;

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use bellboard_panel::Snapshot;
use tokio::{sync::watch, time::sleep};

use self::player::Player;
use super::{
    guard::{Charge, Lease},
    post::Post,
};
use crate::{clock::Clock, config::model};

/// How often a guard that has nothing to do is asked whether it is alive. A guard that is
/// stopped in the middle of a note leaves it sounding: this, and a second, is for how long.
const CHECK_MS: u64 = 3_000;

/// Starts the buzzer's thread for the line or channel that `config` names; `sound` says what
/// each priority sounds like. `None`: the configuration has no buzzer.
///
/// `beat` is called at least every second while the thread makes progress, and up to 2 s apart
/// while a guard starts. A missing chip, a busy line and a dead or stopped guard are reported
/// once per change and tried again. The thread ends when the sender of `snapshots` is dropped;
/// there is silence and the guard is gone when it has ended, so a clean stop joins it.
///
/// # Errors
/// The operating system gives no thread or no event queue.
pub fn spawn(
    config: &model::Buzzer,
    sound: &model::Sound,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    beat: impl Fn() + Send + 'static,
) -> io::Result<Option<JoinHandle<()>>> {
    let Some(charge) = Charge::buzzer(config) else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (post, player) = (Post::new(charge, Clock::start()), Player::new(sound));
    let play = move || runtime.block_on(play(post, player, snapshots, beat));
    thread::Builder::new().name("buzzer".into()).spawn(play).map(Some)
}

/// Plays until the snapshots end.
async fn play(
    mut post: Post,
    mut player: Player,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    beat: impl Fn(),
) {
    // What is there at the start counts as new.
    snapshots.mark_changed();
    loop {
        beat();
        post.relieve().await;
        if let Some(lease) = player.poll(post.now()) {
            post.send(lease.to_bytes()).await;
        } else if post.quiet_ms() >= CHECK_MS {
            post.send(Lease::Check.to_bytes()).await;
        }
        let rest = post.rest(player.next());
        tokio::select! {
            changed = snapshots.changed() => {
                if changed.is_err() {
                    break;
                }
                let burst = snapshots.borrow_and_update().levels.burst;
                if let Some(lease) = player.level(burst, post.now()) {
                    post.send(lease.to_bytes()).await;
                }
            }
            () = post.news() => {}
            () = sleep(rest) => {}
        }
    }
    post.leave(Lease::Silence.to_bytes()).await;
}
