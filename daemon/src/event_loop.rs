//! Between the core and the world: events in, actions carried out.
//!
//! Owns the one `select!` and the pace of what is shown and published. Refuses to decide: it
//! hands every event to the core and does what the core says.

use std::{sync::Arc, time::Duration};

use bellboard_panel::{Snapshot, snapshot::Trust};
use chrono_tz::Tz;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};
use tracing::{debug, info, warn};

use crate::{
    clock::{self, Clock},
    config::Config,
    core::{
        Action, Actions, Input, Press, State,
        action::{Message, Note},
        alarm::AlarmState,
        command::{Command, Failure},
        history::Recalled,
        memory::Memory,
        time::{Mono, Now},
        topic::Topics,
    },
    io::{
        memory::Keeper,
        mqtt::{Mail, Mailbox, Publisher},
        pulse::{Pulse, Pulses},
        systemd,
    },
};

#[cfg(feature = "history")]
use crate::io::history::Recorder;

/// So many messages are looked at before a button, a signal or a picture has its turn.
const MAX_BATCH: usize = 512;
/// After the last message that waited was looked at, so many milliseconds go by before the next
/// look: a stream of messages then costs a wake-up and a board for each look instead of for
/// each message, and nobody sees the delay.
const GATHER_MS: u64 = 3;
/// `B/state` is published at most this often.
const STATE_EVERY_MS: u64 = 1_000;
/// The loop turns at least this often: ages are shown in whole seconds.
const TICK_MS: u64 = 1_000;
/// A flood of messages may put a tick off by so much, and no longer: the watchdog is fed by ticks.
const MAX_TICK_DELAY_MS: u64 = 2_000;

/// A command of somebody on this machine who waits for the answer.
#[derive(Debug)]
pub struct Asked {
    /// What is to be done.
    pub command: Command,
    /// Where to say how it went.
    pub answer: oneshot::Sender<Result<(), Failure>>,
}

/// Everything that can make the loop turn.
enum Event {
    /// Messages wait.
    Mail,
    /// Somebody pressed a button, at this time.
    Pressed(Press, Mono),
    /// Somebody on this machine gave a command.
    Asked(Asked),
    /// Another configuration is to hold.
    Configured(Box<Config>),
    /// Time went by.
    Tick,
    /// The daemon is to end.
    Stop,
}

/// What the loop works with.
pub struct EventLoop {
    state: State,
    clock: Clock,
    mailbox: Arc<Mailbox>,
    publisher: Publisher,
    board: watch::Sender<Arc<Snapshot>>,
    config: Arc<Config>,
    keeper: Keeper,
    #[cfg(feature = "history")]
    recorder: Recorder,
    pulse: Pulse,
    pulses: Pulses,
    batch: Vec<Mail>,
    look_at: Mono,
    connected: bool,
    clock_set: bool,
    published: Option<(Mono, Arc<Snapshot>)>,
    stalled: Vec<String>,
    ticked: Mono,
}

