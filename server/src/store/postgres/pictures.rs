//! Pictures of decks as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::PostgresStore;
use super::columns::{self, int, texts};
use super::pool::{Failed, execute, row, rows, text};
use crate::store::access::Principal;
use crate::store::pictures::{PictureRecord, PictureStore};
use crate::store::{DeckId, StoreResult};

const PICTURE: &str =
    "SELECT name, deck, principal, bytes, width, height, unused_since FROM pictures";

fn picture(row: &Row) -> Result<PictureRecord, Failed> {
    Ok(PictureRecord {
        name: row.try_get(0)?,
        deck: columns::deck(row, 1)?,
        principal: Principal(row.try_get(2)?),
        bytes: columns::whole(row, 3)?,
        width: columns::whole(row, 4)?,
        height: columns::whole(row, 5)?,
    })
}

impl PictureStore for PostgresStore {
    fn add_picture(
        &self,
        picture: PictureRecord,
        most: usize,
        most_bytes: u64,
        now: i64,
    ) -> StoreResult<bool> {
        let args = (picture, most, most_bytes, now);
        self.write(args, |transaction, (picture, most, most_bytes, now)| {
            Box::pin(add(transaction, picture, *most, *most_bytes, *now))
        })
    }

    fn picture(&self, name: &str) -> StoreResult<Option<PictureRecord>> {
        self.one(name.to_owned(), |client, name| {
            Box::pin(async move {
                let sql = format!("{PICTURE} WHERE name = $1");
                let found = row(client, &sql, &[&text(name)]).await?;
                found.as_ref().map(picture).transpose()
            })
        })
    }

    fn pictures(&self, deck: &DeckId) -> StoreResult<Vec<(PictureRecord, Option<i64>)>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move {
                let sql = format!("{PICTURE} WHERE deck = $1 ORDER BY made_at, name");
                let with_time = |row: &Row| Ok((picture(row)?, row.try_get(6)?));
                rows(client, &sql, &[&deck.as_str()]).await?.iter().map(with_time).collect()
            })
        })
    }

    fn note_unused(&self, deck: &DeckId, unused: Vec<String>, now: i64) -> StoreResult<()> {
        self.one((deck.clone(), unused, now), |client, (deck, unused, now)| {
            Box::pin(async move {
                let sql = "UPDATE pictures SET unused_since =
                           CASE WHEN name = ANY($2) THEN coalesce(unused_since, $3) END
                           WHERE deck = $1";
                execute(client, sql, &[&deck.as_str(), &texts(unused), now]).await.map(drop)
            })
        })
    }

    fn decks_with_pictures(&self) -> StoreResult<Vec<DeckId>> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let sql = "SELECT DISTINCT deck FROM pictures ORDER BY deck";
                rows(client, sql, &[]).await?.iter().map(|row| columns::deck(row, 0)).collect()
            })
        })
    }

    fn remove_picture(&self, name: &str) -> StoreResult<()> {
        self.one(name.to_owned(), |client, name| {
            Box::pin(async move {
                let sql = "DELETE FROM pictures WHERE name = $1";
                execute(client, sql, &[&text(name)]).await.map(drop)
            })
        })
    }
}

/// Counted and added while the deck is held: two that come at the same time, on two nodes, do not both
/// take the last place.
async fn add(
    client: &impl GenericClient,
    picture: &PictureRecord,
    most: usize,
    most_bytes: u64,
    now: i64,
) -> Result<bool, Failed> {
    let PictureRecord { deck, bytes, .. } = picture;
    columns::lock(client, &[deck]).await?;
    let sql = "SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM pictures WHERE deck = $1";
    let row = columns::one(client, sql, &[&deck.as_str()]).await?;
    let (count, sum): (usize, u64) = (columns::whole(&row, 0)?, columns::whole(&row, 1)?);
    if count >= most || sum.saturating_add(*bytes) > most_bytes {
        return Ok(false);
    }
    insert(client, picture, now).await?;
    Ok(true)
}

pub(super) async fn insert(
    client: &impl GenericClient,
    picture: &PictureRecord,
    now: i64,
) -> Result<(), Failed> {
    let PictureRecord { name, deck, principal, bytes, width, height } = picture;
    let sql = "INSERT INTO pictures (name, deck, principal, bytes, width, height, made_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (name, bytes, width, height) = (text(name), int(*bytes), int(*width), int(*height));
    let values: [columns::Param<'_>; 7] =
        [&name, &deck.as_str(), &principal.0, &bytes, &width, &height, &now];
    execute(client, sql, &values).await.map(drop)
}

#[cfg(test)]
mod tests {
    use crate::store::contract;
    use crate::store::postgres::testing::Database;

    #[tokio::test]
    async fn postgresql_keeps_the_contract_of_pictures() {
        contract::pictures::check(Database::new().store().await).await;
    }
}
