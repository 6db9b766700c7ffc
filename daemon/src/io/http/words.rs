//! Every word of the status page, in one table, so that a language is one value.
//!
//! Owns the words and which form of them goes with a number. Refuses to know where they stand.
//! `{}` in a text is where a value goes. What stands beside many different nouns is worded so
//! that it agrees with all of them.

mod arabic;
mod english;
mod greek;
mod hebrew;
mod polish;

use bellboard_panel::{
    Locale,
    snapshot::{Clock, ClockState, Trust},
    words::Plural as Category,
};

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct WebWords {
    /// Running, at risk, breached.
    pub states: [&'static str; 3],
    /// The four clocks, in the order of [`Clock::ALL`].
    pub clocks: [&'static str; 4],
    /// Live, syncing, stale, offline, drift, clock: a word or two each.
    pub trust: [&'static str; 6],
    /// Why the data cannot be believed: a sentence for each but live.
    pub reasons: [&'static str; 5],
    /// `{}` is a time in the past.
    pub since: &'static str,
    /// `{}` is a time to come.
    pub until: &'static str,
    /// `{}` is a length of time to go.
    pub due_in: &'static str,
    /// `{}` is a length of time past the deadline; a sign is enough beside the word of the state.
    /// The marks around it keep it on the side of the number where readers expect it.
    pub overdue: &'static str,
    /// Behind the number of those who wait.
    pub waiting: Plural,
    /// The queue is empty.
    pub nobody_waits: &'static str,
    /// Headings and names of columns and figures.
    pub names: Names,
    /// What alarms and signs say.
    pub alarm: AlarmWords,
    /// What a person can do.
    pub acts: ActWords,
    /// The floor is shut.
    pub closed: &'static str,
    /// `{}` is when it opens.
    pub opens: &'static str,
    /// No deadline runs.
    pub no_deadline: &'static str,
    /// No figure has been counted yet.
    pub not_yet: &'static str,
    /// `{}` is how many lines were left out.
    pub more: &'static str,
    /// What the page says about itself.
    pub page: PageWords,
    /// The days of the week from Monday on, short.
    pub weekdays: [&'static str; 7],
    /// Days, hours, minutes, seconds: short, behind their number.
    pub units: [&'static str; 4],
}

/// Headings and names of columns and figures.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub open: &'static str,
    pub unassigned: &'static str,
    pub longest_wait: &'static str,
    pub next_deadline: &'static str,
    pub most_urgent: &'static str,
    pub channels: &'static str,
    pub queues: &'static str,
    pub today: &'static str,
    pub state: &'static str,
    pub conversation: &'static str,
    pub promise: &'static str,
    pub deadline: &'static str,
    pub name: &'static str,
    pub waiting: &'static str,
    pub received: &'static str,
    pub answered: &'static str,
    pub answer_rate: &'static str,
    pub typical_reply: &'static str,
    pub in_time: &'static str,
    pub badge: &'static str,
    pub displays: &'static str,
}

/// What alarms and signs say.
#[derive(Clone, Copy, Debug)]
pub struct AlarmWords {
    pub alarm: &'static str,
    pub unacked: Plural,
    pub escalated: &'static str,
    pub flood: &'static str,
    pub surge: &'static str,
    /// `{}` is how many conversations arrived.
    pub in_ten_minutes: &'static str,
    pub of_the_board: &'static str,
    pub muted: &'static str,
    pub quiet: &'static str,
    pub shelved: &'static str,
    pub missed: &'static str,
    pub acked: &'static str,
    pub unconfirmed: &'static str,
}

/// What a person can do.
#[derive(Clone, Copy, Debug)]
pub struct ActWords {
    pub acknowledge: &'static str,
    /// `{}` is for how long.
    pub shelve: &'static str,
    /// `{}` is for how long.
    pub mute: &'static str,
    pub unmute: &'static str,
    pub log_in: &'static str,
    pub log_out: &'static str,
    pub token: &'static str,
    pub why_a_token: &'static str,
    pub wrong_token: &'static str,
    pub failed: &'static str,
    pub back: &'static str,
}

/// What the page says about itself.
#[derive(Clone, Copy, Debug)]
pub struct PageWords {
    pub lost: &'static str,
    /// `{}` is the time of the last news.
    pub lost_since: &'static str,
    pub lost_why: &'static str,
    pub old: &'static str,
    /// `{}` is the time of the picture.
    pub without_script: &'static str,
}

/// The forms of a word behind a number: one, two, few, many, other, after the plural rules of
/// the Unicode CLDR. A language without a form repeats the one it uses instead.
#[derive(Clone, Copy, Debug)]
pub struct Plural(pub [&'static str; 5]);

impl Plural {
    /// The form for a number in that language.
    #[must_use]
    pub fn of(&self, locale: Locale, n: u64) -> &'static str {
        let [one, two, few, many, other] = self.0;
        // The rules look at the last two digits, and larger numbers than these are not told apart.
        match Category::of(u32::try_from(n).unwrap_or(u32::MAX), locale) {
            Category::One => one,
            Category::Two => two,
            Category::Few => few,
            Category::Many => many,
            Category::Zero | Category::Other => other,
        }
    }
}

/// The words of a language.
#[must_use]
pub const fn of(locale: Locale) -> &'static WebWords {
    match locale {
        Locale::En => &english::WORDS,
        Locale::Pl => &polish::WORDS,
        Locale::El => &greek::WORDS,
        Locale::He => &hebrew::WORDS,
        Locale::Ar => &arabic::WORDS,
    }
}

impl WebWords {
    /// How a clock stands.
    #[must_use]
    pub const fn state(&self, state: ClockState) -> &'static str {
        self.states[state as usize]
    }

    /// What a clock is called.
    #[must_use]
    pub const fn clock(&self, clock: Clock) -> &'static str {
        self.clocks[clock as usize]
    }

    /// Whether the data can be believed.
    #[must_use]
    pub const fn trust(&self, trust: Trust) -> &'static str {
        self.trust[place(trust)]
    }

    /// Why the data cannot be believed; `None` when it can.
    #[must_use]
    pub fn reason(&self, trust: Trust) -> Option<&'static str> {
        place(trust).checked_sub(1).map(|place| self.reasons[place])
    }
}

const fn place(trust: Trust) -> usize {
    match trust {
        Trust::Live => 0,
        Trust::Syncing => 1,
        Trust::Stale => 2,
        Trust::Offline => 3,
        Trust::Drift => 4,
        Trust::Clock => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(locale: Locale, numbers: &[u64]) -> Vec<&'static str> {
        let plural = Plural(["one", "two", "few", "many", "other"]);
        numbers.iter().map(|n| plural.of(locale, *n)).collect()
    }

    #[test]
    fn the_form_of_a_word_follows_the_rules_of_its_language() {
        assert_eq!(forms(Locale::En, &[0, 1, 2, 21]), ["other", "one", "other", "other"]);
        assert_eq!(forms(Locale::El, &[0, 1, 2]), ["other", "one", "other"]);
        assert_eq!(forms(Locale::He, &[0, 1, 2, 3]), ["other", "one", "two", "other"]);
        let polish = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 112, 122];
        let expected = [
            "many", "one", "few", "few", "many", "many", "many", "many", "many", "few", "many", "many", "few",
        ];
        assert_eq!(forms(Locale::Pl, &polish), expected);
        let arabic = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111];
        let expected = ["other", "one", "two", "few", "few", "many", "many", "other", "other", "few", "many"];
        assert_eq!(forms(Locale::Ar, &arabic), expected);
    }

    #[test]
    fn every_language_has_a_place_for_every_value() {
        for locale in Locale::ALL {
            let words = of(locale);
            let page = &words.page;
            let with_value = [
                words.since,
                words.until,
                words.due_in,
                words.overdue,
                words.opens,
                words.more,
                words.alarm.in_ten_minutes,
                words.acts.shelve,
                words.acts.mute,
                page.lost_since,
                page.without_script,
            ];
            for text in with_value {
                assert_eq!(text.matches("{}").count(), 1, "{locale}: {text}");
            }
        }
    }

    #[test]
    fn words_are_found_for_each_trust_and_clock() {
        let words = of(Locale::En);
        assert_eq!((words.trust(Trust::Live), words.reason(Trust::Live)), ("Live", None));
        assert_eq!(words.trust(Trust::Stale), "No data");
        assert!(words.reason(Trust::Clock).is_some_and(|reason| reason.contains("time")));
        assert_eq!(words.clock(Clock::Resolution), "Resolution");
        assert_eq!(words.state(ClockState::Breached), "Breached");
    }
}
