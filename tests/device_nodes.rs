//! Promises of the buzzer, the button and the bus, kept by an unmodified program on modelled
//! device nodes: real system calls, real signals, real time.
//!
//! The times here are promises to people (silent within a second) or generous bounds on a
//! loaded machine; the exact rhythm is tested on a virtual clock where the pulses are made.

use std::{
    io::Write as _,
    process::Command,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use bellboard_panel::{chime, snapshot::Priority};
use rig::{
    burst::{assert_burst, changes_of},
    device_nodes::{DeviceNodes, Errno, Level, Line, Signal, Supervised, eventually, send_signal},
    picture::Picture,
    ssd1306::Ssd1306,
};

/// Longer than anything here takes on a machine that is not broken.
const SOON: Duration = Duration::from_secs(10);
/// Within this time the buzzer of a dead or stopped daemon is silent.
const SILENCE: Duration = Duration::from_secs(1);

/// The real outputs on these nodes, ready to sound.
fn outputs(nodes: &DeviceNodes) -> (Supervised, Line) {
    let program = nodes.start(&mut Command::new(env!("CARGO_BIN_EXE_rig-outputs")));
    let buzzer = nodes.gpio().line(18);
    program.log().expect("the buzzer works", 1, SOON);
    (program, buzzer)
}

/// Fails unless the line rests low from now on: no pulse follows, however late.
fn assert_stays_silent(line: &Line) {
    let before = line.history().len();
    thread::sleep(Duration::from_millis(1200));
    assert_eq!((line.level(), line.history().len()), (Level::Low, before));
}

#[test]
fn a_burst_sounds_on_the_line_in_its_pattern() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    program.say("burst 1 medium");
    let changes = buzzer.expect_changes(changes_of(Priority::Medium), SOON);
    assert_burst(&changes, Priority::Medium);
    program.say("burst 1 medium");
    assert_stays_silent(&buzzer);
}

#[test]
fn silence_stops_a_burst_in_the_middle() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    program.say("burst 1 high");
    buzzer.expect_changes(3, SOON);
    program.say("silence");
    buzzer.expect(Level::Low, SILENCE);
    let pulses = buzzer.history().len() / 2;
    assert!(pulses < chime::burst(Priority::High).len(), "{pulses} pulses");
    assert_stays_silent(&buzzer);
}

#[test]
fn sigkill_at_any_moment_of_a_burst_is_followed_by_silence() {
    for moment in 0..20 {
        let nodes = DeviceNodes::new();
        let (mut program, buzzer) = outputs(&nodes);
        program.say("burst 1 high");
        buzzer.expect(Level::High, SOON);
        // Twenty moments over two pulses: in the sound, in the silence, and at their edges.
        thread::sleep(Duration::from_millis(moment * 23));
        let killed = Instant::now();
        program.kill();
        program.wait(SOON);
        buzzer.expect(Level::Low, SILENCE.saturating_sub(killed.elapsed()));
        // The guard ends by itself: dropping the program waits for that and fails otherwise.
        drop(program);
        assert_eq!(buzzer.level(), Level::Low, "killed {} ms into the burst", moment * 23);
    }
}

#[test]
fn a_panic_and_an_abort_are_followed_by_silence() {
    for end in ["panic", "abort"] {
        let nodes = DeviceNodes::new();
        let (mut program, buzzer) = outputs(&nodes);
        program.say("burst 1 high");
        buzzer.expect(Level::High, SOON);
        let asked = Instant::now();
        program.say(end);
        program.wait(SOON);
        buzzer.expect(Level::Low, SILENCE.saturating_sub(asked.elapsed()));
    }
}

#[test]
fn a_stopped_daemon_leaves_the_line_low_when_the_lease_ends() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    program.say("burst 1 high");
    buzzer.expect(Level::High, SOON);
    program.signal(Signal::STOP);
    buzzer.expect(Level::Low, SILENCE);
    assert_stays_silent(&buzzer);
    program.signal(Signal::CONT);
}

#[test]
fn the_end_of_the_daemon_ends_the_sound_and_the_guard() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    program.say("burst 1 high");
    buzzer.expect(Level::High, SOON);
    program.close_stdin();
    assert!(program.wait(SOON).success());
    assert_eq!(buzzer.level(), Level::Low);
    assert_eq!(buzzer.holder(), None);
}

#[test]
fn signals_that_stop_a_service_do_not_end_the_guard_before_the_daemon() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    let guard = buzzer.holder().expect("the guard holds the line");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        send_signal(guard, signal);
    }
    program.say("burst 1 low");
    buzzer.expect_changes(4, SOON);
    assert_eq!(buzzer.holder(), Some(guard));
}

