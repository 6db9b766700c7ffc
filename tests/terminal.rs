//! Promises of the terminal display, kept in a real terminal (tmux).
//!
//! Owns the claims about what stands there and about what is left behind. The places and forms
//! of characters have their own tests, without a terminal.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bellboard_panel::{screens, snapshot::Trust};
use rig::{
    appliance::bellboard,
    desk::{self, Desk},
    device_nodes::{Signal, eventually, send_signal},
    expected::{Place, TITLE, pictures},
    picture::Picture,
    ssd1306::COLUMNS,
    tmux::{Form, Pane, picture},
};

/// Longer than anything here takes on a machine that is not broken.
const SOON: Duration = Duration::from_secs(20);
/// From a change of the size to the picture that fits, on a machine that does other things too:
/// less than the second in which the next board comes by itself, but for the draw.
const AT_ONCE: Duration = Duration::from_millis(1_500);
/// Terminals with room for each form.
const WIDE: (u16, u16) = (140, 40);
const USUAL: (u16, u16) = (80, 24);
/// Pixels of a display in a terminal that was given a size.
const SIZE: (usize, usize) = (COLUMNS, 64);
/// Fewer lit pixels are no board.
const MIN_LIT: usize = 200;

/// The pixels of a picture that has grown as large as its terminal is: the form's, but for the
/// line below it.
fn grown((columns, rows): (u16, u16), form: Form) -> (usize, usize) {
    let (wide, high) = if form == Form::HalfBlocks { (1, 2) } else { (2, 4) };
    (usize::from(columns) * wide, usize::from(rows - 1) * high)
}

/// Waits for the demo's picture, which fills the pane.
fn expect_demo(pane: &Pane, size: (u16, u16), form: Form) -> (Picture, String) {
    pane.expect("a live board", SOON, |lines| {
        let (picture, written, status) = picture(lines, grown(size, form))?;
        let is_board = status.contains("waiting of") && picture.lit_pixels() >= MIN_LIT;
        assert_eq!(written, form);
        is_board.then_some((picture, status))
    })
}

#[test]
fn the_demo_is_drawn_in_half_blocks_where_there_is_room_and_q_gives_the_terminal_back() {
    let pane = Pane::start(WIDE, None, ["demo"]);
    let (first, _) = expect_demo(&pane, WIDE, Form::HalfBlocks);
    let size = grown(WIDE, Form::HalfBlocks);
    pane.expect("another picture", SOON, |lines| (picture(lines, size)?.0 != first).then_some(()));
    pane.press("q");
    pane.expect_restored(SOON);
}

#[test]
fn the_demo_is_drawn_in_braille_in_a_usual_terminal_and_sigterm_gives_it_back() {
    let pane = Pane::start(USUAL, None, ["demo"]);
    expect_demo(&pane, USUAL, Form::Braille);
    send_signal(pane.process(), Signal::TERM);
    pane.expect_restored(SOON);
}

#[test]
fn control_c_gives_the_terminal_back() {
    let pane = Pane::start(WIDE, None, ["demo"]);
    expect_demo(&pane, WIDE, Form::HalfBlocks);
    pane.press("C-c");
    pane.expect_restored(SOON);
}

#[test]
fn a_terminal_that_changes_its_size_is_drawn_anew_at_once() {
    let pane = Pane::start(WIDE, None, ["demo"]);
    expect_demo(&pane, WIDE, Form::HalfBlocks);
    for (size, form) in [(USUAL, Form::Braille), ((100, 50), Form::HalfBlocks), ((40, 12), Form::Braille)] {
        pane.resize(size);
        let began = Instant::now();
        pane.expect("a picture of that size", SOON, |lines| {
            let (picture, written, _) = picture(lines, grown(size, form))?;
            (written == form && picture.lit_pixels() >= MIN_LIT).then_some(())
        });
        assert!(began.elapsed() < AT_ONCE, "{size:?} after {:?}", began.elapsed());
    }
    pane.resize((20, 5));
    pane.expect("a sentence", SOON, |lines| lines[0].starts_with("The board needs").then_some(()));
    pane.press("q");
    pane.expect_restored(SOON);
}

