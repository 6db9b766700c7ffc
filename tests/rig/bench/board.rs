//! The board under measurement: the release binary, and what it publishes.
//!
//! Owns its configuration and its answers. Refuses to know what it is sent.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rumqttc::{Client, Connection, Event, Incoming, MqttOptions, QoS};
use serde_json::Value;
use tempfile::TempDir;

use super::{STEP_TIMEOUT, process::Program};
use crate::{
    binary::{binary, undisturbed},
    door::Door,
};

/// What is logged: failures, and when a queue grew so long that messages were passed over.
const LOG: &str = "error,bellboard::io::mqtt::mailbox=debug";

/// The promises of a floor, none of which breaks within a measurement.
const PROMISES: &str = r#"
[[sla]]
name = "public and urgent"
match = { public = true, priority = ["high", "urgent"] }
first_reply = "2h"

[[sla]]
name = "public"
match = { public = true }
first_reply = "2h"
next_reply = "2h"

[[sla]]
name = "e-mail"
match = { channel = "email" }
first_reply = "2h"
next_reply = "4h"
resolution = "16h"
calendar = "office"

[[sla]]
name = "everything else"
first_reply = "2h"
next_reply = "2h"
follow_up = true

[calendar.office]
open = { mon-sun = ["00:00-12:00", "12:30-24:00"] }
"#;

/// Where the board's broker is.
#[derive(Clone, Copy, Debug)]
pub enum BrokerIs {
    /// A program of its own.
    Beside,
    /// Inside the daemon.
    Inside,
}

/// A folder with a configuration and with state, that outlives the board.
#[derive(Debug)]
pub struct Home {
    dir: TempDir,
    door: Door,
}

impl Home {
    /// A configuration with the promises of a floor and no display.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn new(broker: BrokerIs, door: Door) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the board");
        let Door { host, port } = &door;
        let place = match broker {
            BrokerIs::Beside => format!("[mqtt]\nhost = \"{host}\"\nport = {port}\n"),
            BrokerIs::Inside => format!("[broker]\nembedded = true\nlisten = \"{host}:{port}\"\n"),
        };
        fs::write(dir.path().join("bellboard.toml"), place + PROMISES).expect("the folder can be written to");
        Self { dir, door }
    }

    /// Starts the board.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(&self) -> Program {
        let folder = self.dir.path();
        let mut command = Command::new(binary());
        undisturbed(&mut command)
            .arg("run")
            .arg("--config")
            .arg(folder.join("bellboard.toml"))
            .arg("--state")
            .arg(folder.join("state"))
            .args(["--log", LOG])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.log()).expect("the folder can be written to"));
        Program::start(&mut command)
    }

    /// How often the board has passed over messages that were overtaken while they waited.
    ///
    /// # Panics
    /// It was never started.
    #[must_use]
    pub fn passed_over(&self) -> usize {
        let log = fs::read_to_string(self.log()).expect("a started board has a log");
        log.lines().filter(|line| line.contains("passed over")).count()
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// Connects to the board's broker, to hear what the board says.
    ///
    /// # Panics
    /// There is no broker.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener::connect(&self.door)
    }
}

/// What the board says, as it says it.
pub struct Listener {
    _client: Client,
    connection: Connection,
}

/// One thing that the board said.
#[derive(Clone, Debug)]
pub struct Word {
    /// The last part of the topic.
    pub leaf: String,
    /// The payload, where it is JSON.
    pub payload: Value,
}

impl Listener {
    fn connect(door: &Door) -> Self {
        let mut options = MqttOptions::new("listener", &door.host, door.port);
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, connection) = Client::new(options, 100);
        client.subscribe("bellboard/board/+", QoS::AtMostOnce).expect("room for the request");
        let mut listener = Self { _client: client, connection };
        let began = Instant::now();
        while !matches!(listener.event(STEP_TIMEOUT), Some(Incoming::SubAck(_))) {
            assert!(began.elapsed() < STEP_TIMEOUT, "the broker grants no subscription");
        }
        listener
    }

    /// Waits until the board says what is asked for.
    ///
    /// # Panics
    /// It does not within [`STEP_TIMEOUT`].
    pub fn wait_for(&mut self, what: &str, mut is: impl FnMut(&Word) -> bool) {
        let began = Instant::now();
        while !self.next(STEP_TIMEOUT).is_some_and(|word| is(&word)) {
            assert!(began.elapsed() < STEP_TIMEOUT, "waited in vain for {what}");
        }
    }

    /// What the board says next, if it says anything within this time.
    ///
    /// # Panics
    /// The broker is gone.
    pub fn next(&mut self, within: Duration) -> Option<Word> {
        let Some(Incoming::Publish(message)) = self.event(within) else { return None };
        let leaf = message.topic.rsplit('/').next().unwrap_or_default().to_owned();
        Some(Word { leaf, payload: serde_json::from_slice(&message.payload).unwrap_or_default() })
    }

    fn event(&mut self, within: Duration) -> Option<Incoming> {
        match self.connection.recv_timeout(within).ok()?.expect("the broker stays") {
            Event::Incoming(incoming) => Some(incoming),
            Event::Outgoing(_) => None,
        }
    }
}

impl Word {
    /// Whether it is the refusal of the fence at the end of a stream.
    #[must_use]
    pub fn is_fence(&self) -> bool {
        self.leaf == "rejected"
    }

    /// Whether it is the board with so many open conversations, live.
    #[must_use]
    pub fn is_live_with(&self, open: usize) -> bool {
        self.leaf == "state" && self.payload["trust"] == "live" && self.payload["open"] == open
    }

    /// Whether it is the news that the board is live.
    #[must_use]
    pub fn is_turned_live(&self) -> bool {
        self.leaf == "event" && self.payload["type"] == "trust" && self.payload["to"] == "live"
    }
}
