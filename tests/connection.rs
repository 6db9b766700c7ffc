//! How the real daemon gets to a real broker, and what it says when it cannot.
//!
//! Owns the claims about addresses, passwords, certificates and refusals. Refuses to look at
//! the board: a connection is there when the board is live.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rig::{
    certificates::Authority,
    daemon::Daemon,
    mosquitto::{Mosquitto, Store},
    tool::MOSQUITTO_PASSWD,
};

/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP: Duration = Duration::from_secs(20);
/// In this time an ordinary failure is tried again two times at the least, in half of 0.5 s and
/// then of 1 s, times at most three.
const SEVERAL_TRIES: Duration = Duration::from_millis(2_500);
/// What the log says when numbers can be believed.
const LIVE: &str = "to=\"live\"";

/// A file that only its owner reads.
fn secret(folder: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    fs::write(&path, text).expect("a small file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("our own file");
    path.display().to_string()
}

fn at(host: &str, port: u16, more: &str) -> String {
    format!("[mqtt]\nhost = \"{host}\"\nport = {port}\n{more}\n")
}

#[test]
fn a_daemon_waits_for_a_broker_that_is_not_there_yet() {
    let mut broker = Mosquitto::start();
    let door = broker.door();
    broker.stop();
    let daemon = Daemon::start(&at(&door.host, door.port, ""));
    let said = daemon.log().expect("no connection to the broker; trying again", 1, STEP);
    assert!(said.contains(&format!("{}:{}", door.host, door.port)) && said.contains("refused"), "{said}");
    daemon.log().expect("to=\"offline\"", 1, STEP);
    broker.restart(Store::Lost);
    daemon.log().expect(LIVE, 1, STEP);
}

#[test]
fn of_two_addresses_the_one_that_answers_is_found() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let hosts =
        format!("[mqtt]\nhosts = [\"{0}:{1}\", \"{0}:{2}\"]\n", door.host, broker.dead_port(), door.port);
    let daemon = Daemon::start(&hosts);
    daemon.log().expect(&format!("{}:{}", door.host, broker.dead_port()), 1, STEP);
    daemon.log().expect(LIVE, 1, STEP);
}

#[test]
fn a_broker_that_hangs_is_noticed_by_the_keep_alive() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let daemon = Daemon::start(&at(&door.host, door.port, "keep_alive = \"5s\""));
    daemon.log().expect(LIVE, 1, STEP);
    broker.freeze();
    let began = Instant::now();
    daemon.log().expect("the broker does not answer", 1, STEP);
    println!("keep_alive 5 s: a hung broker was noticed after {} ms", began.elapsed().as_millis());
    daemon.log().expect("to=\"offline\"", 1, STEP);
    broker.thaw();
    daemon.log().expect(LIVE, 2, STEP);
}

#[test]
fn a_wrong_password_is_named_and_tried_again_slowly_and_the_right_one_gets_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Mosquitto::guarded(|folder, _| {
        let users = folder.join("users").display().to_string();
        MOSQUITTO_PASSWD.run(["-c", "-b", &users, "floor", "s3cret"], b"");
        format!("allow_anonymous false\npassword_file {users}")
    });
    let login = |text: &str| {
        let file = secret(folder.path(), text, text);
        let more = format!("username = \"floor\"\npassword_file = \"{file}\"");
        at(&broker.door().host, broker.guarded_port(), &more)
    };
    let daemon = Daemon::start(&login("wrong"));
    let refusal = daemon.log().expect("the broker refused the connection", 1, STEP);
    assert!(
        refusal.contains("not authorized") || refusal.contains("wrong user name or password"),
        "{refusal}"
    );
    let guarded = format!(" on port {}", broker.guarded_port());
    let is_attempt = |line: &&String| line.contains("New connection") && line.contains(&guarded);
    let attempts = || broker.log().all().iter().filter(is_attempt).count();
    assert_eq!(attempts(), 1);

    let right = Daemon::start(&login("s3cret"));
    right.log().expect(LIVE, 1, STEP);
    assert_eq!(attempts(), 2);
    // That nothing happens can only be waited for.
    std::thread::sleep(SEVERAL_TRIES);
    assert_eq!(attempts(), 2, "refused credentials are tried again as often as a lost connection");
    assert!(!daemon.log().all().iter().any(|line| line.contains("s3cret") || line.contains("wrong\"")));
    let end = daemon.terminate();
    assert!(end.status.success() && end.took < Duration::from_secs(3), "{end:#?}");
}

