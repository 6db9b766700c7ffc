//! The OLED's promise: whatever happens on the bus, the glass ends up showing the newest frame,
//! and no more is sent than that takes. Every picture is rebuilt from the bytes on the wire.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    cell::Cell,
    io,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
        mpsc,
    },
    time::Duration,
};

use bellboard::{
    clock::Clock,
    config::model::Display,
    core::time::{Mono, Now},
    io::outputs::{
        frames::Slot,
        oled::{Chip, Oled, OledError, Settings, Size, bus::I2cLink, spawn},
        screen::{
            self, Hooks, Screen, Shift,
            keeper::{Keeper, MAX_RETRY_MS, News, REFRESH_MS, STEADY_MS, Wanted},
        },
        turns::Turns,
    },
};
use bellboard_panel::{
    Snapshot, Timestamp,
    rotation::Stay,
    screens::Page,
    snapshot::{AlarmSummary, Group, Trust},
};
use proptest::prelude::*;
use rig::{
    bus::{Cost, FakeBus, Fault},
    picture::Picture,
    ssd1306::Ssd1306,
};

const ADDRESS: u8 = 0x3C;
const SIZES: [Size; 4] = Size::ALL;
/// The last transaction that random faults may hit: a few starts and frames.
const LAST_FAULT: usize = 120;
/// How long the thread may take for what it does in milliseconds: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings(size: Size) -> Settings {
    Settings::usual(Chip::Ssd1306, size)
}

fn bus(size: Size) -> FakeBus {
    FakeBus::new(ADDRESS, module(size))
}

fn module(size: Size) -> Ssd1306 {
    if size.width() == 128 { Ssd1306::new(size.height()) } else { Ssd1306::small(size.height()) }
}

/// The display behind a handle on the bus.
fn oled(bus: &FakeBus, settings: Settings) -> Oled {
    Oled::new(I2cLink::new(bus.clone(), ADDRESS), settings)
}

/// Paints a frame that is there already.
fn copy(frame: &[u8]) -> impl FnMut(&mut [u8]) {
    move |canvas| canvas.copy_from_slice(frame)
}

/// A frame that looks like no other, in every byte.
fn frame(size: Size, number: usize) -> Vec<u8> {
    (0..size.frame_len()).map(|i| (i * 7 + i / 31 + number * 59 + 1) as u8).collect()
}

fn picture(size: Size, frame: &[u8]) -> Picture {
    Picture::from_pages(size.width(), size.height(), frame)
}

fn keeper(bus: &FakeBus, settings: Settings) -> Keeper<Oled, impl FnMut() -> Result<Oled, OledError>> {
    let bus = bus.clone();
    Keeper::new(move || Ok(oled(&bus, settings)))
}

/// What the display shows once the retry that follows a failure is due.
fn after_retry<O>(keeper: &mut Keeper<Oled, O>, bus: &FakeBus, frame: &[u8], now: Mono) -> Picture
where
    O: FnMut() -> Result<Oled, OledError>,
{
    let _ = keeper.keep(Wanted::Picture(&mut copy(frame)), now.plus_millis(keeper.rest_ms(now)));
    bus.picture()
}

// ------------------------------------------------------------------ pictures

fn any_settings() -> impl Strategy<Value = Settings> {
    (prop::sample::select(&SIZES[..]), any::<bool>())
        .prop_map(|(size, upside_down)| Settings { upside_down, ..settings(size) })
}

/// Rectangles of a byte value, drawn over each other from frame to frame.
fn any_strokes() -> impl Strategy<Value = Vec<(usize, usize, usize, usize, u8)>> {
    prop::collection::vec((0..128_usize, 0..8_usize, 1..60_usize, 1..4_usize, any::<u8>()), 1..12)
}

