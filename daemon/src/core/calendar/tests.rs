//! Opening hours by example, and against a reference that counts minutes one by one.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveTime, Offset, TimeDelta, TimeZone};
use proptest::prelude::*;

use super::{
    weekly::{MINUTES_A_WEEK, Weekly},
    *,
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time in RFC 3339")
}

fn hm(text: &str) -> u16 {
    let (hours, minutes) = text.split_once(':').expect("hh:mm");
    hours.parse::<u16>().expect("hours") * 60 + minutes.parse::<u16>().expect("minutes")
}

fn period(text: &str) -> Period {
    let (from, to) = text.split_once('-').expect("from-to");
    Period::new(hm(from), hm(to)).expect("a period")
}

/// `hours` is a list of (first day, last day, period), Monday being 0.
fn weekly(zone: Tz, hours: &[(usize, usize, &str)], holidays: &[&str]) -> Calendar {
    let mut days: [Vec<Period>; 7] = Default::default();
    for (first, last, text) in hours {
        days[*first..=*last].iter_mut().for_each(|day| day.push(period(text)));
    }
    let holidays = holidays.iter().map(|day| day.parse().expect("a date")).collect();
    Calendar::Weekly(Box::new(Weekly::new("office", zone, days, holidays).expect("no overlap")))
}

fn office() -> Calendar {
    weekly(
        Tz::Europe__Warsaw,
        &[(0, 3, "09:00-13:00"), (0, 3, "13:30-17:30"), (4, 4, "09:00-15:00"), (5, 5, "22:00-02:00")],
        &["2026-12-25"],
    )
}

#[test]
fn a_period_is_open_at_its_start_and_shut_at_its_end() {
    let office = office();
    assert!(!office.is_open(at("2026-11-23T07:59:59Z")));
    assert!(office.is_open(at("2026-11-23T08:00:00Z")));
    assert!(office.is_open(at("2026-11-23T11:59:59Z")));
    assert!(!office.is_open(at("2026-11-23T12:00:00Z")));
}

#[test]
fn a_period_past_midnight_belongs_to_the_day_it_starts_on() {
    let office = office();
    assert!(office.is_open(at("2026-11-29T00:59:59Z")), "Sunday 01:59 is Saturday's evening");
    let with_holiday = weekly(Tz::Europe__Warsaw, &[(5, 5, "22:00-02:00")], &["2026-11-28"]);
    assert!(!with_holiday.is_open(at("2026-11-29T00:59:59Z")));
    let other_holiday = weekly(Tz::Europe__Warsaw, &[(5, 5, "22:00-02:00")], &["2026-11-29"]);
    assert!(other_holiday.is_open(at("2026-11-29T00:59:59Z")));
}

#[test]
fn time_over_lunch_the_night_and_the_weekend_does_not_count() {
    let office = office();
    let friday_noon = at("2026-11-20T13:00:00+01:00");
    // Two hours are left on Friday, four on Saturday night, and Monday opens at nine.
    assert_eq!(office.add(friday_noon, 7 * 3_600_000), Ok(at("2026-11-23T10:00:00+01:00")));
    let before_lunch = at("2026-11-23T12:45:00+01:00");
    assert_eq!(office.add(before_lunch, 20 * 60_000), Ok(at("2026-11-23T13:35:00+01:00")));
    assert_eq!(office.add(before_lunch, 15 * 60_000), Ok(at("2026-11-23T13:00:00+01:00")));
    assert_eq!(office.add(before_lunch, 0), Ok(before_lunch));
}

#[test]
fn a_holiday_is_skipped() {
    let office = office();
    let christmas_eve = at("2026-12-24T17:00:00+01:00");
    assert_eq!(office.add(christmas_eve, 3_600_000), Ok(at("2026-12-26T22:30:00+01:00")));
}

#[test]
fn touching_periods_are_one_stretch() {
    let calendar =
        weekly(Tz::UTC, &[(0, 0, "09:00-13:00"), (0, 0, "13:00-24:00"), (1, 1, "00:00-01:00")], &[]);
    assert_eq!(calendar.next_change(at("2026-11-23T10:00:00Z")), Some(at("2026-11-24T01:00:00Z")));
}

#[test]
fn a_calendar_that_never_closes_has_no_next_change_and_counts_like_always() {
    let calendar = weekly(Tz::Europe__Warsaw, &[(0, 6, "00:00-24:00")], &[]);
    let start = at("2026-03-01T00:00:00Z");
    assert_eq!(calendar.next_change(start), None);
    let three_years = 3 * 365 * 86_400_000;
    assert_eq!(calendar.add(start, three_years), Calendar::Always.add(start, three_years));
}

#[test]
fn a_calendar_that_never_opens_is_named() {
    let calendar = weekly(Tz::UTC, &[], &[]);
    let start = at("2026-11-22T00:00:00Z");
    let error = calendar.add(start, 1).expect_err("it never opens");
    assert_eq!(error, NeverOpens { calendar: "office".into(), after: start });
    assert!(error.to_string().contains("`office`"));
    assert!(Calendar::Shut(Arc::new(Calendar::Always)).add(start, 1).is_err());
}

