//! The line above the numbers: state or reason for distrust, small signs, the next deadline.
//!
//! Owns what is said in one line and what is left out first when it is narrow. Refuses to
//! know the page below it.

use alloc::{format, string::String};

use embedded_graphics::draw_target::DrawTarget;

use super::{
    Scene, Tier,
    signs::{self, Keep},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
    snapshot::Trust,
    text::{
        case::Case,
        figures::{self, Span},
    },
    words::Short,
};

/// Of the height of the line, what a shape at its start takes.
pub const fn shape_side(height: i32) -> i32 {
    if height < 32 { (height - 4) | 1 } else { height * 5 / 8 }
}

/// A title with less room than so many of the smallest capitals says nothing.
const MIN_TITLE: i32 = 4;

/// How the floor stands: its shape, its ink, its word, and how many conversations it counts.
pub fn standing(scene: &Scene) -> (Shape, Role, Short, Option<u32>) {
    let (snapshot, words) = (scene.snapshot, scene.words);
    if snapshot.breached > 0 {
        (Shape::Square, Role::Breached, words.breached, Some(snapshot.breached))
    } else if snapshot.at_risk > 0 {
        (Shape::Triangle, Role::AtRisk, words.at_risk, Some(snapshot.at_risk))
    } else {
        (Shape::Ring, Role::Fine, words.fine, None)
    }
}

/// The whole line: the state first, signs last, the next deadline where room is left. While the
/// data is not live the hatched band takes its place.
pub fn state_line<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let wanted = keep(scene, area.h, pen.case);
    if !scene.live() {
        let area = signs::usual(scene, area, wanted, pen)?;
        return distrust_band(scene, area, pen);
    }
    // The shape is shown in any case: signs share what is behind it.
    let side = shape_side(area.h);
    let wanted = Keep { wish: wanted.wish - side, need: wanted.need - side };
    let left = signs::usual(scene, area.cut_left(side).1, wanted, pen)?;
    let area = area.cut_left(side + left.w).0;
    let (shape, role, ..) = standing(scene);
    let small = pen.case.small();
    // Before a breach the next deadline matters more than a large word, after it less.
    let due = next_due(scene);
    let due_width = due.as_ref().map(|due| pen.case.width(small, due) + scene.gap);
    let word = pen.case.width(small, scene.words.at_risk[0]) + shape_side(area.h) + scene.gap;
    let reserved = match (shape, due_width) {
        (Shape::Ring | Shape::Triangle, Some(width)) if area.w - width >= word => width,
        _ => 0,
    };
    let width = state(scene, area.cut_right(reserved).0, pen)?;
    let rest = area.cut_left(width + scene.gap).1;
    match due {
        Some(due) if pen.case.width(small, &due) <= rest.w => {
            let line = pen.case.line(small, &due, rest.w);
            pen.text(&line, rest, Align::End, if role == Role::AtRisk { role } else { Role::Text })
        }
        _ => Ok(()),
    }
}

/// The state: its shape, its word and how many it counts; gives the columns it takes.
pub fn state<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<i32, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (shape, role, wordings, count) = standing(scene);
    let side = shape_side(area.h);
    let (left, rest) = area.cut_left(side);
    pen.shape(shape, left, side, role)?;
    let rest = rest.cut_left(scene.gap).1;
    let number = count.map(|count| figures::count(count, scene.words)).unwrap_or_default();
    let counted = wordings.map(|word| format!("{word} {number}"));
    let wordings = [counted[0].trim_end(), wordings[0], counted[1].trim_end(), wordings[1]];
    let h = if scene.tier < Tier::Medium { rest.h } else { rest.h * 5 / 6 };
    let line = pen.case.best(&wordings, rest.w, h);
    pen.text(&line, rest, Align::Start, role)?;
    Ok(side + scene.gap + line.width)
}

/// What a title is worth beside the signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Title<'t> {
    /// The board's name: it gives way.
    Name(&'t str),
    /// What the page is about, in ever fewer words: signs share what it leaves.
    Subject(&'t [&'t str]),
}

