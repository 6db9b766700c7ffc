//! Promises of passive sounders, tunes and lamps, kept by the whole daemon on modelled devices.
//!
//! Owns what is heard by pitch and seen by lamp, and how both end. The unmodified binary runs
//! with its own broker; system calls, signals and time are real.

use std::{
    thread,
    time::{Duration, Instant},
};

use bellboard::io::outputs::guard::{HALF_FLASH_MS, LAMP_LEASE_MS};
use bellboard_panel::{chime, snapshot::Priority};
use rig::{
    appliance::Appliance,
    burst::{assert_burst, changes_of},
    device_nodes::{Level, Line, Signal, send_signal},
};

/// Longer than anything without a waiting time of its own takes.
const SOON: Duration = Duration::from_secs(20);
/// Within this time the sounder of a dead or stopped daemon is silent, and its lamps are dark if it is dead.
const SILENCE: Duration = Duration::from_secs(1);
/// Within this time the lamps of a daemon that hangs are dark.
const LAMP_LEASE: Duration = Duration::from_millis(LAMP_LEASE_MS as u64 + 500);
/// Within this time a guard that shows no life is replaced: 3 s to be asked, 1 s to answer, and
/// a second for a loaded machine.
const RELIEF: Duration = Duration::from_secs(5);
const DRIVERS: [&str; 2] = ["gpio", "pwm"];
/// Seconds of waiting that break the promise of the rig's configuration.
const BREACHED_S: i64 = 1_200;

/// Lamps of every kind: a steady one, a flashing one and one that shines on low.
const LAMPS: &str = r#"
    [[lamp]]
    line = 24
    on = "live"
    [[lamp]]
    line = 25
    on = "unacked"
    flash = true
    [[lamp]]
    line = 26
    on = "breached"
    active_low = true
"#;

fn lamp(board: &Appliance, line: u32) -> Line {
    board.nodes.gpio().line(line)
}

#[test]
fn a_passive_sounder_plays_a_burst_in_its_pattern_and_at_its_pitch() {
    let board = Appliance::sounding_by("pwm", 64, "");
    let mut daemon = board.live();
    let mut heard = Vec::new();
    for priority in [Priority::Low, Priority::Medium, Priority::High] {
        let before = heard.len() * 2;
        board.sound(priority);
        let changes = board.sounder().expect_changes(before + changes_of(priority), SOON);
        assert_burst(&changes[before..], priority);
        heard.extend(chime::burst(priority).iter().map(|_| u64::from(chime::pitch_hz(priority))));
    }
    assert_eq!(board.nodes.pwm().pitches(), heard);
    daemon.signal(Signal::TERM);
    assert!(daemon.wait(SOON).success());
    assert_eq!(board.sounder().level(), Level::Low);
    assert!(!board.nodes.pwm().is_exported(), "the channel is given back");
}

#[test]
fn a_tune_of_the_configuration_is_played_and_its_long_notes_are_not_cut() {
    // Notes of 1 s, 0.25 s and 0.25 s, each silent for its last eighth, or 60 ms.
    let tune = "[alarm.sound]\nhigh = \"ding:d=8,o=5,b=120:2a,c,g\"";
    for driver in DRIVERS {
        let board = Appliance::sounding_by(driver, 64, tune);
        let _daemon = board.live();
        board.sound(Priority::High);
        let changes = board.sounder().expect_changes(6, SOON);
        let lengths: Vec<_> = changes.windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect();
        for (length, planned) in lengths.iter().zip([940, 60, 219, 31, 219]) {
            assert!(length.abs_diff(planned) < 100, "{lengths:?}");
        }
        thread::sleep(SILENCE);
        assert_eq!((board.sounder().level(), board.sounder().history().len()), (Level::Low, 6));
        if driver == "pwm" {
            assert_eq!(board.nodes.pwm().pitches(), [880, 523, 784]);
        }
    }
}

#[test]
fn lamps_shine_and_flash_while_their_conditions_hold() {
    let board = Appliance::new(64, LAMPS);
    let daemon = board.live();
    daemon.log().expect("the lamps work", 1, SOON);
    let [live, unacked, breached] = [24, 25, 26].map(|line| lamp(&board, line));
    live.expect(Level::High, SOON);
    assert_eq!((unacked.level(), breached.level()), (Level::Low, Level::High), "high is dark for the last");
    board.desk.conversation("fb-1", "facebook", BREACHED_S);
    breached.expect(Level::Low, SOON);
    let flashes = unacked.expect_changes(5, SOON);
    for pair in flashes.windows(2).skip(1) {
        let half = (pair[1].at - pair[0].at).as_millis() as u64;
        assert!(half.abs_diff(HALF_FLASH_MS) < 100, "{half} ms");
    }
    board.button().press(Duration::from_millis(60));
    board.desk.expect_alarm("fb-1/first_reply", "acked", SOON);
    unacked.expect(Level::Low, SILENCE);
    assert_eq!(breached.level(), Level::Low, "acknowledged, and still broken");
    // Numbers that are not live light nothing.
    board.desk.publish("support/availability", "offline", true);
    live.expect(Level::Low, SOON);
    breached.expect(Level::High, SOON);
    thread::sleep(SILENCE);
    assert_eq!(live.history().len(), 2, "renewals are not seen");
}