#[test]
fn time_in_a_spring_gap_is_the_end_of_the_gap() {
    let calendar = weekly(Tz::Europe__Warsaw, &[(6, 6, "02:30-04:00"), (6, 6, "02:10-02:20")], &[]);
    let gap_end = at("2026-03-29T01:00:00Z");
    assert_eq!(calendar.next_change(at("2026-03-28T12:00:00Z")), Some(gap_end));
    assert_eq!(calendar.next_change(gap_end), Some(at("2026-03-29T02:00:00Z")));
}

#[test]
fn an_autumn_opening_takes_the_earlier_instant_and_a_closing_the_later() {
    let calendar = weekly(Tz::Europe__Warsaw, &[(6, 6, "02:15-02:45")], &[]);
    let opens = at("2026-10-25T00:15:00Z");
    assert_eq!(calendar.next_change(at("2026-10-24T12:00:00Z")), Some(opens));
    assert_eq!(calendar.next_change(opens), Some(at("2026-10-25T01:45:00Z")));
}

#[test]
fn shut_is_the_opposite_with_the_same_changes() {
    let office = Arc::new(office());
    let shut = Calendar::Shut(Arc::clone(&office));
    let noon = at("2026-11-23T12:00:00+01:00");
    assert!(office.is_open(noon) && !shut.is_open(noon));
    assert_eq!(office.next_change(noon), shut.next_change(noon));
    assert_eq!(shut.add(noon, 60_000), Ok(at("2026-11-23T13:01:00+01:00")));
    assert_eq!(shut.open_ms_a_week() + office.open_ms_a_week(), 7 * 86_400_000);
}

#[test]
fn overlapping_periods_are_refused_around_the_end_of_the_week_too() {
    let mut days: [Vec<Period>; 7] = Default::default();
    days[6].push(period("22:00-02:00"));
    days[0].push(period("01:00-03:00"));
    let overlap = Weekly::new("office", Tz::UTC, days, BTreeSet::new()).expect_err("they overlap");
    assert_eq!(overlap.to_string(), "Sun 22:00-02:00 overlaps Mon 01:00-03:00");
}

#[test]
fn a_period_needs_two_different_times_of_day() {
    assert_eq!(Period::new(540, 540), None);
    assert_eq!(Period::new(1440, 10), None);
    assert_eq!(Period::new(540, 1441), None);
    assert_eq!(period("22:00-24:00").to_string(), "22:00-24:00");
    assert_eq!(period("22:00-00:00").to_string(), "22:00-24:00");
}

#[test]
fn the_end_of_representable_time_ends_the_count_of_hours() {
    let last = Timestamp::from_millis(i64::MAX);
    let whole_week = weekly(Tz::UTC, &[(0, 6, "00:00-24:00")], &[]);
    assert!(whole_week.add(last.plus_millis(-1000), u64::MAX).is_err());
    let never = Arc::new(weekly(Tz::UTC, &[], &[]));
    assert!(Calendar::Shut(never).add(last.plus_millis(-1000), u64::MAX).is_err());
}

/// Whether it is open, minute by minute over a window, by the zone's offsets alone: UTC to
/// local is never ambiguous, so this shares no rule with the calendar.
struct Reference {
    start: i64,
    open: Vec<bool>,
}

const WINDOW_DAYS: i64 = 12;
/// Minutes at either end of the window that the reference cannot judge.
const MARGIN: i64 = 4 * 1440;

impl Reference {
    /// Open from the first instant that local clocks reach a period's start, until they show its
    /// end for the last time or, where they skip it, have passed it for good.
    fn new(calendar: &Weekly, middle: NaiveDate) -> Self {
        let first = middle.and_time(NaiveTime::MIN).and_utc().timestamp() / 60 - WINDOW_DAYS / 2 * 1440;
        let local = |minute: i64| {
            let utc = DateTime::from_timestamp(minute * 60, 0).expect("in range").naive_utc();
            minute + i64::from(calendar.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()) / 60
        };
        // The furthest that local clocks have shown up to each minute, and the earliest that they
        // will show from it on.
        let mut furthest: Vec<i64> = (first..first + WINDOW_DAYS * 1440).map(local).collect();
        let mut earliest = furthest.clone();
        for n in 1..furthest.len() {
            furthest[n] = furthest[n].max(furthest[n - 1]);
        }
        for n in (0..earliest.len() - 1).rev() {
            earliest[n] = earliest[n].min(earliest[n + 1]);
        }
        let periods = local_periods(calendar, middle);
        let judged = MARGIN as usize..(WINDOW_DAYS * 1440 - MARGIN) as usize;
        let open = judged.map(|n| {
            let before_end = |to: i64| earliest[n] < to || earliest[n + 1] <= to;
            periods.iter().any(|(from, to)| furthest[n] >= *from && before_end(*to))
        });
        Self { start: first + MARGIN, open: open.collect() }
    }

