//! Everything out of a SQLite file, into a database that has no decks yet.
//!
//! Tables and columns have the same names on both sides. Each is read back and compared before
//! anything of it counts.

use std::borrow::Cow;
use std::fmt;
use std::pin::pin;

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use deadpool_postgres::{GenericClient as _, Transaction};
use futures_util::TryStreamExt as _;
use rusqlite::types::Value;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::pool::text;
use super::upkeep::{alone, told};
use super::{PostgresStore, columns};
use crate::store::access::Sum;
use crate::store::sqlite::{Export, Table};

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: String,
    /// How many rows it has, on both sides.
    pub rows: usize,
    /// What they say, on both sides: of the sorted SHA-256 of the rows.
    pub sha256: Sum,
    /// Texts whose NUL characters are U+FFFD there, as PostgreSQL holds none; the sum is of what they are
    /// there.
    pub changed: usize,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9}  {}  {}", self.rows, hex(&self.sha256), self.table)
    }
}

impl PostgresStore {
    /// Moves everything, all or nothing.
    ///
    /// # Errors
    /// When there are decks already, a server uses the database, or something would not be the same
    /// there; then nothing has changed.
    pub async fn import(&self, from: &Export) -> anyhow::Result<Vec<Moved>> {
        let mut client = self.pool.client().await.map_err(told)?;
        let transaction = client.transaction().await?;
        alone(&transaction).await?;
        let decks = columns::one(&transaction, "SELECT count(*) FROM decks", &[]).await;
        let decks: i64 = decks.map_err(told)?.try_get(0)?;
        if decks > 0 {
            bail!("the database has {decks} decks already\nhint: make an empty one (`createdb`)");
        }
        let mut moved = Vec::new();
        for table in from.tables()? {
            let one = move_table(&transaction, from, &table).await;
            moved.push(one.with_context(|| {
                let name = &table.name;
                format!(
                    "cannot move the table `{name}`\nhint: `ondeck verify` says what is damaged"
                )
            })?);
        }
        transaction.batch_execute(AFTERWARDS).await?;
        transaction.commit().await?;
        Ok(moved)
    }
}

/// What SQLite finds out when it is asked. Which clocks a client had needs not be known: each node reads
/// the whole journal before it takes anything in.
const AFTERWARDS: &str = "
    UPDATE decks SET last_seq = greatest(
        (SELECT max(seq) FROM updates WHERE deck = id),
        (SELECT max(upto_seq) FROM snapshots WHERE deck = id),
        (SELECT max(seq) FROM quarantine WHERE deck = id), 0);
    SELECT setval(pg_get_serial_sequence('audit', 'id'), max(id)) FROM audit HAVING count(*) > 0;";

async fn move_table(
    transaction: &Transaction<'_>,
    from: &Export,
    table: &Table,
) -> anyhow::Result<Moved> {
    // A server that was started once left a secret there, and perhaps who signed in.
    transaction.batch_execute(&format!("DELETE FROM \"{}\"", table.name)).await?;
    let (sent, changed) = copy(transaction, from, table).await?;
    let stored = read_back(transaction, table).await?;
    if sent != stored {
        bail!(
            "{} rows with the sum {} became {} rows with the sum {}",
            sent.rows.len(),
            hex(&sent.total()),
            stored.rows.len(),
            hex(&stored.total())
        );
    }
    let (rows, sha256) = (sent.rows.len(), sent.total());
    Ok(Moved { table: table.name.clone(), rows, sha256, changed })
}

/// Sends every row, and gives what they are there, and how many values are not what they were here.
async fn copy(
    transaction: &Transaction<'_>,
    from: &Export,
    table: &Table,
) -> anyhow::Result<(Sums, usize)> {
    let types = types(transaction, table).await?;
    let sql = format!("COPY \"{}\" ({}) FROM STDIN BINARY", table.name, table.list());
    let sink = transaction.copy_in(&sql).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    let (mut sums, mut changed) = (Sums::default(), 0);
    let mut rows = from.rows(table);
    while let Some(row) = rows.recv().await {
        let row = row?;
        changed += row.iter().filter(|value| Cell::is_changed(value)).count();
        let row: Vec<Cell> = row.into_iter().map(Cell::new).collect();
        sums.add(&row);
        writer.as_mut().write_raw(row.iter()).await?;
    }
    writer.finish().await?;
    sums.rows.sort_unstable();
    Ok((sums, changed))
}

