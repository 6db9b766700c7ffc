//! The one picture of the board: a snapshot of everything that is shown.
//!
//! Owns how the core's state becomes the public [`Snapshot`]. Refuses to change that state.

use bellboard_panel::{
    Snapshot, Timestamp,
    snapshot::{AlarmSummary, Group, MAX_WORST, NextDue, Oldest, Worst},
};

use crate::core::{State, groups, index::Slot, time::Now};

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
            alarm: self.alarm_summary(),
            surge: None,
            today: None,
            levels: self.sound.levels(),
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
        let entry = self.table.entry(slot);
        let worst = entry.standing.worst?;
        Some(Worst {
            id: entry.id.to_string(),
            channel: self.table.index().channels.name(entry.channel).to_owned(),
            customer: entry.customer.as_deref().map(str::to_owned),
            waiting_s: entry.times.waits_since().map(|since| now.age_secs(since)),
            clock: worst.clock,
            due_at: worst.due_at,
            state: worst.state,
        })
    }

    fn alarm_summary(&self) -> AlarmSummary {
        let (unacked, acked) = self.alarms.counts();
        let priority = self.alarms.loudest(&vec![true; self.sources.len()]).map(|(priority, _)| priority);
        AlarmSummary { priority, unacked, acked, shelved: 0, muted: self.sound.muted() }
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
