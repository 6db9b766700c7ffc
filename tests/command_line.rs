//! The command line of the real binary: exit codes after sysexits, and one plain message.
//!
//! Owns what people and scripts see of a failure. Refuses to test what the commands are for.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rig::{
    binary::{Outcome, call},
    daemon::Daemon,
    door::Door,
    mosquitto::Mosquitto,
};

/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP: Duration = Duration::from_secs(20);

fn written(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a small file");
    path.display().to_string()
}

/// The command failed with that code, said this once, and said nothing else.
#[track_caller]
fn assert_fails(outcome: &Outcome, code: i32, text: &str) {
    let Outcome { code: found, out, err } = outcome;
    assert_eq!((*found, out.as_str()), (code, ""), "{err}");
    assert_eq!(err.matches(text).count(), 1, "{text:?} is not once in: {err}");
    for noise in ["panicked", "RUST_BACKTRACE", "stack backtrace", "Error {", "Os {", "Some("] {
        assert!(!err.contains(noise), "{noise:?} in: {err}");
    }
}

#[test]
fn a_missing_or_wrong_configuration_is_one_message_and_exit_78() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.toml").display().to_string();
    let wrong = written(folder.path(), "wrong.toml", "[mqtt]\nkeepalive = \"30s\"\nport = \"x\"\n");
    let not_toml = written(folder.path(), "not.toml", "[mqtt\n");
    let not_text = written(folder.path(), "text.toml", [0xff, 0xfe]);
    let junk = written(folder.path(), "junk.pem", "junk");
    let tls = written(folder.path(), "tls.toml", format!("[mqtt]\ntls = true\nca_file = \"{junk}\"\n"));
    for command in ["run", "check", "replay"] {
        let outcome = call(&[command, "--config", &missing], "");
        assert_fails(&outcome, 78, "missing.toml: does not exist");
        assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
        let outcome = call(&[command, "--config", &wrong], "");
        assert_fails(
            &outcome,
            78,
            "wrong.toml:2:1: unknown key `keepalive` in [mqtt]; did you mean `keep_alive`?",
        );
        assert_fails(&outcome, 78, "wrong.toml:3:8: `port`");
        assert_eq!(outcome.err.lines().count(), 2, "{}", outcome.err);
        assert_fails(&call(&[command, "--config", &not_toml], ""), 78, "not.toml:1:");
        assert_fails(&call(&[command, "--config", &not_text], ""), 78, "is not UTF-8 text");
    }
    assert_fails(&call(&["run", "--config", &tls], ""), 78, "no usable PEM certificate in it");
}

#[test]
fn what_keeps_a_daemon_from_starting_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let users = written(folder.path(), "users", "no colon\n");
    let door = Door::own(18_850);
    let embedded =
        |more: &str| format!("[broker]\nembedded = true\nlisten = \"{}:{}\"\n{more}", door.host, door.port);
    let config = written(folder.path(), "state.toml", embedded(""));
    let outcome = call(&["run", "--log", "error", "--config", &config, "--state", "/proc/none"], "");
    assert_fails(&outcome, 74, "cannot create /proc/none: No such file or directory");

    set_mode(&users, 0o600);
    let config = written(folder.path(), "users.toml", embedded(&format!("users_file = \"{users}\"\n")));
    let outcome = call(&["run", "--log", "error", "--config", &config], "");
    assert_fails(&outcome, 78, "users:1: a line has to be name:password");

    let first = Daemon::start(&embedded(""));
    first.log().expect("to=\"live\"", 1, STEP);
    let config = written(folder.path(), "taken.toml", embedded(""));
    let state = folder.path().display().to_string();
    let outcome = call(&["run", "--log", "error", "--config", &config, "--state", &state], "");
    assert_fails(&outcome, 74, "Address already in use");
}