proptest! {
    #[test]
    fn the_picture_on_the_glass_is_always_the_last_frame(
        settings in any_settings(),
        strokes in any_strokes(),
    ) {
        let size = settings.size;
        let bus = bus(size);
        let mut oled = oled(&bus, settings);
        let mut frame = vec![0; size.frame_len()];
        for (column, page, width, pages, value) in strokes {
            for (i, byte) in frame.iter_mut().enumerate() {
                let (x, y) = (i % size.width(), i / size.width());
                if (column..column + width).contains(&x) && (page..page + pages).contains(&y) {
                    *byte = value;
                }
            }
            oled.show(&frame).unwrap();
            let wanted = picture(size, &frame);
            prop_assert_eq!(bus.picture(), if settings.upside_down { wanted.turned() } else { wanted });
        }
    }

    #[test]
    fn random_faults_never_leave_a_wrong_picture_once_the_bus_is_well(
        size in prop::sample::select(&SIZES[..]),
        faults in prop::collection::vec((0..=LAST_FAULT, 0..6_usize), 0..10),
    ) {
        let bus = bus(size);
        for (number, arrived) in faults {
            bus.fail_at(number, if arrived == 0 { Fault::NoAnswer } else { Fault::BreaksOffAfter(arrived) });
        }
        let mut keeper = keeper(&bus, settings(size));
        let mut now = Mono::default();
        for number in 0.. {
            let frame = frame(size, number);
            let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), now);
            now = now.plus_millis(MAX_RETRY_MS);
            // Past the last fault, the next attempt is an undisturbed one.
            if bus.transactions() > LAST_FAULT {
                prop_assert_eq!(after_retry(&mut keeper, &bus, &frame, now), picture(size, &frame));
                break;
            }
        }
    }
}

#[test]
fn the_golden_pictures_arrive_as_they_were_drawn() {
    let golden = [
        (Size::W128H64, include_str!("golden/oled-128x64.txt")),
        (Size::W128H32, include_str!("golden/oled-128x32.txt")),
    ];
    for (size, text) in golden {
        let bus = bus(size);
        let drawn = Picture::parse(size.width(), size.height(), text);
        oled(&bus, settings(size)).show(&drawn.to_pages()).unwrap();
        assert_eq!(bus.picture().to_string(), text);
    }
}

/// What a viewer sees after each message that is sent from now on.
fn films(bus: &FakeBus, act: impl FnOnce()) -> Vec<Picture> {
    let (mut display, first) = (bus.display(), bus.transactions());
    act();
    let film = bus.log().split_off(first).into_iter().map(|sent| {
        display.message(&sent.bytes);
        display.picture()
    });
    film.collect()
}

#[test]
fn the_garbage_in_a_new_display_is_seen_for_no_longer_than_one_message() {
    let (bus, frame) = (bus(Size::W128H64), frame(Size::W128H64, 1));
    let mut oled = oled(&bus, settings(Size::W128H64));
    let film = films(&bus, || oled.show(&frame).unwrap());
    let allowed = [Picture::dark(128, 64), picture(Size::W128H64, &frame)];
    assert!(film.iter().filter(|seen| !allowed.contains(seen)).count() <= 1);
}

#[test]
fn a_refresh_shows_nothing_but_the_frame_and_a_moment_of_darkness() {
    let (bus, frame) = (bus(Size::W128H64), frame(Size::W128H64, 1));
    let mut oled = oled(&bus, settings(Size::W128H64));
    oled.show(&frame).unwrap();
    let film = films(&bus, || oled.refresh(&frame).unwrap());
    let shown = picture(Size::W128H64, &frame);
    let dark = film.iter().filter(|seen| **seen != shown).inspect(|seen| assert_eq!(seen.lit_pixels(), 0));
    assert!((1..=20).contains(&dark.count()), "as many messages as the settings take, not the frame");
}

#[test]
fn brightness_is_the_contrast_from_dim_to_full() {
    for (brightness, contrast) in [(0, 0), (50, 127), (100, 255), (255, 255)] {
        let bus = bus(Size::W128H64);
        let mut oled = oled(&bus, Settings { brightness, ..settings(Size::W128H64) });
        oled.show(&frame(Size::W128H64, 1)).unwrap();
        assert_eq!(bus.display().contrast(), contrast, "{brightness} percent");
    }
}

#[test]
fn a_panel_with_its_own_supply_shines_with_the_charge_pump_off() {
    let bus = FakeBus::new(ADDRESS, Ssd1306::externally_powered(64));
    let frame = frame(Size::W128H64, 1);
    let mut oled = oled(&bus, Settings { charge_pump: false, ..settings(Size::W128H64) });
    oled.show(&frame).unwrap();
    assert!(!bus.display().pump_is_running());
    oled.refresh(&frame).unwrap();
    assert!(!bus.display().pump_is_running());
    assert_eq!(bus.picture(), picture(Size::W128H64, &frame));
}

// ---------------------------------------------------------------------- cost

