//! When a floor is open.
//!
//! Owns opening hours: what they are, when they change, and what counts as elapsed open time.
//! Refuses to know whose hours they are, how they were written, and what time it is.

mod table;
#[cfg(test)]
mod tests;
mod weekly;

use std::{fmt, sync::Arc};

use bellboard_panel::Timestamp;
use chrono::NaiveDate;
use chrono_tz::Tz;
use thiserror::Error;

pub use weekly::{Overlap, Period, Weekly};

use table::{BLOCK_MS, Block, Count, instant, place_of};

/// How far ahead a change of a calendar is looked for. A calendar that stays shut for longer
/// than a year and a month was meant to be something else, and the search has to end somewhere.
pub const MAX_DAYS_AHEAD: u16 = 400;
const MAX_MS_AHEAD: i64 = MAX_DAYS_AHEAD as i64 * 86_400_000;

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

/// A stretch of open time between two instants; it is open at `from` and shut at `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it; later than `from`.
    pub to: Timestamp,
}

/// What a calendar comes down to.
enum Hours<'a> {
    All,
    None,
    Weekly(&'a Weekly, Count),
}

impl Calendar {
    fn hours(&self) -> Hours<'_> {
        match self {
            Self::Always => Hours::All,
            Self::Weekly(weekly) => Hours::Weekly(weekly, Count::Open),
            Self::Shut(other) => match other.hours() {
                Hours::All => Hours::None,
                Hours::None => Hours::All,
                Hours::Weekly(weekly, Count::Open) => Hours::Weekly(weekly, Count::Shut),
                Hours::Weekly(weekly, Count::Shut) => Hours::Weekly(weekly, Count::Open),
            },
        }
    }

    /// The zone that its hours are written in; `None` where it has no hours of its own.
    #[must_use]
    pub fn zone(&self) -> Option<Tz> {
        match self.hours() {
            Hours::Weekly(weekly, _) => Some(weekly.zone),
            Hours::All | Hours::None => None,
        }
    }

    /// Whether it is open at an instant. Opening instants are open, closing instants are not.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        match self.hours() {
            Hours::All => true,
            Hours::None => false,
            Hours::Weekly(weekly, count) => weekly.is_open(at) == (count == Count::Open),
        }
    }

    /// The next instant after this one at which it opens or closes; `None` when that is more
    /// than [`MAX_DAYS_AHEAD`] days away.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        match self.hours() {
            Hours::All | Hours::None => None,
            Hours::Weekly(weekly, _) => weekly.next_change(after),
        }
    }

    /// The first instant at which `open_ms` milliseconds of open time have elapsed since
    /// `start`. Costs a binary search for each year in between. Fails where it stays shut for
    /// more than [`MAX_DAYS_AHEAD`] days before that, or until the end of the year 9999.
    pub fn add(&self, start: Timestamp, open_ms: u64) -> Result<Timestamp, NeverOpens> {
        let open_ms = i64::try_from(open_ms).unwrap_or(i64::MAX);
        match self.hours() {
            _ if open_ms == 0 => Ok(start),
            Hours::All => Ok(start.plus_millis(open_ms)),
            Hours::None => Err(start),
            Hours::Weekly(weekly, count) => weekly.add(start, open_ms, count),
        }
        .map_err(|after| NeverOpens { calendar: self.to_string(), after })
    }

    /// The open time between two instants, in order; spans do not touch. Ends early where it stays
    /// shut for more than [`MAX_DAYS_AHEAD`] days.
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Span> + '_ {
        let mut cursor = from;
        std::iter::from_fn(move || {
            if !self.is_open(cursor) {
                cursor = self.next_change(cursor)?;
            }
            let from = cursor;
            while cursor < to {
                let change = self.next_change(cursor);
                cursor = change.unwrap_or(cursor.plus_millis(MAX_MS_AHEAD)).min(to);
                if change.is_some() {
                    break;
                }
            }
            (from < cursor).then_some(Span { from, to: cursor })
        })
    }

    /// Milliseconds of open time in a week without holidays and clock changes.
    #[must_use]
    pub fn open_ms_a_week(&self) -> u64 {
        let week = u64::from(weekly::MINUTES_A_WEEK) * 60_000;
        match self {
            Self::Always => week,
            Self::Weekly(weekly) => weekly.open_ms_a_week(),
            Self::Shut(other) => week - other.open_ms_a_week(),
        }
    }

    /// The first holiday of a row of them that keeps it shut for more than [`MAX_DAYS_AHEAD`]
    /// days; `None` where there is no such row. Costs a look at each holiday.
    #[must_use]
    pub fn endless_holiday(&self) -> Option<NaiveDate> {
        let Hours::Weekly(weekly, Count::Open) = self.hours() else { return None };
        weekly.holidays.iter().copied().find(|day| weekly.shuts_for_good(*day))
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

impl Weekly {
    fn block(&self, number: i64) -> Option<Arc<Block>> {
        self.table.block(number, |within| self.spans(within))
    }

    fn is_open(&self, at: Timestamp) -> bool {
        let (number, offset) = place_of(at);
        self.block(number).is_some_and(|block| block.is_open(offset))
    }

    fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let horizon = after.plus_millis(MAX_MS_AHEAD);
        let (mut number, offset) = place_of(after);
        let mut block = self.block(number)?;
        let open = block.is_open(offset);
        let mut edge = block.next_edge(offset);
        while edge.is_none() && instant(number, BLOCK_MS) <= horizon {
            number += 1;
            block = self.block(number)?;
            edge = if block.is_open(0) == open { block.next_edge(0) } else { Some(0) };
        }
        edge.map(|edge| instant(number, edge)).filter(|change| *change <= horizon)
    }

    /// As [`Calendar::add`] for a time above 0; fails with the instant from which on it is shut.
    fn add(&self, start: Timestamp, ms: i64, count: Count) -> Result<Timestamp, Timestamp> {
        let (mut number, mut offset) = place_of(start);
        let mut left = ms;
        let mut shut_since = start;
        while let Some(block) = self.block(number) {
            let elapsed = block.elapsed(offset, count);
            let available = block.elapsed(BLOCK_MS, count) - elapsed;
            // Where it opens next, or how far it is known to stay shut.
            let shut_until = if available > 0 { block.reach(elapsed + 1, count) - 1 } else { BLOCK_MS };
            if instant(number, shut_until).millis_since(shut_since) > MAX_MS_AHEAD {
                break;
            }
            if left <= available {
                return Ok(instant(number, block.reach(elapsed + left, count)));
            }
            if available > 0 {
                left -= available;
                shut_since = instant(number, block.reach(elapsed + available, count));
            }
            (number, offset) = (number + 1, 0);
        }
        Err(shut_since)
    }

    /// Whether the holiday begins a time without any opening that is too long.
    fn shuts_for_good(&self, holiday: NaiveDate) -> bool {
        let closes = self.last_day_before(holiday).and_then(|day| self.close_of(day));
        closes.is_some_and(|closes| !self.is_open(closes) && self.next_change(closes).is_none())
    }
}
