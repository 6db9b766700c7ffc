//! A mosquitto of our own, on a free port, and its own reader.
//!
//! Owns the settings that lose nothing. Refuses to know topics.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{process::Program, wait_for};

/// Where Debian puts it: not everybody's path leads there.
const DEBIAN: &str = "/usr/sbin/mosquitto";
/// The name that `mosquitto_sub` connects with.
const READER: &str = "reader";

/// A broker; dropping it ends it.
#[derive(Debug)]
pub struct Mosquitto {
    _program: Program,
    dir: TempDir,
    port: u16,
}

impl Mosquitto {
    /// Starts an empty broker without limits, since its default ones lose messages for slow readers.
    ///
    /// # Panics
    /// It is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder for the broker");
        let port = free_port();
        let config = dir.path().join("mosquitto.conf");
        let log = dir.path().join("log");
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\n\
             set_tcp_nodelay true\nlog_dest file {}\nlog_type error\nlog_type subscribe\n",
            log.display()
        );
        fs::write(&config, settings).expect("the broker's folder can be written to");
        let name = if Path::new(DEBIAN).exists() { DEBIAN } else { "mosquitto" };
        let program = Program::start(Command::new(name).arg("-c").arg(&config), "mosquitto");
        let broker = Self { _program: program, dir, port };
        wait_for("mosquitto to listen", || is_up(port).then_some(()));
        broker
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts `mosquitto_sub` to nowhere, which ends after `count` messages. It is measured from
    /// its own start; [`Mosquitto::wait_for_reader`] says when a stream may begin.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn start_reader(&self, filter: &str, count: usize) -> Program {
        let mut command = Command::new("mosquitto_sub");
        command
            .args(["-i", READER, "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-t", filter, "-C", &count.to_string()])
            .stdout(Stdio::null());
        Program::start(&mut command, "mosquitto-clients")
    }

    /// Waits until `mosquitto_sub` has subscribed.
    pub fn wait_for_reader(&self) {
        let log = self.dir.path().join("log");
        let subscribed = format!(": {READER} ");
        let has_subscribed = || fs::read_to_string(&log).is_ok_and(|log| log.contains(&subscribed));
        wait_for("mosquitto_sub to subscribe", || has_subscribed().then_some(()));
    }
}

/// A port that nobody listens on now.
///
/// # Panics
/// The machine has none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// Whether somebody listens there.
#[must_use]
pub fn is_up(port: u16) -> bool {
    TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_ok()
}
