//! The conversations that the board knows, and the indices over them.
//!
//! Owns which conversations there are, which message about one wins, and that the indices agree
//! with them. Refuses to know about alarms, trust and topics.

use std::collections::HashMap;

use bellboard_panel::{Timestamp, snapshot::Clock};

use crate::{
    config::model::{Config, Origin, Policy, Urgency},
    core::{
        conversation::{self, Id, Newness, Times, newness},
        decode::{self, Order},
        groups::{GroupId, Groups},
        index::{Index, Keys, Slot},
        sla::{self, Deadline, Standing, Traits},
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
    urgency: Urgency,
    origin: Origin,
    public: bool,
    /// Its channel and queue, where one of them is counted under another name.
    stray: Option<Box<(String, String)>>,
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

    /// Finds what the configuration says of this conversation, and judges it by that.
    fn fit(&mut self, traits: &Traits<'_>, config: &Config, now: Timestamp) {
        self.shown = shows(&config.board.show_channels, traits.channel)
            && shows(&config.board.show_queues, traits.queue);
        self.policy = sla::policy_for(&config.policies, traits);
        let policy = self.policy.and_then(|n| config.policies.get(n));
        self.standing = sla::judge(&self.times, policy, now);
    }

    /// The place of the policy that it falls under.
    #[must_use]
    pub fn policy(&self) -> Option<usize> {
        self.policy
    }

    /// Whether this board shows it.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.shown
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
    /// It told of a conversation that was not known, which is at this slot now.
    Added(Slot),
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

    /// One running clock of a conversation.
    #[must_use]
    pub fn deadline(&self, slot: Slot, clock: Clock, policies: &[Policy]) -> Option<Deadline> {
        let entry = self.entry(slot);
        let policy = entry.policy.and_then(|n| policies.get(n));
        sla::deadlines(&entry.times, policy).find(|deadline| deadline.clock == clock)
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
            return Applied::Added(self.insert(source, id, message, config, now));
        };
        self.confirm_slot(slot);
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
        if let Some(slot) = self.find(source, id) {
            self.confirm_slot(slot);
        }
    }

    fn confirm_slot(&mut self, slot: Slot) {
        let entry = self.slots[slot as usize].as_mut().expect("the id map names only slots in use");
        let tally = &mut self.tallies[usize::from(entry.source)];
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

    /// Fits every conversation to another configuration. Names that may be shown by it and were
    /// not before come with the next message; those that may not are dropped now.
    pub fn reconfigure(&mut self, config: &Config, now: Timestamp) {
        for slot in 0..self.slots.len() as Slot {
            let Some(entry) = self.slots[slot as usize].as_mut() else { continue };
            let before = entry.keys();
            let stray = entry.stray.take();
            let (channel, queue) = match stray.as_deref() {
                Some((channel, queue)) => (channel.as_str(), queue.as_str()),
                None => (self.index.channels.name(entry.channel), self.index.queues.name(entry.queue)),
            };
            let (urgency, origin, public) = (entry.urgency, entry.origin, entry.public);
            entry.fit(&Traits { channel, queue, urgency, public, origin }, config, now);
            entry.stray = stray;
            let shown = entry.customer.take();
            entry.customer = shown.and_then(|name| conversation::customer(&name, config.privacy.show_names));
            self.index.replace(&entry.id, slot, before, entry.keys());
        }
    }

    /// Forgets which message about each conversation was the newest, so that what the broker keeps
    /// is taken in once more.
    pub fn forget_versions(&mut self) {
        self.slots.iter_mut().flatten().for_each(|entry| entry.order = Order::Arrival);
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
            urgency: message.urgency,
            origin: message.origin,
            public: message.public,
            stray: None,
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
        (entry.urgency, entry.origin, entry.public) = (message.urgency, message.origin, message.public);
        entry.fit(&Traits::of(message), config, now);
        // The new names are joined before the old ones are left, so that a name with one member is kept.
        entry.channel = self.index.channels.join_from(old_channel, &message.channel);
        entry.queue = self.index.queues.join_from(old_queue, &message.queue);
        let counted = |groups: &Groups, at, name: &str| groups.name(at) == name;
        let own_names = counted(&self.index.channels, entry.channel, &message.channel)
            && counted(&self.index.queues, entry.queue, &message.queue);
        entry.stray =
            (!own_names).then(|| Box::new((message.channel.to_string(), message.queue.to_string())));
        self.index.replace(&entry.id, slot, before, entry.keys());
        self.index.channels.leave(old_channel);
        self.index.queues.leave(old_queue);
    }
}

fn shows(only: &[String], name: &str) -> bool {
    only.is_empty() || only.iter().any(|allowed| allowed == name)
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, collections::BTreeMap};

    use bellboard_panel::snapshot::ClockState;
    use proptest::prelude::*;

    use super::*;
    use crate::core::{decode::Status, groups::Totals};

    /// One message, or the removal of a conversation, or time.
    #[derive(Clone, Debug)]
    enum Step {
        Tell { id: u8, version: u64, what: What },
        Remove { id: u8 },
        Wait { secs: i64 },
    }

    #[derive(Clone, Debug)]
    struct What {
        resolved: bool,
        channel: u8,
        queue: u8,
        opened: i64,
        waiting: Option<i64>,
        replied: bool,
        assigned: bool,
        given: Option<i64>,
    }

    fn what() -> impl Strategy<Value = What> {
        let times = (0_i64..500, prop::option::of(0_i64..500), prop::option::weighted(0.2, 0_i64..2_000));
        (any::<(bool, bool, bool)>(), 0_u8..3, 0_u8..3, times).prop_map(
            |((resolved, replied, assigned), channel, queue, (opened, waiting, given))| What {
                resolved,
                channel,
                queue,
                opened,
                waiting,
                replied,
                assigned,
                given,
            },
        )
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0_u8..20, 0_u64..6, what()).prop_map(|(id, version, what)| Step::Tell { id, version, what }),
            1 => (0_u8..20).prop_map(|id| Step::Remove { id }),
            2 => (1_i64..300).prop_map(|secs| Step::Wait { secs }),
        ]
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs).unwrap()
    }

    fn message(version: u64, what: &What) -> decode::Conversation<'static> {
        const CHANNELS: [&str; 3] = ["facebook", "x", "email"];
        decode::Conversation {
            status: if what.resolved { Status::Resolved } else { Status::Open },
            channel: Cow::Borrowed(CHANNELS[usize::from(what.channel)]),
            queue: Cow::Owned(format!("q{}", what.queue)),
            urgency: crate::config::model::Urgency::Normal,
            public: false,
            origin: crate::config::model::Origin::Direct,
            customer: Cow::Borrowed(""),
            assignee: Cow::Borrowed(if what.assigned { "jo" } else { "" }),
            opened_at: at(what.opened),
            waiting_since: what.waiting.map(at),
            first_reply_at: what.replied.then(|| at(what.opened)),
            last_reply_at: None,
            promised_at: None,
            resolved_at: None,
            due: [None, None, None, what.given.map(at)],
            order: Order::Version(version),
        }
    }

    fn config() -> Config {
        let targets =
            Policy { first_reply_ms: Some(100_000), next_reply_ms: Some(200_000), ..Policy::default() };
        Config { policies: vec![targets], ..Config::default() }
    }

    /// Every index must agree with a plain look at every conversation.
    fn check_against_a_scan(table: &Table, config: &Config, now: Timestamp) {
        let entries: Vec<(Slot, &Entry)> = table
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, entry)| entry.as_ref().map(|entry| (slot as Slot, entry)))
            .collect();
        for (_, entry) in &entries {
            let policy = entry.policy.map(|n| &config.policies[n]);
            assert_eq!(entry.standing, sla::judge(&entry.times, policy, now), "judged as of now");
        }
        let oldest =
            entries.iter().filter_map(|(slot, e)| Some((e.times.waits_since()?, &e.id, *slot))).min();
        assert_eq!(table.index.oldest(), oldest.map(|(_, _, slot)| slot));
        let due = entries.iter().filter_map(|(slot, e)| {
            let (at, clock) = e.standing.next_due?;
            Some((at, &e.id, clock, *slot))
        });
        let due: Option<(Timestamp, Clock, Slot)> = due.min().map(|(at, _, clock, slot)| (at, clock, slot));
        assert_eq!(table.index.next_due(), due);
        let mut worst: Vec<_> = entries
            .iter()
            .filter_map(|(slot, e)| {
                let worst = e.standing.worst?;
                Some((worst.state != ClockState::Breached, worst.due_at, &e.id, *slot))
            })
            .collect();
        worst.sort();
        assert!(table.index.worst().eq(worst.iter().map(|(_, _, _, slot)| *slot)));
        let total = |entries: &mut dyn Iterator<Item = &(Slot, &Entry)>| {
            let mut sum = Totals::default();
            for (_, entry) in entries {
                let open = entry.times.is_open();
                let state = entry.standing.worst.map(|worst| worst.state);
                let waits = entry.times.waits_since().is_some();
                let one = Totals::of_one(open, waits, open && !entry.assigned, state);
                sum.open += one.open;
                sum.waiting += one.waiting;
                sum.unassigned += one.unassigned;
                sum.at_risk += one.at_risk;
                sum.breached += one.breached;
            }
            sum
        };
        assert_eq!(table.index.totals(), total(&mut entries.iter()));
        for group in table.index.queues.open() {
            let members =
                &mut entries.iter().filter(|(_, e)| table.index.queues.name(e.queue) == &*group.name);
            assert_eq!(group.totals, total(members), "queue {}", group.name);
        }
    }

    proptest! {
        #[test]
        fn the_indices_agree_with_a_naive_scan(steps in prop::collection::vec(step(), 1..120)) {
            let config = config();
            let mut table = Table::new(1);
            let mut now = at(400);
            for step in steps {
                match step {
                    Step::Tell { id, version, what } => {
                        _ = table.apply(0, &format!("c{id}"), &message(version, &what), &config, now);
                    }
                    Step::Remove { id } => _ = table.remove(0, &format!("c{id}")),
                    Step::Wait { secs } => {
                        now = now.plus_millis(secs * 1000);
                        while table.judge_next(&config.policies, now).is_some() {}
                    }
                }
                check_against_a_scan(&table, &config, now);
            }
        }

        #[test]
        fn any_order_and_any_duplication_of_versions_ends_in_the_same_state(
            told in prop::collection::vec((0_u8..6, what()), 1..30),
            order in prop::collection::vec(any::<prop::sample::Index>(), 1..90),
        ) {
            let config = config();
            let now = at(600);
            // The n-th message about a conversation has version n.
            let mut versions: BTreeMap<u8, u64> = BTreeMap::new();
            let told: Vec<(u8, u64, What)> = told
                .into_iter()
                .map(|(id, what)| {
                    let version = versions.entry(id).or_default();
                    *version += 1;
                    (id, *version, what)
                })
                .collect();
            let mut orderly = Table::new(1);
            for (id, version, what) in &told {
                _ = orderly.apply(0, &format!("c{id}"), &message(*version, what), &config, now);
            }
            let mut disorderly = Table::new(1);
            // Any of them any number of times in any order, and each at least once somewhere.
            let shuffled = order.iter().map(|n| n.get(&told)).chain(told.iter().rev());
            for (id, version, what) in shuffled {
                _ = disorderly.apply(0, &format!("c{id}"), &message(*version, what), &config, now);
            }
            let state = |table: &Table| -> BTreeMap<String, (Times, bool, String, Standing)> {
                let entries = table.slots.iter().flatten();
                entries
                    .map(|e| {
                        let channel = table.index.channels.name(e.channel).to_owned();
                        (e.id.to_string(), (e.times.clone(), e.assigned, channel, e.standing))
                    })
                    .collect()
            };
            prop_assert_eq!(state(&orderly), state(&disorderly));
            prop_assert_eq!(orderly.index.totals(), disorderly.index.totals());
            prop_assert_eq!(orderly.tally(0), disorderly.tally(0));
            check_against_a_scan(&disorderly, &config, now);
        }
    }

    #[test]
    fn a_session_confirms_only_what_it_brings() {
        let config = config();
        let what = What {
            resolved: false,
            channel: 0,
            queue: 0,
            opened: 0,
            waiting: Some(0),
            replied: false,
            assigned: false,
            given: None,
        };
        let mut table = Table::new(1);
        _ = table.apply(0, "a", &message(5, &what), &config, at(1));
        _ = table.apply(0, "b", &message(5, &what), &config, at(1));
        table.begin_session(0);
        assert_eq!((table.tally(0).unconfirmed(), table.tally(0).confirmed_open), (2, 0));
        // An overtaken message changes nothing, yet proves that the conversation is there.
        assert_eq!(table.apply(0, "a", &message(3, &what), &config, at(2)), Applied::Known(Newness::Older));
        assert_eq!((table.tally(0).unconfirmed(), table.tally(0).confirmed_open), (1, 1));
        assert_eq!(table.unconfirmed(0), ["b".into()] as [Id; 1]);
    }
}
