//! One OLED in a thread of its own, always drawing the newest snapshot.
//!
//! Owns the thread, blank hours and the slow shift against burn-in. Refuses to know what a page
//! looks like: a closure draws it.

use std::{
    error::Error,
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bellboard_panel::{Snapshot, Timestamp, snapshot::Trust};
use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2cdev;
use tokio::{runtime, sync::watch, time};

use super::{
    OledError, Settings,
    keeper::{Keeper, News, Wanted},
};
use crate::{
    clock::Clock,
    config::model::Display,
    core::time::{Mono, Now},
    io::outputs::frames::Slot,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Draws a snapshot into a cleared frame in page format, shifted without losing anything.
pub type Draw = Box<dyn FnMut(&Snapshot, Shift, &mut [u8]) + Send>;

/// What the display asks of the rest of the daemon.
pub struct Hooks {
    /// What the pages look like.
    pub draw: Draw,
    /// Whether these are blank hours.
    pub blank: Box<dyn Fn(Timestamp) -> bool + Send>,
    /// Called at least every second or two as long as the thread makes progress.
    pub beat: Box<dyn Fn() + Send>,
    /// Where the closure that draws puts what is shown; told here when nothing is.
    pub shown: Slot,
}

/// A display that draws what it shows: all that the thread does, without the thread.
pub struct Screen<I, O> {
    keeper: Keeper<I, O>,
    hooks: Hooks,
    frame: Vec<u8>,
}

impl<I, O> Screen<I, O>
where
    I: I2c<Error: Error + Send + Sync + 'static> + 'static,
    O: FnMut() -> Result<I, OledError>,
{
    /// A display that is opened with the first snapshot.
    #[must_use]
    pub fn new(settings: Settings, open: O, hooks: Hooks) -> Self {
        let frame = vec![0; settings.height.frame_len()];
        Self { keeper: Keeper::new(settings, open), hooks, frame }
    }

    /// Shows the snapshot, or nothing in blank hours.
    pub fn step(&mut self, snapshot: &Snapshot, now: Now) -> Option<News> {
        let wanted = if stays_dark(snapshot, (self.hooks.blank)(now.wall)) {
            self.hooks.shown.dark();
            Wanted::Dark
        } else {
            self.frame.fill(0);
            (self.hooks.draw)(snapshot, Shift::at(snapshot.at), &mut self.frame);
            Wanted::Frame(&self.frame)
        };
        let news = self.keeper.keep(wanted, now.mono);
        (self.hooks.beat)();
        news
    }

    /// Milliseconds until the next step although no snapshot came.
    #[must_use]
    pub fn rest_ms(&self, now: Mono) -> u64 {
        self.keeper.rest_ms(now).clamp(MIN_FRAME_MS, MAX_REST_MS)
    }

    /// Darkens the display for good.
    pub fn end(self) -> Result<(), OledError> {
        self.hooks.shown.dark();
        self.keeper.end()
    }
}

/// Blank hours yield to what somebody must see: an alarm that nobody has acknowledged, numbers
/// that cannot be believed, the test picture.
fn stays_dark(snapshot: &Snapshot, blank: bool) -> bool {
    blank && snapshot.alarm.unacked == 0 && snapshot.trust == Trust::Live && !snapshot.levels.test_picture
}

/// Starts the thread for `display` on its Linux I2C adapter. It ends, with the display dark,
/// when the sender of the snapshots is dropped. A missing device is reported and retried.
pub fn spawn(
    display: &Display,
    settings: Settings,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    hooks: Hooks,
) -> io::Result<JoinHandle<()>> {
    spawn_on(&display.name, opener(display), settings, clock, snapshots, hooks)
}

/// Darkens a display that somebody else left on, such as a daemon that was killed.
pub fn darken(display: &Display, settings: Settings) -> Result<(), OledError> {
    Keeper::new(settings, opener(display)).end()
}

/// Opens the display's Linux I2C adapter, each time it is asked.
fn opener(display: &Display) -> impl FnMut() -> Result<I2cdev, OledError> + Send + use<> {
    let path = display.bus.clone();
    move || I2cdev::new(&path).map_err(|e| OledError::Open { path: path.clone(), source: e.into() })
}

/// As [`spawn`], on any bus.
pub fn spawn_on<I, O>(
    name: &str,
    open: O,
    settings: Settings,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    hooks: Hooks,
) -> io::Result<JoinHandle<()>>
where
    I: I2c<Error: Error + Send + Sync + 'static> + 'static,
    O: FnMut() -> Result<I, OledError> + Send + 'static,
{
    // A runtime of its own, so that the thread can wait for a snapshot with a timeout and does
    // not depend on the order in which the daemon's own runtime shuts down.
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    let name = name.to_owned();
    thread::Builder::new().name(format!("display {name}")).spawn(move || {
        let screen = Screen::new(settings, open, hooks);
        runtime.block_on(run(&name, screen, clock, snapshots));
    })
}

async fn run<I, O>(
    name: &str,
    mut screen: Screen<I, O>,
    clock: Clock,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
) where
    I: I2c<Error: Error + Send + Sync + 'static> + 'static,
    O: FnMut() -> Result<I, OledError>,
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