/// Reads every row, and gives what they are.
async fn read_back(transaction: &Transaction<'_>, table: &Table) -> anyhow::Result<Sums> {
    let types = types(transaction, table).await?;
    let none: [&str; 0] = [];
    let mut rows = pin!(transaction.query_raw(&table.query(), none).await?);
    let mut sums = Sums::default();
    while let Some(row) = rows.try_next().await? {
        let cells = types.iter().enumerate().map(|(column, kind)| Cell::of(&row, column, kind));
        sums.add(&cells.collect::<anyhow::Result<Vec<_>>>()?);
    }
    sums.rows.sort_unstable();
    Ok(sums)
}

/// What the columns of a table hold.
async fn types(transaction: &Transaction<'_>, table: &Table) -> anyhow::Result<Vec<Type>> {
    let statement = transaction.prepare(&table.query()).await?;
    Ok(statement.columns().iter().map(|column| column.type_().clone()).collect())
}

/// What rows say, in whichever order they come.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    rows: Vec<Sum>,
}

impl Sums {
    fn add(&mut self, row: &[Cell]) {
        let mut sum = Sha256::new();
        for Cell(value) in row {
            let (kind, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Integer(number) => (1, &number.to_le_bytes()),
                Value::Real(number) => (2, &number.to_le_bytes()),
                Value::Text(text) => (3, text.as_bytes()),
                Value::Blob(bytes) => (4, bytes),
            };
            sum.update([kind]);
            sum.update(bytes.len().to_le_bytes());
            sum.update(bytes);
        }
        self.rows.push(sum.finalize().into());
    }

    fn total(&self) -> Sum {
        let mut sum = Sha256::new();
        self.rows.iter().for_each(|row| sum.update(row));
        sum.finalize().into()
    }
}

fn hex(sum: &Sum) -> String {
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value, as PostgreSQL holds it.
#[derive(Debug)]
struct Cell(Value);

impl Cell {
    fn new(value: Value) -> Self {
        match value {
            Value::Text(words) => Self(Value::Text(text(&words).into_owned())),
            value => Self(value),
        }
    }

    /// Whether [`Cell::new`] makes something else of it.
    fn is_changed(value: &Value) -> bool {
        matches!(value, Value::Text(words) if matches!(text(words), Cow::Owned(_)))
    }

    fn of(row: &Row, column: usize, kind: &Type) -> anyhow::Result<Self> {
        let value = match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map(Value::Integer),
            Type::TEXT => row.try_get::<_, Option<String>>(column)?.map(Value::Text),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Blob),
            ref other => bail!("nobody knows how a column of type {other} is compared"),
        };
        Ok(Self(value.unwrap_or(Value::Null)))
    }
}

