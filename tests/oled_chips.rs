//! The OLED's promise for every chip on every bus: whatever goes wrong there, the glass ends up
//! showing the newest frame. Every picture is rebuilt from the bytes on the wire, by models that
//! take nothing that the chips' datasheets do not know.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use bellboard::{
    core::time::Mono,
    io::outputs::{
        oled::{
            Chip, Oled, OledError, Settings, Size,
            bus::{I2cLink, SpiLink},
        },
        screen::keeper::{Keeper, News, REFRESH_MS, Wanted},
    },
};
use rig::{
    bus::{FakeBus, Fault},
    module::Module,
    picture::Picture,
    sh1106::Sh1106,
    spi::FakeSpi,
    ssd1306::Ssd1306,
};

const ADDRESS: u8 = 0x3C;
const SIZE: Size = Size::W128H64;
/// Ways in which one call goes wrong: nothing arrives, or so many bytes do.
const ARRIVED: [Option<usize>; 5] = [None, Some(1), Some(2), Some(3), Some(500)];

/// A chip that is modelled.
trait Kind: Module + 'static {
    const CHIP: Chip;
    fn module() -> Self;
}

impl Kind for Ssd1306 {
    const CHIP: Chip = Chip::Ssd1306;

    fn module() -> Self {
        Self::new(64)
    }
}

impl Kind for Sh1106 {
    const CHIP: Chip = Chip::Sh1106;

    fn module() -> Self {
        Self::new()
    }
}

/// A chip on a bus.
trait Way: Clone + 'static {
    type Kind: Kind;

    fn with(module: Self::Kind) -> Self;
    fn open(&self, settings: Settings) -> Result<Oled, OledError>;
    fn display(&self) -> Self::Kind;
    fn calls(&self) -> usize;
    /// The call of this number fails; so many bytes arrive, or it is not even heard.
    fn fail_at(&self, number: usize, arrived: Option<usize>);
    fn lose_power(&self);

    fn new() -> Self {
        Self::with(Self::Kind::module())
    }

    fn settings() -> Settings {
        Settings::usual(Self::Kind::CHIP, SIZE)
    }

    fn keeper(&self) -> Keeper<Oled, impl FnMut() -> Result<Oled, OledError>> {
        let way = self.clone();
        Keeper::new(move || way.open(Self::settings()))
    }
}

impl<M: Kind> Way for FakeBus<M> {
    type Kind = M;

    fn with(module: M) -> Self {
        Self::new(ADDRESS, module)
    }

    fn open(&self, settings: Settings) -> Result<Oled, OledError> {
        Ok(Oled::new(I2cLink::new(self.clone(), ADDRESS), settings))
    }

    fn display(&self) -> M {
        self.display()
    }

    fn calls(&self) -> usize {
        self.transactions()
    }

    fn fail_at(&self, number: usize, arrived: Option<usize>) {
        self.fail_at(number, arrived.map_or(Fault::NoAnswer, Fault::BreaksOffAfter));
    }

    fn lose_power(&self) {
        self.unplug();
        self.replug();
    }
}

impl<M: Kind> Way for FakeSpi<M> {
    type Kind = M;

    fn with(module: M) -> Self {
        Self::new(module)
    }

    fn open(&self, settings: Settings) -> Result<Oled, OledError> {
        let reset = Some(self.reset());
        let link = SpiLink::new(self.clone(), self.dc(), reset, "/dev/spidev0.0")
            .map_err(|source| OledError::Bus { place: "on /dev/spidev0.0".into(), source })?;
        Ok(Oled::new(link, settings))
    }

    fn display(&self) -> M {
        self.display()
    }

    fn calls(&self) -> usize {
        self.calls()
    }

    fn fail_at(&self, number: usize, arrived: Option<usize>) {
        self.fail_at(number, arrived.unwrap_or(0));
    }

    fn lose_power(&self) {
        self.power_cycle();
    }
}

