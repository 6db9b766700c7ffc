//! Promises of the status page, kept in a real browser.
//!
//! Owns the claims about what a person sees and does there. The answers to single requests have
//! their own tests, without a browser. Pictures are kept in `target/screenshots`.

use std::{thread, time::Duration};

use rig::{
    browser::{Browser, PHONE, Screen, TV},
    web::{TOKEN, Web, conversation},
};

/// Longer than anything here takes on a machine that is not broken.
const SOON: Duration = Duration::from_secs(20);
/// A change of the queue is to be seen within this.
const LIVE_WITHIN: Duration = Duration::from_secs(1);
/// A promise of a quarter of an hour that rings at once, and names in full.
const FLOOR: &str = "[privacy]\nshow_names = \"full\"\n[[sla]]\nname = \"all\"\nfirst_reply = \"15m\"\n\
                     [alarm]\non_delay = \"0s\"\ncontact = \"Jo, 555-0123\"\n";
/// The big number.
const WAITING: &str = ".count .number";

/// A floor with some of everything, in scripts that run in both directions.
fn furnish(web: &Web) {
    for (id, channel, queue, customer, secs) in [
        ("fb-1842", "facebook", "billing", "Anna Kowalska", 1_200),
        ("x-77", "x", "delivery", "Νίκος Παπαδόπουλος", 720),
        ("wa-9", "whatsapp", "delivery", "מרים כהן", 800),
        ("em-404", "email", "returns", "أحمد علي", 300),
        ("ig-12", "instagram", "general", "<b>Eve</b> & \"Mallory\"", 120),
        ("em-500", "email", "general", "Zoë Brontë-Featherstonehaugh", 5_400),
        ("fb-1", "facebook", "billing", "Jan", 20),
    ] {
        web.desk.says(id, &conversation(channel, queue, customer, secs));
    }
}

/// What does not fit where it is: a page that is wider than the screen, and on a wall anything
/// that a person would have to scroll to. Names may be cut, and show that they are.
fn cut(browser: &Browser) -> Vec<String> {
    let found = browser.run(
        "const page = document.documentElement, found = [];
         if (page.scrollWidth > innerWidth) found.push(`the page is ${page.scrollWidth} wide`);
         if (innerWidth < 1200) return found;
         if (page.scrollHeight > innerHeight) found.push(`the page is ${page.scrollHeight} high`);
         for (const part of document.querySelectorAll('#board, main, section'))
           if (part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1)
             found.push(`${part.className || part.nodeName}: ${part.scrollWidth}x${part.scrollHeight} in \
                         ${part.clientWidth}x${part.clientHeight}`);
         return found;",
    );
    let found = found.as_array().expect("a list").iter();
    found.map(|line| line.as_str().expect("text").to_owned()).collect()
}

fn log_in(browser: &Browser, web: &Web) {
    browser.visit(&web.url("/login"));
    browser.write("#token", TOKEN);
    browser.click("button[type=submit]");
    browser.expect_text("footer .buttons", SOON, |text| !text.is_empty());
}

