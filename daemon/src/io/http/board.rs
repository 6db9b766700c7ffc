//! The board as a piece of HTML: the same numbers, words and shapes as on a display.
//!
//! Owns what is shown in which state. Refuses to know the document around it, who asks, and how
//! it gets there. Every text from outside goes through `maud`, which escapes it, and stands in a
//! `bdi`, so that a name in another script does not turn the line around.
//!
//! While the data cannot be believed no number is on it, but for drift, where they are nearly
//! right and stand under the hatched band, as on a display.

use bellboard_panel::{
    Snapshot,
    snapshot::{Cause, ClockState, Priority, Ringing, Trust, Worst},
};
use maud::{Markup, html};

use super::{
    tables,
    write::{Writer, filled},
};

/// The button for silence keeps the sound off for so long, in seconds.
const MUTE_FOR_S: u64 = 3_600;

/// What of the page depends on who looks at it.
pub(super) struct View {
    /// Whether there are buttons.
    pub may_act: bool,
    /// Whether a login would give them.
    pub may_log_in: bool,
    /// How long the button puts alarms aside, in seconds.
    pub shelve_for_s: u64,
    /// The names of the displays whose pictures can be looked at.
    pub displays: Vec<String>,
}

/// The whole board.
pub(super) fn fragment(view: &View, board: &Snapshot, write: Writer<'_>) -> Markup {
    let numbers = matches!(board.trust, Trust::Live | Trust::Drift);
    html! {
        div #board class=(mood(board)) data-clock=(write.clock(board.at)) {
            p .spoken role="status" { (spoken(board, write)) }
            (header(board, write))
            main {
                @if board.alarm.unacked > 0 { (alarm(view, board, write)) }
                @if board.trust != Trust::Live { (distrust(board, write)) }
                @if numbers {
                    div .columns {
                        (hero(board, write))
                        (tables::worst(board, write))
                        (tables::groups(board, write))
                    }
                    (tables::today(board, write))
                }
                (signs(board, write, numbers))
            }
            footer { (tools(view, board, write)) (displays(view, write)) }
        }
    }
}

/// How the worst of the promises stands.
fn state(board: &Snapshot) -> ClockState {
    match (board.breached, board.at_risk) {
        (0, 0) => ClockState::Running,
        (0, _) => ClockState::AtRisk,
        _ => ClockState::Breached,
    }
}

pub(super) fn class(state: ClockState) -> &'static str {
    match state {
        ClockState::Running => "fine",
        ClockState::AtRisk => "at-risk",
        ClockState::Breached => "breached",
    }
}

fn mood(board: &Snapshot) -> &'static str {
    match (board.trust, board.closed) {
        (Trust::Live, None) => class(state(board)),
        (Trust::Live, Some(_)) => "shut",
        _ => "distrust",
    }
}

/// What a screen reader says when it changes: the state in words, without numbers that run.
fn spoken(board: &Snapshot, write: Writer<'_>) -> String {
    let words = write.words;
    if board.trust != Trust::Live {
        return words.trust(board.trust).to_owned();
    }
    let state = words.state(state(board));
    let unacked = board.alarm.unacked;
    if unacked == 0 {
        return state.to_owned();
    }
    let alarms = words.alarm.unacked.of(write.locale(), unacked.into());
    format!("{state}. {} {alarms}.", write.count(unacked))
}

/// The shape of a state: ring, triangle, filled square.
pub(super) fn shape(state: ClockState) -> Markup {
    html! {
        svg .shape viewBox="0 0 24 24" aria-hidden="true" {
            @match state {
                ClockState::Running => { circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="4" {} }
                ClockState::AtRisk => { path d="M12 2 23 22H1z" fill="currentColor" {} }
                ClockState::Breached => { rect x="2" y="2" width="20" height="20" fill="currentColor" {} }
            }
        }
    }
}

