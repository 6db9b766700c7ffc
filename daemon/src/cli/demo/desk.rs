//! A support desk that does not exist: customers write, agents answer, some too late.
//!
//! Owns what happens on the demo's floor, and the messages a main system would publish about
//! it. Pure: a seed and the time in, messages out, and the same for the same. Refuses to know
//! MQTT clients and clocks.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    ops::RangeInclusive,
};

use bellboard_panel::Timestamp;
use fastrand::Rng;
use serde::Serialize;

use super::{
    floor::{self, AGENTS, CHANNELS},
    talk::{Conversation, Message},
};
use crate::{
    config::model::{Origin, Urgency},
    core::decode::Status,
};

/// Between heartbeats, in milliseconds.
const HEARTBEAT_MS: i64 = 10_000;
/// From `resolved` to the removal, in milliseconds: what the MQTT interface asks for.
const CLEAR_AFTER_MS: i64 = 600_000;
/// From taking a conversation to the reply, in milliseconds.
const REPLY_MS: RangeInclusive<i64> = 3_500..=9_000;
/// From a reply to the customer's next message.
const FOLLOW_UP_MS: RangeInclusive<i64> = 6_000..=40_000;
/// From a message to the next of a customer who cannot wait.
const IMPATIENCE_MS: RangeInclusive<i64> = 5_000..=14_000;
/// From the last reply until a customer's silence counts as consent.
const SILENCE_MS: RangeInclusive<i64> = 30_000..=90_000;
/// From a holding reply to the promised answer.
const HOLDING_MS: RangeInclusive<i64> = 30_000..=60_000;
/// From a snooze to the promised answer.
const SNOOZE_MS: RangeInclusive<i64> = 60_000..=120_000;
/// An agent returns this long before a promise is due, or, below 0, after it.
const RETURN_BEFORE_MS: RangeInclusive<i64> = -4_000..=18_000;
/// For how long nobody sees an overlooked customer.
const OVERLOOKED_MS: RangeInclusive<i64> = 30_000..=55_000;
/// How long the first overlooked customer has waited when the demo starts: the shortest
/// target is over before that is half a minute ago, and none is over at the start.
const FIRST_OVERLOOKED_WAITED_MS: i64 = 4_000;
/// How long that customer goes on waiting: long enough for the alarm to sound.
const FIRST_OVERLOOKED_MS: RangeInclusive<i64> = 42_000..=55_000;

/// What a heartbeat says.
#[derive(Serialize)]
struct Heartbeat<'a> {
    boot: &'a str,
    seq: u64,
    at: Timestamp,
    open: usize,
}

/// What will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Heartbeat,
    /// A new customer writes.
    Arrival,
    /// The customer of this conversation writes again.
    Writes(u32),
    /// This agent has written an answer in this conversation.
    Answered(usize, u32),
    /// It is time to keep the promise.
    PromiseUp(u32),
    /// The customer of this conversation has said nothing more since then.
    Silence(u32, Timestamp),
    /// Somebody notices an overlooked customer.
    Noticed,
    /// This conversation, resolved then, is removed.
    Clear(u32, Timestamp),
}

/// The simulated desk.
#[derive(Debug)]
pub struct Desk {
    rng: Rng,
    start: Timestamp,
    now: Timestamp,
    boot: String,
    seq: u64,
    next_number: u32,
    conversations: BTreeMap<u32, Conversation>,
    busy: [bool; AGENTS.len()],
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Event)>>,
    /// Settles the order of events at the same instant: first planned, first to happen.
    planned: u64,
    outbox: Vec<Message>,
}

