//! When a device that fails is reported, and when it is tried again.
//!
//! Owns the pause between attempts and the rule that a condition is told once, when it
//! changes. Refuses to know what the device is and what time it is.

use crate::core::time::Mono;

/// The pause after the first failure: short, because a line may have been left high.
const FIRST_PAUSE_MS: u64 = 100;
/// The longest pause: somebody who plugs a device in should not wait longer to see it work.
const MAX_PAUSE_MS: u64 = 10_000;
/// A device that worked this long has earned the short first pause again.
const SETTLED_MS: u64 = 10_000;

/// The condition of one device, as last told, and the pause before the next attempt.
#[derive(Debug, Default)]
pub struct Trouble {
    told: Option<Told>,
    works_since: Option<Mono>,
    pause_ms: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Works,
    Fails(String),
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Failure {
    /// Whether this is not yet known and to be told.
    pub is_news: bool,
    /// When to try again.
    pub retry_at: Mono,
}

impl Trouble {
    /// Notes a failure in the words that people are told.
    pub fn fails(&mut self, sentence: &str, now: Mono) -> Failure {
        let settled = self.works_since.take().is_some_and(|since| now.millis_since(since) >= SETTLED_MS);
        self.pause_ms = match self.pause_ms {
            0 => FIRST_PAUSE_MS,
            _ if settled => FIRST_PAUSE_MS,
            pause => (pause * 2).min(MAX_PAUSE_MS),
        };
        let told = Some(Told::Fails(sentence.to_owned()));
        let is_news = self.told != told;
        self.told = told;
        Failure { is_news, retry_at: now.plus_millis(self.pause_ms) }
    }

    /// Notes that the device works; true when that is news.
    #[must_use]
    pub fn works(&mut self, now: Mono) -> bool {
        self.works_since.get_or_insert(now);
        self.told.replace(Told::Works) != Some(Told::Works)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    #[test]
    fn a_condition_is_told_once_and_again_when_it_changes() {
        let mut trouble = Trouble::default();
        assert!(trouble.fails("missing", at(0)).is_news);
        assert!(!trouble.fails("missing", at(100)).is_news);
        assert!(trouble.fails("busy", at(300)).is_news);
        assert!(trouble.works(at(700)));
        assert!(!trouble.works(at(800)));
        assert!(trouble.fails("busy", at(900)).is_news);
    }

    #[test]
    fn the_pause_doubles_up_to_its_limit() {
        let mut trouble = Trouble::default();
        let pauses: Vec<u64> = (0..9).map(|_| trouble.fails("missing", at(0)).retry_at.millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn only_a_device_that_worked_for_a_while_is_tried_again_at_once() {
        let mut trouble = Trouble::default();
        let _ = trouble.fails("missing", at(0));
        let _ = trouble.works(at(100));
        assert_eq!(trouble.fails("ended", at(200)).retry_at, at(400));
        let _ = trouble.works(at(400));
        assert_eq!(trouble.fails("ended", at(20_000)).retry_at, at(20_100));
    }
}
