//! A room goes on while nothing can be stored, and when its document is not what people see.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::Status;
use collab::room::{CloseReason, Protocol};
use collab::wire::Frame;
use tokio::time::sleep;

use super::testing::{Faults, FaultyStore, Person, options};
use super::{Hub, Seat, Visitor};
use crate::store::{DeckId, SharedStore, Store as _};

struct Place {
    store: Arc<FaultyStore>,
    hub: Hub,
    deck: DeckId,
}

impl Place {
    async fn new(text: &str) -> Self {
        let store = Arc::new(FaultyStore::new(Faults::default(), 1));
        let deck = store.deck("deck", text).await;
        let hub = Hub::new(Arc::clone(&store) as SharedStore, options());
        Self { store, hub, deck }
    }

    /// Somebody comes and has the deck.
    async fn person(&self, name: &str, role: Role) -> (Person, Seat) {
        let mut person = Person::new(name, role, name.len() as u64);
        let mut seat = person.joins(&self.hub, &self.deck).await;
        assert_eq!(person.stays_until(&mut seat, Person::is_saved).await, None);
        (person, seat)
    }

    fn set_full(&self, full: bool) {
        self.store.is_full.store(full, Ordering::Relaxed);
    }
}

fn is_full(person: &Person) -> bool {
    matches!(person.replica.status(), Status::Full { .. })
}

#[tokio::test(start_paused = true)]
async fn while_nothing_can_be_stored_people_read_present_and_keep_what_they_type() {
    let place = Place::new("start").await;
    let (mut alice, mut alices) = place.person("alice", Role::Present).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Follow).await;
    alice.types();
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    let saved = place.store.text(&place.deck).await;
    place.set_full(true);
    alice.types();
    assert_eq!(alice.stays_until(&mut alices, is_full).await, None);
    assert_eq!(alice.replica.unsaved(), 1);
    // Presenting goes on, and nobody sees what is not stored.
    alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
    alice.sends(&mut alices).await;
    let shown = |bob: &Person| bob.replica.presentation().is_some();
    assert_eq!(bob.stays_until(&mut bobs, shown).await, None);
    assert_eq!(bob.replica.text(), saved);
    // So does reading, for whoever comes now; and those who may edit learn how it stands.
    let mut carol = Person::new("carol", Role::Edit, 3);
    let mut carols = carol.joins(&place.hub, &place.deck).await;
    assert_eq!(
        carol.stays_until(&mut carols, |carol| is_full(carol) && carol.is_ready).await,
        None
    );
    assert_eq!(carol.replica.text(), saved);
    alice.types();
    alice.sends(&mut alices).await;
    sleep(Duration::from_secs(60)).await;
    assert!(is_full(&alice));
    assert_eq!(place.store.text(&place.deck).await, saved);
    place.set_full(false);
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    assert_eq!((alice.replica.unsaved(), alice.replaced), (0, 0));
    let text = place.store.text(&place.deck).await;
    alice.finds_what_is_saved_in(&text);
    let all = |carol: &Person| carol.replica.text() == text;
    assert_eq!(carol.stays_until(&mut carols, all).await, None);
    drop((alices, bobs, carols));
    place.hub.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_although_it_says_it_works_is_not_tried_all_the_time() {
    let place = Place::new("start").await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit).await;
    place.store.is_honest.store(false, Ordering::Relaxed);
    place.set_full(true);
    alice.types();
    let opened = place.store.loads.load(Ordering::Relaxed);
    let never = alice.stays_until(&mut alices, |_| false);
    assert!(tokio::time::timeout(Duration::from_secs(600), never).await.is_err());
    let attempts = place.store.loads.load(Ordering::Relaxed) - opened;
    assert!((10..40).contains(&attempts), "{attempts} attempts in ten minutes");
    place.set_full(false);
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    alice.finds_what_is_saved_in(&place.store.text(&place.deck).await);
    drop(alices);
    place.hub.shutdown().await;
}

/// Four updates of one letter each. No program comes to write them one after the other, and nothing
/// is wrong with any of them; who gets them in this order has `adcb`, who reads them back `acbd`.
fn impossible_history() -> [Vec<u8>; 4] {
    // Each has one client with one struct, and no deletions.
    let parent = [&[1, 6], &b"source"[..]].concat();
    [
        [&[1, 1, 2, 0, 4], &parent[..], &[1, b'a', 0]].concat(),
        // After the first letter.
        vec![1, 1, 2, 1, 0x84, 2, 0, 1, b'b', 0],
        // At the beginning, and before the second letter.
        vec![1, 1, 11, 0, 0x44, 2, 1, 1, b'c', 0],
        vec![1, 1, 31, 0, 0x84, 2, 0, 1, b'd', 0],
    ]
}

#[tokio::test(start_paused = true)]
async fn a_deck_that_fails_its_self_check_goes_on_with_the_text_that_people_see() {
    let place = Place::new("").await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit).await;
    let mallory = Visitor {
        principal: "mallory".to_owned(),
        name: None,
        role: Role::Edit,
        protocol: Protocol::Yjs,
    };
    let mallory = place.hub.join(&place.deck, mallory).await.unwrap();
    let send = async |update: &[u8]| mallory.send(Frame::Update(update).encode()).await;
    for update in impossible_history() {
        assert!(send(&update).await);
    }
    let crossed = |alice: &Person| alice.replica.text() == "adcb";
    assert_eq!(alice.stays_until(&mut alices, crossed).await, None);
    let seen = place.hub.text(&place.deck).await.unwrap();
    let before = place.store.load(&place.deck).await.unwrap().unwrap().epoch;
    // So many updates that a snapshot is due.
    let mut doc = DeckDoc::new(6);
    let flood = async {
        while send(&doc.edit(&[TextEdit::insert(u32::MAX, "y")])).await {
            sleep(Duration::from_millis(1)).await;
        }
    };
    alice.types();
    let (ended, ()) = tokio::join!(alice.stays_until(&mut alices, |_| false), flood);
    assert_eq!(ended, Some(CloseReason::AnotherHistory));
    alice.types();
    let mut alices = alice.joins(&place.hub, &place.deck).await;
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    let journal = place.store.load(&place.deck).await.unwrap().unwrap();
    assert!(journal.epoch > before);
    assert_eq!(alice.replaced, 1);
    let text = place.store.text(&place.deck).await;
    assert_eq!(alice.replica.text(), text);
    alice.finds_what_is_saved_in(&text);
    let rest = text.replace("[alice.0]", "").replace("[alice.1]", "").replace('y', "");
    assert_eq!(rest, seen, "what people saw");
    // And now it passes.
    drop((alices, mallory));
    place.hub.shutdown().await;
    assert_eq!(place.store.text(&place.deck).await, text);
}
