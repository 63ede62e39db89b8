//! The contract on PostgreSQL, and what only it can get wrong: restarts, lost answers, damaged pages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use collab::nodes::{NodeId, Span};
use testbed::Postgres;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::pool::ANSWER_WITHIN;
use super::testing::Database;
use super::*;
use crate::cluster::{BEAT_EVERY, NODE_GONE_AFTER};
use crate::store::cluster::{AppendError, Batch, ClusterStore as _, Row, Tail};
use crate::store::contract;

#[tokio::test]
async fn postgres_keeps_the_contract() {
    contract::check(Database::new().store().await).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_nodes() {
    let database = Arc::new(Database::new());
    let (one, two) = (database.store().await, database.store().await);
    let silent_for = move |node: NodeId, seconds: u64| {
        database.sql(&format!(
            "UPDATE nodes SET seen_at = clock_timestamp() - interval '{seconds} seconds'
             WHERE node = {}",
            node.0
        ));
    };
    let shared = contract::cluster::Shared {
        store: one.clone(),
        one,
        two,
        silent_for: Arc::new(silent_for),
    };
    contract::cluster::check(shared).await;
}

fn id() -> DeckId {
    DeckId::parse("deck").unwrap()
}

fn update(bytes: impl Into<Bytes>) -> NewUpdate {
    let (principal, claims) = ("ada".to_owned(), Vec::new());
    NewUpdate { principal, client: None, claims, bytes: bytes.into() }
}

fn batch(id: u128, bytes: &'static str, from: u64, until: u64) -> Batch {
    let row = Row { update: update(bytes), spans: vec![Span { client: 7, from, until }] };
    Batch { id, epoch: 1, rows: vec![row] }
}

async fn make_deck(store: &PostgresStore) {
    let snapshot = Snapshot::new(&b"first"[..], "");
    let deck = NewDeck { id: id(), title: "a\0b".to_owned(), snapshot };
    assert_eq!(store.create_deck(deck).await.unwrap().title, "a\u{fffd}b");
}

/// What a deck of three rows says after SQL was run behind the store's back.
async fn damaged(sql: &str) -> Journal {
    let database = Database::new();
    let store = database.store().await;
    make_deck(&store).await;
    for (seq, bytes) in [(1, "one"), (2, "two")] {
        assert_eq!(store.append(&id(), vec![update(bytes)]).await.unwrap(), seq);
    }
    store.compact(&id(), 1, Snapshot::new(&b"second"[..], "")).await.unwrap();
    database.sql(sql);
    assert_eq!(store.tail(&id(), 1).await.unwrap() == Tail::Cut, sql.contains("updates"));
    store.load(&id()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_damaged_update_is_left_out_and_named() {
    let journal = damaged("UPDATE updates SET bytes = '\\x00' WHERE seq = 2").await;
    assert_eq!(journal.updates, []);
    assert_eq!(journal.damage[0].to_string(), "update 2: it fails its checksum");
}

#[tokio::test]
async fn a_damaged_snapshot_gives_way_to_the_one_before() {
    let journal = damaged("UPDATE snapshots SET bytes = '\\x00' WHERE upto_seq = 1").await;
    assert_eq!((&journal.snapshot.state[..], journal.snapshot_is_whole), (&b"first"[..], true));
    let updates: Vec<_> = journal.updates.iter().map(|update| &update.bytes[..]).collect();
    assert_eq!(updates, [b"one", b"two"]);
    assert_eq!(journal.damage[0].to_string(), "snapshot 1: it fails its checksum");
}

#[tokio::test]
async fn without_a_whole_snapshot_the_newest_is_given_as_it_is() {
    let journal = damaged("UPDATE snapshots SET bytes = '\\x00'").await;
    assert_eq!((&journal.snapshot.state[..], journal.snapshot_is_whole), (&b"\0"[..], false));
    assert_eq!((journal.snapshot_seq, journal.updates.len()), (1, 1));
    assert_eq!(journal.damage[0].to_string(), "snapshot 0: it fails its checksum");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_costs_the_rows_on_it_and_no_others() {
    const ROWS: u64 = 40;
    const PAGE: usize = 8_192;
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.database().unwrap();
    let store = PostgresStore::connect(&url).await.unwrap();
    make_deck(&store).await;
    let rows = (1..=ROWS).map(|seq| update(format!("<{seq}>{}", "x".repeat(500))));
    store.append(&id(), rows.collect()).await.unwrap();
    let path = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('updates')";
    let path = postgres.sql(url.rsplit('/').next().unwrap(), path).unwrap();
    postgres.stop(false);
    let mut file = std::fs::read(&path).unwrap();
    // The second page says of itself what cannot be.
    file[PAGE..PAGE + 24].fill(0xff);
    std::fs::write(&path, file).unwrap();
    postgres.start_again().unwrap();
    let store = PostgresStore::connect(&url).await.unwrap();
    let journal = store.load(&id()).await.unwrap().unwrap();
    assert!(journal.unreadable.is_some());
    let seqs: Vec<u64> = journal.updates.iter().map(|update| update.seq).collect();
    assert!(seqs.is_sorted() && !seqs.contains(&20), "{seqs:?}");
    assert!(seqs.contains(&1) && seqs.contains(&ROWS) && seqs.len() > 20, "{seqs:?}");
    assert_eq!((journal.snapshot.state, journal.last_seq), (Bytes::from("first"), ROWS));
    assert_eq!(store.tail(&id(), 0).await.unwrap(), Tail::Cut);
}

#[tokio::test]
async fn after_a_crash_of_the_database_the_same_store_goes_on_with_all_that_it_had_stored() {
    let mut postgres = Postgres::start().unwrap();
    let store = PostgresStore::connect(&postgres.database().unwrap()).await.unwrap();
    make_deck(&store).await;
    store.append_batch(&id(), batch(1, "one", 0, 1)).await.unwrap();
    // As many connections as there may be, so that all are lost.
    let probes = (0..CONNECTIONS * 2).map(|_| store.probe());
    futures_util::future::join_all(probes).await.into_iter().for_each(Result::unwrap);
    postgres.stop(true);
    let away = store.append_batch(&id(), batch(2, "two", 1, 2)).await;
    assert!(matches!(away, Err(AppendError::Away(_))), "{away:?}");
    assert!(store.probe().await.is_err());
    postgres.start_again().unwrap();
    let mut appended = Err(AppendError::NoDeck);
    // Each lost connection may be noticed only when it is used.
    for _ in 0..=CONNECTIONS {
        appended = store.append_batch(&id(), batch(2, "two", 1, 2)).await;
        if !matches!(appended, Err(AppendError::Away(_))) {
            break;
        }
    }
    assert_eq!(appended.unwrap(), 2);
    assert_eq!(store.load(&id()).await.unwrap().unwrap().updates.len(), 2);
}

/// A way to the database on which answers can get lost.
struct Way {
    port: u16,
    loses_answers: Arc<AtomicBool>,
    /// How often all connections that there were fell silent for good.
    silences: Arc<AtomicUsize>,
    _task: tokio::task::JoinSet<()>,
}

impl Way {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let loses_answers = Arc::new(AtomicBool::new(false));
        let silences = Arc::<AtomicUsize>::default();
        let (own_port, loses) = (listener.local_addr().unwrap().port(), loses_answers.clone());
        let silent = silences.clone();
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move {
            let mut ways = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = SocketAddr::from(([127, 0, 0, 1], port));
                ways.spawn(carry(client, server, loses.clone(), silent.clone()));
            }
        });
        Self { port: own_port, loses_answers, silences, _task: task }
    }

    /// To the database of a URL, by this way.
    fn url(&self, url: &str) -> String {
        let name = url.rsplit_once('/').unwrap().1;
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

fn port_of(url: &str) -> u16 {
    url.rsplit_once('/').unwrap().0.rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Carries bytes both ways, until an answer is to be lost: then the connection is.
async fn carry(
    client: TcpStream,
    server: SocketAddr,
    loses_answers: Arc<AtomicBool>,
    silences: Arc<AtomicUsize>,
) {
    let silences_before = silences.load(Ordering::SeqCst);
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut server_reads, mut server_writes) =
        TcpStream::connect(server).await.unwrap().into_split();
    let answers = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(size @ 1..) = server_reads.read(&mut bytes).await {
            if loses_answers.load(Ordering::SeqCst) {
                break;
            }
            if silences.load(Ordering::SeqCst) > silences_before {
                std::future::pending::<()>().await;
            }
            client_writes.write_all(&bytes[..size]).await.unwrap();
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut client_reads, &mut server_writes) => {}
    }
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_stored_once() {
    let database = Database::new();
    let direct = database.store().await;
    make_deck(&direct).await;
    let way = Way::to(port_of(&database.url)).await;
    let store = PostgresStore::connect(&way.url(&database.url)).await.unwrap();
    assert_eq!(store.append_batch(&id(), batch(1, "one", 0, 1)).await.unwrap(), 1);
    way.loses_answers.store(true, Ordering::SeqCst);
    let lost = store.append_batch(&id(), batch(2, "two", 1, 2)).await;
    assert!(matches!(lost, Err(AppendError::Away(_))), "{lost:?}");
    // It is there, and another node went on.
    assert_eq!(direct.append_batch(&id(), batch(3, "three", 2, 3)).await.unwrap(), 3);
    way.loses_answers.store(false, Ordering::SeqCst);
    assert_eq!(store.append_batch(&id(), batch(2, "two", 1, 2)).await.unwrap(), 2);
    assert_eq!(store.append_batch(&id(), batch(4, "four", 3, 4)).await.unwrap(), 4);
    let journal = store.load(&id()).await.unwrap().unwrap();
    let stored: Vec<_> = journal.updates.iter().map(|update| &update.bytes[..]).collect();
    assert_eq!(stored, [&b"one"[..], b"two", b"three", b"four"]);
}

#[tokio::test]
async fn news_is_what_those_who_have_a_deck_open_must_hear_of() {
    let database = Database::new();
    let store = database.store().await;
    make_deck(&store).await;
    let mut before = 0;
    for sql in [
        "UPDATE decks SET level = 'private'",
        "UPDATE decks SET call_at = '2026-11-26T14:05'",
        "UPDATE decks SET archived_at = 1",
        "INSERT INTO people VALUES ('deck', 'user:ada', 'owner', 0)",
        "UPDATE people SET role = 'editor'",
        "DELETE FROM people",
        "INSERT INTO links VALUES ('deck', 'edit', 1, sha256('code'), 0, NULL, NULL)",
        "UPDATE links SET ended_at = 1",
        "INSERT INTO discussion VALUES ('deck', '1', NULL, 'A', 'comment', 'ada', 'Ada', 'hi', 0)",
        "UPDATE discussion SET starred_at = 1",
        "DELETE FROM discussion",
    ] {
        database.sql(sql);
        let news = store.heads(vec![id()]).await.unwrap()[0].news;
        assert!(news > before, "{sql}");
        before = news;
    }
    // What changes nothing is none.
    database.sql("UPDATE decks SET level = 'private', title = 'Other', ready = 1");
    assert_eq!(store.heads(vec![id()]).await.unwrap()[0].news, before);
}

#[tokio::test]
async fn transactions_that_stand_in_each_others_way_are_done_over() {
    let database = Database::new();
    let store = database.store().await;
    database.sql(
        "CREATE TABLE pair (id int PRIMARY KEY, n int); INSERT INTO pair VALUES (1, 0), (2, 0)",
    );
    let met = Arc::new(tokio::sync::Barrier::new(2));
    let add = |first: i32| {
        let args = (first, met.clone(), AtomicBool::new(true));
        store.write(args, |transaction, (first, met, is_first_try)| {
            Box::pin(async move {
                let sql = "UPDATE pair SET n = n + 1 WHERE id = $1";
                execute(transaction, sql, &[first]).await?;
                // Each has what the other one wants.
                if is_first_try.swap(false, Ordering::SeqCst) {
                    met.wait().await;
                }
                execute(transaction, sql, &[&(3 - first)]).await
            })
        })
    };
    let (one, two) = tokio::join!(add(1), add(2));
    assert_eq!((one.unwrap(), two.unwrap()), (1, 1));
    assert_eq!(database.sql("SELECT sum(n) FROM pair"), "4");
}

#[tokio::test]
async fn passwords_stay_out_of_errors() {
    const SECRET: &str = "s3cr3t";
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    for url in [
        format!("postgres://ada:{SECRET}@127.0.0.1:{port}/x"),
        format!("postgres://ada:a?{SECRET}=b@127.0.0.1/x"),
        format!("postgres://ada:a/{SECRET}@127.0.0.1/x"),
        format!("postgres://ada:a@{SECRET}:{SECRET}@127.0.0.1/x"),
    ] {
        let error = format!("{:?}", PostgresStore::connect(&url).await.unwrap_err());
        assert!(!error.contains(SECRET), "{error}");
    }
}

/// Lets a server speak TLS, with a certificate that nobody signed.
fn certify(postgres: &Postgres) -> String {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let data = postgres.sql("postgres", "SHOW data_directory").unwrap();
    let owner = std::fs::metadata(&data).unwrap();
    for (name, text) in
        [("own.crt", made.cert.pem()), ("own.key", made.signing_key.serialize_pem())]
    {
        let path = std::path::Path::new(&data).join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    for set in ["ssl_cert_file = 'own.crt'", "ssl_key_file = 'own.key'", "ssl = on"] {
        postgres.sql("postgres", &format!("ALTER SYSTEM SET {set}")).unwrap();
    }
    format!("{data}/own.crt")
}

#[tokio::test]
async fn a_database_has_to_show_a_certificate_that_somebody_trusts() {
    let mut postgres = Postgres::start().unwrap();
    let certificate = certify(&postgres);
    postgres.stop(false);
    postgres.start_again().unwrap();
    let url = postgres.database().unwrap().replace("127.0.0.1", "localhost");
    let refused = PostgresStore::connect(&format!("{url}?sslmode=require")).await.unwrap_err();
    assert!(format!("{refused:#}").contains("certificate"), "{refused:#}");
    let trusted = format!("{url}?sslmode=verify-full&sslrootcert={certificate}");
    let store = PostgresStore::connect(&trusted).await.unwrap();
    let encrypted = store.one((), |client, ()| {
        Box::pin(async move {
            let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            Ok(row(client, sql, &[]).await?.is_some_and(|row| row.get(0)))
        })
    });
    assert!(encrypted.await.unwrap());
    // On the same machine nobody listens in between.
    PostgresStore::connect(&url).await.unwrap();
}

#[tokio::test]
async fn of_connections_that_are_dead_only_the_first_is_waited_for() {
    let database = Database::new();
    let way = Way::to(port_of(&database.url)).await;
    let store = PostgresStore::connect(&way.url(&database.url)).await.unwrap();
    make_deck(&store).await;
    let heads = || store.heads(vec![id()]);
    futures_util::future::try_join_all((0..4).map(|_| heads())).await.unwrap();
    store.beat(NodeId(1), NODE_GONE_AFTER).await.unwrap();
    way.silences.fetch_add(1, Ordering::SeqCst);
    // Both are given up by whoever asked, before the pool itself would.
    let given_up = tokio::join!(
        timeout(BEAT_EVERY, heads()),
        timeout(BEAT_EVERY, store.beat(NodeId(1), NODE_GONE_AFTER)),
    );
    assert!(given_up.0.is_err() && given_up.1.is_err());
    let answered = async {
        for _ in 0..4 {
            heads().await.unwrap();
        }
        store.beat(NodeId(1), NODE_GONE_AFTER).await.unwrap();
    };
    timeout(ANSWER_WITHIN, answered).await.expect("there are new connections");
}

#[tokio::test]
async fn a_node_is_heard_while_all_its_other_connections_wait() {
    let database = Database::new();
    let store = database.store().await;
    make_deck(&store).await;
    let holder = database.store().await;
    let beaten = holder.write(store.clone(), |transaction, store| {
        Box::pin(async move {
            execute(transaction, "UPDATE decks SET ready = 1", &[]).await?;
            // None of them can end before this transaction does.
            let waiting = (0..CONNECTIONS * 2).map(|_| store.append(&id(), vec![update("x")]));
            let waiting = futures_util::future::join_all(waiting);
            let beat = store.beat(NodeId(1), std::time::Duration::from_secs(6));
            tokio::select! {
                biased;
                _ = waiting => Ok(Vec::new()),
                beaten = beat => Ok(beaten?),
            }
        })
    });
    assert_eq!(beaten.await.unwrap(), [NodeId(1)]);
}

#[tokio::test]
async fn a_database_that_only_reads_is_away_until_another_one_writes() {
    let database = Database::new();
    let store = database.store().await;
    make_deck(&store).await;
    let name = database.url.rsplit('/').next().unwrap();
    store.append_batch(&id(), batch(1, "one", 0, 1)).await.unwrap();
    database.sql(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    // One connection, as after a failover: it is to the server that wrote before.
    let reads = PostgresStore { pool: store.pulse.clone(), pulse: store.pulse.clone() };
    let away = reads.append_batch(&id(), batch(2, "two", 1, 2)).await;
    assert!(matches!(away, Err(AppendError::Away(_))), "{away:?}");
    let writes = "BEGIN READ WRITE; ALTER DATABASE {} RESET default_transaction_read_only; COMMIT";
    database.sql(&writes.replace("{}", name));
    assert_eq!(reads.append_batch(&id(), batch(2, "two", 1, 2)).await.unwrap(), 2);
}
