//! When a floor is open.
//!
//! Owns opening hours: weekly periods in a time zone, holidays, and what counts as elapsed
//! open time. Refuses to know whose hours they are, how they were written, and what time it is.
//!
//! Local times become instants by two rules: a time in a spring gap is the instant the gap
//! ends; of an ambiguous autumn time an opening takes the earlier instant, a closing the later.

use std::{collections::BTreeSet, fmt, sync::Arc};

use bellboard_panel::Timestamp;
use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::{GapInfo, Tz};
use thiserror::Error;

const MINUTES_A_DAY: u16 = 24 * 60;
const MINUTES_A_WEEK: u32 = 7 * MINUTES_A_DAY as u32;
const MS_A_MINUTE: u64 = 60_000;

/// How far ahead a change of a calendar is looked for. A calendar that stays shut for longer
/// than a year and a month was meant to be something else, and the search has to end somewhere.
pub const MAX_DAYS_AHEAD: u16 = 400;
const MAX_MS_AHEAD: i64 = MAX_DAYS_AHEAD as i64 * 86_400_000;

/// The periods of this many days before an instant can reach it: one for periods past midnight,
/// one more for zones that skipped a whole day of their own.
const DAYS_OF_REACH: u64 = 2;

/// So many local days reach from before an instant to [`MAX_DAYS_AHEAD`] after it.
const DAYS_TO_HORIZON: u64 = DAYS_OF_REACH + MAX_DAYS_AHEAD as u64 + 1;

/// Opening hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Calendar {
    /// Open at every instant.
    #[default]
    Always,
    /// Open by the week, but for holidays.
    Weekly(Box<Weekly>),
    /// Open exactly while another calendar is shut.
    Shut(Arc<Calendar>),
}

/// A deadline cannot be counted: the calendar never opens again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the calendar `{calendar}` does not open within {MAX_DAYS_AHEAD} days after {after}")]
pub struct NeverOpens {
    /// The calendar's name.
    pub calendar: String,
    /// The instant from which on it stays shut.
    pub after: Timestamp,
}

impl Calendar {
    /// Whether it is open at an instant. Opening instants are open, closing instants are not.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Weekly(weekly) => weekly.is_open(at),
            Self::Shut(other) => !other.is_open(at),
        }
    }

    /// The next instant after this one at which it opens or closes; `None` when that is more
    /// than [`MAX_DAYS_AHEAD`] days away. Costs one step a day until then.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Always => None,
            Self::Weekly(weekly) => weekly.next_change(after),
            Self::Shut(other) => other.next_change(after),
        }
    }

    /// The first instant at which `open_ms` milliseconds of open time have elapsed since
    /// `start`. Costs one step for each opening and closing in between.
    pub fn add(&self, start: Timestamp, open_ms: u64) -> Result<Timestamp, NeverOpens> {
        let open_ms = i64::try_from(open_ms).unwrap_or(i64::MAX);
        match self {
            Self::Always => Ok(start.plus_millis(open_ms)),
            Self::Weekly(weekly) => weekly.add(start, open_ms),
            Self::Shut(_) => self.add_by_changes(start, open_ms),
        }
    }

    /// From change to change, for hours that are known by their changes only.
    fn add_by_changes(&self, start: Timestamp, open_ms: i64) -> Result<Timestamp, NeverOpens> {
        let mut left = open_ms;
        let mut cursor = start;
        let mut open = self.is_open(start);
        while left > 0 {
            let change = self.next_change(cursor);
            if open {
                let until = change.unwrap_or(cursor.plus_millis(MAX_MS_AHEAD));
                let available = until.millis_since(cursor);
                // At the end of representable time there is nothing more to count.
                if left <= available || available == 0 {
                    return Ok(cursor.plus_millis(left));
                }
                left -= available;
                cursor = until;
            } else {
                let opens = change.ok_or_else(|| NeverOpens { calendar: self.to_string(), after: cursor })?;
                cursor = opens;
            }
            open ^= change.is_some();
        }
        Ok(cursor)
    }

    /// Milliseconds of open time in a week without holidays and clock changes.
    #[must_use]
    pub fn open_ms_a_week(&self) -> u64 {
        let week = u64::from(MINUTES_A_WEEK) * MS_A_MINUTE;
        match self {
            Self::Always => week,
            Self::Weekly(weekly) => {
                weekly.days.iter().flatten().map(|p| u64::from(p.to - p.from) * MS_A_MINUTE).sum()
            }
            Self::Shut(other) => week - other.open_ms_a_week(),
        }
    }
}

