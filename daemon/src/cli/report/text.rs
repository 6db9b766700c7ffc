//! A report as text, for a terminal.
//!
//! Owns words and layout. Refuses to know where the figures come from.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    config::Config,
    core::{
        calendar::Calendar,
        figures::Figures,
        report::{DAYS, Hour, Period, Report, Week},
    },
};

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;
/// Shut hours of the week that are named: more is no case for a shift.
const MAX_NAMED: usize = 5;

/// The whole report.
pub(super) fn report(report: &Report, period: &Period, board: &str) -> String {
    let (first, last) = period.days();
    let mut text = format!("{board}: {first} to {last}, {}\n\n", report.zone);
    table(&mut text, &summary(&report.total, &report.before));
    if !report.groups.is_empty() {
        text.push('\n');
        table(&mut text, &groups(report));
    }
    text
}

/// The period beside the one before.
pub(super) fn summary(now: &Figures, before: &Figures) -> Vec<Vec<String>> {
    let mut rows = vec![["", "now", "before", "change"].map(str::to_owned).to_vec()];
    let mut counts = |name: &str, of: fn(&Figures) -> u32| {
        let (now, before) = (of(now), of(before));
        let change = change(Some(f64::from(now)), Some(f64::from(before)));
        rows.push(vec![name.to_owned(), now.to_string(), before.to_string(), change]);
    };
    counts("received", |figures| figures.received);
    counts("answered", |figures| figures.answered);
    counts("promises broken", |figures| figures.breaches);
    let mut shares = |name: &str, of: fn(&Figures) -> Option<f64>| {
        let (now, before) = (of(now), of(before));
        let points = now.zip(before).map(|(now, before)| ((now - before) * 100.0).round());
        let change = points.map_or(String::new(), |points| {
            signed(points, if points.abs() as u64 == 1 { "point" } else { "points" })
        });
        rows.push(vec![name.to_owned(), percent(now), percent(before), change]);
    };
    shares("answer rate", |figures| figures.answer_rate);
    shares("promises kept", |figures| figures.in_target_rate);
    let mut times = |name: &str, of: fn(&Figures) -> Option<u64>| {
        let (now, before) = (of(now), of(before));
        let change = change(now.map(|s| s as f64), before.map(|s| s as f64));
        rows.push(vec![name.to_owned(), span(now), span(before), change]);
    };
    times("first reply, median", |figures| figures.first_reply.median_s);
    times("first reply, 90th percentile", |figures| figures.first_reply.p90_s);
    times("  in open time, median", |figures| figures.first_reply.open_median_s);
    times("  in open time, 90th percentile", |figures| figures.first_reply.open_p90_s);
    times("next reply, median", |figures| figures.next_reply.median_s);
    times("next reply, 90th percentile", |figures| figures.next_reply.p90_s);
    times("  in open time, median", |figures| figures.next_reply.open_median_s);
    times("  in open time, 90th percentile", |figures| figures.next_reply.open_p90_s);
    rows
}

pub(super) fn groups(report: &Report) -> Vec<Vec<String>> {
    let head = ["received", "answered", "rate", "first", "90th", "next", "90th", "kept", "broken"];
    let mut rows = vec![[report.by.word()].into_iter().chain(head).map(str::to_owned).collect::<Vec<_>>()];
    for line in &report.groups {
        let figures = &line.figures;
        rows.push(vec![
            line.name.clone(),
            figures.received.to_string(),
            figures.answered.to_string(),
            percent(figures.answer_rate),
            span(figures.first_reply.median_s),
            span(figures.first_reply.p90_s),
            span(figures.next_reply.median_s),
            span(figures.next_reply.p90_s),
            percent(figures.in_target_rate),
            figures.breaches.to_string(),
        ]);
    }
    rows
}

/// When customers write, by the hours of the week.
pub(super) fn week(week: &Week, period: &Period, config: &Config) -> String {
    let (first, last) = period.days();
    let mut text = format!("{}: {first} to {last}, {}\n\n", config.board.name, period.zone.name());
    let has_hours = *config.board.calendar != Calendar::Always;
    text += "Conversations by the hour at which they were opened";
    text += if has_hours { "; (in brackets) while the floor was shut\n\n" } else { "\n\n" };
    let mut rows = vec![[""].into_iter().chain(DAYS).map(str::to_owned).collect::<Vec<_>>()];
    for hour in 0..24 {
        let cells = (0..7).map(|day| cell(week.hours[day * 24 + hour]));
        rows.push([format!("{hour:02}:00")].into_iter().chain(cells).collect());
    }
    table(&mut text, &rows);
    text.push('\n');
    text += &verdict(week, config);
    text
}

