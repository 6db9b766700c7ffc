//! `bellboard publish`: one conversation onto the broker, from flags; a script's best friend.
//!
//! Owns the flags, their defaults and the check against the interface before anything is sent.
//! Refuses to know how a broker is reached.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
    str::FromStr,
};

use bellboard_panel::{Timestamp, snapshot::Clock};
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use serde::Serialize;
use thiserror::Error;

use super::exit;
use crate::{
    clock,
    config::{self, Config, duration},
    core::{action::Message, decode, topic::Topics},
    io::mqtt::{Settings, publish_once},
};

/// Put one conversation on the broker
///
/// The message holds the conversation's whole state: what is not given takes its default, not
/// its former value. A time is `now`, `-15m` or `+1h30m` from now, RFC 3339 with an offset,
/// whole seconds of Unix time, or `none`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    bellboard publish fb-1842 --channel facebook --queue billing --opened-at -15m --public\n  \
    bellboard publish fb-1842 --channel facebook --opened-at -15m --first-reply-at now\n  \
    bellboard publish fb-1842 --remove\n\n\
    Exit codes: 64 wrong flags, 65 a value the interface refuses, 69 no broker took it, 78 wrong configuration")]
pub struct PublishArgs {
    /// The conversation's id: 1 to 64 of A-Z a-z 0-9 . _ : -
    #[arg(value_parser = id)]
    pub id: String,
    /// Where it takes place: facebook, x, instagram, whatsapp, email, or any text
    #[arg(long, required_unless_present = "remove")]
    pub channel: Option<String>,
    /// How it stands
    #[arg(long, default_value = "open", value_parser = words::<decode::Status>(&["open", "pending", "snoozed", "resolved"]))]
    pub status: decode::Status,
    /// The customer's first message
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub opened_at: When,
    /// The earliest message that nobody has answered [default: --opened-at while it is open and
    /// has no first reply, else none]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub waiting_since: Option<When>,
    /// The first human reply
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub first_reply_at: Option<When>,
    /// The last human reply
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub last_reply_at: Option<When>,
    /// When we promised to come back
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub promised_at: Option<When>,
    /// When it was resolved [default: now for --status resolved]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub resolved_at: Option<When>,
    /// The team or inbox
    #[arg(long)]
    pub queue: Option<String>,
    /// Its own priority
    #[arg(long, value_parser = words::<String>(&["low", "normal", "high", "urgent"]))]
    pub priority: Option<String>,
    /// Others can read it
    #[arg(long)]
    pub public: bool,
    /// How it reached the floor
    #[arg(long, value_parser = words::<String>(&["direct", "mention", "found"]))]
    pub origin: Option<String>,
    /// The customer's name
    #[arg(long)]
    pub customer: Option<String>,
    /// Who works on it
    #[arg(long)]
    pub assignee: Option<String>,
    /// A deadline of your own for `first_reply`, `next_reply`, `follow_up` or `resolution`; may be repeated
    #[arg(long, value_name = "CLOCK=TIME")]
    pub due: Vec<Due>,
    /// Grows with every change of this conversation; lower ones are dropped by the board
    #[arg(long, value_name = "N")]
    pub version: Option<u64>,
    /// Remove the conversation instead
    #[arg(long, conflicts_with_all = ["channel", "version"])]
    pub remove: bool,
    /// Print topic and payload, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The main system's root topic [default: that of the first source of the configuration]
    #[arg(long, value_name = "TOPIC", value_parser = root)]
    pub root: Option<String>,
    /// The broker [default: that of the configuration]
    #[arg(long)]
    pub host: Option<String>,
    /// Its port [default: 1883 with --host]
    #[arg(long)]
    pub port: Option<u16>,
    /// The user
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// A file with the password on its first line
    #[arg(long, value_name = "FILE", requires = "username")]
    pub password_file: Option<PathBuf>,
    /// The configuration [default: $BELLBOARD_CONFIG, else /etc/bellboard/bellboard.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The port of a broker without TLS.
const DEFAULT_PORT: u16 = 1883;

/// A time as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `none`
    Never,
    /// `now`, `-15m`, `+1h30m`: milliseconds from now.
    FromNow(i64),
    /// An instant.
    At(Timestamp),
}

/// What a time has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a time is now, -15m, +1h30m, RFC 3339 with an offset, whole seconds of Unix time, or none")]
pub struct NotATime;

