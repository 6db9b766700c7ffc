//! What the configuration accepts, refuses, and says about it.

use std::{os::unix::fs::PermissionsExt, path::Path};

use super::*;
use crate::core::calendar::Calendar;
use bellboard_panel::{Timestamp, chime::Tune, rotation::Stay, screens::Page, snapshot::Priority};
use chrono::{NaiveDate, TimeDelta};
use model::{BuzzerDriver, Display, DisplayDriver, HeartbeatRule, Origin as Reached, ShowNames, Urgency};

fn good(text: &str) -> Config {
    parse(text, "b.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

fn lines(text: &str) -> Vec<String> {
    let problems = parse(text, "b.toml").expect_err("it should be refused");
    problems.0.iter().map(ToString::to_string).collect()
}

/// The one problem of a configuration.
fn line(text: &str) -> String {
    let mut lines = lines(text);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.remove(0)
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(good(""), Config::default());
    assert_eq!(good("[board]\n[mqtt]\n[broker]\n[privacy]\n[buzzer]\n[button]\n"), Config::default());
}

#[test]
fn every_section_is_read() {
    let config = good(
        r#"
        [board]
        id = "floor-1"
        name = "Wsparcie"
        timezone = "Europe/Warsaw"
        show = { queue = ["billing"], channel = ["x", "email"] }
        [mqtt]
        hosts = ["a:1884", "[::1]:1885", "c"]
        port = 1900
        client_id = "wall"
        username = "board"
        password_file = "secret"
        keep_alive = "1m"
        [broker]
        listen = "[::1]:1999"
        [[source]]
        root = "acme/support"
        heartbeat = "required"
        stale_after = "2m"
        [privacy]
        show_names = "initials"
        [[sla]]
        name = "loud"
        match = { channel = ["x"], queue = "billing", priority = ["high", "urgent"], public = true, origin = "found" }
        first_reply = "15m"
        next_reply = "1h30m"
        resolution = "2d"
        follow_up = false
        warn_at = 0.5
        warn_before = "5m"
        calendar = "office"
        [calendar.office]
        open = { mon-fri = ["09:00-17:00"] }
        holidays = ["2026-12-25", 2026-12-26]
        [[display]]
        name = "small"
        driver = "ssd1309"
        size = "128x32"
        bus = "/dev/i2c-3"
        address = 0x3d
        rotate = 180
        brightness = 40
        charge_pump = false
        blank = "!office"
        dim = "office"
        dim_to = 5
        pages = ["now:20s", "queues"]
        page_for = "15s"
        [[display]]
        name = "here"
        driver = "terminal"
        [buzzer]
        driver = "gpio"
        chip = "/dev/gpiochip1"
        line = 7
        [button]
        enabled = true
        line = 8
        "#,
    );
    assert_eq!(config.board.id, "floor-1");
    assert_eq!(config.board.timezone, Some(Tz::Europe__Warsaw));
    assert_eq!(config.board.show_channels, ["x", "email"]);
    let hosts = [("a".into(), 1884), ("::1".into(), 1885), ("c".into(), 1900)];
    assert_eq!(config.mqtt.hosts, hosts);
    assert_eq!(config.mqtt.keep_alive_s, 60);
    assert_eq!(config.mqtt.password_file.as_deref(), Some(Path::new("secret")));
    assert_eq!(config.sources.0[0].heartbeat, HeartbeatRule::Required);
    assert_eq!(config.sources.0[0].stale_after_ms, 120_000);
    assert_eq!(config.privacy.show_names, ShowNames::Initials);
    let policy = &config.policies[0];
    assert_eq!(policy.applies.queue, ["billing"]);
    assert_eq!(policy.applies.priority, [Urgency::High, Urgency::Urgent]);
    assert_eq!(policy.applies.origin, [Reached::Found]);
    assert_eq!(policy.applies.public, Some(true));
    assert_eq!(policy.next_reply_ms, Some(5_400_000));
    assert_eq!(policy.resolution_ms, Some(172_800_000));
    assert_eq!((policy.follow_up, policy.warn_before_ms), (false, 300_000));
    let monday_noon = Timestamp::parse("2026-11-23T12:00:00+01:00").expect("a time");
    let boxing_day = Timestamp::parse("2026-12-25T12:00:00+01:00").expect("a time");
    assert!(policy.calendar.is_open(monday_noon) && !policy.calendar.is_open(boxing_day));
    let small = &config.displays[0];
    assert_eq!((small.driver, small.size, small.address), (DisplayDriver::Ssd1309, (128, 32), 0x3d));
    assert_eq!((small.rotate, small.brightness, small.charge_pump), (180, 40, false));
    let blank = small.blank.as_ref().expect("blank hours");
    assert!(!blank.is_open(monday_noon) && blank.is_open(boxing_day));
    let dim = small.dim.as_ref().expect("hours in which it is dimmed");
    assert!(dim.is_open(monday_noon) && small.dim_to == 5);
    let stays = [Stay { page: Page::Now, for_ms: 20_000 }, Stay { page: Page::Queues, for_ms: 15_000 }];
    assert_eq!(small.pages, stays);
    let here = &config.displays[1];
    assert!(here.driver == DisplayDriver::Terminal && here.grows);
    assert_eq!(here.pages, Display::default().pages);
    assert_eq!((config.buzzer.driver, config.buzzer.line), (BuzzerDriver::Gpio, 7));
    assert_eq!((config.button.enabled, config.button.line), (true, 8));
}

#[test]
fn pages_take_turns_where_there_is_room_for_a_list() {
    let pages = |keys: &str| {
        let display = good(&format!("[[display]]\n{keys}")).displays.remove(0);
        display.pages.iter().map(|stay| (stay.page.word(), stay.for_ms)).collect::<Vec<_>>()
    };
    let four = [("now", 5_000), ("list", 5_000), ("channels", 5_000), ("today", 5_000)];
    assert_eq!(pages("page_for = \"5s\""), four);
    assert_eq!(pages("size = \"128x32\""), [("now", 10_000)]);
    assert_eq!(pages("size = \"128x32\"\npages = [\"list:1m\"]"), [("list", 60_000)]);
    let sized = good("[[display]]\ndriver = \"terminal\"\nsize = \"128x32\"").displays.remove(0);
    assert!(!sized.grows);
}

#[test]
fn screens_and_oleds_of_every_kind_are_read() {
    let config = good(
        r#"
        [[display]]
        name = "tv"
        driver = "framebuffer"
        device = "/dev/fb1"
        tty = ""
        rotate = 270
        [[display]]
        name = "small"
        driver = "sh1106"
        spi = "/dev/spidev0.1"
        dc = 5
        spi_hz = 1_000_000
        column_offset = 0
        "#,
    );
    let [tv, small] = &config.displays[..] else { panic!("two displays") };
    assert_eq!(
        (tv.driver, tv.device.as_path(), tv.rotate),
        (DisplayDriver::Framebuffer, Path::new("/dev/fb1"), 270)
    );
    assert_eq!(tv.tty, None);
    assert_eq!((small.driver, small.column_offset), (DisplayDriver::Sh1106, Some(0)));
    let spi = model::Spi {
        device: "/dev/spidev0.1".into(),
        chip: "/dev/gpiochip0".into(),
        dc: 5,
        reset: None,
        hertz: 1_000_000,
    };
    assert_eq!(small.spi, Some(spi));
}

#[test]
fn lamps_and_tunes_are_read() {
    let config = good(
        r#"
        [[lamp]]
        line = 25
        on = "breached"
        flash = true
        active_low = true
        [[lamp]]
        chip = "/dev/gpiochip1"
        [alarm.sound]
        medium = "ding:d=8,o=5,b=120:a"
        "#,
    );
    let lamp =
        |chip: &str, line, on, flash| model::Lamp { chip: chip.into(), line, on, flash, active_low: flash };
    let breached = lamp("/dev/gpiochip0", 25, model::LampOn::Breached, true);
    assert_eq!(config.lamps, [breached, lamp("/dev/gpiochip1", 24, model::LampOn::Unacked, false)]);
    let sound = &config.alarm.sound;
    assert_eq!(sound.tune(Priority::Medium).length_ms(), 250);
    assert_eq!(sound.tune(Priority::High), Tune::burst(Priority::High));
}

#[test]
fn a_misspelt_key_is_refused_with_the_nearest_known_one() {
    assert_eq!(
        line("[mqtt]\nhost = \"a\"\nkeepalive = \"30s\"\n"),
        "b.toml:3:1: unknown key `keepalive` in [mqtt]; did you mean `keep_alive`?"
    );
    assert_eq!(
        line("[[source]]\nformat = \"bellboard\"\n"),
        "b.toml:2:1: unknown key `format` in [[source]]; known here: root, heartbeat, stale_after"
    );
    assert_eq!(line("[mqqt]\n"), "b.toml:1:2: unknown key `mqqt` at the top level; did you mean `mqtt`?");
    assert_eq!(
        line("[[sla]]\nmatch = { chanel = \"x\" }\n"),
        "b.toml:2:11: unknown key `chanel` in [[sla]] match; did you mean `channel`?"
    );
}

#[test]
fn every_problem_is_found_at_once_and_in_the_order_of_the_file() {
    let found = lines(
        "[button]\nline = \"x\"\n[board]\nid = \"a/b\"\n[mqtt]\nport = 70000\nkeep_alive = 30\n[calendar.c]\nopen = { mon = [\"9\", \"10:00-10:00\"], xyz = [] }\n",
    );
    let expected = [
        "b.toml:2:8: `line` in [button] must be a whole number, not text; write it without quotes",
        "b.toml:4:6: `id` in [board] cannot be \"a/b\"; an id is 1 to 64 of A-Z a-z 0-9 . _ : -",
        "b.toml:6:8: `port` in [mqtt] must be from 1 to 65535, not 70000",
        "b.toml:7:14: `keep_alive` in [mqtt] must be a duration with a unit; write it like \"90s\", \"15m\", \"2h\", \"1h30m\" or \"2d\"",
        "b.toml:9:17: `mon` in [calendar.c] open has a period that cannot be read: \"9\"; write it like \"09:00-17:30\", past midnight \"22:00-02:00\"",
        "b.toml:9:22: `mon` in [calendar.c] open has a period without length: 10:00-10:00; a whole day is \"00:00-24:00\"",
        "b.toml:9:38: `xyz` in [calendar.c] open is not a day of the week; write a day (mon tue wed thu fri sat sun) or a range like mon-fri",
    ];
    assert_eq!(found, expected);
}

#[test]
fn broken_toml_is_a_problem_with_its_place() {
    let found = lines("[board]\nid = \n[mqtt]\nport == 3\n");
    assert!(found[0].starts_with("b.toml:2:"), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("b.toml:4:")), "{found:?}");
    let twice = line("[mqtt]\nport = 1\nport = 2\n");
    assert!(twice.starts_with("b.toml:3:1: this is not TOML: duplicate key"), "{twice}");
}

/// Each: what is wrong, and the words that must be said about it.
const REFUSALS: &[(&str, &str)] = &[
    ("mqtt = 3", "must be a table, not a whole number; write [mqtt] on a line of its own"),
    ("[source]\nroot = \"a\"", "must be a list of tables; write [[source]] on a line of its own"),
    ("source = [1]", "must be a table, not a whole number; write [[source]]"),
    ("[board]\nid = \"all\"", "stands for more than one board"),
    ("[board]\nname = \"\"", "must not be empty"),
    ("[board]\nname = \"a\\nb\"", "on one line"),
    ("[board]\ntimezone = \"Warsaw\"", "did you mean \"Europe/Warsaw\"?"),
    ("[board]\ntimezone = \"Europe/Warsav\"", "did you mean \"Europe/Warsaw\"?"),
    ("[board]\nshow = { queue = \"a\" }", "must be a list, not text; put it in [ ]"),
    ("[mqtt]\nhost = \"a:1883\"", "the port goes into `port`"),
    ("[mqtt]\nhost = \"a b\"", "the name or the address of a host"),
    ("[mqtt]\nhosts = [\"::1:1883\"]", "\"[fd00::1]:1883\" for an IPv6 address"),
    ("[mqtt]\nhosts = [\"a:0\"]", "must be a host and a port"),
    ("[mqtt]\nhosts = []", "must not be empty"),
    ("[mqtt]\nhost = \"a\"\nhosts = [\"b:1\"]", "is given besides `host`"),
    ("[mqtt]\nkeep_alive = \"1s\"", "must be from 5s to 1h, not 1s"),
    ("[mqtt]\nkeep_alive = \"30 s\"", "must be a duration, not \"30 s\""),
    ("[mqtt]\npassword_file = \"p\"", "is of no use without a user"),
    ("[mqtt]\ntls = true", "`tls` in [mqtt] needs `ca_file`"),
    ("[mqtt]\ntls = true\nca_file = \"\"", "`tls` in [mqtt] needs `ca_file`"),
    ("[mqtt]\nca_file = \"x\"", "has no effect while `tls` is off"),
    ("[mqtt]\ntls = true\nca_file = \"c\"\ncert_file = \"x\"", "`cert_file` in [mqtt] needs its key"),
    ("[mqtt]\ntls = true\nca_file = \"c\"\nkey_file = \"x\"", "`key_file` in [mqtt] needs its certificate"),
    ("[mqtt]\ntls = \"true\"", "must be true or false, not text; write it without quotes"),
    ("[broker]\nlisten = \"0.0.0.0:1883\"", "open to other machines without any password"),
    ("[broker]\nlisten = \"[::]:1883\"\nusers_file = \"\"", "open to other machines without any password"),
    ("[broker]\nlisten = \"localhost\"", "must be an IP address with a port"),
    ("[[source]]\nroot = \"a/#\"", "the wildcards + and #"),
    ("[[source]]\nroot = \"/a\"", "an empty level"),
    ("[[source]]\nroot = \"$SYS\"", "must not begin with $"),
    ("[[source]]\nroot = \"bellboard/board\"", "where boards publish"),
    ("[[source]]\n[[source]]\n", "shares topics with the source at \"support\""),
    ("[[source]]\nroot = \"a/b\"\n[[source]]\nroot = \"a\"", "shares topics with the source at \"a/b\""),
    ("[[source]]\nheartbeat = \"never\"", "it is one of auto, required"),
    ("[[sla]]\nfirst_reply = \"15\"", "must be a duration, not \"15\""),
    ("[[sla]]\nwarn_at = 75", "75 percent is 0.75"),
    ("[[sla]]\nwarn_at = 0.0", "above 0 and below 1"),
    ("[[sla]]\nwarn_at = nan", "above 0 and below 1"),
    ("[[sla]]\nmatch = { priority = \"hgih\" }", "did you mean \"high\"?"),
    ("[[sla]]\ncalendar = \"ofice\"\n[calendar.office]", "did you mean \"office\"?"),
    ("[[sla]]\ncalendar = \"night\"", "define [calendar.night], or choose from always"),
    ("[[sla]]\ncalendar = \"!always\"", "without `!`"),
    (
        "[[sla]]\nnext_reply = \"1h\"\ncalendar = \"c\"\n[calendar.c]",
        "never opens: [calendar.c] has no opening hours; give it some under `open`",
    ),
    ("[board]\ncalendar = \"c\"\n[calendar.c]", "`calendar` in [board] names a calendar that never opens"),
    (
        "[[sla]]\nnext_reply = \"60d\"\ncalendar = \"c\"\n[calendar.c]\nopen = { mon = [\"09:00-10:00\"] }",
        "that calendar is open for 1h a week",
    ),
    ("[[sla]]\nname = \"a\"\n[[sla]]", "this policy is never reached: `a` matches everything"),
    ("[calendar.always]", "a calendar cannot be called \"always\""),
    ("[calendar.c]\nholidays = [\"2026-02-30\"]", "a date that does not exist"),
    (
        "[calendar.c]\nopen = { mon = [\"09:00-12:00\", \"11:00-13:00\"] }",
        "Mon 09:00-12:00 overlaps Mon 11:00-13:00",
    ),
    (
        "[calendar.c]\nopen = { sun = [\"22:00-03:00\"], mon = [\"02:00-04:00\"] }",
        "Sun 22:00-03:00 overlaps Mon 02:00-04:00",
    ),
    ("[calendar.c]\nopen = { mon = [\"24:00-03:00\"] }", "starts at the end of a day"),
    ("[[display]]\nsize = \"128x60\"", "did you mean \"128x64\"?"),
    ("[[display]]\nsize = \"256x256\"", "it is one of 128x64, 128x32, 64x48, 64x32"),
    ("[[display]]\naddress = 0x78", "write 0x3c"),
    ("[[display]]\naddress = 0x80", "must be from 0x08 to 0x77, not 0x80"),
    ("[[display]]\nrotate = 90", "must be 0 or 180, not 90"),
    ("[[display]]\nrotate = 45", "must be 0, 90, 180 or 270, not 45"),
    ("[[display]]\ndevice = \"/dev/fb0\"", "`device` in [[display]] means nothing to an OLED"),
    ("[[display]]\ndc = 25", "`dc` in [[display]] means nothing to an OLED on I2C"),
    ("[[display]]\nspi = \"/dev/spidev0.0\"", "`spi` in [[display]] needs the line that tells data"),
    (
        "[[display]]\nspi = \"/dev/spidev0.0\"\ndc = 25\nbus = \"/dev/i2c-1\"",
        "means nothing to an OLED on SPI",
    ),
    ("[[display]]\nspi = \"/dev/spidev0.0\"\ndc = 25\nspi_hz = 1", "must be from 100000 to 20000000, not 1"),
    (
        "[[display]]\nspi = \"/dev/spidev0.0\"\ndc = 25\n[[display]]\nname = \"b\"\nspi = \"/dev/spidev0.0\"\ndc = 26",
        "is taken: \"oled\" is on /dev/spidev0.0 too",
    ),
    (
        "[[display]]\nspi = \"/dev/spidev0.0\"\ndc = 25\nreset = 25",
        "is taken: display \"oled\" is on line 25",
    ),
    (
        "[[display]]\nspi = \"/dev/spidev0.0\"\ndc = 18\n[buzzer]\ndriver = \"gpio\"",
        "is taken: display \"oled\" is on line 18",
    ),
    ("[[display]]\ndriver = \"sh1106\"\nsize = \"128x32\"", "cannot be 128x32 with an SH1106"),
    ("[[display]]\ndriver = \"sh1106\"\ncolumn_offset = 5", "would end beyond column 131"),
    ("[[display]]\nsize = \"64x48\"\ncolumn_offset = 65", "would end beyond column 127"),
    (
        "[[display]]\ndriver = \"framebuffer\"\nsize = \"128x64\"",
        "leave it out: the screen's mode says how large it is",
    ),
    ("[[display]]\ndriver = \"framebuffer\"\naddress = 0x3c", "means nothing to a framebuffer"),
    ("[[display]]\ndriver = \"terminal\"\ntty = \"/dev/tty1\"", "means nothing to a terminal"),
    (
        "[[display]]\ndriver = \"framebuffer\"\n[[display]]\nname = \"b\"\ndriver = \"framebuffer\"",
        "is taken: \"oled\" is on /dev/fb0 too",
    ),
    ("[[display]]\nbrightness = 101", "must be from 0 to 100, not 101"),
    ("[[display]]\nbus = \"i2c-1\"", "must be a device below /dev"),
    ("[[display]]\npages = [\"now\", \"lists\"]", "did you mean \"list\"?"),
    ("[[display]]\npages = [\"alarm\"]", "it is one of now, list, channels, queues, today"),
    ("[[display]]\npages = [\"list:1s\"]", "keeps a page for 2s to 1h, not for \"1s\""),
    ("[[display]]\npages = [\"list:long\"]", "write it like \"list:20s\""),
    ("[[display]]\npages = \"now\"", "must be a list, not text"),
    ("[[display]]\npages = []", "for one that stays write [\"now\"]"),
    ("[[display]]\npage_for = \"1s\"", "must be from 2s to 1h, not 1s"),
    ("[[display]]\ndim = \"nights\"", "names a calendar that is not defined: \"nights\""),
    ("[[display]]\ndim_to = 101", "must be from 0 to 100, not 101"),
    ("[[display]]\nblank = \"!nights\"", "names a calendar that is not defined: \"nights\""),
    ("[[display]]\n[[display]]\naddress = 0x3d", "another display is called \"oled\""),
    ("[[display]]\n[[display]]\nname = \"b\"", "\"oled\" is at 0x3c on /dev/i2c-1 too"),
    ("[[display]]\ndriver = \"terminal\"\naddress = 0x3d", "means nothing to a terminal"),
    (
        "[[display]]\ndriver = \"terminal\"\n[[display]]\nname = \"b\"\ndriver = \"terminal\"",
        "there is only one terminal",
    ),
    ("[buzzer]\ndriver = \"beep\"", "it is one of none, gpio, pwm"),
    ("[buzzer]\ndriver = \"pwm\"\nchip = \"/dev/gpiochip0\"", "write it like \"/sys/class/pwm/pwmchip0\""),
    ("[[lamp]]\non = \"breach\"", "did you mean \"breached\"?"),
    ("[[lamp]]\n[[lamp]]", "lamp 1 is on line 24 of /dev/gpiochip0 too; give lamp 1 and lamp 2 a line each"),
    (
        "[buzzer]\ndriver = \"gpio\"\n[[lamp]]\nline = 18",
        "the buzzer is on line 18 of /dev/gpiochip0 too; give the buzzer and lamp 1 a line each",
    ),
    ("[button]\nenabled = true\n[[lamp]]\nline = 23", "the button is on line 23 of /dev/gpiochip0 too"),
    ("[alarm.sound]\nlow = \"ding\"", "is no RTTTL tune at character 5: expected a name"),
    ("[alarm.sound]\nhigh = \"t:d=4,o=5,b=120:c,e#\"", "is no RTTTL tune at character 20: expected no `#`"),
    ("[alarm.sound]\nhigh = \"t:d=1,o=5,b=60:c,c\"", "lasts 8.0 s, and would be repeated after 5 s"),
    (
        "[buzzer]\ndriver = \"gpio\"\nline = 23\n[button]\nenabled = true",
        "the buzzer is on line 23 of /dev/gpiochip0 too",
    ),
    ("[buzzer]\nline = -1", "must be from 0 to 1023, not -1"),
    ("[buzzer]\nline = 1e3", "must be a whole number, not a number"),
    ("[buzzer]\nline = 99999999999999999999", "beyond all reason"),
];

#[test]
fn each_mistake_has_its_one_message() {
    for (text, words) in REFUSALS {
        let line = line(text);
        assert!(line.contains(words), "{text}\n{line}");
    }
}

#[test]
fn a_list_that_never_ends_is_refused_once() {
    let many: Vec<String> = (0..20).map(|n| format!("[[source]]\nroot = \"s{n}\"\n")).collect();
    assert!(
        line(&many.concat()).contains(":33:1: `source` at the top level is one too many: there may be 16")
    );
}

#[test]
fn a_refused_calendar_is_not_also_called_undefined() {
    let text = "[[sla]]\ncalendar = \"c\"\n[calendar.c]\ntimezone = \"Nowhere\"\n";
    assert!(line(text).contains("names no time zone"), "{text}");
}

#[test]
fn a_calendar_keeps_the_time_zone_of_the_board() {
    let text = "[board]\ntimezone = \"Asia/Kathmandu\"\n[calendar.c]\nopen = { fri-mon = [\"00:00-24:00\"] }\n[[display]]\nblank = \"c\"\n";
    let blank = good(text).displays[0].blank.clone().expect("blank hours");
    let midnight = Timestamp::parse("2026-11-24T00:00:00+05:45").expect("a time");
    assert!(blank.is_open(midnight.plus_millis(-1)) && !blank.is_open(midnight));
    assert_eq!(blank.open_ms_a_week(), 4 * 86_400_000);
}

#[test]
fn an_embedded_broker_is_the_one_to_follow_unless_another_is_named() {
    let text = "[broker]\nembedded = true\nlisten = \"0.0.0.0:2883\"\nusers_file = \"u\"\n";
    assert_eq!(good(text).mqtt.hosts, [("127.0.0.1".to_owned(), 2883)]);
    let other = format!("{text}[mqtt]\nhost = \"fd00::1\"\n");
    assert_eq!(good(&other).mqtt.hosts, [("fd00::1".to_owned(), 1883)]);
}

#[test]
fn tls_moves_the_port_unless_one_is_given() {
    let text = "[mqtt]\ntls = true\nca_file = \"ca.pem\"\nhost = \"a\"\n";
    assert_eq!(good(text).mqtt.hosts, [("a".to_owned(), 8883)]);
    assert_eq!(good(&format!("{text}port = 1883\n")).mqtt.hosts, [("a".to_owned(), 1883)]);
}

#[test]
fn files_are_relative_to_the_folder_of_the_configuration() {
    let text = "[mqtt]\nusername = \"u\"\npassword_file = \"pw\"\n";
    let config = parse(text, "/etc/bellboard/b.toml").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.mqtt.password_file.as_deref(), Some(Path::new("/etc/bellboard/pw")));
}

