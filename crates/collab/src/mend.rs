//! Going on where updates are lost: what came after them is read all the same.
//!
//! Text knows its neighbours by author and number. Where those are gone, deleted text stands in for
//! them, beside what the same author wrote before. A document that was mended holds other things
//! under these numbers than clients may have: only its text is of use, in a new document.

use crate::doc::{DeckDoc, ROOT};
use crate::lint::{self, Malformed};
use crate::wire::{write_bytes, write_unsigned};

/// Kind of a struct that holds deleted text, and the flag that says that it names its left neighbour.
const DELETED: u8 = 1;
const HAS_LEFT: u8 = 0x80;

/// Applies an update, and before it deleted text for all that it builds on and the document lacks.
///
/// # Errors
/// When yrs cannot read it, or panics over it; the document cannot be used any more then.
pub fn apply(doc: &mut DeckDoc, update: &[u8]) -> Result<(), Malformed> {
    for (client, clock) in lint::update(update)?.needs() {
        let known = u64::from(doc.clock(client));
        if known < clock {
            let left = match known.checked_sub(1) {
                Some(last) => Some((client, last)),
                None => doc.last_unit(),
            };
            doc.apply_unchecked(&deleted(client, known, clock - known, left))?;
        }
    }
    doc.apply_unchecked(update).map(drop)
}

/// An update V1 with deleted text of one client.
fn deleted(client: u64, clock: u64, length: u64, left: Option<(u64, u64)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // One client, one struct.
    for number in [1, 1, client, clock] {
        write_unsigned(&mut bytes, number);
    }
    match left {
        Some((client, clock)) => {
            bytes.push(DELETED | HAS_LEFT);
            write_unsigned(&mut bytes, client);
            write_unsigned(&mut bytes, clock);
        }
        None => {
            bytes.push(DELETED);
            // The parent is a root with this name.
            write_unsigned(&mut bytes, 1);
            write_bytes(&mut bytes, ROOT.as_bytes());
        }
    }
    write_unsigned(&mut bytes, length);
    // Nothing in the list of deletions: the struct says it already.
    write_unsigned(&mut bytes, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::TextEdit;

    /// The text after all updates but those at some places.
    fn mended(updates: &[Vec<u8>], lost: &[usize]) -> String {
        let mut doc = DeckDoc::restore(1, &DeckDoc::seed(9, "start ")).unwrap();
        for (index, update) in updates.iter().enumerate() {
            if !lost.contains(&index) {
                apply(&mut doc, update).unwrap();
            }
        }
        doc.text()
    }

    #[test]
    fn a_lost_update_costs_its_own_text_and_nothing_that_came_after() {
        let state = DeckDoc::seed(9, "start ");
        let mut alice = DeckDoc::restore(5, &state).unwrap();
        let mut bob = DeckDoc::restore(300, &state).unwrap();
        let mut updates = Vec::new();
        for word in ["one ", "two ", "three ", "four "] {
            let [mine, theirs] = [word.to_owned(), word.to_uppercase()];
            let update = alice.edit(&[TextEdit::insert(u32::MAX, &mine)]);
            bob.apply(&update).unwrap();
            updates.push(update);
            let update = bob.edit(&[TextEdit::insert(u32::MAX, &theirs)]);
            alice.apply(&update).unwrap();
            updates.push(update);
        }
        let all: Vec<&str> = "one ONE two TWO three THREE four FOUR".split(' ').collect();
        assert_eq!(mended(&updates, &[]), format!("start {} ", all.join(" ")));
        for lost in [&[0][..], &[1], &[2], &[5], &[7], &[0, 1, 2, 3, 6], &[1, 3, 5, 7]] {
            let text = mended(&updates, lost);
            // Where two wrote in turns, the words of one may have moved past those of the other.
            let mut words: Vec<&str> = text.split_whitespace().collect();
            let mut rest: Vec<&str> = vec!["start"];
            rest.extend(
                all.iter().enumerate().filter(|(at, _)| !lost.contains(at)).map(|(_, word)| word),
            );
            words.sort_unstable();
            rest.sort_unstable();
            assert_eq!(words, rest, "{lost:?}: {text}");
        }
    }

    #[test]
    fn what_one_person_typed_stays_in_its_order() {
        let mut alice = DeckDoc::restore(5, &DeckDoc::seed(9, "start ")).unwrap();
        // In the middle of the text, one character after the other.
        let typed = (0..10).map(|at| alice.edit(&[TextEdit::insert(3 + at, &at.to_string())]));
        let updates: Vec<Vec<u8>> = typed.collect();
        assert_eq!(mended(&updates, &[]), "sta0123456789rt ");
        assert_eq!(mended(&updates, &[4, 7]), "sta01235689rt ");
    }

    #[test]
    fn deletions_of_lost_text_do_no_harm() {
        let mut alice = DeckDoc::restore(5, &DeckDoc::seed(9, "start ")).unwrap();
        let updates = [
            alice.edit(&[TextEdit::insert(6, "one two ")]),
            alice.edit(&[TextEdit::delete(0, 10)]),
            alice.edit(&[TextEdit::insert(u32::MAX, "three")]),
        ];
        assert_eq!(mended(&updates, &[]), "two three");
        assert_eq!(mended(&updates, &[0]), "three");
        assert_eq!(mended(&updates, &[1]), "start one two three");
    }
}
