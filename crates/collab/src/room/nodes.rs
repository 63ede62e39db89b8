//! What the rooms of this deck on other nodes say: who is there, who watches, what was posted.
//!
//! All of it may be lost, and is told again: nothing depends on it but what people see of each other.
//! What came from another node is never sent on to nodes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{Audience, CloseReason, Effect, Output, PeerId, Room, Ticket};
use crate::nodes::{NodeId, NodeMessage, SharedOffer, SharedWatchers};
use crate::presence::{self, Entry, MAX_ENTRIES};
use crate::presentation::Times;
use crate::wire::{self, Frame, ServerMessage};

/// Ticks after which everything is told again.
const ALL_TICKS: u32 = 10;
/// Ticks of silence after which what a node said is over: three messages in a row were lost.
const SILENT_TICKS: u32 = 35;

/// What the room of another node said.
#[derive(Default)]
struct Neighbour {
    silent: u32,
    presence: BTreeMap<u64, Entry>,
    watchers: SharedWatchers,
    /// JSON, by keys.
    posts: BTreeMap<String, String>,
}

/// The rooms of this deck on other nodes, as far as they are known.
#[derive(Default)]
pub(super) struct Neighbours {
    by_node: BTreeMap<NodeId, Neighbour>,
    present: BTreeSet<NodeId>,
    /// Nodes that were present once. Their numbers are never used again.
    gone: BTreeSet<NodeId>,
    has_greeted: bool,
    ticks: u32,
    /// Who watches here, as they were told.
    watchers_told: SharedWatchers,
}

impl Neighbours {
    /// Whether a node is there. All are while nobody has said which.
    pub(super) fn is_present(&self, node: NodeId) -> bool {
        self.present.is_empty() || self.present.contains(&node)
    }

    /// Whether a node was there and is not any more.
    pub(super) fn has_gone(&self, node: NodeId) -> bool {
        self.gone.contains(&node)
    }

    /// Whether nobody is on other nodes, as far as they said.
    pub(super) fn are_empty(&self) -> bool {
        let is_empty = |neighbour: &Neighbour| {
            neighbour.presence.is_empty() && neighbour.watchers == SharedWatchers::default()
        };
        self.by_node.values().all(is_empty)
    }

    /// Whether somebody with this client id is on another node.
    pub(super) fn has(&self, client: u64) -> bool {
        self.by_node.values().any(|neighbour| neighbour.presence.contains_key(&client))
    }

    /// Everybody on other nodes; of one who is on several, the newest.
    pub(super) fn people(&self) -> BTreeMap<u64, &Entry> {
        let mut people: BTreeMap<u64, &Entry> = BTreeMap::new();
        for entry in self.by_node.values().flat_map(|neighbour| neighbour.presence.values()) {
            let known = people.entry(entry.client).or_insert(entry);
            if entry.clock > known.clock {
                *known = entry;
            }
        }
        people
    }

    /// How many watch on other nodes.
    pub(super) fn watchers(&self) -> SharedWatchers {
        self.by_node
            .values()
            .fold(SharedWatchers::default(), |sum, neighbour| sum.and(neighbour.watchers))
    }

    /// What was posted on other nodes.
    pub(super) fn posts(&self) -> impl Iterator<Item = &String> {
        self.by_node.values().flat_map(|neighbour| neighbour.posts.values())
    }

    /// What was posted under a key elsewhere does not count any more.
    pub(super) fn forget_post(&mut self, key: &str) {
        self.by_node.values_mut().for_each(|neighbour| _ = neighbour.posts.remove(key));
    }
}

impl SharedWatchers {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            followers: self.followers.saturating_add(other.followers),
            roaming: self.roaming.saturating_add(other.roaming),
            held_edits: self.held_edits.max(other.held_edits),
        }
    }
}

impl Room {
    /// Tells the rooms of other nodes, if there may be any, once everything up to `after` is durable.
    pub(super) fn tell_nodes(
        &mut self,
        after: Ticket,
        message: NodeMessage,
        out: &mut Vec<Effect>,
    ) {
        if self.options.node.is_some() {
            self.emit(after, Output::ToNodes(message), out);
        }
    }

