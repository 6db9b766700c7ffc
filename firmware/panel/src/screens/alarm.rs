//! Something wants to be acknowledged: what, how long, since when, how many.
//!
//! Owns the page that takes over while an alarm is unacknowledged. Its light header cannot
//! be missed from across the room, and once nobody has reacted for too long the whole page
//! turns light. Refuses to know what sounds.
//!
//! It speaks of the alarm that has rung longest; a snapshot read from a file does not know
//! that one, and its worst conversation stands in.

use alloc::{format, string::String};

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{
    MIN_TALL, Scene, faded, header, header_rows,
    signs::{self, Keep},
};
use crate::{
    figures::{self, Quantity, Span},
    fonts::SMALL,
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
    shapes::Shape,
    snapshot::{Cause, ClockState, Ringing, Worst},
    words::Short,
};

/// Pixels between the parts of a line.
const GAP: i32 = 4;

/// What the page says of the alarm.
struct Case {
    shape: Shape,
    /// What it is about, or what is more urgent to know.
    headline: Short,
    name: String,
    figure: Measure,
    since: Option<String>,
    contact: Option<String>,
    escalated: bool,
}

/// The large number of the page.
enum Measure {
    None,
    /// How long the customer has waited.
    Wait(Span),
    /// How many conversations arrived.
    Received(String),
}

impl Case {
    fn of(scene: &Scene) -> Self {
        let (alarm, words) = (&scene.snapshot.alarm, scene.words);
        let ringing = scene.snapshot.levels.ringing.as_ref();
        let mut case = Self::caused(scene, ringing);
        case.escalated = scene.live() && (alarm.escalated > 0 || ringing.is_some_and(|it| it.escalated));
        if case.escalated {
            case.headline = words.escalated;
            case.contact = ringing.and_then(|it| it.contact.clone());
        } else if alarm.flood {
            case.headline = words.many_alarms;
        }
        case
    }

    fn caused(scene: &Scene, ringing: Option<&Ringing>) -> Self {
        match ringing.map(|it| (&it.what, it.since)) {
            Some((Cause::Conversation(worst), _)) => Self::promise(scene, worst),
            Some((Cause::Surge { received }, since)) => Self {
                figure: Measure::Received(figures::count(*received)),
                since: Some(scene.time(since)),
                ..Self::surge(scene)
            },
            None => match scene.snapshot.worst.first() {
                Some(worst) if worst.state == ClockState::Breached => Self::promise(scene, worst),
                _ if scene.snapshot.surge == Some(true) => Self::surge(scene),
                Some(worst) => Self::promise(scene, worst),
                None => Self::bare([scene.words.alarm; 2], scene.snapshot.board.clone()),
            },
        }
    }

    fn bare(headline: Short, name: String) -> Self {
        let shape = Shape::Square;
        Self { shape, headline, name, figure: Measure::None, since: None, contact: None, escalated: false }
    }

    fn surge(scene: &Scene) -> Self {
        Self::bare(scene.words.surge, scene.words.more_than_usual.into())
    }

    fn promise(scene: &Scene, worst: &Worst) -> Self {
        let breached = worst.state == ClockState::Breached;
        let waited = worst.waiting_s.unwrap_or_else(|| scene.snapshot.at.age_secs(worst.due_at));
        let name = format!("{} {}", worst.channel, worst.customer.as_ref().unwrap_or(&worst.id));
        Self {
            shape: if breached { Shape::Square } else { Shape::Triangle },
            figure: Measure::Wait(Span::of(waited, scene.words)),
            since: breached.then(|| scene.time(worst.due_at)),
            ..Self::bare(scene.words.clock(worst.clock), name)
        }
    }
}

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let case = Case::of(scene);
    let mut area = area;
    if case.escalated {
        pen.turn_light(area, Role::Breached)?;
        area = area.inset(1, 1);
    }
    if area.h + 2 >= MIN_TALL { tall(scene, &case, area, pen) } else { low(scene, &case, area, pen) }
}

fn tall<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (band, body) = area.cut_top(header_rows(area));
    let (name, rest) = body.cut_top(body.h / 4);
    let (middle, action) = rest.cut_top(rest.h * 2 / 3);
    let (font, text) = best(&[&case.name], name.w, name.h - 3);
    pen.text(font, text, Point::new(name.x, name.y + 3), name.w, Role::Text)?;
    measure(scene, case, middle, pen)?;
    faded(scene, middle, pen)?;
    what_to_do(scene, case, action, pen)?;
    banner(scene, case, band, pen)
}

/// The light header: shape, headline, and how many alarms there are.
fn banner<D>(scene: &Scene, case: &Case, band: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    if !scene.live() {
        return header::distrust_band(scene, band, pen);
    }
    pen.fill(band, Role::Breached)?;
    let line = band.inset(3, 0);
    let side = (band.h - 5) | 1;
    pen.fill_all(case.shape.pixels(line.x, line.centered(0, side).y, side), Role::Ground)?;
    let number = figures::count(scene.snapshot.alarm.unacked);
    let (font, _) = best(&[&number], line.w / 3, band.h - 4);
    let (rest, right) = line.cut_left(side + GAP).1.cut_right(font.width(&number));
    pen.text_centered(font, &number, right, Role::Ground)?;
    let rest = rest.cut_right(GAP).0;
    let (font, word) = best(&case.headline, rest.w, band.h - 4);
    let top = rest.centered(0, font.above()).y;
    pen.text(font, word, Point::new(rest.x, top), rest.w, Role::Ground).map(drop)
}