pub(super) fn cell(hour: Hour) -> String {
    match hour.received {
        0 => ".".into(),
        n if hour.shut == n => format!("({n})"),
        n => n.to_string(),
    }
}

/// What the opening hours leave uncovered.
pub(super) fn verdict(week: &Week, config: &Config) -> String {
    let all = week.open.received + week.shut.received;
    if *config.board.calendar == Calendar::Always {
        return "[board] calendar is \"always\": name the floor's opening hours there to see what they leave \
            uncovered.\n"
            .into();
    }
    if all == 0 {
        return "Nobody wrote.\n".into();
    }
    let share = percent(Some(f64::from(week.shut.received) / f64::from(all)));
    let mut text = format!(
        "{} of {all} ({share}) were opened while the floor was shut. Their first reply took {} (median), that of \
         the others {}.\n",
        week.shut.received,
        span(week.shut.median_s),
        span(week.open.median_s),
    );
    let mut shut: Vec<(usize, &Hour)> =
        week.hours.iter().enumerate().filter(|(_, hour)| hour.shut > 0).collect();
    shut.sort_by_key(|(place, hour)| (std::cmp::Reverse(hour.shut), *place));
    for (place, hour) in shut.into_iter().take(MAX_NAMED) {
        let (day, hour_of_day) = (DAYS[place / 24], place % 24);
        let median = span(hour.median_s);
        _ = writeln!(text, "  {day} {hour_of_day:02}:00  {} opened, first reply after {median}", hour.shut);
    }
    text
}

/// A table whose first column stands left and whose others stand right.
fn table(text: &mut String, rows: &[Vec<String>]) {
    let width = |cell: &str| cell.graphemes(true).count();
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|n| rows.iter().map(|row| width(&row[n])).max().unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::new();
        for (n, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[n] - width(cell));
            let (left, right) = if n == 0 { (cell, &gap) } else { (&gap, cell) };
            line += if n == 0 { "" } else { "  " };
            line += left;
            line += right;
        }
        *text += line.trim_end();
        text.push('\n');
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".into(), |share| format!("{:.0} %", share * 100.0))
}

fn change(now: Option<f64>, before: Option<f64>) -> String {
    match (now, before) {
        (Some(now), Some(before)) if before > 0.0 => signed(((now - before) / before * 100.0).round(), "%"),
        _ => String::new(),
    }
}

fn signed(value: f64, unit: &str) -> String {
    // A difference that is rounded away has no sign.
    if value == 0.0 { format!("0 {unit}") } else { format!("{value:+.0} {unit}") }
}

/// A length of time in its two largest units.
fn span(secs: Option<u64>) -> String {
    let two = |large: u64, a: &str, small: u64, b: &str| match small {
        0 => format!("{large} {a}"),
        small => format!("{large} {a} {small} {b}"),
    };
    match secs {
        None => "-".into(),
        Some(secs) if secs < 2 * MINUTE_S => format!("{secs} s"),
        Some(secs) if secs < 2 * HOUR_S => format!("{} min", secs / MINUTE_S),
        Some(secs) if secs < 2 * DAY_S => two(secs / HOUR_S, "h", secs % HOUR_S / MINUTE_S, "min"),
        Some(secs) => two(secs / DAY_S, "d", secs % DAY_S / HOUR_S, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_changes_read_as_people_say_them() {
        let spans = [45, 119, 125, 7_199, 7_500, 100_000, 200_000].map(|secs| span(Some(secs)));
        assert_eq!(spans, ["45 s", "119 s", "2 min", "119 min", "2 h 5 min", "27 h 46 min", "2 d 7 h"]);
        assert_eq!(change(Some(22.0), Some(30.0)), "-27 %");
        assert_eq!(change(Some(30.0), Some(30.0)), "0 %");
        assert_eq!((change(Some(3.0), Some(0.0)), change(None, Some(1.0))), (String::new(), String::new()));
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut text = String::new();
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        table(&mut text, &[row("", "now"), row("zażółć", "7"), row("x", "")]);
        assert_eq!(text, "        now\nzażółć    7\nx\n");
    }
}
