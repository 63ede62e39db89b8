//! What every store must do with what is said beside slides and what remains of calls.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{id, snapshot};
use crate::store::access::{AccessStore, Principal, SignedIn};
use crate::store::holds::HoldStore;
use crate::store::sections::{SectionChanges, SectionRecord, SectionStore};
use crate::store::talk::{Added, Attendee, Call, Change, Message, MessageKind, Most, TalkStore};
use crate::store::{DeckId, NewDeck, Store};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Runs the whole suite on a store that has none of these decks.
pub(crate) async fn check<S>(store: Arc<S>)
where
    S: Store + AccessStore + TalkStore + SectionStore,
{
    for name in
        ["talk", "talk-2", "talk-full", "talk-crowd", "talk-call", "talk-moved", "talk-held"]
    {
        let made = NewDeck { id: id(name), title: String::new(), snapshot: snapshot("first") };
        store.create_deck(made).await.unwrap();
    }
    saying_it_twice_is_saying_it_once(&*store).await;
    a_change_changes_what_it_names_and_nothing_else(&*store).await;
    what_is_removed_is_gone_and_does_not_come_back(&*store).await;
    a_deck_takes_so_many_messages(&*store).await;
    who_is_there_is_there_once_and_may_take_it_back(&*store).await;
    the_newest_call_is_remembered_as_it_was_stored_last(&*store).await;
    one_text_is_kept_for_a_deck_until_it_is_let_go(&*store).await;
    what_a_guest_said_is_theirs_after_they_signed_in(&*store).await;
}

async fn one_text_is_kept_for_a_deck_until_it_is_let_go(store: &impl HoldStore) {
    // Nothing is kept of a deck that is not there.
    let (deck, other, nowhere) = (id("talk-held"), id("talk-2"), id("talk-nowhere"));
    store.keep_hold(&other, Some("# Other".to_owned())).await.unwrap();
    store.keep_hold(&nowhere, Some("lost".to_owned())).await.unwrap();
    assert_eq!(store.hold(&nowhere).await.unwrap(), None);
    for held in ["# One", "# Two"] {
        store.keep_hold(&deck, Some(held.to_owned())).await.unwrap();
        assert_eq!(store.hold(&deck).await.unwrap().as_deref(), Some(held));
    }
    store.keep_hold(&deck, None).await.unwrap();
    assert_eq!(store.hold(&deck).await.unwrap(), None);
    assert_eq!(store.hold(&other).await.unwrap().as_deref(), Some("# Other"));
}

fn somebody(name: &str) -> Principal {
    Principal(format!("guest:{name}"))
}

fn message(id: &str, who: &str, at: i64) -> Message {
    Message {
        id: id.to_owned(),
        anchor: Some("{}".to_owned()),
        slide: "Team".to_owned(),
        kind: MessageKind::Comment,
        principal: somebody(who),
        name: who.to_owned(),
        text: format!("words of {id}"),
        at,
        starred_at: None,
        done_at: None,
    }
}

const MOST: Most = Most { messages: 3, of_principal: 2 };
const MANY: Most = Most { messages: 100, of_principal: 100 };

async fn ids(store: &impl TalkStore, deck: &DeckId) -> Vec<String> {
    store.messages(deck).await.unwrap().into_iter().map(|message| message.id).collect()
}

async fn saying_it_twice_is_saying_it_once(store: &impl TalkStore) {
    let (deck, other) = (id("talk"), id("talk-2"));
    let (late, early) = (message("b", "ada", 2), message("a", "bob", 1));
    assert_eq!(store.add_message(&deck, late.clone(), MANY).await.unwrap(), Added::New);
    assert_eq!(store.add_message(&deck, early.clone(), MANY).await.unwrap(), Added::New);
    let again = Message { text: "other words".into(), at: 9, ..late.clone() };
    let known = Added::Known(Box::new(late.clone()));
    assert_eq!(store.add_message(&deck, again, MANY).await.unwrap(), known);
    let strangers = message("b", "eve", 3);
    assert_eq!(store.add_message(&deck, strangers.clone(), MANY).await.unwrap(), Added::Taken);
    assert_eq!(store.messages(&deck).await.unwrap(), [early, late.clone()]);
    // Each deck has its own.
    assert_eq!(store.add_message(&other, strangers, MANY).await.unwrap(), Added::New);
    assert_eq!(store.messages_of(&deck, somebody("ada")).await.unwrap(), [late]);
    assert!(store.add_message(&id("nowhere"), message("a", "ada", 1), MANY).await.is_err());
}

