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
mod groups;
mod header;
mod list;
mod now;
mod page;
mod rows;
mod scene;
mod signs;
mod starting;
mod test;
mod today;
mod trust;

use alloc::vec::Vec;

use embedded_graphics::draw_target::DrawTarget;

pub use page::Page;
use scene::{MIN_WIDE, Scene, Tier, rows as rows_of};

use crate::{
    layout::Area,
    look::{Look, Palette, Role},
    pen::Pen,
    snapshot::{Snapshot, Trust},
    text::case::Case,
};
pub use crate::{layout::Area as Place, pen::Placed};

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
    plan(page, snapshot, look, target).map(drop)
}

/// The same, and where everything was put: for whoever wants to know that nothing leaves its
/// place and nothing lies over anything else.
pub fn plan<D>(page: Page, snapshot: &Snapshot, look: &Look, target: &mut D) -> Result<Vec<Placed>, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    target.clear(Palette::of(Role::Ground))?;
    let area = Area::page(target.bounding_box());
    let scene = Scene::new(page, snapshot, look, area);
    let mut pen = Pen::new(target, area, Case::new(area.h + 1, rows_of(area), scene.words));
    match page {
        Page::Now => now::draw(&scene, area, &mut pen),
        Page::List => list::draw(&scene, area, &mut pen),
        Page::Channels => groups::channels(&scene, area, &mut pen),
        Page::Queues => groups::queues(&scene, area, &mut pen),
        Page::Today => today::draw(&scene, area, &mut pen),
        Page::Empty => empty::draw(&scene, area, &mut pen),
        Page::Closed => closed::draw(&scene, area, &mut pen),
        Page::Alarm => alarm::draw(&scene, area, &mut pen),
        Page::Trust => trust::draw(&scene, area, &mut pen),
        Page::Starting => starting::draw(&scene, area, &mut pen),
        Page::Test => test::draw(&scene, area, &mut pen),
    }?;
    Ok(pen.placed())
}

/// Greys what was drawn in an area if it may not be fresh.
fn faded<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if scene.live() { Ok(()) } else { pen.fade(area) }
}
