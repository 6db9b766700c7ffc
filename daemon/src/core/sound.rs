//! When to sound, and which burst.
//!
//! Owns the level of sound, the rhythm of its bursts, mute, and the test. The level is derived
//! from the alarms each time, so no lost message can leave a buzzer on. Refuses to know what an
//! alarm is about and what makes the sound.

use bellboard_panel::{
    Timestamp, chime,
    snapshot::{Burst, Priority},
};

use crate::core::{
    action::Action,
    alarm::Chorus,
    sla::earlier,
    time::{Mono, Now},
};

/// After a start nothing sounds until the first sync is complete, or for this long.
pub const HUSH_MS: u64 = 60_000;
/// A new alarm within this time after a burst began is spoken for by that burst.
const BURST_GAP_MS: u64 = 1_000;
/// In a flood bursts are joined into one of these, in milliseconds.
const FLOOD_EVERY_MS: u64 = 60_000;
/// How long a test lasts: long enough to walk up and look.
pub const TEST_MS: u64 = 10_000;
/// The longest mute, in seconds: a day, so that nobody silences a board for good.
pub const MAX_MUTE_S: u64 = 86_400;

/// What there is to sound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// What the alarms amount to.
    pub chorus: Chorus,
    /// The highest priority that began to ring just now.
    pub fresh: Option<Priority>,
    /// What is heard again was known before a source fell silent: no burst for old news.
    pub known: bool,
    /// So many alarms came that their bursts are joined.
    pub flooded: bool,
    /// By the hour, nothing is to be heard.
    pub silent: bool,
}

/// The sounder's state of mind.
#[derive(Debug)]
pub struct Sound {
    level: Option<Priority>,
    /// The priority that bursts are for: the level, but for alarms that chatter.
    steady: Option<Priority>,
    flooded: bool,
    burst: Option<Burst>,
    burst_began: Option<Mono>,
    serial: u64,
    muted_until: Option<Mono>,
    test_until: Option<Mono>,
    hushed_until: Option<Mono>,
}

impl Sound {
    /// Silent, and hushed for the start.
    #[must_use]
    pub fn new(start: Mono) -> Self {
        Self {
            level: None,
            steady: None,
            flooded: false,
            burst: None,
            burst_began: None,
            serial: 0,
            muted_until: None,
            test_until: None,
            hushed_until: Some(start.plus_millis(HUSH_MS)),
        }
    }

    /// The first sync is complete: what is wrong now may be heard.
    pub fn end_hush(&mut self) {
        self.hushed_until = None;
    }

    /// Silences the alarms for so many seconds, at most [`MAX_MUTE_S`].
    pub fn mute(&mut self, secs: u64, now: Now) {
        self.muted_until = Some(now.mono.plus_millis(secs.min(MAX_MUTE_S) * 1000));
    }

    /// Lets the alarms be heard again.
    pub fn unmute(&mut self) {
        self.muted_until = None;
    }

    /// Whether the alarms are silenced by hand.
    #[must_use]
    pub fn muted(&self) -> bool {
        self.muted_until.is_some()
    }

    /// One burst and a test picture. It sounds through a mute: whoever tests wants to hear it.
    pub fn test(&mut self, priority: Priority, now: Now, out: &mut Vec<Action>) {
        self.test_until = Some(now.mono.plus_millis(TEST_MS));
        self.start_burst(priority, 0, now, out);
    }

    /// The burst to sound.
    #[must_use]
    pub fn burst(&self) -> Option<Burst> {
        self.burst
    }

    /// Whether a test is under way.
    #[must_use]
    pub fn is_testing(&self) -> bool {
        self.test_until.is_some()
    }

    /// Fits the level and the bursts to what there is to sound.
    pub fn settle(&mut self, heard: Heard, now: Now, out: &mut Vec<Action>) {
        for end in [&mut self.muted_until, &mut self.test_until, &mut self.hushed_until] {
            end.take_if(|until| *until <= now.mono);
        }
        let silenced = heard.silent || self.muted() || self.hushed_until.is_some();
        let chorus = if silenced { Chorus::default() } else { heard.chorus };
        if chorus.level != self.level {
            self.level = chorus.level;
            out.push(Action::Sound(chorus.level));
        }
        let before = std::mem::replace(&mut self.steady, chorus.steady);
        let old_news = heard.known && heard.fresh.is_none();
        let risen = chorus.steady > before;
        self.flooded = heard.flooded;
        let stale = self.burst.is_some_and(|burst| Some(burst.priority) > chorus.steady);
        if stale && self.test_until.is_none() {
            self.burst = None;
        }
        if let Some(priority) = chorus.steady {
            if risen && old_news {
                self.keep_the_rhythm(before, priority, now);
            }
            if self.is_due(priority, risen && !old_news, heard.fresh, now) {
                self.start_burst(priority, chorus.count, now, out);
            }
        }
    }

    /// Whether a burst is due: at once for news, else when its time has come round.
    fn is_due(&self, priority: Priority, risen: bool, fresh: Option<Priority>, now: Now) -> bool {
        let since = self.burst_began.map_or(u64::MAX, |began| now.mono.millis_since(began));
        let news = risen || (fresh == Some(priority) && since >= BURST_GAP_MS);
        (news && !self.flooded) || since >= self.every_ms(priority)
    }

    /// The next burst comes no earlier than it would have, nor later: for what is known already
    /// nothing is hurried, and what has rung all along is not put off.
    fn keep_the_rhythm(&mut self, before: Option<Priority>, priority: Priority, now: Now) {
        let at_the_latest = now.mono.plus_millis(self.every_ms(priority));
        let due = match (before, self.burst_began) {
            (Some(before), Some(began)) => began.plus_millis(self.every_ms(before)).min(at_the_latest),
            _ => at_the_latest,
        };
        self.burst_began = Some(Mono::from_millis(due.millis().saturating_sub(self.every_ms(priority))));
    }

    fn every_ms(&self, priority: Priority) -> u64 {
        if self.flooded { FLOOD_EVERY_MS } else { chime::repeat_ms(priority) }
    }

    /// Until when the sound is off by hand, by the wall clock.
    #[must_use]
    pub fn muted_until(&self, now: Now) -> Option<Timestamp> {
        self.muted_until.map(|until| now.wall.plus_millis(until.millis_since(now.mono) as i64))
    }

    /// When time alone next changes something here.
    #[must_use]
    pub fn next_timer(&self) -> Option<Mono> {
        let repeat = self.steady.zip(self.burst_began);
        let burst = repeat.map(|(priority, began)| began.plus_millis(self.every_ms(priority)));
        [self.muted_until, self.test_until, self.hushed_until].into_iter().fold(burst, earlier)
    }

    fn start_burst(&mut self, priority: Priority, count: u32, now: Now, out: &mut Vec<Action>) {
        self.serial += 1;
        self.burst = Some(Burst { serial: self.serial, priority });
        self.burst_began = Some(now.mono);
        out.push(Action::Burst { priority, count });
    }
}