fn header(board: &Snapshot, write: Writer<'_>) -> Markup {
    let live = board.trust == Trust::Live;
    html! {
        header {
            h1 { bdi { (write.look.title) } }
            p .trust { span .dot .off[!live] {} (write.words.trust(board.trust)) }
            p .clock { (write.clock(board.at)) }
        }
    }
}

fn distrust(board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = write.words;
    html! {
        section .band {
            div .plate {
                h2 { (words.trust(board.trust)) }
                // While the clock is wrong, no time is told by it.
                @if board.trust != Trust::Clock {
                    p .since { (filled(words.since, &write.moment(board.trust_since, board.at))) }
                }
                @if let Some(reason) = words.reason(board.trust) { p { (reason) } }
            }
        }
    }
}

fn hero(board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = write.words;
    let state = state(board);
    let empty = board.waiting == 0 && state == ClockState::Running;
    html! {
        section .hero {
            @if let Some(closed) = board.closed {
                p .closed { span .sign { (words.closed) }
                    @if let Some(at) = closed.opens_at {
                        " " span { (filled(words.opens, &write.opening(at, board.at))) }
                    }
                }
            } @else {
                p .state .(class(state)) { (shape(state)) span { (words.state(state)) } }
            }
            @if empty {
                p .nobody { (words.nobody_waits) }
            } @else {
                p .count {
                    span .number .long[board.waiting > 999] { (write.count(board.waiting)) } " "
                    span .label { (words.waiting.of(write.locale(), board.waiting.into())) }
                }
            }
            (facts(board, write))
            (counts(board, write))
        }
    }
}

fn facts(board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = write.words;
    html! {
        dl .facts {
            @if let Some(oldest) = &board.oldest {
                div {
                    dt { (words.names.longest_wait) }
                    dd { span .big { (write.span(oldest.waiting_s)) } " "
                        small { bdi { (oldest.channel) } " · " bdi { (oldest.queue) }
                            @if let Some(customer) = &oldest.customer { " · " bdi { (customer) } } }
                    }
                }
            }
            div {
                dt { (words.names.next_deadline) }
                dd {
                    @match &board.next_due {
                        Some(due) => {
                            span .big { (filled(words.due_in, &write.span(due.in_s))) } " "
                            small { (words.clock(due.clock)) " · " bdi { (due.id) } }
                        }
                        None => { span .big { (words.no_deadline) } }
                    }
                }
            }
        }
    }
}

fn counts(board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = write.words;
    let [_, at_risk, breached] = words.states;
    html! {
        dl .counts {
            div { dt { (words.names.open) } dd { (write.count(board.open)) } }
            div { dt { (words.names.unassigned) } dd { (write.count(board.unassigned)) } }
            div .at-risk[board.at_risk > 0] {
                dt { (shape(ClockState::AtRisk)) (at_risk) } dd { (write.count(board.at_risk)) }
            }
            div .breached[board.breached > 0] {
                dt { (shape(ClockState::Breached)) (breached) } dd { (write.count(board.breached)) }
            }
        }
    }
}

// Alarms.

fn alarm(view: &View, board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = &write.words.alarm;
    let live = board.trust == Trust::Live;
    let ringing = board.levels.ringing.as_ref().filter(|_| live);
    let escalated = live && board.alarm.priority == Some(Priority::High);
    let of_the_board = !live || board.alarm.priority == Some(Priority::Low);
    // The colour of a broken promise is for an open floor: the board's own troubles and those of
    // closed hours are told without.
    let calm = of_the_board || board.closed.is_some();
    html! {
        section .alarm .escalated[escalated] .calm[calm] {
            h2 { (bell()) span { (words.alarm) } }
            div .what {
                @if live {
                    p .how-many { (write.count(board.alarm.unacked)) " "
                        (words.unacked.of(write.locale(), board.alarm.unacked.into())) }
                }
                @match ringing {
                    _ if board.alarm.flood => p { (words.flood) },
                    Some(ringing) => (cause(ringing, board, write)),
                    None => p { (words.of_the_board) },
                }
            }
            @if view.may_act {
                div .buttons {
                    (button("ack", write.words.acts.acknowledge, None, true))
                    @if !of_the_board {
                        (button("shelve", &shelve_label(view, write), Some(view.shelve_for_s), false))
                    }
                }
            }
        }
    }
}

