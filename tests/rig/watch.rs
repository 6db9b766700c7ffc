//! What a broker delivers, seen through the real `mosquitto_sub`.
//!
//! Owns the messages and when they came. Refuses to know what they mean.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read},
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::tool::{MOSQUITTO_SUB, STDBUF};

/// A subscription that is not in force after so long never will be.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(20);
/// So much of a payload is shown when a test fails.
const MAX_SHOWN: usize = 400;

/// A message as it was delivered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it came.
    pub at: Instant,
    /// Its topic.
    pub topic: String,
    /// Whether the broker had kept it.
    pub retained: bool,
    /// Its payload; what was not UTF-8 is replaced.
    pub payload: String,
}

impl Seen {
    /// The payload as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap_or_default()
    }
}

/// A subscription under way. It connects again by itself, a second after its broker is back.
pub struct Watch {
    child: Child,
    shared: Arc<(Mutex<Record>, Condvar)>,
    /// How many messages lie behind the last one that was expected.
    read: usize,
}

#[derive(Default)]
struct Record {
    subscriptions: usize,
    messages: Vec<Seen>,
}

impl Watch {
    /// Subscribes, and returns when the subscription is in force.
    ///
    /// # Panics
    /// It does not come into force.
    #[must_use]
    pub fn start(host: &str, port: u16, filters: &[&str]) -> Self {
        let mut command = STDBUF.command();
        command.arg("-oL").arg(MOSQUITTO_SUB.command().get_program());
        command.args(["-h", host, "-p", &port.to_string(), "-d", "-F", "%j"]);
        filters.iter().for_each(|filter| _ = command.args(["-t", filter]));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("mosquitto_sub can be started");
        let stdout = child.stdout.take().expect("a pipe was asked for");
        let shared: Arc<(Mutex<Record>, Condvar)> = Arc::default();
        let record = Arc::clone(&shared);
        thread::spawn(move || collect(stdout, &record));
        let watch = Self { child, shared, read: 0 };
        let in_force = watch.wait(SUBSCRIBE_TIMEOUT, |record| (record.subscriptions > 0).then_some(()));
        assert!(in_force.is_some(), "no subscription to {filters:?} at {host} port {port}");
        watch
    }

    /// Waits for the next message that is `wanted`, after the one that was expected last.
    ///
    /// # Panics
    /// None comes within that time: with everything that came.
    #[track_caller]
    pub fn expect(&mut self, within: Duration, wanted: impl Fn(&Seen) -> bool) -> Seen {
        self.find(within, wanted).unwrap_or_else(|| {
            let messages = told(&self.all(), self.read);
            panic!("no such message within {within:?}, but:\n{messages}")
        })
    }

    /// The same where none may come.
    pub fn find(&mut self, within: Duration, wanted: impl Fn(&Seen) -> bool) -> Option<Seen> {
        let from = self.read;
        let (place, seen) = self.wait(within, |record| {
            let found = record.messages.iter().enumerate().skip(from).find(|(_, seen)| wanted(seen));
            found.map(|(place, seen)| (place, seen.clone()))
        })?;
        self.read = place + 1;
        Some(seen)
    }

    /// Every message so far.
    #[must_use]
    pub fn all(&self) -> Vec<Seen> {
        self.shared.0.lock().expect("no reader panics").messages.clone()
    }

    /// The messages that came after the one that was expected last.
    #[must_use]
    pub fn unread(&self) -> Vec<Seen> {
        self.all().split_off(self.read)
    }

    fn wait<T>(&self, within: Duration, find: impl Fn(&Record) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut record = self.shared.0.lock().expect("no reader panics");
        loop {
            let found = find(&record);
            if found.is_some() {
                return found;
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            record = self.shared.1.wait_timeout(record, left).expect("no reader panics").0;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what the program tells in its wordy mode: a line of JSON for each message, and a line
/// of text when a subscription is in force.
fn collect(source: impl Read, shared: &(Mutex<Record>, Condvar)) {
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line);
        let mut record = shared.0.lock().expect("no reader panics");
        if text.starts_with("Subscribed ") {
            record.subscriptions += 1;
        } else if let Ok(Value::Object(message)) = serde_json::from_str(&text) {
            let text = |key| message.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let retained = message.get("retain").is_some_and(|flag| flag == 1);
            let (topic, payload) = (text("topic"), text("payload"));
            record.messages.push(Seen { at: Instant::now(), topic, retained, payload });
        }
        drop(record);
        shared.1.notify_all();
        line.clear();
    }
}

fn told(messages: &[Seen], read: usize) -> String {
    let mut text = String::new();
    for (place, Seen { topic, retained, payload, .. }) in messages.iter().enumerate() {
        let (mark, kept) = (if place < read { ' ' } else { '>' }, if *retained { " (retained)" } else { "" });
        let shown: String = payload.chars().take(MAX_SHOWN).collect();
        let _ = writeln!(text, "{mark} {topic}{kept} {shown}");
    }
    text
}
