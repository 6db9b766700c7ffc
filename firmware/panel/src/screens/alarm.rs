//! Something wants to be acknowledged: what, how long, since when, how many.
//!
//! Owns the page that takes over while an alarm is unacknowledged. Its light header cannot
//! be missed from across the room. Refuses to know what sounds.
//!
//! It speaks of the alarm that has rung longest; a snapshot read from a file does not know
//! that one, and its worst conversation stands in.

use alloc::{format, string::String};

use embedded_graphics::{draw_target::DrawTarget, geometry::Point};

use super::{MIN_TALL, Scene, faded, header, header_rows};
use crate::{
    figures::{self, Span},
    fonts::SMALL,
    layout::{Area, best},
    look::{Palette, Role},
    pen::Pen,
    shapes::Shape,
    snapshot::{Cause, ClockState, Ringing, Snapshot, Worst},
    words::Short,
};

/// Pixels between the parts of a line.
const GAP: i32 = 4;

/// What the page says of the worst conversation.
struct Case {
    shape: Shape,
    clock: Short,
    name: String,
    span: Option<Span>,
    since: Option<String>,
}

/// The conversation whose alarm rings; for a snapshot that does not know it, the worst one.
fn ringing(snapshot: &Snapshot) -> Option<&Worst> {
    match &snapshot.levels.ringing {
        Some(Ringing { what: Cause::Conversation(case), .. }) => Some(case),
        Some(Ringing { what: Cause::Surge { .. }, .. }) => None,
        None => snapshot.worst.first(),
    }
}

impl Case {
    fn of(scene: &Scene) -> Self {
        let (snapshot, words) = (scene.snapshot, scene.words);
        let Some(worst) = ringing(snapshot) else {
            return Self {
                shape: Shape::Square,
                clock: [words.alarm; 2],
                name: snapshot.board.clone(),
                span: None,
                since: None,
            };
        };
        let breached = worst.state == ClockState::Breached;
        let since = breached.then(|| {
            let (hour, minute) = scene.look.hour_minute(worst.due_at);
            format!("{hour:02}:{minute:02}")
        });
        let waited = worst.waiting_s.unwrap_or_else(|| snapshot.at.age_secs(worst.due_at));
        Self {
            shape: if breached { Shape::Square } else { Shape::Triangle },
            clock: words.clock(worst.clock),
            name: match &worst.customer {
                Some(customer) => format!("{} {customer}", worst.channel),
                None => format!("{} {}", worst.channel, worst.id),
            },
            span: Some(Span::of(waited, words)),
            since,
        }
    }
}

/// Draws the page.
pub fn draw<D>(scene: &Scene, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let case = Case::of(scene);
    if area.h >= MIN_TALL { tall(scene, &case, area, pen) } else { low(scene, &case, area, pen) }
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
    wait(scene, case, middle, pen)?;
    let action = header::signs(scene, action, pen)?;
    let (font, text) = best(&scene.words.acknowledge, action.w, action.h - 2);
    let top = action.y + action.h - font.height();
    pen.text(font, text, Point::new(action.x, top), action.w, Role::Text)?;
    faded(scene, middle, pen)?;
    banner(scene, case, band, pen)
}

/// The light header: shape, clock, and how many alarms there are.
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
    let (font, word) = best(&case.clock, rest.w, band.h - 4);
    let top = rest.centered(0, font.above()).y;
    pen.text(font, word, Point::new(rest.x, top), rest.w, Role::Ground).map(drop)
}

/// How long the customer has waited, and beside it since when the promise is broken.
fn wait<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let Some(span) = &case.span else { return Ok(()) };
    let aside = case.since.as_ref().map_or(0, |since| SMALL.width(since).max(SMALL.width(scene.words.since)));
    let (left, right) = area.cut_right(aside);
    let figure = figures::largest(area.h - 2, |figure| figure.calm_span_width(span) <= left.w - GAP);
    let top = area.centered(0, figure.digits.above()).y;
    pen.span(figure, span, Point::new(left.x, top), Role::Number)?;
    if let Some(since) = &case.since {
        let both = 2 * SMALL.above() + 3;
        let top = right.centered(0, both).y;
        pen.text(SMALL, scene.words.since, Point::new(right.x, top), right.w, Role::Text)?;
        pen.text(SMALL, since, Point::new(right.x, top + both - SMALL.above()), right.w, Role::Text)?;
    }
    Ok(())
}

fn low<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (block, right) = area.cut_left(area.w * 2 / 11);
    pen.fill(block, Role::Breached)?;
    let number = figures::count_within(scene.snapshot.alarm.unacked, block.w - 4);
    let figure = figures::largest(block.h - 4, |figure| figure.width(&number) <= block.w - 4);
    pen.text(
        figure.digits,
        &number,
        block.centered(figure.width(&number), figure.digits.height()),
        block.w,
        Role::Ground,
    )?;
    let column = right.cut_left(GAP).1;
    let (first, rest) = column.cut_top(SMALL.height());
    let (middle, last) = rest.cut_top(rest.h - SMALL.height());
    pen.text(SMALL, &case.name, Point::new(first.x, first.y), first.w, Role::Text)?;
    if let Some(span) = &case.span {
        let figure = figures::largest(middle.h, |figure| figure.calm_span_width(span) <= middle.w);
        let top = middle.centered(0, figure.digits.above()).y;
        let width = pen.span(figure, span, Point::new(middle.x, top), Role::Number)?;
        let beside = middle.cut_left(width + GAP).1;
        let (font, clock) = best(&case.clock, beside.w, SMALL.above());
        let top = middle.centered(0, font.above()).y;
        pen.text(font, clock, Point::new(beside.x, top), beside.w, Role::Text)?;
    }
    if !scene.live() {
        faded(scene, block, pen)?;
        return header::distrust_band(scene, last, pen);
    }
    let last = header::signs(scene, last, pen)?;
    let (font, text) = best(&scene.words.acknowledge, last.w, SMALL.above());
    pen.text(font, text, Point::new(last.x, last.y), last.w, Role::Text).map(drop)
}
