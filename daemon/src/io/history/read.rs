//! Reading the history: for a start, for days and for reports.
//!
//! Owns how a row of the database becomes a value again. Refuses to write.

use std::{ops::Range, path::Path};

use bellboard_panel::{Timestamp, snapshot::Clock};
use rusqlite::{Connection, OpenFlags, Row};
use serde::de::DeserializeOwned;

use super::{FILE, StoreError};
use crate::core::{
    history::{Outcome, Told, Wait},
    report::Traits,
};

/// The columns of a wait, in the order in which [`wait`] reads them.
pub(super) const WAIT: &str = "clock, start, ended, outcome, target, due, open_time";

/// A conversation's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The customer's first message.
    pub opened: Timestamp,
    /// The first human reply.
    pub first_reply: Option<Timestamp>,
}

/// Opens the history in `dir` to be read, while a daemon may be writing it.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn open(dir: &Path) -> Result<Connection, StoreError> {
    let path = dir.join(FILE);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let look = |connection: Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?;
        Ok(connection)
    };
    let opened = Connection::open_with_flags(&path, flags).and_then(look).or_else(|error| {
        // Nobody writes it and this user may not either: then it holds still.
        let still = format!("file:{}?immutable=1", escaped(&path));
        Connection::open_with_flags(still, flags).and_then(look).map_err(|_: rusqlite::Error| error)
    });
    opened.map_err(|source| StoreError::Sqlite { path, source })
}

/// A path as a part of a URI.
fn escaped(path: &Path) -> String {
    let escape = |c: char| match c {
        '%' | '?' | '#' => format!("%{:02X}", u32::from(c)),
        c => c.to_string(),
    };
    path.display().to_string().chars().map(escape).collect()
}

/// Each conversation that was opened within a time.
pub fn conversations(
    from: &Connection,
    within: &Range<Timestamp>,
    mut each: impl FnMut(&Traits<'_>, Conversation),
) -> rusqlite::Result<()> {
    let mut rows = from.prepare_cached(
        "SELECT channel, queue, priority, policy, opened, first_reply FROM conversations \
         WHERE opened >= ?1 AND opened < ?2",
    )?;
    let mut rows = rows.query([within.start.millis(), within.end.millis()])?;
    while let Some(row) = rows.next()? {
        let first_reply: Option<i64> = row.get(5)?;
        let times = Conversation {
            opened: Timestamp::from_millis(row.get(4)?),
            first_reply: first_reply.map(Timestamp::from_millis),
        };
        each(&traits(row)?, times);
    }
    Ok(())
}

/// Each wait that began within a time.
pub fn waits(
    from: &Connection,
    within: &Range<Timestamp>,
    mut each: impl FnMut(&Traits<'_>, &Wait),
) -> rusqlite::Result<()> {
    let mut rows = from.prepare_cached(&format!(
        "SELECT channel, queue, priority, policy, {WAIT} FROM waits JOIN conversations ON key = conversation \
         WHERE start >= ?1 AND start < ?2"
    ))?;
    let mut rows = rows.query([within.start.millis(), within.end.millis()])?;
    while let Some(row) = rows.next()? {
        each(&traits(row)?, &wait(row, 4)?);
    }
    Ok(())
}

/// Each conversation that was opened within a time, whole and with its waits, in the order in which
/// they were opened.
pub fn whole<E: From<rusqlite::Error>>(
    from: &Connection,
    within: &Range<Timestamp>,
    mut each: impl FnMut(&Told) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = from.prepare(&format!(
        "SELECT key, source, id, channel, queue, priority, public, origin, policy, opened, first_reply, resolved, \
         {WAIT} FROM conversations LEFT JOIN waits ON conversation = key \
         WHERE opened >= ?1 AND opened < ?2 ORDER BY opened, key, clock, start"
    ))?;
    let mut rows = rows.query([within.start.millis(), within.end.millis()])?;
    let mut open: Option<(i64, Told)> = None;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        if open.as_ref().is_none_or(|(known, _)| *known != key)
            && let Some((_, done)) = open.replace((key, told(row)?))
        {
            each(&done)?;
        }
        if let Some((_, told)) = &mut open
            && row.get::<_, Option<i64>>(FIRST_OF_WAIT + 1)?.is_some()
        {
            told.waits.push(wait(row, FIRST_OF_WAIT)?);
        }
    }
    open.map_or(Ok(()), |(_, last)| each(&last))
}

/// The place of a wait's first column behind those of its conversation.
const FIRST_OF_WAIT: usize = 12;

fn told(row: &Row<'_>) -> rusqlite::Result<Told> {
    let text = |n: usize| Ok::<_, rusqlite::Error>(row.get_ref(n)?.as_str()?.to_owned());
    let instant =
        |n: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(n)?.map(Timestamp::from_millis));
    Ok(Told {
        source: text(1)?.into(),
        id: text(2)?.into(),
        channel: text(3)?.into(),
        queue: text(4)?.into(),
        priority: kind(&text(5)?),
        public: row.get(6)?,
        origin: kind(&text(7)?),
        policy: row.get(8)?,
        opened: Timestamp::from_millis(row.get(9)?),
        replaces: None,
        first_reply: instant(10)?,
        resolved: instant(11)?,
        waits: Vec::new(),
        state: String::new(),
    })
}

/// The kind that a word of the interface stands for.
fn kind<T: DeserializeOwned + Default>(word: &str) -> T {
    serde_json::from_value(word.into()).unwrap_or_default()
}

fn traits<'a>(row: &'a Row<'_>) -> rusqlite::Result<Traits<'a>> {
    let text = |n: usize| Ok::<_, rusqlite::Error>(row.get_ref(n)?.as_str()?);
    let policy = row.get_ref(3)?.as_str_or_null()?;
    Ok(Traits { channel: text(0)?, queue: text(1)?, priority: text(2)?, policy })
}

/// The wait whose columns begin at `at`.
pub(super) fn wait(row: &Row<'_>, at: usize) -> rusqlite::Result<Wait> {
    let clock = row.get_ref(at)?.as_str()?;
    let outcome = row.get_ref(at + 3)?.as_str()?;
    let instant =
        |n: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(n)?.map(Timestamp::from_millis));
    let length = |n: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(n)?.map(|ms| ms as u64));
    Ok(Wait {
        clock: Clock::ALL.into_iter().find(|known| known.word() == clock).unwrap_or(Clock::NextReply),
        start: Timestamp::from_millis(row.get(at + 1)?),
        end: instant(at + 2)?,
        outcome: Outcome::ALL.into_iter().find(|known| known.word() == outcome).unwrap_or(Outcome::Void),
        target_ms: length(at + 4)?,
        due: instant(at + 5)?,
        open_ms: length(at + 6)?,
    })
}
