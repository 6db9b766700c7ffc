//! The way in and out of a broker, for clients that are not the product.
//!
//! Owns an address and what goes through it. Refuses to know which broker answers there.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use rumqttc::{Client, Event, Incoming, MqttOptions, QoS};

use crate::{tool::MOSQUITTO_PUB, watch::Watch};

/// Far more than any step of a broker takes.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// Messages on their way at a time.
const MAX_IN_FLIGHT: u16 = 1_000;

/// Where a broker listens and lets in anybody.
#[derive(Clone, Debug)]
pub struct Door {
    /// Its address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Door {
    /// A port at a loopback address that no other test of this machine has. So a broker gets it
    /// again after it was killed, where on a shared address an outgoing connection may have
    /// taken it meanwhile.
    #[must_use]
    pub fn own(port: u16) -> Self {
        static NUMBER: AtomicU8 = AtomicU8::new(1);
        let process = std::process::id();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // 127.0.x.x is left to everybody else.
        Self { host: format!("127.{}.{}.{number}", 1 + process / 256 % 254, process % 256), port }
    }

    /// Publishes through the real `mosquitto_pub`, and returns when the broker has it. An empty
    /// payload, retained, clears the topic.
    pub fn publish(&self, topic: &str, payload: impl AsRef<[u8]>, retain: bool) {
        self.publish_as("", topic, payload, retain);
    }

    /// The same under a client id; whoever has it loses the connection.
    pub fn publish_as(&self, id: &str, topic: &str, payload: impl AsRef<[u8]>, retain: bool) {
        let port = self.port.to_string();
        let mut arguments = vec!["-h", &self.host, "-p", &port, "-q", "1", "-t", topic];
        arguments.push(if payload.as_ref().is_empty() { "-n" } else { "-s" });
        if retain {
            arguments.push("-r");
        }
        if !id.is_empty() {
            arguments.extend(["-i", id]);
        }
        MOSQUITTO_PUB.run(arguments, payload.as_ref());
    }

    /// Publishes many, retained, over one connection, and returns when the broker has all.
    pub fn retain_all(&self, messages: impl IntoIterator<Item = (String, String)>) {
        let mut options = MqttOptions::new("", &self.host, self.port);
        options.set_clean_session(true).set_inflight(MAX_IN_FLIGHT);
        let messages: Vec<_> = messages.into_iter().collect();
        let (client, mut connection) = Client::new(options, messages.len());
        let mut missing = messages.len();
        for (topic, payload) in messages {
            client.try_publish(topic, QoS::AtLeastOnce, true, payload).expect("room for all of them");
        }
        while missing > 0 {
            let event = connection.recv_timeout(STEP_TIMEOUT).expect("the broker went quiet");
            if let Event::Incoming(Incoming::PubAck(_)) = event.expect("the broker is there") {
                missing -= 1;
            }
        }
    }

    /// Subscribes through a real `mosquitto_sub`.
    #[must_use]
    pub fn watch(&self, filters: &[&str]) -> Watch {
        Watch::start(&self.host, self.port, filters)
    }
}
