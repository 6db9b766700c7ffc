//! The history: nothing is lost by a kill, and no disk stops the board.
//!
//! Owns the claims about rows, figures and response times, tried with the real program, a real
//! broker and real files. Refuses to test how a figure is defined.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rig::{
    daemon::Daemon,
    door::Door,
    main_system::{MainSystem, now},
    mosquitto::Mosquitto,
    small_disk::OnSmallDisk,
};
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use serde_json::{Value, json};

/// Far more than any step takes: a claim fails by what it sees, or here instead of for ever.
const STEP: Duration = Duration::from_secs(20);
/// Longer than the pause between two transactions.
const COMMIT: Duration = Duration::from_secs(8);
/// How often the daemon is killed.
const KILLS: usize = 30;
/// So many conversations take turns, each told of once before any is told of again.
const TALKS: usize = 30;
/// Told between two kills while the daemon runs: some conversations change twice.
const CALM: usize = 40;
/// Told while the daemon is killed: no conversation changes twice, which no board could know.
const WILD: usize = 12;
const STATE: &str = "bellboard/board/state";
const RESPONSE: &str = "bellboard/board/response_time";

fn follows(door: &Door) -> String {
    format!(
        "[board]\ntimezone = \"UTC\"\n[mqtt]\nhost = \"{}\"\nport = {}\n[[sla]]\nname = \"all\"\n\
         first_reply = \"1m\"\nnext_reply = \"2m\"\n[[badge]]\nname = \"quick\"\nanswered = 0.5\nwithin = \"5m\"\n",
        door.host, door.port
    )
}

/// The `n`th change on a floor where customers and agents write in turns, and the talk that changes.
fn change(n: usize, start: u64) -> (String, Value) {
    let (talk, turn) = (n % TALKS, n / TALKS);
    let at = |turn: usize| start + ((turn * TALKS + talk) * 7) as u64;
    let waits = turn.is_multiple_of(2);
    let channel = ["facebook", "x", "email"][talk % 3];
    let last_reply = if waits { turn.checked_sub(1) } else { Some(turn) };
    let state = json!({
        "status": "open", "channel": channel, "queue": "billing",
        "opened_at": at(0), "waiting_since": waits.then(|| at(turn)), "public": talk % 2 == 0,
        "first_reply_at": (turn > 0).then(|| at(1)), "last_reply_at": last_reply.map(at), "version": turn,
    });
    (format!("t-{talk}"), state)
}

fn tell(door: &Door, changes: impl Iterator<Item = (String, Value)>) {
    door.retain_all(changes.map(|(id, state)| (format!("support/conversations/{id}"), state.to_string())));
}

/// What a table holds but for its keys, as text, in order.
fn table(dir: &Path, columns: &str, from: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(dir.join("history.db"), flags).expect("a database");
    let mut rows = connection.prepare(&format!("SELECT {columns} FROM {from}")).expect("the tables");
    let width = rows.column_count();
    let cell = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        value => format!("{value:?}"),
    };
    let row = |row: &rusqlite::Row<'_>| {
        let cells: Result<Vec<_>, _> = (0..width).map(|n| row.get_ref(n).map(cell)).collect();
        cells.map(|cells| cells.join(" "))
    };
    let mut rows: Vec<String> =
        rows.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("rows");
    rows.sort();
    rows
}

/// Every row that does not say when this board itself did something.
fn rows(dir: &Path) -> [Vec<String>; 3] {
    let of_a_conversation =
        "source, id, opened, channel, queue, priority, public, origin, policy, first_reply, resolved";
    let of_a_wait = "source, id, clock, start, ended, outcome, target, due, breached, open_time";
    [
        table(dir, of_a_conversation, "conversations"),
        table(dir, of_a_wait, "waits JOIN conversations ON key = conversation"),
        table(dir, "source, id, state", "states"),
    ]
}

/// A daemon that has taken in all that its broker keeps.
fn synced(config: &str, state: &Path) -> Daemon {
    let daemon = Daemon::with_state(config, state);
    daemon.log().expect("synced", 1, STEP);
    daemon
}