#[test]
fn colours_are_those_that_the_terminal_has_and_none_where_none_are_wanted() {
    let demo = |variables: &[(&str, &str)]| {
        let mut demo = bellboard();
        demo.arg("demo");
        let pane = Pane::start_in(WIDE, variables, None, &demo);
        pane.expect("a live board", SOON, |lines| {
            lines.iter().any(|line| line.contains("waiting of")).then_some(())
        });
        let colors = pane.colors();
        pane.press("q");
        pane.expect_restored(SOON);
        colors
    };
    // The ground of the theme: the same in every picture.
    let (any, table) = ("48;2;14;18;23", "48;5;233");
    let colors = demo(&[("COLORTERM", "truecolor")]);
    assert!(colors.contains(any) && !colors.contains(table), "{colors}");
    let colors = demo(&[]);
    assert!(colors.contains(table) && !colors.contains(any), "{colors}");
    let colors = demo(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]);
    assert!(!colors.contains('\u{1b}'), "{colors}");
}

#[test]
fn a_panic_and_sigquit_give_the_terminal_back() {
    let pane = Pane::start(WIDE, None, ["demo"]);
    expect_demo(&pane, WIDE, Form::HalfBlocks);
    send_signal(pane.process(), Signal::QUIT);
    pane.expect_restored(SOON);
    let pane = Pane::start_in(WIDE, &[], None, &Command::new(env!("CARGO_BIN_EXE_rig-screen")));
    pane.expect("a board", SOON, |lines| picture(lines, grown(WIDE, Form::HalfBlocks)).map(|_| ()));
    pane.expect_aborted(SOON);
}

#[test]
fn a_demo_for_some_time_ends_by_itself() {
    let began = Instant::now();
    let pane = Pane::start(USUAL, None, ["demo", "--for", "5s"]);
    expect_demo(&pane, USUAL, Form::Braille);
    pane.expect_restored(SOON);
    assert!(began.elapsed() >= Duration::from_secs(5));
}

#[test]
fn a_terminal_that_is_closed_ends_the_daemon() {
    let folder = tempfile::tempdir().expect("a folder for the log");
    let log = folder.path().join("log");
    for errors in [None, Some(log.as_path())] {
        let pane = Pane::start(USUAL, errors, ["demo"]);
        expect_demo(&pane, USUAL, Form::Braille);
        let process = pane.process();
        pane.close();
        eventually("the end of the daemon", SOON, || !Path::new(&format!("/proc/{process}")).exists());
    }
}

#[test]
fn a_terminal_that_places_no_characters_is_refused_in_one_sentence() {
    let product = bellboard();
    let mut demo = Command::new("env");
    demo.arg("TERM=dumb").arg(product.get_program()).arg("demo");
    let pane = Pane::start_in(WIDE, &[], None, &demo);
    let lines = pane.expect("the end", SOON, |lines| {
        lines.iter().any(|line| line == "ended with 73").then(|| lines.to_vec())
    });
    assert!(lines[1].starts_with("bellboard: this terminal (TERM=dumb) places no characters"), "{lines:?}");
}

