//! The files that a configuration names, looked at on disk.
//!
//! Owns whether they are there and who can read them. Refuses to read what is in them.

use std::{fs::File, io, os::unix::fs::PermissionsExt};

use super::sheet::NamedFile;

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
