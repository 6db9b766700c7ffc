//! A long random walk through everything that can happen to alarms, with a judge beside it who
//! knows only what alarms there are and what is heard.
//!
//! `BELLBOARD_STEPS` says how many steps; `BELLBOARD_SEED` repeats a walk that went wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::Arc,
};

use bellboard_panel::{
    Timestamp,
    snapshot::{Burst, Priority, Trust},
};
use fastrand::Rng;
use serde_json::json;

use super::{Input, Press, State};
use crate::{
    config::{self, Config},
    core::{
        Action,
        alarm::{AlarmKey, AlarmLine, AlarmState},
        sla::earlier,
        time::{Mono, Now},
    },
};

/// Steps where nobody says how many: a few seconds without optimization.
const STEPS: u64 = 20_000;
/// After so many steps the world begins anew, with another configuration.
const STEPS_A_WORLD: u64 = 2_000;
/// 2026-11-22T08:00:00Z, a Sunday.
const START: i64 = 1_795_334_400;
const IDS: u8 = 12;
/// The longest time between two bursts at a level: the grouped one of a flood, and a little.
const MAX_SILENCE_MS: u64 = 60_000 + 50;

/// Configurations, each with another part of the machine at its edge.
const CONFIGS: [&str; 4] = [
    "[[sla]]\nfirst_reply = \"60s\"\nnext_reply = \"90s\"\n",
    "[[sla]]\nfirst_reply = \"30s\"\nresolution = \"2m\"\n[alarm]\non_delay = \"0s\"\noff_delay = \"5s\"\n\
     escalate_after = \"30s\"\nrearm_after = \"2m\"\nmissed_for = \"1m\"\n[alarm.flood]\ncount = 4\nwindow = \"2m\"\n",
    "[[sla]]\nfirst_reply = \"60s\"\n[alarm]\nquiet = \"night\"\non_delay = \"2s\"\n\
     [calendar.night]\ntimezone = \"UTC\"\nopen = { mon-sun = [\"08:10-08:20\", \"09:00-11:00\"] }\n",
    "[[sla]]\nfirst_reply = \"45s\"\n[board]\ngroup = \"floor\"\ncalendar = \"shop\"\n[alarm]\noff_delay = \"0s\"\n\
     [alarm.surge]\nat_least = 5\n\
     [calendar.shop]\ntimezone = \"UTC\"\nopen = { mon-sun = [\"08:00-08:30\", \"08:40-20:00\"] }\n",
];

/// A conversation as the main system knows it.
struct Talk {
    opened: i64,
    waits: Option<i64>,
    replied: Option<i64>,
    version: u64,
}

struct World {
    rng: Rng,
    config: Arc<Config>,
    state: State,
    now: Now,
    talks: BTreeMap<u8, Talk>,
    version: u64,
    seq: u64,
    up: bool,
    level: Option<Priority>,
    serial: u64,
    /// Since when each alarm that rings has waited to be heard.
    unheard: BTreeMap<(String, u32), Mono>,
    bursts: u64,
}

impl World {
    fn new(mut rng: Rng) -> Self {
        let config = rng.choice(CONFIGS).expect("there are some");
        let config =
            Arc::new(config::parse(config, "walk.toml").unwrap_or_else(|problems| panic!("{problems}")));
        let wall = Timestamp::from_secs(START).expect("in range");
        let now = Now { wall, mono: Mono::default() };
        let state = State::new(Arc::clone(&config), now);
        let mut world = Self {
            rng,
            config,
            state,
            now,
            talks: BTreeMap::new(),
            version: 0,
            seq: 0,
            up: false,
            level: None,
            serial: 0,
            unheard: BTreeMap::new(),
            bursts: 0,
        };
        world.connect();
        world
    }

    fn secs(&self) -> i64 {
        self.now.wall.secs()
    }

    fn input(&mut self, input: Input<'_>) {
        let actions = self.state.handle(input, self.now);
        self.follow(actions.0);
    }

    fn message(&mut self, topic: &str, payload: &str) {
        if self.up {
            self.input(Input::Message { topic, payload: payload.as_bytes(), retained: false });
        }
    }

    fn connect(&mut self) {
        self.up = true;
        self.input(Input::LinkUp);
        let ids: Vec<u8> = self.talks.keys().copied().collect();
        for id in ids {
            self.tell(id, true);
        }
        self.input(Input::Synced);
        self.beat();
    }

    fn tell(&mut self, id: u8, retained: bool) {
        let talk = &self.talks[&id];
        let payload = json!({"status": "open", "channel": "x", "opened_at": talk.opened,
            "waiting_since": talk.waits, "first_reply_at": talk.replied, "version": talk.version})
        .to_string();
        if self.up {
            let topic = format!("support/conversations/c{id}");
            self.input(Input::Message { topic: &topic, payload: payload.as_bytes(), retained });
        }
    }

    fn beat(&mut self) {
        self.seq += 1;
        let beat = json!({"boot": "b", "seq": self.seq, "at": self.secs(), "open": self.talks.len()});
        self.message("support/heartbeat", &beat.to_string());
    }

