//! A board on the wall: the whole daemon with an OLED, a buzzer and a button, and its desk.
//!
//! Owns how that is wired and configured, and waiting for what the OLED shows. Refuses to know what any test is about.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bellboard_panel::{
    Snapshot,
    screens::{self, Page},
    snapshot::{Priority, Trust},
};
use tempfile::TempDir;

use crate::{
    binary::binary,
    desk::{self, Desk},
    device_nodes::{DeviceNodes, Level, Line, Probe, Supervised},
    expected::{Place, TITLE, pictures},
    picture::Picture,
    ssd1306::Ssd1306,
};

/// Where the display is on the bus.
pub const OLED: u16 = 0x3c;
/// The buzzer's line.
pub const BUZZER: u32 = 18;
/// The button's line.
pub const BUTTON: u32 = 23;

/// The variables by which a machine's services tell a daemon about itself: none of them is
/// meant for ours.
const FOREIGN: [&str; 7] = [
    "BELLBOARD_CONFIG",
    "BELLBOARD_LOG",
    "CREDENTIALS_DIRECTORY",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "STATE_DIRECTORY",
    "WATCHDOG_USEC",
];

/// Longer than a daemon takes to be live, and a command to be followed.
const SOON: Duration = Duration::from_secs(20);
/// How often a picture is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The product's binary, apart from whatever service this machine runs.
#[must_use]
pub fn bellboard() -> Command {
    let mut command = Command::new(binary());
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
}

/// The device nodes of a board and what is plugged in, its configuration, and its desk.
pub struct Appliance {
    /// The nodes; the display at [`OLED`] is attached.
    pub nodes: DeviceNodes,
    /// Whoever talks to the board.
    pub desk: Desk,
    oled: Arc<Mutex<Ssd1306>>,
    height: usize,
    /// Whether the buzzer is a passive sounder on the PWM channel.
    by_pwm: bool,
    folder: TempDir,
}

#[expect(clippy::must_use_candidate, reason = "to wait is often all that a test wants")]
impl Appliance {
    /// A board with a display of 64 or 32 rows, and `more` at the end of its configuration.
    #[must_use]
    pub fn new(height: usize, more: &str) -> Self {
        Self::sounding_by("gpio", height, more)
    }

    /// The same with the buzzer's driver by name.
    #[must_use]
    pub fn sounding_by(driver: &str, height: usize, more: &str) -> Self {
        let nodes = DeviceNodes::new();
        let oled = nodes.i2c().attach(OLED, Ssd1306::new(height));
        nodes.gpio().line(BUTTON).set_input(Level::High);
        let port = desk::free_port();
        let folder = tempfile::tempdir().expect("a folder for the configuration");
        let by_pwm = driver == "pwm";
        let appliance = Self { nodes, desk: Desk::at(port), oled, height, by_pwm, folder };
        appliance.configure(&configuration(port, height, driver, more));
        appliance
    }

    /// Replaces the configuration file.
    pub fn configure(&self, text: &str) {
        fs::write(self.config(), text).expect("the folder is ours");
    }

    /// The configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("bellboard.toml")
    }

    /// Starts the daemon.
    #[must_use]
    pub fn start(&self) -> Supervised {
        let mut command = bellboard();
        command.arg("run").arg("--config").arg(self.config()).arg("--state").arg(self.folder.path());
        self.nodes.start(&mut command)
    }

    /// Starts the daemon and waits until it is live and has its buzzer.
    ///
    /// # Panics
    /// It does not get there.
    #[must_use]
    pub fn live(&self) -> Supervised {
        let daemon = self.start();
        self.desk.expect_board("trust", SOON, |board| board.trust == Trust::Live);
        daemon.log().expect("the buzzer works", 1, SOON);
        daemon
    }

    /// Lets the buzzer sound at once.
    ///
    /// # Panics
    /// It does not.
    pub fn sound(&self, priority: Priority) {
        self.desk.command("test", &format!(r#"{{"sound":"{}"}}"#, priority.word()), SOON);
        self.sounder().expect(Level::High, SOON);
    }

    /// Whatever sounds: the buzzer's line, or the PWM channel.
    #[must_use]
    pub fn sounder(&self) -> Box<dyn Probe> {
        if self.by_pwm { Box::new(self.nodes.pwm().clone()) } else { Box::new(self.buzzer()) }
    }

    /// Runs `bellboard silence`, with the configuration named as the service manager's units
    /// can name it.
    #[must_use]
    pub fn silence(&self) -> Supervised {
        self.nodes.start(bellboard().arg("silence").env("BELLBOARD_CONFIG", self.config()))
    }

    /// The buzzer's line.
    #[must_use]
    pub fn buzzer(&self) -> Line {
        self.nodes.gpio().line(BUZZER)
    }

    /// The button's line.
    #[must_use]
    pub fn button(&self) -> Line {
        self.nodes.gpio().line(BUTTON)
    }

    /// What a viewer of the glass sees.
    #[must_use]
    pub fn picture(&self) -> Picture {
        self.oled().picture()
    }

    /// How bright the display is: its contrast, 0 to 255.
    #[must_use]
    pub fn contrast(&self) -> u8 {
        self.oled().contrast()
    }

    /// Whether the display is switched off and nothing is left in its RAM.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        let oled = self.oled();
        !oled.is_on() && oled.is_cleared()
    }

    /// Waits until the display shows the published board on this page; gives the picture.
    ///
    /// # Panics
    /// It does not within that time.
    pub fn expect_page(&self, page: Page, within: Duration) -> Picture {
        let deadline = Instant::now() + within;
        loop {
            let shown = self.picture();
            let board = self.desk.board();
            if let Some(board) = &board
                && may_be(page, board)
                && pictures(page, board, self.height, Place::Wanders).any(|picture| picture == shown)
            {
                return shown;
            }
            assert!(
                Instant::now() < deadline,
                "the {} page of {board:#?} is not shown within {within:?}, but: {shown:?}",
                page.word()
            );
            thread::sleep(LOOK);
        }
    }

    fn oled(&self) -> std::sync::MutexGuard<'_, Ssd1306> {
        self.oled.lock().expect("the model did not panic")
    }
}

/// Whether that page can be shown for this board: the one that it asks for, the test picture, or
/// one that somebody chose.
fn may_be(page: Page, board: &Snapshot) -> bool {
    let asked = screens::choose(board);
    let chosen = page != Page::Now && Page::TURNING.contains(&page);
    page == Page::Test || asked == page || (chosen && matches!(asked, Page::Now | Page::Empty))
}

fn configuration(port: u16, height: usize, driver: &str, more: &str) -> String {
    format!(
        r#"
        [board]
        name = "{TITLE}"
        timezone = "UTC"
        [broker]
        embedded = true
        listen = "127.0.0.1:{port}"
        [[sla]]
        name = "everybody"
        first_reply = "15m"
        [[display]]
        size = "128x{height}"
        pages = ["now"]
        [buzzer]
        driver = "{driver}"
        [button]
        enabled = true
        {more}
        "#
    )
}
