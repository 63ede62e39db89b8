//! What the bin held for long enough: a deck goes with every row that belongs to it.

use rusqlite::{Connection, Row, Savepoint, params};

use crate::store::DeckId;

/// Decks that came into the bin at this time or before.
pub(super) fn due(connection: &Connection, before: i64) -> rusqlite::Result<Vec<DeckId>> {
    let sql = "SELECT id FROM decks WHERE deleted_at <= ?1 ORDER BY deleted_at, id";
    connection.prepare_cached(sql)?.query_map([before], |row| Ok(DeckId(row.get(0)?)))?.collect()
}

/// See [`crate::store::series::SeriesStore::purge`].
pub(super) fn purge(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    before: i64,
    heirs: &[(String, DeckId)],
) -> rusqlite::Result<Option<Vec<String>>> {
    let sql = "SELECT EXISTS (SELECT 1 FROM decks WHERE id = ?1 AND deleted_at <= ?2)";
    // Somebody may have taken it out meanwhile.
    if !savepoint.query_row(sql, params![deck.as_str(), before], |row| row.get(0))? {
        return Ok(None);
    }
    for (name, heir) in heirs {
        let sql = "UPDATE pictures SET deck = ?3, unused_since = NULL WHERE name = ?2 AND deck = ?1
                   AND EXISTS (SELECT 1 FROM decks WHERE id = ?3)";
        savepoint.prepare_cached(sql)?.execute(params![deck.as_str(), name, heir.as_str()])?;
    }
    let pictures = savepoint
        .prepare_cached("SELECT name FROM pictures WHERE deck = ?1 ORDER BY name")?
        .query_map([deck.as_str()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for (table, column) in belonging(savepoint)? {
        // Other decks stay, and are no longer calls of it.
        let sql = match table.as_str() {
            "decks" => format!("UPDATE decks SET \"{column}\" = NULL WHERE \"{column}\" = ?1"),
            table => format!("DELETE FROM \"{table}\" WHERE \"{column}\" = ?1"),
        };
        savepoint.execute(&sql, [deck.as_str()])?;
    }
    savepoint.execute("DELETE FROM decks WHERE id = ?1", [deck.as_str()])?;
    Ok(Some(pictures))
}

/// Where rows name decks: asked of the schema, so that no table is forgotten.
fn belonging(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT tables.name, key.\"from\"
               FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS key
               WHERE tables.type = 'table' AND key.\"table\" = 'decks' ORDER BY 1, 2";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    connection.prepare_cached(sql)?.query_map([], row)?.collect()
}
