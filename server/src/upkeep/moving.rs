//! Decks move to PostgreSQL with everything, and come back out of its backups.

use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use collab::doc::{DeckDoc, TextEdit};
use collab::nodes::{NodeId, Span};

use super::*;
use crate::store::access::{AccessStore as _, Principal};
use crate::store::cluster::{AppendError, Batch, ClusterStore as _, Row};
use crate::store::postgres::testing::Database;
use crate::store::series::SeriesStore as _;
use crate::store::sqlite::SqliteStore;
use crate::store::{NewDeck, NewUpdate, Snapshot, Store, StoreError};

const NOW: i64 = 10;

fn id(name: &str) -> DeckId {
    DeckId::parse(name).unwrap()
}

fn update(bytes: impl Into<Bytes>) -> NewUpdate {
    let (principal, claims) = ("guest:ada".to_owned(), vec![5]);
    NewUpdate { principal, client: Some(5), claims, bytes: bytes.into() }
}

/// A deck whose document is one.
async fn real_deck(store: &impl Store, name: &str, text: &str) {
    let snapshot = Snapshot::new(DeckDoc::seed(9, text), text);
    let deck = NewDeck { id: id(name), title: text.to_owned(), snapshot };
    store.create_deck(deck).await.unwrap();
    let one = DeckDoc::new(5).edit(&[TextEdit::insert(0, "one ")]);
    store.append(&id(name), vec![update(one)]).await.unwrap();
}

#[test]
fn the_operator_is_told_what_was_moved_and_what_to_do_next() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
    let store = SqliteStore::open(&dir.path().join(DATABASE)).unwrap();
    wait(async {
        real_deck(&store, "deck", "text").await;
        Ok(())
    })
    .unwrap();
    let url = Some(database.url.clone());
    let place = Place { data_dir: dir.path().to_owned(), database: url };
    {
        let _server = open_dir(dir.path()).unwrap();
        assert!(migrate(&place).unwrap_err().to_string().contains("another Ondeck"));
    }
    let said = migrate(&place).unwrap();
    assert!(said.starts_with("moved 1 decks with 1 recent updates"), "{said}");
    assert!(said.contains("  updates\n") && said.contains("`--database`"), "{said}");
    assert!(!said.contains("NUL"), "{said}");
    assert_eq!(
        verify(None, &place).unwrap(),
        "the database: 1 decks with 1 recent updates, no damage"
    );
    assert_eq!(audit(&place, None, 9).unwrap(), "nothing yet");
    assert!(back_up(&place, Path::new("x")).unwrap_err().to_string().contains("pg_dump"));
    assert!(restore(Path::new("x"), &place).unwrap_err().to_string().contains("pg_restore"));
}

#[test]
fn texts_that_postgresql_cannot_hold_are_counted_for_the_operator() {
    for (titles, told) in [(1, "\n1 text in "), (2, "\n2 texts in ")] {
        let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
        let path = dir.path().join(DATABASE);
        let store = SqliteStore::open(&path).unwrap();
        wait(async {
            for name in ["one", "three", "two"] {
                real_deck(&store, name, "text").await;
            }
            Ok(())
        })
        .unwrap();
        let sql = "UPDATE decks SET title = char(0) || 'a' || char(0)
                   WHERE id IN (SELECT id FROM decks LIMIT ?1)";
        rusqlite::Connection::open(&path).unwrap().execute(sql, [titles]).unwrap();
        let url = Some(database.url.clone());
        let place = Place { data_dir: dir.path().to_owned(), database: url };
        let said = migrate(&place).unwrap();
        assert!(said.contains(told) && said.contains("NUL characters"), "{said}");
        let sql = "SELECT count(*) FROM decks WHERE title = U&'\\FFFDa\\FFFD'";
        assert_eq!(database.sql(sql), titles.to_string());
    }
}

