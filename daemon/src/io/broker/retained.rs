//! The retained messages of the embedded broker, on disk.
//!
//! Owns one file: a header, then records, each absolute ("this topic now holds this", "this
//! topic holds nothing"), so that the last record of a topic is the truth and only what
//! changed is written. When the records that are out of date outweigh the rest, the file is
//! written anew beside itself and renamed. Refuses to know the broker and when to write.
//!
//! The form, version 1, all numbers little-endian:
//!
//! ```text
//! header   "BBRETAIN" | version u32
//! record   length of body u32 | CRC-32 of the length and the body u32 | body
//! body     kind u8 (1 holds, 2 holds nothing) | QoS u8 | expiry u64 | topic length u16 | topic | payload
//! ```
//!
//! The expiry is in seconds of Unix time, 0 for none. MQTT 5 properties other than the expiry
//! are not kept: the messages this product is about have none.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// The file's name in the state directory.
const FILE_NAME: &str = "broker-retained.log";
/// What the file starts with.
const MAGIC: &[u8; 8] = b"BBRETAIN";
/// The version of the form this code writes and reads.
const VERSION: u32 = 1;
/// Bytes of the header.
const HEADER_LEN: u64 = 12;
/// Bytes of a record before its body.
const RECORD_HEAD_LEN: usize = 8;
/// Bytes of a body before its topic.
const BODY_HEAD_LEN: usize = 12;
/// No body is longer: the broker takes packets of up to 1 MiB. A length beyond it is damage,
/// and is not believed when memory is reserved.
const MAX_BODY_LEN: usize = (1 << 20) + (1 << 17);
/// Out-of-date records up to this size are never a reason to write a file anew.
const REWRITE_SLACK: u64 = 1 << 20;
/// So many damaged files are kept side by side at most; then somebody has to look.
const MAX_SET_ASIDE: u32 = 1000;

const KIND_HOLDS: u8 = 1;
const KIND_HOLDS_NOTHING: u8 = 2;

/// A retained message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Where it is retained.
    pub topic: String,
    /// What is retained; never empty.
    pub payload: Vec<u8>,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Seconds of Unix time at which it ends; `None`: never.
    pub expires_at: Option<u64>,
}

impl Retained {
    /// Bytes of its record.
    fn record_len(&self) -> u64 {
        (RECORD_HEAD_LEN + BODY_HEAD_LEN + self.topic.len() + self.payload.len()) as u64
    }
}

/// What a topic holds from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This message.
    Holds(Retained),
    /// Nothing.
    HoldsNothing(String),
}

/// Why the retained state could not be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A call on the file or its directory failed.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Every name for a damaged file is taken.
    #[error("{} has {MAX_SET_ASIDE} damaged copies beside it; look at them and remove some", path.display())]
    TooManySetAside {
        /// The damaged file.
        path: PathBuf,
    },
}

/// What was found at the start.
#[derive(Debug)]
pub struct Loaded {
    /// The messages, in no order.
    pub messages: Vec<Retained>,
    /// The damaged file's new name and what was wrong with it. What stood before the damage
    /// is among the messages.
    pub set_aside: Option<(PathBuf, &'static str)>,
}

/// The file, open for writing.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    /// Bytes the file had when every record in it was up to date.
    base_len: u64,
    /// Bytes it has now.
    len: u64,
    /// Whether a write failed half way, so that what follows would stand behind a torn record.
    torn: bool,
}

