//! The sections of the configuration, each read to its part of the model.
//!
//! Owns which keys there are and what must fit together. Refuses to know where the text came
//! from.

mod alarm;
mod board;
mod hardware;
mod history;
mod hours;
mod http;
mod link;
mod misfits;
mod promises;

use super::{model::Config, reader::Reader};

/// Reads the whole configuration. What was refused is reported and keeps its default.
pub(super) fn config(top: &mut Reader<'_>) -> Config {
    let (mut board, open) = board::board(top);
    let broker = link::broker(top);
    let mqtt = link::mqtt(top, &broker);
    let sources = link::sources(top);
    let privacy = board::privacy(top);
    let calendars = hours::calendars(top, board.timezone);
    if let Some(open) = open.and_then(|item| calendars.open(&item)) {
        board.calendar = open;
    }
    let policies = promises::policies(top, &calendars);
    let alarm = alarm::alarm(top, &calendars);
    let mut taken = hardware::Lines::default();
    let displays = hardware::displays(top, &calendars, &mut taken);
    let buzzer = hardware::buzzer(top, &mut taken);
    let button = hardware::button(top, &mut taken);
    let lamps = hardware::lamps(top, &mut taken);
    let http = http::http(top);
    let history = history::history(top);
    let badges = history::badges(top);
    Config {
        board,
        mqtt,
        broker,
        sources,
        privacy,
        policies,
        alarm,
        displays,
        buzzer,
        button,
        lamps,
        http,
        history,
        badges,
    }
}
