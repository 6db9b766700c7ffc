//! Golden pictures: every page as it was approved, at every size and in every language.
//!
//! They are kept in `tests/golden/` at the top of the repository: of one bit a pixel as text, in
//! colour as PNG. They change only on purpose: `BELLBOARD_BLESS=1 cargo test -p bellboard-panel
//! --test golden` writes those anew that differ, and prints which, and where.

mod common;

use std::{
    env,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use bellboard_panel::{
    Canvas, ColorCanvas, Locale, Look, Snapshot, sample,
    screens::{self, Page},
    snapshot::Trust,
};
use common::{alarming, calm, crowded, escalated, look, marked, nobody, shut, signed, surging};
use embedded_graphics::geometry::OriginDimensions;

/// Small displays, of one bit a pixel.
const SMALL: [(u32, u32); 2] = [(128, 64), (128, 32)];

/// Displays in colour.
const COLORED: [(u32, u32); 3] = [(64, 32), (800, 480), (1920, 1080)];

/// Languages of which every page is kept; of the others two pages are.
const WHOLE: [Locale; 3] = [Locale::En, Locale::He, Locale::Ar];

/// So much may a channel differ from the approved one, of 255: processors round the edges of
/// letters in different ways.
const MAX_ROUNDING: u8 = 3;

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

fn blessing() -> bool {
    env::var_os("BELLBOARD_BLESS").is_some_and(|value| value == "1")
}

/// Fails with the names of the pictures that differ.
fn judge(differing: &[String]) {
    assert!(
        differing.is_empty(),
        "other than approved: {}; if they are right, run again with BELLBOARD_BLESS=1",
        differing.join(", ")
    );
}

/// Compares a picture of one bit a pixel with the approved one; gives its name if it differs.
fn compare_text(name: &str, drawn: &Canvas) -> Option<String> {
    let file = room().join(format!("{name}.txt"));
    let (drawn, approved) = (drawn.to_string(), fs::read_to_string(&file).unwrap_or_default());
    if drawn == approved {
        return None;
    }
    println!("{name}\nwas\n{approved}is\n{drawn}");
    if !blessing() {
        return Some(name.into());
    }
    fs::create_dir_all(file.parent().expect("a file in a room"))
        .expect("the room of golden pictures can be made");
    fs::write(&file, drawn).expect("a golden picture can be written");
    None
}

/// The same in colour.
fn compare_color(name: &str, drawn: &ColorCanvas) -> Option<String> {
    let file = room().join(format!("{name}.png"));
    let bytes: Vec<u8> = drawn.pixels().iter().flat_map(|pixel| pixel.to_be_bytes()[1..].to_vec()).collect();
    let difference = match read(&file) {
        None => String::from("it is new"),
        Some(approved) if approved.len() != bytes.len() => String::from("it has another size"),
        Some(approved) => {
            let far = |n: &usize| approved[*n].abs_diff(bytes[*n]) > MAX_ROUNDING;
            let pixels: Vec<usize> = (0..bytes.len()).filter(far).map(|n| n / 3).collect();
            let (first, last) = pixels.first().zip(pixels.last())?;
            let width = drawn.size().width as usize;
            format!("{} channels differ, from row {} to row {}", pixels.len(), first / width, last / width)
        }
    };
    println!("{name}: {difference}");
    if !blessing() {
        let beside =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.png", name.replace('/', "-")));
        write(&beside, drawn, &bytes);
        println!("as drawn now: {}", beside.display());
        return Some(name.into());
    }
    write(&file, drawn, &bytes);
    None
}

fn read(file: &Path) -> Option<Vec<u8>> {
    let mut reader =
        png::Decoder::new(BufReader::new(File::open(file).ok()?)).read_info().expect("a golden PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a picture of a display fits")];
    reader.next_frame(&mut bytes).expect("a whole golden PNG");
    Some(bytes)
}