impl FromStr for When {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let from_now = |text: &str| duration::parse(text).and_then(|millis| i64::try_from(millis).ok());
        let parsed = match (text, text.split_at_checked(1)) {
            ("none", _) => Some(Self::Never),
            ("now", _) => Some(Self::FromNow(0)),
            (_, Some(("-", ago))) => from_now(ago).map(|millis| Self::FromNow(-millis)),
            (_, Some(("+", ahead))) => from_now(ahead).map(Self::FromNow),
            _ => {
                let unix = text.parse().ok().and_then(Timestamp::from_secs);
                unix.or_else(|| Timestamp::parse(text)).map(Self::At)
            }
        };
        parsed.ok_or(NotATime)
    }
}

impl When {
    fn on(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::FromNow(millis) => Some(now.plus_millis(millis)),
            Self::At(at) => Some(at),
        }
    }
}

/// `first_reply=+10m`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due(Clock, When);

impl FromStr for Due {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = Clock::ALL.map(Clock::word);
        let (name, time) = text.split_once('=').ok_or("a deadline is CLOCK=TIME, as in first_reply=+10m")?;
        let clock = Clock::ALL.into_iter().find(|clock| clock.word() == name);
        let clock = clock.ok_or_else(|| format!("there is no clock `{name}`, only {}", words.join(", ")))?;
        let when = time.parse().map_err(|error: NotATime| error.to_string())?;
        Ok(Self(clock, when))
    }
}

fn id(text: &str) -> Result<String, decode::Refused> {
    decode::id(text).map(str::to_owned)
}

fn root(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.contains(['+', '#', '\0']) || text.starts_with('$') {
        return Err("a root is not empty, does not start with $, and has none of + and #");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// One of these words, as what the interface makes of it.
fn words<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: for<'de> serde::Deserialize<'de> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| serde_json::from_value::<T>(word.into()))
}

