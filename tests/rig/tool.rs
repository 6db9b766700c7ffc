//! Programs of the system that tests need.
//!
//! Owns where they are found and what is said when one is missing. Refuses to skip a test.

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where programs for administrators lie, which is not on everybody's path.
const ADMINISTRATORS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// A program and the Debian package that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// What is started.
    pub program: &'static str,
    /// What to install.
    pub package: &'static str,
}

/// The broker.
pub const MOSQUITTO: Tool = Tool { program: "mosquitto", package: "mosquitto" };
/// Makes the broker's file of users.
pub const MOSQUITTO_PASSWD: Tool = Tool { program: "mosquitto_passwd", package: "mosquitto" };
/// Publishes.
pub const MOSQUITTO_PUB: Tool = Tool { program: "mosquitto_pub", package: "mosquitto-clients" };
/// Subscribes.
pub const MOSQUITTO_SUB: Tool = Tool { program: "mosquitto_sub", package: "mosquitto-clients" };
/// Has a program write each line at once.
pub const STDBUF: Tool = Tool { program: "stdbuf", package: "coreutils" };
/// Makes certificates.
pub const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };

impl Tool {
    /// The tool, to be given its arguments.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn command(self) -> Command {
        Command::new(self.find())
    }

    /// Runs the tool to its end with `input`.
    ///
    /// # Panics
    /// It is not installed, or it fails: then with what it said.
    pub fn run<I: AsRef<std::ffi::OsStr>>(self, arguments: impl IntoIterator<Item = I>, input: &[u8]) {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the tool can be started");
        let mut stdin = child.stdin.take().expect("a pipe was asked for");
        // A tool that fails before it has read everything says why.
        let written = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("the tool can be waited for");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?} failed with {}: {said}", output.status);
        written.expect("the tool reads its input");
    }

    /// Where it is.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn find(self) -> PathBuf {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).chain(ADMINISTRATORS.iter().map(PathBuf::from));
        let found = folders.map(|folder| folder.join(self.program)).find(|file| Path::is_file(file));
        let Self { program, package } = self;
        found.unwrap_or_else(|| panic!("`{program}` is missing: apt-get install {package}"))
    }
}
