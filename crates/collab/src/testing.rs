//! A seeded network of one room, or of several on several servers, and many clients in virtual time,
//! moved by hand.
//!
//! Nothing happens by itself: [`Net::step`] does one thing that could happen next, chosen by the
//! seed; [`Net::run_until_quiet`] goes on until nothing is left to do. Messages keep their order
//! within one direction of one connection and no other order. Every step checks what must always
//! hold; [`Net::check`] checks what must hold when all is quiet. A broken promise is a panic.

mod checks;
mod cluster;
mod connection;
mod device;
mod journal;
mod ledger;
mod peer;
mod rng;
mod server;
mod stock;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use journal::Journal;
pub use ledger::{Ledger, MARK_UNITS, Mark};
pub use peer::{Machine, Peer};
pub use rng::Rng;
pub use server::Server;
pub use stock::StockClient;

use crate::Millis;
use crate::access::Role;
use crate::doc::TextEdit;
use crate::replica::{ClientEffect, ClientEvent, Replica, Status};
use crate::room::{CloseReason, Event, PeerId};
use crate::wire::{self, Profile};
use cluster::Letter;
use connection::{Up, Wire};

/// More steps than any quiet-down takes: beyond it the machines keep each other busy.
const TOO_MANY_STEPS: usize = 100_000;
/// Seconds after which further ones change nothing.
const MOST_TICKS: u64 = 12;
/// A machine that is connected and wants to be woken within this is not quiet yet.
const SETTLED: Millis = 1_000;
/// Wakes that may follow each other at one instant: wait, connect, and one to spare.
const WAKES_AT_ONCE: usize = 3;

/// A number as it stands in a message, for messages that are forged.
pub fn lib0(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::write_unsigned(&mut bytes, number);
    bytes
}

/// The whole simulated world.
pub struct Net {
    /// Where all chance comes from.
    pub rng: Rng,
    /// Who wrote what.
    pub ledger: Ledger,
    /// The journal takes its time: commits happen only in [`Net::run_until_quiet`].
    pub slow_commits: bool,
    now: Millis,
    journal: Journal,
    servers: Vec<Server>,
    /// How many processes ever were, when there are several servers.
    nodes: u64,
    letters: Vec<Letter>,
    /// Nothing goes wrong between the servers.
    is_calm: bool,
    peers: Vec<Peer>,
    wires: BTreeMap<PeerId, Wire>,
    wires_opened: u64,
    /// The mark before which the n-th slide that was presented begins; n travels as its fragment.
    presented: Vec<Mark>,
}

#[derive(Clone, Copy)]
enum Step {
    Accept(PeerId),
    Up(PeerId),
    Down(PeerId),
    /// The server notices that nothing comes any more.
    GiveUp(PeerId),
    Commit(usize),
    Report(usize),
    Stage(usize),
    Letter,
}

impl Net {
    /// An empty deck on a running server.
    pub fn new(seed: u64) -> Self {
        let mut net = Self {
            rng: Rng::new(seed),
            ledger: Ledger::default(),
            slow_commits: false,
            now: 0,
            journal: Journal::new(),
            servers: vec![Server::new(None)],
            nodes: 0,
            letters: Vec::new(),
            is_calm: true,
            peers: Vec::new(),
            wires: BTreeMap::new(),
            wires_opened: 0,
            presented: Vec::new(),
        };
        net.start_server();
        net
    }

    /// Adds one of our own clients, which connects.
    pub fn join(&mut self, role: Role) -> usize {
        let replica = self.new_replica(self.peers.len());
        self.add(Peer::new(Machine::Ondeck(Box::new(replica)), role))
    }

    fn new_replica(&mut self, who: usize) -> Replica {
        Replica::new(self.rng.any(), Profile { name: format!("Peer {who}"), color: 1 })
    }

    /// The person reloads the page, or the tab crashes and they open it again.
    pub fn reload(&mut self, who: usize) {
        if !self.peers[who].may_reload() {
            return;
        }
        self.hang_up(who);
        let replica = self.new_replica(who);
        let effects = self.peers[who].reload(self.now, replica);
        self.carry_out(who, effects);
    }

