//! Which parts of a configuration a running board can take on.
//!
//! Owns that list. Refuses to take anything on.

use super::model::Config;

impl Config {
    /// The parts that differ and wait for the next start, by their names in the file: connections,
    /// devices, and who the board is.
    #[must_use]
    pub fn waits_for_a_start(&self, new: &Self) -> Vec<&'static str> {
        let (old_board, new_board) = (&self.board, &new.board);
        let parts = [
            ("[board] id", old_board.id != new_board.id),
            ("[board] name", old_board.name != new_board.name),
            ("[board] locale", old_board.locale != new_board.locale),
            ("[board] timezone", old_board.timezone != new_board.timezone),
            ("[board] group", old_board.group != new_board.group),
            ("[mqtt]", self.mqtt != new.mqtt),
            ("[broker]", self.broker != new.broker),
            ("[[source]]", self.sources != new.sources),
            ("[[display]]", self.displays != new.displays),
            ("[buzzer]", self.buzzer != new.buzzer),
            ("[button]", self.button != new.button),
            ("[[lamp]]", self.lamps != new.lamps),
            ("[http]", self.http != new.http),
            ("[history]", self.history != new.history),
            ("[alarm.sound]", self.alarm.sound != new.alarm.sound),
        ];
        parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}
