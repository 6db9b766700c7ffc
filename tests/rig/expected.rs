//! What a display should show for a board that was published.
//!
//! Owns the seconds between a board that was published and one that is shown: their ages differ.
//! Refuses to know how pictures get onto a display.

use bellboard::io::outputs::screen::Shift;
use bellboard_panel::{
    Canvas, Look, Snapshot, Timestamp,
    screens::{self, Page},
};

use crate::{desk::now_s, picture::Picture, ssd1306::COLUMNS};

/// The title of every board in the rig.
pub const TITLE: &str = "Rig";

/// Seconds by which a picture may be older than now on a loaded machine.
const MAX_LAG_S: i64 = 4;

/// Whether the picture wanders against burn-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It does, as on an OLED.
    Wanders,
    /// It does not, as in a terminal.
    Stays,
}

/// The pictures of a page for the seconds around now. A board is published when more changes
/// than the time, so the last one published may be older than the one shown.
pub fn pictures(
    page: Page,
    board: &Snapshot,
    height: usize,
    place: Place,
) -> impl Iterator<Item = Picture> + use<> {
    let age = now_s() - board.at.secs();
    let board = board.clone();
    (age - MAX_LAG_S..=age + 1).map(move |seconds| drawn(page, &aged(&board, seconds), height, place))
}

/// The same board so many seconds later, if nothing happens.
fn aged(board: &Snapshot, seconds: i64) -> Snapshot {
    let mut later = board.clone();
    let older = |age: &mut u64| *age = age.saturating_add_signed(seconds);
    later.at = Timestamp::from_millis(board.at.millis() + seconds * 1_000);
    later.oldest.iter_mut().for_each(|oldest| older(&mut oldest.waiting_s));
    later.worst.iter_mut().filter_map(|worst| worst.waiting_s.as_mut()).for_each(older);
    later
}

fn drawn(page: Page, board: &Snapshot, height: usize, place: Place) -> Picture {
    let look = Look { title: TITLE.into(), utc_offset_s: 0, ..Look::default() };
    let mut canvas = Canvas::new(COLUMNS as u32, height as u32);
    let Ok(()) = screens::draw(page, board, &look, &mut canvas);
    // The test picture reaches every edge, so it stays where it is.
    if place == Place::Wanders && page != Page::Test {
        let Shift { dx, dy } = Shift::at(board.at);
        canvas = canvas.shifted(dx, dy);
    }
    Picture::from_pages(COLUMNS, height, canvas.bytes())
}
