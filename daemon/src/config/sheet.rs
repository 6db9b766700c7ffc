//! The configuration file while it is read.
//!
//! Owns its text, the problems found so far and the files it names. Refuses to know TOML.

use std::{cell::RefCell, path::PathBuf};

use super::{
    item::Item,
    problem::{Position, Problem, Problems},
};

/// The file that is being read, and what was found in it so far.
pub(super) struct Sheet<'a> {
    file: PathBuf,
    text: &'a str,
    on_disk: bool,
    found: RefCell<Vec<(usize, Problem)>>,
    files: RefCell<Vec<NamedFile<'a>>>,
}

/// A file that the configuration names.
pub(super) struct NamedFile<'a> {
    /// The value that names it.
    pub item: Item<'a>,
    /// Where it is.
    pub path: PathBuf,
    /// Whether nobody but the owner and the group may read it.
    pub secret: bool,
}

impl<'a> Sheet<'a> {
    /// `on_disk`: whether the files it names may be looked at.
    pub fn new(file: impl Into<PathBuf>, text: &'a str, on_disk: bool) -> Self {
        Self { file: file.into(), text, on_disk, found: RefCell::default(), files: RefCell::default() }
    }

    /// Whether the files that the configuration names may be looked at; else they count as empty.
    pub fn is_on_disk(&self) -> bool {
        self.on_disk
    }

    /// Notes a problem at a byte of the text.
    pub fn report(&self, byte: usize, key: &str, message: String, hint: Option<String>) {
        let at = Some(Position::of_byte(self.text, byte));
        let problem = Problem { file: self.file.clone(), at, key: key.into(), message, hint };
        self.found.borrow_mut().push((byte, problem));
    }

    /// A path as the configuration means it: relative to the folder of the configuration file.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().map_or_else(|| path.into(), |folder| folder.join(path))
    }

    /// Remembers a file that the configuration names.
    pub fn name_file(&self, file: NamedFile<'a>) {
        self.files.borrow_mut().push(file);
    }

    /// The files that were named.
    pub fn named_files(&self) -> Vec<NamedFile<'a>> {
        self.files.take()
    }

    /// All problems in the order of the file.
    pub fn finish(&self) -> Result<(), Problems> {
        let mut found = self.found.take();
        found.sort_by_key(|(byte, _)| *byte);
        if found.is_empty() {
            return Ok(());
        }
        Err(Problems(found.into_iter().map(|(_, problem)| problem).collect()))
    }
}
