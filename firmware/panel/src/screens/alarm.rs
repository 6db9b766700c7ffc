//! Something wants to be acknowledged: what, how long, since when, how many.
//!
//! Owns the page that takes over while an alarm is unacknowledged. Its light header cannot
//! be missed from across the room, and once nobody has reacted for too long the whole page
//! turns light. Refuses to know what sounds.
//!
//! It speaks of the alarm that has rung longest; a snapshot read from a file does not know
//! that one, and its worst conversation stands in.

use alloc::{string::String, vec, vec::Vec};

use embedded_graphics::draw_target::DrawTarget;

use super::{
    Scene, Tier, faded, header, list, rows_of,
    signs::{self, Keep},
};
use crate::{
    layout::Area,
    look::{Palette, Role},
    pen::{Align, Pen},
    shapes::Shape,
    snapshot::{Cause, ClockState, Ringing, Worst},
    text::{
        case,
        figures::{self, Quantity, Span},
        with_whole_numbers,
    },
    words::Short,
};

/// Lower pages have room for two lines, not for four.
const MIN_TALL: i32 = 58;

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
    Received(u32),
}

impl Case {
    fn of(scene: &Scene) -> Self {
        let (alarm, words) = (&scene.snapshot.alarm, scene.words);
        let ringing = scene.snapshot.levels.ringing.as_ref();
        let mut case = Self::caused(scene, ringing);
        case.escalated = scene.live() && (alarm.escalated > 0 || ringing.is_some_and(|it| it.escalated));
        if case.escalated {
            case.headline = words.escalated;
            case.contact = ringing.and_then(|it| it.contact.as_deref()).map(with_whole_numbers);
        } else if alarm.flood {
            case.headline = words.many_alarms;
        }
        case
    }

    fn caused(scene: &Scene, ringing: Option<&Ringing>) -> Self {
        match ringing.map(|it| (&it.what, it.since)) {
            Some((Cause::Conversation(worst), _)) => Self::promise(scene, worst),
            Some((Cause::Surge { received }, since)) => Self {
                figure: Measure::Received(*received),
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
        let name = list::name(worst);
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
    match scene.tier {
        Tier::Strip => low(scene, &case, area, pen),
        Tier::Small if area.h < MIN_TALL => low(scene, &case, area, pen),
        Tier::Small => tall(scene, &case, area, pen),
        Tier::Medium | Tier::Wall => wall(scene, &case, area, pen),
    }
}

fn tall<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (band, body) = area.cut_top(scene.header(area));
    // A name may be in any script, and is as high as the highest of them.
    let (name, rest) = body.cut_top((body.h * 2 / 7).max(pen.case.line_rows() - 2));
    let (middle, action) = rest.cut_bottom((rest.h * 2 / 5).max(scene.low_line() + 1));
    let line = pen.case.line(pen.case.small(), &case.name, name.w);
    pen.text(&line, name, Align::Start, Role::Text)?;
    measure(scene, case, middle, pen)?;
    faded(scene, middle, pen)?;
    what_to_do(scene, case, action, pen)?;
    banner(scene, case, band, pen)
}

/// As above, with the room to let things stand apart.
fn wall<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (band, body) = area.cut_top(rows_of(area) / 5);
    let body = body.inset(scene.gap, scene.gap);
    let (name, rest) = body.cut_top((body.h / 5).max(pen.case.line_rows()));
    let (middle, action) = rest.cut_bottom(body.h / 6);
    pen.say(
        &[&case.name],
        name.cut_top((name.h * 4 / 5).max(pen.case.line_rows())).0,
        Align::Start,
        Role::Text,
    )?;
    let middle = middle.inset(0, scene.gap);
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
    let line = band.inset(scene.gap - 1, 0);
    let side = if pen.case.outlined { (band.h / 2) | 1 } else { (band.h - 5) | 1 };
    let rows = if scene.tier < Tier::Medium { band.h - 1 } else { band.h * 3 / 4 };
    let (mark, rest) = line.cut_left(side);
    pen.shape_on(Role::Breached, case.shape, mark, side, Role::Ground)?;
    let number = figures::count(scene.snapshot.alarm.unacked, scene.words);
    let count = pen.case.best(&[&number], line.w / 3, rows);
    let (rest, right) = rest.cut_left(scene.gap).1.cut_right(count.width);
    pen.text_on(Role::Breached, &count, right, Align::End, Role::Ground)?;
    let rest = rest.cut_right(scene.gap).0;
    let headline = pen.case.best(&case.headline, rest.w, rows);
    pen.text_on(Role::Breached, &headline, rest, Align::Start, Role::Ground)
}

/// The large number, and beside it since when the promise is broken.
fn measure<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let font = if pen.case.outlined { pen.case.for_rows(area.h / 4) } else { pen.case.small() };
    let texts: Vec<&str> =
        case.since.as_deref().map_or_else(Vec::new, |since| vec![scene.words.since, since]);
    let lines: Vec<_> = texts.iter().map(|text| pen.case.line(font, text, area.w / 3)).collect();
    let aside = lines.iter().map(|line| line.width).max().unwrap_or_default();
    let (left, right) = area.cut_right(aside);
    number(scene, case, left.cut_right(scene.gap).0, pen)?;
    // Where both have no room, the time is the one that says more.
    let pitch = case::pitch(&lines);
    let shown = if 2 * pitch <= right.h { &lines[..] } else { &lines[lines.len().min(1)..] };
    let mut rest = right.centered(right.w, pitch * shown.len() as i32);
    for line in shown {
        let (place, below) = rest.cut_top(pitch);
        pen.text(line, place, Align::Start, Role::Text)?;
        rest = below;
    }
    Ok(())
}

