//! Device nodes without hardware: an unmodified binary opens `/dev/i2c-1`, `/dev/gpiochip0` and
//! the files of `/sys/class/pwm/pwmchip0`, and models answer.
//!
//! Owns the nodes and what hangs on them. Refuses to know which program opens them. A seccomp
//! filter stops the program's system calls on these nodes and hands them to a thread of the
//! test (seccomp user notification; no root, no kernel module, no preloaded library; Linux 5.19
//! or later). The program and all its children, static or dynamic, see a bus and a GPIO chip.
//!
//! ```ignore
//! let nodes = DeviceNodes::new();
//! let oled = nodes.i2c().attach(0x3c, Ssd1306::new(64));
//! let board = nodes.start(Command::new(binary()).arg("run"));
//! let buzzer = nodes.gpio().line(18);
//! buzzer.expect(Level::High, Duration::from_secs(5));
//! nodes.gpio().line(23).press(Duration::from_millis(120));
//! nodes.i2c().unplug(0x3c);
//! board.kill();
//! buzzer.expect(Level::Low, Duration::from_secs(1));
//! ```
//!
//! Not modelled: directory listings of `/dev`, the rest of sysfs, timing of the wires, and the line
//! watches and reconfigurations of the GPIO interface. A call that the models do not know is
//! answered as the kernel would answer it, and fails the test when its [`Supervised`] is dropped.

mod caller;
mod errno;
pub mod gpio;
mod handles;
pub mod i2c;
pub mod pwm;
mod record;
mod seccomp;
mod supervised;
mod supervisor;

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

pub use errno::Errno;
pub use gpio::{Change, GpioChip, Level, Line};
pub use i2c::{I2cBus, I2cDevice};
pub use pwm::PwmChip;
pub use rustix::process::Signal;
pub use supervised::{Lines, Supervised, send_signal};

/// Something whose sound or light a test watches.
pub trait Probe {
    /// Whether it is on now: high.
    fn level(&self) -> Level;

    /// Every change since it was made.
    fn history(&self) -> Vec<Change>;

    /// The process that drives it; `None` while nobody does.
    fn holder(&self) -> Option<i32>;

    /// Waits until it has this level; gives when it took it.
    ///
    /// # Panics
    /// It does not within that time.
    fn expect(&self, level: Level, within: Duration) -> Instant;

    /// Waits until it has changed so often altogether; gives its whole history.
    ///
    /// # Panics
    /// It does not within that time.
    fn expect_changes(&self, count: usize, within: Duration) -> Vec<Change>;
}

/// A machine's device nodes: one I2C bus, one GPIO chip and one PWM chip. Clones are the same nodes.
#[derive(Clone, Default)]
pub struct DeviceNodes {
    i2c: I2cBus,
    gpio: GpioChip,
    pwm: PwmChip,
}

impl DeviceNodes {
    /// All nodes there, nothing on the bus, and all lines of the chip free.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `/dev/i2c-1`.
    #[must_use]
    pub fn i2c(&self) -> &I2cBus {
        &self.i2c
    }

    /// `/dev/gpiochip0`.
    #[must_use]
    pub fn gpio(&self) -> &GpioChip {
        &self.gpio
    }

    /// `/sys/class/pwm/pwmchip0`.
    #[must_use]
    pub fn pwm(&self) -> &PwmChip {
        &self.pwm
    }

    /// Runs a program that finds these nodes; several programs can share them.
    pub fn start(&self, command: &mut Command) -> Supervised {
        Supervised::start(command, self)
    }
}

/// Waits until something is so that nobody tells of, such as what a display shows.
///
/// # Panics
/// It is not so within that time.
pub fn eventually(what: &str, within: Duration, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + within;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