    fn is_open(&self, minute: i64) -> bool {
        self.open[(minute - self.start) as usize]
    }

    fn judged(&self) -> std::ops::Range<i64> {
        self.start..self.start + self.open.len() as i64
    }
}

/// Start and end of every period around a day, in minutes of local time.
fn local_periods(calendar: &Weekly, middle: NaiveDate) -> Vec<(i64, i64)> {
    let mut periods = Vec::new();
    for offset in -WINDOW_DAYS / 2..WINDOW_DAYS / 2 {
        let day = middle + TimeDelta::days(offset);
        if !calendar.holidays.contains(&day) {
            let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp() / 60;
            let of_day = &calendar.days[day.weekday().num_days_from_monday() as usize];
            periods.extend(of_day.iter().map(|p| (midnight + i64::from(p.from), midnight + i64::from(p.to))));
        }
    }
    periods
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// A zone and a day near which its clocks change.
fn changes() -> impl Strategy<Value = (Tz, NaiveDate)> {
    let known = [
        (Tz::Europe__Warsaw, "2026-03-29"),
        (Tz::Europe__Warsaw, "2026-10-25"),
        (Tz::Asia__Jerusalem, "2026-03-27"),
        (Tz::Asia__Jerusalem, "2026-10-25"),
        (Tz::Australia__Lord_Howe, "2026-04-05"),
        (Tz::Australia__Lord_Howe, "2026-10-04"),
        (Tz::America__New_York, "2026-03-08"),
        (Tz::America__New_York, "2026-11-01"),
        (Tz::America__St_Johns, "2006-10-29"),
        (Tz::America__Havana, "2026-11-01"),
        (Tz::Pacific__Apia, "2011-12-30"),
        (Tz::Asia__Kathmandu, "1986-01-01"),
        (Tz::Asia__Kathmandu, "2026-11-22"),
    ];
    proptest::sample::select(known.map(|(zone, day)| (zone, day.parse().expect("a date"))).to_vec())
}

/// Up to ten periods around the week, none overlapping: cuts of the ring, every other piece
/// open. Most cuts lie in the night of the change, where openings and closings are hard.
fn hours(change: NaiveDate) -> impl Strategy<Value = [Vec<Period>; 7]> {
    let midnight = change.weekday().num_days_from_monday() * 1440 + MINUTES_A_WEEK;
    let cut = prop_oneof![
        2 => (midnight - 90..midnight + 240).prop_map(|minute| minute % MINUTES_A_WEEK),
        1 => Just(midnight % MINUTES_A_WEEK),
        2 => 0..MINUTES_A_WEEK,
    ];
    (proptest::collection::btree_set(cut, 2..20), any::<bool>()).prop_map(|(cuts, turn)| {
        let mut cuts: Vec<u32> = cuts.into_iter().collect();
        if turn {
            let first = cuts.remove(0);
            cuts.push(first + MINUTES_A_WEEK);
        }
        let mut days: [Vec<Period>; 7] = Default::default();
        for piece in cuts.chunks_exact(2) {
            let from = piece[0] % MINUTES_A_WEEK;
            let length = (piece[1] - piece[0]).min(1439);
            let of_day = (from % 1440) as u16;
            let to = ((u32::from(of_day) + length) % 1440) as u16;
            days[(from / 1440) as usize].extend(Period::new(of_day, to));
        }
        days
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_counting_minutes(
        ((zone, middle), days) in changes().prop_flat_map(|change| (Just(change), hours(change.1))),
        holiday in -9i64..4,
        starts in proptest::collection::vec(0i64..2 * 1440, 4),
        target in 1i64..2 * 1440,
    ) {
        let holidays = BTreeSet::from([middle + TimeDelta::days(holiday)]);
        let weekly = Weekly::new("any", zone, days, holidays).expect("cut without overlap");
        let reference = Reference::new(&weekly, middle);
        let calendar = Calendar::Weekly(Box::new(weekly));
        for n in reference.judged() {
            prop_assert_eq!(calendar.is_open(minute(n)), reference.is_open(n), "at {}", minute(n));
        }
        let shut_when_shut = Calendar::Shut(Arc::new(Calendar::Shut(Arc::new(calendar.clone()))));
        for start in starts {
            let start = reference.judged().start + start;
            let open = reference.is_open(start);
            if let Some(change) = (start..reference.judged().end).find(|n| reference.is_open(*n) != open) {
                prop_assert_eq!(calendar.next_change(minute(start)), Some(minute(change)));
            }
            let mut left = target;
            let end = (start..reference.judged().end).find(|n| {
                left -= i64::from(reference.is_open(*n));
                left == 0
            });
            if let Some(end) = end {
                prop_assert_eq!(calendar.add(minute(start), target as u64 * 60_000), Ok(minute(end + 1)));
            }
            let far = target as u64 * 600_000;
            prop_assert_eq!(shut_when_shut.add(minute(start), far), calendar.add(minute(start), far));
        }
    }
}
