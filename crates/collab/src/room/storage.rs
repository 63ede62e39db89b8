//! Going on while edits cannot be stored: everybody goes on reading, presenting and following.

use bytes::Bytes;

use super::{Effect, Output, PeerId, Protocol, Room};
use crate::access::Role;
use crate::doc::DeckDoc;
use crate::wire::{self, ServerMessage};

impl Room {
    /// Nothing of what was not stored by now will be. `doc` is the document as it is stored; no
    /// append is under way, and all that were stored have been reported. Nobody but their authors has seen the edits that are gone from the
    /// room, and these keep them: they are asked for them in [`Room::storage_back`].
    pub fn storage_failed(&mut self, doc: DeckDoc, out: &mut Vec<Effect>) {
        self.options.claims.retain(|&client, _| doc.clock(client) > 0);
        self.doc = doc;
        self.durable = self.issued;
        self.writable = false;
        for output in self.gate.clear() {
            match output {
                Output::State { peer, asked, .. } => self.tell(peer, &asked, out),
                Output::Presentation => self.emit(0, Output::Presentation, out),
                // What peers say of themselves goes out; edits and their acknowledgements do not.
                Output::ToAll { to, except, bytes } if !is_update(&bytes) => {
                    self.emit(0, Output::ToAll { to, except, bytes }, out);
                }
                _ => {}
            }
        }
        self.tell_everybody(out);
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
            if state.protocol == Protocol::Ondeck {
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
