//! The definition of opening hours: weekly periods in a time zone, and holidays.
//!
//! Owns how local times become instants. Refuses to know how open time is counted, and what time
//! it is.
//!
//! Local times become instants by two rules: a time in a spring gap is the instant the gap
//! ends; of an ambiguous autumn time an opening takes the earlier instant, a closing the later.

use std::{collections::BTreeSet, fmt, ops::Range};

use bellboard_panel::Timestamp;
use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::{GapInfo, Tz};
use thiserror::Error;

use super::table::Table;

const MINUTES_A_DAY: u16 = 24 * 60;
pub(super) const MINUTES_A_WEEK: u32 = 7 * MINUTES_A_DAY as u32;
const MS_A_MINUTE: u64 = 60_000;

/// The periods of this many days before an instant can reach it: one for periods past midnight,
/// one more for zones that skipped a whole day of their own. So many days after it may have opened
/// already, where the clock was put back across midnight.
const DAYS_OF_REACH: u64 = 2;

/// One stretch of opening hours, in local minutes of the day it starts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    pub(super) from: u16,
    /// Above `from`; above 1440 when the period ends on the next day.
    pub(super) to: u16,
}

impl Period {
    /// From one time of day to another, in minutes since midnight: `from` is 0 to 1439, `to` 0 to
    /// 1440. A `to` before `from` lies on the next day. `None` where a time is out of range
    /// or both are the same, which could mean nothing as well as a whole day.
    #[must_use]
    pub fn new(from: u16, to: u16) -> Option<Self> {
        if from >= MINUTES_A_DAY || to > MINUTES_A_DAY || from == to {
            return None;
        }
        Some(Self { from, to: if to < from { to + MINUTES_A_DAY } else { to } })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.to > MINUTES_A_DAY { self.to - MINUTES_A_DAY } else { self.to };
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, to / 60, to % 60)
    }
}

/// Two periods of one calendar share some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{} {} overlaps {} {}", .first.0, .first.1, .second.0, .second.1)]
pub struct Overlap {
    /// The one that starts earlier in the week.
    pub first: (Weekday, Period),
    /// The other.
    pub second: (Weekday, Period),
}

/// Weekly hours in a time zone, but for holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekly {
    pub(super) name: String,
    pub(super) zone: Tz,
    /// From Monday on; each day's periods in order, none overlapping.
    pub(super) days: [Vec<Period>; 7],
    pub(super) holidays: BTreeSet<NaiveDate>,
    /// What was computed from the above so far; no part of the definition.
    pub(super) table: Table,
}

/// Which end of a period a local time is.
#[derive(Clone, Copy)]
enum Edge {
    Opening,
    Closing,
}

impl Weekly {
    /// Weekly hours from Monday on, under the name that people know them by. No period starts
    /// on a day in `holidays`.
    pub fn new(
        name: impl Into<String>,
        zone: Tz,
        mut days: [Vec<Period>; 7],
        holidays: BTreeSet<NaiveDate>,
    ) -> Result<Self, Overlap> {
        for day in &mut days {
            day.sort_unstable();
        }
        match overlap(&days) {
            Some(overlap) => Err(overlap),
            None => Ok(Self { name: name.into(), zone, days, holidays, table: Table::default() }),
        }
    }

    pub(super) fn open_ms_a_week(&self) -> u64 {
        self.days.iter().flatten().map(|p| u64::from(p.to - p.from) * MS_A_MINUTE).sum()
    }

    /// The last day before `day` on which a period starts; `None` when none does for eight days,
    /// which is the case for calendars without hours and in the midst of holidays.
    pub(super) fn last_day_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        day.iter_days().rev().skip(1).take(8).find(|day| self.starts_on(*day))
    }

    /// The last instant that a period of this day is open until.
    pub(super) fn close_of(&self, day: NaiveDate) -> Option<Timestamp> {
        let closes = self.spans_of(day).map(|span| span.end).max()?;
        Some(Timestamp::from_millis(closes * 1000))
    }

    fn starts_on(&self, day: NaiveDate) -> bool {
        !self.holidays.contains(&day) && !self.periods_of(day.weekday()).is_empty()
    }

    /// The open time that touches a stretch of Unix time, both in seconds. Spans come in the order
    /// in which they open; where clocks are put back, some may share time.
    pub(super) fn spans(&self, within: Range<i64>) -> impl Iterator<Item = Range<i64>> + '_ {
        let first = self.local_day(within.start) - Days::new(DAYS_OF_REACH);
        let last = self.local_day(within.end) + Days::new(DAYS_OF_REACH);
        let touches = move |span: &Range<i64>| span.start < within.end && within.start < span.end;
        // Without periods there is no need to look at every day.
        let days = if self.open_ms_a_week() == 0 { 0 } else { usize::MAX };
        first
            .iter_days()
            .take(days)
            .take_while(move |day| *day <= last)
            .filter(|day| !self.holidays.contains(day))
            .flat_map(|day| self.spans_of(day))
            .filter(touches)
    }

    /// The instants of a day's periods, in seconds of Unix time.
    fn spans_of(&self, day: NaiveDate) -> impl Iterator<Item = Range<i64>> + '_ {
        let span = move |period: &Period| {
            self.instant(day, period.from, Edge::Opening)..self.instant(day, period.to, Edge::Closing)
        };
        // A period inside a spring gap has no length.
        self.periods_of(day.weekday()).iter().map(span).filter(|span| !span.is_empty())
    }

    fn local_day(&self, secs: i64) -> NaiveDate {
        let utc = DateTime::from_timestamp(secs, 0).unwrap_or_default();
        utc.with_timezone(&self.zone).date_naive()
    }

    fn periods_of(&self, day: Weekday) -> &[Period] {
        &self.days[day.num_days_from_monday() as usize]
    }

    /// The instant of a local time, `minute` minutes after midnight of `day`, in seconds.
    fn instant(&self, day: NaiveDate, minute: u16, edge: Edge) -> i64 {
        let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
        let instant = match (self.zone.from_local_datetime(&local), edge) {
            (MappedLocalTime::Single(only), _) => only,
            (MappedLocalTime::Ambiguous(a, b), Edge::Opening) => a.min(b),
            (MappedLocalTime::Ambiguous(a, b), Edge::Closing) => a.max(b),
            (MappedLocalTime::None, _) => GapInfo::new(&local, &self.zone)
                .and_then(|gap| gap.end)
                .expect("a local time that does not exist lies in a gap, and every gap ends"),
        };
        instant.timestamp()
    }
}

/// The first two periods of the week that share time; the week is a ring.
fn overlap(days: &[Vec<Period>; 7]) -> Option<Overlap> {
    let week: Vec<(u32, u32, (Weekday, Period))> = days
        .iter()
        .enumerate()
        .flat_map(|(n, periods)| {
            let midnight = n as u32 * u32::from(MINUTES_A_DAY);
            let day = Weekday::try_from(n as u8).unwrap_or(Weekday::Mon);
            periods.iter().map(move |p| (midnight + u32::from(p.from), midnight + u32::from(p.to), (day, *p)))
        })
        .collect();
    let followers = week.iter().skip(1).map(|next| (next.0, next.2));
    let around = week.first().map(|first| (first.0 + MINUTES_A_WEEK, first.2));
    week.iter()
        .zip(followers.chain(around))
        .find(|((_, end, _), (start, _))| start < end)
        .map(|((_, _, first), (_, second))| Overlap { first: *first, second })
}