#[test]
fn a_change_of_the_queue_is_seen_within_a_second_and_nothing_is_wrong_in_the_console() {
    let web = Web::start(FLOOR);
    let browser = Browser::start();
    browser.visit(&web.url("/"));
    browser.expect_text(".nobody", SOON, |text| text == "Nobody is waiting");
    // Let the stream begin: what is measured is a page that hangs there.
    browser.expect_text("body.live h1", SOON, |text| text == "Support");
    let mut worst = Duration::ZERO;
    for n in 1..=5 {
        web.desk.says(&format!("c-{n}"), &conversation("email", "general", "", 5));
        let (_, took) = browser.expect_text(WAITING, SOON, |text| text == n.to_string());
        worst = worst.max(took);
    }
    println!(
        "a conversation that the broker has acknowledged was seen after {} ms at most",
        worst.as_millis()
    );
    assert!(worst < LIVE_WITHIN, "{worst:?}");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_lost_connection_hides_the_numbers_and_a_new_one_brings_them_back() {
    let mut web = Web::start(FLOOR);
    web.desk.waits("c-1", 60);
    let browser = Browser::start();
    browser.be_on(TV);
    browser.visit(&web.url("/"));
    browser.expect_text(WAITING, SOON, |text| text == "1");
    assert_eq!(browser.console(), Vec::<String>::new());
    drop(web.daemon.take());
    let (said, took) = browser.expect_text("#lost", SOON, |text| !text.is_empty());
    println!("a daemon that was killed was noticed after {} ms", took.as_millis());
    assert!(said.starts_with("No connection\nThe connection to the board was lost at "), "{said}");
    assert_eq!(browser.text(WAITING).as_deref(), Some(""), "the number cannot be seen");
    browser.keep_picture("lost-tv-dark-en");
    assert!(took < Duration::from_secs(6), "{took:?}");
    web.restart();
    browser.expect_text(WAITING, SOON, |text| text == "1");
    assert_eq!(browser.text("#lost").as_deref(), Some(""));
}

#[test]
fn a_daemon_that_hangs_is_noticed_although_its_connection_stands() {
    let web = Web::start(FLOOR);
    web.desk.waits("c-1", 60);
    let browser = Browser::start();
    browser.visit(&web.url("/"));
    browser.expect_text(WAITING, SOON, |text| text == "1");
    let daemon = web.daemon.as_ref().expect("it runs");
    daemon.freeze();
    let (_, took) = browser.expect_text("#lost", SOON, |text| text.contains("No connection"));
    println!("a daemon that hangs was noticed after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(8), "{took:?}");
    daemon.thaw();
    browser.expect_text(WAITING, SOON, |text| text == "1");
}

#[test]
fn who_holds_the_token_acknowledges_puts_aside_and_mutes_by_a_click() {
    let web = Web::start(FLOOR);
    furnish(&web);
    let browser = Browser::start();
    browser.visit(&web.url("/"));
    browser.expect_text(".alarm .how-many", SOON, |text| text == "2 alarms not acknowledged");
    assert_eq!(browser.text("form"), None, "without the token there is no button");
    browser.visit(&web.url("/login"));
    browser.write("#token", "not-the-token-at-all");
    browser.click("button[type=submit]");
    browser.expect_text(".wrong", SOON, |text| text == "That is not the token.");
    // The refusal of a wrong token is a line in the console, and the only one.
    assert!(browser.console().iter().all(|line| line.contains("401")));
    log_in(&browser, &web);
    assert!(!browser.place().contains(TOKEN));
    browser.click("form[action='/cmd/ack'] button");
    browser.expect_text(".signs .acked", SOON, |text| text == "Acknowledged: 2");
    assert_eq!(browser.text(".alarm"), None);
    browser.click("form[action='/cmd/mute'] button");
    browser.expect_text(".signs .muted", SOON, |text| text == "Sound off");
    browser.click("form[action='/cmd/unmute'] button");
    browser.expect_text("form[action='/cmd/mute'] button", SOON, |text| text.starts_with("Sound off for 1"));
    web.desk.says("late", &conversation("email", "general", "", 1_000));
    browser.expect_text(".alarm .how-many", SOON, |text| text == "1 alarm not acknowledged");
    browser.click("form[action='/cmd/shelve'] button");
    browser.expect_text(".signs .shelved", SOON, |text| text.starts_with("Put aside: "));
    assert_eq!(browser.console(), Vec::<String>::new());
    browser.click("form[action='/logout'] button");
    browser.expect_text("a[href='/login']", SOON, |text| text == "Log in");
    assert_eq!(browser.text("form"), None);
}

#[test]
fn a_page_on_another_machine_of_the_network_can_be_used_by_its_name() {
    let web = Web::start(&format!("hosts = [\"board.example\"]\n{FLOOR}"));
    furnish(&web);
    let browser = Browser::that_finds("board.example", web.address.ip());
    let url = format!("http://board.example:{}/login", web.address.port());
    browser.visit(&url);
    browser.write("#token", TOKEN);
    browser.click("button[type=submit]");
    browser.click("form[action='/cmd/ack'] button");
    browser.expect_text(".signs .acked", SOON, |text| text == "Acknowledged: 2");
    browser.click("form[action='/logout'] button");
    browser.expect_text("a[href='/login']", SOON, |text| text == "Log in");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn without_javascript_the_page_is_a_picture_that_says_so_and_its_buttons_work() {
    let web = Web::start(FLOOR);
    furnish(&web);
    let browser = Browser::without_javascript();
    browser.be_on(PHONE);
    browser.visit(&web.url("/"));
    browser.expect_text(WAITING, SOON, |text| text == "7");
    browser.expect_text(".note", SOON, |text| text.contains("Without JavaScript it is renewed"));
    browser.visit(&web.url("/login"));
    browser.write("#token", TOKEN);
    browser.click("button[type=submit]");
    browser.click("form[action='/cmd/ack'] button");
    browser.expect_text(".signs .acked", SOON, |text| text == "Acknowledged: 2");
    browser.keep_picture("snapshot-phone-dark-en");
}

#[test]
fn a_picture_that_nobody_renews_says_that_it_is_old() {
    let web = Web::start(FLOOR);
    web.desk.waits("c-1", 60);
    let browser = Browser::start();
    browser.block("*/board.js");
    browser.visit(&web.url("/"));
    browser.expect_text(WAITING, SOON, |text| text == "1");
    assert_eq!(browser.text(".aged").as_deref(), Some(""));
    let (_, took) = browser.expect_text(".aged", Duration::from_secs(60), |text| !text.is_empty());
    println!("a page whose script failed to load said after {} s that it is old", took.as_secs());
    assert!(took < Duration::from_secs(35), "{took:?}");
}

#[test]
fn a_crowded_floor_fits_on_a_wall_in_the_longest_words() {
    for locale in ["el", "pl", "ar"] {
        let web =
            Web::start(&format!("{FLOOR}[board]\nname = \"{}\"\nlocale = \"{locale}\"\n", "Wide ".repeat(7)));
        let many = (0..1_200).map(|n| {
            let id = format!("{n}-{}", "long-id-".repeat(if n % 100 == 0 { 7 } else { 0 }));
            let channel = format!("channel-of-many-{}", n % 12);
            let queue = format!("Η ουρά με το μακρύ όνομα {}", n % 9);
            let state = conversation(&channel, &queue, "Wolfeschlegelsteinhausenbergerdorff Sr.", 600 + n);
            (format!("support/conversations/{id}"), state.to_string())
        });
        web.broker.door().retain_all(many);
        let browser = Browser::start();
        log_in(&browser, &web);
        browser.be_on(TV);
        browser.expect_text(".alarm .how-many", SOON, |text| !text.is_empty());
        browser.expect_text(".number.long", SOON, |text| !text.is_empty());
        browser.click("form[action='/cmd/mute'] button");
        browser.expect_text(".signs .muted", SOON, |text| !text.is_empty());
        browser.keep_picture(&format!("crowd-tv-dark-{locale}"));
        for size in [TV.size, (1280, 720), (1280, 1024), (2560, 1080), (3840, 2160)] {
            browser.be_on(Screen { size, ..TV });
            assert_eq!(cut(&browser), Vec::<String>::new(), "{size:?} {locale}");
        }
        browser.be_on(Screen { size: (1080, 1920), ..TV });
        browser.keep_picture(&format!("crowd-upright-dark-{locale}"));
        assert_eq!(cut(&browser), Vec::<String>::new(), "upright {locale}");
        browser.be_on(PHONE);
        browser.keep_picture(&format!("crowd-phone-dark-{locale}"));
        assert_eq!(cut(&browser), Vec::<String>::new(), "phone {locale}");
    }
}

#[test]
fn a_calm_floor_a_closed_one_and_an_escalated_alarm_have_pictures_of_their_own() {
    let closed = "[board]\ncalendar = \"minute\"\n[calendar.minute]\ntimezone = \"UTC\"\n\
                  open = { mon-sun = [\"03:00-03:01\"] }\n";
    let urgent = FLOOR.replace("on_delay", "escalate_after = \"10s\"\non_delay");
    for (name, config, waiting, selector) in [
        ("empty", FLOOR.to_owned(), 0, ".nobody"),
        ("closed", format!("{FLOOR}{closed}"), 3, ".closed .sign"),
        ("escalated", urgent, 3, ".escalation"),
    ] {
        for locale in ["en", "ar"] {
            let locale_is = format!("[board]\nlocale = \"{locale}\"");
            let config = if config.contains("[board]") {
                config.replace("[board]", &locale_is)
            } else {
                format!("{config}{locale_is}\n")
            };
            let web = Web::start(&config);
            for n in 0..waiting {
                web.desk.says(&format!("c-{n}"), &conversation("email", "general", "Anna", 800 + 80 * n));
            }
            let browser = Browser::start();
            browser.be_on(TV);
            browser.visit(&web.url("/"));
            browser.expect_text(selector, SOON, |text| !text.is_empty());
            browser.keep_picture(&format!("{name}-tv-dark-{locale}"));
            assert_eq!(cut(&browser), Vec::<String>::new(), "{name} {locale}");
            assert_eq!(browser.accessibility(), Vec::<String>::new(), "{name} {locale}");
            browser.be_on(Screen { dark: false, ..PHONE });
            browser.keep_picture(&format!("{name}-phone-light-{locale}"));
            assert_eq!(browser.accessibility(), Vec::<String>::new(), "{name} {locale}");
        }
    }
}

#[test]
fn every_language_and_screen_has_a_page_without_a_serious_fault() {
    for locale in ["en", "pl", "el", "he", "ar"] {
        let web = Web::start(&format!("{FLOOR}[board]\nname = \"Bellboard 24/7\"\nlocale = \"{locale}\"\n"));
        furnish(&web);
        let browser = Browser::start();
        browser.be_on(Screen { dark: false, ..PHONE });
        browser.visit(&web.url("/login"));
        browser.keep_picture(&format!("login-phone-light-{locale}"));
        assert_eq!(browser.accessibility(), Vec::<String>::new(), "login {locale}");
        log_in(&browser, &web);
        browser.expect_text(".alarm .how-many", SOON, |text| !text.is_empty());
        for (name, screen) in [
            ("phone-dark", PHONE),
            ("phone-light", Screen { dark: false, ..PHONE }),
            ("tv-dark", TV),
            ("tv-light", Screen { dark: false, ..TV }),
        ] {
            browser.be_on(screen);
            // A breath for the layout, and for colours that change.
            thread::sleep(Duration::from_millis(300));
            browser.keep_picture(&format!("alarm-{name}-{locale}"));
            assert_eq!(browser.accessibility(), Vec::<String>::new(), "{name} {locale}");
            assert_eq!(cut(&browser), Vec::<String>::new(), "{name} {locale}");
        }
        browser.click("form[action='/cmd/ack'] button");
        browser.expect_text(".signs .acked", SOON, |text| !text.is_empty());
        for (name, screen) in [("tv-dark", TV), ("phone-light", Screen { dark: false, ..PHONE })] {
            browser.be_on(screen);
            thread::sleep(Duration::from_millis(300));
            browser.keep_picture(&format!("now-{name}-{locale}"));
            assert_eq!(cut(&browser), Vec::<String>::new(), "now {name} {locale}");
            assert_eq!(browser.accessibility(), Vec::<String>::new(), "now {name} {locale}");
        }
        web.desk.is("offline");
        browser.expect_text("main .band", SOON, |text| !text.is_empty());
        assert_eq!(browser.text(WAITING), None, "no number while there is no data");
        for (name, screen) in [("tv-dark", TV), ("phone-light", Screen { dark: false, ..PHONE })] {
            browser.be_on(screen);
            thread::sleep(Duration::from_millis(300));
            browser.keep_picture(&format!("offline-{name}-{locale}"));
            assert_eq!(browser.accessibility(), Vec::<String>::new(), "offline {name} {locale}");
        }
        assert_eq!(browser.console(), Vec::<String>::new(), "{locale}");
    }
}
