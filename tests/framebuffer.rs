//! A screen's promise: whatever its mode, it ends up showing the newest picture, no byte that is
//! not its picture's is touched, and no more is written than changed. Every picture is rebuilt
//! from the bytes in memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bellboard::{
    clock::Clock,
    core::time::{Mono, Now},
    io::outputs::{
        framebuffer::{Framebuffer, FramebufferError, console::Console, mounted::Mounted},
        frames::Slot,
        screen::{
            self, Hooks, Screen, Shift,
            keeper::{Keeper, News, REFRESH_MS, Surface, Wanted},
        },
        turns::Turns,
    },
};
use bellboard_panel::{
    ColorCanvas, Look, Snapshot, Timestamp,
    screens::{self, Page},
    snapshot::Trust,
};
use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{OriginDimensions, Point, Size},
    pixelcolor::{Rgb888, RgbColor},
    primitives::Rectangle,
};
use proptest::prelude::*;
use rig::glass::{FakeGlass, FakeTty, Form, TtyState};

const PATH: &str = "/dev/fb7";
/// How long the thread may take for what it does in milliseconds: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A picture that looks like no other, in every pixel.
fn picture(canvas: &mut ColorCanvas, number: u32) {
    let Size { width, height } = canvas.size();
    for y in 0..height {
        for x in 0..width {
            let value = (x * 37 + y * 101 + number * 59) as u8;
            let colour = Rgb888::new(value, value.rotate_left(3), !value);
            let Ok(()) = canvas.draw_iter([Pixel(Point::new(x as i32, y as i32), colour)]);
        }
    }
}

fn framebuffer(glass: &FakeGlass) -> Framebuffer<FakeGlass> {
    Framebuffer::new(glass.clone(), Path::new(PATH), 100, None).unwrap()
}

/// The colours of a picture, as a screen of this size wants them.
fn colours(form: Form, mut paint: impl FnMut(&mut ColorCanvas)) -> Vec<u32> {
    let mut canvas = ColorCanvas::new(form.size.0, form.size.1);
    paint(&mut canvas);
    canvas.pixels().to_vec()
}

/// The colour of each pixel, with as many bits as the mode keeps of each channel.
fn seen(glass: &FakeGlass, form: Form) -> Vec<[u32; 3]> {
    let [red, green, blue, _] = form.fields;
    let channel = |pixel: u32, (offset, length): (u32, u32)| pixel >> offset & ((1 << length) - 1);
    glass.pixels().iter().map(|pixel| [red, green, blue].map(|field| channel(*pixel, field))).collect()
}

/// What should be seen of these colours.
fn wanted(form: Form, colours: &[u32]) -> Vec<[u32; 3]> {
    let share = |value: u32, length: u32| {
        let most = f64::from((1 << length) - 1);
        (f64::from(value) * most / 255.0).round() as u32
    };
    let of = |colour: &u32| {
        [16, 8, 0]
            .iter()
            .zip(form.fields)
            .map(|(shift, (_, bits))| share(colour >> shift & 0xFF, bits))
            .collect()
    };
    colours.iter().map(of).map(|channels: Vec<u32>| [channels[0], channels[1], channels[2]]).collect()
}

fn forms() -> [Form; 8] {
    let (wide, small) = (Form::bgrx(40, 12), Form::rgb565(40, 12));
    [
        wide,
        small,
        Form { fields: [(0, 8), (8, 8), (16, 8), (24, 8)], ..wide },
        Form { fields: [(20, 10), (10, 10), (0, 10), (0, 0)], ..wide },
        Form { fields: [(10, 5), (5, 5), (0, 5), (15, 1)], ..small },
        Form { bits: 24, ..wide },
        Form { padding: 10, offset: (3, 5), ..small },
        Form { padding: 64, offset: (8, 1), ..wide },
    ]
}

// ------------------------------------------------------------------ pictures

#[test]
fn a_picture_arrives_in_every_mode_whatever_its_fields_its_stride_and_its_offset() {
    for form in forms() {
        let glass = FakeGlass::new(form);
        let mut screen = framebuffer(&glass);
        for number in 0..3 {
            screen.show(&mut |canvas| picture(canvas, number)).unwrap();
            let colours = colours(form, |canvas| picture(canvas, number));
            assert_eq!(seen(&glass, form), wanted(form, &colours), "{form:?}");
        }
    }
}

