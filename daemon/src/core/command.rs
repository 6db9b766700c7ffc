//! What people and other systems may ask of a board over MQTT.
//!
//! Owns the commands, their payloads and their answers. Refuses to carry them out.

use std::borrow::Cow;

use bellboard_panel::{screens::Page, snapshot::Priority};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::{clean::clean, decode, sound::MAX_MUTE_S, view};

/// Who acknowledged, where nobody says.
const ANONYMOUS: &str = "mqtt";
/// A name or key in a command is at most this long, in graphemes: an id, a slash and a clock.
const MAX_TEXT: usize = 96;

/// A command, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Acknowledge what is shown, or one alarm.
    Ack {
        /// The key of one alarm.
        alarm: Option<String>,
        /// Who does.
        by: String,
    },
    /// Put what is shown, or one alarm, aside.
    Shelve {
        /// The key of one alarm.
        alarm: Option<String>,
        /// Seconds.
        for_s: u64,
    },
    /// Take up again what was put aside, or one alarm.
    Unshelve {
        /// The key of one alarm.
        alarm: Option<String>,
    },
    /// Silence the alarms for so many seconds.
    Mute(u64),
    /// Let them be heard again.
    Unmute,
    /// Show this page until another wish; `None`: pages take turns.
    Page(Option<Page>),
    /// So many percent of brightness, 0 to 100, until another wish; `None`: as configured.
    Brightness(Option<u8>),
    /// One burst and a test picture.
    Test(Priority),
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// The field of the payload that it is about.
    pub field: Option<&'static str>,
}

impl Failure {
    fn payload(field: Option<&'static str>, message: String) -> Self {
        Self { code: "bad_payload", message, field }
    }

    /// No alarm of that key is on the board.
    #[must_use]
    pub fn unknown_alarm() -> Self {
        let message = "no alarm with this key is on the board".into();
        Self { code: "unknown_alarm", message, field: Some("alarm") }
    }

    /// The alarm of that key tells of the board itself and cannot be put aside.
    #[must_use]
    pub fn unshelvable() -> Self {
        let message = "the board's own stale and offline can be acknowledged or muted, not shelved".into();
        Self { code: "not_shelvable", message, field: Some("alarm") }
    }

    fn unknown_page() -> Self {
        let words = Page::TURNING.map(Page::word).join(", ");
        Self::payload(Some("page"), format!("field `page` is not one of {words}"))
    }

    /// That is longer than the configuration's `shelve_max`.
    #[must_use]
    pub fn shelved_too_long(max_s: u64) -> Self {
        Self::payload(Some("for_s"), format!("field `for_s` is not from 1 to {max_s}"))
    }
}

/// The answer, as the interface writes it.
#[must_use]
pub fn answer(result: &Result<(), Failure>) -> Value {
    match result {
        Ok(()) => json!({"ok": true}),
        Err(Failure { code, message, field }) => {
            json!({"ok": false, "error": {"code": code, "message": message, "field": field}})
        }
    }
}

/// Understands a command by its name and payload; an empty payload is an empty object.
pub fn parse(name: &str, payload: &[u8]) -> Result<Command, Failure> {
    let payload = if payload.is_empty() { b"{}".as_slice() } else { payload };
    let text = |text: Option<Cow<'_, str>>| text.map(|text| clean(&text, MAX_TEXT).into_owned());
    match name {
        "ack" => {
            let raw: RawAck<'_> = read(payload)?;
            let by = text(raw.by).filter(|by| !by.is_empty()).unwrap_or_else(|| ANONYMOUS.into());
            Ok(Command::Ack { alarm: text(raw.alarm), by })
        }
        "shelve" => {
            let RawShelve { alarm, for_s } = read(payload)?;
            Ok(Command::Shelve { alarm: text(alarm), for_s })
        }
        "unshelve" => {
            let RawUnshelve { alarm } = read(payload)?;
            Ok(Command::Unshelve { alarm: text(alarm) })
        }
        "mute" => {
            let RawMute { for_s } = read(payload)?;
            if for_s == 0 || for_s > MAX_MUTE_S {
                let message = format!("field `for_s` is not from 1 to {MAX_MUTE_S}");
                return Err(Failure::payload(Some("for_s"), message));
            }
            Ok(Command::Mute(for_s))
        }
        "unmute" => read::<RawEmpty>(payload).map(|_| Command::Unmute),
        "page" => {
            let RawPage { page } = read(payload)?;
            page.map(|name| view::page(&name).ok_or_else(Failure::unknown_page))
                .transpose()
                .map(Command::Page)
        }
        "brightness" => {
            let RawBrightness { percent } = read(payload)?;
            if percent.is_some_and(|percent| percent > 100) {
                let message = "field `percent` is not from 0 to 100".into();
                return Err(Failure::payload(Some("percent"), message));
            }
            Ok(Command::Brightness(percent.map(|percent| percent as u8)))
        }
        "test" => {
            let RawTest { sound } = read(payload)?;
            Ok(Command::Test(sound.unwrap_or(Priority::Medium)))
        }
        _ => {
            let message =
                "this board knows the commands ack, brightness, mute, page, shelve, test, unmute and \
                           unshelve"
                    .into();
            Err(Failure { code: "unknown_command", message, field: None })
        }
    }
}

