//! The main system, as fast as it can be: messages made beforehand and written at once.
//!
//! Owns what the conversations say. Refuses to measure.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use bellboard_panel::Timestamp;
use bytes::BytesMut;
use rumqttc::{Connect, Publish, QoS};

use crate::door::Door;

/// The channels, by turns.
const CHANNELS: [&str; 5] = ["facebook", "x", "instagram", "whatsapp", "email"];
/// The queues, by turns.
const QUEUES: [&str; 3] = ["billing", "orders", "default"];
/// A message that the board refuses, at the end of a stream: its refusal, told at once, says
/// that everything before it has been taken in.
const FENCE: &str = "support/conversations/fence";

/// Where conversations are published.
pub const CONVERSATIONS_FILTER: &str = "support/conversations/+";

/// A connection that only sends, at QoS 0.
#[derive(Debug)]
pub struct Sender(TcpStream);

impl Sender {
    /// Connects to the broker behind the door.
    ///
    /// # Panics
    /// It does not let us in.
    #[must_use]
    pub fn connect(door: &Door) -> Self {
        let address = (door.host.as_str(), door.port);
        let mut stream = TcpStream::connect(address).expect("the broker listens");
        stream.set_nodelay(true).expect("a TCP socket");
        let mut connect = Connect::new("main-system");
        connect.keep_alive = 0;
        let mut packet = BytesMut::new();
        connect.write(&mut packet).expect("room for the packet");
        stream.write_all(&packet).expect("the broker reads");
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).expect("the broker answers");
        assert_eq!(answer, [0x20, 2, 0, 0], "the broker lets everybody in");
        Self(stream)
    }

    /// Sends packets.
    ///
    /// # Panics
    /// The broker is gone.
    pub fn send(&mut self, packets: &Packets) {
        self.0.write_all(&packets.0).expect("the broker reads");
    }
}

/// Packets ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Packets(BytesMut);

impl Packets {
    /// Adds one message.
    #[must_use]
    pub fn with(mut self, topic: &str, payload: &str, retain: bool) -> Self {
        let mut publish = Publish::new(topic, QoS::AtMostOnce, payload);
        publish.retain = retain;
        publish.write(&mut self.0).expect("room for the packet");
        self
    }

    /// A new state of each of `conversations`, all retained or none.
    #[must_use]
    pub fn with_states(self, conversations: usize, state: &State, retain: bool) -> Self {
        (0..conversations).fold(self, |packets, n| {
            packets.with(&format!("support/conversations/c-{n}"), &state.payload(n), retain)
        })
    }

    /// Adds a message that makes the board answer once it has taken in all that came before.
    #[must_use]
    pub fn with_fence(self) -> Self {
        self.with(FENCE, "fence", false)
    }

    /// Their length in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// A heartbeat of a main system that has so many open conversations.
#[must_use]
pub fn heartbeat(seq: u64, open: usize, now: Timestamp) -> Packets {
    let beat = serde_json::json!({"boot": "bench", "seq": seq, "at": now, "open": open});
    Packets::default().with("support/heartbeat", &beat.to_string(), false)
}

/// How conversations stand at one moment of a stream.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Grows with every change.
    pub version: u64,
    /// The time of the change.
    pub at: Timestamp,
    /// How many of them are open, the first ones; the others are resolved.
    pub open: usize,
}

impl State {
    /// The customer and the floor speak by turns; about 300 bytes.
    fn payload(&self, n: usize) -> String {
        let is_open = n < self.open;
        let status = if is_open { "open" } else { "resolved" };
        let customers_turn = is_open && self.version.is_multiple_of(2);
        let opened_at = self.at.plus_millis(-60_000 * (1 + n as i64 % 50));
        let replied_at = Some(self.at).filter(|_| self.version > 0);
        serde_json::json!({
            "status": status,
            "channel": CHANNELS[n % CHANNELS.len()],
            "queue": QUEUES[n % QUEUES.len()],
            "priority": "normal",
            "public": n.is_multiple_of(4),
            "customer": format!("Customer {n}"),
            "assignee": if n.is_multiple_of(3) { "" } else { "agent 7" },
            "opened_at": opened_at,
            "waiting_since": customers_turn.then_some(self.at),
            "first_reply_at": replied_at,
            "last_reply_at": replied_at,
            "version": self.version,
        })
        .to_string()
    }
}
