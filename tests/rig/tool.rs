//! The programs around a broker, and what is made of their failures.
//!
//! Owns which package brings each. Refuses to go on when one fails.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::debian;

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
/// Gives a program a view of its own of what is mounted.
pub const UNSHARE: Tool = Tool { program: "unshare", package: "util-linux" };
/// Runs a program with the view of another one.
pub const NSENTER: Tool = Tool { program: "nsenter", package: "util-linux" };
/// The browser.
pub const CHROMIUM: Tool = Tool { program: "chromium", package: "chromium" };
/// Drives the browser.
pub const CHROMEDRIVER: Tool = Tool { program: "chromedriver", package: "chromium-driver" };
/// Makes certificates.
pub const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };

impl Tool {
    /// The tool, to be given its arguments.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn command(self) -> Command {
        debian::tool(self.program, self.package)
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
}