#[test]
fn named_files_must_be_there_and_secrets_closed_to_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, secret) = (folder.path().join("b.toml"), folder.path().join("pw"));
    std::fs::write(&path, "[mqtt]\nusername = \"u\"\npassword_file = \"pw\"\n").expect("written");
    let missing = load(&path).expect_err("the file is missing").to_string();
    assert!(missing.contains(":3:17: `password_file` in [mqtt] names"), "{missing}");
    assert!(missing.ends_with("which does not exist"), "{missing}");
    std::fs::write(&secret, "x").expect("written");
    let set_mode = |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode));
    set_mode(0o644).expect("mode set");
    let open = load(&path).expect_err("everyone can read it").to_string();
    assert!(open.ends_with(&format!("; chmod 640 {}", secret.display())), "{open}");
    set_mode(0o640).expect("mode set");
    assert!(load(&path).is_ok());
}

#[test]
fn holidays_that_shut_a_calendar_for_over_400_days_are_refused_where_it_is_used() {
    // Every Monday and Friday, and one more or one less than 400 days between two openings.
    let with_mondays = |user: &str, weeks: i64| {
        let first = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a Monday");
        let day = |n: i64| format!("\"{}\"", first + TimeDelta::days(7 * n));
        let holidays: Vec<String> = (0..weeks).map(day).collect();
        format!(
            "{user}\n[calendar.c]\ntimezone = \"UTC\"\nopen = {{ mon = [\"09:00-10:00\"] }}\nholidays = [{}]\n",
            holidays.join(", ")
        )
    };
    let promise = "[[sla]]\nfirst_reply = \"1h\"\ncalendar = \"c\"";
    good(&with_mondays(promise, 56));
    let said = line(&with_mondays(promise, 57));
    let expected = "b.toml:3:12: `calendar` in [[sla]] names a calendar that stays shut for over 400 days: in \
        [calendar.c] every day that could open from 2026-06-01 on is a holiday; take some of its holidays away";
    assert_eq!(said, expected);
    assert!(line(&with_mondays("[board]\ncalendar = \"c\"", 57)).contains("`calendar` in [board] names"));
    good(&with_mondays("[[display]]\nblank = \"c\"", 57));
}

