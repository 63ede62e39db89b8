//! Several nodes serve the same deck: what is written on one is on all, whatever the bus does.

pub(super) mod place;

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::Status;
use collab::room::{CloseReason, Protocol};
use collab::testing::Rng;
use collab::wire::Frame;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::testing::Person;
use super::{Hub, Outgoing, Seat, Visitor};
use crate::cluster::{BusHealth, LOOK_EVERY, NODE_GONE_AFTER};
use crate::store::{DeckId, Store as _};
use place::Place;

/// Until somebody has a text; how long that took.
async fn hears(person: &mut Person, seat: &mut Seat, text: &str) -> Duration {
    let start = Instant::now();
    let has = |person: &Person| person.replica.text().contains(text);
    let heard = timeout(Duration::from_secs(60), person.stays_until(seat, has)).await;
    assert_eq!(heard.expect("it comes"), None);
    start.elapsed()
}

/// How often the journal was read.
fn tails(place: &Place) -> usize {
    place.nodes.iter().map(|node| node.line.tails.load(Ordering::Relaxed)).sum()
}

async fn types(person: &mut Person, seat: &mut Seat) -> String {
    let token = format!("[{}.{}]", person.name, person.typed);
    person.types();
    assert_eq!(person.stays_until(seat, Person::is_saved).await, None);
    token
}

