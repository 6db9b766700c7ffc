//! Whatever happens in whatever order, the core keeps its promises, and after the faults are
//! over it agrees with the main system.

use std::{collections::BTreeMap, sync::Arc};

use bellboard_panel::{
    Timestamp,
    snapshot::{Priority, Trust},
};
use proptest::prelude::*;
use serde_json::json;

use super::{Input, Press, State};
use crate::{
    config::model::{Config, Policy},
    core::{
        Action,
        alarm::AlarmState,
        time::{Mono, Now},
    },
};

/// What may happen to a board.
#[derive(Clone, Debug)]
enum Step {
    /// The main system changes a conversation; the message may get lost.
    Change {
        id: u8,
        waits: bool,
        resolved: bool,
        lost: bool,
    },
    /// It removes one; the message may get lost.
    Clear {
        id: u8,
        lost: bool,
    },
    /// It sends a heartbeat.
    Beat,
    /// It says goodbye, or that it is back.
    Availability(bool),
    /// The connection is lost, and what the broker keeps may be lost with it.
    Down {
        store_lost: bool,
    },
    /// A new session, with what the broker has kept.
    Up,
    /// The broker's burst is cut short after so many messages.
    UpCutShort(usize),
    Press,
    Mute(u64),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let lost = || prop::bool::weighted(0.1);
    prop_oneof![
        8 => (0_u8..8, any::<bool>(), prop::bool::weighted(0.3), lost())
            .prop_map(|(id, waits, resolved, lost)| Step::Change { id, waits, resolved, lost }),
        2 => (0_u8..8, lost()).prop_map(|(id, lost)| Step::Clear { id, lost }),
        4 => Just(Step::Beat),
        1 => any::<bool>().prop_map(Step::Availability),
        1 => prop::bool::weighted(0.3).prop_map(|store_lost| Step::Down { store_lost }),
        2 => Just(Step::Up),
        1 => (0_usize..6).prop_map(Step::UpCutShort),
        2 => Just(Step::Press),
        1 => (1_u64..60).prop_map(Step::Mute),
        8 => (1_u64..40).prop_map(Step::Wait),
    ]
}

/// A conversation as the main system and the broker hold it.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    version: u64,
    waits: bool,
    resolved: bool,
    opened: i64,
}

/// The core in a small world: a main system, and a broker that keeps messages.
struct World {
    state: State,
    secs: u64,
    truth: BTreeMap<u8, Kept>,
    broker: BTreeMap<u8, Kept>,
    availability: Option<bool>,
    version: u64,
    seq: u64,
    up: bool,
    sound: Option<Priority>,
    resubscribe: bool,
    /// Heartbeats in a row whose count was not the board's, within one session.
    wrong_counts: u32,
}

const START: i64 = 1_795_000_000;

impl World {
    fn new() -> Self {
        let policy = Policy { first_reply_ms: Some(30_000), ..Policy::default() };
        let config = Config { policies: vec![policy], ..Config::default() };
        let now = instant(0);
        Self {
            state: State::new(Arc::new(config), now),
            secs: 0,
            truth: BTreeMap::new(),
            broker: BTreeMap::new(),
            availability: None,
            version: 0,
            seq: 0,
            up: false,
            sound: None,
            resubscribe: false,
            wrong_counts: 0,
        }
    }

    fn input(&mut self, input: Input<'_>) {
        for action in self.state.handle(input, instant(self.secs)).0 {
            match action {
                Action::Sound(level) => self.sound = level,
                Action::Resubscribe => self.resubscribe = true,
                _ => {}
            }
        }
        self.check();
        if std::mem::take(&mut self.resubscribe) && self.up {
            self.burst(usize::MAX);
        }
    }

    fn message(&mut self, topic: &str, payload: &str, retained: bool) {
        self.input(Input::Message { topic, payload: payload.as_bytes(), retained });
    }

