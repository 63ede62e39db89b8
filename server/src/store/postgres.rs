//! The store of several nodes: PostgreSQL.
//!
//! The database orders everything: a deck's row is locked while rows are appended to its journal, so
//! numbers have no gap and become visible in order; all times that nodes compare are of its clock.

mod access;
mod append;
mod audit;
mod bin;
mod cluster;
mod columns;
mod holds;
mod import;
mod journal;
mod links;
#[cfg(test)]
mod measure;
mod people;
mod pictures;
mod pool;
#[cfg(test)]
mod races;
mod schema;
mod sections;
mod series;
mod sessions;
mod talk;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod upkeep;

use std::fmt;

use deadpool_postgres::{Client, GenericClient, Transaction};

use super::{
    Damage, DeckId, DeckRecord, Journal, NewDeck, NewUpdate, Snapshot, Store, StoreError,
    StoreResult,
};
pub use import::Moved;
use pool::{CONNECTIONS, Failed, Kind, PULSE_CONNECTIONS, Pool, Work, execute, row, rows, text};
pub(crate) use tls::{is_here, options};
use tokio_postgres::Row;

/// A database in PostgreSQL.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    pulse: Pool,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// When the server cannot be reached, or was used by a newer Ondeck; the message says what to do.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let pool = Pool::of(url, CONNECTIONS)?;
        schema::migrate(&pool).await?;
        schema::make_secret(&pool).await?;
        Ok(Self { pool, pulse: Pool::of(url, PULSE_CONNECTIONS)? })
    }

    /// Statements on one connection, each a transaction of its own: one statement, or several that need
    /// not be of one moment.
    fn one<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        args: A,
        work: impl for<'a> Fn(&'a Client, &'a A) -> Work<'a, T> + Send + Sync + 'static,
    ) -> StoreResult<T> {
        let pool = self.pool.clone();
        Box::pin(async move { Ok(pool.one(&args, work).await?) })
    }

    /// Several statements that see the same moment, and change nothing.
    fn read<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        args: A,
        work: impl for<'a> Fn(&'a Transaction<'a>, &'a A) -> Work<'a, T> + Send + Sync + 'static,
    ) -> StoreResult<T> {
        let pool = self.pool.clone();
        Box::pin(async move { Ok(pool.transaction(Kind::Read, &args, work).await?) })
    }

    /// Several statements that change something: all of it, or nothing. They may run again when another
    /// transaction stood in the way.
    fn write<A: Send + Sync + 'static, T: Send + 'static>(
        &self,
        args: A,
        work: impl for<'a> Fn(&'a Transaction<'a>, &'a A) -> Work<'a, T> + Send + Sync + 'static,
    ) -> StoreResult<T> {
        let pool = self.pool.clone();
        Box::pin(async move { Ok(pool.transaction(Kind::Write, &args, work).await?) })
    }
}

impl PostgresStore {
    fn journal(&self, id: &DeckId, before: u64) -> StoreResult<Option<Journal>> {
        let (pool, id) = (self.pool.clone(), id.clone());
        Box::pin(async move {
            let args = (id, before);
            let whole = pool.transaction(Kind::Read, &args, |transaction, (id, before)| {
                Box::pin(journal::read(transaction, id, *before))
            });
            match whole.await {
                Err(failed) if failed.is_damage() => {
                    let around = pool.one(&args, |client, (id, before)| {
                        Box::pin(journal::read_around_damage(client, id, *before))
                    });
                    Ok(around.await?)
                }
                read => Ok(read?),
            }
        })
    }
}

const RECORD: &str = "SELECT id, title, created_at, updated_at FROM decks";