impl Desk {
    /// A desk that opens at `start`, with some conversations from before. The same seed and
    /// start give the same messages for ever.
    #[must_use]
    pub fn new(seed: u64, start: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed);
        let next_number = rng.u32(1000..9000);
        let mut desk = Self {
            rng,
            start,
            now: start,
            boot: format!("desk-{seed:x}-{}", start.millis()),
            seq: 0,
            next_number,
            conversations: BTreeMap::new(),
            busy: [false; AGENTS.len()],
            agenda: BinaryHeap::new(),
            planned: 0,
            outbox: vec![Message::availability("online")],
        };
        desk.open_the_doors();
        desk.plan(0, Event::Heartbeat);
        desk.plan_arrival();
        desk
    }

    /// Lets everything happen that happens until `now`, and returns the messages about it.
    /// Time that goes backwards stands still.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Message> {
        while let Some(Reverse((at, _, event))) = self.agenda.peek().copied() {
            if at > now {
                break;
            }
            self.agenda.pop();
            self.now = at;
            self.happens(event);
            self.hand_out();
        }
        std::mem::take(&mut self.outbox)
    }

    /// When something happens next.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        self.agenda.peek().map_or(self.now, |Reverse((at, ..))| *at)
    }

    /// Everything again, as a board asks for on `resync`, and with the count to check it by.
    pub fn resync(&mut self) -> Vec<Message> {
        let mut all = vec![Message::availability("online")];
        all.extend(self.conversations.values().map(Conversation::message));
        all.push(self.heartbeat());
        all
    }

    /// What a morning looks like before it starts.
    fn open_the_doors(&mut self) {
        for _ in 0..5 {
            let (number, conversation) = self.earlier(90_000..=240_000);
            conversation.status = Status::Pending;
            self.plan_reaction(number);
        }
        let (number, conversation) = self.earlier(240_000..=400_000);
        conversation.resolve(conversation.last_reply_at.unwrap_or(conversation.opened_at));
        self.plan_clear(number);
        let (number, conversation) = self.earlier(200_000..=300_000);
        conversation.status = Status::Snoozed;
        self.promise(number, HOLDING_MS);
        for waited in [2_500, 1_000] {
            self.newcomer(self.now.plus_millis(-waited));
        }
        let overlooked = self.newcomer(self.now.plus_millis(-FIRST_OVERLOOKED_WAITED_MS));
        if let Some(conversation) = self.conversations.get_mut(&overlooked) {
            let channel = &CHANNELS[1];
            conversation.channel = channel.name;
            conversation.id = format!("{}-{overlooked}", channel.prefix);
            conversation.public = true;
            conversation.origin = Origin::Mention;
            conversation.priority = Urgency::High;
        }
        self.overlook(overlooked, FIRST_OVERLOOKED_MS);
        for number in self.conversations.keys().copied().collect::<Vec<_>>() {
            self.publish(number);
        }
    }

    /// A conversation that began so long ago and was answered in time.
    fn earlier(&mut self, ago: RangeInclusive<i64>) -> (u32, &mut Conversation) {
        let opened_at = self.now.plus_millis(-self.rng.i64(ago));
        let replied_at = opened_at.plus_millis(self.rng.i64(REPLY_MS));
        let agent = AGENTS[self.rng.usize(..AGENTS.len())];
        let number = self.new_number();
        let mut conversation = Conversation::new(number, opened_at, &mut self.rng);
        conversation.replied(replied_at);
        conversation.assignee = Some(agent);
        (number, self.conversations.entry(number).or_insert(conversation))
    }

    fn newcomer(&mut self, at: Timestamp) -> u32 {
        let number = self.new_number();
        let conversation = Conversation::new(number, at, &mut self.rng);
        self.conversations.insert(number, conversation);
        number
    }

    fn new_number(&mut self) -> u32 {
        self.next_number += 1;
        self.next_number
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Heartbeat => {
                let message = self.heartbeat();
                self.outbox.push(message);
                self.plan(HEARTBEAT_MS, Event::Heartbeat);
            }
            Event::Arrival => self.arrival(),
            Event::Writes(number) => self.writes(number),
            Event::Answered(agent, number) => {
                self.busy[agent] = false;
                self.answered(number);
            }
            Event::PromiseUp(number) => {
                if let Some(conversation) = self.conversations.get_mut(&number) {
                    conversation.promise_is_up = true;
                }
            }
            Event::Silence(number, since) => self.silence(number, since),
            // Handing out looks at everything again.
            Event::Noticed => {}
            Event::Clear(number, resolved_at) => self.clear(number, resolved_at),
        }
    }

    fn arrival(&mut self) {
        let number = self.newcomer(self.now);
        self.publish(number);
        match self.rng.u8(0..100) {
            0..4 => self.overlook(number, OVERLOOKED_MS),
            4..34 => self.plan_within(IMPATIENCE_MS, Event::Writes(number)),
            _ => {}
        }
        self.plan_arrival();
    }

    fn writes(&mut self, number: u32) {
        let Some(conversation) = self.conversations.get_mut(&number) else { return };
        conversation.status = Status::Open;
        conversation.resolved_at = None;
        if conversation.waiting_since.is_none() {
            conversation.waiting_since = Some(self.now);
        } else if conversation.priority < Urgency::High {
            // Who asks again before an answer came is losing patience.
            conversation.priority = Urgency::High;
        }
        conversation.turns_left = conversation.turns_left.saturating_sub(1);
        self.publish(number);
    }

    fn answered(&mut self, number: u32) {
        let Some(conversation) = self.conversations.get_mut(&number) else { return };
        let is_first = conversation.first_reply_at.is_none();
        conversation.replied(self.now);
        if conversation.promise_is_up {
            conversation.promise_is_up = false;
            conversation.promised_at = None;
        }
        if conversation.promised_at.is_some() {
            // The customer asked in between; the promise still stands.
        } else if is_first && self.rng.u8(0..100) < 15 {
            self.promise(number, HOLDING_MS);
        } else if self.rng.u8(0..100) < 6 {
            conversation.status = Status::Snoozed;
            self.promise(number, SNOOZE_MS);
        } else if conversation.turns_left == 0 {
            conversation.resolve(self.now);
            self.plan_clear(number);
            if self.rng.u8(0..100) < 6 {
                // It was not solved after all.
                self.plan_within(FOLLOW_UP_MS, Event::Writes(number));
            }
        } else {
            conversation.status = Status::Pending;
            self.plan_reaction(number);
        }
        self.publish(number);
    }

    /// Gives each idle agent the conversation whose turn it is.
    fn hand_out(&mut self) {
        while let Some(agent) = self.busy.iter().position(|busy| !busy) {
            let turns =
                self.conversations.iter().filter_map(|(n, c)| c.turn(self.now).map(|turn| (turn, *n)));
            let Some((_, number)) = turns.min() else { return };
            let Some(conversation) = self.conversations.get_mut(&number) else { return };
            conversation.in_hand = true;
            conversation.assignee = Some(AGENTS[agent]);
            self.busy[agent] = true;
            self.publish(number);
            self.plan_within(REPLY_MS, Event::Answered(agent, number));
        }
    }

    fn silence(&mut self, number: u32, since: Timestamp) {
        let Some(conversation) = self.conversations.get_mut(&number) else { return };
        if conversation.status == Status::Pending && conversation.last_reply_at == Some(since) {
            conversation.resolve(self.now);
            self.plan_clear(number);
            self.publish(number);
        }
    }

    fn clear(&mut self, number: u32, resolved_at: Timestamp) {
        // It may have been opened again, and has another end then.
        let Some(conversation) = self.conversations.get(&number) else { return };
        if conversation.resolved_at != Some(resolved_at) {
            return;
        }
        let message = Message { payload: Vec::new(), ..conversation.message() };
        self.conversations.remove(&number);
        self.outbox.push(message);
    }

    /// Promises an answer, and plans to keep it, mostly in time.
    fn promise(&mut self, number: u32, within: RangeInclusive<i64>) {
        let promised_in = self.rng.i64(within);
        let Some(conversation) = self.conversations.get_mut(&number) else { return };
        conversation.promised_at = Some(self.now.plus_millis(promised_in));
        let before = self.rng.i64(RETURN_BEFORE_MS);
        self.plan(promised_in - before, Event::PromiseUp(number));
    }

    fn overlook(&mut self, number: u32, for_ms: RangeInclusive<i64>) {
        let for_ms = self.rng.i64(for_ms);
        if let Some(conversation) = self.conversations.get_mut(&number) {
            conversation.overlooked_until = Some(self.now.plus_millis(for_ms));
            self.plan(for_ms, Event::Noticed);
        }
    }

    /// After a reply the customer writes again, or falls silent.
    fn plan_reaction(&mut self, number: u32) {
        let Some(conversation) = self.conversations.get(&number) else { return };
        let replied_at = conversation.last_reply_at.unwrap_or(self.now);
        if conversation.turns_left > 0 {
            self.plan_within(FOLLOW_UP_MS, Event::Writes(number));
        } else {
            self.plan_within(SILENCE_MS, Event::Silence(number, replied_at));
        }
    }

    fn plan_clear(&mut self, number: u32) {
        let resolved_at = self.conversations.get(&number).and_then(|conversation| conversation.resolved_at);
        if let Some(resolved_at) = resolved_at {
            let from_now = resolved_at.plus_millis(CLEAR_AFTER_MS).millis_since(self.now);
            self.plan(from_now, Event::Clear(number, resolved_at));
        }
    }

    fn plan_arrival(&mut self) {
        let per_ms = floor::arrivals_per_minute(self.start, self.now) / 60_000.0;
        // Independent customers: the time to the next one is exponential. 1 - f64() is never 0.
        let wait = -(1.0 - self.rng.f64()).ln() / per_ms;
        self.plan(wait as i64, Event::Arrival);
    }

    fn plan_within(&mut self, within: RangeInclusive<i64>, event: Event) {
        let from_now = self.rng.i64(within);
        self.plan(from_now, event);
    }

    fn plan(&mut self, from_now: i64, event: Event) {
        self.planned += 1;
        let at = self.now.plus_millis(from_now.max(0));
        self.agenda.push(Reverse((at, self.planned, event)));
    }

    fn publish(&mut self, number: u32) {
        if let Some(conversation) = self.conversations.get_mut(&number) {
            conversation.version += 1;
            self.outbox.push(conversation.message());
        }
    }

    fn heartbeat(&mut self) -> Message {
        self.seq += 1;
        let open = self.conversations.values().filter(|c| c.status != Status::Resolved).count();
        let beat = Heartbeat { boot: &self.boot, seq: self.seq, at: self.now, open };
        Message {
            topic_suffix: "heartbeat".into(),
            payload: serde_json::to_vec(&beat).expect("words, numbers and times can be written as JSON"),
            retain: false,
            qos: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        conversation::Times,
        decode,
        sla::{Traits, judge, policy_for},
    };

    const START: Timestamp = Timestamp::from_millis(1_795_334_400_000);
    const DAY_MS: i64 = 1_440_000;

    fn after(millis: i64) -> Timestamp {
        START.plus_millis(millis)
    }

    /// What a broker would retain, by topic.
    #[derive(Default, PartialEq, Debug)]
    struct Retained(BTreeMap<String, Vec<u8>>);

    impl Retained {
        fn take(&mut self, message: &Message) {
            if message.retain && message.payload.is_empty() {
                assert!(self.0.remove(&message.topic_suffix).is_some(), "removed what was not there");
            } else if message.retain {
                self.0.insert(message.topic_suffix.clone(), message.payload.clone());
            }
        }

        fn take_all(&mut self, messages: &[Message]) {
            for message in messages {
                self.take(message);
            }
        }

        fn conversations(&self) -> impl Iterator<Item = (&str, decode::Conversation<'_>)> {
            self.0.iter().filter_map(|(topic, payload)| {
                let id = topic.strip_prefix("conversations/")?;
                Some((id, decode::conversation(payload).unwrap()))
            })
        }

        fn breached(&self, now: Timestamp) -> Vec<&str> {
            let policies = floor::policies();
            self.conversations()
                .filter(|(_, conversation)| {
                    let policy =
                        policy_for(&policies, &Traits::of(conversation)).map(|index| &policies[index]);
                    judge(&Times::of(conversation), policy, now).breached != 0
                })
                .map(|(id, _)| id)
                .collect()
        }
    }

    fn is_new(message: &Message) -> bool {
        message.topic_suffix.starts_with("conversations/")
            && decode::conversation(&message.payload).is_ok_and(|c| c.order == decode::Order::Version(1))
    }

    fn check_conversation(id: &str, payload: &[u8]) {
        assert_eq!(decode::id(id), Ok(id));
        assert!(!id.contains('.'), "some brokers refuse a dot in a topic");
        let c = decode::conversation(payload).unwrap();
        let raw: serde_json::Value = serde_json::from_slice(payload).unwrap();
        assert_eq!(raw["customer"], *c.customer, "the name is changed at the board's door");
        assert!(!c.customer.is_empty() && CHANNELS.iter().any(|channel| channel.name == c.channel));
        assert_eq!(c.resolved_at.is_some(), c.status == Status::Resolved);
        assert_eq!(c.first_reply_at.is_some(), c.last_reply_at.is_some());
        let times = [c.waiting_since, c.first_reply_at, c.last_reply_at, c.resolved_at];
        assert!(times.into_iter().flatten().all(|time| time >= c.opened_at), "{raw}");
        let somebody_waits = c.waiting_since.is_some();
        assert!(!somebody_waits || c.status == Status::Open, "{raw}");
        assert!(c.status != Status::Resolved || c.promised_at.is_none(), "{raw}");
        assert!(c.public || c.origin == Origin::Direct, "{raw}");
    }

    #[test]
    fn every_message_obeys_the_interface_and_versions_grow() {
        for seed in 0..20 {
            let mut versions: BTreeMap<String, decode::Order> = BTreeMap::new();
            for message in Desk::new(seed, START).advance(after(DAY_MS)) {
                let topic = message.topic_suffix.clone();
                assert_eq!(
                    (message.retain, message.qos),
                    if topic == "heartbeat" { (false, 0) } else { (true, 1) }
                );
                match topic.strip_prefix("conversations/") {
                    Some(_) if message.payload.is_empty() => drop(versions.remove(&topic).unwrap()),
                    Some(id) => {
                        check_conversation(id, &message.payload);
                        let order = decode::conversation(&message.payload).unwrap().order;
                        let decode::Order::Version(new) = order else { panic!("no version") };
                        let expected = match versions.insert(topic, order) {
                            Some(decode::Order::Version(known)) => known + 1,
                            _ => 1,
                        };
                        assert_eq!(new, expected);
                    }
                    None if topic == "availability" => {
                        assert!(decode::availability(&message.payload).unwrap());
                    }
                    None => drop(decode::heartbeat(&message.payload).unwrap()),
                }
            }
        }
    }

    #[test]
    fn each_heartbeat_counts_what_was_published_before_it() {
        let mut retained = Retained::default();
        let mut beats = Vec::new();
        for message in Desk::new(7, START).advance(after(DAY_MS)) {
            retained.take(&message);
            if message.topic_suffix == "heartbeat" {
                let beat = decode::heartbeat(&message.payload).unwrap();
                let open = retained.conversations().filter(|(_, c)| c.status != Status::Resolved).count();
                assert_eq!(beat.open, open as u64);
                beats.push((beat.seq, beat.at));
            }
        }
        let expected: Vec<_> =
            (0..=DAY_MS / HEARTBEAT_MS).map(|n| (n as u64 + 1, after(n * HEARTBEAT_MS))).collect();
        assert_eq!(beats, expected);
    }

    #[test]
    fn the_seed_decides_everything_and_the_steps_of_time_nothing() {
        let whole = Desk::new(3, START).advance(after(120_000));
        let mut desk = Desk::new(3, START);
        let mut stepped = Vec::new();
        while desk.next_at() <= after(120_000) {
            stepped.extend(desk.advance(desk.next_at()));
        }
        assert_eq!(stepped, whole);
        assert_ne!(Desk::new(4, START).advance(after(120_000)), whole);
    }

    #[test]
    fn nothing_is_breached_at_the_start_something_is_within_30_s_and_it_is_answered_later() {
        for seed in 0..200 {
            let mut desk = Desk::new(seed, START);
            let mut retained = Retained::default();
            retained.take_all(&desk.advance(START));
            assert_eq!(retained.breached(START), Vec::<&str>::new(), "seed {seed}");
            let overlooked = retained
                .conversations()
                .find(|(_, c)| c.opened_at == after(-FIRST_OVERLOOKED_WAITED_MS))
                .map(|(id, _)| id.to_owned())
                .unwrap();
            retained.take_all(&desk.advance(after(30_000)));
            assert!(retained.breached(after(30_000)).contains(&overlooked.as_str()), "seed {seed}");
            retained.take_all(&desk.advance(after(120_000)));
            let answered =
                retained.conversations().any(|(id, c)| id == overlooked && c.first_reply_at.is_some());
            assert!(answered, "seed {seed}");
        }
    }

    #[test]
    fn the_morning_has_a_peak() {
        let mut by_hour = [0_u32; 24];
        for seed in 0..10 {
            let mut desk = Desk::new(seed, START);
            while desk.next_at() <= after(DAY_MS) {
                let at = desk.next_at();
                let arrived = desk.advance(at).iter().filter(|message| is_new(message)).count();
                by_hour[floor::minute_of_day(START, at) / 60] += arrived as u32;
            }
        }
        let mean =
            |hours: std::ops::Range<usize>| by_hour[hours.clone()].iter().sum::<u32>() / hours.len() as u32;
        assert!(mean(9..11) > 3 * mean(13..17) / 2, "{by_hour:?}");
        assert!(mean(9..11) > 4 * mean(0..6), "{by_hour:?}");
    }

    #[test]
    fn most_customers_are_answered_in_time_and_some_are_not() {
        let (mut answered, mut late) = (0, 0);
        for seed in 0..10 {
            for message in Desk::new(seed, START).advance(after(DAY_MS)) {
                let Ok(c) = decode::conversation(&message.payload) else { continue };
                if let (Some(first), true) = (c.first_reply_at, c.first_reply_at == c.last_reply_at)
                    && c.opened_at >= START
                {
                    answered += 1;
                    late += u32::from(first.millis_since(c.opened_at) > floor::FIRST_REPLY_MS as i64);
                }
            }
        }
        assert!(late * 5 < answered && late * 100 > answered, "{late} of {answered} were late");
    }

    #[test]
    fn a_resolved_conversation_is_removed_ten_minutes_later() {
        let mut desk = Desk::new(1, START);
        let mut retained = Retained::default();
        let mut removed = 0;
        while desk.next_at() <= after(DAY_MS) {
            let at = desk.next_at();
            for message in desk.advance(at) {
                if message.payload.is_empty() {
                    let last = decode::conversation(&retained.0[&message.topic_suffix]).unwrap();
                    assert_eq!(last.resolved_at.unwrap().plus_millis(CLEAR_AFTER_MS), at);
                    removed += 1;
                }
                retained.take(&message);
            }
        }
        assert!(removed > 50, "{removed}");
    }

    #[test]
    fn a_resync_says_what_is_retained_and_no_more() {
        let mut desk = Desk::new(9, START);
        let mut retained = Retained::default();
        retained.take_all(&desk.advance(after(300_000)));
        let mut again = Retained::default();
        let messages = desk.resync();
        again.take_all(&messages);
        assert_eq!(again, retained);
        assert_eq!(messages.last().map(|message| message.topic_suffix.as_str()), Some("heartbeat"));
    }
}
