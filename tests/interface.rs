//! The MQTT interface as the real daemon keeps it at a real broker: messages that break it,
//! commands, heartbeats, and the schema of every word.
//!
//! Owns the claims about single messages. Refuses to break the broker.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rig::{
    binary::call,
    daemon::Daemon,
    door::Door,
    main_system::{MainSystem, now, waiting},
    mosquitto::Mosquitto,
    schemas::assert_described,
    watch::{Seen, Watch},
};
use serde_json::{Value, json};

/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP: Duration = Duration::from_secs(20);
const STATE: &str = "bellboard/board/state";
const REJECTED: &str = "bellboard/board/rejected";
const RESULTS: &str = "bellboard/board/cmd/+/result";
const CLIENT: &str = "bellboard-board";
/// Everything that the board says.
const EVERYTHING: [&str; 8] = [
    "bellboard/board/availability",
    STATE,
    "bellboard/board/alarms",
    "bellboard/board/event",
    "bellboard/board/response_time",
    REJECTED,
    RESULTS,
    "support/resync",
];

fn follows(door: &Door) -> String {
    format!("[mqtt]\nhost = \"{}\"\nport = {}\n", door.host, door.port)
}

fn shows(trust: &str, open: u64) -> impl Fn(&Seen) -> bool {
    move |seen| seen.topic == STATE && seen.json()["trust"] == trust && seen.json()["open"] == open
}

/// Waits for the refusals of these topics, in any order; their reasons by topic.
fn refusals(rejected: &mut Watch, count: usize) -> Vec<(String, String)> {
    let refusal = |seen: Seen| {
        let text = |key: &str| seen.json()[key].as_str().expect("a text").to_owned();
        (text("topic"), text("reason"))
    };
    let mut found: Vec<_> = (0..count).map(|_| refusal(rejected.expect(STEP, |_| true))).collect();
    found.sort();
    found
}

#[test]
fn messages_that_break_the_interface_are_named_and_change_nothing() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let mut rejected = door.watch(&[REJECTED]);
    let _daemon = Daemon::start(&follows(&door));
    let source = MainSystem::at(&door);
    source.waits("good", 600);
    let before = states.expect(STEP, shows("live", 1)).json();

    let good = "support/conversations/good";
    let wrong_type = json!({"status": 7, "channel": "x", "opened_at": 1, "waiting_since": null}).to_string();
    let mut large = waiting(0);
    large["customer"] = json!("x".repeat(64 << 10));
    let large = large.to_string();
    let deep = format!("{}{}", "[".repeat(17), "]".repeat(17));
    let bad: [&[u8]; 6] =
        [b"{\"status\":", b"\xff\xfe\x00", wrong_type.as_bytes(), large.as_bytes(), deep.as_bytes(), b"{}"];
    for payload in bad {
        door.publish(good, payload, true);
    }
    let long = "a".repeat(65);
    let bad_ids = ["a b", "ä", &long];
    for id in bad_ids {
        door.publish(&format!("support/conversations/{id}"), waiting(0).to_string(), true);
    }
    door.publish("support/heartbeat", "{}", false);
    door.publish("support/availability", "away", true);

    let found = refusals(&mut rejected, bad.len() + bad_ids.len() + 2);
    let count = |topic: &str| found.iter().filter(|(named, _)| named == topic).count();
    assert_eq!((count(good), count("support/heartbeat"), count("support/availability")), (6, 1, 1));
    assert_eq!(found.iter().filter(|(_, reason)| reason.starts_with("the id is not ")).count(), 3);
    for reason in ["is longer than 65536 bytes", "is nested deeper than 16", "missing field"] {
        assert!(found.iter().any(|(_, told)| told.contains(reason)), "no `{reason}` in {found:#?}");
    }
    // One more that is right shows that all of them have been looked at.
    source.waits("late", 60);
    let after = states.expect(STEP, shows("live", 2)).json();
    assert_eq!(after["oldest"]["id"], "good");
    assert_eq!(after["oldest"]["waiting_since"], before["oldest"]["waiting_since"]);
    assert_eq!(broker.connects(CLIENT), 1, "the connection was lost");
}