#[test]
fn holidays_come_from_a_file_beside_the_configuration_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, ics) = (folder.path().join("b.toml"), folder.path().join("free.ics"));
    let text = "[[sla]]\ncalendar = \"c\"\n[calendar.c]\ntimezone = \"UTC\"\nholidays = [\"2026-12-24\"]\n\
        holidays_ics = \"free.ics\"\nopen = { mon-sun = [\"00:00-24:00\"] }\n";
    std::fs::write(&path, text).expect("written");
    let missing = load(&path).expect_err("the file is missing").to_string();
    assert!(missing.ends_with("free.ics, which does not exist"), "{missing}");
    let noon = |day: u8| Timestamp::parse(&format!("2026-12-{day}T12:00:00Z")).expect("a time");
    let is_open =
        |config: &Config| [23, 24, 25, 26].map(|day| config.policies[0].calendar.is_open(noon(day)));
    let event = "BEGIN:VEVENT\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20201225\r\n\
        RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n";
    std::fs::write(&ics, format!("BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n")).expect("written");
    assert_eq!(is_open(&load(&path).expect("all is well")), [true, false, false, true]);
    let of_the_text_alone = parse(text, &path).expect("files are not looked at");
    assert_eq!(is_open(&of_the_text_alone), [true, false, true, true]);
    std::fs::write(&ics, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Eve\nEND:VEVENT\nEND:VCALENDAR\n")
        .expect("written");
    let bad = load(&path).expect_err("an event without a start").to_string();
    assert!(bad.contains(":6:16: `holidays_ics` in [calendar.c] names "), "{bad}");
    assert!(bad.ends_with("free.ics, which has an event \"Eve\" without a start (DTSTART)"), "{bad}");
}

