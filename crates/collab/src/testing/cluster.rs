//! Several servers of one deck: what they tell each other, and what goes wrong between them.

use super::journal::Row;
use super::{Net, Server};
use crate::Millis;
use crate::nodes::{NodeId, NodeMessage, SharedStage};
use crate::room::{CloseReason, Event};

/// After so long without a sign a server counts as gone.
const GONE_AFTER: Millis = 6_000;
/// Of all messages between servers one in so many is lost, and as many come twice.
const MISHAPS: usize = 8;

/// What servers tell each other.
#[derive(Clone)]
enum Said {
    Row(usize, Row),
    Stage(u64, SharedStage),
    Room(NodeMessage),
}

/// A message on its way to one server.
pub(super) struct Letter {
    from: NodeId,
    to: usize,
    said: Said,
}

impl Net {
    /// An empty deck on several running servers.
    pub fn of_servers(seed: u64, count: usize) -> Self {
        let mut net = Self::new(seed);
        net.servers = (0..count).map(|index| Server::new(Some(NodeId(index as u64 + 1)))).collect();
        (net.nodes, net.is_calm) = (count as u64, false);
        (0..count).for_each(|index| net.start_server_at(index));
        net
    }

    /// How many servers there are.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// One server comes (back) up: a new process.
    pub fn start_server_at(&mut self, index: usize) {
        let server = &mut self.servers[index];
        if server.room().is_some() {
            return;
        }
        if server.node.is_some() {
            self.nodes += 1;
            server.node = Some(NodeId(self.nodes));
            server.beat = self.now;
        }
        let effects = server.start(&self.journal);
        self.carry_out_server(index, effects);
    }

    /// One server process dies.
    pub fn crash_at(&mut self, index: usize) {
        self.servers[index].crash();
        self.drop_connections_of(index, 1006);
    }

    /// The room of one server is closed while nobody is there, and opened again.
    pub fn reopen_at(&mut self, index: usize) {
        let is_idle = self.servers[index].room().is_some_and(|room| room.is_idle());
        if is_idle && self.servers[index].is_linked {
            self.servers[index].crash();
            let effects = self.servers[index].start(&self.journal);
            self.carry_out_server(index, effects);
        }
    }

    /// One server does not reach the store any more.
    pub fn unlink(&mut self, index: usize) {
        self.is_calm = false;
        let got_through = self.rng.one_in(2);
        self.servers[index].unlink(got_through, &mut self.journal);
    }

    /// One server reaches the store again.
    pub fn link(&mut self, index: usize) {
        self.servers[index].is_linked = true;
    }

    /// One server does not hear the others any more, nor they it.
    pub fn mute(&mut self, index: usize) {
        self.servers[index].is_on_bus = false;
    }

    /// Ends all that is wrong between the servers.
    pub fn heal_servers(&mut self) {
        self.is_calm = true;
        for index in 0..self.servers.len() {
            (self.servers[index].is_linked, self.servers[index].is_on_bus) = (true, true);
            self.start_server_at(index);
        }
    }

    /// Lets the servers find out what they missed.
    pub fn settle(&mut self) {
        self.heal_servers();
        for _ in 0..16 {
            self.run_until_quiet();
            self.pass(1_000);
        }
        self.run_until_quiet();
    }

    fn goes_wrong(&mut self) -> bool {
        !self.is_calm && self.rng.one_in(MISHAPS)
    }

    fn tell_servers(&mut self, from: usize, said: &Said) {
        let Some(node) = self.servers[from].node.filter(|_| self.servers[from].is_on_bus) else {
            return;
        };
        for to in (0..self.servers.len()).filter(|&to| to != from) {
            if self.servers[to].is_on_bus && !self.goes_wrong() {
                self.letters.push(Letter { from: node, to, said: said.clone() });
            }
        }
    }

    pub(super) fn tell_rooms(&mut self, from: usize, message: NodeMessage) {
        self.tell_servers(from, &Said::Room(message));
    }