impl EventLoop {
    /// A loop over a fresh core. The receiver sees every board from the first on.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        clock: Clock,
        mailbox: Arc<Mailbox>,
        publisher: Publisher,
        pulses: Pulses,
        keeper: Keeper,
    ) -> (Self, watch::Receiver<Arc<Snapshot>>) {
        let now = clock.now();
        let state = State::new(Arc::clone(&config), now);
        let (board, seen) = watch::channel(Arc::new(state.snapshot(now)));
        let pulse = pulses.watch("event loop", Duration::from_secs(10));
        let event_loop = Self {
            state,
            clock,
            mailbox,
            publisher,
            board,
            config,
            keeper,
            #[cfg(feature = "history")]
            recorder: Recorder::default(),
            pulse,
            pulses,
            batch: Vec::with_capacity(MAX_BATCH),
            look_at: now.mono,
            connected: false,
            clock_set: true,
            published: None,
            stalled: Vec::new(),
            ticked: now.mono,
        };
        (event_loop, seen)
    }

    /// The board's topics.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        self.state.topics()
    }

    /// Puts back what the last run remembered, before the loop turns.
    pub fn restore(&mut self, memory: &Memory) {
        self.state.restore(memory, self.clock.now());
    }

    /// Keeps a history from now on, which goes on from what was left of the last run's. Days begin
    /// at midnight in `zone`.
    pub fn keep_history(&mut self, recalled: &Recalled, zone: Tz) {
        self.state.keep_history(recalled, zone, self.clock.now());
    }

    /// Writes the history down, too.
    #[cfg(feature = "history")]
    pub fn record_to(&mut self, recorder: Recorder) {
        self.recorder = recorder;
    }

    /// Turns until `stop` is ready, then says goodbye; false when there is no broker to say it
    /// to. Dropping the loop ends the displays, which see that no further board will come.
    pub async fn run(
        mut self,
        mut presses: mpsc::Receiver<(Press, Mono)>,
        mut commands: mpsc::Receiver<Asked>,
        mut configs: mpsc::Receiver<Config>,
        stop: impl Future<Output = ()>,
    ) -> bool {
        let mut stop = std::pin::pin!(stop);
        loop {
            self.pulse.beat();
            let event = tokio::select! {
                biased;
                () = &mut stop => Event::Stop,
                Some((press, at)) = presses.recv() => Event::Pressed(press, at),
                Some(asked) = commands.recv() => Event::Asked(asked),
                Some(config) = configs.recv() => Event::Configured(Box::new(config)),
                () = self.mail() => Event::Mail,
                () = sleep(self.pause()) => Event::Tick,
            };
            match event {
                Event::Mail if self.tick_is_overdue() => self.tick(),
                Event::Mail => self.read_mail(),
                Event::Pressed(press, at) => self.turn(Input::Button { press, at }),
                Event::Asked(asked) => self.obey(asked),
                Event::Configured(config) => self.reconfigure(*config),
                Event::Tick => self.tick(),
                Event::Stop => return self.goodbye(),
            }
            self.show();
            self.remember();
        }
    }

    /// Ready when messages wait and it is time to look at them.
    async fn mail(&self) {
        let rest = self.look_at.millis_since(self.clock.now().mono);
        if rest > 0 {
            sleep(Duration::from_millis(rest)).await;
        }
        self.mailbox.filled().await;
    }

    /// How long nothing will happen by itself.
    fn pause(&self) -> Duration {
        let now = self.clock.now();
        let wake = self.state.wake();
        let to_second = TICK_MS - now.wall.millis() as u64 % TICK_MS;
        let wall = wake.wall.map_or(u64::MAX, |at| at.millis_since(now.wall).max(0) as u64);
        let mono = wake.mono.map_or(u64::MAX, |at| at.millis_since(now.mono));
        let state = match &self.published {
            Some((at, shown)) if self.connected && differs(shown, &self.board.borrow()) => {
                at.plus_millis(STATE_EVERY_MS).millis_since(now.mono)
            }
            _ => u64::MAX,
        };
        let memory = self.keeper.due().map_or(u64::MAX, |due| due.millis_since(now.mono));
        let state = state.min(memory);
        // A millisecond more than asked for, since a sleep may end within the one before.
        Duration::from_millis(to_second.min(wall).min(mono).min(state) + 1)
    }

    fn read_mail(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        self.mailbox.take(MAX_BATCH, &mut batch);
        for mail in batch.drain(..) {
            match mail {
                Mail::Up => {
                    self.connected = true;
                    self.published = None;
                    self.turn(Input::LinkUp);
                }
                Mail::Down => {
                    self.connected = false;
                    self.turn(Input::LinkDown);
                }
                Mail::Message { topic, payload, retained } => {
                    self.turn(Input::Message { topic: &topic, payload: &payload, retained });
                }
            }
        }
        self.batch = batch;
        if self.mailbox.is_empty() {
            self.look_at = self.clock.now().mono.plus_millis(GATHER_MS);
        }
    }

    fn tick_is_overdue(&self) -> bool {
        self.clock.now().mono.millis_since(self.ticked) >= MAX_TICK_DELAY_MS
    }

    fn tick(&mut self) {
        self.ticked = self.clock.now().mono;
        let set = clock::is_set(self.clock.now().wall);
        if set == self.clock_set {
            self.turn(Input::Tick);
        } else {
            self.clock_set = set;
            self.turn(Input::ClockSet(set));
        }
        #[cfg(feature = "history")]
        self.state.history_is_failing(self.recorder.is_failing());
        let stalled = self.pulses.stalled();
        if stalled.is_empty() {
            systemd::feed_watchdog();
        } else if stalled != self.stalled {
            warn!(tasks = %stalled.join(", "), "no progress; the watchdog is not fed");
        }
        self.stalled = stalled;
    }

    fn turn(&mut self, input: Input<'_>) {
        let now = self.clock.now();
        let actions = self.state.handle(input, now);
        self.perform(actions, now);
    }

    fn obey(&mut self, Asked { command, answer }: Asked) {
        let now = self.clock.now();
        let (actions, result) = self.state.ask(command, now);
        self.perform(actions, now);
        // Who asked may have gone; what was asked for is done all the same.
        _ = answer.send(result);
    }

    fn perform(&mut self, actions: Actions, now: Now) {
        for action in actions.0 {
            match action {
                Action::Publish(message) => self.publish(message),
                Action::Remember { at_once } => self.keeper.want(at_once, now.mono),
                Action::Resubscribe => _ = self.publisher.resubscribe(&self.state.topics().filters()),
                Action::Alarm(step) => {
                    let (alarm, occurrence) = (&step.key, step.occurrence);
                    let (from, to) = (step.from.word(), step.to.word());
                    if step.to == AlarmState::Unacked {
                        warn!(alarm, occurrence, from, to, cause = step.cause, "alarm");
                    } else {
                        info!(alarm, occurrence, from, to, cause = step.cause, "alarm");
                    }
                }
                Action::Trust { from, to: Trust::Live } => info!(from = from.word(), to = "live", "trust"),
                Action::Trust { from, to } => warn!(from = from.word(), to = to.word(), "trust"),
                #[cfg(feature = "history")]
                Action::Record(record) => {
                    if let Err(refused) = self.recorder.record(record) {
                        self.state.not_recorded(&refused);
                    }
                }
                #[cfg(not(feature = "history"))]
                Action::Record(_) => {}
                Action::Rejected(refusal) => {
                    warn!(topic = %refusal.topic, reason = %refusal.reason, "message rejected");
                }
                Action::Note(note @ (Note::Synced { .. } | Note::Earned(_) | Note::Lost(_))) => {
                    info!("{note}");
                }
                Action::Note(note) => warn!("{note}"),
                Action::Sound(level) => debug!(level = level.map_or("none", |level| level.word()), "sound"),
                Action::Burst { priority, count } => {
                    debug!(priority = priority.word(), count, mono_ms = now.mono.millis(), "burst");
                }
            }
        }
    }

    /// Takes another configuration on, as far as a running board can.
    fn reconfigure(&mut self, config: Config) {
        let waiting = self.config.waits_for_a_start(&config);
        self.config = Arc::new(config);
        let now = self.clock.now();
        let actions = self.state.reconfigure(&self.config, now);
        self.perform(actions, now);
        info!("the configuration was read again");
        if !waiting.is_empty() {
            warn!(parts = waiting.join(", "), "these parts have changed and take effect at the next start");
        }
    }

    /// Hands what must not be forgotten to be written, when it is time.
    fn remember(&mut self) {
        let now = self.clock.now();
        if self.keeper.due().is_some_and(|due| due <= now.mono) {
            self.keeper.keep(self.state.memory(now), now.mono);
        }
    }

    /// Hands the newest board to the displays, and to the broker when it is time.
    fn show(&mut self) {
        let now = self.clock.now();
        let board = Arc::new(self.state.snapshot(now));
        systemd::status(&board);
        self.board.send_replace(Arc::clone(&board));
        let due = match &self.published {
            None => true,
            Some((at, shown)) => now.mono.millis_since(*at) >= STATE_EVERY_MS && differs(shown, &board),
        };
        if !self.connected || !due {
            return;
        }
        match serde_json::to_string(&*board) {
            Ok(payload) => {
                let topic = self.state.topics().of_board("state");
                self.publish(Message { topic, payload, retain: true });
            }
            Err(error) => warn!(%error, "the board cannot be written as JSON"),
        }
        self.published = Some((now.mono, board));
    }

    fn publish(&self, message: Message) {
        let topic = message.topic.clone();
        if !self.publisher.publish(message) {
            debug!(topic, "not published: no connection, or its queue is full");
        }
    }

    fn goodbye(mut self) -> bool {
        info!("stopping");
        let now = self.clock.now();
        self.keeper.keep(self.state.memory(now), now.mono);
        let topic = self.state.topics().of_board("availability");
        self.publish(Message { topic, payload: "offline".into(), retain: true });
        self.publisher.disconnect()
    }
}

/// Whether two boards differ in more than the instant they are true for.
fn differs(a: &Snapshot, b: &Snapshot) -> bool {
    a.at != b.at && *a != Snapshot { at: a.at, ..b.clone() }
}
