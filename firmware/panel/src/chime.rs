//! How each priority sounds: the burst patterns, and tunes of pitch and time.
//!
//! Owns the patterns (after the alarm literature, IEC 60601-1-8 as vendors quote it; no
//! compliance is claimed) and what a tune is. Refuses to know what makes the sound and what it
//! stands for.

use alloc::vec::Vec;

use crate::snapshot::Priority;

/// One pulse: sound, then silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Milliseconds of sound.
    pub on_ms: u16,
    /// Milliseconds of silence after it.
    pub off_ms: u16,
}

const fn pulse(on_ms: u16, off_ms: u16) -> Pulse {
    Pulse { on_ms, off_ms }
}

const LOW: [Pulse; 2] = [pulse(200, 200); 2];
const MEDIUM: [Pulse; 3] = [pulse(200, 100); 3];
const HIGH: [Pulse; 10] = {
    let mut pulses = [pulse(150, 80); 10];
    pulses[4].off_ms = 700;
    pulses
};

/// The pulses of one burst.
#[must_use]
pub const fn burst(priority: Priority) -> &'static [Pulse] {
    match priority {
        Priority::Low => &LOW,
        Priority::Medium => &MEDIUM,
        Priority::High => &HIGH,
    }
}

/// Milliseconds from the start of one burst to the start of the next, while the level lasts.
#[must_use]
pub const fn repeat_ms(priority: Priority) -> u64 {
    match priority {
        Priority::Low => 30_000,
        Priority::Medium => 15_000,
        Priority::High => 5_000,
    }
}

/// The pitch of a priority's pulses on a passive sounder, in hertz: A4, E5 and A5, a fifth and
/// an octave apart, so that they can be told from each other without having heard them together.
#[must_use]
pub const fn pitch_hz(priority: Priority) -> u16 {
    match priority {
        Priority::Low => 440,
        Priority::Medium => 659,
        Priority::High => 880,
    }
}

/// One step of a tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What sounds, in hertz; `None` is a rest.
    pub hz: Option<u16>,
    /// For how long, in milliseconds; at least 1.
    pub ms: u16,
}

/// Notes and rests, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tune(pub Vec<Note>);

impl Tune {
    /// The built-in burst of a priority.
    #[must_use]
    pub fn burst(priority: Priority) -> Self {
        let hz = Some(pitch_hz(priority));
        let notes = burst(priority)
            .iter()
            .flat_map(|pulse| [Note { hz, ms: pulse.on_ms }, Note { hz: None, ms: pulse.off_ms }]);
        Self(notes.collect())
    }

    /// Milliseconds from the first note to the end of the last.
    #[must_use]
    pub fn length_ms(&self) -> u64 {
        self.0.iter().map(|note| u64::from(note.ms)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Priority; 3] = [Priority::Low, Priority::Medium, Priority::High];

    #[test]
    fn a_built_in_tune_has_the_times_of_its_pulses_and_fits_in_its_interval() {
        for priority in ALL {
            let times: Vec<u16> = Tune::burst(priority).0.iter().map(|note| note.ms).collect();
            let pulses = burst(priority).iter().flat_map(|pulse| [pulse.on_ms, pulse.off_ms]);
            assert!(pulses.eq(times));
            assert!(Tune::burst(priority).length_ms() < repeat_ms(priority));
        }
    }

    #[test]
    fn a_more_urgent_burst_is_higher_within_440_to_880_hz() {
        assert!(ALL.windows(2).all(|pair| pitch_hz(pair[0]) < pitch_hz(pair[1])));
        assert!(ALL.iter().all(|priority| (440..=880).contains(&pitch_hz(*priority))));
    }
}
