//! What boards of one group tell each other: what was acknowledged in front of one of them.
//!
//! Owns that message, both ways. Refuses to know alarms.

use std::borrow::Cow;

use bellboard_panel::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::core::{
    clean::clean,
    decode::{self, Refused, When},
};

/// A message names at most so many alarms, which keeps it below the limit of a payload.
pub const MAX_SHARED: usize = 500;
/// Names and keys are at most this long, in graphemes.
const MAX_TEXT: usize = 96;

/// What was acknowledged in front of another board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedAck {
    /// The keys of the alarms.
    pub alarms: Vec<String>,
    /// Who acknowledged them.
    pub by: String,
    /// When, by that board's clock.
    pub at: Timestamp,
    /// The board.
    pub board: String,
}

/// Reads such a message.
pub fn read(payload: &[u8]) -> Result<SharedAck, Refused> {
    let raw: Raw<'_> = decode::read(payload)?;
    if raw.alarms.len() > MAX_SHARED {
        return Err(Refused(format!("field `alarms` names more than {MAX_SHARED}")));
    }
    let text = |text: &str| clean(text, MAX_TEXT).into_owned();
    Ok(SharedAck {
        alarms: raw.alarms.iter().map(|key| text(key)).collect(),
        by: text(&raw.by),
        at: raw.at.0,
        board: text(&raw.board),
    })
}

/// Writes such messages: as many as it takes.
#[must_use]
pub fn write(alarms: &[String], by: &str, at: Timestamp, board: &str) -> Vec<String> {
    let message = |keys: &[String]| json!({"alarms": keys, "by": by, "at": at, "board": board}).to_string();
    alarms.chunks(MAX_SHARED).map(message).collect()
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    alarms: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    by: Cow<'a, str>,
    at: When,
    #[serde(borrow)]
    board: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_board_writes_another_reads() {
        let keys: Vec<String> = (0..1_200).map(|n| format!("{}{n}/first_reply", "x".repeat(55))).collect();
        let at = Timestamp::from_secs(1_795_000_000).unwrap();
        let messages = write(&keys, "button", at, "floor-1");
        assert_eq!(messages.len(), 3);
        let read: Vec<SharedAck> = messages.iter().map(|text| read(text.as_bytes()).unwrap()).collect();
        assert!(read.iter().all(|ack| (ack.by.as_str(), ack.board.as_str()) == ("button", "floor-1")));
        assert!(read.iter().all(|ack| ack.at == at));
        assert_eq!(read.into_iter().flat_map(|ack| ack.alarms).collect::<Vec<_>>(), keys);
        assert!(write(&[], "button", at, "floor-1").is_empty());
    }

    #[test]
    fn a_message_that_breaks_the_interface_names_the_field() {
        let refused = |payload: &[u8]| read(payload).unwrap_err().0;
        assert_eq!(refused(br#"{"alarms":[],"at":0,"board":"b"}"#), "missing field `by`");
        assert_eq!(
            refused(br#"{"alarms":"a","by":"","at":0,"board":"b"}"#),
            "field `alarms` is not a list of texts"
        );
        let many = json!({"alarms": vec!["a"; MAX_SHARED + 1], "by": "", "at": 0, "board": "b"}).to_string();
        assert_eq!(refused(many.as_bytes()), "field `alarms` names more than 500");
    }
}
