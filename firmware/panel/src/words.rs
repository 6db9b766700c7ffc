//! Every word that a display shows, in one table, so that a language is one value.
//!
//! Owns the words. Refuses to know where they stand and how wide they are: where a word may
//! not fit, the table offers a shorter one.

use crate::snapshot::{Clock, Trust};

/// A word and a shorter one for narrow places.
pub type Short = [&'static str; 2];

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// No clock is near its deadline.
    pub fine: Short,
    /// A clock is near its deadline.
    pub at_risk: Short,
    /// A clock is past its deadline.
    pub breached: Short,
    /// In front of the time left until the next deadline.
    pub due: &'static str,
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
    pub missed: &'static str,
    /// The floor is shut.
    pub closed: &'static str,
    /// Behind the number of those who wait.
    pub waiting: &'static str,
    /// In front of the time it opens.
    pub opens: &'static str,
    /// The days of the week from Monday on, short.
    pub weekdays: [&'static str; 7],
    /// The months from January on, short.
    pub months: [&'static str; 12],
    /// The four clocks, in the order of [`Clock::ALL`].
    pub clocks: [Short; 4],
    /// What is wrong with the data, in the order of [`Words::trust`].
    pub trust: [Short; 5],
    /// The daemon has just come up.
    pub starting: &'static str,
    /// The test picture.
    pub test: &'static str,
    /// Days, hours, minutes, seconds: one letter each.
    pub units: [&'static str; 4],
}

/// English.
pub const ENGLISH: Words = Words {
    fine: ["FINE", "OK"],
    at_risk: ["AT RISK", "RISK"],
    breached: ["BREACHED", "LATE"],
    due: "due",
    since: "since",
    lasting: "for",
    nobody_waits: "nobody waiting",
    alarm: "ALARM",
    acknowledge: ["press to acknowledge", "press to ack", "press"],
    escalated: ["ESCALATED", "ESCAL."],
    many_alarms: ["MANY ALARMS", "ALARMS"],
    surge: ["SURGE", "SURGE"],
    more_than_usual: "more than usual",
    in_ten_minutes: "in 10 min",
    missed: "missed",
    closed: "CLOSED",
    waiting: "waiting",
    opens: "opens",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    clocks: [
        ["FIRST REPLY", "first"],
        ["NEXT REPLY", "next"],
        ["FOLLOW-UP", "promise"],
        ["RESOLUTION", "resolve"],
    ],
    trust: [
        ["SYNCING", "SYNC"],
        ["NO DATA", "NO DATA"],
        ["OFFLINE", "OFFLINE"],
        ["DRIFT", "DRIFT"],
        ["CLOCK NOT SET", "NO CLOCK"],
    ],
    starting: "starting",
    test: "TEST",
    units: ["d", "h", "m", "s"],
};

impl Words {
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
}
