//! The simulated server: one room over a journal with an explicit commit.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::client_id::ClientIds;
use crate::doc::DeckDoc;
use crate::room::{Effect, Event, Room, RoomOptions, Ticket};

/// Client id of documents on the server, which never edit.
const SERVER: u64 = 1;

/// Ids of stock clients and whose they are.
type Claims = Vec<(u64, String)>;

/// The store of one deck: what is committed survives everything, the rest survives nothing.
pub struct Journal {
    epoch: u64,
    rows: Vec<Vec<u8>>,
    uncommitted: VecDeque<(Ticket, Bytes, Claims)>,
    claims: BTreeMap<u64, String>,
    /// What a restart would load, kept up to date row by row.
    copy: DeckDoc,
}

impl Journal {
    fn new() -> Self {
        Self {
            epoch: 1,
            rows: Vec::new(),
            uncommitted: VecDeque::new(),
            claims: BTreeMap::new(),
            copy: DeckDoc::new(SERVER),
        }
    }

    /// Reads a document from the committed rows, as a restart does.
    ///
    /// # Panics
    /// When a committed row cannot be read, or adds up to another text than it did before.
    pub fn load(&self) -> DeckDoc {
        let mut doc = DeckDoc::new(SERVER);
        for row in &self.rows {
            assert!(doc.apply_unchecked(row).is_ok(), "a committed row cannot be read");
        }
        assert!(doc.text() == self.copy.text(), "the journal reads back differently");
        doc
    }

    /// What is committed.
    pub fn durable(&self) -> &DeckDoc {
        &self.copy
    }

    fn commit(&mut self, count: usize) -> Option<Ticket> {
        let mut last = None;
        for (ticket, update, claims) in self.uncommitted.drain(..count) {
            assert!(self.copy.apply_unchecked(&update).is_ok(), "an appended update is unreadable");
            self.rows.push(update.into());
            self.claims.extend(claims);
            last = Some(ticket);
        }
        last
    }
}

/// A server process, up or down.
pub struct Server {
    room: Option<Room>,
    journal: Journal,
    /// Committed, but the room has not been told.
    unreported: Option<Ticket>,
    /// How often yrs failed over an update; no peer of the simulation can bring that about.
    pub reloads: u32,
}

impl Server {
    pub(super) fn new() -> Self {
        let mut server = Self { room: None, journal: Journal::new(), unreported: None, reloads: 0 };
        server.start();
        server
    }

    /// The running room.
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// The store.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn start(&mut self) {
        if self.room.is_none() {
            let options = RoomOptions {
                epoch: self.journal.epoch,
                version: "test".to_owned(),
                ids: ClientIds::new(&[7; 32], "deck"),
                claims: self.journal.claims.clone(),
            };
            self.room = Some(Room::new(self.journal.load(), options));
        }
    }

    /// The process is gone, and with it all that was not committed.
    pub(super) fn crash(&mut self) {
        self.room = None;
        self.journal.uncommitted.clear();
        self.unreported = None;
    }

    pub(super) fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(room) = &mut self.room {
            room.handle(event, &mut effects);
        }
        effects
    }

    pub(super) fn append(&mut self, ticket: Ticket, update: Bytes, claims: Claims) {
        self.journal.uncommitted.push_back((ticket, update, claims));
    }

    /// The process ends, and the operator puts back the backup of this very moment.
    pub(super) fn restore_backup(&mut self) {
        self.crash();
        self.journal.epoch += 1;
    }

    /// The disk is full: what is not committed never will be.
    pub(super) fn fill_disk(&mut self) -> Vec<Effect> {
        let mut effects = self.report();
        let doc = self.journal.load();
        self.journal.uncommitted.clear();
        if let Some(room) = &mut self.room {
            room.storage_failed(doc, &mut effects);
        }
        effects
    }

    /// There is space on the disk again.
    pub(super) fn free_disk(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(room) = self.room.as_mut().filter(|room| !room.is_writable()) {
            room.storage_back(&mut effects);
        }
        effects
    }

    pub(super) fn uncommitted(&self) -> usize {
        self.journal.uncommitted.len()
    }

    pub(super) fn commit(&mut self, count: usize) {
        self.unreported = self.journal.commit(count).or(self.unreported);
    }

    pub(super) fn has_unreported(&self) -> bool {
        self.unreported.is_some()
    }

    pub(super) fn report(&mut self) -> Vec<Effect> {
        self.unreported.take().map_or(Vec::new(), |ticket| self.handle(Event::Appended { ticket }))
    }

    /// Puts a snapshot in the place of all rows, when everything is committed.
    pub(super) fn compact(&mut self) {
        let Some(room) = &self.room else { return };
        if room.is_durable() {
            let snapshot = room.snapshot();
            assert!(snapshot.is_some(), "the room does not read back to its own text");
            self.journal.rows = snapshot.into_iter().collect();
        }
    }

    pub(super) fn reload(&mut self) {
        self.reloads += 1;
        self.commit(self.uncommitted());
        let doc = self.journal.load();
        if let Some(room) = &mut self.room {
            room.replace_document(doc);
        }
    }
}
