//! Bringing the tables up to date, while nodes of the version before still use them.

use anyhow::Context as _;
use deadpool_postgres::Transaction;

use super::pool::{Failed, Pool, execute, row};
use crate::store::StoreError;

/// One step, after which the schema has the next number.
struct Migration {
    sql: &'static str,
    /// The oldest schema whose Ondeck works with the tables after this step as well: a step that only adds
    /// keeps the number of the step before, one that takes away or changes has its own. So nodes are
    /// replaced one by one: a version adds, and the next one takes away.
    compatible_from: i64,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    sql: include_str!("../../../migrations/postgres/0001-decks.sql"),
    compatible_from: 1,
}];

/// Number of the advisory lock that one node at a time holds to change tables: `ondeck` in ASCII.
const LOCK: i64 = 0x6f6e_6465_636b;

/// Where the number of the schema is, and from which one on an Ondeck may use it.
const TABLE: &str = "
    CREATE TABLE schema_version (
        id              bigint PRIMARY KEY CHECK (id = 1),
        version         bigint NOT NULL,
        compatible_from bigint NOT NULL
    )";

/// Runs the migrations that the database does not have yet, each in a transaction of its own. Several nodes
/// may do so at once: they wait for each other.
///
/// # Errors
/// When the database cannot be reached, or is of an Ondeck that is too new.
pub(super) async fn migrate(pool: &Pool) -> anyhow::Result<()> {
    migrate_to(pool, &MIGRATIONS).await
}

async fn migrate_to(pool: &Pool, migrations: &[Migration]) -> anyhow::Result<()> {
    while step(pool, migrations).await? {}
    Ok(())
}

/// Runs the next migration; `false` when there is none.
async fn step(pool: &Pool, migrations: &[Migration]) -> anyhow::Result<bool> {
    let unreachable = "cannot open the database\n\
                       hint: is PostgreSQL running, and may this user make tables there?";
    let mut client =
        pool.client().await.map_err(|failed| anyhow::anyhow!("{failed}")).context(unreachable)?;
    let transaction = client.transaction().await?;
    let stepped = step_in(&transaction, migrations).await.map_err(|failed| match failed {
        Failed::Refused(error) => anyhow::anyhow!("{}", error.0),
        failed => anyhow::anyhow!("{failed}").context(unreachable),
    })?;
    transaction.commit().await?;
    Ok(stepped)
}

async fn step_in(transaction: &Transaction<'_>, migrations: &[Migration]) -> Result<bool, Failed> {
    // Another node may be at it for as long as it takes.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    row(transaction, "SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    // Only when it is not there: a user who may not make tables can use those that an operator made.
    let sql = "SELECT 1 WHERE to_regclass('schema_version') IS NULL";
    if row(transaction, sql, &[]).await?.is_some() {
        transaction.batch_execute(TABLE).await?;
    }
    let sql = "SELECT version, compatible_from FROM schema_version";
    let (version, compatible_from): (i64, i64) = row(transaction, sql, &[])
        .await?
        .map_or((0, 0), |row| (row.get("version"), row.get("compatible_from")));
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if compatible_from > known {
        return Err(StoreError(format!(
            "the database has schema {version}, and this Ondeck knows {known}\n\
             hint: use the newer Ondeck that the other nodes are"
        ))
        .into());
    }
    let Some(next) = usize::try_from(version).ok().and_then(|version| migrations.get(version))
    else {
        return Ok(false);
    };
    transaction.batch_execute(next.sql).await?;
    let sql = "INSERT INTO schema_version (id, version, compatible_from) VALUES (1, $1, $2)
               ON CONFLICT (id) DO UPDATE SET version = excluded.version,
                   compatible_from = greatest(schema_version.compatible_from, excluded.compatible_from)";
    execute(transaction, sql, &[&(version + 1), &next.compatible_from]).await?;
    tracing::info!(schema = version + 1, "the tables of the database are brought up to date");
    Ok(true)
}

