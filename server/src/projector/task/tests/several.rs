//! Projectors of one deck on two nodes that share a store and a bus.

use super::*;
use crate::bus::local::LocalBus;
use crate::cluster::Cluster;
use crate::elsewhere::Nodes;

async fn fixtures() -> (Vec<Fixture>, Vec<Cluster>) {
    let store = Arc::new(MemoryStore::default());
    let deck = DeckId::parse("deck").unwrap();
    let snapshot = Snapshot::new(DeckDoc::seed(9, TEXT), TEXT);
    let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
    store.create_deck(made).await.unwrap();
    let bus = LocalBus::default();
    let calls = Arc::new(Calls::default());
    let (mut fixtures, mut clusters) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let tasks = TaskTracker::new();
        let cluster =
            Cluster::start(store.clone(), Some(bus.link()), &[7; 32], &tasks).await.unwrap();
        let (unload_after, version) = (Duration::from_millis(100), "test");
        let options = HubOptions { unload_after, title_of: str::to_owned, version };
        let hub = Hub::in_cluster(store.clone(), options, cluster.clone());
        let shared = Arc::clone(cluster.shared().unwrap());
        let elsewhere = Arc::new(Nodes { shared });
        let projectors =
            Projectors::new(hub.clone(), tasks, Arc::clone(&calls) as _, || BEGIN, Some(elsewhere));
        let (store, calls, deck) = (store.clone(), Arc::clone(&calls), deck.clone());
        fixtures.push(Fixture { store, calls, hub, projectors, deck });
        clusters.push(cluster);
    }
    (fixtures, clusters)
}

fn seconds(sections: Sections) -> Vec<u64> {
    sections.iter().map(|(_, spent)| spent / 1_000).collect()
}

#[tokio::test(start_paused = true)]
async fn times_go_on_where_the_driver_goes() {
    let (nodes, _clusters) = fixtures().await;
    let mut paula = Presenter::join(&nodes[0]).await;
    let mut peter = Presenter::join_as(&nodes[1], 8).await;
    paula.present("# One").await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    paula.present("# Two").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(nodes[1].projectors.is_live(&nodes[1].deck));
    assert_eq!(seconds(nodes[0].last_call().unwrap().2), [7, 0]);
    assert_eq!(nodes[0].calls.stored.lock().unwrap().len(), 1);
    drop(paula);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let before = seconds(nodes[0].last_call().unwrap().2);
    assert!((3..=14).contains(&before[1]), "{before:?}");
    while peter.replica.presentation().is_none_or(|one| one.driver.is_some()) {
        peter.hear().await;
    }
    peter.present("# One").await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let after = seconds(nodes[0].last_call().unwrap().2);
    assert_eq!(nodes[0].calls.stored.lock().unwrap().len(), 1);
    assert!((12..=14).contains(&after[1]), "{after:?}");
    assert!((20..=27).contains(&after[0]), "{after:?}");
    peter.acts(|replica, out| replica.stop_presenting(out)).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(nodes[0].last_call().unwrap().1.is_some());
    assert_eq!(nodes[0].calls.stored.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_on_another_node_sees_what_is_held() {
    let (nodes, _clusters) = fixtures().await;
    let mut paula = Presenter::join(&nodes[0]).await;
    paula.present("# Two").await;
    paula.acts(|replica, out| replica.hold(true, out)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(nodes[0].calls.held().as_deref(), Some(TEXT));
    nodes[0].write(&["# Secret\n\n---\n\n"]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut fred = nodes[1].view().await;
    let shown = next(&mut fred).await;
    assert_eq!(shown["slides"].as_array().unwrap().len(), 2);
    assert_eq!(shown["state"]["slide"], 1);
    paula.acts(|replica, out| replica.hold(false, out)).await;
    let patch = next(&mut fred).await;
    assert!(!shown.to_string().contains("Secret") && patch.to_string().contains("Secret"));
    assert_eq!((&patch["type"], &patch["state"]["slide"]), (&"patch".into(), &1.into()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(nodes[0].calls.held().as_deref(), None);
}
