//! `[board]` and `[privacy]`: who the board is and whom it may name.

use bellboard_panel::Locale;

use crate::config::{
    item::Item,
    model::{Board, Privacy, ShowNames},
    reader::Reader,
    value::{board_id, choice, list, optional, text, zone},
};

/// More would not fit on a title bar of any display.
const MAX_TITLE: usize = 40;
/// The limit of the MQTT interface for a queue's name.
pub(super) const MAX_QUEUE: usize = 64;
/// The limit of the MQTT interface for a channel's name.
pub(super) const MAX_CHANNEL: usize = 32;

/// The board, and the value that names its calendar: calendars are read in the board's time zone,
/// so that one is looked up later.
pub(super) fn board<'a>(top: &mut Reader<'a>) -> (Board, Option<Item<'a>>) {
    let mut board = Board::default();
    let mut calendar = None;
    top.section("board", |section| {
        section.set(&mut board.id, "id", board_id);
        section.set(&mut board.name, "name", text(1..=MAX_TITLE));
        section.set(&mut board.locale, "locale", choice(&Locale::ALL.map(|locale| (locale.code(), locale))));
        board.timezone = section.read("timezone", zone);
        section.set(&mut board.group, "group", optional(board_id));
        calendar = section.item("calendar");
        section.section("show", |show| {
            show.set(&mut board.show_queues, "queue", list(text(1..=MAX_QUEUE)));
            show.set(&mut board.show_channels, "channel", list(text(1..=MAX_CHANNEL)));
        });
    });
    (board, calendar)
}

pub(super) fn privacy(top: &mut Reader<'_>) -> Privacy {
    let words = [("none", ShowNames::None), ("initials", ShowNames::Initials), ("full", ShowNames::Full)];
    let mut privacy = Privacy::default();
    top.section("privacy", |section| section.set(&mut privacy.show_names, "show_names", choice(&words)));
    privacy
}
