//! What is left of a stretch of text after the edits of one transaction, and where it is.

use super::likeness;
use crate::edit::{TextEdit, units};

/// An edit without its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    at: u32,
    delete: u32,
    insert: u32,
}

impl Step {
    pub(super) fn of(edit: &TextEdit) -> Self {
        Self { at: edit.at, delete: edit.delete, insert: units(&edit.insert) as u32 }
    }

    pub(super) fn inserted(self) -> u32 {
        self.insert
    }

    fn end(self) -> u32 {
        self.at.saturating_add(self.delete)
    }

    /// Where a position behind what is deleted goes.
    fn behind(self, offset: u32) -> u32 {
        (offset - self.delete).saturating_add(self.insert)
    }
}

/// Where a position is after the edits: it stays before its character.
pub(super) fn carry(offset: u32, steps: &[Step]) -> u32 {
    steps.iter().fold(
        offset,
        |at, step| {
            if at < step.at { at } else { step.behind(at.max(step.end())) }
        },
    )
}

/// More edits than this are not told apart: they are everywhere.
pub(super) const MAX_PLACES: usize = 256;

/// Where the edits of a transaction are after it.
pub(super) fn places(steps: &[Step]) -> Vec<(u32, u32)> {
    if steps.len() > MAX_PLACES {
        return vec![(0, u32::MAX)];
    }
    let place = |(index, step): (usize, &Step)| {
        let behind = &steps[index + 1..];
        (carry(step.at, behind), carry(step.at.saturating_add(step.insert), behind))
    };
    steps.iter().enumerate().map(place).collect()
}

/// Where a stretch begins after edits that neither change nor touch it; `None` if one of them does.
pub(super) fn apart(start: u32, length: u32, steps: &[Step]) -> Option<u32> {
    steps.iter().try_fold(start, |start, step| {
        if step.end() < start {
            Some(step.behind(start))
        } else {
            (step.at > start + length).then_some(start)
        }
    })
}

/// A part of a text that is still there: where it was in it, and where it is now.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: u32,
    at: u32,
    length: u32,
}

impl Run {
    fn end(&self) -> u32 {
        self.at + self.length
    }

    fn holds(&self, from: u32) -> bool {
        (self.from..self.from + self.length).contains(&from)
    }

    /// What an edit leaves of it: something above what it deletes or inserts, and something below.
    fn after(self, step: Step) -> impl Iterator<Item = Self> {
        let above = Self { length: step.at.min(self.end()).saturating_sub(self.at), ..self };
        let cut = step.end().max(self.at).min(self.end()) - self.at;
        let below = Self {
            from: self.from + cut,
            at: step.behind((self.at + cut).max(step.end())),
            length: self.length - cut,
        };
        // A stretch above the edit is not below it as well.
        let below = Some(below).filter(|_| self.end() > step.end());
        [Some(above), below].into_iter().flatten().filter(|run| run.length > 0)
    }
}

/// What is left of a text.
#[derive(Debug, Default)]
pub(super) struct Survivors {
    /// Where its first character that is not blank is now.
    pub(super) first: Option<u32>,
    /// Where the stretches that are left begin, each with its first character that is not blank.
    pub(super) places: Vec<u32>,
    /// What is no longer there.
    pub(super) cut: String,
    /// How many of its words are whole.
    pub(super) whole: usize,
    /// How many words it had.
    pub(super) words: usize,
}

impl Survivors {
    /// Looks for a text that began at a position.
    pub(super) fn of(text: &str, at: u32, steps: &[Step]) -> Self {
        let mut runs = vec![Run { from: 0, at, length: units(text) as u32 }];
        for step in steps {
            runs = runs.into_iter().flat_map(|run| run.after(*step)).collect();
        }
        let mut survivors = Self::default();
        survivors.find(text, &runs);
        survivors
    }

    /// Whether less than so many percent of the words are left.
    pub(super) fn are_below(&self, percent: usize) -> bool {
        self.whole * 100 < self.words * percent
    }

    fn find(&mut self, text: &str, runs: &[Run]) {
        let mut runs = runs.iter().peekable();
        let mut is_placed = false;
        let mut word: Option<bool> = None;
        let mut from = 0;
        for character in text.chars() {
            let mut is_cut = false;
            while runs.next_if(|run| run.from + run.length <= from).is_some() {
                (is_placed, is_cut) = (false, true);
            }
            let run = runs.peek().filter(|run| run.holds(from));
            if let Some(run) = run.filter(|_| !is_placed && !is_blank(character)) {
                self.places.push(run.at + from - run.from);
                is_placed = true;
            }
            if run.is_none() {
                self.cut.push(character);
            }
            if likeness::is_of_word(character) {
                let so_far = word.is_none_or(|is_whole| is_whole && !is_cut);
                word = Some(so_far && run.is_some());
            } else {
                self.end_word(word.take());
            }
            from += character.len_utf16() as u32;
        }
        self.end_word(word);
        self.first = self.places.first().copied();
    }

    fn end_word(&mut self, is_whole: Option<bool>) {
        self.words += usize::from(is_whole.is_some());
        self.whole += usize::from(is_whole == Some(true));
    }
}

/// Whether nobody sees a character, a byte order mark included.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text that begins at 10: where it is, how many of its words are whole, and
    /// what was cut.
    #[track_caller]
    fn check(text: &str, edits: &[(u32, u32, &str)], places: &[u32], whole: usize, cut: &str) {
        let edit = |(at, delete, insert): &(u32, u32, &str)| {
            Step::of(&TextEdit { at: *at, delete: *delete, insert: (*insert).to_owned() })
        };
        let steps: Vec<Step> = edits.iter().map(edit).collect();
        let left = Survivors::of(text, 10, &steps);
        assert_eq!((left.places.as_slice(), left.whole, left.cut.as_str()), (places, whole, cut));
    }

    #[test]
    fn what_is_left_is_where_its_characters_are() {
        check("one two", &[], &[10], 2, "");
        check("one two", &[(0, 5, "")], &[5], 2, "");
        check("one two", &[(10, 0, "xyz")], &[13], 2, "");
        check("one two", &[(17, 0, "x"), (99, 9, "")], &[10], 2, "");
        check("one two", &[(13, 0, "x")], &[10, 15], 2, "");
        check("one two", &[(12, 0, "\n")], &[10, 13], 1, "");
        check("one two", &[(8, 4, "🦀")], &[10], 1, "on");
        check("one two", &[(10, 4, ""), (10, 0, "new "), (17, 9, "")], &[14], 1, "one ");
        check("ä🦀 x", &[(9, 3, "")], &[11], 1, "ä🦀");
        check("one two", &[(0, 99, "one two")], &[], 0, "one two");
    }

    #[test]
    fn a_position_stays_before_its_character() {
        let steps = [Step { at: 4, delete: 2, insert: 3 }];
        for (from, to) in [(3, 3), (4, 7), (5, 7), (6, 7), (7, 8)] {
            assert_eq!(carry(from, &steps), to);
        }
        assert_eq!(apart(7, 2, &steps), Some(8));
        assert_eq!(apart(6, 2, &steps), None);
        assert_eq!(apart(0, 3, &steps), Some(0));
        assert_eq!(apart(0, 4, &steps), None);
    }
}