fn read<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, Failure> {
    decode::read(payload).map_err(|refused| {
        let named = ["alarm", "by", "for_s", "page", "percent", "sound"];
        let field = named.into_iter().find(|name| refused.0.contains(&format!("`{name}`")));
        Failure::payload(field, refused.0)
    })
}

#[derive(Deserialize)]
struct RawAck<'a> {
    #[serde(borrow, default, deserialize_with = "decode::text")]
    alarm: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "decode::text")]
    by: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawShelve<'a> {
    #[serde(borrow, default, deserialize_with = "decode::text")]
    alarm: Option<Cow<'a, str>>,
    for_s: u64,
}

#[derive(Deserialize)]
struct RawUnshelve<'a> {
    #[serde(borrow, default, deserialize_with = "decode::text")]
    alarm: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawMute {
    for_s: u64,
}

#[derive(Deserialize)]
struct RawPage {
    page: Option<String>,
}

#[derive(Deserialize)]
struct RawBrightness {
    percent: Option<u64>,
}

#[derive(Deserialize)]
struct RawTest {
    #[serde(default, deserialize_with = "decode::present")]
    sound: Option<Priority>,
}

#[derive(Deserialize)]
struct RawEmpty {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_understood() {
        let ack =
            |alarm: Option<&str>, by: &str| Command::Ack { alarm: alarm.map(Into::into), by: by.into() };
        assert_eq!(parse("ack", b""), Ok(ack(None, "mqtt")));
        assert_eq!(
            parse("ack", br#"{"alarm":"a/first_reply","by":"Jo"}"#),
            Ok(ack(Some("a/first_reply"), "Jo"))
        );
        assert_eq!(parse("mute", br#"{"for_s":600}"#), Ok(Command::Mute(600)));
        assert_eq!(parse("unmute", b"{}"), Ok(Command::Unmute));
        assert_eq!(parse("shelve", br#"{"for_s":900}"#), Ok(Command::Shelve { alarm: None, for_s: 900 }));
        let one = Some("a/next_reply".to_owned());
        assert_eq!(parse("unshelve", br#"{"alarm":"a/next_reply"}"#), Ok(Command::Unshelve { alarm: one }));
        assert_eq!(parse("unshelve", b""), Ok(Command::Unshelve { alarm: None }));
        assert_eq!(parse("test", br#"{"sound":"high"}"#), Ok(Command::Test(Priority::High)));
        assert_eq!(parse("test", b""), Ok(Command::Test(Priority::Medium)));
        assert_eq!(parse("page", br#"{"page":"list"}"#), Ok(Command::Page(Some(Page::List))));
        for back in ["", "{}", r#"{"page":null}"#, r#"{"percent":null}"#] {
            assert_eq!(parse("page", back.as_bytes()), Ok(Command::Page(None)));
            assert_eq!(parse("brightness", back.as_bytes()), Ok(Command::Brightness(None)));
        }
        assert_eq!(parse("brightness", br#"{"percent":0}"#), Ok(Command::Brightness(Some(0))));
        assert_eq!(parse("brightness", br#"{"percent":100}"#), Ok(Command::Brightness(Some(100))));
    }

    #[test]
    fn a_bad_command_says_which_field_is_wrong() {
        let failure = |name, payload: &[u8]| parse(name, payload).unwrap_err();
        assert_eq!(failure("mute", b"{}").field, Some("for_s"));
        assert_eq!(failure("mute", br#"{"for_s":0}"#).message, "field `for_s` is not from 1 to 86400");
        assert_eq!(
            failure("test", br#"{"sound":"loud"}"#).message,
            "field `sound` is not one of low, medium, high"
        );
        assert_eq!(failure("shelve", b"{}").field, Some("for_s"));
        let known = "field `page` is not one of now, list, channels, queues, today";
        for unknown in ["lists", "alarm", ""] {
            let failure = failure("page", format!(r#"{{"page":"{unknown}"}}"#).as_bytes());
            assert_eq!((failure.message.as_str(), failure.field), (known, Some("page")));
        }
        let wrong = failure("page", br#"{"page":1}"#);
        assert_eq!(wrong.message, "field `page` is not the name of a page or null");
        for wrong in ["101", "-1", "2.5", "\"40\""] {
            let failure = failure("brightness", format!(r#"{{"percent":{wrong}}}"#).as_bytes());
            assert_eq!(failure.field, Some("percent"), "{failure}");
            assert!(failure.message.contains(" 0 to 100"), "{failure}");
        }
        assert_eq!(failure("ack", b"nonsense").code, "bad_payload");
        assert_eq!(failure("reboot", b"").code, "unknown_command");
    }
}
