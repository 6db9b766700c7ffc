//! `bellboard render`: a snapshot to a PNG, exactly as a display would show it.
//!
//! Owns the command's arguments and the way from the file to the picture. Refuses to know
//! how a page is drawn.

use std::{
    fs::File,
    io::{self, BufWriter, Read},
    path::{Path, PathBuf},
    str::FromStr,
};

use bellboard_panel::{
    Canvas, ColorCanvas, Locale, Look, Snapshot,
    screens::{self, Page},
};

use super::{exit, gallery};
use crate::io::outputs::png::{MAX_SCALE, PngError, write_color_png, write_png};

/// A snapshot is a few kilobytes; this many bytes are certainly something else.
const MAX_SNAPSHOT_BYTES: u64 = 1 << 20;

/// The sides that the pages are made for, in pixels, up to those of the largest TVs.
const WIDTHS: std::ops::RangeInclusive<u32> = 64..=3840;
/// See [`WIDTHS`].
const HEIGHTS: std::ops::RangeInclusive<u32> = 32..=2160;
/// Displays without colours have no more rows.
const MAX_MONO_HEIGHT: u32 = 128;
/// A picture of the largest size at twice its scale: 100 million bytes while it is made.
const MAX_IMAGE_PIXELS: u64 = 2 * 2 * 3840 * 2160;

/// Draw a board snapshot into a PNG file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mosquitto_sub -t bellboard/board/state -C 1 | \
    bellboard render --snapshot - --out board.png")]
pub struct Args {
    /// JSON as the board publishes it on `bellboard/<id>/state`; `-` reads standard input
    #[arg(long, value_name = "FILE", required_unless_present = "all")]
    pub snapshot: Option<PathBuf>,
    /// Pixels of the display, 64x32 to 3840x2160
    #[arg(long, value_name = "WxH", default_value = "128x64")]
    pub size: DisplaySize,
    /// The picture to write
    #[arg(long, value_name = "FILE", required_unless_present = "all")]
    pub out: Option<PathBuf>,
    /// Instead of one picture: every page in every size and language, and an index.html
    #[arg(long, value_name = "DIR", conflicts_with_all = ["snapshot", "out", "size", "scale", "page", "title", "utc_offset", "color", "locale"])]
    pub all: Option<PathBuf>,
    /// Image pixels per display pixel
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SCALE)))]
    pub scale: u32,
    /// In colour, as on a TV [default for more than 128 rows]
    #[arg(long)]
    pub color: bool,
    /// The display's language: en, pl, el, he or ar
    #[arg(long, value_name = "CODE", default_value = "en", value_parser = locale)]
    pub locale: Locale,
    /// The page; without it the one that the snapshot asks for
    #[arg(long, value_name = "PAGE", value_parser = page)]
    pub page: Option<Page>,
    /// The board's name on the display
    #[arg(long, value_name = "TEXT", default_value = "Support")]
    pub title: String,
    /// Minutes to add to UTC for the local time
    #[arg(long, value_name = "MINUTES", default_value_t = 0, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i32).range(-1439..=1439))]
    pub utc_offset: i32,
}

/// Width and height of a display, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplaySize {
    /// 64 to 3840.
    pub width: u32,
    /// 32 to 2160.
    pub height: u32,
}

impl FromStr for DisplaySize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        match sides {
            Some((width, height)) if WIDTHS.contains(&width) && HEIGHTS.contains(&height) => {
                Ok(Self { width, height })
            }
            Some(_) => Err("sizes from 64x32 to 3840x2160 can be drawn".into()),
            None => Err("a size looks like 128x64".into()),
        }
    }
}

fn page(text: &str) -> Result<Page, String> {
    Page::ALL.into_iter().find(|page| page.word() == text).ok_or_else(|| {
        let known: Vec<_> = Page::ALL.iter().map(|page| page.word()).collect();
        format!("the pages are {}", known.join(", "))
    })
}