fn record(row: &Row) -> DeckRecord {
    DeckRecord {
        id: DeckId(row.get("id")),
        title: row.get("title"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

/// Makes a deck with its first snapshot.
async fn create(client: &impl GenericClient, deck: &NewDeck) -> Result<DeckRecord, Failed> {
    let sql = "INSERT INTO decks (id, title, epoch, created_at, updated_at)
               SELECT $1, $2, 1, at, at FROM unix_ms() AS at
               RETURNING id, title, created_at, updated_at";
    let made = rows(client, sql, &[&deck.id.as_str(), &text(&deck.title).as_ref()]).await?;
    journal::insert_snapshot(client, &deck.id, 0, &deck.snapshot).await?;
    let lost = || StoreError("a deck that was made is not there".to_owned());
    Ok(record(made.first().ok_or_else(lost)?))
}

impl Store for PostgresStore {
    fn secret(&self) -> StoreResult<[u8; 32]> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let found = row(client, "SELECT secret FROM server", &[]).await?;
                let secret = found.and_then(|row| row.get::<_, &[u8]>("secret").try_into().ok());
                Ok(secret.ok_or_else(|| StoreError("the secret is gone".to_owned()))?)
            })
        })
    }

    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord> {
        self.write(deck, |transaction, deck| Box::pin(create(transaction, deck)))
    }

    fn decks(&self) -> StoreResult<Vec<DeckRecord>> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let sql = format!("{RECORD} WHERE deleted_at IS NULL ORDER BY updated_at DESC, id");
                Ok(rows(client, &sql, &[]).await?.iter().map(record).collect())
            })
        })
    }

    fn deck(&self, id: &DeckId) -> StoreResult<Option<DeckRecord>> {
        self.one(id.clone(), |client, id| {
            Box::pin(async move {
                let sql = format!("{RECORD} WHERE id = $1 AND deleted_at IS NULL");
                Ok(row(client, &sql, &[&id.as_str()]).await?.as_ref().map(record))
            })
        })
    }

    fn set_deleted(&self, id: &DeckId, deleted: bool) -> StoreResult<bool> {
        self.one((id.clone(), deleted), |client, (id, deleted)| {
            Box::pin(async move {
                let sql = "UPDATE decks SET deleted_at = CASE WHEN $2 THEN unix_ms() END
                           WHERE id = $1 AND (deleted_at IS NULL) = $2";
                Ok(execute(client, sql, &[&id.as_str(), deleted]).await? == 1)
            })
        })
    }

    fn set_title(&self, id: &DeckId, title: &str) -> StoreResult<()> {
        self.one((id.clone(), text(title).into_owned()), |client, (id, title)| {
            Box::pin(async move {
                let sql = "UPDATE decks SET title = $2 WHERE id = $1";
                execute(client, sql, &[&id.as_str(), title]).await.map(drop)
            })
        })
    }

    fn load(&self, id: &DeckId) -> StoreResult<Option<Journal>> {
        self.journal(id, journal::ALL)
    }

    fn load_before(&self, id: &DeckId, snapshot_seq: u64) -> StoreResult<Option<Journal>> {
        let journal = self.journal(id, snapshot_seq);
        Box::pin(async move { Ok(journal.await?.filter(|journal| journal.snapshot_is_whole)) })
    }

    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64> {
        self.one((id.clone(), updates), |client, (id, updates)| {
            Box::pin(append::updates(client, id, updates))
        })
    }

    fn quarantine(&self, id: &DeckId, damage: Vec<Damage>) -> StoreResult<()> {
        self.write((id.clone(), damage), |transaction, (id, damage)| {
            Box::pin(async move {
                for damage in damage {
                    journal::quarantine(transaction, id, damage).await?;
                }
                Ok(())
            })
        })
    }

    fn probe(&self) -> StoreResult<()> {
        self.one((), |client, ()| {
            Box::pin(async move {
                let sql = "INSERT INTO probe (id, at) VALUES (1, unix_ms())
                           ON CONFLICT (id) DO UPDATE SET at = excluded.at";
                execute(client, sql, &[]).await.map(drop)
            })
        })
    }

    fn compact(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<()> {
        self.write((id.clone(), upto_seq, snapshot), |transaction, (id, upto_seq, snapshot)| {
            Box::pin(journal::compact(transaction, id, *upto_seq, snapshot))
        })
    }

    fn rebase(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<u64> {
        self.write((id.clone(), upto_seq, snapshot), |transaction, (id, upto_seq, snapshot)| {
            Box::pin(journal::rebase(transaction, id, *upto_seq, snapshot))
        })
    }
}