/// Makes a test of each of these functions for every chip on every bus.
macro_rules! on_every_way {
    ($($test:ident)*) => {
        mod ssd1306_on_i2c {
            $(#[test] fn $test() { super::$test::<super::FakeBus<super::Ssd1306>>(); })*
        }
        mod ssd1306_on_spi {
            $(#[test] fn $test() { super::$test::<super::FakeSpi<super::Ssd1306>>(); })*
        }
        mod sh1106_on_i2c {
            $(#[test] fn $test() { super::$test::<super::FakeBus<super::Sh1106>>(); })*
        }
        mod sh1106_on_spi {
            $(#[test] fn $test() { super::$test::<super::FakeSpi<super::Sh1106>>(); })*
        }
    };
}

on_every_way! {
    the_golden_picture_arrives_as_it_was_drawn
    a_turned_panel_shows_the_picture_upright_for_who_turned_it
    changes_anywhere_arrive
    a_fault_at_any_call_of_the_start_or_of_a_frame_ends_in_the_right_picture
    a_fault_at_any_call_of_the_end_still_leaves_the_display_dark
    a_display_that_lost_its_power_unnoticed_comes_back_with_the_next_refresh
    the_end_leaves_the_display_off_and_its_memory_cleared
    a_refresh_darkens_a_display_for_a_few_messages_at_most
}

/// A frame that looks like no other, in every byte.
fn frame(number: usize) -> Vec<u8> {
    (0..SIZE.frame_len()).map(|i| (i * 7 + i / 31 + number * 59 + 1) as u8).collect()
}

fn picture(frame: &[u8]) -> Picture {
    Picture::from_pages(SIZE.width(), SIZE.height(), frame)
}

fn copy(frame: &[u8]) -> impl FnMut(&mut [u8]) {
    move |canvas| canvas.copy_from_slice(frame)
}

/// Two frames that differ in several places, so that the second takes several writes.
fn two_frames() -> [Vec<u8>; 2] {
    let first = frame(1);
    let mut second = first.clone();
    for i in [0, 100, 500, SIZE.frame_len() - 1] {
        second[i] ^= 0xFF;
    }
    [first, second]
}

fn the_golden_picture_arrives_as_it_was_drawn<W: Way>() {
    let text = include_str!("golden/oled-128x64.txt");
    let drawn = Picture::parse(SIZE.width(), SIZE.height(), text);
    let way = W::new();
    way.open(W::settings()).unwrap().show(&drawn.to_pages()).unwrap();
    assert_eq!(way.display().picture().to_string(), text);
}

fn a_turned_panel_shows_the_picture_upright_for_who_turned_it<W: Way>() {
    let (way, frame) = (W::new(), frame(1));
    let settings = Settings { upside_down: true, ..W::settings() };
    way.open(settings).unwrap().show(&frame).unwrap();
    assert_eq!(way.display().picture(), picture(&frame).turned());
}

fn changes_anywhere_arrive<W: Way>() {
    let way = W::new();
    let mut oled = way.open(W::settings()).unwrap();
    let mut frame = frame(1);
    oled.show(&frame).unwrap();
    for step in 0..200 {
        for i in 0..step % 7 {
            let place = (step * 397 + i * 211) % frame.len();
            frame[place] ^= 0x5A;
        }
        oled.show(&frame).unwrap();
        assert_eq!(way.display().picture(), picture(&frame), "step {step}");
    }
}

fn a_fault_at_any_call_of_the_start_or_of_a_frame_ends_in_the_right_picture<W: Way>() {
    let frames = two_frames();
    let undisturbed = W::new();
    let mut oled = undisturbed.open(W::settings()).unwrap();
    for frame in &frames {
        oled.show(frame).unwrap();
    }
    for number in 0..undisturbed.calls() {
        for arrived in ARRIVED {
            let way = W::new();
            way.fail_at(number, arrived);
            let mut keeper = way.keeper();
            let news: Vec<_> = frames
                .iter()
                .filter_map(|frame| keeper.keep(Wanted::Picture(&mut copy(frame)), Mono::default()))
                .collect();
            assert!(matches!(news[..], [News::Trouble(_)]), "{arrived:?} at {number}: {news:?}");
            let now = Mono::from_millis(keeper.rest_ms(Mono::default()));
            let news = keeper.keep(Wanted::Picture(&mut copy(&frames[1])), now);
            assert!(matches!(news, Some(News::Recovered)), "{arrived:?} at {number}: {news:?}");
            assert_eq!(way.display().picture(), picture(&frames[1]), "{arrived:?} at {number}");
        }
    }
}

fn a_fault_at_any_call_of_the_end_still_leaves_the_display_dark<W: Way>() {
    for number in 0..8 {
        for arrived in ARRIVED {
            let way = W::new();
            let mut keeper = way.keeper();
            let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(1))), Mono::default());
            way.fail_at(way.calls() + number, arrived);
            keeper.end().unwrap();
            let display = way.display();
            assert!(!display.is_on() && display.is_cleared(), "{arrived:?} at {number}");
        }
    }
}

fn a_display_that_lost_its_power_unnoticed_comes_back_with_the_next_refresh<W: Way>() {
    let (way, frame) = (W::new(), frame(1));
    let mut keeper = way.keeper();
    assert!(keeper.keep(Wanted::Picture(&mut copy(&frame)), Mono::default()).is_none());
    way.lose_power();
    assert_eq!(way.display().picture().lit_pixels(), 0);
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame)), Mono::from_millis(REFRESH_MS));
    assert_eq!(way.display().picture(), picture(&frame));
}

