//! Who has a seat in a room, and how they are sent something or sent away.

use std::sync::Arc;

use bytes::Bytes;
use collab::room::{Audience, CloseReason, Event, PeerId};
use collab::wire::{self, ServerMessage};
use tokio::time::Instant;

use super::Actor;
use crate::hub::outbox::{OutboxSender, outbox};
use crate::hub::{Place, Reply, Tally, Visitor};

/// Reconnections after a restart are spread over this time.
const DRAIN_SPREAD_MS: u64 = 5_000;

/// A seat that is taken.
pub(super) struct Taken {
    pub(super) principal: String,
    pub(super) outbox: OutboxSender,
    pub(super) tally: Arc<Tally>,
}

impl Actor {
    pub(super) fn join(&mut self, visitor: Visitor, reply: Reply<Place>) {
        let peer = self.hub.next_peer();
        let (sender, outbox) = outbox();
        let (space, tally) = (Arc::clone(&self.mailbox_space), Arc::<Tally>::default());
        let place = Place { peer, outbox, space, tally: Arc::clone(&tally) };
        if reply.send(Ok(place)).is_err() {
            return;
        }
        let Visitor { principal, name, role, protocol } = visitor;
        self.seats.insert(peer, Taken { principal: principal.clone(), outbox: sender, tally });
        self.idle_since = None;
        // Without random bits the id is one that nobody here has, and so good enough.
        let random = getrandom::u64().unwrap_or(peer.0);
        self.handle(Event::Join { peer, role, protocol, principal, name, random });
        if role.can_edit() {
            self.look_for_more();
        }
    }

    pub(super) fn leave(&mut self, peer: PeerId) {
        if self.seats.remove(&peer).is_some() {
            self.handle(Event::Leave { peer });
        }
        if self.seats.is_empty() {
            self.idle_since = Some(Instant::now());
        }
    }

    pub(super) fn send(&self, peer: PeerId, bytes: Bytes, lost: &mut Vec<(PeerId, CloseReason)>) {
        if let Some(seat) = self.seats.get(&peer)
            && !seat.outbox.send(bytes)
        {
            lost.push((peer, CloseReason::SlowConsumer));
        }
    }

    /// Tells the clients of this node alone.
    pub(super) fn post_here(&mut self, json: String) {
        let bytes = wire::control(&ServerMessage::Desk { json });
        let mut lost = Vec::new();
        for &peer in self.seats.keys() {
            if self.room.hears(peer, Audience::Clients, u64::MAX) {
                self.send(peer, bytes.clone(), &mut lost);
            }
        }
        for (peer, reason) in lost {
            self.dismiss_one(peer, reason);
        }
    }

    pub(super) fn dismiss_one(&mut self, peer: PeerId, reason: CloseReason) {
        let Some(seat) = self.seats.remove(&peer) else { return };
        tracing::info!(deck = %self.deck, peer = peer.0, %reason, "connection ended by the room");
        seat.outbox.close(reason);
        self.handle(Event::Leave { peer });
        if self.seats.is_empty() {
            self.idle_since = Some(Instant::now());
        }
    }

    pub(super) fn dismiss(&mut self, reason: &CloseReason) {
        for (_, seat) in self.seats.drain() {
            seat.outbox.close(reason.clone());
        }
    }

    pub(super) fn drain(&mut self) {
        let seats: Vec<_> = self.seats.drain().collect();
        for (peer, seat) in seats {
            if self.room.hears(peer, Audience::Ondeck, u64::MAX) {
                // Multiples of the golden ratio fill the time evenly, however many they are.
                let retry_after = (peer.0 % DRAIN_SPREAD_MS * 3_091) % DRAIN_SPREAD_MS;
                seat.outbox.send(wire::control(&ServerMessage::Draining { retry_after }));
            }
            seat.outbox.close(CloseReason::Draining);
        }
    }
}
