//! What every store must do with what it knows of sections.

use std::sync::Arc;

use super::{id, snapshot};
use crate::store::sections::{SectionChanges, SectionRecord, SectionStore, Summary};
use crate::store::{DeckId, NewDeck, Store};

/// Runs the whole suite on a store that has none of these decks.
pub(crate) async fn check<S: Store + SectionStore>(store: Arc<S>) {
    for name in ["board", "other-board"] {
        let made = NewDeck { id: id(name), title: String::new(), snapshot: snapshot("first") };
        store.create_deck(made).await.unwrap();
    }
    records_come_back_whole_and_in_the_order_of_their_ids(&*store).await;
    what_was_removed_is_gone_and_changes_are_one_thing(&*store).await;
    sections_of_a_deck_in_the_bin_are_not_shown(&*store).await;
}

fn record(id: u64) -> SectionRecord {
    SectionRecord {
        id,
        anchor: r#"{"item":{"client":1,"clock":2}}"#.to_owned(),
        title: format!("Team {id}"),
        words: "Team says a lot".to_owned(),
        principal: Some("guest:ada".to_owned()),
        reporter: Some("Ada".to_owned()),
        first_sum: Some([1; 32]),
        ready_sum: Some([2; 32]),
        ready_at: Some(3),
        ready_by: Some("Ada".to_owned()),
        presented_at: Some(4),
        edited_at: Some(5),
        edited_by: Some("Bob".to_owned()),
        expected: true,
    }
}

async fn known(store: &impl SectionStore, deck: &DeckId) -> Vec<SectionRecord> {
    let sections = store.sections(deck).await.unwrap().unwrap();
    assert_eq!(sections.call_at, None);
    sections.records
}

async fn change(store: &impl SectionStore, put: Vec<SectionRecord>, removed: Vec<u64>) {
    let changes = SectionChanges { put, removed, summary: None };
    store.change_sections(&id("board"), changes).await.unwrap();
}

async fn records_come_back_whole_and_in_the_order_of_their_ids(store: &impl SectionStore) {
    let plain = SectionRecord { id: 2, title: "Plain".to_owned(), ..Default::default() };
    change(store, vec![record(10), plain.clone(), record(9)], Vec::new()).await;
    assert_eq!(known(store, &id("board")).await, [plain, record(9), record(10)]);
    assert_eq!(known(store, &id("other-board")).await, []);
    assert_eq!(store.sections(&id("nowhere")).await.unwrap(), None);
}

async fn what_was_removed_is_gone_and_changes_are_one_thing(store: &impl SectionStore) {
    let other = SectionRecord { ready_at: None, ..record(9) };
    let reporters = vec!["Ada \"A\"".to_owned(), "Grüße 🦀".to_owned()];
    let summary = Some(Summary { expected: 11, ready: 7, reporters });
    let changes = SectionChanges { put: vec![other.clone()], removed: vec![2, 77], summary };
    store.change_sections(&id("board"), changes.clone()).await.unwrap();
    assert_eq!(known(store, &id("board")).await, [other.clone(), record(10)]);
    // A deck that is not there takes nothing.
    assert!(store.change_sections(&id("nowhere"), changes).await.is_err());
}

async fn sections_of_a_deck_in_the_bin_are_not_shown<S: Store + SectionStore>(store: &S) {
    let deck = id("other-board");
    let changes = SectionChanges { put: vec![record(1), record(2)], ..Default::default() };
    store.change_sections(&deck, changes).await.unwrap();
    assert!(store.set_deleted(&deck, true).await.unwrap());
    assert_eq!(store.sections(&deck).await.unwrap(), None);
    assert!(store.set_deleted(&deck, false).await.unwrap());
    assert_eq!(known(store, &deck).await.len(), 2);
}
