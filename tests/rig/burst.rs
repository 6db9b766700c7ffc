//! A burst of the buzzer, as it is measured on a line.
//!
//! Owns how far a real machine may be off. Refuses to know why a burst sounds. The exact rhythm
//! is tested on a virtual clock, where the pulses are made.

use std::time::Duration;

use bellboard_panel::{chime, snapshot::Priority};

use crate::device_nodes::{Change, Level};

/// How far a pulse may be off.
const TOLERANCE: Duration = Duration::from_millis(60);

/// How often the line changes in a burst.
#[must_use]
pub fn changes_of(priority: Priority) -> usize {
    2 * chime::burst(priority).len()
}

/// Fails unless these are all the changes of one burst of that priority. On a loaded machine
/// some edges come late, but not most of them.
pub fn assert_burst(changes: &[Change], priority: Priority) {
    let planned = chime::burst(priority).iter().flat_map(|pulse| [pulse.on_ms, pulse.off_ms]);
    let planned: Vec<_> = planned.map(|ms| Duration::from_millis(ms.into())).collect();
    let measured: Vec<_> = changes.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    // Nothing ends the silence after the last pulse.
    assert_eq!((measured.len(), changes[0].level), (planned.len() - 1, Level::High));
    let right = measured.iter().zip(&planned).filter(|(is, plan)| is.abs_diff(**plan) <= TOLERANCE);
    assert!(right.count() * 3 >= measured.len() * 2, "{measured:?} instead of {planned:?}");
}
