//! `[history]` and `[[badge]]`: what is kept of the past, and what the floor earns by it.

use std::ops::RangeInclusive;

use crate::config::{
    item::Item,
    model::{Badge, History},
    reader::Reader,
    value::{boolean, millis, optional, text},
};

/// Less than a day could not fill the page of today; ten years are more than any card should hold.
const KEEP_MS: RangeInclusive<u64> = 86_400_000..=3_660 * 86_400_000;
/// More badges than fit on a display.
const MAX_BADGES: usize = 16;
/// What fits on a line of a small display.
const MAX_NAME: usize = 32;
/// A reply after a week earns nothing anywhere.
const WITHIN_MS: RangeInclusive<u64> = 1_000..=7 * 86_400_000;
/// The conversations of a window are kept in memory.
const WINDOW_MS: RangeInclusive<u64> = 3_600_000..=31 * 86_400_000;

pub(super) fn history(top: &mut Reader<'_>) -> History {
    let mut history = History::default();
    top.section("history", |section| {
        section.set(&mut history.enabled, "enabled", boolean);
        section.set(&mut history.keep_ms, "keep", millis(KEEP_MS));
    });
    history
}

pub(super) fn badges(top: &mut Reader<'_>) -> Vec<Badge> {
    let mut number = 0;
    let mut names: Vec<String> = Vec::new();
    top.each("badge", MAX_BADGES, |entry| {
        number += 1;
        let mut badge = Badge { name: format!("badge {number}"), ..Badge::default() };
        entry.set(&mut badge.name, "name", text(1..=MAX_NAME));
        entry.set(&mut badge.answered, "answered", part);
        entry.set(&mut badge.within_ms, "within", optional(millis(WITHIN_MS)));
        entry.set(&mut badge.window_ms, "window", millis(WINDOW_MS));
        if names.contains(&badge.name) {
            entry.refuse("name", "is the name of another badge", "give each badge a name of its own");
        }
        names.push(badge.name.clone());
        badge
    })
}

/// A share that may be all.
fn part(item: &Item<'_>) -> Option<f64> {
    let share = item.number()?;
    if share > 0.0 && share <= 1.0 {
        return Some(share);
    }
    let hint = if share > 1.0 && share <= 100.0 {
        format!("{share} percent is {}", share / 100.0)
    } else {
        "write 0.9 for 90 percent".to_owned()
    };
    item.refuse_hint(format!("must be above 0 and up to 1, not {share}"), hint)
}
