//! The deck's CRDT document: the only owner of a `yrs::Doc`.
//!
//! One root text, [`ROOT`]. Offsets are UTF-16 units everywhere, as in CodeMirror and Yjs.

mod anchor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use yrs::types::Delta;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Assoc, ClientID, Doc, GetString, Observable, OffsetKind, Options, Out, ReadTxn, StateVector,
    Text, TextRef, Transact, Update,
};

use crate::lint::{self, MAX_NEW_CLIENTS, MAX_STATE_VECTOR_ENTRIES, Malformed};
use crate::nodes::Span;
pub use anchor::Anchor;
use anchor::sticky;

/// Name of the one shared text.
pub const ROOT: &str = "source";
/// Most UTF-16 units of text in a deck (1 MB for Latin text).
pub const MAX_TEXT_UNITS: u64 = 1024 * 1024;

/// Most work that one update may be, in units of about a nanosecond: what yrs would take at worst.
/// Few people ever leave as many edits in as large a deck behind, and they are told.
const MAX_WORK: u64 = 20_000_000_000;
/// Work of looking at one piece of the text on the way to a place in it.
const WORK_PER_PIECE: u64 = 500;
/// Bytes that a piece takes in an encoded state besides its text, at least.
const BYTES_PER_PIECE: usize = 8;
/// So many places are never too many.
const FEW_PLACES: u64 = 64;

/// One change of the text. A list of them is applied one after the other: each is in the
/// coordinates that the ones before it left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEdit {
    /// Where, in UTF-16 units.
    pub at: u32,
    /// How many UTF-16 units are removed there.
    pub delete: u32,
    /// What is put there instead.
    pub insert: String,
}

impl TextEdit {
    /// An edit that only adds.
    pub fn insert(at: u32, text: &str) -> Self {
        Self { at, delete: 0, insert: text.to_owned() }
    }

    /// An edit that only removes.
    pub fn delete(at: u32, units: u32) -> Self {
        Self { at, delete: units, insert: String::new() }
    }

    /// Where a position is after the edit: it stays before its character.
    pub fn carry(&self, offset: u32) -> u32 {
        let inserted = self.insert.encode_utf16().count() as u32;
        if offset < self.at {
            offset
        } else {
            self.at + inserted + offset.saturating_sub(self.at + self.delete)
        }
    }
}

/// What an update did to the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// Everything in it was known already.
    Nothing,
    /// The document changed.
    Changed {
        /// Update V1 with exactly what was new.
        update: Vec<u8>,
        /// What is new of each client; nothing when text was only removed.
        spans: Vec<Span>,
    },
}

/// A replica of one deck's text.
pub struct DeckDoc {
    doc: Doc,
    text: TextRef,
    /// Remote changes as edits, filled by the observer while yrs applies an update.
    /// Observers only queue: on WASM a transaction inside a transaction would panic.
    remote: Option<Arc<Mutex<Vec<TextEdit>>>>,
}

