//! An explanation as a page of text, 80 columns wide.
//!
//! Owns words and layout. Refuses to know where the facts come from.

use bellboard_panel::{Timestamp, snapshot::ClockState};
use chrono::{DateTime, MappedLocalTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use crate::{
    config::{
        duration,
        model::{Origin, Urgency},
    },
    core::{
        decode::Status,
        explain::{ClockFacts, Counted, Explanation, Idle, Mismatch, Said},
    },
};

/// The width of a terminal as it has always been.
const WIDTH: usize = 80;
/// Where the facts of a clock begin.
const INDENT: usize = 14;
/// The width of their labels.
const LABEL: usize = 10;
/// Longer lists of periods are shortened to the first of them and the last.
const MAX_PERIODS: usize = 6;
const FIRST_PERIODS: usize = 4;

/// A page while it is written.
pub(super) struct Page<'a> {
    told: &'a Explanation,
    text: String,
}

impl<'a> Page<'a> {
    /// The whole page.
    pub fn of(told: &'a Explanation) -> String {
        let mut page = Self { told, text: String::new() };
        page.head();
        page.policy();
        let mut airy = true;
        for clock in &told.clocks {
            // Clocks that rest take a line each and stand together.
            let runs = clock.idle.is_none();
            if runs || airy {
                page.text.push('\n');
            }
            airy = runs;
            page.clock(clock);
        }
        page.text.push('\n');
        page.end();
        page.text
    }

    fn head(&mut self) {
        let facts = &self.told.conversation;
        let seen = if facts.public { "public" } else { "not public" };
        let what = format!(
            "{}, in queue \"{}\" from channel \"{}\", priority {}, {seen}, {}",
            status(facts.status),
            facts.queue,
            facts.channel,
            urgency(facts.priority),
            origin(facts.origin),
        );
        self.row("Conversation", &what);
        self.row("As of", &format!("{}, in the time of {}", self.local(self.told.at), self.told.zone));
    }

    fn policy(&mut self) {
        match &self.told.policy {
            Some(name) => self.row("Policy", &format!("\"{name}\" applies")),
            None if self.told.passed.is_empty() => {
                self.row("Policy", "none: the configuration has no [[sla]]");
            }
            None => self.row("Policy", "none applies"),
        }
        for passed in &self.told.passed {
            self.row("", &format!("\"{}\" does not:", passed.policy));
            for mismatch in &passed.because {
                self.row("", &format!("- {}", unfit(mismatch)));
            }
        }
    }

    fn clock(&mut self, facts: &ClockFacts) {
        let name = facts.clock.word();
        let (Some(state), Some(warn_at), Some(due_at)) = (facts.state, facts.warn_at, facts.due_at) else {
            let why = facts.idle.map_or("", why_idle);
            let given = if facts.given { ", so its given deadline does not count" } else { "" };
            return self.row(name, &format!("does not run: {why}{given}"));
        };
        let begun = match facts.periods.first() {
            Some(first) if first.from > self.told.at => ", not counting yet",
            _ => "",
        };
        self.row(name, &format!("{}{begun}", word(state)));
        self.source(facts);
        if let Some(start) = facts.start {
            self.fact("start", &self.local(start));
            if let Some(first) = facts.periods.first().filter(|first| first.from > start) {
                self.fact("opens", &self.local(first.from));
            }
        }
        let share = facts.warn_share.map(|share| format!(", after {} of the target", percent(share)));
        self.fact("at risk", &format!("{}{}", self.local(warn_at), share.unwrap_or_default()));
        self.fact("due", &format!("{}, {}", self.local(due_at), self.distance(due_at)));
        self.periods(&facts.periods);
    }

    /// Where the deadline comes from.
    fn source(&mut self, facts: &ClockFacts) {
        match (facts.target_ms, &facts.calendar) {
            (Some(target), Some(calendar)) => self.fact(
                "target",
                &format!("{} of open time in the calendar \"{calendar}\"", duration::show(target)),
            ),
            _ if facts.given => self.fact("deadline", "given by the main system"),
            _ => self.fact("deadline", "as promised to the customer (`promised_at`)"),
        }
    }

    fn periods(&mut self, periods: &[Counted]) {
        let hidden = if periods.len() > MAX_PERIODS { periods.len() - FIRST_PERIODS - 1 } else { 0 };
        let shown = |n: usize| hidden == 0 || n < FIRST_PERIODS || n == periods.len() - 1;
        let ends: Vec<_> = periods.iter().map(|period| self.ends(period)).collect();
        let visible = || ends.iter().enumerate().filter(|(n, _)| shown(*n)).map(|(_, ends)| ends);
        let from_width = visible().map(|(from, _)| from.len()).max().unwrap_or(0);
        let to_width = visible().map(|(_, to)| to.len()).max().unwrap_or(0);
        for (n, (period, (from, to))) in periods.iter().zip(&ends).enumerate() {
            let label = if n == 0 { "counts" } else { "" };
            if shown(n) {
                let length = duration::show(period.counts_ms);
                self.fact(label, &format!("{from:from_width$} - {to:to_width$}  {length}"));
                self.change_of_clocks(period);
            } else if n == FIRST_PERIODS {
                self.fact("", &format!("... {hidden} more ..."));
            }
        }
    }