#[test]
fn pixels_that_could_be_transparent_are_opaque() {
    let form = Form { fields: [(16, 8), (8, 8), (0, 8), (24, 8)], ..Form::bgrx(4, 4) };
    let glass = FakeGlass::new(form);
    framebuffer(&glass).show(&mut |_| {}).unwrap();
    assert!(glass.pixels().iter().all(|pixel| *pixel == 0xFF00_0000));
}

proptest! {
    #[test]
    fn the_picture_on_the_screen_is_always_the_last_one(
        which in 0..8_usize,
        strokes in prop::collection::vec((0..40_i32, 0..12_i32, 1..40_u32, 1..8_u32, any::<u32>()), 1..10),
    ) {
        let form = forms()[which];
        let glass = FakeGlass::new(form);
        let mut screen = framebuffer(&glass);
        let mut drawn = ColorCanvas::new(40, 12);
        for (x, y, width, height, colour) in strokes {
            let area = Rectangle::new(Point::new(x, y), Size::new(width, height));
            let [_, red, green, blue] = colour.to_be_bytes();
            let Ok(()) = drawn.fill_solid(&area, Rgb888::new(red, green, blue));
            screen.show(&mut |canvas| canvas.clone_from(&drawn)).unwrap();
            prop_assert_eq!(seen(&glass, form), wanted(form, drawn.pixels()));
        }
    }
}

fn board(waiting: u32) -> Snapshot {
    Snapshot { waiting, open: 20, ..Snapshot::empty("board", Timestamp::from_millis(0), Trust::Live) }
}

fn page(board: &Snapshot, degrees: u16) -> impl FnMut(&mut ColorCanvas) {
    move |canvas| {
        let mut mounted = Mounted::new(canvas, degrees, Shift::default());
        let Ok(()) = screens::draw(Page::Now, board, &Look::default(), &mut mounted);
    }
}

#[test]
fn a_turned_page_is_the_upright_one_seen_with_a_turned_head() {
    let (wide, tall) = (Form::bgrx(320, 200), Form::bgrx(200, 320));
    let upright = |form| colours(form, page(&board(7), 0));
    let shown = |degrees| {
        let glass = FakeGlass::new(wide);
        framebuffer(&glass).show(&mut page(&board(7), degrees)).unwrap();
        glass.pixels()
    };
    assert_eq!(shown(0), upright(wide));
    assert_eq!(shown(180), upright(wide).into_iter().rev().collect::<Vec<_>>());
    let tall = upright(tall);
    let turned = |place: fn(usize, usize) -> usize| {
        (0..200)
            .flat_map(|y| (0..320).map(move |x| (x, y)))
            .map(|(x, y)| tall[place(x, y)])
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(90), turned(|x, y| (319 - x) * 200 + y));
    assert_eq!(shown(270), turned(|x, y| x * 200 + 199 - y));
}

#[test]
fn brightness_darkens_the_colours_and_takes_effect_with_the_next_picture() {
    let glass = FakeGlass::new(Form::bgrx(4, 4));
    let mut screen = framebuffer(&glass);
    let mut white = |canvas: &mut ColorCanvas| {
        let Ok(()) = canvas.clear(Rgb888::WHITE);
    };
    screen.show(&mut white).unwrap();
    assert!(glass.pixels().iter().all(|pixel| *pixel == 0x00FF_FFFF));
    screen.dim(0);
    assert!(glass.pixels().iter().all(|pixel| *pixel == 0x00FF_FFFF), "nothing is sent yet");
    screen.show(&mut white).unwrap();
    assert!(glass.pixels().iter().all(|pixel| *pixel == 0x004C_4C4C));
}

// ---------------------------------------------------------------------- cost

/// Draws a picture with one rectangle of another colour.
fn with_digit(area: Rectangle) -> impl FnMut(&mut ColorCanvas) {
    move |canvas| {
        picture(canvas, 1);
        let Ok(()) = canvas.fill_solid(&area, Rgb888::YELLOW);
    }
}

