//! How bright a display is, and when it is dark.
//!
//! Owns the rules that all displays share: the brightness of the configuration or of a command,
//! the hours in which a display is dimmed or blank, and what lifts both. Refuses to know how a
//! display is made brighter.

use bellboard_panel::{Snapshot, Timestamp, snapshot::Trust};

use crate::config::model::Display;

/// Percent of a colour's channels that are left at a brightness of 0: the dimmest at which a board
/// can still be read in a dark room, not darkness.
const MIN_LIGHT: u32 = 30;

/// How bright a display is at an instant: percent, 0 (the dimmest, not dark) to 100.
///
/// A brightness that somebody chose holds until it is taken back, whatever the hour. Neither it
/// nor the hours keep what must be seen less bright than the display is configured.
#[must_use]
pub fn brightness(display: &Display, snapshot: &Snapshot, at: Timestamp) -> u8 {
    let chosen = snapshot.levels.brightness;
    if must_be_seen(snapshot) {
        return chosen.map_or(display.brightness, |chosen| chosen.max(display.brightness));
    }
    chosen.unwrap_or_else(|| match &display.dim {
        Some(hours) if hours.is_open(at) => display.dim_to.min(display.brightness),
        _ => display.brightness,
    })
}

/// Whether these are a display's blank hours and nothing must be seen.
#[must_use]
pub fn is_dark(display: &Display, snapshot: &Snapshot, at: Timestamp) -> bool {
    !must_be_seen(snapshot) && display.blank.as_ref().is_some_and(|hours| hours.is_open(at))
}

/// What somebody must see at any hour: an alarm that nobody has acknowledged, numbers that cannot
/// be believed, the test picture.
#[must_use]
pub fn must_be_seen(snapshot: &Snapshot) -> bool {
    snapshot.alarm.unacked > 0 || snapshot.trust != Trust::Live || snapshot.levels.test_picture
}

/// Percent of a colour's channels on a display of so many percent brightness that cannot dim its
/// light.
#[must_use]
pub fn light(percent: u8) -> u32 {
    MIN_LIGHT + (100 - MIN_LIGHT) * u32::from(percent.min(100)) / 100
}

/// A colour, `0x00RRGGBB`, on a display of so many percent brightness that cannot dim its light.
#[must_use]
pub fn dimmed(pixel: u32, percent: u8) -> u32 {
    let light = light(percent);
    let channel = |shift: u32| ((pixel >> shift & 0xFF) * light / 100) << shift;
    channel(16) | channel(8) | channel(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::calendar::Calendar;

    fn board() -> Snapshot {
        Snapshot::empty("board", Timestamp::default(), Trust::Live)
    }

    fn at_night() -> Display {
        Display {
            brightness: 80,
            dim: Some(Arc::new(Calendar::Always)),
            blank: Some(Arc::new(Calendar::Always)),
            ..Display::default()
        }
    }

    fn shown(display: &Display, snapshot: &Snapshot) -> (u8, bool) {
        let at = Timestamp::default();
        (brightness(display, snapshot, at), is_dark(display, snapshot, at))
    }

    #[test]
    fn the_hours_dim_and_blank_and_a_display_is_never_brighter_by_being_dimmed() {
        assert_eq!(shown(&Display::default(), &board()), (100, false));
        assert_eq!(shown(&at_night(), &board()), (20, true));
        let faint = Display { brightness: 10, ..at_night() };
        assert_eq!(shown(&faint, &board()).0, 10);
    }

    #[test]
    fn a_brightness_that_somebody_chose_holds_at_any_hour() {
        let mut chosen = board();
        for percent in [0, 50, 100] {
            chosen.levels.brightness = Some(percent);
            assert_eq!(shown(&at_night(), &chosen).0, percent);
            assert_eq!(shown(&Display::default(), &chosen).0, percent);
        }
    }

    #[test]
    fn what_must_be_seen_lifts_dimming_and_blank_hours() {
        let alarm = |snapshot: &mut Snapshot| snapshot.alarm.unacked = 1;
        let stale = |snapshot: &mut Snapshot| snapshot.trust = Trust::Stale;
        let test = |snapshot: &mut Snapshot| snapshot.levels.test_picture = true;
        for make in [alarm, stale, test] {
            let mut snapshot = board();
            make(&mut snapshot);
            assert_eq!(shown(&at_night(), &snapshot), (80, false));
            snapshot.levels.brightness = Some(5);
            assert_eq!(shown(&at_night(), &snapshot), (80, false), "as bright as it is configured");
            snapshot.levels.brightness = Some(95);
            assert_eq!(shown(&at_night(), &snapshot), (95, false));
        }
    }

    #[test]
    fn a_dimmed_colour_keeps_its_hue_and_never_goes_out() {
        assert_eq!(dimmed(0x00FF_7A45, 100), 0x00FF_7A45);
        assert_eq!(dimmed(0x00FF_FFFF, 0), 0x004C_4C4C);
        assert_eq!(dimmed(0, 50), 0);
        assert_eq!(dimmed(0x00C8_6400, 50), 0x0082_4100);
    }
}