#[test]
fn thirty_kills_in_a_day_end_in_the_rows_of_an_undisturbed_one() {
    let start = now() - 12 * 3_600;
    let seed = std::env::var("BELLBOARD_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("BELLBOARD_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let (calm, wild) = (folder.path().join("calm"), folder.path().join("wild"));
    let all = KILLS * (CALM + WILD);

    let broker = Mosquitto::start();
    let door = broker.door();
    let daemon = synced(&follows(&door), &calm);
    for n in (0..all).step_by(TALKS) {
        tell(&door, (n..all.min(n + TALKS)).map(|n| change(n, start)));
        thread::sleep(Duration::from_millis(30));
    }
    (0..3).for_each(|n| door.publish(&format!("support/conversations/t-{n}"), "", true));
    thread::sleep(Duration::from_millis(300));
    assert!(daemon.terminate().status.success());

    let broker = Mosquitto::start();
    let door = broker.door();
    let mut daemon = synced(&follows(&door), &wild);
    for kill in 0..KILLS {
        let from = kill * (CALM + WILD);
        tell(&door, (from..from + CALM).map(|n| change(n, start)));
        thread::sleep(Duration::from_millis(150));
        let speaker = thread::spawn({
            let door = door.clone();
            move || tell(&door, (from + CALM..from + CALM + WILD).map(|n| change(n, start)))
        });
        thread::sleep(Duration::from_micros(random.u64(0..12_000)));
        daemon.kill();
        speaker.join().expect("the broker takes all");
        if kill + 1 == KILLS {
            (0..3).for_each(|n| door.publish(&format!("support/conversations/t-{n}"), "", true));
        }
        daemon = synced(&follows(&door), &wild);
    }
    assert!(daemon.terminate().status.success());

    let (expected, found) = (rows(&calm), rows(&wild));
    for (expected, found) in expected.iter().zip(&found) {
        let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
        let strange: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
        assert!(missing.is_empty() && strange.is_empty(), "missing: {missing:#?}\nbesides: {strange:#?}");
    }
    assert_eq!(expected[0].len(), TALKS);
    assert!(expected[1].len() > all / 2 - TALKS, "a wait for every second change: {}", expected[1].len());
    assert_eq!(expected[2].len(), TALKS - 3);
}

#[test]
fn the_days_figures_are_on_the_board_and_the_response_time_beside_it() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut told = door.watch(&[STATE, RESPONSE]);
    let daemon = Daemon::start(&follows(&door));
    told.expect(STEP, |seen| seen.topic == STATE && seen.json()["today"]["received"] == 0);
    let early = told.find(Duration::from_millis(10), |seen| seen.topic == RESPONSE);
    assert!(early.is_none_or(|seen| seen.json()["typical_s"].is_null()), "nothing was answered yet");
    // At midnight a day ends: what began before it is not of today.
    let midnight = now() / 86_400 * 86_400;
    let opened = now().saturating_sub(300).max(midnight);
    let source = MainSystem::at(&door);
    for (n, took) in [20, 40, 90].into_iter().enumerate() {
        let reply = (opened + took).min(now());
        source.says(
            &format!("a-{n}"),
            &json!({"status": "open", "channel": "x", "opened_at": opened, "waiting_since": null,
                "first_reply_at": reply, "last_reply_at": reply}),
        );
    }
    source.waits("waits", 0);
    let board = told.expect(STEP, |seen| seen.topic == STATE && seen.json()["today"]["answered"] == 3);
    let today = &board.json()["today"];
    assert_eq!((today["received"].as_u64(), today["answer_rate"].as_f64()), (Some(4), Some(0.75)));
    if now() - opened >= 90 {
        assert_eq!((today["median_first_reply_s"].as_u64(), today["breaches"].as_u64()), (Some(40), Some(1)));
        assert_eq!(today["in_target_rate"].as_f64(), Some(2.0 / 3.0));
    }
    drop(daemon);
    // A session says at once how long replies take.
    told = door.watch(&[RESPONSE]);
    let _daemon = Daemon::start(&follows(&door));
    let response = told.expect(STEP, |seen| !seen.retained && seen.json()["sample"] == 3);
    assert_eq!(response.json()["window_s"], 3_600);
    assert!(response.json()["typical_s"].as_u64().is_some_and(|secs| secs <= 90), "{}", response.payload);
}

#[test]
fn a_badge_is_told_of_when_it_is_earned_and_stays_over_a_restart() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = tempfile::tempdir().expect("a folder");
    let mut told = door.watch(&["bellboard/board/event", STATE]);
    let daemon = synced(&follows(&door), state.path());
    let opened = now() - 400;
    tell(&door, (0..4).map(|n| {
        let answered = json!({"status": "open", "channel": "x", "opened_at": opened, "waiting_since": null,
            "first_reply_at": opened + 60, "last_reply_at": opened + 60});
        (format!("a-{n}"), answered)
    }));
    let event = told.expect(STEP, |seen| seen.json()["type"] == "badge").json();
    assert_eq!((&event["name"], &event["earned"]), (&json!("quick"), &json!(true)));
    daemon.log().expect("badge `quick` was earned", 1, STEP);
    daemon.kill();
    let _daemon = synced(&follows(&door), state.path());
    let board = told.expect(STEP, |seen| seen.topic == STATE && seen.json()["trust"] == "live");
    assert_eq!(board.json()["today"]["badges"], json!(["quick"]));
    assert!(told.find(Duration::from_secs(2), |seen| seen.json()["type"] == "badge").is_none(), "no news");
}

#[test]
fn a_board_without_a_broker_shows_what_it_last_knew_and_not_as_live() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = tempfile::tempdir().expect("a folder");
    let daemon = synced(&follows(&door), state.path());
    MainSystem::at(&door).waits("fb-1", 900);
    thread::sleep(Duration::from_millis(300));
    daemon.kill();
    let dead = format!(
        "[http]\nlisten = \"{}:8765\"\n[mqtt]\nhost = \"{}\"\nport = {}\n",
        door.host,
        door.host,
        broker.dead_port()
    );
    let _daemon = Daemon::with_state(&dead, state.path());
    let deadline = Instant::now() + STEP;
    let board = loop {
        let answer = http(&format!("{}:8765", door.host));
        if let Some(board) = answer.filter(|board| board["trust"] == "offline") {
            break board;
        }
        assert!(Instant::now() < deadline, "no board");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&board["open"], &board["oldest"]["id"]), (&json!(1), &json!("fb-1")), "{board}");
}

