//! What was: rows of history, made from messages while they are taken in, and the day's figures.
//!
//! Owns what the history knows of each conversation, so that a row is made once and a message
//! that is told again makes none. Refuses to know where rows are written and what time it is.
//!
//! A row is made from a conversation's whole state and the state known before; its key is the
//! conversation and the instant at which a wait began. So it does not matter how often a message
//! comes: the same state makes the same row, and whoever stores it replaces the one it has.

mod day;
mod ledger;
mod record;
#[cfg(test)]
mod tests;
mod waits;

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use bellboard_panel::{
    Timestamp,
    snapshot::{Clock, Today},
};
use chrono_tz::Tz;

pub use day::{day_of, midnight};
pub use ledger::{Ledger, TYPICAL_MS, Typical};
pub use record::{AlarmStep, Outcome, Record, Step, Told, Wait};

use crate::{
    config::model::{Badge, Policy},
    core::{
        calendar::Calendar,
        conversation::Id,
        decode,
        table::SourceId,
        time::{Mono, Now},
    },
};
use waits::Known;

/// Figures are counted anew at most this often, for people read them in minutes.
const FIGURES_EVERY_MS: u64 = 1_000;
/// A day with more conversations than this is counted anew ten times more seldom.
const BUSY_DAY: usize = 10_000;
/// Figures are counted anew at least this often, since time alone ages a wait.
const FIGURES_AT_LEAST_MS: u64 = 60_000;

/// What the last run kept, as it was stored.
#[derive(Debug, Default)]
pub struct Recalled {
    /// The last known state of each conversation: source, id, and the payload that [`Told`] kept.
    pub states: Vec<(String, String, String)>,
    /// Conversations of the time that figures look back on: source, id, opened, first reply.
    pub conversations: Vec<(String, String, Timestamp, Option<Timestamp>)>,
    /// Waits of that time: source, id, and the wait.
    pub waits: Vec<(String, String, Wait)>,
}

/// The history of one board.
#[derive(Debug)]
pub struct History {
    roots: Vec<Arc<str>>,
    zone: Tz,
    known: HashMap<(SourceId, Id), Known>,
    ledger: Ledger,
    badges: Vec<(Badge, bool)>,
    today: Today,
    /// The day that `today` is about: its first instant and the first one after it.
    day: (Timestamp, Timestamp),
    counted: Option<Mono>,
    dirty: bool,
}

