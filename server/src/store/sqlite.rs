//! The embedded store: SQLite in WAL mode, with one writer thread that commits in groups.
//!
//! A commit costs an fsync (about 4 ms), whatever it holds. So while one is under way, all other
//! writes of all decks wait in the queue and then share the next one.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Savepoint, params};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::{DeckId, DeckRecord, Journal, NewDeck, NewUpdate, Store, StoreError, StoreResult};

/// Writes that wait for the writer thread; more make their senders wait.
const QUEUE: usize = 1_024;
/// Most writes in one transaction, so that the first of them is not held up for long.
const GROUP: usize = 256;
/// Memory that SQLite may use to cache pages, in KiB.
const CACHE_KIB: i64 = 8_192;

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/sqlite/0001-journal.sql")];

type Write = Box<dyn FnOnce(&mut Savepoint<'_>) -> rusqlite::Result<Reply> + Send>;
/// Tells the caller, once the transaction is durable or has failed.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Job {
    write: Write,
    fail: Box<dyn FnOnce(StoreError) + Send>,
}

/// A SQLite file.
pub struct SqliteStore {
    writes: mpsc::Sender<Job>,
    reader: Arc<Mutex<Connection>>,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl SqliteStore {
    /// Opens or makes the file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was made by a newer Ondeck.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = connect(path)?;
        migrate(&mut writer)?;
        let reader = Arc::new(Mutex::new(connect(path)?));
        let (writes, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run_writer(writer, queue))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Self { writes, reader })
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Savepoint<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let writes = self.writes.clone();
        Box::pin(async move {
            let (sender, receiver) = oneshot::channel::<Result<T, StoreError>>();
            // Whoever gets to run takes the sender: the reply after the commit, or the failure.
            let sender = Arc::new(Mutex::new(Some(sender)));
            let failing = Arc::clone(&sender);
            let job = Job {
                write: Box::new(move |savepoint| {
                    let value = work(savepoint)?;
                    Ok(Box::new(move |committed| answer(&sender, committed.map(|()| value))))
                }),
                fail: Box::new(move |error| answer(&failing, Err(error))),
            };
            let stopped = || StoreError("the writer has stopped".into());
            writes.send(job).await.map_err(|_| stopped())?;
            receiver.await.map_err(|_| stopped())?
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let reader = Arc::clone(&self.reader);
        Box::pin(async move {
            let run = move || {
                let connection = reader.lock().map_err(|_| StoreError("poisoned".into()))?;
                Ok(work(&connection)?)
            };
            tokio::task::spawn_blocking(run).await.map_err(|error| StoreError(error.to_string()))?
        })
    }
}

type Sender<T> = Mutex<Option<oneshot::Sender<Result<T, StoreError>>>>;

fn answer<T>(sender: &Sender<T>, result: Result<T, StoreError>) {
    if let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) {
        // The caller may have gone; the write stands all the same.
        let _ = sender.send(result);
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
         PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        let text =
            format!("the database has schema {version}, this Ondeck knows {}", MIGRATIONS.len());
        return Err(StoreError(text));
    }
    let transaction = connection.transaction()?;
    for migration in &MIGRATIONS[version..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(transaction.commit()?)
}

fn run_writer(mut connection: Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(job) = queue.try_recv() else { break };
            group.push(job);
        }
        commit(&mut connection, group);
    }
}

