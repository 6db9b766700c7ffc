//! `bellboard report`, `export` and `import`: a year of rows, counted once more by somebody else.
//!
//! Owns the claims about what these commands print. Refuses to try how rows come about.

use std::{fmt::Write as _, fs, path::Path, time::Instant};

use chrono::{
    DateTime, Datelike as _, NaiveDate, SecondsFormat, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::{Europe::Warsaw, Tz};
use fastrand::Rng;
use rig::binary::call;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// The year, whose days on which clocks change have 23 and 25 hours.
const FIRST: &str = "2025-01-01";
const LAST: &str = "2025-12-31";
const CONVERSATIONS: usize = 200_000;
const ZONE: Tz = Warsaw;

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// One wait of an export.
fn wait(clock: &str, start: DateTime<Utc>, end: Option<DateTime<Utc>>, outcome: &str, open: bool) -> Value {
    let target_ms: i64 = if clock == "first_reply" { 900_000 } else { 1_800_000 };
    json!({"clock": clock, "start": utc(start), "end": end.map(utc), "outcome": outcome, "target_ms": target_ms,
        "due": open.then(|| utc(start + TimeDelta::milliseconds(target_ms))),
        "open_ms": end.map(|end| (end - start).num_milliseconds() / 3)})
}

/// A conversation as an export has it.
fn conversation(n: usize, random: &mut Rng) -> Value {
    let noon = ZONE.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).single().expect("a midnight").to_utc();
    let opened = noon + TimeDelta::milliseconds(random.i64(0..365 * 86_400_000));
    let has_promise = random.u8(0..10) > 0;
    let mut last = opened;
    let mut waits = Vec::new();
    let mut first_reply = None;
    match random.u8(0..20) {
        0 => waits.push(wait("first_reply", opened, None, "void", has_promise)),
        1 => {
            last = opened + TimeDelta::milliseconds(random.i64(1..90_000_000));
            waits.push(wait("first_reply", opened, Some(last), "resolved", has_promise));
        }
        _ => {
            last += TimeDelta::milliseconds((random.f64().powi(4) * 20_000_000.0) as i64);
            first_reply = Some(utc(last));
            waits.push(wait("first_reply", opened, Some(last), "replied", has_promise));
            for _ in 0..random.u8(0..4) {
                let start = last + TimeDelta::milliseconds(random.i64(60_000..4_000_000));
                last = start + TimeDelta::milliseconds((random.f64().powi(3) * 9_000_000.0) as i64);
                waits.push(wait("next_reply", start, Some(last), "replied", has_promise));
            }
        }
    }
    json!({"source": "support", "id": format!("c-{n}"), "channel": random.choice(["facebook", "x", "email"]),
        "queue": random.choice(["billing", "default"]), "priority": random.choice(["low", "normal", "urgent"]),
        "public": random.bool(), "origin": "direct", "policy": random.choice([Some("all"), None]),
        "opened": utc(opened), "first_reply": first_reply, "resolved": utc(last), "waits": waits})
}

/// A board's folder with a year in it.
fn a_year(folder: &Path, many: usize) {
    let mut random = Rng::with_seed(42);
    let mut text = String::new();
    for n in 0..many {
        _ = writeln!(text, "{}", conversation(n, &mut random));
    }
    let rows = folder.join("rows.jsonl");
    fs::write(&rows, text).expect("written");
    let config = "[board]\nname = \"Floor\"\ntimezone = \"Europe/Warsaw\"\ncalendar = \"office\"\n\
        [calendar.office]\nopen = { mon-fri = [\"09:00-17:00\"] }\n";
    fs::write(folder.join("bellboard.toml"), config).expect("written");
    let state = folder.join("state").display().to_string();
    let done = call(&["import", "--state", &state, &rows.display().to_string()], "");
    assert_eq!(
        (done.code, done.out.as_str()),
        (0, format!("{many} conversations\n").as_str()),
        "{}",
        done.err
    );
}

fn ask(folder: &Path, command: &str, arguments: &[&str]) -> String {
    let config = folder.join("bellboard.toml").display().to_string();
    let state = folder.join("state").display().to_string();
    let done = call(&[&[command, "--config", &config, "--state", &state], arguments].concat(), "");
    assert_eq!(done.code, 0, "{}", done.err);
    done.out
}

/// What SQL makes of the rows of `conversations` or `waits` that `chosen` names.
struct Sql(Connection);

