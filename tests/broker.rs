//! The real daemon at a real broker: what goes in is on the board, and whatever happens to
//! either of the two, the board never shows a number as live that is not.
//!
//! Owns the claims about starts, ends and lost brokers. Refuses to test what single messages do.

use std::time::{Duration, Instant};

use rig::{
    daemon::Daemon,
    door::Door,
    main_system::{MainSystem, now, waiting},
    mosquitto::{Mosquitto, Store},
    watch::{Seen, Watch},
};
use serde_json::json;

/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP: Duration = Duration::from_secs(20);
/// What goes in is out within a second; a machine with other work to do gets a few.
const LIVENESS: Duration = Duration::from_secs(5);
/// A service manager's patience with an orderly end is far longer.
const END: Duration = Duration::from_secs(3);
/// A hurried main system: the interface asks for 30 s at the most.
const BETWEEN_COUNTS: Duration = Duration::from_millis(300);
const STATE: &str = "bellboard/board/state";
const AVAILABILITY: &str = "bellboard/board/availability";

fn follows(door: &Door) -> String {
    format!("[mqtt]\nhost = \"{}\"\nport = {}\n", door.host, door.port)
}

/// A board with that trust and so many open conversations, told just now.
fn shows(trust: &str, open: u64) -> impl Fn(&Seen) -> bool {
    move |seen| !seen.retained && seen.json()["trust"] == trust && seen.json()["open"] == open
}

fn oldest(seen: &Seen) -> String {
    seen.json()["oldest"]["id"].as_str().unwrap_or("nobody").to_owned()
}

/// Three customers, of whom `fb-1` has waited longest.
fn three_wait(source: &MainSystem) {
    for (n, id) in ["fb-1", "x-2", "mail-3"].into_iter().enumerate() {
        source.waits(id, 900 - 60 * n as u64);
    }
}

/// Takes the broker away and brings it back, with the daemon held still in between, so that the
/// watch that this returns sees everything that the daemon says in its new session.
fn replace(broker: &mut Mosquitto, daemon: &Daemon, store: Store) -> Watch {
    broker.kill();
    daemon.log().expect("to=\"offline\"", 1, STEP);
    daemon.freeze();
    broker.restart(store);
    let states = broker.door().watch(&[STATE]);
    daemon.thaw();
    states
}

/// Counts again and again, as main systems do, until the board shows what is `wanted`.
fn count_until(source: &MainSystem, open: u64, states: &mut Watch, wanted: impl Fn(&Seen) -> bool) -> Seen {
    let deadline = Instant::now() + STEP;
    loop {
        source.counts(open);
        let found = states.find(BETWEEN_COUNTS, &wanted);
        if let Some(seen) = found {
            return seen;
        }
        assert!(Instant::now() < deadline, "counting {open} did not help: {:#?}", states.all().last());
    }
}

/// No board was shown as live with another number.
fn assert_live_only_with(states: &[Seen], open: u64) {
    for seen in states.iter().filter(|seen| seen.json()["trust"] == "live") {
        assert_eq!(seen.json()["open"], open, "{}", seen.payload);
    }
}

#[test]
fn a_conversation_published_by_mosquitto_pub_is_on_the_board_within_a_second() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let _daemon = Daemon::start(&follows(&door));
    states.expect(STEP, shows("live", 0));
    let source = MainSystem::at(&door);
    let mut took = Vec::new();
    for (n, id) in ["x-1", "fb-2", "mail-3", "x-4"].into_iter().enumerate() {
        let n = n as u64;
        let began = Instant::now();
        source.waits(id, 600 + 60 * n);
        let seen = states.expect(LIVENESS, shows("live", n + 1));
        took.push(seen.at.duration_since(began).as_millis());
        let board = seen.json();
        assert_eq!((&board["waiting"], oldest(&seen).as_str()), (&json!(n + 1), id));
        let age = board["oldest"]["waiting_s"].as_u64().expect("an age");
        assert!((600 + 60 * n..700 + 60 * n).contains(&age), "{age}");
    }
    println!("from mosquitto_pub to mosquitto_sub, ms: {took:?}");
    let mut late = door.watch(&[STATE, AVAILABILITY]);
    late.expect(LIVENESS, |seen| seen.topic == AVAILABILITY && seen.retained && seen.payload == "online");
    let mut late = door.watch(&[STATE]);
    assert_eq!(oldest(&late.expect(LIVENESS, |seen| seen.retained)), "x-4");
}

#[test]
fn a_killed_broker_makes_the_board_offline_and_its_store_brings_the_same_board_back() {
    let mut broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let daemon = Daemon::start(&follows(&door));
    three_wait(&MainSystem::at(&door));
    states.expect(STEP, shows("live", 3));
    broker.save();
    let mut states = replace(&mut broker, &daemon, Store::Kept);
    let back = states.expect(STEP, shows("live", 3));
    assert_eq!(oldest(&back), "fb-1");
    assert_live_only_with(&states.all(), 3);
}

#[test]
fn a_broker_that_lost_its_store_empties_the_board_only_when_the_source_counts_nothing() {
    let mut broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let daemon = Daemon::start(&follows(&door));
    let source = MainSystem::at(&door);
    source.is("online");
    three_wait(&source);
    states.expect(STEP, shows("live", 3));
    source.counts(3);
    let mut states = replace(&mut broker, &daemon, Store::Lost);
    // Nothing is there and nobody says why: the numbers stay, and are not called live.
    states.expect(STEP, shows("syncing", 3));
    source.is("online");
    // The source counts what the broker has lost, so it is there.
    let kept = count_until(&source, 3, &mut states, shows("live", 3));
    assert_eq!(oldest(&kept), "fb-1");
    count_until(&source, 0, &mut states, shows("drift", 3));
    assert_live_only_with(&states.all(), 3);
    daemon.log().expect("the source counts 0 open conversations, the board 3", 1, STEP);
    count_until(&source, 0, &mut states, shows("live", 0));
    daemon.log().expect("3 conversations that the new session did not bring were dropped", 1, STEP);
}

