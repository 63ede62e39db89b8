//! From a deck's journal to its document: what the hub and `ondeck verify` both do.

use collab::doc::DeckDoc;

use crate::store::{Damage, Journal, RowKind, StoreError, StoredUpdate};

/// Client id of the server's replica. It never edits, so no update carries it.
const SERVER_CLIENT: u64 = 1;

/// Reads a document back. An update that cannot be used is left out and named, and with it what
/// builds on it; then the document is made anew without it, as nothing may be left waiting inside.
///
/// # Errors
/// When the snapshot is whole and still no document.
pub(crate) fn open(journal: &Journal) -> Result<(DeckDoc, Vec<Damage>), StoreError> {
    let restore = || {
        DeckDoc::restore(SERVER_CLIENT, &journal.snapshot)
            .map_err(|error| StoreError(format!("the snapshot is unusable: {error}")))
    };
    let mut doc = restore()?;
    let mut good: Vec<&StoredUpdate> = Vec::with_capacity(journal.updates.len());
    let mut damage = Vec::new();
    for update in &journal.updates {
        if let Err(error) = doc.apply_unchecked(&update.bytes) {
            let why = error.to_string();
            damage.push(Damage { kind: RowKind::Update, seq: update.seq, why });
            doc = restore()?;
            for update in &good {
                // It was fine before.
                let _ = doc.apply_unchecked(&update.bytes);
            }
        } else {
            good.push(update);
        }
    }
    Ok((doc, damage))
}

/// What is wrong with a deck's document, in words for the operator.
pub(crate) fn faults(journal: &Journal) -> Vec<String> {
    let (doc, damage) = match open(journal) {
        Ok(opened) => opened,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults: Vec<String> = damage.iter().map(ToString::to_string).collect();
    let copy = DeckDoc::restore(SERVER_CLIENT, &doc.encode());
    if !copy.is_ok_and(|copy| copy.text() == doc.text()) {
        faults.push("its document does not read back to the same text".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use collab::doc::{Applied, TextEdit};

    use super::*;

    fn journal(rows: Vec<Bytes>) -> Journal {
        let snapshot = DeckDoc::seed(9, "start ").into();
        let number = |(index, bytes)| StoredUpdate { seq: index as u64 + 1, bytes };
        let updates = rows.into_iter().enumerate().map(number).collect();
        Journal { epoch: 1, snapshot, updates, last_seq: 0, damage: Vec::new() }
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
        let (mut doc, damage) = open(&journal).unwrap();
        assert_eq!(damage.iter().map(|damage| damage.seq).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(faults(&journal).len(), 2);
        for text in ["start ", "one ", "bob "] {
            assert!(doc.text().contains(text), "{}", doc.text());
        }
        assert!(!doc.text().contains("three"));
        // Nothing is left waiting inside: the deck can be edited.
        let update = DeckDoc::new(7).edit(&[TextEdit::insert(0, "more ")]);
        assert!(matches!(doc.apply(&update), Ok(Applied::Changed { .. })));
    }
}
