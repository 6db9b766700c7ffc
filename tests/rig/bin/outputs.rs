//! A daemon without a core: the real buzzer, button and display, told on standard input what
//! the snapshot says.
//!
//! Owns turning lines of text into snapshots and events into lines. Refuses to know the nodes.
//! `burst SERIAL low|medium|high` and `silence` set the level, `show N` lights the top left N
//! columns of the display (which starts with the first `show`), `i2c HEX` writes to address 0x3c
//! of the bus and `plain HEX` does so without a transaction, `mirror` copies line 25 to line 24
//! for one edge over the second GPIO interface, `strange` makes a call that nobody invited,
//! `panic` panics, `abort` aborts; the end of the input ends it as a stop ends a daemon.

use std::{
    env,
    io::{self, BufRead as _, Write as _},
    os::fd::AsRawFd as _,
    process::{ExitCode, abort},
    sync::Arc,
    thread,
};

use bellboard::{
    clock::Clock,
    config::model,
    core::{Press, time::Mono},
    io::{
        inputs::button,
        outputs::{buzzer, frames::Slot, oled, screen, turns::Turns},
    },
};
use bellboard_panel::{
    Snapshot, Timestamp,
    snapshot::{Burst, Levels, Priority, Trust},
};
use embedded_hal::i2c::I2c as _;
use linux_embedded_hal::I2cdev;
use tokio::sync::{mpsc, watch};

/// Where the display is.
const ADDRESS: u8 = 0x3c;

fn main() -> ExitCode {
    // The buzzer starts its guard from the program that it is in: that part is the product's.
    if env::args().nth(1).is_some() {
        return bellboard::cli::run(env::args_os());
    }
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let (levels, snapshots) = watch::channel(Arc::new(snapshot(None)));
    let (presses, heard) = mpsc::channel(16);
    let gpio = model::BuzzerDriver::Gpio;
    let buzzer = buzzer::spawn(
        &model::Buzzer { driver: gpio, ..Default::default() },
        &model::Sound::default(),
        snapshots,
        || {},
    )?
    .ok_or_else(|| io::Error::other("a buzzer was asked for"))?;
    button::spawn(&model::Button { enabled: true, ..Default::default() }, presses, Clock::start(), || {})?;
    thread::spawn(move || tell_presses(heard));
    let mut display = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["burst", serial, priority] => {
                let burst = Burst { serial: number(serial)?, priority: priority_of(priority)? };
                levels.send_replace(Arc::new(snapshot(Some(burst))));
            }
            ["silence"] => {
                levels.send_replace(Arc::new(snapshot(None)));
            }
            ["show", columns] => {
                let open = number(columns)? as u32;
                levels.send_replace(Arc::new(Snapshot { open, ..snapshot(None) }));
                if display.is_none() {
                    display = Some(start_display(levels.subscribe())?);
                }
            }
            ["i2c", bytes] => say(&outcome(transact(&unhex(bytes)?))),
            ["plain", bytes] => say(&outcome(write_plainly(&unhex(bytes)?))),
            ["mirror"] => say(&outcome(mirror().map_err(io::Error::other))),
            ["strange"] => say(&outcome(call_strangely())),
            ["panic"] => panic!("as asked"),
            ["abort"] => abort(),
            _ => return Err(io::Error::other(format!("what is {line:?}?"))),
        }
    }
    drop(levels);
    if let Some(display) = display {
        display.join().map_err(|_| io::Error::other("the display's thread panicked"))?;
    }
    buzzer.join().map_err(|_| io::Error::other("the buzzer's thread panicked"))
}

fn start_display(snapshots: watch::Receiver<Arc<Snapshot>>) -> io::Result<thread::JoinHandle<()>> {
    let config = model::Display::default();
    let settings = oled::Settings::try_from(&config).map_err(io::Error::other)?;
    let hooks = screen::Hooks {
        turns: Turns::new(&[]),
        draw: Box::new(|_, snapshot, _, frame: &mut [u8]| frame[..snapshot.open as usize].fill(0xff)),
        blank: Box::new(|_| false),
        brightness: Box::new(|_, _| 100),
        beat: Box::new(|| {}),
        shown: Slot::default(),
    };
    oled::spawn(&config, settings, Clock::start(), snapshots, hooks)
}

fn tell_presses(mut heard: mpsc::Receiver<(Press, Mono)>) {
    while let Some((event, _)) = heard.blocking_recv() {
        say(match event {
            Press::Short => "press",
            Press::Hold => "hold",
        });
    }
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    // The test that does not read any more has ended.
    let _ = writeln!(stdout, "{line}");
}

fn outcome(result: io::Result<()>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "sent".into())
}

/// One transaction, as the display's driver makes them.
fn transact(bytes: &[u8]) -> io::Result<()> {
    let mut bus = I2cdev::new("/dev/i2c-1").map_err(io::Error::from)?;
    bus.write(ADDRESS, bytes).map_err(|error| io::Error::other(error.to_string()))
}

/// A write(2) after choosing the address, as simpler programs do it.
fn write_plainly(bytes: &[u8]) -> io::Result<()> {
    use linux_embedded_hal::i2cdev::linux::LinuxI2CDevice;
    let mut device = LinuxI2CDevice::new("/dev/i2c-1", u16::from(ADDRESS))?;
    linux_embedded_hal::i2cdev::core::I2CDevice::write(&mut device, bytes).map_err(io::Error::from)
}

/// What libgpiod's users do: an edge on one line is a level on the other.
fn mirror() -> gpiocdev::Result<()> {
    use gpiocdev::{
        Request,
        line::{EdgeDetection, EdgeKind, Value},
    };
    let request = |offset| {
        let mut request = Request::builder();
        request.on_chip("/dev/gpiochip0").with_consumer("mirror").with_line(offset);
        request
    };
    let output = request(24).as_output(Value::Inactive).request()?;
    let input = request(25).as_input().with_edge_detection(EdgeDetection::BothEdges).request()?;
    say("mirroring");
    let risen = input.read_edge_event()?.kind == EdgeKind::Rising;
    let agrees = input.value(25)? == Value::from(risen);
    output.set_value(24, Value::from(risen && agrees)).map(drop)
}

/// An ioctl that no program of ours has any business with: watching a GPIO line's settings.
#[expect(unsafe_code, reason = "no library has a wrapper for a call that nobody makes")]
fn call_strangely() -> io::Result<()> {
    const WATCH_LINE_INFO: libc::Ioctl = 0xc048_b40b;
    let chip = std::fs::File::open("/dev/gpiochip0")?;
    let mut info = [0_u8; 72];
    // SAFETY: the structure of this call has 72 bytes, and they outlive it.
    let value = unsafe { libc::ioctl(chip.as_raw_fd(), WATCH_LINE_INFO, info.as_mut_ptr()) };
    if value < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn number(text: &str) -> io::Result<u64> {
    text.parse().map_err(io::Error::other)
}

fn unhex(text: &str) -> io::Result<Vec<u8>> {
    let byte = |at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| io::Error::other("bytes are pairs of hexadecimal digits"))
}

fn priority_of(word: &str) -> io::Result<Priority> {
    let all = [Priority::Low, Priority::Medium, Priority::High];
    all.into_iter()
        .find(|priority| priority.word() == word)
        .ok_or_else(|| io::Error::other("which priority?"))
}

/// An empty board that sounds like this.
fn snapshot(burst: Option<Burst>) -> Snapshot {
    let empty = Snapshot::empty("rig", Timestamp::EPOCH, Trust::Live);
    Snapshot { levels: Levels { burst, ..Levels::default() }, ..empty }
}
