//! The embedded store: SQLite in WAL mode, with one writer thread that commits in groups.
//!
//! A commit costs an fsync (about 4 ms), whatever it holds. So while one is under way, all other
//! writes of all decks wait in the queue and then share the next one.

mod access;
mod audit;
mod backup;
mod bin;
mod disk;
mod export;
mod holds;
mod journal;
mod links;
mod people;
mod pictures;
mod rights;
mod schema;
mod sections;
mod series;
mod sessions;
mod talk;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Savepoint, ffi, params};
use tokio_util::sync::CancellationToken;

use super::{
    Damage, DeckId, DeckRecord, Journal, NewDeck, NewUpdate, Snapshot, Store, StoreError,
    StoreResult,
};
pub use audit::audited;
pub use backup::{Quick, Restored, back_up, check, quick_check, restore};
use disk::Disk;
pub use disk::free_space;
pub use export::{Export, Table};
use schema::{connect, make_secret, migrate};
use writer::Writer;

/// A SQLite file.
pub struct SqliteStore {
    writer: Writer,
    reader: Arc<Mutex<Connection>>,
    disk: Disk,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl SqliteStore {
    /// Opens or makes the file, brings its schema up to date, and looks for damage, which is
    /// reported and does not stop the decks that are whole.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged beyond use, or was made by a newer Ondeck.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = connect(path)?;
        migrate(path, &mut connection)?;
        make_secret(&connection)?;
        for fault in backup::faults(&connection, "quick_check")? {
            tracing::error!(fault, "the database is damaged; `ondeck verify` says more");
        }
        let reader = Arc::new(Mutex::new(connect(path)?));
        let disk = Disk::of(path);
        Ok(Self { writer: Writer::start(connection, disk.clone())?, reader, disk })
    }

