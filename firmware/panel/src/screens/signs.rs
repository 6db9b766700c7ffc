//! The small signs: what of the alarms is not on the page in words.
//!
//! Owns which signs there are, in which order they matter, and what is left out first where
//! they have no room. Refuses to know the page they stand on.
//!
//! While the data is not live the alarms are frozen, so only what is true all the same is
//! shown: that numbers are unconfirmed, and that the sound is off.

use alloc::{format, string::String, vec, vec::Vec};

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::Scene;
use crate::{
    figures::{self, Span},
    fonts::SMALL,
    layout::Area,
    look::{Palette, Role},
    pen::Pen,
    shapes::{ACKED, MISSED, MUTED, QUIET, SHELVED, Sign, UNACKED, UNCONFIRMED},
};

/// Pixels between the signs, and between them and the rest of the line.
const GAP: i32 = 4;

/// Pixels between a sign and its text.
const TEXT_GAP: i32 = 2;

/// Pixels of a count beside a sign: two digits; more are "many".
const MAX_COUNT_WIDTH: i32 = 14;

/// What the rest of the line needs of it, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// To be said well.
    pub wish: i32,
    /// To be said at all: signs that must not be overlooked leave no more than this.
    pub need: i32,
}

impl Keep {
    /// As much to be said well as to be said at all.
    pub const fn of(width: i32) -> Self {
        Self { wish: width, need: width }
    }
}

/// A sign and what stands beside it.
#[derive(Debug)]
pub struct Tag {
    sign: &'static Sign,
    /// The longest text first; without room for any the sign stands alone.
    texts: Vec<String>,
    /// Whether it must not be overlooked.
    urgent: bool,
}

impl Tag {
    fn bare(sign: &'static Sign) -> Self {
        Self { sign, texts: Vec::new(), urgent: false }
    }

    fn urgent(self) -> Self {
        Self { urgent: true, ..self }
    }

    /// The longest text that leaves the whole within `w` pixels.
    fn text_within(&self, w: i32) -> Option<&str> {
        self.texts.iter().map(String::as_str).chain([""]).find(|text| self.width(text) <= w)
    }

    /// The shortest text, or none of it, that leaves the whole within `w` pixels.
    fn least_within(&self, w: i32) -> Option<&str> {
        self.texts.last().map(String::as_str).into_iter().chain([""]).find(|text| self.width(text) <= w)
    }

    fn width(&self, text: &str) -> i32 {
        let beside = if text.is_empty() { 0 } else { TEXT_GAP + SMALL.width(text) };
        self.sign.width + beside
    }
}

/// Alarms that nobody has acknowledged: for pages that do not speak of them.
pub fn unacked(scene: &Scene) -> Option<Tag> {
    let count = scene.snapshot.alarm.unacked;
    (scene.live() && count > 0).then(|| Tag { texts: vec![few(count)], ..Tag::bare(&UNACKED).urgent() })
}

/// All other signs, the most important first.
pub fn tags(scene: &Scene) -> Vec<Tag> {
    let (snapshot, alarm) = (scene.snapshot, &scene.snapshot.alarm);
    let live = |count: u32| scene.live() && count > 0;
    let mut tags = Vec::new();
    if snapshot.unconfirmed > 0 {
        tags.push(Tag::bare(&UNCONFIRMED).urgent());
    }
    if live(alarm.missed) {
        let count = few(alarm.missed);
        let texts = vec![format!("{count} {}", scene.words.missed), count];
        tags.push(Tag { texts, ..Tag::bare(&MISSED).urgent() });
    }
    if live(alarm.shelved) {
        tags.push(Tag { texts: shelved_texts(scene), ..Tag::bare(&SHELVED) });
    }
    if alarm.muted {
        tags.push(Tag::bare(&MUTED));
    }
    if alarm.quiet {
        tags.push(Tag::bare(&QUIET));
    }
    if live(alarm.acked) {
        tags.push(Tag { texts: vec![few(alarm.acked)], ..Tag::bare(&ACKED) });
    }
    tags
}

/// How many are put aside, and how long until the first of them comes back, in the largest
/// unit only: so the picture changes with the minutes.
fn shelved_texts(scene: &Scene) -> Vec<String> {
    let alarm = &scene.snapshot.alarm;
    let count = few(alarm.shelved);
    let Some(until) = alarm.shelved_until else { return vec![count] };
    let left = Span::of(until.age_secs(scene.snapshot.at), scene.words).major;
    let left = format!("{}{}", left.value, left.unit);
    vec![format!("{count} ({left})"), left]
}

fn few(count: u32) -> String {
    figures::count_within(count, MAX_COUNT_WIDTH)
}

/// Draws the usual signs at the right end of an area; gives what is left of it.
pub fn usual<D>(scene: &Scene, area: Area, keep: Keep, pen: &mut Pen<D>) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    draw(&tags(scene), area, keep, pen)
}

/// Draws signs at the right end of an area, the most important on the left; gives what is
/// left of it. The first is shown in any case.
pub fn draw<D>(tags: &[Tag], area: Area, keep: Keep, pen: &mut Pen<D>) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let shown = chosen(tags, area.w, keep);
    let used = shown.iter().map(|(tag, text)| GAP + tag.width(text)).sum();
    let (left, mut right) = area.cut_right(used);
    for (tag, text) in shown {
        right = right.cut_left(GAP).1;
        let top = right.centered(0, Sign::HEIGHT).y;
        pen.fill_all(tag.sign.pixels(right.x, top), Role::Text)?;
        let beside = Point::new(right.x + tag.sign.width + TEXT_GAP, top - (SMALL.above() - Sign::HEIGHT));
        pen.text(SMALL, text, beside, SMALL.width(text), Role::Text)?;
        right = right.cut_left(tag.width(text)).1;
    }
    Ok(left)
}

/// The signs that have room in a line of `w` pixels, and what stands beside them: first as
/// many as fit, then as much text as fits.
fn chosen(tags: &[Tag], w: i32, keep: Keep) -> Vec<(&Tag, &str)> {
    let mut shown: Vec<(&Tag, &str)> = Vec::new();
    let mut left = w;
    for tag in tags {
        let room = left - GAP;
        let fitting = match (shown.is_empty(), tag.urgent) {
            (true, _) => tag.least_within(room - keep.need).or_else(|| tag.least_within(room)),
            (_, true) => tag.least_within(room - keep.need),
            _ => tag.least_within(room - keep.wish),
        };
        // What follows matters less, so it does not take the place of this one.
        let Some(text) = fitting else { break };
        left = room - tag.width(text);
        shown.push((tag, text));
    }
    for (tag, text) in &mut shown {
        let room = left - keep.wish + tag.width(text);
        if let Some(longer) = tag.text_within(room).filter(|longer| tag.width(longer) > tag.width(text)) {
            left -= tag.width(longer) - tag.width(text);
            *text = longer;
        }
    }
    shown
}
