//! Promises of the whole daemon on modelled device nodes: what people see, hear and press.
//!
//! Owns the way from `mosquitto_pub` to the glass and the buzzer's line, and the ways a daemon
//! can end. The unmodified binary runs with its own broker; system calls, signals and time are
//! real. Bounds are promises to people, or generous for a loaded machine.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use bellboard_panel::{
    chime,
    screens::Page,
    snapshot::{Priority, Trust},
};
use rig::{
    appliance::{Appliance, OLED},
    burst::{assert_burst, changes_of},
    device_nodes::{Errno, Level, Signal, Supervised, eventually, send_signal},
    door::Door,
    picture::Picture,
    visitor::ask,
};

/// Longer than anything without a waiting time of its own takes.
const SOON: Duration = Duration::from_secs(20);
/// Within this time the buzzer of a dead or stopped daemon is silent.
const SILENCE: Duration = Duration::from_secs(1);
/// How early, by what came before it, a thing may come that happens at a given time.
const MAX_EARLY: Duration = Duration::from_millis(200);
/// How late a thing may come that happens at a given time, on a loaded machine.
const MAX_LATE: Duration = Duration::from_secs(2);
/// A display that failed often is tried every 4 s, and may meet another fault each time.
const RECOVERY: Duration = Duration::from_secs(60);
/// An alarm sounds when it has lasted for this long.
const ON_DELAY: Duration = Duration::from_secs(10);
/// Seconds of waiting that break the promise of the rig's configuration, and that keep it.
const BREACHED_S: i64 = 1_200;
const FINE_S: i64 = 300;