/// Runs a group in one transaction. A write that fails by itself fails alone.
fn commit(connection: &mut Connection, group: Vec<Job>) {
    let mut transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = StoreError::from(error);
            return group.into_iter().for_each(|job| (job.fail)(error.clone()));
        }
    };
    let mut replies = Vec::with_capacity(group.len());
    for job in group {
        let run = || {
            let mut savepoint = transaction.savepoint()?;
            let reply = (job.write)(&mut savepoint)?;
            savepoint.commit()?;
            Ok(reply)
        };
        match run() {
            Ok(reply) => replies.push(reply),
            Err(error) => (job.fail)(rusqlite::Error::into(error)),
        }
    }
    let committed = transaction.commit().map_err(StoreError::from);
    if let Err(error) = &committed {
        tracing::error!(%error, "commit failed; nothing in it is acknowledged");
    }
    for reply in replies {
        reply(committed.clone());
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

const RECORD: &str = "SELECT id, title, created_at, updated_at FROM decks";

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<DeckRecord> {
    Ok(DeckRecord {
        id: DeckId(row.get(0)?),
        title: row.get(1)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
    })
}

impl Store for SqliteStore {
    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord> {
        self.write(move |savepoint| {
            let at = now();
            savepoint.execute(
                "INSERT INTO decks (id, title, epoch, created_at, updated_at) VALUES (?1, ?2, 1, ?3, ?3)",
                params![deck.id.as_str(), deck.title, at],
            )?;
            insert_snapshot(savepoint, &deck.id, 0, &deck.state)?;
            Ok(DeckRecord { id: deck.id, title: deck.title, created_at: at, updated_at: at })
        })
    }

    fn decks(&self) -> StoreResult<Vec<DeckRecord>> {
        self.read(|connection| {
            let sql = format!("{RECORD} WHERE deleted_at IS NULL ORDER BY updated_at DESC, id");
            connection.prepare_cached(&sql)?.query_map([], record)?.collect()
        })
    }

    fn deck(&self, id: &DeckId) -> StoreResult<Option<DeckRecord>> {
        let id = id.clone();
        self.read(move |connection| {
            let sql = format!("{RECORD} WHERE id = ?1 AND deleted_at IS NULL");
            connection.prepare_cached(&sql)?.query_row([id.as_str()], record).optional()
        })
    }

    fn set_deleted(&self, id: &DeckId, deleted: bool) -> StoreResult<bool> {
        let id = id.clone();
        self.write(move |savepoint| {
            let at = deleted.then(now);
            let sql =
                "UPDATE decks SET deleted_at = ?2 WHERE id = ?1 AND (deleted_at IS NULL) = ?3";
            Ok(savepoint.execute(sql, params![id.as_str(), at, deleted])? == 1)
        })
    }

    fn set_title(&self, id: &DeckId, title: &str) -> StoreResult<()> {
        let (id, title) = (id.clone(), title.to_owned());
        self.write(move |savepoint| {
            let sql = "UPDATE decks SET title = ?2 WHERE id = ?1";
            savepoint.execute(sql, params![id.as_str(), title]).map(drop)
        })
    }

    fn load(&self, id: &DeckId) -> StoreResult<Option<Journal>> {
        let id = id.clone();
        self.read(move |connection| {
            // One read transaction: a compaction between two queries must not be seen by half.
            let transaction = connection.unchecked_transaction()?;
            load(&transaction, &id)
        })
    }

    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64> {
        let id = id.clone();
        self.write(move |savepoint| {
            let at = now();
            let mut seq = last_seq(savepoint, &id)?;
            let mut insert = savepoint.prepare_cached(
                "INSERT INTO updates (deck, seq, principal, client, at, bytes, crc32c)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for update in &updates {
                seq += 1;
                let client = update.client.and_then(|client| i64::try_from(client).ok());
                let sum = crc32c::crc32c(&update.bytes);
                let bytes = &update.bytes[..];
                insert.execute(params![
                    id.as_str(),
                    seq,
                    update.principal,
                    client,
                    at,
                    bytes,
                    sum
                ])?;
            }
            savepoint
                .prepare_cached("UPDATE decks SET updated_at = ?2 WHERE id = ?1")?
                .execute(params![id.as_str(), at])?;
            Ok(seq)
        })
    }

    fn compact(&self, id: &DeckId, upto_seq: u64, state: Bytes) -> StoreResult<()> {
        let id = id.clone();
        self.write(move |savepoint| {
            insert_snapshot(savepoint, &id, upto_seq, &state)?;
            let previous: Option<u64> = savepoint
                .query_row(
                    "SELECT upto_seq FROM snapshots WHERE deck = ?1 ORDER BY upto_seq DESC LIMIT 1 OFFSET 1",
                    [id.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(previous) = previous else { return Ok(()) };
            let old = params![id.as_str(), previous];
            savepoint.execute("DELETE FROM updates WHERE deck = ?1 AND seq <= ?2", old)?;
            savepoint.execute("DELETE FROM snapshots WHERE deck = ?1 AND upto_seq < ?2", old)?;
            Ok(())
        })
    }
}

fn insert_snapshot(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    state: &Bytes,
) -> rusqlite::Result<()> {
    let sum = Sha256::digest(state);
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (deck, upto_seq, at, bytes, sha256) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_str(), upto_seq, now(), &state[..], &sum[..]],
    )?;
    Ok(())
}

/// Compaction may have removed every update, so the snapshots count as well.
fn last_seq(connection: &Connection, id: &DeckId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT max(coalesce((SELECT max(seq) FROM updates WHERE deck = ?1), 0),
                        coalesce((SELECT max(upto_seq) FROM snapshots WHERE deck = ?1), 0))",
        )?
        .query_row([id.as_str()], |row| row.get(0))
}