    /// Cancelled when the disk failed in a way after which nobody knows what is on it: the
    /// process must end then, and start again from the journal.
    pub fn failed(&self) -> CancellationToken {
        self.writer.failed()
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Savepoint<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.writer.write(work)
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

    fn journal(&self, id: &DeckId, before: u64) -> StoreResult<Option<Journal>> {
        let id = id.clone();
        self.read(move |connection| {
            // One read transaction: a compaction between two queries must not be seen by half.
            let transaction = connection.unchecked_transaction()?;
            let sql = "SELECT epoch FROM decks WHERE id = ?1 AND deleted_at IS NULL";
            let epoch = transaction.query_row(sql, [id.as_str()], |row| row.get(0)).optional()?;
            epoch.map(|epoch| journal::read(&transaction, &id, epoch, before)).transpose()
        })
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

fn create(savepoint: &Savepoint<'_>, deck: NewDeck) -> rusqlite::Result<DeckRecord> {
    let at = now();
    savepoint.execute(
        "INSERT INTO decks (id, title, epoch, created_at, updated_at) VALUES (?1, ?2, 1, ?3, ?3)",
        params![deck.id.as_str(), deck.title, at],
    )?;
    journal::insert_snapshot(savepoint, &deck.id, 0, &deck.snapshot)?;
    Ok(DeckRecord { id: deck.id, title: deck.title, created_at: at, updated_at: at })
}

impl Store for SqliteStore {
    fn secret(&self) -> StoreResult<[u8; 32]> {
        self.read(|connection| {
            connection.query_row("SELECT secret FROM server", [], |row| row.get(0))
        })
    }

    fn create_deck(&self, deck: NewDeck) -> StoreResult<DeckRecord> {
        self.write(move |savepoint| create(savepoint, deck))
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
        self.journal(id, journal::ALL)
    }

    fn load_before(&self, id: &DeckId, snapshot_seq: u64) -> StoreResult<Option<Journal>> {
        let journal = self.journal(id, snapshot_seq);
        Box::pin(async move { Ok(journal.await?.filter(|journal| journal.snapshot_is_whole)) })
    }

    fn append(&self, id: &DeckId, updates: Vec<NewUpdate>) -> StoreResult<u64> {
        let id = id.clone();
        self.write(move |savepoint| journal::append(savepoint, &id, &updates))
    }

    fn quarantine(&self, id: &DeckId, damage: Vec<Damage>) -> StoreResult<()> {
        let id = id.clone();
        self.write(move |savepoint| {
            damage.iter().try_for_each(|damage| journal::quarantine(savepoint, &id, damage))
        })
    }

    fn probe(&self) -> StoreResult<()> {
        let disk = self.disk.clone();
        self.write(move |savepoint| {
            if disk.is_still_full() {
                let full = ffi::Error::new(ffi::SQLITE_FULL);
                return Err(rusqlite::Error::SqliteFailure(full, None));
            }
            let sql = "INSERT OR REPLACE INTO probe (id, at) VALUES (1, ?1)";
            savepoint.execute(sql, [now()]).map(drop)
        })
    }

    fn compact(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<()> {
        let id = id.clone();
        self.write(move |savepoint| journal::compact(savepoint, &id, upto_seq, &snapshot))
    }

    fn rebase(&self, id: &DeckId, upto_seq: u64, snapshot: Snapshot) -> StoreResult<u64> {
        let (id, upto) = (id.clone(), upto_seq);
        let rebased = self.write(move |savepoint| journal::rebase(savepoint, &id, upto, &snapshot));
        Box::pin(async move {
            let late = || StoreError("the deck changed while its text was read".into());
            rebased.await?.ok_or_else(late)
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::contract;

    fn store(dir: &tempfile::TempDir) -> SqliteStore {
        SqliteStore::open(&dir.path().join("test.sqlite")).unwrap()
    }

    #[tokio::test]
    async fn sqlite_keeps_the_contract() {
        let dir = tempfile::tempdir().unwrap();
        contract::check(Arc::new(store(&dir))).await;
        contract::access::check(Arc::new(store(&dir))).await;
        contract::pictures::check(Arc::new(store(&dir))).await;
        contract::sections::check(Arc::new(store(&dir))).await;
        contract::series::check(Arc::new(store(&dir))).await;
        contract::talk::check(Arc::new(store(&dir))).await;
    }

    async fn damaged(sql: &str) -> Journal {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        let id = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(&b"first"[..], "");
        let deck = NewDeck { id: id.clone(), title: String::new(), snapshot };
        store.create_deck(deck).await.unwrap();
        for (seq, text) in [(1, "one"), (2, "two")] {
            let bytes = Bytes::from_static(text.as_bytes());
            let (principal, claims) = (String::new(), Vec::new());
            let update = NewUpdate { principal, client: None, claims, bytes };
            assert_eq!(store.append(&id, vec![update]).await.unwrap(), seq);
        }
        store.compact(&id, 1, Snapshot::new(&b"second"[..], "")).await.unwrap();
        let connection = connect(&dir.path().join("test.sqlite")).unwrap();
        connection.execute_batch(sql).unwrap();
        store.load(&id).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_damaged_update_is_left_out_and_named() {
        let journal = damaged("UPDATE updates SET bytes = x'00' WHERE seq = 2").await;
        assert_eq!(journal.updates, []);
        assert_eq!(journal.damage[0].to_string(), "update 2: it fails its checksum");
    }

    #[tokio::test]
    async fn a_damaged_snapshot_gives_way_to_the_one_before() {
        let journal = damaged("UPDATE snapshots SET bytes = x'00' WHERE upto_seq = 1").await;
        assert_eq!(journal.snapshot.state, "first");
        let updates: Vec<_> = journal.updates.iter().map(|update| &update.bytes[..]).collect();
        assert_eq!(updates, [b"one", b"two"]);
        assert_eq!(journal.damage[0].to_string(), "snapshot 1: it fails its checksum");
    }

    #[tokio::test]
    async fn the_secret_is_made_once_and_a_backup_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let secret = store(&dir).secret().await.unwrap();
        assert_ne!(secret, [0; 32]);
        assert_eq!(store(&dir).secret().await.unwrap(), secret);
        let copy = dir.path().join("copy.sqlite");
        back_up(&dir.path().join("test.sqlite"), &copy).unwrap();
        assert_eq!(SqliteStore::open(&copy).unwrap().secret().await.unwrap(), secret);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(store(&other).secret().await.unwrap(), secret);
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_costs_the_rows_on_it_and_no_others() {
        const ROWS: u64 = 40;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let id = DeckId::parse("deck").unwrap();
        {
            let store = store(&dir);
            let snapshot = Snapshot::new(&b"first"[..], "");
            let deck = NewDeck { id: id.clone(), title: String::new(), snapshot };
            store.create_deck(deck).await.unwrap();
            for seq in 1..=ROWS {
                let bytes = format!("<{seq}>{}", "x".repeat(500)).into();
                let (principal, claims) = (String::new(), Vec::new());
                let update = NewUpdate { principal, client: None, claims, bytes };
                store.append(&id, vec![update]).await.unwrap();
            }
        }
        let copy = dir.path().join("copy.sqlite");
        back_up(&path, &copy).unwrap();
        let mut file = std::fs::read(&copy).unwrap();
        let middle = file.windows(4).position(|part| part == b"<20>").unwrap();
        // The kind of the page that holds it.
        file[middle / 4096 * 4096] ^= 1;
        std::fs::write(&copy, file).unwrap();
        let journal = SqliteStore::open(&copy).unwrap().load(&id).await.unwrap().unwrap();
        assert!(journal.unreadable.is_some());
        let seqs: Vec<u64> = journal.updates.iter().map(|update| update.seq).collect();
        assert!(seqs.is_sorted() && !seqs.contains(&20), "{seqs:?}");
        assert!(seqs.contains(&1) && seqs.contains(&ROWS) && seqs.len() > 25, "{seqs:?}");
        let found = check(&copy, |_| Vec::new()).unwrap().faults;
        assert!(
            found.iter().any(|fault| fault.starts_with("deck deck: not all rows")),
            "{found:?}"
        );
    }
}