impl History {
    /// A history that begins now. Days begin at midnight in `zone`.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = String>, badges: &[Badge], zone: Tz, now: Now) -> Self {
        let mut history = Self {
            roots: roots.into_iter().map(Into::into).collect(),
            zone,
            known: HashMap::new(),
            ledger: Ledger::new(Ledger::looks_back_ms(badges)),
            badges: badges.iter().map(|badge| (badge.clone(), false)).collect(),
            today: Today::default(),
            day: day::around(now.wall, zone),
            counted: None,
            dirty: true,
        };
        history.count(now);
        history
    }

    /// How far back figures look, in milliseconds: what is to be recalled at a start.
    #[must_use]
    pub fn looks_back_ms(badges: &[Badge]) -> i64 {
        Ledger::looks_back_ms(badges)
    }

    /// Puts back what the last run kept, before anything else happens.
    pub fn recall(&mut self, recalled: &Recalled, now: Now) {
        for (root, id, payload) in &recalled.states {
            if let (Some(source), Ok(said)) = (self.source(root), decode::conversation(payload.as_bytes())) {
                let (_, mut known) = waits::follow(None, &said, None, &Calendar::Always, now.wall);
                known.told = fingerprint(payload);
                self.known.insert((source, id.as_str().into()), known);
            }
        }
        for (root, id, opened, first_reply) in &recalled.conversations {
            if let Some(source) = self.source(root) {
                self.ledger.conversation(who(source, id), None, *opened, *first_reply);
            }
        }
        for (root, id, wait) in &recalled.waits {
            if let Some(source) = self.source(root) {
                self.ledger.wait(who(source, id), wait);
            }
        }
        for (badge, held) in &mut self.badges {
            *held = self.ledger.deserves(badge, now.wall);
        }
        self.dirty = true;
        self.count(now);
    }

    fn source(&self, root: &str) -> Option<SourceId> {
        self.roots.iter().position(|known| **known == *root).map(|place| place as SourceId)
    }

    /// A conversation was told of. The rows that follow, unless they were made before.
    pub fn told(
        &mut self,
        source: SourceId,
        id: &Id,
        said: &decode::Conversation<'_>,
        policy: Option<&Policy>,
        floor: &Calendar,
        now: Timestamp,
    ) -> Option<Record> {
        let state = record::state(said);
        let told = fingerprint(&state);
        let key = (source, Id::clone(id));
        let known = self.known.get(&key);
        if known.is_some_and(|known| known.told == told) {
            return None;
        }
        let (waits, mut fresh) = waits::follow(known, said, policy, floor, now);
        let who = who(source, id);
        // After the end another beginning is another conversation under the same id.
        let replaces = known
            .filter(|known| known.resolved.is_none() && known.opened != said.opened_at)
            .map(|known| known.opened);
        if let Some(before) = replaces {
            self.ledger.wait(who, &Wait::void(Clock::FirstReply, before));
        }
        self.ledger.conversation(who, replaces, said.opened_at, fresh.first_reply(said));
        for wait in &waits {
            self.ledger.wait(who, wait);
        }
        let resolved = fresh.resolved;
        fresh.told = told;
        self.known.insert(key, fresh);
        self.dirty = true;
        Some(Record::Told(Box::new(Told {
            source: Arc::clone(&self.roots[usize::from(source)]),
            id: Id::clone(id),
            channel: said.channel.as_ref().into(),
            queue: said.queue.as_ref().into(),
            priority: said.urgency,
            public: said.public,
            origin: said.origin,
            policy: policy.map(|policy| policy.name.clone()),
            opened: said.opened_at,
            replaces,
            first_reply: said.first_reply_at,
            resolved,
            waits,
            state,
        })))
    }

    /// A row was not taken: whatever is told of its conversation next is news.
    pub fn forget_told(&mut self, record: &Record) {
        if let Record::Told(told) = record
            && let Some(source) = self.source(&told.source)
            && let Some(known) = self.known.get_mut(&(source, Id::clone(&told.id)))
        {
            known.forget();
        }
    }

    /// A conversation is gone: whether its waits ended is not known.
    pub fn gone(&mut self, source: SourceId, id: &Id) -> Option<Record> {
        let known = self.known.remove(&(source, Id::clone(id)))?;
        let who = who(source, id);
        known.open_waits().for_each(|wait| self.ledger.wait(who, &wait));
        self.dirty = true;
        Some(Record::Gone { source: Arc::clone(&self.roots[usize::from(source)]), id: Id::clone(id) })
    }

    /// Those of a source that `exists` knows nothing of: what went while this board was off.
    pub fn strays(&self, source: SourceId, exists: impl Fn(&Id) -> bool) -> Vec<Id> {
        let of_source = self.known.keys().filter(|(of, id)| *of == source && !exists(id));
        of_source.map(|(_, id)| Id::clone(id)).collect()
    }

    /// Counts the figures anew when it is time; true when they were.
    pub fn settle(&mut self, now: Now) -> bool {
        let next_day = !(self.day.0..self.day.1).contains(&now.wall);
        let pace = if self.today.received as usize > BUSY_DAY { 10 } else { 1 } * FIGURES_EVERY_MS;
        let since = self.counted.map_or(u64::MAX, |counted| now.mono.millis_since(counted));
        let due = next_day || since >= FIGURES_AT_LEAST_MS || (self.dirty && since >= pace);
        if due {
            self.count(now);
        }
        due
    }

    fn count(&mut self, now: Now) {
        if !(self.day.0..self.day.1).contains(&now.wall) {
            self.day = day::around(now.wall, self.zone);
        }
        self.ledger.expire(now.wall);
        self.today = self.ledger.today(self.day.0, now.wall);
        self.name_badges();
        self.counted = Some(now.mono);
        self.dirty = false;
    }

    /// Judges the badges; those that were earned or lost, by name.
    pub fn judge_badges(&mut self, now: Timestamp) -> Vec<(String, bool)> {
        let mut news = Vec::new();
        for (badge, held) in &mut self.badges {
            let deserved = self.ledger.deserves(badge, now);
            if std::mem::replace(held, deserved) != deserved {
                news.push((badge.name.clone(), deserved));
            }
        }
        self.name_badges();
        news
    }

    fn name_badges(&mut self) {
        let held = self.badges.iter().filter(|(_, held)| *held);
        self.today.badges = held.map(|(badge, _)| badge.name.clone()).collect();
        self.today.badge = !self.today.badges.is_empty();
    }

    /// Other badges are to be earned.
    pub fn reconfigure(&mut self, badges: &[Badge]) {
        if !self.badges.iter().map(|(badge, _)| badge).eq(badges) {
            self.badges = badges.iter().map(|badge| (badge.clone(), false)).collect();
            self.ledger.look_back(Ledger::looks_back_ms(badges));
            self.name_badges();
        }
    }

    /// The day's figures.
    #[must_use]
    pub fn today(&self) -> &Today {
        &self.today
    }

    /// How long a reply takes, by those of the last hour.
    #[must_use]
    pub fn typical(&self, now: Timestamp) -> Typical {
        self.ledger.typical(now)
    }
}

/// A conversation's place in the ledger: two with the same number are not told apart, which
/// happens once in about ten billion pairs of floors.
fn who(source: SourceId, id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (source, id).hash(&mut hasher);
    hasher.finish()
}

fn fingerprint(state: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}
