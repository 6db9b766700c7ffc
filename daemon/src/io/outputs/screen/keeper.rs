//! Keeps one display right through missing devices, bad plugs and noise on the bus.
//!
//! Owns when to open, to try again and to refresh, and what is worth a report. Refuses to read
//! a clock, to draw, and to log.

use std::error::Error;

use crate::core::time::Mono;

/// Draws the wanted picture on a cleared canvas, whenever it is asked.
pub type Paint<'a, C> = &'a mut (dyn FnMut(&mut C) + 'a);

/// A device that shows pictures. After an error it is opened anew before it is asked again.
pub trait Surface {
    /// What it wants a picture drawn on.
    type Canvas: ?Sized;
    /// Why it shows nothing.
    type Error: Error;

    /// Shows a picture: sends what changed, and nothing when nothing did.
    fn show(&mut self, paint: Paint<'_, Self::Canvas>) -> Result<(), Self::Error>;

    /// Shows a picture and sends all of it, whatever is believed to be there.
    fn refresh(&mut self, paint: Paint<'_, Self::Canvas>) -> Result<(), Self::Error>;

    /// Makes it dark. A dark one stays so without being told again.
    fn darken(&mut self) -> Result<(), Self::Error>;

    /// How bright it is from the next picture on: percent, 0 (the dimmest, not dark) to 100.
    fn dim(&mut self, percent: u8);
}

/// Milliseconds until the first retry: a single disturbance is soon over.
pub const FIRST_RETRY_MS: u64 = 250;
/// Milliseconds between retries in the long run: a retry on a missing display is one short
/// write, and whoever plugs it back in looks at it and waits.
pub const MAX_RETRY_MS: u64 = 4_000;
/// Milliseconds without an error after which the next retry is quick again. A loose plug, which
/// fails every few seconds, is thus tried (and reported) ever less often.
pub const STEADY_MS: u64 = 60_000;
/// Milliseconds between refreshes. A display that lost its power while nothing was sent causes
/// no error: it takes writes, and stays dark. So it is set up again on suspicion. One minute is
/// as long as a dark board may go unnoticed; the price is 25 ms of bus time, and a blink of
/// less than 2 ms that nobody sees.
pub const REFRESH_MS: u64 = 60_000;
/// Attempts to darken the display at the end. One disturbance must not leave old numbers
/// shining for days; a bus that is held costs a second each time, and a shutdown is waiting.
pub const MAX_END_ATTEMPTS: usize = 2;

/// What the display should be.
pub enum Wanted<'a, C: ?Sized> {
    /// Lit, showing what this paints.
    Picture(Paint<'a, C>),
    /// Off and cleared.
    Dark,
}

/// A change of the display's condition.
#[derive(Debug)]
pub enum News<E> {
    /// It works no longer, or fails for another reason than before.
    Trouble(E),
    /// It works again.
    Recovered,
}

/// One display and its troubles. `open` gives the device; it is asked again after every error, as
/// the adapter itself may have been unplugged.
pub struct Keeper<S, O> {
    open: O,
    surface: Option<S>,
    /// Percent, where somebody said how bright it is to be.
    brightness: Option<u8>,
    opened_at: Mono,
    refreshed_at: Mono,
    retry_at: Mono,
    retry_ms: u64,
    /// The last trouble as it was reported, until it is over.
    trouble: Option<String>,
}

impl<S, O> Keeper<S, O>
where
    S: Surface,
    O: FnMut() -> Result<S, S::Error>,
{
    /// A display that is opened with the first picture.
    #[must_use]
    pub fn new(open: O) -> Self {
        Self {
            open,
            surface: None,
            brightness: None,
            opened_at: Mono::default(),
            refreshed_at: Mono::default(),
            retry_at: Mono::default(),
            retry_ms: FIRST_RETRY_MS,
            trouble: None,
        }
    }

    /// How bright the display is from its next picture on, and after every error: percent, 0 to 100.
    pub fn dim(&mut self, percent: u8) {
        self.brightness = Some(percent);
        if let Some(surface) = &mut self.surface {
            surface.dim(percent);
        }
    }

    /// Makes the display what it should be, if it is not waiting for its next retry.
    pub fn keep(&mut self, wanted: Wanted<'_, S::Canvas>, now: Mono) -> Option<News<S::Error>> {
        if self.surface.is_none() && now < self.retry_at {
            return None;
        }
        match self.attempt(wanted, now) {
            Ok(()) => self.worked(now),
            Err(error) => self.failed(error, now),
        }
    }

    /// Darkens the display now, even between two retries: there is no later.
    pub fn end(mut self) -> Result<(), S::Error> {
        let mut outcome = self.attempt(Wanted::Dark, Mono::default());
        for _ in 1..MAX_END_ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            self.surface = None;
            outcome = self.attempt(Wanted::Dark, Mono::default());
        }
        outcome
    }

    /// Milliseconds until the display wants to be kept again although nothing changed.
    #[must_use]
    pub fn rest_ms(&self, now: Mono) -> u64 {
        let due = match self.surface {
            Some(_) => self.refreshed_at.plus_millis(REFRESH_MS),
            None => self.retry_at,
        };
        due.millis_since(now)
    }

    fn attempt(&mut self, wanted: Wanted<'_, S::Canvas>, now: Mono) -> Result<(), S::Error> {
        let surface = match &mut self.surface {
            Some(surface) => surface,
            closed => {
                self.opened_at = now;
                self.refreshed_at = now;
                let mut surface = (self.open)()?;
                if let Some(percent) = self.brightness {
                    surface.dim(percent);
                }
                closed.insert(surface)
            }
        };
        match wanted {
            Wanted::Dark => {
                // After a loss of power it is off by itself, so darkness needs no refresh.
                self.refreshed_at = now;
                surface.darken()
            }
            Wanted::Picture(paint) if now.millis_since(self.refreshed_at) >= REFRESH_MS => {
                self.refreshed_at = now;
                surface.refresh(paint)
            }
            Wanted::Picture(paint) => surface.show(paint),
        }
    }

    fn worked(&mut self, now: Mono) -> Option<News<S::Error>> {
        if now.millis_since(self.opened_at) >= STEADY_MS {
            self.retry_ms = FIRST_RETRY_MS;
        }
        self.trouble.take().map(|_| News::Recovered)
    }

    fn failed(&mut self, error: S::Error, now: Mono) -> Option<News<S::Error>> {
        self.surface = None;
        self.retry_at = now.plus_millis(self.retry_ms);
        self.retry_ms = (self.retry_ms * 2).min(MAX_RETRY_MS);
        let trouble = error.to_string();
        if self.trouble.as_ref() == Some(&trouble) {
            return None;
        }
        self.trouble = Some(trouble);
        Some(News::Trouble(error))
    }
}
