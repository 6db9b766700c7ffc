//! A main system played by a test: what it publishes, word by word.
//!
//! Owns the messages of one source with the root `support`. Refuses to act by itself.

use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::door::Door;

/// A source, at whichever broker listens at its door.
pub struct MainSystem {
    door: Door,
    seq: Cell<u64>,
}

impl MainSystem {
    /// One that has said nothing.
    #[must_use]
    pub fn at(door: &Door) -> Self {
        Self { door: door.clone(), seq: Cell::new(0) }
    }

    /// An open conversation whose customer has waited so many seconds.
    pub fn waits(&self, id: &str, secs: u64) {
        self.says(id, &waiting(secs));
    }

    /// Any state of a conversation.
    pub fn says(&self, id: &str, state: &Value) {
        self.door.publish(&format!("support/conversations/{id}"), state.to_string(), true);
    }

    /// Its availability.
    pub fn is(&self, word: &str) {
        self.door.publish("support/availability", word, true);
    }

    /// A heartbeat that counts so many open conversations.
    pub fn counts(&self, open: u64) {
        let seq = self.seq.replace(self.seq.get() + 1);
        let beat = json!({"boot": "test", "seq": seq, "at": now(), "open": open});
        self.door.publish("support/heartbeat", beat.to_string(), false);
    }
}

/// An open conversation whose customer has waited so many seconds.
#[must_use]
pub fn waiting(secs: u64) -> Value {
    let since = now() - secs;
    json!({"status": "open", "channel": "facebook", "queue": "billing", "opened_at": since, "waiting_since": since})
}

/// The present, in seconds of Unix time.
///
/// # Panics
/// This machine's clock is not set.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}