/// What it costs to go from one frame to another.
fn cost(size: Size, from: &[u8], to: &[u8]) -> Cost {
    let bus = bus(size);
    let mut oled = oled(&bus, settings(size));
    oled.show(from).unwrap();
    let first = bus.transactions();
    oled.show(to).unwrap();
    bus.cost_since(first)
}

#[test]
fn nothing_changed_sends_nothing() {
    for size in SIZES {
        let frame = frame(size, 1);
        assert_eq!(cost(size, &frame, &frame), Cost::default());
    }
}

#[test]
fn a_changed_digit_costs_28_bytes_at_most() {
    for size in SIZES {
        let before = frame(size, 1);
        let mut after = before.clone();
        for page in 1..3 {
            for column in 50..59 {
                after[page * size.width() + column] ^= 0xFF;
            }
        }
        let cost = cost(size, &before, &after);
        assert!(cost.bytes <= 28 && cost.transactions == 3, "{cost:?}");
        assert!(cost.milliseconds(400_000) <= 0.8, "{cost:?}");
    }
}

#[test]
fn a_whole_frame_is_three_transactions() {
    for size in SIZES {
        let cost = cost(size, &frame(size, 1), &frame(size, 2));
        assert_eq!(cost, Cost { transactions: 3, bytes: 9 + size.frame_len() });
    }
}

// ------------------------------------------------------------------ recovery

/// Ways in which one transaction goes wrong: unheard, or broken off after so many bytes.
const FAULTS: [Fault; 6] = [
    Fault::NoAnswer,
    Fault::BreaksOffAfter(0),
    Fault::BreaksOffAfter(1),
    Fault::BreaksOffAfter(2),
    Fault::BreaksOffAfter(3),
    Fault::BreaksOffAfter(500),
];

/// Two frames that differ in several places, so that the second takes several rectangles.
fn two_frames(size: Size) -> [Vec<u8>; 2] {
    let first = frame(size, 1);
    let mut second = first.clone();
    for i in [0, 100, size.frame_len() - 1] {
        second[i] ^= 0xFF;
    }
    [first, second]
}

#[test]
fn a_fault_at_any_transaction_of_the_start_or_of_a_frame_ends_in_the_right_picture() {
    for size in SIZES {
        let frames = two_frames(size);
        let undisturbed = bus(size);
        let mut oled = oled(&undisturbed, settings(size));
        for frame in &frames {
            oled.show(frame).unwrap();
        }
        assert!(undisturbed.transactions() > 20 + 3 * 3, "the start, a whole frame, three rectangles");

        for number in 0..undisturbed.transactions() {
            for fault in FAULTS {
                let bus = bus(size);
                bus.fail_at(number, fault);
                let mut keeper = keeper(&bus, settings(size));
                let news: Vec<_> = frames
                    .iter()
                    .filter_map(|f| keeper.keep(Wanted::Picture(&mut copy(f)), Mono::default()))
                    .collect();
                assert!(matches!(news[..], [News::Trouble(_)]), "{fault:?} at {number}: {news:?}");
                let shown = after_retry(&mut keeper, &bus, &frames[1], Mono::default());
                assert_eq!(shown, picture(size, &frames[1]), "{fault:?} at {number}");
            }
        }
    }
}

#[test]
fn the_display_itself_starts_afresh_after_an_error() {
    let (bus, [first, second]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut oled = oled(&bus, settings(Size::W128H64));
    oled.show(&first).unwrap();
    bus.fail_at(bus.transactions() + 1, Fault::BreaksOffAfter(2));
    let error = oled.show(&second).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the display at address 0x3c does not answer: no acknowledgement",
        "the bus's own words reach the log"
    );
    oled.show(&second).unwrap();
    assert_eq!(bus.picture(), picture(Size::W128H64, &second));
}

#[test]
fn a_display_that_is_pulled_and_plugged_back_shows_the_newest_frame() {
    for size in SIZES {
        let (bus, [first, second]) = (bus(size), two_frames(size));
        let mut keeper = keeper(&bus, settings(size));
        let now = Mono::default();
        assert!(keeper.keep(Wanted::Picture(&mut copy(&first)), now).is_none());
        bus.unplug();
        assert!(matches!(keeper.keep(Wanted::Picture(&mut copy(&second)), now), Some(News::Trouble(_))));
        bus.replug();
        assert_eq!(after_retry(&mut keeper, &bus, &second, now), picture(size, &second));
    }
}

