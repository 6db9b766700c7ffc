//! The promises of opening hours: what a calendar answers is what counting minute by minute in
//! local time gives, over changes of the clocks, nights, holidays and far years.

use std::{fmt::Write as _, sync::Arc};

use bellboard::{config, core::calendar::Calendar};
use bellboard_panel::Timestamp;
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use proptest::prelude::*;
use rig::minutes::{DAY, Hours, Minutes};

/// Each zone with two days of 2026 near which its clocks change, where they do.
const ZONES: [(Tz, [&str; 2]); 8] = [
    (Tz::Europe__Warsaw, ["2026-03-29", "2026-10-25"]),
    (Tz::Asia__Jerusalem, ["2026-03-27", "2026-10-25"]),
    (Tz::Africa__Cairo, ["2026-04-24", "2026-10-30"]),
    (Tz::Europe__Athens, ["2026-03-29", "2026-10-25"]),
    (Tz::America__New_York, ["2026-03-08", "2026-11-01"]),
    (Tz::Asia__Kathmandu, ["2026-01-01", "2026-07-01"]),
    (Tz::Australia__Lord_Howe, ["2026-04-05", "2026-10-04"]),
    (Tz::UTC, ["2026-01-01", "2026-07-01"]),
];

/// Days before and after a change that are judged, without what the reference needs beyond.
const BEFORE: i64 = 10;
const AFTER: i64 = 75;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// The first minute of a day in UTC, of Unix time.
fn minute_of(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days() * DAY
}

fn at_minute(minute: i64) -> Timestamp {
    at_second(minute * 60)
}

fn at_second(second: i64) -> Timestamp {
    Timestamp::from_secs(second).expect("in range")
}

/// The product's calendar, from the configuration that a person would write for these hours.
fn product(hours: &Hours) -> Arc<Calendar> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut text = format!(
        "[[sla]]\ncalendar = \"c\"\n[calendar.c]\ntimezone = \"{}\"\nholidays = {:?}\n[calendar.c.open]\n",
        hours.zone.name(),
        hours.holidays.iter().map(ToString::to_string).collect::<Vec<_>>()
    );
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    for (name, periods) in DAYS.iter().zip(&hours.days) {
        let periods: Vec<String> =
            periods.iter().map(|(from, to)| format!("{}-{}", clock(*from), clock(*to))).collect();
        let _ = writeln!(text, "{name} = {periods:?}");
    }
    let config = config::parse(&text, "board.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    Arc::clone(&config.policies[0].calendar)
}

/// Up to eight periods around the week, none overlapping: cuts of the ring, every other piece
/// open. Many cuts lie in the night of the change, where openings and closings are hard.
fn weekly(change: NaiveDate) -> impl Strategy<Value = [Vec<(i64, i64)>; 7]> {
    const WEEK: i64 = 7 * DAY;
    // 1970 began on a Thursday.
    let midnight = (minute_of(change) + 3 * DAY).rem_euclid(WEEK);
    let cut = prop_oneof![
        3 => (-120..260_i64).prop_map(move |minute| (midnight + minute).rem_euclid(WEEK)),
        1 => Just(midnight),
        4 => 0..WEEK,
    ];
    (proptest::collection::btree_set(cut, 2..17), any::<bool>()).prop_map(|(cuts, turn)| {
        let mut cuts: Vec<i64> = cuts.into_iter().collect();
        if turn {
            let first = cuts.remove(0);
            cuts.push(first + WEEK);
        }
        let mut days: [Vec<(i64, i64)>; 7] = Default::default();
        for piece in cuts.chunks_exact(2) {
            let from = piece[0] % WEEK;
            let to = from % DAY + (piece[1] - piece[0]).min(DAY - 1);
            days[(from / DAY) as usize].push((from % DAY, if to == DAY { to } else { to % DAY }));
        }
        days
    })
}

/// A zone and a day: mostly one near which its clocks change, else any of two lifetimes.
fn place_and_day() -> impl Strategy<Value = (Tz, NaiveDate)> {
    let far = (1_985..2_150, 1..366_u32)
        .prop_map(|(year, n)| NaiveDate::from_yo_opt(year, n.min(365)).expect("a day of the year"));
    (proptest::sample::select(ZONES.to_vec()), any::<bool>(), any::<bool>(), far).prop_map(
        |((zone, changes), which, is_far, far)| {
            (zone, if is_far { far } else { day(changes[usize::from(which)]) })
        },
    )
}

