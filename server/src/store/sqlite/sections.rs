//! What is known of the sections of decks that their text does not say, as rows.

use rusqlite::{Connection, OptionalExtension as _, Row, Savepoint, params};

use super::SqliteStore;
use super::access::list;
use crate::store::access::Principal;
use crate::store::sections::{DeckSections, SectionChanges, SectionRecord, SectionStore, Summary};
use crate::store::{DeckId, StoreResult};

impl SectionStore for SqliteStore {
    fn sections(&self, deck: &DeckId) -> StoreResult<Option<DeckSections>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT call_at FROM decks WHERE id = ?1 AND deleted_at IS NULL";
            let call_at =
                connection.query_row(sql, [deck.as_str()], |row| row.get(0)).optional()?;
            let Some(call_at) = call_at else { return Ok(None) };
            Ok(Some(DeckSections { records: records(connection, &deck)?, call_at }))
        })
    }

    fn change_sections(&self, deck: &DeckId, changes: SectionChanges) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let SectionChanges { put, removed, summary } = &changes;
            put.iter().try_for_each(|record| self::put(savepoint, &deck, record))?;
            for id in removed {
                let sql = "DELETE FROM sections WHERE deck = ?1 AND id = ?2";
                savepoint.execute(sql, params![deck.as_str(), id.to_string()])?;
            }
            summary.as_ref().map_or(Ok(()), |summary| summarize(savepoint, &deck, summary))
        })
    }
}

fn records(connection: &Connection, deck: &DeckId) -> rusqlite::Result<Vec<SectionRecord>> {
    let sql = "SELECT CAST(id AS INTEGER), anchor, title, words, principal, reporter, first_sum,
                      ready_sum, ready_at, ready_by, presented_at, edited_at, edited_by,
                      expected
               FROM sections WHERE deck = ?1 ORDER BY CAST(id AS INTEGER)";
    connection.prepare_cached(sql)?.query_map([deck.as_str()], record)?.collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<SectionRecord> {
    Ok(SectionRecord {
        id: row.get(0)?,
        anchor: row.get(1)?,
        title: row.get(2)?,
        words: row.get(3)?,
        principal: row.get(4)?,
        reporter: row.get(5)?,
        first_sum: row.get(6)?,
        ready_sum: row.get(7)?,
        ready_at: row.get(8)?,
        ready_by: row.get(9)?,
        presented_at: row.get(10)?,
        edited_at: row.get(11)?,
        edited_by: row.get(12)?,
        expected: row.get(13)?,
    })
}

fn put(savepoint: &Savepoint<'_>, deck: &DeckId, it: &SectionRecord) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO sections
                   (deck, id, anchor, title, words, principal, reporter, first_sum, ready_sum,
                    ready_at, ready_by, presented_at, edited_at, edited_by, expected)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let row = params![
        deck.as_str(),
        it.id.to_string(),
        it.anchor,
        it.title,
        it.words,
        it.principal,
        it.reporter,
        it.first_sum,
        it.ready_sum,
        it.ready_at,
        it.ready_by,
        it.presented_at,
        it.edited_at,
        it.edited_by,
        it.expected,
    ];
    savepoint.prepare_cached(sql)?.execute(row).map(drop)
}

/// Notes who should write which sections of a deck that is just made: nobody has seen them yet.
pub(super) fn suggest(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    reporters: Vec<(String, String)>,
) -> rusqlite::Result<()> {
    for (id, (title, name)) in (1..).zip(reporters) {
        let reporter = Some(name);
        put(savepoint, deck, &SectionRecord { id, title, reporter, ..Default::default() })?;
    }
    Ok(())
}

/// What somebody said that they write becomes another's.
pub(super) fn carry_over(
    savepoint: &Savepoint<'_>,
    from: &Principal,
    to: &Principal,
) -> rusqlite::Result<()> {
    let sql = "UPDATE sections SET principal = ?2 WHERE principal = ?1";
    savepoint.execute(sql, params![from.0, to.0]).map(drop)
}

fn summarize(savepoint: &Savepoint<'_>, deck: &DeckId, summary: &Summary) -> rusqlite::Result<()> {
    let Summary { expected, ready, reporters } = summary;
    let reporters = list(reporters.iter().map(String::as_str));
    let sql = "UPDATE decks SET expected = ?2, ready = ?3, reporters = ?4 WHERE id = ?1";
    savepoint.execute(sql, params![deck.as_str(), expected, ready, reporters]).map(drop)
}
