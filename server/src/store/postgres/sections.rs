//! What is known of the sections of decks that their text does not say, as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::PostgresStore;
use super::columns::{self, int};
use super::pool::{Failed, execute, row, rows, text};
use crate::store::access::Principal;
use crate::store::sections::{DeckSections, SectionChanges, SectionRecord, SectionStore, Summary};
use crate::store::{DeckId, StoreResult};

impl SectionStore for PostgresStore {
    fn sections(&self, deck: &DeckId) -> StoreResult<Option<DeckSections>> {
        self.read(deck.clone(), |transaction, deck| {
            Box::pin(async move {
                let sql = "SELECT call_at FROM decks WHERE id = $1 AND deleted_at IS NULL";
                let Some(found) = row(transaction, sql, &[&deck.as_str()]).await? else {
                    return Ok(None);
                };
                let (call_at, records) = (found.try_get(0)?, records(transaction, deck).await?);
                Ok(Some(DeckSections { records, call_at }))
            })
        })
    }

    fn change_sections(&self, deck: &DeckId, changes: SectionChanges) -> StoreResult<()> {
        self.write((deck.clone(), changes), |transaction, (deck, changes)| {
            Box::pin(change(transaction, deck, changes))
        })
    }
}

async fn change(
    client: &impl GenericClient,
    deck: &DeckId,
    changes: &SectionChanges,
) -> Result<(), Failed> {
    let SectionChanges { put, removed, summary } = changes;
    columns::lock(client, &[deck]).await?;
    for record in put {
        self::put(client, deck, record).await?;
    }
    let removed: Vec<String> = removed.iter().map(u64::to_string).collect();
    let sql = "DELETE FROM sections WHERE deck = $1 AND id = ANY($2)";
    execute(client, sql, &[&deck.as_str(), &removed]).await?;
    match summary {
        Some(summary) => summarize(client, deck, summary).await,
        None => Ok(()),
    }
}

async fn records(client: &impl GenericClient, deck: &DeckId) -> Result<Vec<SectionRecord>, Failed> {
    let sql = "SELECT id::bigint, anchor, title, words, principal, reporter, first_sum, ready_sum,
                      ready_at, ready_by, presented_at, edited_at, edited_by, expected
               FROM sections WHERE deck = $1 ORDER BY id::bigint";
    rows(client, sql, &[&deck.as_str()]).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<SectionRecord, Failed> {
    Ok(SectionRecord {
        id: columns::whole(row, 0)?,
        anchor: row.try_get(1)?,
        title: row.try_get(2)?,
        words: row.try_get(3)?,
        principal: row.try_get(4)?,
        reporter: row.try_get(5)?,
        first_sum: columns::maybe_sum(row, 6)?,
        ready_sum: columns::maybe_sum(row, 7)?,
        ready_at: row.try_get(8)?,
        ready_by: row.try_get(9)?,
        presented_at: row.try_get(10)?,
        edited_at: row.try_get(11)?,
        edited_by: row.try_get(12)?,
        expected: row.try_get::<_, i64>(13)? != 0,
    })
}

async fn put(client: &impl GenericClient, deck: &DeckId, it: &SectionRecord) -> Result<(), Failed> {
    let sql = "INSERT INTO sections
                   (deck, id, anchor, title, words, principal, reporter, first_sum, ready_sum,
                    ready_at, ready_by, presented_at, edited_at, edited_by, expected)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
               ON CONFLICT (deck, id) DO UPDATE SET
                   anchor = excluded.anchor, title = excluded.title, words = excluded.words,
                   principal = excluded.principal, reporter = excluded.reporter,
                   first_sum = excluded.first_sum, ready_sum = excluded.ready_sum,
                   ready_at = excluded.ready_at, ready_by = excluded.ready_by,
                   presented_at = excluded.presented_at, edited_at = excluded.edited_at,
                   edited_by = excluded.edited_by, expected = excluded.expected";
    let (first, ready) = (it.first_sum.as_ref(), it.ready_sum.as_ref());
    let values: [columns::Param<'_>; 15] = [
        &deck.as_str(),
        &it.id.to_string(),
        &text(&it.anchor),
        &text(&it.title),
        &text(&it.words),
        &it.principal,
        &it.reporter.as_deref().map(text),
        &first.map(|sum| &sum[..]),
        &ready.map(|sum| &sum[..]),
        &it.ready_at,
        &it.ready_by.as_deref().map(text),
        &it.presented_at,
        &it.edited_at,
        &it.edited_by.as_deref().map(text),
        &i64::from(it.expected),
    ];
    execute(client, sql, &values).await.map(drop)
}

/// Notes who should write which sections of a deck that is just made: nobody has seen them yet.
pub(super) async fn suggest(
    client: &impl GenericClient,
    deck: &DeckId,
    reporters: &[(String, String)],
) -> Result<(), Failed> {
    for (id, (title, name)) in (1..).zip(reporters) {
        let (title, reporter) = (title.clone(), Some(name.clone()));
        put(client, deck, &SectionRecord { id, title, reporter, ..Default::default() }).await?;
    }
    Ok(())
}

/// What somebody said that they write becomes another's.
pub(super) async fn carry_over(
    client: &impl GenericClient,
    from: &Principal,
    to: &Principal,
) -> Result<(), Failed> {
    let sql = "UPDATE sections SET principal = $2 WHERE principal = $1";
    execute(client, sql, &[&from.0, &to.0]).await.map(drop)
}

async fn summarize(
    client: &impl GenericClient,
    deck: &DeckId,
    summary: &Summary,
) -> Result<(), Failed> {
    let Summary { expected, ready, reporters } = summary;
    let sql = "UPDATE decks SET expected = $2, ready = $3, reporters = $4 WHERE id = $1";
    let (expected, ready, reporters) = (int(*expected), int(*ready), columns::list(reporters));
    execute(client, sql, &[&deck.as_str(), &expected, &ready, &reporters]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use crate::store::contract;
    use crate::store::postgres::testing::Database;

    #[tokio::test]
    async fn postgresql_keeps_the_contract_of_sections() {
        contract::sections::check(Database::new().store().await).await;
    }
}
