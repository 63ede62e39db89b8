//! Projectors among other nodes, and what they store.

use super::*;
use crate::elsewhere::testing::World;

/// What is to be tried again is tried again within this time.
const AGAIN: Duration = Duration::from_secs(3);

fn deck() -> DeckId {
    DeckId::parse("deck").unwrap()
}

fn recorder(calls: &Arc<Calls>, zero: i64) -> Recorder {
    let mut recorder = Recorder::new(Arc::clone(calls) as _, deck(), 0);
    recorder.share(zero);
    recorder
}

fn record(began: i64, seen: i64, ended: Option<i64>) -> Record {
    Record { began, ended, seen, sections: vec![("One".to_owned(), (seen - began) as u64)] }
}

/// When the last call that is stored was seen, and whether it ended.
fn stored(calls: &Calls) -> Option<(i64, bool)> {
    let call = calls.stored.lock().unwrap().values().next_back().cloned()?;
    let times: StoredTimes = serde_json::from_str(&call.times).unwrap();
    Some((times.seen_at, call.ended_at.is_some()))
}

#[tokio::test(start_paused = true)]
async fn what_another_node_knows_better_is_not_stored_over() {
    let calls = Arc::new(Calls::default());
    // Their own clocks began at different times.
    let (mut here, mut there) = (recorder(&calls, 1_000), recorder(&calls, 5_000));
    there.keep(record(-4_000, 6_000, None));
    there.finish().await;
    assert_eq!(stored(&calls), Some((11_000, false)));
    for (began, seen, ended, expected) in [
        (0, 9_000, None, (11_000, false)),
        (0, 12_000, None, (13_000, false)),
        // An end is an end, whoever saw what when.
        (0, 11_000, Some(11_000), (12_000, true)),
        (0, 30_000, None, (12_000, true)),
        (0, 10_000, Some(10_000), (12_000, true)),
        // Another call is another one.
        (40_000, 41_000, None, (42_000, false)),
    ] {
        here.keep(record(began, seen, ended));
        here.finish().await;
        assert_eq!(stored(&calls), Some(expected), "{seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_last_is_given_when_it_is_asked_for() {
    let calls = Arc::new(Calls::default());
    let (mut here, mut there) = (recorder(&calls, 1_000), recorder(&calls, 5_000));
    here.recall();
    assert_eq!(here.work().await, None);
    there.keep(record(0, 2_000, None));
    there.finish().await;
    here.recall();
    let sections = vec![("One".to_owned(), 2_000)];
    let expected = Record { began: 4_000, ended: None, seen: 6_000, sections };
    assert_eq!(here.work().await, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn the_text_of_a_hold_is_stored_and_read_as_soon_as_it_can_be() {
    let calls = Arc::new(Calls::default());
    let fail = |times| *calls.fails.lock().unwrap() = times;
    let [mut here, mut there] = [0, 1].map(|_| Holds::new(Arc::clone(&calls) as _, deck()));
    fail(usize::MAX);
    here.keep(Some("before".into()));
    assert!(tokio::time::timeout(AGAIN, here.work()).await.is_err());
    here.keep(Some("text".into()));
    fail(0);
    assert!(tokio::time::timeout(AGAIN, here.work()).await.is_err());
    assert_eq!(calls.held().as_deref(), Some("text"));
    fail(usize::MAX);
    there.ask();
    assert!(tokio::time::timeout(AGAIN, there.work()).await.is_err());
    fail(0);
    assert_eq!(there.work().await.as_deref(), Some("text"));
    here.keep(None);
    here.finish().await;
    assert_eq!(calls.held(), None);
    // What nobody could store at the end is not waited for.
    fail(usize::MAX);
    here.keep(Some("late".into()));
    here.finish().await;
    assert_eq!(calls.held(), None);
}

#[tokio::test(start_paused = true)]
async fn a_projector_stores_nothing_of_a_driver_who_is_not_here() {
    let mut fixture = Fixture::new().await;
    let (world, hub) = (World::default(), fixture.hub.clone());
    let calls = Arc::clone(&fixture.calls);
    let elsewhere = Some(world.node(0));
    fixture.projectors = Projectors::new(hub, TaskTracker::new(), calls as _, || BEGIN, elsewhere);
    let mut paula = Presenter::join(&fixture).await;
    assert!(!fixture.projectors.is_live(&fixture.deck));
    let mut fred = fixture.view().await;
    // A room that is alone says to no projector that the driver is here.
    let offset = paula.replica.text().find("# Two").unwrap() as u32;
    paula.acts(|replica, out| replica.present(offset, -1, false, None, out)).await;
    while next(&mut fred).await["state"]["slide"] != 1 {}
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(fixture.last_call(), None);
    assert!(fixture.projectors.is_live(&fixture.deck));
}

#[tokio::test]
async fn a_deck_is_live_on_all_nodes() {
    let mut fixture = Fixture::new().await;
    let world = World::default();
    let calls = Arc::clone(&fixture.calls);
    let elsewhere = Some(world.node(0));
    fixture.projectors =
        Projectors::new(fixture.hub.clone(), TaskTracker::new(), calls as _, || BEGIN, elsewhere);
    assert!(!fixture.projectors.is_live(&fixture.deck));
    world.set_live(&fixture.deck);
    assert!(fixture.projectors.is_live(&fixture.deck));
}