impl DeckDoc {
    /// An empty document whose own edits carry `client_id` (below 2⁵³).
    pub fn new(client_id: u64) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client_id));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let text = doc.get_or_insert_text(ROOT);
        Self { doc, text, remote: None }
    }

    /// Like [`DeckDoc::new`], and [`DeckDoc::take_remote_edits`] tells what others changed.
    pub fn observed(client_id: u64) -> Self {
        let mut this = Self::new(client_id);
        let queue = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&queue);
        this.text.observe("remote", move |txn, event| {
            if txn.origin().is_some() {
                return;
            }
            if let Ok(mut edits) = sink.lock() {
                edits.extend(edits_of(event.delta(txn)));
            }
        });
        this.remote = Some(queue);
        this
    }

    /// The encoded state of a new document that holds `text`, for the first snapshot of a deck.
    pub fn seed(client_id: u64, text: &str) -> Vec<u8> {
        let mut doc = Self::new(client_id);
        if !text.is_empty() {
            doc.edit(&[TextEdit::insert(0, text)]);
        }
        doc.encode()
    }

    /// Rebuilds a document from trusted bytes of our own store (a snapshot, then updates).
    ///
    /// # Errors
    /// When yrs cannot read the bytes.
    pub fn restore(client_id: u64, state: &[u8]) -> Result<Self, Malformed> {
        let mut doc = Self::new(client_id);
        doc.apply_unchecked(state)?;
        Ok(doc)
    }

    /// Applies own edits and gives the update to send. Offsets beyond the text are clamped.
    pub fn edit(&mut self, edits: &[TextEdit]) -> Vec<u8> {
        let mut txn = self.doc.transact_mut_with("local");
        for edit in edits {
            let length = self.text.len(&txn);
            let at = edit.at.min(length);
            let delete = edit.delete.min(length - at);
            if delete > 0 {
                self.text.remove_range(&mut txn, at, delete);
            }
            if !edit.insert.is_empty() {
                self.text.insert(&mut txn, at, &edit.insert);
            }
        }
        txn.encode_update_v1()
    }

    /// Applies an update from a peer after both stages of the lint, whoever wrote it.
    ///
    /// # Errors
    /// As [`DeckDoc::apply_of`].
    pub fn apply(&mut self, update: &[u8]) -> Result<Applied, ApplyError> {
        self.apply_of(update, |_, _| true)
    }

    /// Applies an update from a peer after both stages of the lint. What is new in it must have been
    /// written by the peer: `owns(client, known)` tells whether a client id is theirs, and is told
    /// whether the document has text of it.
    ///
    /// # Errors
    /// The reason why it was refused; the document is unchanged then, except after
    /// [`ApplyError::Broken`]: throw the document away in that case.
    pub fn apply_of(
        &mut self,
        update: &[u8],
        owns: impl Fn(u64, bool) -> bool,
    ) -> Result<Applied, ApplyError> {
        let shape = lint::update(update)?;
        {
            let txn = self.doc.transact();
            let clocks = txn.state_vector();
            let clock = |client| clocks.get(&ClientID::new(client)).into();
            if !shape.authors(clock).all(|client| owns(client, clock(client) > 0)) {
                return Err(ApplyError::Foreign);
            }
            shape.fits(clock).map_err(ApplyError::Ahead)?;
            if u64::from(self.text.len(&txn)) + shape.inserted_units() > MAX_TEXT_UNITS {
                return Err(ApplyError::TooLong);
            }
            let new = shape.new_clients(|client| clocks.contains_client(&ClientID::new(client)));
            if self.work(&shape, &txn) > MAX_WORK {
                return Err(ApplyError::TooMuchAtOnce);
            }
            shape.fits_among(clocks.iter().map(|(client, _)| client.get()))?;
            shape.fits_between(|id| {
                let place = |assoc| Some(sticky(id, assoc).get_offset(&txn)?.index);
                Some((place(Assoc::After)?, place(Assoc::Before)?))
            })?;
            if new > MAX_NEW_CLIENTS || clocks.len() + new > MAX_STATE_VECTOR_ENTRIES as usize {
                return Err(ApplyError::TooManyClients);
            }
        }
        self.apply_unchecked(update).map_err(ApplyError::Broken)
    }

    /// What an update would cost at worst. For each place in it yrs may have to walk through the whole
    /// deck, and to copy what follows a cut: 30 kB can keep a processor busy for minutes.
    fn work(&self, shape: &lint::Shape, txn: &impl ReadTxn) -> u64 {
        let places = shape.scattered();
        if places <= FEW_PLACES {
            return 0;
        }
        let along = |pieces: u64| {
            places * (u64::from(self.text.len(txn)) + WORK_PER_PIECE * (pieces + places))
        };
        // Most that are too much are so in any deck; to count its pieces takes a while.
        let least = along(0);
        if least > MAX_WORK {
            return least;
        }
        let state = txn.encode_diff_v1(&StateVector::default()).len();
        let text = self.text.get_string(txn).len();
        along((state.saturating_sub(text) / BYTES_PER_PIECE) as u64)
    }

    /// Applies bytes that were checked before they were stored, or that the own server sent.
    ///
    /// # Errors
    /// When yrs cannot read them, panics over them, or is left waiting for missing parts.
    pub fn apply_unchecked(&mut self, update: &[u8]) -> Result<Applied, Malformed> {
        // A panic inside yrs leaves this document unusable, not the process: the caller drops it.
        catch_unwind(AssertUnwindSafe(|| {
            let update = Update::decode_v1(update).map_err(|_| Malformed("unreadable"))?;
            let mut txn = self.doc.transact_mut();
            txn.apply_update(update).map_err(|_| Malformed("inapplicable"))?;
            if txn.has_missing_updates() {
                return Err(Malformed("parts of it are missing"));
            }
            if !txn.has_changes() {
                return Ok(Applied::Nothing);
            }
            let spans = txn.insert_set().iter().filter_map(|(client, ranges)| {
                let (from, until) = (ranges.iter().next()?.start, ranges.iter().next_back()?.end);
                Some(Span { client: client.get(), from: from.into(), until: until.into() })
            });
            let spans = spans.collect();
            Ok(Applied::Changed { update: txn.encode_update_v1(), spans })
        }))
        .unwrap_or(Err(Malformed("it made the CRDT library fail")))
    }

    /// What others changed since the last call, in order. Empty unless [`DeckDoc::observed`].
    pub fn take_remote_edits(&mut self) -> Vec<TextEdit> {
        let Some(queue) = &self.remote else { return Vec::new() };
        queue.lock().map(|mut edits| std::mem::take(&mut *edits)).unwrap_or_default()
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// Length of the text in UTF-16 units.
    pub fn len(&self) -> u32 {
        self.text.len(&self.doc.transact())
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id that own edits carry.
    pub fn client_id(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// The whole state as one update V1.
    pub fn encode(&self) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(&StateVector::default())
    }

    /// The next clock of a client: how many units it has ever written here.
    pub fn clock(&self, client: u64) -> u32 {
        self.doc.transact().state_vector().get(&ClientID::new(client))
    }

    /// The state vector V1: what this replica has.
    pub fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    /// The state vector of this replica without what came from these clocks on.
    pub fn state_vector_before(&self, clocks: impl Iterator<Item = (u64, u64)>) -> Vec<u8> {
        let mut state = self.doc.transact().state_vector();
        for (client, clock) in clocks {
            state.set_min(ClientID::new(client), u32::try_from(clock).unwrap_or(u32::MAX));
        }
        state.encode_v1()
    }

    /// What a peer with this state vector lacks, as one update V1.
    ///
    /// # Errors
    /// When the state vector fails the lint.
    pub fn diff(&self, state_vector: &[u8]) -> Result<Vec<u8>, Malformed> {
        lint::state_vector(state_vector)?;
        self.diff_unchecked(state_vector)
    }

    /// The same for a state vector that the own server sent.
    ///
    /// # Errors
    /// When yrs cannot read it.
    pub fn diff_unchecked(&self, state_vector: &[u8]) -> Result<Vec<u8>, Malformed> {
        let remote = StateVector::decode_v1(state_vector).map_err(|_| Malformed("unreadable"))?;
        Ok(self.doc.transact().encode_diff_v1(&remote))
    }
}

/// Why an update from a peer was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It failed the lint.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// What is new in it was written by somebody else than who sent it.
    #[error("edits of somebody else, which this deck does not have")]
    Foreign,
    /// It builds on something that the document does not have.
    #[error(transparent)]
    Ahead(Malformed),
    /// It passed the lint and yrs failed over it: the document cannot be used any more.
    #[error(transparent)]
    Broken(Malformed),
    /// The deck would grow beyond [`MAX_TEXT_UNITS`].
    #[error("the deck would be longer than 1 MB of text")]
    TooLong,
    /// It changes more places than a deck of this size can take in one go.
    #[error("too many changes at once for a deck of this size")]
    TooMuchAtOnce,
    /// More clients would have written in the deck than can be kept apart.
    #[error("too many writers for one deck; copy its text into a new one")]
    TooManyClients,
}

