//! Changes of the text: taken, stored, and then told to everybody.

use bytes::Bytes;

use super::{
    Audience, CloseReason, Effect, Output, Peer, PeerId, Protocol, Room, RoomOptions, Ticket,
};
use crate::doc::{Applied, ApplyError};
use crate::wire::{self, Frame, ServerMessage};

/// Largest state of a deck, in bytes as it is stored: text, and what is left of all that was removed.
/// A deck of 100 kB that was typed by hand takes 250 kB.
pub const MAX_STATE_BYTES: usize = 8 * 1024 * 1024;

/// What one is told who writes in a deck that is over [`MAX_STATE_BYTES`].
const HISTORY_FULL: &str = "this deck has too long a history; copy its text into a new one";

impl Room {
    // [R2] Changes go to a peer only from here on, and every one of them does.
    pub(super) fn tell(&mut self, peer: PeerId, state_vector: &[u8], out: &mut Vec<Effect>) {
        match self.doc.diff(state_vector) {
            Ok(answer) => {
                let asked = state_vector.to_vec();
                self.emit(self.issued, Output::State { peer, asked, answer }, out);
            }
            Err(error) => self.close_malformed(peer, error, out),
        }
    }

    /// Applies an update and passes it on. `message` is the peer's own message when it can be
    /// passed on as it is; an answer to step 1 cannot, as it repeats all that was ever deleted.
    pub(super) fn write(
        &mut self,
        peer: PeerId,
        update: &[u8],
        message: Option<&Bytes>,
        out: &mut Vec<Effect>,
    ) {
        // [R12] Nothing is taken that cannot be stored; all of it is asked for later.
        if !self.writable {
            return;
        }
        if self.state_bytes + update.len() > MAX_STATE_BYTES {
            return self.close(peer, CloseReason::DeckFull(HISTORY_FULL.to_owned()), out);
        }
        let (state, options) = (self.peers.get(&peer), &self.options);
        match self.doc.apply_of(update, |client, known| owns(state, options, client, known)) {
            Ok(Applied::Nothing) => {}
            Ok(Applied::Changed { update: news, authors }) => {
                // Its own bytes, unless there is more in them than is new.
                let (bytes, update) = match message.filter(|_| news == update) {
                    Some(message) => (message.clone(), message.slice_ref(update)),
                    None => (Frame::Update(&news).encode(), news.into()),
                };
                self.append(peer, &authors, update, out);
                let output = Output::ToAll { to: Audience::Everyone, except: Some(peer), bytes };
                self.emit(self.issued, output, out);
            }
            // [R7] Stock clients send edits before they have answered step 1, and one that was
            // refused while it could not edit goes on: the answer will bring all of it.
            Err(ApplyError::Ahead(_)) if !self.has_answered(peer) => return,
            Err(ApplyError::Foreign) => return self.close(peer, CloseReason::AnotherHistory, out),
            Err(
                error @ (ApplyError::TooLong
                | ApplyError::TooManyClients
                | ApplyError::TooMuchAtOnce),
            ) => {
                return self.close(peer, CloseReason::DeckFull(error.to_string()), out);
            }
            Err(error @ (ApplyError::Malformed(_) | ApplyError::Ahead(_))) => {
                return self.close_malformed(peer, error, out);
            }
            Err(error @ ApplyError::Broken(_)) => {
                self.close_malformed(peer, error, out);
                return out.push(Effect::Reload);
            }
        }
        self.acknowledge(peer, out);
    }

    fn append(&mut self, peer: PeerId, authors: &[u64], update: Bytes, out: &mut Vec<Effect>) {
        self.issued += 1;
        self.state_bytes += update.len();
        let mut claims = Vec::new();
        if let Some(state) = self.peers.get_mut(&peer) {
            state.wrote = self.issued;
            if state.protocol == Protocol::Yjs {
                let known = &mut self.options.claims;
                claims.extend(authors.iter().filter(|client| !known.contains_key(client)));
                known.extend(claims.iter().map(|&client| (client, state.principal.clone())));
            }
        }
        let (ticket, author) = (self.issued, authors.first().copied());
        out.push(Effect::Append { ticket, peer, author, claims, update });
    }

    // [R4] A frame is acknowledged when everything that the room had applied by then is durable,
    // also when the frame itself brought nothing new: its content may still be on the way to
    // the disk for an earlier connection of the same person.
    fn acknowledge(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        let state = self.peers.get(&peer).filter(|state| state.protocol == Protocol::Ondeck);
        if let Some(frames) = state.map(|state| state.frames) {
            self.emit(self.issued, Output::Saved { peer, frames }, out);
        }
    }

    /// Lets something out, once everything up to `after` is durable.
    pub(super) fn emit(&mut self, after: Ticket, output: Output, out: &mut Vec<Effect>) {
        if after > self.durable {
            return self.gate.hold(after, output);
        }
        match output {
            Output::ToAll { to, except, bytes } => {
                self.order += 1;
                out.push(Effect::SendAll { to, except, bytes, order: self.order });
            }
            Output::State { peer, answer, .. } => {
                if let Some(state) = self.peers.get_mut(&peer) {
                    self.order += 1;
                    state.told.get_or_insert(self.order);
                    let bytes = Frame::SyncStep2(&answer).encode();
                    out.push(Effect::Send { peer, bytes });
                }
            }
            Output::Saved { peer, frames } => {
                if self.peers.contains_key(&peer) {
                    let bytes = wire::control(&ServerMessage::Saved { frames });
                    out.push(Effect::Send { peer, bytes });
                }
            }
            Output::Presentation => self.send_presentation_to_all(out),
        }
    }

    /// The last update of a peer: what it says may speak of its own text, and of other people's
    /// only as far as it was told of it, which is durable.
    pub(super) fn wrote(&self, peer: PeerId) -> Ticket {
        self.peers.get(&peer).map_or(0, |peer| peer.wrote)
    }

    pub(super) fn appended(&mut self, ticket: Ticket, out: &mut Vec<Effect>) {
        self.durable = self.durable.max(ticket);
        for output in self.gate.release(self.durable) {
            self.emit(0, output, out);
        }
    }
}

// [A7] Nobody writes with an id that is somebody else's, nor speaks for it. `known`: the deck has
// text of this id.
pub(super) fn owns(peer: Option<&Peer>, options: &RoomOptions, client: u64, known: bool) -> bool {
    peer.is_some_and(|peer| match peer.protocol {
        Protocol::Ondeck => peer.owned.contains(&client),
        Protocol::Yjs => match options.claims.get(&client) {
            Some(owner) => *owner == peer.principal,
            None => !known && !options.ids.is_issued(client),
        },
    })
}