#[test]
fn retained_poison_is_named_at_every_start_and_starts_no_loop() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let source = MainSystem::at(&door);
    source.waits("good", 600);
    door.publish("support/conversations/poison", "{\"status\":\"open\"", true);
    door.publish("support/conversations/bad id", waiting(0).to_string(), true);
    door.publish("support/conversations/large", "x".repeat(70_000), true);
    door.publish("support/heartbeat", "{\"open\":77}", true);
    door.publish("bellboard/board/cmd/mute", "{\"for_s\":600}", true);
    door.publish("bellboard/all/cmd/nonsense", "{", true);
    let mut results = door.watch(&[RESULTS]);
    for _ in 0..2 {
        let mut states = door.watch(&[STATE]);
        let mut rejected = door.watch(&[REJECTED]);
        let daemon = Daemon::start(&follows(&door));
        let topics: Vec<String> = refusals(&mut rejected, 3).into_iter().map(|(topic, _)| topic).collect();
        let named = ["bad id", "large", "poison"].map(|id| format!("support/conversations/{id}"));
        assert_eq!(topics, named);
        let seen = states.expect(STEP, |seen| !seen.retained && shows("live", 1)(seen)).json();
        assert_eq!((&seen["oldest"]["id"], &seen["alarm"]["muted"]), (&json!("good"), &json!(false)));
        assert!(daemon.terminate().status.success());
    }
    assert_eq!(broker.connects(CLIENT), 2, "it connected more than once in a run");
    // The next answer is the one to a command of now: the retained ones got none.
    let _daemon = Daemon::start(&follows(&door));
    broker.expect_client(CLIENT, 3, STEP);
    door.watch(&[STATE]).expect(STEP, |seen| !seen.retained && shows("live", 1)(seen));
    door.publish("bellboard/board/cmd/ack", "", false);
    assert_eq!(results.expect(STEP, |_| true).topic, "bellboard/board/cmd/ack/result");
}

#[test]
fn a_retained_message_over_a_mebibyte_is_named_and_backed_off_until_it_is_cleared() {
    let broker = Mosquitto::start();
    let door = broker.door();
    MainSystem::at(&door).waits("good", 600);
    door.publish("support/conversations/huge", "x".repeat((1 << 20) + 1), true);
    let mut states = door.watch(&[STATE]);
    let daemon = Daemon::start(&follows(&door));
    daemon.log().expect("a message larger than 1048576 bytes waits on a subscribed topic", 1, STEP);
    broker.expect_client(CLIENT, 1, STEP);
    let began = Instant::now();
    broker.expect_client(CLIENT, 4, STEP);
    // Half of 0.5 + 1 + 2 s, the least that the pauses can be.
    assert!(began.elapsed() > Duration::from_millis(1_700), "no backing off: {:?}", began.elapsed());
    assert!(!states.all().iter().any(|seen| seen.json()["trust"] == "live"), "called live in between");
    door.publish("support/conversations/huge", "", true);
    states.expect(STEP, shows("live", 1));
}

#[test]
fn commands_are_answered_and_retained_or_unknown_ones_do_nothing() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let mut results = door.watch(&[RESULTS]);
    let mut events = door.watch(&["bellboard/board/event"]);
    let _daemon = Daemon::start(&follows(&door));
    states.expect(STEP, shows("live", 0));
    let mut answer = |topic: &str, payload: &str| {
        door.publish(topic, payload, false);
        let name = topic.rsplit('/').next().expect("a name");
        let seen = results.expect(STEP, |_| true);
        assert_eq!(seen.topic, format!("bellboard/board/cmd/{name}/result"));
        seen.json()
    };
    let ok = json!({"ok": true});
    assert_eq!(answer("bellboard/board/cmd/ack", ""), ok);
    assert_eq!(answer("bellboard/all/cmd/ack", "{\"by\":\"Ana\"}"), ok);
    assert_eq!(answer("bellboard/board/cmd/test", "{\"sound\":\"low\"}"), ok);
    assert_eq!(answer("bellboard/board/cmd/page", "{\"page\":\"list\"}"), ok);
    assert_eq!(answer("bellboard/all/cmd/page", ""), ok);
    assert_eq!(answer("bellboard/board/cmd/brightness", "{\"percent\":40}"), ok);
    assert_eq!(answer("bellboard/board/cmd/mute", "{\"for_s\":600}"), ok);
    states.expect(STEP, |seen| seen.json()["alarm"]["muted"] == true);
    assert_eq!(answer("bellboard/board/cmd/unmute", "{}"), ok);
    states.expect(STEP, |seen| seen.json()["alarm"]["muted"] == false);

    let failure = |answer: Value| {
        assert_eq!(answer["ok"], false);
        (answer["error"]["code"].clone(), answer["error"]["field"].clone())
    };
    let bad = answer("bellboard/board/cmd/mute", "{\"for_s\":0}");
    assert_eq!(failure(bad), (json!("bad_payload"), json!("for_s")));
    let bad = answer("bellboard/board/cmd/page", "{\"page\":\"alarm\"}");
    assert_eq!(failure(bad), (json!("bad_payload"), json!("page")));
    let unknown = answer("bellboard/board/cmd/ack", "{\"alarm\":\"fb-1/first_reply\"}");
    assert_eq!(failure(unknown), (json!("unknown_alarm"), json!("alarm")));
    let unknown = answer("bellboard/board/cmd/reboot", "");
    assert_eq!(failure(unknown), (json!("unknown_command"), json!(null)));
    events.expect(STEP, |seen| seen.json()["type"] == "command" && seen.json()["name"] == "reboot");
}

