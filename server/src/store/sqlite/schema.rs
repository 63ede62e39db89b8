//! Opening the file, and bringing its tables up to date without risking what is in them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use crate::store::StoreError;

/// Memory that SQLite may use to cache pages, in KiB.
const CACHE_KIB: i64 = 8_192;

const MIGRATIONS: [&str; 6] = [
    include_str!("../../../migrations/sqlite/0001-journal.sql"),
    include_str!("../../../migrations/sqlite/0002-quarantine.sql"),
    include_str!("../../../migrations/sqlite/0003-lineage.sql"),
    include_str!("../../../migrations/sqlite/0004-links.sql"),
    include_str!("../../../migrations/sqlite/0005-access.sql"),
    include_str!("../../../migrations/sqlite/0006-calls.sql"),
];

/// The schema that this Ondeck uses.
pub(super) const NEWEST: usize = MIGRATIONS.len();

/// Tables whose rows a migration must not lose, as far as there are such tables yet.
const PRECIOUS: [&str; 12] = [
    "decks",
    "updates",
    "snapshots",
    "links",
    "users",
    "people",
    "audit",
    "pictures",
    "series",
    "sections",
    "discussion",
    "calls",
];

/// Opens the file with the settings that make a commit durable; makes it when it is not there.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
         PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    Ok(connection)
}

/// Runs the migrations that the file does not have yet, in one transaction. A file that holds
/// decks is copied first, beside itself.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    let version = version(connection)?;
    if version > 0 && version < MIGRATIONS.len() {
        let copy = copy_beside(path, version);
        // A copy that a migration left which did not come to its end is older than this one.
        let _ = std::fs::remove_file(&copy);
        copy_into(connection, &copy)?;
        tracing::info!(copy = %copy.display(), "the database is copied before its tables change");
    }
    let transaction = connection.transaction()?;
    upgrade(&transaction)?;
    Ok(transaction.commit()?)
}

/// The same inside of a transaction that the caller commits, or not.
pub(super) fn upgrade(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let version = version(transaction)?;
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    let before = count(transaction)?;
    for migration in &MIGRATIONS[version..] {
        transaction.execute_batch(migration)?;
    }
    let after = count(transaction)?;
    if before.iter().any(|counted| !after.contains(counted)) {
        return Err(StoreError("the migration would lose rows; nothing was changed".into()));
    }
    Ok(transaction.pragma_update(None, "user_version", MIGRATIONS.len())?)
}

/// Which migrations a database has had, at most all that there are.
pub(super) fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        let text =
            format!("the database has schema {version}, this Ondeck knows {}", MIGRATIONS.len());
        return Err(StoreError(text));
    }
    Ok(version)
}

/// Makes the server's secret, unless there is one.
pub(super) fn make_secret(connection: &Connection) -> Result<(), StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| StoreError(error.to_string()))?;
    let sql = "INSERT OR IGNORE INTO server (id, secret) VALUES (1, ?1)";
    connection.execute(sql, [secret])?;
    Ok(())
}

/// Writes the whole database as one new file, while others go on writing in it.
pub(super) fn copy_into(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    let name = target.to_str().ok_or_else(|| StoreError("the path is not UTF-8".into()))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    let synced = std::fs::File::open(target).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError(format!("the copy could not be made durable: {error}")))
}

fn copy_beside(path: &Path, version: usize) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".schema-{version}"));
    path.with_file_name(name)
}

/// How many rows there are in each of the precious tables.
fn count(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, u64)>> {
    let mut counts = Vec::new();
    for table in PRECIOUS {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        if connection.query_row(sql, [table], |row| row.get(0))? {
            let sql = format!("SELECT count(*) FROM {table}");
            counts.push((table, connection.query_row(&sql, [], |row| row.get(0))?));
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_ondeck_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(migrate(&path, &mut connection).is_err_and(|error| error.0.contains("99")));
    }

    #[test]
    fn an_older_database_is_copied_and_then_brought_up_to_date_with_everything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let sql = "INSERT INTO decks VALUES ('old', 'Old', 1, 0, 0, NULL)";
        connection.execute_batch(sql).unwrap();
        migrate(&path, &mut connection).unwrap();
        let decks = [("decks", 1), ("updates", 0), ("snapshots", 0)];
        assert_eq!(count(&connection).unwrap()[..3], decks);
        let copy = Connection::open(dir.path().join("test.sqlite.schema-1")).unwrap();
        assert_eq!(count(&copy).unwrap(), decks);
        // A second start changes and copies nothing.
        migrate(&path, &mut connection).unwrap();
    }

    #[test]
    fn what_is_in_the_bin_when_it_begins_to_be_emptied_has_its_time_from_then() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        MIGRATIONS[..5].iter().for_each(|sql| connection.execute_batch(sql).unwrap());
        connection.pragma_update(None, "user_version", 5).unwrap();
        let sql = "INSERT INTO decks (id, title, epoch, created_at, updated_at, deleted_at)
                   VALUES ('binned', 'Old', 1, 0, 0, 5), ('kept', 'Old', 1, 0, 0, NULL)";
        connection.execute_batch(sql).unwrap();
        migrate(&path, &mut connection).unwrap();
        let sql = "SELECT deleted_at FROM decks ORDER BY id";
        let since: Vec<Option<i64>> = connection
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        // To the second, as the clock of SQLite has it.
        let ago = crate::store::sqlite::now() - since[0].unwrap();
        assert!((0..60_000).contains(&ago) && since[1].is_none(), "{since:?}");
    }

    #[test]
    fn links_of_before_they_could_end_by_themselves_hold_as_they_did() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        MIGRATIONS[..4].iter().for_each(|sql| connection.execute_batch(sql).unwrap());
        connection.pragma_update(None, "user_version", 4).unwrap();
        let sql = "INSERT INTO decks VALUES ('old', 'Old', 1, 0, 0, NULL);
                   INSERT INTO links VALUES ('old', 'follow', 1, zeroblob(32), 5, 6),
                                            ('old', 'follow', 2, randomblob(32), 6, NULL)";
        connection.execute_batch(sql).unwrap();
        migrate(&path, &mut connection).unwrap();
        let sql = "SELECT serial, made_at, ended_at, expires_at FROM links ORDER BY serial";
        let links: Vec<[Option<i64>; 4]> = connection
            .prepare(sql)
            .unwrap()
            .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(links, [[Some(1), Some(5), Some(6), None], [Some(2), Some(6), None, None]]);
        let level: String =
            connection.query_row("SELECT level FROM decks", [], |row| row.get(0)).unwrap();
        assert_eq!(level, "freely");
        assert_eq!(count(&connection).unwrap().len(), PRECIOUS.len());
    }
}