impl Store {
    /// Reads the file in `dir`, which is created if need be. A damaged file is set aside
    /// under a new name, never removed.
    pub fn open(dir: &Path) -> Result<(Self, Loaded), StoreError> {
        fs::create_dir_all(dir).map_err(|source| io_error("create", dir, source))?;
        let path = dir.join(FILE_NAME);
        let found = match File::open(&path) {
            Ok(file) => Some(read(BufReader::new(file)).map_err(|source| io_error("read", &path, source))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(io_error("open", &path, source)),
        };
        let is_whole = matches!(found, Some((_, None)));
        let (messages, damage) = found.unwrap_or_default();
        let messages: Vec<Retained> = messages.into_values().collect();
        let set_aside = match damage {
            Some(what) => Some((set_aside(&path)?, what)),
            None => None,
        };
        let (file, len) = if is_whole { open_at_end(&path)? } else { write_anew(&path, &messages)? };
        let base_len = HEADER_LEN + messages.iter().map(Retained::record_len).sum::<u64>();
        Ok((Self { path, file, base_len, len, torn: false }, Loaded { messages, set_aside }))
    }

    /// Adds `changes` and waits until they are on the medium. After an error nothing of them
    /// counts as written, and [`Self::wants_rewrite`] holds.
    pub fn append(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for change in changes {
            encode(change, &mut bytes);
        }
        self.torn = true;
        self.file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data())
            .map_err(|source| io_error("write", &self.path, source))?;
        self.torn = false;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Whether [`Self::rewrite`] is due: more of the file is out of date than is needed, or a
    /// write failed half way.
    #[must_use]
    pub fn wants_rewrite(&self) -> bool {
        self.torn || self.len.saturating_sub(self.base_len) > self.base_len.max(REWRITE_SLACK)
    }

    /// Puts `messages` in the place of all that the file holds.
    pub fn rewrite(&mut self, messages: &[Retained]) -> Result<(), StoreError> {
        let (file, len) = write_anew(&self.path, messages)?;
        *self = Self { path: std::mem::take(&mut self.path), file, base_len: len, len, torn: false };
        Ok(())
    }
}

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { doing, path: path.to_owned(), source }
}

/// What the records amount to, and what was wrong where reading stopped.
fn read(mut from: impl Read) -> io::Result<(HashMap<String, Retained>, Option<&'static str>)> {
    let mut messages = HashMap::new();
    let mut header = [0; HEADER_LEN as usize];
    if fill(&mut from, &mut header)? < header.len() {
        return Ok((messages, Some("it ends inside its header")));
    }
    if !header.starts_with(MAGIC) {
        return Ok((messages, Some("it is not a file of retained messages")));
    }
    if header[MAGIC.len()..] != VERSION.to_le_bytes() {
        return Ok((messages, Some("it has a form this version does not know")));
    }
    let mut body = Vec::new();
    loop {
        let mut head = [0; RECORD_HEAD_LEN];
        match fill(&mut from, &mut head)? {
            0 => return Ok((messages, None)),
            RECORD_HEAD_LEN => {}
            _ => return Ok((messages, Some("its last record is cut short"))),
        }
        let (len, crc) = head.split_at(4);
        let body_len = u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize;
        if body_len > MAX_BODY_LEN {
            return Ok((messages, Some("a record is damaged")));
        }
        body.resize(body_len, 0);
        if fill(&mut from, &mut body)? < body_len {
            return Ok((messages, Some("its last record is cut short")));
        }
        if checksum(len, &body).to_le_bytes() != crc {
            return Ok((messages, Some("a record is damaged")));
        }
        match decode(&body) {
            Some(Change::Holds(message)) => drop(messages.insert(message.topic.clone(), message)),
            Some(Change::HoldsNothing(topic)) => drop(messages.remove(&topic)),
            None => return Ok((messages, Some("a record has an unknown form"))),
        }
    }
}

/// Reads until `buffer` is full or the input ends; how many bytes there were.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn checksum(len: &[u8], body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(len);
    crc.update(body);
    crc.finalize()
}

fn encode(change: &Change, out: &mut Vec<u8>) {
    match change {
        Change::Holds(message) => encode_message(message, out),
        Change::HoldsNothing(topic) => encode_record([KIND_HOLDS_NOTHING, 0], 0, topic, &[], out),
    }
}

fn encode_message(message: &Retained, out: &mut Vec<u8>) {
    let expires_at = message.expires_at.unwrap_or(0);
    encode_record([KIND_HOLDS, message.qos], expires_at, &message.topic, &message.payload, out);
}

