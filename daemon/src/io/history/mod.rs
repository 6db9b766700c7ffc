//! The history on disk: rows as they are made, and what a start finds of them.
//!
//! Owns the way of a row from the event loop to the file, which the loop never waits for, and how
//! many rows wait when the file cannot be written. Refuses to make rows.
//!
//! Rows go into a journal at once and into the database every five seconds. The journal is not
//! forced onto the disk and is emptied before the kernel gets round to writing it, so it costs a
//! memory card nothing, and it is what a killed daemon leaves behind.

mod journal;
pub mod read;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono_tz::Tz;

pub use store::StoreError;

use crate::{
    core::history::{Recalled, Record},
    io::pulse::Pulse,
};
use store::Store;
use writer::Writer;

/// The file's name in the folder for state.
pub const FILE: &str = "history.db";
/// At most so many rows wait for the thread, and as many more for a disk that is full, gone or slow:
/// about thirty megabytes together, and a day of a busy floor. What comes then is given back.
const MAX_UNWRITTEN: usize = 25_000;

/// What a history on disk needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Milliseconds for which rows are kept.
    pub keep_ms: u64,
    /// How far back figures look, in milliseconds.
    pub looks_back_ms: i64,
    /// Whose midnight ends a day.
    pub zone: Tz,
}

/// The event loop's end of the way to the disk. The thread ends, with everything written, after it
/// was dropped.
#[derive(Default)]
pub struct Recorder(Option<Arc<Shared>>);

/// What the two ends share.
#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    failing: AtomicBool,
}

#[derive(Default)]
struct Queue {
    records: VecDeque<Record>,
    refused: u64,
    ended: bool,
}

/// Takes rows from elsewhere into the history in `dir`, all or none of them.
///
/// # Errors
/// The history cannot be written.
pub fn import(dir: &Path, records: &[Record]) -> Result<(), StoreError> {
    Store::open(dir)?.write(records)
}

impl Recorder {
    /// Starts the thread that writes into `dir`, and reads what the last run left there.
    ///
    /// # Errors
    /// The operating system gives no thread. A file that cannot be used is no error: the board goes
    /// on from memory, and the file is tried again.
    pub fn start(dir: &Path, rules: Rules, pulse: Pulse) -> io::Result<(Self, JoinHandle<()>, Recalled)> {
        let shared = Arc::new(Shared::default());
        let (mut writer, recalled) = Writer::open(dir, rules, Arc::clone(&shared));
        let thread = thread::Builder::new().name("history".into()).spawn(move || writer.run(&pulse))?;
        Ok((Self(Some(shared)), thread, recalled))
    }

    /// Hands a row over, and never waits. One for which there is no room is given back.
    pub fn record(&self, record: Record) -> Result<(), Record> {
        let Some(shared) = &self.0 else { return Ok(()) };
        let mut queue = shared.lock();
        if queue.records.len() >= MAX_UNWRITTEN {
            queue.refused += 1;
            return Err(record);
        }
        queue.records.push_back(record);
        shared.filled.notify_one();
        Ok(())
    }

    /// Whether rows cannot be written at present.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.failing.load(Ordering::Relaxed))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.lock().ended = true;
            shared.filled.notify_one();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Each change of the queue is whole, so one that a panic interrupted is still a queue.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no more rows will come.
    fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Waits for rows, the end, or so long; what came, how many were refused, and whether it is the end.
    fn take(&self, patience: Duration) -> (VecDeque<Record>, u64, bool) {
        let queue = self.lock();
        let nothing = |queue: &mut Queue| queue.records.is_empty() && !queue.ended;
        let waited = self.filled.wait_timeout_while(queue, patience, nothing);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut queue.records), std::mem::take(&mut queue.refused), queue.ended)
    }
}
