//! The history against itself: however often it is interrupted, the rows are the same.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    config::model::Policy,
    core::{calendar::Calendar, time::Mono},
};

/// What a disk holds: conversations with their times, waits, and states.
#[derive(Clone, Debug, Default, PartialEq)]
struct Disk {
    conversations: BTreeMap<(Id, Timestamp), (Option<Timestamp>, Option<Timestamp>)>,
    waits: BTreeMap<(Id, Clock, Timestamp), Wait>,
    states: BTreeMap<Id, String>,
}

impl Disk {
    fn write(&mut self, record: Record) {
        match record {
            Record::Told(told) => {
                if let Some(before) = told.replaces {
                    self.conversations.remove(&(told.id.clone(), before));
                    self.waits.remove(&(told.id.clone(), Clock::FirstReply, before));
                }
                self.conversations.insert((told.id.clone(), told.opened), (told.first_reply, told.resolved));
                for wait in told.waits {
                    self.waits.insert((told.id.clone(), wait.clock, wait.start), wait);
                }
                self.states.insert(told.id, told.state);
            }
            Record::Gone { id, .. } => {
                self.states.remove(&id);
                let open = |wait: &&mut Wait| wait.outcome == Outcome::Open;
                let of_it = self.waits.iter_mut().filter(|((of, _, _), _)| *of == id).map(|(_, wait)| wait);
                of_it.filter(open).for_each(|wait| wait.outcome = Outcome::Void);
            }
            Record::Alarm(_) => {}
        }
    }

    fn recalled(&self) -> Recalled {
        let states = self.states.iter();
        Recalled {
            states: states.map(|(id, state)| ("s".into(), id.to_string(), state.clone())).collect(),
            conversations: self
                .conversations
                .iter()
                .map(|((id, opened), (first, _))| ("s".into(), id.to_string(), *opened, *first))
                .collect(),
            waits: self
                .waits
                .iter()
                .map(|((id, _, _), wait)| ("s".into(), id.to_string(), wait.clone()))
                .collect(),
        }
    }
}

/// One thing that a customer, an agent or a main system does in one of four conversations.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Writes,
    Replies,
    Resolves,
    Clears,
}

/// The payloads that a main system publishes of these deeds, one a minute; empty for a cleared one.
fn payloads(deeds: &[(usize, Deed)]) -> Vec<(String, String)> {
    #[derive(Clone, Default)]
    struct Talk {
        opened: Option<i64>,
        waiting: Option<i64>,
        first: Option<i64>,
        last: Option<i64>,
        resolved: Option<i64>,
    }
    let mut talks = vec![Talk::default(); 4];
    let mut told = Vec::new();
    for (n, (of, deed)) in deeds.iter().enumerate() {
        let now = 1_795_000_000 + n as i64 * 60;
        let talk = &mut talks[*of];
        match deed {
            Deed::Clears => *talk = Talk::default(),
            Deed::Writes => {
                // One that is resolved is opened again: the customer has waited since now.
                talk.opened.get_or_insert(now);
                talk.waiting.get_or_insert(now);
                talk.resolved = None;
            }
            Deed::Replies | Deed::Resolves if talk.opened.is_none() || talk.resolved.is_some() => continue,
            Deed::Replies => {
                talk.first.get_or_insert(now);
                (talk.last, talk.waiting) = (Some(now), None);
            }
            Deed::Resolves => (talk.resolved, talk.waiting) = (Some(now), None),
        }
        let payload = talk.opened.map(|opened| {
            serde_json::json!({
                "status": if talk.resolved.is_some() { "resolved" } else { "open" }, "channel": "x",
                "opened_at": opened, "waiting_since": talk.waiting, "first_reply_at": talk.first,
                "last_reply_at": talk.last, "resolved_at": talk.resolved,
            })
            .to_string()
        });
        told.push((format!("c{of}"), payload.unwrap_or_default()));
    }
    told
}

fn at(step: usize) -> Now {
    let millis = 1_795_000_000_000 + step as i64 * 60_000;
    Now { wall: Timestamp::from_millis(millis), mono: Mono::from_millis(step as u64 * 60_000) }
}

