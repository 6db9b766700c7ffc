//! What the board's pages cost on the bus: transactions, bytes, and milliseconds at 400 kHz.
//!
//! The pages themselves, through the display's driver, counted on the model: it says the same
//! on every machine. Run with `cargo bench -p bellboard-tests --bench bus`.

use bellboard::io::outputs::oled::{Chip, Oled, OledError, Settings, Size, bus::I2cLink};
use bellboard_panel::{
    Canvas, Look, Snapshot, Timestamp,
    screens::{self, Page},
    snapshot::{Oldest, Trust},
};
use rig::{
    bus::{Cost, FakeBus},
    ssd1306::Ssd1306,
};

const ADDRESS: u8 = 0x3C;
/// The bus's clock in fast mode.
const HERTZ: u32 = 400_000;
/// Sunday morning, on the minute.
const MORNING_S: i64 = 1_795_334_400;

/// A morning on which nine wait, the first of them for twelve minutes and five seconds.
const CALM: Scene = Scene { waiting: 9, oldest_s: 12 * 60 + 5, at_s: 5 };

/// What differs between the boards that are shown.
#[derive(Clone, Copy)]
struct Scene {
    waiting: u32,
    oldest_s: u64,
    /// Seconds into the minute.
    at_s: i64,
}

/// What is shown, and what is shown next.
struct Case {
    name: &'static str,
    from: Scene,
    to: Scene,
}

const CASES: [Case; 5] = [
    Case { name: "a second later", from: CALM, to: Scene { oldest_s: 12 * 60 + 6, at_s: 6, ..CALM } },
    Case { name: "a minute later", from: CALM, to: Scene { oldest_s: 13 * 60 + 5, at_s: 65, ..CALM } },
    Case { name: "queue 8 to 9", from: Scene { waiting: 8, ..CALM }, to: CALM },
    Case { name: "queue 9 to 10", from: CALM, to: Scene { waiting: 10, ..CALM } },
    Case { name: "nothing changed", from: CALM, to: CALM },
];

fn main() {
    println!("{:<7} {:<18} {:>12} {:>6} {:>6}", "size", "what", "transactions", "bytes", "ms");
    for size in [Size::W128H64, Size::W128H32] {
        let (bus, mut oled) = display(size);
        let dark = vec![0; size.frame_len()];
        print(size, "start", cost(&bus, || oled.show(&dark)));
        print(size, "full frame", cost(&bus, || oled.refresh(&frame(size, CALM))));
        for Case { name, from, to } in CASES {
            let (bus, mut oled) = display(size);
            cost(&bus, || oled.show(&frame(size, from)));
            let changed = frame(size, from) != frame(size, to);
            let cost = cost(&bus, || oled.show(&frame(size, to)));
            assert_eq!(changed, cost.bytes > 0, "{name}: what did not change must cost nothing");
            print(size, name, cost);
        }
    }
}

fn display(size: Size) -> (FakeBus, Oled) {
    let bus = FakeBus::new(ADDRESS, Ssd1306::new(size.height()));
    (bus.clone(), Oled::new(I2cLink::new(bus, ADDRESS), Settings::usual(Chip::Ssd1306, size)))
}

/// The page of how many wait, as the daemon draws it.
fn frame(size: Size, scene: Scene) -> Vec<u8> {
    let mut canvas = Canvas::new(size.width() as u32, size.height() as u32);
    let look = Look { title: "Support".into(), utc_offset_s: 0, ..Look::default() };
    let Ok(()) = screens::draw(Page::Now, &board(scene), &look, &mut canvas);
    canvas.bytes().to_vec()
}

fn board(Scene { waiting, oldest_s, at_s }: Scene) -> Snapshot {
    let at = Timestamp::from_millis((MORNING_S + at_s) * 1000);
    let waiting_since = at.plus_millis(-(oldest_s as i64) * 1000);
    let oldest = Oldest {
        id: "fb-1842".into(),
        channel: "facebook".into(),
        queue: "billing".into(),
        customer: None,
        waiting_since,
        waiting_s: oldest_s,
    };
    Snapshot {
        trust_since: waiting_since,
        open: 12,
        waiting,
        unassigned: 3,
        oldest: Some(oldest),
        ..Snapshot::empty("floor-1", at, Trust::Live)
    }
}

fn cost(bus: &FakeBus, act: impl FnOnce() -> Result<(), OledError>) -> Cost {
    let first = bus.transactions();
    act().expect("the model's bus has no faults");
    bus.cost_since(first)
}

fn print(size: Size, what: &str, cost: Cost) {
    let size = format!("{}x{}", size.width(), size.height());
    let (Cost { transactions, bytes }, ms) = (cost, cost.milliseconds(HERTZ));
    println!("{size:<7} {what:<18} {transactions:>12} {bytes:>6} {ms:>6.2}");
}
