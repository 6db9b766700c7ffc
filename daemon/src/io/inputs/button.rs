//! The button on a GPIO line: a press pulls the line low.
//!
//! Owns the thread that listens to the line. Refuses to know what a press does.

use std::{
    io,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::mpsc::{Sender, error::TrySendError};

use super::Debounce;
use crate::{
    clock::Clock,
    config::model,
    core::{Press, time::Mono},
    io::{
        gpio::{GpioError, Input, Place},
        trouble::Trouble,
    },
};

/// The longest time between two beats, and between two looks at whether anybody listens.
const BEAT_MS: u64 = 1_000;
/// Edges read in one go, at most: a contact that bounces without end must not hold up the beat.
/// The kernel itself keeps 16.
const MAX_EDGES: usize = 64;

/// Starts the thread that listens to the line that `config` names, and tells when by `clock`.
///
/// `beat` is called at least every second while the thread makes progress. A missing chip and a
/// busy line are reported once per change and tried again. The thread ends within a second
/// after the receiver of `sender` is gone. An event that finds the channel full is dropped and
/// reported: a person presses again.
///
/// # Errors
/// The operating system gives no thread.
pub fn spawn(
    config: &model::Button,
    sender: Sender<(Press, Mono)>,
    clock: Clock,
    beat: impl Fn() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let place = Place::new(&config.chip, config.line);
    let ear = Ear { sender, beat, clock };
    thread::Builder::new().name("button".into()).spawn(move || ear.listen_for_ever(&place))
}

struct Ear<B> {
    sender: Sender<(Press, Mono)>,
    beat: B,
    clock: Clock,
}

/// Nobody receives events any more.
struct Unheard;

impl<B: Fn()> Ear<B> {
    /// Listens, and after each failure waits and listens again.
    fn listen_for_ever(&self, place: &Place) {
        let mut trouble = Trouble::default();
        loop {
            let error = match self.listen(place, &mut trouble) {
                Ok(Unheard) => return,
                Err(error) => error,
            };
            let failure = trouble.fails(&error.to_string(), self.now());
            if failure.is_news {
                tracing::warn!(%error, "the button does not work and will be tried again");
            }
            if self.rest_until(failure.retry_at).is_err() {
                return;
            }
        }
    }

    /// Takes the line and passes on what people do with it, until it fails.
    fn listen(&self, place: &Place, trouble: &mut Trouble) -> Result<Unheard, GpioError> {
        let mut line = Input::pulled_up(place)?;
        let mut contact = Debounce::new(line.is_high()?, self.now().millis());
        if trouble.works(self.now()) {
            tracing::info!(%place, "the button works");
        }
        loop {
            (self.beat)();
            if self.sender.is_closed() {
                return Ok(Unheard);
            }
            let now = self.now().millis();
            let wait = contact.next().map_or(BEAT_MS, |at| at.saturating_sub(now).min(BEAT_MS));
            if line.wait(wait as u16)? && self.take_edges(&mut line, &mut contact)?.is_err() {
                return Ok(Unheard);
            }
            let settled = contact.poll(self.now().millis());
            if self.tell(settled).is_err() {
                return Ok(Unheard);
            }
        }
    }

    /// Takes all edges that wait, then the level itself: the kernel drops edges that come too
    /// fast, and a lost one must not turn the button upside down.
    fn take_edges(&self, line: &mut Input, contact: &mut Debounce) -> Result<Result<(), Unheard>, GpioError> {
        let mut levels = Vec::with_capacity(4);
        while levels.len() < MAX_EDGES && line.wait(0)? {
            levels.push(line.edge()?);
        }
        levels.push(line.is_high()?);
        for high in levels {
            let settled = contact.edge(high, self.now().millis());
            if self.tell(settled).is_err() {
                return Ok(Err(Unheard));
            }
        }
        Ok(Ok(()))
    }

    fn tell(&self, event: Option<Press>) -> Result<(), Unheard> {
        let Some(event) = event else { return Ok(()) };
        match self.sender.try_send((event, self.now())) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                tracing::warn!("a press of the button was lost because the board is too busy");
                Ok(())
            }
            Err(TrySendError::Closed(_)) => Err(Unheard),
        }
    }

    fn rest_until(&self, wake: Mono) -> Result<(), Unheard> {
        while self.now() < wake {
            (self.beat)();
            if self.sender.is_closed() {
                return Err(Unheard);
            }
            thread::sleep(Duration::from_millis(wake.millis_since(self.now()).min(BEAT_MS)));
        }
        Ok(())
    }

    fn now(&self) -> Mono {
        self.clock.now().mono
    }
}
