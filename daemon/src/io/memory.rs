//! What a restart must not forget, in a small file.
//!
//! Owns that file, the thread that writes it, and how often that happens: a memory card wears
//! out by writing. A write is whole or not at all. Refuses to know what is remembered.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{info, warn};

use crate::{
    clock::Clock,
    core::{
        memory::{Memory, VERSION},
        time::Mono,
    },
    io::{pulse::Pulse, trouble::Trouble},
};

/// The file's name in the folder for state.
const FILE: &str = "alarms.json";
/// What changed by itself is written at most this often; what a person did, at once.
const EVERY_MS: u64 = 10_000;
/// Nothing this program writes is larger; whatever is, is another file.
const MAX_BYTES: u64 = 16 << 20;
/// The thread shows life at least this often.
const BEAT: Duration = Duration::from_secs(2);

/// When to write, and the way to the thread that does.
pub struct Keeper {
    letters: Option<watch::Sender<Option<Arc<Memory>>>>,
    kept: Option<Mono>,
    due: Option<Mono>,
}

impl Keeper {
    /// A keeper that keeps nothing, for a board without a folder for state.
    #[must_use]
    pub fn without_a_file() -> Self {
        Self { letters: None, kept: None, due: None }
    }

    /// Starts the thread that writes into `dir`. It ends, with the newest memory written, after the
    /// keeper was dropped.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(dir: &Path, pulse: Pulse) -> io::Result<(Self, JoinHandle<()>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (letters, letterbox) = watch::channel(None);
        let path = dir.join(FILE);
        let thread = thread::Builder::new()
            .name("memory".into())
            .spawn(move || runtime.block_on(write_all(&path, letterbox, &pulse)))?;
        Ok((Self { letters: Some(letters), kept: None, due: None }, thread))
    }

    /// Something changed that is to be kept.
    pub fn want(&mut self, at_once: bool, now: Mono) {
        let earliest = self.kept.map_or(now, |kept| kept.plus_millis(EVERY_MS)).max(now);
        let wanted = if at_once { now } else { earliest };
        self.due = Some(self.due.map_or(wanted, |due| due.min(wanted)));
    }

    /// When [`Keeper::keep`] is to be called; `None` while nothing has changed.
    #[must_use]
    pub fn due(&self) -> Option<Mono> {
        self.due.filter(|_| self.letters.is_some())
    }

    /// Hands the newest memory over.
    pub fn keep(&mut self, memory: Memory, now: Mono) {
        self.due = None;
        self.kept = Some(now);
        if let Some(letters) = &self.letters {
            letters.send_replace(Some(Arc::new(memory)));
        }
    }
}

/// Writes each newest memory until no more will come.
async fn write_all(path: &Path, mut letters: watch::Receiver<Option<Arc<Memory>>>, pulse: &Pulse) {
    let clock = Clock::start();
    let mut trouble = Trouble::default();
    let mut unwritten: Option<(Arc<Memory>, Mono)> = None;
    loop {
        pulse.beat();
        let now = clock.now().mono;
        if let Some((memory, _)) = unwritten.take_if(|(_, at)| *at <= now) {
            match write(path, &memory) {
                Ok(()) if trouble.works(now) => info!(path = %path.display(), "state is kept"),
                Ok(()) => {}
                Err(error) => {
                    let failure = trouble.fails(&error.to_string(), now);
                    if failure.is_news {
                        warn!(path = %path.display(), %error, "state cannot be kept and will be tried again");
                    }
                    unwritten = Some((memory, failure.retry_at));
                }
            }
        }
        let rest = unwritten
            .as_ref()
            .map_or(BEAT, |(_, at)| Duration::from_millis(at.millis_since(clock.now().mono) + 1).min(BEAT));
        match timeout(rest, letters.changed()).await {
            Ok(Ok(())) => {
                let newest = letters.borrow_and_update().clone();
                unwritten = newest.map(|memory| (memory, clock.now().mono));
            }
            Ok(Err(_)) if unwritten.as_ref().is_none_or(|(_, at)| *at > clock.now().mono) => return,
            Ok(Err(_)) => sleep(Duration::from_millis(1)).await,
            Err(_) => {}
        }
    }
}