#[test]
fn a_display_that_lost_its_power_unnoticed_comes_back_with_the_next_refresh() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    let now = Mono::default();
    assert!(keeper.keep(Wanted::Picture(&mut copy(&frame)), now).is_none());
    bus.unplug();
    bus.replug();
    assert_eq!(bus.picture().lit_pixels(), 0);
    assert_eq!(keeper.rest_ms(now), REFRESH_MS);
    assert_eq!(after_retry(&mut keeper, &bus, &frame, now), picture(Size::W128H64, &frame));
}

#[test]
fn a_held_bus_is_waited_for() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    bus.hold(true);
    assert!(matches!(
        keeper.keep(Wanted::Picture(&mut copy(&frame)), Mono::default()),
        Some(News::Trouble(_))
    ));
    bus.hold(false);
    let shown = after_retry(&mut keeper, &bus, &frame, Mono::default());
    assert_eq!(shown, picture(Size::W128H64, &frame));
}

#[test]
fn trouble_is_reported_once_for_each_change_and_retried_ever_more_slowly() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    bus.unplug();
    let mut now = Mono::default();
    let mut reports = Vec::new();
    let mut rests = Vec::new();
    for _ in 0..8 {
        reports.extend(keeper.keep(Wanted::Picture(&mut copy(&frame)), now));
        rests.push(keeper.rest_ms(now));
        now = now.plus_millis(keeper.rest_ms(now));
    }
    assert!(matches!(reports[..], [News::Trouble(_)]), "{reports:?}");
    assert!(rests.is_sorted() && rests[0] < MAX_RETRY_MS && rests[7] == MAX_RETRY_MS, "{rests:?}");
    assert_eq!(bus.transactions(), 8, "a retry on a missing display is one write");

    bus.hold(true);
    let changed = keeper.keep(Wanted::Picture(&mut copy(&frame)), now);
    assert!(matches!(&changed, Some(News::Trouble(e)) if e.to_string().ends_with("the bus is held")));
    bus.hold(false);
    bus.replug();
    now = now.plus_millis(keeper.rest_ms(now));
    assert!(matches!(keeper.keep(Wanted::Picture(&mut copy(&frame)), now), Some(News::Recovered)));
    assert!(keeper.keep(Wanted::Picture(&mut copy(&frame)), now).is_none());
}

#[test]
fn between_retries_the_bus_is_left_alone() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    bus.unplug();
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), Mono::default());
    let _ = keeper
        .keep(Wanted::Picture(&mut copy(&frame)), Mono::from_millis(keeper.rest_ms(Mono::default()) - 1));
    assert_eq!(bus.transactions(), 1);
}

#[test]
fn a_retry_is_quick_again_only_after_a_steady_minute() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    let mut rest_after_failure_at = |now: Mono| {
        bus.unplug();
        // A refresh, or a start, finds out.
        let _ = keeper.keep(Wanted::Dark, now);
        let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), now);
        let rest = keeper.rest_ms(now);
        bus.replug();
        let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), now.plus_millis(rest));
        rest
    };
    let mut now = Mono::default();
    let first = rest_after_failure_at(now);
    now = now.plus_millis(first + 1_000);
    let second = rest_after_failure_at(now);
    assert!(second > first, "a loose plug: {second} after {first}");
    now = now.plus_millis(second);
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), now.plus_millis(STEADY_MS));
    now = now.plus_millis(STEADY_MS);
    bus.unplug();
    let _ = keeper.keep(Wanted::Dark, now);
    assert_eq!(keeper.rest_ms(now), first);
}

#[test]
fn a_missing_adapter_is_reported_once_and_opened_when_it_comes() {
    let (bus, [frame, _]) = (bus(Size::W128H64), two_frames(Size::W128H64));
    let present = Rc::new(Cell::new(false));
    let (plug, handle) = (Rc::clone(&present), bus.clone());
    let mut keeper = Keeper::new(move || {
        let missing = || OledError::Open {
            bus: "I2C",
            path: "/dev/i2c-9".into(),
            source: io::Error::from_raw_os_error(2),
        };
        plug.get().then(|| oled(&handle, settings(Size::W128H64))).ok_or_else(missing)
    });
    let now = Mono::default();
    let Some(News::Trouble(error)) = keeper.keep(Wanted::Picture(&mut copy(&frame)), now) else {
        panic!("a missing adapter was not reported");
    };
    assert!(error.to_string().starts_with("the I2C adapter /dev/i2c-9 cannot be opened: No such file"));
    let now = now.plus_millis(keeper.rest_ms(now));
    assert!(keeper.keep(Wanted::Picture(&mut copy(&frame)), now).is_none());
    present.set(true);
    assert_eq!(after_retry(&mut keeper, &bus, &frame, now), picture(Size::W128H64, &frame));
}