fn set_mode(path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

#[test]
fn a_wrong_command_line_is_exit_64() {
    for wrong in [
        &["run", "--lgo", "info"][..],
        &["run", "--log", "loud"],
        &["dance"],
        &[],
        &["publish", "fb-1"],
        &["publish", "a b", "--channel", "x"],
        &["publish", "fb-1", "--channel", "x", "--opened-at", "yesterday"],
        &["render", "--snapshot", "-", "--out", "x.png", "--size", "1x1"],
        &["schema", "nothing"],
    ] {
        let outcome = call(wrong, "");
        assert_eq!((outcome.code, outcome.out.as_str()), (64, ""), "{wrong:?}: {}", outcome.err);
        assert!(!outcome.err.is_empty(), "{wrong:?} is refused without a word");
    }
    for help in ["run", "demo", "check", "replay", "explain", "render", "publish", "schema"] {
        let outcome = call(&[help, "--help"], "");
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
        assert!(outcome.out.contains("Example"), "`{help} --help` has no example");
    }
}

#[test]
fn wrong_input_of_render_and_replay_is_told_from_missing_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("board.png").display().to_string();
    let missing = folder.path().join("missing").display().to_string();
    let render =
        |snapshot: &str, input: &str| call(&["render", "--snapshot", snapshot, "--out", &out], input);
    assert_fails(&render(&missing, ""), 66, "No such file or directory");
    assert_fails(&render("-", "{}"), 65, "standard input is no board snapshot: missing field `board`");
    assert_fails(&render("-", "junk"), 65, "standard input is no board snapshot");
    assert_fails(&render("-", &" ".repeat((1 << 20) + 1)), 65, "is larger than any snapshot");
    let snapshot = concat!(
        r#"{"board":"b","at":"2026-11-22T08:00:00Z","trust":"live","open":0,"waiting":0,"#,
        r#""trust_since":"2026-11-22T07:00:00Z","unassigned":0,"at_risk":0,"breached":0,"oldest":null,"#,
        r#""next_due":null,"channels":[],"queues":[],"#,
        r#""worst":[],"alarm":{"priority":null,"unacked":0,"acked":0,"shelved":0,"muted":false},"#,
        r#""surge":null,"today":null}"#
    );
    let nowhere = call(&["render", "--snapshot", "-", "--out", "/proc/none/board.png"], snapshot);
    assert_fails(&nowhere, 73, "cannot create /proc/none/board.png");
    assert_eq!(render("-", snapshot).code, 0);

    assert_fails(&call(&["replay", &missing], ""), 66, "No such file or directory");
    assert_fails(&call(&["replay"], "\njunk\n"), 65, "line 2: ");
    assert_eq!(call(&["replay"], "{\"at\":1,\"link\":\"up\"}\n").code, 0);
}

#[test]
fn publish_puts_a_conversation_on_the_board_and_exits_with_69_without_a_broker() {
    let mut broker = Mosquitto::start();
    let door = broker.door();
    let port = door.port.to_string();
    let mut states = door.watch(&["bellboard/board/state"]);
    let _daemon = Daemon::start(&format!("[mqtt]\nhost = \"{}\"\nport = {port}\n", door.host));
    states.expect(STEP, |seen| seen.json()["trust"] == "live");
    let publish = |more: &[&str]| {
        let flags = ["publish", "fb-1", "--host", &door.host, "--port", &port];
        call(&[&flags, more].concat(), "")
    };
    let began = Instant::now();
    let outcome = publish(&["--channel", "facebook", "--queue", "billing", "--opened-at", "-15m"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    println!("bellboard publish took {} ms", began.elapsed().as_millis());
    let board = states.expect(STEP, |seen| seen.json()["open"] == 1).json();
    assert_eq!((&board["oldest"]["id"], &board["queues"][0]["name"]), (&"fb-1".into(), &"billing".into()));
    assert_eq!(publish(&["--remove"]).code, 0);
    states.expect(STEP, |seen| seen.json()["open"] == 0);
    broker.kill();
    let outcome = publish(&["--channel", "facebook"]);
    assert_fails(&outcome, 69, &format!("cannot publish to {} port {port}: ", door.host));
}
