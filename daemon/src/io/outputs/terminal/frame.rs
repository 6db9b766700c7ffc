//! What a terminal shows, as characters: the picture in the form that fits, and a line below.
//!
//! Owns the choice between half blocks and braille, the places, and which characters changed.
//! Refuses to know how characters reach a terminal.

use bellboard_panel::{Canvas, canvas::half_block};
use embedded_graphics::geometry::OriginDimensions;

/// How pixels become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One by two pixels a character.
    HalfBlocks,
    /// Two by four pixels a character.
    Braille,
}

impl Form {
    /// Pixels a character stands for.
    const fn cell(self) -> (i32, i32) {
        match self {
            Self::HalfBlocks => (1, 2),
            Self::Braille => (2, 4),
        }
    }

    /// Characters that a picture takes.
    const fn extent(self, pixels: (i32, i32)) -> (i32, i32) {
        let (w, h) = self.cell();
        ((pixels.0 + w - 1) / w, (pixels.1 + h - 1) / h)
    }

    fn character(self, canvas: &Canvas, x: i32, y: i32) -> char {
        match self {
            Self::HalfBlocks => half_block(canvas.pixel(x, y), canvas.pixel(x, y + 1)),
            Self::Braille => braille(canvas, x, y),
        }
    }
}

/// The braille pattern whose raised dots are the lit pixels from `(x, y)` on.
fn braille(canvas: &Canvas, x: i32, y: i32) -> char {
    /// The bit of each dot, row by row, as Unicode numbers them.
    const DOTS: [(i32, i32, u32); 8] =
        [(0, 0, 1), (1, 0, 8), (0, 1, 2), (1, 1, 16), (0, 2, 4), (1, 2, 32), (0, 3, 64), (1, 3, 128)];
    let raised = DOTS.iter().filter(|(dx, dy, _)| canvas.pixel(x + dx, y + dy));
    let pattern = raised.fold(0x2800, |pattern, (_, _, bit)| pattern | bit);
    char::from_u32(pattern).expect("0x2800 to 0x28FF are characters")
}

/// A line of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Part of the picture, from a column on.
    Picture(u16, Vec<char>),
    /// Words, from a column on.
    Words(u16, String),
}

/// All that stands on a terminal, line by line from a row on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    top: u16,
    lines: Vec<Line>,
}

/// Characters to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
    /// What stands there from now on.
    pub text: String,
    /// Whether it is part of the picture, with colours of its own.
    pub picture: bool,
}

/// Pixels as numbers that may be subtracted.
fn pixels(canvas: &Canvas) -> (i32, i32) {
    (canvas.size().width as i32, canvas.size().height as i32)
}

impl Frame {
    /// The frame for a terminal of so many columns and rows: the picture in the middle, in
    /// the largest form that fits, and below it the status line. Where none fits, a sentence
    /// that says what is needed.
    #[must_use]
    pub fn compose(canvas: &Canvas, status: &str, columns: u16, rows: u16) -> Self {
        let fits = |form: &Form| {
            let (w, h) = form.extent(pixels(canvas));
            w <= i32::from(columns) && h < i32::from(rows)
        };
        match [Form::HalfBlocks, Form::Braille].into_iter().find(fits) {
            Some(form) => Self::picture(canvas, form, status, columns, rows),
            None => Self::too_small(canvas, columns, rows),
        }
    }

    fn picture(canvas: &Canvas, form: Form, status: &str, columns: u16, rows: u16) -> Self {
        let (w, h) = form.extent(pixels(canvas));
        let (dx, dy) = form.cell();
        let left = (columns - w as u16) / 2;
        let row = |y| (0..w).map(|x| form.character(canvas, x * dx, y * dy)).collect();
        let mut lines: Vec<_> = (0..h).map(|y| Line::Picture(left, row(y))).collect();
        let status = status.chars().filter(|c| !c.is_control()).take(usize::from(columns - left)).collect();
        lines.push(Line::Words(left, status));
        Self { top: (rows - h as u16 - 1) / 2, lines }
    }

    fn too_small(canvas: &Canvas, columns: u16, rows: u16) -> Self {
        let (w, h) = Form::Braille.extent(pixels(canvas));
        let text = format!(
            "The board needs {w} columns and {} rows, this terminal has {columns} and {rows}.",
            h + 1
        );
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.last_mut().expect("there is a first line");
            if line.is_empty() {
                line.push_str(word);
            } else if line.len() + 1 + word.len() <= usize::from(columns) {
                *line = format!("{line} {word}");
            } else {
                lines.push(word.to_owned());
            }
        }
        lines.truncate(usize::from(rows));
        Self { top: 0, lines: lines.into_iter().map(|line| Line::Words(0, line)).collect() }
    }

    /// What to write where the old frame stands, so that this one stands there. A changed
    /// line of words is written whole, as its letters may be of any width.
    #[must_use]
    pub fn changes(&self, old: &Self) -> Vec<Run> {
        let old_line = |y: u16| old.lines.get(usize::from(y.checked_sub(old.top)?));
        let mut runs = Vec::new();
        for (y, line) in (self.top..).zip(&self.lines) {
            match (line, old_line(y)) {
                (new, Some(old)) if new == old => {}
                (Line::Picture(x, new), Some(Line::Picture(old_x, old))) if x == old_x => {
                    changed_cells(*x, y, new, old, &mut runs);
                }
                (Line::Picture(x, new), _) => changed_cells(*x, y, new, &[], &mut runs),
                (Line::Words(x, new), Some(Line::Words(_, old))) => {
                    let width = old.chars().count();
                    runs.push(Run { x: *x, y, text: format!("{new:<width$}"), picture: false });
                }
                (Line::Words(x, new), _) => {
                    runs.push(Run { x: *x, y, text: new.clone(), picture: false });
                }
            }
        }
        runs
    }

    /// Whether this frame leaves anything standing of the old one: other places or another form.
    #[must_use]
    pub fn moves(&self, old: &Self) -> bool {
        let shape = |frame: &Self| {
            let place = |line: &Line| match line {
                Line::Picture(x, cells) => (*x, Some(cells.len())),
                Line::Words(x, _) => (*x, None),
            };
            (frame.top, frame.lines.iter().map(place).collect::<Vec<_>>())
        };
        shape(self) != shape(old)
    }
}

