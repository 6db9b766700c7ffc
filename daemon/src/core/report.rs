//! A period's figures: as a whole, against the period before, and in groups.
//!
//! Owns what groups there are and which rows belong to each. Refuses to know where rows come from
//! and what a report looks like.

use std::{collections::BTreeMap, ops::Range};

use bellboard_panel::Timestamp;
use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use serde::Serialize;

use super::{
    calendar::Calendar,
    figures::{Figures, Sample, percentile},
    history::{Outcome, Wait, midnight},
};
use bellboard_panel::snapshot::Clock;

/// Days of the week, from Monday on.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MS: i64 = 86_400_000;

/// What a row is grouped by besides its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits<'a> {
    /// Where it took place.
    pub channel: &'a str,
    /// The team or inbox.
    pub queue: &'a str,
    /// The conversation's own priority.
    pub priority: &'a str,
    /// The policy that it fell under.
    pub policy: Option<&'a str>,
}

/// What groups there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Local days.
    Day,
    /// The 24 hours of local days.
    Hour,
    /// The days of the week.
    Weekday,
    /// Channels.
    Channel,
    /// Queues.
    Queue,
    /// Priorities of conversations.
    Priority,
    /// Policies.
    Policy,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Day, Self::Hour, Self::Weekday, Self::Channel, Self::Queue, Self::Priority, Self::Policy];

    /// The word for it on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Channel => "channel",
            Self::Queue => "queue",
            Self::Priority => "priority",
            Self::Policy => "policy",
        }
    }

    /// The group of a row, with its place among the others.
    fn group(self, traits: &Traits<'_>, at: NaiveDateTime) -> (u32, String) {
        let named = |name: &str| (0, name.to_owned());
        match self {
            Self::Day => (0, at.date().to_string()),
            Self::Hour => (at.hour(), format!("{:02}:00", at.hour())),
            Self::Weekday => {
                let day = at.weekday().num_days_from_monday();
                (day, DAYS[day as usize].to_owned())
            }
            Self::Channel => named(traits.channel),
            Self::Queue => named(traits.queue),
            Self::Priority => {
                let words = ["urgent", "high", "normal", "low"];
                let place = words.iter().position(|word| *word == traits.priority);
                (place.unwrap_or(words.len()) as u32, traits.priority.to_owned())
            }
            Self::Policy => traits.policy.map_or((1, "no policy".to_owned()), named),
        }
    }
}

/// A span of time in the local time of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// From and to.
    pub within: Range<Timestamp>,
    /// Whose local time.
    pub zone: Tz,
}

impl Period {
    /// The last so many milliseconds; of whole days, from the midnight on that makes the present
    /// day the last of them.
    #[must_use]
    pub fn last(ms: u64, now: Timestamp, zone: Tz) -> Self {
        let ms = ms as i64;
        let start = if ms % DAY_MS == 0 {
            let first = local(now, zone).date() - TimeDelta::days((ms / DAY_MS - 1).max(0));
            midnight(first, zone)
        } else {
            now.plus_millis(-ms)
        };
        Self { within: start..now, zone }
    }

    /// As long a time just before. Of a day and more, by the same time of the day, so that a week
    /// that is not over is held against as much of the one before.
    #[must_use]
    pub fn before(&self) -> Self {
        let length = self.within.end.millis_since(self.within.start);
        let earlier = |at: Timestamp| {
            if length < DAY_MS {
                return at.plus_millis(-length);
            }
            let days = TimeDelta::days(length.div_euclid(DAY_MS) + i64::from(length % DAY_MS != 0));
            instant(local(at, self.zone) - days, self.zone)
        };
        Self { within: earlier(self.within.start)..earlier(self.within.end), zone: self.zone }
    }

    /// Its first and its last local day.
    #[must_use]
    pub fn days(&self) -> (NaiveDate, NaiveDate) {
        let last = self.within.end.plus_millis(-1).max(self.within.start);
        (local(self.within.start, self.zone).date(), local(last, self.zone).date())
    }
}

fn local(at: Timestamp, zone: Tz) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default().with_timezone(&zone).naive_local()
}

