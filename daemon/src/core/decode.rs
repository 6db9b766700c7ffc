//! Payloads of the main system, from bytes to checked values.
//!
//! Owns version 1 of the inbound MQTT interface: types, limits, and the sentence that says what
//! was wrong. Refuses to know what is done with a message. A reason never quotes a value, since
//! a value may be a customer's name.

use std::{borrow::Cow, marker::PhantomData};

use bellboard_panel::{Timestamp, snapshot::Clock};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    config::model::{Origin, Urgency},
    core::clean::clean,
};

/// A conversation's payload is at most this long, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024;
/// Objects and lists are nested at most this deep.
pub const MAX_DEPTH: usize = 16;
/// A conversation's id is at most this long, in characters.
pub const MAX_ID: usize = 64;
/// A channel's name is at most this long, in graphemes.
pub const MAX_CHANNEL: usize = 32;
/// Queue, customer and assignee are at most this long, in graphemes.
pub const MAX_NAME: usize = 64;
/// A heartbeat's boot id is at most this long, in bytes; a longer one is no id.
const MAX_BOOT: usize = 128;

/// Why a message was refused, as one sentence without any of its values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// One conversation's whole present state.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation<'a> {
    /// How it stands.
    pub status: Status,
    /// Where it takes place.
    pub channel: Cow<'a, str>,
    /// The team or inbox.
    pub queue: Cow<'a, str>,
    /// Its own priority.
    pub urgency: Urgency,
    /// Whether others can read it.
    pub public: bool,
    /// How it reached the floor.
    pub origin: Origin,
    /// The customer's name; may be empty.
    pub customer: Cow<'a, str>,
    /// The assignee's name; empty when nobody is assigned.
    pub assignee: Cow<'a, str>,
    /// The customer's first message.
    pub opened_at: Timestamp,
    /// The earliest message that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// The first human reply.
    pub first_reply_at: Option<Timestamp>,
    /// The last human reply.
    pub last_reply_at: Option<Timestamp>,
    /// When we promised to come back.
    pub promised_at: Option<Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Deadlines that the main system computed itself, in the order of [`Clock::ALL`].
    pub due: [Option<Timestamp>; 4],
    /// Its place among the versions of this conversation.
    pub order: Order,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being worked on, or waiting to be.
    Open,
    /// We wait for the customer.
    Pending,
    /// Put aside until later.
    Snoozed,
    /// Done.
    Resolved,
}

/// What orders two messages about one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A number that grows with every change.
    Version(u64),
    /// The time of the change.
    Updated(Timestamp),
    /// Nothing but the order of arrival.
    Arrival,
}

/// The main system's sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Which run of the main system speaks.
    pub boot: String,
    /// Grows with every heartbeat of that run.
    pub seq: u64,
    /// When it was sent, by the main system's clock.
    pub at: Timestamp,
    /// Conversations published whose status is not `resolved`.
    pub open: u64,
}

/// The conversation's id, when it is one: 1 to 64 of `A-Z a-z 0-9 . _ : -`.
pub fn id(text: &str) -> Result<&str, Refused> {
    let fits = (1..=MAX_ID).contains(&text.len());
    let clean = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
    if fits && text.bytes().all(clean) {
        Ok(text)
    } else {
        Err(Refused("the id is not 1 to 64 of A-Z a-z 0-9 . _ : -".into()))
    }
}

/// A conversation's payload.
pub fn conversation(payload: &[u8]) -> Result<Conversation<'_>, Refused> {
    let raw: RawConversation<'_> = read(payload)?;
    let channel = clean_cow(raw.channel, MAX_CHANNEL);
    let queue = raw.queue.map_or(Cow::Borrowed("default"), |text| clean_cow(text, MAX_NAME));
    for (name, text) in [("channel", &channel), ("queue", &queue)] {
        if text.trim().is_empty() {
            return Err(Refused(format!("field `{name}` is empty")));
        }
    }
    let order = match (raw.version, raw.updated_at) {
        (Some(version), _) => Order::Version(version),
        (None, Some(when)) => Order::Updated(when.0),
        (None, None) => Order::Arrival,
    };
    let due = raw.due.unwrap_or_default();
    Ok(Conversation {
        status: raw.status,
        channel,
        queue,
        urgency: raw.priority.unwrap_or_default(),
        public: raw.public.unwrap_or(false),
        origin: raw.origin.unwrap_or_default(),
        customer: raw.customer.map_or(Cow::Borrowed(""), |text| clean_cow(text, MAX_NAME)),
        assignee: raw.assignee.map_or(Cow::Borrowed(""), |text| clean_cow(text, MAX_NAME)),
        opened_at: raw.opened_at.0,
        waiting_since: instant(raw.waiting_since),
        first_reply_at: instant(raw.first_reply_at),
        last_reply_at: instant(raw.last_reply_at),
        promised_at: instant(raw.promised_at),
        resolved_at: instant(raw.resolved_at),
        due: [due.first_reply, due.next_reply, due.follow_up, due.resolution].map(instant),
        order,
    })
}

