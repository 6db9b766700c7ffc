//! A screen by its Linux framebuffer: from pictures in colour to bytes of its memory.
//!
//! Owns what is on the screen: it writes only what changed, and follows the screen's mode.
//! Refuses to know what the pictures show, and when to try again (its keeper does).

pub mod console;
pub mod mode;
pub mod mounted;
pub mod node;

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use bellboard_panel::{ColorCanvas, Snapshot};
use embedded_graphics::{draw_target::DrawTarget, pixelcolor::Rgb888, prelude::RgbColor};
use thiserror::Error;
use tokio::sync::watch;

use self::{
    console::Console,
    mode::{Dye, Mode, ModeError},
    node::{Glass, Node},
};
use super::screen::{
    self, Hooks,
    keeper::{Keeper, Paint, Surface},
};
use crate::{clock::Clock, config::model::Display};

/// Unchanged pixels that are written along to save a call: a call costs about as much.
const MAX_GAP: usize = 512;
/// Pixels of one write at most: what is converted for it stays in the processor's cache.
const MAX_WRITE: usize = 32 * 1024;

/// Why a screen shows nothing.
#[derive(Debug, Error)]
pub enum FramebufferError {
    /// The device is not there, or not for us.
    #[error("the framebuffer {} cannot be opened: {source}", path.display())]
    Open {
        /// The device node.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It cannot show our pictures.
    #[error("the framebuffer {} cannot be drawn on: {source}", path.display())]
    Mode {
        /// The device node.
        path: PathBuf,
        /// What is wrong with its mode.
        source: ModeError,
    },
    /// It worked, and does no longer.
    #[error("the framebuffer {} failed: {source}", path.display())]
    Lost {
        /// The device node.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// One screen. After an error it knows nothing of what is shown; the next picture is written whole.
pub struct Framebuffer<G: Glass> {
    glass: G,
    path: PathBuf,
    brightness: u8,
    mode: Mode,
    dye: Dye,
    /// What a picture is drawn on before it is shown, as the memory has it: not turned.
    canvas: ColorCanvas,
    /// What is shown, where that is known.
    shown: Vec<u32>,
    state: State,
    /// Kept from one write to the next, so that drawing needs no allocation.
    bytes: Vec<u8>,
    /// Given back after everything else has ended.
    _console: Option<Console>,
}

/// What we know of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing.
    Unknown,
    /// It shows the picture that we know.
    Shows,
    /// It is black, and has no signal where its driver can do that.
    Dark,
}

impl<G: Glass> Framebuffer<G> {
    /// The screen behind `glass`, which people call `path`. Draws nothing yet. The console is held
    /// for as long as the screen is.
    pub fn new(
        mut glass: G,
        path: &Path,
        brightness: u8,
        console: Option<Console>,
    ) -> Result<Self, FramebufferError> {
        let mode = mode_of(&mut glass, path)?;
        let canvas = ColorCanvas::new(mode.width, mode.height);
        Ok(Self {
            glass,
            path: path.to_path_buf(),
            brightness,
            mode,
            dye: Dye::new(&mode, brightness),
            shown: vec![0; canvas.pixels().len()],
            canvas,
            state: State::Unknown,
            bytes: Vec::new(),
            _console: console,
        })
    }

    /// The mode may have been changed, by a person or by another screen that was plugged in.
    fn follow_mode(&mut self) -> Result<(), FramebufferError> {
        let mode = mode_of(&mut self.glass, &self.path)?;
        if mode != self.mode {
            self.mode = mode;
            self.dye = Dye::new(&mode, self.brightness);
            self.canvas = ColorCanvas::new(mode.width, mode.height);
            self.shown = vec![0; self.canvas.pixels().len()];
            self.state = State::Unknown;
        }
        Ok(())
    }

    fn paint(&mut self, paint: Paint<'_, ColorCanvas>) -> Result<(), FramebufferError> {
        self.follow_mode()?;
        if self.state == State::Dark {
            // What a screen shows that was without a signal is anybody's guess.
            self.state = State::Unknown;
            self.power(true);
        }
        paint(&mut self.canvas);
        self.write()
    }

    /// Makes the screen show what is on the canvas.
    fn write(&mut self) -> Result<(), FramebufferError> {
        let pixels = self.canvas.pixels();
        let changes = match self.state {
            State::Shows => {
                let (width, seamless) = (self.mode.width as usize, self.mode.is_seamless());
                mode::changes(width, seamless, MAX_GAP, &self.shown, pixels)
            }
            State::Dark | State::Unknown => whole(&self.mode),
        };
        self.state = State::Unknown;
        for change in changes {
            for part in parts(change.clone(), MAX_WRITE) {
                self.write_part(part).map_err(|source| self.lost(source))?;
            }
            self.shown[change.clone()].copy_from_slice(&self.canvas.pixels()[change]);
        }
        self.state = State::Shows;
        Ok(())
    }

    fn write_part(&mut self, part: Range<usize>) -> io::Result<()> {
        let width = self.mode.width as usize;
        let place = self.mode.place(part.start / width, part.start % width);
        self.dye.fill(&mut self.bytes, &self.canvas.pixels()[part]);
        self.glass.write_at(&self.bytes, place as u64)
    }

    fn lost(&self, source: io::Error) -> FramebufferError {
        FramebufferError::Lost { path: self.path.clone(), source }
    }

    /// Many drivers cannot do that; black is dark enough.
    fn power(&mut self, on: bool) {
        let _unsupported = self.glass.power(on);
    }
}

fn mode_of(glass: &mut impl Glass, path: &Path) -> Result<Mode, FramebufferError> {
    let mut ask = || Ok((glass.variable()?, glass.fixed()?));
    let (variable, fixed) =
        ask().map_err(|source| FramebufferError::Lost { path: path.to_path_buf(), source })?;
    Mode::of(&variable, &fixed).map_err(|source| FramebufferError::Mode { path: path.to_path_buf(), source })
}

/// Every pixel of a screen; row by row where memory that is not ours lies between the rows.
fn whole(mode: &Mode) -> Vec<Range<usize>> {
    let (width, height) = (mode.width as usize, mode.height as usize);
    if mode.is_seamless() {
        return std::iter::once(0..width * height).collect();
    }
    (0..height).map(|row| row * width..(row + 1) * width).collect()
}

/// A range in pieces of at most `most`.
fn parts(range: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(most).map(move |start| start..end.min(start + most))
}

impl<G: Glass> Surface for Framebuffer<G> {
    type Canvas = ColorCanvas;
    type Error = FramebufferError;

    fn show(&mut self, paint: Paint<'_, ColorCanvas>) -> Result<(), FramebufferError> {
        self.paint(paint)
    }

    fn refresh(&mut self, paint: Paint<'_, ColorCanvas>) -> Result<(), FramebufferError> {
        if self.state == State::Shows {
            self.state = State::Unknown;
        }
        self.paint(paint)
    }

    fn darken(&mut self) -> Result<(), FramebufferError> {
        if self.state == State::Dark {
            return Ok(());
        }
        self.follow_mode()?;
        let Ok(()) = self.canvas.clear(Rgb888::BLACK);
        self.write()?;
        self.power(false);
        self.state = State::Dark;
        Ok(())
    }

    fn dim(&mut self, percent: u8) {
        if percent != self.brightness {
            self.brightness = percent;
            self.dye = Dye::new(&self.mode, percent);
            if self.state == State::Shows {
                self.state = State::Unknown;
            }
        }
    }
}

/// Leaves the screen with its signal: whoever comes next does not know that it was taken away.
impl<G: Glass> Drop for Framebuffer<G> {
    fn drop(&mut self) {
        if self.state == State::Dark {
            self.power(true);
        }
    }
}

/// Starts the thread for `display`, see [`screen::spawn`].
pub fn spawn(
    display: &Display,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    hooks: Hooks<ColorCanvas>,
) -> io::Result<JoinHandle<()>> {
    screen::spawn(&display.name, opener(display), clock, snapshots, hooks)
}

/// Makes a screen black that somebody else left on, such as a daemon that was killed, and gives
/// its console back.
pub fn darken(display: &Display) -> Result<(), FramebufferError> {
    let outcome = Keeper::new(opener(&Display { tty: None, ..display.clone() })).end();
    if let Some(Ok(tty)) = display.tty.as_deref().map(console::Node::open) {
        console::give_back(&tty);
    }
    outcome
}

/// Opens the display, each time it is asked. A console that cannot be taken is told of once.
fn opener(display: &Display) -> impl FnMut() -> Result<Framebuffer<Node>, FramebufferError> + Send + use<> {
    let Display { name, device: path, tty, brightness, .. } = display.clone();
    let mut told = false;
    move || {
        let glass =
            Node::open(&path).map_err(|source| FramebufferError::Open { path: path.clone(), source })?;
        let console = tty.as_deref().map(|tty| console::Node::open(tty).and_then(Console::take));
        if let Some(Err(error)) = &console
            && !std::mem::replace(&mut told, true)
        {
            let tty = tty.as_deref().unwrap_or(Path::new("")).display();
            tracing::warn!(
                display = name,
                "the console {tty} cannot be taken: {error}; its cursor may blink in the picture"
            );
        }
        Framebuffer::new(glass, &path, brightness, console.and_then(Result::ok))
    }
}