fn shelve_label(view: &View, write: Writer<'_>) -> String {
    filled(write.words.acts.shelve, &write.round_span(view.shelve_for_s))
}

fn cause(ringing: &Ringing, board: &Snapshot, write: Writer<'_>) -> Markup {
    let words = write.words;
    let since = filled(words.since, &write.moment(ringing.since, board.at));
    html! {
        @match &ringing.what {
            Cause::Conversation(worst) => p { (promise(worst, write)) " · " span .whole { (since) } },
            Cause::Surge { received } => p {
                (words.alarm.surge) ": "
                (filled(words.alarm.in_ten_minutes, &write.count(*received))) " · " span .whole { (since) }
            },
        }
        @if ringing.escalated {
            p .escalation { (words.alarm.escalated)
                @if let Some(contact) = &ringing.contact { " – " bdi { (contact) } } }
        }
    }
}

fn promise(worst: &Worst, write: Writer<'_>) -> Markup {
    html! {
        strong { (write.words.clock(worst.clock)) } " · " bdi { (worst.id) } " · " bdi { (worst.channel) }
        @if let Some(customer) = &worst.customer { " · " bdi { (customer) } }
    }
}

fn bell() -> Markup {
    html! {
        svg .shape viewBox="0 0 24 24" aria-hidden="true" {
            path fill="currentColor" d="M12 1.5a2 2 0 0 1 2 2v.4a7 7 0 0 1 5 6.7V16l2 3H3l2-3v-5.4a7 7 0 0 1 5-6.7v-.4a2 2 0 0 1 2-2zM9.5 20.5h5a2.5 2.5 0 0 1-5 0z" {}
        }
    }
}

/// What of the alarms is on no other place of the page. While the data is not live, alarms are
/// frozen, and only what is true all the same is told.
fn signs(board: &Snapshot, write: Writer<'_>, numbers: bool) -> Markup {
    let words = &write.words.alarm;
    let alarm = &board.alarm;
    let live = board.trust == Trust::Live;
    let counted = |word: &str, n: u32| format!("{word}: {}", write.count(n));
    let shelved = alarm.shelved_until.map(|at| filled(write.words.until, &write.moment(at, board.at)));
    let shelved = format!("{} {}", counted(words.shelved, alarm.shelved), shelved.unwrap_or_default());
    let all = [
        (alarm.muted, "muted", words.muted.to_owned()),
        (alarm.quiet && !alarm.muted, "quiet", words.quiet.to_owned()),
        (live && board.surge == Some(true), "surge", words.surge.to_owned()),
        (live && alarm.missed > 0, "missed", counted(words.missed, alarm.missed)),
        (live && alarm.acked > 0, "acked", counted(words.acked, alarm.acked)),
        (live && alarm.shelved > 0, "shelved", shelved),
        (numbers && board.unconfirmed > 0, "unconfirmed", counted(words.unconfirmed, board.unconfirmed)),
    ];
    html! {
        @if all.iter().any(|(is_so, ..)| *is_so) {
            ul .signs { @for (_, class, text) in all.iter().filter(|(is_so, ..)| *is_so) { li class=(*class) { (text) } } }
        }
    }
}

// What a person can do.