/// The instant of a local time; one in a spring gap is taken as UTC would have it, an hour away.
fn instant(at: NaiveDateTime, zone: Tz) -> Timestamp {
    let found = zone.from_local_datetime(&at).earliest().map(|at| at.timestamp_millis());
    Timestamp::from_millis(found.unwrap_or_else(|| zone.from_utc_datetime(&at).timestamp_millis()))
}

/// A report while rows are counted.
#[derive(Debug)]
pub struct Counting {
    by: By,
    period: Period,
    now: Timestamp,
    total: Sample,
    groups: BTreeMap<(u32, String), Sample>,
}

impl Counting {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(by: By, period: Period, now: Timestamp) -> Self {
        Self { by, period, now, total: Sample::default(), groups: BTreeMap::new() }
    }

    fn group(&mut self, traits: &Traits<'_>, at: Timestamp) -> &mut Sample {
        let key = self.by.group(traits, local(at, self.period.zone));
        self.groups.entry(key).or_default()
    }

    /// Counts a conversation.
    pub fn conversation(&mut self, traits: &Traits<'_>, opened: Timestamp, answered: bool) {
        self.total.conversation(answered);
        self.group(traits, opened).conversation(answered);
    }

    /// Counts a wait.
    pub fn wait(&mut self, traits: &Traits<'_>, wait: &Wait) {
        let now = self.now;
        self.total.wait(wait, now);
        self.group(traits, wait.start).wait(wait, now);
    }

    /// The report, held against what was counted of the period before.
    #[must_use]
    pub fn report(self, before: Sample) -> Report {
        let line = |((_, name), sample): ((u32, String), Sample)| Line { name, figures: sample.figures() };
        let groups = self.groups.into_iter().map(line).collect();
        let (from, to) = (self.period.within.start, self.period.within.end);
        let zone = self.period.zone.name().to_owned();
        Report { from, to, zone, by: self.by, total: self.total.figures(), before: before.figures(), groups }
    }
}

/// A period's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Its first instant.
    pub from: Timestamp,
    /// The first one after it.
    pub to: Timestamp,
    /// Whose local time its days and hours are in.
    pub zone: String,
    /// What the groups are.
    pub by: By,
    /// Of the whole period.
    pub total: Figures,
    /// Of as long a time just before.
    pub before: Figures,
    /// Of each group.
    pub groups: Vec<Line>,
}

/// A group's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// When customers write, while it is counted.
#[derive(Debug)]
pub struct Hours<'a> {
    zone: Tz,
    floor: &'a Calendar,
    cells: Vec<Cell>,
    open: Cell,
    shut: Cell,
}

#[derive(Clone, Debug, Default)]
struct Cell {
    received: u32,
    shut: u32,
    replies: Vec<u64>,
}

/// When customers write, by the hours of a week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// 168 hours, from Monday 00:00 on.
    pub hours: Vec<Hour>,
    /// While the floor was open.
    pub open: Hour,
    /// While it was shut: what the opening hours leave uncovered.
    pub shut: Hour,
}

/// One hour of the week, or a sum of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// Conversations that were opened in it.
    pub received: u32,
    /// Of those, the ones that were opened while the floor was shut.
    pub shut: u32,
    /// The median of their first replies, in seconds of wall time.
    pub median_s: Option<u64>,
}

impl<'a> Hours<'a> {
    /// Nothing is counted yet; `floor` says when the floor is open.
    #[must_use]
    pub fn new(zone: Tz, floor: &'a Calendar) -> Self {
        Self {
            zone,
            floor,
            cells: vec![Cell::default(); 7 * 24],
            open: Cell::default(),
            shut: Cell::default(),
        }
    }

    fn cells(&mut self, at: Timestamp) -> ([&mut Cell; 2], bool) {
        let time = local(at, self.zone);
        let hour = time.weekday().num_days_from_monday() * 24 + time.hour();
        let is_open = self.floor.is_open(at);
        let sum = if is_open { &mut self.open } else { &mut self.shut };
        ([&mut self.cells[hour as usize], sum], is_open)
    }

