//! Two ways to say how a text changes: by UTF-16 units, as editors report it, and by whole lines, as
//! fixes and commands ask for it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::split;

/// Replaces a stretch of text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextEdit {
    /// Where, in UTF-16 units.
    pub at: u32,
    /// How many UTF-16 units are removed there.
    pub delete: u32,
    /// What is put there instead.
    pub insert: String,
}

/// Replaces whole lines. An empty range inserts before `lines.start`; empty `text` removes.
/// In a list, edits are sorted, disjoint, and all speak of the text before any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineEdit {
    /// The lines that go.
    pub lines: Range<u32>,
    /// The lines that come.
    pub text: Vec<String>,
}

impl LineEdit {
    pub(crate) fn replace(lines: Range<usize>, text: Vec<String>) -> Self {
        Self { lines: lines.start as u32..lines.end as u32, text }
    }

    pub(crate) fn insert(line: usize, text: &str) -> Self {
        Self::replace(line..line, vec![text.to_owned()])
    }

    /// The same edit of a text with so many lines above.
    pub(crate) fn below(mut self, lines: u32) -> Self {
        self.lines = self.lines.start + lines..self.lines.end + lines;
        self
    }
}

/// Applies edits of whole lines. Lines past the end are taken for the end.
pub fn apply_to_lines(text: &str, edits: &[LineEdit]) -> String {
    let text = split::normalize(text);
    let old: Vec<&str> = text.split('\n').collect();
    let mut new: Vec<&str> = Vec::with_capacity(old.len());
    let mut at = 0;
    for edit in edits {
        let start = (edit.lines.start as usize).clamp(at, old.len());
        new.extend(&old[at..start]);
        new.extend(edit.text.iter().map(String::as_str));
        at = (edit.lines.end as usize).clamp(start, old.len());
    }
    new.extend(&old[at..]);
    new.join("\n")
}

/// How many UTF-16 units a text has.
pub(crate) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Applies an edit. A cut through a surrogate pair leaves two replacement characters, so that all
/// positions behind it hold; the shared document does the same.
pub(crate) fn apply(text: &mut String, edit: &TextEdit) {
    let start = cut(text, 0, edit.at as usize);
    let end = cut(text, start, edit.delete as usize);
    text.replace_range(start..end, &edit.insert);
}

/// The byte offset that lies `units` after `from`, where the text can be cut.
fn cut(text: &mut String, from: usize, units: usize) -> usize {
    let rest = &text[from..];
    if rest.as_bytes()[..units.min(rest.len())].is_ascii() {
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

    #[test]
    fn lines_are_replaced_inserted_and_removed() {
        let edits = [
            LineEdit::insert(0, "zero"),
            LineEdit::replace(1..2, Vec::new()),
            LineEdit::replace(2..9, vec!["C".to_owned(), "D".to_owned()]),
        ];
        assert_eq!(apply_to_lines("a\r\nb\rc", &edits), "zero\na\nC\nD");
        assert_eq!(apply_to_lines("a", &[LineEdit::insert(1, "b")]), "a\nb");
    }

    #[test]
    fn a_cut_through_a_surrogate_pair_leaves_replacement_characters() {
        let edit = |at, delete, insert: &str| {
            let mut text = "a🚢b".to_owned();
            apply(&mut text, &TextEdit { at, delete, insert: insert.to_owned() });
            text
        };
        assert_eq!(edit(2, 0, "x"), "a\u{fffd}x\u{fffd}b");
        assert_eq!(edit(1, 1, ""), "a\u{fffd}b");
        assert_eq!(edit(1, 2, "é"), "aéb");
        assert_eq!(edit(9, 9, "!"), "a🚢b!");
    }
}
