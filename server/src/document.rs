//! From a deck's journal to its document: what the hub and `ondeck verify` both do.

use collab::doc::DeckDoc;
use collab::lint::{self, Malformed};
use collab::mend;

use crate::store::{BAD_SUM, Damage, Journal, RowKind, Snapshot, StoredUpdate};

/// Client id of the server's replica. It never edits, so no update carries it.
const SERVER_CLIENT: u64 = 1;

/// A document out of a journal.
pub(crate) struct Opened {
    /// The document.
    pub(crate) doc: DeckDoc,
    /// Updates that could not be used.
    pub(crate) damage: Vec<Damage>,
    /// The snapshot, when it is not what was stored: then the document is the best that can be made
    /// of this journal.
    pub(crate) unsound: Option<Damage>,
}

/// Reads a document back. An update that cannot be used is left out and named, and with it what
/// builds on it.
pub(crate) fn open(journal: &Journal) -> Opened {
    replay(journal, |doc, update| doc.apply_unchecked(update).map(drop))
}

/// The same with all that builds on updates that are lost. Only the text of the document is of use:
/// clients have other things under the numbers of what is lost.
pub(crate) fn mend(journal: &Journal) -> Opened {
    replay(journal, mend::apply)
}

/// After an update that cannot be used the document is made anew without it, as nothing may be left
/// waiting inside.
fn replay(
    journal: &Journal,
    apply: impl Fn(&mut DeckDoc, &[u8]) -> Result<(), Malformed>,
) -> Opened {
    let (mut doc, unsound) = start(journal);
    let mut good: Vec<&StoredUpdate> = Vec::with_capacity(journal.updates.len());
    let mut damage = Vec::new();
    for update in &journal.updates {
        if let Err(error) = apply(&mut doc, &update.bytes) {
            let why = error.to_string();
            damage.push(Damage { kind: RowKind::Update, seq: update.seq, why });
            doc = start(journal).0;
            for update in &good {
                // It was fine before.
                let _ = apply(&mut doc, &update.bytes);
            }
        } else {
            good.push(update);
        }
    }
    Opened { doc, damage, unsound }
}

/// The document in the snapshot, and what is wrong with it. An empty one when nothing can be read.
fn start(journal: &Journal) -> (DeckDoc, Option<Damage>) {
    let Snapshot { state, .. } = &journal.snapshot;
    let bad = |why: &str| {
        let (kind, seq, why) = (RowKind::Snapshot, journal.snapshot_seq, why.to_owned());
        Some(Damage { kind, seq, why })
    };
    // Bytes that nobody has written are like bytes from a stranger.
    if !journal.snapshot_is_whole && lint::update(state).is_err() {
        return (DeckDoc::new(SERVER_CLIENT), bad(BAD_SUM));
    }
    match DeckDoc::restore(SERVER_CLIENT, state) {
        Err(error) => (DeckDoc::new(SERVER_CLIENT), bad(&error.to_string())),
        Ok(doc) if !journal.snapshot_is_whole => (doc, bad(BAD_SUM)),
        Ok(doc) if !journal.snapshot.holds(&doc.text()) => {
            (doc, bad("its text reads back differently"))
        }
        Ok(doc) => (doc, None),
    }
}