#[tokio::test(start_paused = true)]
async fn what_is_written_on_one_node_is_heard_on_all_at_once() {
    let place = Place::new(3, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let (mut carol, mut carols) = place.person("carol", Role::Follow, 2).await;
    let read = tails(&place);
    for _ in 0..5 {
        let token = types(&mut alice, &mut alices).await;
        assert!(hears(&mut bob, &mut bobs, &token).await < Duration::from_millis(50));
        assert!(hears(&mut carol, &mut carols, &token).await < Duration::from_millis(50));
        let token = types(&mut bob, &mut bobs).await;
        assert!(hears(&mut alice, &mut alices, &token).await < Duration::from_millis(50));
    }
    assert_eq!(tails(&place), read, "nothing was read to hear it");
    drop((alices, bobs, carols));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn while_the_bus_is_away_text_comes_with_the_next_look() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    place.nodes[0].link.cut();
    assert!(matches!(place.nodes[0].cluster.health().bus, BusHealth::Away { .. }));
    let token = types(&mut alice, &mut alices).await;
    assert!(hears(&mut bob, &mut bobs, &token).await <= LOOK_EVERY + Duration::from_millis(10));
    // Others come to hear of what was said meanwhile as soon as it is back.
    let token = types(&mut bob, &mut bobs).await;
    place.nodes[0].link.mend();
    assert_eq!(place.nodes[0].cluster.health().bus, BusHealth::Up);
    assert!(hears(&mut alice, &mut alices, &token).await < Duration::from_millis(50));
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_come_late_twice_or_the_wrong_way_round_are_taken_in_once_and_in_order() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let read = tails(&place);
    place.bus.repeat(true);
    place.bus.hold();
    let mut last = String::new();
    for _ in 0..4 {
        last = types(&mut alice, &mut alices).await;
    }
    place.bus.release_backwards();
    assert!(hears(&mut bob, &mut bobs, &last).await < Duration::from_millis(50));
    assert_eq!(tails(&place), read);
    // What is lost is read from the journal, a moment after somebody says more.
    place.bus.repeat(false);
    place.bus.lose(1);
    types(&mut alice, &mut alices).await;
    last = types(&mut alice, &mut alices).await;
    assert!(hears(&mut bob, &mut bobs, &last).await < Duration::from_millis(300));
    assert_eq!(tails(&place), read + 1);
    assert_eq!(bob.replica.text(), alice.replica.text());
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_text_that_is_given_out_has_all_that_was_stored_on_any_node() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let bobs = place.person("bob", Role::Follow, 1).await;
    place.bus.hold();
    for _ in 0..3 {
        let token = types(&mut alice, &mut alices).await;
        assert!(place.nodes[1].hub.text(&place.deck).await.unwrap().contains(&token));
    }
    place.bus.release();
    // Nobody is told less because the store cannot be asked.
    place.nodes[1].line.is_away.store(true, Ordering::Relaxed);
    assert!(place.nodes[1].hub.text(&place.deck).await.is_err());
    place.nodes[1].line.is_away.store(false, Ordering::Relaxed);
    drop((alices, bobs));
    place.end().await;
}

fn is_full(person: &Person) -> bool {
    matches!(person.replica.status(), Status::Full { .. })
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_nothing_is_acknowledged_and_then_everything_once() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let line = &place.nodes[0].line;
    // Stored, and nobody hears of it.
    line.lose_answers.store(1, Ordering::Relaxed);
    alice.types();
    assert_eq!(alice.stays_until(&mut alices, is_full).await, None);
    line.is_away.store(true, Ordering::Relaxed);
    alice.types();
    alice.sends(&mut alices).await;
    sleep(Duration::from_secs(30)).await;
    assert!(is_full(&alice));
    assert_eq!(alice.replica.unsaved(), 2);
    assert!(place.nodes[0].cluster.health().store_away_since.is_some());
    line.is_away.store(false, Ordering::Relaxed);
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    hears(&mut bob, &mut bobs, "[alice.1]").await;
    alice.finds_what_is_saved_in(&place.stored().await);
    assert_eq!((alice.replica.unsaved(), alice.replaced), (0, 0));
    assert_eq!(bob.replica.text(), place.stored().await);
    drop((alices, bobs));
    place.end().await;
}

fn stock(principal: &str) -> Visitor {
    let principal = principal.to_owned();
    Visitor { principal, name: None, role: Role::Edit, protocol: Protocol::Yjs }
}

/// How a stock client with this document goes on until something is so; why its connection ended.
async fn answers(seat: &mut Seat, doc: &mut DeckDoc, patience: Duration) -> Option<CloseReason> {
    let ends = Instant::now() + patience;
    loop {
        let Ok(outgoing) = timeout_at(ends, seat.outbox().next()).await else { return None };
        match outgoing {
            Outgoing::Close(reason) => return Some(reason),
            Outgoing::Message(bytes) => match Frame::decode(&bytes) {
                Ok(Frame::SyncStep1(vector)) => {
                    let answer = doc.diff(vector).unwrap();
                    seat.send(Frame::SyncStep2(&answer).encode()).await;
                }
                Ok(Frame::SyncStep2(update) | Frame::Update(update)) => {
                    let _ = doc.apply_unchecked(update);
                }
                _ => {}
            },
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_text_that_comes_to_two_nodes_is_stored_once() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 1).await;
    let mut doc = DeckDoc::new(77);
    let [mut first, mut second] = [
        place.nodes[0].hub.join(&place.deck, stock("eve")).await.unwrap(),
        place.nodes[1].hub.join(&place.deck, stock("eve")).await.unwrap(),
    ];
    let soon = Duration::from_millis(10);
    for seat in [&mut first, &mut second] {
        seat.send(Frame::SyncStep1(&doc.state_vector()).encode()).await;
        assert_eq!(answers(seat, &mut doc, soon).await, None);
    }
    place.bus.hold();
    let update = Frame::Update(&doc.edit(&[TextEdit::insert(0, "once ")])).encode();
    assert!(first.send(update.clone()).await);
    assert_eq!(answers(&mut first, &mut doc, soon).await, None);
    assert!(second.send(update).await);
    assert_eq!(answers(&mut second, &mut doc, soon).await, None);
    place.bus.release();
    hears(&mut alice, &mut alices, "once ").await;
    let token = types(&mut alice, &mut alices).await;
    assert_eq!(answers(&mut second, &mut doc, soon).await, None);
    assert_eq!(place.stored().await.matches("once ").count(), 1);
    assert!(doc.text().contains(&token));
    drop((alices, first, second));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn other_text_under_numbers_that_are_taken_changes_nothing_for_anybody_else() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 1).await;
    let [mut one, mut two] = [DeckDoc::new(77), DeckDoc::new(77)];
    let [mut first, mut second] = [
        place.nodes[0].hub.join(&place.deck, stock("eve")).await.unwrap(),
        place.nodes[1].hub.join(&place.deck, stock("eve")).await.unwrap(),
    ];
    let soon = Duration::from_millis(10);
    assert_eq!(answers(&mut first, &mut one, soon).await, None);
    assert_eq!(answers(&mut second, &mut two, soon).await, None);
    place.bus.hold();
    let update = Frame::Update(&one.edit(&[TextEdit::insert(0, "what is stored ")])).encode();
    assert!(first.send(update).await);
    assert_eq!(answers(&mut first, &mut one, soon).await, None);
    let update = Frame::Update(&two.edit(&[TextEdit::insert(0, "other ")])).encode();
    assert!(second.send(update).await);
    answers(&mut second, &mut two, soon).await;
    place.bus.release();
    hears(&mut alice, &mut alices, "what is stored ").await;
    types(&mut alice, &mut alices).await;
    let stored = place.stored().await;
    assert_eq!(alice.replica.text(), stored);
    assert!(!stored.contains("other "), "{stored}");
    drop((alices, first, second));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_has_to_give_way_is_asked_again_some_times_and_then_sent_away() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let conflicts = &place.nodes[0].line.conflicts;
    // The text of others that has not been told yet is not lost with it.
    place.bus.hold();
    let theirs = types(&mut bob, &mut bobs).await;
    conflicts.store(4, Ordering::Relaxed);
    let token = types(&mut alice, &mut alices).await;
    assert!(alice.replica.text().contains(&theirs));
    place.bus.release();
    hears(&mut bob, &mut bobs, &token).await;
    conflicts.store(5, Ordering::Relaxed);
    alice.types();
    let ended = alice.stays_until(&mut alices, Person::is_saved).await;
    assert_eq!(ended, Some(CloseReason::AnotherHistory));
    alice.finds_what_is_saved_in(&place.stored().await);
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_left_behind_by_snapshots_catches_up() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    place.nodes[1].link.cut();
    let mut last = String::new();
    let started = Instant::now();
    for _ in 0..1_700 {
        last = types(&mut alice, &mut alices).await;
    }
    assert!(started.elapsed() < LOOK_EVERY, "faster than a look");
    let journal = place.store.load(&place.deck).await.unwrap().unwrap();
    assert!(journal.snapshot_seq >= 1_500);
    hears(&mut bob, &mut bobs, &last).await;
    assert_eq!(bob.replica.text(), alice.replica.text());
    assert_eq!(bob.replica.text(), place.stored().await);
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_deck_that_goes_into_the_bin_closes_on_every_node() {
    let place = Place::new(2, 0, 1).await;
    let alices = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Follow, 1).await;
    place.store.set_deleted(&place.deck, true).await.unwrap();
    place.nodes[0].hub.close(&place.deck, CloseReason::NoDeck).await;
    let start = Instant::now();
    assert_eq!(bob.stays_until(&mut bobs, |_| false).await, Some(CloseReason::NoDeck));
    assert!(start.elapsed() < Duration::from_millis(50));
    drop((alices, bobs));
    place.store.set_deleted(&place.deck, false).await.unwrap();
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_deck_that_begins_anew_sends_everybody_away_who_has_the_old_one() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let snapshot = crate::store::Snapshot::new(DeckDoc::seed(3, "anew "), "anew ");
    place.store.rebase(&place.deck, 0, snapshot).await.unwrap();
    // Whoever writes finds it out at once, the others with the next look.
    alice.types();
    let ended = alice.stays_until(&mut alices, |_| false).await;
    assert_eq!(ended, Some(CloseReason::AnotherHistory));
    let ended = timeout(2 * LOOK_EVERY, bob.stays_until(&mut bobs, |_| false)).await;
    assert_eq!(ended.unwrap(), Some(CloseReason::AnotherHistory));
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_posted_where_nobody_has_the_deck_open_is_heard_where_somebody_has() {
    let place = Place::new(2, 0, 1).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Follow, 1).await;
    place.nodes[0].hub.post(&place.deck, None, r#"{"kind":"said"}"#.to_owned()).await;
    let mut told = async || loop {
        let Outgoing::Message(bytes) = bobs.outbox().next().await else { panic!("it ended") };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        bob.hears(Outgoing::Message(bytes));
        if text.contains("kind") && text.contains("said") {
            break text;
        }
    };
    timeout(Duration::from_millis(50), told()).await.expect("it is told at once");
    place.nodes[1].hub.post_here(&place.deck, r#"{"kind":"unsaid"}"#.to_owned()).await;
    assert!(told().await.contains("unsaid"));
    drop(bobs);
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_silent_is_gone_and_one_that_leaves_at_once() {
    let place = Place::new(3, 0, 1).await;
    let nodes = || place.nodes[0].cluster.health().nodes;
    sleep(LOOK_EVERY + Duration::from_millis(10)).await;
    assert_eq!(nodes(), 3);
    place.nodes[1].cluster.stop().await;
    sleep(LOOK_EVERY).await;
    assert_eq!(nodes(), 2);
    place.nodes[2].line.is_away.store(true, Ordering::Relaxed);
    sleep(NODE_GONE_AFTER - LOOK_EVERY).await;
    assert_eq!(nodes(), 2);
    sleep(3 * LOOK_EVERY).await;
    assert_eq!(nodes(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_presents_for_all_nodes() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Present, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Follow, 1).await;
    alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
    alice.sends(&mut alices).await;
    let shown = |person: &Person| person.replica.presentation().is_some();
    let start = Instant::now();
    assert_eq!(bob.stays_until(&mut bobs, shown).await, None);
    assert_eq!(alice.stays_until(&mut alices, shown).await, None);
    assert!(start.elapsed() < Duration::from_millis(50));
    sleep(LOOK_EVERY + Duration::from_millis(10)).await;
    assert!(place.nodes.iter().all(|node| node.cluster.shared().unwrap().is_live(&place.deck)));
    // Whoever comes to a room that opens only now is told as well.
    drop(bobs);
    sleep(Duration::from_secs(30)).await;
    assert_eq!(place.nodes[1].hub.open_rooms(), 0);
    let (mut carol, mut carols) = place.person("carol", Role::Follow, 1).await;
    assert_eq!(carol.stays_until(&mut carols, shown).await, None);
    drop((alices, carols));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_lost_what_is_presented_begins_rooms_anew() {
    let place = Place::new(1, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Present, 0).await;
    let shown = |person: &Person| person.replica.presentation().is_some();
    alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
    assert_eq!(alice.stays_until(&mut alices, shown).await, None);
    place.store.lose_stage(&place.deck);
    alice.acts(|replica, _, out| replica.present(3, 0, false, None, out));
    let ended = timeout(LOOK_EVERY, alice.stays_until(&mut alices, |_| false)).await;
    assert_eq!(ended.unwrap(), Some(CloseReason::AnotherHistory));
    drop(alices);
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn under_steady_load_what_others_wrote_comes_with_the_next_look_all_the_same() {
    const SLOW: usize = 100;
    let place = Place::new(2, SLOW, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Follow, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let eves = place.nodes[0].hub.join(&place.deck, stock("eve")).await.unwrap();
    place.nodes[0].link.cut();
    let token = types(&mut bob, &mut bobs).await;
    let mut doc = DeckDoc::new(77);
    let writing = async {
        loop {
            let update = Frame::Update(&doc.edit(&[TextEdit::insert(u32::MAX, "x")])).encode();
            assert!(eves.send(update).await, "eve stays");
            sleep(Duration::from_millis(5)).await;
        }
    };
    // A write, the look and the tail each take their time.
    let most = LOOK_EVERY + 3 * 2 * Duration::from_millis(SLOW as u64);
    tokio::select! {
        () = writing => {}
        heard = hears(&mut alice, &mut alices, &token) => assert!(heard <= most, "{heard:?}"),
    }
    drop(eves);
    sleep(Duration::from_secs(2)).await;
    drop((alices, bobs));
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_title_is_that_of_the_last_change_on_whatever_node() {
    let place = Place::new(2, 0, 1).await;
    let (mut alice, mut alices) = place.person("alice", Role::Edit, 0).await;
    let (mut bob, mut bobs) = place.person("bob", Role::Edit, 1).await;
    let title = async || {
        sleep(Duration::from_secs(5)).await;
        place.store.deck(&place.deck).await.unwrap().unwrap().title
    };
    bob.acts(|replica, now, out| replica.edit(now, &[TextEdit::insert(0, "one ")], out));
    assert_eq!(bob.stays_until(&mut bobs, Person::is_saved).await, None);
    assert_eq!(title().await, "one start ");
    hears(&mut alice, &mut alices, "one ").await;
    alice.acts(|replica, now, out| replica.edit(now, &[TextEdit::insert(0, "two ")], out));
    assert_eq!(alice.stays_until(&mut alices, Person::is_saved).await, None);
    assert_eq!(title().await, "two one start ");
    hears(&mut bob, &mut bobs, "two ").await;
    bob.acts(|replica, now, out| replica.edit(now, &[TextEdit::delete(0, 4)], out));
    assert_eq!(bob.stays_until(&mut bobs, Person::is_saved).await, None);
    assert_eq!(title().await, "one start ");
    drop((alices, bobs));
    place.end().await;
}

const PEOPLE: usize = 5;
const ROUNDS: usize = 12;
/// Longest times, in milliseconds: rooms need some seconds without anybody until they close.
const LATEST: usize = 1_000;
const LONGEST_STAY: usize = 1_500;
const LONGEST_BREAK: usize = 6_000;
const SLOWEST: usize = 300;

fn upto(most: usize, random: &mut Rng) -> Duration {
    Duration::from_millis(random.below(most) as u64)
}

/// Somebody comes to a node after a while, types a little, and goes.
async fn visit(person: &mut Person, hub: &Hub, deck: &DeckId, mut random: Rng) {
    sleep(upto(LATEST, &mut random)).await;
    let leaves = Instant::now() + upto(LONGEST_STAY, &mut random);
    // The store may be away.
    let joined = timeout_at(leaves, person.tries_to_join(hub, deck)).await;
    let Ok(Ok(mut seat)) = joined else { return };
    let mut types_at = Instant::now();
    while person.sends(&mut seat).await {
        tokio::select! {
            biased;
            () = sleep_until(leaves) => break,
            () = sleep_until(types_at), if person.is_ready => {
                person.types();
                types_at += upto(LONGEST_STAY / 3, &mut random);
            }
            outgoing = seat.outbox().next() => {
                assert_eq!(person.hears(outgoing), None, "{} is sent away", person.name);
            }
        }
    }
    drop(seat);
    person.loses_connection();
}

/// The bus does what it likes for a while.
async fn misbehave(place: &Place, mut random: Rng) {
    for _ in 0..6 {
        let node = &place.nodes[random.below(place.nodes.len())];
        match random.below(7) {
            0 => place.bus.lose(random.below(5)),
            1 => place.bus.repeat(true),
            2 => place.bus.hold(),
            3 => place.bus.release_backwards(),
            4 => node.link.cut(),
            5 => node.line.lose_answers.store(1, Ordering::Relaxed),
            _ => node.line.is_away.store(true, Ordering::Relaxed),
        }
        sleep(upto(LONGEST_STAY / 4, &mut random)).await;
        node.link.mend();
        node.line.is_away.store(false, Ordering::Relaxed);
        if random.one_in(2) {
            place.bus.release();
            place.bus.repeat(false);
        }
    }
    place.bus.release();
    place.bus.repeat(false);
    place.bus.lose(0);
}

/// Somebody stays until everything is stored.
async fn stay(person: &mut Person, hub: &Hub, deck: &DeckId) {
    while !person.is_saved() {
        let mut seat = person.joins(hub, deck).await;
        person.stays_until(&mut seat, Person::is_saved).await;
    }
    person.loses_connection();
}

async fn race(seed: u64) {
    let mut random = Rng::new(seed);
    let place = Place::new(3, SLOWEST, random.any()).await;
    let name = |number: usize| Person::new(&number.to_string(), Role::Edit, random.any());
    let mut people: Vec<Person> = (0..PEOPLE).map(name).collect();
    for _ in 0..ROUNDS {
        sleep(upto(LONGEST_BREAK, &mut random)).await;
        let faults = misbehave(&place, Rng::new(random.any()));
        let visits = people.iter_mut().map(|person| {
            let node = &place.nodes[random.below(place.nodes.len())];
            visit(person, &node.hub, &place.deck, Rng::new(random.any()))
        });
        tokio::join!(faults, futures_util::future::join_all(visits));
        let text = place.stored().await;
        people.iter().for_each(|person| person.finds_what_is_saved_in(&text));
    }
    for person in &mut people {
        stay(person, &place.nodes[random.below(3)].hub, &place.deck).await;
    }
    let text = place.stored().await;
    for person in &people {
        assert_eq!((person.replica.unsaved(), person.replaced), (0, 0), "seed {seed}");
        person.finds_what_is_saved_in(&text);
    }
    let typed: usize = people.iter().map(|person| person.typed).sum();
    assert_eq!(text.matches('[').count(), typed, "seed {seed}: nothing is doubled or invented");
    place.end().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_from_node_to_node_finds_everything_and_loses_nothing() {
    let count = std::env::var("ONDECK_RACE_CYCLES").ok().and_then(|value| value.parse().ok());
    let first = std::env::var("ONDECK_RACE_SEED").ok().and_then(|value| value.parse().ok());
    let first = first.unwrap_or(1);
    for seed in first..first + count.unwrap_or(3) {
        race(seed).await;
    }
}

/// Bytes that another program on the bus made up do nothing.
#[tokio::test(start_paused = true)]
async fn whoever_does_not_know_the_secret_is_not_heard() {
    use crate::bus::Bus as _;
    let place = Place::new(1, 0, 1).await;
    let alices = place.person("alice", Role::Edit, 0).await;
    let stranger = place.bus.link();
    stranger.publish("ondeck.deck.deck", Bytes::from_static(b"look at me"));
    stranger.publish("ondeck.deck.deck", vec![1; 200].into());
    sleep(Duration::from_millis(10)).await;
    assert_eq!(place.nodes[0].cluster.health().refused_messages, 2);
    drop(alices);
    place.end().await;
}
