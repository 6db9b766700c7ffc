//! Holidays from an iCalendar file: its all-day events as days.
//!
//! Owns what an event means and what is wrong with one. Refuses to know where the file is, and
//! events with a time of day, which close nobody's floor for a day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use icalendar::parser::{Component, read_components, unfold};
use rrule::RRuleSet;
use thiserror::Error;

use crate::core::clean::clean;

/// A public holiday calendar has a few hundred events.
const MAX_EVENTS: usize = 5_000;
/// Holidays of all years together: fifty a year until [`LAST_YEAR`]. More are no holidays.
const MAX_DAYS: usize = 5_000;
/// An event may last so many days: longer ones are a slip of the year.
const MAX_LENGTH: u64 = 366;
/// Rules without an end are followed until here: reading a configuration knows no present.
const LAST_YEAR: i32 = 2100;
/// Outlook has its yearly events begin here, at the first day that it knows.
const FIRST_RULE_YEAR: i32 = 1601;
/// No floor has had opening hours to count before this year.
const FIRST_YEAR: i32 = 1970;
/// A calendar holds events, and they hold alarms; the parser follows any depth.
const MAX_NESTING: usize = 8;
/// Of an event's name in a message, in graphemes.
const MAX_NAME: usize = 40;

/// What is wrong with an iCalendar file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Fault {
    /// It cannot be read as one.
    #[error("is no iCalendar file: {0}")]
    NoCalendar(String),
    /// It goes beyond a limit.
    #[error("has more than {0}")]
    TooMuch(String),
    /// An event cannot be understood.
    #[error("has an event \"{name}\" {what}")]
    Event {
        /// Its summary.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

/// The days of all all-day events, or everything that is wrong.
pub(super) fn days(text: &str) -> Result<BTreeSet<NaiveDate>, Vec<Fault>> {
    // The parser looks for the standard's line end, to the end of the file where there is none.
    let lines = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\n', "\r\n");
    let text = unfold(&lines);
    let calendars = parse(&text).map_err(|fault| vec![fault])?;
    let events: Vec<&Component<'_>> =
        calendars.iter().flat_map(|calendar| &calendar.components).filter(|c| c.name == "VEVENT").collect();
    if events.len() > MAX_EVENTS {
        return Err(vec![Fault::TooMuch(format!("{MAX_EVENTS} events"))]);
    }
    let moved = moved(&events);
    let (mut days, mut faults) = (BTreeSet::new(), Vec::new());
    for (n, event) in events.iter().enumerate() {
        let of_event =
            if is(event, "STATUS", "CANCELLED") { Ok(Vec::new()) } else { of_event(event, &moved) };
        match of_event {
            Ok(found) => days.extend(found),
            Err(what) => faults.push(Fault::Event { name: name(event, n + 1), what }),
        }
        if days.len() > MAX_DAYS {
            faults.push(Fault::TooMuch(format!("{MAX_DAYS} days; close whole weekdays in `open` instead")));
            break;
        }
    }
    if faults.is_empty() { Ok(days) } else { Err(faults) }
}

fn parse(text: &str) -> Result<Vec<Component<'_>>, Fault> {
    let no_calendar = |what: &str| Fault::NoCalendar(what.into());
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !first.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        return Err(no_calendar("it does not begin with BEGIN:VCALENDAR"));
    }
    let mut depth = 0_usize;
    for line in text.lines() {
        let starts = |word: &str| line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if starts("BEGIN:") {
            depth += 1;
        } else if starts("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > MAX_NESTING {
            return Err(no_calendar(&format!("its parts nest deeper than {MAX_NESTING}")));
        }
    }
    if depth > 0 {
        return Err(no_calendar("it ends before a part that it begins (BEGIN without END)"));
    }
    read_components(text).map_err(|_| no_calendar("a line is not `NAME:value`"))
}

/// By the UID of a repeated event, the days on which one of them was moved or cancelled by itself.
fn moved<'a>(events: &[&'a Component<'_>]) -> BTreeMap<&'a str, Vec<NaiveDate>> {
    let mut moved: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    for event in events {
        if let (Some(uid), Some(day)) = (value(event, "UID"), value(event, "RECURRENCE-ID").and_then(day_of))
        {
            moved.entry(uid).or_default().push(day);
        }
    }
    moved
}