impl Sql {
    fn one(&self, query: &str) -> Option<f64> {
        self.0.query_row(query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The percentile by its definition: the value at rank ⌈p·n/100⌉.
    fn percentile(&self, of: &str, rows: &str, percent: u32) -> Option<f64> {
        let rank = format!("(SELECT max(({percent} * count(*) + 99) / 100, 1) - 1 FROM {rows})");
        let mut found =
            self.0.prepare(&format!("SELECT {of} / 1000 FROM {rows} ORDER BY {of} LIMIT 1 OFFSET {rank}"));
        let found = found.as_mut().expect("a query");
        found.query_row([], |row| row.get(0)).ok()
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn assert_close(found: Option<f64>, expected: Option<f64>, what: &str) {
    let same = match (found, expected) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (a, b) => a.is_none() && b.is_none(),
    };
    assert!(same, "{what}: {found:?} is told, {expected:?} is right");
}

/// Holds the figures of one line against SQL over the rows that two conditions name.
fn hold(line: &Value, sql: &Sql, opened: &str, began: &str, what: &str) {
    let rows = format!("conversations WHERE {opened}");
    let count = |condition: &str| sql.one(&format!("SELECT count(*) FROM {rows} {condition}"));
    let (received, answered) = (count(""), count("AND first_reply IS NOT NULL"));
    assert_close(number(&line["received"]), received, what);
    assert_close(number(&line["answered"]), answered, what);
    let rate = answered.zip(received).filter(|(_, all)| *all > 0.0).map(|(part, all)| part / all);
    assert_close(number(&line["answer_rate"]), rate, what);
    let joined = format!("waits JOIN conversations ON key = conversation WHERE {began}");
    for clock in ["first_reply", "next_reply"] {
        let replied = format!("{joined} AND clock = '{clock}' AND outcome = 'replied'");
        let told = &line[clock];
        for (name, of, percent) in [
            ("median_s", "(ended - start)", 50),
            ("p90_s", "(ended - start)", 90),
            ("open_median_s", "open_time", 50),
            ("open_p90_s", "open_time", 90),
        ] {
            assert_close(
                number(&told[name]),
                sql.percentile(of, &replied, percent),
                &format!("{what} {clock} {name}"),
            );
        }
    }
    let promised = format!("{joined} AND due IS NOT NULL AND outcome <> 'void' AND ended");
    let broken = sql.one(&format!("SELECT count(*) FROM {promised} >= due"));
    let kept = sql.one(&format!("SELECT count(*) FROM {promised} < due"));
    assert_close(number(&line["breaches"]), broken, what);
    let rate = kept.zip(broken).filter(|(a, b)| a + b > 0.0).map(|(kept, broken)| kept / (kept + broken));
    assert_close(number(&line["in_target_rate"]), rate, what);
}

/// The milliseconds at which a local day begins.
fn midnight(day: NaiveDate) -> i64 {
    let midnight = day.and_hms_opt(0, 0, 0).expect("a midnight");
    ZONE.from_local_datetime(&midnight)
        .earliest()
        .expect("Warsaw's clocks change at night, not at midnight")
        .timestamp_millis()
}

#[test]
fn the_figures_of_a_year_are_those_that_sql_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    a_year(folder.path(), CONVERSATIONS);
    let size = fs::metadata(folder.path().join("state/history.db")).expect("a database").len();
    println!(
        "{CONVERSATIONS} conversations: {:.1} s to make and import, {size} bytes",
        began.elapsed().as_secs_f64()
    );
    let open =
        Connection::open_with_flags(folder.path().join("state/history.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let sql = Sql(open.expect("a database"));
    sql.0.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -300000").expect("room to sort in");
    let year = ["--since", FIRST, "--until", LAST, "--format", "json"];
    let (from, to) = (
        midnight(FIRST.parse().expect("a day")),
        midnight(NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day")),
    );
    let within = |column: &str| format!("{column} >= {from} AND {column} < {to}");
    for by in ["channel", "queue"] {
        let began = Instant::now();
        let report: Value =
            serde_json::from_str(&ask(folder.path(), "report", &[&year[..], &["--by", by]].concat()))
                .expect("JSON");
        println!("report --by {by}: {} ms", began.elapsed().as_millis());
        hold(&report["total"], &sql, &within("opened"), &within("start"), "total");
        let groups = report["groups"].as_array().expect("groups");
        assert_eq!(groups.len(), if by == "queue" { 2 } else { 3 });
        // One of each is counted again: SQL sorts half a million waits for each of its figures.
        for line in groups.iter().take(1) {
            let name = line["name"].as_str().expect("a name");
            let is = format!("AND {by} = '{name}'");
            hold(
                line,
                &sql,
                &format!("{} {is}", within("opened")),
                &format!("{} {is}", within("start")),
                name,
            );
        }
    }
    let report: Value =
        serde_json::from_str(&ask(folder.path(), "report", &[&year[..], &["--by", "day"]].concat()))
            .expect("JSON");
    let days = report["groups"].as_array().expect("days");
    assert_eq!(days.len(), 365);
    // Of those the clock was put forward on one, and back on another.
    for day in ["2025-03-30", "2025-10-26", "2025-06-15"] {
        let line = days.iter().find(|line| line["name"] == day).expect("that day");
        let date: NaiveDate = day.parse().expect("a day");
        let (from, to) = (midnight(date), midnight(date.succ_opt().expect("a day")));
        println!("{day}: {} hours", (to - from) / 3_600_000);
        let within = |column: &str| format!("{column} >= {from} AND {column} < {to}");
        hold(line, &sql, &within("opened"), &within("start"), day);
    }
}

#[test]
fn what_is_exported_can_be_taken_in_and_is_the_same_again() {
    let (old, new) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    a_year(old.path(), 2_000);
    let rows = ask(old.path(), "export", &[]);
    assert_eq!(rows.lines().count(), 2_000);
    let state = new.path().join("state").display().to_string();
    for _ in 0..2 {
        assert_eq!(call(&["import", "--state", &state, "-"], &rows).code, 0);
    }
    fs::copy(old.path().join("bellboard.toml"), new.path().join("bellboard.toml")).expect("copied");
    assert_eq!(ask(new.path(), "export", &[]), rows);
    let csv = ask(new.path(), "export", &["--format", "csv"]);
    let waits: usize = rows.lines().map(|row| row.matches("\"clock\"").count()).sum();
    assert_eq!(csv.lines().count(), waits + 1);
    let columns = csv.lines().next().expect("a head").split(',').count();
    assert!(csv.lines().all(|line| line.split(',').count() == columns));
    let wrong = call(
        &["import", "--state", &state, "-"],
        &format!("{}\n{{\"id\":\"x\"}}\n", rows.lines().next().expect("a row")),
    );
    assert_eq!(wrong.code, 65);
    assert!(wrong.err.contains("standard input line 2: missing field"), "{}", wrong.err);
}

#[test]
fn the_hours_at_which_customers_write_are_those_of_the_boards_zone() {
    let folder = tempfile::tempdir().expect("a folder");
    a_year(folder.path(), 3_000);
    let year = ["--hours", "--since", FIRST, "--until", LAST];
    let week: Value =
        serde_json::from_str(&ask(folder.path(), "report", &[&year[..], &["--format", "json"]].concat()))
            .expect("JSON");
    let mut expected = vec![0_u64; 168];
    let mut shut = 0;
    for row in ask(folder.path(), "export", &[]).lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let opened = DateTime::parse_from_rfc3339(row["opened"].as_str().expect("a time")).expect("a time");
        let local = opened.with_timezone(&ZONE);
        let day = local.weekday().num_days_from_monday();
        expected[(day * 24 + local.hour()) as usize] += 1;
        shut += u64::from(day > 4 || !(9..17).contains(&local.hour()));
    }
    let found: Vec<u64> = week["hours"]
        .as_array()
        .expect("hours")
        .iter()
        .filter_map(|hour| hour["received"].as_u64())
        .collect();
    assert_eq!(found, expected);
    assert_eq!(week["shut"]["received"], shut);
    let text = ask(folder.path(), "report", &year);
    assert!(text.contains(&format!("{shut} of 3000")) && text.contains("while the floor was shut"), "{text}");
    assert_eq!(
        ask(folder.path(), "report", &[&year[..], &["--format", "csv"]].concat()).lines().count(),
        169
    );
}

#[test]
fn a_report_without_a_history_says_where_it_looked() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("nowhere").display().to_string();
    let report = call(&["report", "--state", &state], "");
    assert_eq!(report.code, 66);
    assert!(report.err.contains("nowhere/history.db: there is no history"), "{}", report.err);
    let since = call(&["report", "--since", "yesterday"], "");
    assert_eq!(since.code, 64);
    assert!(since.err.contains("7d"), "{}", since.err);
}