/// The writes that it takes to go from the picture without the rectangle to the one with it.
fn writes(form: Form, area: Rectangle) -> Vec<(u64, usize)> {
    let glass = FakeGlass::new(form);
    let mut screen = framebuffer(&glass);
    screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
    let first = glass.writes().len();
    screen.show(&mut with_digit(area)).unwrap();
    glass.writes().split_off(first)
}

#[test]
fn nothing_changed_writes_nothing() {
    for form in forms() {
        assert_eq!(writes(form, Rectangle::zero()), [], "{form:?}");
    }
}

#[test]
fn only_changed_rows_are_written_and_of_each_only_what_changed() {
    let digit = Rectangle::new(Point::new(1500, 4), Size::new(100, 3));
    let writes_of = |form| writes(form, digit);
    let place = |row: u64| (row * 1920 + 1500) * 4;
    assert_eq!(writes_of(Form::bgrx(1920, 10)), [4, 5, 6].map(|row| (place(row), 400)));
    let padded = Form { padding: 256, ..Form::bgrx(1920, 10) };
    assert_eq!(writes_of(padded), [4, 5, 6].map(|row| (place(row) + row * 256, 400)));
}

#[test]
fn changes_that_lie_close_to_each_other_in_memory_are_one_write() {
    let wide = Rectangle::new(Point::new(100, 4), Size::new(1720, 3));
    assert_eq!(writes(Form::bgrx(1920, 10), wide), [((4 * 1920 + 100) * 4, (2 * 1920 + 1720) * 4)]);
    let padded = Form { padding: 256, ..Form::bgrx(1920, 10) };
    assert_eq!(writes(padded, wide).len(), 3, "what lies between the rows is not ours");
}

#[test]
fn a_whole_screen_is_written_once_and_in_pieces_that_stay_in_the_cache() {
    let glass = FakeGlass::new(Form::bgrx(640, 480));
    framebuffer(&glass).show(&mut |canvas| picture(canvas, 1)).unwrap();
    assert_eq!(glass.bytes_since(0), 640 * 480 * 4);
    assert!(glass.writes().iter().all(|(_, length)| *length <= 128 * 1024));
}

// ------------------------------------------------------------------ recovery

fn keeper(
    glass: &FakeGlass,
) -> Keeper<Framebuffer<FakeGlass>, impl FnMut() -> Result<Framebuffer<FakeGlass>, FramebufferError>> {
    let glass = glass.clone();
    Keeper::new(move || Framebuffer::new(glass.clone(), Path::new(PATH), 100, None))
}

#[test]
fn a_fault_at_any_write_ends_in_the_right_picture() {
    let form = Form { padding: 6, ..Form::rgb565(40, 12) };
    let digit = Rectangle::new(Point::new(3, 2), Size::new(5, 4));
    let undisturbed = FakeGlass::new(form);
    let mut screen = framebuffer(&undisturbed);
    screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
    screen.show(&mut with_digit(digit)).unwrap();
    assert_eq!(undisturbed.writes().len(), 12 + 4);
    for number in 0..16 {
        let glass = FakeGlass::new(form);
        glass.fail_at(number);
        let mut keeper = keeper(&glass);
        let now = Mono::default();
        let mut first = |canvas: &mut ColorCanvas| picture(canvas, 1);
        let news = [
            keeper.keep(Wanted::Picture(&mut first), now),
            keeper.keep(Wanted::Picture(&mut with_digit(digit)), now),
        ];
        let told: Vec<_> = news.into_iter().flatten().collect();
        assert!(matches!(told[..], [News::Trouble(FramebufferError::Lost { .. })]), "at {number}: {told:?}");
        let now = now.plus_millis(keeper.rest_ms(now));
        assert!(matches!(keeper.keep(Wanted::Picture(&mut with_digit(digit)), now), Some(News::Recovered)));
        assert_eq!(glass.pixels(), undisturbed.pixels(), "at {number}");
    }
}

#[test]
fn after_an_error_nothing_of_the_screen_is_believed() {
    let glass = FakeGlass::new(Form::bgrx(40, 12));
    let mut screen = framebuffer(&glass);
    screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
    glass.fail_at(glass.writes().len());
    screen.show(&mut |canvas| picture(canvas, 2)).unwrap_err();
    screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
    assert_eq!(glass.pixels(), colours(Form::bgrx(40, 12), |canvas| picture(canvas, 1)));
}