fn tools(view: &View, board: &Snapshot, write: Writer<'_>) -> Markup {
    let acts = &write.words.acts;
    let mute = filled(acts.mute, &write.round_span(MUTE_FOR_S));
    html! {
        @if view.may_act {
            div .buttons {
                @if board.alarm.muted { (button("unmute", acts.unmute, None, false)) }
                @else { (button("mute", &mute, Some(MUTE_FOR_S), false)) }
                form method="post" action="/logout" { button type="submit" .quiet { (acts.log_out) } }
            }
            p #answer .answer role="alert" data-failed=(acts.failed) {}
        }
        @if view.may_log_in { p { a href="/login" { (acts.log_in) } } }
    }
}

/// A form that the page's script sends, and a browser without it as well.
fn button(command: &str, label: &str, for_s: Option<u64>, first: bool) -> Markup {
    html! {
        form .act method="post" action={ "/cmd/" (command) } {
            @if let Some(secs) = for_s { input type="hidden" name="for_s" value=(secs); }
            button type="submit" .first[first] { (label) }
        }
    }
}

fn displays(view: &View, write: Writer<'_>) -> Markup {
    html! {
        @if !view.displays.is_empty() {
            nav .displays aria-label=(write.words.names.displays) {
                span { (write.words.names.displays) ":" }
                @for name in &view.displays { " " a href={ "/display/" (path(name)) ".png" } { bdi { (name) } } }
            }
        }
    }
}

