//! `bellboard replay`: the core as a function on the command line.
//!
//! Owns the format of a recording and the virtual clock, which fires every timer at its exact
//! time. Refuses to touch a broker or a device: the same input gives the same bytes.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    sync::Arc,
};

use bellboard_panel::{Snapshot, Timestamp, snapshot::Priority};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    config::Config,
    core::{
        Action, Actions, Input, Press, State,
        alarm::AlarmState,
        sla::earlier,
        time::{Mono, Now},
    },
};

/// A line of a recording is at most this long, in bytes: a message of the largest size, escaped.
const MAX_LINE: usize = 8 << 20;

/// `bellboard replay`
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bellboard replay --config config/bellboard.toml friday.jsonl | grep '\"alarm\"'\n\n\
    A line of a recording is one of these, with `at` as RFC 3339 or seconds of Unix time:\n  \
    {\"at\":T,\"mqtt\":{\"topic\":\"support/conversations/fb-1\",\"payload\":{...},\"retain\":true}}\n  \
    {\"at\":T,\"link\":\"up\"}       or \"down\": the connection to the broker\n  \
    {\"at\":T,\"synced\":true}     the retained messages are complete\n  \
    {\"at\":T,\"button\":\"press\"}  or \"hold\"\n  \
    {\"at\":T,\"clock\":\"unset\"}   or \"set\": this machine's clock\n  \
    {\"at\":T,\"show\":\"board\"}    print the board"
)]
pub struct Args {
    /// The configuration to replay with
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The recording: JSON lines in order of `at`; `-` is standard input
    #[arg(default_value = "-", value_name = "EVENTS")]
    pub events: PathBuf,
}

