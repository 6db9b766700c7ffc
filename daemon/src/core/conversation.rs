//! One conversation as the board keeps it.
//!
//! Owns what is remembered of a conversation and which of two messages about it is the newer.
//! Refuses to know of other conversations.

use std::sync::Arc;

use bellboard_panel::{Timestamp, snapshot::Clock};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    config::model::ShowNames,
    core::decode::{self, Order, Status, clock_index},
};

/// A conversation's id, shared between the table and its indices.
pub type Id = Arc<str>;

/// How many words give an initial.
const MAX_INITIALS: usize = 3;

/// What the clocks need to know of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// How it stands.
    pub status: Status,
    /// The customer's first message.
    pub opened_at: Timestamp,
    /// The earliest message that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// The first human reply.
    pub first_reply_at: Option<Timestamp>,
    /// When we promised to come back.
    pub promised_at: Option<Timestamp>,
    /// Deadlines from the main system; boxed, since few conversations have any.
    pub due: Option<Box<[Option<Timestamp>; 4]>>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            status: Status::Open,
            opened_at: Timestamp::EPOCH,
            waiting_since: None,
            first_reply_at: None,
            promised_at: None,
            due: None,
        }
    }
}

impl Times {
    /// The times of a message.
    #[must_use]
    pub fn of(message: &decode::Conversation<'_>) -> Self {
        Self {
            status: message.status,
            opened_at: message.opened_at,
            waiting_since: message.waiting_since,
            first_reply_at: message.first_reply_at,
            promised_at: message.promised_at,
            due: message.due.iter().any(Option::is_some).then(|| Box::new(message.due)),
        }
    }

    /// The deadline that the main system gave for this clock.
    #[must_use]
    pub fn due(&self, clock: Clock) -> Option<Timestamp> {
        self.due.as_ref().and_then(|due| due[clock_index(clock)])
    }

    /// Whether it counts as open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status != Status::Resolved
    }

    /// Since when a customer waits; `None` when nobody does.
    #[must_use]
    pub fn waits_since(&self) -> Option<Timestamp> {
        self.waiting_since.filter(|_| self.is_open())
    }
}

/// What a message is towards the one known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newness {
    /// It tells something new.
    Newer,
    /// It was seen before.
    Same,
    /// It was overtaken.
    Older,
}

/// Orders a message after the one known; what cannot be compared is ordered by arrival.
#[must_use]
pub fn newness(known: Order, message: Order) -> Newness {
    let ordering = match (known, message) {
        (Order::Version(known), Order::Version(new)) => new.cmp(&known),
        (Order::Updated(known), Order::Updated(new)) => new.cmp(&known),
        _ => return Newness::Newer,
    };
    match ordering {
        std::cmp::Ordering::Less => Newness::Older,
        std::cmp::Ordering::Equal => Newness::Same,
        std::cmp::Ordering::Greater => Newness::Newer,
    }
}

/// As much of a customer's name as may be kept: names that may not be shown are not remembered.
#[must_use]
pub fn customer(name: &str, show: ShowNames) -> Option<Box<str>> {
    let shown: Box<str> = match show {
        ShowNames::None => return None,
        ShowNames::Full => name.into(),
        ShowNames::Initials => initials(name).into(),
    };
    (!shown.is_empty()).then_some(shown)
}

fn initials(name: &str) -> String {
    let firsts = name.unicode_words().take(MAX_INITIALS).filter_map(|word| word.graphemes(true).next());
    firsts.map(|first| first.to_uppercase() + ".").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_order_messages_and_without_them_arrival_does() {
        use Newness::{Newer, Older, Same};
        let updated = |secs| Order::Updated(Timestamp::from_secs(secs).unwrap());
        assert_eq!(newness(Order::Version(3), Order::Version(2)), Older);
        assert_eq!(newness(Order::Version(3), Order::Version(3)), Same);
        assert_eq!(newness(Order::Version(3), Order::Version(4)), Newer);
        assert_eq!(newness(updated(5), updated(4)), Older);
        assert_eq!(newness(Order::Version(3), Order::Arrival), Newer);
        assert_eq!(newness(Order::Arrival, Order::Arrival), Newer);
    }

    #[test]
    fn names_are_kept_only_as_far_as_they_may_be_shown() {
        assert_eq!(customer("Jane Mary Doe", ShowNames::None), None);
        assert_eq!(customer("Jane Mary Doe", ShowNames::Initials).as_deref(), Some("J.M.D."));
        assert_eq!(customer("łukasz Żak", ShowNames::Initials).as_deref(), Some("Ł.Ż."));
        assert_eq!(customer("Jane", ShowNames::Full).as_deref(), Some("Jane"));
        assert_eq!(customer("", ShowNames::Full), None);
    }
}
