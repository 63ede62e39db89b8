//! Who drives: one person, whatever connection they are on.

use super::stage_change::{Change, Deed};
use super::{Effect, Peer, PeerId, Room};
use crate::nodes::{SharedOffer, SharedWho};
use crate::presentation::{MAX_TITLE_CHARS, cut_title};

impl Room {
    pub(super) fn who(&self, peer: PeerId) -> SharedWho {
        self.peers.get(&peer).map_or(SharedWho::Peer(peer.0), |state| state.who(peer))
    }

    pub(super) fn name_of(&self, peer: PeerId) -> String {
        let profile = self.peers.get(&peer).and_then(|peer| peer.profile.clone());
        profile.unwrap_or_default().cleaned().name
    }

    pub(super) fn drives(&self, peer: PeerId) -> bool {
        self.stage.driver == Some(peer)
    }

    /// Whether a peer began the presentation that is going on.
    pub(super) fn hosts(&self, peer: PeerId) -> bool {
        self.stage.now.host() == Some(self.who(peer))
    }

    /// Whether a peer drives, or takes the baton that it was offered.
    pub(super) fn is_let_drive(&self, peer: PeerId, take: Option<u64>) -> bool {
        let offer = self.stage.now.offer();
        let is_offered =
            offer.is_some_and(|offer| self.presence.peer_of(offer.client) == Some(peer));
        self.drives(peer) || is_offered && take == Some(self.stage.now.term)
    }

    // [R10] Who returns has what is theirs, and it was nobody else's in between.
    /// A peer said who it is; before, it was `before`.
    pub(super) fn recognise(&mut self, peer: PeerId, before: SharedWho, out: &mut Vec<Effect>) {
        let Some(live) = &self.stage.now.live else { return };
        let (now, was_host) = (self.who(peer), self.hosts(peer));
        let holds = live.baton.as_ref().is_some_and(|baton| [before, now].contains(&baton.who));
        if holds || live.host == before {
            self.want(0, Change::By(self.actor(peer), Deed::Return { before }), out);
        }
        self.find_driver(out);
        // It was greeted as one of many.
        if was_host && !holds {
            self.send_presentation(peer, out);
        }
    }

    // [P13] The driver offers the baton to one peer.
    pub(super) fn offer(
        &mut self,
        peer: PeerId,
        client: u64,
        section: &str,
        out: &mut Vec<Effect>,
    ) {
        if !self.drives(peer) {
            return self.send_presentation(peer, out);
        }
        let ondeck = |peer: &PeerId| self.peers.get(peer).is_some_and(Peer::speaks_ondeck);
        let can_take = match self.presence.peer_of(client) {
            Some(to) => to != peer && ondeck(&to),
            None => self.neighbours.has(client),
        };
        if can_take {
            let offer = SharedOffer { client, section: cut_title(section, MAX_TITLE_CHARS) };
            self.wish(peer, Deed::Offer { offer }, out);
        }
    }
}
