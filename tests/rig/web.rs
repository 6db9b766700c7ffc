//! A board with a status page: a broker, a main system and the daemon, on addresses of their own.
//!
//! Owns the configuration that joins them. Refuses to look at the page.

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt as _, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    daemon::Daemon,
    door::Door,
    main_system::{MainSystem, now},
    mosquitto::Mosquitto,
};

/// The token of every page here.
pub const TOKEN: &str = "c2VjcmV0LWZvci10aGUtZmxvb3I=";
/// Far more than a start takes.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Where a page listens, at an address that no other test has.
const PAGE_PORT: u16 = 18_088;

/// Everything that a test of the page needs.
pub struct Web {
    /// The broker.
    pub broker: Mosquitto,
    /// The main system at it.
    pub desk: MainSystem,
    /// Where the page is.
    pub address: SocketAddr,
    /// The daemon; a test may end it.
    pub daemon: Option<Daemon>,
    config: String,
    _folder: TempDir,
}

impl Web {
    /// Starts all of it, with a token; `more` are further lines of the configuration, of which
    /// the first may belong to `[http]`.
    #[must_use]
    pub fn start(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the token");
        let file = folder.path().join("token");
        fs::write(&file, format!("{TOKEN}\n")).expect("the token is written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("our own file");
        let token = format!("token_file = \"{}\"\n{more}", file.display());
        Self::start_in(folder, &token)
    }

    /// The same without a token.
    #[must_use]
    pub fn without_token(more: &str) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), more)
    }

    fn start_in(folder: TempDir, http: &str) -> Self {
        let broker = Mosquitto::start();
        let door = broker.door();
        let page = Door::own(PAGE_PORT);
        let address: SocketAddr = format!("{}:{}", page.host, page.port).parse().expect("an address");
        let config = format!(
            "[mqtt]\nhost = \"{}\"\nport = {}\n[http]\nlisten = \"{address}\"\n{http}\n",
            door.host, door.port
        );
        let desk = MainSystem::at(&door);
        let daemon = Some(running(&config));
        Self { broker, desk, address, daemon, config, _folder: folder }
    }

    /// Starts the daemon anew, at the same address.
    pub fn restart(&mut self) {
        self.daemon = Some(running(&self.config));
    }

    /// Starts the daemon anew, listening at every address of this machine.
    pub fn listen_everywhere(&mut self) {
        drop(self.daemon.take());
        let port = crate::desk::free_port();
        let everywhere = format!("0.0.0.0:{port}");
        self.config = self.config.replace(&self.address.to_string(), &everywhere);
        self.address.set_port(port);
        self.restart();
    }

    /// The address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn running(config: &str) -> Daemon {
    let daemon = Daemon::start(config);
    daemon.log().expect("status page", 1, START_TIMEOUT);
    daemon.log().expect("to=\"live\"", 1, START_TIMEOUT);
    daemon
}

/// An open conversation on a channel and in a queue, with a customer, waiting for so many seconds.
#[must_use]
pub fn conversation(channel: &str, queue: &str, customer: &str, waiting_s: u64) -> Value {
    let since = now() - waiting_s;
    json!({
        "status": "open", "channel": channel, "queue": queue, "customer": customer,
        "opened_at": since, "waiting_since": since,
    })
}
