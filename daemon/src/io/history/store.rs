//! The database: its tables and what is written into them.
//!
//! Owns every statement that changes it. Refuses to know when to write and what to do about a
//! failure.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bellboard_panel::Timestamp;
use chrono::{Days, NaiveDate};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, params};
use serde::Serialize;

use super::{FILE, Rules, read};
use crate::core::{
    figures::Sample,
    history::{AlarmStep, Outcome, Recalled, Record, Step, TYPICAL_MS, Told, Wait, day_of, midnight},
};

const MIGRATIONS: &str = include_str!("migrations.sql");
/// Whoever reads the file for a report holds it up by less than this.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Waits of today, of a day that may have 25 hours, and then some.
const DAY_MS: i64 = 26 * 3_600_000;
/// A wait that began before and ended in the last hour says nothing of how long replies take; and
/// to look for one would be to read every row at a start.
const OLDEST_WAIT_MS: i64 = 7 * 86_400_000;
/// A clock that is further ahead of the newest row than this may be wrong, and drops nothing by it.
const MAX_AHEAD_MS: i64 = 31 * 86_400_000;
/// Finished days are counted again for so long: waits that began in them may end much later.
const DAYS_RECOUNTED: u64 = 8;
/// More damaged files than anybody would let pile up.
const MAX_ASIDE: u32 = 1_000;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database library says so.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// A later version of this program made it.
    #[error("{}: it is of version {found}, and this program knows up to {known}; use a newer one, or move the file away", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program makes.
        known: u32,
    },
}

impl StoreError {
    /// Whether the file is damaged: no attempt will ever succeed with it.
    pub(super) fn is_damage(&self) -> bool {
        let Self::Sqlite { source, .. } = self else { return false };
        matches!(source.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}

/// The open database.
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens or makes it, and brings it up to this version.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |source| StoreError::Sqlite { path: path.clone(), source };
        let mut connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
        prepare(&mut connection).map_err(fail)?;
        let (found, known) = migrate(&mut connection).map_err(fail)?;
        if found > known {
            return Err(StoreError::TooNew { path, found, known });
        }
        Ok(Self { connection, path })
    }

    fn fail(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { path: self.path.clone(), source }
    }

    /// Writes rows in one transaction: all of them or none.
    pub(super) fn write<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<(), StoreError> {
        let outcome = (|| {
            let transaction = self.connection.transaction()?;
            for record in records {
                match record {
                    Record::Told(told) => write_told(&transaction, told)?,
                    Record::Gone { source, id } => write_gone(&transaction, source, id)?,
                    Record::Alarm(step) => write_alarm(&transaction, step)?,
                }
            }
            transaction.commit()
        })();
        outcome.map_err(|source| self.fail(source))
    }

    /// What a start wants to know.
    pub(super) fn recall(&self, rules: &Rules, now: Timestamp) -> Result<Recalled, StoreError> {
        recall(&self.connection, rules, now).map_err(|source| self.fail(source))
    }

    /// Once a day: counts finished days, and drops what is older than it is to be kept.
    pub(super) fn upkeep(&mut self, rules: &Rules, now: Timestamp) -> Result<(), StoreError> {
        let outcome = (|| {
            let transaction = self.connection.transaction()?;
            let today = day_of(now, rules.zone);
            for back in 1..=DAYS_RECOUNTED {
                if let Some(day) = today.checked_sub_days(Days::new(back)) {
                    count_day(&transaction, day, rules, now)?;
                }
            }
            let newest: Option<i64> =
                transaction.query_row("SELECT max(opened) FROM conversations", [], |row| row.get(0))?;
            let ahead = newest.map_or(i64::MAX, |newest| newest.saturating_add(MAX_AHEAD_MS));
            let before = now.millis().min(ahead).saturating_sub(rules.keep_ms as i64);
            transaction.execute(
                "DELETE FROM conversations WHERE opened < ?1 AND NOT EXISTS (SELECT 1 FROM states \
                 WHERE states.source = conversations.source AND states.id = conversations.id)",
                [before],
            )?;
            transaction.execute("DELETE FROM alarms WHERE raised < ?1", [before])?;
            let first_day = day_of(Timestamp::from_millis(before), rules.zone).to_string();
            transaction.execute("DELETE FROM days WHERE day < ?1", [first_day])?;
            transaction.commit()
        })();
        outcome.map_err(|source| self.fail(source))
    }
}

