//! `bellboard render --all`: every page in every size and language, to look at.
//!
//! Owns which pictures there are, their names and the page that shows them all. Refuses to know
//! how a page is drawn.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufWriter},
    path::Path,
};

use bellboard_panel::{Canvas, ColorCanvas, Locale, Look, Snapshot, sample, screens};

use crate::io::outputs::png::{PngError, write_color_png, write_png};

/// A size, and how many image pixels each of its own becomes: a large display is drawn as it is.
const SIZES: [Size; 7] = [
    Size { pixels: (128, 32), scale: 3, color: false },
    Size { pixels: (128, 64), scale: 3, color: false },
    Size { pixels: (64, 32), scale: 6, color: true },
    Size { pixels: (240, 240), scale: 1, color: true },
    Size { pixels: (320, 240), scale: 1, color: true },
    Size { pixels: (800, 480), scale: 1, color: true },
    Size { pixels: (1920, 1080), scale: 1, color: true },
];

/// A kind of display.
struct Size {
    pixels: (u32, u32),
    scale: u32,
    color: bool,
}

/// The words in front of the pictures. The style keeps each at its own size: scaled, a picture of
/// pixels lies.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Bellboard: every page</title>\n\
    <style>body{background:#2a2e33;color:#dde;font:16px sans-serif}figure{display:inline-block;margin:8px}\
    img{display:block;max-width:960px}figcaption{padding:4px 0}</style>\n<h1>Every page</h1>\n";

/// Draws everything into a folder, which is made if it is missing.
pub fn draw(folder: &Path) -> Result<usize, PngError> {
    fs::create_dir_all(folder)?;
    let mut index = String::from(HEAD);
    let mut count = 0;
    for size in &SIZES {
        let (width, height) = size.pixels;
        _ = writeln!(index, "<h2>{width} x {height}</h2>");
        for locale in Locale::ALL {
            _ = writeln!(index, "<h3>{locale}</h3>");
            for (name, page, snapshot) in sample::album() {
                let file = format!("{name}-{width}x{height}-{locale}.png");
                picture(size, locale, page, &snapshot, &folder.join(&file))?;
                _ = writeln!(
                    index,
                    "<figure><img src=\"{file}\" alt=\"\" loading=\"lazy\"><figcaption>{name}</figcaption></figure>"
                );
                count += 1;
            }
        }
    }
    fs::write(folder.join("index.html"), index)?;
    Ok(count)
}

fn picture(
    size: &Size,
    locale: Locale,
    page: screens::Page,
    snapshot: &Snapshot,
    path: &Path,
) -> Result<(), PngError> {
    let look = Look { title: "Support".into(), locale, utc_offset_s: 3600, ..Look::default() };
    let file = BufWriter::new(create(path)?);
    let (width, height) = size.pixels;
    if size.color {
        let mut canvas = ColorCanvas::new(width, height);
        let Ok(()) = screens::draw(page, snapshot, &look, &mut canvas);
        write_color_png(&canvas, size.scale, file)
    } else {
        let mut canvas = Canvas::new(width, height);
        let Ok(()) = screens::draw(page, snapshot, &look, &mut canvas);
        write_png(&canvas, size.scale, file)
    }
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path)
}
