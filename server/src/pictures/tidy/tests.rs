//! Tidying up with a clock and decks of the test's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::super::tests::{gallery, make_deck, principal, sample};
use super::*;
use crate::store::sqlite::SqliteStore;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// What decks say; `Err` is a deck that cannot be read.
#[derive(Default, Clone)]
pub(crate) struct Decks(Arc<Mutex<BTreeMap<DeckId, Result<Said, StoreError>>>>);

impl Decks {
    pub(crate) fn say(&self, deck: &DeckId, said: Result<Said, StoreError>) {
        self.0.lock().unwrap().insert(deck.clone(), said);
    }

    pub(crate) fn write(&self, deck: &DeckId, text: &str) {
        self.say(deck, Ok(Said::Text(text.to_owned())));
    }
}

impl Texts for Decks {
    fn decks(&self) -> BoxFuture<'_, Result<Vec<DeckId>, StoreError>> {
        let decks = self.0.lock().unwrap();
        let listed = decks.iter().filter(|(_, said)| !matches!(said, Ok(Said::InBin | Said::Gone)));
        let listed = listed.map(|(deck, _)| deck.clone()).collect();
        Box::pin(async move { Ok(listed) })
    }

    fn text<'a>(&'a self, deck: &'a DeckId) -> BoxFuture<'a, Result<Said, StoreError>> {
        let said = self.0.lock().unwrap().get(deck).cloned().unwrap_or(Ok(Said::Gone));
        Box::pin(async move { said })
    }
}

struct World {
    gallery: Gallery,
    store: Arc<SqliteStore>,
    decks: Decks,
    /// Long after everything that was written while the test ran, as files have the time of the machine.
    start: i64,
    _dir: tempfile::TempDir,
}

async fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let (gallery, store) = gallery(dir.path());
    let start = crate::access::now() + DAY;
    World { gallery, store, decks: Decks::default(), start, _dir: dir }
}

impl World {
    async fn picture(&self, deck: &DeckId) -> String {
        let bytes = Bytes::from(sample("bits.png"));
        self.gallery.add(deck, &principal(), bytes, self.start).await.unwrap().name
    }

    async fn tidy(&self, days: i64) -> Result<Tidied, GalleryError> {
        self.gallery.tidy(&self.decks, self.start + days * DAY).await
    }

    async fn is_there(&self, name: &str) -> bool {
        let row = self.gallery.find(name).await.unwrap().is_some();
        let file = self.gallery.blobs().whole(name).await.unwrap().is_some();
        assert_eq!(row, file, "{name}");
        row
    }
}

#[tokio::test]
async fn a_picture_goes_when_its_deck_has_not_named_it_for_long_enough() {
    let world = world().await;
    let deck = make_deck(&world.store, "deck").await;
    let (used, unused) = (world.picture(&deck).await, world.picture(&deck).await);
    world.decks.write(&deck, &format!("![a](/p/{used})\n<img src='/p/{unused}'>"));
    world.tidy(0).await.unwrap();
    world.decks.write(&deck, &format!("![a](/p/{used})"));
    for day in [1, 15, 30] {
        assert_eq!(world.tidy(day).await.unwrap(), Tidied::default(), "{day}");
        assert!(world.is_there(&unused).await);
    }
    assert_eq!(world.tidy(31).await.unwrap(), Tidied { removed: 1, swept: 0 });
    assert!(!world.is_there(&unused).await && world.is_there(&used).await);
}

#[tokio::test]
async fn a_picture_that_is_named_again_begins_anew() {
    let world = world().await;
    let deck = make_deck(&world.store, "deck").await;
    let name = world.picture(&deck).await;
    world.decks.write(&deck, "nothing");
    world.tidy(0).await.unwrap();
    // Undone after 29 days.
    world.decks.write(&deck, &format!("background-image: url(/p/{name})"));
    world.tidy(29).await.unwrap();
    world.decks.write(&deck, "nothing");
    world.tidy(31).await.unwrap();
    world.tidy(60).await.unwrap();
    assert!(world.is_there(&name).await);
    world.tidy(61).await.unwrap();
    assert!(!world.is_there(&name).await);
}

#[tokio::test]
async fn a_picture_that_another_deck_names_stays() {
    let world = world().await;
    let deck = make_deck(&world.store, "deck").await;
    let name = world.picture(&deck).await;
    world.decks.write(&deck, "nothing");
    let other = make_deck(&world.store, "other").await;
    world.decks.write(&other, &format!("![a](https://decks.example.org/p/{name})"));
    world.tidy(0).await.unwrap();
    assert_eq!(world.tidy(100).await.unwrap(), Tidied::default());
    assert!(world.is_there(&name).await);
}

#[tokio::test]
async fn nothing_goes_while_any_deck_cannot_be_read() {
    let world = world().await;
    let (deck, broken) =
        (make_deck(&world.store, "deck").await, make_deck(&world.store, "x").await);
    let name = world.picture(&deck).await;
    let error = || Err(StoreError("a bad block".to_owned()));
    // Its own deck.
    world.decks.say(&deck, error());
    assert!(world.tidy(0).await.is_err() && world.tidy(100).await.is_err());
    assert!(world.is_there(&name).await);
    // Another one, which has no pictures of its own.
    world.decks.write(&deck, "nothing");
    world.decks.say(&broken, error());
    world.tidy(100).await.unwrap();
    assert!(world.tidy(200).await.is_err());
    assert!(world.is_there(&name).await);
    world.decks.write(&broken, "mended");
    assert_eq!(world.tidy(201).await.unwrap().removed, 1);
}

#[tokio::test]
async fn a_deck_in_the_bin_keeps_its_pictures_and_one_that_is_gone_does_not() {
    let world = world().await;
    let deck = make_deck(&world.store, "deck").await;
    let name = world.picture(&deck).await;
    world.decks.say(&deck, Ok(Said::InBin));
    world.tidy(0).await.unwrap();
    assert_eq!(world.tidy(100).await.unwrap(), Tidied::default());
    world.decks.say(&deck, Ok(Said::Gone));
    world.tidy(101).await.unwrap();
    assert_eq!(world.tidy(131).await.unwrap().removed, 1);
    assert!(!world.is_there(&name).await);
}

#[tokio::test]
async fn a_file_without_a_row_goes_when_it_is_old() {
    let world = world().await;
    let name = "Zm9vYmFyYmF6cXV4cXV1eA.png";
    world.gallery.blobs().put(name, Bytes::from_static(b"left behind")).await.unwrap();
    assert_eq!(world.tidy(1).await.unwrap(), Tidied::default());
    assert_eq!(world.tidy(31).await.unwrap(), Tidied { removed: 0, swept: 1 });
    assert_eq!(world.gallery.blobs().list().await.unwrap(), []);
}

#[tokio::test]
async fn when_the_server_ends_in_the_middle_of_a_removal_the_next_one_finishes_it() {
    let world = world().await;
    let deck = make_deck(&world.store, "deck").await;
    let name = world.picture(&deck).await;
    // The row is gone, the file is not.
    world.gallery.rows().remove_picture(&name).await.unwrap();
    world.decks.write(&deck, "nothing");
    assert_eq!(world.tidy(31).await.unwrap(), Tidied { removed: 0, swept: 1 });
    assert!(!world.is_there(&name).await);
}
