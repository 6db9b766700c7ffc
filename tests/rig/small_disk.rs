//! A daemon whose state lies on a disk of its own that can be full, or not be written to.
//!
//! Owns that disk, a piece of memory that only the daemon sees, in namespaces that need no rights.
//! Refuses to know what the daemon writes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::{
    binary::{binary, undisturbed},
    device_nodes::Lines,
    tool::{NSENTER, UNSHARE},
};

const CONFIG: &str = "bellboard.toml";
const FILLER: &str = "filler";
/// What is left over when a file cannot grow is taken in pieces of this.
const PIECE: usize = 1 << 16;

/// A running daemon with its disk. Dropping it kills it.
pub struct OnSmallDisk {
    child: Child,
    log: Lines,
    folder: TempDir,
}

impl OnSmallDisk {
    /// Starts a daemon with a disk of so many bytes; `options` are those of `mount`.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(config: &str, bytes: usize, options: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the daemon");
        fs::write(folder.path().join(CONFIG), config).expect("its configuration is written");
        fs::create_dir(folder.path().join("state")).expect("a place for its disk");
        let mut command = UNSHARE.command();
        let script = "mount -t tmpfs -o size=$1 tmpfs $2/state && { [ -z $3 ] || mount -o remount,$3 $2/state; } && \
            exec $4 run --config $2/bellboard.toml --state $2/state";
        undisturbed(&mut command).args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.arg(bytes.to_string()).arg(folder.path()).arg(options).arg(binary());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the daemon can be started");
        let log = Lines::collect(child.stderr.take().expect("a pipe was asked for"));
        Self { child, log, folder }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &Lines {
        &self.log
    }

    /// The disk's folder, as this process can reach it.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        let inside = self.folder.path().join("state");
        let inside = inside.strip_prefix("/").expect("temporary folders have whole paths");
        Path::new("/proc").join(self.child.id().to_string()).join("root").join(inside)
    }

    /// Fills the disk to the last byte.
    ///
    /// # Panics
    /// The disk is not there.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut file = fs::File::create(self.disk().join(FILLER)).expect("a file on the disk");
        for piece in [PIECE, 512, 1] {
            while file.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Makes room again.
    ///
    /// # Panics
    /// The disk was not filled.
    pub fn make_room(&self) {
        fs::remove_file(self.disk().join(FILLER)).expect("it was filled");
    }

    /// Mounts the disk anew with these options.
    pub fn remount(&self, options: &str) {
        let process = self.child.id().to_string();
        let state = self.folder.path().join("state").display().to_string();
        let options = format!("remount,{options}");
        let inside = ["--target", &process, "--user", "--mount", "--preserve-credentials"];
        NSENTER.run(inside.into_iter().chain(["mount", "-o", &options, &state]), b"");
    }
}

impl Drop for OnSmallDisk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log.all().join("\n"));
        }
    }
}