/// A heartbeat's payload.
pub fn heartbeat(payload: &[u8]) -> Result<Heartbeat, Refused> {
    let raw: RawHeartbeat<'_> = read(payload)?;
    if raw.boot.len() > MAX_BOOT {
        return Err(Refused(format!("field `boot` is longer than {MAX_BOOT} bytes")));
    }
    Ok(Heartbeat { boot: raw.boot.into_owned(), seq: raw.seq, at: raw.at.0, open: raw.open })
}

/// The availability's payload: `true` for `online`, `false` for `offline`.
pub fn availability(payload: &[u8]) -> Result<bool, Refused> {
    match payload {
        b"online" => Ok(true),
        b"offline" => Ok(false),
        _ => Err(Refused("the availability is neither `online` nor `offline`".into())),
    }
}

/// Any JSON object of the interface, within the limits of size and depth.
pub(crate) fn read<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, Refused> {
    if payload.len() > MAX_PAYLOAD {
        return Err(Refused(format!("the payload is longer than {MAX_PAYLOAD} bytes")));
    }
    if nests_deeper_than(payload, MAX_DEPTH) {
        return Err(Refused(format!("the payload is nested deeper than {MAX_DEPTH}")));
    }
    // The library would read a list as the fields of an object in their order.
    if payload.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refused("the payload is not a JSON object".into()));
    }
    // Text that was looked at as a whole need not be looked at again field by field.
    let read = match str::from_utf8(payload) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(payload),
    };
    read.map_err(|_| explain::<T>(payload))
}

/// Whether brackets outside of texts nest deeper than `limit`. Looks at no more than the bytes.
fn nests_deeper_than(payload: &[u8], limit: usize) -> bool {
    // Most payloads hold fewer brackets than that altogether, which is told much faster.
    if payload.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() <= limit {
        return false;
    }
    let mut depth = 0_usize;
    let mut bytes = payload.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// Reads once more, slowly, to say which field was wrong.
fn explain<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Refused {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut json) else {
        return Refused("something follows the JSON object".into());
    };
    let path = error.path().to_string();
    let inner = error.into_inner();
    let message = inner.to_string();
    let place = format!(" at line {} column {}", inner.line(), inner.column());
    // Where a word is expected the library calls any other value bad syntax.
    if let Err(error) = serde_json::from_slice::<de::IgnoredAny>(payload) {
        let (line, column) = (error.line(), error.column());
        return Refused(format!("the payload is not JSON at line {line} column {column}"));
    }
    // These two name a field of the interface and quote no value.
    if message.starts_with("missing field") || message.starts_with("duplicate field") {
        return Refused(message.replace(&place, ""));
    }
    if path == "." {
        return Refused("the payload is not a JSON object".into());
    }
    Refused(format!("field `{path}` is not {}", expected(&path)))
}

/// What a field holds, in words.
fn expected(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or(path) {
        "status" => "one of open, pending, snoozed, resolved",
        "priority" => "one of low, normal, high, urgent",
        "origin" => "one of direct, mention, found",
        "sound" => "one of low, medium, high",
        "public" => "true or false",
        "version" | "seq" | "open" => "a whole number from 0 on",
        "for_s" => "a whole number of seconds",
        "page" => "the name of a page or null",
        "percent" => "a whole number from 0 to 100 or null",
        "due" => "an object of deadlines",
        "alarms" => "a list of texts",
        "opened_at" | "updated_at" | "at" => "a time: RFC 3339 with an offset, or whole seconds of Unix time",
        "channel" | "queue" | "customer" | "assignee" | "boot" | "alarm" | "by" | "board" => "a text",
        _ => "a time or null: RFC 3339 with an offset, or whole seconds of Unix time",
    }
}

