//! A report as comma-separated values, for a spreadsheet.
//!
//! Owns the columns. Refuses to round anything.

use std::fmt::Write as _;

use crate::core::{
    figures::Figures,
    report::{DAYS, Report, Week},
};

const COLUMNS: &str = "received,answered,answer_rate,first_count,first_median_s,first_p90_s,first_open_median_s,\
    first_open_p90_s,next_count,next_median_s,next_p90_s,next_open_median_s,next_open_p90_s,in_target_rate,breaches";

/// A line for each group, then `total` and `before`, which is as long a time just before.
pub(super) fn report(report: &Report) -> String {
    let mut text = format!("{},{COLUMNS}\n", report.by.word());
    let groups = report.groups.iter().map(|line| (line.name.as_str(), &line.figures));
    for (name, figures) in groups.chain([("total", &report.total), ("before", &report.before)]) {
        _ = writeln!(text, "{},{}", quoted(name), values(figures));
    }
    text
}

/// A line for each hour of the week.
pub(super) fn week(week: &Week) -> String {
    let mut text = String::from("weekday,hour,received,received_while_shut,first_median_s\n");
    for (n, hour) in week.hours.iter().enumerate() {
        let median = shown(hour.median_s);
        _ = writeln!(text, "{},{},{},{},{median}", DAYS[n / 24], n % 24, hour.received, hour.shut);
    }
    text
}

fn values(figures: &Figures) -> String {
    let mut values =
        vec![figures.received.to_string(), figures.answered.to_string(), shown(figures.answer_rate)];
    for replies in [&figures.first_reply, &figures.next_reply] {
        values.push(replies.count.to_string());
        let times = [replies.median_s, replies.p90_s, replies.open_median_s, replies.open_p90_s];
        values.extend(times.map(shown));
    }
    values.extend([shown(figures.in_target_rate), figures.breaches.to_string()]);
    values.join(",")
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A text as RFC 4180 wants it. One that a spreadsheet would take for a formula is made a text.
pub fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_a_line_or_become_a_formula() {
        assert_eq!(quoted("plain text"), "plain text");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }
}
