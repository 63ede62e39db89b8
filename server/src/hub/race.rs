//! People who come, write and go while a slow store lets their room open and close around them.
//!
//! Time is virtual and every delay comes out of a seed: `ONDECK_RACE_CYCLES` and `ONDECK_RACE_SEED`
//! say how long and which.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use collab::access::Role;
use collab::testing::Rng;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::Hub;
use super::testing::{Faults, FaultyStore, Person, options};
use crate::store::{DeckId, SharedStore};

const PEOPLE: usize = 4;
/// Cycles on one deck; then everybody compares what they have, and a new one begins.
const CYCLES_PER_DECK: usize = 50;
/// Cycles of an ordinary run.
const CYCLES: usize = 200;
const FAULTS: Faults = Faults { slowest: 400, fails: 40 };
/// Longest times, in milliseconds. A room needs 2 to 5 s from the last change until it is closed,
/// so that many come while it closes.
const LATEST: usize = 1_000;
const LONGEST_STAY: usize = 1_500;
const LONGEST_BREAK: usize = 6_000;

fn upto(most: usize, random: &mut Rng) -> Duration {
    Duration::from_millis(random.below(most) as u64)
}

/// Somebody comes after a while, types a little, and goes, whatever has happened until then.
async fn visit(person: &mut Person, hub: &Hub, deck: &DeckId, mut random: Rng) {
    sleep(upto(LATEST, &mut random)).await;
    let leaves = Instant::now() + upto(LONGEST_STAY, &mut random);
    let Ok(mut seat) = timeout_at(leaves, person.joins(hub, deck)).await else { return };
    let mut types_at = Instant::now();
    while person.sends(&mut seat).await {
        tokio::select! {
            biased;
            () = sleep_until(leaves) => break,
            () = sleep_until(types_at), if person.is_ready => {
                person.types();
                types_at += upto(LONGEST_STAY, &mut random);
            }
            outgoing = seat.outbox().next() => {
                assert_eq!(person.hears(outgoing), None, "{} is sent away", person.name);
            }
        }
    }
    drop(seat);
    person.loses_connection();
}

/// Somebody stays until everything is stored.
async fn stay(person: &mut Person, hub: &Hub, deck: &DeckId) {
    while !person.is_saved() {
        let mut seat = person.joins(hub, deck).await;
        person.stays_until(&mut seat, Person::is_saved).await;
    }
    person.loses_connection();
}

/// A deck's whole life. How many edits it has in the end.
async fn live(
    store: &FaultyStore,
    hub: &Hub,
    cycles: std::ops::Range<usize>,
    random: &mut Rng,
) -> usize {
    let deck = store.deck(&format!("deck-{}", cycles.start), "").await;
    let name = |number: usize| Person::new(&number.to_string(), Role::Edit, random.any());
    let mut people: Vec<Person> = (0..PEOPLE).map(name).collect();
    for _ in cycles {
        sleep(upto(LONGEST_BREAK, random)).await;
        let visits = people.iter_mut().map(|person| {
            let random = Rng::new(random.any());
            visit(person, hub, &deck, random)
        });
        futures_util::future::join_all(visits).await;
        let text = store.text(&deck).await;
        people.iter().for_each(|person| person.finds_what_is_saved_in(&text));
        assert_eq!(store.strangers.load(Ordering::Relaxed), 0, "two documents of {deck}");
    }
    let stays = people.iter_mut().map(|person| stay(person, hub, &deck));
    futures_util::future::join_all(stays).await;
    let text = store.text(&deck).await;
    for person in &people {
        assert_eq!((person.replica.unsaved(), person.replaced), (0, 0));
        person.finds_what_is_saved_in(&text);
    }
    let typed = people.iter().map(|person| person.typed).sum();
    assert_eq!(text.matches('[').count(), typed, "nothing is doubled or invented: {text}");
    typed
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_while_a_room_closes_finds_everything_and_loses_nothing() {
    let cycles = number("ONDECK_RACE_CYCLES", CYCLES);
    let seed = number("ONDECK_RACE_SEED", 1) as u64;
    println!("{cycles} cycles of seed {seed}");
    let mut random = Rng::new(seed);
    let store = Arc::new(FaultyStore::new(FAULTS, random.any()));
    let hub = Hub::new(Arc::clone(&store) as SharedStore, options());
    let mut typed = 0;
    for first in (0..cycles).step_by(CYCLES_PER_DECK) {
        let last = cycles.min(first + CYCLES_PER_DECK);
        typed += live(&store, &hub, first..last, &mut random).await;
    }
    hub.shutdown().await;
    let loads = store.loads.load(Ordering::Relaxed);
    println!("{cycles} cycles, {loads} loads, {typed} edits: none lost, one document per deck");
}