fn clean_cow(text: Cow<'_, str>, limit: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => clean(text, limit),
        Cow::Owned(text) => Cow::Owned(clean(&text, limit).into_owned()),
    }
}

fn instant(when: Option<When>) -> Option<Timestamp> {
    when.map(|when| when.0)
}

#[derive(Deserialize)]
struct RawConversation<'a> {
    status: Status,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    opened_at: When,
    #[serde(deserialize_with = "given")]
    waiting_since: Option<When>,
    #[serde(default)]
    first_reply_at: Option<When>,
    #[serde(default)]
    last_reply_at: Option<When>,
    #[serde(default)]
    promised_at: Option<When>,
    #[serde(default)]
    resolved_at: Option<When>,
    #[serde(borrow, default, deserialize_with = "text")]
    queue: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "present")]
    priority: Option<Urgency>,
    #[serde(default, deserialize_with = "present")]
    public: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    origin: Option<Origin>,
    #[serde(borrow, default, deserialize_with = "text")]
    customer: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    assignee: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "object")]
    due: Option<RawDue>,
    #[serde(default, deserialize_with = "present")]
    version: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    updated_at: Option<When>,
}

#[derive(Default, Deserialize)]
struct RawDue {
    #[serde(default)]
    first_reply: Option<When>,
    #[serde(default)]
    next_reply: Option<When>,
    #[serde(default)]
    follow_up: Option<When>,
    #[serde(default)]
    resolution: Option<When>,
}

#[derive(Deserialize)]
struct RawHeartbeat<'a> {
    #[serde(borrow)]
    boot: Cow<'a, str>,
    seq: u64,
    at: When,
    open: u64,
}

/// A field that must be there, though it may be null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// A field that may be missing, though where it is it must not be null.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// As [`present`], for an object: a list of its values in order is none.
fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    struct Visitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
            T::deserialize(de::value::MapAccessDeserializer::new(fields))
        }
    }
    d.deserialize_map(Visitor(PhantomData)).map(Some)
}

/// As [`present`], for a text that is borrowed where it holds no escapes.
pub(crate) fn text<'de: 'a, 'a, D: Deserializer<'de>>(d: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Text::deserialize(d).map(|Text(text)| Some(text))
}

