//! What every store must do with what it knows of pictures.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{id, snapshot};
use crate::store::access::Principal;
use crate::store::pictures::{PictureRecord, PictureStore};
use crate::store::{DeckId, NewDeck, Store};

/// Runs the whole suite on a store that has none of these decks.
pub(crate) async fn check<S: Store + PictureStore>(store: Arc<S>) {
    for name in ["album", "full", "heavy", "contested-album"] {
        let made = NewDeck { id: id(name), title: String::new(), snapshot: snapshot("first") };
        store.create_deck(made).await.unwrap();
    }
    pictures_come_back_in_their_order_until_they_are_removed(&*store).await;
    a_deck_takes_so_many_pictures_and_so_many_bytes(&*store).await;
    of_many_that_come_at_the_same_time_only_so_many_are_taken(&*store).await;
    a_picture_is_unused_since_its_deck_stopped_to_name_it(&*store).await;
}

fn picture(deck: &str, name: &str) -> PictureRecord {
    PictureRecord {
        name: name.to_owned(),
        deck: id(deck),
        principal: Principal("guest:painter".to_owned()),
        bytes: 10,
        width: 3,
        height: 2,
    }
}

async fn add(store: &impl PictureStore, picture: PictureRecord, now: i64) -> bool {
    store.add_picture(picture, 3, 100, now).await.unwrap()
}

async fn names(store: &impl PictureStore, deck: &DeckId) -> Vec<String> {
    let pictures = store.pictures(deck).await.unwrap();
    pictures.into_iter().map(|(picture, _)| picture.name).collect()
}

async fn pictures_come_back_in_their_order_until_they_are_removed(store: &impl PictureStore) {
    let album = id("album");
    assert!(add(store, picture("album", "b.png"), 1).await);
    assert!(add(store, picture("album", "a.png"), 2).await);
    assert_eq!(names(store, &album).await, ["b.png", "a.png"]);
    assert_eq!(store.picture("a.png").await.unwrap(), Some(picture("album", "a.png")));
    assert_eq!(store.decks_with_pictures().await.unwrap(), std::slice::from_ref(&album));
    // A name is one picture's, for good.
    assert!(store.add_picture(picture("full", "a.png"), 9, 100, 3).await.is_err());
    store.remove_picture("b.png").await.unwrap();
    store.remove_picture("b.png").await.unwrap();
    assert_eq!(store.picture("b.png").await.unwrap(), None);
    assert_eq!(names(store, &album).await, ["a.png"]);
    assert!(store.add_picture(picture("nowhere", "c.png"), 9, 100, 3).await.is_err());
}

async fn a_deck_takes_so_many_pictures_and_so_many_bytes(store: &impl PictureStore) {
    for number in 0..3 {
        assert!(add(store, picture("full", &format!("full-{number}.png")), 0).await);
    }
    assert!(!add(store, picture("full", "full-3.png"), 0).await);
    assert_eq!(store.picture("full-3.png").await.unwrap(), None);
    store.remove_picture("full-1.png").await.unwrap();
    assert!(add(store, picture("full", "full-3.png"), 0).await);
    let heavy = |name, bytes| PictureRecord { bytes, ..picture("heavy", name) };
    assert!(add(store, heavy("heavy-1.png", 60), 0).await);
    assert!(!add(store, heavy("heavy-2.png", 41), 0).await);
    assert!(!add(store, heavy("heavy-2.png", u64::MAX), 0).await);
    assert!(add(store, heavy("heavy-2.png", 40), 0).await);
}

async fn of_many_that_come_at_the_same_time_only_so_many_are_taken(store: &impl PictureStore) {
    let names = (0..20).map(|number| format!("contested-{number}.png"));
    let adds = names.map(|name| add(store, picture("contested-album", &name), 0));
    assert_eq!(join_all(adds).await.into_iter().filter(|added| *added).count(), 3);
}

async fn a_picture_is_unused_since_its_deck_stopped_to_name_it(store: &impl PictureStore) {
    let full = id("full");
    let unused = async |names: &[&str], now| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        store.note_unused(&full, names, now).await.unwrap();
        let pictures = store.pictures(&full).await.unwrap();
        pictures.into_iter().map(|(picture, since)| (picture.name, since)).collect::<Vec<_>>()
    };
    let full = |since: [Option<i64>; 3]| {
        let names = ["full-0.png", "full-2.png", "full-3.png"].map(str::to_owned);
        names.into_iter().zip(since).collect::<Vec<_>>()
    };
    assert_eq!(unused(&["full-2.png"], 5).await, full([None, Some(5), None]));
    let now = unused(&["full-2.png", "full-3.png", "a.png"], 6).await;
    assert_eq!(now, full([None, Some(5), Some(6)]));
    assert_eq!(unused(&["full-3.png"], 7).await, full([None, None, Some(6)]));
    // Nobody else's are touched.
    let album = store.pictures(&id("album")).await.unwrap();
    assert_eq!(album[0].1, None);
}