    fn conversation(&mut self, id: u8, kept: &Kept, retained: bool) {
        let opened = START + kept.opened;
        let payload = json!({
            "status": if kept.resolved { "resolved" } else { "open" }, "channel": "x", "opened_at": opened,
            "waiting_since": kept.waits.then_some(opened), "version": kept.version,
        });
        self.message(&format!("support/conversations/c{id}"), &payload.to_string(), retained);
    }

    /// What the broker has kept, then the marker.
    fn burst(&mut self, at_most: usize) {
        if let Some(online) = self.availability {
            self.message("support/availability", if online { "online" } else { "offline" }, true);
        }
        for (id, kept) in self.broker.clone().iter().take(at_most) {
            self.conversation(*id, kept, true);
        }
        self.message("bellboard/board/sync", "", false);
    }

    fn open(&self) -> usize {
        self.truth.values().filter(|kept| !kept.resolved).count()
    }

    fn beat(&mut self) {
        self.seq += 1;
        let at = START + self.secs as i64;
        let beat = json!({"boot": "b", "seq": self.seq, "at": at, "open": self.open()});
        if self.up {
            self.message("support/heartbeat", &beat.to_string(), false);
            let board = self.state.snapshot(instant(self.secs));
            // A count that comes during a burst cannot be compared yet.
            let right = board.open as usize == self.open() || board.trust == Trust::Syncing;
            self.wrong_counts = if right { 0 } else { self.wrong_counts + 1 };
            assert!(self.wrong_counts < 2 || board.trust != Trust::Live, "a wrong count is shown as live");
        }
    }

    fn wait(&mut self, secs: u64) {
        for _ in 0..secs {
            self.secs += 1;
            self.input(Input::Tick);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Change { id, waits, resolved, lost } => {
                self.version += 1;
                let opened = self.truth.get(&id).map_or(self.secs as i64, |kept| kept.opened);
                let kept = Kept { version: self.version, waits, resolved, opened };
                self.truth.insert(id, kept.clone());
                if !lost {
                    self.broker.insert(id, kept.clone());
                    if self.up {
                        self.conversation(id, &kept, false);
                    }
                }
            }
            Step::Clear { id, lost } => {
                self.truth.remove(&id);
                if !lost {
                    self.broker.remove(&id);
                    if self.up {
                        self.message(&format!("support/conversations/c{id}"), "", false);
                    }
                }
            }
            Step::Beat => self.beat(),
            Step::Availability(online) => {
                self.wrong_counts = 0;
                self.availability = Some(online);
                if self.up {
                    self.message("support/availability", if online { "online" } else { "offline" }, false);
                }
            }
            Step::Down { store_lost } => {
                if store_lost {
                    self.broker.clear();
                    self.availability = None;
                }
                self.up = false;
                self.input(Input::LinkDown);
            }
            Step::Up | Step::UpCutShort(_) => {
                self.up = true;
                self.wrong_counts = 0;
                self.input(Input::LinkUp);
                self.burst(if let Step::UpCutShort(at_most) = *step { at_most } else { usize::MAX });
            }
            Step::Press => {
                self.input(Input::Button { press: Press::Short, at: Mono::from_millis(self.secs * 1000) });
            }
            Step::Mute(secs) => {
                let payload = json!({ "for_s": secs }).to_string();
                if self.up {
                    self.message("bellboard/board/cmd/mute", &payload, false);
                }
            }
            Step::Wait(secs) => self.wait(secs),
        }
    }

