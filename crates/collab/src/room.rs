//! The server's side of one deck: who may say what, what everybody hears, what must be stored.
//!
//! A room is a state machine without IO. It exists only once its document is loaded, so it can
//! never answer from a half-loaded deck. Its owner feeds it [`Event`]s one at a time and carries
//! out the [`Effect`]s in order; the rules (`[R…]`, `[W…]`, `[A…]`) are in `SPEC.md`.

mod audience;
mod baton;
mod close_reason;
mod events;
mod gate;
mod hearing;
mod nodes;
mod posts;
mod presenting;
mod shared_stage;
mod stage_change;
mod storage;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::access::Role;
use crate::client_id::ClientIds;
use crate::doc::DeckDoc;
use crate::nodes::{NodeId, NodeMessage, SharedWatchers, SharedWho, Span};
use crate::presence::PresenceMap;
use crate::presentation::Times;
use crate::wire::{self, Frame, Profile, ServerMessage};

pub use close_reason::CloseReason;
pub use events::{Audience, Effect, Event, PeerId, Protocol, Ticket};
use gate::{Gate, Output};
use nodes::Neighbours;
use posts::Posts;
use shared_stage::Stage;
pub use writing::MAX_STATE_BYTES;

/// Most peers of one room that may edit: each of their keystrokes goes to all others.
pub const MAX_EDITORS: usize = 500;
/// Most peers of one room that only follow.
pub const MAX_FOLLOWERS: usize = 5_000;

struct Peer {
    role: Role,
    protocol: Protocol,
    principal: String,
    /// The server says so, whatever they call themselves.
    name: Option<String>,
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
    /// Something of it was dropped that its next answer brings: nothing is acknowledged before.
    owes: bool,
    /// Ticks until it is asked again, as it has what others wrote and this room does not have yet.
    waits: Option<u32>,
    /// Ticks for which that has been so.
    waited: u32,
    /// It wanted to write although it may not, and its owner was told.
    refused: bool,
    /// It is being closed: what is still on its way is not heard any more.
    closing: bool,
}

impl Peer {
    fn new(role: Role, protocol: Protocol, principal: String, name: Option<String>) -> Self {
        // Until it has said which colour it likes.
        let profile = name.as_deref().map(Profile::named);
        Self {
            role,
            protocol,
            principal,
            name,
            profile,
            session: None,
            owned: BTreeSet::new(),
            wrote: 0,
            frames: 0,
            told: None,
            questions: 0,
            owes: false,
            waits: None,
            waited: 0,
            refused: false,
            closing: false,
        }
    }

    // [P1] Who signed in is called what the server calls them.
    fn set_profile(&mut self, profile: Profile) {
        let name = self.name.clone().unwrap_or(profile.name);
        self.profile = Some(Profile { name, color: profile.color }.cleaned());
    }

    fn speaks_ondeck(&self) -> bool {
        self.protocol != Protocol::Yjs
    }

    /// What is part of the server counts for nobody.
    fn is_follower(&self) -> bool {
        self.role == Role::Follow && !self.protocol.is_ours()
    }

    fn hears_times(&self) -> bool {
        self.role.can_present() || self.protocol == Protocol::Desk
    }

