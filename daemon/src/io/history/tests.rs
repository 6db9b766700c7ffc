//! The history on a real disk: what is written is there, and what is broken is set aside.

use std::{fs, path::Path, sync::Arc, thread, time::Duration};

use bellboard_panel::{Timestamp, snapshot::Clock};
use rusqlite::Connection;

use super::*;
use crate::{
    config::model::{Origin, Urgency},
    core::history::{AlarmStep, Outcome, Step, Told, Wait},
    io::pulse::Pulses,
};

const RULES: Rules = Rules { keep_ms: 400 * 86_400_000, looks_back_ms: 7 * 86_400_000, zone: Tz::UTC };

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + secs).expect("a time")
}

/// A conversation that was opened at 0 and answered after so many seconds.
fn told(id: &str, reply: Option<i64>) -> Record {
    Record::Told(Box::new(Told {
        source: "support".into(),
        id: id.into(),
        channel: "x".into(),
        queue: "default".into(),
        priority: Urgency::High,
        public: true,
        origin: Origin::Mention,
        policy: Some("all".into()),
        opened: at(0),
        replaces: None,
        first_reply: reply.map(at),
        resolved: None,
        waits: vec![Wait {
            clock: Clock::FirstReply,
            start: at(0),
            end: reply.map(at),
            outcome: if reply.is_some() { Outcome::Replied } else { Outcome::Open },
            target_ms: Some(60_000),
            due: Some(at(60)),
            open_ms: reply.map(|s| s as u64 * 1_000),
        }],
        state: format!(r#"{{"status":"open","reply":{reply:?}}}"#),
    }))
}

fn start(dir: &Path) -> (Recorder, JoinHandle<()>, Recalled) {
    let pulse = Pulses::default().watch("history", Duration::from_secs(60));
    Recorder::start(dir, RULES, pulse).expect("a thread")
}

fn end((recorder, thread, recalled): (Recorder, JoinHandle<()>, Recalled)) -> Recalled {
    drop(recorder);
    thread.join().expect("it ends well");
    recalled
}

/// Everything in the database, as text.
fn rows(dir: &Path) -> Vec<String> {
    let connection = Connection::open(dir.join(FILE)).expect("a database");
    let list = "SELECT 'c', id, channel, priority, public, origin, policy, opened, first_reply, resolved \
        FROM conversations UNION ALL SELECT 'w', clock, outcome, start, ended, target, due, breached, open_time, \
        conversation FROM waits UNION ALL SELECT 'a', alarm, acked_by, raised, escalated, acked, shelved, cleared, \
        occurrence, 0 FROM alarms UNION ALL SELECT 's', id, state, 0, 0, 0, 0, 0, 0, 0 FROM states ORDER BY 1, 2, 3";
    let mut list = connection.prepare(list).expect("tables");
    let text = |row: &rusqlite::Row<'_>| {
        let of = |n| {
            Ok::<_, rusqlite::Error>(match row.get_ref(n)? {
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                value => format!("{value:?}"),
            })
        };
        (0..10).map(of).collect::<Result<Vec<_>, _>>().map(|cells| cells.join(" "))
    };
    list.query_map([], text).expect("rows").collect::<Result<_, _>>().expect("rows")
}

#[test]
fn rows_that_come_again_are_the_same_rows() {
    let (once, again) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let step = |step, secs| {
        Record::Alarm(AlarmStep { alarm: "a/first_reply".into(), occurrence: 1, step, at: at(secs) })
    };
    let all = [
        told("a", None),
        step(Step::Raised, 60),
        step(Step::Acked("button".into()), 70),
        told("a", Some(90)),
        step(Step::Cleared, 90),
        told("b", None),
        Record::Gone { source: "support".into(), id: "b".into() },
    ];
    for (dir, times) in [(&once, 1), (&again, 3)] {
        let running = start(dir.path());
        for _ in 0..times {
            for record in &all {
                running.0.record(record.clone()).expect("room");
            }
        }
        end(running);
    }
    let found = rows(once.path());
    assert_eq!(found.len(), 2 + 2 + 1 + 1, "{found:#?}");
    assert!(found.iter().any(|row| row.contains("button")), "{found:#?}");
    assert!(found.iter().any(|row| row.contains("void")), "how b ended is not known: {found:#?}");
    assert_eq!(found, rows(again.path()));
}

#[test]
fn what_a_killed_daemon_left_in_the_journal_is_in_the_database_after_the_next_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut journal, left) = journal::Journal::open(dir.path()).expect("a file");
    assert!(left.is_empty());
    journal.add(&[told("a", Some(30)), told("b", None)]).expect("written");
    drop(journal);
    let path = dir.path().join("history.journal");
    let mut torn = fs::read(&path).expect("lines");
    torn.extend(br#"{"told":{"source":"sup"#);
    fs::write(&path, torn).expect("written");
    let recalled = end(start(dir.path()));
    assert_eq!(recalled.states.len(), 2);
    assert_eq!(fs::metadata(&path).expect("a file").len(), 0, "it is not written twice");
}

