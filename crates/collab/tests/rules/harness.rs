//! A room and a replica without a network between them.

use bytes::Bytes;
use collab::Millis;
use collab::access::Role;
use collab::client_id::ClientIds;
use collab::doc::{Anchor, DeckDoc, TextEdit};
use collab::nodes::{NodeId, NodeMessage, WrittenElsewhere};
use collab::presence::{self, Entry};
use collab::presentation::Shown;
use collab::replica::{ClientEffect, ClientEvent, Replica, Status};
use collab::room::{CloseReason, Effect, Event, PeerId, Protocol, Room, RoomOptions};
use collab::wire::{self, ClientMessage, Frame, Profile, ServerMessage};

pub(crate) const EPOCH: u64 = 7;

/// Ids that every Ondeck client of a house shows to be its own; documents of tests write with them.
const OWN_IDS: std::ops::RangeInclusive<u64> = 2..=60;

/// Those who issue ids in a house.
pub(crate) fn ids() -> ClientIds {
    ClientIds::new(&[7; 32], "deck")
}

pub(crate) fn options() -> RoomOptions {
    let (epoch, version, claims) = (EPOCH, "1.0".into(), Default::default());
    RoomOptions { epoch, version, ids: ids(), claims, node: None }
}

/// A room, and what came out of it last.
pub(crate) struct House {
    pub(crate) room: Room,
    peers: u64,
    issued: u64,
}

impl House {
    pub(crate) fn new(text: &str) -> Self {
        let doc = DeckDoc::restore(1, &DeckDoc::seed(2, text)).unwrap();
        Self { room: Room::new(doc, options()), peers: 0, issued: 0 }
    }

    /// One of several nodes; it has greeted the others.
    pub(crate) fn on_node(node: u64, text: &str) -> Self {
        let doc = DeckDoc::restore(1, &DeckDoc::seed(2, text)).unwrap();
        let options = RoomOptions { node: Some(NodeId(node)), ..options() };
        let mut house = Self { room: Room::new(doc, options), peers: node * 1_000, issued: 0 };
        assert_eq!(to_nodes(&house.handle(Event::Tick)), [NodeMessage::Hello]);
        house
    }

    /// Another node says something.
    pub(crate) fn hear(&mut self, node: u64, message: NodeMessage) -> Vec<Effect> {
        self.handle(Event::FromNode { node: NodeId(node), message })
    }

    /// So many seconds go by.
    pub(crate) fn ticks(&mut self, count: u32) -> Vec<Effect> {
        (0..count).flat_map(|_| self.handle(Event::Tick)).collect()
    }

    /// Another node stored an update.
    pub(crate) fn row(&mut self, author: &str, update: &[u8]) -> Vec<Effect> {
        let (update, author) = (Bytes::copy_from_slice(update), author.to_owned());
        let rows = vec![WrittenElsewhere { update, author, claims: Vec::new() }];
        self.handle(Event::Written { rows })
    }

