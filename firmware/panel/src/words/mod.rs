//! Every word that a display shows, in one table a language, so that a language is one value.
//!
//! Owns what a table holds and the rules that go with it: plurals, digits, the time of day, dates.
//! Refuses to know where words stand and how wide they are: where a word may not fit, the table
//! offers a shorter one.

mod ar;
mod el;
mod en;
mod he;
mod pl;

use alloc::{format, string::String};

pub use ar::ARABIC;
pub use el::GREEK;
pub use en::ENGLISH;
pub use he::HEBREW;
pub use pl::POLISH;

use crate::{
    locale::Locale,
    snapshot::{Clock, Trust},
};

/// A word and a shorter one for narrow places.
pub type Short = [&'static str; 2];

/// The forms of a word behind a number, in the order of [`Plural`]. Where a language has fewer,
/// the forms repeat.
pub type Counted = [&'static str; 6];

/// The plural categories of Unicode's CLDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plural {
    /// Arabic: 0.
    Zero,
    /// 1.
    One,
    /// Arabic and Hebrew: 2.
    Two,
    /// Arabic: 3 to 10 of a hundred. Polish: 2 to 4 of ten, but not of the second ten.
    Few,
    /// Arabic: 11 to 99 of a hundred. Polish: all other whole numbers.
    Many,
    /// Anything else.
    Other,
}

impl Plural {
    /// The category of a whole number, after CLDR 48's plural rules.
    #[must_use]
    pub const fn of(n: u32, locale: Locale) -> Self {
        match (locale, n, n % 100, n % 10) {
            (Locale::Ar, 0, ..) => Self::Zero,
            (_, 1, ..) => Self::One,
            (Locale::Ar | Locale::He, 2, ..) => Self::Two,
            // A Polish teen is no matter of its last digit.
            (Locale::Ar, _, 11..=99, _) | (Locale::Pl, _, 12..=14, _) => Self::Many,
            (Locale::Ar, _, 3..=10, _) | (Locale::Pl, _, _, 2..=4) => Self::Few,
            (Locale::Pl, ..) => Self::Many,
            _ => Self::Other,
        }
    }
}

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Which language.
    pub locale: Locale,
    /// No clock is near its deadline.
    pub fine: Short,
    /// A clock is near its deadline.
    pub at_risk: Short,
    /// A clock is past its deadline.
    pub breached: Short,
    /// In front of the time left until the next deadline.
    pub due: Short,
    /// In front of an hour and minute in the past.
    pub since: &'static str,
    /// In front of a length of time.
    pub lasting: &'static str,
    /// The queue is empty; two words or more, to be broken into lines.
    pub nobody_waits: &'static str,
    /// Something wants attention and no clock says what.
    pub alarm: &'static str,
    /// What to do about an alarm, in ever fewer words.
    pub acknowledge: [&'static str; 3],
    /// In place of what an alarm is about, once nobody has reacted to it for too long.
    pub escalated: Short,
    /// In place of what an alarm is about, while they come in a flood.
    pub many_alarms: Short,
    /// Far more conversations arrive than usual.
    pub surge: Short,
    /// The same as half a sentence.
    pub more_than_usual: &'static str,
    /// Behind the number of conversations that arrived in the time that a surge is measured over.
    pub in_ten_minutes: &'static str,
    /// Behind the number of alarms that ended before anybody acknowledged them.
    pub missed: Counted,
    /// Behind the number of alarms that nobody has acknowledged.
    pub unacked: Counted,
    /// Behind the number of alarms that somebody looks after.
    pub acked: Counted,
    /// Behind the number of alarms that were put aside.
    pub shelved: Counted,
    /// The sound is off by hand.
    pub muted: &'static str,
    /// Quiet hours keep the sound off.
    pub quiet: &'static str,
    /// Some of the numbers were not confirmed.
    pub unconfirmed: &'static str,
    /// The history cannot be written down at present.
    pub history_unwritten: &'static str,
    /// The floor is shut.
    pub closed: &'static str,
    /// Behind the number of those who wait.
    pub waiting: Counted,
    /// Behind the number of conversations that are not resolved.
    pub open: Counted,
    /// Behind the number of open conversations without an assignee.
    pub unassigned: Counted,
    /// Above the longest wait.
    pub oldest_wait: &'static str,
    /// In front of the time it opens.
    pub opens: &'static str,
    /// The title of the list of those that are worst off.
    pub worst: Short,
    /// The title of the numbers by channel.
    pub channels: &'static str,
    /// The title of the numbers by queue.
    pub queues: &'static str,
    /// The title of the day's figures.
    pub today: &'static str,
    /// There are no figures yet.
    pub not_yet: &'static str,
    /// Under the number of conversations of the day.
    pub received: Short,
    /// Under the share of them that got a first reply.
    pub answered: Short,
    /// Under the median time to the first reply.
    pub first_reply: Short,
    /// Under the share of waits that ended in time.
    pub in_target: Short,
    /// Behind the number of rows that a list has no room for.
    pub more: Counted,
    /// The days of the week from Monday on, short.
    pub weekdays: [&'static str; 7],
    /// The months from January on, short, as they stand behind a day.
    pub months: [&'static str; 12],
    /// The four clocks, in the order of [`Clock::ALL`].
    pub clocks: [Short; 4],
    /// What is wrong with the data, in the order of [`Words::trust`].
    pub trust: [Short; 5],
    /// The daemon has just come up.
    pub starting: &'static str,
    /// The test picture.
    pub test: &'static str,
    /// Days, hours, minutes, seconds: as short as can be told apart.
    pub units: [&'static str; 4],
    /// The ten digits.
    pub numerals: [char; 10],
    /// Behind a share of a hundred.
    pub percent: char,
    /// Whether hours before ten have a nought in front.
    pub two_digit_hours: bool,
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::En => &ENGLISH,
            Locale::Pl => &POLISH,
            Locale::El => &GREEK,
            Locale::He => &HEBREW,
            Locale::Ar => &ARABIC,
        }
    }

    /// What a clock is called.
    #[must_use]
    pub const fn clock(&self, clock: Clock) -> Short {
        match clock {
            Clock::FirstReply => self.clocks[0],
            Clock::NextReply => self.clocks[1],
            Clock::FollowUp => self.clocks[2],
            Clock::Resolution => self.clocks[3],
        }
    }

    /// What is wrong with the data; `None` when it is live.
    #[must_use]
    pub const fn trust(&self, trust: Trust) -> Option<Short> {
        match trust {
            Trust::Live => None,
            Trust::Syncing => Some(self.trust[0]),
            Trust::Stale => Some(self.trust[1]),
            Trust::Offline => Some(self.trust[2]),
            Trust::Drift => Some(self.trust[3]),
            Trust::Clock => Some(self.trust[4]),
        }
    }

    /// The form of a word behind that number.
    #[must_use]
    pub const fn counted(&self, forms: Counted, n: u32) -> &'static str {
        forms[Plural::of(n, self.locale) as usize]
    }

    /// A text with this language's digits in place of `0` to `9`.
    #[must_use]
    pub fn digits(&self, text: &str) -> String {
        let numeral = |c: char| c.to_digit(10).map_or(c, |digit| self.numerals[digit as usize]);
        text.chars().map(numeral).collect()
    }

    /// A share, 0 to 1, as a whole number of percent.
    #[must_use]
    pub fn share(&self, share: f64) -> String {
        // Rounded down: what is not all is never called all.
        let percent = (share.clamp(0.0, 1.0) * 100.0 + 1e-9) as u32;
        format!("{}{}", self.digits(&format!("{percent}")), self.percent)
    }

    /// The time of day on a clock of 24 hours.
    #[must_use]
    pub fn time(&self, hour: u32, minute: u32) -> String {
        let time = if self.two_digit_hours {
            format!("{hour:02}:{minute:02}")
        } else {
            format!("{hour}:{minute:02}")
        };
        self.digits(&time)
    }

    /// A day and a month, the month from 0 on.
    #[must_use]
    pub fn date(&self, day: u32, month0: u32) -> String {
        format!("{} {}", self.digits(&format!("{day}")), self.months[month0 as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polish_and_arabic_numbers_take_the_forms_that_cldr_gives() {
        use Plural::{Few, Many, One, Other, Two, Zero};
        let forms = |locale| [0, 1, 2, 5, 12, 22, 25, 100, 103, 111].map(|n| Plural::of(n, locale));
        assert_eq!(forms(Locale::Pl), [Many, One, Few, Many, Many, Few, Many, Many, Few, Many]);
        assert_eq!(forms(Locale::Ar), [Zero, One, Two, Few, Many, Many, Many, Other, Few, Many]);
        assert_eq!(forms(Locale::He), [Other, One, Two, Other, Other, Other, Other, Other, Other, Other]);
        assert_eq!(forms(Locale::El), forms(Locale::En));
    }

    #[test]
    fn a_language_has_its_own_digits_and_times() {
        assert_eq!(Words::of(Locale::En).time(8, 5), "08:05");
        assert_eq!(Words::of(Locale::He).time(8, 5), "8:05");
        assert_eq!(Words::of(Locale::Ar).time(8, 5), "٠٨:٠٥");
        assert_eq!(Words::of(Locale::Ar).share(0.854), "٨٥٪");
        assert_eq!(Words::of(Locale::Pl).date(27, 11), "27 gru");
    }

    #[test]
    fn a_share_is_rounded_down_so_that_not_quite_all_is_never_all() {
        let words = Words::of(Locale::En);
        assert_eq!([0.0, 0.29, 0.999, 1.0].map(|share| words.share(share)), ["0%", "29%", "99%", "100%"]);
    }

    #[test]
    fn the_units_of_time_can_be_told_apart_in_every_language() {
        for locale in Locale::ALL {
            let units = Words::of(locale).units;
            let distinct = units.iter().all(|one| units.iter().filter(|other| *other == one).count() == 1);
            assert!(distinct, "{locale}: {units:?}");
        }
    }
}