fn the_end_leaves_the_display_off_and_its_memory_cleared<W: Way>() {
    let way = W::new();
    let mut keeper = way.keeper();
    let _ = keeper.keep(Wanted::Picture(&mut copy(&frame(1))), Mono::default());
    keeper.end().unwrap();
    let display = way.display();
    assert!(!display.is_on() && display.is_cleared());
}

/// The bytes that are sent while it is dark are its settings, not its frame.
fn a_refresh_darkens_a_display_for_a_few_messages_at_most<W: Way>() {
    let (way, frame) = (W::new(), frame(1));
    let mut oled = way.open(W::settings()).unwrap();
    oled.show(&frame).unwrap();
    let first = way.calls();
    oled.refresh(&frame).unwrap();
    let calls = way.calls() - first;
    // Broken off before any given call, the display tells how it looked at that moment.
    let looks: Vec<bool> = (0..calls)
        .map(|call| {
            let way = W::new();
            let mut oled = way.open(W::settings()).unwrap();
            oled.show(&frame).unwrap();
            way.fail_at(first + call, None);
            oled.refresh(&frame).unwrap_err();
            let shown = way.display().picture();
            assert!(shown == picture(&frame) || shown.lit_pixels() == 0, "at {call}");
            shown.lit_pixels() > 0
        })
        .collect();
    let dark = looks.iter().filter(|lit| !**lit).count();
    assert!((1..=40).contains(&dark), "{dark} of {calls}");
    assert!(looks[looks.len() - 2], "it is lit while the frame is sent");
}

// -------------------------------------------------------------------- SH1106

fn sh1106(module: Sh1106, settings: Settings, frame: &[u8]) -> FakeBus<Sh1106> {
    let bus = FakeBus::new(ADDRESS, module);
    bus.open(settings).unwrap().show(frame).unwrap();
    bus
}

fn usual() -> Settings {
    Settings::usual(Chip::Sh1106, SIZE)
}

#[test]
fn an_odd_module_is_right_with_its_own_column_offset_either_way_up() {
    let frame = frame(1);
    for column_offset in [0, 1, 4] {
        for upside_down in [false, true] {
            let settings = Settings { column_offset, upside_down, ..usual() };
            let bus = sh1106(Sh1106::beginning_at(column_offset.into()), settings, &frame);
            let shown = if upside_down { bus.picture().turned() } else { bus.picture() };
            assert_eq!(shown, picture(&frame), "offset {column_offset}, upside down: {upside_down}");
        }
    }
}

#[test]
fn brightness_is_the_contrast_of_an_sh1106_too() {
    for (brightness, contrast) in [(0, 0), (50, 127), (100, 255)] {
        let bus = sh1106(Sh1106::new(), Settings { brightness, ..usual() }, &frame(1));
        assert_eq!(bus.display().contrast(), contrast, "{brightness} percent");
    }
}

#[test]
fn a_display_is_dimmed_without_its_frame_being_sent_again() {
    let bus = FakeBus::new(ADDRESS, Sh1106::new());
    let mut oled = bus.open(usual()).unwrap();
    oled.show(&frame(1)).unwrap();
    let first = bus.transactions();
    oled.dim(50);
    assert_eq!(bus.transactions(), first);
    oled.show(&frame(1)).unwrap();
    assert_eq!((bus.display().contrast(), bus.transactions() - first), (127, 1));
}

