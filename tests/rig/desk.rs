//! The main system and everybody else around a board, as the board's broker sees them.
//!
//! Owns what is told to the board, through plain `mosquitto_pub`, and what the board tells.
//! Refuses to know how the board is made.

use std::{
    net::TcpListener,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bellboard_panel::Snapshot;
use rumqttc::{Client, Event, Incoming, MqttOptions, QoS};
use serde_json::{Value, json};

use crate::debian::tool;

/// Between two attempts to reach a broker that is only starting.
const RETRY: Duration = Duration::from_millis(20);
/// The ear looks this often whether the desk is still there.
const LOOK: Duration = Duration::from_millis(200);
/// Messages of the ear's own that wait to be sent.
const MAX_QUEUED: usize = 10;

/// A desk at the broker on a port of this machine.
pub struct Desk {
    port: u16,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    over: AtomicBool,
    /// Topic and text, in the order of arrival.
    messages: Mutex<Vec<(String, String)>>,
    arrived: Condvar,
}

/// A port of loopback that was free just now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Now, in Unix seconds.
#[must_use]
pub fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set");
    since.as_secs() as i64
}

#[expect(clippy::must_use_candidate, reason = "to wait is often all that a test wants")]
impl Desk {
    /// Listens to all boards at the broker on `port`, from the moment it answers.
    #[must_use]
    pub fn at(port: u16) -> Self {
        let heard = Arc::<Heard>::default();
        let ear = heard.clone();
        thread::spawn(move || listen(port, &ear));
        Self { port, heard }
    }

    /// Publishes with `mosquitto_pub`.
    pub fn publish(&self, topic: &str, payload: &str, retained: bool) {
        let mut command = tool("mosquitto_pub", "mosquitto-clients");
        command.args([
            "-h",
            "127.0.0.1",
            "-q",
            "1",
            "-t",
            topic,
            "-m",
            payload,
            "-p",
            &self.port.to_string(),
        ]);
        if retained {
            command.arg("-r");
        }
        let output = command.output().expect("mosquitto_pub can be started");
        assert!(output.status.success(), "mosquitto_pub: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Tells of an open conversation that has waited for so many seconds.
    pub fn conversation(&self, id: &str, channel: &str, waiting_s: i64) {
        let since = now_s() - waiting_s;
        let state = json!({"status": "open", "channel": channel, "opened_at": since, "waiting_since": since});
        self.publish(&format!("support/conversations/{id}"), &state.to_string(), true);
    }

    /// Sends the heartbeat of that number, which counts so many open conversations.
    pub fn heartbeat(&self, seq: u32, open: u32) {
        let beat = json!({"boot": "rig", "seq": seq, "at": now_s(), "open": open});
        self.publish("support/heartbeat", &beat.to_string(), false);
    }

    /// Sends a command to the board and waits until it was carried out.
    ///
    /// # Panics
    /// It is refused, or not answered within that time.
    pub fn command(&self, name: &str, payload: &str, within: Duration) {
        let answers = format!("bellboard/board/cmd/{name}/result");
        let before = self.texts(&answers).len();
        self.publish(&format!("bellboard/board/cmd/{name}"), payload, false);
        let answer = self.expect(&answers, before, within, |_| true);
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON")["ok"], true, "{answer}");
    }

    /// The board as it was published last.
    #[must_use]
    pub fn board(&self) -> Option<Snapshot> {
        self.texts("bellboard/board/state").last().map(|text| snapshot(text))
    }

    /// Waits for a published board that is like that.
    pub fn expect_board(&self, what: &str, within: Duration, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let since = self.texts("bellboard/board/state").len().saturating_sub(1);
        let found = self.wait("bellboard/board/state", since, within, |text| is_so(&snapshot(text)));
        found.map_or_else(
            || panic!("no board with {what} within {within:?}, but: {:#?}", self.board()),
            |text| snapshot(&text),
        )
    }

    /// Waits for the board's list of alarms in which `key` has this state; gives its line.
    pub fn expect_alarm(&self, key: &str, state: &str, within: Duration) -> Value {
        let line = |text: &str| {
            let lines: Vec<Value> = serde_json::from_str(text).expect("the alarms are a list");
            lines.into_iter().find(|line| line["key"] == key && line["state"] == state)
        };
        let found = self.wait("bellboard/board/alarms", 0, within, |text| line(text).is_some());
        let Some(text) = found else {
            let heard = self.texts("bellboard/board/alarms");
            panic!("{key} was not {state} within {within:?}, but: {heard:#?}")
        };
        line(&text).expect("it was found just now")
    }

    /// Every text on `topic` so far.
    #[must_use]
    pub fn texts(&self, topic: &str) -> Vec<String> {
        let messages = self.heard.messages.lock().expect("no listener panics");
        messages.iter().filter(|(name, _)| name == topic).map(|(_, text)| text.clone()).collect()
    }

    /// Waits for a text on `topic`, after the first `skip`, that is like that.
    fn expect(&self, topic: &str, skip: usize, within: Duration, is_so: impl Fn(&str) -> bool) -> String {
        let found = self.wait(topic, skip, within, is_so);
        found.unwrap_or_else(|| panic!("not on {topic} within {within:?}: {:#?}", self.texts(topic)))
    }

    fn wait(
        &self,
        topic: &str,
        skip: usize,
        within: Duration,
        is_so: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let deadline = Instant::now() + within;
        let mut messages = self.heard.messages.lock().expect("no listener panics");
        loop {
            let mut texts = messages.iter().filter(|(name, _)| name == topic).skip(skip);
            if let Some((_, text)) = texts.find(|(_, text)| is_so(text)) {
                return Some(text.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            messages = self.heard.arrived.wait_timeout(messages, left).expect("no listener panics").0;
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.heard.over.store(true, Ordering::Relaxed);
    }
}

fn snapshot(text: &str) -> Snapshot {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not a board: {error}: {text}"))
}

/// Listens until the desk is gone, through any end of the broker.
fn listen(port: u16, heard: &Heard) {
    let mut options = MqttOptions::new("rig-desk", "127.0.0.1", port);
    options.set_max_packet_size(1 << 20, 1 << 20);
    let (client, mut connection) = Client::new(options, MAX_QUEUED);
    while !heard.over.load(Ordering::Relaxed) {
        match connection.recv_timeout(LOOK) {
            Ok(Ok(Event::Incoming(Incoming::ConnAck(_)))) => {
                client.try_subscribe("bellboard/#", QoS::AtMostOnce).expect("the queue is empty");
            }
            Ok(Ok(Event::Incoming(Incoming::Publish(message)))) => {
                let text = String::from_utf8_lossy(&message.payload).into_owned();
                heard.messages.lock().expect("no test panics here").push((message.topic, text));
                heard.arrived.notify_all();
            }
            Ok(Err(_)) => thread::sleep(RETRY),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}