/// A timestamp of the interface: RFC 3339 with an offset, or whole seconds of Unix time.
#[derive(Clone, Copy)]
pub(crate) struct When(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = When;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time")
            }
            fn visit_i64<E: de::Error>(self, secs: i64) -> Result<When, E> {
                Timestamp::from_secs(secs).map(When).ok_or_else(|| E::custom("a time out of range"))
            }
            fn visit_u64<E: de::Error>(self, secs: u64) -> Result<When, E> {
                self.visit_i64(i64::try_from(secs).unwrap_or(i64::MAX))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
                Timestamp::parse(text).map(When).ok_or_else(|| E::custom("not a time"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The index of a clock in [`Conversation::due`] and in every other list by clock.
#[must_use]
pub const fn clock_index(clock: Clock) -> usize {
    clock as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"status":"open","channel":"facebook","opened_at":"2026-11-22T08:00:00Z",
        "waiting_since":1795334400,"first_reply_at":null,"queue":"billing","priority":"high","public":true,
        "origin":"mention","customer":"Jane","assignee":"","due":{"first_reply":"2026-11-22T09:10:00+01:00"},
        "version":3,"something_else":[1,{"a":2}]}"#;

    #[test]
    fn a_whole_conversation_is_read() {
        let seen = conversation(WHOLE.as_bytes()).unwrap();
        assert_eq!(seen.status, Status::Open);
        assert_eq!(seen.channel, "facebook");
        assert_eq!(seen.waiting_since, Timestamp::from_secs(1_795_334_400));
        assert_eq!(seen.due[0], Timestamp::parse("2026-11-22T08:10:00Z"));
        assert_eq!(seen.order, Order::Version(3));
        assert!(matches!(seen.channel, Cow::Borrowed(_)), "plain texts are not copied");
    }

    #[test]
    fn optional_fields_have_their_defaults() {
        let least = br#"{"status":"pending","channel":"x","opened_at":0,"waiting_since":null}"#;
        let seen = conversation(least).unwrap();
        assert_eq!(seen.queue, "default");
        assert_eq!(seen.urgency, Urgency::Normal);
        assert_eq!(seen.origin, Origin::Direct);
        assert_eq!(seen.order, Order::Arrival);
        assert!(!seen.public);
    }

    #[track_caller]
    fn refused(payload: &str, reason: &str) {
        let error = conversation(payload.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, reason, "for {}", &payload[..payload.len().min(90)]);
    }

    #[test]
    fn a_refusal_names_the_field_and_quotes_no_value() {
        let with = |from: &str, to: &str| WHOLE.replace(from, to);
        refused(&with("\"waiting_since\":1795334400,", ""), "missing field `waiting_since`");
        refused(&with("\"status\":\"open\",", ""), "missing field `status`");
        refused(&with("true", "\"Jane\""), "field `public` is not true or false");
        refused(
            &with("\"open\"", "\"Jane\""),
            "field `status` is not one of open, pending, snoozed, resolved",
        );
        refused(&with("\"open\"", "1"), "field `status` is not one of open, pending, snoozed, resolved");
        refused(&with("\"billing\"", "null"), "field `queue` is not a text");
        refused(&with("\"facebook\"", "\"\\u0007\""), "field `channel` is empty");
        refused(&with(":3", ":-1"), "field `version` is not a whole number from 0 on");
        let time = "a time: RFC 3339 with an offset, or whole seconds of Unix time";
        refused(&with("\"2026-11-22T08:00:00Z\"", "1.5"), &format!("field `opened_at` is not {time}"));
        refused(&with("08:00:00Z", "08:00:00"), &format!("field `opened_at` is not {time}"));
        refused(
            &with("1795334400", "99999999999999"),
            &format!("field `waiting_since` is not {}", expected("")),
        );
        refused(&with("09:10:00+01:00", "Jane"), &format!("field `due.first_reply` is not {}", expected("")));
        refused("[]", "the payload is not a JSON object");
        refused(r#" ["open","x",0,null]"#, "the payload is not a JSON object");
        refused(
            &with("{\"first_reply\"", "[\"first_reply\"")
                .replace("00\"},", "00\"],")
                .replace("\":\"2026-11-22T09", "\",\"2026-11-22T09"),
            "field `due` is not an object of deadlines",
        );
        refused("{\"status\":", "the payload is not JSON at line 1 column 10");
        refused(&format!("{WHOLE} x"), "something follows the JSON object");
    }

    #[test]
    fn size_and_depth_are_limited() {
        let long = format!("{{\"x\":\"{}\"}}", "a".repeat(MAX_PAYLOAD));
        refused(&long, "the payload is longer than 65536 bytes");
        let nest = |n: usize| WHOLE.replace("[1,{\"a\":2}]", &format!("{}{}", "[".repeat(n), "]".repeat(n)));
        assert!(conversation(nest(MAX_DEPTH - 1).as_bytes()).is_ok());
        refused(&nest(MAX_DEPTH), "the payload is nested deeper than 16");
        refused(&"[".repeat(60_000), "the payload is nested deeper than 16");
        assert!(!nests_deeper_than(br#"{"a":"[[[[[[[[[[[[[[[[[[[[\"[[["}"#, MAX_DEPTH));
    }

    #[test]
    fn ids_keep_to_their_alphabet() {
        assert!(id("fb-1842").is_ok() && id("a.b_c:D-9").is_ok() && id(&"a".repeat(64)).is_ok());
        for bad in ["", "a b", "a/b", "ż", &"a".repeat(65)] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_heartbeat_needs_all_its_fields() {
        let whole = br#"{"boot":"b1","seq":4,"at":"2026-11-22T08:00:00Z","open":12}"#;
        assert_eq!(heartbeat(whole).unwrap().open, 12);
        assert_eq!(heartbeat(br#"{"boot":"b1","seq":4,"at":0}"#).unwrap_err().0, "missing field `open`");
    }
}
