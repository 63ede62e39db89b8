//! What was done, by whom, as rows.

use std::path::Path;

use rusqlite::{Connection, Row, Savepoint, params};

use super::backup::open_existing;
use super::schema::upgrade;
use super::sessions;
use crate::store::access::{AuditEntry, Audited, Principal};
use crate::store::{DeckId, StoreError};

/// Entries that are kept: years of a busy school, and what somebody who wants to fill the disk gets out
/// of it (some 200 MB).
const KEPT: i64 = 1_000_000;

pub(super) fn add(savepoint: &Savepoint<'_>, entry: &AuditEntry) -> rusqlite::Result<()> {
    let AuditEntry { at, principal, deck, action, detail } = entry;
    let sql = "INSERT INTO audit (at, principal, deck, action, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let deck = deck.as_ref().map(DeckId::as_str);
    savepoint.execute(sql, params![at, principal.0, deck, action, detail])?;
    let too_old = savepoint.last_insert_rowid() - KEPT;
    savepoint.execute("DELETE FROM audit WHERE id <= ?1", [too_old]).map(drop)
}

pub(super) fn newest(
    connection: &Connection,
    deck: Option<&DeckId>,
    most: usize,
) -> rusqlite::Result<Vec<AuditEntry>> {
    let of_deck = if deck.is_some() { "deck = ?1" } else { "?1 IS NULL" };
    let sql = format!(
        "SELECT at, principal, deck, action, detail FROM audit WHERE {of_deck}
         ORDER BY id DESC LIMIT ?2"
    );
    let entry = |row: &Row<'_>| {
        Ok(AuditEntry {
            at: row.get(0)?,
            principal: Principal(row.get(1)?),
            deck: row.get::<_, Option<String>>(2)?.map(DeckId),
            action: row.get(3)?,
            detail: row.get(4)?,
        })
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let deck = deck.map(DeckId::as_str);
    connection.prepare_cached(&sql)?.query_map(params![deck, most], entry)?.collect()
}

/// Reads the newest entries out of a database that others may use, newest first.
///
/// # Errors
/// When the file is no database of this or an earlier Ondeck.
pub fn audited(
    database: &Path,
    deck: Option<&DeckId>,
    most: usize,
) -> Result<Vec<Audited>, StoreError> {
    let mut connection = open_existing(database)?;
    // Rolled back at the end, as nothing is written.
    let connection = connection.transaction()?;
    upgrade(&connection)?;
    let entries = newest(&connection, deck, most)?;
    let who: Vec<_> = entries.iter().map(|entry| entry.principal.clone()).collect();
    let users = sessions::users(&connection, &who)?;
    Ok(Audited::named(entries, &users))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema::{connect, migrate};

    #[test]
    fn so_many_entries_are_kept_and_the_oldest_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        migrate(&path, &mut connection).unwrap();
        let sql = "INSERT INTO audit (id, at, principal, action, detail)
                   VALUES (1, 0, 'admin', 'first', ''), (?1, 0, 'admin', 'last', '')";
        connection.execute(sql, [KEPT]).unwrap();
        let action = "link.reset".to_owned();
        let (principal, detail) = (Principal("admin".to_owned()), String::new());
        let entry = AuditEntry { at: 0, principal, deck: None, action, detail };
        let mut savepoint = connection.savepoint().unwrap();
        savepoint.set_drop_behavior(rusqlite::DropBehavior::Commit);
        add(&savepoint, &entry).unwrap();
        drop(savepoint);
        let left = newest(&connection, None, 9).unwrap();
        let left: Vec<_> = left.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(left, ["link.reset", "last"]);
    }
}
