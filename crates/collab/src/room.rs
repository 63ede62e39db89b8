//! The server's side of one deck: who may say what, what everybody hears, what must be stored.
//!
//! A room is a state machine without IO. It exists only once its document is loaded, so it can
//! never answer from a half-loaded deck. Its owner feeds it [`Event`]s one at a time and carries
//! out the [`Effect`]s in order; the rules (`[R…]`, `[W…]`, `[A…]`) are in `SPEC.md`.

mod close_reason;
mod presenting;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::access::Role;
use crate::doc::{Applied, ApplyError, DeckDoc};
use crate::presence::{self, PresenceMap};
use crate::wire::{self, ClientMessage, Frame, Profile, ServerMessage};

pub use close_reason::CloseReason;
use presenting::Driven;

/// Most peers of one room that may edit: each of their keystrokes goes to all others.
pub const MAX_EDITORS: usize = 500;
/// Most peers of one room that only follow.
pub const MAX_FOLLOWERS: usize = 5_000;

/// One connection to a room; the owner never uses a number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// Numbers the appends of one room, from 1.
pub type Ticket = u64;

/// What a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Plain y-websocket.
    Yjs,
    /// y-websocket and our control messages ([`wire::SUBPROTOCOL`]).
    Ondeck,
}

/// What enters a room.
#[derive(Debug, Clone)]
pub enum Event {
    /// A peer connected.
    Join {
        /// Its number.
        peer: PeerId,
        /// What it may do.
        role: Role,
        /// What it speaks.
        protocol: Protocol,
    },
    /// A peer sent one message.
    Frame {
        /// Who.
        peer: PeerId,
        /// The whole message.
        bytes: Bytes,
    },
    /// A peer is gone.
    Leave {
        /// Who.
        peer: PeerId,
    },
    /// Permission changed while the peer was connected.
    RoleChanged {
        /// Who.
        peer: PeerId,
        /// What it may do from now on.
        role: Role,
    },
    /// All appends up to this ticket are durable.
    Appended {
        /// The highest ticket that is.
        ticket: Ticket,
    },
    /// Once a second: send what is gathered.
    Tick,
}

/// What the owner of a room has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a message to one peer.
    Send {
        /// To whom.
        peer: PeerId,
        /// The message.
        bytes: Bytes,
    },
    /// Send a message to many peers; ask [`Room::hears`] whether a peer is meant.
    SendAll {
        /// Who is meant.
        to: Audience,
        /// All but this one.
        except: Option<PeerId>,
        /// The message, encoded once.
        bytes: Bytes,
    },
    /// Store an update, then report [`Event::Appended`].
    Append {
        /// Appends are stored in the order of their tickets.
        ticket: Ticket,
        /// Whose connection it came from.
        peer: PeerId,
        /// Yjs client id of the author, when known.
        author: Option<u64>,
        /// Update V1.
        update: Bytes,
    },
    /// Close a peer's connection. A `Leave` follows from the owner.
    Close {
        /// Whose.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
    /// yrs failed over an update: wait for all appends, load the document anew and hand it to
    /// [`Room::replace_document`] before the next event.
    Reload,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Every peer that was told what the deck holds: before that, a change would build on what
    /// the peer does not have.
    Everyone,
    /// Peers that speak [`Protocol::Ondeck`].
    Ondeck,
    /// Peers that see who else is here.
    Editors,
}

struct Peer {
    role: Role,
    protocol: Protocol,
    profile: Option<Profile>,
    session: Option<u64>,
    /// Sync frames (step 2, update) received on this connection, also those refused.
    frames: u64,
    /// It asked for what it lacks and was told: from now on it gets every change.
    told: bool,
    /// It has told what it has since it may edit: from now on its updates build on ours.
    answered: bool,
    /// It is being closed: what is still on its way is not heard any more.
    closing: bool,
}

impl Peer {
    fn new(role: Role, protocol: Protocol) -> Self {
        Self {
            role,
            protocol,
            profile: None,
            session: None,
            frames: 0,
            told: false,
            answered: false,
            closing: false,
        }
    }
}

/// One open deck.
pub struct Room {
    doc: DeckDoc,
    epoch: u64,
    version: String,
    peers: BTreeMap<PeerId, Peer>,
    presence: PresenceMap<PeerId>,
    presentation: Option<Driven>,
    issued: Ticket,
    durable: Ticket,
    /// Frames to acknowledge once a ticket is durable, in the order of their tickets.
    unacknowledged: VecDeque<(Ticket, PeerId, u64)>,
    followers_told: u32,
}