    pub(crate) fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        self.room.handle(event, &mut out);
        self.issued += appended(&out).len() as u64;
        out
    }

    /// A peer connects and says nothing yet.
    pub(crate) fn enter(&mut self, role: Role, protocol: Protocol) -> (PeerId, Vec<Effect>) {
        self.enter_as(role, protocol, None)
    }

    /// The same for somebody whose name the server knows.
    pub(crate) fn enter_as(
        &mut self,
        role: Role,
        protocol: Protocol,
        name: Option<&str>,
    ) -> (PeerId, Vec<Effect>) {
        let name = name.map(str::to_owned);
        self.peers += 1;
        let peer = PeerId(self.peers);
        let (principal, random) = (format!("principal {peer:?}"), peer.0);
        let effects = self.handle(Event::Join { peer, role, protocol, principal, name, random });
        (peer, effects)
    }

    /// An Ondeck client connects, says its name and asks for the document.
    pub(crate) fn join(&mut self, role: Role, name: &str) -> PeerId {
        let (peer, _) = self.enter(role, Protocol::Ondeck);
        self.introduce(peer, name, peer.0);
        self.frame(peer, Frame::SyncStep1(&[0]));
        peer
    }

    /// A peer says who it is, and which client's connection it is.
    pub(crate) fn introduce(&mut self, peer: PeerId, name: &str, session: u64) -> Vec<Effect> {
        let profile = Profile { name: name.into(), color: 1 };
        let clients = OWN_IDS.map(|client| (client, ids().proof(client))).collect();
        self.say(peer, &ClientMessage::Introduce { profile, session, clients })
    }

    /// Everything that was applied is stored now.
    pub(crate) fn store(&mut self) -> Vec<Effect> {
        self.handle(Event::Appended { ticket: self.issued })
    }

    /// A peer sends something, and all of it is stored.
    pub(crate) fn stored(&mut self, peer: PeerId, frame: Frame) -> Vec<Effect> {
        let mut effects = self.frame(peer, frame);
        effects.extend(self.store());
        effects
    }

    pub(crate) fn frame(&mut self, peer: PeerId, frame: Frame) -> Vec<Effect> {
        self.handle(Event::Frame { peer, bytes: frame.encode() })
    }

    pub(crate) fn say(&mut self, peer: PeerId, message: &ClientMessage) -> Vec<Effect> {
        self.handle(Event::Frame { peer, bytes: wire::control(message) })
    }

    pub(crate) fn present(
        &mut self,
        peer: PeerId,
        slide: &Anchor,
        take: Option<u64>,
    ) -> Vec<Effect> {
        let shown = Shown { slide: slide.clone(), fragment: -1, blackout: false };
        self.say(peer, &ClientMessage::Present { shown, take })
    }

    pub(crate) fn announce(&mut self, peer: PeerId, client: u64, clock: u64) -> Vec<Effect> {
        self.frame(peer, Frame::Awareness(&awareness(&[(client, clock, "{}")])))
    }

    /// A document with what the room has, for somebody who writes.
    pub(crate) fn copy(&self, client: u64) -> DeckDoc {
        DeckDoc::restore(client, &self.room.snapshot().unwrap()).unwrap()
    }

    /// What a peer hears of these effects.
    pub(crate) fn heard(&self, effects: &[Effect], listener: PeerId) -> Vec<Bytes> {
        let heard = |effect: &Effect| match effect {
            Effect::Send { peer, bytes } => (*peer == listener).then(|| bytes.clone()),
            Effect::SendAll { to, except, bytes, order } => {
                let meant = self.room.hears(listener, *to, *order) && *except != Some(listener);
                meant.then(|| bytes.clone())
            }
            _ => None,
        };
        effects.iter().filter_map(heard).collect()
    }

    /// The control messages among what a peer hears.
    pub(crate) fn told(&self, effects: &[Effect], listener: PeerId) -> Vec<ServerMessage> {
        self.heard(effects, listener).iter().filter_map(server_message).collect()
    }

    /// The people among what a peer hears: client id, clock and whether they are here.
    pub(crate) fn seen(&self, effects: &[Effect], listener: PeerId) -> Vec<(u64, u64, bool)> {
        let entries = |bytes: &Bytes| match Frame::decode(bytes) {
            Ok(Frame::Awareness(payload)) => presence::decode(payload).unwrap(),
            _ => Vec::new(),
        };
        let all = self.heard(effects, listener);
        let all = all.iter().flat_map(entries);
        all.map(|entry| (entry.client, entry.clock, entry.state != "null")).collect()
    }
}

/// What other nodes are told.
pub(crate) fn to_nodes(effects: &[Effect]) -> Vec<NodeMessage> {
    let message = |effect: &Effect| match effect {
        Effect::ToNodes { message } => Some(message.clone()),
        _ => None,
    };
    effects.iter().filter_map(message).collect()
}

/// What is told of so many who follow through the document itself.
pub(crate) fn audience(followers: u32) -> ServerMessage {
    ServerMessage::Audience { followers, roaming: 0, held_edits: 0 }
}

pub(crate) fn server_message(bytes: &Bytes) -> Option<ServerMessage> {
    match Frame::decode(bytes) {
        Ok(Frame::Control(json)) => Some(serde_json::from_str(json).unwrap()),
        _ => None,
    }
}

pub(crate) fn awareness(entries: &[(u64, u64, &str)]) -> Vec<u8> {
    let entry =
        |&(client, clock, state): &(u64, u64, &str)| Entry { client, clock, state: state.into() };
    let entries: Vec<Entry> = entries.iter().map(entry).collect();
    presence::encode(entries.iter())
}