#[test]
fn a_check_names_the_row_and_the_deck_that_are_damaged_also_in_the_bin() {
    let database = Database::new();
    let place = Place { data_dir: PathBuf::new(), database: Some(database.url.clone()) };
    // What is something else's is left alone.
    assert!(verify(None, &place).unwrap_err().to_string().contains("no decks in this database"));
    assert_eq!(database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    wait(async {
        let store = database.store().await;
        for name in ["binned", "deck", "whole"] {
            real_deck(&*store, name, "text").await;
        }
        store.set_deleted(&id("binned"), true).await?;
        Ok(())
    })
    .unwrap();
    database.sql(
        "UPDATE updates SET bytes = 'x' WHERE deck = 'binned';
         UPDATE snapshots SET bytes = 'x' WHERE deck = 'deck';
         UPDATE decks SET last_seq = 0 WHERE id = 'deck';
         INSERT INTO users VALUES ('user:x', 'i', 's', 'X', NULL, 'maths', 0, 0)",
    );
    let said = verify(None, &place).unwrap_err().to_string();
    let faults = [
        "account user:x: its groups cannot be read",
        "deck binned: update 1: it fails its checksum",
        "deck deck: update 1: it comes after 0, which the deck takes for the last one",
        "deck deck: snapshot 0: it fails its checksum",
    ];
    assert_eq!(said.lines().skip(1).take(4).collect::<Vec<_>>(), faults, "{said}");
    assert!(!said.contains("deck whole"), "{said}");
}

/// A program of PostgreSQL.
fn run(program: &str, arguments: &[&str]) {
    let ran = Command::new(program).args(arguments).output().expect(program);
    assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn batch(epoch: u64, from: u64) -> Batch {
    let bytes = DeckDoc::new(5).edit(&[TextEdit::insert(0, "two ")]);
    let spans = vec![Span { client: 5, from, until: from + 4 }];
    Batch {
        id: u128::from(epoch) << 64 | u128::from(from),
        epoch,
        rows: vec![Row { update: update(bytes), spans }],
    }
}

#[tokio::test]
async fn after_a_restore_nothing_from_before_is_merged_blindly_or_comes_back_to_life() {
    let (dir, database) = (tempfile::tempdir().unwrap(), Database::new());
    let dump = dir.path().join("ondeck.dump");
    let (dump, deck) = (dump.to_str().unwrap(), id("deck"));
    let store = database.store().await;
    real_deck(&*store, "deck", "text").await;
    real_deck(&*store, "binned", "text").await;
    store.set_deleted(&id("binned"), true).await.unwrap();
    let ada = Principal("guest:ada".to_owned());
    store.add_session([1; 32], ada, 0, i64::MAX).await.unwrap();
    store.append_batch(&deck, batch(1, 0)).await.unwrap();
    store.set_stage(&deck, 0, "{}".to_owned(), true).await.unwrap();
    run("pg_dump", &["--format=custom", &format!("--file={dump}"), &database.url]);
    // What came after the backup is only in browsers now.
    store.append_batch(&deck, batch(1, 4)).await.unwrap();
    drop((store, database));

    let database = Database::new();
    let url = format!("--dbname={}", database.url);
    run("pg_restore", &["--single-transaction", "--no-owner", &url, dump]);
    database.sql("UPDATE decks SET deleted_at = 5 WHERE id = 'binned'");
    let said = postgres::restored(&database.url).await.unwrap();
    assert!(said.starts_with("2 decks go on") && !said.contains("damaged"), "{said}");

    let store = database.store().await;
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.updates.len(), 2);
    assert!(journal.epoch > 1, "{}", journal.epoch);
    // Whoever was there before brings the lineage of before: they are asked to merge by text.
    let late = store.append_batch(&deck, batch(1, 4)).await;
    assert!(matches!(late, Err(AppendError::AnotherLineage)), "{late:?}");
    // In the new lineage they go on, whatever their clock was.
    let seq = store.append_batch(&deck, batch(journal.epoch, 4)).await.unwrap();
    assert_eq!(seq, journal.last_seq + 1);
    assert_eq!(store.session([1; 32], 0).await.unwrap(), None);
    assert_eq!(store.stage(&deck).await.unwrap(), None);
    assert_eq!(store.binned(NOW).await.unwrap(), []);
    assert_eq!(store.audit(None, 1).await.unwrap()[0].action, "server.restore");
    // A second time gives another lineage again.
    store.revive().await.unwrap();
    assert!(store.load(&deck).await.unwrap().unwrap().epoch > journal.epoch);
}

#[tokio::test]
async fn a_database_that_a_server_uses_is_not_taken_for_restored() -> Result<(), StoreError> {
    let database = Database::new();
    let store = database.store().await;
    real_deck(&*store, "deck", "text").await;
    store.beat(NodeId(7), std::time::Duration::from_secs(6)).await?;
    assert!(store.revive().await.is_err());
    assert_eq!(store.load(&id("deck")).await?.unwrap().epoch, 1);
    Ok(())
}