fn write(file: &Path, canvas: &ColorCanvas, bytes: &[u8]) {
    let size = canvas.size();
    fs::create_dir_all(file.parent().expect("a file in a room"))
        .expect("the room of golden pictures can be made");
    let output = BufWriter::new(File::create(file).expect("a golden picture can be written"));
    let mut encoder = png::Encoder::new(output, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(bytes).expect("a golden picture can be written");
}

fn look_in(locale: Locale) -> Look {
    Look { title: "Support".into(), locale, utc_offset_s: 3600, ..Look::default() }
}

fn picture(page: Page, snapshot: &Snapshot, look: &Look, (width, height): (u32, u32)) -> Canvas {
    let mut canvas = Canvas::new(width, height);
    let Ok(()) = screens::draw(page, snapshot, look, &mut canvas);
    canvas
}

/// The pages that are kept in a language.
fn kept(locale: Locale) -> Vec<(&'static str, Page, Snapshot)> {
    let mut album = sample::album();
    album.retain(|(name, ..)| WHOLE.contains(&locale) || ["now", "alarm"].contains(name));
    album
}

#[test]
fn every_state_of_every_page_looks_as_it_was_approved_on_small_displays() {
    let mut differing = Vec::new();
    for (name, page, snapshot) in album() {
        for size in SMALL {
            let drawn = picture(page, &snapshot, &look(), size);
            differing.extend(compare_text(&format!("{name}-{}x{}", size.0, size.1), &drawn));
        }
    }
    judge(&differing);
}

#[test]
fn every_page_looks_as_it_was_approved_in_every_language_on_small_displays() {
    let mut differing = Vec::new();
    for (locale, size) in Locale::ALL.into_iter().flat_map(|locale| SMALL.map(|size| (locale, size))) {
        for (name, page, snapshot) in kept(locale) {
            let drawn = picture(page, &snapshot, &look_in(locale), size);
            differing.extend(compare_text(&format!("{locale}/{name}-{}x{}", size.0, size.1), &drawn));
        }
    }
    judge(&differing);
}

#[test]
fn every_page_looks_as_it_was_approved_in_every_language_on_displays_in_colour() {
    let mut differing = Vec::new();
    for (locale, size) in Locale::ALL.into_iter().flat_map(|locale| COLORED.map(|size| (locale, size))) {
        for (name, page, snapshot) in kept(locale) {
            let mut canvas = ColorCanvas::new(size.0, size.1);
            let Ok(()) = screens::draw(page, &snapshot, &look_in(locale), &mut canvas);
            differing.extend(compare_color(&format!("{locale}/{name}-{}x{}", size.0, size.1), &canvas));
        }
    }
    judge(&differing);
}

/// Every picture with a name: the page it is of, and the snapshot it shows.
fn album() -> Vec<(&'static str, Page, Snapshot)> {
    let with = |change: &dyn Fn(&mut Snapshot)| {
        let mut snapshot = calm();
        change(&mut snapshot);
        snapshot
    };
    let distrusted = |trust| with(&|s| s.trust = trust);
    let breached = |s: &mut Snapshot| (s.breached, s.at_risk, s.alarm.unacked) = (3, 2, 0);
    let alarmed = |s: &mut Snapshot| (s.breached, s.alarm.unacked) = (3, 3);
    vec![
        ("now-fine", Page::Now, calm()),
        ("now-at-risk", Page::Now, with(&|s| (s.waiting, s.at_risk) = (12, 2))),
        ("now-breached", Page::Now, with(&breached)),
        ("now-crowded", Page::Now, crowded()),
        ("now-while-stale", Page::Now, distrusted(Trust::Stale)),
        ("empty", Page::Empty, nobody(calm())),
        ("alarm", Page::Alarm, with(&alarmed)),
        ("alarm-crowded", Page::Alarm, crowded()),
        ("alarm-without-a-case", Page::Alarm, with(&|s| (s.alarm.unacked, s.worst) = (1, vec![]))),
        ("alarm-escalated", Page::Alarm, escalated(None)),
        ("alarm-escalated-with-contact", Page::Alarm, escalated(Some("tell Ana, 600 700 800"))),
        ("alarm-escalated-with-signs", Page::Alarm, marked(escalated(Some("tell Ana, ext. 12")))),
        ("alarm-surge", Page::Alarm, surging(14)),
        (
            "alarm-flood",
            Page::Alarm,
            with(&|s| (s.breached, s.alarm.unacked, s.alarm.flood) = (14, 14, true)),
        ),
        ("alarm-with-signs", Page::Alarm, marked(with(&alarmed))),
        ("closed", Page::Closed, shut(Some("2026-11-22T09:00:00Z"))),
        ("closed-for-days", Page::Closed, shut(Some("2026-11-24T08:00:00Z"))),
        ("closed-for-weeks", Page::Closed, shut(Some("2027-01-07T08:00:00Z"))),
        ("closed-for-good", Page::Closed, shut(None)),
        ("closed-and-empty", Page::Closed, nobody(shut(Some("2026-11-22T20:00:00Z")))),
        ("closed-with-signs", Page::Closed, marked(shut(Some("2026-11-24T08:00:00Z")))),
        ("closed-with-alarms", Page::Closed, alarming(shut(Some("2026-11-24T08:00:00Z")))),
        ("closed-while-stale", Page::Closed, Snapshot { trust: Trust::Stale, ..shut(None) }),
        ("now-with-signs", Page::Now, marked(with(&breached))),
        ("now-with-every-sign", Page::Now, Snapshot { alarm: signed(2), unconfirmed: 1, ..with(&breached) }),
        ("now-missed", Page::Now, with(&|s| s.alarm.missed = 1)),
        (
            "now-shelved",
            Page::Now,
            with(&|s| (s.alarm.shelved, s.alarm.shelved_until) = (2, signed(2).shelved_until)),
        ),
        ("now-quiet", Page::Now, with(&|s| (s.alarm.quiet, s.alarm.acked) = (true, 2))),
        ("empty-missed", Page::Empty, nobody(with(&|s| s.alarm.missed = 2))),
        (
            "empty-with-every-sign",
            Page::Empty,
            nobody(Snapshot { alarm: signed(2), unconfirmed: 1, ..calm() }),
        ),
        ("trust-syncing", Page::Trust, distrusted(Trust::Syncing)),
        ("trust-stale", Page::Trust, distrusted(Trust::Stale)),
        ("trust-offline", Page::Trust, distrusted(Trust::Offline)),
        ("trust-drift", Page::Trust, distrusted(Trust::Drift)),
        ("trust-clock", Page::Trust, distrusted(Trust::Clock)),
        ("trust-stale-with-signs", Page::Trust, Snapshot { alarm: signed(2), ..distrusted(Trust::Stale) }),
        ("starting", Page::Starting, calm()),
        ("test", Page::Test, calm()),
    ]
}
