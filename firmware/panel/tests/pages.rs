//! What holds for every page: what it tells, what it keeps to itself, and how it is drawn.

mod common;

use bellboard_panel::{
    Canvas, Snapshot,
    screens::{self, Page},
    snapshot::{AlarmSummary, Levels, Trust},
};
use common::{Strict, calm, escalated, hostile, look, shut, signed};
use embedded_graphics::{geometry::OriginDimensions, prelude::DrawTarget};

const SIZES: [(u32, u32); 2] = [(128, 64), (128, 32)];

fn picture(page: Page, snapshot: &Snapshot, (width, height): (u32, u32)) -> Canvas {
    let mut canvas = Canvas::new(width, height);
    let Ok(()) = screens::draw(page, snapshot, &look(), &mut canvas);
    canvas
}

#[test]
fn nothing_is_drawn_outside_or_over_other_ink() {
    for (width, height) in [(128, 64), (128, 32), (256, 64), (256, 128), (128, 128)] {
        for snapshot in hostile() {
            for page in Page::ALL {
                let mut target = Strict::new(width, height);
                let Ok(()) = screens::draw(page, &snapshot, &look(), &mut target);
                let faults = target.faults();
                assert!(faults.is_empty(), "{page:?} at {width}x{height}: {faults:?}\n{snapshot:?}");
            }
        }
    }
}

#[test]
fn no_size_and_no_number_is_too_much() {
    for width in [64, 65, 100, 128, 256] {
        for height in [32, 33, 47, 48, 64, 95, 128] {
            for snapshot in hostile() {
                for page in Page::ALL {
                    let canvas = picture(page, &snapshot, (width, height));
                    assert!(canvas.bytes().iter().any(|byte| *byte != 0), "{page:?} is dark");
                }
            }
        }
    }
}

#[test]
fn the_last_column_and_row_are_free_for_the_pixel_shift() {
    for (width, height) in [(64, 32), (128, 32), (128, 64), (256, 128)] {
        for snapshot in hostile() {
            for page in Page::ALL.into_iter().filter(|page| *page != Page::Test) {
                let canvas = picture(page, &snapshot, (width, height));
                let (right, bottom) = (width as i32 - 1, height as i32 - 1);
                let column = (0..=bottom).any(|y| canvas.pixel(right, y));
                let row = (0..=right).any(|x| canvas.pixel(x, bottom));
                assert!(!column && !row, "{page:?} at {width}x{height}\n{canvas}");
            }
        }
    }
}

#[test]
fn data_that_is_not_live_shows_on_every_page() {
    for size in SIZES {
        let mut seen = Vec::new();
        for trust in [Trust::Syncing, Trust::Stale, Trust::Offline, Trust::Drift, Trust::Clock] {
            let doubtful = Snapshot { trust, ..calm() };
            for page in [Page::Now, Page::Empty, Page::Alarm, Page::Test] {
                let canvas = picture(page, &doubtful, size);
                assert_ne!(canvas, picture(page, &calm(), size), "{page:?} hides {trust:?}");
            }
            seen.push(picture(Page::Trust, &doubtful, size));
        }
        let distinct = seen.iter().all(|one| seen.iter().filter(|other| *other == one).count() == 1);
        assert!(distinct, "two reasons for distrust look the same");
    }
}

#[test]
fn the_page_of_distrust_shows_no_number_but_for_drift() {
    for trust in [Trust::Syncing, Trust::Stale, Trust::Offline, Trust::Clock] {
        let one = Snapshot { trust, ..calm() };
        let other = Snapshot { trust, waiting: 77, open: 99, breached: 5, ..calm() };
        assert_eq!(picture(Page::Trust, &one, (128, 64)), picture(Page::Trust, &other, (128, 64)));
    }
}

#[test]
fn the_page_follows_test_then_trust_then_closed_then_alarm_then_numbers() {
    let mut snapshot = calm();
    assert_eq!(screens::choose(&snapshot), Page::Now);
    snapshot.waiting = 0;
    assert_eq!(screens::choose(&snapshot), Page::Empty);
    snapshot.at_risk = 1;
    assert_eq!(screens::choose(&snapshot), Page::Now, "nobody waits, yet a promise is near its end");
    snapshot.alarm.unacked = 1;
    assert_eq!(screens::choose(&snapshot), Page::Alarm);
    snapshot.closed = shut(None).closed;
    assert_eq!(screens::choose(&snapshot), Page::Closed);
    snapshot.trust = Trust::Drift;
    assert_eq!(screens::choose(&snapshot), Page::Trust);
    snapshot.levels = Levels { test_picture: true, ..Levels::default() };
    assert_eq!(screens::choose(&snapshot), Page::Test);
}

/// What makes a snapshot another one.
type Change<'c> = &'c dyn Fn(&mut Snapshot);

#[test]
fn what_the_alarms_amount_to_shows_on_every_page_that_does_not_speak_of_it() {
    let changes: [(&str, Change); 7] = [
        ("history unwritten", &|s| s.history_failing = true),
        ("missed", &|s| s.alarm.missed = 1),
        ("two missed", &|s| s.alarm.missed = 2),
        ("shelved", &|s| s.alarm.shelved = 1),
        ("muted", &|s| s.alarm.muted = true),
        ("quiet", &|s| s.alarm.quiet = true),
        ("acked", &|s| s.alarm.acked = 1),
    ];
    for size in SIZES {
        for page in [Page::Now, Page::Empty, Page::Closed, Page::Alarm] {
            let mut seen = vec![picture(page, &shut(None), size)];
            for (what, change) in &changes {
                let mut snapshot = shut(None);
                change(&mut snapshot);
                let shown = picture(page, &snapshot, size);
                assert!(!seen.contains(&shown), "{what} on {page:?} at {size:?}\n{shown}");
                seen.push(shown);
            }
        }
    }
}

