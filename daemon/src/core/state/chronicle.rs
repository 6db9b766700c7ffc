//! What the history learns of everything that happens, and what the board tells of it.
//!
//! Owns when a row is made and when figures are told. Refuses to know what a row holds and where
//! it is kept.

use std::sync::Arc;

use bellboard_panel::{Timestamp, snapshot::Trust};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::State;
use crate::core::{
    action::{Action, Message, Note},
    alarm::Transition,
    conversation::Id,
    decode,
    history::{AlarmStep, History, Recalled, Record, TYPICAL_MS},
    index::Slot,
    table::{SourceId, Table},
    time::{Mono, Now},
};

/// `B/response_time` is published at most this often, for it changes with every reply.
const RESPONSE_EVERY_MS: u64 = 60_000;
/// And at least this often, so that whoever shows it sees that it is current.
const RESPONSE_AT_LEAST_MS: u64 = 300_000;

/// The history, and what the board has told of it.
#[derive(Debug, Default)]
pub(in crate::core) struct Chronicle {
    /// `None` where none is kept.
    pub(in crate::core) history: Option<History>,
    /// Whether rows cannot be written down at present.
    pub(in crate::core) failing: bool,
    /// Whether the table holds what the last run knew, and nothing else.
    from_last_run: bool,
    response_told: Option<ResponseTold>,
}

/// What was last told of response times.
#[derive(Debug)]
struct ResponseTold {
    at: Mono,
    live: bool,
    /// What was told, but for its time.
    figures: Value,
}

impl State {
    /// From now on a history is kept, which goes on from what the last run left. Days begin at
    /// midnight in `zone`. Until there is a broker the board shows what it last knew.
    pub fn keep_history(&mut self, recalled: &Recalled, zone: Tz, now: Now) {
        let roots = self.sources.iter().map(|source| source.root.clone());
        let mut history = History::new(roots, &self.config.badges, zone, now);
        history.recall(recalled, now);
        self.chronicle.history = Some(history);
        for (root, id, payload) in &recalled.states {
            let source = self.sources.iter().position(|source| source.root == *root);
            if let (Some(source), Ok(said)) = (source, decode::conversation(payload.as_bytes())) {
                let config = Arc::clone(&self.config);
                _ = self.table.apply(source as SourceId, id, &said, &config, now.wall);
                self.chronicle.from_last_run = true;
            }
        }
    }

    /// A session begins: what the last run knew makes way for what the broker says.
    pub(super) fn forget_last_run(&mut self) {
        self.chronicle.response_told = None;
        if std::mem::take(&mut self.chronicle.from_last_run) {
            self.table = Table::new(self.sources.len());
        }
    }

    /// Whether rows cannot be written down at present.
    pub fn history_is_failing(&mut self, failing: bool) {
        self.chronicle.failing = failing;
    }

    /// There was no room for a row: it is made again with the conversation's next message, at the
    /// latest when the broker sends all of them anew.
    pub fn not_recorded(&mut self, record: &Record) {
        if let Some(history) = &mut self.chronicle.history {
            history.forget_told(record);
        }
    }

    /// Notes a message about the conversation at this slot.
    pub(super) fn record(
        &mut self,
        slot: Slot,
        said: &decode::Conversation<'_>,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let Some(history) = &mut self.chronicle.history else { return };
        let entry = self.table.entry(slot);
        if !entry.is_shown() {
            return;
        }
        let policy = entry.policy().and_then(|place| self.config.policies.get(place));
        let floor = &self.config.board.calendar;
        let record = history.told(entry.source, &entry.id, said, policy, floor, now.wall);
        out.extend(record.map(Action::Record));
    }

    pub(super) fn record_gone(&mut self, source: SourceId, id: &Id, out: &mut Vec<Action>) {
        let record = self.chronicle.history.as_mut().and_then(|history| history.gone(source, id));
        out.extend(record.map(Action::Record));
    }

    /// What the last run knew, and the source publishes no more, went while this board was off.
    pub(super) fn record_strays(&mut self, source: SourceId, out: &mut Vec<Action>) {
        let Some(history) = &self.chronicle.history else { return };
        for id in history.strays(source, |id| self.table.find(source, id).is_some()) {
            self.record_gone(source, &id, out);
        }
    }

    /// Notes a step of an alarm.
    pub(super) fn record_step(&self, step: &Transition, out: &mut Vec<Action>) {
        if self.chronicle.history.is_some() {
            let sources = self.sources.len();
            let by = || self.alarms.acked_by(&step.key, sources).map(str::to_owned);
            let step = AlarmStep::of(step, by, self.now.wall);
            out.extend(step.map(|step| Action::Record(Record::Alarm(step))));
        }
    }

    /// Counts figures anew when it is time, and tells what became of them.
    pub(super) fn settle_history(&mut self, now: Now, out: &mut Vec<Action>) {
        let Some(history) = &mut self.chronicle.history else { return };
        // What a board that cannot be believed does not hear of must cost no badge.
        if history.settle(now) && self.trust == Trust::Live {
            for (name, earned) in history.judge_badges(now.wall) {
                let event = json!({"type": "badge", "name": name, "earned": earned, "at": now.wall});
                out.push(Action::Note(if earned { Note::Earned(name) } else { Note::Lost(name) }));
                self.tell("event", &event, out);
            }
        }
        if self.link == Some(true) {
            self.tell_response_time(now, out);
        }
    }

    /// Tells how long a reply takes: nothing of it while the board cannot be believed.
    fn tell_response_time(&mut self, now: Now, out: &mut Vec<Action>) {
        let since =
            self.chronicle.response_told.as_ref().map_or(u64::MAX, |told| now.mono.millis_since(told.at));
        let is_live = self.trust == Trust::Live;
        let turned = self.chronicle.response_told.as_ref().is_none_or(|told| told.live != is_live);
        if since < RESPONSE_EVERY_MS && !turned {
            return;
        }
        let mut figures = self.response_figures(is_live, now.wall);
        let is_news = self.chronicle.response_told.as_ref().is_none_or(|told| told.figures != figures);
        if !is_news && since < RESPONSE_AT_LEAST_MS {
            return;
        }
        self.chronicle.response_told =
            Some(ResponseTold { at: now.mono, live: is_live, figures: figures.clone() });
        figures["at"] = json!(now.wall);
        let topic = self.topics.of_board("response_time");
        self.publish(Message { topic, payload: figures.to_string(), retain: true }, out);
    }

    fn response_figures(&self, is_live: bool, now: Timestamp) -> Value {
        let history = self.chronicle.history.as_ref().filter(|_| is_live);
        let typical = history.map(|history| history.typical(now)).unwrap_or_default();
        json!({
            "typical_s": typical.typical_s, "p90_s": typical.p90_s, "sample": typical.sample,
            "window_s": TYPICAL_MS / 1_000, "badge": history.is_some_and(|history| history.today().badge),
        })
    }
}