// ------------------------------------------------------------------ darkness

#[test]
fn the_end_leaves_the_display_off_and_its_memory_cleared() {
    for size in SIZES {
        let bus = bus(size);
        let mut keeper = keeper(&bus, settings(size));
        let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(size, 1))), Mono::default());
        keeper.end().unwrap();
        assert!(!bus.display().is_on());
        let mut display = bus.display();
        display.message(&[0x00, 0xAF]);
        assert_eq!(display.picture().lit_pixels(), 0);
    }
}

#[test]
fn the_end_between_two_retries_still_darkens_the_display() {
    let bus = bus(Size::W128H64);
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(Size::W128H64, 1))), Mono::default());
    bus.fail_at(bus.transactions(), Fault::NoAnswer);
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(Size::W128H64, 2))), Mono::default());
    keeper.end().unwrap();
    assert!(!bus.display().is_on() && bus.display().is_cleared());
}

#[test]
fn a_fault_at_any_transaction_of_the_end_still_leaves_the_display_dark() {
    for number in 0..4 {
        for fault in FAULTS {
            let bus = bus(Size::W128H64);
            let mut keeper = keeper(&bus, settings(Size::W128H64));
            let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(Size::W128H64, 1))), Mono::default());
            bus.fail_at(bus.transactions() + number, fault);
            keeper.end().unwrap();
            assert!(!bus.display().is_on() && bus.display().is_cleared(), "{fault:?} at {number}");
        }
    }
}

#[test]
fn the_end_of_a_display_that_is_not_there_says_so() {
    let bus = bus(Size::W128H64);
    bus.unplug();
    let error = keeper(&bus, settings(Size::W128H64)).end().unwrap_err();
    assert_eq!(error.to_string(), "the display at address 0x3c does not answer: no acknowledgement");
}

#[test]
fn darkness_lasts_without_a_byte_and_ends_in_a_full_start() {
    let bus = bus(Size::W128H64);
    let mut keeper = keeper(&bus, settings(Size::W128H64));
    let frame = frame(Size::W128H64, 1);
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), Mono::default());
    let _ = keeper.keep(Wanted::Dark, Mono::default());
    let dark = bus.transactions();
    let night = Mono::from_millis(8 * 3_600_000);
    let _ = keeper.keep(Wanted::Dark, night);
    assert_eq!(bus.cost_since(dark), Cost::default());
    assert_eq!(keeper.rest_ms(night), REFRESH_MS, "darkness needs no refresh");
    bus.unplug();
    bus.replug();
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), night);
    assert_eq!(bus.picture(), picture(Size::W128H64, &frame), "though it lost its power in the night");
}

fn snapshot() -> Snapshot {
    Snapshot::empty("board", Timestamp::from_millis(0), Trust::Live)
}

/// Draws as many lit bytes as customers wait.
fn draw(_: Page, snapshot: &Snapshot, _: Shift, frame: &mut [u8]) {
    frame[..snapshot.waiting as usize].fill(0xFF);
}

fn hooks(blank: &Arc<AtomicBool>) -> Hooks<[u8]> {
    let blank = Arc::clone(blank);
    Hooks {
        turns: Turns::new(&[]),
        draw: Box::new(draw),
        blank: Box::new(move |_| blank.load(Ordering::Relaxed)),
        brightness: Box::new(|_, _| 100),
        beat: Box::new(|| {}),
        shown: Slot::default(),
    }
}

