//! The board's tables: the worst conversations, channels, queues, and the day's figures.
//!
//! Owns their columns. Refuses to know the rest of the page.

use bellboard_panel::{
    Snapshot,
    snapshot::{ClockState, Group, Today, Worst},
};
use maud::{Markup, html};

use super::{
    board::{class, shape},
    write::{Writer, filled},
};

/// On a screen that cannot be scrolled so many channels or queues are shown, and how many there
/// are besides. The style sheet knows the number too.
const MAX_ON_A_WALL: usize = 5;

pub(super) fn worst(board: &Snapshot, write: Writer<'_>) -> Markup {
    let (words, names) = (write.words, &write.words.names);
    html! {
        @if !board.worst.is_empty() {
            section .worst {
                h2 { (names.most_urgent) }
                table {
                    thead { tr {
                        th scope="col" { (names.state) }
                        th scope="col" { (names.conversation) }
                        th scope="col" .wide { (names.promise) }
                        th scope="col" .end { (names.deadline) }
                        th scope="col" .end { (names.waiting) }
                    } }
                    tbody { @for line in &board.worst {
                        tr .(class(line.state)) {
                            td .how { (shape(line.state)) span { (words.state(line.state)) } }
                            td { div .who {
                                bdi { (line.id) } " "
                                small { bdi { (line.channel) } } " "
                                @if let Some(customer) = &line.customer { small .customer { bdi { (customer) } } }
                            } }
                            td .wide { (words.clock(line.clock)) }
                            td .end .due { (due(line, board, write)) }
                            td .end { @if let Some(secs) = line.waiting_s { (write.span(secs)) } @else { "–" } }
                        }
                    } }
                }
            }
        }
    }
}

/// How far away a deadline is.
fn due(line: &Worst, board: &Snapshot, write: Writer<'_>) -> String {
    if line.state == ClockState::Breached {
        filled(write.words.overdue, &write.span(board.at.age_secs(line.due_at)))
    } else {
        filled(write.words.due_in, &write.span(line.due_at.age_secs(board.at)))
    }
}

pub(super) fn groups(board: &Snapshot, write: Writer<'_>) -> Markup {
    let names = &write.words.names;
    html! {
        (group("channels", names.channels, &board.channels, write))
        (group("queues", names.queues, &board.queues, write))
    }
}

fn group(name: &str, heading: &str, groups: &[Group], write: Writer<'_>) -> Markup {
    let (words, names) = (write.words, &write.words.names);
    let [_, at_risk, breached] = words.states;
    let left_out = groups.len().saturating_sub(MAX_ON_A_WALL);
    html! {
        @if !groups.is_empty() {
            section .group .(name) {
                h2 { (heading)
                    @if left_out > 0 {
                        " " span .more { (filled(words.more, &write.count(left_out as u64))) }
                    }
                }
                table {
                    thead { tr {
                        th scope="col" { (names.name) }
                        th scope="col" .end { (names.waiting) }
                        th scope="col" .end { (shape(ClockState::AtRisk)) span .spoken { (at_risk) } }
                        th scope="col" .end { (shape(ClockState::Breached)) span .spoken { (breached) } }
                        th scope="col" .end { (names.longest_wait) }
                    } }
                    tbody { @for line in groups {
                        tr {
                            td { bdi { (line.name) } }
                            td .end .strong { (write.count(line.waiting)) }
                            td .end .at-risk[line.at_risk > 0] { (write.count(line.at_risk)) }
                            td .end .breached[line.breached > 0] { (write.count(line.breached)) }
                            td .end { @if let Some(secs) = line.oldest_s { (write.span(secs)) } @else { "–" } }
                        }
                    } }
                }
            }
        }
    }
}

pub(super) fn today(board: &Snapshot, write: Writer<'_>) -> Markup {
    let names = &write.words.names;
    html! {
        section .today {
            h2 { (names.today) }
            @match &board.today {
                Some(today) => (figures(today, write)),
                None => p { (write.words.not_yet) },
            }
        }
    }
}

fn figures(today: &Today, write: Writer<'_>) -> Markup {
    let names = &write.words.names;
    let share = |share: Option<f64>| share.map(|share| write.percent(share));
    let all = [
        (names.received, Some(write.count(today.received))),
        (names.answered, Some(write.count(today.answered))),
        (names.answer_rate, share(today.answer_rate)),
        (names.typical_reply, today.median_first_reply_s.map(|secs| write.span(secs))),
        (names.in_time, share(today.in_target_rate)),
    ];
    html! {
        dl .counts {
            @for (name, value) in all {
                div { dt { (name) } dd { (value.as_deref().unwrap_or(write.words.not_yet)) } }
            }
        }
        @if today.badge { p .badge { "★ " (names.badge) } }
    }
}