#[test]
fn silence_makes_the_board_stale_and_a_heartbeat_makes_it_live_again() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let config = format!("{}[[source]]\nstale_after = \"5s\"\n", follows(&door));
    let _daemon = Daemon::start(&config);
    let source = MainSystem::at(&door);
    source.waits("fb-1", 60);
    states.expect(STEP, shows("live", 1));
    let began = Instant::now();
    source.counts(1);
    let stale = states.expect(STEP, shows("stale", 1));
    let silent = stale.at.duration_since(began);
    assert!(silent >= Duration::from_secs(5), "stale after {silent:?}");
    println!("stale_after 5 s: stale after {} ms", silent.as_millis());
    source.counts(1);
    states.expect(STEP, shows("live", 1));
}

#[test]
fn two_wrong_counts_are_drift_and_ask_for_a_resync() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let mut resyncs = door.watch(&["support/resync"]);
    let _daemon = Daemon::start(&follows(&door));
    let source = MainSystem::at(&door);
    source.waits("fb-1", 60);
    states.expect(STEP, shows("live", 1));
    assert_eq!(resyncs.expect(STEP, |_| true).json(), json!({"board": "board", "reason": "session"}));
    source.counts(1);
    source.counts(7);
    source.waits("fb-2", 30);
    states.expect(STEP, shows("live", 2));
    assert!(resyncs.unread().is_empty(), "one wrong count may have crossed a message");
    source.counts(7);
    states.expect(STEP, shows("drift", 2));
    assert_eq!(resyncs.expect(STEP, |_| true).json(), json!({"board": "board", "reason": "drift"}));
    // The main system publishes again what the board had missed.
    source.waits("fb-3", 20);
    source.counts(3);
    states.expect(STEP, shows("live", 3));
}

#[test]
fn every_new_session_asks_for_a_resync_and_is_right_again() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut resyncs = door.watch(&["support/resync"]);
    let mut states = door.watch(&[STATE]);
    let daemon = Daemon::start(&follows(&door));
    MainSystem::at(&door).waits("fb-1", 60);
    states.expect(STEP, shows("live", 1));
    resyncs.expect(STEP, |seen| seen.json()["reason"] == "session");
    // Whoever comes with the same client id ends the daemon's session.
    door.publish_as(CLIENT, "elsewhere", "", false);
    daemon.log().expect("to=\"offline\"", 1, STEP);
    resyncs.expect(STEP, |seen| seen.json()["reason"] == "session");
    states.expect(STEP, shows("syncing", 1));
    states.expect(STEP, shows("live", 1));
}

#[test]
fn all_that_the_board_says_in_an_eventful_session_is_as_its_schemas_say() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut said = door.watch(&EVERYTHING);
    let config = format!(
        "{}[[sla]]\nname = \"all\"\nfirst_reply = \"15m\"\nnext_reply = \"15m\"\n\
         [privacy]\nshow_names = \"initials\"\n",
        follows(&door)
    );
    let daemon = Daemon::start(&config);
    let source = MainSystem::at(&door);
    source.is("online");
    let mut late = waiting(3_600);
    late["customer"] = json!("Zoë Ångström");
    source.says("late", &late);
    source.waits("soon", 14 * 60);
    let mut replied = waiting(60);
    replied["first_reply_at"] = json!(now() - 300);
    replied["opened_at"] = json!(now() - 400);
    replied["promised_at"] = json!(now() + 3_600);
    source.says("replied", &replied);
    let board = said.expect(STEP, shows("live", 3)).json();
    assert_eq!((&board["breached"], &board["at_risk"]), (&json!(1), &json!(1)));
    door.publish("support/conversations/bad", "{", true);
    door.publish("bellboard/board/cmd/mute", "{\"for_s\":60}", false);
    door.publish("bellboard/board/cmd/mute", "{}", false);
    door.publish("bellboard/board/cmd/nonsense", "", false);
    // The breach is heard after its delay, and acknowledged.
    said.expect(STEP, |seen| seen.topic.ends_with("/alarms") && seen.json()[0]["state"] == "unacked");
    door.publish("bellboard/board/cmd/ack", "{\"by\":\"Ana\"}", false);
    said.expect(STEP, |seen| seen.topic.ends_with("/alarms") && seen.json()[0]["acked_by"] == "Ana");
    source.is("offline");
    said.expect(STEP, shows("offline", 3));
    said.expect(STEP, |seen| seen.topic.ends_with("/alarms") && seen.payload.contains("board/offline"));
    assert!(daemon.terminate().status.success());
    said.expect(STEP, |seen| seen.payload == "offline");

    let schemas: Value = serde_json::from_str(&call(&["schema"], "").out).expect("JSON");
    let met = assert_described(&schemas, &said.all());
    let all =
        ["alarms", "availability", "cmd-result", "event", "rejected", "response-time", "resync", "state"];
    assert_eq!(met, BTreeSet::from(all), "not every kind of message was met");
}
