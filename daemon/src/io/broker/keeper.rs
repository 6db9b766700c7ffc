//! When the embedded broker's retained messages are written.
//!
//! Owns the delay, the turn from changes to a whole new file, and what happens when the
//! medium fails. Refuses to know the file's form and the broker.

use std::{
    panic,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, task, time};

use super::{
    BrokerError,
    engine::State,
    retained::{Store, StoreError},
};
use crate::clock::Clock;

/// From the first change to the write: long enough to spare a memory card, and the most that
/// a power cut can take.
pub const WRITE_DELAY: Duration = Duration::from_secs(5);

/// Writes what the broker retains.
pub struct Keeper {
    store: Arc<Mutex<Store>>,
    state: State,
    /// Whether the last write failed, so that the log says it once.
    failing: bool,
}

impl Keeper {
    /// Reads what is in `dir` and gives it to the broker.
    pub async fn open(dir: &Path, state: State) -> Result<Self, BrokerError> {
        let (store, loaded) = Store::open(dir)?;
        if let Some((kept_as, what)) = &loaded.set_aside {
            tracing::warn!(
                kept_as = %kept_as.display(),
                readable = loaded.messages.len(),
                "the file of retained messages was damaged ({what}); it is set aside"
            );
        }
        tracing::info!(messages = loaded.messages.len(), "retained messages read");
        state.restore(loaded.messages, Clock::start().now().wall).await?;
        Ok(Self { store: Arc::new(Mutex::new(store)), state, failing: false })
    }

    /// Writes after each change, until `ended`, and then once more. Only that last write can
    /// fail it: before, there is another try.
    pub async fn run(mut self, mut ended: oneshot::Receiver<()>) -> Result<(), StoreError> {
        loop {
            tokio::select! {
                () = self.delayed_change() => {}
                // Sent, or the engine is gone: either way nothing changes any more.
                _ = &mut ended => break,
            }
            let result = self.write().await;
            self.say(result.as_ref().err());
        }
        self.write().await
    }

    async fn delayed_change(&self) {
        // After a failure everything has to be written, changed or not.
        if !self.failing {
            self.state.changed().await;
        }
        time::sleep(WRITE_DELAY).await;
    }

    async fn write(&self) -> Result<(), StoreError> {
        match self.state.take_changes().await {
            Some(changes) if !self.failing => {
                if changes.is_empty() {
                    return Ok(());
                }
                let append = move |store: &mut Store| store.append(&changes).map(|()| store.wants_rewrite());
                if !self.on_disk(append).await? {
                    return Ok(());
                }
            }
            // Too many changes to name, or some that a failed write has lost.
            _ => {}
        }
        let all = self.state.all().await;
        self.on_disk(move |store| store.rewrite(&all)).await
    }

    /// A slow medium must not hold up the clients, so the work is done on another thread.
    async fn on_disk<T: Send + 'static>(&self, work: impl FnOnce(&mut Store) -> T + Send + 'static) -> T {
        let store = Arc::clone(&self.store);
        let done = task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut store)
        });
        done.await.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()))
    }

    fn say(&mut self, error: Option<&StoreError>) {
        match error {
            Some(error) if !self.failing => {
                tracing::error!("retained messages are not kept, trying again: {error}");
            }
            None if self.failing => tracing::info!("retained messages are kept again"),
            _ => {}
        }
        self.failing = error.is_some();
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, net::SocketAddr};

    use super::*;
    use crate::io::broker::{engine::Engine, retained::Retained};

    fn message(topic: &str) -> Retained {
        Retained { topic: topic.into(), payload: b"{}".to_vec(), qos: 1, expires_at: None }
    }

    /// A broker that nobody reaches, so that only the test changes what it retains.
    async fn state() -> State {
        Engine::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).await.unwrap().state()
    }

    fn on_disk(dir: &Path) -> Vec<String> {
        let (_, loaded) = Store::open(dir).unwrap();
        loaded.messages.into_iter().map(|message| message.topic).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_on_disk_after_the_delay_without_a_shutdown() {
        let dir = tempfile::tempdir().unwrap();
        let state = state().await;
        let keeper = Keeper::open(dir.path(), state.clone()).await.unwrap();
        let (_end, ended) = oneshot::channel();
        let keeper = tokio::spawn(keeper.run(ended));
        state.retain(message("a")).await;
        time::sleep(WRITE_DELAY.mul_f32(0.99)).await;
        assert!(on_disk(dir.path()).is_empty());
        time::sleep(WRITE_DELAY.mul_f32(0.02)).await;
        assert_eq!(on_disk(dir.path()), ["a"]);
        keeper.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_failing_medium_refused_is_written_when_it_works_again() {
        let dir = tempfile::tempdir().unwrap();
        let state_dir = dir.path().join("state");
        let state = state().await;
        let mut keeper = Keeper::open(&state_dir, state.clone()).await.unwrap();
        state.retain(message("a")).await;
        keeper.failing = true;
        fs::rename(&state_dir, dir.path().join("away")).unwrap();
        let error = keeper.write().await.unwrap_err();
        assert!(error.to_string().starts_with("cannot write "), "{error}");
        fs::create_dir(&state_dir).unwrap();
        keeper.write().await.unwrap();
        assert_eq!(on_disk(&state_dir), ["a"]);
    }

    #[tokio::test]
    async fn a_message_that_has_ended_is_not_put_back() {
        let state = state().await;
        let ending = |topic: &str, at| Retained { expires_at: Some(at), ..message(topic) };
        let now = Clock::start().now().wall;
        let at = now.secs() as u64;
        state.restore(vec![ending("past", at - 1), ending("future", at + 60)], now).await.unwrap();
        let topics: Vec<String> = state.all().await.into_iter().map(|message| message.topic).collect();
        assert_eq!(topics, ["future"]);
    }
}
