//! A million deadlines in the open time of a real calendar, as after a wall clock was set.
//!
//! Beside the product's search, the walk that it stands in for: day by day from the start, each
//! period's local times turned into instants. Both must agree. Run with
//! `cargo bench -p bellboard-tests --bench deadlines`.

use std::{sync::Arc, time::Instant};

use bellboard::{config, core::calendar::Calendar};
use bellboard_panel::Timestamp;
use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use rig::bench::figures::{Series, machine};

/// More than any floor has open.
const DEADLINES: usize = 1_000_000;
/// The machine is noisy: one measurement says nothing.
const REPETITIONS: usize = 5;
/// Starts lie in the three years from 2025 on, in milliseconds of Unix time.
const FIRST_START: i64 = 1_735_689_600_000;
const STARTS: i64 = 3 * 365 * 86_400_000;
/// Targets in minutes of open time: 15m 30m 1h 4h 1d 2d 5d, a day being 24 hours.
const TARGETS: [i64; 7] = [15, 30, 60, 240, 1_440, 2_880, 7_200];

const ZONE: Tz = Tz::Europe__Warsaw;
/// In minutes after midnight, on Mondays to Thursdays and on Fridays.
const WEEKDAY: [(i64, i64); 2] = [(9 * 60, 13 * 60), (13 * 60 + 30, 17 * 60 + 30)];
const FRIDAY: [(i64, i64); 1] = [(9 * 60, 15 * 60)];
/// Month and day of the holidays of every year.
const HOLIDAYS: [(u32, u32); 10] =
    [(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26)];

fn main() {
    println!("{}", machine());
    println!("{DEADLINES} deadlines; median (least to most) of {REPETITIONS}, one after the other\n");
    let mut random = fastrand::Rng::with_seed(1);
    let spans: Vec<(i64, i64)> = (0..DEADLINES)
        .map(|_| (FIRST_START + random.i64(0..STARTS), TARGETS[random.usize(0..TARGETS.len())] * 60_000))
        .collect();
    let (mut searched, mut walked) = (Series::default(), Series::default());
    for _ in 0..REPETITIONS {
        let (seconds, found) = timed(|| {
            // A new calendar knows nothing yet, so that filling its memory counts as well.
            let calendar = office();
            spans.iter().map(|(start, ms)| search(&calendar, *start, *ms)).collect::<Vec<i64>>()
        });
        searched.add(seconds);
        let holidays: Vec<NaiveDate> = holidays().collect();
        let (seconds, walk) =
            timed(|| spans.iter().map(|(start, ms)| walk(&holidays, *start, *ms)).collect::<Vec<i64>>());
        walked.add(seconds);
        assert!(found == walk, "the search and the walk disagree");
    }
    println!("{:<10} {:>24}", "", "seconds");
    for (name, series) in [("search", &searched), ("plain walk", &walked), ("ratio", &searched.over(&walked))]
    {
        println!("{name:<10} {:>24}", format!("{series:.3}"));
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let done = work();
    (began.elapsed().as_secs_f64(), done)
}

fn holidays() -> impl Iterator<Item = NaiveDate> {
    let of_year =
        |year| HOLIDAYS.iter().filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, *month, *day));
    (2025..=2028).flat_map(of_year)
}

/// The same hours in the product's own words.
fn office() -> Arc<Calendar> {
    let holidays: Vec<String> = holidays().map(|day| day.to_string()).collect();
    let text = format!(
        "[[sla]]\ncalendar = \"office\"\n[calendar.office]\ntimezone = \"Europe/Warsaw\"\nholidays = {holidays:?}\n\
        open = {{ mon-thu = [\"09:00-13:00\", \"13:30-17:30\"], fri = [\"09:00-15:00\"] }}\n"
    );
    let config = config::parse(&text, "board.toml").expect("a good configuration");
    Arc::clone(&config.policies[0].calendar)
}

fn search(calendar: &Calendar, start: i64, open_ms: i64) -> i64 {
    calendar.add(Timestamp::from_millis(start), open_ms as u64).expect("it opens every week").millis()
}

/// The due time, found period by period.
fn walk(holidays: &[NaiveDate], start: i64, open_ms: i64) -> i64 {
    let local = DateTime::from_timestamp_millis(start).expect("in range").with_timezone(&ZONE);
    let mut left = open_ms;
    for day in local.date_naive().iter_days() {
        let periods: &[(i64, i64)] = match day.weekday().num_days_from_monday() {
            0..=3 => &WEEKDAY,
            4 => &FRIDAY,
            _ => &[],
        };
        if holidays.contains(&day) {
            continue;
        }
        for (from, to) in periods {
            let (from, to) = (instant(day, *from).max(start), instant(day, *to));
            if to - from >= left && to > from {
                return from + left;
            }
            left -= (to - from).max(0);
        }
    }
    unreachable!("the days do not end before the deadline")
}

fn instant(day: NaiveDate, minute: i64) -> i64 {
    let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
    match ZONE.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => at.timestamp_millis(),
        _ => unreachable!("clocks change at night, when this office is shut"),
    }
}
