//! What is said beside slides, who was there, and how long calls took, as rows.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension as _, Row, Savepoint, params};

use super::SqliteStore;
use crate::store::access::Principal;
use crate::store::talk::{
    Added, Attendee, Call, CallStore, Change, Message, MessageKind, Most, TalkStore,
};
use crate::store::{DeckId, StoreResult};

/// So long the id of a removed message is remembered, in milliseconds: a page that could not hear
/// whether it was taken sends it again within a day, or asks its person.
const REMEMBERED: i64 = 24 * 60 * 60 * 1_000;

const MESSAGE: &str = "SELECT id, anchor, slide, kind, principal, name, text, at, starred_at, done_at FROM discussion";

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        anchor: row.get(1)?,
        slide: row.get(2)?,
        kind: row.get(3)?,
        principal: Principal(row.get(4)?),
        name: row.get(5)?,
        text: row.get(6)?,
        at: row.get(7)?,
        starred_at: row.get(8)?,
        done_at: row.get(9)?,
    })
}

fn attendee(row: &Row<'_>) -> rusqlite::Result<Attendee> {
    let principal = Principal(row.get(0)?);
    Ok(Attendee { principal, name: row.get(1)?, at: row.get(2)? })
}

impl FromSql for MessageKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl TalkStore for SqliteStore {
    fn add_message(&self, deck: &DeckId, message: Message, most: Most) -> StoreResult<Added> {
        let deck = deck.clone();
        self.write(move |savepoint| add(savepoint, &deck, &message, most))
    }

    fn messages(&self, deck: &DeckId) -> StoreResult<Vec<Message>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = format!("{MESSAGE} WHERE deck = ?1 AND removed_at IS NULL ORDER BY at, id");
            connection.prepare_cached(&sql)?.query_map([deck.as_str()], message)?.collect()
        })
    }

    fn messages_of(&self, deck: &DeckId, principal: Principal) -> StoreResult<Vec<Message>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = format!(
                "{MESSAGE} WHERE deck = ?1 AND principal = ?2 AND removed_at IS NULL
                 ORDER BY at, id"
            );
            let row = params![deck.as_str(), principal.0];
            connection.prepare_cached(&sql)?.query_map(row, message)?.collect()
        })
    }

    fn message(&self, deck: &DeckId, id: &str) -> StoreResult<Option<Message>> {
        let (deck, id) = (deck.clone(), id.to_owned());
        self.read(move |connection| {
            let sql = format!("{MESSAGE} WHERE deck = ?1 AND id = ?2 AND removed_at IS NULL");
            connection.query_row(&sql, [deck.as_str(), &id], message).optional()
        })
    }

    fn change_message(
        &self,
        deck: &DeckId,
        id: &str,
        change: Change,
        now: i64,
    ) -> StoreResult<Option<Message>> {
        let (deck, id) = (deck.clone(), id.to_owned());
        self.write(move |savepoint| {
            let sql = "UPDATE discussion SET
                           text = coalesce(?3, text),
                           starred_at = CASE WHEN ?4 IS NULL THEN starred_at
                                             WHEN ?4 THEN coalesce(starred_at, ?6) END,
                           done_at = CASE WHEN ?5 IS NULL THEN done_at
                                          WHEN ?5 THEN coalesce(done_at, ?6) END
                       WHERE deck = ?1 AND id = ?2 AND removed_at IS NULL";
            let Change { text, starred, done } = change;
            savepoint.execute(sql, params![deck.as_str(), id, text, starred, done, now])?;
            let sql = format!("{MESSAGE} WHERE deck = ?1 AND id = ?2 AND removed_at IS NULL");
            savepoint.query_row(&sql, [deck.as_str(), &id], message).optional()
        })
    }

    fn remove_message(&self, deck: &DeckId, id: &str, now: i64) -> StoreResult<bool> {
        let (deck, id) = (deck.clone(), id.to_owned());
        self.write(move |savepoint| {
            let sql = "UPDATE discussion
                       SET removed_at = ?3, text = '', name = '', slide = '', anchor = NULL
                       WHERE deck = ?1 AND id = ?2 AND removed_at IS NULL";
            Ok(savepoint.execute(sql, params![deck.as_str(), id, now])? > 0)
        })
    }

    fn attend(&self, deck: &DeckId, attendee: Attendee, most: usize) -> StoreResult<bool> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let Attendee { principal, name, at } = attendee;
            // Asked and added in one go: of two who come at the same time one may be the last.
            let sql = "INSERT INTO attendance (deck, principal, name, at) SELECT ?1, ?2, ?3, ?4
                       WHERE EXISTS (SELECT 1 FROM attendance WHERE deck = ?1 AND principal = ?2)
                          OR (SELECT count(*) FROM attendance WHERE deck = ?1) < ?5
                       ON CONFLICT (deck, principal) DO UPDATE SET name = excluded.name";
            let row = params![deck.as_str(), principal.0, name, at, most];
            Ok(savepoint.execute(sql, row)? > 0)
        })
    }

    fn forget_attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let sql = "DELETE FROM attendance WHERE deck = ?1 AND principal = ?2";
            savepoint.execute(sql, params![deck.as_str(), principal.0]).map(drop)
        })
    }

    fn attendees(&self, deck: &DeckId) -> StoreResult<Vec<Attendee>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT principal, name, at FROM attendance
                       WHERE deck = ?1 ORDER BY at, principal";
            connection.prepare_cached(sql)?.query_map([deck.as_str()], attendee)?.collect()
        })
    }

    fn attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<Option<Attendee>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT principal, name, at FROM attendance
                       WHERE deck = ?1 AND principal = ?2";
            let row = params![deck.as_str(), principal.0];
            connection.prepare_cached(sql)?.query_row(row, attendee).optional()
        })
    }

    fn call_at(&self, deck: &DeckId) -> StoreResult<Option<String>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT call_at FROM decks WHERE id = ?1";
            let found = connection.query_row(sql, [deck.as_str()], |row| row.get(0)).optional()?;
            Ok(found.flatten())
        })
    }
}

