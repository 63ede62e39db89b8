//! One simulated server process: a room, and what its owner does for it.

use std::collections::{BTreeMap, VecDeque};

use super::journal::{Journal, NewRow, Outcome, Row};
use crate::Millis;
use crate::client_id::ClientIds;
use crate::nodes::{NodeId, SharedStage};
use crate::room::{CloseReason, Effect, Event, PeerId, Room, RoomOptions, Ticket};

/// Conflicts after which a connection is not believed any more: a client that changed nodes while
/// edits were on their way may meet some.
const MOST_CONFLICTS: u32 = 4;

/// Committed, but the room has not been told.
#[derive(Clone, Copy)]
struct Unreported {
    ticket: Ticket,
    /// How many rows, and the number of the last one.
    rows: usize,
    last: usize,
}

/// A server process, up or down.
pub struct Server {
    pub(super) node: Option<NodeId>,
    room: Option<Room>,
    epoch: u64,
    uncommitted: VecDeque<NewRow>,
    unreported: Option<Unreported>,
    /// How often yrs failed over an update; no peer of the simulation can bring that about.
    pub reloads: u32,
    /// It reaches the store.
    pub(super) is_linked: bool,
    /// It reaches the other servers.
    pub(super) is_on_bus: bool,
    /// When it last said that it is there.
    pub(super) beat: Millis,
    batches: u64,
    /// So many of what is not committed are in the batch that is tried (again).
    batch: Option<usize>,
    /// All rows up to this number are in the room.
    position: usize,
    /// Rows that came before others did; `None` for its own, which the room has.
    early: BTreeMap<usize, Option<Row>>,
    /// A change of the presentation that is to be stored.
    pub(super) stage: Option<(u64, SharedStage)>,
    conflicts: BTreeMap<PeerId, u32>,
}

impl Server {
    pub(super) fn new(node: Option<NodeId>) -> Self {
        Self {
            node,
            room: None,
            epoch: 0,
            uncommitted: VecDeque::new(),
            unreported: None,
            reloads: 0,
            is_linked: true,
            is_on_bus: true,
            beat: 0,
            batches: 0,
            batch: None,
            position: 0,
            early: BTreeMap::new(),
            stage: None,
            conflicts: BTreeMap::new(),
        }
    }

    /// The running room.
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// Whose rows these are.
    pub(super) fn name(&self) -> NodeId {
        self.node.unwrap_or(NodeId(0))
    }

    pub(super) fn start(&mut self, journal: &Journal) -> Vec<Effect> {
        if self.room.is_some() || !self.is_linked {
            return Vec::new();
        }
        self.epoch = journal.epoch;
        self.position = journal.rows.len();
        let options = RoomOptions {
            epoch: journal.epoch,
            version: "test".to_owned(),
            ids: ClientIds::new(&[7; 32], "deck"),
            claims: journal.claims.clone(),
            node: self.node,
        };
        self.room = Some(Room::new(journal.load(), options));
        let (version, stage) = journal.stage();
        match version {
            0 => Vec::new(),
            version => self.handle(Event::Stage { version, stage }),
        }
    }

    /// The room is gone, and with it all that was not committed.
    pub(super) fn crash(&mut self) {
        self.room = None;
        self.uncommitted.clear();
        self.unreported = None;
        self.batch = None;
        self.early.clear();
        self.stage = None;
        self.conflicts.clear();
        // What comes of the batch that is under way is not asked any more.
        self.batches += 1;
    }