    /// One of the messages between the servers comes, whichever: there is no order among them.
    pub(super) fn deliver_letter(&mut self) {
        let index = self.rng.below(self.letters.len());
        let Letter { from, to, said } = self.letters.swap_remove(index);
        if self.goes_wrong() {
            self.letters.push(Letter { from, to, said: said.clone() });
        }
        let server = &mut self.servers[to];
        let effects = match said {
            Said::Row(number, row) => server.hear_row(number, row),
            Said::Stage(version, stage) => server.handle(Event::Stage { version, stage }),
            Said::Room(message) => server.handle(Event::FromNode { node: from, message }),
        };
        self.carry_out_server(to, effects);
    }

    pub(super) fn commit_at(&mut self, index: usize) {
        let count = 1 + self.rng.below(self.servers[index].uncommitted());
        let effects = self.servers[index].commit(count, &mut self.journal);
        self.carry_out_server(index, effects);
        if self.servers[index].room().is_none() {
            self.drop_connections_of(index, CloseReason::Draining.code());
        }
    }

    pub(super) fn report_at(&mut self, index: usize) {
        let rows = self.servers[index].about_to_report();
        let effects = self.servers[index].report();
        if self.servers.len() > 1 {
            for number in rows {
                let row = self.journal.rows[number].clone();
                self.tell_servers(index, &Said::Row(number + 1, row));
            }
        }
        self.carry_out_server(index, effects);
    }

    /// The store is asked to change the presentation, and may not be reached, or its answer may not.
    pub(super) fn store_stage(&mut self, index: usize) {
        let Some((expected, stage)) = self.servers[index].stage.take() else { return };
        let is_linked = self.servers[index].is_linked;
        let is_heard = is_linked && !self.goes_wrong();
        let event = if is_linked && (is_heard || self.rng.one_in(2)) {
            let (version, stage) = self.journal.set_stage(expected, stage);
            Event::Stage { version, stage }
        } else {
            Event::StageAway
        };
        if let Event::Stage { version, stage } = &event {
            self.tell_servers(index, &Said::Stage(*version, stage.clone()));
        }
        let event = if is_heard { event } else { Event::StageAway };
        let effects = self.servers[index].handle(event);
        self.carry_out_server(index, effects);
    }

    /// Every server that reaches the store says there that it is there.
    pub(super) fn beat(&mut self) {
        for server in self.servers.iter_mut().filter(|server| server.is_linked) {
            server.beat = self.now;
        }
    }

    /// What a server does once a second beside its ticks.
    pub(super) fn look_around(&mut self, index: usize) {
        let (now, server) = (self.now, &self.servers[index]);
        if server.node.is_none() || server.room().is_none() || !server.is_linked {
            return;
        }
        let is_there = |server: &&Server| server.room().is_some() && now < server.beat + GONE_AFTER;
        let present = self.servers.iter().filter(is_there).filter_map(|server| server.node);
        let present = present.collect();
        let mut effects = self.servers[index].handle(Event::Nodes { present });
        effects.extend(self.servers[index].poll(&self.journal));
        self.carry_out_server(index, effects);
        if self.servers[index].room().is_none() {
            self.drop_connections_of(index, CloseReason::Draining.code());
        }
    }

    /// What must hold at every moment: what a room goes by is what was stored under that version, and
    /// a driver is one by that alone.
    pub(super) fn check_stages(&self) {
        for server in &self.servers {
            let Some(room) = server.room().filter(|_| server.node.is_some()) else { continue };
            let version = room.stage_version();
            let stored = match version {
                0 => SharedStage::default(),
                version => self.journal.stages[version as usize - 1].clone(),
            };
            assert_eq!(room.stage(), &stored, "version {version} of the presentation");
            let baton = stored.live.and_then(|live| live.baton).and_then(|baton| baton.node);
            let is_driven = room.driver().is_some();
            assert!(!is_driven || baton == server.node, "somebody drives who has no baton");
        }
    }

    /// Checks that all servers have the same, when all is quiet.
    pub(super) fn check_servers(&self, text: &str) {
        let stored = self.journal.stage();
        for server in &self.servers {
            let Some(room) = server.room() else { panic!("a server is down") };
            super::checks::assert_same(&room.text(), text, "a room");
            assert!(room.is_durable(), "something is not stored");
            assert!(room.is_writable(), "a room takes no edits");
            assert_eq!(server.reloads, 0, "yrs failed over an update");
            if server.node.is_some() {
                assert_eq!((room.stage_version(), room.stage()), (stored.0, &stored.1));
            }
        }
    }
}
