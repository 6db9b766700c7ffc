//! The numbers by name: one list of channels, one of queues.
//!
//! Owns the names and their counts. Refuses to know which of the two lists it is.

use std::collections::{BTreeSet, HashMap};

use bellboard_panel::{Timestamp, snapshot::ClockState};

/// At most so many names are told apart; the conversations of all further ones are counted
/// under [`OVERFLOW`], so that a stream of invented names costs neither memory nor a breach.
pub const MAX_GROUPS: usize = 256;
/// The name that the overflow is counted under.
pub const OVERFLOW: &str = "other";

/// A name's place in its list.
pub type GroupId = u16;

/// Counts of conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Not resolved.
    pub open: u32,
    /// Of those, a customer waits.
    pub waiting: u32,
    /// Of those, nobody is assigned.
    pub unassigned: u32,
    /// The worst clock is at risk.
    pub at_risk: u32,
    /// The worst clock is breached.
    pub breached: u32,
}

impl Totals {
    /// What one conversation counts for.
    #[must_use]
    pub fn of_one(open: bool, waiting: bool, unassigned: bool, state: Option<ClockState>) -> Self {
        Self {
            open: u32::from(open),
            waiting: u32::from(waiting),
            unassigned: u32::from(unassigned),
            at_risk: u32::from(state == Some(ClockState::AtRisk)),
            breached: u32::from(state == Some(ClockState::Breached)),
        }
    }

    /// Takes `old` out and puts `new` in.
    pub fn replace(&mut self, old: Self, new: Self) {
        let step = |count: &mut u32, old: u32, new: u32| *count = *count - old + new;
        step(&mut self.open, old.open, new.open);
        step(&mut self.waiting, old.waiting, new.waiting);
        step(&mut self.unassigned, old.unassigned, new.unassigned);
        step(&mut self.at_risk, old.at_risk, new.at_risk);
        step(&mut self.breached, old.breached, new.breached);
    }
}

/// One name and its numbers.
#[derive(Debug)]
pub struct Group {
    /// The name.
    pub name: Box<str>,
    /// The counts.
    pub totals: Totals,
    /// Who waits in it, the longest wait first.
    pub waits: BTreeSet<(Timestamp, u32)>,
    members: u32,
}

/// A list of names with their numbers.
#[derive(Debug, Default)]
pub struct Groups {
    by_name: HashMap<Box<str>, GroupId>,
    places: Vec<Option<Group>>,
    free: Vec<GroupId>,
}

impl Groups {
    /// The name's place, with one more member in it.
    pub fn join(&mut self, name: &str) -> GroupId {
        let known = self.by_name.get(name).copied();
        let id = known.or_else(|| self.overflow()).unwrap_or_else(|| self.add(name));
        self.group_mut(id).members += 1;
        id
    }

    /// As [`Groups::join`], for one that is a member at `at`: mostly the name is the same, and
    /// then need not be looked up.
    pub fn join_from(&mut self, at: GroupId, name: &str) -> GroupId {
        let group = self.group_mut(at);
        if *group.name != *name {
            return self.join(name);
        }
        group.members += 1;
        at
    }

    /// One member fewer; a name without members is forgotten.
    pub fn leave(&mut self, id: GroupId) {
        let group = self.group_mut(id);
        group.members -= 1;
        if group.members == 0 {
            let gone = self.places[usize::from(id)].take();
            if let Some(group) = gone {
                self.by_name.remove(&group.name);
                self.free.push(id);
            }
        }
    }

    /// The group at a place that a member holds.
    pub fn group_mut(&mut self, id: GroupId) -> &mut Group {
        self.places[usize::from(id)].as_mut().expect("a member's group exists")
    }

    /// The name at a place that a member holds.
    #[must_use]
    pub fn name(&self, id: GroupId) -> &str {
        self.places[usize::from(id)].as_ref().map_or("", |group| &group.name)
    }

    /// The groups in which a conversation is open, by name.
    #[must_use]
    pub fn open(&self) -> Vec<&Group> {
        let mut open: Vec<&Group> = self.places.iter().flatten().filter(|g| g.totals.open > 0).collect();
        open.sort_by(|a, b| a.name.cmp(&b.name));
        open
    }

    fn overflow(&mut self) -> Option<GroupId> {
        if self.by_name.len() < MAX_GROUPS {
            return None;
        }
        Some(self.by_name.get(OVERFLOW).copied().unwrap_or_else(|| self.add(OVERFLOW)))
    }

    fn add(&mut self, name: &str) -> GroupId {
        let group =
            Group { name: name.into(), totals: Totals::default(), waits: BTreeSet::new(), members: 0 };
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            (self.places.len() - 1) as GroupId
        });
        self.places[usize::from(id)] = Some(group);
        self.by_name.insert(name.into(), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_names_beyond_the_limit_are_counted_together() {
        let mut groups = Groups::default();
        let places: Vec<GroupId> = (0..10_000).map(|n| groups.join(&format!("name {n}"))).collect();
        assert_eq!(groups.by_name.len(), MAX_GROUPS + 1);
        assert_eq!(groups.name(places[9_999]), OVERFLOW);
        for place in places {
            groups.leave(place);
        }
        assert!(groups.by_name.is_empty());
        let again = groups.join("name 9999");
        assert_eq!(groups.name(again), "name 9999", "room that was left is taken again");
    }
}
