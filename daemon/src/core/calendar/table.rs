//! Opening hours, computed: open spans with the open time before each, to be searched.
//!
//! Owns the arithmetic of open time within one block of a little over a year, and which blocks
//! are remembered. Refuses to know how local times become instants.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use bellboard_panel::Timestamp;

use super::MAX_MS_AHEAD;

/// Seconds of a block: 388 days. It must be shorter than [`super::MAX_DAYS_AHEAD`], so that no two
/// spans of one block can be too far apart.
const BLOCK_S: i64 = 1 << 25;
pub(super) const BLOCK_MS: i64 = BLOCK_S * 1000;
const _: () = assert!(BLOCK_MS < MAX_MS_AHEAD);

/// So many blocks are remembered: the open conversations of eight years. Ten periods a week are
/// 4 KB in each. What lies beyond is computed anew with every question, within a millisecond.
const MAX_BLOCKS: usize = 8;

/// The block that the last instant of all lies in.
const LAST_BLOCK: i64 = Timestamp::from_millis(i64::MAX).secs() / BLOCK_S;

/// The blocks that were asked for lately, the latest first.
#[derive(Default)]
pub(super) struct Table(Mutex<Vec<Arc<Block>>>);

impl Table {
    /// The block of that number, from memory or from `spans` (in seconds of Unix time); `None`
    /// beyond the end of representable time.
    pub fn block<I>(&self, number: i64, spans: impl FnOnce(Range<i64>) -> I) -> Option<Arc<Block>>
    where
        I: Iterator<Item = Range<i64>>,
    {
        if !(0..=LAST_BLOCK).contains(&number) {
            return None;
        }
        // A memory is whole after every step, whoever panicked in between.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.iter().position(|block| block.number == number) {
            known[..=place].rotate_right(1);
        } else {
            known.truncate(MAX_BLOCKS - 1);
            known.insert(0, Arc::new(Block::new(number, spans)));
        }
        Some(Arc::clone(&known[0]))
    }
}

impl Clone for Table {
    /// A copy of a calendar computes for itself.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Table {
    /// What was computed so far says nothing about what a calendar is.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Table {}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table")
    }
}

/// Where an instant lies: the number of its block, and milliseconds from the block's start.
pub(super) fn place_of(at: Timestamp) -> (i64, i64) {
    (at.millis().div_euclid(BLOCK_MS), at.millis().rem_euclid(BLOCK_MS))
}

/// The instant at an offset of a block.
pub(super) fn instant(number: i64, offset_ms: i64) -> Timestamp {
    Timestamp::from_millis(number * BLOCK_MS + offset_ms)
}

/// Which of the two kinds of time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Open,
    Shut,
}

/// The open spans of one stretch of time, none touching another. All questions and answers are in
/// milliseconds from the block's start.
pub(super) struct Block {
    number: i64,
    /// One for each span and, to bound the last one, one at the end of the block.
    spans: Box<[Opening]>,
}

/// Where a span starts, in seconds from the start of the block.
#[derive(Clone, Copy)]
struct Opening {
    at: u32,
    /// Open seconds of the block before it.
    before: u32,
}

impl Opening {
    fn at_ms(self) -> i64 {
        i64::from(self.at) * 1000
    }

    fn before_ms(self) -> i64 {
        i64::from(self.before) * 1000
    }

    /// Shut milliseconds before it.
    fn shut_before_ms(self) -> i64 {
        self.at_ms() - self.before_ms()
    }
}

impl Block {
    fn new<I: Iterator<Item = Range<i64>>>(number: i64, spans: impl FnOnce(Range<i64>) -> I) -> Self {
        let start = number * BLOCK_S;
        let mut openings = Vec::new();
        let (mut before, mut open) = (0_u32, None::<Range<u32>>);
        for span in spans(start..start + BLOCK_S) {
            let from = (span.start - start).max(0) as u32;
            let to = (span.end - start).min(BLOCK_S) as u32;
            match &mut open {
                // Spans that touch or share time are one.
                Some(open) if from <= open.end => open.end = open.end.max(to),
                open => {
                    before += open.replace(from..to).map_or(0, |done| done.end - done.start);
                    openings.push(Opening { at: from, before });
                }
            }
        }
        before += open.map_or(0, |last| last.end - last.start);
        openings.push(Opening { at: BLOCK_S as u32, before });
        Self { number, spans: openings.into() }
    }

    /// The spans without the mark at the end.
    fn openings(&self) -> &[Opening] {
        &self.spans[..self.spans.len() - 1]
    }

    fn close(&self, span: usize) -> i64 {
        let [this, next] = [self.spans[span], self.spans[span + 1]];
        this.at_ms() + next.before_ms() - this.before_ms()
    }

    /// The last span that opens at this offset or before.
    fn span_at(&self, offset: i64) -> Option<usize> {
        self.openings().partition_point(|opening| opening.at_ms() <= offset).checked_sub(1)
    }

    pub fn is_open(&self, offset: i64) -> bool {
        self.span_at(offset).is_some_and(|span| offset < self.close(span))
    }

    /// The first opening or closing after an offset, and before the block's end.
    pub fn next_edge(&self, offset: i64) -> Option<i64> {
        let span = self.span_at(offset);
        let closes = span.map(|span| self.close(span)).filter(|close| *close > offset);
        let opens = || self.openings().get(span.map_or(0, |span| span + 1)).map(|next| next.at_ms());
        closes.or_else(opens).filter(|edge| *edge < BLOCK_MS)
    }

    /// How much time of a kind lies before an offset.
    pub fn elapsed(&self, offset: i64, count: Count) -> i64 {
        let open = self.span_at(offset).map_or(0, |span| {
            let opening = self.spans[span];
            opening.before_ms() + offset.min(self.close(span)) - opening.at_ms()
        });
        match count {
            Count::Open => open,
            Count::Shut => offset - open,
        }
    }

    /// The first offset before which so much time of a kind lies; `elapsed` is above 0 and at most
    /// that of the whole block.
    pub fn reach(&self, elapsed: i64, count: Count) -> i64 {
        match count {
            Count::Open => {
                let after = self.openings().partition_point(|opening| opening.before_ms() < elapsed);
                let opening = self.spans[after.saturating_sub(1)];
                opening.at_ms() + elapsed - opening.before_ms()
            }
            Count::Shut => {
                let next = self.spans.partition_point(|opening| opening.shut_before_ms() < elapsed);
                elapsed + self.spans[next.min(self.spans.len() - 1)].before_ms()
            }
        }
    }
}
