//! `bellboard render --all`: every page in every size and language, to look at.
//!
//! Owns which pictures there are, their names and the page that shows them all. Refuses to know
//! how a page is drawn.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::Path,
};

use bellboard_panel::{Locale, Look, Snapshot, sample, screens::Page};

use super::render::Paper;
use crate::io::outputs::png::PngError;

/// A size, and how many image pixels each of its own becomes: a large display is drawn as it is.
const SIZES: [Paper; 7] = [
    Paper { pixels: (128, 32), scale: 3, color: false },
    Paper { pixels: (128, 64), scale: 3, color: false },
    Paper { pixels: (64, 32), scale: 6, color: true },
    Paper { pixels: (240, 240), scale: 1, color: true },
    Paper { pixels: (320, 240), scale: 1, color: true },
    Paper { pixels: (800, 480), scale: 1, color: true },
    Paper { pixels: (1920, 1080), scale: 1, color: true },
];

/// The words in front of the pictures. The style keeps each at its own size: scaled, a picture of
/// pixels lies.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Bellboard: every page</title>\n\
    <style>body{background:#2a2e33;color:#dde;font:16px sans-serif}figure{display:inline-block;margin:8px}\
    img{display:block;max-width:960px}figcaption{padding:4px 0}</style>\n<h1>Every page</h1>\n";

/// Draws everything into a folder, which is made if it is missing; gives how many pictures there
/// are.
pub fn draw(folder: &Path) -> Result<usize, PngError> {
    draw_sizes(folder, &SIZES)
}

fn draw_sizes(folder: &Path, sizes: &[Paper]) -> Result<usize, PngError> {
    fs::create_dir_all(folder)?;
    let mut index = String::from(HEAD);
    let mut count = 0;
    for size in sizes {
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
    paper: &Paper,
    locale: Locale,
    page: Page,
    snapshot: &Snapshot,
    path: &Path,
) -> Result<(), PngError> {
    let look = Look { title: "Support".into(), locale, utc_offset_s: 3600, ..Look::default() };
    paper.print(page, snapshot, &look, File::create(path)?)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn every_picture_is_drawn_and_the_index_shows_each() {
        let folder = tempfile::tempdir().unwrap();
        let count = draw_sizes(&folder.path().join("new"), &SIZES[..3]).unwrap();
        assert_eq!(count, 3 * Locale::ALL.len() * sample::album().len());
        let index = fs::read_to_string(folder.path().join("new/index.html")).unwrap();
        let shown: Vec<_> = index.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(shown.len(), count);
        assert!(shown.iter().all(|file| folder.path().join("new").join(file).is_file()));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_refused() {
        assert!(draw(Path::new("/proc/no-such-folder")).is_err());
    }

    /// What the README shows of the gallery. Drawn anew by
    /// `BELLBOARD_BLESS=1 cargo test -p bellboard pictures`.
    #[test]
    fn the_pictures_of_walls_in_the_documents_are_what_a_display_shows() {
        let wall = Paper { pixels: (960, 540), scale: 1, color: true };
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("../firmware/panel/pictures");
        let bless = std::env::var_os("BELLBOARD_BLESS").is_some_and(|value| value == "1");
        let drawn = tempfile::tempdir().unwrap();
        let shown = [(Locale::En, "now"), (Locale::He, "now"), (Locale::El, "today"), (Locale::Ar, "alarm")];
        for (locale, name) in shown {
            let file = format!("wall-{name}-{locale}.png");
            let approved = room.join(&file);
            let out = if bless { approved.clone() } else { drawn.path().join(file) };
            let album = sample::album();
            let (_, page, snapshot) = album.iter().find(|(known, ..)| *known == name).unwrap();
            picture(&wall, locale, *page, snapshot, &out).unwrap();
            // Processors round the edges of letters in different ways.
            let far = |(one, other): (&u8, &u8)| one.abs_diff(*other) > 3;
            let (is, was) = (pixels(&out), pixels(&approved));
            let differs = is.len() != was.len() || is.iter().zip(&was).any(far);
            assert!(!differs, "{} shows another picture", approved.display());
        }
    }

    fn pixels(file: &Path) -> Vec<u8> {
        let mut reader = png::Decoder::new(BufReader::new(File::open(file).unwrap())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }
}
