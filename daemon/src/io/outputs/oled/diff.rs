//! What to send so that one frame becomes another: few rectangles, few bytes.
//!
//! Owns the comparison and its idea of cost. Refuses to know the bus and the chip's commands.
//! Frames are in page format: a byte holds 8 rows of a column, the topmost in bit 0; a page is
//! one row of such bytes, from left to right.

use std::ops::Range;

/// What a rectangle costs besides its own bytes, in bytes' time on the wire: two window
/// commands of 4 bytes and the data's control byte, and for each of the three writes its
/// address and a third of a byte for start, stop and the pause between.
pub const RECTANGLE_COST: usize = 2 * 4 + 1 + 3 + 1;

/// What a run costs besides its own bytes where there are no rectangles: its address of 3 bytes,
/// and a control byte, an address byte and a third for each of the two writes.
pub const RUN_COST: usize = 3 + 2 * 2 + 1;

/// A part of a frame. Neither range is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Columns, in pixels from the left.
    pub columns: Range<usize>,
    /// Pages, in groups of 8 rows from the top.
    pub pages: Range<usize>,
}

impl Rectangle {
    /// All of a frame of this size in pixels.
    #[must_use]
    pub const fn whole(width: usize, height: usize) -> Self {
        Self { columns: 0..width, pages: 0..height / 8 }
    }

    /// What it costs to send, in bytes' time on the wire.
    #[must_use]
    pub fn cost(&self) -> usize {
        RECTANGLE_COST + self.columns.len() * self.pages.len()
    }

    /// The smallest rectangle that holds both.
    fn around(&self, other: &Self) -> Self {
        Self { columns: span(&self.columns, &other.columns), pages: span(&self.pages, &other.pages) }
    }

    /// Its bytes in `frame`, page after page.
    pub fn bytes<'a>(&self, frame: &'a [u8], width: usize) -> impl Iterator<Item = u8> + 'a {
        let columns = self.columns.clone();
        self.pages.clone().flat_map(move |page| {
            let start = page * width;
            frame[start + columns.start..start + columns.end].iter().copied()
        })
    }
}

fn span(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// Rectangles that hold every byte in which the frames differ; none when they are equal. They
/// never cost more than one rectangle around all of them.
#[must_use]
pub fn changes(width: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle> {
    assert_eq!(old.len(), new.len(), "both frames are those of one display");
    let runs = old.chunks(width).zip(new.chunks(width)).enumerate();
    let mut rectangles =
        runs.flat_map(|(page, (old, new))| runs_of_page(page, RECTANGLE_COST, old, new)).collect();
    while join_best_pair(&mut rectangles) {}
    match rectangles.iter().cloned().reduce(|a, b| a.around(&b)) {
        Some(one) if one.cost() <= rectangles.iter().map(Rectangle::cost).sum() => vec![one],
        _ => rectangles,
    }
}

/// The same for a chip that knows no rectangles: runs of bytes, each in one page.
#[must_use]
pub fn runs(width: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle> {
    assert_eq!(old.len(), new.len(), "both frames are those of one display");
    let pages = old.chunks(width).zip(new.chunks(width)).enumerate();
    pages.flat_map(|(page, (old, new))| runs_of_page(page, RUN_COST, old, new)).collect()
}

/// The runs of changed columns in one page. Runs that are closer to each other than what another
/// one costs are one: that also keeps the list short for [`join_best_pair`].
fn runs_of_page(page: usize, cost: usize, old: &[u8], new: &[u8]) -> Vec<Rectangle> {
    let mut runs: Vec<Rectangle> = Vec::new();
    let changed = old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new);
    for (column, _) in changed {
        match runs.last_mut() {
            Some(run) if column - run.columns.end <= cost => run.columns.end = column + 1,
            _ => runs.push(Rectangle { columns: column..column + 1, pages: page..page + 1 }),
        }
    }
    runs
}

/// Joins the two rectangles whose joining saves most, and says whether there were such.
fn join_best_pair(rectangles: &mut Vec<Rectangle>) -> bool {
    let mut best: Option<(usize, usize, usize)> = None;
    for (i, a) in rectangles.iter().enumerate() {
        for (j, b) in rectangles.iter().enumerate().skip(i + 1) {
            let apart = a.cost() + b.cost();
            let saved = apart.checked_sub(a.around(b).cost());
            if saved > best.map(|(saved, ..)| saved) {
                best = saved.map(|saved| (saved, i, j));
            }
        }
    }
    let Some((_, i, j)) = best else {
        return false;
    };
    let other = rectangles.swap_remove(j);
    rectangles[i] = rectangles[i].around(&other);
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: usize = 128;

    /// A frame of 64 rows with these bytes (column, page) set.
    fn frame(places: &[(usize, usize)]) -> Vec<u8> {
        let mut frame = vec![0; WIDTH * 8];
        for &(column, page) in places {
            frame[page * WIDTH + column] = 1;
        }
        frame
    }

    fn changed(places: &[(usize, usize)]) -> Vec<Rectangle> {
        changes(WIDTH, &frame(&[]), &frame(places))
    }

    #[test]
    fn equal_frames_need_nothing() {
        assert_eq!(changed(&[]), []);
    }

    #[test]
    fn one_byte_is_one_rectangle() {
        assert_eq!(changed(&[(7, 3)]), [Rectangle { columns: 7..8, pages: 3..4 }]);
    }

    #[test]
    fn a_gap_is_sent_along_as_long_as_it_costs_less_than_a_rectangle() {
        let near = RECTANGLE_COST + 1;
        assert_eq!(changed(&[(0, 0), (near, 0)]), [Rectangle { columns: 0..near + 1, pages: 0..1 }]);
        assert_eq!(changed(&[(0, 0), (near + 1, 0)]).len(), 2);
    }

    #[test]
    fn a_digit_across_two_pages_is_one_rectangle() {
        let digit: Vec<_> = (1..3).flat_map(|page| (40..49).map(move |column| (column, page))).collect();
        assert_eq!(changed(&digit), [Rectangle { columns: 40..49, pages: 1..3 }]);
    }

    #[test]
    fn opposite_corners_stay_apart() {
        assert_eq!(changed(&[(0, 0), (127, 7)]).len(), 2);
    }

    #[test]
    fn everything_changed_is_the_whole_frame() {
        let all = changes(WIDTH, &vec![0; WIDTH * 8], &vec![0xFF; WIDTH * 8]);
        assert_eq!(all, [Rectangle::whole(128, 64)]);
    }

    proptest! {
        #[test]
        fn the_rectangles_turn_one_frame_into_the_other_and_never_cost_more_than_the_whole(
            places in prop::collection::vec((0..WIDTH, 0..8_usize), 0..200),
        ) {
            let (mut glass, new) = (frame(&[]), frame(&places));
            let rectangles = changes(WIDTH, &glass, &new);
            for rectangle in &rectangles {
                let mut bytes = rectangle.bytes(&new, WIDTH);
                for page in rectangle.pages.clone() {
                    for column in rectangle.columns.clone() {
                        glass[page * WIDTH + column] = bytes.next().expect("a byte for each place");
                    }
                }
                prop_assert_eq!(bytes.next(), None);
            }
            prop_assert_eq!(glass, new);
            let cost: usize = rectangles.iter().map(Rectangle::cost).sum();
            prop_assert!(cost <= Rectangle::whole(128, 64).cost());
        }
    }
}
