//! What frames cost on the bus: transactions, bytes, and milliseconds at 400 kHz.
//!
//! Counted on the model, so it says the same on every machine. Run with
//! `cargo bench -p bellboard-tests --bench bus`.

use bellboard::io::outputs::oled::{Height, Oled, OledError, Settings, WIDTH};
use rig::{
    bus::{Cost, FakeBus},
    ssd1306::Ssd1306,
};

const ADDRESS: u8 = 0x3C;
/// The bus's clock in fast mode.
const HERTZ: u32 = 400_000;

/// Draws one frame in page format.
type Draw = fn(Height) -> Vec<u8>;

/// What is shown, and what is shown next.
struct Case {
    name: &'static str,
    from: Draw,
    to: Draw,
}

const CASES: [Case; 3] = [
    Case { name: "every pixel changed", from: dark, to: lit },
    Case { name: "a digit of 9x16 changed", from: dark, to: digit },
    Case { name: "nothing changed", from: digit, to: digit },
];

fn dark(height: Height) -> Vec<u8> {
    vec![0; height.frame_len()]
}

fn lit(height: Height) -> Vec<u8> {
    vec![0xFF; height.frame_len()]
}

fn digit(height: Height) -> Vec<u8> {
    let mut frame = dark(height);
    for page in 1..3 {
        frame[page * WIDTH + 60..page * WIDTH + 69].fill(0xFF);
    }
    frame
}

fn main() {
    println!("{:<7} {:<26} {:>12} {:>6} {:>6}", "size", "what", "transactions", "bytes", "ms");
    for height in [Height::Rows64, Height::Rows32] {
        let (bus, mut oled) = display(height);
        print(height, "start", cost(&bus, || oled.show(&lit(height))));
        print(height, "refresh", cost(&bus, || oled.refresh(&lit(height))));
        for Case { name, from, to } in CASES {
            let (bus, mut oled) = display(height);
            cost(&bus, || oled.show(&from(height)));
            print(height, name, cost(&bus, || oled.show(&to(height))));
        }
    }
}

fn display(height: Height) -> (FakeBus, Oled<FakeBus>) {
    let bus = FakeBus::new(ADDRESS, Ssd1306::new(height.pixels()));
    let settings =
        Settings { address: ADDRESS, height, upside_down: false, brightness: 100, charge_pump: true };
    (bus.clone(), Oled::new(bus, settings))
}

fn cost(bus: &FakeBus, act: impl FnOnce() -> Result<(), OledError>) -> Cost {
    let first = bus.transactions();
    act().expect("the model's bus has no faults");
    bus.cost_since(first)
}

fn print(height: Height, what: &str, cost: Cost) {
    let size = format!("{WIDTH}x{}", height.pixels());
    let (Cost { transactions, bytes }, ms) = (cost, cost.milliseconds(HERTZ));
    println!("{size:<7} {what:<26} {transactions:>12} {bytes:>6} {ms:>6.2}");
}
