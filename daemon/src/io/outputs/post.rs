//! A guard's post: manned, or to be manned again at some time.
//!
//! Owns the life of one guard: its start, its signs of life, its relief. Refuses to know what
//! its messages say.

mod tether;

use std::time::Duration;

use self::tether::{Tether, TetherError};
use super::guard::{Charge, Message};
use crate::{clock::Clock, core::time::Mono, io::trouble::Trouble};

/// The longest time between two beats: well below any watchdog's.
const BEAT_MS: u64 = 1_000;
/// A guard answers within a millisecond. One that says nothing for so long is stopped or hangs,
/// and its lines stay as they are: it is replaced.
const SIGN_TIMEOUT_MS: u64 = 1_000;
/// A daemon that was itself stopped finds the answers to its messages late, but at once.
const SECOND_LOOK_MS: u64 = 50;

/// The post of one guard.
pub(super) struct Post {
    charge: Charge,
    clock: Clock,
    guard: Option<Tether>,
    trouble: Trouble,
    retry_at: Mono,
    /// Messages that the guard has not answered.
    unanswered: u32,
    /// When it is to have answered the oldest of them.
    answers_by: Mono,
    looked_twice: bool,
    /// When the last message was sent.
    sent: Mono,
}

impl Post {
    pub fn new(charge: Charge, clock: Clock) -> Self {
        Self {
            charge,
            clock,
            guard: None,
            trouble: Trouble::default(),
            retry_at: Mono::default(),
            unanswered: 0,
            answers_by: Mono::default(),
            looked_twice: false,
            sent: Mono::default(),
        }
    }

    pub fn now(&self) -> Mono {
        self.clock.now().mono
    }

    /// Removes a guard that shows no life, and starts one when there is none and it is time to
    /// try. True when a new guard is on its post: it knows nothing yet.
    pub async fn relieve(&mut self) -> bool {
        self.remove_lifeless().await;
        if self.guard.is_some() || self.now() < self.retry_at {
            return false;
        }
        match Tether::start(&self.charge).await {
            Ok(guard) => {
                (self.guard, self.unanswered, self.sent) = (Some(guard), 0, self.now());
                if self.trouble.works(self.now()) {
                    tracing::info!(place = %self.charge, "{}", self.charge.verdicts()[0]);
                }
                true
            }
            Err(error) => {
                self.lose(&error);
                false
            }
        }
    }

    /// Passes a message on. Without a guard it is lost: the level will be there again.
    pub async fn send(&mut self, message: Message) {
        let now = self.now();
        let Some(guard) = &mut self.guard else { return };
        match guard.send(message).await {
            Ok(()) => {
                self.sent = now;
                self.unanswered += 1;
                if self.unanswered == 1 {
                    self.hope(now);
                }
            }
            Err(error) => {
                guard.kill().await;
                self.lose(&error);
            }
        }
    }

    /// Ready when the guard has shown life or has ended; never while there is none. Can be
    /// dropped and called again at any time.
    pub async fn news(&mut self) {
        let Some(guard) = &mut self.guard else { return std::future::pending().await };
        match guard.sign().await {
            Ok(()) => {
                self.unanswered = self.unanswered.saturating_sub(1);
                self.hope(self.now());
            }
            Err(error) => {
                // It ends by itself, but a line that it holds meanwhile would be busy.
                if let Some(mut guard) = self.guard.take() {
                    guard.kill().await;
                }
                self.lose(&error);
            }
        }
    }

    /// Milliseconds since the last message.
    pub fn quiet_ms(&self) -> u64 {
        self.now().millis_since(self.sent)
    }

    /// How long to sleep: to `wake`, the next attempt, the guard's answer or the next beat.
    pub fn rest(&self, wake: Option<Mono>) -> Duration {
        let now = self.now();
        let beat = now.plus_millis(BEAT_MS);
        let mut wake = wake.map_or(beat, |wake| wake.min(beat));
        if self.guard.is_none() {
            wake = wake.min(self.retry_at);
        } else if self.unanswered > 0 {
            wake = wake.min(self.answers_by);
        }
        Duration::from_millis(wake.millis_since(now))
    }

    /// Ends the guard with a last message.
    pub async fn leave(self, last: Message) {
        if let Some(guard) = self.guard {
            guard.stop(last).await;
        }
    }

    fn hope(&mut self, now: Mono) {
        (self.answers_by, self.looked_twice) = (now.plus_millis(SIGN_TIMEOUT_MS), false);
    }

    async fn remove_lifeless(&mut self) {
        let now = self.now();
        if self.unanswered == 0 || now < self.answers_by {
            return;
        }
        let Some(guard) = &mut self.guard else { return };
        if self.looked_twice {
            guard.kill().await;
            self.lose(&TetherError::Silent(self.charge.guard()));
        } else {
            (self.answers_by, self.looked_twice) = (now.plus_millis(SECOND_LOOK_MS), true);
        }
    }

    fn lose(&mut self, error: &TetherError) {
        (self.guard, self.unanswered) = (None, 0);
        let failure = self.trouble.fails(&error.to_string(), self.now());
        self.retry_at = failure.retry_at;
        if failure.is_news {
            tracing::warn!(%error, "{}", self.charge.verdicts()[1]);
        }
    }
}
