//! The thread that writes the history.
//!
//! Owns when rows go to the disk, and what happens when it takes none: they wait in memory, it is
//! said once, and it is tried again until it works. Refuses to know what a row holds.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use bellboard_panel::Timestamp;
use chrono::NaiveDate;
use tracing::{info, warn};

use super::{
    MAX_UNWRITTEN, Rules, Shared,
    journal::Journal,
    read,
    store::{self, Store, StoreError},
};
use crate::{
    clock::{Clock, is_set},
    core::{
        history::{Recalled, Record, day_of},
        time::{Mono, Now},
    },
    io::{pulse::Pulse, trouble::Trouble},
};

/// At most one transaction in so many milliseconds: a memory card wears out by writing.
const COMMIT_EVERY_MS: u64 = 5_000;
/// With so many rows it is not waited for the next transaction's time: a broker sends a whole floor
/// in a second, once.
const EARLY: usize = 5_000;
/// With no room for more rows the thread looks this often whether the daemon ends.
const CROWDED_PAUSE: Duration = Duration::from_millis(200);
/// The thread shows life at least this often.
const BEAT: Duration = Duration::from_secs(2);

/// What the thread works with.
pub(super) struct Writer {
    dir: PathBuf,
    rules: Rules,
    shared: Arc<Shared>,
    clock: Clock,
    store: Option<Store>,
    journal: Option<Journal>,
    unwritten: VecDeque<Record>,
    trouble: Trouble,
    /// Not to be tried before.
    due: Mono,
    /// The day on which the upkeep was done last.
    kept: Option<NaiveDate>,
    refused: u64,
}

impl Writer {
    /// Opens the files, and reads what the last run left.
    pub(super) fn open(dir: &Path, rules: Rules, shared: Arc<Shared>) -> (Self, Recalled) {
        let mut writer = Self {
            dir: dir.to_owned(),
            rules,
            shared,
            clock: Clock::start(),
            store: None,
            journal: None,
            unwritten: VecDeque::new(),
            trouble: Trouble::default(),
            due: Mono::default(),
            kept: None,
            refused: 0,
        };
        writer.open_journal();
        let now = writer.clock.now();
        let recalled = match writer.flush().and_then(|()| writer.recall(now.wall)) {
            Ok(recalled) => recalled,
            Err(error) => {
                writer.failed(&error, now);
                // A file that may not be written may still be read.
                writer.read_only(now.wall).unwrap_or_default()
            }
        };
        (writer, recalled)
    }

    fn open_journal(&mut self) {
        match Journal::open(&self.dir) {
            Ok((journal, left)) => {
                self.unwritten.extend(left);
                self.journal = Some(journal);
            }
            // Said together with the database's trouble, which has the same reason.
            Err(error) => tracing::debug!(%error, "no journal of the history"),
        }
    }

    fn recall(&mut self, now: Timestamp) -> Result<Recalled, StoreError> {
        let outcome = {
            let rules = self.rules;
            self.open_store()?.recall(&rules, now)
        };
        match outcome {
            Err(error) if error.is_damage() => {
                self.set_aside(&error);
                Ok(Recalled::default())
            }
            outcome => outcome,
        }
    }

    fn read_only(&self, now: Timestamp) -> Option<Recalled> {
        let connection = read::open(&self.dir).ok()?;
        store::recall(&connection, &self.rules, now).ok()
    }

    /// The database, opened where it is not. A damaged one is set aside and made anew.
    fn open_store(&mut self) -> Result<&mut Store, StoreError> {
        if self.store.is_none() {
            let opened = Store::open(&self.dir).or_else(|error| {
                if !error.is_damage() {
                    return Err(error);
                }
                self.set_aside(&error);
                Store::open(&self.dir)
            });
            self.store = Some(opened?);
        }
        Ok(self.store.as_mut().expect("it was just opened"))
    }

    fn set_aside(&mut self, error: &StoreError) {
        self.store = None;
        let aside = store::set_aside(&self.dir);
        let kept = aside.map_or_else(|| "in its place".into(), |path| path.display().to_string());
        warn!(%error, kept, "the history is damaged; a new one begins");
    }