/// Moves a damaged database out of the way, with what belongs to it; where to.
pub(super) fn set_aside(dir: &Path) -> Option<PathBuf> {
    let name = |n: u32| match n {
        1 => format!("{FILE}.damaged"),
        n => format!("{FILE}.damaged-{n}"),
    };
    let free = (1..MAX_ASIDE).map(|n| dir.join(name(n))).find(|path| !path.exists())?;
    fs::rename(dir.join(FILE), &free).ok()?;
    for companion in ["-wal", "-shm"] {
        let mut aside = free.clone().into_os_string();
        aside.push(companion);
        // They exist only where the last run did not end well.
        _ = fs::rename(dir.join(format!("{FILE}{companion}")), aside);
    }
    Some(free)
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A write is a few kilobytes at the end of one file; the disk is waited for only when that
    // file is worked into the other.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// The versions of the file, before, and of this program.
fn migrate(connection: &mut Connection) -> rusqlite::Result<(u32, u32)> {
    let blocks: Vec<&str> = MIGRATIONS.split("\n-- v").skip(1).collect();
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (version, block) in (1_u32..).zip(&blocks).skip(found as usize) {
        let (_, statements) = block.split_once('\n').unwrap_or((block, ""));
        let transaction = connection.transaction()?;
        transaction.execute_batch(statements)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok((found, blocks.len() as u32))
}

/// The word that the interface uses for one of its kinds.
fn word(kind: impl Serialize) -> String {
    let value = serde_json::to_value(kind).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn write_told(to: &Transaction<'_>, told: &Told) -> rusqlite::Result<()> {
    let (source, id) = (&*told.source, &*told.id);
    if let Some(before) = told.replaces {
        // The main system has corrected when the conversation was opened; its first wait began then.
        to.prepare_cached(
            "DELETE FROM waits WHERE clock = 'first_reply' AND conversation IN \
             (SELECT key FROM conversations WHERE source = ?1 AND id = ?2 AND opened = ?3)",
        )?
        .execute(params![source, id, before.millis()])?;
        to.prepare_cached(
            "UPDATE OR REPLACE conversations SET opened = ?4 WHERE source = ?1 AND id = ?2 AND opened = ?3",
        )?
        .execute(params![source, id, before.millis(), told.opened.millis()])?;
    }
    let key: i64 = to
        .prepare_cached(
            "INSERT INTO conversations (source, id, opened, channel, queue, priority, public, origin, policy, \
             first_reply, resolved) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (source, id, opened) DO UPDATE SET channel = excluded.channel, queue = excluded.queue, \
             priority = excluded.priority, public = excluded.public, origin = excluded.origin, \
             policy = excluded.policy, first_reply = excluded.first_reply, resolved = excluded.resolved \
             RETURNING key",
        )?
        .query_row(
            params![
                source,
                id,
                told.opened.millis(),
                &*told.channel,
                &*told.queue,
                word(told.priority),
                told.public,
                word(told.origin),
                told.policy,
                told.first_reply.map(Timestamp::millis),
                told.resolved.map(Timestamp::millis),
            ],
            |row| row.get(0),
        )?;
    for wait in &told.waits {
        write_wait(to, key, wait)?;
    }
    if !told.state.is_empty() {
        to.prepare_cached("INSERT OR REPLACE INTO states (source, id, state) VALUES (?1, ?2, ?3)")?
            .execute(params![source, id, told.state])?;
    }
    Ok(())
}

fn write_wait(to: &Transaction<'_>, conversation: i64, wait: &Wait) -> rusqlite::Result<()> {
    let breached = wait.end.is_some_and(|end| wait.is_breached(end));
    to.prepare_cached(
        "INSERT OR REPLACE INTO waits (conversation, clock, start, ended, outcome, target, due, breached, \
         open_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        conversation,
        wait.clock.word(),
        wait.start.millis(),
        wait.end.map(Timestamp::millis),
        wait.outcome.word(),
        wait.target_ms.map(|ms| ms as i64),
        wait.due.map(Timestamp::millis),
        breached,
        wait.open_ms.map(|ms| ms as i64),
    ])?;
    Ok(())
}

fn write_gone(to: &Transaction<'_>, source: &str, id: &str) -> rusqlite::Result<()> {
    to.prepare_cached(
        "UPDATE waits SET outcome = ?3 WHERE outcome = ?4 AND conversation IN \
         (SELECT key FROM conversations WHERE source = ?1 AND id = ?2)",
    )?
    .execute(params![source, id, Outcome::Void.word(), Outcome::Open.word()])?;
    to.prepare_cached("DELETE FROM states WHERE source = ?1 AND id = ?2")?.execute(params![source, id])?;
    Ok(())
}

fn write_alarm(to: &Transaction<'_>, step: &AlarmStep) -> rusqlite::Result<()> {
    let at = step.at.millis();
    let column = match &step.step {
        Step::Raised => {
            to.prepare_cached(
                "INSERT OR IGNORE INTO alarms (alarm, raised, occurrence) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![step.alarm, at, step.occurrence])?;
            return Ok(());
        }
        Step::Escalated => "escalated",
        Step::Acked(_) => "acked",
        Step::Shelved => "shelved",
        Step::Cleared => "cleared",
    };
    // The newest one of that name that had begun by then; what is known of it already stays.
    let latest = "alarm = ?1 AND raised = (SELECT max(raised) FROM alarms WHERE alarm = ?1 AND raised <= ?2)";
    to.prepare_cached(&format!("UPDATE alarms SET {column} = coalesce({column}, ?2) WHERE {latest}"))?
        .execute(params![step.alarm, at])?;
    if let Step::Acked(by) = &step.step {
        to.prepare_cached(&format!("UPDATE alarms SET acked_by = coalesce(acked_by, ?3) WHERE {latest}"))?
            .execute(params![step.alarm, at, by])?;
    }
    Ok(())
}

fn count_day(to: &Transaction<'_>, day: NaiveDate, rules: &Rules, now: Timestamp) -> rusqlite::Result<()> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let within = midnight(day, rules.zone)..midnight(next, rules.zone);
    let mut sample = Sample::default();
    read::conversations(to, &within, |_, row| sample.conversation(row.first_reply.is_some()))?;
    read::waits(to, &within, |_, wait| sample.wait(wait, now))?;
    let figures = sample.figures();
    if figures.received == 0 && figures.first_reply.count == 0 && figures.next_reply.count == 0 {
        return Ok(());
    }
    to.execute(
        "INSERT OR REPLACE INTO days (day, received, answered, first_median_s, first_p90_s, next_median_s, \
         next_p90_s, in_target_rate, breaches) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            day.to_string(),
            figures.received,
            figures.answered,
            figures.first_reply.median_s.map(|s| s as i64),
            figures.first_reply.p90_s.map(|s| s as i64),
            figures.next_reply.median_s.map(|s| s as i64),
            figures.next_reply.p90_s.map(|s| s as i64),
            figures.in_target_rate,
            figures.breaches,
        ],
    )?;
    Ok(())
}

pub(super) fn recall(from: &Connection, rules: &Rules, now: Timestamp) -> rusqlite::Result<Recalled> {
    let mut states = from.prepare("SELECT source, id, state FROM states")?;
    let states = states.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let states = states.collect::<rusqlite::Result<_>>()?;
    let mut conversations =
        from.prepare("SELECT source, id, opened, first_reply FROM conversations WHERE opened >= ?1")?;
    let since = now.plus_millis(-rules.looks_back_ms).millis();
    let conversations = conversations.query_map([since], |row| {
        let first_reply: Option<i64> = row.get(3)?;
        let opened = Timestamp::from_millis(row.get(2)?);
        Ok((row.get(0)?, row.get(1)?, opened, first_reply.map(Timestamp::from_millis)))
    })?;
    let conversations = conversations.collect::<rusqlite::Result<_>>()?;
    let mut waits = from.prepare(&format!(
        "SELECT source, id, {} FROM waits JOIN conversations ON key = conversation \
         WHERE start >= ?1 AND (start >= ?2 OR ended >= ?3)",
        read::WAIT
    ))?;
    let (oldest, day, hour) = (OLDEST_WAIT_MS, DAY_MS, TYPICAL_MS);
    let since = [oldest, day, hour].map(|ms| now.plus_millis(-ms).millis());
    let waits = waits.query_map(since, |row| Ok((row.get(0)?, row.get(1)?, read::wait(row, 2)?)))?;
    Ok(Recalled { states, conversations, waits: waits.collect::<rusqlite::Result<_>>()? })
}
