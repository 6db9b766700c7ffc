//! Promises of the alarms that need a real broker, a real file and real processes: boards of a
//! group, a restart, another configuration.

use std::time::Duration;

use rig::{
    daemon::Daemon,
    door::Door,
    main_system::MainSystem,
    mosquitto::Mosquitto,
    watch::{Seen, Watch},
};

/// Longer than anything without a waiting time of its own takes.
const STEP: Duration = Duration::from_secs(20);
/// Within this time what was acknowledged at one board is silent at the other.
const SHARED: Duration = Duration::from_millis(500);
/// Long enough for what must not happen to happen.
const WHILE: Duration = Duration::from_secs(4);

fn config(door: &Door, id: &str, first_reply: &str) -> String {
    let (host, port) = (&door.host, door.port);
    format!(
        r#"
        [board]
        id = "{id}"
        group = "floor"
        timezone = "UTC"
        [mqtt]
        host = "{host}"
        port = {port}
        [[sla]]
        name = "everybody"
        first_reply = "{first_reply}"
        [alarm]
        on_delay = "1s"
        "#
    )
}

fn events(door: &Door, id: &str) -> Watch {
    door.watch(&[&format!("bellboard/{id}/event")])
}

/// Whether a message tells that an alarm went to a state.
fn went(seen: &Seen, alarm: &str, to: &str) -> bool {
    let event = seen.json();
    event["alarm"] == alarm && event["to"] == to
}

fn is_live(seen: &Seen) -> bool {
    seen.json()["to"] == "live"
}

#[test]
fn boards_of_a_group_ring_together_and_one_press_silences_both() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let desk = MainSystem::at(&door);
    let (mut left, mut right) = (events(&door, "left"), events(&door, "right"));
    let _boards = ["left", "right"].map(|id| Daemon::start(&config(&door, id, "15m")));
    left.expect(STEP, is_live);
    right.expect(STEP, is_live);

    desk.waits("fb-1", 1_200);
    left.expect(STEP, |seen| went(seen, "fb-1/first_reply", "unacked"));
    right.expect(STEP, |seen| went(seen, "fb-1/first_reply", "unacked"));

    door.publish("bellboard/left/cmd/ack", r#"{"by":"Jo"}"#, false);
    let here = left.expect(STEP, |seen| went(seen, "fb-1/first_reply", "acked")).at;
    let there = right.expect(STEP, |seen| went(seen, "fb-1/first_reply", "acked")).at;
    let apart = there.saturating_duration_since(here);
    println!("the other board was silent {} ms after the first", apart.as_millis());
    assert!(apart < SHARED, "{apart:?}");
    let alarms =
        door.watch(&["bellboard/right/alarms"]).expect(STEP, |seen| seen.json()[0]["state"] == "acked");
    assert_eq!(alarms.json()[0]["acked_by"], "Jo");

    desk.waits("fb-2", 1_200);
    left.expect(STEP, |seen| went(seen, "fb-2/first_reply", "unacked"));
    right.expect(STEP, |seen| went(seen, "fb-2/first_reply", "unacked"));
    door.publish("bellboard/right/cmd/ack", "", false);
    left.expect(STEP, |seen| went(seen, "fb-2/first_reply", "acked"));
}

#[test]
fn what_was_acknowledged_or_shelved_is_so_after_sigkill_and_a_restart() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let desk = MainSystem::at(&door);
    let state = tempfile::tempdir().expect("a folder for state");
    let config = config(&door, "floor-1", "15m");
    let mut told = events(&door, "floor-1");
    let first = Daemon::with_state(&config, state.path());
    told.expect(STEP, is_live);
    for id in ["acked", "shelved"] {
        desk.waits(id, 1_200);
        told.expect(STEP, |seen| went(seen, &format!("{id}/first_reply"), "unacked"));
    }
    door.publish("bellboard/floor-1/cmd/ack", r#"{"alarm":"acked/first_reply","by":"Jo"}"#, false);
    told.expect(STEP, |seen| went(seen, "acked/first_reply", "acked"));
    let shelve = r#"{"alarm":"shelved/first_reply","for_s":600}"#;
    door.publish("bellboard/floor-1/cmd/shelve", shelve, false);
    told.expect(STEP, |seen| went(seen, "shelved/first_reply", "shelved"));
    // What a person did is written at once: this is how long a memory card takes.
    std::thread::sleep(Duration::from_millis(500));
    first.kill();

    let _second = Daemon::with_state(&config, state.path());
    told.expect(STEP, is_live);
    let alarms = door
        .watch(&["bellboard/floor-1/alarms"])
        .expect(STEP, |seen| seen.json()[0]["frozen"].is_null() && seen.json()[0]["state"] == "acked");
    let alarms = alarms.json();
    assert_eq!(alarms[0]["acked_by"], "Jo");
    assert_eq!(alarms[1]["state"], "shelved");
    assert!(alarms[1]["until"].is_string(), "{alarms}");
    let rang = told.find(WHILE, |seen| seen.json()["to"] == "unacked");
    assert!(rang.is_none(), "{rang:?}");
    desk.waits("new", 1_200);
    told.expect(STEP, |seen| went(seen, "new/first_reply", "unacked"));
}

#[test]
fn a_reload_counts_every_deadline_anew_and_a_wrong_file_changes_nothing() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let desk = MainSystem::at(&door);
    let mut told = events(&door, "floor-1");
    let daemon = Daemon::start(&config(&door, "floor-1", "2h"));
    told.expect(STEP, is_live);
    desk.waits("fb-1", 1_200);
    assert!(told.find(WHILE, |seen| seen.json()["alarm"].is_string()).is_none(), "two hours are promised");

    daemon.reload(&config(&door, "floor-1", "15 minutes"));
    daemon.log().expect("the configuration from before stays in force", 1, STEP);
    daemon.log().expect("`first_reply` in [[sla]] must be a duration", 1, STEP);
    assert!(told.find(WHILE, |seen| seen.json()["alarm"].is_string()).is_none(), "they still are");

    daemon.reload(&config(&door, "floor-1", "15m").replace("on_delay = \"1s\"", "on_delay = \"0s\""));
    daemon.log().expect("the configuration was read again", 1, STEP);
    told.expect(STEP, |seen| went(seen, "fb-1/first_reply", "unacked"));

    daemon.reload(&config(&door, "floor-2", "2h"));
    daemon.log().expect("parts=\"[board] id\"", 1, STEP);
    // What rang has ended unseen by the new promise, once it has lasted.
    told.expect(STEP + STEP, |seen| went(seen, "fb-1/first_reply", "missed"));
}