#[test]
fn tls_connects_where_authority_and_name_are_right_and_names_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new(folder.path(), "ours");
    let stranger = Authority::new(folder.path(), "stranger").certificate();
    let listen = |name: &'static str| {
        Mosquitto::guarded(|_, host| {
            let signed = authority.sign("broker", &name.replace("HOST", host));
            let (certificate, key) = (signed.certificate.display(), signed.key.display());
            format!("allow_anonymous true\ncertfile {certificate}\nkeyfile {key}")
        })
    };
    let tls = |broker: &Mosquitto, ca: &Path| {
        let more = format!("tls = true\nca_file = \"{}\"", ca.display());
        Daemon::start(&at(&broker.door().host, broker.guarded_port(), &more))
    };
    let right = listen("IP:HOST");
    let daemon = tls(&right, &authority.certificate());
    daemon.log().expect("encrypted=true", 1, STEP);
    daemon.log().expect(LIVE, 1, STEP);

    let unknown = tls(&right, &stranger);
    let said = unknown.log().expect("no connection to the broker", 1, STEP);
    assert!(said.contains("the broker's certificate is signed by nobody in `ca_file`"), "{said}");

    let other = listen("DNS:broker.example");
    let wrong_name = tls(&other, &authority.certificate());
    let said = wrong_name.log().expect("no connection to the broker", 1, STEP);
    assert!(said.contains("the broker's certificate is for another host name"), "{said}");
    assert_eq!(other.connects("bellboard-board"), 0);

    let door = right.door();
    let more = format!("tls = true\nca_file = \"{}\"", authority.certificate().display());
    let plain = Daemon::start(&at(&door.host, door.port, &more));
    plain.log().expect("the broker closed the connection", 1, STEP);
}

#[test]
fn a_broker_that_asks_for_a_client_certificate_gets_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new(folder.path(), "ours");
    let floor = authority.sign("floor", "DNS:floor-1");
    let ca = authority.certificate().display().to_string();
    let broker = Mosquitto::guarded(|_, host| {
        let signed = authority.sign("broker", &format!("IP:{host}"));
        let (certificate, key) = (signed.certificate.display(), signed.key.display());
        let asks = "require_certificate true\nuse_identity_as_username true";
        format!("cafile {ca}\ncertfile {certificate}\nkeyfile {key}\n{asks}")
    });
    let tls = |more: &str| {
        let more = format!("tls = true\nca_file = \"{ca}\"\n{more}");
        Daemon::start(&at(&broker.door().host, broker.guarded_port(), &more))
    };
    let (certificate, key) = (floor.certificate.display(), floor.key.display());
    let known = tls(&format!("cert_file = \"{certificate}\"\nkey_file = \"{key}\""));
    known.log().expect(LIVE, 1, STEP);

    let nameless = tls("");
    nameless.log().expect("the broker asks for a client certificate", 1, STEP);
    assert_eq!(nameless.log().count(LIVE), 0);
}

#[test]
fn refused_subscriptions_are_named_and_the_board_is_not_live() {
    // The plugin comes with the broker; without a rule it lets nobody subscribe.
    let plugin = fs::read_dir("/usr/lib")
        .expect("Linux has it")
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("mosquitto_dynamic_security.so"))
        .find(|file| file.exists())
        .expect("the plugin of Debian's package mosquitto: apt-get install mosquitto");
    let broker = Mosquitto::guarded(|folder, _| {
        let rules = folder.join("rules.json");
        let rule = r#"{"defaultACLAccess":{"publishClientSend":true,"publishClientReceive":true,"subscribe":false}}"#;
        fs::write(&rules, rule).expect("a small file");
        format!(
            "plugin {}\nplugin_opt_config_file {}\nallow_anonymous true",
            plugin.display(),
            rules.display()
        )
    });
    let daemon = Daemon::start(&at(&broker.door().host, broker.guarded_port(), ""));
    let said = daemon.log().expect("the broker refused subscriptions", 1, STEP);
    for topic in ["support/conversations/+", "support/heartbeat", "bellboard/board/cmd/+"] {
        assert!(said.contains(topic), "{topic} is not in: {said}");
    }
    assert!(daemon.terminate().log.iter().all(|line| !line.contains(LIVE)), "nothing was subscribed to");
}