pub(crate) fn closed(effects: &[Effect]) -> Option<&CloseReason> {
    effects.iter().find_map(|effect| match effect {
        Effect::Close { reason, .. } => Some(reason),
        _ => None,
    })
}

pub(crate) fn appended(effects: &[Effect]) -> Vec<(u64, Bytes)> {
    let append = |effect: &Effect| match effect {
        Effect::Append { ticket, update, .. } => Some((*ticket, update.clone())),
        _ => None,
    };
    effects.iter().filter_map(append).collect()
}

/// A replica, its clock, and an editor that shows what it is told.
pub(crate) struct Client {
    pub(crate) replica: Replica,
    pub(crate) now: Millis,
}

impl Client {
    pub(crate) fn new() -> Self {
        let profile = Profile { name: "Alice".into(), color: 1 };
        Self { replica: Replica::new(1, profile), now: 0 }
    }

    pub(crate) fn handle(&mut self, event: ClientEvent) -> Vec<ClientEffect> {
        let mut out = Vec::new();
        self.replica.handle(self.now, event, &mut out);
        out
    }

    pub(crate) fn open(&mut self) -> Vec<ClientEffect> {
        self.handle(ClientEvent::Opened)
    }

    pub(crate) fn frame(&mut self, frame: Frame) -> Vec<ClientEffect> {
        self.handle(ClientEvent::Frame(frame.encode()))
    }

    pub(crate) fn hear(&mut self, message: &ServerMessage) -> Vec<ClientEffect> {
        self.handle(ClientEvent::Frame(wire::control(message)))
    }

    pub(crate) fn hello(&mut self, role: Role, epoch: u64) -> Vec<ClientEffect> {
        let (client, proof, version) = (100, "proof".to_owned(), "1.0".to_owned());
        self.hear(&ServerMessage::Hello { role, epoch, version, client, proof })
    }

    pub(crate) fn close(&mut self, code: u16) -> Vec<ClientEffect> {
        self.handle(ClientEvent::Closed { code, reason: "because".into() })
    }

    pub(crate) fn wake_after(&mut self, time: Millis) -> Vec<ClientEffect> {
        self.now += time;
        self.handle(ClientEvent::Wake)
    }

    /// Opens a connection to a server that has `doc`, up to where both are in step.
    pub(crate) fn connect(&mut self, role: Role, doc: &DeckDoc) -> Vec<ClientEffect> {
        let mut out = self.open();
        out.extend(self.hello(role, EPOCH));
        if role.can_edit() {
            out.extend(self.frame(Frame::SyncStep1(&doc.state_vector())));
        }
        out.extend(self.frame(Frame::SyncStep2(&doc.encode())));
        out
    }

    pub(crate) fn edit(&mut self, edit: TextEdit) -> Vec<ClientEffect> {
        let mut out = Vec::new();
        self.replica.edit(self.now, &[edit], &mut out);
        out
    }

    pub(crate) fn saved(&mut self, frames: u64) -> Status {
        self.hear(&ServerMessage::Saved { frames });
        self.replica.status()
    }
}

/// The messages that a client sent.
pub(crate) fn sent(effects: &[ClientEffect]) -> Vec<Bytes> {
    let sent = |effect: &ClientEffect| match effect {
        ClientEffect::Send(bytes) => Some(bytes.clone()),
        _ => None,
    };
    effects.iter().filter_map(sent).collect()
}

/// The updates (step 2 or update) that a client sent.
pub(crate) fn updates(effects: &[ClientEffect]) -> Vec<Vec<u8>> {
    let update = |bytes: &Bytes| match Frame::decode(bytes) {
        Ok(Frame::SyncStep2(update) | Frame::Update(update)) => Some(update.to_vec()),
        _ => None,
    };
    sent(effects).iter().filter_map(update).collect()
}

/// The control messages that a client sent.
pub(crate) fn said(effects: &[ClientEffect]) -> Vec<ClientMessage> {
    let message = |bytes: &Bytes| match Frame::decode(bytes) {
        Ok(Frame::Control(json)) => Some(serde_json::from_str(json).unwrap()),
        _ => None,
    };
    sent(effects).iter().filter_map(message).collect()
}