/// From a second to thirty days of open time, all orders of magnitude alike.
fn target() -> impl Strategy<Value = i64> {
    prop_oneof![1..60_i64, 60..3_600_i64, 3_600..86_400_i64, 86_400..30 * 86_400_i64]
}

/// Every minute of the window, every change, and deadlines from these seconds on.
fn check(hours: &Hours, minutes: &Minutes, spans: &[(i64, i64)]) {
    let calendar = product(hours);
    let window = minutes.window();
    for minute in window.clone() {
        let open = minutes.is_open(minute);
        assert_eq!(calendar.is_open(at_minute(minute)), open, "{} {hours:?}", at_minute(minute));
    }
    let mut at = window.start;
    while let Some(change) = minutes.next_change(at) {
        for minute in [at, i64::midpoint(at, change), change - 1] {
            let found = calendar.next_change(at_minute(minute));
            assert_eq!(found, Some(at_minute(change)), "after {} {hours:?}", at_minute(minute));
        }
        at = change;
    }
    for (start, secs) in spans {
        let start = window.start * 60 + start;
        if let Some(due) = minutes.add(start, *secs) {
            let found = calendar.add(at_second(start), *secs as u64 * 1_000).expect("it opens in the window");
            assert_eq!(found, at_second(due), "{secs} s from {} {hours:?}", at_second(start));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_calendar_answers_as_counting_minutes_does(
        ((zone, middle), days) in place_and_day().prop_flat_map(|place| (Just(place), weekly(place.1))),
        holidays in proptest::collection::vec(-BEFORE..AFTER, 0..6),
        spans in proptest::collection::vec((0..40 * 86_400_i64, target()), 12),
    ) {
        let holidays = holidays.into_iter().map(|offset| middle + TimeDelta::days(offset)).collect();
        let hours = Hours { zone, days, holidays };
        let middle = minute_of(middle);
        let minutes = Minutes::judge(&hours, middle - BEFORE * DAY..middle + AFTER * DAY);
        check(&hours, &minutes, &spans);
    }
}

#[test]
fn spans_over_both_changes_of_the_year_count_every_hour_once() {
    let shifts =
        |periods: &[(i64, i64)]| -> [Vec<(i64, i64)>; 7] { std::array::from_fn(|_| periods.to_vec()) };
    for (zone, [spring, autumn]) in ZONES {
        let window = minute_of(day(spring)) - 5 * DAY..minute_of(day(autumn)) + 5 * DAY;
        let spans: Vec<(i64, i64)> =
            (0..20).map(|n| (n * 7_919, [200, 60, 30][n as usize % 3] * 24_000 + n)).collect();
        for days in [shifts(&[(540, 1_020)]), shifts(&[(1_320, 360), (600, 960)])] {
            let hours = Hours { zone, days, holidays: vec![day(spring), day(autumn)] };
            check(&hours, &Minutes::judge(&hours, window.clone()), &spans);
        }
    }
}

#[test]
fn what_a_calendar_remembers_of_other_years_does_not_change_its_answers() {
    let days = std::array::from_fn(|n| if n < 5 { vec![(540, 1_020)] } else { Vec::new() });
    let hours = Hours { zone: Tz::Europe__Athens, days, holidays: Vec::new() };
    let much_asked = product(&hours);
    for n in 0..300_u64 {
        // Any order of years from 1970 to 9990, each visited now and then.
        let year = 1_970 + (n * 7_919) % 8_020;
        let start = Timestamp::parse(&format!("{year}-06-03T12:00:00Z")).expect("a time");
        let fresh = product(&hours);
        assert_eq!(much_asked.is_open(start), fresh.is_open(start), "{start}");
        assert_eq!(much_asked.next_change(start), fresh.next_change(start), "{start}");
        assert_eq!(much_asked.add(start, 500 * 3_600_000), fresh.add(start, 500 * 3_600_000), "{start}");
    }
}
