//! The server's side of one deck: who may say what, what everybody hears, what must be stored.
//!
//! A room is a state machine without IO. It exists only once its document is loaded, so it can
//! never answer from a half-loaded deck. Its owner feeds it [`Event`]s one at a time and carries
//! out the [`Effect`]s in order; the rules (`[R…]`, `[W…]`, `[A…]`) are in `SPEC.md`.

mod close_reason;
mod events;
mod gate;
mod presenting;
mod storage;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::access::Role;
use crate::client_id::ClientIds;
use crate::doc::DeckDoc;
use crate::presence::{self, PresenceMap};
use crate::wire::{self, ClientMessage, Frame, Profile, ServerMessage};

pub use close_reason::CloseReason;
pub use events::{Audience, Effect, Event, PeerId, Protocol, Ticket};
use gate::{Gate, Output};
use presenting::Driven;
pub use writing::MAX_STATE_BYTES;
use writing::owns;

/// Most peers of one room that may edit: each of their keystrokes goes to all others.
pub const MAX_EDITORS: usize = 500;
/// Most peers of one room that only follow.
pub const MAX_FOLLOWERS: usize = 5_000;

struct Peer {
    role: Role,
    protocol: Protocol,
    principal: String,
    profile: Option<Profile>,
    session: Option<u64>,
    /// Client ids that were issued to it.
    owned: BTreeSet<u64>,
    /// Its last update.
    wrote: Ticket,
    /// Sync frames (step 2, update) received on this connection, also those refused.
    frames: u64,
    /// It asked for what it lacks and was told, then: from now on it gets every change.
    told: Option<u64>,
    /// Questions for what it has that it has not answered yet. Once there is none, its updates
    /// build on ours. They are counted: an answer may be to one that was asked before the last.
    questions: u32,
    /// It is being closed: what is still on its way is not heard any more.
    closing: bool,
}

impl Peer {
    fn new(role: Role, protocol: Protocol, principal: String) -> Self {
        Self {
            role,
            protocol,
            principal,
            profile: None,
            session: None,
            owned: BTreeSet::new(),
            wrote: 0,
            frames: 0,
            told: None,
            questions: 0,
            closing: false,
        }
    }
}

/// What a room needs to know besides its document.
#[derive(Clone)]
pub struct RoomOptions {
    /// Lineage of the document.
    pub epoch: u64,
    /// The server's version, told to clients.
    pub version: String,
    /// Issues client ids.
    pub ids: ClientIds,
    /// To whom the ids of stock Yjs clients in the document belong.
    pub claims: BTreeMap<u64, String>,
}

/// One open deck.
pub struct Room {
    doc: DeckDoc,
    options: RoomOptions,
    /// About how large the document is when it is stored, in bytes.
    state_bytes: usize,
    /// Edits can be stored.
    writable: bool,
    peers: BTreeMap<PeerId, Peer>,
    presence: PresenceMap<PeerId>,
    presentation: Option<Driven>,
    issued: Ticket,
    durable: Ticket,
    gate: Gate,
    /// Counts what goes out to many, and who is told what the deck holds.
    order: u64,
    followers_told: u32,
}

impl Room {
    /// A room over a loaded document.
    pub fn new(doc: DeckDoc, options: RoomOptions) -> Self {
        Self {
            doc,
            options,
            state_bytes: 0,
            writable: true,
            peers: BTreeMap::new(),
            presence: PresenceMap::default(),
            presentation: None,
            issued: 0,
            durable: 0,
            gate: Gate::default(),
            order: 0,
            followers_told: 0,
        }
    }