#[test]
fn a_badge_that_is_held_shows_on_the_page_of_the_day_alone() {
    for size in SIZES.into_iter().filter(|size| size.1 > 32) {
        let held = bellboard_panel::sample::busy();
        let mut none = held.clone();
        none.today.as_mut().expect("figures").badges.clear();
        assert_ne!(picture(Page::Today, &held, size), picture(Page::Today, &none, size));
        assert_eq!(picture(Page::Now, &held, size), picture(Page::Now, &none, size));
    }
}

#[test]
fn on_a_crowded_line_missed_alarms_stay_and_acknowledged_ones_go_first() {
    for size in SIZES {
        for page in [Page::Now, Page::Empty, Page::Closed] {
            let full = Snapshot { alarm: signed(2), unconfirmed: 1, ..shut(None) };
            let with = |change: Change| {
                let mut snapshot = full.clone();
                change(&mut snapshot);
                picture(page, &snapshot, size)
            };
            let all = picture(page, &full, size);
            assert_ne!(all, with(&|s| s.alarm.missed = 0), "missed on {page:?} at {size:?}");
            assert_ne!(all, with(&|s| s.unconfirmed = 0), "unconfirmed on {page:?} at {size:?}");
            assert_eq!(all, with(&|s| s.alarm.acked = 0), "acked on {page:?} at {size:?}");
        }
    }
}

#[test]
fn frozen_alarms_are_not_counted_while_the_data_is_not_live() {
    for page in [Page::Now, Page::Empty, Page::Closed, Page::Trust] {
        let stale = |alarm| Snapshot { trust: Trust::Stale, alarm, ..calm() };
        let counted = AlarmSummary { muted: false, quiet: false, ..signed(2) };
        let none = AlarmSummary::default();
        assert_eq!(picture(page, &stale(counted), (128, 64)), picture(page, &stale(none), (128, 64)));
    }
}

#[test]
fn an_escalated_alarm_is_more_light_than_dark() {
    for size in SIZES {
        let light = |snapshot: &Snapshot| {
            let canvas = picture(Page::Alarm, snapshot, size);
            canvas.bytes().iter().map(|byte| byte.count_ones()).sum::<u32>()
        };
        let mut fresh = escalated(None);
        fresh.alarm.escalated = 0;
        fresh.levels.ringing.iter_mut().for_each(|ringing| ringing.escalated = false);
        let half = size.0 * size.1 / 2;
        assert!(light(&fresh) < half && light(&escalated(None)) > half, "{size:?}");
    }
}

#[test]
fn a_contact_is_named_once_an_alarm_has_escalated_and_not_before() {
    let mut fresh = escalated(Some("Ana"));
    let told = picture(Page::Alarm, &fresh, (128, 32));
    assert_ne!(told, picture(Page::Alarm, &escalated(None), (128, 32)));
    let mut plain = escalated(None);
    for snapshot in [&mut fresh, &mut plain] {
        snapshot.alarm.escalated = 0;
        snapshot.levels.ringing.iter_mut().for_each(|ringing| ringing.escalated = false);
    }
    assert_eq!(picture(Page::Alarm, &fresh, (128, 32)), picture(Page::Alarm, &plain, (128, 32)));
}

#[test]
fn a_closed_floor_tells_how_many_wait_and_when_it_opens() {
    for size in SIZES {
        let shown = |snapshot: Snapshot| picture(Page::Closed, &snapshot, size);
        let monday = shut(Some("2026-11-23T08:00:00Z"));
        assert_ne!(shown(monday.clone()), shown(Snapshot { waiting: 9, ..monday.clone() }));
        assert_ne!(shown(monday.clone()), shown(shut(Some("2026-11-23T09:00:00Z"))), "another hour");
        assert_ne!(shown(monday), shown(shut(Some("2026-11-24T08:00:00Z"))), "another day");
    }
}

#[test]
fn small_signs_say_that_the_sound_is_off_and_that_numbers_are_unconfirmed() {
    for size in SIZES {
        for page in [Page::Now, Page::Empty, Page::Alarm] {
            let plain = picture(page, &calm(), size);
            let mut snapshot = calm();
            snapshot.alarm.muted = true;
            let muted = picture(page, &snapshot, size);
            snapshot.unconfirmed = 2;
            let both = picture(page, &snapshot, size);
            assert!(plain != muted && muted != both, "{page:?} at {size:?}");
        }
    }
}

#[test]
fn a_second_that_passes_changes_one_digit_in_place() {
    for size in SIZES {
        let mut snapshot = calm();
        let before = picture(Page::Now, &snapshot, size);
        snapshot.oldest.as_mut().expect("somebody waits").waiting_s += 1;
        let after = picture(Page::Now, &snapshot, size);
        let changed: Vec<u32> = (0..)
            .zip(before.bytes().iter().zip(after.bytes()))
            .filter(|(_, (old, new))| old != new)
            .map(|(index, _)| index % before.size().width)
            .collect();
        let (first, last) = (changed.iter().min(), changed.iter().max());
        let width = last.zip(first).map(|(last, first)| last - first + 1);
        assert!(width.is_some_and(|width| width <= 11), "{width:?} columns at {size:?}");
    }
}

#[test]
fn a_canvas_that_was_used_before_shows_the_same_page() {
    let mut used = Canvas::new(128, 64);
    let Ok(()) = used.clear(embedded_graphics::pixelcolor::BinaryColor::On);
    let Ok(()) = screens::draw(Page::Now, &calm(), &look(), &mut used);
    assert_eq!(used, picture(Page::Now, &calm(), (128, 64)));
}