    /// Writes until no more rows will come, and what there is then.
    pub(super) fn run(&mut self, pulse: &Pulse) {
        loop {
            pulse.beat();
            let ended = self.await_rows();
            let now = self.clock.now();
            let crowded = self.unwritten.len() >= EARLY && !self.shared.failing.load(Ordering::Relaxed);
            if !ended && !crowded && now.mono < self.due {
                continue;
            }
            self.work(now);
            if ended {
                return;
            }
        }
    }

    /// Takes rows in as they come; true when no more will. With as many as may wait it takes none.
    fn await_rows(&mut self) -> bool {
        if self.unwritten.len() >= MAX_UNWRITTEN {
            thread::sleep(self.patience().min(CROWDED_PAUSE));
            return self.shared.has_ended();
        }
        let (records, refused, ended) = self.shared.take(self.patience());
        self.accept(records);
        self.refused += refused;
        ended
    }

    /// How long to wait for rows: while some wait already, until they may be written.
    fn patience(&self) -> Duration {
        let rest = self.due.millis_since(self.clock.now().mono);
        if self.unwritten.is_empty() { BEAT } else { Duration::from_millis(rest + 1).min(BEAT) }
    }

    fn accept(&mut self, records: VecDeque<Record>) {
        if !records.is_empty() {
            if self.journal.is_none() {
                self.open_journal();
            }
            if let Some(journal) = &mut self.journal
                && journal.add(&records).is_err()
            {
                // Half a line may be in it now, and nothing behind that could be read.
                self.journal = None;
            }
        }
        self.unwritten.extend(records);
    }

    fn work(&mut self, now: Now) {
        let today = day_of(now.wall, self.rules.zone);
        let upkeep = is_set(now.wall) && self.kept != Some(today);
        if self.unwritten.is_empty() && !upkeep && self.store.is_some() {
            return;
        }
        let outcome = self.flush().and_then(|()| {
            if upkeep {
                let rules = self.rules;
                self.open_store()?.upkeep(&rules, now.wall)?;
                self.kept = Some(today);
            }
            Ok(())
        });
        match outcome {
            Ok(()) => self.worked(now),
            Err(error) => {
                if error.is_damage() {
                    self.set_aside(&error);
                }
                self.failed(&error, now);
            }
        }
    }

    /// Writes every row that waits.
    fn flush(&mut self) -> Result<(), StoreError> {
        let records = std::mem::take(&mut self.unwritten);
        let mut outcome = self.open_store().and_then(|store| store.write(&records));
        if let Err(error) = &outcome
            && error.is_damage()
        {
            self.set_aside(error);
            outcome = self.open_store().and_then(|store| store.write(&records));
        }
        match outcome {
            Ok(()) => {
                if let Some(journal) = &mut self.journal
                    && journal.clear().is_err()
                {
                    self.journal = None;
                }
                Ok(())
            }
            Err(error) => {
                self.unwritten = records;
                Err(error)
            }
        }
    }

    fn worked(&mut self, now: Now) {
        self.due = now.mono.plus_millis(COMMIT_EVERY_MS);
        self.shared.failing.store(false, Ordering::Relaxed);
        if self.trouble.works(now.mono) {
            info!(path = %self.dir.join(super::FILE).display(), "the history is kept");
        }
        if self.refused > 0 {
            let rows = std::mem::take(&mut self.refused);
            warn!(
                rows,
                "there was no room for so many rows of the history; those of conversations come again with their next message"
            );
        }
    }

    fn failed(&mut self, error: &StoreError, now: Now) {
        // A file that was replaced, or a disk that came back, is found only by opening it anew.
        self.store = None;
        self.shared.failing.store(true, Ordering::Relaxed);
        let failure = self.trouble.fails(&error.to_string(), now.mono);
        if failure.is_news {
            warn!(%error, "the history cannot be written; the board goes on from memory and tries again");
        }
        self.due = failure.retry_at;
    }
}
