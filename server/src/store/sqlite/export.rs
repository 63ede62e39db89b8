//! Every table of a file, row by row, for who moves them elsewhere.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::types::Value;
use rusqlite::{Connection, DropBehavior, Row};
use tokio::sync::mpsc;

use super::backup::open_existing;
use super::schema::upgrade;
use crate::store::StoreError;

/// Rows that were read and wait to be taken: enough that neither side waits long for the other, and
/// little memory also when each is as large as a deck may be.
const AHEAD: usize = 16;

/// One row that only says whether writing works; it belongs to its own database.
const NOT_MOVED: &str = "probe";

/// A table, and what its columns are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of their names.
    pub columns: Vec<String>,
}

impl Table {
    /// What reads all of it. Names are our own, and in SQL of both databases.
    pub fn query(&self) -> String {
        format!("SELECT {} FROM \"{}\"", self.list(), self.name)
    }

    /// The names of its columns, as they stand in SQL.
    pub fn list(&self) -> String {
        let quoted: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    }
}

/// A file as it is at one moment, as if it were of this Ondeck. It stays as it is.
#[derive(Debug)]
pub struct Export {
    connection: Arc<Mutex<Connection>>,
}

impl Export {
    /// Opens a file that must be there.
    ///
    /// # Errors
    /// When it is no database of this or an earlier Ondeck.
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        let mut connection = open_existing(database)?;
        // Never committed: what brings an earlier file up to date goes with the connection.
        let mut transaction = connection.transaction()?;
        transaction.set_drop_behavior(DropBehavior::Ignore);
        upgrade(&transaction)?;
        drop(transaction);
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// All tables; that of decks first, as the others name rows of it.
    ///
    /// # Errors
    /// When the schema cannot be read.
    pub fn tables(&self) -> Result<Vec<Table>, StoreError> {
        let connection = self.connection.lock().map_err(|_| StoreError("poisoned".into()))?;
        let mut columns = connection.prepare(
            "SELECT tables.name, column.name
             FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS column
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' AND tables.name <> ?1
             ORDER BY tables.name <> 'decks', tables.name, column.name",
        )?;
        let names = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let mut tables: Vec<Table> = Vec::new();
        for found in columns.query_map([NOT_MOVED], names)? {
            let (name, column) = found?;
            match tables.last_mut().filter(|table| table.name == name) {
                Some(table) => table.columns.push(column),
                None => tables.push(Table { name, columns: vec![column] }),
            }
        }
        Ok(tables)
    }

    /// The rows of a table, in no order. A row that cannot be read is the last.
    pub fn rows(&self, table: &Table) -> mpsc::Receiver<Result<Vec<Value>, StoreError>> {
        let (rows, taken) = mpsc::channel(AHEAD);
        let (connection, query) = (Arc::clone(&self.connection), table.query());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = send(&connection, &query, &rows) {
                // Whoever asked may have gone.
                let _ = rows.blocking_send(Err(error));
            }
        });
        taken
    }
}

fn send(
    connection: &Mutex<Connection>,
    query: &str,
    rows: &mpsc::Sender<Result<Vec<Value>, StoreError>>,
) -> Result<(), StoreError> {
    let connection = connection.lock().map_err(|_| StoreError("poisoned".into()))?;
    let mut statement = connection.prepare(query)?;
    let columns = statement.column_count();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let values: Result<_, rusqlite::Error> = (0..columns).map(|at| row.get(at)).collect();
        if rows.blocking_send(Ok(values?)).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{DeckId, NewDeck, Snapshot, Store as _};

    #[tokio::test]
    async fn every_table_is_named_and_gives_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let store = SqliteStore::open(&path).unwrap();
        let id = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(&b"first"[..], "");
        store.create_deck(NewDeck { id, title: "T".to_owned(), snapshot }).await.unwrap();
        let export = Export::open(&path).unwrap();
        let tables = export.tables().unwrap();
        assert_eq!(tables[0].name, "decks");
        assert!(tables.iter().all(|table| table.name != NOT_MOVED));
        let mut rows = export.rows(&tables[0]);
        let row = rows.recv().await.unwrap().unwrap();
        let id = tables[0].columns.iter().position(|name| name == "id").unwrap();
        assert_eq!(row[id], Value::Text("deck".to_owned()));
        assert!(rows.recv().await.is_none());
    }
}
