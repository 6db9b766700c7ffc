//! The queue between the task that reads from the broker and the event loop that decides.
//!
//! Owns its bound: when it grows long, only the newest message of each topic is kept, which is
//! all that a state-based interface needs. Refuses to look into payloads.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::Notify;
use tracing::debug;

/// From this many messages on, overtaken ones are looked for: a burst of ten thousand retained
/// conversations passes untouched.
const COMPACT_FROM: usize = 16_384;
/// The queue holds at most so many bytes of topics and payloads; what needs more is not a
/// support floor but an attack, and the connection is given up.
pub const MAX_BYTES: usize = 64 << 20;
/// What a queued message costs besides its topic and payload, roughly.
const OVERHEAD: usize = 96;

/// What the link hands to the event loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail {
    /// A new session began and the subscriptions are on their way.
    Up,
    /// The session is over, or none could be had.
    Down,
    /// A message arrived.
    Message {
        /// Its topic.
        topic: String,
        /// Its payload.
        payload: Bytes,
        /// Whether the broker had kept it.
        retained: bool,
    },
}

impl Mail {
    fn cost(&self) -> usize {
        match self {
            Self::Up | Self::Down => OVERHEAD,
            Self::Message { topic, payload, .. } => topic.len() + payload.len() + OVERHEAD,
        }
    }
}

/// The queue was full with the newest messages only.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_BYTES} bytes of messages wait to be looked at")]
pub struct Overflow;

/// The queue.
#[derive(Debug, Default)]
pub struct Mailbox {
    inner: Mutex<Inner>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// Commands: they go ahead of everything else.
    urgent: VecDeque<Mail>,
    queue: VecDeque<Mail>,
    bytes: usize,
    /// The length at which the queue is compacted next; doubled after each time, so that
    /// compaction costs a constant share of what it works on.
    compact_at: usize,
}

impl Mailbox {
    /// Puts a message in; a command goes ahead of everything else.
    pub fn put(&self, mail: Mail, urgent: bool) -> Result<(), Overflow> {
        let mut inner = self.lock();
        inner.bytes += mail.cost();
        if urgent {
            inner.urgent.push_back(mail);
        } else {
            inner.queue.push_back(mail);
        }
        if inner.bytes > MAX_BYTES || inner.queue.len() >= inner.compact_at.max(COMPACT_FROM) {
            inner.compact();
        }
        let overflow = inner.bytes > MAX_BYTES;
        drop(inner);
        self.filled.notify_one();
        if overflow { Err(Overflow) } else { Ok(()) }
    }

    /// Forgets every message: the session that they belong to is given up.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// Waits until there is something to take. May return once too often.
    pub async fn filled(&self) {
        while self.is_empty() {
            self.filled.notified().await;
        }
    }

    /// Whether there is nothing to take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let inner = self.lock();
        inner.urgent.is_empty() && inner.queue.is_empty()
    }

    /// Takes all commands and at most `limit` messages, in that order, into `batch`.
    pub fn take(&self, limit: usize, batch: &mut Vec<Mail>) {
        let mut inner = self.lock();
        let taken = inner.queue.len().min(limit);
        let Inner { urgent, queue, bytes, compact_at } = &mut *inner;
        for mail in urgent.drain(..).chain(queue.drain(..taken)) {
            *bytes -= mail.cost();
            batch.push(mail);
        }
        if queue.is_empty() {
            *compact_at = 0;
            queue.shrink_to(COMPACT_FROM);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Keeps the last message of each topic, in the order of arrival, and every change of session.
    fn compact(&mut self) {
        let before = self.queue.len();
        let mut seen = HashSet::new();
        let mut kept = VecDeque::new();
        for mail in self.queue.drain(..).rev() {
            let newest = match &mail {
                Mail::Message { topic, .. } => seen.insert(topic.clone()),
                Mail::Up | Mail::Down => true,
            };
            if newest {
                kept.push_front(mail);
            } else {
                self.bytes -= mail.cost();
            }
        }
        debug!(before, kept = kept.len(), "the queue is long; overtaken messages are passed over");
        self.queue = kept;
        self.compact_at = self.queue.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, payload: &str) -> Mail {
        Mail::Message { topic: topic.into(), payload: Bytes::from(payload.to_owned()), retained: false }
    }

    fn all(mailbox: &Mailbox) -> Vec<Mail> {
        let mut batch = Vec::new();
        mailbox.take(usize::MAX, &mut batch);
        batch
    }

    #[test]
    fn messages_leave_in_the_order_they_came_but_commands_go_ahead() {
        let mailbox = Mailbox::default();
        mailbox.put(Mail::Up, false).unwrap();
        mailbox.put(message("a", "1"), false).unwrap();
        mailbox.put(message("cmd", "ack"), true).unwrap();
        assert_eq!(all(&mailbox), [message("cmd", "ack"), Mail::Up, message("a", "1")]);
        assert!(mailbox.is_empty());
    }

    #[test]
    fn a_flood_on_few_topics_keeps_only_the_newest_of_each() {
        let mailbox = Mailbox::default();
        for n in 0..1_000_000 {
            mailbox.put(message(&format!("t{}", n % 10), &n.to_string()), false).unwrap();
        }
        let left = all(&mailbox);
        assert!(left.len() < COMPACT_FROM + 10, "{} left", left.len());
        assert_eq!(left.last(), Some(&message("t9", "999999")));
        assert_eq!(mailbox.lock().bytes, 0);
    }

    #[test]
    fn a_flood_of_topics_ends_in_an_overflow_and_not_in_lost_memory() {
        let mailbox = Mailbox::default();
        let payload = "x".repeat(60_000);
        let full = (0..10_000).find(|n| mailbox.put(message(&n.to_string(), &payload), false).is_err());
        assert!(full.is_some_and(|n| n * 60_000 <= MAX_BYTES));
        mailbox.clear();
        assert!(mailbox.put(message("a", "b"), false).is_ok());
    }
}
