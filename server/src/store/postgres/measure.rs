//! How long an append takes beside the least that PostgreSQL can do, on a disk that is waited for.

use std::time::{Duration, Instant};

use collab::nodes::Span;
use testbed::Postgres;

use super::*;
use crate::store::cluster::{Batch, ClusterStore as _, Row};

const APPENDS: u64 = 1_000;
/// A keystroke.
const BYTES: &[u8] = &[7; 30];
/// Decks that somebody writes in at the same time.
const DECKS: u64 = 32;

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let [p50, p99] = [50, 99].map(|percent| times[(times.len() - 1) * percent / 100]);
    format!("p50 {p50:?}, p99 {p99:?}")
}

async fn make(store: &PostgresStore, name: String) -> DeckId {
    let id = DeckId::parse(&name).unwrap();
    let snapshot = Snapshot::new(&b"first"[..], "");
    store.create_deck(NewDeck { id: id.clone(), title: name, snapshot }).await.unwrap();
    id
}

fn batch(client: u64, clock: u64) -> Batch {
    let (principal, bytes) = ("guest:0123456789abcdef".to_owned(), BYTES.into());
    let update = NewUpdate { principal, client: Some(client), claims: Vec::new(), bytes };
    let spans = vec![Span { client, from: clock, until: clock + 1 }];
    Batch {
        id: u128::from(clock) << 64 | u128::from(client),
        epoch: 1,
        rows: vec![Row { update, spans }],
    }
}

async fn append(store: &PostgresStore, deck: &DeckId, client: u64, clock: u64) -> Duration {
    let start = Instant::now();
    store.append_batch(deck, batch(client, clock)).await.unwrap();
    start.elapsed()
}

/// The same row, and nothing checked.
async fn insert(store: &PostgresStore, seq: u64) -> Duration {
    let start = Instant::now();
    let inserted = store.one(seq, |client, seq| {
        Box::pin(async move {
            let sql = "INSERT INTO bare VALUES ('deck', $1, 'guest:0123456789abcdef', 7, 0, $2, 0)";
            execute(client, sql, &[&journal::number(*seq), &BYTES]).await
        })
    });
    inserted.await.unwrap();
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test -p ondeck-server --lib -- --ignored --nocapture an_append_takes"]
async fn an_append_takes_little_longer_than_one_bare_insert() {
    let postgres = Postgres::start_durable().unwrap();
    let url = postgres.database().unwrap();
    let store = PostgresStore::connect(&url).await.unwrap();
    let bare = "CREATE TABLE bare (deck text, seq bigint, principal text, client bigint, at bigint,
                                   bytes bytea, crc32c bigint, PRIMARY KEY (deck, seq))";
    store.pool.client().await.unwrap().batch_execute(bare).await.unwrap();
    let deck = make(&store, "deck".to_owned()).await;
    let (mut appends, mut inserts, mut asks) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..APPENDS {
        appends.push(append(&store, &deck, 7, turn).await);
        inserts.push(insert(&store, turn).await);
        let start = Instant::now();
        store.clock().await.unwrap();
        asks.push(start.elapsed());
    }
    println!("append: {}", percentiles(appends));
    println!("bare insert: {}", percentiles(inserts));
    println!("a question: {}", percentiles(asks));
    let decks = futures_util::future::join_all((0..DECKS).map(|n| make(&store, format!("d{n}"))));
    let decks = decks.await;
    let start = Instant::now();
    let writers = decks.iter().map(|deck| async {
        let mut times = Vec::new();
        for turn in 0..APPENDS / 10 {
            times.push(append(&store, deck, 7, turn).await);
        }
        times
    });
    let times = futures_util::future::join_all(writers).await.concat();
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    println!("{DECKS} decks at once: {rate:.0} appends/s, {}", percentiles(times));
    let other = PostgresStore::connect(&url).await.unwrap();
    let shared = make(&store, "shared".to_owned()).await;
    let start = Instant::now();
    let writers = [(&store, 7), (&other, 8)].map(|(store, client)| {
        let shared = &shared;
        async move {
            let mut times = Vec::new();
            for turn in 0..APPENDS / 4 {
                times.push(append(store, shared, client, turn).await);
            }
            times
        }
    });
    let times = futures_util::future::join_all(writers).await.concat();
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    println!("two nodes in one deck: {rate:.0} appends/s, {}", percentiles(times));
    let loaded = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load: {}", loaded.split(' ').next().unwrap_or_default());
}