#[test]
fn blank_hours_are_dark_unless_somebody_must_see_something() {
    let (bus, blank) = (bus(Size::W128H64), Arc::new(AtomicBool::new(true)));
    let handle = bus.clone();
    let mut screen = Screen::new(move || Ok(oled(&handle, settings(Size::W128H64))), hooks(&blank));
    let quiet = Snapshot { waiting: 5, ..snapshot() };
    let unacked = AlarmSummary { unacked: 1, ..AlarmSummary::default() };
    let acked = AlarmSummary { acked: 1, ..AlarmSummary::default() };
    let mut test_picture = quiet.clone();
    test_picture.levels.test_picture = true;
    let cases = [
        (quiet.clone(), 0),
        (Snapshot { alarm: unacked, ..quiet.clone() }, 40),
        (Snapshot { alarm: acked, ..quiet.clone() }, 0),
        (Snapshot { trust: Trust::Stale, ..quiet.clone() }, 40),
        (quiet.clone(), 0),
        (test_picture, 40),
    ];
    for (number, (snapshot, lit)) in cases.iter().enumerate() {
        assert!(screen.step(snapshot, Now::default()).is_none());
        assert_eq!(bus.picture().lit_pixels(), *lit, "case {number}");
    }
    blank.store(false, Ordering::Relaxed);
    let _ = screen.step(&quiet, Now::default());
    assert_eq!(bus.picture().lit_pixels(), 40, "the blank hours are over");
}

#[test]
fn the_drawing_is_told_where_the_picture_lies_at_the_time_of_the_snapshot() {
    let (places, told) = mpsc::channel();
    let hooks = Hooks {
        draw: Box::new(move |_, _, shift, _| places.send(shift).unwrap()),
        ..hooks(&Arc::new(AtomicBool::new(false)))
    };
    let handle = bus(Size::W128H64);
    let mut screen = Screen::new(move || Ok(oled(&handle, settings(Size::W128H64))), hooks);
    for minutes in [0, 3, 6, 9] {
        let at = Timestamp::from_millis(minutes * 60_000);
        let _ = screen.step(&Snapshot { at, ..snapshot() }, Now::default());
    }
    let told: Vec<_> = told.try_iter().map(|shift| (shift.dx, shift.dy)).collect();
    assert_eq!(told, [(0, 0), (1, 0), (1, 1), (0, 1)]);
}

/// A board with something on its pages.
fn busy() -> Snapshot {
    let channel = Group { name: "x".into(), open: 1, waiting: 1, at_risk: 0, breached: 0, oldest_s: Some(1) };
    Snapshot { waiting: 1, channels: vec![channel], ..snapshot() }
}

#[test]
fn pages_take_turns_and_the_screen_wakes_for_the_next_one() {
    let (pages, told) = mpsc::channel();
    let stays = [(Page::Now, 10_300), (Page::Channels, 5_000)];
    let hooks = Hooks {
        turns: Turns::new(&stays.map(|(page, for_ms)| Stay { page, for_ms })),
        draw: Box::new(move |page, _, _, _| pages.send(page).unwrap()),
        ..hooks(&Arc::new(AtomicBool::new(false)))
    };
    let handle = bus(Size::W128H64);
    let mut screen = Screen::new(move || Ok(oled(&handle, settings(Size::W128H64))), hooks);
    let now = |ms| Now { mono: Mono::from_millis(ms), ..Now::default() };
    for ms in [0, 10_000, 10_299, 10_300, 15_299, 15_300] {
        let _ = screen.step(&busy(), now(ms));
    }
    assert_eq!(screen.rest_ms(now(25_000).mono), 600);
    let told: Vec<_> = told.try_iter().collect();
    assert_eq!(told, [Page::Now, Page::Now, Page::Now, Page::Channels, Page::Channels, Page::Now]);
}

#[test]
fn a_press_in_blank_hours_turns_no_page_when_they_are_over() {
    let (pages, told) = mpsc::channel();
    let blank = Arc::new(AtomicBool::new(true));
    let stays = [Page::Now, Page::Channels].map(|page| Stay { page, for_ms: 10_000 });
    let hooks = Hooks {
        turns: Turns::new(&stays),
        draw: Box::new(move |page, _, _, _| pages.send(page).unwrap()),
        ..hooks(&blank)
    };
    let handle = bus(Size::W128H64);
    let mut screen = Screen::new(move || Ok(oled(&handle, settings(Size::W128H64))), hooks);
    let mut pressed = busy();
    pressed.levels.turns = 1;
    let now = |ms| Now { mono: Mono::from_millis(ms), ..Now::default() };
    let _ = screen.step(&pressed, now(1_000));
    blank.store(false, Ordering::Relaxed);
    let _ = screen.step(&pressed, now(40_000));
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [Page::Now]);
}

