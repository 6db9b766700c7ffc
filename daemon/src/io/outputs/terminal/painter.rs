//! From a board to the frame that stands for it on a terminal.
//!
//! Owns the terminal's turns of pages, its blank and dimmed hours, and the words below the
//! picture. Refuses to know how a frame reaches a terminal.

use bellboard_panel::{
    Look, Snapshot, Timestamp,
    screens::{self, Page},
    snapshot::Trust,
};
use embedded_graphics::geometry::Size;

use super::{
    capability::{Capability, Colors},
    frame::Frame,
    picture::Picture,
    plan::Plan,
};
use crate::{
    config::model::Display,
    core::time::Mono,
    io::outputs::{dimming, frames::Slot, turns::Turns},
};

/// Draws one terminal's frames. `look` is asked for each of them, as local time may change.
pub struct Painter<L> {
    display: Display,
    capability: Capability,
    look: L,
    turns: Turns,
    shown: Slot,
}

impl<L: Fn(&Snapshot) -> Look> Painter<L> {
    /// A painter for a display on a terminal that can show so much; `shown` gets every picture.
    pub fn new(display: &Display, capability: Capability, look: L, shown: Slot) -> Self {
        Self { display: display.clone(), capability, look, turns: Turns::new(&display.pages), shown }
    }

    /// The page whose turn it is.
    pub fn page(&mut self, snapshot: &Snapshot, now: Mono) -> Page {
        self.turns.page(snapshot, now)
    }

    /// The frame for a terminal of so many columns and rows; nothing in blank hours.
    pub fn frame(&self, page: Page, snapshot: &Snapshot, at: Timestamp, room: (u16, u16)) -> Frame {
        if dimming::is_dark(&self.display, snapshot, at) {
            self.shown.dark();
            return Frame::default();
        }
        let colors = self.capability.colors;
        let (width, height) = self.display.size;
        let fixed = (!self.display.grows).then_some(Size::new(width, height));
        match Plan::new(room, fixed, self.capability.braille) {
            Ok(plan) => {
                let picture = Picture::draw(colors, plan.size, page, snapshot, &(self.look)(snapshot));
                self.shown.show(|| picture.to_frame());
                // Sixteen colours are too few for darker ones among them.
                let dims = matches!(colors, Colors::Table | Colors::All);
                let percent = if dims { dimming::brightness(&self.display, snapshot, at) } else { 100 };
                let words = status_line(snapshot, usize::from(room.0 - plan.left));
                Frame::compose(&plan, &picture, percent, &words, room.0)
            }
            Err(needed) => Frame::too_small(needed, room),
        }
    }
}

/// The line below the picture: the numbers as words while they are live, and the keys; where that
/// is more than so many characters, the keys.
fn status_line(snapshot: &Snapshot, room: usize) -> String {
    let state = if snapshot.trust == Trust::Live {
        let Snapshot { waiting, open, at_risk, breached, .. } = snapshot;
        let closed = if snapshot.closed.is_some() { "closed, " } else { "" };
        format!("{closed}{waiting} waiting of {open} open, {at_risk} at risk, {breached} breached")
    } else {
        format!("not live: {}", snapshot.trust.word())
    };
    let turns = matches!(screens::choose(snapshot), Page::Now | Page::Empty) && snapshot.alarm.missed == 0;
    let a = if turns { "next page" } else { "acknowledge" };
    let keys = format!("[a] {a}  [q] quit");
    let line = format!("{state}  {keys}");
    if line.len() <= room { line } else { keys }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::calendar::Calendar;

    const ROOM: (u16, u16) = (120, 40);

    fn painter(display: &Display, colors: Colors) -> Painter<impl Fn(&Snapshot) -> Look> {
        Painter::new(display, Capability { colors, braille: true }, |_| Look::default(), Slot::default())
    }

    fn board() -> Snapshot {
        Snapshot { waiting: 3, open: 5, ..Snapshot::empty("board", Timestamp::default(), Trust::Live) }
    }

    fn frame(display: &Display, colors: Colors, snapshot: &Snapshot) -> Frame {
        let mut painter = painter(display, colors);
        let page = painter.page(snapshot, Mono::default());
        painter.frame(page, snapshot, snapshot.at, ROOM)
    }

    #[test]
    fn blank_hours_leave_nothing_standing_and_an_alarm_ends_them() {
        let blank = Display { blank: Some(Arc::new(Calendar::Always)), ..Display::default() };
        let mut snapshot = board();
        assert_eq!(frame(&blank, Colors::All, &snapshot), Frame::default());
        snapshot.alarm.unacked = 1;
        assert_ne!(frame(&blank, Colors::All, &snapshot), Frame::default());
    }

    #[test]
    fn a_brightness_changes_the_colours_where_there_are_enough_of_them() {
        let mut dim = board();
        dim.levels.brightness = Some(10);
        for (colors, changes) in
            [(Colors::None, false), (Colors::Sixteen, false), (Colors::Table, true), (Colors::All, true)]
        {
            let (bright, dim) =
                (frame(&Display::default(), colors, &board()), frame(&Display::default(), colors, &dim));
            assert_eq!(bright != dim, changes, "{colors:?}");
        }
    }

    #[test]
    fn the_words_below_say_what_a_press_does_now() {
        let mut snapshot = board();
        assert_eq!(
            status_line(&snapshot, 80),
            "3 waiting of 5 open, 0 at risk, 0 breached  [a] next page  [q] quit"
        );
        assert_eq!(status_line(&snapshot, 40), "[a] next page  [q] quit");
        snapshot.alarm.missed = 1;
        assert!(status_line(&snapshot, 80).ends_with("[a] acknowledge  [q] quit"));
        snapshot.alarm.missed = 0;
        snapshot.trust = Trust::Stale;
        assert_eq!(status_line(&snapshot, 80), "not live: stale  [a] acknowledge  [q] quit");
    }
}