#[test]
fn a_file_that_cannot_be_used_is_one_message_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none.toml");
    let said = load(&missing).expect_err("it is missing").to_string();
    assert_eq!(said, format!("{}: does not exist", missing.display()));
    let said = load(folder.path()).expect_err("it is a folder").to_string();
    assert_eq!(said, format!("{}: is a folder", folder.path().display()));
    std::fs::write(&missing, b"a\xff").expect("written");
    let said = load(&missing).expect_err("it is not text").to_string();
    assert!(said.ends_with("is not UTF-8 text from byte 1 on"), "{said}");
    std::fs::write(&missing, vec![b'#'; MAX_BYTES as usize + 1]).expect("written");
    let said = load(&missing).expect_err("it is too large").to_string();
    assert!(said.ends_with("is larger than 1024 KiB"), "{said}");
}

#[test]
fn what_can_be_read_of_a_broken_file_is_salvaged_with_its_problems() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.toml");
    let buzzer = "[buzzer]\ndriver = \"gpio\"\nline = 7\n";
    for broken in [
        "[mqtt]\nkeepalive = 1\n",
        "[mqtt]\nhost = \n",
        "[mqtt\nport = 1\n",
        "a = \"b\n",
        "][",
        "[board\nname = \n[[display]]",
    ] {
        std::fs::write(&path, format!("{broken}\n{buzzer}")).expect("written");
        let (config, problems) = salvage(Some(path.clone()));
        assert_eq!((config.buzzer.driver, config.buzzer.line), (BuzzerDriver::Gpio, 7), "{broken}");
        assert!(problems.is_some(), "{broken}");
    }
    std::fs::write(&path, buzzer).expect("written");
    assert_eq!(salvage(Some(path)), (good(buzzer), None));
    let (config, problems) = salvage(Some(folder.path().into()));
    assert_eq!((config, problems.map(|problems| problems.0.len())), (Config::default(), Some(1)));
}