async fn a_change_changes_what_it_names_and_nothing_else(store: &impl TalkStore) {
    let deck = id("talk");
    let before = store.message(&deck, "a").await.unwrap().unwrap();
    let change = |change, now| store.change_message(&deck, "a", change, now);
    let starred = Change { starred: Some(true), ..Change::default() };
    let now = change(starred.clone(), 10).await.unwrap().unwrap();
    assert_eq!(now, Message { starred_at: Some(10), ..before.clone() });
    // Who stars it again does not star it later.
    assert_eq!(change(starred, 11).await.unwrap().unwrap(), now);
    let both = Change { text: Some("new".into()), done: Some(true), starred: None };
    let now = change(both, 12).await.unwrap().unwrap();
    assert_eq!((now.text.as_str(), now.starred_at, now.done_at), ("new", Some(10), Some(12)));
    let none = Change { starred: Some(false), done: Some(false), text: None };
    let now = change(none, 13).await.unwrap().unwrap();
    assert_eq!((now.starred_at, now.done_at, now.at), (None, None, before.at));
    let gone = store.change_message(&deck, "nothing", Change::default(), 14).await.unwrap();
    assert_eq!(gone, None);
}

async fn what_is_removed_is_gone_and_does_not_come_back(store: &impl TalkStore) {
    let deck = id("talk");
    assert!(store.remove_message(&deck, "a", 20).await.unwrap());
    assert!(!store.remove_message(&deck, "a", 21).await.unwrap());
    assert_eq!(ids(store, &deck).await, ["b"]);
    assert_eq!(store.message(&deck, "a").await.unwrap(), None);
    let change = Change { starred: Some(true), ..Change::default() };
    assert_eq!(store.change_message(&deck, "a", change, 22).await.unwrap(), None);
    // An answer was lost on the way, and it is said once more.
    let again = message("a", "bob", 1);
    assert_eq!(store.add_message(&deck, again, MANY).await.unwrap(), Added::Removed);
    assert_eq!(store.add_message(&deck, message("a", "eve", 1), MANY).await.unwrap(), Added::Taken);
    // Nobody asks after days.
    let later = message("c", "bob", 21 + DAY);
    assert_eq!(store.add_message(&deck, later, MANY).await.unwrap(), Added::New);
    let again = message("a", "bob", 22 + DAY);
    assert_eq!(store.add_message(&deck, again, MANY).await.unwrap(), Added::New);
}

async fn a_deck_takes_so_many_messages(store: &impl TalkStore) {
    let deck = id("talk-full");
    let names = (0..9).map(|number| message(&format!("m{number}"), &format!("p{number}"), 1));
    let added = join_all(names.map(|message| store.add_message(&deck, message, MOST))).await;
    let new = added.into_iter().filter(|added| matches!(added, Ok(Added::New))).count();
    assert_eq!((new, store.messages(&deck).await.unwrap().len()), (3, 3));
    // Room is made by removing some, but not without end.
    for number in 0..3 {
        let (old, new) = (ids(store, &deck).await, format!("n{number}"));
        store.remove_message(&deck, &old[0], 2).await.unwrap();
        let new = message(&new, &new, 3);
        assert_eq!(store.add_message(&deck, new, MOST).await.unwrap(), Added::New);
    }
    store.remove_message(&deck, "n0", 4).await.unwrap();
    let new = message("o", "p", 5);
    assert_eq!(store.add_message(&deck, new.clone(), MOST).await.unwrap(), Added::Full);
    let tomorrow = Message { at: 5 + DAY, ..new };
    assert_eq!(store.add_message(&deck, tomorrow, MOST).await.unwrap(), Added::New);
    // Nor does one person take all the room.
    let most = Most { messages: 100, ..MOST };
    for (number, expected) in [(1, Added::New), (2, Added::Full)] {
        let new = message(&format!("q{number}"), "p", 6 + DAY);
        assert_eq!(store.add_message(&deck, new, most).await.unwrap(), expected);
    }
}