    fn who(&self, peer: PeerId) -> SharedWho {
        self.session.map_or(SharedWho::Peer(peer.0), SharedWho::Session)
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
    /// The node that it is on, when other nodes may serve the same deck.
    pub node: Option<NodeId>,
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
    stage: Stage,
    issued: Ticket,
    durable: Ticket,
    gate: Gate,
    /// Counts what goes out to many, and who is told what the deck holds.
    order: u64,
    projectors: u32,
    posts: Posts,
    /// Those who watch through the projector.
    viewers: SharedWatchers,
    /// What everybody was told of those who watch.
    watchers_told: SharedWatchers,
    neighbours: Neighbours,
    /// What waits to be told, when others may store something else.
    untold: VecDeque<(Ticket, Vec<Span>)>,
    /// What was issued when others last wrote something: who hears of it has heard that.
    heard: Ticket,
    /// The document has rows that nobody was told of.
    is_behind: bool,
    /// The first connection that it ever had; 0 before.
    first_peer: u64,
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
            stage: Stage::default(),
            issued: 0,
            durable: 0,
            gate: Gate::default(),
            order: 0,
            projectors: 0,
            posts: Posts::default(),
            viewers: SharedWatchers::default(),
            watchers_told: SharedWatchers::default(),
            neighbours: Neighbours::default(),
            untold: VecDeque::new(),
            heard: 0,
            is_behind: false,
            first_peer: 0,
        }
    }

    /// Takes one event; what is to be done is added to `out`, in order.
    pub fn handle(&mut self, event: Event, out: &mut Vec<Effect>) {
        self.greet_nodes(out);
        self.catch_up(out);
        match event {
            Event::Join { peer, role, protocol, principal, name, random } => {
                self.join(peer, Peer::new(role, protocol, principal, name), random, out);
            }
            Event::Frame { peer, bytes } => self.frame(peer, bytes, out),
            Event::Leave { peer } => self.leave(peer, out),
            Event::RoleChanged { peer, role } => self.change_role(peer, role, out),
            Event::Appended { ticket } => self.appended(ticket, out),
            Event::Tick => {
                self.tick_stage(out);
                self.tick_nodes(out);
                self.tick_audience(out);
            }
            Event::Rebound { seq, slide, removed_by } => self.rebind(seq, slide, removed_by, out),
            Event::Held => self.go_on_holding(out),
            Event::Viewers { followers, roaming, held_edits } => {
                self.viewers = SharedWatchers { followers, roaming, held_edits };
            }
            Event::Times { elapsed, sections, current } => {
                self.count_times(Times { elapsed, sections, current }, out);
            }
            Event::Press { key } => self.press(key, out),
            Event::Post { key, json } => self.post(key, json, out),
            Event::Written { rows } => self.hear_rows(rows, out),
            Event::FromNode { node, message } => self.hear_node(node, message, out),
            Event::Nodes { present } => self.hear_nodes(present, out),
            Event::Stage { version, stage } => self.hear_stage(version, stage, out),
            Event::StageAway => self.stage_away(),
        }
    }

    /// Whether a message for `audience`, the `order`-th that went out, goes to this peer.
    pub fn hears(&self, peer: PeerId, audience: Audience, order: u64) -> bool {
        let Some(state) = self.peers.get(&peer) else { return false };
        let has_all = || state.told.is_some_and(|told| told < order);
        match audience {
            Audience::Everyone => has_all(),
            Audience::Projectors => state.protocol == Protocol::Projector && has_all(),
            Audience::Desks => state.protocol == Protocol::Desk && has_all(),
            Audience::Ondeck => state.speaks_ondeck(),
            Audience::Clients => state.protocol == Protocol::Ondeck,
            Audience::Onlookers => {
                let host = self.stage.now.host();
                let is_named = self.drives(peer) || host == Some(state.who(peer));
                state.speaks_ondeck() && !is_named && state.protocol != Protocol::Projector
            }
            Audience::Presenters => {
                state.speaks_ondeck() && (state.hears_times() || self.drives(peer))
            }
            Audience::Editors => state.role.has_presence(),
        }
    }

    /// Notes how large the document was when it was last read or written, in bytes.
    pub fn measured(&mut self, state_bytes: usize) {
        self.state_bytes = state_bytes;
    }

    /// Notes to whom the ids of stock Yjs clients belong, as it is stored: when the document was read
    /// anew, others may have claimed some in it.
    pub fn learn_claims(&mut self, claims: BTreeMap<u64, String>) {
        self.options.claims.extend(claims);
    }

    /// Nobody is here and everything is stored: the room may go.
    pub fn is_idle(&self) -> bool {
        self.peers.is_empty()
            && self.is_durable()
            && self.stage.is_settled()
            && !self.is_abandoned()
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
        let (role, ondeck) = (newcomer.role, newcomer.speaks_ondeck());
        if self.is_full_for(&newcomer) {
            return out.push(Effect::Close { peer, reason: CloseReason::RoomFull });
        }
        self.projectors += u32::from(newcomer.protocol == Protocol::Projector);
        self.posts.desks += u32::from(newcomer.protocol == Protocol::Desk);
        if self.first_peer == 0 {
            self.first_peer = peer.0;
        }
        let client = self.new_client(random);
        newcomer.owned.insert(client);
        self.peers.insert(peer, newcomer);
        if ondeck {
            self.greet(peer, role, client, out);
            self.tell_storage(peer, out);
        }
        self.ask(peer, role, out);
        self.send_presence(peer, role, out);
        self.send_presentation(peer, out);
        self.send_audience(peer, out);
        self.send_posts(peer, out);
    }

    // [R11] Those who are here come first.
    fn is_full_for(&self, newcomer: &Peer) -> bool {
        let can_edit = newcomer.role.can_edit();
        let most = if can_edit { MAX_EDITORS } else { MAX_FOLLOWERS };
        let alike = |other: &&Peer| match can_edit {
            true => other.role.can_edit(),
            false => other.is_follower(),
        };
        !newcomer.protocol.is_ours() && self.peers.values().filter(alike).count() >= most
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
        if role.has_presence() {
            out.extend(self.everybody().into_iter().map(|bytes| Effect::Send { peer, bytes }));
        }
    }

    fn change_role(&mut self, peer: PeerId, role: Role, out: &mut Vec<Effect>) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let before = std::mem::replace(&mut state.role, role);
        let client = state.owned.first().copied();
        if let Some(client) = client.filter(|_| state.speaks_ondeck()) {
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
        self.tend_stage(out);
        if role.can_present() && !before.can_present() {
            self.send_times(peer, out);
        }
    }

    fn has_answered(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.questions == 0)
    }

    fn leave(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        self.forget_presence(peer, out);
        if let Some(state) = self.peers.remove(&peer) {
            self.projector_left(state.protocol);
            self.desk_left(state.protocol, out);
            self.find_driver(out);
            self.tend_stage(out);
            if self.peers.is_empty() {
                self.tell_all(out);
            }
        }
    }

    fn forget_presence(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        if let Some(entry) = self.presence.remove(peer) {
            let after = self.wrote(peer);
            self.show(&entry, Some(peer), after, out);
            self.tell_nodes(after, NodeMessage::Presence { entry }, out);
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
}
