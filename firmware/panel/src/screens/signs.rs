//! The small signs: what of the alarms is not on the page in words.
//!
//! Owns which signs there are, in which order they matter, and what is left out first where
//! they have no room. On a large display they are words in a frame. Refuses to know the page
//! they stand on.
//!
//! While the data is not live the alarms are frozen, so only what is true all the same is
//! shown: that numbers are unconfirmed, and that the sound is off.

use alloc::{format, string::String, vec, vec::Vec};

use embedded_graphics::draw_target::DrawTarget;

use super::{Page, Scene};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::{ACKED, BADGE, MISSED, MUTED, QUIET, SHELVED, Sign, UNACKED, UNCONFIRMED, UNWRITTEN},
    text::{case::Case, figures, fonts::Font},
    words::Counted,
};

/// Pixels between a sign and its text.
const TEXT_GAP: i32 = 2;

/// Pixels of a count beside a sign: two digits; more are "many".
const MAX_COUNT_WIDTH: i32 = 18;

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

/// A sign and what stands beside it, or in its place where there is room for words.
#[derive(Debug)]
pub struct Tag {
    sign: &'static Sign,
    /// The longest text first; without room for any the sign stands alone.
    texts: Vec<String>,
    /// The whole of it in words, for large displays.
    sentence: String,
    /// Whether it must not be overlooked.
    urgent: bool,
}

/// How signs are drawn on a line of that height.
struct Manner {
    font: Font,
    gap: i32,
    /// Pixels in a frame on both sides of the words; `None`: signs stand for them.
    framed: Option<i32>,
    case: Case,
}

impl Manner {
    fn new(scene: &Scene, height: i32, case: Case) -> Self {
        if case.outlined {
            let font = case.for_rows(height / 2);
            return Self { font, gap: scene.gap, framed: Some(font.cap() / 2), case };
        }
        Self { font: case.small(), gap: 4, framed: None, case }
    }

    /// What may stand for the tag, the longest first.
    fn texts<'t>(&self, tag: &'t Tag) -> Vec<&'t str> {
        if self.framed.is_some() {
            vec![&tag.sentence]
        } else {
            tag.texts.iter().map(String::as_str).chain([""]).collect()
        }
    }

    fn width(&self, tag: &Tag, text: &str) -> i32 {
        let words = self.case.width(self.font, text);
        match self.framed {
            Some(pad) => words + 2 * pad,
            None if text.is_empty() => tag.sign.width,
            None => tag.sign.width + TEXT_GAP + words,
        }
    }

    /// The longest text that leaves the whole within `w` pixels.
    fn longest<'t>(&self, tag: &'t Tag, w: i32) -> Option<&'t str> {
        self.texts(tag).into_iter().find(|text| self.width(tag, text) <= w)
    }

    /// The shortest text, or none of it, that leaves the whole within `w` pixels.
    fn least<'t>(&self, tag: &'t Tag, w: i32) -> Option<&'t str> {
        let mut texts = self.texts(tag);
        let bare = if self.framed.is_none() { texts.pop() } else { None };
        texts.last().copied().into_iter().chain(bare).find(|text| self.width(tag, text) <= w)
    }

    /// The signs that have room in a line of `w` pixels, and what stands beside them: first as
    /// many as fit, then as much text as fits.
    fn chosen<'t>(&self, tags: &'t [Tag], w: i32, keep: Keep) -> Vec<(&'t Tag, &'t str)> {
        let mut shown: Vec<(&Tag, &str)> = Vec::new();
        let mut left = w;
        for tag in tags {
            let room = left - self.gap;
            let fitting = match (shown.is_empty(), tag.urgent) {
                (true, _) => self.least(tag, room - keep.need).or_else(|| self.least(tag, room)),
                (_, true) => self.least(tag, room - keep.need),
                _ => self.least(tag, room - keep.wish),
            };
            // What follows matters less, so it does not take the place of this one.
            let Some(text) = fitting else { break };
            left = room - self.width(tag, text);
            shown.push((tag, text));
        }
        for (tag, text) in &mut shown {
            let width = self.width(tag, text);
            let longer = self.longest(tag, left - keep.wish + width);
            if let Some(longer) = longer.filter(|longer| self.width(tag, longer) > width) {
                left -= self.width(tag, longer) - width;
                *text = longer;
            }
        }
        shown
    }
}

/// Alarms that nobody has acknowledged: for pages that do not speak of them.
pub fn unacked(scene: &Scene, case: Case) -> Option<Tag> {
    let count = scene.snapshot.alarm.unacked;
    (scene.live() && count > 0).then(|| Tag {
        urgent: true,
        texts: vec![few(count, scene, case)],
        ..counted(&UNACKED, count, scene.words.unacked, scene)
    })
}