#[test]
fn a_screen_that_is_gone_is_reported_once_and_drawn_whole_when_it_is_back() {
    let glass = FakeGlass::new(Form::bgrx(40, 12));
    let mut keeper = keeper(&glass);
    let mut now = Mono::default();
    let mut keep = |now| keeper.keep(Wanted::Picture(&mut |canvas| picture(canvas, 2)), now);
    assert!(keep(now).is_none());
    glass.set_gone(true);
    let Some(News::Trouble(error)) = keep(now) else { panic!("a lost screen is told of") };
    assert_eq!(error.to_string(), "the framebuffer /dev/fb7 failed: No such device (os error 19)");
    for _ in 0..3 {
        now = now.plus_millis(10_000);
        assert!(keep(now).is_none());
    }
    glass.set_gone(false);
    glass.scribble_over();
    assert!(matches!(keep(now.plus_millis(10_000)), Some(News::Recovered)));
    let colours = colours(Form::bgrx(40, 12), |canvas| picture(canvas, 2));
    assert_eq!(glass.pixels(), colours);
}

#[test]
fn a_mode_that_cannot_be_drawn_on_is_refused_in_one_sentence_and_may_be_changed() {
    let glass = FakeGlass::new(Form { bits: 8, ..Form::bgrx(40, 12) });
    let mut keeper = keeper(&glass);
    let mut keep = |now| keeper.keep(Wanted::Picture(&mut |canvas| picture(canvas, 2)), now);
    let Some(News::Trouble(error)) = keep(Mono::default()) else { panic!("a palette is told of") };
    let sentence = "its pixels have 8 bits; set a mode with 16, 24 or 32";
    assert_eq!(error.to_string(), format!("the framebuffer /dev/fb7 cannot be drawn on: {sentence}"));
    glass.set_mode(Form::rgb565(40, 12));
    assert!(matches!(keep(Mono::from_millis(10_000)), Some(News::Recovered)));
}

#[test]
fn another_mode_is_followed_with_the_next_picture() {
    let glass = FakeGlass::new(Form::bgrx(40, 12));
    let mut screen = framebuffer(&glass);
    screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
    for form in [Form::bgrx(64, 48), Form { padding: 2, ..Form::rgb565(20, 10) }] {
        glass.set_mode(form);
        screen.show(&mut |canvas| picture(canvas, 1)).unwrap();
        let colours = colours(form, |canvas| picture(canvas, 1));
        assert_eq!(seen(&glass, form), wanted(form, &colours));
    }
}

#[test]
fn what_somebody_else_draws_is_gone_with_the_next_refresh() {
    let form = Form::bgrx(40, 12);
    let glass = FakeGlass::new(form);
    let mut keeper = keeper(&glass);
    let mut keep = |now| keeper.keep(Wanted::Picture(&mut |canvas| picture(canvas, 2)), now);
    assert!(keep(Mono::default()).is_none());
    glass.scribble_over();
    assert!(keep(Mono::from_millis(REFRESH_MS)).is_none());
    assert_eq!(glass.pixels(), colours(form, |canvas| picture(canvas, 2)));
}

#[test]
fn a_device_that_is_no_framebuffer_stops_neither_the_thread_nor_its_end() {
    use bellboard::{config::model::Display, io::outputs::framebuffer::spawn};
    for device in ["/nonexistent/fb0", "/dev/null"] {
        let display = Display { device: device.into(), tty: None, ..Display::default() };
        let (beats, beaten) = std::sync::mpsc::channel();
        let hooks =
            Hooks { beat: Box::new(move || beats.send(()).unwrap_or_default()), ..hooks(&Arc::default()) };
        let (sender, receiver) = tokio::sync::watch::channel(Arc::new(board(1)));
        let thread = spawn(&display, Clock::start(), receiver, hooks).unwrap();
        for _ in 0..2 {
            beaten.recv_timeout(PATIENCE).expect("the thread goes on");
        }
        drop(sender);
        thread.join().unwrap();
    }
}

// ------------------------------------------------------- darkness and console