/// The days of one event; none of an event with a time of day.
fn of_event(event: &Component<'_>, moved: &BTreeMap<&str, Vec<NaiveDate>>) -> Result<Vec<NaiveDate>, String> {
    let start = value(event, "DTSTART").ok_or("without a start (DTSTART)")?;
    if is_timed(start) {
        return Ok(Vec::new());
    }
    let first = day_of(start).ok_or_else(|| format!("with a start that is no date: {start}"))?;
    let length = length(event, first)?;
    let mut starts = starts(event, first)?;
    for list in values(event, "RDATE") {
        starts.extend(dates(list)?);
    }
    let mut without: BTreeSet<NaiveDate> = BTreeSet::new();
    for list in values(event, "EXDATE") {
        without.extend(dates(list)?);
    }
    if value(event, "RECURRENCE-ID").is_none() {
        let of_uid = value(event, "UID").and_then(|uid| moved.get(uid));
        without.extend(of_uid.into_iter().flatten());
    }
    let lasts = |start: NaiveDate| start.iter_days().take(length).filter(|day| day.year() >= FIRST_YEAR);
    Ok(starts.into_iter().filter(|start| !without.contains(start)).flat_map(lasts).collect())
}

/// How many days the event lasts.
fn length(event: &Component<'_>, first: NaiveDate) -> Result<usize, String> {
    let days = if let Some(end) = value(event, "DTEND") {
        let last = day_of(end).ok_or_else(|| format!("with an end that is no date: {end}"))?;
        // Some programs write the same day for an event of one day.
        if last == first { 1 } else { last.signed_duration_since(first).num_days() }
    } else if let Some(duration) = value(event, "DURATION") {
        let number = |unit| duration.strip_prefix('P')?.strip_suffix(unit)?.parse::<i64>().ok();
        let days = number('D').or_else(|| number('W')?.checked_mul(7));
        days.ok_or_else(|| format!("with a duration that is not of whole days: {duration}"))?
    } else {
        1
    };
    match u64::try_from(days) {
        Ok(days @ 1..=MAX_LENGTH) => Ok(days as usize),
        Ok(1..) => Err(format!("that lasts {days} days, more than {MAX_LENGTH}")),
        _ => Err("that ends before it starts".into()),
    }
}

/// The days on which it starts: one, or those of its rule.
fn starts(event: &Component<'_>, first: NaiveDate) -> Result<Vec<NaiveDate>, String> {
    let mut rules = values(event, "RRULE");
    let Some(rule) = rules.next() else { return Ok(vec![first]) };
    if rules.next().is_some() {
        return Err("with more than one rule (RRULE)".into());
    }
    let refused = |why: &str| {
        format!("that repeats by a rule which {why}: {rule}; list its days in `holidays` instead")
    };
    let repeats_daily_at_most =
        ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"].iter().any(|known| frequency(rule) == Some(known));
    if !repeats_daily_at_most {
        return Err(refused("is not yearly, monthly, weekly or daily"));
    }
    // Days are counted as midnights in UTC, so that no zone can move them.
    let text = format!("DTSTART:{}T000000Z\nRRULE:{}", first.format("%Y%m%d"), with_midnights(rule));
    let set: RRuleSet = text.parse().map_err(|_| refused("cannot be read"))?;
    let starts: Vec<NaiveDate> = set
        .limit()
        .into_iter()
        .map(|at| at.date_naive())
        .take_while(|day| day.year() <= LAST_YEAR)
        .take(MAX_DAYS + 1)
        .collect();
    if starts.is_empty() { Err(refused("never comes true")) } else { Ok(starts) }
}

fn frequency(rule: &str) -> Option<&str> {
    rule.split(';').find_map(|part| part.strip_prefix("FREQ="))
}

/// The rule with its last day as midnight in UTC, and with one where it has no end.
fn with_midnights(rule: &str) -> String {
    let part = |part: &str| match part.strip_prefix("UNTIL=").and_then(|until| until.get(..8)) {
        Some(day) => format!("UNTIL={day}T000000Z"),
        None => part.to_owned(),
    };
    let ends = rule.split(';').any(|part| part.starts_with("UNTIL=") || part.starts_with("COUNT="));
    let end = (!ends).then(|| format!("UNTIL={LAST_YEAR}1231T000000Z"));
    rule.split(';').map(part).chain(end).collect::<Vec<_>>().join(";")
}

fn dates(list: &str) -> Result<Vec<NaiveDate>, String> {
    let date = |text: &str| day_of(text).ok_or_else(|| format!("with a day that does not exist: {text}"));
    list.split(',').map(|text| date(text.trim())).collect()
}

/// The day of `20261225`, and of `20261225T090000Z`.
fn day_of(text: &str) -> Option<NaiveDate> {
    let day = text.get(..8).filter(|_| text.len() == 8 || is_timed(text))?;
    let day = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
    let last = NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31)?;
    let first = NaiveDate::from_ymd_opt(FIRST_RULE_YEAR, 1, 1)?;
    (first..=last).contains(&day).then_some(day)
}

