//! Which page a display shows now, and when that changes by itself.
//!
//! Owns one display's turns, and leaves pages out that have nothing on them. Refuses to know what
//! pages look like and how turns are taken: [`Rotation`] does.

use bellboard_panel::{
    Snapshot,
    rotation::{Rotation, Stay},
    screens::{self, Page},
};

use crate::core::time::Mono;

/// The turns of one display.
#[derive(Clone, Debug)]
pub struct Turns {
    rotation: Rotation,
    /// How many pages take turns.
    pages: usize,
    /// Milliseconds of pages that were left out: so far the rotation's clock is ahead of ours.
    skipped_ms: u64,
}

impl Turns {
    /// Pages in the order of their turns.
    #[must_use]
    pub fn new(pages: &[Stay]) -> Self {
        Self { rotation: Rotation::new(pages.to_vec()), pages: pages.len(), skipped_ms: 0 }
    }

    /// The page to show. One with nothing on it is left out, unless somebody chose it: an empty
    /// list tells less than the numbers do.
    pub fn page(&mut self, snapshot: &Snapshot, now: Mono) -> Page {
        for _ in 0..=self.pages {
            let page = self.rotation.page(snapshot, self.ahead(now));
            if snapshot.levels.page.is_some() || !is_empty(page, snapshot) {
                return page;
            }
            self.skipped_ms += self.rotation.rest_ms(self.ahead(now));
        }
        screens::choose(snapshot)
    }

    /// Milliseconds until another page's turn comes by itself, at least.
    #[must_use]
    pub fn rest_ms(&self, now: Mono) -> u64 {
        self.rotation.rest_ms(self.ahead(now))
    }

    fn ahead(&self, now: Mono) -> u64 {
        now.millis() + self.skipped_ms
    }
}

/// Whether a page would have nothing on it.
fn is_empty(page: Page, snapshot: &Snapshot) -> bool {
    match page {
        Page::List => snapshot.worst.is_empty(),
        Page::Channels => snapshot.channels.is_empty(),
        Page::Queues => snapshot.queues.is_empty(),
        Page::Today => snapshot.today.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bellboard_panel::{
        Timestamp,
        snapshot::{Group, Today, Trust},
    };

    use super::*;

    fn pages(pages: &[Page]) -> Turns {
        Turns::new(&pages.iter().map(|page| Stay { page: *page, for_ms: 10_000 }).collect::<Vec<_>>())
    }

    fn busy() -> Snapshot {
        let channel =
            Group { name: "x".into(), open: 3, waiting: 3, at_risk: 0, breached: 0, oldest_s: Some(9) };
        Snapshot {
            waiting: 3,
            channels: vec![channel],
            ..Snapshot::empty("board", Timestamp::default(), Trust::Live)
        }
    }

    fn at(secs: u64) -> Mono {
        Mono::from_millis(secs * 1_000)
    }

    #[test]
    fn a_page_with_nothing_on_it_is_left_out_and_its_time_goes_to_the_next() {
        let mut turns = pages(&[Page::Now, Page::List, Page::Channels, Page::Today]);
        let mut board = busy();
        let mut shown = |board: &Snapshot, secs| turns.page(board, at(secs));
        assert_eq!(shown(&board, 0), Page::Now);
        assert_eq!(shown(&board, 10), Page::Channels);
        assert_eq!(shown(&board, 20), Page::Now);
        let today = Today {
            received: 4,
            answered: 2,
            answer_rate: None,
            median_first_reply_s: None,
            in_target_rate: None,
            ..Today::default()
        };
        board.today = Some(today);
        assert_eq!(shown(&board, 30), Page::Channels);
        assert_eq!(shown(&board, 40), Page::Today);
    }

    #[test]
    fn a_press_skips_empty_pages_too() {
        let mut turns = pages(&[Page::Now, Page::List, Page::Queues, Page::Channels]);
        let mut board = busy();
        assert_eq!(turns.page(&board, at(1)), Page::Now);
        board.levels.turns = 1;
        assert_eq!(turns.page(&board, at(2)), Page::Channels);
        assert_eq!(turns.rest_ms(at(2)), 10_000);
        board.levels.turns = 2;
        assert_eq!(turns.page(&board, at(3)), Page::Now);
    }

    #[test]
    fn a_page_that_empties_while_it_is_shown_gives_way_at_once() {
        let mut turns = pages(&[Page::Now, Page::Channels]);
        assert_eq!(turns.page(&busy(), at(0)), Page::Now);
        assert_eq!(turns.page(&busy(), at(12)), Page::Channels);
        let board = Snapshot { channels: Vec::new(), ..busy() };
        assert_eq!(turns.page(&board, at(13)), Page::Now);
    }

    #[test]
    fn a_page_that_somebody_chose_is_shown_with_nothing_on_it() {
        let mut turns = pages(&[Page::Now]);
        let mut board = busy();
        board.levels.page = Some(Page::Today);
        assert_eq!(turns.page(&board, at(0)), Page::Today);
    }

    #[test]
    fn with_nothing_on_any_page_the_numbers_are_shown() {
        let mut turns = pages(&[Page::List, Page::Today]);
        assert_eq!(turns.page(&busy(), at(0)), Page::Now);
        assert_eq!(turns.page(&Snapshot { waiting: 0, ..busy() }, at(1)), Page::Empty);
    }
}