#[test]
fn a_headless_demo_prints_a_line_a_second_and_ends_well() {
    let began = Instant::now();
    let mut demo = bellboard();
    demo.args(["demo", "--headless", "--for", "5s", "--seed", "1"]).stdin(Stdio::null());
    let output = demo.output().expect("it can be started");
    let (took, text) = (began.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(took >= Duration::from_secs(5) && took < SOON, "{took:?}");
    let (head, lines) = text.split_once('\n').expect("a first line");
    assert!(head.starts_with("a support desk and its board") && head.ends_with("seed 1"), "{head}");
    let lines: Vec<&str> = lines.lines().collect();
    assert!((4..=8).contains(&lines.len()), "{lines:#?}");
    let seconds: Vec<&str> = lines.iter().map(|line| line.split_once(' ').expect("a time").0).collect();
    assert!(seconds.windows(2).all(|pair| pair[0] <= pair[1]), "{seconds:?}");
    assert!(
        lines.last().is_some_and(|line| line.contains(" live ") && line.contains("oldest")),
        "{lines:#?}"
    );
}

/// A daemon with a terminal display, its desk, and its folder.
struct Board {
    desk: Desk,
    folder: tempfile::TempDir,
}

impl Board {
    fn new() -> Self {
        let port = desk::free_port();
        let folder = tempfile::tempdir().expect("a folder for the configuration");
        let configuration = format!(
            r#"
            [board]
            name = "{TITLE}"
            timezone = "UTC"
            [broker]
            embedded = true
            listen = "127.0.0.1:{port}"
            [[display]]
            name = "here"
            driver = "terminal"
            size = "128x64"
            pages = ["now"]
            [[display]]
            name = "missing"
            bus = "/dev/i2c-missing"
            "#
        );
        fs::write(folder.path().join("bellboard.toml"), configuration).expect("the folder is ours");
        Self { desk: Desk::at(port), folder }
    }

    fn start(&self, size: (u16, u16), errors: Option<&Path>) -> Pane {
        let config = self.folder.path().join("bellboard.toml");
        let arguments: [&Path; 7] = [
            Path::new("run"),
            Path::new("--log"),
            Path::new("debug"),
            Path::new("--state"),
            self.folder.path(),
            Path::new("--config"),
            &config,
        ];
        let mut daemon = bellboard();
        daemon.args(arguments);
        // Without colours the characters are the picture, to the pixel.
        let pane = Pane::start_in(size, &[("NO_COLOR", "1")], errors, &daemon);
        self.desk.expect_board("trust", SOON, |board| board.trust == Trust::Live);
        pane
    }

    /// Waits until the terminal shows the published board and nothing else.
    fn expect_shown(&self, pane: &Pane, form: Form) -> Picture {
        pane.expect("the published board", SOON, |lines| {
            let board = self.desk.board()?;
            let (shown, written, status) = picture(lines, SIZE)?;
            assert_eq!(written, form);
            let words = format!("{} waiting of {} open, ", board.waiting, board.open);
            let mut same = pictures(screens::choose(&board), &board, SIZE.1, Place::Stays);
            (status.starts_with(&words) && same.any(|picture| picture == shown)).then_some(shown)
        })
    }

    /// Tells of a conversation, and of something that makes no sense.
    fn tell(&self) {
        self.desk.publish("support/conversations/broken", "{", false);
        self.desk.conversation("fb-1842", "facebook", 300);
        self.desk.expect_board("the conversation", SOON, |board| board.waiting == 1);
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

#[test]
fn a_conversation_from_mosquitto_pub_is_on_the_terminal_and_no_log_is_written_over_it() {
    for (size, form) in [(WIDE, Form::HalfBlocks), (USUAL, Form::Braille)] {
        let board = Board::new();
        let pane = board.start(size, None);
        let empty = board.expect_shown(&pane, form);
        board.tell();
        assert_ne!(board.expect_shown(&pane, form), empty);
        // What was rejected and the display that is missing were worth a line each; a log that
        // came late would stand on the pane by now.
        thread::sleep(Duration::from_secs(1));
        board.expect_shown(&pane, form);
        pane.press("q");
        pane.expect_restored(SOON);
    }
}

#[test]
fn a_log_that_goes_elsewhere_is_kept() {
    let board = Board::new();
    let pane = board.start(WIDE, Some(&board.log()));
    board.tell();
    board.expect_shown(&pane, Form::HalfBlocks);
    pane.press("q");
    pane.expect_restored(SOON);
    let log = fs::read_to_string(board.log()).expect("the log is there");
    for line in ["message rejected", "/dev/i2c-missing cannot be opened", "stopped"] {
        assert!(log.contains(line), "no {line}: {log}");
    }
}
