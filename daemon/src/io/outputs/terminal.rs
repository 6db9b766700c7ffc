//! The board in a terminal: the same frames as on a display, in place, and two keys.
//!
//! Owns the terminal's modes and gives them back on every way out that can be caught.
//! Refuses to know what is drawn and what the keys lead to.

mod capability;
mod frame;
mod painter;
mod picture;
mod plan;

use std::{
    env,
    fs::File,
    io::{self, IsTerminal, Write, stdout},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use bellboard_panel::{Look, Snapshot};
use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    queue,
    style::{Print, ResetColor},
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
        EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    },
};
use tokio::sync::{mpsc, watch};

use super::frames::Slot;
use crate::{clock::Clock, config::model::Display};
use capability::Capability;
use frame::{Frame, Written};
use painter::Painter;
use picture::Cell;

/// How long a new snapshot or the turn of a page may go unnoticed: below what a hand feels as
/// late, and few enough looks a second to cost nothing. Keys and changes of the size are noticed
/// at once.
const POLL_TIMEOUT: Duration = Duration::from_millis(80);

/// Taken for the size of a terminal that does not tell it.
const FALLBACK_SIZE: (u16, u16) = (80, 24);

/// Puts the window's title aside and takes it back (XTWINOPS); terminals without such a stack
/// ignore both.
const PUSH_TITLE: &str = "\x1b[22;2t";
/// See [`PUSH_TITLE`].
const POP_TITLE: &str = "\x1b[23;2t";

/// Whether a terminal's modes are changed now. One process has one terminal.
static CHANGED: AtomicBool = AtomicBool::new(false);

/// Why there is no board in the terminal.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard output is a file or a pipe.
    #[error("standard output is not a terminal, so the board cannot be drawn there")]
    NotATerminal,
    /// `TERM=dumb`
    #[error("this terminal (TERM=dumb) places no characters; set TERM to what it is, or use another one")]
    Dumb,
    /// The terminal refused.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// What a person asks for by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `a`: acknowledge what is shown, or turn the page.
    Ack,
    /// `s`: put aside what is shown, as a held button does.
    Shelve,
    /// `q` or Ctrl-C: stop.
    Quit,
}

/// A terminal that shows the board, until it is dropped.
#[derive(Debug)]
pub struct Terminal {
    out: File,
    capability: Capability,
    shown: Frame,
    room: (u16, u16),
}

impl Terminal {
    /// Takes over the terminal on standard output, with `title` for its window.
    pub fn open(title: &str) -> Result<Self, TerminalError> {
        if !stdout().is_terminal() {
            return Err(TerminalError::NotATerminal);
        }
        let capability = Capability::of(|name| env::var(name).ok()).ok_or(TerminalError::Dumb)?;
        let mut out = own_stdout()?;
        CHANGED.store(true, Ordering::SeqCst);
        // From here on dropping gives the modes back, also when the next steps fail.
        let terminal = Self { out: out.try_clone()?, capability, shown: Frame::default(), room: (0, 0) };
        terminal::enable_raw_mode()?;
        let title: String = title.chars().filter(|c| !c.is_control()).collect();
        let mut bytes = Vec::new();
        queue!(bytes, EnterAlternateScreen, Print(PUSH_TITLE), SetTitle(title), Hide, DisableLineWrap)?;
        queue!(bytes, Clear(ClearType::All))?;
        out.write_all(&bytes)?;
        Ok(terminal)
    }