#[test]
fn a_stopped_daemon_is_silent_within_a_second_and_dark_within_a_lease() {
    thread::scope(|scope| {
        for driver in DRIVERS {
            scope.spawn(move || {
                let board = Appliance::sounding_by(driver, 64, LAMPS);
                let daemon = board.live();
                let live = lamp(&board, 24);
                live.expect(Level::High, SOON);
                board.sound(Priority::High);
                let stopped = Instant::now();
                daemon.signal(Signal::STOP);
                board.sounder().expect(Level::Low, SILENCE);
                let before = board.sounder().history().len();
                live.expect(Level::Low, LAMP_LEASE.saturating_sub(stopped.elapsed()));
                assert_eq!(board.sounder().history().len(), before, "{driver}: it stays silent");
                // Awake again, it goes on with the same guards.
                daemon.signal(Signal::CONT);
                live.expect(Level::High, SOON);
                thread::sleep(SILENCE);
                assert_eq!(daemon.log().count("WARN"), 0, "{:#?}", daemon.log().all());
            });
        }
    });
}

#[test]
fn a_killed_guard_of_a_passive_sounder_or_of_lamps_is_replaced() {
    let board = Appliance::sounding_by("pwm", 64, LAMPS);
    let daemon = board.live();
    let (sounder, live) = (board.sounder(), lamp(&board, 24));
    live.expect(Level::High, SOON);
    board.sound(Priority::Low);
    send_signal(sounder.holder().expect("the guard plays"), Signal::KILL);
    sounder.expect(Level::Low, SILENCE);
    daemon.log().expect("the buzzer works", 2, SOON);
    board.sound(Priority::Medium);
    let first = live.holder().expect("the guard holds the lamps");
    send_signal(first, Signal::KILL);
    live.expect_holder(Some(first), SILENCE);
    live.expect(Level::High, SOON);
}

#[test]
fn a_stopped_guard_is_noticed_and_replaced() {
    thread::scope(|scope| {
        for driver in DRIVERS {
            scope.spawn(move || {
                let board = Appliance::sounding_by(driver, 64, LAMPS);
                let daemon = board.live();
                let (sounder, live) = (board.sounder(), lamp(&board, 24));
                live.expect(Level::High, SOON);
                board.sound(Priority::Low);
                let stopped = Instant::now();
                for guard in [sounder.holder(), live.holder()] {
                    send_signal(guard.expect("a guard"), Signal::STOP);
                }
                daemon.log().expect("the buzzer's guard does not answer", 1, RELIEF);
                sounder.expect(Level::Low, RELIEF.saturating_sub(stopped.elapsed()));
                println!("{driver}: a stopped guard was replaced after {:?}", stopped.elapsed());
                daemon.log().expect("the buzzer works", 2, SOON);
                daemon.log().expect("the lamps work", 2, SOON);
                live.expect(Level::High, SOON);
                board.sound(Priority::Medium);
            });
        }
    });
}

#[test]
fn a_daemon_killed_with_its_guards_is_silenced_and_darkened() {
    let board = Appliance::sounding_by("pwm", 64, LAMPS);
    let mut daemon = board.live();
    let (sounder, live, breached) = (board.sounder(), lamp(&board, 24), lamp(&board, 26));
    live.expect(Level::High, SOON);
    board.desk.conversation("fb-1", "facebook", BREACHED_S);
    breached.expect(Level::Low, SOON);
    let lamps = live.holder().expect("the guard holds the lamps");
    board.sound(Priority::High);
    // Stopped first, so that it cannot see the daemon die.
    send_signal(lamps, Signal::STOP);
    daemon.kill_in_a_pulse(sounder.as_ref());
    send_signal(lamps, Signal::KILL);
    drop(daemon);
    assert_eq!([sounder.level(), live.level(), breached.level()], [Level::High, Level::High, Level::Low]);
    let mut silence = board.silence();
    assert!(silence.wait(SOON).success(), "{:#?}", silence.log().all());
    assert_eq!([sounder.level(), live.level(), breached.level()], [Level::Low, Level::Low, Level::High]);
    // The next daemon finds everything free.
    let _daemon = board.live();
    board.sound(Priority::Low);
}

#[test]
fn silence_reaches_a_passive_sounder_and_lamps_of_a_broken_configuration() {
    let board = Appliance::sounding_by("pwm", 64, LAMPS);
    let mut daemon = board.live();
    lamp(&board, 24).expect(Level::High, SOON);
    let lamps = lamp(&board, 24).holder().expect("the guard holds the lamps");
    board.sound(Priority::High);
    send_signal(lamps, Signal::STOP);
    daemon.kill_in_a_pulse(board.sounder().as_ref());
    send_signal(lamps, Signal::KILL);
    drop(daemon);
    let buzzer = "[buzzer]\ndriver = \"pvm\"\nchip = \"/sys/class/pwm/pwmchip0\"\nline = 0\n";
    board.configure(&format!("{buzzer}{LAMPS}"));
    let mut silence = board.silence();
    assert_eq!(silence.wait(SOON).code(), Some(78));
    assert_eq!([board.sounder().level(), lamp(&board, 24).level()], [Level::Low; 2]);
}

#[test]
fn a_missing_pwm_chip_and_a_busy_lamp_are_said_once_and_used_when_they_are_there() {
    let board = Appliance::sounding_by("pwm", 64, LAMPS);
    board.nodes.pwm().remove();
    lamp(&board, 25).seize("blinker");
    let daemon = board.start();
    daemon.log().expect("the PWM chip /sys/class/pwm/pwmchip0 cannot be used", 1, SOON);
    daemon.log().expect("GPIO line 25 of /dev/gpiochip0 is in use by \"blinker\"", 1, SOON);
    thread::sleep(SILENCE);
    assert_eq!(daemon.log().count("cannot be used") + daemon.log().count("blinker"), 2);
    let mut silence = board.silence();
    assert_eq!(silence.wait(SOON).code(), Some(74), "a lamp that somebody else holds is told");
    board.nodes.pwm().restore();
    lamp(&board, 25).release();
    daemon.log().expect("the buzzer works", 1, SOON);
    daemon.log().expect("the lamps work", 1, SOON);
}
