//! Desks of one deck on two nodes.

mod several;

use std::sync::Mutex;

use tokio::time::sleep;

use super::*;
use crate::elsewhere::SharedElsewhere;
use crate::elsewhere::testing::World;
use crate::error::ApiError;
use crate::store::access::Principal;
use crate::store::memory::MemoryStore;

/// What a node knows of others is as old as this at most.
const LOOKED: Duration = Duration::from_millis(2_100);
/// The desk of a node that nobody needs any more has ended after this.
const ENDED: Duration = Duration::from_millis(500);
/// What a desk sees is stored after this.
const STORED: Duration = Duration::from_secs(4);
/// What is told is heard within this time.
const SOON: Duration = Duration::from_millis(1);
/// What the clock of the store shows.
const CLOCK: i64 = 1_000_000_000_000;

/// Sections as all nodes share them, and which node stored something.
#[derive(Clone, Default)]
struct Shared {
    sections: Arc<Mutex<DeckSections>>,
    stored_by: Arc<Mutex<Vec<u64>>>,
}

struct Sections {
    shared: Shared,
    node: u64,
}

impl SectionStore for Sections {
    fn sections(&self, deck: &DeckId) -> StoreResult<Option<DeckSections>> {
        let stored = self.shared.sections.lock().unwrap().clone();
        let is_there = deck.as_str() == "deck";
        async move { Ok(is_there.then_some(stored)) }.boxed()
    }

    fn change_sections(&self, _: &DeckId, changes: SectionChanges) -> StoreResult<()> {
        let (shared, node) = (self.shared.clone(), self.node);
        async move {
            shared.stored_by.lock().unwrap().push(node);
            let mut stored = shared.sections.lock().unwrap();
            let gone = |id: &u64| {
                changes.removed.contains(id) || changes.put.iter().any(|put| put.id == *id)
            };
            stored.records.retain(|record| !gone(&record.id));
            stored.records.extend(changes.put);
            stored.records.sort_by_key(|record| record.id);
            Ok(())
        }
        .boxed()
    }
}

struct Node {
    hub: Hub,
    desks: Desks,
}

struct Nodes {
    world: World,
    deck: DeckId,
    shared: Shared,
    nodes: Vec<Node>,
}

impl Nodes {
    async fn new() -> Self {
        let world = World::default();
        world.set_clock(CLOCK);
        let elsewhere = [0, 1].map(|node| world.node(node));
        Self::over(world, elsewhere).await
    }

    /// Nodes that reach each other so.
    async fn over(world: World, elsewhere: [SharedElsewhere; 2]) -> Self {
        let shared = Shared::default();
        let deck = DeckId::parse("deck").unwrap();
        let mut nodes = Vec::new();
        for (node, elsewhere) in (0..).zip(elsewhere) {
            let store = MemoryStore::default();
            let snapshot = Snapshot::new(DeckDoc::seed(9, TEXT), TEXT);
            let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
            store.create_deck(made).await.unwrap();
            let (unload_after, version) = (Duration::from_millis(100), "test");
            let options = HubOptions { unload_after, title_of: str::to_owned, version };
            let hub = Hub::new(Arc::new(store), options);
            let sections = Arc::new(Sections { shared: shared.clone(), node });
            let desks = Desks::new(hub.clone(), sections, TaskTracker::new(), Some(elsewhere));
            nodes.push(Node { hub, desks });
        }
        Self { world, deck, shared, nodes }
    }