/// The large number, and beside it since when the promise is broken.
fn measure<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let aside = case.since.as_ref().map_or(0, |since| SMALL.width(since).max(SMALL.width(scene.words.since)));
    let (left, right) = area.cut_right(aside);
    number(scene, case, left.cut_right(GAP).0.inset(0, 1), pen)?;
    if let Some(since) = &case.since {
        let both = 2 * SMALL.above() + 3;
        let top = right.centered(0, both).y;
        pen.text(SMALL, scene.words.since, Point::new(right.x, top), right.w, Role::Text)?;
        pen.text(SMALL, since, Point::new(right.x, top + both - SMALL.above()), right.w, Role::Text)?;
    }
    Ok(())
}

/// The large number with its unit; gives the width drawn.
fn number<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<i32, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    match &case.figure {
        Measure::None => Ok(0),
        Measure::Wait(span) => {
            let figure = figures::largest(area.h, |figure| figure.calm_span_width(span) <= area.w);
            let top = area.centered(0, figure.digits.above()).y;
            pen.span(figure, span, Point::new(area.x, top), Role::Number)
        }
        Measure::Received(count) => {
            let unit = scene.words.in_ten_minutes;
            let beside = SMALL.width(unit) + GAP;
            let figure = figures::largest(area.h, |figure| figure.width(count) + beside <= area.w);
            let top = area.centered(0, figure.digits.above()).y;
            let bare = Quantity { value: count.clone(), unit: "" };
            let width = pen.quantity(figure, &bare, Point::new(area.x, top), Role::Number)? + GAP;
            let (font, unit) = best(&[unit], area.w - width, figure.digits.above() * 2 / 3);
            let baseline = top + figure.digits.above() - font.above();
            let place = Point::new(area.x + width, baseline);
            Ok(width + pen.text(font, unit, place, area.w - width, Role::Text)?)
        }
    }
}

/// The last line: whom to tell where nobody has reacted, else the way to acknowledge; and the
/// signs.
fn what_to_do<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let [_, shorter, shortest] = scene.words.acknowledge;
    let keep = match &case.contact {
        Some(contact) => Keep { wish: SMALL.width(contact), need: area.w * 2 / 3 },
        None => Keep { wish: SMALL.width(shorter), need: SMALL.width(shortest) },
    };
    let area = signs::usual(scene, area, keep, pen)?;
    let (font, text) = match &case.contact {
        Some(contact) => best(&[contact], area.w, area.h - 2),
        None => best(&scene.words.acknowledge, area.w, area.h - 2),
    };
    let top = area.y + area.h - font.height();
    pen.text(font, text, Point::new(area.x, top), area.w, Role::Text).map(drop)
}

fn low<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (block, right) = area.cut_left(area.w * 2 / 11);
    pen.fill(block, Role::Breached)?;
    let count = figures::count_within(scene.snapshot.alarm.unacked, block.w - 4);
    let figure = figures::largest(block.h - 4, |figure| figure.width(&count) <= block.w - 4);
    let corner = block.centered(figure.width(&count), figure.digits.height());
    pen.text(figure.digits, &count, corner, block.w, Role::Ground)?;
    let column = right.cut_left(GAP).1;
    let (first, rest) = column.cut_top(SMALL.height());
    let (middle, last) = rest.cut_top(rest.h - SMALL.height());
    // A free row, as the line below has letters without tails and digits.
    let middle = middle.cut_top(middle.h - 1).0;
    // Beside a number with a long unit there is no room for the headline, so it comes first.
    let above = if matches!(case.figure, Measure::Received(_)) { case.headline[0] } else { &case.name };
    pen.text(SMALL, above, Point::new(first.x, first.y), first.w, Role::Text)?;
    let width = number(scene, case, middle, pen)?;
    if above != case.headline[0] {
        let beside = middle.cut_left(if width > 0 { width + GAP } else { 0 }).1;
        let (font, headline) = best(&case.headline, beside.w, SMALL.above());
        let top = middle.centered(0, font.above()).y;
        pen.text(font, headline, Point::new(beside.x, top), beside.w, Role::Text)?;
    }
    if !scene.live() {
        faded(scene, block, pen)?;
        return header::distrust_band(scene, last, pen);
    }
    last_line(scene, case, last, pen)
}

/// Of a low display: since when and what to do, or whom to tell, and the signs.
fn last_line<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let press = scene.words.acknowledge[2];
    let mut left = String::new();
    let mut keep = Keep::of(SMALL.width(press));
    match (&case.contact, &case.since) {
        (Some(contact), _) if SMALL.width(contact) <= area.w => {
            keep = Keep::of(SMALL.width(contact));
            left.clone_from(contact);
        }
        (_, Some(since)) => {
            let needed = SMALL.width(since) + GAP;
            keep = Keep { wish: keep.wish + needed, need: keep.need };
            left = format!("{} {since}", scene.words.since);
        }
        _ => {}
    }
    let area = signs::usual(scene, area, keep, pen)?;
    let at = |x| Point::new(x, area.y);
    if case.contact.as_ref() == Some(&left) {
        return pen.text(SMALL, &left, at(area.x), area.w, Role::Text).map(drop);
    }
    let room = area.w - SMALL.width(press) - GAP;
    let since = case.since.as_deref().unwrap_or_default();
    let fitting = [left.as_str(), since, ""].into_iter().find(|text| SMALL.width(text) <= room);
    let fitting = fitting.unwrap_or_default();
    let width = pen.text(SMALL, fitting, at(area.x), area.w, Role::Text)?;
    let rest = area.cut_left(if width > 0 { width + GAP } else { 0 }).1;
    let (font, text) = best(&scene.words.acknowledge, rest.w, SMALL.above());
    let x = if width > 0 { rest.x + rest.w - font.width(text) } else { rest.x };
    pen.text(font, text, at(x.max(rest.x)), rest.w, Role::Text).map(drop)
}
