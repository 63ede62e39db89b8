//! The document of a room as another part of the server has it: a copy that nobody writes in.

use collab::doc::{Anchor, DeckDoc, TextEdit};
use collab::lint::Malformed;

/// The id of a document that nobody writes in.
const NOBODY: u64 = 0;

/// Slides of a text of this length may take milliseconds to be read.
const LARGE_UNITS: u32 = 64 * 1024;

/// See above.
pub(crate) struct Mirror {
    doc: DeckDoc,
    epoch: Option<u64>,
    /// The document is all there.
    complete: bool,
}

impl Mirror {
    /// Of a document of which nothing is known.
    pub(crate) fn new() -> Self {
        Self { doc: DeckDoc::observed(NOBODY), epoch: None, complete: false }
    }

    /// Whether there is something to read.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The document is all there now, for the first time or once more.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    /// What it has, for the room to send the rest.
    pub(crate) fn state_vector(&self) -> Vec<u8> {
        self.doc.state_vector()
    }

    /// The document has this lineage. One of another shares nothing with the one before but text.
    pub(crate) fn descend_from(&mut self, epoch: u64) {
        if self.epoch.replace(epoch).is_some_and(|before| before != epoch) {
            self.begin_anew();
        }
    }

    /// Forgets the document, not that there was one.
    pub(crate) fn begin_anew(&mut self) {
        self.doc = DeckDoc::observed(NOBODY);
    }

    /// Takes in an update, and says what it changed.
    ///
    /// # Errors
    /// When the document cannot take it: then it has to begin anew.
    pub(crate) fn apply(&mut self, update: &[u8]) -> Result<Vec<TextEdit>, Malformed> {
        self.doc.apply_unchecked(update)?;
        Ok(self.doc.take_remote_edits())
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        self.doc.text()
    }

    /// Whether working on it may take a while.
    pub(crate) fn is_large(&self) -> bool {
        self.doc.len() > LARGE_UNITS
    }

    /// A position that stays before the character at `offset`.
    pub(crate) fn anchor(&self, offset: u32) -> Anchor {
        self.doc.anchor(offset)
    }

    /// Where an anchor is now; `None` when it makes no sense here.
    pub(crate) fn offset(&self, anchor: &Anchor) -> Option<u32> {
        self.doc.offset(anchor)
    }

    /// Whether the character of an anchor, which is at `offset` now, still stands there.
    pub(crate) fn stands(&self, anchor: &Anchor, offset: u32) -> bool {
        self.doc.anchor(offset) == *anchor
    }
}

/// An edit as the parser takes it.
pub(crate) fn text_edit(edit: TextEdit) -> deck::TextEdit {
    deck::TextEdit { at: edit.at, delete: edit.delete, insert: edit.insert }
}

/// One edit from a text to another.
pub(crate) fn replacement(old: &str, new: &str) -> Vec<deck::TextEdit> {
    if old == new {
        return Vec::new();
    }
    let units = |text: &str| text.encode_utf16().count() as u32;
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new);
    let head: usize = same.map(|(c, _)| c.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let same =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(old, new)| old == new);
    let tail: usize = same.map(|(c, _)| c.len_utf8()).sum();
    let (gone, came) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    vec![deck::TextEdit { at: units(&old[..head]), delete: units(gone), insert: came.to_owned() }]
}

#[cfg(test)]
mod tests {
    use deck::LiveDeck;

    use super::*;

    #[test]
    fn a_text_becomes_another_by_one_edit() {
        for (old, new) in [
            ("", "ab"),
            ("ab", ""),
            ("aXb", "aYYb"),
            ("aa", "aaa"),
            ("🦀é", "🦀x🦀é"),
            ("a\nb", "a\nc\nb"),
        ] {
            let mut deck = LiveDeck::new(old);
            deck.edit(&replacement(old, new));
            assert_eq!(deck.text(), new, "{old}");
        }
        assert!(replacement("a", "a").is_empty());
    }
}
