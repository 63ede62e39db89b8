//! Levels of decks, and with whom they are shared by name, as rows.

use rusqlite::{Connection, OptionalExtension as _, Row, Savepoint, params};

use super::access::list;
use super::links::HOLDS;
use crate::store::DeckId;
use crate::store::access::{DeckLevel, PersonRole, Principal};

/// A deck's level, and whether somebody owns it.
pub(super) fn level(
    connection: &Connection,
    deck: &DeckId,
    in_bin: bool,
) -> rusqlite::Result<Option<(DeckLevel, bool)>> {
    let sql = "SELECT level, EXISTS (SELECT 1 FROM people WHERE deck = id AND role = 'owner')
               FROM decks WHERE id = ?1 AND (deleted_at IS NULL OR ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    statement.query_row(params![deck.as_str(), in_bin], row).optional()
}

/// The highest role of one who is all of these.
pub(super) fn role(
    connection: &Connection,
    deck: &DeckId,
    subjects: &[String],
) -> rusqlite::Result<Option<PersonRole>> {
    let sql = "SELECT role FROM people
               WHERE deck = ?1 AND subject IN (SELECT value FROM json_each(?2))";
    let mut statement = connection.prepare_cached(sql)?;
    let words = list(subjects.iter().map(String::as_str));
    let roles = statement.query_map(params![deck.as_str(), words], |row| row.get(0))?;
    roles.collect::<rusqlite::Result<Vec<_>>>().map(|roles| roles.into_iter().max())
}

/// Decks that one who is all of these came to by name, or the first of them by a link.
pub(super) fn decks_of(
    connection: &Connection,
    subjects: &[String],
    now: i64,
) -> rusqlite::Result<Vec<DeckId>> {
    let sql = format!(
        "SELECT id FROM decks WHERE deleted_at IS NULL AND id IN (
             SELECT deck FROM people WHERE subject IN (SELECT value FROM json_each(?2))
             UNION
             SELECT links.deck FROM grants JOIN links USING (deck, role, serial)
             WHERE principal = ?3 AND {HOLDS}
         ) ORDER BY id"
    );
    let words = list(subjects.iter().map(String::as_str));
    let principal = subjects.first().map_or("", String::as_str);
    let row = params![now, words, principal];
    connection.prepare_cached(&sql)?.query_map(row, |row| Ok(DeckId(row.get(0)?)))?.collect()
}

pub(super) fn levels(connection: &Connection) -> rusqlite::Result<Vec<(DeckId, DeckLevel)>> {
    let sql = "SELECT id, level FROM decks WHERE deleted_at IS NULL ORDER BY id";
    let row = |row: &Row<'_>| Ok((DeckId(row.get(0)?), row.get(1)?));
    connection.prepare_cached(sql)?.query_map([], row)?.collect()
}

pub(super) fn set_level(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    level: DeckLevel,
) -> rusqlite::Result<()> {
    let sql = "UPDATE decks SET level = ?2 WHERE id = ?1";
    savepoint.execute(sql, params![deck.as_str(), level.name()]).map(drop)
}

/// A new deck becomes for everybody what another one is.
pub(super) fn copy(savepoint: &Savepoint<'_>, from: &DeckId, to: &DeckId) -> rusqlite::Result<()> {
    let both = params![from.as_str(), to.as_str()];
    let sql = "UPDATE decks SET level = (SELECT level FROM decks WHERE id = ?1) WHERE id = ?2";
    savepoint.execute(sql, both)?;
    // In the order in which they came there.
    let sql = "INSERT INTO people (deck, subject, role, made_at)
               SELECT ?2, subject, role, made_at FROM people WHERE deck = ?1";
    savepoint.execute(sql, both).map(drop)
}

pub(super) fn all(
    connection: &Connection,
    deck: &DeckId,
) -> rusqlite::Result<Vec<(String, PersonRole)>> {
    let sql = "SELECT subject, role FROM people WHERE deck = ?1
               ORDER BY role = 'owner' DESC, made_at, subject";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    connection.prepare_cached(sql)?.query_map([deck.as_str()], row)?.collect()
}

/// Asked and changed in one go: of two owners who leave at the same time, one stays.
pub(super) fn set(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    subject: &str,
    role: Option<PersonRole>,
    now: i64,
) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 1 AND max(subject) = ?2 FROM people
               WHERE deck = ?1 AND role = 'owner'";
    let is_last: bool =
        savepoint.query_row(sql, params![deck.as_str(), subject], |row| row.get(0))?;
    if is_last && role != Some(PersonRole::Owner) {
        return Ok(false);
    }
    match role {
        Some(role) => give(savepoint, deck, subject, role, now)?,
        None => {
            let sql = "DELETE FROM people WHERE deck = ?1 AND subject = ?2";
            savepoint.execute(sql, params![deck.as_str(), subject])?;
        }
    }
    Ok(true)
}

fn give(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    subject: &str,
    role: PersonRole,
    at: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO people (deck, subject, role, made_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (deck, subject) DO UPDATE SET role = excluded.role";
    savepoint.execute(sql, params![deck.as_str(), subject, role.name(), at]).map(drop)
}

/// What somebody was given becomes another's, who keeps what is higher.
pub(super) fn carry_over(
    savepoint: &Savepoint<'_>,
    from: &Principal,
    to: &Principal,
) -> rusqlite::Result<()> {
    let rows: Vec<(DeckId, PersonRole, i64)> = savepoint
        .prepare("DELETE FROM people WHERE subject = ?1 RETURNING deck, role, made_at")?
        .query_map([&from.0], |row| Ok((DeckId(row.get(0)?), row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (deck, given, at) in rows {
        if self::role(savepoint, &deck, std::slice::from_ref(&to.0))? < Some(given) {
            give(savepoint, &deck, &to.0, given, at)?;
        }
    }
    Ok(())
}