    /// What holds after every single input.
    fn check(&self) {
        let board = self.state.snapshot(instant(self.secs));
        let lines = self.state.alarms.lines(&self.state.live, usize::MAX);
        let count = |state| lines.iter().filter(|line| line.state == state).count() as u32;
        assert_eq!(board.alarm.unacked, count(AlarmState::Unacked) + count(AlarmState::Escalated));
        assert_eq!(board.alarm.acked, count(AlarmState::Acked));
        // The sound is the level that the alarms amount to, each time.
        let heard = |line: &&crate::core::alarm::AlarmLine| line.state.rings() && !line.frozen;
        let loudest = lines.iter().filter(heard).map(|line| line.priority).max();
        let may_sound = !board.alarm.muted && (self.state.ever_synced || self.secs >= 60);
        assert_eq!(self.sound, loudest.filter(|_| may_sound));
        assert!(self.sound.is_some() || board.levels.burst.is_none(), "a burst sounds only at a level");
        // Nothing is live without a broker, or while the main system says that it is away.
        if !self.up || self.availability == Some(false) {
            assert_ne!(board.trust, Trust::Live);
        }
        // Whoever is breached while the board is live has an alarm.
        if board.trust == Trust::Live {
            let holds = |line: &&crate::core::alarm::AlarmLine| {
                line.clock.is_some() && line.state != AlarmState::Missed
            };
            let alarms = lines.iter().filter(holds).count();
            assert!(alarms >= board.breached as usize, "every breach has its alarm");
        }
        // Whatever may not be counted on is marked.
        assert!(board.unconfirmed == 0 || board.trust != Trust::Live);
    }

    /// The faults are over: everything is published again, heartbeats come, and time passes.
    fn heal(&mut self) {
        self.availability = Some(true);
        self.broker = self.truth.clone();
        self.up = true;
        self.wrong_counts = 0;
        self.input(Input::LinkUp);
        self.burst(usize::MAX);
        for _ in 0..12 {
            self.wait(10);
            self.beat();
        }
    }
}

fn instant(secs: u64) -> Now {
    let wall = Timestamp::from_secs(START + secs as i64).unwrap();
    Now { wall, mono: Mono::from_millis(secs * 1000) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_after_every_step_and_the_truth_is_found_again(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.heal();
        let board = world.state.snapshot(instant(world.secs));
        prop_assert_eq!(board.trust, Trust::Live);
        prop_assert_eq!(board.open as usize, world.open());
        let waiting = world.truth.values().filter(|kept| kept.waits && !kept.resolved).count();
        prop_assert_eq!(board.waiting as usize, waiting);
    }
}

/// A board with one conversation, opened at [`START`] and due 30 s later, at monotonic 10 s.
fn one_conversation() -> World {
    let mut world = World::new();
    world.take(&Step::Up);
    world.take(&Step::Change { id: 1, waits: true, resolved: false, lost: false });
    world.wait(10);
    world
}

fn tick_at(world: &mut World, wall_secs: i64, mono_secs: u64) -> (u32, u32) {
    let wall = Timestamp::from_secs(START + wall_secs).unwrap();
    let now = Now { wall, mono: Mono::from_millis(mono_secs * 1000) };
    _ = world.state.handle(Input::Tick, now);
    (world.state.snapshot(now).breached, world.state.alarms.counts().unacked)
}

#[test]
fn a_wall_clock_that_is_set_judges_every_promise_anew_and_stretches_no_delay() {
    let mut world = one_conversation();
    assert_eq!(tick_at(&mut world, 3600, 11), (1, 0), "an hour forward: broken, and ten seconds of grace");
    assert_eq!(tick_at(&mut world, 3609, 20), (1, 0), "the grace is counted by the other clock");
    assert_eq!(tick_at(&mut world, 3610, 21), (1, 1));
    assert_eq!(tick_at(&mut world, 12, 22), (0, 1), "and back: nothing was broken");
    assert_eq!(tick_at(&mut world, 27, 37), (0, 0), "so what rang ends as soon as that has lasted");
}

#[test]
fn a_clock_that_only_drifts_is_not_taken_for_one_that_was_set() {
    let mut world = one_conversation();
    for secs in 11..=29 {
        assert_eq!(tick_at(&mut world, secs + secs / 10, secs as u64).0, u32::from(secs + secs / 10 >= 30));
    }
}
