//! `[alarm]`: when a breach rings, and when it stops.

use std::ops::RangeInclusive;

use bellboard_panel::{
    chime::{self, Tune},
    rtttl,
    snapshot::Priority,
};

use crate::config::{
    duration,
    item::Item,
    model::{Alarm, Flood, Sound},
    reader::Reader,
    value::{integer, millis, optional, text},
};

use super::hours::Calendars;

/// Delays before anything rings or ends: beyond ten minutes an alarm would be history.
const DELAY_MS: RangeInclusive<u64> = 0..=600_000;
/// Times after which an alarm changes by itself: a day is the end of anybody's shift.
const TURN_MS: RangeInclusive<u64> = 10_000..=86_400_000;
/// Nothing is shelved for longer than a shift: a shelved alarm is one that nobody hears.
const SHELVE_MS: RangeInclusive<u64> = 1_000..=12 * 3_600_000;
/// What fits on one line of a wall display.
const MAX_CONTACT: usize = 60;
/// More new alarms than this would have to be kept to tell a flood.
const MAX_FLOOD: u32 = 1_000;
const FLOOD_MS: RangeInclusive<u64> = 60_000..=3_600_000;
/// A floor that receives this much in ten minutes has another idea of a crisis.
const MAX_SURGE: u32 = 1_000_000;

pub(super) fn alarm(top: &mut Reader<'_>, calendars: &Calendars) -> Alarm {
    let mut alarm = Alarm::default();
    top.section("alarm", |section| {
        section.set(&mut alarm.on_delay_ms, "on_delay", millis(DELAY_MS));
        section.set(&mut alarm.off_delay_ms, "off_delay", millis(DELAY_MS));
        section.set(&mut alarm.escalate_after_ms, "escalate_after", millis(TURN_MS));
        section.set(&mut alarm.rearm_after_ms, "rearm_after", millis(TURN_MS));
        section.set(&mut alarm.missed_for_ms, "missed_for", millis(TURN_MS));
        section.set(&mut alarm.shelve_max_ms, "shelve_max", millis(SHELVE_MS));
        section.set(&mut alarm.shelve_for_ms, "shelve_for", millis(SHELVE_MS));
        section.set(&mut alarm.quiet, "quiet", optional(|item| calendars.open_or_shut(item)));
        section.set(&mut alarm.contact, "contact", text(0..=MAX_CONTACT));
        section.section("flood", |flood| {
            let Flood { count, window_ms } = &mut alarm.flood;
            flood.set(count, "count", integer(2..=MAX_FLOOD));
            flood.set(window_ms, "window", millis(FLOOD_MS));
        });
        section.section("surge", |surge| {
            surge.set(&mut alarm.surge_at_least, "at_least", integer(1..=MAX_SURGE));
        });
        section.section("sound", |sound| {
            let Sound { low, medium, high } = &mut alarm.sound;
            sound.set(low, "low", optional(tune(Priority::Low)));
            sound.set(medium, "medium", optional(tune(Priority::Medium)));
            sound.set(high, "high", optional(tune(Priority::High)));
        });
        if alarm.shelve_for_ms > alarm.shelve_max_ms {
            let what =
                format!("is longer than `shelve_max`, which is {}", duration::show(alarm.shelve_max_ms));
            section.refuse("shelve_for", what, "shorten it, or raise `shelve_max`");
        }
    });
    alarm
}

/// A tune that ends before it is repeated.
fn tune(priority: Priority) -> impl Fn(&Item<'_>) -> Option<Tune> {
    move |item| {
        let tune = match rtttl::parse(item.text()?) {
            Ok(tune) => tune,
            Err(error) => {
                let example = "write it like \"ding:d=8,o=5,b=120:a,p,a\"";
                return item.refuse_hint(format!("is no RTTTL tune {error}"), example);
            }
        };
        let (length, most) = (tune.length_ms(), chime::repeat_ms(priority));
        if length <= most {
            return Some(tune);
        }
        let (tenths, most_s) = (length.div_ceil(100), most / 1000);
        item.refuse_hint(
            format!("lasts {}.{} s, and would be repeated after {most_s} s", tenths / 10, tenths % 10),
            "take a shorter tune, or raise its b=",
        )
    }
}
