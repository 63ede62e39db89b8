//! Who wrote what: marks that make every lost, doubled or invented run of text visible.
//!
//! Each inserted run starts with a mark of its own. A mark that no edit ever cut into must be in
//! the final text exactly once; any other at most once.

use std::collections::BTreeMap;

use super::rng::Rng;
use crate::doc::TextEdit;

/// UTF-16 units of a mark, and so of its label in the text.
pub const MARK_UNITS: u32 = 10;

/// Number of a mark.
pub type Mark = usize;

struct Run {
    label: String,
    author: usize,
    /// An edit cut into the mark, so that it may be in pieces.
    touched: bool,
}

/// All marks of one simulation.
#[derive(Default)]
pub struct Ledger {
    runs: Vec<Run>,
    by_label: BTreeMap<String, Mark>,
}

impl Ledger {
    /// A new mark for text that `author` inserts.
    pub fn mark(&mut self, author: usize) -> String {
        let mark = self.runs.len();
        // Scattered digits: pieces of two marks hardly ever make up a third.
        let digits = Rng::new(mark as u64).any() >> 32;
        let label = format!("⟦{digits:08x}⟧");
        self.by_label.insert(label.clone(), mark);
        self.runs.push(Run { label: label.clone(), author, touched: false });
        label
    }

    /// Notes which marks an edit cuts into; gives those that it removes whole.
    pub fn edited(&mut self, text: &str, edit: &TextEdit) -> Vec<Mark> {
        let (start, end) = (edit.at, edit.at + edit.delete);
        let mut removed = Vec::new();
        for (mark, at) in self.find(text) {
            let until = at + MARK_UNITS;
            // An insertion at the edge of a mark leaves it whole, inside it does not.
            let cuts = start < until && end > at;
            self.runs[mark].touched |= cuts;
            if start <= at && until <= end {
                removed.push(mark);
            }
        }
        removed
    }

    /// The marks in a text, each with its UTF-16 offset.
    pub fn find(&self, text: &str) -> Vec<(Mark, u32)> {
        let mut found = Vec::new();
        let (mut units, mut counted) = (0, 0);
        for (at, opening) in text.match_indices('⟦') {
            let end = at + opening.len() + 8 + '⟧'.len_utf8();
            let Some(&mark) = text.get(at..end).and_then(|label| self.by_label.get(label)) else {
                continue;
            };
            units += text[counted..at].encode_utf16().count() as u32;
            counted = at;
            found.push((mark, units));
        }
        found
    }

    /// What the mark looks like in the text, while no edit cut into it.
    pub fn whole(&self, mark: Mark) -> Option<&str> {
        let run = &self.runs[mark];
        (!run.touched).then_some(run.label.as_str())
    }

    /// The final text holds every run once. `is_outsider` tells whose runs must not be there.
    ///
    /// # Panics
    /// When it does not.
    pub fn check(&self, text: &str, is_outsider: impl Fn(usize) -> bool) {
        let mut seen = vec![0; self.runs.len()];
        for (mark, _) in self.find(text) {
            seen[mark] += 1;
        }
        for (run, seen) in self.runs.iter().zip(seen) {
            let Run { label, author, touched } = run;
            if is_outsider(*author) {
                assert_eq!(seen, 0, "{label} of outsider {author} is in the deck");
            } else if *touched {
                assert!(seen <= 1, "{label} of peer {author} is doubled");
            } else {
                assert_eq!(seen, 1, "{label} of peer {author} is lost or doubled");
            }
        }
    }
}
