//! The one picture of the board: a snapshot of everything that is shown.
//!
//! Owns how the core's state becomes the public [`Snapshot`]. Refuses to change that state.

use bellboard_panel::{
    Snapshot, Timestamp,
    snapshot::{
        AlarmSummary, Cause, Clock, ClockState, Group, Levels, MAX_WORST, NextDue, Oldest, Ringing, Worst,
    },
};

use crate::core::{State, alarm::AlarmKey, groups, index::Slot, sla::Judged, time::Now};

impl State {
    /// The board at this instant.
    #[must_use]
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let index = self.table.index();
        let totals = index.totals();
        Snapshot {
            board: self.config.board.id.clone(),
            at: now.wall,
            trust: self.trust,
            trust_since: self.trust_since,
            open: totals.open,
            waiting: totals.waiting,
            unassigned: totals.unassigned,
            at_risk: totals.at_risk,
            breached: totals.breached,
            unconfirmed: self.marked(),
            oldest: index.oldest().map(|slot| self.oldest(slot, now.wall)),
            next_due: index.next_due().map(|(due_at, clock, slot)| NextDue {
                id: self.table.entry(slot).id.to_string(),
                clock,
                due_at,
                in_s: due_at.age_secs(now.wall),
            }),
            channels: grouped(&index.channels, now.wall),
            queues: grouped(&index.queues, now.wall),
            worst: index.worst().take(MAX_WORST).filter_map(|slot| self.worst(slot, now.wall)).collect(),
            alarm: self.alarm_summary(now),
            closed: self.hours.closed(),
            surge: Some(self.surge.is_raised()),
            today: self.chronicle.history.as_ref().map(|history| history.today().clone()),
            history_failing: self.chronicle.failing,
            levels: Levels {
                burst: self.sound.burst(),
                ringing: self.ringing(now.wall),
                test_picture: self.sound.is_testing(),
                ..self.view.levels()
            },
        }
    }

    fn oldest(&self, slot: Slot, now: Timestamp) -> Oldest {
        let entry = self.table.entry(slot);
        let since = entry.times.waits_since().unwrap_or(now);
        Oldest {
            id: entry.id.to_string(),
            channel: self.table.index().channels.name(entry.channel).to_owned(),
            queue: self.table.index().queues.name(entry.queue).to_owned(),
            customer: entry.customer.as_deref().map(str::to_owned),
            waiting_since: since,
            waiting_s: now.age_secs(since),
        }
    }

    fn worst(&self, slot: Slot, now: Timestamp) -> Option<Worst> {
        let Judged { clock, state, due_at } = self.table.entry(slot).standing.worst?;
        Some(self.case(slot, clock, due_at, state, now))
    }

    /// The alarm that has rung longest.
    fn ringing(&self, now: Timestamp) -> Option<Ringing> {
        let foremost = self.alarms.foremost()?;
        let what = match foremost.key {
            AlarmKey::Board(_) => Cause::Surge { received: self.surge.received() },
            AlarmKey::Conversation { id, clock, source } => {
                let slot = self.table.find(*source, id)?;
                // What has just been answered rings on for a moment, with its clock at rest.
                let deadline = self.table.deadline(slot, *clock, &self.config.policies);
                let (due_at, state) = deadline
                    .map_or((foremost.since, ClockState::Running), |due| (due.due_at, due.state(now)));
                Cause::Conversation(self.case(slot, *clock, due_at, state, now))
            }
        };
        let contact = Some(&self.config.alarm.contact).filter(|line| foremost.escalated && !line.is_empty());
        Some(Ringing {
            what,
            since: foremost.since,
            escalated: foremost.escalated,
            contact: contact.cloned(),
        })
    }

    fn case(&self, slot: Slot, clock: Clock, due_at: Timestamp, state: ClockState, now: Timestamp) -> Worst {
        let entry = self.table.entry(slot);
        Worst {
            id: entry.id.to_string(),
            channel: self.table.index().channels.name(entry.channel).to_owned(),
            customer: entry.customer.as_deref().map(str::to_owned),
            waiting_s: entry.times.waits_since().map(|since| now.age_secs(since)),
            clock,
            due_at,
            state,
        }
    }

    fn alarm_summary(&self, now: Now) -> AlarmSummary {
        let counts = self.alarms.counts();
        let everything = vec![true; self.sources.len()];
        AlarmSummary {
            priority: self.alarms.chorus(&everything).level,
            unacked: counts.unacked + counts.escalated,
            acked: counts.acked,
            shelved: counts.shelved,
            muted: self.sound.muted(),
            escalated: counts.escalated,
            missed: counts.missed,
            shelved_until: self.alarms.shelved_until(),
            quiet: self.hours.are_silent(),
            flood: self.alarms.is_flooded(now.mono),
        }
    }
}

fn grouped(groups: &groups::Groups, now: Timestamp) -> Vec<Group> {
    let group = |group: &groups::Group| Group {
        name: group.name.to_string(),
        open: group.totals.open,
        waiting: group.totals.waiting,
        at_risk: group.totals.at_risk,
        breached: group.totals.breached,
        oldest_s: group.waits.first().map(|(since, _)| now.age_secs(*since)),
    };
    groups.open().into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        config::model::{Config, Policy},
        core::{Input, time::Mono},
    };

    fn at(secs: i64) -> Now {
        Now { wall: Timestamp::from_secs(secs).unwrap(), mono: Mono::from_millis(secs as u64 * 1000) }
    }

    fn say(state: &mut State, topic: &str, payload: &str, secs: i64) {
        let input = Input::Message { topic, payload: payload.as_bytes(), retained: false };
        _ = state.handle(input, at(secs));
    }

    #[test]
    fn the_alarm_that_is_shown_is_one_that_nobody_has_acknowledged() {
        let policy = Policy { first_reply_ms: Some(60_000), ..Policy::default() };
        let config = Config { policies: vec![policy], ..Config::default() };
        let mut state = State::new(Arc::new(config), at(0));
        _ = state.handle(Input::LinkUp, at(0));
        _ = state.handle(Input::Synced, at(0));
        for (id, opened) in [("a", 10), ("b", 20)] {
            let conversation =
                format!(r#"{{"status":"open","channel":"x","opened_at":{opened},"waiting_since":{opened}}}"#);
            say(&mut state, &format!("support/conversations/{id}"), &conversation, 30);
        }
        for secs in 30..=100 {
            _ = state.handle(Input::Tick, at(secs));
        }
        let ringing = |state: &State| match state.snapshot(at(100)).levels.ringing?.what {
            Cause::Conversation(case) => Some(case.id),
            Cause::Surge { .. } => None,
        };
        assert_eq!(ringing(&state).as_deref(), Some("a"), "the one that has rung longest");
        say(&mut state, "bellboard/board/cmd/ack", r#"{"alarm":"a/first_reply"}"#, 100);
        assert_eq!(state.snapshot(at(100)).worst[0].id, "a", "which is still the worst");
        assert_eq!(ringing(&state).as_deref(), Some("b"));
        say(&mut state, "support/conversations/b", "", 100);
        assert_eq!(ringing(&state), None);
    }
}