impl CallStore for SqliteStore {
    fn save_call(&self, deck: &DeckId, call: Call) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let sql = "INSERT INTO calls (deck, began_at, ended_at, times) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (deck, began_at)
                       DO UPDATE SET ended_at = excluded.ended_at, times = excluded.times
                       WHERE calls.ended_at IS NULL OR excluded.ended_at IS NOT NULL";
            let Call { began_at, ended_at, times } = call;
            savepoint.execute(sql, params![deck.as_str(), began_at, ended_at, times]).map(drop)
        })
    }

    fn last_call(&self, deck: &DeckId) -> StoreResult<Option<Call>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT began_at, ended_at, times FROM calls
                       WHERE deck = ?1 ORDER BY began_at DESC LIMIT 1";
            let row = |row: &Row<'_>| {
                Ok(Call { began_at: row.get(0)?, ended_at: row.get(1)?, times: row.get(2)? })
            };
            connection.query_row(sql, [deck.as_str()], row).optional()
        })
    }
}

/// Counted and added in one go: two that come at the same time do not both take the last place.
fn add(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    new: &Message,
    most: Most,
) -> rusqlite::Result<Added> {
    let sql = format!("{MESSAGE} WHERE deck = ?1 AND id = ?2");
    let known = savepoint.query_row(&sql, [deck.as_str(), &new.id], message).optional()?;
    if let Some(known) = known {
        let sql = "SELECT removed_at IS NOT NULL FROM discussion WHERE deck = ?1 AND id = ?2";
        let removed = savepoint.query_row(sql, [deck.as_str(), &new.id], |row| row.get(0))?;
        return Ok(match (known.principal == new.principal, removed) {
            (false, _) => Added::Taken,
            (true, true) => Added::Removed,
            (true, false) => Added::Known(Box::new(known)),
        });
    }
    let sql = "DELETE FROM discussion WHERE deck = ?1 AND removed_at < ?2";
    savepoint.execute(sql, params![deck.as_str(), new.at - REMEMBERED])?;
    // What was removed lately counts as well: else a script could write and remove without end.
    let sql = "SELECT count(*), count(*) FILTER (WHERE principal = ?2),
                      count(*) FILTER (WHERE removed_at IS NULL)
               FROM discussion WHERE deck = ?1";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (all, own, living): (usize, usize, usize) =
        savepoint.query_row(sql, params![deck.as_str(), new.principal.0], row)?;
    if living >= most.messages || all >= 2 * most.messages || own >= most.of_principal {
        return Ok(Added::Full);
    }
    let Message { id, anchor, slide, kind, principal, name, text, at, .. } = new;
    savepoint.execute(
        "INSERT INTO discussion (deck, id, anchor, slide, kind, principal, name, text, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![deck.as_str(), id, anchor, slide, kind.name(), principal.0, name, text, at],
    )?;
    Ok(Added::New)
}

/// What somebody said, and that they were there, becomes another's.
pub(super) fn carry_over(
    savepoint: &Savepoint<'_>,
    from: &Principal,
    to: &Principal,
) -> rusqlite::Result<()> {
    let both = params![from.0, to.0];
    savepoint.execute("UPDATE discussion SET principal = ?2 WHERE principal = ?1", both)?;
    // Who was there as both was there once.
    savepoint
        .execute("UPDATE OR IGNORE attendance SET principal = ?2 WHERE principal = ?1", both)?;
    savepoint.execute("DELETE FROM attendance WHERE principal = ?1", [&from.0]).map(drop)
}
