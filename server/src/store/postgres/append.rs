//! Appending to a deck's journal: the hot path, which is one statement.

use deadpool_postgres::GenericClient;

use super::journal::{count, number};
use super::pool::Failed;
use crate::store::cluster::{Batch, Row};
use crate::store::{DeckId, NewUpdate};

/// The only statement of the hot path: locks the deck's row, checks, writes and commits in one round trip.
const APPEND: &str =
    "SELECT append_rows($1, $2, $3::text::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Rows as columns, which is how they travel.
#[derive(Default)]
struct Columns<'a> {
    principals: Vec<&'a str>,
    clients: Vec<Option<i64>>,
    contents: Vec<&'a [u8]>,
    sums: Vec<i64>,
    claim_rows: Vec<i64>,
    claimed: Vec<i64>,
    span_rows: Vec<i64>,
    span_clients: Vec<i64>,
    span_from: Vec<i64>,
    span_until: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn update(&mut self, place: i64, update: &'a NewUpdate) {
        self.principals.push(&update.principal);
        self.clients.push(update.client.and_then(|client| i64::try_from(client).ok()));
        self.contents.push(&update.bytes);
        self.sums.push(crc32c::crc32c(&update.bytes).into());
        for &client in &update.claims {
            self.claim_rows.push(place);
            self.claimed.push(number(client));
        }
    }

    fn row(&mut self, place: i64, row: &'a Row) {
        self.update(place, &row.update);
        for span in &row.spans {
            self.span_rows.push(place);
            self.span_clients.push(number(span.client));
            self.span_from.push(number(span.from));
            self.span_until.push(number(span.until));
        }
    }

    async fn append(
        &self,
        client: &impl GenericClient,
        deck: &DeckId,
        epoch: Option<u64>,
        batch: Option<u128>,
    ) -> Result<u64, Failed> {
        let (epoch, batch) = (epoch.map(number), batch.map(|batch| format!("{batch:032x}")));
        let statement = client.prepare_cached(APPEND).await?;
        let row = client
            .query_one(
                &statement,
                &[
                    &deck.as_str(),
                    &epoch,
                    &batch,
                    &self.principals,
                    &self.clients,
                    &self.contents,
                    &self.sums,
                    &self.claim_rows,
                    &self.claimed,
                    &self.span_rows,
                    &self.span_clients,
                    &self.span_from,
                    &self.span_until,
                ],
            )
            .await?;
        Ok(count(row.get(0)))
    }
}

/// Appends rows of no node: see the function in the schema.
pub(super) async fn updates(
    client: &impl GenericClient,
    deck: &DeckId,
    updates: &[NewUpdate],
) -> Result<u64, Failed> {
    let mut columns = Columns::default();
    for (place, update) in (0..).zip(updates) {
        columns.update(place, update);
    }
    columns.append(client, deck, None, None).await
}

/// Appends rows of a node.
pub(super) async fn batch(
    client: &impl GenericClient,
    deck: &DeckId,
    batch: &Batch,
) -> Result<u64, Failed> {
    let mut columns = Columns::default();
    for (place, row) in (0..).zip(&batch.rows) {
        columns.row(place, row);
    }
    columns.append(client, deck, Some(batch.epoch), Some(batch.id)).await
}