/// The large number with its unit; gives the columns it takes.
fn number<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<i32, D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    match &case.figure {
        Measure::None => Ok(0),
        Measure::Wait(span) => {
            let (figure, span) = pen.case.span(span, area);
            pen.span(&figure, &span, area, Align::Start, Role::Number)
        }
        Measure::Received(received) => {
            let count = figures::count_within(*received, area.w, scene.words, pen.case);
            let unit = scene.words.in_ten_minutes;
            let beside = pen.case.width(pen.case.small(), unit) + scene.gap;
            let figure = pen.case.figure(area.h, |figure| figure.width(&count) + beside <= area.w);
            let bare = Quantity { value: count, unit: "" };
            let width = pen.part(&figure, &bare, area, Align::Start, Role::Number)? + scene.gap;
            let right = area.cut_left(width).1;
            let right = right.centered(right.w, figure.digits.cap().max(pen.case.line_rows()).min(right.h));
            Ok(width + pen.say(&[unit], right, Align::Start, Role::Text)?)
        }
    }
}

/// The last line: whom to tell where nobody has reacted, else the way to acknowledge; and the
/// signs.
fn what_to_do<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let width = |text| pen.case.width(pen.case.small(), text);
    let [_, shorter, shortest] = scene.words.acknowledge;
    let keep = match &case.contact {
        Some(contact) => Keep { wish: width(contact), need: area.w * 2 / 3 },
        None => Keep { wish: width(shorter), need: width(shortest) },
    };
    let area = signs::usual(scene, area, keep, pen)?;
    match &case.contact {
        Some(contact) => pen.say(&[contact], area, Align::Start, Role::Text).map(drop),
        None => pen.say(&scene.words.acknowledge, area, Align::Start, Role::Text).map(drop),
    }
}

fn low<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let (block, right) = area.cut_left((area.w * 2 / 11).max(15));
    pen.fill(block, Role::Breached)?;
    let count = figures::count_within(scene.snapshot.alarm.unacked, block.w - 2, scene.words, pen.case);
    let figure = pen.case.figure(block.h - 4, |figure| figure.width(&count) <= block.w - 2);
    pen.text_on(Role::Breached, &figure.value(&count), block, Align::Middle, Role::Ground)?;
    let column = right.cut_left(scene.gap).1;
    let (upper, lower) = column.cut_top(column.h / 2);
    let small = pen.case.small();
    if let Some(contact) = &case.contact
        && pen.case.width(small, contact) > column.w
        && pen.case.paragraph(contact, column).is_some()
    {
        // Whom to tell is what matters now, so it may take the place of all else.
        return pen.paragraph(contact, column, Align::Start);
    }
    let width = number(scene, case, upper, pen)?;
    let beside = upper.cut_left(if width > 0 { width + scene.gap } else { 0 }).1;
    let tags = signs::usual(scene, beside, Keep::of(beside.w * 2 / 3), pen)?;
    let fitting = case.headline.iter().find(|word| pen.case.width(small, word) <= tags.w);
    if let Some(word) = fitting.filter(|_| scene.live()) {
        let line = pen.case.line(small, word, tags.w);
        pen.text(&line, tags, Align::End, Role::Text)?;
    }
    if !scene.live() {
        faded(scene, block, pen)?;
        faded(scene, upper, pen)?;
        return header::distrust_band(scene, lower, pen);
    }
    last_line(scene, case, lower, pen)
}

/// Of a low display: whom to tell, else what it is about and, where there is room, what to do.
fn last_line<D>(scene: &Scene, case: &Case, area: Area, pen: &mut Pen<D>) -> Result<(), D::Error>
where
    D: DrawTarget<Color: Palette>,
{
    let fonts = pen.case;
    let small = fonts.small();
    if let Some(contact) = case.contact.as_deref().filter(|contact| fonts.width(small, contact) <= area.w) {
        return pen.text(&fonts.line(small, contact, area.w), area, Align::Start, Role::Text);
    }
    let press = fonts.line(small, scene.words.acknowledge[2], area.w);
    let room = area.w - press.width - scene.gap;
    let (left, right) =
        if room >= area.w / 2 { area.cut_right(press.width) } else { (area, area.cut_right(0).1) };
    if right.w > 0 {
        pen.text(&press, right, Align::End, Role::Text)?;
    }
    let name = fonts.line(small, &case.name, left.w - if right.w > 0 { scene.gap } else { 0 });
    pen.text(&name, left, Align::Start, Role::Text)
}