    /// Time goes by as the daemon lets it: to each instant that the core asked for.
    fn wait(&mut self, millis: u64) {
        let end = self.now.mono.plus_millis(millis);
        loop {
            let wake = self.state.wake();
            let wall =
                wake.wall.map(|at| self.now.mono.plus_millis(at.millis_since(self.now.wall).max(1) as u64));
            let Some(next) = earlier(wall, wake.mono).map(|at| at.max(self.now.mono.plus_millis(1))) else {
                break;
            };
            if next >= end {
                break;
            }
            self.go_to(next);
        }
        self.go_to(end);
    }

    fn go_to(&mut self, mono: Mono) {
        let wall = self.now.wall.plus_millis(mono.millis_since(self.now.mono) as i64);
        self.now = Now { wall, mono };
        self.input(Input::Tick);
    }

    fn step(&mut self) {
        let (id, secs) = (self.rng.u8(0..IDS), self.rng.u64(1..120));
        match self.rng.u8(0..100) {
            0..20 => self.write(id),
            20..34 => self.reply(id),
            34..40 => self.remove(id),
            40..46 => self.press(Press::Short),
            46..48 => self.press(Press::Hold),
            48..51 => self.command("ack", &json!({"alarm": self.key(id), "by": "Jo"})),
            51..54 => self.command("shelve", &json!({"alarm": self.key(id), "for_s": secs * 5})),
            54..56 => self.command("unshelve", &json!({"alarm": self.key(id)})),
            56 => self.command("unshelve", &json!({})),
            57 => self.command("mute", &json!({"for_s": secs})),
            58 => self.command("unmute", &json!({})),
            59 => self.group_ack(id),
            60 => self.disconnect(),
            61..64 if !self.up => self.connect(),
            64 => self.restart(),
            65 => self.reconfigure(),
            66 => self.flap(id),
            67..72 => self.beat(),
            72..94 => self.wait_and_beat(1_000, 20_000),
            _ => self.wait_and_beat(20_000, 200_000),
        }
    }

    /// Waits with heartbeats, most of the time.
    fn wait_and_beat(&mut self, from: u64, to: u64) {
        let mut left = self.rng.u64(from..to);
        let silent = self.rng.u8(0..20) == 0;
        while left > 0 {
            let part = left.min(30_000);
            self.wait(part);
            left -= part;
            if !silent {
                self.beat();
            }
        }
    }

    fn key(&self, id: u8) -> String {
        // No rng of its own here: the clock alternates with the version.
        let clock = if self.version.is_multiple_of(3) { "next_reply" } else { "first_reply" };
        format!("c{id}/{clock}")
    }

    fn write(&mut self, id: u8) {
        self.version += 1;
        let (version, now) = (self.version, self.secs());
        let talk =
            self.talks.entry(id).or_insert(Talk { opened: now, waits: Some(now), replied: None, version });
        talk.version = version;
        talk.waits = talk.waits.or(Some(now));
        self.tell(id, false);
    }

    fn reply(&mut self, id: u8) {
        self.version += 1;
        let (version, now) = (self.version, self.secs());
        if let Some(talk) = self.talks.get_mut(&id) {
            (talk.version, talk.waits, talk.replied) = (version, None, talk.replied.or(Some(now)));
            self.tell(id, false);
        }
    }

    fn remove(&mut self, id: u8) {
        self.talks.remove(&id);
        self.message(&format!("support/conversations/c{id}"), "");
        if self.up {
            let gone = format!("c{id}/");
            assert!(self.lines().iter().all(|line| !line.key.starts_with(&gone)), "every alarm of it ends");
        }
    }

    /// A reply and a message in turn, faster than anybody reads.
    fn flap(&mut self, id: u8) {
        for _ in 0..4 {
            self.reply(id);
            self.wait(500);
            if let Some(talk) = self.talks.get_mut(&id) {
                talk.waits = Some(talk.opened);
            }
            self.write(id);
            self.wait(700);
        }
    }

    fn press(&mut self, press: Press) {
        let at = self.now.mono;
        self.input(Input::Button { press, at });
        // What was on the board is dealt with; what could be heard then is heard no more.
        let ringing: Vec<AlarmLine> =
            self.lines().into_iter().filter(|l| l.state.rings() && !l.frozen).collect();
        assert!(ringing.is_empty(), "a press covers all that is shown: {ringing:?}");
    }

    fn command(&mut self, name: &str, payload: &serde_json::Value) {
        self.message(&format!("bellboard/board/cmd/{name}"), &payload.to_string());
    }

    fn group_ack(&mut self, id: u8) {
        let ack = json!({"alarms": [self.key(id)], "by": "Jo", "at": self.secs(), "board": "other"});
        self.message("bellboard/group/floor/ack", &ack.to_string());
    }

    fn disconnect(&mut self) {
        self.up = false;
        self.input(Input::LinkDown);
    }