/// All other signs, the most important first.
pub fn tags(scene: &Scene, case: Case) -> Vec<Tag> {
    let (snapshot, alarm, words) = (scene.snapshot, &scene.snapshot.alarm, scene.words);
    let live = |count: u32| scene.live() && count > 0;
    let bare = |sign, word: &str| Tag { sign, texts: Vec::new(), sentence: word.into(), urgent: false };
    let mut tags = Vec::new();
    if snapshot.unconfirmed > 0 {
        tags.push(Tag { urgent: true, ..bare(&UNCONFIRMED, words.unconfirmed) });
    }
    if live(alarm.missed) {
        let count = few(alarm.missed, scene, case);
        let texts = vec![format!("{count} {}", words.counted(words.missed, alarm.missed)), count];
        tags.push(Tag { texts, urgent: true, ..counted(&MISSED, alarm.missed, words.missed, scene) });
    }
    if live(alarm.shelved) {
        tags.push(shelved(scene, case));
    }
    if alarm.muted {
        tags.push(bare(&MUTED, words.muted));
    }
    if alarm.quiet {
        tags.push(bare(&QUIET, words.quiet));
    }
    if snapshot.history_failing {
        tags.push(bare(&UNWRITTEN, words.history_unwritten));
    }
    if let (Page::Today, Some(today)) = (scene.page, &snapshot.today) {
        tags.extend(today.badges.iter().map(|badge| bare(&BADGE, badge)));
    }
    if live(alarm.acked) {
        let texts = vec![few(alarm.acked, scene, case)];
        tags.push(Tag { texts, ..counted(&ACKED, alarm.acked, words.acked, scene) });
    }
    tags
}

fn counted(sign: &'static Sign, count: u32, forms: Counted, scene: &Scene) -> Tag {
    let number = figures::count(count, scene.words);
    let sentence = format!("{number} {}", scene.words.counted(forms, count));
    Tag { sign, texts: Vec::new(), sentence, urgent: false }
}

/// How many are shelved, and how long until the first of them comes back.
fn shelved(scene: &Scene, case: Case) -> Tag {
    let alarm = &scene.snapshot.alarm;
    let count = few(alarm.shelved, scene, case);
    let tag = counted(&SHELVED, alarm.shelved, scene.words.shelved, scene);
    let Some(until) = alarm.shelved_until else { return Tag { texts: vec![count], ..tag } };
    let left = scene.roughly(until.age_secs(scene.snapshot.at));
    Tag {
        texts: vec![format!("{count} ({left})"), left.clone()],
        sentence: format!("{} ({left})", tag.sentence),
        ..tag
    }
}

fn few(count: u32, scene: &Scene, case: Case) -> String {
    figures::count_within(count, MAX_COUNT_WIDTH.max(case.small().cap() * 2), scene.words, case)
}

/// Draws the usual signs at the end of an area; gives what is left of it.
pub fn usual<D>(scene: &Scene, area: Area, keep: Keep, pen: &mut Pen<D>) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    draw(scene, &tags(scene, pen.case), area, keep, pen)
}

/// Draws signs at the end of an area, the most important first; gives what is left of it. The
/// first is shown in any case.
pub fn draw<D>(
    scene: &Scene,
    tags: &[Tag],
    area: Area,
    keep: Keep,
    pen: &mut Pen<D>,
) -> Result<Area, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let manner = Manner::new(scene, area.h, pen.case);
    let shown = manner.chosen(tags, area.w, keep);
    let used = shown.iter().map(|(tag, text)| manner.gap + manner.width(tag, text)).sum();
    let (left, mut rest) = area.cut_right(used);
    for (tag, text) in shown {
        let (place, after) = rest.cut_left(manner.gap).1.cut_left(manner.width(tag, text));
        rest = after;
        let line = pen.case.line(manner.font, text, place.w);
        if let Some(pad) = manner.framed {
            let frame = place.centered(place.w, manner.font.cap() + 2 * pad);
            pen.frame(frame, (pad / 6).max(1), Role::Text)?;
            pen.text(&line, place, Align::Middle, Role::Text)?;
        } else {
            pen.sign(tag.sign, place.cut_left(tag.sign.width).0, Role::Text)?;
            pen.text(&line, place.cut_left(tag.sign.width + TEXT_GAP).1, Align::Start, Role::Text)?;
        }
    }
    Ok(left)
}
