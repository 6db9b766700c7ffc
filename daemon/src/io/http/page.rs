//! The documents: the page around the board, the login, and what went wrong.
//!
//! Owns what stands outside of the board, and the page's own files. Refuses to know the board.
//!
//! The page is complete without JavaScript: a picture that a browser renews by itself. A picture
//! that nobody renews says after a while that it is old, by a rule of the style sheet alone, so
//! that a script which failed to load cannot make old numbers look fresh.

use bellboard_panel::Snapshot;
use maud::{DOCTYPE, Markup, html};

use super::{
    board::{self, View},
    write::{Writer, filled},
};

/// The style sheet.
pub(super) const STYLE: &str = include_str!("board.css");
/// The script.
pub(super) const SCRIPT: &str = include_str!("board.js");
/// The page's sign in a browser's tab.
pub(super) const ICON: &str = include_str!("icon.svg");

/// Seconds after which a browser without JavaScript loads the page again.
const RENEW_S: &str = "15";

/// The page with the board.
pub(super) fn board(view: &View, snapshot: &Snapshot, write: Writer<'_>) -> String {
    let words = &write.words.page;
    let body = html! {
        (board::fragment(view, snapshot, write))
        noscript {
            p .note { (filled(words.without_script, &write.clock(snapshot.at))) }
        }
        div .aged role="alert" { div .plate { h2 { (words.old) } } }
        div #lost .band role="alert" hidden data-since=(words.lost_since) {
            div .plate {
                h2 { (words.lost) }
                p .since {}
                p { (words.lost_why) }
            }
        }
    };
    let head = html! {
        noscript { meta http-equiv="refresh" content=(RENEW_S); }
        script src="/board.js" defer {}
    };
    document(&write.look.title, write, "snapshot", &head, &body)
}

/// The form that asks for the token.
pub(super) fn login(write: Writer<'_>, was_wrong: bool) -> String {
    let acts = &write.words.acts;
    let body = html! {
        main .sheet {
            h1 { bdi { (write.look.title) } }
            p { (acts.why_a_token) }
            form method="post" action="/login" {
                label for="token" { (acts.token) }
                input #token name="token" type="password" autocomplete="current-password" dir="ltr" required autofocus;
                @if was_wrong { p .wrong role="alert" { (acts.wrong_token) } }
                div .buttons { button .first type="submit" { (acts.log_in) } }
            }
            p { a href="/" { (acts.back) } }
        }
    };
    document(acts.log_in, write, "", &html! {}, &body)
}

/// What a browser without a script is told of a command that was refused.
pub(super) fn failed(write: Writer<'_>, why: &str) -> String {
    let acts = &write.words.acts;
    let body = html! {
        main .sheet {
            h1 { (acts.failed) }
            p lang="en" dir="ltr" { (why) }
            p { a href="/" { (acts.back) } }
        }
    };
    document(acts.failed, write, "", &html! {}, &body)
}

fn document(title: &str, write: Writer<'_>, class: &str, head: &Markup, body: &Markup) -> String {
    let locale = write.locale();
    let direction = if locale.is_rtl() { "rtl" } else { "ltr" };
    let document = html! {
        (DOCTYPE)
        html lang=(locale.code()) dir=(direction) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="dark light";
                title { (title) }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/board.css";
                (head)
            }
            body class=(class) { (body) }
        }
    };
    document.into_string()
}
