//! The process that is waiting in a system call.
//!
//! Owns reaching into its memory and its table of files, through `/proc`. Refuses to know
//! what the call is about.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{FileExt as _, MetadataExt as _},
    },
};

use super::{
    record::Record,
    seccomp::{HANDLES, Listener, Notification},
};

/// The longest path that is looked at; the nodes' own are far shorter.
const MAX_PATH: usize = 4_096;
/// Reads of text never cross a page's end, behind which there may be nothing.
const PAGE: u64 = 4_096;

/// A process in a system call.
pub(super) struct Caller<'a> {
    listener: &'a Listener,
    notification: &'a Notification,
}

impl<'a> Caller<'a> {
    pub fn new(listener: &'a Listener, notification: &'a Notification) -> Self {
        Self { listener, notification }
    }

    /// The process (not the thread) that calls; `None` when it is gone.
    pub fn process(&self) -> Option<i32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.thread())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
    }

    /// `len` bytes at `address`.
    pub fn read(&self, address: u64, len: usize) -> io::Result<Record> {
        let mut bytes = Record::zeroed(len);
        self.memory(false)?.read_exact_at(&mut bytes.0, address)?;
        self.still_there()?;
        Ok(bytes)
    }

    /// Puts bytes at `address`.
    pub fn write(&self, address: u64, record: &Record) -> io::Result<()> {
        let memory = self.memory(true)?;
        self.still_there()?;
        memory.write_all_at(&record.0, address)
    }

    /// The text at `address`, up to its zero byte.
    pub fn text(&self, address: u64) -> io::Result<Vec<u8>> {
        let memory = self.memory(false)?;
        let mut text = Vec::new();
        while text.len() < MAX_PATH {
            let from = address + text.len() as u64;
            let mut page = vec![0; (PAGE - from % PAGE) as usize];
            memory.read_exact_at(&mut page, from)?;
            if let Some(end) = page.iter().position(|&byte| byte == 0) {
                text.extend_from_slice(&page[..end]);
                break;
            }
            text.extend_from_slice(&page);
        }
        self.still_there()?;
        Ok(text)
    }

    /// The inode behind one of the caller's descriptors; `None` when it is not open.
    pub fn inode(&self, fd: u64) -> Option<u64> {
        fs::metadata(format!("/proc/{}/fd/{fd}", self.thread())).ok().map(|file| file.ino())
    }

    /// Opens `file` in the caller, at a free number among [`HANDLES`], closed on exec.
    pub fn give(&self, file: &OwnedFd) -> io::Result<i32> {
        let free = |fd: &i32| !fs::exists(format!("/proc/{}/fd/{fd}", self.thread())).unwrap_or(true);
        let number = HANDLES.clone().find(free).ok_or(io::ErrorKind::QuotaExceeded)?;
        self.listener.add_fd(self.notification, file, number)
    }

    fn memory(&self, for_writing: bool) -> io::Result<File> {
        let path = format!("/proc/{}/mem", self.thread());
        OpenOptions::new().read(!for_writing).write(for_writing).open(path)
    }

    /// The number of a process that died may belong to another one by now; while the
    /// notification is valid, it does not.
    fn still_there(&self) -> io::Result<()> {
        self.listener.is_waiting(self.notification)
    }

    fn thread(&self) -> u32 {
        self.notification.thread
    }
}
