//! The orders in which conversations are looked up: by wait, by urgency, by deadline.
//!
//! Owns the indices, each a function of a conversation's [`Keys`]; every question is answered
//! in O(log n), never by a scan. Refuses to know what a conversation is besides its keys.

use std::collections::BTreeSet;

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, ClockState},
};

use crate::core::{
    conversation::Id,
    groups::{GroupId, Groups, Totals},
};

/// A conversation's place in the table.
pub type Slot = u32;

/// Everything about a conversation that an index is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Since when a customer waits.
    pub waits_since: Option<Timestamp>,
    /// Not resolved.
    pub open: bool,
    /// Open, and nobody is assigned.
    pub unassigned: bool,
    /// The worst clock's state and due time.
    pub worst: Option<(ClockState, Timestamp)>,
    /// The running clock, not yet breached, that is due first.
    pub next_due: Option<(Timestamp, Clock)>,
    /// When time alone changes how it stands.
    pub changes_at: Option<Timestamp>,
    /// Its channel.
    pub channel: GroupId,
    /// Its queue.
    pub queue: GroupId,
}

impl Keys {
    fn totals(&self) -> Totals {
        let state = self.worst.map(|(state, _)| state);
        Totals::of_one(self.open, self.waits_since.is_some(), self.unassigned, state)
    }

    /// Breached first, then by due time.
    fn rank(&self) -> Option<(bool, Timestamp)> {
        self.worst.map(|(state, due_at)| (state != ClockState::Breached, due_at))
    }
}

/// All orders and counts.
#[derive(Debug, Default)]
pub struct Index {
    waits: BTreeSet<(Timestamp, Id, Slot)>,
    ranked: BTreeSet<((bool, Timestamp), Id, Slot)>,
    next_due: BTreeSet<(Timestamp, Id, Clock, Slot)>,
    changes: BTreeSet<(Timestamp, Slot)>,
    totals: Totals,
    /// The numbers by channel.
    pub channels: Groups,
    /// The numbers by queue.
    pub queues: Groups,
}

/// Moves one entry of an ordered set, and does nothing where it stays.
fn shift<T: Ord, K: PartialEq>(
    set: &mut BTreeSet<T>,
    old: Option<K>,
    new: Option<K>,
    entry: impl Fn(K) -> T,
) {
    if old == new {
        return;
    }
    if let Some(old) = old {
        set.remove(&entry(old));
    }
    if let Some(new) = new {
        set.insert(entry(new));
    }
}

impl Index {
    /// Replaces what one conversation stands for; `None` before it came and after it went.
    pub fn replace(&mut self, id: &Id, slot: Slot, old: Option<Keys>, new: Option<Keys>) {
        let wait = |keys: Option<Keys>| keys.and_then(|k| k.waits_since);
        shift(&mut self.waits, wait(old), wait(new), |t| (t, id.clone(), slot));
        let rank = |keys: Option<Keys>| keys.and_then(|k| k.rank());
        shift(&mut self.ranked, rank(old), rank(new), |r| (r, id.clone(), slot));
        let next = |keys: Option<Keys>| keys.and_then(|k| k.next_due);
        shift(&mut self.next_due, next(old), next(new), |(t, clock)| (t, id.clone(), clock, slot));
        let change = |keys: Option<Keys>| keys.and_then(|k| k.changes_at);
        shift(&mut self.changes, change(old), change(new), |t| (t, slot));
        let totals = |keys: Option<Keys>| keys.map(|k| k.totals()).unwrap_or_default();
        self.totals.replace(totals(old), totals(new));
        regroup(&mut self.channels, slot, old, new, |keys| keys.channel);
        regroup(&mut self.queues, slot, old, new, |keys| keys.queue);
    }

    /// The counts over all conversations.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// The longest wait; ties by id.
    #[must_use]
    pub fn oldest(&self) -> Option<Slot> {
        self.waits.first().map(|(_, _, slot)| *slot)
    }

    /// The next deadline; ties by id, then by the order of the clocks.
    #[must_use]
    pub fn next_due(&self) -> Option<(Timestamp, Clock, Slot)> {
        self.next_due.first().map(|(at, _, clock, slot)| (*at, *clock, *slot))
    }

    /// Breached first, then by due time, then by id.
    pub fn worst(&self) -> impl Iterator<Item = Slot> {
        self.ranked.iter().map(|(_, _, slot)| *slot)
    }

    /// Those that are breached, in the same order.
    pub fn breached(&self) -> impl Iterator<Item = Slot> {
        self.ranked.iter().take_while(|((intact, _), _, _)| !intact).map(|(_, _, slot)| *slot)
    }

    /// When, and for which conversation, time alone next changes something.
    #[must_use]
    pub fn next_change(&self) -> Option<(Timestamp, Slot)> {
        self.changes.first().copied()
    }
}

/// Moves a conversation between groups and keeps their counts. Membership itself (who may
/// forget a name) is the table's business, since names are joined before keys exist.
fn regroup(
    groups: &mut Groups,
    slot: Slot,
    old: Option<Keys>,
    new: Option<Keys>,
    of: impl Fn(&Keys) -> GroupId,
) {
    if old == new {
        return;
    }
    let same_group = matches!((&old, &new), (Some(old), Some(new)) if of(old) == of(new));
    if same_group && old.map(|k| (k.totals(), k.waits_since)) == new.map(|k| (k.totals(), k.waits_since)) {
        return;
    }
    if let Some(keys) = old {
        let group = groups.group_mut(of(&keys));
        group.totals.replace(keys.totals(), Totals::default());
        keys.waits_since.map(|t| group.waits.remove(&(t, slot)));
    }
    if let Some(keys) = new {
        let group = groups.group_mut(of(&keys));
        group.totals.replace(Totals::default(), keys.totals());
        keys.waits_since.map(|t| group.waits.insert((t, slot)));
    }
}
