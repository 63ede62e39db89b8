//! What the bin held for long enough: a deck goes with every row that belongs to it.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::columns;
use super::pool::{Failed, execute, row, rows, text};
use crate::store::DeckId;

/// Decks that came into the bin at this time or before.
pub(super) async fn due(client: &impl GenericClient, before: i64) -> Result<Vec<DeckId>, Failed> {
    let sql = "SELECT id FROM decks WHERE deleted_at <= $1 ORDER BY deleted_at, id";
    rows(client, sql, &[&before]).await?.iter().map(|row| columns::deck(row, 0)).collect()
}

/// See [`crate::store::series::SeriesStore::purge`].
pub(super) async fn purge(
    client: &impl GenericClient,
    deck: &DeckId,
    before: i64,
    heirs: &[(String, DeckId)],
) -> Result<Option<Vec<String>>, Failed> {
    let mut held: Vec<&DeckId> = heirs.iter().map(|(_, heir)| heir).collect();
    held.push(deck);
    columns::lock(client, &held).await?;
    let sql = "SELECT 1 FROM decks WHERE id = $1 AND deleted_at <= $2 FOR UPDATE";
    // Somebody may have taken it out meanwhile.
    if row(client, sql, &[&deck.as_str(), &before]).await?.is_none() {
        return Ok(None);
    }
    for (name, heir) in heirs {
        let sql = "UPDATE pictures SET deck = $3, unused_since = NULL WHERE name = $2 AND deck = $1
                   AND EXISTS (SELECT 1 FROM decks WHERE id = $3)";
        execute(client, sql, &[&deck.as_str(), &text(name), &heir.as_str()]).await?;
    }
    let sql = "SELECT name FROM pictures WHERE deck = $1 ORDER BY name";
    let pictures = rows(client, sql, &[&deck.as_str()]).await?;
    let pictures = pictures.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for (table, column) in belonging(client).await? {
        // Other decks stay, and are no longer calls of it.
        let sql = match table.as_str() {
            "decks" => format!("UPDATE decks SET {column} = NULL WHERE {column} = $1"),
            table => format!("DELETE FROM {table} WHERE {column} = $1"),
        };
        execute(client, &sql, &[&deck.as_str()]).await?;
    }
    execute(client, "DELETE FROM decks WHERE id = $1", &[&deck.as_str()]).await?;
    Ok(Some(pictures))
}

/// Where rows name decks: asked of the schema, so that no table is forgotten. Names are quoted where
/// they have to be.
async fn belonging(client: &impl GenericClient) -> Result<Vec<(String, String)>, Failed> {
    let sql = "SELECT conrelid::regclass::text, quote_ident(attname)
               FROM pg_constraint
               JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
               WHERE contype = 'f' AND confrelid = 'decks'::regclass ORDER BY 1, 2";
    let found = rows(client, sql, &[]).await?;
    let names = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?));
    found.iter().map(names).collect()
}