/// What is wrong with a deck's document, in words for the operator, besides checksums.
pub(crate) fn faults(journal: &Journal) -> Vec<String> {
    let Opened { doc, damage, unsound } = open(journal);
    let unsound = unsound.filter(|_| journal.snapshot_is_whole);
    let mut faults: Vec<String> = unsound.iter().chain(&damage).map(ToString::to_string).collect();
    let copy = DeckDoc::restore(SERVER_CLIENT, &doc.encode());
    if !copy.is_ok_and(|copy| copy.text() == doc.text()) {
        faults.push("its document does not read back to the same text".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use collab::doc::{Applied, TextEdit};

    use super::*;

    fn journal(rows: Vec<Bytes>) -> Journal {
        let snapshot = Snapshot::new(DeckDoc::seed(9, "start "), "start ");
        let number = |(index, bytes)| StoredUpdate {
            seq: index as u64 + 1,
            principal: String::new(),
            bytes,
        };
        let updates = rows.into_iter().enumerate().map(number).collect();
        Journal {
            epoch: 1,
            snapshot,
            snapshot_seq: 0,
            snapshot_is_whole: true,
            updates,
            last_seq: 0,
            damage: Vec::new(),
            unreadable: None,
            claims: BTreeMap::new(),
        }
    }

    #[test]
    fn a_row_that_is_missing_takes_only_what_builds_on_it() {
        let mut alice = DeckDoc::new(5);
        let mut bob = DeckDoc::new(6);
        let mut rows: Vec<Bytes> = ["one ", "two ", "three "]
            .map(|text| alice.edit(&[TextEdit::insert(0, text)]).into())
            .into();
        rows.push(bob.edit(&[TextEdit::insert(0, "bob ")]).into());
        rows.remove(1);
        rows.push(Bytes::from_static(b"no update at all"));
        let journal = journal(rows);
        let Opened { mut doc, damage, .. } = open(&journal);
        assert_eq!(damage.iter().map(|damage| damage.seq).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(faults(&journal).len(), 2);
        for text in ["start ", "one ", "bob "] {
            assert!(doc.text().contains(text), "{}", doc.text());
        }
        assert!(!doc.text().contains("three"));
        // What builds on it is not lost for that.
        let Opened { doc: mended, damage, .. } = mend(&journal);
        assert_eq!(damage.iter().map(|damage| damage.seq).collect::<Vec<_>>(), [4]);
        for text in ["start ", "one ", "three ", "bob "] {
            assert!(mended.text().contains(text), "{}", mended.text());
        }
        // Nothing is left waiting inside: the deck can be edited.
        let update = DeckDoc::new(7).edit(&[TextEdit::insert(0, "more ")]);
        assert!(matches!(doc.apply(&update), Ok(Applied::Changed { .. })));
    }

    #[test]
    fn a_snapshot_whose_text_reads_back_differently_is_damage() {
        let mut journal = journal(Vec::new());
        journal.snapshot_seq = 7;
        journal.snapshot.text_sha256 = Snapshot::new(Bytes::new(), "other").text_sha256;
        let unsound = |journal: &Journal| open(journal).unsound.map(|damage| damage.to_string());
        let says = "snapshot 7: its text reads back differently";
        assert_eq!(unsound(&journal).as_deref(), Some(says));
        assert_eq!(faults(&journal), [says]);
        // It is still the best there is.
        assert_eq!(open(&journal).doc.text(), "start ");
        // Nothing is known of the text of older snapshots.
        journal.snapshot.text_sha256 = None;
        assert_eq!(unsound(&journal), None);
    }

    #[test]
    fn a_snapshot_with_a_flipped_bit_is_used_as_far_as_it_can_be_read() {
        let row = DeckDoc::new(5).edit(&[TextEdit::insert(0, "one ")]).into();
        let mut journal = journal(vec![row]);
        let text = "x".repeat(100);
        let whole = DeckDoc::seed(9, &text);
        journal.snapshot_is_whole = false;
        let mut nearly_whole = 0;
        for bit in 0..whole.len() * 8 {
            let mut state = whole.clone();
            state[bit / 8] ^= 1 << (bit % 8);
            journal.snapshot = Snapshot { state: state.into(), text_sha256: None };
            let Opened { doc, unsound, .. } = open(&journal);
            let text = doc.text();
            assert!(unsound.is_some() && text.contains("one "), "bit {bit}: {text}");
            nearly_whole += usize::from(text.matches('x').count() >= 99);
        }
        // Of each byte of the text seven bits may flip; the eighth makes something else of it.
        assert!(nearly_whole >= 700, "{nearly_whole}");
    }
}
