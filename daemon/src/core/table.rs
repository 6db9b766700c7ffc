//! The conversations that the board knows, and the indices over them.
//!
//! Owns which conversations there are, which message about one wins, and that the indices agree
//! with them. Refuses to know about alarms, trust and topics.

use std::collections::HashMap;

use bellboard_panel::Timestamp;

use crate::{
    config::model::{Config, Policy},
    core::{
        conversation::{self, Id, Newness, Times, newness},
        decode::{self, Order},
        groups::GroupId,
        index::{Index, Keys, Slot},
        sla::{self, Standing},
    },
};

/// A source's place in the configuration.
pub type SourceId = u8;

/// One conversation.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: Id,
    /// The source that told of it.
    pub source: SourceId,
    /// Its times.
    pub times: Times,
    /// The customer's name or initials, as far as privacy allows.
    pub customer: Option<Box<str>>,
    /// Its channel.
    pub channel: GroupId,
    /// Its queue.
    pub queue: GroupId,
    /// How it stands towards its clocks.
    pub standing: Standing,
    order: Order,
    policy: Option<usize>,
    assigned: bool,
    /// Whether this board shows it; one that it does not show still counts against drift.
    shown: bool,
    /// The session of its source that last told of it.
    session: u32,
}

impl Entry {
    fn keys(&self) -> Option<Keys> {
        self.shown.then(|| Keys {
            waits_since: self.times.waits_since(),
            open: self.times.is_open(),
            unassigned: self.times.is_open() && !self.assigned,
            worst: self.standing.worst.map(|worst| (worst.state, worst.due_at)),
            next_due: self.standing.next_due,
            changes_at: self.standing.changes_at,
            channel: self.channel,
            queue: self.queue,
        })
    }

    /// The bits of the clocks that this board must sound for.
    #[must_use]
    pub fn breached(&self) -> u8 {
        if self.shown { self.standing.breached } else { 0 }
    }
}

/// What a message did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It told something new about the conversation at this slot.
    Changed(Slot),
    /// It was a duplicate or was overtaken.
    Known(Newness),
}

/// How many conversations of a source are known, and how many its present session confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Known.
    pub known: u32,
    /// Of those, not resolved.
    pub open: u32,
    /// Known and confirmed.
    pub confirmed: u32,
    /// Of those, not resolved.
    pub confirmed_open: u32,
    session: u32,
}

impl Tally {
    /// Known, though the present session has not told of them.
    #[must_use]
    pub fn unconfirmed(&self) -> u32 {
        self.known - self.confirmed
    }

    fn step(&mut self, open: bool, confirmed: bool, by: i32) {
        let add = |count: &mut u32| *count = count.wrapping_add_signed(by);
        add(&mut self.known);
        if open {
            add(&mut self.open);
        }
        if confirmed {
            add(&mut self.confirmed);
        }
        if open && confirmed {
            add(&mut self.confirmed_open);
        }
    }
}

/// All conversations.
#[derive(Debug, Default)]
pub struct Table {
    slots: Vec<Option<Entry>>,
    free: Vec<Slot>,
    by_id: Vec<HashMap<Id, Slot>>,
    tallies: Vec<Tally>,
    index: Index,
}

impl Table {
    /// An empty table for so many sources.
    #[must_use]
    pub fn new(sources: usize) -> Self {
        Self {
            by_id: (0..sources).map(|_| HashMap::new()).collect(),
            tallies: vec![Tally::default(); sources],
            ..Self::default()
        }
    }

    /// The orders and counts.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// A source's counts.
    #[must_use]
    pub fn tally(&self, source: SourceId) -> Tally {
        self.tallies[usize::from(source)]
    }

    /// The entry at a slot that an index named.
    #[must_use]
    pub fn entry(&self, slot: Slot) -> &Entry {
        self.slots[slot as usize].as_ref().expect("an index names only slots in use")
    }

    /// Where a conversation is.
    #[must_use]
    pub fn find(&self, source: SourceId, id: &str) -> Option<Slot> {
        self.by_id[usize::from(source)].get(id).copied()
    }

    /// Takes in one message about one conversation.
    pub fn apply(
        &mut self,
        source: SourceId,
        id: &str,
        message: &decode::Conversation<'_>,
        config: &Config,
        now: Timestamp,
    ) -> Applied {
        let Some(slot) = self.find(source, id) else {
            return Applied::Changed(self.insert(source, id, message, config, now));
        };
        self.confirm(source, id);
        match newness(self.entry(slot).order, message.order) {
            Newness::Newer => {
                self.update(slot, message, config, now);
                Applied::Changed(slot)
            }
            known => Applied::Known(known),
        }
    }

    /// Notes that the present session knows the conversation, whatever it said about it.
    pub fn confirm(&mut self, source: SourceId, id: &str) {
        let Some(slot) = self.find(source, id) else { return };
        let tally = &mut self.tallies[usize::from(source)];
        let entry = self.slots[slot as usize].as_mut().expect("the id map names only slots in use");
        if entry.session != tally.session {
            entry.session = tally.session;
            tally.confirmed += 1;
            tally.confirmed_open += u32::from(entry.times.is_open());
        }
    }

