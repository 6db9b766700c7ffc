//! One display in a thread of its own, always drawing the newest snapshot.
//!
//! Owns the thread, its turns of pages, blank hours and the slow shift against burn-in. Refuses to
//! know what a page looks like (a closure draws it) and what kind of device shows it.

pub mod keeper;

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bellboard_panel::{Snapshot, Timestamp, screens::Page};
use tokio::{runtime, sync::watch, time};

use self::keeper::{Keeper, News, Surface, Wanted};
use crate::{
    clock::Clock,
    core::time::{Mono, Now},
    io::outputs::{dimming, frames::Slot, turns::Turns},
};

/// Seconds that the picture stays in one of its four places. Long enough that the bus and the
/// eye never notice, short enough that the edges of a digit wear evenly over a day.
const SHIFT_PERIOD_S: i64 = 180;
/// Milliseconds from one frame to the next at least: a burst of messages makes more snapshots
/// than anybody can read, and each would be drawn and sent.
const MIN_FRAME_MS: u64 = 100;
/// Milliseconds without a look at the clock at most: blank hours begin and end that precisely,
/// and the watchdog hears from the thread that often.
const MAX_REST_MS: u64 = 1_000;

/// Where the picture lies: pixels to the right and down, each 0 or 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// To the right.
    pub dx: i32,
    /// Down.
    pub dy: i32,
}

impl Shift {
    /// The place for an instant: four places in turn, each a step of one pixel from the last.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        let (dx, dy) = match at.secs().div_euclid(SHIFT_PERIOD_S).rem_euclid(4) {
            0 => (0, 0),
            1 => (1, 0),
            2 => (1, 1),
            _ => (0, 1),
        };
        Self { dx, dy }
    }
}

/// Draws a page of a snapshot on a cleared canvas, shifted without losing anything.
pub type Draw<C> = Box<dyn FnMut(Page, &Snapshot, Shift, &mut C) + Send>;

/// How bright the display is to be: percent, 0 to 100.
pub type Dim = Box<dyn Fn(&Snapshot, Timestamp) -> u8 + Send>;

/// What the display asks of the rest of the daemon.
pub struct Hooks<C: ?Sized> {
    /// The pages that take turns.
    pub turns: Turns,
    /// What the pages look like.
    pub draw: Draw<C>,
    /// Whether these are blank hours.
    pub blank: Box<dyn Fn(Timestamp) -> bool + Send>,
    /// See [`Dim`].
    pub brightness: Dim,
    /// Called at least every second or two as long as the thread makes progress.
    pub beat: Box<dyn Fn() + Send>,
    /// Where the closure that draws puts what is shown; told here when nothing is.
    pub shown: Slot,
}

/// A display that draws what it shows: all that the thread does, without the thread.
pub struct Screen<S: Surface, O> {
    keeper: Keeper<S, O>,
    hooks: Hooks<S::Canvas>,
}

impl<S, O> Screen<S, O>
where
    S: Surface,
    O: FnMut() -> Result<S, S::Error>,
{
    /// A display that is opened with the first snapshot.
    #[must_use]
    pub fn new(open: O, hooks: Hooks<S::Canvas>) -> Self {
        Self { keeper: Keeper::new(open), hooks }
    }

    /// Shows the snapshot, or nothing in blank hours.
    pub fn step(&mut self, snapshot: &Snapshot, now: Now) -> Option<News<S::Error>> {
        // Also in the dark, so that a press then is not carried out at dawn.
        let page = self.hooks.turns.page(snapshot, now.mono);
        let draw = &mut self.hooks.draw;
        let mut paint = |canvas: &mut S::Canvas| draw(page, snapshot, Shift::at(snapshot.at), canvas);
        let wanted = if (self.hooks.blank)(now.wall) && !dimming::must_be_seen(snapshot) {
            self.hooks.shown.dark();
            Wanted::Dark
        } else {
            Wanted::Picture(&mut paint)
        };
        self.keeper.dim((self.hooks.brightness)(snapshot, now.wall));
        let news = self.keeper.keep(wanted, now.mono);
        if matches!(news, Some(News::Trouble(_))) {
            // Nobody knows what it shows, so it is not said to show anything.
            self.hooks.shown.dark();
        }
        (self.hooks.beat)();
        news
    }

    /// Milliseconds until the next step although no snapshot came.
    #[must_use]
    pub fn rest_ms(&self, now: Mono) -> u64 {
        self.keeper.rest_ms(now).min(self.hooks.turns.rest_ms(now)).clamp(MIN_FRAME_MS, MAX_REST_MS)
    }

    /// Darkens the display for good.
    pub fn end(self) -> Result<(), S::Error> {
        self.hooks.shown.dark();
        self.keeper.end()
    }
}

/// Starts the thread for the display of this name, which `open` opens. It ends, with the display
/// dark, when the sender of the snapshots is dropped. A missing device is reported and retried.
pub fn spawn<S, O>(
    name: &str,
    open: O,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    hooks: Hooks<S::Canvas>,
) -> io::Result<JoinHandle<()>>
where
    S: Surface + 'static,
    O: FnMut() -> Result<S, S::Error> + Send + 'static,
{
    // A runtime of its own, so that the thread can wait for a snapshot with a timeout and does
    // not depend on the order in which the daemon's own runtime shuts down.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let name = name.to_owned();
    thread::Builder::new().name(format!("display {name}")).spawn(move || {
        let screen = Screen::new(open, hooks);
        runtime.block_on(run(&name, screen, clock, snapshots));
    })
}

async fn run<S, O>(
    name: &str,
    mut screen: Screen<S, O>,
    clock: Clock,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
) where
    S: Surface,
    O: FnMut() -> Result<S, S::Error>,
{
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        match screen.step(&snapshot, clock.now()) {
            Some(News::Trouble(error)) => tracing::warn!(display = name, "{error}; it will be tried again"),
            Some(News::Recovered) => tracing::info!(display = name, "the display works again"),
            None => {}
        }
        time::sleep(Duration::from_millis(MIN_FRAME_MS)).await;
        let rest = Duration::from_millis(screen.rest_ms(clock.now().mono));
        if let Ok(Err(_)) = time::timeout(rest, snapshots.changed()).await {
            break;
        }
    }
    if let Err(error) = screen.end() {
        tracing::warn!(display = name, "{error}; it may still show the last picture");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_moves_by_one_pixel_at_a_time_and_comes_back() {
        let places: Vec<_> =
            (0..=4).map(|n| Shift::at(Timestamp::from_millis(n * SHIFT_PERIOD_S * 1000))).collect();
        for pair in places.windows(2) {
            assert_eq!((pair[0].dx - pair[1].dx).abs() + (pair[0].dy - pair[1].dy).abs(), 1);
        }
        assert_eq!(places[0], places[4]);
    }
}