fn is_timed(text: &str) -> bool {
    text.as_bytes().get(8) == Some(&b'T')
}

fn is(event: &Component<'_>, property: &str, word: &str) -> bool {
    value(event, property).is_some_and(|value| value.eq_ignore_ascii_case(word))
}

fn value<'a>(event: &'a Component<'_>, property: &'a str) -> Option<&'a str> {
    values(event, property).next()
}

fn values<'a>(event: &'a Component<'_>, property: &'a str) -> impl Iterator<Item = &'a str> {
    let named = event.properties.iter().filter(move |p| p.name.as_str().eq_ignore_ascii_case(property));
    named.map(|property| property.val.as_str().trim())
}

/// What a person finds the event by.
fn name(event: &Component<'_>, number: usize) -> String {
    let given = value(event, "SUMMARY").or_else(|| value(event, "UID")).map(|text| clean(text, MAX_NAME));
    given
        .filter(|text| !text.is_empty())
        .map_or_else(|| format!("number {number}"), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &[&str]) -> String {
        let events: Vec<String> =
            events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{}END:VCALENDAR\n", events.concat());
        text.replace('\n', "\r\n")
    }

    #[track_caller]
    fn assert_days(event: &str, within: &str, expected: &str) {
        let days = days(&file(&[event])).unwrap_or_else(|faults| panic!("{faults:?}"));
        let seen: Vec<String> =
            days.iter().map(ToString::to_string).filter(|day| day.starts_with(within)).collect();
        assert_eq!(seen.join(" "), expected, "of {event}");
    }

    #[test]
    fn an_all_day_event_is_a_day_or_the_days_before_its_end() {
        assert_days("DTSTART;VALUE=DATE:20261225", "", "2026-12-25");
        assert_days("DTSTART:20261225\nDTEND:20261225", "", "2026-12-25");
        let three = "2026-12-30 2026-12-31 2027-01-01";
        assert_days("DTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102", "", three);
        assert_days("DTSTART;VALUE=DATE:20261230\nDURATION:P3D", "", three);
    }

    #[test]
    fn cancelled_events_and_those_with_a_time_close_nothing() {
        assert_days("STATUS:CANCELLED\nDTSTART;VALUE=DATE:20261225", "", "");
        assert_days("DTSTART;TZID=Europe/Warsaw:20261225T090000\nDTEND:20261225T100000Z", "", "");
    }

    #[test]
    fn repeated_events_come_by_their_rule() {
        let days = |rule: &str| format!("DTSTART;VALUE=DATE:20241225\n{rule}");
        assert_days(
            &days("RRULE:FREQ=YEARLY"),
            "2",
            &(2024..=2100).map(|y| format!("{y}-12-25")).collect::<Vec<_>>().join(" "),
        );
        assert_days(&days("RRULE:FREQ=YEARLY;COUNT=2"), "", "2024-12-25 2025-12-25");
        assert_days(
            &days("RRULE:FREQ=YEARLY;INTERVAL=3;UNTIL=20301225"),
            "",
            "2024-12-25 2027-12-25 2030-12-25",
        );
        assert_days(&days("RRULE:UNTIL=20251224T230000Z;FREQ=YEARLY"), "", "2024-12-25");
        let thanksgiving = "DTSTART;VALUE=DATE:20251127\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH";
        assert_days(thanksgiving, "2026", "2026-11-26");
        let spring = "DTSTART;VALUE=DATE:20250526\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=3";
        assert_days(spring, "", "2025-05-26 2026-05-25 2027-05-31");
        let leap = "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2";
        assert_days(leap, "", "2024-02-29 2028-02-29");
        let bridge = "DTSTART;VALUE=DATE:20241231\nDTEND;VALUE=DATE:20250102\nRRULE:FREQ=YEARLY;COUNT=3\n\
            EXDATE;VALUE=DATE:20251231";
        assert_days(bridge, "", "2024-12-31 2025-01-01 2026-12-31 2027-01-01");
        let extra = "DTSTART;VALUE=DATE:20241231\nRDATE;VALUE=DATE:20260101,\n 20270101";
        assert_days(extra, "", "2024-12-31 2026-01-01 2027-01-01");
    }

    #[test]
    fn a_rule_from_before_anybodys_time_is_followed_and_only_its_later_days_count() {
        let outlook = "DTSTART;VALUE=DATE:16010101\nRRULE:FREQ=YEARLY;BYMONTHDAY=25;BYMONTH=12";
        let days = days(&file(&[outlook])).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!((days.len(), days.first().map(ToString::to_string)), (131, Some("1970-12-25".into())));
    }

    #[test]
    fn line_ends_of_any_kind_are_read() {
        let text = file(&["DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\n  Day"]);
        for text in [text.clone(), text.replace('\r', "")] {
            assert_eq!(days(&text).map(|days| days.len()), Ok(1));
        }
    }

    #[test]
    fn one_of_a_repeated_event_can_be_moved_or_cancelled_by_itself() {
        let text = file(&[
            "UID:a\nDTSTART;VALUE=DATE:20250503\nRRULE:FREQ=YEARLY;COUNT=3",
            "UID:a\nRECURRENCE-ID;VALUE=DATE:20260503\nDTSTART;VALUE=DATE:20260504",
            "UID:a\nRECURRENCE-ID;VALUE=DATE:20270503\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20270503",
        ]);
        let seen: Vec<String> = days(&text).expect("a good file").iter().map(ToString::to_string).collect();
        assert_eq!(seen, ["2025-05-03", "2026-05-04"]);
    }

    #[track_caller]
    fn assert_refused(text: &str, expected: &str) {
        let faults = days(text).expect_err("it must be refused");
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.join("\n"), expected);
    }

    #[test]
    fn a_bad_event_is_named_with_what_is_wrong_and_the_way_out() {
        let event = |lines: &str| file(&[&format!("SUMMARY:Founders' day\\, all of us\n{lines}")]);
        let with = |what: &str| format!("has an event \"Founders' day, all of us\" {what}");
        assert_refused(&event("X-A:1"), &with("without a start (DTSTART)"));
        assert_refused(&event("DTSTART:20260230"), &with("with a start that is no date: 20260230"));
        assert_refused(&event("DTSTART:99991231"), &with("with a start that is no date: 99991231"));
        assert_refused(&event("DTSTART:20260203\nDTEND:20260202"), &with("that ends before it starts"));
        assert_refused(
            &event("DTSTART:20260203\nDTEND:20360202"),
            &with("that lasts 3651 days, more than 366"),
        );
        let repeats = |why: &str, rule: &str| {
            with(&format!("that repeats by a rule which {why}: {rule}; list its days in `holidays` instead"))
        };
        let rule = |rule: &str| event(&format!("DTSTART:20260203\nRRULE:{rule}"));
        assert_refused(
            &rule("FREQ=HOURLY"),
            &repeats("is not yearly, monthly, weekly or daily", "FREQ=HOURLY"),
        );
        assert_refused(&rule("FREQ=YEARLY;BYMONTH=13"), &repeats("cannot be read", "FREQ=YEARLY;BYMONTH=13"));
        let never = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";
        assert_refused(&rule(never), &repeats("never comes true", never));
        let two = file(&["UID:u-1\nDTSTART:x", "DTSTART:y"]);
        assert_refused(
            &two,
            "has an event \"u-1\" with a start that is no date: x\n\
             has an event \"number 2\" with a start that is no date: y",
        );
        assert_refused(
            &rule("FREQ=DAILY"),
            "has more than 5000 days; close whole weekdays in `open` instead",
        );
    }

    #[test]
    fn a_file_that_is_no_calendar_is_refused() {
        let no = |what: &str| format!("is no iCalendar file: {what}");
        assert_refused("", &no("it does not begin with BEGIN:VCALENDAR"));
        assert_refused("<html></html>", &no("it does not begin with BEGIN:VCALENDAR"));
        assert_refused(
            &file(&[]).replace("END:VCALENDAR", ""),
            &no("it ends before a part that it begins (BEGIN without END)"),
        );
        assert_refused(&"BEGIN:VCALENDAR\n".repeat(100_000), &no("its parts nest deeper than 8"));
        assert_refused(&file(&[]).replace("VERSION:2.0", "no colon"), &no("a line is not `NAME:value`"));
        assert_refused(&file(&vec!["DTSTART:20261225"; MAX_EVENTS + 1]), "has more than 5000 events");
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(
            text in "(BEGIN:V(CALENDAR|EVENT)\n|END:V(CALENDAR|EVENT)\n|(DTSTART|DTEND|RRULE|EXDATE|DURATION|UID)(;VALUE=DATE)?:(FREQ=(YEARLY|DAILY)(;(COUNT|INTERVAL|BYMONTH|BYDAY|UNTIL)=-?[0-9]{1,8}(MO)?)?|[0-9]{8}|P[0-9]{1,9}[DW]|.{0,9})\n){0,12}",
        ) {
            let _ = days(&text);
            let _ = days(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}END:VEVENT\nEND:VCALENDAR\n"));
        }
    }
}
