//! The text that an audience sees while it is held, as a row.

use rusqlite::OptionalExtension as _;

use super::SqliteStore;
use crate::store::holds::HoldStore;
use crate::store::{DeckId, StoreResult};

impl HoldStore for SqliteStore {
    fn keep_hold(&self, deck: &DeckId, text: Option<String>) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            let deck = deck.as_str();
            let Some(text) = &text else {
                return savepoint.execute("DELETE FROM holds WHERE deck = ?1", [deck]).map(drop);
            };
            let sql = "INSERT INTO holds (deck, text) SELECT id, ?2 FROM decks WHERE id = ?1
                       ON CONFLICT (deck) DO UPDATE SET text = excluded.text";
            savepoint.execute(sql, [deck, text]).map(drop)
        })
    }

    fn hold(&self, deck: &DeckId) -> StoreResult<Option<String>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = "SELECT text FROM holds WHERE deck = ?1";
            connection.query_row(sql, [deck.as_str()], |row| row.get(0)).optional()
        })
    }
}