    /// Counts a conversation.
    pub fn conversation(&mut self, opened: Timestamp) {
        let (cells, is_open) = self.cells(opened);
        for cell in cells {
            cell.received += 1;
            cell.shut += u32::from(!is_open);
        }
    }

    /// Counts a wait, if it is one for a first reply that came.
    pub fn wait(&mut self, wait: &Wait) {
        if wait.clock == Clock::FirstReply && wait.outcome == Outcome::Replied {
            let (cells, _) = self.cells(wait.start);
            for cell in cells {
                cell.replies.extend(wait.replied_after_ms());
            }
        }
    }

    /// The week.
    #[must_use]
    pub fn week(self) -> Week {
        let hours = self.cells.into_iter().map(Cell::hour).collect();
        Week { hours, open: self.open.hour(), shut: self.shut.hour() }
    }
}

impl Cell {
    fn hour(mut self) -> Hour {
        self.replies.sort_unstable();
        let median_s = percentile(&self.replies, 50).map(|ms| ms / 1_000);
        Hour { received: self.received, shut: self.shut, median_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn traits(channel: &str) -> Traits<'_> {
        Traits { channel, queue: "q", priority: "high", policy: None }
    }

    #[test]
    fn seven_days_begin_at_midnight_and_are_held_against_as_much_of_the_week_before() {
        let zone = chrono_tz::Europe::Warsaw;
        let week = Period::last(7 * 86_400_000, at("2026-10-28T11:00:00Z"), zone);
        // The clock was set back on the 25th.
        assert_eq!(week.within.start, at("2026-10-21T22:00:00Z"));
        assert_eq!(week.before().within, at("2026-10-14T22:00:00Z")..at("2026-10-21T10:00:00Z"));
        let days = week.days();
        assert_eq!((days.0.to_string().as_str(), days.1.to_string().as_str()), ("2026-10-22", "2026-10-28"));
        let hours = Period::last(3_600_000, at("2026-10-28T11:00:00Z"), zone);
        assert_eq!(hours.before().within, at("2026-10-28T09:00:00Z")..at("2026-10-28T10:00:00Z"));
    }

    #[test]
    fn rows_are_grouped_by_local_time_and_by_what_they_are() {
        let zone = chrono_tz::Europe::Warsaw;
        let names = |by: By, times: &[&str]| -> Vec<(String, u32)> {
            let period = Period::last(86_400_000, at("2026-11-24T12:00:00Z"), zone);
            let mut counting = Counting::new(by, period, at("2026-11-24T12:00:00Z"));
            for (n, time) in times.iter().enumerate() {
                counting.conversation(&traits(["x", "email"][n % 2]), at(time), false);
            }
            let report = counting.report(Sample::default());
            report.groups.into_iter().map(|line| (line.name, line.figures.received)).collect()
        };
        let late = ["2026-11-22T23:30:00Z", "2026-11-22T22:30:00Z", "2026-11-23T08:00:00Z"];
        assert_eq!(names(By::Day, &late), [("2026-11-22".into(), 1), ("2026-11-23".into(), 2)]);
        assert_eq!(names(By::Hour, &late), [("00:00".into(), 1), ("09:00".into(), 1), ("23:00".into(), 1)]);
        assert_eq!(names(By::Weekday, &late), [("mon".into(), 2), ("sun".into(), 1)]);
        assert_eq!(names(By::Channel, &late), [("email".into(), 1), ("x".into(), 2)]);
        assert_eq!(names(By::Policy, &late), [("no policy".into(), 3)]);
    }

    #[test]
    fn what_came_while_the_floor_was_shut_is_told_apart() {
        let shut = Calendar::Shut(std::sync::Arc::new(Calendar::Always));
        for (floor, open) in [(&Calendar::Always, 1), (&shut, 0)] {
            let mut hours = Hours::new(Tz::UTC, floor);
            hours.conversation(at("2026-11-24T12:30:00Z"));
            let week = hours.week();
            let tuesday_noon = week.hours[24 + 12];
            assert_eq!((tuesday_noon.received, tuesday_noon.shut), (1, 1 - open));
            assert_eq!((week.open.received, week.shut.received), (open, 1 - open));
        }
    }
}
