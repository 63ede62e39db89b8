//! What every store must do with series, and with what decks are among them.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::civil::{DateTime, date};

use super::{id, snapshot, update};
use crate::store::access::{AccessStore, DeckLevel, PersonRole, Principal};
use crate::store::pictures::{PictureRecord, PictureStore};
use crate::store::sections::SectionStore;
use crate::store::series::{
    Cadence, Day, DeckEntry, NewCopy, Rights, Series, SeriesStore, Shelf, WeekOfMonth,
};
use crate::store::{DeckId, LinkRole, NewDeck, NewLink, Store};

trait All: Store + AccessStore + PictureStore + SectionStore + SeriesStore {}
impl<S: Store + AccessStore + PictureStore + SectionStore + SeriesStore> All for S {}

/// Runs the whole suite on a store that has none of these decks.
pub(crate) async fn check<S>(store: Arc<S>)
where
    S: Store + AccessStore + PictureStore + SectionStore + SeriesStore,
{
    a_series_is_what_was_said_last_until_it_ends(&*store).await;
    calls_come_latest_first_and_not_from_the_bin(&*store).await;
    a_series_has_one_call_on_a_date(&*store).await;
    of_two_who_make_the_call_of_one_date_one_does(&*store).await;
    a_copy_has_the_rights_and_pictures_that_were_asked_for(&*store).await;
    an_entry_says_what_decides_about_it_for_the_one_who_asks(&*store).await;
    a_deck_is_on_one_shelf(&*store).await;
    a_purge_leaves_nothing_of_a_deck_and_all_of_the_others(&*store).await;
    what_is_not_in_the_bin_for_long_enough_is_not_purged(&*store).await;
}

fn new_deck(name: &str) -> NewDeck {
    NewDeck { id: id(name), title: format!("Title of {name}"), snapshot: snapshot("first") }
}

async fn deck(store: &impl All, name: &str) -> DeckId {
    store.create_deck(new_deck(name)).await.unwrap().id
}

fn weekly() -> Series {
    Series {
        name: "Community Call".to_owned(),
        cadence: Cadence::Week { day: Day::Thu },
        time: jiff::civil::time(14, 5, 0, 0),
        zone: "Europe/Berlin".to_owned(),
    }
}

fn on(day: i8) -> DateTime {
    date(2024, 4, day).at(14, 5, 0, 0)
}

fn call(name: &str, series: &DeckId, at: DateTime) -> NewCopy {
    NewCopy {
        deck: new_deck(name),
        owner: None,
        rights: Rights::SameAs(series.clone()),
        call: Some((series.clone(), at)),
        pictures: Vec::new(),
        reporters: Vec::new(),
    }
}

async fn entries(store: &impl All, shelf: Shelf, subjects: &[&str]) -> Vec<DeckEntry> {
    let subjects = subjects.iter().map(|&subject| subject.to_owned()).collect();
    store.entries(shelf, subjects, 10).await.unwrap()
}

async fn entry(store: &impl All, deck: &DeckId, subjects: &[&str]) -> Option<DeckEntry> {
    let words = subjects.iter().map(|&subject| subject.to_owned()).collect();
    let one = store.entry(deck, words, 10).await.unwrap();
    // The list says the same.
    let list = entries(store, Shelf::List, subjects).await;
    let archive = entries(store, Shelf::Archive, subjects).await;
    let listed = list.into_iter().chain(archive).find(|entry| entry.record.id == *deck);
    assert_eq!(one, listed);
    one
}