/// The board as the page tells it.
fn http(address: &str) -> Option<Value> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    let request = format!("GET /api/board HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}

/// The rows of conversations on a disk, or none while there are no tables.
fn conversations(disk: &Path) -> usize {
    let copy = tempfile::tempdir().expect("a folder");
    // The database is another process's: it is looked at as a crash would leave it.
    for file in ["history.db", "history.db-wal"] {
        _ = fs::copy(disk.join(file), copy.path().join(file));
    }
    let count = |connection: Connection| {
        connection.query_row("SELECT count(*) FROM conversations", [], |row| row.get::<_, u32>(0))
    };
    Connection::open(copy.path().join("history.db")).and_then(count).unwrap_or(0) as usize
}

#[test]
fn a_full_disk_stops_nothing_and_what_was_missed_is_written_when_there_is_room() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let daemon = OnSmallDisk::start(&follows(&door), 4 << 20, "");
    daemon.log().expect("the history is kept", 1, STEP);
    daemon.log().expect("synced", 1, STEP);
    daemon.fill();
    // More than fits into what the files have allocated already.
    tell(
        &door,
        (0..1_000).map(|n| {
            (
                format!("c-{n}"),
                json!({"status": "open", "channel": "x", "opened_at": now(), "waiting_since": now()}),
            )
        }),
    );
    let board = states.expect(STEP, |seen| seen.json()["history_failing"] == true).json();
    assert_eq!(board["trust"], "live", "its numbers are right all the same");
    daemon.log().expect("goes on from memory", 1, STEP);
    states.expect(STEP, |seen| seen.json()["open"] == 1_000);
    daemon.make_room();
    states.expect(STEP, |seen| seen.json()["history_failing"].is_null() && seen.json()["open"] == 1_000);
    daemon.log().expect("the history is kept", 2, STEP);
    assert_eq!(conversations(&daemon.disk()), 1_000);
}

#[test]
fn a_disk_that_may_not_be_written_is_written_as_soon_as_it_may() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let mut states = door.watch(&[STATE]);
    let daemon = OnSmallDisk::start(&follows(&door), 4 << 20, "ro");
    MainSystem::at(&door).waits("fb-1", 60);
    states.expect(STEP, |seen| seen.json()["open"] == 1 && seen.json()["history_failing"] == true);
    daemon.log().expect("goes on from memory", 1, STEP);
    daemon.remount("rw");
    daemon.log().expect("the history is kept", 1, STEP);
    assert_eq!(conversations(&daemon.disk()), 1);
}

#[test]
fn a_damaged_file_is_set_aside_and_the_board_begins_a_new_one() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = tempfile::tempdir().expect("a folder");
    fs::write(state.path().join("history.db"), "no database, though long enough ".repeat(64))
        .expect("written");
    let daemon = synced(&follows(&door), state.path());
    daemon.log().expect("the history is damaged", 1, STEP);
    MainSystem::at(&door).waits("fb-1", 60);
    thread::sleep(Duration::from_millis(300));
    assert!(daemon.terminate().status.success());
    assert_eq!(rows(state.path())[0].len(), 1);
    let aside = fs::read_to_string(state.path().join("history.db.damaged")).expect("it is kept");
    assert!(aside.starts_with("no database"));
}

#[test]
fn a_whole_floor_that_comes_at_once_is_written() {
    const MANY: usize = 40_000;
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = tempfile::tempdir().expect("a folder");
    tell(
        &door,
        (0..MANY).map(|n| {
            (
                format!("c-{n}"),
                json!({"status": "open", "channel": "x", "opened_at": now(), "waiting_since": now()}),
            )
        }),
    );
    let began = Instant::now();
    let daemon = synced(&follows(&door), state.path());
    assert!(daemon.terminate().status.success());
    assert_eq!(conversations(state.path()), MANY);
    println!("{MANY} conversations: received and written in {:.1} s", began.elapsed().as_secs_f64());
}

#[test]
fn what_is_told_again_is_not_written_again() {
    let broker = Mosquitto::start();
    let door = broker.door();
    let state = tempfile::tempdir().expect("a folder");
    let source = MainSystem::at(&door);
    let waiting = json!({"status": "open", "channel": "x", "opened_at": now(), "waiting_since": now()});
    source.says("fb-1", &waiting);
    let _daemon = synced(&follows(&door), state.path());
    thread::sleep(COMMIT);
    let written = || {
        let files = ["history.db", "history.db-wal", "history.journal"];
        files.map(|name| fs::metadata(state.path().join(name)).and_then(|file| file.modified()).ok())
    };
    let before = written();
    assert!(before[0].is_some());
    for _ in 0..3 {
        source.says("fb-1", &waiting);
    }
    thread::sleep(COMMIT);
    assert_eq!(written(), before);
}