#[test]
fn without_heartbeats_what_a_broker_lost_is_kept_and_marked_until_the_source_is_there() {
    let mut broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let daemon = Daemon::start(&follows(&door));
    let source = MainSystem::at(&door);
    three_wait(&source);
    states.expect(STEP, shows("live", 3));
    let mut states = replace(&mut broker, &daemon, Store::Lost);
    let marked = states.expect(STEP, shows("drift", 3));
    assert_eq!(marked.json()["unconfirmed"], 3);
    assert_live_only_with(&states.all(), 3);
    source.waits("x-2", 840);
    let fewer = states.expect(STEP, |seen| seen.json()["unconfirmed"] == 2);
    assert_eq!((&fewer.json()["trust"], &fewer.json()["open"]), (&json!("drift"), &json!(3)));
    source.is("online");
    assert_eq!(oldest(&states.expect(STEP, shows("live", 1))), "x-2");
    assert_live_only_with(&states.all(), 1);
}

#[test]
fn ten_thousand_retained_conversations_are_counted_in_one_burst() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = waiting(60).to_string();
    door.retain_all((0..10_000).map(|n| (format!("support/conversations/fb-{n}"), state.clone())));
    let mut states = door.watch(&[STATE]);
    let began = Instant::now();
    let daemon = Daemon::start(&follows(&door));
    let seen = states.expect(STEP, shows("live", 10_000));
    println!("ten thousand were live after {} ms", seen.at.duration_since(began).as_millis());
    assert_eq!(seen.json()["waiting"], 10_000);
    assert_live_only_with(&states.all(), 10_000);
    daemon.log().expect("support: synced, 10000 open conversations", 1, STEP);
    assert_eq!(broker.connects("bellboard-board"), 1);
}

#[test]
fn sigterm_ends_with_a_retained_offline_and_success() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut availability = door.watch(&[AVAILABILITY]);
    let daemon = Daemon::start(&follows(&door));
    availability.expect(STEP, |seen| seen.payload == "online");
    let end = daemon.terminate();
    assert_eq!(end.status.code(), Some(0), "{:#?}", end.log);
    assert!(end.took < END, "it took {:?}: {:#?}", end.took, end.log);
    println!("an orderly end took {} ms", end.took.as_millis());
    availability.expect(STEP, |seen| seen.payload == "offline");
    let retained = door.watch(&[AVAILABILITY]).expect(STEP, |_| true);
    assert_eq!((retained.retained, retained.payload.as_str()), (true, "offline"));
}

#[test]
fn sigterm_ends_within_its_time_when_the_broker_is_gone_or_hangs() {
    let mut gone = Mosquitto::start();
    let daemon = Daemon::start(&follows(&gone.door()));
    daemon.log().expect("to=\"live\"", 1, STEP);
    gone.kill();
    daemon.log().expect("to=\"offline\"", 1, STEP);
    let end = daemon.terminate();
    assert!(end.status.success() && end.took < END, "{end:#?}");

    let hangs = Mosquitto::start();
    let daemon = Daemon::start(&follows(&hangs.door()));
    daemon.log().expect("to=\"live\"", 1, STEP);
    hangs.freeze();
    let end = daemon.terminate();
    assert!(end.status.success() && end.took < END, "{end:#?}");
}

#[test]
fn sigkill_leaves_offline_by_the_last_will() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut availability = door.watch(&[AVAILABILITY]);
    let daemon = Daemon::start(&follows(&door));
    availability.expect(STEP, |seen| seen.payload == "online");
    daemon.kill();
    availability.expect(STEP, |seen| seen.payload == "offline");
    let retained = door.watch(&[AVAILABILITY]).expect(STEP, |_| true);
    assert_eq!((retained.retained, retained.payload.as_str()), (true, "offline"));
}

#[test]
fn the_broker_inside_the_daemon_serves_others_and_keeps_what_is_retained() {
    let state = tempfile::tempdir().expect("a folder for the state");
    let door = Door::own(18_840);
    let config = format!("[broker]\nembedded = true\nlisten = \"{}:{}\"\n", door.host, door.port);
    let daemon = Daemon::with_state(&config, state.path());
    daemon.log().expect("to=\"live\"", 1, STEP);
    let source = MainSystem::at(&door);
    let mut states = door.watch(&[STATE]);
    three_wait(&source);
    states.expect(STEP, shows("live", 3));
    let resolved =
        json!({"status": "resolved", "channel": "x", "opened_at": now() - 60, "waiting_since": null});
    source.says("x-2", &resolved);
    states.expect(STEP, shows("live", 2));
    let end = daemon.terminate();
    assert!(end.status.success() && end.took < END, "{end:#?}");

    let daemon = Daemon::with_state(&config, state.path());
    daemon.log().expect("support: synced, 2 open conversations", 1, STEP);
    let seen = door.watch(&[STATE]).expect(STEP, |seen| seen.json()["open"] == 2);
    assert_eq!(oldest(&seen), "fb-1");
}