    async fn states(&self, node: usize) -> Result<Vec<String>, DeskError> {
        let board = self.nodes[node].desks.board(&self.deck).await?;
        let board = serde_json::to_value(board).unwrap();
        let rows = board["sections"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row["kind"] == "section"));
        Ok(rows.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect())
    }

    async fn ready(&self, node: usize, section: u64) -> Result<(), DeskError> {
        let mark = Mark::Ready { name: "Ada".into() };
        self.nodes[node].desks.mark(&self.deck, section, mark).await
    }

    async fn attend(&self, node: usize) -> crate::peer::Attending {
        self.nodes[node].desks.attend(&self.deck).await.unwrap()
    }

    fn stored_by(&self) -> Vec<u64> {
        let mut nodes = std::mem::take(&mut *self.shared.stored_by.lock().unwrap());
        nodes.dedup();
        nodes
    }

    fn claimed_by(&self) -> Vec<Option<String>> {
        let sections = self.shared.sections.lock().unwrap();
        sections.records.iter().map(|record| record.principal.clone()).collect()
    }

    async fn page(&self, node: usize) -> Seat {
        let principal = "vera".to_owned();
        let (role, protocol) = (Role::Follow, Protocol::Ondeck);
        let visitor = Visitor { principal, name: None, role, protocol };
        self.nodes[node].hub.join(&self.deck, visitor).await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn the_desk_of_one_node_answers_for_all() {
    let nodes = Nodes::new().await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    assert_eq!(nodes.states(0).await.unwrap(), ["drafting"; 3]);
    nodes.ready(1, 2).await.unwrap();
    for node in [0, 1] {
        assert_eq!(nodes.states(node).await.unwrap(), ["drafting", "ready", "drafting"]);
    }
    assert!(matches!(nodes.ready(1, 77).await, Err(DeskError::NoSection)));
    sleep(Duration::from_secs(10)).await;
    assert_eq!((nodes.stored_by(), nodes.world.desk_of(&nodes.deck)), (vec![0], Some(0)));
    // Its times are those of the clock that all nodes share.
    let ready_at = nodes.shared.sections.lock().unwrap().records[1].ready_at.unwrap();
    assert!((CLOCK..CLOCK + 1_000).contains(&ready_at), "{ready_at}");
    let nowhere = DeckId::parse("nowhere").unwrap();
    let board = nodes.nodes[1].desks.board(&nowhere).await;
    assert!(matches!(board, Err(DeskError::Room(JoinError::NoDeck))));
    sleep(ENDED).await;
    assert_eq!(nodes.world.desk_of(&nowhere), None);
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_nobody_needs_goes_to_a_node_that_does() {
    let nodes = Nodes::new().await;
    let here = nodes.attend(0).await;
    nodes.ready(0, 2).await.unwrap();
    let _there = nodes.attend(1).await;
    let mut page = nodes.page(1).await;
    drop(here);
    // While others ask, it stays.
    for _ in 0..10 {
        sleep(Duration::from_millis(60)).await;
        nodes.states(1).await.unwrap();
    }
    assert_eq!(nodes.world.desk_of(&nodes.deck), Some(0));
    sleep(ENDED + LOOKED).await;
    assert_eq!(nodes.world.desk_of(&nodes.deck), Some(1));
    // Everybody there is told all of it.
    while post(&mut page).await["order"] != serde_json::json!(["1", "2", "3"]) {}
    nodes.ready(0, 3).await.unwrap();
    assert_eq!(nodes.states(0).await.unwrap(), ["drafting", "ready", "ready"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_a_desk_that_has_just_ended_gets_it() {
    let nodes = Nodes::new().await;
    let (_there, here) = (nodes.attend(1).await, nodes.attend(0).await);
    assert_eq!(nodes.world.desk_of(&nodes.deck), Some(1));
    let node = nodes.nodes[1].hub.clone();
    node.shutdown().now_or_never();
    // Without a wait for the next look.
    while nodes.world.desk_of(&nodes.deck).is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(nodes.states(0).await.unwrap(), ["drafting"; 3]);
    drop(here);
}

#[tokio::test(start_paused = true)]
async fn while_the_node_with_the_desk_is_silent_people_are_asked_to_try_again() {
    let nodes = Nodes::new().await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    nodes.states(0).await.unwrap();
    sleep(STORED).await;
    nodes.world.lose_bus(true);
    let error = nodes.ready(1, 2).await.unwrap_err();
    assert!(matches!(error, DeskError::Unanswered));
    assert_eq!(ApiError::from(error).status(), 503);
    nodes.ready(0, 2).await.unwrap();
    nodes.world.lose_bus(false);
    // It died, and the store has not noticed yet.
    nodes.world.pass_on(&nodes.deck, Some(9));
    sleep(LOOKED).await;
    assert!(matches!(nodes.ready(1, 3).await, Err(DeskError::Unanswered)));
    nodes.world.pass_on(&nodes.deck, None);
    nodes.ready(1, 3).await.unwrap();
    assert_eq!(nodes.states(1).await.unwrap(), ["drafting", "ready", "ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_was_taken_away_stores_nothing_more() {
    let nodes = Nodes::new().await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    nodes.ready(0, 1).await.unwrap();
    sleep(Duration::from_secs(10)).await;
    nodes.stored_by();
    // What it knows and has not stored.
    nodes.nodes[0].desks.carry_over_here(&Principal("nobody".into()), &Principal("x".into())).await;
    nodes.world.pass_on(&nodes.deck, Some(1));
    // It finds out when it wants to store something, and asks where the desk is now.
    nodes.ready(0, 2).await.unwrap();
    sleep(Duration::from_secs(20)).await;
    assert_eq!(nodes.stored_by(), [1]);
    for node in [0, 1] {
        assert_eq!(nodes.states(node).await.unwrap(), ["ready", "ready", "drafting"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_does_not_reach_the_store_is_none_before_another_one_is() {
    let nodes = Nodes::new().await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    nodes.ready(0, 1).await.unwrap();
    sleep(Duration::from_secs(10)).await;
    nodes.stored_by();
    nodes.world.cut_off(0, true);
    assert!(matches!(nodes.ready(0, 2).await, Err(DeskError::Room(JoinError::Store(_)))));
    sleep(Duration::from_secs(6)).await;
    nodes.world.pass_on(&nodes.deck, None);
    sleep(LOOKED).await;
    assert_eq!(nodes.world.desk_of(&nodes.deck), Some(1));
    nodes.ready(0, 3).await.unwrap();
    nodes.world.cut_off(0, false);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(nodes.stored_by(), [1]);
    assert_eq!(nodes.states(0).await.unwrap(), ["ready", "drafting", "ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_another_node_may_have_had_meanwhile_reads_anew() {
    let nodes = Nodes::new().await;
    let _here = nodes.attend(0).await;
    nodes.ready(0, 1).await.unwrap();
    sleep(Duration::from_secs(10)).await;
    nodes.world.cut_off(0, true);
    sleep(Duration::from_secs(8)).await;
    {
        let mut stored = nodes.shared.sections.lock().unwrap();
        stored.records[1].ready_at = Some(CLOCK);
    }
    nodes.world.cut_off(0, false);
    sleep(LOOKED).await;
    assert_eq!(nodes.world.desk_of(&nodes.deck), Some(0));
    assert_eq!(nodes.states(0).await.unwrap(), ["ready", "ready", "drafting"]);
}

#[tokio::test(start_paused = true)]
async fn a_desk_hears_what_is_different_from_all_nodes_and_what_it_missed_from_the_store() {
    let nodes = Nodes::new().await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    nodes.states(0).await.unwrap();
    sleep(STORED).await;
    let claim = Mark::Claim { principal: "guest:a".into(), name: "Ada".into() };
    nodes.nodes[0].desks.mark(&nodes.deck, 2, claim).await.unwrap();
    let call_at = async || {
        sleep(SOON).await;
        let board = nodes.nodes[0].desks.board(&nodes.deck).await.unwrap();
        serde_json::to_value(board).unwrap()["callAt"].clone()
    };
    nodes.shared.sections.lock().unwrap().call_at = Some("2026-11-26T14:05".into());
    nodes.nodes[1].desks.renew(&nodes.deck).await;
    assert_eq!(call_at().await, "2026-11-26T14:05");
    nodes.world.lose_bus(true);
    nodes.shared.sections.lock().unwrap().call_at = Some("2026-11-27T14:05".into());
    nodes.shared.sections.lock().unwrap().records[1].principal = Some("user:a".into());
    nodes.nodes[1].desks.renew(&nodes.deck).await;
    let [from, to] = ["guest:a", "user:a"].map(|name| Principal(name.into()));
    nodes.nodes[1].desks.carry_over(&from, &to).await;
    assert_eq!(call_at().await, "2026-11-26T14:05");
    nodes.world.lose_bus(false);
    assert_eq!(call_at().await, "2026-11-27T14:05");
    nodes.ready(1, 2).await.unwrap();
    assert_eq!(nodes.claimed_by()[1].as_deref(), Some("user:a"));
}