async fn who_is_there_is_there_once_and_may_take_it_back(store: &impl TalkStore) {
    let deck = id("talk-crowd");
    let attendee = |name: &str, called: &str, at| Attendee {
        principal: somebody(name),
        name: called.to_owned(),
        at,
    };
    let names = async || {
        let people = store.attendees(&deck).await.unwrap();
        people.into_iter().map(|one| (one.name, one.at)).collect::<Vec<_>>()
    };
    assert!(store.attend(&deck, attendee("bob", "Bob", 1), 2).await.unwrap());
    assert!(store.attend(&deck, attendee("ada", "Ada", 2), 2).await.unwrap());
    assert!(!store.attend(&deck, attendee("eve", "Eve", 3), 2).await.unwrap());
    assert!(store.attend(&deck, attendee("bob", "Robert", 4), 2).await.unwrap());
    assert_eq!(names().await, [("Robert".to_owned(), 1), ("Ada".to_owned(), 2)]);
    store.forget_attendee(&deck, somebody("bob")).await.unwrap();
    store.forget_attendee(&deck, somebody("bob")).await.unwrap();
    assert!(store.attend(&deck, attendee("eve", "Eve", 5), 2).await.unwrap());
    assert_eq!(names().await, [("Ada".to_owned(), 2), ("Eve".to_owned(), 5)]);
}

async fn the_newest_call_is_remembered_as_it_was_stored_last(store: &impl TalkStore) {
    let deck = id("talk-call");
    assert_eq!(store.last_call(&deck).await.unwrap(), None);
    assert_eq!(store.call_at(&deck).await.unwrap(), None);
    let call =
        |began_at, ended_at, times: &str| Call { began_at, ended_at, times: times.to_owned() };
    store.save_call(&deck, call(1, None, "one")).await.unwrap();
    store.save_call(&deck, call(5, None, "two")).await.unwrap();
    store.save_call(&deck, call(5, Some(9), "three")).await.unwrap();
    store.save_call(&deck, call(1, Some(4), "four")).await.unwrap();
    // One that has ended does not go on because somebody has not heard of it yet.
    store.save_call(&deck, call(5, None, "two")).await.unwrap();
    assert_eq!(store.last_call(&deck).await.unwrap(), Some(call(5, Some(9), "three")));
}

async fn what_a_guest_said_is_theirs_after_they_signed_in(
    store: &(impl AccessStore + TalkStore + SectionStore),
) {
    let deck = id("talk-moved");
    store.add_message(&deck, message("a", "gus", 1), MANY).await.unwrap();
    let attendee = |principal, name: &str| Attendee { principal, name: name.to_owned(), at: 1 };
    store.attend(&deck, attendee(somebody("gus"), "Gus"), 9).await.unwrap();
    let section = SectionRecord { id: 1, principal: Some(somebody("gus").0), ..Default::default() };
    let changes = SectionChanges { put: vec![section], ..Default::default() };
    store.change_sections(&deck, changes).await.unwrap();
    let signed_in = SignedIn {
        issuer: "https://provider.example".into(),
        subject: "gus".into(),
        name: "Gustav".into(),
        email: None,
        groups: Vec::new(),
    };
    let user = store.sign_in(signed_in.clone(), Some(somebody("gus")), 1).await.unwrap();
    assert_eq!(store.messages(&deck).await.unwrap()[0].principal, user.principal);
    // Who was there as both was there once.
    store.attend(&deck, attendee(somebody("gus-2"), "Gus again"), 9).await.unwrap();
    store.sign_in(signed_in, Some(somebody("gus-2")), 2).await.unwrap();
    let people = store.attendees(&deck).await.unwrap();
    let gus = attendee(user.principal.clone(), "Gus");
    assert_eq!(people, std::slice::from_ref(&gus));
    assert_eq!(store.attendee(&deck, user.principal.clone()).await.unwrap(), Some(gus));
    assert_eq!(store.attendee(&deck, somebody("gus")).await.unwrap(), None);
    let sections = store.sections(&deck).await.unwrap().unwrap().records;
    assert_eq!(sections[0].principal, Some(user.principal.0));
}
