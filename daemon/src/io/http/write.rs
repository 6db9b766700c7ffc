//! How the page writes numbers, lengths of time and instants in a language.
//!
//! Owns digits and forms. Refuses to know the words beside them.

use bellboard_panel::{Locale, Look, Timestamp, words::Words};
use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};

use super::words::{self, WebWords};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Within so many days a weekday says which day is meant; beyond, only the date does.
const DAYS_WITH_WEEKDAY: i64 = 6;

/// Writes in the language and the local time of a look.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub look: &'a Look,
    pub words: &'static WebWords,
}

impl<'a> Writer<'a> {
    pub fn new(look: &'a Look) -> Self {
        Self { look, words: words::of(look.locale) }
    }

    pub fn locale(self) -> Locale {
        self.look.locale
    }

    /// The text with this language's digits.
    pub fn digits(self, text: &str) -> String {
        Words::of(self.locale()).digits(text)
    }

    pub fn count(self, n: impl Into<u64>) -> String {
        self.digits(&n.into().to_string())
    }

    /// A share from 0 to 1 in whole percent, as the displays write it.
    pub fn percent(self, share: f64) -> String {
        Words::of(self.locale()).share(share)
    }

    /// A length of time as its two largest units: `12 min 05 s`.
    pub fn span(self, secs: u64) -> String {
        let [d, h, m, s] = self.words.units;
        let text = match secs {
            0..MINUTE => format!("{secs} {s}"),
            MINUTE..HOUR => format!("{} {m} {:02} {s}", secs / MINUTE, secs % MINUTE),
            HOUR..DAY => format!("{} {h} {:02} {m}", secs / HOUR, secs % HOUR / MINUTE),
            _ => format!("{} {d} {} {h}", secs / DAY, secs % DAY / HOUR),
        };
        // No line is broken between a number and its unit.
        self.digits(&text).replace(' ', "\u{a0}")
    }

    /// A length of time that somebody chose, without what is 0: `15 min`, `1 h`.
    pub fn round_span(self, secs: u64) -> String {
        let [d, h, m, s] = self.words.units;
        let (value, unit) = match secs {
            _ if secs >= DAY && secs.is_multiple_of(DAY) => (secs / DAY, d),
            _ if secs >= HOUR && secs.is_multiple_of(HOUR) => (secs / HOUR, h),
            _ if secs >= MINUTE && secs.is_multiple_of(MINUTE) => (secs / MINUTE, m),
            _ if secs < MINUTE => (secs, s),
            _ => return self.span(secs),
        };
        format!("{}\u{a0}{unit}", self.count(value))
    }

    /// Hour, minute and second.
    pub fn clock(self, at: Timestamp) -> String {
        let local = self.look.local(at);
        self.digits(&format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second()))
    }

    /// Hour and minute, with as much of the day as is needed to know which one.
    pub fn moment(self, at: Timestamp, now: Timestamp) -> String {
        self.written(self.look.local(at), self.look.local(now))
    }

    /// The same for the instant that a closed floor opens.
    pub fn opening(self, opens_at: Timestamp, now: Timestamp) -> String {
        self.written(self.look.local_opening(opens_at), self.look.local(now))
    }

    fn written(self, then: NaiveDateTime, now: NaiveDateTime) -> String {
        let time = format!("{:02}:{:02}", then.hour(), then.minute());
        let days = (then.date() - now.date()).num_days();
        let text = if then.date() == now.date() || (then - now).abs() < TimeDelta::hours(12) {
            time
        } else if days.abs() <= DAYS_WITH_WEEKDAY {
            let day = self.words.weekdays[then.weekday().num_days_from_monday() as usize];
            format!("{day} {time}")
        } else {
            format!("{} {time}", then.date())
        };
        self.digits(&text)
    }
}

/// The text with the value in its place.
pub(super) fn filled(text: &str, value: &str) -> String {
    text.replacen("{}", value, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(locale: Locale) -> Look {
        Look { locale, utc_offset_s: 3600, ..Look::default() }
    }

    #[test]
    fn lengths_of_time_are_two_units_in_the_language_and_its_digits() {
        let (english, arabic) = (look(Locale::En), look(Locale::Ar));
        let write = Writer::new(&english);
        let plain = |secs| write.span(secs).replace('\u{a0}', " ");
        assert_eq!(plain(45), "45 s");
        assert_eq!(plain(725), "12 min 05 s");
        assert_eq!(plain(3_900), "1 h 05 min");
        assert_eq!(plain(3 * 86_400 + 4 * 3_600), "3 d 4 h");
        assert_eq!(Writer::new(&arabic).span(725), "١٢\u{a0}د\u{a0}٠٥\u{a0}ث");
        let round = |secs| write.round_span(secs).replace('\u{a0}', " ");
        assert_eq!([round(900), round(3_600), round(90)], ["15 min", "1 h", "1 min 30 s"]);
    }

    #[test]
    fn an_instant_has_as_much_of_its_day_as_is_needed() {
        let (english, arabic) = (look(Locale::En), look(Locale::Ar));
        let write = Writer::new(&english);
        let at = |text| Timestamp::parse(text).unwrap();
        let now = at("2026-11-22T08:00:00Z");
        assert_eq!(write.clock(now), "09:00:00");
        assert_eq!(write.moment(at("2026-11-22T06:12:00Z"), now), "07:12");
        assert_eq!(write.moment(at("2026-11-21T23:30:00Z"), now), "00:30");
        assert_eq!(write.moment(at("2026-11-20T06:12:00Z"), now), "Fri 07:12");
        assert_eq!(write.opening(at("2026-12-01T08:00:00Z"), now), "2026-12-01 09:00");
        assert_eq!(Writer::new(&arabic).moment(at("2026-11-22T06:12:00Z"), now), "٠٧:١٢");
    }

    #[test]
    fn shares_are_whole_percent() {
        assert_eq!(Writer::new(&look(Locale::En)).percent(0.876), "87%");
        assert_eq!(Writer::new(&look(Locale::Ar)).percent(0.5), "٥٠٪");
        assert_eq!(Writer::new(&look(Locale::En)).percent(7.0), "100%");
    }
}
