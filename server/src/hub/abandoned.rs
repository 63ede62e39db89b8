//! Presentations of nodes that died: somebody opens their rooms, where they come to an end.
//!
//! A room that is open ends by itself what nobody presents or follows any more. One that died with its
//! node cannot, and the deck would be called live until somebody opens it.

use tokio::time::sleep;

use super::{Hub, JoinError};
use crate::cluster::{LOOK_EVERY, Shared, soon};
use crate::store::StoreError;

impl Hub {
    /// Whenever nodes come or go, opens what is presented and not open here. Of all nodes the first
    /// does it. Ends with the server, or at once where there are no other nodes.
    pub(crate) async fn end_abandoned(self) {
        let Some(shared) = self.inner.cluster.shared() else { return };
        let mut nodes = shared.present_nodes();
        loop {
            let is_first = nodes.borrow_and_update().first() == Some(&shared.node);
            if is_first && let Err(error) = self.open_presented(shared).await {
                tracing::debug!(%error, "what is presented cannot be opened now");
                sleep(LOOK_EVERY).await;
                continue;
            }
            if nodes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Fails when not all could be opened that are there.
    async fn open_presented(&self, shared: &Shared) -> Result<(), StoreError> {
        let mut opened = Ok(());
        for deck in soon(shared.store.live_decks()).await? {
            if self.inner.rooms.get(&deck).is_some() {
                continue;
            }
            match self.text(&deck).await {
                // The other ones shall not wait for it.
                Err(JoinError::Store(error)) => opened = Err(error),
                Ok(_) | Err(JoinError::NoDeck | JoinError::Stopping) => {}
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

    use crate::hub::several::place::Place;
    use crate::store::cluster::ClusterStore as _;

    #[tokio::test(start_paused = true)]
    async fn what_was_presented_on_a_node_that_died_comes_to_an_end() {
        let place = Place::new(2, 0, 1).await;
        let (mut alice, mut alices) = place.person("alice", Role::Present, 0).await;
        alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
        alice.sends(&mut alices).await;
        let shown = |person: &crate::hub::testing::Person| person.replica.presentation().is_some();
        assert_eq!(alice.stays_until(&mut alices, shown).await, None);
        let [dead, other] = &place.nodes[..] else { panic!("there are two") };
        assert_eq!(place.store.live_decks().await.unwrap(), std::slice::from_ref(&place.deck));
        dead.link.cut();
        dead.line.is_away.store(true, Ordering::Relaxed);
        let tending = timeout(Duration::from_secs(60), other.hub.clone().end_abandoned()).await;
        assert!(tending.is_err(), "it goes on");
        assert_eq!(place.store.live_decks().await.unwrap(), []);
        assert_eq!(other.hub.open_rooms(), 0, "nobody is there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deck_that_cannot_be_opened_at_once_is_opened_later() {
        let place = Place::new(2, 0, 1).await;
        let (mut alice, mut alices) = place.person("alice", Role::Present, 0).await;
        alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
        alice.sends(&mut alices).await;
        let shown = |person: &crate::hub::testing::Person| person.replica.presentation().is_some();
        assert_eq!(alice.stays_until(&mut alices, shown).await, None);
        let [dead, other] = &place.nodes[..] else { panic!("there are two") };
        dead.link.cut();
        dead.line.is_away.store(true, Ordering::Relaxed);
        // The node that is gone is known to be gone before anything is tried.
        tokio::time::sleep(Duration::from_secs(20)).await;
        other.line.stageless.store(3, Ordering::Relaxed);
        let tending = timeout(Duration::from_secs(60), other.hub.clone().end_abandoned()).await;
        assert!(tending.is_err(), "it goes on");
        assert_eq!(other.line.stageless.load(Ordering::Relaxed), 0);
        assert_eq!(place.store.live_decks().await.unwrap(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_followed_elsewhere_goes_on() {
        let place = Place::new(2, 0, 1).await;
        let (mut alice, mut alices) = place.person("alice", Role::Present, 0).await;
        alice.acts(|replica, _, out| replica.present(0, 0, false, None, out));
        alice.sends(&mut alices).await;
        let tending = async |node: usize| {
            let hub = place.nodes[node].hub.clone();
            timeout(Duration::from_secs(60), hub.end_abandoned()).await.is_err()
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
}
