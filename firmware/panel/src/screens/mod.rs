//! The pages of the board, one file each.
//!
//! Owns which page is shown ([`choose`]) and how a page gets its parts. Refuses to know
//! anything but the snapshot, the look and a target to draw on.
//!
//! What may be old is never shown as if it were fresh: while trust is not live a page either
//! shows no number at all or carries a hatched band with the reason, whichever page it is.

mod alarm;
mod closed;
mod empty;
mod header;
mod now;
mod signs;
mod starting;
mod test;
mod trust;

use alloc::{format, string::String};

use embedded_graphics::draw_target::DrawTarget;

use crate::{
    layout::Area,
    look::{Look, Palette, Role},
    pen::Pen,
    snapshot::{Snapshot, Trust},
    time::Timestamp,
    words::{ENGLISH, Words},
};

/// A page of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// How many wait, and the oldest wait.
    Now,
    /// The conversations that are worst off.
    List,
    /// The numbers by channel.
    Channels,
    /// The numbers by queue.
    Queues,
    /// The day's figures.
    Today,
    /// Nobody waits and no clock runs out.
    Empty,
    /// The floor is shut, and when it opens.
    Closed,
    /// Something wants to be acknowledged.
    Alarm,
    /// The numbers cannot be believed, and why.
    Trust,
    /// There is no snapshot yet.
    Starting,
    /// Every part of the display, to be looked at by a person.
    Test,
}

impl Page {
    /// All pages.
    pub const ALL: [Self; 11] = [
        Self::Now,
        Self::List,
        Self::Channels,
        Self::Queues,
        Self::Today,
        Self::Empty,
        Self::Closed,
        Self::Alarm,
        Self::Trust,
        Self::Starting,
        Self::Test,
    ];

    /// Those that take turns, and that a person may choose; the others come by themselves.
    pub const TURNING: [Self; 5] = [Self::Now, Self::List, Self::Channels, Self::Queues, Self::Today];

    /// The word for the page on command lines and in file names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::List => "list",
            Self::Channels => "channels",
            Self::Queues => "queues",
            Self::Today => "today",
            Self::Empty => "empty",
            Self::Closed => "closed",
            Self::Alarm => "alarm",
            Self::Trust => "trust",
            Self::Starting => "starting",
            Self::Test => "test",
        }
    }
}

/// The page that the board's state asks for: the test picture before all, then data that
/// cannot be believed, then a floor that is shut, then an alarm that nobody has acknowledged,
/// then the numbers.
#[must_use]
pub const fn choose(snapshot: &Snapshot) -> Page {
    if snapshot.levels.test_picture {
        Page::Test
    } else if !matches!(snapshot.trust, Trust::Live) {
        Page::Trust
    } else if snapshot.closed.is_some() {
        Page::Closed
    } else if snapshot.alarm.unacked > 0 {
        Page::Alarm
    } else if snapshot.waiting == 0 && snapshot.at_risk == 0 && snapshot.breached == 0 {
        Page::Empty
    } else {
        Page::Now
    }
}

/// Draws a page over the whole target, from its ground up.
///
/// Made for 64 by 32 pixels and more; at 128 by 32 and more nothing is cut but long names.
pub fn draw<D>(page: Page, snapshot: &Snapshot, look: &Look, target: &mut D) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    target.clear(Palette::of(Role::Ground))?;
    let area = Area::page(target.bounding_box());
    let mut pen = Pen::new(target);
    let scene = Scene { snapshot, look, words: &ENGLISH };
    match page {
        Page::Now | Page::List | Page::Channels | Page::Queues | Page::Today => {
            now::draw(&scene, area, &mut pen)
        }
        Page::Empty => empty::draw(&scene, area, &mut pen),
        Page::Closed => closed::draw(&scene, area, &mut pen),
        Page::Alarm => alarm::draw(&scene, area, &mut pen),
        Page::Trust => trust::draw(&scene, area, &mut pen),
        Page::Starting => starting::draw(&scene, area, &mut pen),
        Page::Test => test::draw(&scene, area, &mut pen),
    }
}

/// All that a page may know.
struct Scene<'s> {
    snapshot: &'s Snapshot,
    look: &'s Look,
    words: &'s Words,
}

impl Scene<'_> {
    fn live(&self) -> bool {
        self.snapshot.trust == Trust::Live
    }

    /// Hour and minute of the local time, as written.
    fn time(&self, at: Timestamp) -> String {
        let (hour, minute) = self.look.hour_minute(at);
        format!("{hour:02}:{minute:02}")
    }
}

/// Greys what was drawn in an area if it may not be fresh.
fn faded<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if scene.live() { Ok(()) } else { pen.fade(area) }
}

/// Displays below this height get one column of each thing beside the other instead of a
/// header above a body.
const MIN_TALL: i32 = 47;

/// The rows of a header. Two-colour modules change colour after row 15, so that a header of
/// 16 rows has a colour to itself.
fn header_rows(area: Area) -> i32 {
    if area.h >= 2 * MIN_TALL { 24 } else { 16 }
}