    /// The daemon ends and starts: what a person did must hold.
    fn restart(&mut self) {
        let memory = self.state.memory(self.now);
        let dealt_with = |lines: Vec<AlarmLine>| -> BTreeSet<(String, AlarmState)> {
            let by_hand = |line: &AlarmLine| matches!(line.state, AlarmState::Acked | AlarmState::Shelved);
            lines.into_iter().filter(by_hand).map(|line| (line.key, line.state)).collect()
        };
        let before = dealt_with(self.lines());
        let text = serde_json::to_string(&memory).expect("it can be written");
        let memory = serde_json::from_str(&text).expect("and read");
        self.state = State::new(Arc::clone(&self.config), self.now);
        self.state.restore(&memory, self.now);
        (self.level, self.serial) = (None, 0);
        self.unheard.clear();
        assert_eq!(dealt_with(self.lines()), before);
        self.connect();
    }

    fn reconfigure(&mut self) {
        let mut config = Config::clone(&self.config);
        for policy in &mut config.policies {
            policy.first_reply_ms = Some(self.rng.u64(20..120) * 1000);
        }
        self.config = Arc::new(config);
        let actions = self.state.reconfigure(&self.config, self.now);
        self.follow(actions.0);
    }

    fn lines(&self) -> Vec<AlarmLine> {
        self.state.alarms.lines(&self.state.live, usize::MAX)
    }

    /// The judge: looks at everything that may be heard after every single event.
    fn follow(&mut self, actions: Vec<Action>) {
        let lines = self.lines();
        for action in actions {
            match action {
                Action::Sound(level) => self.level = level,
                Action::Burst { count, .. } => self.burst(count),
                _ => {}
            }
        }
        let board = self.state.snapshot(self.now);
        let silent = board.alarm.muted || board.alarm.quiet || self.hushed();
        let ringing: Vec<&AlarmLine> =
            lines.iter().filter(|line| line.state.rings() && !line.frozen).collect();
        let loudest = ringing.iter().map(|line| line.priority).max().filter(|_| !silent);
        assert_eq!(self.level, loudest, "the level is that of the list");
        self.judge_burst(board.levels.burst, loudest);
        self.judge_silence(&ringing, silent);
        if board.trust == Trust::Live {
            self.judge_breaches(&lines);
        }
    }

    fn hushed(&self) -> bool {
        !self.state.ever_synced && self.now.mono.millis() < 60_000
    }

    /// A burst speaks for every alarm that rings and holds still, and for no other.
    fn burst(&mut self, count: u32) {
        self.bursts += 1;
        let heard: Vec<(String, u32)> = self
            .lines()
            .into_iter()
            .filter(|line| line.state.rings() && !line.frozen && !self.is_restless(&line.key))
            .map(|line| (line.key, line.occurrence))
            .collect();
        assert_eq!(count as usize, heard.len(), "the burst counts what it speaks for: {heard:?}");
        for key in heard {
            self.unheard.remove(&key);
        }
    }

    fn judge_burst(&mut self, burst: Option<Burst>, loudest: Option<Priority>) {
        if let Some(burst) = burst {
            assert!(burst.serial >= self.serial);
            self.serial = burst.serial;
            assert!(Some(burst.priority) <= loudest, "nothing sounds for what is dealt with");
        }
    }

    /// No alarm waits to be heard for longer than a flood's grouped burst takes.
    fn judge_silence(&mut self, ringing: &[&AlarmLine], silent: bool) {
        let waits: BTreeSet<(String, u32)> = ringing
            .iter()
            .filter(|line| !silent && !self.is_restless(&line.key))
            .map(|line| (line.key.clone(), line.occurrence))
            .collect();
        self.unheard.retain(|key, _| waits.contains(key));
        for key in waits {
            let since = *self.unheard.entry(key.clone()).or_insert(self.now.mono);
            let waited = self.now.mono.millis_since(since);
            assert!(waited <= MAX_SILENCE_MS, "{key:?} has been ringing unheard for {waited} ms");
        }
    }

    /// Every clock that is breached has an alarm that says so.
    fn judge_breaches(&self, lines: &[AlarmLine]) {
        for slot in self.state.table.index().breached() {
            let entry = self.state.table.entry(slot);
            let of_it = format!("{}/", entry.id);
            let mut alarms = lines.iter().filter(|line| line.key.starts_with(&of_it));
            assert!(
                alarms.any(|line| line.state != AlarmState::Missed),
                "{of_it} is breached and has no alarm"
            );
        }
    }

    fn is_restless(&self, key: &str) -> bool {
        let key = AlarmKey::read(key, 1).next().expect("a key that was told can be read");
        self.state.alarms.is_restless(&key)
    }
}

#[test]
fn no_breach_goes_unsounded_and_nothing_sounds_without_cause_on_a_long_random_walk() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let steps = number("BELLBOARD_STEPS").unwrap_or(STEPS);
    let seed = number("BELLBOARD_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("{steps} steps of random_walk; BELLBOARD_SEED={seed} walks them again");
    let mut bursts = 0;
    for world in 0..steps.div_ceil(STEPS_A_WORLD) {
        let mut world = World::new(Rng::with_seed(seed.wrapping_add(world)));
        for _ in 0..STEPS_A_WORLD {
            world.step();
        }
        bursts += world.bursts;
    }
    assert!(bursts > steps / 100, "only {bursts} bursts: the walk hardly touched anything");
}
