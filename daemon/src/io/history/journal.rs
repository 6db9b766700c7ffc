//! Rows that are not in the database yet, in a file of lines.
//!
//! Owns that file: what a killed daemon leaves behind. Refuses to force it onto the disk, since it
//! is to survive the daemon, not the machine.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::core::history::Record;

/// The file's name in the folder for state.
const FILE: &str = "history.journal";
/// A disk that took no rows for so long is not filled up with what it did not take.
const MAX_BYTES: u64 = 16 << 20;

/// The open file.
pub(super) struct Journal {
    file: File,
    bytes: u64,
}

impl Journal {
    /// Opens it, and reads what a run left in it that was killed. The last line may be torn.
    pub(super) fn open(dir: &Path) -> io::Result<(Self, Vec<Record>)> {
        let path = dir.join(FILE);
        let mut file = OpenOptions::new().read(true).create(true).append(true).mode(0o600).open(path)?;
        let mut text = Vec::new();
        (&mut file).take(MAX_BYTES + (1 << 20)).read_to_end(&mut text)?;
        let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let records = lines.map_while(|line| serde_json::from_slice(line).ok()).collect();
        Ok((Self { bytes: text.len() as u64, file }, records))
    }

    /// Adds rows. What it cannot take is lost only if the daemon is killed before they are in the
    /// database.
    pub(super) fn add<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) -> io::Result<()> {
        if self.bytes >= MAX_BYTES {
            return Ok(());
        }
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)?;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// Everything in it is in the database.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.bytes > 0 {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.bytes = 0;
        }
        Ok(())
    }
}
