//! `mosquitto_sub` to nowhere: what the board is measured against.
//!
//! Owns how it is started. Refuses to look at what it reads.

use std::process::Stdio;

use super::{STEP_TIMEOUT, process::Program};
use crate::{mosquitto::Mosquitto, tool::MOSQUITTO_SUB};

/// The name that it connects with.
const NAME: &str = "reader";

/// Starts it on the broker; it ends after `count` messages.
#[must_use]
pub fn start(broker: &Mosquitto, filter: &str, count: usize) -> Program {
    let door = broker.door();
    let mut command = MOSQUITTO_SUB.command();
    command.args(["-i", NAME, "-h", &door.host, "-p", &door.port.to_string()]);
    command.args(["-t", filter, "-C", &count.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Program::start(&mut command)
}

/// Waits until it has subscribed.
pub fn expect_subscription(broker: &Mosquitto) {
    broker.expect_subscription(NAME, STEP_TIMEOUT);
}
