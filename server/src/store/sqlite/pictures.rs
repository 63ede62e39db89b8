//! Pictures of decks as rows.

use rusqlite::{OptionalExtension as _, Row, Savepoint, params};

use super::SqliteStore;
use super::access::list;
use crate::store::access::Principal;
use crate::store::pictures::{PictureRecord, PictureStore};
use crate::store::{DeckId, StoreResult};

const PICTURE: &str =
    "SELECT name, deck, principal, bytes, width, height, unused_since FROM pictures";

fn picture(row: &Row<'_>) -> rusqlite::Result<PictureRecord> {
    Ok(PictureRecord {
        name: row.get(0)?,
        deck: DeckId(row.get(1)?),
        principal: Principal(row.get(2)?),
        bytes: row.get(3)?,
        width: row.get(4)?,
        height: row.get(5)?,
    })
}

impl PictureStore for SqliteStore {
    fn add_picture(
        &self,
        picture: PictureRecord,
        most: usize,
        most_bytes: u64,
        now: i64,
    ) -> StoreResult<bool> {
        self.write(move |savepoint| add(savepoint, &picture, most, most_bytes, now))
    }

    fn picture(&self, name: &str) -> StoreResult<Option<PictureRecord>> {
        let name = name.to_owned();
        self.read(move |connection| {
            let sql = format!("{PICTURE} WHERE name = ?1");
            connection.prepare_cached(&sql)?.query_row([name], picture).optional()
        })
    }

    fn pictures(&self, deck: &DeckId) -> StoreResult<Vec<(PictureRecord, Option<i64>)>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = format!("{PICTURE} WHERE deck = ?1 ORDER BY made_at, name");
            let row = |row: &Row<'_>| Ok((picture(row)?, row.get(6)?));
            connection.prepare_cached(&sql)?.query_map([deck.as_str()], row)?.collect()
        })
    }

    fn note_unused(&self, deck: &DeckId, unused: Vec<String>, now: i64) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let sql = "UPDATE pictures SET unused_since =
                       CASE WHEN name IN (SELECT value FROM json_each(?2))
                            THEN coalesce(unused_since, ?3) END
                       WHERE deck = ?1";
            let words = list(unused.iter().map(String::as_str));
            savepoint.execute(sql, params![deck.as_str(), words, now]).map(drop)
        })
    }

    fn decks_with_pictures(&self) -> StoreResult<Vec<DeckId>> {
        self.read(|connection| {
            let sql = "SELECT DISTINCT deck FROM pictures ORDER BY deck";
            connection.prepare_cached(sql)?.query_map([], |row| Ok(DeckId(row.get(0)?)))?.collect()
        })
    }

    fn remove_picture(&self, name: &str) -> StoreResult<()> {
        let name = name.to_owned();
        self.write(move |savepoint| {
            savepoint.execute("DELETE FROM pictures WHERE name = ?1", [name]).map(drop)
        })
    }
}

/// Counted and added in one go: two that come at the same time do not both take the last place.
fn add(
    savepoint: &Savepoint<'_>,
    picture: &PictureRecord,
    most: usize,
    most_bytes: u64,
    now: i64,
) -> rusqlite::Result<bool> {
    let PictureRecord { deck, bytes, .. } = picture;
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM pictures WHERE deck = ?1";
    let row = |row: &Row<'_>| Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?));
    let (count, sum) = savepoint.query_row(sql, [deck.as_str()], row)?;
    if count >= most || sum.saturating_add(*bytes) > most_bytes {
        return Ok(false);
    }
    insert(savepoint, picture, now)?;
    Ok(true)
}

pub(super) fn insert(
    savepoint: &Savepoint<'_>,
    picture: &PictureRecord,
    now: i64,
) -> rusqlite::Result<()> {
    let PictureRecord { name, deck, principal, bytes, width, height } = picture;
    let sql = "INSERT INTO pictures (name, deck, principal, bytes, width, height, made_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = params![name, deck.as_str(), principal.0, bytes, width, height, now];
    savepoint.execute(sql, row).map(drop)
}
