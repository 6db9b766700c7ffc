//! A report as one file for a browser, that can be mailed: tables, and charts as SVG.
//!
//! Owns the page and its charts. Refuses to fetch anything: the file holds all that it shows.

use std::fmt::Display;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::{
    coord::ranged1d::{IntoSegmentedCoord, SegmentValue},
    prelude::*,
};

use super::text;
use crate::core::report::{DAYS, Line, Period, Report, Week};

/// A chart's size in pixels; the browser fits it to the page.
const SIZE: (u32, u32) = (900, 300);
/// At most so many names under a chart; of more every second, third and so on is written.
const MAX_NAMES: usize = 16;
/// A name under a chart is cut to so many characters.
const MAX_NAME: usize = 14;
/// Blue and orange that eyes which do not tell red from green keep apart; the text says it as well.
const RECEIVED: RGBColor = RGBColor(158, 189, 222);
const ANSWERED: RGBColor = RGBColor(0, 90, 160);
const REPLY: RGBColor = RGBColor(200, 95, 0);

const STYLE: &str = "body{font:16px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color:#111;background:#fff}table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}\
    th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ccc}th:first-child,td:first-child\
    {text-align:left}svg{width:100%;height:auto}.shut{background:#e4e4e4}figure{margin:1rem 0;overflow-x:auto}\
    @media print{body{margin:0}}";

/// What cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the chart cannot be drawn: {0}")]
pub struct ChartError(String);

fn chart_error(error: impl Display) -> ChartError {
    ChartError(error.to_string())
}

/// The whole report.
pub(super) fn report(report: &Report, period: &Period, board: &str) -> Result<String, ChartError> {
    let received: Vec<f64> = report.groups.iter().map(|line| f64::from(line.figures.received)).collect();
    let answered: Vec<f64> = report.groups.iter().map(|line| f64::from(line.figures.answered)).collect();
    let median = |line: &Line| line.figures.first_reply.median_s.unwrap_or(0) as f64 / 60.0;
    let medians: Vec<f64> = report.groups.iter().map(median).collect();
    let names: Vec<&str> = report.groups.iter().map(|line| line.name.as_str()).collect();
    let body = html! {
        (table(&text::summary(&report.total, &report.before)))
        @if !report.groups.is_empty() {
            h2 { "By " (report.by.word()) }
            figure {
                figcaption { "Conversations received (light) and, of those, answered (dark)" }
                (bars(&names, &[(&received, RECEIVED), (&answered, ANSWERED)])?)
            }
            figure {
                figcaption { "First reply, median, in minutes" }
                (bars(&names, &[(&medians, REPLY)])?)
            }
            (table(&text::groups(report)))
        }
    };
    Ok(page(board, period, &body))
}

/// When customers write.
pub(super) fn week(week: &Week, period: &Period, board: &str, verdict: &str) -> Result<String, ChartError> {
    let by_hour = |of: fn(&crate::core::report::Hour) -> u32| -> Vec<f64> {
        (0..24).map(|hour| (0..7).map(|day| f64::from(of(&week.hours[day * 24 + hour]))).sum()).collect()
    };
    let names: Vec<String> = (0..24).map(|hour| format!("{hour:02}:00")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (all, shut) = (by_hour(|hour| hour.received), by_hour(|hour| hour.shut));
    let body = html! {
        @for line in verdict.lines() { p { (line) } }
        figure {
            figcaption { "Conversations by the hour of the day (light) and, of those, while the floor was shut (dark)" }
            (bars(&names, &[(&all, RECEIVED), (&shut, REPLY)])?)
        }
        table {
            tr { th {} @for day in DAYS { th { (day) } } }
            @for hour in 0..24 {
                tr {
                    th { (names[hour]) }
                    @for day in 0..7 {
                        @let cell = week.hours[day * 24 + hour];
                        td .shut[cell.shut > 0 && cell.shut == cell.received] { (text::cell(cell)) }
                    }
                }
            }
        }
    };
    Ok(page(board, period, &body))
}

fn page(board: &str, period: &Period, body: &Markup) -> String {
    let (first, last) = period.days();
    let title = format!("{board}: {first} to {last}");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { h1 { (title) } p { "Times are local to " (period.zone.name()) "." } (body) }
        }
    };
    page.into_string()
}

fn table(rows: &[Vec<String>]) -> Markup {
    html! {
        table {
            @for (n, row) in rows.iter().enumerate() {
                tr { @for cell in row { @if n == 0 { th { (cell) } } @else { td { (cell) } } } }
            }
        }
    }
}

/// Bars of one or more series, one in front of the other.
fn bars(names: &[&str], series: &[(&[f64], RGBColor)]) -> Result<Markup, ChartError> {
    let highest = series.iter().flat_map(|(values, _)| *values).fold(1.0_f64, |high, value| high.max(*value));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let slots = (0..names.len() as i32).into_segmented();
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .x_label_area_size(32)
            .y_label_area_size(56)
            .build_cartesian_2d(slots, 0.0..highest * 1.05)
            .map_err(chart_error)?;
        let step = names.len().div_ceil(MAX_NAMES).max(1);
        let name = |slot: &SegmentValue<i32>| match slot {
            SegmentValue::CenterOf(n) if (*n as usize).is_multiple_of(step) => {
                names.get(*n as usize).map(|name| name.chars().take(MAX_NAME).collect()).unwrap_or_default()
            }
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(names.len())
            .x_label_formatter(&name)
            .y_label_formatter(&|value| format!("{value:.0}"))
            .draw()
            .map_err(chart_error)?;
        for (values, color) in series {
            let bars = (0..).zip(*values).map(|(n, value)| (n, *value));
            let histogram = Histogram::vertical(&chart).style(color.filled()).margin(2).data(bars);
            chart.draw_series(histogram).map_err(chart_error)?;
        }
        area.present().map_err(chart_error)?;
    }
    Ok(PreEscaped(svg))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_is_only_text_and_nothing_is_fetched() {
        let names = ["<script>", "a&b", "\"c\""];
        let chart = bars(&names, &[(&[1.0, 0.0, 3.0], ANSWERED)]).expect("a chart").into_string();
        assert!(!chart.contains("<script") && chart.contains("&lt;script&gt;"), "{chart}");
        let links = chart.replace("http://www.w3.org/", "");
        assert!(!links.contains("http"), "{chart}");
        assert!(bars(&[], &[]).is_ok(), "nothing is a chart as well");
    }
}
