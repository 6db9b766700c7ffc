//! What a changed digit on a screen of 1920 x 1080 costs: milliseconds of CPU, beside a copy of
//! the whole picture in memory.
//!
//! The daemon's own page and its own way to a framebuffer, whose memory is a file in memory. Each
//! step is measured by itself: drawing the page, and finding, converting and writing what changed.
//! Run with `cargo bench -p bellboard-tests --bench screen`.

use std::{io, os::unix::fs::FileExt as _, path::Path};

use bellboard::io::outputs::{
    framebuffer::{
        Framebuffer,
        mounted::Mounted,
        node::{Bitfield, Fixed, Glass, Variable},
    },
    screen::{Shift, keeper::Surface as _},
};
use bellboard_panel::{
    ColorCanvas, Look, Snapshot, Timestamp,
    screens::{self, Page},
    snapshot::{Oldest, Trust},
};
use embedded_graphics::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{Point, Size},
    pixelcolor::Rgb888,
    primitives::{PointsIter, Rectangle},
};
use rig::bench::figures::{Series, machine};
use rustix::{
    fs::{MemfdFlags, memfd_create},
    time::{ClockId, clock_gettime},
};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
/// The machine is noisy: one measurement says nothing.
const REPETITIONS: usize = 51;
/// What a redraw of a changed digit may take.
const LIMIT_MS: f64 = 5.0;

/// A framebuffer whose memory is a file in memory, as the kernel's own write is a copy.
struct Memory {
    file: std::fs::File,
    bits: u32,
    written: usize,
    calls: usize,
}

impl Glass for &mut Memory {
    fn variable(&mut self) -> io::Result<Variable> {
        let field = |offset, length| Bitfield { offset, length, msb_right: 0 };
        let [red, green, blue] = if self.bits == 16 {
            [field(11, 5), field(5, 6), field(0, 5)]
        } else {
            [field(16, 8), field(8, 8), field(0, 8)]
        };
        let mode = Variable { xres: WIDTH, yres: HEIGHT, bits_per_pixel: self.bits, ..Variable::default() };
        Ok(Variable { red, green, blue, ..mode })
    }

    fn fixed(&mut self) -> io::Result<Fixed> {
        let line_length = WIDTH * self.bits / 8;
        Ok(Fixed { visual: 2, line_length, smem_len: line_length * HEIGHT, ..Fixed::default() })
    }

    fn write_at(&mut self, bytes: &[u8], place: u64) -> io::Result<()> {
        self.written += bytes.len();
        self.calls += 1;
        self.file.write_all_at(bytes, place)
    }

    fn power(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> io::Result<()> {
    println!("{}", machine());
    println!("{WIDTH}x{HEIGHT}, median (least to most) of {REPETITIONS}, milliseconds of CPU\n");
    let copy = copy();
    println!("{:<44} {copy:.3}", "copy of the picture in memory");
    let (morning, later) = (board(9, 725), board(8, 725));
    let mut canvas = ColorCanvas::new(WIDTH, HEIGHT);
    let draw = measured(|turn| draw(if turn % 2 == 0 { &morning } else { &later }, &mut canvas));
    println!("{:<44} {draw:.3}", "drawing the page");
    let (small, large) = ([page(&morning), page(&later)], [block(false), block(true)]);
    for bits in [32, 16] {
        let file = std::fs::File::from(memfd_create("glass", MemfdFlags::CLOEXEC)?);
        let mut memory = Memory { file, bits, written: 0, calls: 0 };
        let whole = redraws(&mut memory, &small[..1], true)?;
        println!("{:<44} {whole:.3}", format!("{bits} bits: the whole picture, without drawing"));
        for (name, pictures) in [("a changed digit", &small), ("all of 360x540 pixels changed", &large)] {
            (memory.written, memory.calls) = (0, 0);
            let digit = redraws(&mut memory, pictures, false)?;
            let (bytes, calls) = (memory.written / REPETITIONS, memory.calls / REPETITIONS);
            println!(
                "{:<44} {digit:.3}, {:.2} of a copy; {bytes} bytes in {calls} writes",
                format!("{bits} bits: {name}"),
                digit.over(&copy).median(),
            );
            let sum = digit.median() + draw.median();
            let verdict = if sum < LIMIT_MS { "below" } else { "ABOVE" };
            println!("{:<44} {sum:.3}, {verdict} the limit of {LIMIT_MS}", "    with drawing the page");
        }
    }
    Ok(())
}

/// The CPU of showing these pictures in turn, without that of painting them.
fn redraws(memory: &mut Memory, pictures: &[ColorCanvas], whole: bool) -> io::Result<Series> {
    let mut screen = Framebuffer::new(memory, Path::new("memory"), 100, None).map_err(io::Error::other)?;
    let mut drawing = Series::default();
    let series = {
        let drawing = &mut drawing;
        measured(|turn| {
            let mut paint = |canvas: &mut ColorCanvas| {
                let before = cpu_ms();
                canvas.clone_from(&pictures[turn % pictures.len()]);
                drawing.add(cpu_ms() - before);
            };
            let outcome = if whole { screen.refresh(&mut paint) } else { screen.show(&mut paint) };
            outcome.expect("the memory takes everything");
        })
    };
    Ok(series.without(&drawing))
}

fn measured(mut act: impl FnMut(usize)) -> Series {
    // The first ones find neither the memory nor the picture.
    act(0);
    act(1);
    let mut series = Series::default();
    for turn in 0..REPETITIONS {
        let before = cpu_ms();
        act(turn);
        series.add(cpu_ms() - before);
    }
    series
}

fn copy() -> Series {
    let (from, mut to) = (vec![1_u32; (WIDTH * HEIGHT) as usize], vec![0; (WIDTH * HEIGHT) as usize]);
    measured(|_| std::hint::black_box(&mut to).copy_from_slice(std::hint::black_box(&from)))
}

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn page(board: &Snapshot) -> ColorCanvas {
    let mut canvas = ColorCanvas::new(WIDTH, HEIGHT);
    draw(board, &mut canvas);
    canvas
}

/// A picture with an area like a large digit's, of which every pixel differs between light and not.
fn block(light: bool) -> ColorCanvas {
    let mut canvas = ColorCanvas::new(WIDTH, HEIGHT);
    let area = Rectangle::new(Point::new(700, 200), Size::new(360, 540));
    let Ok(()) = canvas.draw_iter(area.points().map(|point| {
        let value = (point.x * 3 + point.y * 7) as u8;
        Pixel(point, Rgb888::new(value, 128, if light { 255 } else { 0 }))
    }));
    canvas
}

fn draw(board: &Snapshot, canvas: &mut ColorCanvas) {
    let look = Look { title: "Support".into(), ..Look::default() };
    let mut mounted = Mounted::new(canvas, 0, Shift::default());
    let Ok(()) = screens::draw(Page::Now, board, &look, &mut mounted);
}

/// A morning on which so many wait, the first of them for so long.
fn board(waiting: u32, oldest_s: u64) -> Snapshot {
    let at = Timestamp::from_millis(1_795_334_405_000);
    let waiting_since = at.plus_millis(-(oldest_s as i64) * 1000);
    let oldest = Oldest {
        id: "fb-1842".into(),
        channel: "facebook".into(),
        queue: "billing".into(),
        customer: None,
        waiting_since,
        waiting_s: oldest_s,
    };
    Snapshot { open: 12, waiting, oldest: Some(oldest), ..Snapshot::empty("floor-1", at, Trust::Live) }
}