    /// Shows a frame that was made for a terminal of so many columns and rows. Only characters
    /// that changed are written, all in one call; after a change of the terminal's size,
    /// everything.
    pub fn show(&mut self, frame: Frame, room: (u16, u16)) -> io::Result<()> {
        if !CHANGED.load(Ordering::SeqCst) {
            // Given back already: what is written now would land on somebody else's screen.
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, BeginSynchronizedUpdate)?;
        let moves = room != self.room || frame.moves(&self.shown);
        if moves {
            self.shown = Frame::default();
            queue!(bytes, Clear(ClearType::All))?;
        }
        let runs = frame.changes(&self.shown);
        if runs.is_empty() && !moves {
            return Ok(());
        }
        for run in runs {
            queue!(bytes, MoveTo(run.x, run.y))?;
            match run.what {
                Written::Cells(cells) => self.paint(&cells, &mut bytes)?,
                Written::Words(words) => queue!(bytes, Print(words))?,
            }
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.out.write_all(&bytes)?;
        (self.shown, self.room) = (frame, room);
        Ok(())
    }

    /// Writes cells side by side, and a colour only where it changes.
    fn paint(&self, cells: &[Cell], bytes: &mut Vec<u8>) -> io::Result<()> {
        let colors = self.capability.colors;
        let mut paint = None;
        for cell in cells {
            if paint != Some((cell.ink, cell.ground)) {
                paint = Some((cell.ink, cell.ground));
                queue!(bytes, Print(colors.paint(cell.ink, cell.ground)))?;
            }
            queue!(bytes, Print(cell.glyph))?;
        }
        queue!(bytes, Print(colors.end()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back as it was found: its screen, its cursor, its line mode. One without a
/// second screen, like the console of Linux, is left empty. After SIGKILL nobody can do so but the
/// person in front of it, with `reset`. Does nothing when there is nothing to give back, so it may
/// be called from a panic hook, on a signal and on the ordinary way out alike.
pub fn restore() {
    if !CHANGED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut bytes = Vec::new();
    let queued = queue!(
        bytes,
        EndSynchronizedUpdate,
        ResetColor,
        EnableLineWrap,
        Clear(ClearType::All),
        MoveTo(0, 0),
        Show,
        LeaveAlternateScreen,
        Print(POP_TITLE)
    );
    // A terminal that is gone needs nothing back, so errors end here.
    if queued.is_ok()
        && let Ok(mut out) = own_stdout()
    {
        let _gone = out.write_all(&bytes);
    }
    let _gone = terminal::disable_raw_mode();
}

/// Standard output without the lock and the buffer of `std`: a panic hook may run while
/// another thread, or this one, holds them.
fn own_stdout() -> io::Result<File> {
    Ok(File::from(stdout().as_fd().try_clone_to_owned()?))
}

/// Draws each new snapshot in a thread of its own until the sender is gone; gives the
/// terminal back at the end. `look` is asked for each snapshot, as local time may change;
/// `shown` gets every picture.
pub fn spawn(
    display: &Display,
    terminal: Terminal,
    clock: Clock,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    look: impl Fn(&Snapshot) -> Look + Send + 'static,
    keys: mpsc::Sender<Key>,
    shown: Slot,
) -> io::Result<JoinHandle<()>> {
    let painter = Painter::new(display, terminal.capability, look, shown);
    thread::Builder::new().name("terminal".into()).spawn(move || {
        if let Err(error) = follow(terminal, painter, clock, snapshots, &keys) {
            tracing::warn!(%error, "the terminal can no longer be drawn on");
        }
    })
}

fn follow(
    mut terminal: Terminal,
    mut painter: Painter<impl Fn(&Snapshot) -> Look>,
    clock: Clock,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    keys: &mpsc::Sender<Key>,
) -> io::Result<()> {
    let mut shown = None;
    snapshots.mark_changed();
    // An error means that the sender is gone: the board is shutting down.
    while let Ok(changed) = snapshots.has_changed() {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        let now = clock.now();
        let room = terminal::size().unwrap_or(FALLBACK_SIZE);
        let page = painter.page(&snapshot, now.mono);
        if changed || shown != Some((page, room)) {
            terminal.show(painter.frame(page, &snapshot, now.wall, room), room)?;
            shown = Some((page, room));
        }
        if let Some(key) = next_key() {
            // A full queue means that the same wish is waiting there already.
            let _full = keys.try_send(key);
        }
    }
    Ok(())
}

/// Waits for a key, but no longer than [`POLL_TIMEOUT`]. Without a keyboard it only waits.
fn next_key() -> Option<Key> {
    match event::poll(POLL_TIMEOUT) {
        Ok(true) => key_of(&event::read().ok()?),
        Ok(false) => None,
        Err(_) => {
            thread::sleep(POLL_TIMEOUT);
            None
        }
    }
}

fn key_of(event: &Event) -> Option<Key> {
    let Event::Key(key) = event else { return None };
    if key.kind != KeyEventKind::Press {
        return None;
    }
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char('q' | 'Q') => Some(Key::Quit),
        KeyCode::Char('a' | 'A') => Some(Key::Ack),
        KeyCode::Char('s' | 'S') => Some(Key::Shelve),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    #[test]
    fn output_that_is_no_terminal_is_refused_in_one_sentence() {
        // Under a test runner standard output may be a terminal; then there is nothing to refuse.
        if !stdout().is_terminal() {
            let refused = Terminal::open("Support").expect_err("a pipe is no terminal");
            assert!(matches!(refused, TerminalError::NotATerminal));
            assert!(!CHANGED.load(Ordering::SeqCst));
        }
    }

    #[test]
    fn giving_back_what_was_never_taken_does_nothing() {
        restore();
        restore();
        assert!(!CHANGED.load(Ordering::SeqCst));
    }

    #[test]
    fn two_keys_mean_something_and_all_others_nothing() {
        let press = |code, modifiers| key_of(&Event::Key(KeyEvent::new(code, modifiers)));
        assert_eq!(press(KeyCode::Char('a'), KeyModifiers::NONE), Some(Key::Ack));
        assert_eq!(press(KeyCode::Char('s'), KeyModifiers::NONE), Some(Key::Shelve));
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::NONE), Some(Key::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(key_of(&Event::Resize(80, 24)), None);
    }
}