#[test]
fn a_killed_guard_is_replaced_and_the_line_falls() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    let first = buzzer.holder().expect("the guard holds the line");
    program.say("burst 1 high");
    buzzer.expect(Level::High, SOON);
    send_signal(first, Signal::KILL);
    buzzer.expect_holder(Some(first), SILENCE);
    program.say("silence");
    buzzer.expect(Level::Low, SILENCE);
    program.log().expect("guard ended", 1, SOON);
    program.log().expect("the buzzer works", 2, SOON);
    let before = buzzer.history().len();
    program.say("burst 2 low");
    buzzer.expect_changes(before + 4, SOON);
}

#[test]
fn a_busy_line_is_reported_once_and_taken_when_it_is_free() {
    let nodes = DeviceNodes::new();
    nodes.gpio().line(18).seize("blinker");
    let program = nodes.start(&mut Command::new(env!("CARGO_BIN_EXE_rig-outputs")));
    let refusal = program.log().expect("in use by \"blinker\"", 1, SOON);
    assert!(refusal.contains("GPIO line 18 of /dev/gpiochip0"), "{refusal}");
    // Several attempts fall into this time; the report does not repeat.
    thread::sleep(Duration::from_secs(1));
    assert_eq!(program.log().count("blinker"), 1);
    nodes.gpio().line(18).release();
    program.log().expect("the buzzer works", 1, SOON);
}

#[test]
fn a_missing_chip_is_reported_once_for_each_output_and_used_when_it_appears() {
    let nodes = DeviceNodes::new();
    nodes.gpio().remove_node();
    let program = nodes.start(&mut Command::new(env!("CARGO_BIN_EXE_rig-outputs")));
    program.log().expect("the GPIO chip /dev/gpiochip0 cannot be opened", 2, SOON);
    thread::sleep(Duration::from_secs(1));
    assert_eq!(program.log().count("cannot be opened"), 2, "one for the buzzer, one for the button");
    nodes.gpio().restore_node();
    program.log().expect("the buzzer works", 1, SOON);
    program.log().expect("the button works", 1, SOON);
}

#[test]
fn presses_and_holds_arrive_and_bounces_do_not() {
    let nodes = DeviceNodes::new();
    nodes.gpio().line(23).set_input(Level::High);
    let (program, _) = outputs(&nodes);
    program.log().expect("the button works", 1, SOON);
    let button = nodes.gpio().line(23);
    assert!(button.is_pulled_up());
    let bounce = || {
        button.press(Duration::from_millis(3));
        thread::sleep(Duration::from_millis(3));
    };
    bounce();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(program.stdout().all(), [""; 0]);
    (0..4).for_each(|_| bounce());
    button.press(Duration::from_millis(120));
    program.stdout().expect("press", 1, SOON);
    thread::sleep(Duration::from_millis(100));
    button.press(Duration::from_millis(2300));
    program.stdout().expect("hold", 1, SOON);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(program.stdout().all(), ["press", "hold"]);
}

#[test]
fn the_button_needs_no_pull_up_of_the_kernel() {
    let nodes = DeviceNodes::new();
    nodes.gpio().without_bias();
    nodes.gpio().line(23).set_input(Level::High);
    let (program, _) = outputs(&nodes);
    program.log().expect("the button works", 1, SOON);
    nodes.gpio().line(23).press(Duration::from_millis(120));
    program.stdout().expect("press", 1, SOON);
}

/// The product's `silence`, for a board with a buzzer on the usual line.
fn silence(nodes: &DeviceNodes) -> Supervised {
    let mut config = tempfile::NamedTempFile::new().expect("a file for the configuration");
    config.write_all(b"[buzzer]\ndriver = \"gpio\"\n").expect("the file is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rig-outputs"));
    let mut silence = nodes.start(command.args(["silence", "--config"]).arg(config.path()));
    // The file must last for as long as it may be read.
    silence.wait(SOON);
    silence
}

#[test]
fn silence_lowers_a_line_that_was_left_high() {
    let nodes = DeviceNodes::new();
    let (mut program, buzzer) = outputs(&nodes);
    program.say("burst 1 high");
    program.kill_in_a_pulse(&buzzer);
    assert_eq!(buzzer.level(), Level::High, "as the Raspberry Pi leaves it");
    let mut silence = silence(&nodes);
    assert!(silence.wait(SOON).success(), "{:?}", silence.log().all());
    assert_eq!(buzzer.level(), Level::Low);
}

