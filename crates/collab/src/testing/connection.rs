//! One simulated connection, and how its messages get to both ends.

use std::collections::VecDeque;

use bytes::Bytes;

use super::journal::NewRow;
use super::rng::Rng;
use super::{Net, PeerId};
use crate::replica::ClientEvent;
use crate::room::{CloseReason, Effect, Event};

/// What goes from a client to the server.
pub(super) enum Up {
    Join,
    Frame(Bytes),
}

/// Both directions of one connection. Each keeps its order, as TCP does.
pub(super) struct Wire {
    pub(super) owner: usize,
    pub(super) server: usize,
    /// The client's socket is open, or was.
    pub(super) accepted: bool,
    /// The room knows of it.
    pub(super) joined: bool,
    pub(super) up: VecDeque<Up>,
    down: VecDeque<Bytes>,
    /// After what is on the way, the server sees the end.
    up_ends: bool,
    /// After what is on the way, the client sees the end.
    down_ends: Option<(u16, String)>,
    /// The client is not interested any more.
    abandoned: bool,
}

impl Wire {
    pub(super) fn new(owner: usize, server: usize) -> Self {
        Self {
            owner,
            server,
            accepted: false,
            joined: false,
            up: VecDeque::from([Up::Join]),
            down: VecDeque::new(),
            up_ends: false,
            down_ends: None,
            abandoned: false,
        }
    }

    /// The client may send.
    pub(super) fn is_open(&self) -> bool {
        self.accepted && !self.abandoned && !self.up_ends
    }

    pub(super) fn is_broken(&self) -> bool {
        self.up_ends || self.abandoned
    }

    pub(super) fn has_up(&self) -> bool {
        !self.up.is_empty() || self.up_ends
    }

    pub(super) fn has_down(&self) -> bool {
        !self.abandoned && (!self.down.is_empty() || self.down_ends.is_some())
    }

    /// Both ends will see a failure; of what is on the way, only the first part arrives.
    pub(super) fn break_down(&mut self, rng: &mut Rng, code: u16) {
        self.lose_up(rng);
        self.down.truncate(rng.below(self.down.len() + 1));
        self.down_ends.get_or_insert((code, String::new()));
    }

    fn lose_up(&mut self, rng: &mut Rng) {
        self.up.truncate(rng.below(self.up.len() + 1));
        self.up_ends = true;
    }
}

impl Net {
    /// The client closes its socket.
    pub(super) fn hang_up(&mut self, who: usize) {
        let Some(id) = self.peers[who].wire.take() else { return };
        let Some(wire) = self.wires.get_mut(&id) else { return };
        wire.abandoned = true;
        wire.lose_up(&mut self.rng);
        if !wire.accepted {
            self.wires.remove(&id);
        }
    }

    /// A server process is gone: nothing more gets in, some of what it sent gets out.
    pub(super) fn drop_connections_of(&mut self, server: usize, code: u16) {
        let theirs = self.wires.values_mut().filter(|wire| wire.server == server);
        for wire in theirs.filter(|wire| wire.accepted) {
            wire.break_down(&mut self.rng, code);
            wire.up.clear();
            wire.up_ends = false;
            wire.joined = false;
        }
        self.wires.retain(|_, wire| wire.server != server || !wire.abandoned);
    }

    pub(super) fn accept(&mut self, id: PeerId) {
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let is_up = self.servers[wire.server].is_open();
        let who = wire.owner;
        if is_up {
            wire.accepted = true;
            self.tell(who, ClientEvent::Opened);
        } else {
            self.wires.remove(&id);
            self.peers[who].wire = None;
            self.tell(who, ClientEvent::Closed { code: 1006, reason: String::new() });
        }
    }

    pub(super) fn deliver_up(&mut self, id: PeerId) {
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let server = wire.server;
        let event = match wire.up.pop_front() {
            Some(Up::Frame(bytes)) => Event::Frame { peer: id, bytes },
            Some(Up::Join) => {
                wire.joined = true;
                let peer = &self.peers[wire.owner];
                Event::Join {
                    peer: id,
                    role: peer.role,
                    protocol: peer.protocol(),
                    principal: format!("peer {}", wire.owner),
                    name: None,
                    random: self.rng.any(),
                }
            }
            None => return self.server_loses(id),
        };
        if let Event::Join { .. } = event {
            let effects = self.servers[server].read_all(&self.journal);
            self.carry_out_server(server, effects);
        }
        let effects = self.servers[server].handle(event);
        self.carry_out_server(server, effects);
    }

    /// The server sees the end of a connection.
    pub(super) fn server_loses(&mut self, id: PeerId) {
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let server = wire.server;
        wire.up.clear();
        wire.up_ends = false;
        if wire.abandoned {
            self.wires.remove(&id);
        } else {
            wire.joined = false;
            wire.down_ends.get_or_insert((1006, String::new()));
        }
        let effects = self.servers[server].handle(Event::Leave { peer: id });
        self.carry_out_server(server, effects);
    }

    pub(super) fn deliver_down(&mut self, id: PeerId) {
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let who = wire.owner;
        if let Some(bytes) = wire.down.pop_front() {
            self.tell(who, ClientEvent::Frame(bytes));
            assert!(self.peers[who].wire.is_some(), "peer {who} hung up over what the server sent");
            return;
        }
        let Some((code, reason)) = wire.down_ends.take() else { return };
        self.peers[who].wire = None;
        wire.abandoned = true;
        if wire.joined {
            wire.up_ends = true;
        } else {
            self.wires.remove(&id);
        }
        let honest = !self.peers[who].hostile;
        let accused = honest && matches!(code, 4400 | 4410);
        assert!(!accused, "an honest client was sent away: {reason}");
        self.tell(who, ClientEvent::Closed { code, reason });
    }

    pub(super) fn carry_out_server(&mut self, index: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { peer, bytes } => self.send_down(peer, bytes),
                Effect::SendAll { to, except, bytes, order } => {
                    let Some(room) = self.servers[index].room() else { continue };
                    let heard =
                        |peer: &PeerId| room.hears(*peer, to, order) && Some(*peer) != except;
                    let peers: Vec<PeerId> = room.peers().filter(heard).collect();
                    for peer in peers {
                        self.send_down(peer, bytes.clone());
                    }
                }
                Effect::Append { ticket, peer, claims, update, spans, name, .. } => {
                    let owner = self.wires.get(&peer).map_or(0, |wire| wire.owner);
                    let claim = |client| (client, format!("peer {owner}"));
                    let claims = claims.into_iter().map(claim).collect();
                    let row = NewRow { ticket, peer, update, claims, spans, author: name };
                    self.servers[index].append(row);
                }
                Effect::Close { peer, reason } => self.close(peer, &reason),
                Effect::Refused { .. } => {}
                Effect::ToNodes { message } => self.tell_rooms(index, message),
                Effect::Stage { expected, stage } => {
                    self.servers[index].stage = Some((expected, stage));
                }
                Effect::Reload => self.servers[index].reload(&mut self.journal),
            }
        }
    }

    fn send_down(&mut self, peer: PeerId, bytes: Bytes) {
        let wire = self.wires.get_mut(&peer).filter(|wire| wire.down_ends.is_none());
        if let Some(wire) = wire {
            wire.down.push_back(bytes);
        }
    }

    /// The server closes; what the client sent before it knows may still come in.
    fn close(&mut self, peer: PeerId, reason: &CloseReason) {
        if let Some(wire) = self.wires.get_mut(&peer) {
            wire.down_ends.get_or_insert((reason.code(), reason.to_string()));
        }
    }
}
