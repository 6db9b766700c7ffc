//! Where a day begins and ends.
//!
//! Owns local midnight, on days of 23 and 25 hours too. Refuses to know whose day it is.

use bellboard_panel::Timestamp;
use chrono::{DateTime, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// Where clocks are put forward at midnight the day begins later; by no more than this.
const MAX_GAP_MINUTES: i64 = 180;

/// The first instant of a local day.
#[must_use]
pub fn midnight(day: NaiveDate, zone: Tz) -> Timestamp {
    for minute in 0..=MAX_GAP_MINUTES {
        let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute);
        if let MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) =
            zone.from_local_datetime(&local)
        {
            return Timestamp::from_millis(at.timestamp_millis());
        }
    }
    // A day that a zone left out altogether, as Samoa did in 2011, begins as in UTC.
    Timestamp::from_millis(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

/// The local day at an instant.
#[must_use]
pub fn day_of(at: Timestamp, zone: Tz) -> NaiveDate {
    let utc = DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
    utc.with_timezone(&zone).date_naive()
}

/// The first instant of the local day at `at`, and the first one after it.
pub(super) fn around(at: Timestamp, zone: Tz) -> (Timestamp, Timestamp) {
    let day = day_of(at, zone);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    (midnight(day, zone), midnight(next, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(day: &str, zone: Tz) -> i64 {
        let from = midnight(day.parse().unwrap(), zone);
        let (start, end) = around(from, zone);
        assert_eq!(start, from);
        end.millis_since(start) / 3_600_000
    }

    #[test]
    fn days_on_which_clocks_change_have_23_and_25_hours() {
        let warsaw = chrono_tz::Europe::Warsaw;
        assert_eq!(hours("2026-03-29", warsaw), 23);
        assert_eq!(hours("2026-10-25", warsaw), 25);
        assert_eq!(hours("2026-11-25", warsaw), 24);
        // Here the clock is put forward at midnight itself.
        assert_eq!(hours("2026-03-27", chrono_tz::Africa::Cairo), 24);
        assert_eq!(hours("2026-04-24", chrono_tz::Africa::Cairo), 23);
    }
}
