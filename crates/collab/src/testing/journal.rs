//! The simulated store of one deck: rows with numbers, whose they are, and the presentation.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::doc::DeckDoc;
use crate::nodes::{NodeId, SharedStage, Span, WrittenElsewhere};
use crate::room::{PeerId, Ticket};

/// Client id of documents on the server, which never edit.
const SERVER: u64 = 1;

/// Ids of stock clients and whose they are.
pub(super) type Claims = Vec<(u64, String)>;

/// An update on its way to the store.
#[derive(Clone)]
pub(super) struct NewRow {
    pub(super) ticket: Ticket,
    pub(super) peer: PeerId,
    pub(super) update: Bytes,
    pub(super) claims: Claims,
    pub(super) spans: Vec<Span>,
    pub(super) author: String,
}

/// A committed update.
#[derive(Clone)]
pub(super) struct Row {
    update: Bytes,
    author: String,
    claims: Claims,
    pub(super) node: NodeId,
}

impl Row {
    pub(super) fn elsewhere(&self) -> WrittenElsewhere {
        let Self { update, author, claims, .. } = self.clone();
        WrittenElsewhere { update, author, claims }
    }
}

/// What becomes of a batch.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The number of its last row.
    Stored(usize),
    /// Somebody else wrote what this row says was written.
    Conflict(usize),
    /// The deck is of another lineage by now.
    AnotherLineage,
}

/// The store of one deck: what is committed survives everything, the rest survives nothing.
pub struct Journal {
    pub(super) epoch: u64,
    pub(super) rows: Vec<Row>,
    pub(super) claims: BTreeMap<u64, String>,
    /// The next clock of each client.
    clocks: BTreeMap<u64, u64>,
    /// The last batch of each node, and the number of its last row.
    batches: BTreeMap<NodeId, (u64, usize)>,
    /// The presentation, in all its versions: the first has version 1.
    pub(super) stages: Vec<SharedStage>,
    /// What a restart would load, kept up to date row by row.
    copy: DeckDoc,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            epoch: 1,
            rows: Vec::new(),
            claims: BTreeMap::new(),
            clocks: BTreeMap::new(),
            batches: BTreeMap::new(),
            stages: Vec::new(),
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
            assert!(doc.apply_unchecked(&row.update).is_ok(), "a committed row cannot be read");
        }
        assert!(doc.text() == self.copy.text(), "the journal reads back differently");
        doc
    }

    /// What is committed.
    pub fn durable(&self) -> &DeckDoc {
        &self.copy
    }

    /// Stores a batch, all of it or nothing.
    pub(super) fn append(
        &mut self,
        epoch: u64,
        node: NodeId,
        batch: u64,
        rows: &[NewRow],
    ) -> Outcome {
        if epoch != self.epoch {
            return Outcome::AnotherLineage;
        }
        if let Some(&(last, number)) = self.batches.get(&node)
            && last == batch
        {
            return Outcome::Stored(number);
        }
        let mut clocks = self.clocks.clone();
        for (index, row) in rows.iter().enumerate() {
            let claimed = |(client, by): &(u64, String)| {
                self.claims.get(client).is_some_and(|owner| owner != by)
            };
            let fits = |span: &Span| {
                clocks.insert(span.client, span.until).is_none_or(|next| next == span.from)
            };
            if row.claims.iter().any(claimed) || !row.spans.iter().all(fits) {
                return Outcome::Conflict(index);
            }
        }
        self.clocks = clocks;
        for row in rows {
            let applied = self.copy.apply_unchecked(&row.update);
            assert!(applied.is_ok(), "an appended update is unreadable");
            self.claims.extend(row.claims.clone());
            let NewRow { update, author, claims, .. } = row.clone();
            self.rows.push(Row { update, author, claims, node });
        }
        self.batches.insert(node, (batch, self.rows.len()));
        Outcome::Stored(self.rows.len())
    }

    /// Puts a snapshot in the place of all rows.
    pub(super) fn compact(&mut self, snapshot: Vec<u8>, node: NodeId) {
        let (update, author, claims) = (snapshot.into(), String::new(), Vec::new());
        self.rows = vec![Row { update, author, claims, node }];
    }

    /// Stores the presentation, if nobody was faster; gives what is stored by then.
    pub(super) fn set_stage(&mut self, expected: u64, stage: SharedStage) -> (u64, SharedStage) {
        if expected == self.stages.len() as u64 {
            self.stages.push(stage);
        }
        self.stage()
    }

    /// The presentation and its version.
    pub(super) fn stage(&self) -> (u64, SharedStage) {
        (self.stages.len() as u64, self.stages.last().cloned().unwrap_or_default())
    }
}
