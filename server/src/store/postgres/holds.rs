//! The text that an audience sees while it is held, as a row.

use super::PostgresStore;
use super::pool::{execute, row, text};
use crate::store::holds::HoldStore;
use crate::store::{DeckId, StoreResult};

impl HoldStore for PostgresStore {
    fn keep_hold(&self, deck: &DeckId, held: Option<String>) -> StoreResult<()> {
        self.one((deck.clone(), held), |client, (deck, held)| {
            Box::pin(async move {
                let deck = deck.as_str();
                match held {
                    Some(held) => {
                        let sql =
                            "INSERT INTO holds (deck, text) SELECT id, $2 FROM decks WHERE id = $1
                                   ON CONFLICT (deck) DO UPDATE SET text = excluded.text";
                        execute(client, sql, &[&deck, &text(held)]).await.map(drop)
                    }
                    None => execute(client, "DELETE FROM holds WHERE deck = $1", &[&deck])
                        .await
                        .map(drop),
                }
            })
        })
    }

    fn hold(&self, deck: &DeckId) -> StoreResult<Option<String>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move {
                let sql = "SELECT text FROM holds WHERE deck = $1";
                let found = row(client, sql, &[&deck.as_str()]).await?;
                Ok(found.map(|row| row.try_get(0)).transpose()?)
            })
        })
    }
}