    /// Asks the others for what they have, before anything else happens here.
    pub(super) fn greet_nodes(&mut self, out: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.neighbours.has_greeted, true) {
            self.tell_nodes(0, NodeMessage::Hello, out);
        }
    }

    /// Tells the others all that there is to tell.
    pub(super) fn tell_all(&mut self, out: &mut Vec<Effect>) {
        let here = |entry: &&Entry| entry.state != "null";
        let presence = self.presence.iter().filter(here).cloned().collect();
        let (watchers, posts) = (self.watchers_here(), self.posts.all());
        self.tell_nodes(0, NodeMessage::All { presence, watchers, posts }, out);
    }

    pub(super) fn hear_node(&mut self, node: NodeId, said: NodeMessage, out: &mut Vec<Effect>) {
        if Some(node) == self.options.node || self.neighbours.gone.contains(&node) {
            return;
        }
        self.neighbours.by_node.entry(node).or_default().silent = 0;
        match said {
            NodeMessage::Hello => {
                self.tell_all(out);
                self.tell_times_to_nodes(out);
            }
            NodeMessage::All { presence, watchers, posts } => {
                self.hear_all(node, presence, watchers, posts, out);
            }
            NodeMessage::Presence { entry } => self.hear_entry(node, entry, out),
            NodeMessage::Watchers { watchers } => self.neighbour(node).watchers = watchers,
            NodeMessage::Session { session } => self.supersede(session, None, out),
            NodeMessage::Post { key, json } => self.hear_post(node, key, json, out),
            NodeMessage::Times { elapsed, sections, current } => {
                self.hear_times(Times { elapsed, sections, current }, out);
            }
            NodeMessage::Press { key } => self.press_here(key, out),
            NodeMessage::OfferedAgain { offer } => self.hear_offer(&offer, out),
            NodeMessage::SlideRemoved { by } => self.slide_removed(&by, false, out),
        }
    }

    fn neighbour(&mut self, node: NodeId) -> &mut Neighbour {
        self.neighbours.by_node.entry(node).or_default()
    }

    fn hear_offer(&mut self, offer: &SharedOffer, out: &mut Vec<Effect>) {
        if self.stage.now.offer() == Some(offer) {
            self.open_offer(out);
        }
    }

    // [N12] What a room does not tell any more is over.
    fn hear_all(
        &mut self,
        node: NodeId,
        presence: Vec<Entry>,
        watchers: SharedWatchers,
        posts: Vec<(String, String)>,
        out: &mut Vec<Effect>,
    ) {
        let there: BTreeSet<u64> = presence.iter().map(|entry| entry.client).collect();
        let known = self.neighbour(node).presence.values();
        let left: Vec<Entry> =
            known.filter(|entry| !there.contains(&entry.client)).cloned().collect();
        for entry in left {
            self.hear_entry(node, Entry { state: "null".to_owned(), ..entry }, out);
        }
        for entry in presence {
            self.hear_entry(node, entry, out);
        }
        self.neighbour(node).watchers = watchers;
        let before = std::mem::take(&mut self.neighbour(node).posts);
        for (key, json) in posts {
            match before.get(&key).filter(|known| **known == json) {
                Some(_) => _ = self.neighbour(node).posts.insert(key, json),
                None => self.hear_post(node, Some(key), json, out),
            }
        }
    }

    // [N10] Of one client the newest presence counts, wherever it comes from.
    fn hear_entry(&mut self, node: NodeId, entry: Entry, out: &mut Vec<Effect>) {
        let (client, has_left) = (entry.client, entry.state == "null");
        let known = self.neighbour(node).presence.get(&client).map(|known| known.clock);
        let is_old = match known {
            Some(clock) => entry.clock < clock || entry.clock == clock && !has_left,
            None => has_left,
        };
        if is_old {
            return;
        }
        if has_left {
            self.neighbour(node).presence.remove(&client);
        } else {
            self.neighbour(node).presence.insert(client, entry.clone());
        }
        let elsewhere = self.neighbours.people().get(&client).map(|other| other.clock);
        let here = self.presence.iter().find(|other| other.client == client);
        let here = here.map(|other| other.clock);
        if has_left && (elsewhere.is_some() || here.is_some()) {
            return;
        }
        if here.is_some_and(|clock| clock >= entry.clock) || elsewhere > Some(entry.clock) {
            return;
        }
        if let Some(peer) = self.presence.peer_of(client) {
            self.presence.remove(peer);
        }
        self.show(&entry, None, 0, out);
    }

    /// Shows an entry to those who see people.
    pub(super) fn show(
        &mut self,
        entry: &Entry,
        except: Option<PeerId>,
        after: Ticket,
        out: &mut Vec<Effect>,
    ) {
        let bytes = Frame::Awareness(&presence::encode([entry].into_iter())).encode();
        self.emit_to(Audience::Editors, except, bytes, after, out);
    }

    /// Everybody who is here or on another node, as messages.
    pub(super) fn everybody(&self) -> Vec<Bytes> {
        let mut people = self.neighbours.people();
        people.extend(self.presence.iter().map(|entry| (entry.client, entry)));
        let people: Vec<&Entry> = people.into_values().collect();
        let message =
            |part: &[&Entry]| Frame::Awareness(&presence::encode(part.iter().copied())).encode();
        people.chunks(MAX_ENTRIES as usize).map(message).collect()
    }

    /// Closes other connections of somebody who is back, here or elsewhere.
    pub(super) fn supersede(
        &mut self,
        session: u64,
        newest: Option<PeerId>,
        out: &mut Vec<Effect>,
    ) {
        let theirs = |(&peer, state): (&PeerId, &super::Peer)| {
            let is_old = state.session == Some(session) && !state.closing && Some(peer) != newest;
            is_old.then_some(peer)
        };
        let before: Vec<PeerId> = self.peers.iter().filter_map(theirs).collect();
        for peer in before {
            self.forget_presence(peer, out);
            self.close(peer, CloseReason::Superseded, out);
        }
    }

    fn hear_post(
        &mut self,
        node: NodeId,
        key: Option<String>,
        json: String,
        out: &mut Vec<Effect>,
    ) {
        let bytes = wire::control(&ServerMessage::Desk { json: json.clone() });
        if bytes.len() > wire::MAX_TOLD_BYTES {
            return;
        }
        if let Some(key) = key {
            // The desk may have moved.
            self.neighbours.forget_post(&key);
            if !json.is_empty() {
                self.neighbour(node).posts.insert(key, json.clone());
            }
        }
        if !json.is_empty() {
            self.emit_to(Audience::Clients, None, bytes, 0, out);
        }
    }

    // [N11] What nodes said that are gone is over.
    pub(super) fn hear_nodes(&mut self, present: Vec<NodeId>, out: &mut Vec<Effect>) {
        let present: BTreeSet<NodeId> = present.into_iter().collect();
        let neighbours = &mut self.neighbours;
        let left: Vec<NodeId> = neighbours.present.difference(&present).copied().collect();
        neighbours.gone.extend(left);
        neighbours.gone.retain(|node| !present.contains(node));
        neighbours.present = present;
        let gone = self.neighbours.gone.clone();
        gone.into_iter().for_each(|node| self.forget_node(node, out));
        self.check_node(0, out);
    }

    fn forget_node(&mut self, node: NodeId, out: &mut Vec<Effect>) {
        let watchers = SharedWatchers::default();
        if self.neighbours.by_node.contains_key(&node) {
            self.hear_all(node, Vec::new(), watchers, Vec::new(), out);
            self.neighbours.by_node.remove(&node);
        }
    }

    /// One second goes by.
    pub(super) fn tick_nodes(&mut self, out: &mut Vec<Effect>) {
        self.ask_again(Some(1), out);
        let mut silent = Vec::new();
        for (&node, neighbour) in &mut self.neighbours.by_node {
            neighbour.silent += 1;
            silent.extend((neighbour.silent > SILENT_TICKS).then_some(node));
        }
        silent.into_iter().for_each(|node| self.forget_node(node, out));
        self.neighbours.ticks += 1;
        if self.neighbours.ticks >= ALL_TICKS {
            self.neighbours.ticks = 0;
            if !self.peers.is_empty() {
                self.tell_all(out);
            }
        }
        let watchers = self.watchers_here();
        if std::mem::replace(&mut self.neighbours.watchers_told, watchers) != watchers {
            self.tell_nodes(0, NodeMessage::Watchers { watchers }, out);
        }
    }
}
