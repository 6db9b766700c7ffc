//! Opening hours, judged minute by minute: slow, and plain enough to be believed.
//!
//! Owns a second reading of the written rules. It turns each UTC minute into local time, which is
//! never ambiguous, and decides by the local fields alone. Refuses to use the product's calendar.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// Minutes of local time before and after a window that decide what is open in it: a period lasts
/// up to a day, and zones have skipped one.
const REACH: i64 = 4 * DAY;
/// Minutes of a day.
pub const DAY: i64 = 1_440;

/// Hours as a person writes them.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The zone of the times of day.
    pub zone: Tz,
    /// From Monday on: start and end in minutes after midnight; an end that is not after the
    /// start lies on the next day.
    pub days: [Vec<(i64, i64)>; 7],
    /// No period starts on these.
    pub holidays: Vec<NaiveDate>,
}

/// Which minutes of a window are open.
pub struct Minutes {
    window: Range<i64>,
    open: Vec<bool>,
}

impl Minutes {
    /// Judges each minute of a window, in minutes of Unix time.
    ///
    /// A period begins in the first minute whose local time has come to its start: where clocks
    /// are put forward over the start, that is the minute after the gap; where they show it
    /// twice, the first. It ends with the last minute that shows its end or, where none does, once
    /// local time has passed it.
    #[must_use]
    pub fn judge(hours: &Hours, window: Range<i64>) -> Self {
        let first = window.start - REACH;
        let local: Vec<i64> =
            (first..window.end + REACH).map(|minute| local_minute(hours.zone, minute)).collect();
        let mut open = vec![false; local.len()];
        // Periods of the first and the last days would reach beyond what is known.
        let [from, to] = [local[0], local[local.len() - 1]].map(|minute| minute.div_euclid(DAY));
        for day in from + 1..to - 1 {
            let date = NaiveDate::default() + TimeDelta::days(day);
            if hours.holidays.contains(&date) {
                continue;
            }
            for (start, end) in &hours.days[date.weekday().num_days_from_monday() as usize] {
                let end = if end > start { *end } else { end + DAY };
                open_between(&local, day * DAY + start, day * DAY + end, &mut open);
            }
        }
        let reach = REACH as usize;
        let open = open[reach..open.len() - reach].to_vec();
        Self { window, open }
    }

    /// The minutes that were judged.
    #[must_use]
    pub fn window(&self) -> Range<i64> {
        self.window.clone()
    }

    /// Whether a minute of the window is open.
    ///
    /// # Panics
    /// It lies outside.
    #[must_use]
    pub fn is_open(&self, minute: i64) -> bool {
        self.open[(minute - self.window.start) as usize]
    }

    /// The first minute after this one that differs; `None` beyond the window.
    #[must_use]
    pub fn next_change(&self, after: i64) -> Option<i64> {
        (after + 1..self.window.end).find(|minute| self.is_open(*minute) != self.is_open(after))
    }

    /// The second at which so many open seconds have elapsed since a second, both of Unix time;
    /// `None` beyond the window.
    #[must_use]
    pub fn add(&self, start: i64, open_secs: i64) -> Option<i64> {
        let (mut at, mut left) = (start, open_secs);
        while left > 0 {
            let minute = at.div_euclid(60);
            if !self.window.contains(&minute) {
                return None;
            }
            let rest = (minute + 1) * 60 - at;
            if self.is_open(minute) {
                if left <= rest {
                    return Some(at + left);
                }
                left -= rest;
            }
            at += rest;
        }
        Some(at)
    }
}

/// Opens the minutes of one period, given in minutes of local time.
fn open_between(local: &[i64], start: i64, end: i64, open: &mut [bool]) {
    // Zones are up to 14 hours from UTC, so that two days around are enough to look at.
    let place = |minute: i64| (minute - local[0]).clamp(0, local.len() as i64) as usize;
    let (first, last) = (place(start - 2 * DAY), place(end + 2 * DAY));
    let near = &local[first..last];
    let begins = near.iter().position(|minute| *minute >= start);
    let shown = near.iter().rposition(|minute| *minute == end);
    let passed = near.iter().rposition(|minute| *minute < end).map(|last| last + 1);
    if let (Some(begins), Some(ends)) = (begins, shown.max(passed))
        && begins < ends
    {
        open[first + begins..first + ends].fill(true);
    }
}

/// The minute that local clocks show, counted from their own 1970.
fn local_minute(zone: Tz, minute: i64) -> i64 {
    let utc = DateTime::from_timestamp(minute * 60, 0).expect("the window lies in our time").naive_utc();
    let ahead = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    (minute * 60 + i64::from(ahead)).div_euclid(60)
}