impl Room {
    /// A room over a loaded document. `version` is the server's, told to clients.
    pub fn new(doc: DeckDoc, epoch: u64, version: &str) -> Self {
        Self {
            doc,
            epoch,
            version: version.to_owned(),
            peers: BTreeMap::new(),
            presence: PresenceMap::default(),
            presentation: None,
            issued: 0,
            durable: 0,
            unacknowledged: VecDeque::new(),
            followers_told: 0,
        }
    }

    /// Takes one event; what is to be done is added to `out`, in order.
    pub fn handle(&mut self, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Join { peer, role, protocol } => self.join(peer, role, protocol, out),
            Event::Frame { peer, bytes } => self.frame(peer, bytes, out),
            Event::Leave { peer } => self.leave(peer, out),
            Event::RoleChanged { peer, role } => self.change_role(peer, role, out),
            Event::Appended { ticket } => self.appended(ticket, out),
            Event::Tick => self.tick(out),
        }
    }

    /// Whether a message for `audience` goes to this peer.
    pub fn hears(&self, peer: PeerId, audience: Audience) -> bool {
        self.peers.get(&peer).is_some_and(|peer| match audience {
            Audience::Everyone => peer.told,
            Audience::Ondeck => peer.protocol == Protocol::Ondeck,
            Audience::Editors => peer.role.has_presence(),
        })
    }

    /// Nobody is here and everything is stored: the room may go.
    pub fn is_idle(&self) -> bool {
        self.peers.is_empty() && self.is_durable()
    }

    /// Everything that was applied is stored.
    pub fn is_durable(&self) -> bool {
        self.durable == self.issued
    }

    /// Who is here.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers.keys().copied()
    }

    /// The live text.
    pub fn text(&self) -> String {
        self.doc.text()
    }

    /// The whole state for a snapshot, after checking that it reads back to the same text.
    /// `None` when it does not: then the journal must be kept as it is.
    pub fn snapshot(&self) -> Option<Vec<u8>> {
        let state = self.doc.encode();
        let copy = DeckDoc::restore(self.doc.client_id(), &state).ok()?;
        (copy.text() == self.doc.text()).then_some(state)
    }

    /// Puts a freshly loaded document in the place of one that failed ([`Effect::Reload`]).
    pub fn replace_document(&mut self, doc: DeckDoc) {
        self.doc = doc;
    }

    // [R1] A newcomer hears who it is to the server, what the server has, who is here and what
    // is presented, before anything else.
    fn join(&mut self, peer: PeerId, role: Role, protocol: Protocol, out: &mut Vec<Effect>) {
        // [R11] Those who are here come first.
        let alike = |other: &&Peer| other.role.can_edit() == role.can_edit();
        let most = if role.can_edit() { MAX_EDITORS } else { MAX_FOLLOWERS };
        if self.peers.values().filter(alike).count() >= most {
            return out.push(Effect::Close { peer, reason: CloseReason::RoomFull });
        }
        self.peers.insert(peer, Peer::new(role, protocol));
        if protocol == Protocol::Ondeck {
            self.greet(peer, role, out);
        }
        self.ask(peer, role, out);
        self.send_presence(peer, role, out);
        self.send_presentation(peer, out);
        if protocol == Protocol::Ondeck && self.followers_told > 0 {
            let followers = self.followers_told;
            let bytes = wire::control(&ServerMessage::Audience { followers });
            out.push(Effect::Send { peer, bytes });
        }
    }

    fn greet(&self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        let version = self.version.clone();
        let hello = ServerMessage::Hello { role, epoch: self.epoch, version };
        out.push(Effect::Send { peer, bytes: wire::control(&hello) });
    }

    /// Asks one who may edit for all that the server lacks.
    fn ask(&self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        if role.can_edit() {
            let bytes = Frame::SyncStep1(&self.doc.state_vector()).encode();
            out.push(Effect::Send { peer, bytes });
        }
    }

    fn send_presence(&self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        if role.has_presence() && self.presence.iter().len() > 0 {
            let bytes = Frame::Awareness(&presence::encode(self.presence.iter())).encode();
            out.push(Effect::Send { peer, bytes });
        }
    }

    fn frame(&mut self, peer: PeerId, bytes: Bytes, out: &mut Vec<Effect>) {
        // [R6] Nothing of one that is being closed counts: it may build on what was refused.
        let Some(state) = self.peers.get_mut(&peer).filter(|peer| !peer.closing) else { return };
        let role = state.role;
        let frame = match Frame::decode(&bytes) {
            Ok(frame) => frame,
            Err(error) => return self.close_malformed(peer, error, out),
        };
        if matches!(frame, Frame::SyncStep2(_) | Frame::Update(_)) {
            state.frames += 1;
            state.answered |= role.can_edit() && matches!(frame, Frame::SyncStep2(_));
        }
        match frame {
            Frame::SyncStep1(state_vector) => self.tell(peer, state_vector, out),
            // A stock client answers our absent step 1 with nothing new; others are told.
            Frame::SyncStep2(_) if !role.can_edit() => {}
            Frame::Update(_) if !role.can_edit() => refuse(peer, "this link is read-only", out),
            Frame::SyncStep2(update) => self.write(peer, update, None, out),
            Frame::Update(update) => self.write(peer, update, Some(&bytes), out),
            Frame::Awareness(payload) => self.hear_presence(peer, role, payload, out),
            Frame::QueryAwareness => self.send_presence(peer, role, out),
            Frame::Control(json) => self.control(peer, role, json, out),
            Frame::PermissionDenied(_) => {}
        }
    }

    // [R2] Changes go to a peer only from here on, and every one of them does.
    fn tell(&mut self, peer: PeerId, state_vector: &[u8], out: &mut Vec<Effect>) {
        match self.doc.diff(state_vector) {
            Ok(diff) => {
                if let Some(state) = self.peers.get_mut(&peer) {
                    state.told = true;
                }
                out.push(Effect::Send { peer, bytes: Frame::SyncStep2(&diff).encode() });
            }
            Err(error) => self.close_malformed(peer, error, out),
        }
    }

    /// Applies an update and passes it on. `message` is the peer's own message when it can be
    /// passed on as it is; an answer to step 1 cannot, as it repeats all that was ever deleted.
    fn write(
        &mut self,
        peer: PeerId,
        update: &[u8],
        message: Option<&Bytes>,
        out: &mut Vec<Effect>,
    ) {
        match self.doc.apply(update) {
            Ok(Applied::Nothing) => {}
            Ok(Applied::Changed { update: news, author }) => {
                let (bytes, update) = match message {
                    Some(message) => (message.clone(), message.slice_ref(update)),
                    None => (Frame::Update(&news).encode(), news.into()),
                };
                out.push(Effect::SendAll { to: Audience::Everyone, except: Some(peer), bytes });
                self.issued += 1;
                out.push(Effect::Append { ticket: self.issued, peer, author, update });
            }
            // [R7] Stock clients send edits before they have answered step 1, and one that was
            // refused while it could not edit goes on: the answer will bring all of it.
            Err(ApplyError::Ahead(_)) if !self.has_answered(peer) => return,
            Err(error @ (ApplyError::TooLong | ApplyError::TooManyClients)) => {
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
        self.acknowledge_later(peer, out);
    }

    // [R4] A frame is acknowledged when everything that the room had applied by then is durable,
    // also when the frame itself brought nothing new: its content may still be on the way to
    // the disk for an earlier connection of the same person.
    fn acknowledge_later(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        let Some(state) = self.peers.get(&peer) else { return };
        if state.protocol == Protocol::Yjs {
            return;
        }
        if self.durable == self.issued {
            let saved = ServerMessage::Saved { frames: state.frames };
            out.push(Effect::Send { peer, bytes: wire::control(&saved) });
        } else {
            self.unacknowledged.push_back((self.issued, peer, state.frames));
        }
    }

    fn appended(&mut self, ticket: Ticket, out: &mut Vec<Effect>) {
        self.durable = self.durable.max(ticket);
        let mut saved = BTreeMap::new();
        while let Some(&(ticket, peer, frames)) = self.unacknowledged.front() {
            if ticket > self.durable {
                break;
            }
            self.unacknowledged.pop_front();
            saved.insert(peer, frames);
        }
        for (peer, frames) in saved {
            if self.peers.contains_key(&peer) {
                let bytes = wire::control(&ServerMessage::Saved { frames });
                out.push(Effect::Send { peer, bytes });
            }
        }
    }

    fn hear_presence(&mut self, peer: PeerId, role: Role, payload: &[u8], out: &mut Vec<Effect>) {
        let entries = match presence::decode(payload) {
            Ok(entries) => entries,
            Err(error) => return self.close_malformed(peer, error, out),
        };
        // [W8] A stock client hears nothing while it is alone, and takes that for a dead server.
        if !self.hears(peer, Audience::Ondeck) {
            let nobody = presence::encode([].into_iter());
            out.push(Effect::Send { peer, bytes: Frame::Awareness(&nobody).encode() });
        }
        if !role.has_presence() {
            return;
        }
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some((entry, profile)) = self.presence.update(peer, &entries, state.profile.as_ref())
        else {
            return;
        };
        if state.profile.is_none() && entry.state != "null" {
            state.profile = Some(profile);
        }
        let bytes = Frame::Awareness(&presence::encode([entry].into_iter())).encode();
        out.push(Effect::SendAll { to: Audience::Editors, except: Some(peer), bytes });
    }

    fn control(&mut self, peer: PeerId, role: Role, json: &str, out: &mut Vec<Effect>) {
        let message = match serde_json::from_str(json) {
            Ok(message) => message,
            Err(error) => {
                let reason = format!("unreadable control message: {error}");
                return self.close_malformed(peer, reason, out);
            }
        };
        match message {
            ClientMessage::Ping => {
                out.push(Effect::Send { peer, bytes: wire::control(&ServerMessage::Pong) });
            }
            ClientMessage::Introduce { profile, session } => {
                self.introduce(peer, profile, session, out);
            }
            ClientMessage::Present { .. } | ClientMessage::StopPresenting
                if !role.can_present() =>
            {
                refuse(peer, "you may not present this deck", out);
            }
            ClientMessage::Present { shown, take } => self.present(peer, shown, take, out),
            ClientMessage::StopPresenting => self.stop_presenting(peer, out),
        }
    }

    // [R10] Half-open connections live on for most of a minute. Without this, the one who returns
    // would find their caret taken and their slides driven, by themselves.
    fn introduce(&mut self, peer: PeerId, profile: Profile, session: u64, out: &mut Vec<Effect>) {
        let before = |(&other, state): (&PeerId, &Peer)| {
            (other != peer && state.session == Some(session) && !state.closing).then_some(other)
        };
        let before = self.peers.iter().find_map(before);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.profile = Some(profile.cleaned());
            state.session = Some(session);
        }
        let Some(before) = before else { return };
        if self.drives(before) {
            self.release_baton(out);
        }
        self.forget_presence(before, out);
        self.close(before, CloseReason::Superseded, out);
    }

    fn change_role(&mut self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let before = std::mem::replace(&mut state.role, role);
        if state.protocol == Protocol::Ondeck {
            self.greet(peer, role, out);
        }
        // [A6] Whoever may edit from now on is asked for what was refused or held back before.
        if role.can_edit() && !before.can_edit() {
            self.ask_again(peer, role, out);
        }
        if role.has_presence() && !before.has_presence() {
            self.send_presence(peer, role, out);
        }
        if !role.has_presence() {
            self.forget_presence(peer, out);
        }
        if !role.can_present() && self.drives(peer) {
            self.release_baton(out);
        }
    }

    fn ask_again(&mut self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.answered = false;
        }
        self.ask(peer, role, out);
    }

    fn has_answered(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.answered)
    }

    fn leave(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        self.peers.remove(&peer);
        self.forget_presence(peer, out);
        if self.drives(peer) {
            self.release_baton(out);
        }
    }

    fn forget_presence(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        if let Some(entry) = self.presence.remove(peer) {
            let bytes = Frame::Awareness(&presence::encode([&entry].into_iter())).encode();
            out.push(Effect::SendAll { to: Audience::Editors, except: Some(peer), bytes });
        }
    }

    fn close_malformed(&mut self, peer: PeerId, why: impl ToString, out: &mut Vec<Effect>) {
        self.close(peer, CloseReason::Malformed(why.to_string()), out);
    }

    fn close(&mut self, peer: PeerId, reason: CloseReason, out: &mut Vec<Effect>) {
        if let Some(state) = self.peers.get_mut(&peer) {
            state.closing = true;
        }
        out.push(Effect::Close { peer, reason });
    }

    fn tick(&mut self, out: &mut Vec<Effect>) {
        let follows = |peer: &&Peer| peer.role == Role::Follow;
        let followers = self.peers.values().filter(follows).count() as u32;
        if followers != self.followers_told {
            self.followers_told = followers;
            let bytes = wire::control(&ServerMessage::Audience { followers });
            out.push(Effect::SendAll { to: Audience::Ondeck, except: None, bytes });
        }
    }
}

fn refuse(peer: PeerId, reason: &str, out: &mut Vec<Effect>) {
    out.push(Effect::Send { peer, bytes: Frame::PermissionDenied(reason).encode() });
}