#[test]
fn another_brightness_is_sent_once_and_holds_after_an_error() {
    let (bus, percent) = (bus(Size::W128H64), Arc::new(AtomicU8::new(100)));
    let (handle, asked) = (bus.clone(), Arc::clone(&percent));
    let hooks = Hooks {
        brightness: Box::new(move |_, _| asked.load(Ordering::Relaxed)),
        ..hooks(&Arc::new(AtomicBool::new(false)))
    };
    let mut screen = Screen::new(move || Ok(oled(&handle, settings(Size::W128H64))), hooks);
    let now = |ms| Now { mono: Mono::from_millis(ms), ..Now::default() };
    assert!(screen.step(&snapshot(), now(0)).is_none());
    assert_eq!(bus.display().contrast(), 255);
    percent.store(20, Ordering::Relaxed);
    assert!(screen.step(&snapshot(), now(100)).is_none());
    assert_eq!(bus.display().contrast(), 51);
    let sent = bus.transactions();
    assert!(screen.step(&snapshot(), now(200)).is_none());
    assert_eq!(bus.transactions(), sent, "what has not changed is not sent again");
    // The plug is pulled and put back: the chip has forgotten everything.
    bus.unplug();
    percent.store(40, Ordering::Relaxed);
    assert!(matches!(screen.step(&snapshot(), now(300)), Some(News::Trouble(_))));
    bus.replug();
    assert!(matches!(screen.step(&snapshot(), now(1_000)), Some(News::Recovered)));
    assert_eq!(bus.display().contrast(), 102);
}

#[test]
fn the_thread_draws_the_newest_snapshot_and_ends_dark_when_the_sender_is_gone() {
    let bus = bus(Size::W128H64);
    let (beats, beaten) = mpsc::channel();
    let hooks = Hooks {
        beat: Box::new(move || beats.send(()).unwrap_or_default()),
        ..hooks(&Arc::new(AtomicBool::new(false)))
    };
    let (sender, receiver) = tokio::sync::watch::channel(Arc::new(Snapshot { waiting: 3, ..snapshot() }));
    let handle = bus.clone();
    let open = move || Ok(oled(&handle, settings(Size::W128H64)));
    let thread = screen::spawn("test", open, Clock::start(), receiver, hooks).unwrap();
    beaten.recv_timeout(PATIENCE).unwrap();
    assert_eq!(bus.picture().lit_pixels(), 24);
    sender.send_replace(Arc::new(Snapshot { waiting: 4, ..snapshot() }));
    while bus.picture().lit_pixels() != 32 {
        beaten.recv_timeout(PATIENCE).expect("the thread beats as long as it lives");
    }
    drop(sender);
    thread.join().unwrap();
    assert!(!bus.display().is_on() && bus.display().is_cleared());
}

#[test]
fn a_device_that_does_not_exist_stops_neither_the_thread_nor_its_end() {
    let display = Display { bus: "/nonexistent/i2c-1".into(), ..Display::default() };
    let (beats, beaten) = mpsc::channel();
    let hooks = Hooks {
        beat: Box::new(move || beats.send(()).unwrap_or_default()),
        ..hooks(&Arc::new(AtomicBool::new(false)))
    };
    let (sender, receiver) = tokio::sync::watch::channel(Arc::new(snapshot()));
    let settings = Settings::try_from(&display).unwrap();
    let thread = spawn(&display, settings, Clock::start(), receiver, hooks).unwrap();
    for _ in 0..2 {
        beaten.recv_timeout(PATIENCE).expect("the thread goes on");
    }
    drop(sender);
    thread.join().unwrap();
}

#[test]
fn only_displays_that_the_chip_can_drive_are_accepted() {
    let refused = |display: Display| Settings::try_from(&display).unwrap_err().to_string();
    assert_eq!(
        refused(Display { size: (96, 16), ..Display::default() }),
        "an OLED of 96x16 pixels is not supported, only 128x64, 128x32, 64x48 and 64x32"
    );
    assert_eq!(
        refused(Display { rotate: 90, ..Display::default() }),
        "an OLED can be turned by 0 or 180 degrees, not by 90"
    );
    let turned = Display { size: (128, 32), rotate: 180, charge_pump: false, ..Display::default() };
    assert_eq!(
        Settings::try_from(&turned).unwrap(),
        Settings { upside_down: true, charge_pump: false, ..settings(Size::W128H32) }
    );
}
