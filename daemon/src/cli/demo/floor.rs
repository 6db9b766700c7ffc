//! The floor of the demo: who writes, where, when, and what was promised to them.
//!
//! Owns the cast, the day's rhythm and the short targets. Refuses to know what happens.

use bellboard_panel::Timestamp;

use crate::config::model::{Match, Policy, Urgency};

/// One second of the demo is one minute of the floor's day, so that a demo of minutes sees
/// its morning; targets and delays are short instead, and in real time.
const DAY_MILLIS_PER_MINUTE: i64 = 1000;
const MINUTES_PER_DAY: i64 = 24 * 60;
/// The demo starts at half past eight, half a minute before the morning peak.
const FIRST_MINUTE: i64 = 8 * 60 + 30;

/// New conversations in a minute of real time, by the hour of the floor's day: a peak in the
/// morning, and a second, lower one in the evening, when people are at home.
const PER_MINUTE: [f64; 24] = [
    1.5, 1.0, 1.0, 1.0, 1.0, 1.5, 2.5, 5.0, 9.0, 14.0, 14.0, 11.0, 8.0, 7.0, 7.0, 7.0, 7.0, 7.0, 9.0, 9.0,
    8.0, 5.0, 3.0, 2.0,
];

/// The longest a customer waits for a first reply in time, unless it is urgent or a letter.
pub const FIRST_REPLY_MS: u64 = 20_000;
const NEXT_REPLY_MS: u64 = 30_000;
const URGENT_REPLY_MS: u64 = 15_000;
const LETTER_REPLY_MS: u64 = 60_000;
/// A promise is at risk this long before it is due.
const WARN_BEFORE_MS: u64 = 10_000;

/// The demo's targets: those of a real floor in seconds instead of minutes.
#[must_use]
pub fn policies() -> Vec<Policy> {
    let promise = |name: &str, applies, first_reply_ms, next_reply_ms| Policy {
        name: name.into(),
        applies,
        first_reply_ms: Some(first_reply_ms),
        next_reply_ms: Some(next_reply_ms),
        warn_before_ms: WARN_BEFORE_MS,
        ..Policy::default()
    };
    let pressing =
        Match { priority: vec![Urgency::High, Urgency::Urgent], public: Some(true), ..Match::default() };
    let letters = Match { channel: vec!["email".into()], ..Match::default() };
    vec![
        promise("public and urgent", pressing, URGENT_REPLY_MS, URGENT_REPLY_MS),
        promise("letters", letters, LETTER_REPLY_MS, LETTER_REPLY_MS),
        promise("everybody", Match::default(), FIRST_REPLY_MS, NEXT_REPLY_MS),
    ]
}

/// New conversations in a minute of real time, `at` in a demo that began at `start`.
#[must_use]
pub fn arrivals_per_minute(start: Timestamp, at: Timestamp) -> f64 {
    PER_MINUTE[minute_of_day(start, at) / 60]
}

/// What the floor's wall clock shows, 0 to 1439 minutes.
#[must_use]
pub fn minute_of_day(start: Timestamp, at: Timestamp) -> usize {
    let minutes = FIRST_MINUTE + at.millis_since(start).max(0) / DAY_MILLIS_PER_MINUTE;
    (minutes % MINUTES_PER_DAY) as usize
}

/// Where customers write.
#[derive(Debug)]
pub struct Channel {
    /// Its name in the MQTT interface.
    pub name: &'static str,
    /// What the ids of its conversations start with.
    pub prefix: &'static str,
    /// How many of a hundred conversations take place there.
    pub share: u32,
    /// How many of a hundred of them others can read.
    pub public_percent: u8,
}

/// The five channels; the shares add up to 100.
pub const CHANNELS: [Channel; 5] = [
    Channel { name: "facebook", prefix: "fb", share: 30, public_percent: 40 },
    Channel { name: "x", prefix: "x", share: 18, public_percent: 80 },
    Channel { name: "instagram", prefix: "ig", share: 16, public_percent: 50 },
    Channel { name: "whatsapp", prefix: "wa", share: 24, public_percent: 0 },
    Channel { name: "email", prefix: "em", share: 12, public_percent: 0 },
];

/// Teams.
pub const QUEUES: [&str; 5] = ["billing", "delivery", "tech", "returns", "general"];

/// Those who answer.
pub const AGENTS: [&str; 4] = ["Noa", "Kasia", "Omar", "Eleni"];

/// Those who write, in the scripts of the floors this was made for.
pub const CUSTOMERS: [&str; 20] = [
    "Emma Clarke",
    "James O'Neill",
    "Zoë Müller",
    "Mateusz Wiśniewski",
    "Małgorzata Żółkiewska",
    "Paweł Dąbrowski",
    "Łucja Święcicka",
    "נועה לוי",
    "יוסי כהן",
    "תמר בן־דוד",
    "אורי מזרחי",
    "محمد الأحمد",
    "فاطمة الزهراء",
    "يوسف خليل",
    "ليلى حداد",
    "Γιώργος Παπαδόπουλος",
    "Ελένη Νικολάου",
    "Κώστας Δημητρίου",
    "Søren Ångström",
    "José Núñez",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_channels_add_up() {
        assert_eq!(CHANNELS.iter().map(|channel| channel.share).sum::<u32>(), 100);
    }

    #[test]
    fn the_demo_begins_before_the_morning_peak_and_reaches_it_within_a_minute() {
        let start = Timestamp::EPOCH;
        let at = |seconds: i64| arrivals_per_minute(start, start.plus_millis(seconds * 1000));
        let peak = PER_MINUTE.iter().copied().fold(0.0, f64::max);
        assert!(at(0) < peak);
        assert!((at(59) - peak).abs() < f64::EPSILON);
        assert_eq!(minute_of_day(start, start.plus_millis(1_440_000)), minute_of_day(start, start));
    }

    #[test]
    fn every_conversation_has_a_policy() {
        assert_eq!(policies().last().map(|policy| policy.applies.clone()), Some(Match::default()));
    }
}
