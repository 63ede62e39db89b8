//! What every store must do, as one suite that each engine runs.

pub(super) mod access;
pub(super) mod cluster;
pub(super) mod pictures;
pub(super) mod sections;
pub(super) mod series;
pub(super) mod talk;

use bytes::Bytes;

use super::{Damage, DeckId, Journal, NewDeck, NewUpdate, RowKind, SharedStore, Snapshot};

fn id(name: &str) -> DeckId {
    DeckId::parse(name).unwrap()
}

fn update(bytes: &'static [u8]) -> NewUpdate {
    let (principal, bytes) = ("alice".to_owned(), Bytes::from_static(bytes));
    NewUpdate { principal, client: Some(7), claims: Vec::new(), bytes }
}

/// A snapshot whose text is its own bytes.
fn snapshot(state: &'static str) -> Snapshot {
    Snapshot::new(state.as_bytes(), state)
}

async fn deck(store: &SharedStore, name: &str) -> DeckId {
    let made = NewDeck { id: id(name), title: name.to_owned(), snapshot: snapshot("first") };
    store.create_deck(made).await.unwrap();
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
    the_secret_stays_the_same(&store).await;
    a_client_id_belongs_to_whom_claimed_it_first(&store).await;
    a_rebase_begins_anew_with_its_snapshot_and_a_higher_epoch(&store).await;
    a_rebase_is_refused_when_something_came_in_between(&store).await;
    store.probe().await.unwrap();
}

async fn the_secret_stays_the_same(store: &SharedStore) {
    assert_eq!(store.secret().await.unwrap(), store.secret().await.unwrap());
}

async fn a_client_id_belongs_to_whom_claimed_it_first(store: &SharedStore) {
    let (deck, other) = (deck(store, "claimed").await, deck(store, "claimed-2").await);
    let claim = |who: &str, claims| NewUpdate { principal: who.into(), claims, ..update(b"u") };
    const LARGEST: u64 = (1 << 53) - 1;
    let rows = vec![claim("alice", vec![5, LARGEST]), claim("bob", vec![5, 6])];
    store.append(&deck, rows).await.unwrap();
    store.append(&deck, vec![claim("carol", vec![6])]).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    let expected = [(5, "alice"), (6, "bob"), (LARGEST, "alice")];
    assert_eq!(journal.claims, expected.map(|(id, who)| (id, who.to_owned())).into());
    // Each deck has its own.
    assert!(store.load(&other).await.unwrap().unwrap().claims.is_empty());
}

async fn a_rebase_begins_anew_with_its_snapshot_and_a_higher_epoch(store: &SharedStore) {
    let deck = deck(store, "rebased").await;
    store.append(&deck, vec![update(b"1"), update(b"2")]).await.unwrap();
    let epoch = store.rebase(&deck, 2, snapshot("anew")).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!((journal.epoch, &journal.snapshot), (epoch, &snapshot("anew")));
    assert!(epoch > 1 && journal.updates.is_empty());
    // One row of it may be lost: what was before is of another lineage.
    let (kind, seq) = (RowKind::Snapshot, journal.snapshot_seq);
    let lost = Damage { kind, seq, why: "cannot be read".to_owned() };
    store.quarantine(&deck, vec![lost]).await.unwrap();
    assert_eq!(store.load(&deck).await.unwrap().unwrap().snapshot, snapshot("anew"));
    let seq = store.append(&deck, vec![update(b"3")]).await.unwrap();
    assert!(seq > journal.snapshot_seq);
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(contents(&journal), [b"3"]);
    assert!(store.rebase(&deck, seq, snapshot("again")).await.unwrap() > epoch);
}

async fn a_rebase_is_refused_when_something_came_in_between(store: &SharedStore) {
    let deck = deck(store, "rebased-late").await;
    store.append(&deck, vec![update(b"1"), update(b"2")]).await.unwrap();
    assert!(store.rebase(&deck, 1, snapshot("anew")).await.is_err());
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!((contents(&journal).len(), journal.epoch), (2, 1));
}

async fn a_new_deck_starts_with_its_snapshot(store: &SharedStore) {
    let deck = deck(store, "fresh").await;
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.snapshot, snapshot("first"));
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
    store.compact(&deck, 2, snapshot("second")).await.unwrap();
    store.append(&deck, vec![update(b"3")]).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!((&journal.snapshot, journal.snapshot_seq), (&snapshot("second"), 2));
    assert_eq!(contents(&journal), [b"3"]);
    let journal = store.load_before(&deck, 2).await.unwrap().unwrap();
    assert_eq!((&journal.snapshot, journal.snapshot_seq), (&snapshot("first"), 0));
    assert_eq!(contents(&journal), [b"1", b"2", b"3"]);
    assert_eq!(store.load_before(&deck, 0).await.unwrap(), None);
}

async fn sequence_numbers_go_on_after_compaction(store: &SharedStore) {
    let deck = deck(store, "sequence").await;
    for round in 1..=4 {
        assert_eq!(store.append(&deck, vec![update(b"u")]).await.unwrap(), round);
        store.compact(&deck, round, snapshot("s")).await.unwrap();
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
    store.compact(&deck, 3, snapshot("second")).await.unwrap();
    let both = vec![damage(RowKind::Snapshot, 3), damage(RowKind::Update, 2)];
    store.quarantine(&deck, both).await.unwrap();
    let journal = store.load(&deck).await.unwrap().unwrap();
    assert_eq!(journal.snapshot, snapshot("first"));
    assert_eq!(contents(&journal), [b"1", b"3"]);
    assert_eq!(journal.last_seq, 3);
}
