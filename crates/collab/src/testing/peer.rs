//! One simulated client with everything that is known about what it did.

use std::collections::BTreeMap;

use super::device::Device;
use super::journal::Journal;
use super::ledger::{Ledger, Mark};
use super::stock::StockClient;
use crate::Millis;
use crate::access::Role;
use crate::doc::{self, TextEdit};
use crate::replica::{ClientEffect, ClientEvent, Replica, Status};
use crate::room::{PeerId, Protocol};

/// What a simulated client runs on.
pub enum Machine {
    /// Our own client.
    Ondeck(Box<Replica>),
    /// A stock Yjs client.
    Stock(StockClient),
}

/// A client, honest unless its role forbids what it does.
pub struct Peer {
    pub(super) machine: Machine,
    device: Device,
    /// How much each of the ids that it wrote with has written.
    written: BTreeMap<u64, u32>,
    /// What the server lets it do.
    pub(super) role: Role,
    /// The connection it uses or tries to open.
    pub(super) wire: Option<PeerId>,
    /// No byte gets through, and nobody is told.
    pub(super) partitioned: bool,
    /// Sends what no honest client sends; nothing of it may reach anybody.
    pub(super) hostile: bool,
    /// Gone for good.
    pub(super) retired: bool,
    /// What an editor without a document would show.
    mirror: String,
    pub(super) edits: u32,
    removed: Vec<Mark>,
}

impl Peer {
    pub(super) fn new(machine: Machine, role: Role) -> Self {
        Self {
            machine,
            device: Device::default(),
            written: BTreeMap::new(),
            role,
            wire: None,
            partitioned: false,
            hostile: false,
            retired: false,
            mirror: String::new(),
            edits: 0,
            removed: Vec::new(),
        }
    }

    /// Our own client, if it is one.
    pub fn replica(&self) -> Option<&Replica> {
        match &self.machine {
            Machine::Ondeck(replica) => Some(replica),
            Machine::Stock(_) => None,
        }
    }

    /// Whether it is gone for good.
    pub fn is_retired(&self) -> bool {
        self.retired
    }

    /// Its Yjs client id.
    pub fn client_id(&self) -> u64 {
        match &self.machine {
            Machine::Ondeck(replica) => replica.client_id(),
            Machine::Stock(client) => client.client_id(),
        }
    }

    /// Whether its tab could go away now without losing anything.
    pub fn may_reload(&self) -> bool {
        self.replica().is_some_and(|replica| replica.unkept() == 0)
    }

    /// The tab is gone; the next one finds what the device kept.
    pub(super) fn reload(&mut self, now: Millis, replica: Replica) -> Vec<ClientEffect> {
        let mut out = Vec::new();
        self.mirror.clear();
        let mut replica = Box::new(replica);
        replica.handle(now, ClientEvent::Start, &mut out);
        for queue in self.device.queues() {
            replica.adopt(now, queue, &mut out);
        }
        self.machine = Machine::Ondeck(replica);
        out
    }

    /// The whole text.
    pub fn text(&self) -> String {
        match &self.machine {
            Machine::Ondeck(replica) => replica.text(),
            Machine::Stock(client) => client.text(),
        }
    }

    pub(super) fn protocol(&self) -> Protocol {
        match self.machine {
            Machine::Ondeck(_) => Protocol::Ondeck,
            Machine::Stock(_) => Protocol::Yjs,
        }
    }

    pub(super) fn next_wake(&self) -> Option<Millis> {
        match &self.machine {
            Machine::Ondeck(replica) => replica.next_wake(),
            Machine::Stock(client) => client.next_wake(),
        }
    }

    /// Keeps what is to be kept on its device, and tells the client so.
    pub(super) fn keep(&mut self, now: Millis, effect: &ClientEffect) -> Vec<ClientEffect> {
        match self.device.carry_out(effect) {
            Some(upto) => self.handle(now, ClientEvent::Kept { upto }),
            None => Vec::new(),
        }
    }

    pub(super) fn handle(&mut self, now: Millis, event: ClientEvent) -> Vec<ClientEffect> {
        let mut out = Vec::new();
        match &mut self.machine {
            Machine::Ondeck(replica) => replica.handle(now, event, &mut out),
            Machine::Stock(client) => client.handle(now, event, &mut out),
        }
        out
    }

    pub(super) fn edit(
        &mut self,
        now: Millis,
        edit: &TextEdit,
        ledger: &mut Ledger,
    ) -> Vec<ClientEffect> {
        self.removed.extend(ledger.edited(&self.text(), edit));
        self.edits += 1;
        doc::apply_edits(&mut self.mirror, std::slice::from_ref(edit));
        let mut out = Vec::new();
        match &mut self.machine {
            Machine::Ondeck(replica) => replica.edit(now, std::slice::from_ref(edit), &mut out),
            Machine::Stock(client) => client.edit(std::slice::from_ref(edit), &mut out),
        }
        out
    }

    /// Checks what must hold after each step: the editor shows the replica's text, and "Saved"
    /// is said only of what the journal holds.
    pub(super) fn check(&mut self, effects: &[ClientEffect], journal: &Journal, ledger: &Ledger) {
        let Machine::Ondeck(replica) = &self.machine else { return };
        for effect in effects {
            if let ClientEffect::Text(edits) = effect {
                doc::apply_edits(&mut self.mirror, edits);
            }
            if let ClientEffect::Replaced { .. } = effect {
                // What was written before is in the deck under other ids.
                self.written.clear();
            }
        }
        assert_shown(&self.mirror, &replica.text());
        if let Some((client, clock)) = replica.written() {
            self.written.insert(client, clock);
        }
        if replica.status() != Status::Saved || !effects.contains(&ClientEffect::Status) {
            return;
        }
        let durable = journal.durable();
        for (&client, &clock) in &self.written {
            let stored = durable.clock(client);
            assert!(stored >= clock, "saved, but {} units are not durable", clock - stored);
        }
        let there = ledger.find(&durable.text());
        let undone = self.removed.iter().find(|mark| there.iter().any(|(found, _)| found == *mark));
        assert_eq!(undone, None, "saved, but a removal is not durable");
    }
}

/// The same text, but that a character which somebody cut in two may still be shown whole: a cut
/// whose own text is gone again is in no edit. [D5]
fn assert_shown(mirror: &str, text: &str) {
    if mirror == text {
        return;
    }
    let (shown, held): (Vec<u16>, Vec<u16>) =
        (mirror.encode_utf16().collect(), text.encode_utf16().collect());
    assert_eq!(shown.len(), held.len(), "the edits told lead to a text of another length");
    let differs = |(a, b): (&u16, &u16)| a != b && *b != 0xfffd;
    let at = shown.iter().zip(&held).position(differs);
    let around = |units: &[u16], at: usize| {
        String::from_utf16_lossy(&units[at.saturating_sub(20)..units.len().min(at + 20)])
    };
    assert_eq!(
        at,
        None,
        "the edits told lead to another text: {:?} instead of {:?}",
        around(&shown, at.unwrap_or(0)),
        around(&held, at.unwrap_or(0))
    );
}
