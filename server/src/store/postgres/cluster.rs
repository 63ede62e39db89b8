//! What nodes share in the database: rows in their order, presentations, leases, and who is there.

use std::time::Duration;

use collab::nodes::NodeId;
use deadpool_postgres::{Client, GenericClient};
use futures_util::future::BoxFuture;
use tokio_postgres::Row;

use super::journal::{self, count, number};
use super::pool::{Failed, execute, row, rows};
use super::{PostgresStore, StoreResult, append};
use crate::store::cluster::{AppendError, Batch, ClusterStore, Head, StageSet, StoredStage, Tail};
use crate::store::{DeckId, StoreError};

/// What `append_rows` in the schema says when it refuses.
const CONFLICT: &str = "OD001";
const ANOTHER_LINEAGE: &str = "OD002";
const NO_DECK: &str = "OD003";

/// Rows of nodes that were away so many times longer than it takes to count as gone are removed.
const FORGOTTEN_AFTER: u32 = 100;

/// Since when a node that is there was seen; `$1` is how many seconds it may be away.
const IS_THERE: &str = "nodes.seen_at > clock_timestamp() - make_interval(secs => $1)";

impl From<Failed> for AppendError {
    fn from(failed: Failed) -> Self {
        match failed.refusal() {
            Some((code, detail)) if code.code() == CONFLICT => {
                let row = detail.and_then(|detail| detail.parse().ok()).unwrap_or_default();
                Self::Conflict { row }
            }
            Some((code, _)) if code.code() == ANOTHER_LINEAGE => Self::AnotherLineage,
            Some((code, _)) if code.code() == NO_DECK => Self::NoDeck,
            _ if failed.is_away() => Self::Away(failed.into()),
            _ => Self::Refused(failed.into()),
        }
    }
}

impl ClusterStore for PostgresStore {
    fn append_batch(
        &self,
        deck: &DeckId,
        batch: Batch,
    ) -> BoxFuture<'static, Result<u64, AppendError>> {
        let (pool, args) = (self.pool.clone(), (deck.clone(), batch));
        Box::pin(async move {
            let appended = pool
                .one(&args, |client, (deck, batch)| Box::pin(append::batch(client, deck, batch)));
            Ok(appended.await?)
        })
    }

    fn tail(&self, deck: &DeckId, after: u64) -> StoreResult<Tail> {
        self.one((deck.clone(), after), |client, (deck, after)| {
            Box::pin(tail(client, deck, *after))
        })
    }

    fn heads(&self, decks: Vec<DeckId>) -> StoreResult<Vec<Head>> {
        let decks: Vec<String> = decks.into_iter().map(|deck| deck.0).collect();
        self.one(decks, |client, decks| {
            Box::pin(async move {
                let sql = "SELECT id, epoch, last_seq, coalesce(version, 0) AS stage, news
                           FROM decks LEFT JOIN stages ON stages.deck = decks.id
                           WHERE id = ANY ($1) AND deleted_at IS NULL";
                Ok(rows(client, sql, &[decks]).await?.iter().map(head).collect())
            })
        })
    }

    fn stage(&self, deck: &DeckId) -> StoreResult<Option<StoredStage>> {
        self.one(deck.clone(), |client, deck| Box::pin(stage(client, deck)))
    }

    fn set_stage(
        &self,
        deck: &DeckId,
        expected: u64,
        json: String,
        live: bool,
    ) -> StoreResult<StageSet> {
        self.one((deck.clone(), expected, json, live), |client, (deck, expected, json, live)| {
            Box::pin(set_stage(client, deck, *expected, json, *live))
        })
    }

    fn live_decks(&self) -> StoreResult<Vec<DeckId>> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let sql = "SELECT deck FROM stages JOIN decks ON decks.id = stages.deck
                           WHERE live AND deleted_at IS NULL ORDER BY deck";
                let found = rows(client, sql, &[]).await?;
                Ok(found.iter().map(|row| DeckId(row.get("deck"))).collect())
            })
        })
    }

    fn beat(&self, node: NodeId, gone_after: Duration) -> StoreResult<Vec<NodeId>> {
        let (pulse, args) = (self.pulse.clone(), (node, gone_after));
        Box::pin(async move {
            let beaten = pulse.one(&args, |client, (node, gone_after)| {
                Box::pin(beat(client, *node, *gone_after))
            });
            Ok(beaten.await?)
        })
    }

    fn leave(&self, node: NodeId) -> StoreResult<()> {
        self.one(node, |client, node| {
            Box::pin(async move {
                let sql = "WITH gone AS (DELETE FROM nodes WHERE node = $1)
                           DELETE FROM leases WHERE node = $1";
                execute(client, sql, &[&number(node.0)]).await.map(drop)
            })
        })
    }

    fn take_lease(&self, name: &str, node: NodeId, gone_after: Duration) -> StoreResult<NodeId> {
        self.one((name.to_owned(), node, gone_after), |client, (name, node, gone_after)| {
            Box::pin(take_lease(client, name, *node, *gone_after))
        })
    }

    fn give_lease_back(&self, name: &str, node: NodeId) -> StoreResult<()> {
        self.one((name.to_owned(), node), |client, (name, node)| {
            Box::pin(async move {
                let sql = "DELETE FROM leases WHERE name = $1 AND node = $2";
                execute(client, sql, &[name, &number(node.0)]).await.map(drop)
            })
        })
    }

    fn clock(&self) -> StoreResult<i64> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let found = row(client, "SELECT unix_ms()", &[]).await?;
                Ok(found.map_or(0, |row| row.get(0)))
            })
        })
    }
}