    /// Takes one event; what is to be done is added to `out`, in order.
    pub fn handle(&mut self, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Join { peer, role, protocol, principal, random } => {
                self.join(peer, Peer::new(role, protocol, principal), random, out);
            }
            Event::Frame { peer, bytes } => self.frame(peer, bytes, out),
            Event::Leave { peer } => self.leave(peer, out),
            Event::RoleChanged { peer, role } => self.change_role(peer, role, out),
            Event::Appended { ticket } => self.appended(ticket, out),
            Event::Tick => self.tick(out),
        }
    }

    /// Whether a message for `audience`, the `order`-th that went out, goes to this peer.
    pub fn hears(&self, peer: PeerId, audience: Audience, order: u64) -> bool {
        self.peers.get(&peer).is_some_and(|peer| match audience {
            Audience::Everyone => peer.told.is_some_and(|told| told < order),
            Audience::Ondeck => peer.protocol == Protocol::Ondeck,
            Audience::Editors => peer.role.has_presence(),
        })
    }

    /// Notes how large the document was when it was last read or written, in bytes.
    pub fn measured(&mut self, state_bytes: usize) {
        self.state_bytes = state_bytes;
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
    fn join(&mut self, peer: PeerId, mut newcomer: Peer, random: u64, out: &mut Vec<Effect>) {
        let (role, protocol) = (newcomer.role, newcomer.protocol);
        // [R11] Those who are here come first.
        let alike = |other: &&Peer| other.role.can_edit() == role.can_edit();
        let most = if role.can_edit() { MAX_EDITORS } else { MAX_FOLLOWERS };
        if self.peers.values().filter(alike).count() >= most {
            return out.push(Effect::Close { peer, reason: CloseReason::RoomFull });
        }
        let client = self.new_client(random);
        newcomer.owned.insert(client);
        self.peers.insert(peer, newcomer);
        if protocol == Protocol::Ondeck {
            self.greet(peer, role, client, out);
            self.tell_storage(peer, out);
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

    /// An id that nobody in this deck has.
    fn new_client(&self, random: u64) -> u64 {
        let taken = |client: &u64| {
            self.doc.clock(*client) > 0
                || self.peers.values().any(|peer| peer.owned.contains(client))
        };
        let ids = (0..).map(|step| self.options.ids.issue(random.wrapping_add(step)));
        // There are far more ids than any deck has clients.
        ids.into_iter().find(|client| !taken(client)).unwrap_or_default()
    }

    fn greet(&self, peer: PeerId, role: Role, client: u64, out: &mut Vec<Effect>) {
        let RoomOptions { epoch, version, ids, .. } = &self.options;
        let (epoch, version, proof) = (*epoch, version.clone(), ids.proof(client));
        let hello = ServerMessage::Hello { role, epoch, version, client, proof };
        out.push(Effect::Send { peer, bytes: wire::control(&hello) });
    }

    /// Asks one who may edit for all that the server lacks.
    fn ask(&mut self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        if let Some(state) = self.peers.get_mut(&peer).filter(|_| role.can_edit()) {
            state.questions += 1;
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
        }
        if matches!(frame, Frame::SyncStep2(_)) {
            state.questions = state.questions.saturating_sub(1);
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

    fn hear_presence(&mut self, peer: PeerId, role: Role, payload: &[u8], out: &mut Vec<Effect>) {
        let entries = match presence::decode(payload) {
            Ok(entries) => entries,
            Err(error) => return self.close_malformed(peer, error, out),
        };
        // [W8] A stock client hears nothing while it is alone, and takes that for a dead server.
        if self.peers.get(&peer).is_some_and(|state| state.protocol == Protocol::Yjs) {
            let nobody = presence::encode([].into_iter());
            out.push(Effect::Send { peer, bytes: Frame::Awareness(&nobody).encode() });
        }
        if !role.has_presence() {
            return;
        }
        let (state, options) = (self.peers.get(&peer), &self.options);
        let entries: Vec<_> =
            entries.into_iter().filter(|entry| owns(state, options, entry.client, false)).collect();
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some((entry, profile)) = self.presence.update(peer, &entries, state.profile.as_ref())
        else {
            return;
        };
        if state.profile.is_none() && entry.state != "null" {
            state.profile = Some(profile);
        }
        let bytes = Frame::Awareness(&presence::encode([entry].into_iter())).encode();
        let output = Output::ToAll { to: Audience::Editors, except: Some(peer), bytes };
        self.emit(self.wrote(peer), output, out);
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
            ClientMessage::Introduce { profile, session, clients } => {
                self.claim(peer, &clients);
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

    fn claim(&mut self, peer: PeerId, clients: &[(u64, String)]) {
        let ids = &self.options.ids;
        let Some(state) = self.peers.get_mut(&peer) else { return };
        for (client, proof) in clients.iter().take(wire::MAX_CLAIMS) {
            if ids.is_proven(*client, proof) && state.owned.len() <= wire::MAX_CLAIMS {
                state.owned.insert(*client);
            }
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
        let client = state.owned.first().copied();
        if let Some(client) = client.filter(|_| state.protocol == Protocol::Ondeck) {
            self.greet(peer, role, client, out);
        }
        // [A6] Whoever may edit from now on is asked for what was refused or held back before.
        if role.can_edit() && !before.can_edit() {
            self.ask(peer, role, out);
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

    fn has_answered(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.questions == 0)
    }

    fn leave(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        self.forget_presence(peer, out);
        if self.drives(peer) {
            self.release_baton(out);
        }
        self.peers.remove(&peer);
    }

    fn forget_presence(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        if let Some(entry) = self.presence.remove(peer) {
            let bytes = Frame::Awareness(&presence::encode([&entry].into_iter())).encode();
            let output = Output::ToAll { to: Audience::Editors, except: Some(peer), bytes };
            self.emit(self.wrote(peer), output, out);
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
            self.emit(0, Output::ToAll { to: Audience::Ondeck, except: None, bytes }, out);
        }
    }
}

fn refuse(peer: PeerId, reason: &str, out: &mut Vec<Effect>) {
    out.push(Effect::Send { peer, bytes: Frame::PermissionDenied(reason).encode() });
}