    /// Adds a stock Yjs client, which connects.
    pub fn join_stock(&mut self, role: Role) -> usize {
        let client_id = self.rng.any() >> 32;
        self.add(Peer::new(Machine::Stock(StockClient::new(client_id)), role))
    }

    /// Adds a stock client that may only read and writes all the same.
    pub fn join_intruder(&mut self) -> usize {
        let who = self.join_stock(Role::Follow);
        self.peers[who].hostile = true;
        who
    }

    fn add(&mut self, peer: Peer) -> usize {
        let who = self.peers.len();
        self.peers.push(peer);
        self.tell(who, ClientEvent::Start);
        who
    }

    /// A client.
    pub fn peer(&self, who: usize) -> &Peer {
        &self.peers[who]
    }

    /// How many clients ever were.
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// Whether the server lets a client change the text.
    pub fn may_edit(&self, who: usize) -> bool {
        self.peers[who].role.can_edit()
    }

    /// Whether a client ever changed its text.
    pub fn has_edited(&self, who: usize) -> bool {
        self.peers[who].edits > 0
    }

    /// Whether a client is our own and says that everything is saved.
    pub fn is_saved(&self, who: usize) -> bool {
        self.peers[who].replica().is_some_and(|replica| replica.status() == Status::Saved)
    }

    /// All that a stock client has, as one update; empty for our own.
    pub fn everything(&self, who: usize) -> Vec<u8> {
        match &self.peers[who].machine {
            Machine::Ondeck(_) => Vec::new(),
            Machine::Stock(client) => client.encode(),
        }
    }

    /// A client changes its text. Offsets must be within it and at character boundaries.
    pub fn edit(&mut self, who: usize, edit: &TextEdit) {
        let effects = self.peers[who].edit(self.now, edit, &mut self.ledger);
        self.carry_out(who, effects);
    }

    /// A client moves its caret.
    pub fn select(&mut self, who: usize, range: Option<(u32, u32)>) {
        let now = self.now;
        self.act(who, |replica, out| replica.select(now, range, out));
    }

    /// A client presents the slide that begins with this mark in its text.
    pub fn present(&mut self, who: usize, mark: Mark, offset: u32, take: bool) {
        let fragment = self.presented.len() as i32;
        self.presented.push(mark);
        self.act(who, |replica, out| {
            let term = replica.presentation().map(|presentation| presentation.term);
            replica.present(offset, fragment, false, term.filter(|_| take), out);
        });
    }

    /// A client ends the presentation.
    pub fn stop_presenting(&mut self, who: usize) {
        self.act(who, Replica::stop_presenting);
    }

    /// A client keeps the audience from what is edited, or lets it go on.
    pub fn hold(&mut self, who: usize, on: bool) {
        self.act(who, |replica, out| replica.hold(on, out));
    }

    /// A client offers the baton to another one.
    pub fn offer(&mut self, who: usize, to: usize) {
        let client = self.peers[to].client_id();
        self.act(who, |replica, out| replica.offer(client, "Ops", out));
    }

    /// The projector binds the slide to another place, as far as a client knows what is shown.
    pub fn rebind(&mut self, who: usize, removed: bool) {
        let replica = self.peers[who].replica();
        let Some(now) = replica.and_then(Replica::presentation).cloned() else { return };
        let index = self.server_of(who);
        // A room that crashed counted the same way; its projector went with it.
        let stage = self.servers[index].room().and_then(|room| room.stage().presentation());
        if stage.is_some_and(|stage| stage.seq == now.seq && stage.shown.slide != now.shown.slide) {
            return;
        }
        let doc = self.journal.durable();
        let Some(at) = doc.offset(&now.shown.slide) else { return };
        // When the slide is not removed it is where it was, fixed to the same place anew.
        let slide = if removed {
            doc.anchor(self.rng.below(1 + at as usize) as u32)
        } else {
            doc.anchor(at)
        };
        let removed_by = removed.then(|| "Somebody".to_owned());
        let effects =
            self.servers[index].handle(Event::Rebound { seq: now.seq, slide, removed_by });
        self.carry_out_server(index, effects);
    }