impl ToSql for Cell {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (&self.0, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Text(words), &Type::TEXT) => words.to_sql(kind, out),
            (Value::Blob(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (value, kind) => {
                Err(format!("a column holds {}, and should hold {kind}", value.data_type()).into())
            }
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use collab::nodes::NodeId;

    use super::*;
    use crate::store::access::{AccessStore as _, AuditEntry, Principal};
    use crate::store::cluster::ClusterStore as _;
    use crate::store::postgres::testing::Database;
    use crate::store::series::{SeriesStore as _, Shelf};
    use crate::store::sqlite::SqliteStore;
    use crate::store::talk::TalkStore as _;
    use crate::store::{DeckId, NewDeck, NewUpdate, Snapshot, Store, contract};

    fn id(name: &str) -> DeckId {
        DeckId::parse(name).unwrap()
    }

    fn update(bytes: &'static [u8]) -> NewUpdate {
        let (principal, claims) = ("guest:ada".to_owned(), vec![5]);
        NewUpdate { principal, client: Some(5), claims, bytes: bytes.into() }
    }

    async fn make_deck(store: &impl Store, name: &str) {
        let snapshot = Snapshot::new(&b"first"[..], "");
        store.create_deck(NewDeck { id: id(name), title: String::new(), snapshot }).await.unwrap();
        store.append(&id(name), vec![update(b"one")]).await.unwrap();
    }

    /// A data directory in which every table has rows: those that the contract of stores leaves behind, which
    /// has all that may stand in them.
    async fn full_directory() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        contract::check(store.clone()).await;
        contract::access::check(store.clone()).await;
        contract::pictures::check(store.clone()).await;
        contract::sections::check(store.clone()).await;
        contract::series::check(store.clone()).await;
        contract::talk::check(store).await;
        (dir, path)
    }

    async fn import(path: &Path, store: &PostgresStore) -> anyhow::Result<Vec<Moved>> {
        store.import(&Export::open(path).unwrap()).await
    }

    #[tokio::test]
    async fn every_table_is_moved_and_decks_go_on_where_they_were() {
        let (_dir, path) = full_directory().await;
        let (database, before) = (Database::new(), SqliteStore::open(&path).unwrap());
        // What PostgreSQL cannot hold must not keep a directory from being moved.
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute("UPDATE decks SET title = 'a' || char(0) || 'b' WHERE id = 'fresh'", [])
            .unwrap();
        let after = database.store().await;
        // As one that was started there before anybody moved.
        let entry = |at| {
            let (principal, action) = (Principal("admin".to_owned()), "server.test".to_owned());
            AuditEntry { at, principal, deck: None, action, detail: String::new() }
        };
        after.add_audit(entry(1)).await.unwrap();
        let moved = import(&path, &after).await.unwrap();
        assert_eq!((&*moved[0].table, moved[0].changed), ("decks", 1));
        assert!(moved[1..].iter().all(|moved| moved.changed == 0), "{moved:?}");
        for Moved { table, .. } in &moved {
            // Sign-ins that were begun are taken, and a secret there is one of.
            let rows: u32 = database.sql(&format!("SELECT count(*) FROM {table}")).parse().unwrap();
            assert!(rows > 0 || table == "logins", "{table}");
        }
        assert_eq!(after.secret().await.unwrap(), before.secret().await.unwrap());
        assert_eq!(after.deck(&id("fresh")).await.unwrap().unwrap().title, "a\u{fffd}b");
        assert_eq!(after.audit(None, 99).await.unwrap(), before.audit(None, 99).await.unwrap());
        for shelf in [Shelf::List, Shelf::Archive, Shelf::Bin] {
            let entries = before.entries(shelf, vec!["user:eve".to_owned()], 10).await.unwrap();
            let moved = after.entries(shelf, vec!["user:eve".to_owned()], 10).await.unwrap();
            assert_eq!(moved.len(), entries.len());
            for (moved, entry) in
                moved.iter().zip(&entries).filter(|(one, _)| one.record.id != id("fresh"))
            {
                assert_eq!(moved, entry);
            }
        }
        for deck in before.decks().await.unwrap() {
            let journal = before.load(&deck.id).await.unwrap();
            assert_eq!(after.load(&deck.id).await.unwrap(), journal);
            assert_eq!(
                after.messages(&deck.id).await.unwrap(),
                before.messages(&deck.id).await.unwrap()
            );
            let next = journal.unwrap().last_seq + 1;
            assert_eq!(after.append(&deck.id, vec![update(b"next")]).await.unwrap(), next);
        }
        // Numbers go on as well.
        after.add_audit(entry(2)).await.unwrap();
        assert_eq!(after.audit(None, 1).await.unwrap(), [entry(2)]);
    }

    #[tokio::test]
    async fn nothing_is_moved_onto_decks_or_under_a_running_server() {
        let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
        let path = dir.path().join("test.sqlite");
        make_deck(&SqliteStore::open(&path).unwrap(), "deck").await;
        let store = database.store().await;
        let node = NodeId(7);
        store.beat(node, std::time::Duration::from_secs(6)).await.unwrap();
        let said = import(&path, &store).await.unwrap_err().to_string();
        assert!(said.contains("a server uses the database"), "{said}");
        store.leave(node).await.unwrap();
        make_deck(&*store, "other").await;
        let said = import(&path, &store).await.unwrap_err().to_string();
        assert!(said.contains("1 decks already"), "{said}");
        assert_eq!(database.sql("SELECT id FROM decks"), "other");
    }

    #[tokio::test]
    async fn what_does_not_arrive_as_it_was_sent_is_found_and_nothing_stays() {
        let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
        let path = dir.path().join("test.sqlite");
        make_deck(&SqliteStore::open(&path).unwrap(), "deck").await;
        let store = database.store().await;
        let secret = store.secret().await.unwrap();
        database.sql(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN NEW.crc32c := NEW.crc32c + 1; RETURN NEW; END $$;
             CREATE TRIGGER spoil BEFORE INSERT ON updates FOR EACH ROW EXECUTE FUNCTION spoil()",
        );
        let said = format!("{:#}", import(&path, &store).await.unwrap_err());
        assert!(said.starts_with("cannot move the table `updates`\n"), "{said}");
        assert!(said.contains("1 rows with the sum "), "{said}");
        assert_eq!(database.sql("SELECT count(*) FROM decks"), "0");
        assert_eq!(store.secret().await.unwrap(), secret);
    }
}