/// Adds a run for each stretch of cells that differ.
fn changed_cells(x: u16, y: u16, new: &[char], old: &[char], runs: &mut Vec<Run>) {
    let mut open: Option<Run> = None;
    for (column, cell) in (x..).zip(new) {
        if old.get(usize::from(column - x)) == Some(cell) {
            runs.extend(open.take());
        } else {
            let run = open.get_or_insert_with(|| Run { x: column, y, text: String::new(), picture: true });
            run.text.push(*cell);
        }
    }
    runs.extend(open);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(pixels: &[(i32, i32)]) -> Canvas {
        let mut canvas = Canvas::new(128, 64);
        for (x, y) in pixels {
            canvas.set(*x, *y, true);
        }
        canvas
    }

    /// The characters that stand on a terminal after some frames.
    fn screen(frames: &[Frame], columns: u16, rows: u16) -> Vec<String> {
        let mut cells = vec![vec![' '; usize::from(columns)]; usize::from(rows)];
        let mut old = Frame::default();
        for frame in frames {
            for run in frame.changes(&old) {
                for (x, c) in (usize::from(run.x)..).zip(run.text.chars()) {
                    cells[usize::from(run.y)][x] = c;
                }
            }
            old = frame.clone();
        }
        cells.into_iter().map(|row| row.into_iter().collect()).collect()
    }

    #[test]
    fn a_wide_terminal_gets_half_blocks_and_a_narrow_one_braille() {
        let canvas = lit(&[(0, 0), (1, 1), (2, 0), (2, 1), (127, 63)]);
        let wide = screen(&[Frame::compose(&canvas, "status", 128, 33)], 128, 33);
        assert!(wide[0].starts_with("▀▄█ "));
        assert!(wide[31].ends_with('▄'));
        assert!(wide[32].starts_with("status"));
        let narrow = screen(&[Frame::compose(&canvas, "status", 127, 33)], 127, 33);
        assert!(narrow[8].trim().starts_with('⠑'), "{narrow:?}");
        assert!(narrow[23].trim().ends_with('⢀'), "{narrow:?}");
        assert!(narrow[24].trim_start().starts_with("status"));
    }

    #[test]
    fn a_terminal_with_room_for_neither_says_what_it_needs() {
        let shown = screen(&[Frame::compose(&lit(&[]), "status", 30, 10)], 30, 10);
        let text = shown.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("The board needs 64 columns and 17 rows, this terminal has 30 and 10."));
    }

    #[test]
    fn no_terminal_is_so_small_that_it_breaks_the_frame() {
        for columns in 0..140 {
            for rows in 0..40 {
                let frame = Frame::compose(&lit(&[(5, 5)]), "a status of some length", columns, rows);
                for run in frame.changes(&Frame::default()) {
                    assert!(run.y < rows, "row {} of {rows}", run.y);
                }
            }
        }
    }

    #[test]
    fn only_changed_characters_are_written() {
        let (one, two) = (lit(&[(3, 3), (90, 40)]), lit(&[(3, 3), (90, 40), (50, 20), (51, 20)]));
        let (first, second) =
            (Frame::compose(&one, "8 wait", 130, 40), Frame::compose(&two, "8 wait", 130, 40));
        let runs = second.changes(&first);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].text, "▀▀");
        assert!(first.changes(&first).is_empty());
        assert_eq!(screen(&[first, second.clone()], 130, 40), screen(&[second], 130, 40));
    }

    #[test]
    fn a_shorter_status_leaves_nothing_of_the_longer_one() {
        let canvas = lit(&[]);
        let frames = ["a long status", "short"].map(|status| Frame::compose(&canvas, status, 128, 33));
        assert_eq!(screen(&frames, 128, 33)[32].trim_end(), "short");
    }

    #[test]
    fn a_status_cannot_send_commands_to_the_terminal() {
        let frame = Frame::compose(&lit(&[]), "\u{1b}[2Jname\n", 128, 33);
        assert!(frame.changes(&Frame::default()).iter().all(|run| !run.text.contains(char::is_control)));
    }

    #[test]
    fn another_place_or_form_counts_as_a_move() {
        let frame = |columns| Frame::compose(&lit(&[]), "x", columns, 33);
        assert!(!frame(128).moves(&frame(128)));
        assert!(frame(130).moves(&frame(128)));
        assert!(frame(100).moves(&frame(128)));
    }
}
