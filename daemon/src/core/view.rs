//! What people chose to see: a page, how often they turned it, and how bright.
//!
//! Owns these three. Refuses to know the displays: each takes its turns by itself.

use bellboard_panel::{screens::Page, snapshot::Levels};

/// Choices that hold for every display of the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The page that stays; `None`: pages take turns.
    pub page: Option<Page>,
    /// Percent, 0 to 100; `None`: as each display is configured.
    pub brightness: Option<u8>,
    turns: u32,
}

impl View {
    /// Another page, please: whoever stands in front of the board wants to see more than the one
    /// that was chosen, so that choice is over.
    pub fn turn(&mut self) {
        self.page = None;
        self.turns = self.turns.wrapping_add(1);
    }

    /// The choices, as the displays read them.
    #[must_use]
    pub fn levels(&self) -> Levels {
        Levels { page: self.page, turns: self.turns, brightness: self.brightness, ..Levels::default() }
    }
}

/// The page of that name, of those that a person may choose.
#[must_use]
pub fn page(name: &str) -> Option<Page> {
    Page::TURNING.into_iter().find(|page| page.word() == name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bellboard_panel::Timestamp;

    use super::*;
    use crate::{
        config::model::{Config, Policy},
        core::{
            Action, Input, Press, State,
            time::{Mono, Now},
        },
    };

    fn at(secs: u64) -> Now {
        Now { wall: Timestamp::from_secs(secs as i64).expect("a time"), mono: Mono::from_millis(secs * 1000) }
    }

    /// A live board with a conversation that breaches at 70 s and rings from 80 s on.
    fn board() -> State {
        let policy = Policy { first_reply_ms: Some(60_000), ..Policy::default() };
        let config = Config { policies: vec![policy], ..Config::default() };
        let mut state = State::new(Arc::new(config), at(0));
        _ = state.handle(Input::LinkUp, at(0));
        _ = state.handle(Input::Synced, at(0));
        let payload = r#"{"status":"open","channel":"x","opened_at":10,"waiting_since":10}"#;
        say(&mut state, "support/conversations/a", payload, 10);
        state
    }

    fn say(state: &mut State, topic: &str, payload: &str, secs: u64) -> Vec<Action> {
        let input = Input::Message { topic, payload: payload.as_bytes(), retained: false };
        state.handle(input, at(secs)).0
    }

    fn press(state: &mut State, secs: u64) {
        _ = state.handle(Input::Button { press: Press::Short, at: at(secs).mono }, at(secs));
    }

    fn turns(state: &State, secs: u64) -> u32 {
        state.snapshot(at(secs)).levels.turns
    }

    #[test]
    fn a_short_press_turns_the_page_only_where_there_is_nothing_to_acknowledge() {
        let mut state = board();
        press(&mut state, 20);
        press(&mut state, 21);
        assert_eq!(turns(&state, 21), 2);
        _ = state.handle(Input::Button { press: Press::Hold, at: at(22).mono }, at(22));
        assert_eq!(turns(&state, 22), 2, "a held button turns nothing");
        _ = state.handle(Input::Tick, at(70));
        _ = state.handle(Input::Tick, at(80));
        press(&mut state, 81);
        assert_eq!(state.snapshot(at(81)).alarm.acked, 1);
        assert_eq!(turns(&state, 81), 2, "this press acknowledged");
        press(&mut state, 82);
        assert_eq!(turns(&state, 82), 3);
    }

    #[test]
    fn a_press_that_an_alarm_overtook_neither_acknowledges_nor_turns() {
        let mut state = board();
        _ = state.handle(Input::Tick, at(70));
        _ = state.handle(Input::Tick, at(80));
        _ = state.handle(Input::Button { press: Press::Short, at: at(79).mono }, at(81));
        let board = state.snapshot(at(81));
        assert_eq!((board.alarm.unacked, board.levels.turns), (1, 0));
    }

    #[test]
    fn a_press_behind_numbers_that_cannot_be_believed_turns_nothing() {
        let mut state = board();
        _ = state.handle(Input::LinkDown, at(20));
        for secs in 21..24 {
            press(&mut state, secs);
        }
        assert_eq!(turns(&state, 24), 0);
    }

    #[test]
    fn a_command_chooses_a_page_and_a_press_takes_the_choice_back() {
        let mut state = board();
        let actions = say(&mut state, "bellboard/board/cmd/page", r#"{"page":"channels"}"#, 20);
        assert!(actions.contains(&Action::Remember { at_once: true }));
        assert_eq!(state.snapshot(at(20)).levels.page, Some(Page::Channels));
        press(&mut state, 21);
        let levels = state.snapshot(at(21)).levels;
        assert_eq!((levels.page, levels.turns), (None, 1));
        say(&mut state, "bellboard/all/cmd/page", r#"{"page":"queues"}"#, 22);
        say(&mut state, "bellboard/board/cmd/page", "", 23);
        assert_eq!(state.snapshot(at(23)).levels.page, None);
    }

    #[test]
    fn what_was_chosen_survives_a_restart() {
        let mut state = board();
        say(&mut state, "bellboard/board/cmd/page", r#"{"page":"list"}"#, 20);
        say(&mut state, "bellboard/board/cmd/brightness", r#"{"percent":40}"#, 20);
        let memory = state.memory(at(21));
        let mut next = board();
        next.restore(&memory, at(30));
        let levels = next.snapshot(at(30)).levels;
        assert_eq!((levels.page, levels.brightness), (Some(Page::List), Some(40)));
        say(&mut next, "bellboard/board/cmd/brightness", "{}", 31);
        assert_eq!(next.snapshot(at(31)).levels.brightness, None);
    }
}