impl fmt::Display for Calendar {
    /// The name that the configuration uses for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Weekly(weekly) => f.write_str(&weekly.name),
            Self::Shut(other) => write!(f, "!{other}"),
        }
    }
}

/// One stretch of opening hours, in local minutes of the day it starts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    from: u16,
    /// Above `from`; above 1440 when the period ends on the next day.
    to: u16,
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

/// Weekly hours in a time zone, without holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekly {
    name: String,
    zone: Tz,
    /// From Monday on; each day's periods in order, none overlapping.
    days: [Vec<Period>; 7],
    holidays: BTreeSet<NaiveDate>,
}

/// A stretch of open time between two instants; it is open at `open` and shut at `close`.
#[derive(Clone, Copy, Debug)]
struct Span {
    open: Timestamp,
    close: Timestamp,
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
            None => Ok(Self { name: name.into(), zone, days, holidays }),
        }
    }

    fn is_open(&self, at: Timestamp) -> bool {
        // The day after may have opened already where the clock was put back across midnight.
        let days = DAYS_OF_REACH + 2;
        self.spans(at, days).any(|span| span.open <= at && at < span.close)
    }

    fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let horizon = after.plus_millis(MAX_MS_AHEAD);
        let mut closes: Option<Timestamp> = None;
        for span in self.spans(after, DAYS_TO_HORIZON).filter(|span| span.close > after) {
            closes = match closes {
                // Periods that touch are one stretch of open time.
                Some(end) if span.open <= end => Some(end.max(span.close)),
                Some(end) => return Some(end),
                None if span.open <= after => Some(span.close),
                None => return (span.open <= horizon).then_some(span.open),
            };
            if closes.is_some_and(|end| end > horizon) {
                return None;
            }
        }
        closes
    }

    /// As [`Calendar::add`], in one walk along the open time.
    fn add(&self, start: Timestamp, open_ms: i64) -> Result<Timestamp, NeverOpens> {
        let mut left = open_ms;
        let mut cursor = start;
        while left > 0 {
            let from = cursor;
            let horizon = from.plus_millis(MAX_MS_AHEAD);
            for span in self.spans(from, DAYS_TO_HORIZON).take_while(|span| span.open <= horizon) {
                // Where clocks are put back, spans may share some time.
                let opens = span.open.max(cursor);
                let available = span.close.millis_since(opens).max(0);
                if left <= available {
                    return Ok(opens.plus_millis(left));
                }
                left -= available;
                cursor = cursor.max(span.close);
            }
            if cursor == from {
                return Err(NeverOpens { calendar: self.name.clone(), after: cursor });
            }
        }
        Ok(cursor)
    }

    /// The open time of `days` local days, the first of them [`DAYS_OF_REACH`] before the day
    /// of `around`. Spans come in the order in which they open.
    fn spans(&self, around: Timestamp, days: u64) -> impl Iterator<Item = Span> + '_ {
        let utc = DateTime::from_timestamp_millis(around.millis()).unwrap_or_default();
        let first = utc.with_timezone(&self.zone).date_naive() - Days::new(DAYS_OF_REACH);
        (0..days)
            .filter_map(move |n| first.checked_add_days(Days::new(n)))
            .filter(move |day| !self.holidays.contains(day))
            .flat_map(move |day| {
                self.periods_of(day.weekday()).iter().map(move |period| self.span(day, *period))
            })
            // A period inside a spring gap has no length.
            .filter(|span| span.open < span.close)
    }

    fn periods_of(&self, day: Weekday) -> &[Period] {
        &self.days[day.num_days_from_monday() as usize]
    }

    fn span(&self, day: NaiveDate, period: Period) -> Span {
        Span {
            open: self.instant(day, period.from, Edge::Opening),
            close: self.instant(day, period.to, Edge::Closing),
        }
    }

    /// The instant of a local time, `minute` minutes after midnight of `day`.
    fn instant(&self, day: NaiveDate, minute: u16, edge: Edge) -> Timestamp {
        let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
        let instant = match (self.zone.from_local_datetime(&local), edge) {
            (MappedLocalTime::Single(only), _) => only,
            (MappedLocalTime::Ambiguous(a, b), Edge::Opening) => a.min(b),
            (MappedLocalTime::Ambiguous(a, b), Edge::Closing) => a.max(b),
            (MappedLocalTime::None, _) => GapInfo::new(&local, &self.zone)
                .and_then(|gap| gap.end)
                .expect("a local time that does not exist lies in a gap, and every gap ends"),
        };
        Timestamp::from_millis(instant.timestamp_millis())
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

#[cfg(test)]
mod tests;
