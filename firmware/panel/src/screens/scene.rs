//! All that a page may know: the board, how it looks, and how much room there is.
//!
//! Owns the sizes that pages have in common. Refuses to know a page.

use alloc::string::String;

use super::Page;
use crate::{
    layout::Area,
    locale::Locale,
    look::Look,
    snapshot::{Snapshot, Trust},
    text::figures::Span,
    time::Timestamp,
    words::Words,
};

/// How much a display has room for. What counts is its height, or three quarters of its width,
/// if that is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Below 40 rows: one number and one age, beside each other.
    Strip,
    /// Below 100 rows: a line above them.
    Small,
    /// Below 300 rows: words below them.
    Medium,
    /// From there on: the list beside them.
    Wall,
}

/// All that a page may know.
pub struct Scene<'s> {
    /// Which page it is.
    pub page: Page,
    /// The board.
    pub snapshot: &'s Snapshot,
    /// How it looks.
    pub look: &'s Look,
    /// The words of its language.
    pub words: &'static Words,
    /// How much there is room for.
    pub tier: Tier,
    /// Pixels between things.
    pub gap: i32,
}

/// Narrower places have no room for two things beside each other.
pub const MIN_WIDE: i32 = 95;

/// Rows of a small display's header. Two-colour modules change colour after row 15, so that a
/// header of 16 rows has a colour to itself.
pub const SMALL_HEADER: i32 = 16;

impl<'s> Scene<'s> {
    /// For a page of that size.
    pub fn new(page: Page, snapshot: &'s Snapshot, look: &'s Look, area: Area) -> Self {
        let rows = rows(area);
        let (tier, gap) = match rows {
            i32::MIN..40 => (Tier::Strip, 4),
            40..100 => (Tier::Small, 4),
            100..300 => (Tier::Medium, 6),
            _ => (Tier::Wall, rows / 40),
        };
        Self { page, snapshot, look, words: Words::of(look.locale), tier, gap }
    }

    /// Rows of the header of a page.
    pub fn header(&self, area: Area) -> i32 {
        match self.tier {
            Tier::Strip | Tier::Small => SMALL_HEADER,
            Tier::Medium => (rows(area) / 6).max(22),
            Tier::Wall => rows(area) / 9,
        }
    }

    /// Rows of a line of the smallest type on the lowest displays: Arabic letters reach farther
    /// up and down.
    pub fn low_line(&self) -> i32 {
        if self.look.locale == Locale::Ar { 15 } else { 12 }
    }

    /// The page without its margins: none where every pixel counts.
    pub fn inner(&self, area: Area) -> Area {
        if self.tier == Tier::Wall { area.inset(self.gap, self.gap / 2) } else { area }
    }

    /// Whether the numbers are those of this moment.
    pub fn live(&self) -> bool {
        self.snapshot.trust == Trust::Live
    }

    /// The local time of day, as written.
    pub fn time(&self, at: Timestamp) -> String {
        let (hour, minute) = self.look.hour_minute(at);
        self.words.time(hour, minute)
    }

    /// A length of time in its largest unit only: so the picture changes with the minutes.
    pub fn roughly(&self, seconds: u64) -> String {
        Span::of(seconds, self.words).major.text()
    }
}

/// The rows that a page has, as far as its width can keep up with them.
pub fn rows(area: Area) -> i32 {
    (area.h + 1).min((area.w + 1) * 3 / 4)
}