    pub(super) fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(room) = &mut self.room {
            room.handle(event, &mut effects);
        }
        effects
    }

    pub(super) fn append(&mut self, row: NewRow) {
        self.uncommitted.push_back(row);
    }

    /// The disk is full: what is not committed never will be.
    pub(super) fn fill_disk(&mut self, journal: &Journal) -> Vec<Effect> {
        let mut effects = self.report();
        self.set_back(journal, &mut effects);
        effects
    }

    /// Goes back to what is stored.
    fn set_back(&mut self, journal: &Journal, effects: &mut Vec<Effect>) {
        self.uncommitted.clear();
        self.early.clear();
        (self.batch, self.position) = (None, journal.rows.len());
        self.batches += 1;
        if let Some(room) = &mut self.room {
            room.storage_failed(journal.load(), effects);
            room.learn_claims(journal.claims.clone());
        }
    }

    /// There is space on the disk again, or the store is there again.
    pub(super) fn free_disk(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(room) = self.room.as_mut().filter(|room| !room.is_writable()) {
            room.storage_back(&mut effects);
        }
        effects
    }

    pub(super) fn uncommitted(&self) -> usize {
        self.uncommitted.len()
    }

    /// Whether there is something to commit, and no answer that has to be heard before.
    pub(super) fn may_commit(&self) -> bool {
        let is_new = self.room.as_ref().is_some_and(Room::is_writable);
        let can = self.is_linked || is_new;
        !self.uncommitted.is_empty() && (self.node.is_none() || can && self.unreported.is_none())
    }

    /// Stores the first `count` updates, or the batch that was tried before.
    pub(super) fn commit(&mut self, count: usize, journal: &mut Journal) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.is_linked {
            if let Some(room) = &mut self.room {
                room.storage_paused(&mut effects);
            }
            return effects;
        }
        match self.try_batch(count, journal) {
            Outcome::Stored(last) => self.stored(last),
            Outcome::AnotherLineage => self.crash(),
            Outcome::Conflict(index) => {
                let peer = self.uncommitted[index].peer;
                self.set_back(journal, &mut effects);
                effects.extend(self.free_disk());
                let conflicts = self.conflicts.entry(peer).or_default();
                *conflicts += 1;
                if *conflicts > MOST_CONFLICTS {
                    effects.push(Effect::Close { peer, reason: CloseReason::AnotherHistory });
                }
            }
        }
        effects
    }

    fn try_batch(&mut self, count: usize, journal: &mut Journal) -> Outcome {
        let count = *self.batch.get_or_insert(count);
        let rows: Vec<NewRow> = self.uncommitted.iter().take(count).cloned().collect();
        let outcome = journal.append(self.epoch, self.name(), self.batches, &rows);
        let is_alone = self.node.is_none();
        assert!(!is_alone || matches!(outcome, Outcome::Stored(_)), "alone, and {outcome:?}");
        outcome
    }

    fn stored(&mut self, last: usize) {
        let count = self.batch.take().unwrap_or_default();
        let ticket = self.uncommitted.drain(..count).next_back().map(|row| row.ticket);
        self.batches += 1;
        if let Some(ticket) = ticket {
            let before = self.unreported.map_or(0, |unreported| unreported.rows);
            self.unreported = Some(Unreported { ticket, rows: before + count, last });
        }
    }

    /// The store cannot be reached from here; a batch may have got through just before.
    pub(super) fn unlink(&mut self, got_through: bool, journal: &mut Journal) {
        let (first, waits) = (self.batch.is_none(), self.uncommitted.len());
        if self.is_linked && got_through && waits > 0 && self.unreported.is_none() && first {
            self.try_batch(waits.div_ceil(2), journal);
        }
        self.is_linked = false;
    }

    pub(super) fn has_unreported(&self) -> bool {
        self.unreported.is_some()
    }

    /// Tells the room that its own rows are stored. Those that others stored before them may come later.
    pub(super) fn report(&mut self) -> Vec<Effect> {
        let Some(Unreported { ticket, rows, last }) = self.unreported.take() else {
            return Vec::new();
        };
        let mut effects = self.handle(Event::Appended { ticket });
        if self.node.is_some() {
            let own = (last - rows + 1..=last).filter(|&number| number > self.position);
            self.early.extend(own.map(|number| (number, None)));
            // Also when the store is away again by now: the next batch shows that, and this was the
            // last that waited.
            effects.extend(self.free_disk());
        }
        effects.extend(self.take_early());
        effects
    }

    /// The numbers of the rows that are about to be reported, for the other servers.
    pub(super) fn about_to_report(&self) -> std::ops::Range<usize> {
        self.unreported.map_or(0..0, |it| it.last - it.rows..it.last)
    }

    fn take_rows(&mut self, rows: &[Row]) -> Vec<Effect> {
        self.position += rows.len();
        let rows: Vec<_> = rows.iter().map(Row::elsewhere).collect();
        if rows.is_empty() { Vec::new() } else { self.handle(Event::Written { rows }) }
    }

    /// A row came over the bus; `number` counts from 1.
    pub(super) fn hear_row(&mut self, number: usize, row: Row) -> Vec<Effect> {
        if self.room.is_some() && number > self.position {
            self.early.entry(number).or_insert(Some(row));
        }
        self.take_early()
    }

    fn take_early(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(row) = self.early.remove(&(self.position + 1)) {
            match row {
                Some(row) => effects.extend(self.take_rows(&[row])),
                None => self.position += 1,
            }
        }
        effects
    }

    /// Somebody comes, who may have been on another server: reads all that is stored, so that they
    /// find what they had there. Its own rows are known.
    pub(super) fn read_all(&mut self, journal: &Journal) -> Vec<Effect> {
        if self.node.is_none() || self.room.is_none() || self.epoch != journal.epoch {
            return Vec::new();
        }
        let effects = self.take_rows(&journal.rows[self.position..]);
        let position = self.position;
        self.early.retain(|&number, _| number > position);
        effects
    }

    /// Whether somebody may come.
    pub(super) fn is_open(&self) -> bool {
        self.room.is_some() && (self.node.is_none() || self.is_linked)
    }

    /// Reads what it missed, up to what it wrote itself and has no answer for yet.
    pub(super) fn poll(&mut self, journal: &Journal) -> Vec<Effect> {
        if self.room.is_none() || !self.is_linked {
            return Vec::new();
        }
        if self.epoch != journal.epoch {
            self.crash();
            return Vec::new();
        }
        let mut effects = Vec::new();
        while let Some(row) = journal.rows.get(self.position) {
            match self.early.remove(&(self.position + 1)) {
                Some(None) => self.position += 1,
                _ if row.node == self.name() => break,
                _ => effects.extend(self.take_rows(std::slice::from_ref(row))),
            }
        }
        let (version, stage) = journal.stage();
        if self.room.as_ref().is_some_and(|room| room.stage_version() < version) {
            effects.extend(self.handle(Event::Stage { version, stage }));
        }
        effects
    }

    /// Puts a snapshot in the place of all rows, when everything is committed.
    pub(super) fn compact(&mut self, journal: &mut Journal) {
        let Some(room) = &self.room else { return };
        if room.is_durable() {
            let snapshot = room.snapshot();
            assert!(snapshot.is_some(), "the room does not read back to its own text");
            journal.compact(snapshot.unwrap_or_default(), self.name());
        }
    }

    pub(super) fn reload(&mut self, journal: &mut Journal) {
        self.reloads += 1;
        self.commit(self.uncommitted.len(), journal);
        if let Some(room) = &mut self.room {
            room.replace_document(journal.load());
            room.learn_claims(journal.claims.clone());
        }
    }
}
