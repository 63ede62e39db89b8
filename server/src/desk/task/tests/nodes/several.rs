//! Desks of one deck on two nodes that share a store and a bus.

use super::*;
use crate::bus::local::LocalBus;
use crate::cluster::Cluster;

#[tokio::test(start_paused = true)]
async fn desks_ask_each_other_over_the_bus_that_nodes_share() {
    let store = Arc::new(MemoryStore::default());
    let bus = LocalBus::default();
    let mut elsewhere: Vec<SharedElsewhere> = Vec::new();
    let mut clusters = Vec::new();
    for _ in 0..2 {
        let tasks = TaskTracker::new();
        let cluster =
            Cluster::start(store.clone(), Some(bus.link()), &[7; 32], &tasks).await.unwrap();
        let shared = Arc::clone(cluster.shared().unwrap());
        elsewhere.push(Arc::new(crate::elsewhere::Nodes { shared }));
        clusters.push((cluster, tasks));
    }
    let [one, two] = elsewhere.try_into().ok().unwrap();
    let nodes = Nodes::over(World::default(), [one, two]).await;
    let (_here, _there) = (nodes.attend(0).await, nodes.attend(1).await);
    assert_eq!(nodes.states(0).await.unwrap(), ["drafting"; 3]);
    nodes.ready(1, 2).await.unwrap();
    for node in [0, 1] {
        assert_eq!(nodes.states(node).await.unwrap(), ["drafting", "ready", "drafting"]);
    }
    assert_eq!(nodes.stored_by(), [0]);
    sleep(Duration::from_secs(4)).await;
    clusters[0].0.stop().await;
    nodes.nodes[0].hub.shutdown().await;
    nodes.ready(1, 3).await.unwrap();
    assert_eq!(nodes.states(1).await.unwrap(), ["drafting", "ready", "ready"]);
}