fn encode_record(kind_qos: [u8; 2], expires_at: u64, topic: &str, payload: &[u8], out: &mut Vec<u8>) {
    let topic_len = u16::try_from(topic.len()).expect("MQTT writes the length of a topic in 16 bits");
    let body_len = BODY_HEAD_LEN + topic.len() + payload.len();
    let len = u32::try_from(body_len).expect("the broker takes no packet over 1 MiB").to_le_bytes();
    let start = out.len();
    out.extend_from_slice(&len);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind_qos);
    out.extend_from_slice(&expires_at.to_le_bytes());
    out.extend_from_slice(&topic_len.to_le_bytes());
    out.extend_from_slice(topic.as_bytes());
    out.extend_from_slice(payload);
    let crc = checksum(&len, &out[start + RECORD_HEAD_LEN..]);
    out[start + 4..start + RECORD_HEAD_LEN].copy_from_slice(&crc.to_le_bytes());
}

fn decode(body: &[u8]) -> Option<Change> {
    let (kind, rest) = body.split_first()?;
    let (qos, rest) = rest.split_first()?;
    let (expires_at, rest) = rest.split_first_chunk::<8>()?;
    let (topic_len, rest) = rest.split_first_chunk::<2>()?;
    let (topic, payload) = rest.split_at_checked(usize::from(u16::from_le_bytes(*topic_len)))?;
    let topic = std::str::from_utf8(topic).ok()?.to_owned();
    let expires_at = u64::from_le_bytes(*expires_at);
    match *kind {
        KIND_HOLDS if *qos <= 2 && !payload.is_empty() => Some(Change::Holds(Retained {
            topic,
            payload: payload.to_vec(),
            qos: *qos,
            expires_at: (expires_at != 0).then_some(expires_at),
        })),
        KIND_HOLDS_NOTHING => Some(Change::HoldsNothing(topic)),
        _ => None,
    }
}

fn open_at_end(path: &Path) -> Result<(File, u64), StoreError> {
    let open = || {
        let file = OpenOptions::new().append(true).open(path)?;
        let len = file.metadata()?.len();
        Ok((file, len))
    };
    open().map_err(|source| io_error("open", path, source))
}

/// Writes a whole file beside `path`, brings it to the medium, and only then gives it the
/// name: at every instant there is one whole file. Returns it open at its end, with its length.
fn write_anew(path: &Path, messages: &[Retained]) -> Result<(File, u64), StoreError> {
    let beside = path.with_extension("new");
    let write = || -> io::Result<(File, u64)> {
        let mut out = BufWriter::new(File::create(&beside)?);
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        let mut len = HEADER_LEN;
        let mut record = Vec::new();
        for message in messages {
            record.clear();
            encode_message(message, &mut record);
            out.write_all(&record)?;
            len += record.len() as u64;
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((file, len))
    };
    let written = write().map_err(|source| io_error("write", &beside, source))?;
    rename(&beside, path)?;
    Ok(written)
}

/// Renames, and brings the new name to the medium.
fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|source| io_error("rename", from, source))?;
    let dir = to.parent().unwrap_or(Path::new("."));
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| io_error("write", dir, source))
}

