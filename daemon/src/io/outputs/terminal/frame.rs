//! All that stands on a terminal: the cells of a picture and the words below it.
//!
//! Owns the places and which characters changed. Refuses to know how characters reach a terminal,
//! and what the picture shows.

use embedded_graphics::geometry::Point;

use super::{
    picture::{Cell, Picture},
    plan::{Needed, Plan},
};

/// A line of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Part of the picture, from a column on.
    Picture(u16, Vec<Cell>),
    /// Words, from a column on.
    Words(u16, String),
}

/// All that stands on a terminal, line by line from a row on; a default one is nothing.
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
    pub what: Written,
}

/// What a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Part of the picture, with colours of its own.
    Cells(Vec<Cell>),
    /// Words, in the terminal's own colours.
    Words(String),
}

impl Frame {
    /// The picture in its place, so many percent bright, and the status line below it.
    #[must_use]
    pub fn compose(plan: &Plan, picture: &Picture, percent: u8, status: &str, columns: u16) -> Self {
        let step = plan.form.cell();
        let cell = |x: u32, y: u32| {
            let corner = Point::new((x * step.width) as i32, (y * step.height) as i32);
            picture.cell(plan.form, corner, percent)
        };
        let row = |y| Line::Picture(plan.left, (0..plan.extent.width).map(|x| cell(x, y)).collect());
        let mut lines: Vec<_> = (0..plan.extent.height).map(row).collect();
        let room = usize::from(columns - plan.left);
        lines.push(Line::Words(plan.left, status.chars().filter(|c| !c.is_control()).take(room).collect()));
        Self { top: plan.top, lines }
    }

    /// A sentence that says what is needed, for a terminal in which no picture fits.
    #[must_use]
    pub fn too_small(needed: Needed, (columns, rows): (u16, u16)) -> Self {
        let text = format!(
            "The board needs {} columns and {} rows, this terminal has {columns} and {rows}.",
            needed.columns, needed.rows
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
                    runs.push(Run { x: *x, y, what: Written::Words(format!("{new:<width$}")) });
                }
                (Line::Words(x, new), _) => {
                    runs.push(Run { x: *x, y, what: Written::Words(new.clone()) });
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
fn changed_cells(x: u16, y: u16, new: &[Cell], old: &[Cell], runs: &mut Vec<Run>) {
    let mut open: Option<(u16, Vec<Cell>)> = None;
    let close = |(x, cells)| Run { x, y, what: Written::Cells(cells) };
    for (column, cell) in (x..).zip(new) {
        if old.get(usize::from(column - x)) == Some(cell) {
            runs.extend(open.take().map(close));
        } else {
            open.get_or_insert_with(|| (column, Vec::new())).1.push(*cell);
        }
    }
    runs.extend(open.map(close));
}

#[cfg(test)]
mod tests {
    use bellboard_panel::Canvas;
    use embedded_graphics::geometry::Size;

    use super::*;

    const SIZE: Size = Size::new(128, 64);

    fn lit(pixels: &[(i32, i32)]) -> Picture {
        let mut canvas = Canvas::new(SIZE.width, SIZE.height);
        for (x, y) in pixels {
            canvas.set(*x, *y, true);
        }
        Picture::Mono(canvas)
    }

    fn frame(picture: &Picture, status: &str, columns: u16, rows: u16) -> Frame {
        match Plan::new((columns, rows), Some(SIZE), true) {
            Ok(plan) => Frame::compose(&plan, picture, 100, status, columns),
            Err(needed) => Frame::too_small(needed, (columns, rows)),
        }
    }

    fn text(written: &Written) -> String {
        match written {
            Written::Cells(cells) => cells.iter().map(|cell| cell.glyph).collect(),
            Written::Words(words) => words.clone(),
        }
    }

    /// The characters that stand on a terminal after some frames.
    fn screen(frames: &[Frame], columns: u16, rows: u16) -> Vec<String> {
        let mut cells = vec![vec![' '; usize::from(columns)]; usize::from(rows)];
        let mut old = Frame::default();
        for frame in frames {
            for run in frame.changes(&old) {
                for (x, c) in (usize::from(run.x)..).zip(text(&run.what).chars()) {
                    cells[usize::from(run.y)][x] = c;
                }
            }
            old = frame.clone();
        }
        cells.into_iter().map(|row| row.into_iter().collect()).collect()
    }

    #[test]
    fn a_wide_terminal_gets_half_blocks_and_a_narrow_one_braille() {
        let picture = lit(&[(0, 0), (1, 1), (2, 0), (2, 1), (127, 63)]);
        let wide = screen(&[frame(&picture, "status", 128, 33)], 128, 33);
        assert!(wide[0].starts_with("▀▄█ "));
        assert!(wide[31].ends_with('▄'));
        assert!(wide[32].starts_with("status"));
        let narrow = screen(&[frame(&picture, "status", 127, 33)], 127, 33);
        assert!(narrow[8].trim().starts_with('⠑'), "{narrow:?}");
        assert!(narrow[23].trim().ends_with('⢀'), "{narrow:?}");
        assert!(narrow[24].trim_start().starts_with("status"));
    }

    #[test]
    fn a_terminal_with_room_for_neither_says_what_it_needs() {
        let shown = screen(&[frame(&lit(&[]), "status", 30, 10)], 30, 10);
        let text = shown.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("The board needs 64 columns and 17 rows, this terminal has 30 and 10."));
    }

    #[test]
    fn no_terminal_is_so_small_that_it_breaks_the_frame() {
        for columns in 0..140 {
            for rows in 0..40 {
                let frame = frame(&lit(&[(5, 5)]), "a status of some length", columns, rows);
                for run in frame.changes(&Frame::default()) {
                    assert!(run.y < rows, "row {} of {rows}", run.y);
                }
            }
        }
    }

    #[test]
    fn only_changed_characters_are_written() {
        let (one, two) = (lit(&[(3, 3), (90, 40)]), lit(&[(3, 3), (90, 40), (50, 20), (51, 20)]));
        let (first, second) = (frame(&one, "8 wait", 130, 40), frame(&two, "8 wait", 130, 40));
        let runs = second.changes(&first);
        assert_eq!(runs.len(), 1);
        assert_eq!(text(&runs[0].what), "▀▀");
        assert!(first.changes(&first).is_empty());
        assert_eq!(screen(&[first, second.clone()], 130, 40), screen(&[second], 130, 40));
    }

    #[test]
    fn a_shorter_status_leaves_nothing_of_the_longer_one() {
        let picture = lit(&[]);
        let frames = ["a long status", "short"].map(|status| frame(&picture, status, 128, 33));
        assert_eq!(screen(&frames, 128, 33)[32].trim_end(), "short");
    }

    #[test]
    fn a_status_cannot_send_commands_to_the_terminal() {
        let frame = frame(&lit(&[]), "\u{1b}[2Jname\n", 128, 33);
        let runs = frame.changes(&Frame::default());
        assert!(runs.iter().all(|run| !text(&run.what).contains(char::is_control)));
    }

    #[test]
    fn another_place_or_form_counts_as_a_move() {
        let frame = |columns| frame(&lit(&[]), "x", columns, 33);
        assert!(!frame(128).moves(&frame(128)));
        assert!(frame(130).moves(&frame(128)));
        assert!(frame(100).moves(&frame(128)));
        assert!(Frame::default().moves(&frame(128)));
    }
}
