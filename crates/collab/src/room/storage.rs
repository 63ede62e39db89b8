//! Going on while edits cannot be stored: everybody goes on reading, presenting and following.

use bytes::Bytes;

use super::{Effect, Output, PeerId, Room};
use crate::access::Role;
use crate::doc::DeckDoc;
use crate::wire::{self, ServerMessage};

impl Room {
    /// Nothing of what was not stored by now will be. `doc` is the document as it is stored; no
    /// append is under way, and all that were stored have been reported. Nobody but their authors
    /// has seen the edits that are gone from the room, and these keep them: they are asked for them
    /// in [`Room::storage_back`].
    pub fn storage_failed(&mut self, doc: DeckDoc, out: &mut Vec<Effect>) {
        self.options.claims.retain(|&client, _| doc.clock(client) > 0);
        // What others stored and nobody here was told yet: it may build on what was taken here for
        // edits of our own, so that it cannot be told row by row.
        let news = self.options.node.and_then(|_| doc.diff_unchecked(&self.told_state()).ok());
        self.untold.clear();
        self.doc = doc;
        self.durable = self.issued;
        self.writable = false;
        for output in self.gate.clear() {
            match output {
                Output::State { peer, asked, .. } => self.tell(peer, &asked, out),
                Output::Saved { .. } => {}
                // What peers say of themselves goes out; edits do not.
                Output::ToAll { bytes, .. } if is_update(&bytes) => {}
                output => self.emit(0, output, out),
            }
        }
        if let Some(news) = news {
            self.tell_news(&news, out);
        }
        self.tell_everybody(out);
        self.propose(out);
    }

    // [N4] Nothing is lost that was taken: it is stored as soon as that works again.
    /// Edits cannot be stored for now, and nobody knows whether those that are on their way were:
    /// they stay as they are, and no more are taken until [`Room::storage_back`].
    pub fn storage_paused(&mut self, out: &mut Vec<Effect>) {
        if std::mem::replace(&mut self.writable, false) {
            self.tell_everybody(out);
        }
    }

    /// The state vector of what those have who were told everything.
    fn told_state(&self) -> Vec<u8> {
        let from = self.untold.iter().flat_map(|(_, spans)| spans);
        self.doc.state_vector_before(from.map(|span| (span.client, span.from)))
    }

    /// Edits can be stored again.
    pub fn storage_back(&mut self, out: &mut Vec<Effect>) {
        self.writable = true;
        self.tell_everybody(out);
        let peers: Vec<(PeerId, Role)> =
            self.peers.iter().map(|(&peer, state)| (peer, state.role)).collect();
        for (peer, role) in peers {
            self.ask(peer, role, out);
        }
    }

    /// Whether edits are taken.
    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// Tells a newcomer when edits are not taken.
    pub(super) fn tell_storage(&self, peer: PeerId, out: &mut Vec<Effect>) {
        if !self.writable {
            out.push(Effect::Send { peer, bytes: self.storage_message() });
        }
    }

    fn tell_everybody(&self, out: &mut Vec<Effect>) {
        for (&peer, state) in &self.peers {
            if state.speaks_ondeck() {
                out.push(Effect::Send { peer, bytes: self.storage_message() });
            }
        }
    }

    fn storage_message(&self) -> Bytes {
        wire::control(&ServerMessage::Storage { writable: self.writable })
    }
}

fn is_update(bytes: &[u8]) -> bool {
    matches!(wire::Frame::decode(bytes), Ok(wire::Frame::Update(_)))
}