fn head(row: &Row) -> Head {
    Head {
        deck: DeckId(row.get("id")),
        epoch: count(row.get("epoch")),
        last_seq: count(row.get("last_seq")),
        stage: count(row.get("stage")),
        news: count(row.get("news")),
    }
}

/// One row for each update, or one without an update. Claims are asked for after it: there are at least
/// those that came with the rows.
async fn tail(client: &Client, deck: &DeckId, after: u64) -> Result<Tail, Failed> {
    let sql = "SELECT epoch, last_seq, seq, principal, bytes, crc32c
               FROM decks LEFT JOIN updates ON updates.deck = decks.id AND seq > $2
               WHERE decks.id = $1 AND deleted_at IS NULL ORDER BY seq";
    let found = match rows(client, sql, &[&deck.as_str(), &number(after)]).await {
        Err(failed) if failed.is_damage() => return Ok(Tail::Cut),
        found => found?,
    };
    let Some(first) = found.first() else { return Ok(Tail::NoDeck) };
    let (epoch, last_seq) = (count(first.get("epoch")), count(first.get("last_seq")));
    let there = found.iter().filter(|row| row.get::<_, Option<i64>>("seq").is_some());
    let read: Result<Vec<_>, _> = there.map(journal::update).collect();
    let Ok(updates) = read else { return Ok(Tail::Cut) };
    // A number that was never given away is of a database that was restored.
    let missing = last_seq.checked_sub(after) != u64::try_from(updates.len()).ok();
    if missing {
        return Ok(Tail::Cut);
    }
    let claims = journal::claims(client, deck).await?.into_iter().collect();
    Ok(Tail::Rows { epoch, updates, claims, last_seq })
}

async fn stage(client: &impl GenericClient, deck: &DeckId) -> Result<Option<StoredStage>, Failed> {
    let sql = "SELECT version, json FROM stages WHERE deck = $1";
    let found = row(client, sql, &[&deck.as_str()]).await?;
    Ok(found.map(|row| StoredStage { version: count(row.get("version")), json: row.get("json") }))
}

async fn set_stage(
    client: &Client,
    deck: &DeckId,
    expected: u64,
    json: &String,
    live: bool,
) -> Result<StageSet, Failed> {
    let (id, next) = (deck.as_str(), number(expected + 1));
    let changed = if expected == 0 {
        let sql = "INSERT INTO stages (deck, version, json, live) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (deck) DO NOTHING";
        execute(client, sql, &[&id, &next, json, &live]).await?
    } else {
        let sql = "UPDATE stages SET version = $2, json = $3, live = $4
                   WHERE deck = $1 AND version + 1 = $2";
        execute(client, sql, &[&id, &next, json, &live]).await?
    };
    if changed == 1 {
        return Ok(StageSet::Done);
    }
    // None, although one was expected: it was lost.
    let none = || StoredStage { version: 0, json: "{}".to_owned() };
    let stored = stage(client, deck).await?.unwrap_or_else(none);
    // Asked for again, because the answer was lost.
    let same = stored.version == expected + 1 && stored.json == *json;
    Ok(if same { StageSet::Done } else { StageSet::Stale(stored) })
}

async fn beat(client: &Client, node: NodeId, gone_after: Duration) -> Result<Vec<NodeId>, Failed> {
    let sql = "INSERT INTO nodes (node, seen_at) VALUES ($1, clock_timestamp())
               ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at";
    execute(client, sql, &[&number(node.0)]).await?;
    let forgotten = gone_after.saturating_mul(FORGOTTEN_AFTER).as_secs_f64();
    let sql = format!(
        "WITH gone AS (DELETE FROM nodes WHERE NOT {IS_THERE} RETURNING node)
         DELETE FROM leases USING gone WHERE leases.node = gone.node"
    );
    execute(client, &sql, &[&forgotten]).await?;
    let sql = format!("SELECT node FROM nodes WHERE {IS_THERE} ORDER BY node");
    let there = rows(client, &sql, &[&gone_after.as_secs_f64()]).await?;
    Ok(there.iter().map(|row| NodeId(count(row.get("node")))).collect())
}

async fn take_lease(
    client: &Client,
    name: &String,
    node: NodeId,
    gone_after: Duration,
) -> Result<NodeId, Failed> {
    let sql = format!(
        "INSERT INTO leases (name, node) VALUES ($2, $3)
         ON CONFLICT (name) DO UPDATE SET node = excluded.node
             WHERE NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.node = leases.node AND {IS_THERE})"
    );
    execute(client, &sql, &[&gone_after.as_secs_f64(), name, &number(node.0)]).await?;
    let found = row(client, "SELECT node FROM leases WHERE name = $1", &[name]).await?;
    // Given back in between: nobody has it, and it can be asked for again.
    let free = || StoreError("the lease was given back at this moment".to_owned());
    Ok(NodeId(count(found.ok_or_else(free)?.get("node"))))
}
