//! Opening the file, and bringing its tables up to date without risking what is in them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use crate::store::StoreError;

/// Memory that SQLite may use to cache pages, in KiB.
const CACHE_KIB: i64 = 8_192;

const MIGRATIONS: [&str; 7] = [
    include_str!("../../../migrations/sqlite/0001-journal.sql"),
    include_str!("../../../migrations/sqlite/0002-quarantine.sql"),
    include_str!("../../../migrations/sqlite/0003-lineage.sql"),
    include_str!("../../../migrations/sqlite/0004-links.sql"),
    include_str!("../../../migrations/sqlite/0005-access.sql"),
    include_str!("../../../migrations/sqlite/0006-calls.sql"),
    include_str!("../../../migrations/sqlite/0007-holds.sql"),
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
    use rusqlite::Row;
    use rusqlite::types::Value;

    use super::*;

    #[test]
    fn a_database_of_a_newer_ondeck_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let mut connection = connect(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(migrate(&path, &mut connection).is_err_and(|error| error.0.contains("99")));
    }

    /// Rows as the Ondeck of each schema wrote them: in every table that is new then, and in those that got
    /// columns. `SUM` is 32 bytes, as sums are.
    const ROWS: [&str; NEWEST] = [
        "INSERT INTO decks VALUES ('old', 'Old', 1, 2, 3, NULL), ('empty', '', 9, 9, 9, NULL);
         INSERT INTO updates VALUES ('old', 1, 'guest:ada', 7, 4, x'01', 5),
                                    ('old', 2, 'guest:bob', NULL, 4, x'0002', 6);
         INSERT INTO snapshots VALUES ('old', 0, 4, x'00', SUM), ('empty', 0, 4, x'', SUM)",
        "INSERT INTO quarantine VALUES ('old', 'update', 3, 4, x'ff', 'it fails its checksum'),
                                       ('old', 'snapshot', 1, 4, x'fe', 'it cannot be read');
         INSERT INTO probe VALUES (1, 4)",
        "INSERT INTO clients VALUES ('old', 7, 'guest:ada'), ('empty', 7, 'guest:bob');
         INSERT INTO server VALUES (1, SUM);
         INSERT INTO snapshots VALUES ('old', 2, 4, x'01', SUM, SUM)",
        "INSERT INTO links VALUES ('old', 'follow', 1, SUM, 5, 6), ('old', 'follow', 2, SUM, 6, NULL),
                                  ('empty', 'remote', 1, SUM, 5, NULL)",
        "INSERT INTO decks VALUES ('mine', 'Mine', 4, 5, 6, NULL, 'private');
         INSERT INTO links VALUES ('mine', 'edit', 3, SUM, 7, 8, NULL);
         INSERT INTO users VALUES ('user:ada', 'issuer', 'ada', 'Ada', 'ada@example.org', '[]', 1, 2),
                                  ('user:bob', 'issuer', 'bob', 'Bob', NULL, '[\"a\"]', 1, 2);
         INSERT INTO sessions VALUES (SUM, 'user:ada', 1, 2, 3);
         INSERT INTO logins VALUES (SUM, SUM, 'nonce', 'verifier', '/', 3);
         INSERT INTO people VALUES ('mine', 'user:ada', 'owner', 1),
                                   ('mine', 'email:bob@example.org', 'viewer', 1);
         INSERT INTO grants VALUES ('guest:eve', 'mine', 'edit', 3, 1);
         INSERT INTO audit VALUES (5, 1, 'user:ada', 'mine', 'deck.create', ''),
                                  (6, 1, 'admin', NULL, 'server.start', 'detail');
         INSERT INTO pictures VALUES ('a.webp', 'mine', 'user:ada', 1, 2, 3, 4, NULL)",
        "INSERT INTO decks (id, title, epoch, created_at, updated_at, archived_at, call_at, series, expected,
                            ready, reporters)
             VALUES ('call', 'Call', 1, 2, 3, 4, '2026-11-26T14:05', 'old', 3, 2, '[\"Ada\"]');
         INSERT INTO series VALUES ('old', 'Weekly', '{}', '14:05', 'Europe/Berlin', 1, NULL);
         INSERT INTO sections (deck, id, anchor, title, words, ready_sum, expected)
             VALUES ('call', '1', '{}', 'Team A', 'words', SUM, 1);
         INSERT INTO discussion VALUES ('call', '1', NULL, 'Team A', 'question', 'user:ada', 'Ada', 'why',
                                        1, 2, NULL, NULL);
         INSERT INTO calls VALUES ('call', 1, NULL, '[]');
         INSERT INTO attendance VALUES ('call', 'user:bob', 'Bob', 1)",
        "INSERT INTO holds VALUES ('call', 'as it was')",
    ];

    /// A table, its columns, and its rows in the order of what they say.
    type Rows = (String, Vec<String>, Vec<Vec<Value>>);

    fn text(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Every table with all its rows.
    fn everything(connection: &Connection) -> Vec<Rows> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let tables = text(connection, sql).into_iter().map(|table| {
            let columns =
                text(connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
            let rows = rows(connection, &table, &columns);
            (table, columns, rows)
        });
        tables.collect()
    }

    fn rows(connection: &Connection, table: &str, columns: &[String]) -> Vec<Vec<Value>> {
        let list = columns.join(", ");
        let mut statement =
            connection.prepare(&format!("SELECT {list} FROM {table} ORDER BY {list}")).unwrap();
        let row = |row: &Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
        statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// A file of an earlier Ondeck that was there from the first one on.
    fn of_schema(version: usize, path: &Path) -> Connection {
        let connection = connect(path).unwrap();
        let mut sums = 0;
        for (migration, rows) in MIGRATIONS.iter().zip(ROWS).take(version) {
            connection.execute_batch(migration).unwrap();
            let mut parts = rows.split("SUM");
            let mut sql = parts.next().unwrap().to_owned();
            for part in parts {
                sums += 1;
                sql += &format!("x'{sums:064x}'{part}");
            }
            connection.execute_batch(&sql).unwrap();
        }
        connection.pragma_update(None, "user_version", version).unwrap();
        connection
    }

    #[test]
    fn from_every_earlier_schema_everything_is_brought_along_and_copied_before() {
        for version in 1..=NEWEST {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("test.sqlite");
            let mut connection = of_schema(version, &path);
            let before = everything(&connection);
            for (table, _, rows) in &before {
                assert!(
                    !rows.is_empty(),
                    "schema {version}: nothing shows what becomes of `{table}`"
                );
            }
            migrate(&path, &mut connection).unwrap();
            for (table, columns, expected) in &before {
                let found = rows(&connection, table, columns);
                assert_eq!(&found, expected, "schema {version}: `{table}`");
            }
            assert_eq!(super::version(&connection).unwrap(), NEWEST);
            assert_eq!(text(&connection, "PRAGMA integrity_check"), ["ok"]);
            let loose = "SELECT \"table\" FROM pragma_foreign_key_check";
            assert!(text(&connection, loose).is_empty(), "schema {version}");
            let copy = copy_beside(&path, version);
            assert_eq!(copy.exists(), version < NEWEST);
            if version < NEWEST {
                let copy = Connection::open(copy).unwrap();
                assert_eq!(everything(&copy), before, "schema {version}");
            }
            // A second start changes and copies nothing.
            let now = everything(&connection);
            migrate(&path, &mut connection).unwrap();
            assert_eq!(everything(&connection), now);
        }
    }

    #[test]
    fn tables_are_the_same_whichever_schema_a_file_began_with() {
        let shape = |version| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("test.sqlite");
            let mut connection =
                if version == 0 { connect(&path).unwrap() } else { of_schema(version, &path) };
            migrate(&path, &mut connection).unwrap();
            text(
                &connection,
                "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1",
            )
        };
        let new = shape(0);
        for version in 1..=NEWEST {
            assert_eq!(shape(version), new, "schema {version}");
        }
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