#[test]
fn silence_is_content_where_there_is_no_chip() {
    let nodes = DeviceNodes::new();
    nodes.gpio().remove_node();
    let mut silence = silence(&nodes);
    assert!(silence.wait(SOON).success());
    assert_eq!(silence.log().all(), [""; 0]);
}

#[test]
fn bytes_reach_the_display_and_faults_reach_the_program() {
    let nodes = DeviceNodes::new();
    let display = nodes.i2c().attach(0x3c, Ssd1306::new(64));
    let (mut program, _) = outputs(&nodes);
    let mut sent = 0;
    let mut expect = |program: &mut Supervised, line: &str, answer: &str| {
        program.say(line);
        sent += 1;
        let said = program.stdout().expect("", sent, SOON);
        assert!(said.contains(answer), "{line}: {said}");
    };
    // Charge pump on, display on, all pixels lit.
    expect(&mut program, "i2c 008d14afa5", "sent");
    assert!(display.lock().expect("the model did not panic").pixel(127, 63));
    // A plain write reaches it as well: all pixels as in its RAM, cleared by the first frame.
    expect(&mut program, "plain 00ae", "sent");
    assert!(!display.lock().expect("the model did not panic").pixel(127, 63));
    nodes.i2c().fail_at(2, Errno::ENXIO);
    expect(&mut program, "i2c 00af", "ENXIO");
    nodes.i2c().unplug(0x3c);
    expect(&mut program, "i2c 00af", "EREMOTEIO");
    expect(&mut program, "plain 00af", "121");
    nodes.i2c().replug(0x3c);
    expect(&mut program, "i2c 00af", "sent");
    nodes.i2c().remove_node();
    expect(&mut program, "i2c 00af", "No such file or directory");
    nodes.i2c().restore_node();
    expect(&mut program, "i2c 00ae", "sent");
    let outcomes: Vec<bool> = nodes.i2c().transactions().iter().map(|one| one.outcome.is_ok()).collect();
    assert_eq!(outcomes, [true, true, false, false, false, true, true]);
}

/// Waits until exactly these columns are lit on the display, as `show` lights them.
fn expect_columns(display: &Mutex<Ssd1306>, columns: usize) {
    let expected = Picture::new(128, 64, |x, y| x < columns && y < 8);
    let what = format!("{columns} columns lit");
    eventually(&what, SOON, || display.lock().is_ok_and(|display| display.picture() == expected));
}

#[test]
fn the_display_shows_the_newest_picture_after_unplugging_and_faults_on_the_bus() {
    let nodes = DeviceNodes::new();
    let display = nodes.i2c().attach(0x3c, Ssd1306::new(64));
    let (mut program, _) = outputs(&nodes);
    program.say("show 5");
    expect_columns(&display, 5);
    nodes.i2c().unplug(0x3c);
    program.say("show 9");
    program.log().expect("does not answer", 1, SOON);
    nodes.i2c().replug(0x3c);
    expect_columns(&display, 9);
    let next = nodes.i2c().transactions().len();
    nodes.i2c().fail_at(next, Errno::ETIMEDOUT);
    program.say("show 30");
    expect_columns(&display, 30);
    program.close_stdin();
    assert!(program.wait(SOON).success());
    expect_columns(&display, 0);
}

#[test]
fn an_adapter_that_appears_late_is_used() {
    let nodes = DeviceNodes::new();
    let display = nodes.i2c().attach(0x3c, Ssd1306::new(64));
    nodes.i2c().remove_node();
    let (mut program, _) = outputs(&nodes);
    program.say("show 5");
    program.log().expect("/dev/i2c-1 cannot be opened", 1, SOON);
    nodes.i2c().restore_node();
    expect_columns(&display, 5);
}

#[test]
fn the_second_gpio_interface_works_as_well() {
    let nodes = DeviceNodes::new();
    let (mut program, _) = outputs(&nodes);
    program.say("mirror");
    program.stdout().expect("mirroring", 1, SOON);
    nodes.gpio().line(25).set_input(Level::High);
    program.stdout().expect("sent", 1, SOON);
    assert_eq!(nodes.gpio().line(24).level(), Level::High);
}

#[test]
#[should_panic(expected = "ioctl 0xc048b40b on a GPIO chip")]
fn a_call_that_the_models_do_not_know_fails_the_test() {
    let nodes = DeviceNodes::new();
    let (mut program, _) = outputs(&nodes);
    program.say("strange");
    program.stdout().expect("Inappropriate ioctl", 1, SOON);
}