    /// Forgets a conversation.
    pub fn remove(&mut self, source: SourceId, id: &str) -> Option<Entry> {
        let slot = self.by_id[usize::from(source)].remove(id)?;
        let entry = self.slots[slot as usize].take()?;
        self.free.push(slot);
        let tally = &mut self.tallies[usize::from(source)];
        tally.step(entry.times.is_open(), entry.session == tally.session, -1);
        self.index.replace(&entry.id, slot, entry.keys(), None);
        self.index.channels.leave(entry.channel);
        self.index.queues.leave(entry.queue);
        Some(entry)
    }

    /// From here on only conversations that the source tells of again are confirmed.
    pub fn begin_session(&mut self, source: SourceId) {
        let tally = &mut self.tallies[usize::from(source)];
        tally.session = tally.session.wrapping_add(1);
        tally.confirmed = 0;
        tally.confirmed_open = 0;
    }

    /// The ids that the present session has not confirmed. Looks at every conversation: called
    /// once a session at most.
    #[must_use]
    pub fn unconfirmed(&self, source: SourceId) -> Vec<Id> {
        let tally = self.tally(source);
        if tally.unconfirmed() == 0 {
            return Vec::new();
        }
        let lost = |entry: &&Entry| entry.source == source && entry.session != tally.session;
        self.slots.iter().flatten().filter(lost).map(|entry| entry.id.clone()).collect()
    }

    /// Judges the next conversation that time alone has changed by `now`, if there is one.
    pub fn judge_next(&mut self, policies: &[Policy], now: Timestamp) -> Option<Slot> {
        let (at, slot) = self.index.next_change()?;
        (at <= now).then(|| {
            self.judge(slot, policies, now);
            slot
        })
    }

    /// Judges every conversation anew: after the wall clock was set.
    pub fn judge_all(&mut self, policies: &[Policy], now: Timestamp) {
        for slot in 0..self.slots.len() {
            if self.slots[slot].is_some() {
                self.judge(slot as Slot, policies, now);
            }
        }
    }

    fn judge(&mut self, slot: Slot, policies: &[Policy], now: Timestamp) {
        let entry = self.slots[slot as usize].as_mut().expect("only slots in use are judged");
        let before = entry.keys();
        let policy = entry.policy.and_then(|n| policies.get(n));
        entry.standing = sla::judge(&entry.times, policy, now);
        self.index.replace(&entry.id, slot, before, entry.keys());
    }

    fn insert(
        &mut self,
        source: SourceId,
        id: &str,
        message: &decode::Conversation<'_>,
        config: &Config,
        now: Timestamp,
    ) -> Slot {
        let id: Id = id.into();
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as Slot
        });
        let tally = &mut self.tallies[usize::from(source)];
        let times = Times::of(message);
        tally.step(times.is_open(), true, 1);
        let entry = Entry {
            id: id.clone(),
            source,
            times,
            customer: None,
            channel: self.index.channels.join(&message.channel),
            queue: self.index.queues.join(&message.queue),
            standing: Standing::default(),
            order: message.order,
            policy: None,
            assigned: false,
            shown: false,
            session: tally.session,
        };
        self.by_id[usize::from(source)].insert(id, slot);
        self.slots[slot as usize] = Some(entry);
        self.update(slot, message, config, now);
        slot
    }

    fn update(&mut self, slot: Slot, message: &decode::Conversation<'_>, config: &Config, now: Timestamp) {
        let entry = self.slots[slot as usize].as_mut().expect("only slots in use are updated");
        let before = entry.keys();
        let (old_channel, old_queue) = (entry.channel, entry.queue);
        let tally = &mut self.tallies[usize::from(entry.source)];
        tally.step(entry.times.is_open(), true, -1);
        entry.times = Times::of(message);
        tally.step(entry.times.is_open(), true, 1);
        entry.order = message.order;
        entry.assigned = !message.assignee.is_empty();
        entry.customer = conversation::customer(&message.customer, config.privacy.show_names);
        entry.shown = shows(&config.board.show_channels, &message.channel)
            && shows(&config.board.show_queues, &message.queue);
        entry.policy = sla::policy_for(&config.policies, message);
        let policy = entry.policy.and_then(|n| config.policies.get(n));
        entry.standing = sla::judge(&entry.times, policy, now);
        // The new names are joined before the old ones are left, so that a name with one member is kept.
        entry.channel = self.index.channels.join(&message.channel);
        entry.queue = self.index.queues.join(&message.queue);
        self.index.replace(&entry.id, slot, before, entry.keys());
        self.index.channels.leave(old_channel);
        self.index.queues.leave(old_queue);
    }
}

fn shows(only: &[String], name: &str) -> bool {
    only.is_empty() || only.iter().any(|allowed| allowed == name)
}