/// The consoles that are taken are a list of the whole process, which a panic gives back: one test
/// at a time may have some.
fn alone() -> MutexGuard<'static, ()> {
    static CONSOLES: Mutex<()> = Mutex::new(());
    CONSOLES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hooks(blank: &Arc<AtomicBool>) -> Hooks<ColorCanvas> {
    let blank = Arc::clone(blank);
    Hooks {
        turns: Turns::new(&[]),
        draw: Box::new(|_, snapshot, _, canvas| picture(canvas, snapshot.waiting)),
        blank: Box::new(move |_| blank.load(Ordering::Relaxed)),
        brightness: Box::new(|_, _| 100),
        beat: Box::new(|| {}),
        shown: Slot::default(),
    }
}

#[test]
fn blank_hours_are_black_and_without_a_signal_and_cost_nothing() {
    for knows_power in [true, false] {
        let glass = FakeGlass::new(Form::bgrx(40, 12));
        if !knows_power {
            glass.forget_power();
        }
        let (handle, blank) = (glass.clone(), Arc::new(AtomicBool::new(true)));
        let open = move || Framebuffer::new(handle.clone(), Path::new(PATH), 100, None);
        let mut screen = Screen::new(open, hooks(&blank));
        for _ in 0..3 {
            assert!(screen.step(&board(5), Now::default()).is_none());
            assert!(glass.pixels().iter().all(|pixel| *pixel == 0));
            assert_eq!(glass.bytes_since(0), 40 * 12 * 4, "black is written once");
            assert_eq!(glass.is_powered(), !knows_power);
        }
        blank.store(false, Ordering::Relaxed);
        assert!(screen.step(&board(5), Now::default()).is_none());
        assert!(glass.is_powered() && glass.pixels().iter().any(|pixel| *pixel != 0));
    }
}

#[test]
fn the_end_leaves_a_black_screen_with_a_signal_and_the_console_as_it_was() {
    let _alone = alone();
    for privileged in [true, false] {
        let (glass, tty) = (FakeGlass::new(Form::rgb565(40, 12)), FakeTty::new(privileged, true));
        let before = tty.state();
        let (handle, console) = (glass.clone(), tty.clone());
        let open = move || {
            let console = Console::take(console.clone()).unwrap();
            Framebuffer::new(handle.clone(), Path::new(PATH), 100, Some(console))
        };
        let (sender, receiver) = tokio::sync::watch::channel(Arc::new(board(3)));
        let (beats, beaten) = std::sync::mpsc::channel();
        let hooks =
            Hooks { beat: Box::new(move || beats.send(()).unwrap_or_default()), ..hooks(&Arc::default()) };
        let thread = screen::spawn("tv", open, Clock::start(), receiver, hooks).unwrap();
        beaten.recv_timeout(PATIENCE).unwrap();
        assert!(glass.pixels().iter().any(|pixel| *pixel != 0));
        let taken = TtyState { graphics: privileged, hidden: !privileged };
        assert_eq!(tty.state(), taken);
        drop(sender);
        thread.join().unwrap();
        assert!(glass.pixels().iter().all(|pixel| *pixel == 0) && glass.is_powered());
        assert_eq!(tty.state(), before);
    }
}

#[test]
fn a_console_that_lets_nobody_hide_its_cursor_says_so() {
    let _alone = alone();
    let refused = Console::take(FakeTty::new(false, false)).map(drop).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn a_panic_gives_the_console_back_and_the_end_after_it_does_so_no_second_time() {
    use bellboard::io::outputs::framebuffer::console;
    let _alone = alone();
    let tty = FakeTty::new(false, true);
    let taken = Console::take(tty.clone()).unwrap();
    assert!(tty.state().hidden);
    console::restore();
    assert!(!tty.state().hidden);
    let other = Console::take(tty.clone()).unwrap();
    drop(taken);
    assert!(tty.state().hidden, "it belongs to somebody else now");
    drop(other);
    assert!(!tty.state().hidden);
}

#[test]
fn a_console_that_a_killed_daemon_left_is_given_back_whichever_way_it_was_taken() {
    use bellboard::io::outputs::framebuffer::console;
    let _alone = alone();
    for privileged in [true, false] {
        let tty = FakeTty::new(privileged, true);
        let before = tty.state();
        std::mem::forget(Console::take(tty.clone()).unwrap());
        assert_ne!(tty.state(), before);
        console::give_back(&tty);
        assert_eq!(tty.state(), before);
    }
}