/// Gives a damaged file a name that nothing has.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let free = (1..=MAX_SET_ASIDE)
        .map(|n| path.with_extension(format!("damaged-{n}")))
        .find(|name| !name.exists())
        .ok_or_else(|| StoreError::TooManySetAside { path: path.to_owned() })?;
    rename(path, &free)?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(topic: &str, payload: &str) -> Retained {
        Retained { topic: topic.into(), payload: payload.into(), qos: 1, expires_at: None }
    }

    fn sorted(mut messages: Vec<Retained>) -> Vec<Retained> {
        messages.sort_by(|a, b| a.topic.cmp(&b.topic));
        messages
    }

    fn reopen(dir: &Path) -> Vec<Retained> {
        let (_, loaded) = Store::open(dir).unwrap();
        assert_eq!(loaded.set_aside, None);
        sorted(loaded.messages)
    }

    #[test]
    fn the_last_record_of_a_topic_is_the_truth() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, loaded) = Store::open(dir.path()).unwrap();
        assert!(loaded.messages.is_empty());
        store.append(&[Change::Holds(message("a", "1")), Change::Holds(message("b", "1"))]).unwrap();
        store.append(&[Change::Holds(message("a", "2")), Change::HoldsNothing("b".into())]).unwrap();
        assert_eq!(reopen(dir.path()), [message("a", "2")]);
    }

    #[test]
    fn the_bytes_of_version_1_stay_what_they_are() {
        let mut bytes = Vec::new();
        let message = Retained { topic: "s/é".into(), payload: b"{}".into(), qos: 1, expires_at: Some(258) };
        encode(&Change::Holds(message.clone()), &mut bytes);
        let body = b"\x01\x01\x02\x01\0\0\0\0\0\0\x04\0s/\xc3\xa9{}";
        assert_eq!(&bytes[..4], &(body.len() as u32).to_le_bytes());
        assert_eq!(&bytes[8..], body);
        assert_eq!(message.record_len(), bytes.len() as u64);
        assert_eq!(decode(&bytes[8..]), Some(Change::Holds(message)));
    }

    #[test]
    fn a_file_cut_anywhere_gives_what_stood_before_the_cut_and_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        store.append(&[Change::Holds(message("a", "1"))]).unwrap();
        let whole_a = fs::metadata(dir.path().join(FILE_NAME)).unwrap().len();
        store.append(&[Change::Holds(message("b", "1"))]).unwrap();
        let bytes = fs::read(dir.path().join(FILE_NAME)).unwrap();
        for cut in whole_a as usize + 1..bytes.len() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(FILE_NAME), &bytes[..cut]).unwrap();
            let (_, loaded) = Store::open(dir.path()).unwrap();
            assert_eq!(loaded.messages, [message("a", "1")], "cut at {cut}");
            let (kept, _) = loaded.set_aside.unwrap();
            assert_eq!(fs::read(kept).unwrap(), &bytes[..cut]);
            assert_eq!(reopen(dir.path()), [message("a", "1")]);
        }
    }

    #[test]
    fn a_flipped_bit_is_found_wherever_it_is() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        encode(&Change::Holds(message("topic", "payload")), &mut bytes);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (messages, damage) = read(&damaged[..]).unwrap();
            assert!(messages.is_empty() && damage.is_some(), "bit {bit}");
        }
    }

    #[test]
    fn damaged_files_never_overwrite_one_another() {
        let dir = tempfile::tempdir().unwrap();
        for n in 1..=3 {
            fs::write(dir.path().join(FILE_NAME), format!("damage {n}")).unwrap();
            let (_, loaded) = Store::open(dir.path()).unwrap();
            let (kept, _) = loaded.set_aside.unwrap();
            assert_eq!(kept, dir.path().join(format!("broker-retained.damaged-{n}")));
        }
        let first = fs::read_to_string(dir.path().join("broker-retained.damaged-1")).unwrap();
        assert_eq!(first, "damage 1");
    }

    #[test]
    fn a_file_of_a_later_version_is_set_aside_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&2u32.to_le_bytes());
        fs::write(dir.path().join(FILE_NAME), &bytes).unwrap();
        let (_, loaded) = Store::open(dir.path()).unwrap();
        assert_eq!(fs::read(loaded.set_aside.unwrap().0).unwrap(), bytes);
    }

    #[test]
    fn one_topic_that_changes_for_ever_does_not_fill_the_medium() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        let big = "x".repeat(100_000);
        let mut most = 0;
        for _ in 0..50 {
            store.append(&[Change::Holds(message("a", &big))]).unwrap();
            most = most.max(store.len);
            if store.wants_rewrite() {
                store.rewrite(&[message("a", &big)]).unwrap();
                assert!(!store.wants_rewrite());
            }
        }
        assert!(most < 2 * REWRITE_SLACK, "{most} bytes");
        assert_eq!(reopen(dir.path()), [message("a", &big)]);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Store::open(&file.join("state")).unwrap_err().to_string();
        assert!(error.starts_with("cannot create ") && error.contains("/file/state: "), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut file = MAGIC.to_vec();
            file.extend_from_slice(&VERSION.to_le_bytes());
            file.extend_from_slice(&bytes);
            read(&file[..]).unwrap();
            read(&bytes[..]).unwrap();
        }
    }
}