/// Writes beside the file, makes sure that it is on the disk, and puts it in the file's place.
fn write(path: &Path, memory: &Memory) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec(memory)?)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// What the last run remembered; `None` where there is nothing that can be used. A file that
/// makes no sense is set aside, never deleted.
#[must_use]
pub fn recall(dir: &Path) -> Option<Memory> {
    let path = dir.join(FILE);
    match read(&path) {
        Ok(memory) => memory,
        Err(reason) => {
            let aside = set_aside(&path);
            let kept = aside.as_deref().map_or_else(|| "in its place".into(), |p| p.display().to_string());
            warn!(path = %path.display(), reason, kept, "acknowledgements of the last run cannot be read");
            None
        }
    }
}

fn read(path: &Path) -> Result<Option<Memory>, String> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("it cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > MAX_BYTES => return Err("it is too large".into()),
        Ok(_) => {}
    }
    let memory: Memory = serde_json::from_slice(&bytes)
        .map_err(|error| format!("it is damaged at line {} column {}", error.line(), error.column()))?;
    if memory.version == VERSION {
        Ok(Some(memory))
    } else {
        Err(format!("its version is {}, and this program knows {VERSION}", memory.version))
    }
}

/// Where a file that makes no sense has gone.
fn set_aside(path: &Path) -> Option<PathBuf> {
    let aside = path.with_extension("json.damaged");
    fs::rename(path, &aside).ok().map(|()| aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::pulse::Pulses;

    fn memory(at: i64) -> Memory {
        Memory {
            version: VERSION,
            at: bellboard_panel::Timestamp::from_millis(at),
            alarms: Vec::new(),
            muted_until: None,
            page: None,
            brightness: None,
            arrivals: crate::core::surge::Arrivals::default(),
        }
    }

    fn start(dir: &Path) -> (Keeper, JoinHandle<()>) {
        Keeper::start(dir, Pulses::default().watch("memory", Duration::from_secs(60))).expect("a thread")
    }

    #[test]
    fn what_a_person_did_is_written_at_once_and_the_rest_every_ten_seconds() {
        let mut keeper = Keeper { letters: Some(watch::channel(None).0), kept: None, due: None };
        keeper.want(false, Mono::from_millis(1_000));
        assert_eq!(keeper.due(), Some(Mono::from_millis(1_000)), "the first at once");
        keeper.keep(memory(0), Mono::from_millis(1_000));
        keeper.want(false, Mono::from_millis(2_000));
        assert_eq!(keeper.due(), Some(Mono::from_millis(11_000)));
        keeper.want(true, Mono::from_millis(3_000));
        assert_eq!(keeper.due(), Some(Mono::from_millis(3_000)));
    }

    #[test]
    fn the_last_memory_is_on_the_disk_when_the_thread_has_ended() {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut keeper, thread) = start(dir.path());
        for n in 0..50 {
            keeper.keep(memory(n), Mono::from_millis(n as u64));
        }
        drop(keeper);
        thread.join().expect("the thread ends well");
        assert_eq!(recall(dir.path()), Some(memory(49)));
    }

    #[test]
    fn a_file_that_makes_no_sense_is_set_aside_and_a_torn_one_is_never_seen() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(FILE);
        write(&path, &memory(7)).expect("can be written");
        // A crash in the middle of the next write leaves its beginning beside the file.
        fs::write(path.with_extension("json.new"), "{\"versi").expect("can be written");
        assert_eq!(recall(dir.path()), Some(memory(7)));
        for broken in ["{\"versi", "", "[]", "{\"version\":99,\"at\":\"2026-11-22T08:00:00Z\"}"] {
            fs::write(&path, broken).expect("can be written");
            assert_eq!(recall(dir.path()), None, "{broken}");
            let aside = fs::read_to_string(path.with_extension("json.damaged"));
            assert_eq!(aside.expect("it was set aside"), broken);
            assert!(!path.exists());
        }
        assert_eq!(recall(dir.path()), None, "and nothing is nothing");
    }

    #[test]
    fn a_folder_that_comes_back_is_written_into() {
        let dir = tempfile::tempdir().expect("a folder");
        let gone = dir.path().join("state");
        let (mut keeper, thread) = start(&gone);
        keeper.keep(memory(1), Mono::from_millis(0));
        thread::sleep(Duration::from_millis(100));
        fs::create_dir(&gone).expect("a folder");
        for _ in 0..200 {
            if recall(&gone).is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(recall(&gone), Some(memory(1)));
        drop(keeper);
        thread.join().expect("the thread ends well");
    }
}