#[test]
fn a_policy_counts_all_hours_unless_told_otherwise() {
    assert_eq!(*good("[[sla]]").policies[0].calendar, Calendar::Always);
    assert_eq!(good("[[sla]]").policies[0].name, "policy 1");
}

/// The text of a file that is shipped.
fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config").join(name);
    std::fs::read_to_string(path).expect("a shipped file")
}

/// Whether a commented line is a key or a table without its `#`, and not a sentence.
fn is_toml(line: &str) -> bool {
    let key = line.split(" = ").next().unwrap_or_default();
    let is_key = line.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_key || (line.starts_with('[') && line.ends_with(']'))
}

fn uncomment(text: &str, mark: &str) -> String {
    let line = |line: &str| match line.strip_prefix(mark) {
        Some(rest) if is_toml(rest) => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_shipped_configuration_sets_nothing_and_its_defaults_are_the_defaults() {
    let text = shipped("bellboard.toml");
    assert_eq!(good(&text), Config::default());
    let mut config = good(&uncomment(&text, "#"));
    assert_eq!(config.displays, [model::Display::default()]);
    assert_eq!(config.policies, [model::Policy { name: "policy 1".into(), ..model::Policy::default() }]);
    assert_eq!(config.lamps, [model::Lamp::default()]);
    assert_eq!(config.badges, [model::Badge { name: "badge 1".into(), ..model::Badge::default() }]);
    config.badges.clear();
    config.displays.clear();
    config.policies.clear();
    config.lamps.clear();
    assert_eq!(config, Config::default());
}

#[test]
fn the_shipped_examples_of_keys_are_right_too() {
    let config = good(&uncomment(&uncomment(&shipped("bellboard.toml"), "# "), "#"));
    assert_eq!(config.policies[0].name, "public and urgent");
    assert_eq!(config.board.timezone, Some(Tz::Europe__Warsaw));
    let badges: Vec<_> = config.badges.iter().map(|b| (b.name.as_str(), b.answered, b.within_ms)).collect();
    let minutes = |n: u64| Some(n * 60_000);
    assert_eq!(
        badges,
        [
            ("very responsive", 0.9, minutes(5)),
            ("socially devoted", 0.75, None),
            ("two hours", 1.0, minutes(120)),
            ("sixty minutes", 1.0, minutes(60)),
        ]
    );
}

#[test]
fn a_badge_asks_for_a_share_and_has_a_name_of_its_own() {
    let said = |text: &str| line(&format!("[[badge]]\n{text}\n"));
    assert!(said("answered = 90").contains("0.9"), "{}", said("answered = 90"));
    assert!(said("answered = 0.0").contains("above 0"), "{}", said("answered = 0.0"));
    let twice = said("name = \"a\"\n[[badge]]\nname = \"a\"");
    assert!(twice.contains("another badge"), "{twice}");
    assert!(line("[history]\nkeep = \"1h\"\n").contains("1d"));
    assert!(!good("[history]\nenabled = false\n").history.enabled);
}

#[test]
fn the_shipped_configuration_explains_every_key() {
    let text = shipped("bellboard.toml");
    let tables = "[board]|[board.show]|[mqtt]|[broker]|[[source]]|[privacy]|[[sla]]|[sla.match]|[calendar.c]|[[display]]|[buzzer]|[button]|[[lamp]]|[history]|[[badge]]|[alarm.sound]|[alarm.flood]|[alarm.surge]|[alarm]";
    for table in tables.split('|') {
        let head = if table == "[sla.match]" { "[[sla]]\n" } else { "" };
        let said = line(&format!("{head}{table}\nqqqqqqqq = 1\n"));
        let (_, known) = said.split_once("known here: ").expect("the known keys");
        for key in known.split(", ") {
            let explained = text.contains(&format!("{key} = ")) || text.contains(&format!("[alarm.{key}]"));
            assert!(explained, "`{key}` of {table} is not explained");
        }
    }
}

#[test]
fn every_shipped_example_is_right() {
    let floor = good(&shipped("examples/floor.toml"));
    assert_eq!(floor.policies.len(), 6);
    assert!(floor.displays[0].blank.is_some() && floor.button.enabled);
    let tv = good(&shipped("examples/tv.toml"));
    assert_eq!(tv.displays[0].driver, DisplayDriver::Framebuffer);
    let lab = good(&shipped("examples/home-lab.toml"));
    assert!(lab.broker.embedded && lab.displays[0].driver == DisplayDriver::Terminal);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/examples");
    for entry in std::fs::read_dir(folder).expect("the examples") {
        let name = entry.expect("an entry").file_name();
        good(&shipped(&format!("examples/{}", name.to_string_lossy())));
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[{0,2}(board|mqtt|sla|calendar|calendar.x|display)\\]{0,2}\n|(id|host|hosts|open|match|blank|size) = ([0-9\"{}a:=,\\[\\]]{0,8}|\".{0,9}\")\n){0,8}") {
        let _ = parse(&text, "b.toml");
    }
}

#[test]
fn a_passive_sounder_is_on_the_first_channel_of_the_first_chip_unless_told_otherwise() {
    let buzzer = |text: &str| good(&format!("[buzzer]\ndriver = \"pwm\"\n{text}")).buzzer;
    assert_eq!((buzzer("").chip, buzzer("").line), ("/sys/class/pwm/pwmchip0".into(), 0));
    let other = buzzer("chip = \"/sys/class/pwm/pwmchip2\"\nline = 2");
    assert_eq!((other.chip, other.line), ("/sys/class/pwm/pwmchip2".into(), 2));
    // A line that a PWM channel has the number of is another thing.
    let beside = good("[buzzer]\ndriver = \"pwm\"\nline = 23\n[button]\nenabled = true");
    assert!(beside.button.enabled);
}
