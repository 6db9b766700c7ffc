//! The files that a configuration names, looked at on disk.
//!
//! Owns whether they are there, who can read them, and the text of those that belong to the
//! configuration. Refuses to know what it means.

use std::{fs::File, io, os::unix::fs::PermissionsExt, path::Path};

use super::{item::Item, sheet::NamedFile};

/// The permission bits of those who are neither the owner nor in the group.
const OTHERS: u32 = 0o007;

/// Reports a file that is missing, cannot be read, or is a secret open to everyone.
pub(super) fn check(file: &NamedFile<'_>) {
    let NamedFile { item, path, secret } = file;
    let shown = path.display();
    let meta = match File::open(path).and_then(|opened| opened.metadata()) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            item.refuse::<()>(format!("names {shown}, which does not exist"));
            return;
        }
        Err(error) => {
            item.refuse::<()>(format!("names {shown}, which cannot be read: {error}"));
            return;
        }
    };
    if !meta.is_file() {
        item.refuse::<()>(format!("names {shown}, which is not a file"));
    } else if *secret && meta.permissions().mode() & OTHERS != 0 {
        let hint = format!("chmod 640 {shown}");
        item.refuse_hint::<()>(format!("names {shown}, which is open to everyone on this machine"), hint);
    }
}

/// The text of a file that the value names, or refused; `None` without a word where [`check`] will
/// say why.
pub(super) fn text(item: &Item<'_>, path: &Path) -> Option<String> {
    if !item.sheet().is_on_disk() || !path.is_file() {
        return None;
    }
    match super::read(path) {
        Ok(text) => Some(text),
        Err(what) => item.refuse(format!("names {}, which {what}", path.display())),
    }
}
