//! The product's own binary, as it is shipped.
//!
//! Owns where it is, that it is built, and that nothing of this session reaches it. Refuses to
//! know what it does.

use std::{
    env,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

/// What a service manager or a person sets for a daemon, and a test does not want to inherit.
const FOREIGN: [&str; 7] = [
    "BELLBOARD_CONFIG",
    "BELLBOARD_LOG",
    "CREDENTIALS_DIRECTORY",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "STATE_DIRECTORY",
    "WATCHDOG_USEC",
];

/// The release binary: `$BELLBOARD_BIN` when set, else built here, once for each run of a test
/// program.
///
/// # Panics
/// It cannot be built.
#[must_use]
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| env::var_os("BELLBOARD_BIN").map_or_else(build, PathBuf::from)).clone()
}

/// The command without the variables of the session that the test runs in.
pub fn undisturbed(command: &mut Command) -> &mut Command {
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

/// Runs the binary to its end with these arguments and this input.
///
/// # Panics
/// It cannot be started, or a signal ends it.
#[must_use]
pub fn call(arguments: &[&str], input: &str) -> Outcome {
    let mut command = Command::new(binary());
    undisturbed(&mut command).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be started");
    // A command that needs no input may end before it has read any.
    let _ = child.stdin.take().expect("a pipe was asked for").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the binary is ours");
    let text = |bytes| String::from_utf8(bytes).expect("what it says is text");
    let code = output.status.code().unwrap_or_else(|| panic!("{arguments:?} ended by {}", output.status));
    Outcome { code, out: text(output.stdout), err: text(output.stderr) }
}

fn build() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "-p", "bellboard"])
        .current_dir(&workspace)
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "the release binary cannot be built: {status}");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join("release").join("bellboard")
}