#[test]
fn a_damaged_file_is_set_aside_and_never_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    for n in 1..=2 {
        fs::write(dir.path().join(FILE), format!("this is no database, for the {n}. time").repeat(100))
            .expect("written");
        let running = start(dir.path());
        running.0.record(told("a", None)).expect("room");
        end(running);
        assert_eq!(rows(dir.path()).len(), 3);
    }
    for (n, name) in [(1, "history.db.damaged"), (2, "history.db.damaged-2")] {
        let aside = fs::read_to_string(dir.path().join(name)).expect("it was set aside");
        assert!(aside.contains(&format!("the {n}. time")));
    }
}

#[test]
fn a_file_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    end(start(dir.path()));
    let connection = Connection::open(dir.path().join(FILE)).expect("a database");
    connection.pragma_update(None, "user_version", 999).expect("a version");
    drop(connection);
    let running = start(dir.path());
    assert!(running.0.is_failing());
    end(running);
    assert!(!dir.path().join("history.db.damaged").exists());
    let error = store::Store::open(dir.path()).err().expect("refused").to_string();
    assert!(error.contains("version 999"), "{error}");
}

#[test]
fn a_folder_that_comes_back_is_written_into() {
    let dir = tempfile::tempdir().expect("a folder");
    let gone = dir.path().join("state");
    let running = start(&gone);
    running.0.record(told("a", None)).expect("room");
    assert!(running.0.is_failing());
    fs::create_dir(&gone).expect("a folder");
    for _ in 0..300 {
        if !running.0.is_failing() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(!running.0.is_failing());
    end(running);
    assert_eq!(rows(&gone).len(), 3, "what waited in memory is there");
}

#[test]
fn what_cannot_be_written_waits_up_to_a_limit_and_the_rest_is_given_back() {
    let shared = Arc::new(Shared::default());
    let recorder = Recorder(Some(Arc::clone(&shared)));
    let gone = |n: usize| Record::Gone { source: "s".into(), id: n.to_string().as_str().into() };
    for n in 0..MAX_UNWRITTEN {
        recorder.record(gone(n)).expect("room");
    }
    assert_eq!(recorder.record(gone(MAX_UNWRITTEN)), Err(gone(MAX_UNWRITTEN)));
    let (records, refused, _) = shared.take(Duration::ZERO);
    assert_eq!((records.len(), refused), (MAX_UNWRITTEN, 1));
    recorder.record(gone(0)).expect("room again");
}

#[test]
fn rows_are_dropped_when_their_time_is_over_and_days_are_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = store::Store::open(dir.path()).expect("a database");
    store.write(&[told("a", Some(30)), told("b", None)]).expect("written");
    store.upkeep(&RULES, at(86_400)).expect("kept");
    let days = |dir: &Path| -> Vec<(String, u32, u32, Option<u32>, u32)> {
        let connection = Connection::open(dir.join(FILE)).expect("a database");
        let mut days = connection
            .prepare("SELECT day, received, answered, first_median_s, breaches FROM days")
            .expect("a table");
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        days.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("rows")
    };
    assert_eq!(days(dir.path()), [("2026-11-18".to_owned(), 2, 1, Some(30), 1)]);
    store.write(&[Record::Gone { source: "support".into(), id: "a".into() }]).expect("written");
    store.upkeep(&RULES, at(500 * 86_400)).expect("kept");
    assert_eq!(rows(dir.path()).len(), 5, "a clock that is a year ahead of every row may be wrong");
    let Record::Told(mut newer) = told("c", None) else { unreachable!("it was told of") };
    newer.opened = at(450 * 86_400);
    newer.waits.clear();
    store.write(&[Record::Told(newer)]).expect("written");
    store.upkeep(&RULES, at(451 * 86_400)).expect("kept");
    drop(store);
    assert!(days(dir.path()).iter().all(|day| day.0.as_str() > "2027"), "the first is dropped");
    let left = rows(dir.path());
    // Of b the conversation, its wait and its state, and of c two of these.
    assert_eq!(left.len(), 5, "what the main system still publishes is kept: {left:#?}");
}

#[test]
fn what_version_1_wrote_is_read_and_gone_on_with() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(FILE), include_bytes!("pinned/v1.db")).expect("written");
    let before = rows(dir.path());
    let running = start(dir.path());
    running.0.record(told("new", None)).expect("room");
    let recalled = end(running);
    assert_eq!(recalled.states.len(), 1);
    let after = rows(dir.path());
    assert!(before.iter().all(|row| after.contains(row)), "{before:#?}\n{after:#?}");
    assert_eq!(after.len(), before.len() + 3);
    let connection = read::open(dir.path()).expect("a database");
    let mut waits = 0;
    let always = Timestamp::from_millis(i64::MIN)..Timestamp::from_millis(i64::MAX);
    read::whole(&connection, &always, |told| {
        waits += told.waits.len();
        Ok::<_, rusqlite::Error>(())
    })
    .expect("rows");
    assert_eq!(waits, after.iter().filter(|row| row.starts_with("w ")).count());
}