fn fresh(disk: &Disk, step: usize) -> History {
    let mut history = History::new(["s".to_owned()], &[], Tz::UTC, at(step));
    history.recall(&disk.recalled(), at(step));
    history
}

fn take(history: &mut History, disk: &mut Disk, id: &str, payload: &str, now: Now) {
    let policy = Policy { first_reply_ms: Some(90_000), next_reply_ms: Some(90_000), ..Policy::default() };
    let id = Id::from(id);
    let record = if payload.is_empty() {
        history.gone(0, &id)
    } else {
        let said = decode::conversation(payload.as_bytes()).expect("a conversation");
        history.told(0, &id, &said, Some(&policy), &Calendar::Always, now.wall)
    };
    if let Some(record) = record {
        disk.write(record);
    }
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let deed = prop_oneof![
        6 => Just(Deed::Writes), 6 => Just(Deed::Replies), 2 => Just(Deed::Resolves), 1 => Just(Deed::Clears),
    ];
    prop::collection::vec((0_usize..4, deed), 0..60)
}

proptest! {
    /// A board that is restarted at any time hears of every conversation anew: the broker keeps
    /// the newest state of each.
    #[test]
    fn restarts_at_any_time_end_in_the_same_rows_and_figures(
        deeds in deeds(), restarts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let told = payloads(&deeds);
        let (mut calm, mut wild) = (Disk::default(), Disk::default());
        let mut undisturbed = fresh(&calm, 0);
        let mut disturbed = fresh(&wild, 0);
        let restarts: Vec<usize> =
            restarts.iter().filter(|_| !told.is_empty()).map(|at| at.index(told.len())).collect();
        let mut kept: BTreeMap<&str, &str> = BTreeMap::new();
        for (step, (id, payload)) in told.iter().enumerate() {
            take(&mut undisturbed, &mut calm, id, payload, at(step));
            kept.insert(id, payload);
            if restarts.contains(&step) {
                // It was off when this was told, and learns it from the broker, much later.
                let later = Now { wall: at(step).wall.plus_millis(30_000), ..at(step) };
                disturbed = fresh(&wild, step);
                for (id, payload) in kept.iter().filter(|(_, payload)| !payload.is_empty()) {
                    take(&mut disturbed, &mut wild, id, payload, later);
                }
                for id in disturbed.strays(0, |id| kept.get(&**id).is_some_and(|payload| !payload.is_empty())) {
                    take(&mut disturbed, &mut wild, &id, "", later);
                }
            } else {
                take(&mut disturbed, &mut wild, id, payload, at(step));
            }
            // Brokers deliver twice, and again with every session.
            take(&mut disturbed, &mut wild, id, payload, at(step + 5));
        }
        prop_assert_eq!(&calm, &wild);
        let end = at(told.len() + 1);
        undisturbed.count(end);
        disturbed.count(end);
        prop_assert_eq!(undisturbed.today(), disturbed.today());
        prop_assert_eq!(undisturbed.typical(end.wall), disturbed.typical(end.wall));
        let restarted = fresh(&calm, told.len() + 1);
        prop_assert_eq!(restarted.today(), undisturbed.today(), "a restart counts the same");
    }
}

#[test]
fn a_row_for_which_there_was_no_room_is_made_again() {
    let told = payloads(&[(0, Deed::Writes), (0, Deed::Replies)]);
    let mut disk = Disk::default();
    let mut history = fresh(&disk, 0);
    take(&mut history, &mut disk, &told[0].0, &told[0].1, at(0));
    take(&mut history, &mut disk, &told[1].0, &told[1].1, at(1));
    let mut crowded = fresh(&Disk::default(), 0);
    let mut late = Disk::default();
    for (n, (id, payload)) in told.iter().enumerate() {
        let said = decode::conversation(payload.as_bytes()).expect("a conversation");
        let policy =
            Policy { first_reply_ms: Some(90_000), next_reply_ms: Some(90_000), ..Policy::default() };
        let id = Id::from(id.as_str());
        let record = crowded.told(0, &id, &said, Some(&policy), &Calendar::Always, at(n).wall).expect("news");
        crowded.forget_told(&record);
    }
    take(&mut crowded, &mut late, &told[1].0, &told[1].1, at(9));
    assert_eq!(late, disk);
}