/// A source of chances that can be repeated: `$BELLBOARD_SEED`, else another one each time.
fn chances() -> fastrand::Rng {
    let given = env::var("BELLBOARD_SEED").ok().map(|seed| seed.parse().expect("a seed is a number"));
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("BELLBOARD_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// A board that is live and shows it.
fn live(board: &Appliance) -> Supervised {
    board.live()
}

/// Lets the buzzer sound at once.
fn sound(board: &Appliance, priority: Priority) {
    board.sound(priority);
}

/// Fails unless the line rests low from now on: no pulse follows, however late.
fn assert_stays_silent(board: &Appliance) {
    let before = board.buzzer().history().len();
    thread::sleep(Duration::from_millis(1_200));
    assert_eq!((board.buzzer().level(), board.buzzer().history().len()), (Level::Low, before));
}

fn a_conversation_is_shown(height: usize) {
    let board = Appliance::new(height, "");
    let daemon = live(&board);
    let empty = board.expect_page(Page::Empty, SOON);
    board.desk.conversation("fb-1842", "facebook", FINE_S);
    let published = board.desk.expect_board("the conversation", SOON, |board| board.waiting == 1);
    assert_eq!(published.oldest.expect("somebody waits").id, "fb-1842");
    let one = board.expect_page(Page::Now, SOON);
    board.desk.conversation("x-77", "x", FINE_S / 2);
    board.desk.expect_board("both conversations", SOON, |board| board.waiting == 2);
    let two = board.expect_page(Page::Now, SOON);
    assert!(empty != one && one != two);
    for id in ["fb-1842", "x-77"] {
        board.desk.publish(&format!("support/conversations/{id}"), "", true);
    }
    board.expect_page(Page::Empty, SOON);
    assert_eq!(daemon.log().count("WARN"), 0, "{:#?}", daemon.log().all());
}

#[test]
fn a_conversation_from_mosquitto_pub_is_on_an_oled_of_64_rows() {
    a_conversation_is_shown(64);
}

#[test]
fn a_conversation_from_mosquitto_pub_is_on_an_oled_of_32_rows() {
    a_conversation_is_shown(32);
}

#[test]
fn a_page_and_a_brightness_are_chosen_by_command_and_a_press_turns_the_page() {
    let board = Appliance::new(64, "");
    let mut daemon = live(&board);
    board.desk.conversation("fb-1842", "facebook", FINE_S);
    board.expect_page(Page::Now, SOON);
    board.desk.command("brightness", r#"{"percent":20}"#, SOON);
    eventually("a dimmed display", SOON, || board.contrast() == 51);
    board.desk.command("page", r#"{"page":"channels"}"#, SOON);
    board.expect_page(Page::Channels, SOON);
    board.button().press(Duration::from_millis(60));
    board.expect_page(Page::Now, SOON);
    // The board is started anew, and so is its display.
    daemon.signal(Signal::TERM);
    assert!(daemon.wait(SOON).success());
    let _daemon = live(&board);
    board.expect_page(Page::Now, SOON);
    assert_eq!(board.contrast(), 51);
    board.desk.command("brightness", "{}", SOON);
    eventually("a bright display", SOON, || board.contrast() == 255);
}

#[test]
fn a_displays_picture_on_the_web_is_what_its_glass_shows() {
    let page = Door::own(18_089);
    let address = format!("{}:{}", page.host, page.port).parse().expect("an address");
    let board = Appliance::new(64, &format!("[http]\nlisten = \"{address}\""));
    let daemon = live(&board);
    let on_the_web = || Picture::of_png(&ask(address, "GET /display/oled.png", &[], "").body);
    let same = || {
        let (before, web, after) = (board.picture(), on_the_web(), board.picture());
        before == after && web == after
    };
    let empty = board.expect_page(Page::Empty, SOON);
    eventually("the empty queue", SOON, same);
    board.desk.conversation("fb-1842", "facebook", FINE_S);
    board.expect_page(Page::Now, SOON);
    eventually("the numbers", SOON, same);
    assert_ne!(on_the_web(), empty);
    board.nodes.i2c().unplug(OLED);
    daemon.log().expect("does not answer", 1, SOON);
    eventually("nothing, as nobody knows", SOON, || on_the_web().lit_pixels() == 0);
    board.nodes.i2c().replug(OLED);
    eventually("the numbers again", SOON, || same() && on_the_web().lit_pixels() > 0);
}

#[test]
fn an_empty_queue_does_not_look_like_a_source_that_fell_silent() {
    let board = Appliance::new(64, "[[source]]\nstale_after = \"5s\"");
    let _daemon = live(&board);
    board.desk.heartbeat(1, 0);
    let empty = board.expect_page(Page::Empty, SOON);
    // Nothing more comes from the source.
    board.desk.expect_board("silence noticed", SOON, |board| board.trust == Trust::Stale);
    let stale = board.expect_page(Page::Trust, SOON);
    assert_ne!(empty, stale);
    board.desk.heartbeat(2, 0);
    board.expect_page(Page::Empty, SOON);
    board.desk.publish("support/availability", "offline", true);
    board.desk.expect_board("the farewell", SOON, |board| board.trust == Trust::Offline);
    let offline = board.expect_page(Page::Trust, SOON);
    assert!(offline != empty && offline != stale);
}

#[test]
fn a_breach_sounds_until_the_button_acknowledges_it() {
    let board = Appliance::new(64, "");
    let daemon = live(&board);
    daemon.log().expect("the button works", 1, SOON);
    let published = Instant::now();
    board.desk.conversation("fb-1", "facebook", BREACHED_S);
    let one_burst = changes_of(Priority::Medium);
    let first = board.buzzer().expect_changes(one_burst, ON_DELAY + SOON);
    let delay = first[0].at - published;
    assert!(delay >= ON_DELAY && delay < ON_DELAY + MAX_LATE, "{delay:?}");
    assert_burst(&first, Priority::Medium);
    assert_eq!(
        board.desk.expect_alarm("fb-1/first_reply", "unacked", SOON)["acked_by"],
        serde_json::Value::Null
    );
    let alarm = board.expect_page(Page::Alarm, SOON);

    let second = board.buzzer().expect_changes(one_burst + 1, SOON);
    let repeated = second[one_burst].at - first[0].at;
    let planned = Duration::from_millis(chime::repeat_ms(Priority::Medium));
    assert!(repeated + MAX_EARLY >= planned && repeated < planned + MAX_LATE, "{repeated:?}");

    // A press during the burst cuts it short.
    board.button().press(Duration::from_millis(60));
    board.buzzer().expect(Level::Low, SILENCE);
    let line = board.desk.expect_alarm("fb-1/first_reply", "acked", SOON);
    assert_eq!(line["acked_by"], "button");
    assert_ne!(board.expect_page(Page::Now, SOON), alarm);
    assert!(board.buzzer().history().len() <= 2 * one_burst);
    assert_stays_silent(&board);
}

#[test]
fn a_test_over_mqtt_is_heard_and_seen() {
    let board = Appliance::new(64, "");
    let _daemon = live(&board);
    let before = board.expect_page(Page::Empty, SOON);
    sound(&board, Priority::High);
    assert_ne!(board.expect_page(Page::Test, SOON), before);
    let count = changes_of(Priority::High);
    assert_burst(&board.buzzer().expect_changes(count, SOON), Priority::High);
    // It ends by itself, after one burst.
    board.expect_page(Page::Empty, SOON);
    assert_eq!((board.buzzer().level(), board.buzzer().history().len()), (Level::Low, count));
}

#[test]
fn after_faults_on_the_bus_and_a_pulled_plug_the_picture_is_right() {
    let mut chances = chances();
    let board = Appliance::new(64, "");
    let daemon = live(&board);
    board.expect_page(Page::Empty, SOON);
    for waiting in 1..=3 {
        let next = board.nodes.i2c().transactions().len();
        for _ in 0..2 {
            let errno = [Errno::EREMOTEIO, Errno::ENXIO, Errno::ETIMEDOUT][chances.usize(..3)];
            board.nodes.i2c().fail_at(next + chances.usize(..12), errno);
        }
        board.desk.conversation(&format!("x-{waiting}"), "x", FINE_S);
        board.desk.expect_board("one more", SOON, |board| board.waiting == waiting);
        board.expect_page(Page::Now, RECOVERY);
    }
    let failed = board.nodes.i2c().transactions().iter().filter(|one| one.outcome.is_err()).count();
    assert!(failed > 0, "no fault was met");
    // Trouble is reported once while it lasts, and the picture may be right before it is over.
    eventually("a display without trouble", SOON, || {
        let lines = daemon.log().all();
        lines
            .iter()
            .rfind(|line| line.contains("the display"))
            .is_some_and(|line| line.contains("works again"))
    });
    let reports = daemon.log().count("does not answer");
    board.nodes.i2c().unplug(OLED);
    daemon.log().expect("does not answer", reports + 1, SOON);
    board.desk.conversation("x-4", "x", FINE_S);
    board.desk.expect_board("the last one", SOON, |board| board.waiting == 4);
    board.nodes.i2c().replug(OLED);
    board.expect_page(Page::Now, RECOVERY);
}

#[test]
fn a_missing_bus_is_reported_once_and_holds_nothing_up() {
    let board = Appliance::new(64, "");
    board.nodes.i2c().remove_node();
    let daemon = live(&board);
    daemon.log().expect("the I2C adapter /dev/i2c-1 cannot be opened", 1, SOON);
    daemon.log().expect("the button works", 1, SOON);
    board.desk.conversation("x-1", "x", FINE_S);
    board.desk.expect_board("the conversation", SOON, |board| board.waiting == 1);
    sound(&board, Priority::Medium);
    // Several attempts fall into the time of a burst.
    board.buzzer().expect_changes(changes_of(Priority::Medium), SOON);
    assert_eq!(daemon.log().count("cannot be opened"), 1);
    board.nodes.i2c().restore_node();
    board.expect_page(Page::Now, SOON);
    daemon.log().expect("the display works again", 1, SOON);
}

#[test]
fn a_clean_stop_in_the_middle_of_a_burst_leaves_darkness_and_silence() {
    for signal in [Signal::TERM, Signal::INT] {
        let board = Appliance::new(64, "");
        let mut daemon = live(&board);
        board.desk.conversation("x-1", "x", FINE_S);
        sound(&board, Priority::High);
        daemon.signal(signal);
        board.buzzer().expect(Level::Low, SILENCE);
        assert!(daemon.wait(SOON).success(), "{:#?}", daemon.log().all());
        assert!(board.is_dark());
        assert_eq!((board.buzzer().level(), board.buzzer().holder()), (Level::Low, None));
        let said = || board.desk.texts("bellboard/board/availability");
        eventually("a farewell", SOON, || said().last().is_some_and(|last| last == "offline"));
        assert_eq!(daemon.log().count("WARN"), 0, "{:#?}", daemon.log().all());
    }
}

/// Kills a daemon so many milliseconds into a burst; gives how long the sounder, and the lamp,
/// were on after that.
fn kill_in_a_burst(driver: &str, moment: u64) -> [Duration; 2] {
    let board = Appliance::sounding_by(driver, 64, "[[lamp]]\nline = 24\non = \"live\"");
    let mut daemon = live(&board);
    let (sounder, lamp) = (board.sounder(), board.nodes.gpio().line(24));
    lamp.expect(Level::High, SOON);
    sound(&board, Priority::High);
    thread::sleep(Duration::from_millis(moment));
    let killed = Instant::now();
    daemon.kill();
    daemon.wait(SOON);
    let silent = sounder.expect(Level::Low, SILENCE.saturating_sub(killed.elapsed()));
    let dark = lamp.expect(Level::Low, SILENCE.saturating_sub(killed.elapsed()));
    // The guards end by themselves: dropping the daemon waits for that and fails otherwise.
    drop(daemon);
    let (level, pulses) = (sounder.level(), sounder.history().len());
    assert_eq!(level, Level::Low, "killed {moment} ms into the burst, after {pulses} changes");
    assert_eq!(lamp.level(), Level::Low);
    [silent, dark].map(|at| at.saturating_duration_since(killed))
}

/// Kills fifty daemons, a few at a time, and tells the longest time that one was heard or seen.
fn kill_fifty(driver: &str) {
    let mut chances = chances();
    let pulses = chime::burst(Priority::High).iter();
    let whole = pulses.map(|pulse| u64::from(pulse.on_ms + pulse.off_ms)).sum::<u64>();
    let moments: Vec<u64> = (0..50).map(|_| chances.u64(..whole)).collect();
    let kill = |moment: &u64| kill_in_a_burst(driver, *moment);
    let times: Vec<[Duration; 2]> = thread::scope(|scope| {
        let lanes = moments.chunks(10).map(|lane| scope.spawn(move || lane.iter().map(kill).collect()));
        let lanes: Vec<thread::ScopedJoinHandle<'_, Vec<_>>> = lanes.collect();
        lanes.into_iter().flat_map(|lane| lane.join().expect("silence in time")).collect()
    });
    let worst = |n: usize| times.iter().map(|both| both[n]).max().unwrap_or_default();
    println!(
        "{driver}: of {} kills the worst was silent after {:?}, dark after {:?}",
        times.len(),
        worst(0),
        worst(1)
    );
}

#[test]
fn sigkill_at_random_moments_of_a_burst_is_followed_by_silence() {
    kill_fifty("gpio");
}

#[test]
fn sigkill_at_random_moments_of_a_burst_on_a_passive_sounder_is_followed_by_silence() {
    kill_fifty("pwm");
}

#[test]
fn a_killed_guard_is_replaced_and_the_next_burst_is_heard() {
    let board = Appliance::new(64, "");
    let daemon = live(&board);
    sound(&board, Priority::High);
    let guard = board.buzzer().holder().expect("the guard holds the line");
    send_signal(guard, Signal::KILL);
    board.buzzer().expect_holder(Some(guard), SILENCE);
    daemon.log().expect("the buzzer works", 2, SOON);
    // What is left of the burst passes, or is cut by the next.
    let before = board.buzzer().history().len();
    board.desk.command("test", r#"{"sound":"low"}"#, SOON);
    board.buzzer().expect_changes(before + changes_of(Priority::Low), SOON);
    board.buzzer().expect(Level::Low, SOON);
}

/// A daemon and its guard, both killed at the worst moment: the line is high, the display lit.
fn killed_with_its_guard(board: &Appliance) {
    let mut daemon = live(board);
    board.expect_page(Page::Empty, SOON);
    sound(board, Priority::High);
    daemon.kill_in_a_pulse(&board.buzzer());
    drop(daemon);
    assert_eq!(board.buzzer().level(), Level::High, "as the Raspberry Pi leaves it");
    assert!(!board.is_dark());
}

#[test]
fn silence_ends_what_a_daemon_killed_with_its_guard_left_behind() {
    let board = Appliance::new(64, "");
    killed_with_its_guard(&board);
    let mut silence = board.silence();
    assert!(silence.wait(SOON).success());
    assert_eq!(board.buzzer().level(), Level::Low);
    assert!(board.is_dark());
    assert_eq!(silence.log().all(), [""; 0]);
}

#[test]
fn silence_does_what_can_be_read_of_a_broken_configuration() {
    let buzzer = "[buzzer]\ndriver = \"gpio\"\nline = 18\n";
    let broken = [
        (format!("[mqtt]\nkeepalive = 1\n[[display]]\n{buzzer}"), "unknown key `keepalive`"),
        (format!("[board]\nname = \"Support\n[[display]]\n{buzzer}"), "this is not TOML"),
        ("[[display]]\n[buzzer]\ndriver = \"gipo\"\n".into(), "`driver` in [buzzer]"),
    ];
    for (configuration, problem) in broken {
        let board = Appliance::new(64, "");
        killed_with_its_guard(&board);
        board.configure(&configuration);
        let mut silence = board.silence();
        assert_eq!(silence.wait(SOON).code(), Some(78));
        assert_eq!(board.buzzer().level(), Level::Low, "{configuration}: {:#?}", silence.log().all());
        assert!(board.is_dark(), "{configuration}");
        silence.log().expect(problem, 1, SOON);
    }
}

#[test]
fn silence_is_content_where_nothing_is_plugged_in() {
    let board = Appliance::new(64, "");
    board.nodes.i2c().unplug(OLED);
    board.nodes.gpio().remove_node();
    let mut silence = board.silence();
    assert!(silence.wait(SOON).success());
    board.nodes.i2c().remove_node();
    let mut again = board.silence();
    assert!(again.wait(SOON).success());
    assert_eq!((silence.log().all(), again.log().all()), (vec![], vec![]));
}
