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
