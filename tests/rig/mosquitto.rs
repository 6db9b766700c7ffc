//! A real mosquitto, to be used, broken and put right.
//!
//! Owns its process, its configuration and its store. Refuses to know the product.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{device_nodes::Lines, door::Door, tool::MOSQUITTO};

/// Where anybody is let in: the tests' own way in and out.
const OPEN_PORT: u16 = 18_830;
/// Where the lines apply that a test gave.
const GUARDED_PORT: u16 = 18_831;
/// Where nothing ever listens.
const DEAD_PORT: u16 = 18_832;
/// Far more than any step of a broker takes.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// What becomes of a broker's retained messages when it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// They are there as they were last saved.
    Kept,
    /// They are gone.
    Lost,
}

/// A broker. Dropping it kills it.
pub struct Mosquitto {
    folder: TempDir,
    door: Door,
    child: Option<Child>,
    log: Option<Lines>,
}

impl Mosquitto {
    /// A broker that lets in anybody.
    #[must_use]
    pub fn start() -> Self {
        Self::guarded(|_, _| String::new())
    }

    /// A broker with a second door, the [guarded](Self::guarded_port) one, for which `lines`
    /// makes the configuration and the files, given a folder for these and the broker's address.
    ///
    /// # Panics
    /// It does not start: with what it said.
    #[must_use]
    pub fn guarded(lines: impl FnOnce(&Path, &str) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the broker");
        let door = Door::own(OPEN_PORT);
        let host = &door.host;
        let lines = lines(folder.path(), host);
        let mut config = format!(
            "per_listener_settings true\nlistener {OPEN_PORT} {host}\nallow_anonymous true\n\
             persistence true\npersistence_location {}/\nautosave_interval 0\nmax_queued_messages 0\n\
             set_tcp_nodelay true\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n\
             log_type information\nlog_type subscribe\n# Started by root it would else become a user who may not enter here.\n\
             user root\n",
            folder.path().display()
        );
        if !lines.is_empty() {
            config.extend(["listener ", &GUARDED_PORT.to_string(), " ", host, "\n", &lines, "\n"]);
        }
        fs::write(folder.path().join("mosquitto.conf"), config).expect("its configuration is written");
        let mut broker = Self { folder, door, child: None, log: None };
        broker.run();
        broker
    }

    /// The door that is open to anybody.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// The port of the guarded door.
    #[must_use]
    pub fn guarded_port(&self) -> u16 {
        GUARDED_PORT
    }

    /// A port of its address at which nothing listens.
    #[must_use]
    pub fn dead_port(&self) -> u16 {
        DEAD_PORT
    }

    /// Its log since it was started last.
    #[must_use]
    pub fn log(&self) -> &Lines {
        self.log.as_ref().expect("a broker has been started")
    }

    /// Waits until a client of that id has connected `count` times since the start.
    pub fn expect_client(&self, id: &str, count: usize, within: Duration) {
        self.log().expect(&format!(" as {id} ("), count, within);
    }

    /// Waits until a client of that id has subscribed.
    pub fn expect_subscription(&self, id: &str, within: Duration) {
        self.log().expect(&format!(": {id} "), 1, within);
    }

    /// How many times a client of that id has connected since the start.
    #[must_use]
    pub fn connects(&self, id: &str) -> usize {
        self.log().count(&format!(" as {id} ("))
    }

    /// Has it write its retained messages, and returns when they are written.
    pub fn save(&self) {
        let store = self.store();
        // The broker writes beside it and renames, so what appears is complete.
        let _ = fs::remove_file(&store);
        self.signal(Signal::USR1);
        wait_until("the broker saves its store", || store.exists());
    }

    /// Kills it with SIGKILL: no goodbye, and nothing saved.
    pub fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    /// Ends it with SIGTERM: it saves its store.
    pub fn stop(&mut self) {
        self.end(Signal::TERM);
    }

    /// Starts it again, at the same address.
    pub fn restart(&mut self, store: Store) {
        assert!(self.child.is_none(), "the broker still runs");
        if store == Store::Lost {
            // There may never have been one.
            let _ = fs::remove_file(self.store());
        }
        self.run();
    }

    /// Stops its process: connections stay, and nothing is answered.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("mosquitto.db")
    }

    fn run(&mut self) {
        let mut command = MOSQUITTO.command();
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("mosquitto can be started");
        let log = Lines::collect(child.stderr.take().expect("a pipe was asked for"));
        self.child = Some(child);
        log.expect(" running", 1, STEP_TIMEOUT);
        // It says so a moment too early: a SIGTERM before its first turn would be forgotten.
        let visit = TcpStream::connect((self.door.host.as_str(), self.door.port));
        log.expect("New connection", 1, STEP_TIMEOUT);
        drop(visit);
        self.log = Some(log);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("the broker runs");
        let process = Pid::from_child(child);
        kill_process(process, signal).expect("the broker has not ended by itself");
    }

    fn end(&mut self, signal: Signal) {
        self.signal(signal);
        let mut child = self.child.take().expect("the broker runs");
        wait_until("the broker ends", || child.try_wait().expect("the broker is ours").is_some());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for something of which nothing tells.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + STEP_TIMEOUT;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within {STEP_TIMEOUT:?}");
        thread::sleep(Duration::from_millis(2));
    }
}
