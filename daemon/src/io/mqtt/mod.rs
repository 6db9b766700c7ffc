//! The broker: the only file tree that knows which client library speaks MQTT.
//!
//! Owns the connection (made again for ever), the subscriptions, and the queue between the task
//! that only reads and the event loop that decides. Refuses to know what a message means.
//!
//! The way in: `link` polls and hands over → [`mailbox`] keeps the newest message a topic →
//! the event loop takes. The way out: [`Publisher`] puts messages into the client's own queue
//! and never waits.

mod failure;
mod link;
pub mod mailbox;
mod once;
mod settings;

use std::sync::{Arc, Mutex, PoisonError};

use rumqttc::{AsyncClient, QoS};

use crate::core::action::Message;

pub use link::start;
pub use mailbox::{Mail, Mailbox};
pub use once::{ANSWER_TIMEOUT, PublishError, publish_once};
pub use settings::{Settings, SettingsError};

/// Sends messages over whichever connection there is. Without one, or when its queue is full,
/// a message is dropped: the board's state is published anew with every connection.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    client: Arc<Mutex<Option<AsyncClient>>>,
}

impl Publisher {
    /// Queues a message at QoS 1; false when it was dropped.
    #[must_use]
    pub fn publish(&self, message: Message) -> bool {
        let Message { topic, payload, retain } = message;
        self.with(|client| client.try_publish(topic, QoS::AtLeastOnce, retain, payload).is_ok())
    }

    /// Subscribes again; the answer to it is followed by the marker. False when there is no room.
    #[must_use]
    pub fn resubscribe(&self, filters: &[String]) -> bool {
        self.with(|client| client.try_subscribe_many(at_most_once(filters)).is_ok())
    }

    /// Ends the session in good order, after everything that was queued before. False without one.
    #[must_use]
    pub fn disconnect(&self) -> bool {
        self.with(|client| client.try_disconnect().is_ok())
    }

    fn with(&self, act: impl FnOnce(&AsyncClient) -> bool) -> bool {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(act)
    }

    fn set(&self, client: Option<AsyncClient>) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }
}

/// Retained state makes a lost message harmless, and a QoS 1 burst is cut short by stock brokers.
fn at_most_once(filters: &[String]) -> Vec<rumqttc::SubscribeFilter> {
    filters.iter().map(|filter| rumqttc::SubscribeFilter::new(filter.clone(), QoS::AtMostOnce)).collect()
}
