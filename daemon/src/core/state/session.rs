//! What a session with the broker does: its start, its bursts of retained messages, its end.
//!
//! Owns the steps of a sync. Refuses to judge them: the source does.

use serde_json::json;

use super::State;
use crate::core::{
    action::{Action, Message, Note},
    source::{Source, Verdict},
    table::SourceId,
    time::Now,
};

impl State {
    pub(super) fn link_up(&mut self, now: Now, out: &mut Vec<Action>) {
        self.link = Some(true);
        self.forget_last_run();
        let topic = self.topics.of_board("availability");
        self.publish(Message { topic, payload: "online".into(), retain: true }, out);
        self.for_each_source(|state, source| {
            state.table.begin_session(source as SourceId);
            state.sources[source].begin_session(now.mono);
            state.ask_again(source, "session", out);
        });
        self.alarms_changed = true;
        self.alarms_told = None;
    }

    pub(super) fn link_down(&mut self) {
        self.link = Some(false);
        self.sources.iter_mut().for_each(Source::end_session);
    }

    /// Has the retained messages sent again, within the session.
    pub(super) fn begin_burst(&mut self, source: usize, now: Now, out: &mut Vec<Action>) {
        self.table.begin_session(source as SourceId);
        self.sources[source].begin_burst(now.mono);
        if !out.contains(&Action::Resubscribe) {
            out.push(Action::Resubscribe);
        }
    }

    pub(super) fn end_burst(&mut self, source: usize, now: Now, out: &mut Vec<Action>) {
        let tally = self.table.tally(source as SourceId);
        let verdict = self.sources[source].end_burst(tally);
        self.carry_out(source, verdict, now, out);
    }

    pub(super) fn carry_out(&mut self, source: usize, verdict: Verdict, now: Now, out: &mut Vec<Action>) {
        let id = source as SourceId;
        let root = self.sources[source].root.clone();
        match verdict {
            Verdict::Settled => {}
            Verdict::Confirm => {
                for lost in self.table.unconfirmed(id) {
                    self.table.confirm(id, &lost);
                }
            }
            Verdict::Keep => {
                let count = self.table.tally(id).unconfirmed();
                out.push(Action::Note(Note::Kept { root, count }));
            }
            Verdict::Drop => {
                let lost = self.table.unconfirmed(id);
                for gone in &lost {
                    self.remove(id, gone, now, out);
                }
                if !lost.is_empty() {
                    out.push(Action::Note(Note::Dropped { root, count: lost.len() }));
                }
            }
        }
    }

    pub(super) fn ask_again(&self, source: usize, reason: &str, out: &mut Vec<Action>) {
        let payload = json!({"board": self.config.board.id, "reason": reason}).to_string();
        self.publish(Message { topic: self.topics.resync(source), payload, retain: false }, out);
    }
}