#[test]
fn the_charge_pump_of_an_sh1106_is_off_where_the_module_brings_its_voltage() {
    let settings = Settings { charge_pump: false, ..usual() };
    let bus = sh1106(Sh1106::externally_powered(), settings, &frame(1));
    assert!(!bus.display().pump_is_running());
    assert_eq!(bus.picture(), picture(&frame(1)));
    assert!(sh1106(Sh1106::new(), usual(), &frame(1)).display().pump_is_running());
}

#[test]
fn a_changed_digit_costs_an_sh1106_two_runs_of_its_own_bytes() {
    let (bus, before) = (FakeBus::new(ADDRESS, Sh1106::new()), frame(1));
    let mut oled = bus.open(usual()).unwrap();
    oled.show(&before).unwrap();
    let first = bus.transactions();
    let mut after = before.clone();
    for page in 1..3 {
        for column in 60..69 {
            after[page * SIZE.width() + column] ^= 0xFF;
        }
    }
    oled.show(&after).unwrap();
    let cost = bus.cost_since(first);
    assert_eq!((cost.transactions, cost.bytes), (4, 2 * (4 + 10)));
    assert_eq!(bus.picture(), picture(&after));
}

// ----------------------------------------------------------------------- SPI

#[test]
fn a_display_on_spi_is_reset_once_when_it_is_opened() {
    let bus = FakeSpi::new(Sh1106::new());
    let mut oled = bus.open(usual()).unwrap();
    oled.show(&frame(1)).unwrap();
    oled.refresh(&frame(2)).unwrap();
    assert_eq!(bus.resets(), 1);
}

/// Opens a display that has no reset line.
fn without_reset<M: Kind>(bus: &FakeSpi<M>) -> Oled {
    let link = SpiLink::new(bus.clone(), bus.dc(), None, "/dev/spidev0.0").unwrap();
    Oled::new(link, Settings::usual(M::CHIP, SIZE))
}

fn a_command_that_broke_off_is_ended_by_others<M: Kind>() {
    let frames = two_frames();
    let undisturbed = FakeSpi::new(M::module());
    let mut oled = without_reset(&undisturbed);
    for frame in &frames {
        oled.show(frame).unwrap();
    }
    for number in 0..undisturbed.calls() {
        for arrived in 0..20 {
            let bus = FakeSpi::new(M::module());
            bus.fail_at(number, arrived);
            let mut oled = without_reset(&bus);
            let failed = frames.iter().find(|frame| oled.show(frame).is_err());
            assert!(failed.is_some(), "{arrived} at {number}");
            without_reset(&bus).show(&frames[1]).unwrap();
            assert_eq!(bus.picture(), picture(&frames[1]), "{arrived} at {number}");
            assert_eq!(bus.resets(), 0);
        }
    }
}

#[test]
fn without_a_reset_line_a_command_that_broke_off_is_ended_by_others() {
    a_command_that_broke_off_is_ended_by_others::<Ssd1306>();
    a_command_that_broke_off_is_ended_by_others::<Sh1106>();
}

#[test]
fn an_error_on_spi_names_the_device() {
    let bus = FakeSpi::new(Ssd1306::new(64));
    let mut oled = bus.open(Settings::usual(Chip::Ssd1306, SIZE)).unwrap();
    bus.fail_at(bus.calls(), 0);
    let error = oled.show(&frame(1)).unwrap_err();
    assert_eq!(error.to_string(), "the display on /dev/spidev0.0 does not answer: the adapter is gone");
}

#[test]
fn a_whole_frame_on_spi_is_one_write_of_data_and_its_window() {
    let bus = FakeSpi::new(Ssd1306::new(64));
    let mut oled = bus.open(Settings::usual(Chip::Ssd1306, SIZE)).unwrap();
    oled.show(&frame(1)).unwrap();
    let before = bus.bytes();
    oled.show(&frame(2)).unwrap();
    assert_eq!(bus.bytes() - before, 3 + 3 + SIZE.frame_len());
}
