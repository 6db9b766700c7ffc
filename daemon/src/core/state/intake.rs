//! What a message does: to the conversations, to a source's standing, to the board by command.
//!
//! Owns the way from a topic and a payload to a change. Refuses to know what follows from it.

use std::sync::Arc;

use serde_json::json;

use super::State;
use crate::core::{
    action::{Action, Message, Note, Rejection},
    clean::clean,
    command::{self, Failure},
    conversation::Newness,
    decode::{self, Refused},
    source::Count,
    table::{Applied, SourceId},
    time::Now,
    topic::Topic,
};

/// At most so many refusals a second are told; the rest is only counted, so that a flood of
/// bad messages does not become a flood of answers.
const MAX_REFUSALS_TOLD: u32 = 100;
/// A refused topic is told as far as this, in graphemes.
const MAX_TOPIC_TOLD: usize = 160;

impl State {
    pub(super) fn message(
        &mut self,
        topic: &str,
        payload: &[u8],
        retained: bool,
        now: Now,
        out: &mut Vec<Action>,
    ) {
        let result = match self.topics.read(topic) {
            Topic::Conversation(source, id) => self.conversation(source, id, payload, retained, now, out),
            Topic::Availability(source) => self.availability(source, payload, retained, now, out),
            Topic::Heartbeat(_) if retained => {
                self.counters.retained_heartbeats += 1;
                Ok(())
            }
            Topic::Heartbeat(source) => self.heartbeat(source, payload, now, out),
            Topic::Command(_) | Topic::GroupAck if retained => {
                self.counters.retained_commands += 1;
                Ok(())
            }
            Topic::Command(name) => {
                self.command(name, payload, now, out);
                Ok(())
            }
            Topic::GroupAck => self.group_ack(payload, now, out),
            Topic::Marker => {
                self.sources.iter_mut().for_each(|source| source.marker_seen(now.mono));
                Ok(())
            }
            Topic::Unknown => {
                self.counters.unknown_topics += 1;
                Ok(())
            }
        };
        if let Err(Refused(reason)) = result {
            self.refuse(topic, reason, now, out);
        }
    }

    pub(super) fn conversation(
        &mut self,
        source: SourceId,
        id: &str,
        payload: &[u8],
        retained: bool,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        let teller = &mut self.sources[usize::from(source)];
        if retained {
            teller.retained_seen(now.mono);
        } else {
            teller.change_seen();
        }
        let id = decode::id(id)?;
        if payload.is_empty() {
            self.remove(source, id, now, out);
        } else {
            // A payload that is refused still proves that the conversation is there.
            let message = decode::conversation(payload).inspect_err(|_| self.table.confirm(source, id))?;
            let config = Arc::clone(&self.config);
            match self.table.apply(source, id, &message, &config, now.wall) {
                Applied::Added(slot) => {
                    self.counters.applied += 1;
                    if self.table.entry(slot).is_shown() {
                        self.surge.arrived(source, id, message.opened_at, now.wall);
                    }
                    self.record(slot, &message, now, out);
                    self.reconcile(slot, now, out);
                }
                Applied::Changed(slot) => {
                    self.counters.applied += 1;
                    self.record(slot, &message, now, out);
                    self.reconcile(slot, now, out);
                }
                Applied::Known(Newness::Older) => self.counters.overtaken += 1,
                Applied::Known(_) => self.counters.duplicates += 1,
            }
        }
        if self.sources[usize::from(source)].count_is_reached(self.table.tally(source)) {
            self.end_burst(usize::from(source), now, out);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, source: SourceId, id: &str, now: Now, out: &mut Vec<Action>) {
        if let Some(entry) = self.table.remove(source, id) {
            self.counters.applied += 1;
            self.record_gone(source, &entry.id, out);
            self.with_alarms(out, |alarms, _, steps| alarms.forget(&entry.id, source, now, steps));
        }
    }

    pub(super) fn availability(
        &mut self,
        source: SourceId,
        payload: &[u8],
        retained: bool,
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        let place = usize::from(source);
        if retained {
            self.sources[place].retained_seen(now.mono);
        }
        if payload.is_empty() {
            self.sources[place].availability_cleared();
        } else if self.sources[place].available(decode::availability(payload)?, self.table.tally(source)) {
            self.begin_burst(place, now, out);
        }
        Ok(())
    }

    pub(super) fn heartbeat(
        &mut self,
        source: SourceId,
        payload: &[u8],
        now: Now,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        let beat = decode::heartbeat(payload)?;
        let told = beat.open;
        let place = usize::from(source);
        let tally = self.table.tally(source);
        match self.sources[place].heartbeat(beat, tally, now) {
            Count::Fine if self.sources[place].count_is_reached(tally) => self.end_burst(place, now, out),
            Count::Fine => {}
            Count::Settles(verdict) => self.carry_out(place, verdict, now, out),
            Count::Differs { short, resync } => {
                let root = self.sources[place].root.clone();
                if short {
                    out.push(Action::Note(Note::BurstShort { root: root.clone(), known: tally.open, told }));
                }
                if resync {
                    out.push(Action::Note(Note::Drift { root, known: tally.open, told }));
                    self.ask_again(place, "drift", out);
                    self.begin_burst(place, now, out);
                }
            }
        }
        Ok(())
    }

    pub(super) fn refuse(&mut self, topic: &str, reason: String, now: Now, out: &mut Vec<Action>) {
        self.counters.rejected += 1;
        if now.mono.millis_since(self.refusals_told.0) >= 1_000 {
            self.refusals_told = (now.mono, 0);
        }
        if self.refusals_told.1 >= MAX_REFUSALS_TOLD {
            return;
        }
        self.refusals_told.1 += 1;
        let topic = clean(topic, MAX_TOPIC_TOLD).into_owned();
        let told = json!({"topic": topic, "reason": reason, "at": now.wall});
        out.push(Action::Rejected(Rejection { topic, reason, at: now.wall }));
        self.tell("rejected", &told, out);
    }

    pub(super) fn command(&mut self, name: &str, payload: &[u8], now: Now, out: &mut Vec<Action>) {
        let name = clean(name, MAX_TOPIC_TOLD);
        let result = command::parse(&name, payload).and_then(|command| self.obey(command, now, out));
        let payload = command::answer(&result).to_string();
        self.publish(Message { topic: self.topics.answer(&name), payload, retain: false }, out);
        if let Err(Failure { code, message, .. }) = result {
            let event =
                json!({"type": "command", "name": name, "code": code, "message": message, "at": now.wall});
            self.tell("event", &event, out);
        }
    }
}
