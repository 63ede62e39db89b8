//! Presentations of nodes that died: somebody opens their rooms, where they come to an end.
//!
//! A room that is open ends by itself what nobody presents or follows any more. One that died with its
//! node cannot, and the deck would be called live until somebody opens it.

use std::time::Duration;

use tokio::time::timeout;

use super::{Hub, JoinError};
use crate::cluster::{BusHealth, Shared, soon};
use crate::store::StoreError;

/// After nodes came or went, everybody who comes back has come by then: pages try again every half a
/// minute, hidden ones once a minute. A room that is opened earlier ends what they come back for.
const SETTLED: Duration = Duration::from_secs(90);
/// A deck that takes longer to open is tried the next time.
const OPENED_WITHIN: Duration = Duration::from_secs(30);

impl Hub {
    /// When nodes came or went, opens what is presented and not open here. Of all nodes the first does
    /// it. Ends with the server, or at once where there are no other nodes.
    pub(crate) async fn end_abandoned(self) {
        let Some(shared) = self.inner.cluster.shared() else { return };
        let mut nodes = shared.present_nodes();
        loop {
            let is_done = match timeout(SETTLED, nodes.changed()).await {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => self.look_for_abandoned(shared).await,
            };
            if is_done && nodes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether nothing is left to do until nodes come or go again.
    async fn look_for_abandoned(&self, shared: &Shared) -> bool {
        let (is_first, is_alone) = {
            let nodes = shared.present_nodes();
            let nodes = nodes.borrow();
            (nodes.first() == Some(&shared.node), nodes.len() < 2)
        };
        if !is_first {
            return true;
        }
        // Without the bus a room does not hear who is on other nodes, and would end what they follow.
        if !is_alone && !matches!(shared.bus_health(), BusHealth::Up) {
            return false;
        }
        let opened = self.open_presented(shared).await;
        opened
            .inspect_err(|error| tracing::debug!(%error, "what is presented cannot be opened"))
            .is_ok()
    }

    /// Fails when not all could be opened that are there.
    async fn open_presented(&self, shared: &Shared) -> Result<(), StoreError> {
        let mut opened = Ok(());
        for deck in soon(shared.store.live_decks()).await? {
            if self.inner.rooms.get(&deck).is_some() {
                continue;
            }
            match timeout(OPENED_WITHIN, self.text(&deck)).await {
                // The other ones shall not wait for it.
                Ok(Err(JoinError::Store(error))) => opened = Err(error),
                Err(_) => opened = Err(StoreError(format!("deck {deck} does not open"))),
                Ok(Ok(_) | Err(JoinError::NoDeck | JoinError::Stopping)) => {}
            }
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use collab::access::Role;
    use tokio::time::timeout;

    use super::SETTLED;
    use crate::hub::Seat;
    use crate::hub::several::place::Place;
    use crate::hub::testing::Person;
    use crate::store::cluster::ClusterStore as _;

    /// Long enough for some rounds.
    const TENDED: Duration = Duration::from_secs(10 * SETTLED.as_secs());

    /// Somebody on a node presents.
    async fn presents(place: &Place, node: usize) -> (Person, Seat) {
        let (mut alice, mut alices) = place.person("alice", Role::Present, node).await;
        alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
        alice.sends(&mut alices).await;
        let shown = |person: &Person| person.replica.presentation().is_some();
        assert_eq!(alice.stays_until(&mut alices, shown).await, None);
        (alice, alices)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_presented_on_a_node_that_died_comes_to_an_end() {
        let place = Place::new(2, 0, 1).await;
        let _there = presents(&place, 0).await;
        let [dead, other] = &place.nodes[..] else { panic!("there are two") };
        assert_eq!(place.store.live_decks().await.unwrap(), std::slice::from_ref(&place.deck));
        dead.link.cut();
        dead.line.is_away.store(true, Ordering::Relaxed);
        let tending = timeout(TENDED, other.hub.clone().end_abandoned()).await;
        assert!(tending.is_err(), "it goes on");
        assert_eq!(place.store.live_decks().await.unwrap(), []);
        assert_eq!(other.hub.open_rooms(), 0, "nobody is there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deck_that_cannot_be_opened_at_once_is_opened_later() {
        let place = Place::new(2, 0, 1).await;
        let _there = presents(&place, 0).await;
        let [dead, other] = &place.nodes[..] else { panic!("there are two") };
        dead.link.cut();
        dead.line.is_away.store(true, Ordering::Relaxed);
        // The node that is gone is known to be gone before anything is tried.
        tokio::time::sleep(Duration::from_secs(20)).await;
        other.line.stageless.store(3, Ordering::Relaxed);
        let tending = timeout(TENDED, other.hub.clone().end_abandoned()).await;
        assert!(tending.is_err(), "it goes on");
        assert_eq!(other.line.stageless.load(Ordering::Relaxed), 0);
        assert_eq!(place.store.live_decks().await.unwrap(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_followed_elsewhere_goes_on() {
        let place = Place::new(2, 0, 1).await;
        let (mut alice, mut alices) = presents(&place, 0).await;
        let tending = async |node: usize| {
            let hub = place.nodes[node].hub.clone();
            timeout(TENDED, hub.end_abandoned()).await.is_err()
        };
        let stays = alice.stays_until(&mut alices, |_| false);
        tokio::select! {
            _ = stays => panic!("nobody sends her away"),
            both = async { tokio::join!(tending(0), tending(1)) } => assert_eq!(both, (true, true)),
        }
        assert_eq!(place.store.live_decks().await.unwrap(), std::slice::from_ref(&place.deck));
        drop(alices);
        place.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_bus_nothing_is_ended_that_others_may_follow() {
        let place = Place::new(2, 0, 1).await;
        let (mut alice, mut alices) = presents(&place, 1).await;
        place.nodes.iter().for_each(|node| node.link.cut());
        let hubs = place.nodes.iter().map(|node| node.hub.clone().end_abandoned());
        let tending = timeout(TENDED, futures_util::future::join_all(hubs));
        tokio::select! {
            _ = alice.stays_until(&mut alices, |_| false) => panic!("nobody sends her away"),
            tended = tending => assert!(tended.is_err(), "it goes on"),
        }
        assert_eq!(place.store.live_decks().await.unwrap(), std::slice::from_ref(&place.deck));
    }
}