    /// The server that a client is connected to, or any.
    fn server_of(&self, who: usize) -> usize {
        let wire = self.peers[who].wire.and_then(|id| self.wires.get(&id));
        wire.map_or(0, |wire| wire.server)
    }

    fn act(&mut self, who: usize, act: impl FnOnce(&mut Replica, &mut Vec<ClientEffect>)) {
        let mut effects = Vec::new();
        if let Machine::Ondeck(replica) = &mut self.peers[who].machine {
            act(replica, &mut effects);
        }
        self.carry_out(who, effects);
    }

    /// Sends bytes that the client's own machine would not.
    pub fn inject(&mut self, who: usize, bytes: Bytes) {
        self.send_up(who, bytes);
    }

    /// The server changes what a client may do.
    pub fn set_role(&mut self, who: usize, role: Role) {
        self.peers[who].role = role;
        let Some(peer) = self.peers[who].wire else { return };
        if self.wires.get(&peer).is_some_and(|wire| wire.joined) {
            let index = self.server_of(who);
            let effects = self.servers[index].handle(Event::RoleChanged { peer, role });
            self.carry_out_server(index, effects);
        }
    }

    /// The person closes the tab and never comes back.
    pub fn retire(&mut self, who: usize) {
        self.hang_up(who);
        self.peers[who].retired = true;
    }

    /// The connection breaks: some of what was on the way is lost on both sides.
    pub fn cut(&mut self, who: usize) {
        let Some(id) = self.peers[who].wire else { return };
        if let Some(wire) = self.wires.get_mut(&id) {
            wire.break_down(&mut self.rng, 1006);
        }
    }

    /// Nothing gets through any more, and neither side is told.
    pub fn partition(&mut self, who: usize) {
        self.peers[who].partitioned = true;
    }

    /// Ends all partitions.
    pub fn heal(&mut self) {
        self.peers.iter_mut().for_each(|peer| peer.partitioned = false);
    }

    /// All server processes die.
    pub fn crash(&mut self) {
        (0..self.servers.len()).for_each(|index| self.crash_at(index));
    }

    /// The store fails: the room goes, and its peers with it, and is loaded anew.
    pub fn fail_storage(&mut self) {
        self.servers[0].crash();
        self.drop_connections_of(0, CloseReason::StorageFailed.code());
        self.start_server();
    }

    /// The server is put back to a backup of this very moment, which has another epoch.
    pub fn restore_backup(&mut self) {
        self.crash();
        self.journal.epoch += 1;
        self.start_server();
    }

    /// The server's disk is full.
    pub fn fill_disk(&mut self) {
        let effects = self.servers[0].fill_disk(&self.journal);
        self.carry_out_server(0, effects);
    }

    /// There is space on the server's disk again.
    pub fn free_disk(&mut self) {
        let effects = self.servers[0].free_disk();
        self.carry_out_server(0, effects);
    }

    /// All servers come (back) up.
    pub fn start_server(&mut self) {
        (0..self.servers.len()).for_each(|index| self.start_server_at(index));
    }

    /// The journal puts a snapshot in the place of its rows.
    pub fn compact(&mut self) {
        self.servers[0].compact(&mut self.journal);
    }

    /// Time goes by, and everybody who wants to be woken is.
    pub fn pass(&mut self, time: Millis) {
        let seconds = (self.now + time) / 1_000 - self.now / 1_000;
        self.now += time;
        self.beat();
        for index in 0..self.servers.len() {
            self.look_around(index);
            for _ in 0..seconds.clamp(1, MOST_TICKS) {
                let effects = self.servers[index].handle(Event::Tick);
                self.carry_out_server(index, effects);
            }
        }
        for who in 0..self.peers.len() {
            self.wake(who);
        }
    }

