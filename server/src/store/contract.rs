//! What every store must do, as one suite that each engine runs.

use bytes::Bytes;

use super::{Damage, DeckId, Journal, NewDeck, NewUpdate, RowKind, SharedStore};

fn id(name: &str) -> DeckId {
    DeckId::parse(name).unwrap()
}

fn update(bytes: &'static [u8]) -> NewUpdate {
    let principal = "alice".to_owned();
    NewUpdate { principal, client: Some(7), bytes: Bytes::from_static(bytes) }
}

async fn deck(store: &SharedStore, name: &str) -> DeckId {
    let state = Bytes::from_static(b"first");
    store.create_deck(NewDeck { id: id(name), title: name.to_owned(), state }).await.unwrap();
    id(name)
}

fn contents(journal: &Journal) -> Vec<&[u8]> {
    journal.updates.iter().map(|update| &update.bytes[..]).collect()
}

/// Runs the whole suite on an empty store.
pub(super) async fn check(store: SharedStore) {
    a_new_deck_starts_with_its_snapshot(&store).await;
    updates_come_back_in_their_order(&store).await;
    updates_of_an_unknown_deck_are_refused_and_hurt_nobody(&store).await;
    the_newest_snapshot_replaces_what_it_covers(&store).await;
    sequence_numbers_go_on_after_compaction(&store).await;
    the_bin_hides_a_deck_and_gives_it_back_whole(&store).await;
    many_writers_share_commits_and_lose_nothing(&store).await;
    what_is_quarantined_leaves_the_journal_and_its_number_is_not_used_again(&store).await;
    store.probe().await.unwrap();
}

async fn a_new_deck_starts_with_its_snapshot(store: &SharedStore) {
    let deck = deck(store, "fresh").await;
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.snapshot, "first");
    assert_eq!((journal.updates.len(), journal.last_seq, journal.epoch), (0, 0, 1));
    assert_eq!(store.load(&id("nowhere")).await.unwrap(), None);
}

async fn updates_come_back_in_their_order(store: &SharedStore) {
    let deck = deck(store, "ordered").await;
    assert_eq!(store.append(&deck, vec![update(b"1"), update(b"2")]).await.unwrap(), 2);
    assert_eq!(store.append(&deck, vec![update(b"3")]).await.unwrap(), 3);
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(contents(&journal), [b"1", b"2", b"3"]);
    assert_eq!(journal.updates[2].seq, 3);
    assert_eq!(journal.last_seq, 3);
}

async fn updates_of_an_unknown_deck_are_refused_and_hurt_nobody(store: &SharedStore) {
    let deck = deck(store, "neighbour").await;
    let (unknown, good) = tokio::join!(
        store.append(&id("unknown"), vec![update(b"x")]),
        store.append(&deck, vec![update(b"y")]),
    );
    assert!(unknown.is_err());
    assert_eq!(good.unwrap(), 1);
}

async fn the_newest_snapshot_replaces_what_it_covers(store: &SharedStore) {
    let deck = deck(store, "compacted").await;
    store.append(&deck, vec![update(b"1"), update(b"2")]).await.unwrap();
    store.compact(&deck, 2, Bytes::from_static(b"second")).await.unwrap();
    store.append(&deck, vec![update(b"3")]).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.snapshot, "second");
    assert_eq!(contents(&journal), [b"3"]);
}

async fn sequence_numbers_go_on_after_compaction(store: &SharedStore) {
    let deck = deck(store, "sequence").await;
    for round in 1..=4 {
        assert_eq!(store.append(&deck, vec![update(b"u")]).await.unwrap(), round);
        store.compact(&deck, round, Bytes::from_static(b"s")).await.unwrap();
    }
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!((journal.updates.len(), journal.last_seq), (0, 4));
}

async fn the_bin_hides_a_deck_and_gives_it_back_whole(store: &SharedStore) {
    let deck = deck(store, "binned").await;
    store.append(&deck, vec![update(b"kept")]).await.unwrap();
    assert!(store.set_deleted(&deck, true).await.unwrap());
    assert!(!store.set_deleted(&deck, true).await.unwrap());
    assert_eq!(store.load(&deck).await.unwrap(), None);
    assert_eq!(store.deck(&deck).await.unwrap(), None);
    assert!(store.decks().await.unwrap().iter().all(|record| record.id != deck));
    assert!(store.set_deleted(&deck, false).await.unwrap());
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(contents(&journal), [b"kept"]);
    assert!(!store.set_deleted(&id("nowhere"), true).await.unwrap());
}

async fn many_writers_share_commits_and_lose_nothing(store: &SharedStore) {
    let mut writes = Vec::new();
    for number in 0..40 {
        let deck = deck(store, &format!("many-{number}")).await;
        for _ in 0..10 {
            writes.push(store.append(&deck, vec![update(b"a"), update(b"b")]));
        }
    }
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    let journal = store.load(&id("many-39")).await.unwrap().unwrap();
    assert_eq!(journal.updates.len(), 20);
}

async fn what_is_quarantined_leaves_the_journal_and_its_number_is_not_used_again(
    store: &SharedStore,
) {
    let deck = deck(store, "quarantined").await;
    store.append(&deck, vec![update(b"1"), update(b"bad")]).await.unwrap();
    let damage = |kind, seq| Damage { kind, seq, why: "cannot be applied".to_owned() };
    store.quarantine(&deck, vec![damage(RowKind::Update, 2)]).await.unwrap();
    assert_eq!(store.append(&deck, vec![update(b"3")]).await.unwrap(), 3);
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(contents(&journal), [b"1", b"3"]);
    // A snapshot as well; and what is aside already may be named again.
    store.compact(&deck, 3, Bytes::from_static(b"second")).await.unwrap();
    let both = vec![damage(RowKind::Snapshot, 3), damage(RowKind::Update, 2)];
    store.quarantine(&deck, both).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.snapshot, "first");
    assert_eq!(contents(&journal), [b"1", b"3"]);
    assert_eq!(journal.last_seq, 3);
}