fn locale(code: &str) -> Result<Locale, String> {
    Locale::of_code(code).ok_or_else(|| {
        let known: Vec<_> = Locale::ALL.iter().map(|locale| locale.code()).collect();
        format!("the languages are {}", known.join(", "))
    })
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The snapshot cannot be opened.
    #[error("cannot open {name}: {source}")]
    Open {
        /// What it is called.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The snapshot cannot be read to its end.
    #[error("cannot read {name}: {source}")]
    Read {
        /// What it is called.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The snapshot is something else, by its size.
    #[error("{name} is larger than any snapshot ({MAX_SNAPSHOT_BYTES} bytes)")]
    TooLarge {
        /// What it is called.
        name: String,
    },
    /// The snapshot is something else.
    #[error("{name} is no board snapshot: {source}")]
    NoSnapshot {
        /// What it is called.
        name: String,
        /// The field, and what is wrong with it.
        source: serde_path_to_error::Error<serde_json::Error>,
    },
    /// The picture would be larger than anybody can use.
    #[error(
        "a picture of {0}x{1} pixels is too large: a smaller --scale gives one of up to {MAX_IMAGE_PIXELS}"
    )]
    TooManyPixels(u32, u32),
    /// The picture's file cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The picture cannot be written.
    #[error("cannot finish {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the encoder or the system said.
        source: PngError,
    },
}

impl RenderError {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Open { .. } => exit::NO_INPUT,
            Self::TooManyPixels(..) => exit::USAGE,
            Self::TooLarge { .. } | Self::NoSnapshot { .. } => exit::DATA,
            Self::Create { .. } => exit::CANNOT_CREATE,
            Self::Read { .. } | Self::Write { .. } => exit::IO,
        }
    }
}

/// Reads, draws, writes.
pub fn run(args: &Args) -> Result<(), RenderError> {
    if let Some(folder) = &args.all {
        return gallery::draw(folder)
            .map(drop)
            .map_err(|source| RenderError::Write { path: folder.clone(), source });
    }
    let (Some(snapshot), Some(out)) = (&args.snapshot, &args.out) else {
        unreachable!("clap asks for both where there is no --all");
    };
    picture(args, snapshot, out)
}

fn picture(args: &Args, snapshot: &Path, out: &Path) -> Result<(), RenderError> {
    let DisplaySize { width, height } = args.size;
    if u64::from(width * args.scale) * u64::from(height * args.scale) > MAX_IMAGE_PIXELS {
        return Err(RenderError::TooManyPixels(width * args.scale, height * args.scale));
    }
    let snapshot = read(snapshot)?;
    let look = Look {
        title: args.title.clone(),
        locale: args.locale,
        utc_offset_s: args.utc_offset * 60,
        ..Look::default()
    };
    let page = args.page.unwrap_or_else(|| screens::choose(&snapshot));
    let path = || out.to_owned();
    let file = File::create(out).map_err(|source| RenderError::Create { path: path(), source })?;
    let paper =
        Paper { pixels: (width, height), scale: args.scale, color: args.color || height > MAX_MONO_HEIGHT };
    paper.print(page, &snapshot, &look, file).map_err(|source| RenderError::Write { path: path(), source })
}

/// What a picture is drawn on.
pub(super) struct Paper {
    /// Pixels of the display.
    pub pixels: (u32, u32),
    /// Image pixels for each of them.
    pub scale: u32,
    /// Whether it has colours.
    pub color: bool,
}

impl Paper {
    /// Draws a page and writes it as a PNG.
    pub(super) fn print(
        &self,
        page: Page,
        snapshot: &Snapshot,
        look: &Look,
        file: File,
    ) -> Result<(), PngError> {
        let (width, height) = self.pixels;
        let writer = BufWriter::new(file);
        if self.color {
            let mut canvas = ColorCanvas::new(width, height);
            let Ok(()) = screens::draw(page, snapshot, look, &mut canvas);
            write_color_png(&canvas, self.scale, writer)
        } else {
            let mut canvas = Canvas::new(width, height);
            let Ok(()) = screens::draw(page, snapshot, look, &mut canvas);
            write_png(&canvas, self.scale, writer)
        }
    }
}