/// Makes the servers' secret, unless there is one.
///
/// # Errors
/// When there are no random bytes, or the database is away.
pub(super) async fn make_secret(pool: &Pool) -> Result<(), StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| StoreError(error.to_string()))?;
    let client = pool.client().await?;
    let sql = "INSERT INTO server (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    execute(&client, sql, &[&&secret[..]]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::PostgresStore;
    use crate::store::postgres::testing::Database;

    /// Rows as the Ondeck of the first schema wrote them: one in each table that must lose nothing.
    const OF_THE_FIRST: &str = "
        INSERT INTO decks (id, title, epoch, created_at, updated_at) VALUES ('old', 'Old', 1, 0, 0);
        INSERT INTO updates VALUES ('old', 1, 'ada', 7, 0, 'one', 0, NULL);
        INSERT INTO snapshots VALUES ('old', 0, 0, 'zero', 'sum', NULL);
        INSERT INTO links VALUES ('old', 'follow', 1, sha256('code'), 0, NULL, NULL);
        INSERT INTO users VALUES ('user:ada', 'i', 's', 'Ada', NULL, '[]', 0, 0);
        INSERT INTO people VALUES ('old', 'user:ada', 'owner', 0);
        INSERT INTO audit (at, principal, action, detail) VALUES (0, 'admin', 'deck.make', '');
        INSERT INTO pictures VALUES ('a.webp', 'old', 'ada', 1, 1, 1, 0, NULL);
        INSERT INTO series VALUES ('old', 'Weekly', '{}', '14:05', 'Europe/Berlin', 0, NULL);
        INSERT INTO sections (deck, id, anchor, title, words) VALUES ('old', '1', '{}', 'A', '');
        INSERT INTO discussion VALUES ('old', '1', NULL, 'A', 'comment', 'ada', 'Ada', 'hi', 0);
        INSERT INTO calls VALUES ('old', 0, NULL, '[]')";

    /// Tables whose rows a migration must not lose.
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

    #[tokio::test]
    async fn from_every_earlier_schema_everything_is_brought_along() {
        for earlier in 1..=MIGRATIONS.len() {
            let database = Database::new();
            let pool = Pool::of(&database.url, 2).unwrap();
            migrate_to(&pool, &MIGRATIONS[..1]).await.unwrap();
            database.sql(OF_THE_FIRST);
            migrate_to(&pool, &MIGRATIONS[..earlier]).await.unwrap();
            PostgresStore::connect(&database.url).await.unwrap();
            for table in PRECIOUS {
                assert_eq!(database.sql(&format!("SELECT count(*) FROM {table}")), "1", "{table}");
            }
            let version = database.sql("SELECT version FROM schema_version");
            assert_eq!(version, MIGRATIONS.len().to_string());
        }
    }

    #[tokio::test]
    async fn nodes_that_start_at_once_make_the_tables_and_the_secret_once() {
        let database = Database::new();
        let nodes = (0..4).map(|_| PostgresStore::connect(&database.url));
        for node in futures_util::future::join_all(nodes).await {
            node.unwrap();
        }
        assert_eq!(database.sql("SELECT count(*) FROM server"), "1");
    }

    #[tokio::test]
    async fn an_older_node_works_with_a_newer_schema_that_says_so_and_with_no_other() {
        let database = Database::new();
        PostgresStore::connect(&database.url).await.unwrap();
        let (known, newer) = (MIGRATIONS.len(), MIGRATIONS.len() + 1);
        database.sql(&format!("UPDATE schema_version SET version = {newer}"));
        PostgresStore::connect(&database.url).await.unwrap();
        database.sql(&format!("UPDATE schema_version SET compatible_from = {newer}"));
        let refused = PostgresStore::connect(&database.url).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("schema {newer}")), "{refused}");
        assert!(refused.contains(&format!("knows {known}")), "{refused}");
    }

    #[tokio::test]
    async fn a_step_that_only_adds_leaves_the_door_open_for_older_nodes() {
        let database = Database::new();
        let pool = Pool::of(&database.url, 2).unwrap();
        migrate(&pool).await.unwrap();
        let known = i64::try_from(MIGRATIONS.len()).unwrap();
        let added = |sql, compatible_from| Migration { sql, compatible_from };
        let mut newer: Vec<Migration> = MIGRATIONS.into();
        newer.push(added("ALTER TABLE decks ADD COLUMN colour text", 1));
        migrate_to(&pool, &newer).await.unwrap();
        // One that runs, or starts again, goes on.
        PostgresStore::connect(&database.url).await.unwrap();
        newer.push(added("ALTER TABLE decks DROP COLUMN colour", known + 1));
        migrate_to(&pool, &newer).await.unwrap();
        assert!(PostgresStore::connect(&database.url).await.is_err());
        migrate_to(&pool, &newer[..newer.len() - 1]).await.unwrap();
    }

    #[tokio::test]
    async fn a_step_that_fails_changes_nothing() {
        let database = Database::new();
        let pool = Pool::of(&database.url, 2).unwrap();
        migrate(&pool).await.unwrap();
        let mut newer: Vec<Migration> = MIGRATIONS.into();
        newer.push(Migration { sql: "DROP TABLE clocks; SELECT nonsense", compatible_from: 1 });
        assert!(migrate_to(&pool, &newer).await.is_err());
        assert_eq!(database.sql("SELECT count(*) FROM clocks"), "0");
    }

    #[tokio::test]
    async fn a_row_that_is_refused_does_not_stand_in_the_error() {
        let database = Database::new();
        let store = database.store().await;
        let refused = store.one((), |client, ()| {
            Box::pin(async move {
                let table = "CREATE TABLE notes (words text CHECK (words = ''))";
                client.batch_execute(table).await?;
                Ok(client.execute("INSERT INTO notes VALUES ('a secret')", &[]).await?)
            })
        });
        let text = refused.await.unwrap_err().0;
        assert!(text.starts_with("ERROR: ") && text.ends_with(" (23514)"), "{text}");
        assert!(text.contains("notes_words_check"), "{text}");
        assert!(!text.contains("secret") && !text.contains('\n'), "{text}");
    }
}