    /// Both ends of a period, the later without its day where that is the same.
    fn ends(&self, period: &Counted) -> (String, String) {
        let same_day = self.in_zone(period.from).date_naive() == self.in_zone(period.to).date_naive();
        let to = if same_day { self.time_of_day(period.to) } else { self.local(period.to) };
        (self.local(period.from), to)
    }

    /// Why a period is longer or shorter than its hours.
    fn change_of_clocks(&mut self, period: &Counted) {
        let [from, to] = [period.from, period.to].map(|at| self.in_zone(at).offset().fix().local_minus_utc());
        if from != to {
            let way = if to < from { "back" } else { "forward" };
            let length = duration::show(u64::from(to.abs_diff(from)) * 1000);
            self.fact("", &format!("(clocks go {way} {length} in it)"));
        }
    }

    fn end(&mut self) {
        match self.told.worst {
            Some(worst) => {
                let when = self.local(worst.due_at);
                self.row(
                    "Worst clock",
                    &format!("{}, {}, due {when}", worst.clock.word(), word(worst.state)),
                );
            }
            None => self.row("Worst clock", "none runs"),
        }
        match self.told.next_due {
            Some(next) => {
                let (when, how_far) = (self.local(next.due_at), self.distance(next.due_at));
                self.row("Next due", &format!("{}, {when}, {how_far}", next.clock.word()));
            }
            None => self.row("Next due", "none"),
        }
    }

    /// A label in the first column and text beside it.
    fn row(&mut self, label: &str, text: &str) {
        // A list's further lines stand under its words.
        let hanging = if text.starts_with("- ") { 2 } else { 0 };
        self.wrap(&format!("{label:INDENT$}"), INDENT + hanging, text);
    }

    /// A fact of a clock: a label in the second column.
    fn fact(&mut self, label: &str, text: &str) {
        self.wrap(&format!("{:INDENT$}{label:LABEL$}", ""), INDENT + LABEL, text);
    }

    /// A line with this before its text; what does not fit goes on below, from `indent` on.
    fn wrap(&mut self, head: &str, indent: usize, text: &str) {
        let mut line = head.to_owned();
        let mut width = head.chars().count();
        let mut begun = false;
        for word in text.split(' ') {
            let length = word.chars().count();
            if begun && width + 1 + length > WIDTH {
                self.line(&line);
                line = " ".repeat(indent);
                (width, begun) = (indent, false);
            }
            if begun {
                line.push(' ');
                width += 1;
            }
            line.push_str(word);
            (width, begun) = (width + length, true);
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn in_zone(&self, at: Timestamp) -> DateTime<Tz> {
        let utc = DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
        utc.with_timezone(&self.told.zone)
    }

    /// Day of the week, date and time of day.
    fn local(&self, at: Timestamp) -> String {
        format!("{} {}", self.in_zone(at).format("%a %Y-%m-%d"), self.time_of_day(at))
    }

    /// With seconds where there are some, and with the offset where that time comes twice.
    fn time_of_day(&self, at: Timestamp) -> String {
        let local = self.in_zone(at);
        let form = if at.secs() % 60 == 0 { "%H:%M" } else { "%H:%M:%S" };
        let twice = matches!(
            self.told.zone.from_local_datetime(&local.naive_local()),
            MappedLocalTime::Ambiguous(..)
        );
        let offset = if twice { local.format(" (%:z)").to_string() } else { String::new() };
        format!("{}{offset}", local.format(form))
    }

    fn distance(&self, at: Timestamp) -> String {
        let away = at.millis_since(self.told.at);
        match duration::show(away.unsigned_abs()) {
            zero if zero == "0s" => "now".into(),
            length if away > 0 => format!("in {length}"),
            length => format!("{length} ago"),
        }
    }
}

/// What does not fit.
fn unfit(mismatch: &Mismatch) -> String {
    let wants: Vec<String> = mismatch.wants.iter().map(said).collect();
    format!("{} is {}, the policy wants {}", mismatch.field, said(&mismatch.is), wants.join(" or "))
}

fn said(said: &Said) -> String {
    match said {
        Said::Flag(flag) => flag.to_string(),
        Said::Urgency(of) => format!("\"{}\"", urgency(*of)),
        Said::Origin(of) => format!("\"{}\"", origin(*of)),
        Said::Text(text) => format!("\"{text}\""),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Pending => "pending",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}

fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Low => "low",
        Urgency::Normal => "normal",
        Urgency::High => "high",
        Urgency::Urgent => "urgent",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Direct => "direct",
        Origin::Mention => "mention",
        Origin::Found => "found",
    }
}

fn word(state: ClockState) -> &'static str {
    match state {
        ClockState::Running => "running",
        ClockState::AtRisk => "at risk",
        ClockState::Breached => "breached",
    }
}

fn why_idle(idle: Idle) -> &'static str {
    match idle {
        Idle::Resolved => "the conversation is resolved",
        Idle::Replied => "the first reply was given (`first_reply_at`)",
        Idle::NotReplied => "there was no first reply so far (`first_reply_at`)",
        Idle::NobodyWaits => "nobody is waiting (`waiting_since`)",
        Idle::NothingPromised => "nothing was promised (`promised_at`)",
        Idle::NoPolicy => "no policy applies",
        Idle::NotWatched => "the policy says `follow_up = false`",
        Idle::NoTarget => "the policy has no such target",
        Idle::NeverOpens => "the calendar does not open",
    }
}

/// A share as whole percent, or with one decimal where it has one.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}