fn load(connection: &Connection, id: &DeckId) -> rusqlite::Result<Option<Journal>> {
    let epoch = connection
        .query_row(
            "SELECT epoch FROM decks WHERE id = ?1 AND deleted_at IS NULL",
            [id.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let Some(epoch) = epoch else { return Ok(None) };
    let mut damage = Vec::new();
    let (upto_seq, snapshot) = newest_snapshot(connection, id, &mut damage)?;
    let mut rows = connection.prepare_cached(
        "SELECT seq, bytes, crc32c FROM updates WHERE deck = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut updates = Vec::new();
    let mut found = rows.query(params![id.as_str(), upto_seq])?;
    while let Some(row) = found.next()? {
        let (seq, bytes, sum): (u64, Vec<u8>, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if crc32c::crc32c(&bytes) == sum {
            updates.push(bytes.into());
        } else {
            damage.push(format!("update {seq} fails its checksum"));
        }
    }
    let last_seq = last_seq(connection, id)?;
    Ok(Some(Journal { epoch, snapshot, updates, last_seq, damage }))
}

fn newest_snapshot(
    connection: &Connection,
    id: &DeckId,
    damage: &mut Vec<String>,
) -> rusqlite::Result<(u64, Bytes)> {
    let mut rows = connection.prepare_cached(
        "SELECT upto_seq, bytes, sha256 FROM snapshots WHERE deck = ?1 ORDER BY upto_seq DESC",
    )?;
    let mut found = rows.query([id.as_str()])?;
    while let Some(row) = found.next()? {
        let (upto_seq, bytes, sum): (u64, Vec<u8>, Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        if Sha256::digest(&bytes)[..] == sum[..] {
            return Ok((upto_seq, bytes.into()));
        }
        damage.push(format!("snapshot {upto_seq} fails its checksum"));
    }
    // No snapshot is whole: the empty update is the start of every document.
    Ok((0, Bytes::from_static(&[0, 0])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    fn store(dir: &tempfile::TempDir) -> SqliteStore {
        SqliteStore::open(&dir.path().join("test.sqlite")).unwrap()
    }

    #[tokio::test]
    async fn sqlite_keeps_the_contract() {
        let dir = tempfile::tempdir().unwrap();
        contract::check(Arc::new(store(&dir))).await;
    }

    async fn damaged(sql: &str) -> Journal {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        let id = DeckId::parse("deck").unwrap();
        let state = Bytes::from_static(b"first");
        store.create_deck(NewDeck { id: id.clone(), title: String::new(), state }).await.unwrap();
        for (seq, text) in [(1, "one"), (2, "two")] {
            let bytes = Bytes::from_static(text.as_bytes());
            let update = NewUpdate { principal: String::new(), client: None, bytes };
            assert_eq!(store.append(&id, vec![update]).await.unwrap(), seq);
        }
        store.compact(&id, 1, Bytes::from_static(b"second")).await.unwrap();
        let connection = connect(&dir.path().join("test.sqlite")).unwrap();
        connection.execute_batch(sql).unwrap();
        store.load(&id).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_damaged_update_is_left_out_and_named() {
        let journal = damaged("UPDATE updates SET bytes = x'00' WHERE seq = 2").await;
        assert_eq!(journal.updates, Vec::<Bytes>::new());
        assert_eq!(journal.damage, ["update 2 fails its checksum"]);
    }

    #[tokio::test]
    async fn a_damaged_snapshot_gives_way_to_the_one_before() {
        let journal = damaged("UPDATE snapshots SET bytes = x'00' WHERE upto_seq = 1").await;
        assert_eq!(journal.snapshot, "first");
        assert_eq!(journal.updates, ["one", "two"]);
    }

    #[test]
    fn a_database_of_a_newer_ondeck_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        drop(SqliteStore::open(&path).unwrap());
        connect(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(SqliteStore::open(&path).is_err_and(|error| error.0.contains("99")));
    }
}
