//! Changes of the text: taken, stored, and then told to everybody.

use bytes::Bytes;

use super::{
    Audience, CloseReason, Effect, Output, Peer, PeerId, Protocol, Room, RoomOptions, Ticket,
};
use crate::doc::{Applied, ApplyError};
use crate::lint;
use crate::nodes::{Span, WrittenElsewhere};
use crate::wire::{self, Frame, ServerMessage};

/// Largest state of a deck, in bytes as it is stored: text, and what is left of all that was removed.
/// A deck of 100 kB that was typed by hand takes 250 kB.
pub const MAX_STATE_BYTES: usize = 8 * 1024 * 1024;

/// Ticks after which one is asked again who has what others wrote and the room has not: the journal is
/// read every two seconds.
const ROWS_TICKS: u32 = 2;
/// Ticks for which one may wait for such rows before what they have counts as another history: long
/// enough for a database that fails over.
const MOST_WAITED: u32 = 30;

/// What one is told who writes in a deck that is over [`MAX_STATE_BYTES`].
const HISTORY_FULL: &str = "this deck has too long a history; copy its text into a new one";

impl Room {
    // [R2] Changes go to a peer only from here on, and every one of them does.
    pub(super) fn tell(&mut self, peer: PeerId, state_vector: &[u8], out: &mut Vec<Effect>) {
        match self.doc.diff(state_vector) {
            Ok(answer) => {
                self.desk_asked(peer);
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
        let waits = self.peers.get(&peer).is_some_and(|state| state.waits.is_some());
        if !self.writable || waits {
            return self.drop_for_now(peer);
        }
        if self.state_bytes + update.len() > MAX_STATE_BYTES {
            return self.close(peer, CloseReason::DeckFull(HISTORY_FULL.to_owned()), out);
        }
        let (state, options) = (self.peers.get(&peer), &self.options);
        match self.doc.apply_of(update, |client, known| owns(state, options, client, known)) {
            Ok(Applied::Nothing) => {}
            Ok(Applied::Changed { update: news, spans }) => {
                let removes = self.projectors > 0 && removes(&news);
                // Its own bytes, unless there is more in them than is new.
                let (bytes, update) = match message.filter(|_| news == update) {
                    Some(message) => (message.clone(), message.slice_ref(update)),
                    None => (Frame::Update(&news).encode(), news.into()),
                };
                let name = self.name_of(peer);
                self.append(peer, &name, spans, update, out);
                self.name_author(&name, removes, out);
                self.emit_to(Audience::Everyone, Some(peer), bytes, self.issued, out);
            }
            // [R7] Stock clients send edits before they have answered step 1, and one that was
            // refused while it could not edit goes on: the answer will bring all of it.
            Err(ApplyError::Ahead(_)) if !self.has_answered(peer) => {
                return self.drop_for_now(peer);
            }
            Err(ApplyError::Ahead(_) | ApplyError::Foreign) if self.awaits_rows(peer) => return,
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
        if let Some(state) = self.peers.get_mut(&peer) {
            state.waited = 0;
            state.owes &= message.is_some() || state.questions > 0;
        }
        self.acknowledge(peer, out);
    }

    /// Nothing of this is taken, and nothing acknowledged until an answer has brought it.
    fn drop_for_now(&mut self, peer: PeerId) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.owes = true;
        }
    }

    // [N3] Who comes from another node may have what was stored there and has not come here yet.
    /// Whether a peer is asked again once this room has read more of the journal.
    fn awaits_rows(&mut self, peer: PeerId) -> bool {
        let is_alone = self.options.node.is_none();
        let Some(state) = self.peers.get_mut(&peer).filter(|_| !is_alone) else { return false };
        (state.owes, state.waits) = (true, Some(ROWS_TICKS));
        state.waited < MOST_WAITED
    }

    /// Asks those again who were ahead of this room, when rows came or (with `ticks`) time went by.
    pub(super) fn ask_again(&mut self, ticks: Option<u32>, out: &mut Vec<Effect>) {
        let mut due = Vec::new();
        for (&peer, state) in &mut self.peers {
            let Some(left) = &mut state.waits else { continue };
            // Rows may come often and be of others: only time tells that theirs do not come.
            state.waited = state.waited.saturating_add(ticks.unwrap_or_default());
            *left = ticks.map_or(0, |ticks| left.saturating_sub(ticks));
            if *left == 0 {
                state.waits = None;
                due.push((peer, state.role));
            }
        }
        due.into_iter().for_each(|(peer, role)| self.ask(peer, role, out));
    }

    // [N1] Rows that others wrote are taken as they are stored, and told behind what waits here.
    /// Takes in what other nodes stored.
    pub(super) fn hear_rows(&mut self, rows: Vec<WrittenElsewhere>, out: &mut Vec<Effect>) {
        let mut is_new = false;
        for WrittenElsewhere { update, author, claims } in rows {
            let news = match self.doc.apply_unchecked(&update) {
                Ok(Applied::Nothing) => None,
                Ok(Applied::Changed { update, spans }) => Some((update, spans)),
                // [N5] The document is read anew, and everybody hears all of it.
                Err(_) => {
                    self.is_behind = true;
                    return out.push(Effect::Reload);
                }
            };
            self.options.claims.extend(claims);
            let Some((news, spans)) = news else { continue };
            if !self.is_durable() {
                self.untold.push_back((self.issued, spans));
            }
            is_new = true;
            self.state_bytes += update.len();
            self.name_author(&author, self.projectors > 0 && removes(&news), out);
            self.tell_news(&news, out);
        }
        if is_new {
            self.ask_again(None, out);
        }
        self.tell_late(0, out);
    }

    /// Tells everybody what is stored already.
    pub(super) fn tell_news(&mut self, news: &[u8], out: &mut Vec<Effect>) {
        let (to, bytes) = (Audience::Everyone, Frame::Update(news).encode());
        self.heard = self.issued;
        self.emit_to(to, None, bytes, self.issued, out);
    }

    /// After a row could not be applied, others lack what the document has that was read anew.
    pub(super) fn catch_up(&mut self, out: &mut Vec<Effect>) {
        if std::mem::take(&mut self.is_behind) {
            self.tell_news(&self.doc.encode(), out);
        }
    }

    fn append(
        &mut self,
        peer: PeerId,
        name: &str,
        spans: Vec<Span>,
        update: Bytes,
        out: &mut Vec<Effect>,
    ) {
        self.issued += 1;
        self.state_bytes += update.len();
        let mut claims = Vec::new();
        if let Some(state) = self.peers.get_mut(&peer) {
            state.wrote = self.issued;
            if state.protocol == Protocol::Yjs {
                let known = &mut self.options.claims;
                let authors = spans.iter().map(|span| span.client);
                claims.extend(authors.filter(|client| !known.contains_key(client)));
                known.extend(claims.iter().map(|&client| (client, state.principal.clone())));
            }
        }
        let (ticket, author) = (self.issued, spans.first().map(|span| span.client));
        let name = name.to_owned();
        if self.options.node.is_some() {
            self.untold.push_back((ticket, spans.clone()));
        }
        out.push(Effect::Append { ticket, peer, author, claims, update, spans, name });
    }

    // [P16] The projector hears who removes something before it is gone.
    fn name_author(&mut self, name: &str, removes: bool, out: &mut Vec<Effect>) {
        if removes {
            let bytes = wire::control(&ServerMessage::Author { name: name.to_owned() });
            self.emit_to(Audience::Projectors, None, bytes, self.issued, out);
        }
        self.name_writer(name, out);
    }

    // [R4] A frame is acknowledged when everything that the room had applied by then is durable,
    // also when the frame itself brought nothing new: its content may still be on the way to
    // the disk for an earlier connection of the same person.
    fn acknowledge(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        let owes = |state: &Peer| !state.speaks_ondeck() || state.owes;
        let state = self.peers.get(&peer).filter(|state| !owes(state));
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
            Output::ToNodes(message) => out.push(Effect::ToNodes { message }),
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

    /// The same for a message to many.
    pub(super) fn emit_to(
        &mut self,
        to: Audience,
        except: Option<PeerId>,
        bytes: Bytes,
        after: Ticket,
        out: &mut Vec<Effect>,
    ) {
        self.emit(after, Output::ToAll { to, except, bytes }, out);
    }

    /// The last update of a peer: what it says may speak of its own text, and of other people's
    /// only as far as it was told of it, which is durable.
    pub(super) fn wrote(&self, peer: PeerId) -> Ticket {
        self.peers.get(&peer).map_or(0, |peer| peer.wrote)
    }

    pub(super) fn appended(&mut self, ticket: Ticket, out: &mut Vec<Effect>) {
        self.durable = self.durable.max(ticket);
        while self.untold.front().is_some_and(|(ticket, _)| *ticket <= self.durable) {
            self.untold.pop_front();
        }
        for output in self.gate.release(self.durable) {
            self.emit(0, output, out);
        }
        self.propose(out);
    }
}

fn removes(update: &[u8]) -> bool {
    lint::update(update).is_ok_and(|shape| shape.deletes())
}

// [A7] Nobody writes with an id that is somebody else's, nor speaks for it. `known`: the deck has
// text of this id.
pub(super) fn owns(peer: Option<&Peer>, options: &RoomOptions, client: u64, known: bool) -> bool {
    peer.is_some_and(|peer| match peer.protocol {
        Protocol::Ondeck | Protocol::Projector | Protocol::Desk => peer.owned.contains(&client),
        Protocol::Yjs => match options.claims.get(&client) {
            Some(owner) => *owner == peer.principal,
            None => !known && !options.ids.is_issued(client),
        },
    })
}