fn read(path: &Path) -> Result<Snapshot, RenderError> {
    let (name, reader): (_, Box<dyn Read>) = if path == Path::new("-") {
        ("standard input".to_owned(), Box::new(io::stdin()))
    } else {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => (name, Box::new(file)),
            Err(source) => return Err(RenderError::Open { name, source }),
        }
    };
    let mut text = Vec::new();
    match reader.take(MAX_SNAPSHOT_BYTES + 1).read_to_end(&mut text) {
        Ok(length) if length as u64 > MAX_SNAPSHOT_BYTES => return Err(RenderError::TooLarge { name }),
        Ok(_) => {}
        Err(source) => return Err(RenderError::Read { name, source }),
    }
    let mut json = serde_json::Deserializer::from_slice(&text);
    serde_path_to_error::deserialize(&mut json).map_err(|source| RenderError::NoSnapshot { name, source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SNAPSHOT: &str = r#"{"board":"floor-1","at":"2026-11-22T08:12:05Z","trust":"live",
        "trust_since":"2026-11-22T06:00:01Z","open":2,"waiting":0,"unassigned":0,"at_risk":0,"breached":0,
        "oldest":null,"next_due":null,"channels":[],"queues":[],"worst":[],
        "alarm":{"priority":null,"unacked":0,"acked":0,"shelved":0,"muted":false},"surge":null,"today":null}"#;

    fn args(size: &str, scale: u32) -> Args {
        Args {
            snapshot: None,
            size: size.parse().expect("a size"),
            out: None,
            all: None,
            scale,
            color: false,
            locale: Locale::En,
            page: None,
            title: "Support".into(),
            utc_offset: 60,
        }
    }

    /// Width, height and kind of colours of the picture of this snapshot.
    fn rendered(text: &str, args: Args) -> anyhow::Result<(u32, u32, png::ColorType)> {
        let room = tempfile::tempdir()?;
        let (snapshot, out) = (room.path().join("state.json"), room.path().join("board.png"));
        fs::write(&snapshot, text)?;
        run(&Args { snapshot: Some(snapshot), out: Some(out.clone()), ..args })?;
        let reader = png::Decoder::new(io::BufReader::new(File::open(out)?)).read_info()?;
        Ok((reader.info().width, reader.info().height, reader.info().color_type))
    }

    #[test]
    fn a_published_snapshot_becomes_a_picture_of_the_exact_size() {
        let picture = |args| rendered(SNAPSHOT, args).expect("a picture");
        assert_eq!(picture(args("128x32", 3)), (384, 96, png::ColorType::Indexed));
        assert_eq!(picture(args("800x480", 1)), (800, 480, png::ColorType::Rgb));
        let small = Args { color: true, page: Some(Page::List), locale: Locale::He, ..args("64x32", 2) };
        assert_eq!(picture(small), (128, 64, png::ColorType::Rgb));
    }

    #[test]
    fn a_picture_larger_than_anybody_can_use_is_refused() {
        let error = rendered(SNAPSHOT, args("3840x2160", 3)).expect_err("too large").to_string();
        assert!(error.starts_with("a picture of 11520x6480 pixels is too large"), "{error}");
    }

    /// Drawn anew by `BELLBOARD_BLESS=1 cargo test -p bellboard pictures`.
    #[test]
    fn the_pictures_that_the_documents_show_are_what_a_display_shows() {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("../firmware/panel/pictures");
        let bless = std::env::var_os("BELLBOARD_BLESS").is_some_and(|value| value == "1");
        let drawn = tempfile::tempdir().unwrap();
        for name in ["now", "empty", "alarm", "escalated", "closed", "stale"] {
            let approved = room.join(name).with_extension("png");
            let out = if bless { approved.clone() } else { drawn.path().join(name) };
            let snapshot = room.join(name).with_extension("json");
            run(&Args { snapshot: Some(snapshot), out: Some(out.clone()), ..args("128x64", 5) }).unwrap();
            assert!(pixels(&out) == pixels(&approved), "{} shows another picture", approved.display());
        }
    }

    fn pixels(file: &Path) -> Vec<u8> {
        let mut reader =
            png::Decoder::new(io::BufReader::new(File::open(file).unwrap())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn a_snapshot_that_is_none_is_refused_with_the_field_that_is_wrong() {
        let error = rendered(&SNAPSHOT.replace("\"waiting\":0", "\"waiting\":true"), args("128x32", 1))
            .expect_err("no number");
        let message = error.to_string();
        assert!(message.contains("is no board snapshot") && message.contains("waiting"), "{message}");
    }

    #[test]
    fn sizes_that_cannot_be_drawn_are_refused() {
        assert_eq!("128x64".parse(), Ok(DisplaySize { width: 128, height: 64 }));
        for wrong in ["128", "128x", "x64", "-1x64", "128x64x2", "63x32", "3841x128", "4294967296x64"] {
            assert!(wrong.parse::<DisplaySize>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_page_or_language_is_refused_with_the_known_ones() {
        assert_eq!(page("alarm"), Ok(Page::Alarm));
        assert_eq!(
            page("later"),
            Err("the pages are now, list, channels, queues, today, empty, closed, alarm, trust, starting, test"
                .into())
        );
        assert_eq!(locale("pl"), Ok(Locale::Pl));
        assert_eq!(locale("de"), Err("the languages are en, pl, el, he, ar".into()));
    }
}
