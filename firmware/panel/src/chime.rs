//! How each priority sounds: the burst patterns, in milliseconds.
//!
//! Owns the patterns (after the alarm literature, IEC 60601-1-8 as vendors quote it; no
//! compliance is claimed). Refuses to know what makes the sound and what it stands for.

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
