//! What people ask of a board, at its button, over MQTT, or in front of another board.
//!
//! Owns the effect of each. Refuses to know how they asked.

use bellboard_panel::screens::{self, Page};

use super::{Press, State};
use crate::core::{
    action::{Action, Message},
    alarm::{AlarmKey, Unshelvable},
    command::{Command, Failure},
    decode::Refused,
    group,
    time::{Mono, Now},
};

/// Who acknowledged, at the board itself.
const AT_THE_BOARD: &str = "button";

impl State {
    /// A press covers what was on the board when it happened.
    pub(super) fn press(&mut self, press: Press, at: Mono, now: Now, out: &mut Vec<Action>) {
        match press {
            Press::Short => {
                if !self.ack_all(AT_THE_BOARD, at, now, out) {
                    self.turn_the_page(now);
                }
            }
            Press::Hold => self.shelve_all(self.config.alarm.shelve_for_ms, AT_THE_BOARD, at, now, out),
        }
    }

    pub(super) fn obey(&mut self, command: Command, now: Now, out: &mut Vec<Action>) -> Result<(), Failure> {
        match command {
            Command::Ack { alarm: None, by } => _ = self.ack_all(&by, now.mono, now, out),
            Command::Ack { alarm: Some(key), by } => {
                let mut acked = None;
                self.with_alarms(out, |alarms, live, steps| {
                    acked = alarms.ack_one(&key, &by, live, now, steps);
                });
                self.share(&acked.ok_or_else(Failure::unknown_alarm)?, &by, now, out);
            }
            Command::Shelve { alarm, for_s } => return self.shelve(alarm.as_deref(), for_s, now, out),
            Command::Unshelve { alarm } => {
                let mut found = false;
                self.with_alarms(out, |alarms, live, steps| {
                    found = alarms.unshelve(alarm.as_deref(), live, now, steps);
                });
                return if found { Ok(()) } else { Err(Failure::unknown_alarm()) };
            }
            Command::Mute(secs) => {
                self.sound.mute(secs, now);
                out.push(Action::Remember { at_once: true });
            }
            Command::Unmute => {
                self.sound.unmute();
                out.push(Action::Remember { at_once: true });
            }
            Command::Page(page) => {
                self.view.page = page;
                out.push(Action::Remember { at_once: true });
            }
            Command::Brightness(percent) => {
                self.view.brightness = percent;
                out.push(Action::Remember { at_once: true });
            }
            Command::Test(priority) => self.sound.test(priority, now, out),
        }
        Ok(())
    }

    /// Acknowledges what was shown, and says whether there was anything.
    fn ack_all(&mut self, by: &str, at: Mono, now: Now, out: &mut Vec<Action>) -> bool {
        let mut acked = Vec::new();
        self.with_alarms(out, |alarms, live, steps| acked = alarms.ack_all(by, at, live, now, steps));
        self.share(&acked, by, now, out);
        !acked.is_empty()
    }

    /// A press turns the page only where pages take turns. Behind an alarm that began after the
    /// press, a closed floor or numbers that cannot be believed, it would turn unseen, and a page
    /// that nobody asked for would come up later.
    fn turn_the_page(&mut self, now: Now) {
        if matches!(screens::choose(&self.snapshot(now)), Page::Now | Page::Empty) {
            self.view.turn();
        }
    }

    fn shelve(
        &mut self,
        alarm: Option<&str>,
        for_s: u64,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Failure> {
        let max_s = self.config.alarm.shelve_max_ms / 1000;
        if for_s == 0 || for_s > max_s {
            return Err(Failure::shelved_too_long(max_s));
        }
        let Some(key) = alarm else {
            self.shelve_all(for_s * 1000, "mqtt", now.mono, now, out);
            return Ok(());
        };
        let mut shelved = Ok(());
        self.with_alarms(out, |alarms, live, steps| {
            shelved = alarms.shelve_one(key, for_s * 1000, live, now, steps);
        });
        if shelved.is_ok() {
            // One that was aside already takes no step, though its time has changed.
            self.alarms_changed = true;
            out.push(Action::Remember { at_once: true });
        }
        shelved.map_err(|why| match why {
            Unshelvable::Unknown => Failure::unknown_alarm(),
            Unshelvable::Forbidden => Failure::unshelvable(),
        })
    }

    fn shelve_all(&mut self, for_ms: u64, by: &str, at: Mono, now: Now, out: &mut Vec<Action>) {
        let mut acked = Vec::new();
        self.with_alarms(out, |alarms, live, steps| {
            acked = alarms.shelve_all(for_ms, by, at, live, now, steps);
        });
        self.share(&acked, by, now, out);
    }

    /// Tells the other boards of the group what was acknowledged here.
    fn share(&self, acked: &[AlarmKey], by: &str, now: Now, out: &mut Vec<Action>) {
        let Some(topic) = self.topics.group() else { return };
        // A board's own troubles are its own: another board's link has its own state.
        let shared = acked.iter().filter(|key| key.clock().is_some() || key.is_of_the_floor());
        let keys: Vec<String> = shared.map(ToString::to_string).collect();
        for payload in group::write(&keys, by, now.wall, &self.config.board.id) {
            self.publish(Message { topic: topic.to_owned(), payload, retain: false }, out);
        }
    }

    /// What was acknowledged in front of another board is acknowledged here.
    pub(super) fn group_ack(
        &mut self,
        payload: &[u8],
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        let ack = group::read(payload)?;
        if ack.board == self.config.board.id {
            return Ok(());
        }
        let by = if ack.by.is_empty() { &ack.board } else { &ack.by };
        self.with_alarms(out, |alarms, live, steps| {
            for key in &ack.alarms {
                alarms.ack_shared(key, by, ack.at, live, now, steps);
            }
        });
        Ok(())
    }
}