    /// Does one thing that could happen next; false when there is nothing.
    pub fn step(&mut self) -> bool {
        let steps = self.possible_steps();
        if steps.is_empty() {
            return false;
        }
        match self.rng.pick(&steps) {
            Step::Accept(id) => self.accept(id),
            Step::Up(id) => self.deliver_up(id),
            Step::Down(id) => self.deliver_down(id),
            Step::GiveUp(id) => self.server_loses(id),
            Step::Commit(index) => self.commit_at(index),
            Step::Report(index) => self.report_at(index),
            Step::Stage(index) => self.store_stage(index),
            Step::Letter => self.deliver_letter(),
        }
        self.check_stages();
        true
    }

    /// Goes on until nothing is on its way and nobody is about to do anything, however much
    /// virtual time that takes. A partitioned client counts as quiet.
    pub fn run_until_quiet(&mut self) {
        self.slow_commits = false;
        for _ in 0..TOO_MANY_STEPS {
            if self.step() {
                continue;
            }
            let Some(at) = (0..self.peers.len()).filter_map(|who| self.awaited(who)).min() else {
                return;
            };
            self.pass(at.saturating_sub(self.now));
        }
        panic!("the machines never come to rest");
    }

    /// The time that [`Net::run_until_quiet`] has to wait for on behalf of a client.
    fn awaited(&self, who: usize) -> Option<Millis> {
        let peer = &self.peers[who];
        if peer.retired || peer.partitioned {
            return None;
        }
        let wake = peer.next_wake()?;
        let is_open = peer.wire.is_some_and(|id| self.wires.get(&id).is_some_and(Wire::is_open));
        (!is_open || wake <= self.now + SETTLED).then_some(wake)
    }

    fn possible_steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (&id, wire) in &self.wires {
            if self.peers[wire.owner].partitioned {
                steps.extend(wire.joined.then_some(Step::GiveUp(id)).filter(|_| wire.is_broken()));
                continue;
            }
            if !wire.accepted {
                steps.push(Step::Accept(id));
                continue;
            }
            steps.extend(wire.has_up().then_some(Step::Up(id)));
            steps.extend(wire.has_down().then_some(Step::Down(id)));
        }
        for (index, server) in self.servers.iter().enumerate() {
            if server.may_commit() && !self.slow_commits {
                steps.push(Step::Commit(index));
            }
            steps.extend(server.has_unreported().then_some(Step::Report(index)));
            steps.extend(server.stage.as_ref().map(|_| Step::Stage(index)));
        }
        steps.extend((!self.letters.is_empty()).then_some(Step::Letter));
        steps
    }

    fn wake(&mut self, who: usize) {
        for _ in 0..WAKES_AT_ONCE {
            let due = self.peers[who].next_wake().is_some_and(|at| at <= self.now);
            if self.peers[who].retired || !due {
                return;
            }
            self.tell(who, ClientEvent::Wake);
        }
        let next = self.peers[who].next_wake();
        assert!(next.is_none_or(|at| at > self.now), "peer {who} wants to be woken for ever");
    }

    fn tell(&mut self, who: usize, event: ClientEvent) {
        let effects = self.peers[who].handle(self.now, event);
        self.carry_out(who, effects);
    }

    fn carry_out(&mut self, who: usize, effects: Vec<ClientEffect>) {
        self.peers[who].check(&effects, &self.journal, &self.ledger);
        for effect in effects {
            let told = self.peers[who].keep(self.now, &effect);
            self.carry_out(who, told);
            match effect {
                ClientEffect::Connect => {
                    self.hang_up(who);
                    self.wires_opened += 1;
                    let id = PeerId(self.wires_opened);
                    let server = match self.servers.len() {
                        1 => 0,
                        count => self.rng.below(count),
                    };
                    self.wires.insert(id, Wire::new(who, server));
                    self.peers[who].wire = Some(id);
                }
                ClientEffect::Disconnect => self.hang_up(who),
                ClientEffect::Send(bytes) => self.send_up(who, bytes),
                _ => {}
            }
        }
    }

    fn send_up(&mut self, who: usize, bytes: Bytes) {
        let wire = self.peers[who].wire.and_then(|id| self.wires.get_mut(&id));
        if let Some(wire) = wire.filter(|wire| wire.is_open()) {
            wire.up.push_back(Up::Frame(bytes));
        }
    }
}