/// A title, signs, and the time of day. While the data is not live the hatched band takes its
/// place.
pub fn title_line<D>(scene: &Scene, title: Title, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (wordings, is_subject) = match title {
        Title::Name(name) => (&[name][..], false),
        Title::Subject(wordings) => (wordings, true),
    };
    let case = pen.case;
    if !scene.live() {
        let left = signs::usual(scene, area, keep(scene, area.h, case), pen)?;
        return distrust_band(scene, left, pen);
    }
    let time = scene.time(scene.snapshot.at);
    let rows = if scene.tier < Tier::Medium { area.h - 1 } else { area.h * 3 / 4 };
    let widest =
        scene.words.digits(&time.chars().map(|c| if c.is_numeric() { '0' } else { c }).collect::<String>());
    // Where there is no room for both, the time goes on and the title does not.
    let least = case.width(case.small(), &widest);
    let widest = if least <= area.w { widest.as_str() } else { "" };
    let clock = case.best(&[widest], least.max(area.w / 3), rows);
    let (rest, right) = area.cut_right(clock.width);
    let rest = rest.cut_right(scene.gap).0;
    let shortest = wordings.last().map_or(0, |title| case.width(case.small(), title) + scene.gap);
    let left = if is_subject {
        let reserved = shortest.min(area.w * 3 / 5);
        let free = signs::usual(scene, rest.cut_left(reserved).1, Keep::of(0), pen)?;
        rest.cut_left(reserved + free.w).0
    } else {
        signs::usual(scene, rest, Keep { wish: shortest, need: 0 }, pen)?
    };
    pen.text(&case.line(clock.font, &time, right.w), right, Align::End, Role::Text)?;
    let is_cut = shortest - scene.gap > left.w;
    if left.w < MIN_TITLE * case.small().cap() || (is_cut && !is_subject && scene.tier == Tier::Strip) {
        return Ok(());
    }
    let mut line = case.best(wordings, left.w, rows);
    if line.font.cap() > clock.font.cap() {
        let whole = wordings.iter().find(|title| case.width(clock.font, title) <= left.w);
        line = case.line(clock.font, whole.or(wordings.last()).copied().unwrap_or_default(), left.w);
    }
    pen.text(&line, left, Align::Start, Role::Text)
}

/// What the line needs beside the signs: the word of the state, or the reason for distrust.
pub fn keep(scene: &Scene, height: i32, case: Case) -> Keep {
    let (beside, [long, short]) = match scene.words.trust(scene.snapshot.trust) {
        Some(wordings) => (6 * scene.gap, wordings),
        None => (shape_side(height) + scene.gap, standing(scene).2),
    };
    let width = |word| beside + case.width(case.small(), word);
    Keep { wish: width(long), need: width(short) }
}

/// The time left until the next deadline, in its largest unit only: minutes that pass change
/// the picture, seconds do so in the last one.
pub fn next_due(scene: &Scene) -> Option<String> {
    let due = scene.snapshot.next_due.as_ref()?;
    let [long, short] = scene.words.due;
    let word = if scene.tier < Tier::Medium { short } else { long };
    Some(format!("{word} {}", scene.roughly(due.in_s)))
}

/// Hatching with the reason for distrust in the middle of it, and since when if that fits.
pub fn distrust_band<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some([long, short]) = scene.words.trust(scene.snapshot.trust) else { return Ok(()) };
    pen.hatch(area, Role::Text)?;
    let room = area.w - 3 * scene.gap;
    let timed = since(scene).map(|[since, _]| format!("{long} {since}"));
    let rows = if scene.tier < Tier::Medium { area.h - 1 } else { area.h * 3 / 4 };
    let line = pen.case.best(&[timed.as_deref().unwrap_or(long), long, short], room, rows);
    let plate = area.centered(line.width + scene.gap * 3 / 2, area.h);
    pen.fill(plate, Role::Ground)?;
    pen.text(&line, plate, Align::Middle, Role::Text)
}

/// Since when the data is not live: the time of day within a day, else how long. Nothing
/// while the clock is not set, when no time means anything. The second wording is shorter.
pub fn since(scene: &Scene) -> Option<[String; 2]> {
    let (snapshot, words) = (scene.snapshot, scene.words);
    if snapshot.trust == Trust::Clock {
        return None;
    }
    let age = snapshot.at.age_secs(snapshot.trust_since);
    if age >= 86_400 {
        let span = Span::of(age, words).text();
        return Some([format!("{} {span}", words.lasting), span]);
    }
    let time = scene.time(snapshot.trust_since);
    Some([format!("{} {time}", words.since), time])
}