/// Why a recording could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The recording cannot be opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// The recording.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("line {line}: {reason}")]
    Line {
        /// Which line, from 1 on.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Replays a file or standard input to standard output.
pub fn run(config: Config, args: &Args) -> Result<(), ReplayError> {
    let out = io::BufWriter::new(io::stdout().lock());
    if args.events.as_os_str() == "-" {
        return replay(&Arc::new(config), io::stdin().lock(), out);
    }
    let file =
        File::open(&args.events).map_err(|source| ReplayError::Open { path: args.events.clone(), source })?;
    replay(&Arc::new(config), BufReader::new(file), out)
}

/// Replays a recording and writes what the board would have done.
pub fn replay(
    config: &Arc<Config>,
    mut events: impl BufRead,
    mut out: impl Write,
) -> Result<(), ReplayError> {
    let mut player: Option<Player> = None;
    let mut text = String::new();
    for line in 1.. {
        text.clear();
        if io::Read::take(&mut events, MAX_LINE as u64 + 1).read_line(&mut text)? == 0 {
            break;
        }
        if text.trim().is_empty() {
            continue;
        }
        let fail = |reason: String| ReplayError::Line { line, reason };
        if text.len() > MAX_LINE {
            return Err(fail(format!("longer than {MAX_LINE} bytes")));
        }
        let event = read_event(&text).map_err(fail)?;
        let player = player.get_or_insert_with(|| Player::start(Arc::clone(config), event.at));
        if event.at < player.now.wall {
            return Err(fail("`at` lies before that of an earlier line".into()));
        }
        player.advance_to(event.at, &mut out)?;
        player.play(event.what, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// One line of a recording.
struct Event {
    at: Timestamp,
    what: What,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Value,
    mqtt: Option<Mqtt>,
    link: Option<Link>,
    synced: Option<bool>,
    button: Option<Button>,
    clock: Option<Clock>,
    show: Option<Show>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mqtt {
    topic: String,
    #[serde(default)]
    payload: Value,
    #[serde(default)]
    retain: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Link {
    Up,
    Down,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Button {
    Press,
    Hold,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Clock {
    Set,
    Unset,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    Board,
}

enum What {
    Mqtt { topic: String, payload: Vec<u8>, retained: bool },
    Input(Input<'static>),
    Press(Press),
    Show,
}

fn read_event(text: &str) -> Result<Event, String> {
    let read: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let at = match &read.at {
        Value::String(text) => Timestamp::parse(text),
        Value::Number(secs) => secs.as_i64().and_then(Timestamp::from_secs),
        _ => None,
    };
    let at = at.ok_or("`at` is not a time: RFC 3339 with an offset, or whole seconds of Unix time")?;
    let Line { mqtt, link, synced, button, clock, show, .. } = read;
    let link = link.map(|link| match link {
        Link::Up => What::Input(Input::LinkUp),
        Link::Down => What::Input(Input::LinkDown),
    });
    let button = button.map(|button| match button {
        Button::Press => What::Press(Press::Short),
        Button::Hold => What::Press(Press::Hold),
    });
    let clock = clock.map(|clock| What::Input(Input::ClockSet(matches!(clock, Clock::Set))));
    let synced = synced.filter(|synced| *synced).map(|_| What::Input(Input::Synced));
    let show = show.map(|Show::Board| What::Show);
    let mut whats = [mqtt.map(Mqtt::into_what), link, synced, button, clock, show].into_iter().flatten();
    match (whats.next(), whats.next()) {
        (Some(what), None) => Ok(Event { at, what }),
        _ => Err("exactly one of mqtt, link, synced, button, clock, show belongs beside `at`".into()),
    }
}

impl Mqtt {
    /// A payload that is a text stands for those raw bytes, and null for the empty payload.
    fn into_what(self) -> What {
        let payload = match self.payload {
            Value::Null => Vec::new(),
            Value::String(raw) => raw.into_bytes(),
            json => json.to_string().into_bytes(),
        };
        What::Mqtt { topic: self.topic, payload, retained: self.retain }
    }
}

/// The core on a virtual clock.
struct Player {
    state: State,
    start: Timestamp,
    now: Now,
}

impl Player {
    fn start(config: Arc<Config>, at: Timestamp) -> Self {
        let now = Now { wall: at, mono: Mono::default() };
        Self { state: State::new(config, now), start: at, now }
    }

    /// Fires every timer up to `at`, each at its own time.
    fn advance_to(&mut self, at: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let mut ticked = None;
        while let Some(due) = self.next_timer().filter(|due| *due <= at) {
            let due = due.max(self.now.wall);
            if ticked == Some(due) {
                break;
            }
            ticked = Some(due);
            self.now = self.instant(due);
            let actions = self.state.handle(Input::Tick, self.now);
            self.write(actions, out)?;
        }
        self.now = self.instant(at);
        Ok(())
    }

    fn next_timer(&self) -> Option<Timestamp> {
        let wake = self.state.wake();
        earlier(wake.wall, wake.mono.map(|mono| self.start.plus_millis(mono.millis() as i64)))
    }

    fn instant(&self, wall: Timestamp) -> Now {
        Now { wall, mono: Mono::from_millis(wall.millis_since(self.start) as u64) }
    }

    fn play(&mut self, what: What, out: &mut impl Write) -> io::Result<()> {
        let actions = match what {
            What::Mqtt { topic, payload, retained } => {
                let input = Input::Message { topic: &topic, payload: &payload, retained };
                self.state.handle(input, self.now)
            }
            What::Input(input) => self.state.handle(input, self.now),
            What::Press(press) => self.state.handle(Input::Button { press, at: self.now.mono }, self.now),
            What::Show => {
                // Time has its say first, as it has in the daemon, where a tick comes before a picture.
                let actions = self.state.handle(Input::Tick, self.now);
                self.write(actions, out)?;
                let board = Box::new(self.state.snapshot(self.now));
                return self.line(Said::Board { board }, out);
            }
        };
        self.write(actions, out)
    }

    fn write(&self, actions: Actions, out: &mut impl Write) -> io::Result<()> {
        actions.0.into_iter().filter_map(said).try_for_each(|said| self.line(said, out))
    }

    fn line(&self, said: Said, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &Stamped { at: self.now.wall, said })?;
        out.write_all(b"\n")
    }
}

/// One line of the output.
#[derive(Serialize)]
struct Stamped {
    at: Timestamp,
    #[serde(flatten)]
    said: Said,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Board { board: Box<Snapshot> },
    Alarm { alarm: String, occurrence: u32, from: AlarmState, to: AlarmState, cause: &'static str },
    Sound { sound: &'static str },
    Burst { burst: Priority, count: u32 },
    Rejected { rejected: Refusal },
    Publish { publish: Published },
}

#[derive(Serialize)]
struct Refusal {
    topic: String,
    reason: String,
}

#[derive(Serialize)]
struct Published {
    topic: String,
    payload: Value,
}

/// What of an action belongs into the output.
fn said(action: Action) -> Option<Said> {
    Some(match action {
        Action::Alarm(step) => Said::Alarm {
            alarm: step.key,
            occurrence: step.occurrence,
            from: step.from,
            to: step.to,
            cause: step.cause,
        },
        Action::Sound(level) => Said::Sound { sound: level.map_or("none", Priority::word) },
        Action::Burst { priority, count } => Said::Burst { burst: priority, count },
        Action::Rejected(refusal) => {
            Said::Rejected { rejected: Refusal { topic: refusal.topic, reason: refusal.reason } }
        }
        Action::Publish(message) => {
            let payload = serde_json::from_str(&message.payload).unwrap_or(Value::String(message.payload));
            Said::Publish { publish: Published { topic: message.topic, payload } }
        }
        // The change of trust is told by the event that is published of it.
        Action::Trust { .. }
        | Action::Resubscribe
        | Action::Remember { .. }
        | Action::Record(_)
        | Action::Note(_) => return None,
    })
}