/// A delta (retain, insert, delete) as edits that are applied one after the other.
fn edits_of(delta: &[Delta]) -> Vec<TextEdit> {
    let mut at = 0;
    let mut edits = Vec::new();
    for part in delta {
        match part {
            Delta::Retain(units, _) => at += units,
            Delta::Deleted(units) => edits.push(TextEdit::delete(at, *units)),
            Delta::Inserted(Out::Any(yrs::Any::String(text)), _) => {
                edits.push(TextEdit::insert(at, text));
                at += text.encode_utf16().count() as u32;
            }
            // Other content never passes the lint.
            Delta::Inserted(..) => {}
        }
    }
    edits
}

/// Applies edits to a plain string, for those who keep the text without a document.
/// A cut through a surrogate pair leaves U+FFFD for the half that stays, as it does in a document.
/// Offsets beyond the end are clamped.
pub fn apply_edits(text: &mut String, edits: &[TextEdit]) {
    let changes = |edit: &&TextEdit| edit.delete > 0 || !edit.insert.is_empty();
    for edit in edits.iter().filter(changes) {
        let start = cut(text, 0, edit.at as usize);
        let end = cut(text, start, edit.delete as usize);
        text.replace_range(start..end, &edit.insert);
    }
}

/// The byte offset that lies `units` after `from`, where the text can be cut.
fn cut(text: &mut String, from: usize, units: usize) -> usize {
    let rest = &text[from..];
    if rest.is_ascii() {
        return from + units.min(rest.len());
    }
    let mut seen = 0;
    for (index, character) in rest.char_indices() {
        if seen >= units {
            return from + index;
        }
        seen += character.len_utf16();
        if seen > units {
            let at = from + index;
            text.replace_range(at..at + character.len_utf8(), "\u{fffd}\u{fffd}");
            return at + '\u{fffd}'.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(from: &mut DeckDoc, to: &mut DeckDoc, edits: &[TextEdit]) -> Vec<TextEdit> {
        let update = from.edit(edits);
        to.apply(&update).unwrap();
        to.take_remote_edits()
    }

    #[test]
    fn remote_edits_replay_to_the_same_text() {
        let (mut alice, mut bob) = (DeckDoc::new(1), DeckDoc::observed(2));
        let mut mirror = String::new();
        for edits in [
            vec![TextEdit::insert(0, "# Täam 🚢\n\n- 日本\n")],
            vec![TextEdit::insert(2, "The "), TextEdit { at: 8, delete: 2, insert: "xyz".into() }],
            vec![TextEdit::delete(0, 4)],
        ] {
            apply_edits(&mut mirror, &exchange(&mut alice, &mut bob, &edits));
            assert_eq!(mirror, alice.text());
            assert_eq!(bob.text(), alice.text());
        }
    }

    #[test]
    fn own_edits_are_not_reported_as_remote() {
        let mut doc = DeckDoc::observed(1);
        doc.edit(&[TextEdit::insert(0, "mine")]);
        assert_eq!(doc.take_remote_edits(), []);
    }

    #[test]
    fn a_known_update_changes_nothing() {
        let (mut alice, mut bob) = (DeckDoc::new(1), DeckDoc::new(2));
        let update = alice.edit(&[TextEdit::insert(0, "hi")]);
        assert!(matches!(bob.apply(&update), Ok(Applied::Changed { .. })));
        assert_eq!(bob.apply(&update), Ok(Applied::Nothing));
        assert_eq!(bob.apply(&alice.diff(&bob.state_vector()).unwrap()), Ok(Applied::Nothing));
    }

    #[test]
    fn a_deck_has_a_longest_length() {
        let mut big = DeckDoc::new(1);
        let mut doc = DeckDoc::new(2);
        for _ in 0..8 {
            let update = big.edit(&[TextEdit::insert(0, &"x".repeat(128 * 1024))]);
            doc.apply(&update).unwrap();
        }
        let update = big.edit(&[TextEdit::insert(0, "y")]);
        assert_eq!(doc.apply(&update), Err(ApplyError::TooLong));
    }
}
