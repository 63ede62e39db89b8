//! Keeping pictures, with the real store in a directory of the test's own.

use std::sync::Arc;

use super::*;
use crate::store::pictures::PictureStore as _;
use crate::store::sqlite::SqliteStore;
use crate::store::{NewDeck, Snapshot, Store as _};

pub(crate) fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pictures");
    std::fs::read(folder.join(name)).unwrap()
}

pub(crate) fn principal() -> Principal {
    Principal("guest:ZXxhQ0bvSzKc4mYpN1dE9g".to_owned())
}

pub(crate) fn gallery(dir: &Path) -> (Gallery, Arc<SqliteStore>) {
    let store = Arc::new(SqliteStore::open(&dir.join("decks.sqlite")).unwrap());
    let place = PicturesPlace::in_dir(dir);
    (Gallery::open(&place, store.clone(), false).unwrap(), store)
}

pub(crate) async fn make_deck(store: &SqliteStore, id: &str) -> DeckId {
    let id = DeckId::parse(id).unwrap();
    let made =
        NewDeck { id: id.clone(), title: String::new(), snapshot: Snapshot::new(&b""[..], "") };
    store.create_deck(made).await.unwrap();
    id
}

#[tokio::test]
async fn a_picture_is_kept_under_a_name_that_nobody_guesses_and_that_stands_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let (gallery, store) = gallery(dir.path());
    let deck = make_deck(&store, "deck").await;
    let mut names = std::collections::HashSet::new();
    for (file, extension) in
        [("bits.png", "png"), ("gray.jpg", "jpg"), ("still.gif", "gif"), ("exact.webp", "webp")]
    {
        let added = gallery.add(&deck, &principal(), sample(file).into(), 5).await.unwrap();
        assert!(is_name(&added.name) && added.name.ends_with(extension), "{}", added.name);
        assert_eq!((added.width, added.height), (120, 80));
        let file = dir.path().join("pictures").join(&added.name);
        assert_eq!(std::fs::metadata(file).unwrap().len(), added.bytes);
        assert_eq!(gallery.find(&added.name).await.unwrap(), Some(added.clone()));
        assert!(names.insert(added.name));
    }
    for other in ["", "x", "../../etc/passwd", "a/b.png", "ZXxhQ0bvSzKc4mYpN1dE9g.svg"] {
        assert_eq!(gallery.find(other).await.unwrap(), None, "{other}");
    }
}

#[tokio::test]
async fn a_deck_that_is_full_takes_no_more_and_leaves_no_file_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (gallery, store) = gallery(dir.path());
    let (deck, other) = (make_deck(&store, "deck").await, make_deck(&store, "other").await);
    let row = |number: usize, bytes| PictureRecord {
        name: format!("{number:022}.png"),
        deck: deck.clone(),
        principal: principal(),
        bytes,
        width: 1,
        height: 1,
    };
    let picture = Bytes::from(sample("bits.png"));
    // By bytes: there is room, but not for this one.
    let almost = row(0, MOST_PICTURES_BYTES - 10);
    assert!(store.add_picture(almost, MOST_PICTURES, MOST_PICTURES_BYTES, 0).await.unwrap());
    let refused = gallery.add(&deck, &principal(), picture.clone(), 5).await;
    assert!(matches!(refused, Err(GalleryError::Full)));
    assert_eq!(gallery.blobs().list().await.unwrap(), []);
    store.remove_picture(&row(0, 0).name).await.unwrap();
    // By number.
    for number in 0..MOST_PICTURES {
        let one = row(number, 1);
        assert!(store.add_picture(one, MOST_PICTURES, MOST_PICTURES_BYTES, 0).await.unwrap());
    }
    let refused = gallery.add(&deck, &principal(), picture.clone(), 5).await;
    assert!(matches!(refused, Err(GalleryError::Full)));
    assert!(gallery.add(&other, &principal(), picture, 5).await.is_ok());
}

#[tokio::test]
async fn a_copy_is_a_picture_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (gallery, store) = gallery(dir.path());
    let (deck, other) = (make_deck(&store, "deck").await, make_deck(&store, "other").await);
    let first = gallery.add(&deck, &principal(), sample("bits.png").into(), 5).await.unwrap();
    let copy = gallery.copy(&first, &other, &principal(), 6).await.unwrap();
    assert_eq!((copy.bytes, copy.width, &copy.deck), (first.bytes, first.width, &other));
    gallery.remove(&first.name).await.unwrap();
    let there = gallery.blobs().whole(&copy.name).await.unwrap().unwrap();
    assert_eq!(there.len() as u64, copy.bytes);
    let gone = gallery.copy(&first, &other, &principal(), 7).await;
    assert!(matches!(gone, Err(GalleryError::NoPicture)));
}

#[test]
fn places_for_pictures_are_read_and_wrong_ones_explained() {
    let read = |text: &str| PicturesPlace::parse(text).map_err(|error| error.to_string());
    assert_eq!(read("/srv/pictures"), Ok(PicturesPlace::Directory("/srv/pictures".into())));
    let s3 = |bucket: &str, prefix: &str| {
        Ok(PicturesPlace::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    };
    assert_eq!(read("s3://bucket"), s3("bucket", ""));
    assert_eq!(read("s3://bucket/a/b/"), s3("bucket", "a/b"));
    assert!(read("s3://").unwrap_err().contains("hint:"));
    assert!(read("s3:///a").unwrap_err().contains("names no bucket"));
    assert!(read("https://example.org/").unwrap_err().contains("no place for pictures"));
}

#[test]
fn a_copy_has_no_more_pictures_than_a_deck_may_have() {
    let picture = |bytes| PictureRecord {
        name: String::new(),
        deck: DeckId::parse("deck").unwrap(),
        principal: principal(),
        bytes,
        width: 1,
        height: 1,
    };
    assert!(check_fits(&vec![picture(1); MOST_PICTURES]).is_ok());
    assert!(check_fits(&vec![picture(1); MOST_PICTURES + 1]).is_err());
    assert!(check_fits(&[picture(MOST_PICTURES_BYTES)]).is_ok());
    assert!(check_fits(&[picture(MOST_PICTURES_BYTES), picture(1)]).is_err());
}