/// The payload of a conversation; what is absent is left out.
#[derive(Serialize)]
struct Payload<'a> {
    status: decode::Status,
    channel: &'a str,
    opened_at: Timestamp,
    waiting_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_reply_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reply_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promised_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    due: BTreeMap<&'static str, Option<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// Why a conversation cannot be published as it was typed.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Wrong {
    /// `--opened-at none`
    #[error("--opened-at needs a time: every conversation was opened once")]
    NeverOpened,
    /// The same clock twice.
    #[error("--due names {0} twice")]
    DueTwice(&'static str),
    /// A text that the board would change.
    #[error("--{0} is longer than {1} characters, or has control or invisible characters")]
    Text(&'static str, usize),
    /// Whatever else the interface refuses.
    #[error(transparent)]
    Refused(#[from] decode::Refused),
}

impl PublishArgs {
    /// The payload: empty for `--remove`.
    fn payload(&self, now: Timestamp) -> Result<String, Wrong> {
        if self.remove {
            return Ok(String::new());
        }
        let on = |when: Option<When>| when.and_then(|when| when.on(now));
        let opened_at = self.opened_at.on(now).ok_or(Wrong::NeverOpened)?;
        let first_reply_at = on(self.first_reply_at);
        let waits = self.status == decode::Status::Open && first_reply_at.is_none();
        let mut due = BTreeMap::new();
        for Due(clock, when) in &self.due {
            if due.insert(clock.word(), when.on(now)).is_some() {
                return Err(Wrong::DueTwice(clock.word()));
            }
        }
        let payload = Payload {
            status: self.status,
            channel: self.channel.as_deref().unwrap_or_default(),
            opened_at,
            waiting_since: self.waiting_since.map_or(waits.then_some(opened_at), |when| when.on(now)),
            first_reply_at,
            last_reply_at: on(self.last_reply_at),
            promised_at: on(self.promised_at),
            resolved_at: self.resolved_at.map_or_else(
                || (self.status == decode::Status::Resolved).then_some(now),
                |when| when.on(now),
            ),
            queue: self.queue.as_deref(),
            priority: self.priority.as_deref(),
            public: self.public,
            origin: self.origin.as_deref(),
            customer: self.customer.as_deref(),
            assignee: self.assignee.as_deref(),
            due,
            version: self.version,
        };
        let json = serde_json::to_string(&payload).expect("words, numbers and times can be written as JSON");
        self.check(&json)?;
        Ok(json)
    }

    /// Reads the payload as the board will, and refuses what would be refused or changed there.
    fn check(&self, json: &str) -> Result<(), Wrong> {
        let read = decode::conversation(json.as_bytes())?;
        let texts = [
            ("channel", &self.channel, &read.channel, decode::MAX_CHANNEL),
            ("queue", &self.queue, &read.queue, decode::MAX_NAME),
            ("customer", &self.customer, &read.customer, decode::MAX_NAME),
            ("assignee", &self.assignee, &read.assignee, decode::MAX_NAME),
        ];
        for (name, given, kept, limit) in texts {
            if given.as_ref().is_some_and(|given| given != kept) {
                return Err(Wrong::Text(name, limit));
            }
        }
        Ok(())
    }

    /// The configuration, with what the flags say instead.
    fn apply(&self, config: &mut Config) {
        let mqtt = &mut config.mqtt;
        if let Some(host) = &self.host {
            mqtt.hosts = vec![(host.clone(), DEFAULT_PORT)];
        }
        if let Some(port) = self.port {
            mqtt.hosts.iter_mut().for_each(|(_, known)| *known = port);
        }
        if let Some(username) = &self.username {
            mqtt.username = Some(username.clone());
            mqtt.password_file.clone_from(&self.password_file);
        }
    }
}

/// Publishes, and says so on `out` or why not on `err`; returns the exit code. Fails where
/// `out` or `err` does.
pub fn run(args: &PublishArgs, mut out: impl Write, mut err: impl Write) -> io::Result<u8> {
    let payload = match args.payload(clock::Clock::start().now().wall) {
        Ok(payload) => payload,
        Err(wrong) => {
            writeln!(err, "{wrong}")?;
            return Ok(exit::DATA);
        }
    };
    let mut config = match config::obtain(args.config.clone()) {
        Ok((config, _)) => config,
        Err(problems) => {
            writeln!(err, "{problems}")?;
            return Ok(exit::CONFIG);
        }
    };
    args.apply(&mut config);
    let root = args.root.as_ref().unwrap_or(&config.sources.0[0].root);
    let message = Message { topic: format!("{root}/conversations/{}", args.id), payload, retain: true };
    if args.dry_run {
        writeln!(out, "{} {}", message.topic, message.payload)?;
        return Ok(exit::OK);
    }
    let settings = match Settings::new(&config, &Topics::new(&config)) {
        Ok(settings) => settings,
        Err(error) => {
            writeln!(err, "{error}")?;
            return Ok(exit::NO_INPUT);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(publish_once(&settings, &message)) {
        Ok((host, port)) => {
            writeln!(out, "published {} at {host} port {port}", message.topic)?;
            Ok(exit::OK)
        }
        Err(error) => {
            writeln!(err, "{error}")?;
            Ok(exit::UNAVAILABLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: PublishArgs,
    }

    const NOW: Timestamp = Timestamp::from_millis(1_795_334_400_000);

    fn parse(flags: &str) -> Result<PublishArgs, clap::Error> {
        Line::try_parse_from(format!("publish {flags}").split(' ')).map(|line| line.args)
    }

    fn payload(flags: &str) -> serde_json::Value {
        serde_json::from_str(&parse(flags).unwrap().payload(NOW).unwrap()).unwrap()
    }

    fn run_line(flags: &str) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&parse(flags).unwrap(), &mut out, &mut err).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_flags_fit_together() {
        Line::command().debug_assert();
    }

    #[test]
    fn a_new_conversation_needs_an_id_and_a_channel_and_its_customer_waits() {
        assert_eq!(
            payload("fb-1 --channel facebook --opened-at -15m"),
            serde_json::json!({
                "status": "open", "channel": "facebook",
                "opened_at": NOW.plus_millis(-900_000), "waiting_since": NOW.plus_millis(-900_000),
            })
        );
    }

    #[test]
    fn every_flag_has_its_field() {
        let all = "x --channel email --status pending --opened-at 1795330000 --waiting-since none \
                   --first-reply-at 2026-11-22T08:00:00+01:00 --last-reply-at now --promised-at +1h30m \
                   --resolved-at none --queue billing --priority urgent --public --origin found --customer Zoë \
                   --assignee Noa --due first_reply=+10m --due resolution=none --version 7";
        assert_eq!(
            payload(all),
            serde_json::json!({
                "status": "pending", "channel": "email", "opened_at": "2026-11-22T06:46:40Z",
                "waiting_since": null, "first_reply_at": "2026-11-22T07:00:00Z", "last_reply_at": NOW,
                "promised_at": NOW.plus_millis(5_400_000), "queue": "billing", "priority": "urgent",
                "public": true, "origin": "found", "customer": "Zoë", "assignee": "Noa",
                "due": {"first_reply": NOW.plus_millis(600_000), "resolution": null}, "version": 7,
            })
        );
    }

    #[test]
    fn an_answered_or_resolved_conversation_has_nobody_waiting_unless_one_says_so() {
        assert!(payload("x --channel x --first-reply-at now")["waiting_since"].is_null());
        let resolved = payload("x --channel x --status resolved");
        assert!(resolved["waiting_since"].is_null());
        assert_eq!(resolved["resolved_at"], serde_json::json!(NOW));
        assert_eq!(
            payload("x --channel x --first-reply-at -5m --waiting-since -1m")["waiting_since"],
            serde_json::json!(NOW.plus_millis(-60_000))
        );
    }

    #[test]
    fn flags_that_cannot_be_meant_are_refused_with_the_reason() {
        for (flags, reason) in [
            ("a/b --channel x", "the id is not 1 to 64 of A-Z a-z 0-9 . _ : -"),
            ("x", "--channel"),
            ("x --channel x --status gone", "possible values: open, pending, snoozed, resolved"),
            ("x --channel x --opened-at yesterday", "a time is now, -15m"),
            ("x --channel x --opened-at -15", "a time is now, -15m"),
            ("x --channel x --due reply=now", "there is no clock `reply`"),
            ("x --channel x --due first_reply", "a deadline is CLOCK=TIME"),
            ("x --channel x --root a/#", "has none of + and #"),
            ("x --channel x --remove", "cannot be used with"),
            ("x --channel x --version -1", "unexpected argument"),
        ] {
            let error = parse(flags).unwrap_err().to_string();
            assert!(error.contains(reason), "{flags}: {error}");
        }
    }

    #[test]
    fn what_the_board_would_refuse_or_change_is_not_sent() {
        let wrong = |flags: &str| parse(flags).unwrap().payload(NOW).unwrap_err().to_string();
        assert_eq!(wrong("x --channel x --opened-at none"), Wrong::NeverOpened.to_string());
        assert_eq!(
            wrong("x --channel x --due resolution=now --due resolution=none"),
            "--due names resolution twice"
        );
        assert_eq!(wrong("x --channel \u{200b}"), "field `channel` is empty");
        assert!(wrong(&format!("x --channel {}", "c".repeat(33))).starts_with("--channel is longer than 32"));
        assert!(wrong("x --channel x --customer a\u{202e}b").starts_with("--customer is longer than 64"));
        let (code, out, err) = run_line("x --channel x --customer a\u{7}b");
        assert_eq!((code, out.as_str(), err.lines().count()), (exit::DATA, "", 1));
    }

    #[test]
    fn a_dry_run_prints_topic_and_payload_and_needs_no_broker() {
        let (code, out, _) =
            run_line("x --channel x --opened-at 1795330000 --dry-run --root help --host 0.0.0.0");
        assert_eq!(code, exit::OK);
        let json = r#"{"status":"open","channel":"x","opened_at":"2026-11-22T06:46:40Z","waiting_since":"2026-11-22T06:46:40Z"}"#;
        assert_eq!(out, format!("help/conversations/x {json}\n"));
        assert_eq!(run_line("x --remove --dry-run").1, "support/conversations/x \n");
    }

    #[test]
    fn without_a_broker_the_exit_code_is_69_and_the_address_is_named() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (code, out, err) = run_line(&format!("x --remove --host 127.0.0.1 --port {free}"));
        assert_eq!((code, out.as_str()), (exit::UNAVAILABLE, ""));
        assert!(err.starts_with(&format!("cannot publish to 127.0.0.1 port {free}: ")), "{err}");
        assert_eq!(err.lines().count(), 1);
    }

    #[test]
    fn a_password_file_that_is_missing_is_named() {
        let (code, _, err) = run_line("x --remove --username desk --password-file /does/not/exist");
        assert_eq!(code, exit::NO_INPUT);
        assert!(err.contains("/does/not/exist"), "{err}");
    }
}