async fn a_series_is_what_was_said_last_until_it_ends(store: &impl All) {
    let template = deck(store, "template").await;
    assert_eq!(store.series(&template).await.unwrap(), None);
    assert!(!store.end_series(&template, 1).await.unwrap());
    assert!(store.set_series(&id("nowhere"), weekly(), 1).await.is_err());
    let week = WeekOfMonth::try_from(-1).unwrap();
    let monthly = Series { cadence: Cadence::Month { day: Day::Sun, week }, ..weekly() };
    for series in [weekly(), monthly] {
        store.set_series(&template, series.clone(), 1).await.unwrap();
        assert_eq!(store.series(&template).await.unwrap(), Some(series.clone()));
        let entry = entry(store, &template, &[]).await.unwrap();
        assert_eq!(entry.zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(entry.template_of, Some(series));
    }
    let call = store.make_copy(call("of-ended", &template, on(4)), 1).await.unwrap().unwrap().id;
    assert!(store.end_series(&template, 2).await.unwrap());
    assert!(!store.end_series(&template, 3).await.unwrap());
    assert_eq!(store.series(&template).await.unwrap(), None);
    assert_eq!(entry(store, &template, &[]).await.unwrap().template_of, None);
    // When its calls were is still known.
    let call = entry(store, &call, &[]).await.unwrap();
    assert_eq!((call.call_at, call.zone.as_deref()), (Some(on(4)), Some("Europe/Berlin")));
    store.set_series(&template, weekly(), 4).await.unwrap();
    assert_eq!(store.series(&template).await.unwrap(), Some(weekly()));
}

async fn calls_come_latest_first_and_not_from_the_bin(store: &impl All) {
    let template = deck(store, "template-of-calls").await;
    store.set_series(&template, weekly(), 1).await.unwrap();
    for (name, day) in [("call-11", 11), ("call-25", 25), ("call-18", 18)] {
        store.make_copy(call(name, &template, on(day)), 1).await.unwrap().unwrap();
    }
    let latest = async || entry(store, &template, &[]).await.unwrap().latest_call;
    let calls = async || {
        let calls = store.calls(&template).await.unwrap();
        calls.into_iter().map(|call| (call.deck.to_string(), call.at)).collect::<Vec<_>>()
    };
    let of = |name: &str, day| (name.to_owned(), on(day));
    assert_eq!(calls().await, [of("call-25", 25), of("call-18", 18), of("call-11", 11)]);
    assert_eq!(latest().await, Some(on(25)));
    store.set_deleted(&id("call-25"), true).await.unwrap();
    assert_eq!(calls().await, [of("call-18", 18), of("call-11", 11)]);
    assert_eq!(latest().await, Some(on(18)));
    let first = &store.calls(&template).await.unwrap()[0];
    assert_eq!((first.title.as_str(), &first.deck), ("Title of call-18", &id("call-18")));
}

async fn a_series_has_one_call_on_a_date(store: &impl All) {
    let template = deck(store, "template-of-dates").await;
    let plain = deck(store, "becomes-a-call").await;
    store.make_copy(call("dated", &template, on(4)), 1).await.unwrap().unwrap();
    let later = date(2024, 4, 4).at(18, 0, 0, 0);
    assert!(store.make_copy(call("dated-too", &template, later), 1).await.unwrap().is_none());
    assert_eq!(store.deck(&id("dated-too")).await.unwrap(), None);
    let of = Some(template.clone());
    assert!(!store.set_call(&plain, Some(later), of.clone()).await.unwrap());
    assert_eq!(entry(store, &plain, &[]).await.unwrap().series, None);
    // Its own date is not taken, nor that of no series.
    assert!(store.set_call(&id("dated"), Some(later), of.clone()).await.unwrap());
    assert_eq!(entry(store, &id("dated"), &[]).await.unwrap().call_at, Some(later));
    assert!(store.set_call(&plain, Some(later), None).await.unwrap());
    assert!(store.set_call(&plain, None, None).await.unwrap());
    store.set_deleted(&id("dated"), true).await.unwrap();
    assert!(store.set_call(&plain, Some(on(4)), of).await.unwrap());
    let entry = entry(store, &plain, &[]).await.unwrap();
    assert_eq!((entry.call_at, entry.series), (Some(on(4)), Some(template)));
}

async fn of_two_who_make_the_call_of_one_date_one_does(store: &impl All) {
    let template = deck(store, "contested-template").await;
    let calls = (0..8).map(|number| call(&format!("contested-call-{number}"), &template, on(4)));
    let made = join_all(calls.map(|call| store.make_copy(call, 1))).await;
    assert_eq!(made.into_iter().filter(|made| made.as_ref().unwrap().is_some()).count(), 1);
    assert_eq!(store.calls(&template).await.unwrap().len(), 1);
}

async fn a_copy_has_the_rights_and_pictures_that_were_asked_for(store: &impl All) {
    let original = deck(store, "original").await;
    store.set_level(&original, DeckLevel::Locked).await.unwrap();
    let people = [("user:ada", PersonRole::Owner), ("group:x", PersonRole::Viewer)];
    for (at, (subject, role)) in people.into_iter().enumerate() {
        store.set_person(&original, subject.to_owned(), Some(role), at as i64).await.unwrap();
    }
    let picture = PictureRecord {
        name: "copied.png".to_owned(),
        deck: id("copy"),
        principal: Principal("user:bob".to_owned()),
        bytes: 1,
        width: 1,
        height: 1,
    };
    let copy = NewCopy {
        deck: new_deck("copy"),
        owner: Some(Principal("user:bob".to_owned())),
        rights: Rights::SameAs(original.clone()),
        call: None,
        pictures: vec![picture.clone()],
        reporters: vec![
            ("Team A".to_owned(), "Ada".to_owned()),
            ("Team B".to_owned(), "Bob".to_owned()),
        ],
    };
    store.make_copy(copy.clone(), 5).await.unwrap().unwrap();
    let [ada, x] = people.map(|(subject, role)| (subject.to_owned(), role));
    let bob = ("user:bob".to_owned(), PersonRole::Owner);
    assert_eq!(store.people(&id("copy")).await.unwrap(), [ada.clone(), bob.clone(), x]);
    assert_eq!(entry(store, &id("copy"), &[]).await.unwrap().access.level, DeckLevel::Locked);
    assert_eq!(store.picture("copied.png").await.unwrap(), Some(picture));
    let known = store.sections(&id("copy")).await.unwrap().unwrap().records.into_iter();
    let known: Vec<_> = known.map(|known| (known.id, known.title, known.reporter)).collect();
    let asked = |id, title: &str, name: &str| (id, title.to_owned(), Some(name.to_owned()));
    assert_eq!(known, [asked(1, "Team A", "Ada"), asked(2, "Team B", "Bob")]);
    // A picture that cannot be its own takes the deck with it.
    let deck = new_deck("copy-2");
    assert!(store.make_copy(NewCopy { deck, ..copy }, 5).await.is_err());
    assert_eq!(store.deck(&id("copy-2")).await.unwrap(), None);
    let alone = NewCopy {
        deck: new_deck("copy-3"),
        owner: None,
        rights: Rights::Level(DeckLevel::Private),
        call: None,
        pictures: Vec::new(),
        reporters: Vec::new(),
    };
    store.make_copy(alone, 5).await.unwrap().unwrap();
    assert_eq!(store.people(&id("copy-3")).await.unwrap(), []);
    let access = entry(store, &id("copy-3"), &[]).await.unwrap().access;
    assert_eq!((access.level, access.owned), (DeckLevel::Private, false));
}

async fn an_entry_says_what_decides_about_it_for_the_one_who_asks(store: &impl All) {
    let deck = deck(store, "looked-at").await;
    let plain = entry(store, &deck, &["user:eve"]).await.unwrap();
    assert_eq!((plain.call_at, plain.series, plain.template_of), (None, None, None));
    assert_eq!((plain.expected, plain.ready, plain.reporters), (0, 0, Vec::new()));
    assert_eq!((plain.archived_at, plain.deleted_at, plain.zone), (None, None, None));
    for (subject, role) in [
        ("user:ada", PersonRole::Owner),
        ("group:x", PersonRole::Viewer),
        ("group:y", PersonRole::Editor),
    ] {
        store.set_person(&deck, subject.to_owned(), Some(role), 1).await.unwrap();
    }
    for (role, serial) in [(LinkRole::Edit, 1), (LinkRole::Present, 2)] {
        let (code_sha256, expires_at) = ([90 + serial; 32], (serial == 2).then_some(10));
        let (deck, serial) = (deck.clone(), u64::from(serial));
        let link = NewLink { deck, role, serial, code_sha256, expires_at };
        store.add_link(link, 1).await.unwrap();
        let link = store.link(code_sha256, 1).await.unwrap().unwrap();
        store.add_grant(Principal("user:eve".to_owned()), link, 1).await.unwrap();
    }
    for subjects in [
        &["user:eve"][..],
        &["user:ada"],
        &["user:eve", "group:x", "group:y"],
        &["user:bob", "user:eve"],
        &[],
    ] {
        let words: Vec<String> = subjects.iter().map(|&subject| subject.to_owned()).collect();
        let expected = store.deck_access(&deck, words, false, 10).await.unwrap().unwrap();
        let found = entry(store, &deck, subjects).await.unwrap();
        assert_eq!(found.access, expected, "{subjects:?}");
        assert_eq!(found.record, store.deck(&deck).await.unwrap().unwrap());
    }
    let eve = entry(store, &deck, &["user:eve", "group:y"]).await.unwrap().access;
    assert_eq!((eve.links, eve.person), (vec![LinkRole::Edit], Some(PersonRole::Editor)));
}

async fn a_deck_is_on_one_shelf(store: &impl All) {
    let deck = deck(store, "shelved").await;
    let shelves = async || {
        let mut found = Vec::new();
        for shelf in [Shelf::List, Shelf::Archive, Shelf::Bin] {
            let all = entries(store, shelf, &[]).await;
            found.extend(all.iter().any(|entry| entry.record.id == deck).then_some(shelf));
        }
        found
    };
    assert_eq!(shelves().await, [Shelf::List]);
    assert!(store.set_archived(&deck, true, 5).await.unwrap());
    assert!(store.set_archived(&deck, true, 9).await.unwrap());
    assert_eq!(shelves().await, [Shelf::Archive]);
    assert_eq!(entry(store, &deck, &[]).await.unwrap().archived_at, Some(5));
    store.set_deleted(&deck, true).await.unwrap();
    assert_eq!(shelves().await, [Shelf::Bin]);
    assert!(!store.set_archived(&deck, false, 6).await.unwrap());
    assert_eq!(store.entry(&deck, Vec::new(), 10).await.unwrap(), None);
    store.set_deleted(&deck, false).await.unwrap();
    assert_eq!(shelves().await, [Shelf::Archive]);
    assert!(store.set_archived(&deck, false, 6).await.unwrap());
    assert_eq!(shelves().await, [Shelf::List]);
    assert!(!store.set_archived(&id("nowhere"), true, 6).await.unwrap());
}

async fn a_purge_leaves_nothing_of_a_deck_and_all_of_the_others(store: &impl All) {
    let template = deck(store, "purged").await;
    store.set_series(&template, weekly(), 1).await.unwrap();
    let call = store.make_copy(call("outlives", &template, on(4)), 1).await.unwrap().unwrap().id;
    store.append(&template, vec![update(b"1"), update(b"2")]).await.unwrap();
    store.compact(&template, 1, snapshot("second")).await.unwrap();
    let owner = Some(PersonRole::Owner);
    store.set_person(&template, "user:ada".to_owned(), owner, 1).await.unwrap();
    let principal = Principal("user:ada".to_owned());
    let picture = |name: &str, deck: &DeckId| {
        let (name, deck, principal) = (name.to_owned(), deck.clone(), principal.clone());
        PictureRecord { name, deck, principal, bytes: 1, width: 1, height: 1 }
    };
    let heir = |name: &str, deck: &DeckId| (name.to_owned(), deck.clone());
    for picture in [
        picture("purged.png", &template),
        picture("kept.png", &template),
        picture("outlives.png", &call),
    ] {
        assert!(store.add_picture(picture, 9, 9, 1).await.unwrap());
    }
    store.set_deleted(&template, true).await.unwrap();
    let gone = store
        .purge(&template, i64::MAX, vec![heir("kept.png", &call), heir("outlives.png", &template)])
        .await
        .unwrap();
    assert_eq!(gone, Some(vec!["purged.png".to_owned()]));
    assert!(!store.set_deleted(&template, false).await.unwrap());
    assert_eq!(store.series(&template).await.unwrap(), None);
    assert_eq!(store.people(&template).await.unwrap(), []);
    assert_eq!(store.picture("purged.png").await.unwrap(), None);
    // What another deck names is that one's now; what is another's already stays so.
    for name in ["kept.png", "outlives.png"] {
        assert_eq!(store.picture(name).await.unwrap(), Some(picture(name, &call)));
    }
    // What was made from it is a deck as before, with its call.
    let call = entry(store, &call, &[]).await.unwrap();
    assert_eq!((call.series, call.call_at), (None, Some(on(4))));
    assert!(store.load(&id("outlives")).await.unwrap().is_some());
    // The id may be used again, and has nothing of what was.
    deck(store, "purged").await;
    assert_eq!(store.load(&template).await.unwrap().unwrap().updates, []);
}

async fn what_is_not_in_the_bin_for_long_enough_is_not_purged(store: &impl All) {
    let deck = deck(store, "not-yet").await;
    let purge = async |before| store.purge(&deck, before, Vec::new()).await.unwrap();
    assert_eq!(purge(i64::MAX).await, None);
    store.set_deleted(&deck, true).await.unwrap();
    let bin = entries(store, Shelf::Bin, &[]).await;
    let found = bin.iter().find(|entry| entry.record.id == deck).unwrap();
    let since = found.deleted_at.unwrap();
    assert!(!store.binned(since - 1).await.unwrap().contains(&deck));
    assert_eq!(purge(since - 1).await, None);
    assert!(store.binned(since).await.unwrap().contains(&deck));
    assert_eq!(purge(since).await, Some(Vec::new()));
    assert_eq!(purge(since).await, None);
}