/// A name as a part of a path: all but the plainest characters as percent and their bytes.
fn path(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use bellboard_panel::{
        Locale, Look, Timestamp,
        snapshot::{Closed, Oldest, Today},
    };

    use super::*;

    const NOTHING: View = View { may_act: false, may_log_in: false, shelve_for_s: 900, displays: Vec::new() };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a valid time")
    }

    fn live() -> Snapshot {
        Snapshot::empty("b", at("2026-11-22T08:12:05Z"), Trust::Live)
    }

    fn busy() -> Snapshot {
        let oldest = Oldest {
            id: "fb-1842".into(),
            channel: "facebook".into(),
            queue: "billing".into(),
            customer: None,
            waiting_since: at("2026-11-22T08:00:00Z"),
            waiting_s: 725,
        };
        Snapshot { waiting: 4321, open: 4322, breached: 1, oldest: Some(oldest), ..live() }
    }

    fn drawn_in(locale: Locale, view: &View, board: &Snapshot) -> String {
        let look = Look { title: "Support".into(), locale, ..Look::default() };
        fragment(view, board, Writer::new(&look)).into_string().replace('\u{a0}', " ")
    }

    fn drawn(board: &Snapshot) -> String {
        drawn_in(Locale::En, &NOTHING, board)
    }

    #[test]
    fn a_live_board_shows_its_numbers_and_a_shape_and_a_word_for_its_state() {
        let html = drawn(&busy());
        for part in [
            "4321",
            "customers waiting",
            "12 min 05 s",
            "<rect",
            ">Breached<",
            "id=\"board\" class=\"breached\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(html.contains("Today") && html.contains("not yet"), "{html}");
        assert!(!html.contains("class=\"band\""));
    }

    #[test]
    fn while_the_data_cannot_be_believed_there_is_no_number() {
        for trust in [Trust::Syncing, Trust::Stale, Trust::Offline, Trust::Clock] {
            let html = drawn(&Snapshot { trust, trust_since: at("2026-11-22T08:03:00Z"), ..busy() });
            for number in ["4321", "4322", "12 min", "fb-1842"] {
                assert!(!html.contains(number), "{trust:?}: {html}");
            }
            assert!(html.contains("class=\"band\""), "{trust:?}");
            assert_eq!(html.contains("since 08:03"), trust != Trust::Clock, "{trust:?}: {html}");
        }
        let drift = drawn(&Snapshot { trust: Trust::Drift, ..busy() });
        assert!(drift.contains("class=\"band\"") && drift.contains("4321"), "{drift}");
    }

    #[test]
    fn an_empty_queue_is_a_picture_of_its_own() {
        let html = drawn(&live());
        assert!(html.contains("Nobody is waiting") && html.contains("<circle"), "{html}");
        assert!(!html.contains("class=\"count\""), "{html}");
    }

    #[test]
    fn a_closed_floor_says_when_it_opens_and_how_many_wait() {
        let closed = Some(Closed { opens_at: Some(at("2026-11-23T08:00:00Z")) });
        let html = drawn(&Snapshot { closed, ..busy() });
        assert!(
            html.contains("Closed") && html.contains("Opens Mon 08:00") && html.contains("4321"),
            "{html}"
        );
        assert!(!html.contains("class=\"state"), "a closed floor is neither fine nor late: {html}");
    }

    #[test]
    fn an_alarm_says_what_it_is_about_and_has_buttons_for_those_who_may() {
        let mut board = busy();
        (board.alarm.unacked, board.alarm.priority) = (2, Some(Priority::High));
        board.levels.ringing = Some(Ringing {
            what: Cause::Surge { received: 40 },
            since: at("2026-11-22T08:11:00Z"),
            escalated: true,
            contact: Some("Jo <555>".into()),
        });
        let html = drawn(&board);
        for part in
            ["2 alarms not acknowledged", "40 in 10 minutes", "since 08:11", "Escalated", "Jo &lt;555&gt;"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("<form"), "{html}");
        let mine = View { may_act: true, ..NOTHING };
        let html = drawn_in(Locale::En, &mine, &board);
        assert!(html.contains("action=\"/cmd/ack\"") && html.contains("Put aside for 15 min"), "{html}");
        let stale = drawn_in(Locale::En, &mine, &Snapshot { trust: Trust::Stale, ..board });
        assert!(stale.contains("The board needs attention") && stale.contains("/cmd/ack"), "{stale}");
        assert!(!stale.contains("/cmd/shelve") && !stale.contains("40 in"), "{stale}");
    }

    #[test]
    fn what_is_on_no_other_place_is_a_sign() {
        let mut board = Snapshot { surge: Some(true), unconfirmed: 3, ..busy() };
        (board.alarm.muted, board.alarm.missed, board.alarm.acked, board.alarm.shelved) = (true, 1, 2, 4);
        board.alarm.shelved_until = Some(at("2026-11-22T08:30:00Z"));
        let html = drawn(&board);
        for part in [
            "Sound off",
            "Missed: 1",
            "Acknowledged: 2",
            "Put aside: 4 until 08:30",
            "Far more",
            "Unconfirmed conversations: 3",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let stale = drawn(&Snapshot { trust: Trust::Stale, ..board });
        assert!(
            stale.contains("Sound off") && !stale.contains("Missed") && !stale.contains("Put aside"),
            "{stale}"
        );
    }

    #[test]
    fn figures_of_the_day_are_shown_as_far_as_there_are_any() {
        let today = Today {
            received: 41,
            answered: 36,
            answer_rate: Some(0.88),
            median_first_reply_s: Some(412),
            in_target_rate: None,
            badge: true,
            ..Today::default()
        };
        let html = drawn(&Snapshot { today: Some(today), ..busy() });
        for part in [">41<", ">36<", "88%", "6 min 52 s", "not yet", "Badge held"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn arabic_has_its_own_digits_everywhere() {
        let html = drawn_in(Locale::Ar, &NOTHING, &busy());
        assert!(html.contains("٤٣٢١") && html.contains("١٢ د ٠٥ ث") && html.contains("٠٨:١٢:٠٥"), "{html}");
        assert!(!html.contains("4321"), "{html}");
    }

    #[test]
    fn the_name_of_a_display_in_a_path_is_plain() {
        let view = View { displays: vec!["hall/<1> ü".into()], ..NOTHING };
        let html = drawn_in(Locale::En, &view, &live());
        assert!(html.contains("href=\"/display/hall%2F%3C1%3E%20%C3%BC.png\""), "{html}");
        assert!(html.contains("hall/&lt;1&gt; ü"), "{html}");
    }
}
