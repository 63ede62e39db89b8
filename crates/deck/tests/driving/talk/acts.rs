//! What writers do to a deck, and what becomes of the one in the rules' mind.

use deck::REBIND_WITHIN;

use super::{Pending, Talk};
use crate::model::{FRONT_MATTER, Part, Slide, units};

impl Talk {
    pub(super) fn type_word(&mut self, slide: usize) {
        let part = self.random.below(self.model.slides[slide].parts.len());
        let length = self.model.slides[slide].parts[part].words.len();
        let word = self.word();
        if length == 0 {
            self.story += "types into an empty slide";
            self.types(self.model.start(slide), &word);
            return self.model.slides[slide].parts[part].words.push(word);
        }
        let line = self.random.below(length);
        self.story += "types";
        let at = self.model.line(slide, part, line);
        let above = units(&self.model.slides[slide].parts[part].words[line]);
        self.types(at + above, &format!("\n{word}"));
        self.model.slides[slide].parts[part].words.insert(line + 1, word);
    }

    pub(super) fn delete_word(&mut self, slide: usize) {
        let part = self.random.below(self.model.slides[slide].parts.len());
        let length = self.model.slides[slide].parts[part].words.len();
        if length < 2 {
            return;
        }
        self.story += "deletes a word";
        let line = self.random.below(length);
        let at = self.model.line(slide, part, line);
        let word = self.model.slides[slide].parts[part].words.remove(line);
        let is_last = u32::from(line + 1 == length);
        self.edit(&[(at - is_last, units(&word) + 1, "")]);
    }

    pub(super) fn insert_slide(&mut self, at: usize) {
        if self.model.slides.len() > 12 {
            return self.cut(at, false);
        }
        self.story += "inserts a slide";
        let slide = self.slide();
        self.insert(at, slide);
    }

    /// Puts a slide in, above the one that is there now or at the end.
    pub(super) fn insert(&mut self, at: usize, slide: Slide) {
        let text = slide.text();
        let end = self.model.slides.len();
        if at < end {
            // The slide that was there gets the separator of the new one, which stands above it.
            let mut slide = slide;
            let start = self.model.start(at);
            std::mem::swap(&mut slide.separator, &mut self.model.slides[at].separator);
            let below = self.model.slides[at].separator;
            self.edit(&[(start, 0, &format!("{text}\n\n{below}\n\n"))]);
            typed_anew(self.shown, &mut slide, &mut self.model.slides[at]);
            self.model.slides.insert(at, slide);
        } else {
            let end = self.model.end(at - 1);
            self.edit(&[(end, 0, &format!("\n\n{}\n\n{text}", slide.separator))]);
            self.model.slides.push(slide);
        }
        self.came(self.model.slides[at.min(end)].parts[0].id);
    }

    /// Takes a slide out; it may come back where it was, or elsewhere.
    pub(super) fn cut(&mut self, slide: usize, comes_back: bool) {
        let cut = &self.model.slides[slide];
        if self.model.slides.len() < 5 || cut.parts.len() > 1 {
            return;
        }
        self.story += "cuts";
        let cut = cut.clone();
        let below = slide.checked_sub(1).map(|above| self.model.slides[above].parts[0].id);
        if !self.remove(slide) {
            return;
        }
        if comes_back && !cut.is_empty() {
            let at = self.now + self.random.below(14_000) as u64;
            let below = below.filter(|_| self.random.below(2) == 0);
            self.pending.push(Pending { at, slide: cut, below });
        }
    }

    /// Removes a slide with one of its separators; false if it stays.
    pub(super) fn remove(&mut self, slide: usize) -> bool {
        let count = self.model.slides.len();
        let neighbours = slide.saturating_sub(1)..(slide + 2).min(count);
        let has_empty = self.model.slides[neighbours].iter().any(Slide::is_empty);
        if slide == 0 && has_empty || slide + 1 == count && self.model.slides[slide - 1].is_empty()
        {
            return false;
        }
        let heir = self.heir(slide);
        let (start, end) = (self.model.start(slide), self.model.end(slide));
        let with_separator_below =
            slide == 0 || slide + 1 < count && !has_empty && self.random.below(2) == 0;
        if with_separator_below {
            // The slide below goes on behind the separator of this one.
            let next = self.model.start(slide + 1);
            self.edit(&[(start, next - start, "")]);
            self.model.slides[slide + 1].separator = self.model.slides[slide].separator;
        } else {
            let above = self.model.end(slide - 1);
            self.edit(&[(above, end - above, "")]);
        }
        let removed = self.model.slides.remove(slide);
        self.went(&removed, heir);
        true
    }

    pub(super) fn put_back(&mut self, pending: Pending) {
        let Pending { slide, below, .. } = pending;
        let place = below.and_then(|id| self.model.find(id)).map(|above| above + 1);
        let place = place.unwrap_or_else(|| self.random.below(self.model.slides.len() + 1));
        self.story = format!("puts {} back at {place}", slide.parts[0].id);
        self.insert(place, slide);
        self.check();
    }

    /// Moves a slide in one transaction.
    pub(super) fn move_slide(&mut self, from: usize) {
        let count = self.model.slides.len();
        let moved = self.model.slides[from].clone();
        if from == 0 || from + 1 == count || moved.parts.len() > 1 || moved.is_empty() {
            return;
        }
        let to = self.random.below(count - 1);
        let (above, end) = (self.model.end(from - 1), self.model.end(from));
        let mut after = self.model.clone();
        after.slides.remove(from);
        let at = after.start(to);
        self.story += &format!("moves to {to}");
        let (text, mut moved) = (moved.text(), moved);
        std::mem::swap(&mut moved.separator, &mut after.slides[to].separator);
        let below = after.slides[to].separator;
        self.edit(&[(above, end - above, ""), (at, 0, &format!("{text}\n\n{below}\n\n"))]);
        self.copies.retain(|(id, _)| !moved.has(*id));
        typed_anew(self.shown, &mut moved, &mut after.slides[to]);
        after.slides.insert(to, moved);
        self.model = after;
    }

    /// Splits a slide in two, within one of its parts.
    pub(super) fn split(&mut self, slide: usize) {
        let part = self.random.below(self.model.slides[slide].parts.len());
        let length = self.model.slides[slide].parts[part].words.len();
        if length < 2 || self.model.slides.len() > 14 {
            return;
        }
        let line = 1 + self.random.below(length - 1);
        let at = self.model.line(slide, part, line);
        self.story += &format!("splits part {part} at line {line}");
        if self.random.below(2) == 0 {
            self.types(at, "\n---\n\n");
        } else {
            self.edit(&[(at, 0, "\n---\n\n")]);
        }
        self.next_id += 1;
        let upper = &mut self.model.slides[slide];
        let words = upper.parts[part].words.split_off(line);
        let mut parts = vec![Part { id: self.next_id, words }];
        parts.extend(upper.parts.drain(part + 1..));
        self.model.slides.insert(slide + 1, Slide { separator: "---", parts });
    }

    /// Puts a separator where one was removed.
    pub(super) fn divide(&mut self, slide: usize) {
        let count = self.model.slides[slide].parts.len();
        if count < 2 {
            return;
        }
        let part = 1 + self.random.below(count - 1);
        let at = self.model.line(slide, part, 0);
        self.story += &format!("divides at part {part}");
        self.edit(&[(at, 0, "----\n\n")]);
        let parts = self.model.slides[slide].parts.split_off(part);
        self.model.slides.insert(slide + 1, Slide { separator: "----", parts });
    }

    /// Removes the separator below a slide.
    pub(super) fn join(&mut self, slide: usize) {
        let count = self.model.slides.len();
        if slide + 1 == count || count < 5 {
            return;
        }
        let (upper, lower) = (&self.model.slides[slide], &self.model.slides[slide + 1]);
        if upper.is_empty() || lower.is_empty() {
            return;
        }
        self.story += "joins the next one";
        let at = self.model.end(slide);
        let length = units(&format!("\n\n{}", lower.separator));
        self.edit(&[(at, length, "")]);
        let lower = self.model.slides.remove(slide + 1);
        self.model.slides[slide].parts.extend(lower.parts);
    }

    /// Empties a slide between its separators. It is typed anew later, or its text is put elsewhere.
    pub(super) fn empty(&mut self, slide: usize) {
        let count = self.model.slides.len();
        let emptied = &self.model.slides[slide];
        if slide + 1 == count || emptied.parts.len() > 1 || emptied.is_empty() {
            return;
        }
        self.story += "empties";
        let (start, end) = (self.model.start(slide), self.model.end(slide));
        self.edit(&[(start, end - start, "")]);
        let words = std::mem::take(&mut self.model.slides[slide].parts[0].words);
        let is_shown = self.model.slides[slide].has(self.shown);
        self.next_id += 1;
        let text = Slide::new("---", self.next_id, words.clone());
        if is_shown {
            let before = self.model.slides[slide].parts[0].id;
            self.went(&Slide::new("---", before, words), before);
        }
        if self.random.below(2) == 0 {
            let at = self.now + self.random.below(14_000) as u64;
            self.pending.push(Pending { at, slide: text, below: None });
        }
    }

    pub(super) fn duplicate(&mut self, slide: usize) {
        let copied = &self.model.slides[slide];
        if copied.parts.len() > 1 || copied.is_empty() || self.model.slides.len() > 14 {
            return;
        }
        self.story += "duplicates";
        self.next_id += 1;
        let copy = Slide::new("----", self.next_id, copied.words());
        self.insert(slide + 1, copy);
    }

    /// Cuts a slide into which somebody types a word at the same time, and pastes it elsewhere.
    pub(super) fn cut_while_typed_in(&mut self, slide: usize) {
        let count = self.model.slides.len();
        let cut = self.model.slides[slide].clone();
        let length = cut.words().len();
        if slide + 1 >= count || count < 5 || cut.parts.len() > 1 || length < 6 {
            return;
        }
        if self.model.slides[slide + 1].is_empty() {
            return;
        }
        self.story += "cuts while somebody types";
        let line = 1 + self.random.below(length - 1);
        let at = self.model.line(slide, 0, line);
        let word = self.word();
        self.edit(&[(at, 0, &format!("{word}\n"))]);
        let start = self.model.start(slide);
        // The word stays, with a line end behind it; the next slide follows below a blank line.
        let behind = start + units(&word) + 1;
        let rest = self.model.start(slide + 1) - 1 - at;
        self.edit(&[(start, at - start, ""), (behind, rest, "")]);
        self.next_id += 1;
        let left = Part { id: self.next_id, words: vec![word] };
        let id = left.id;
        self.model.slides[slide + 1].parts.insert(0, left);
        self.model.slides[slide + 1].separator = cut.separator;
        self.model.slides.remove(slide);
        self.went(&cut, id);
        let at = self.now + self.random.below(14_000) as u64;
        self.pending.push(Pending { at, slide: cut, below: None });
    }

    /// While a separator is missing, other things take time. Of an empty slide nothing but the separator
    /// is there: it is waited for no longer than for one that was cut.
    pub(super) fn wait(&mut self) {
        let is_empty = self.shown_words().is_empty();
        let patience = if is_empty { REBIND_WITHIN as usize - 100 } else { 20_000 };
        self.now += self.random.below(patience) as u64;
    }

    /// Removes the blank line above a separator for a while, so that it makes a heading of the text.
    pub(super) fn break_separator(&mut self, slide: usize) {
        if slide == 0 || self.model.slides[slide - 1].is_empty() {
            return;
        }
        self.story += "breaks the separator above";
        let at = self.model.end(slide - 1);
        self.edit(&[(at, 1, "")]);
        self.check_words();
        self.wait();
        self.edit(&[(at, 0, "\n")]);
    }

    /// Writes a block of code, below which everything is code until it is closed.
    pub(super) fn write_code(&mut self, slide: usize) {
        let Some(part) = self.model.slides[slide].parts.first() else { return };
        if part.words.is_empty() {
            return;
        }
        self.story += "writes code";
        let at = self.model.start(slide) + units(&part.words[0]);
        self.types(at, "\n```");
        self.check_words();
        self.wait();
        self.types(at + 4, "\nx\n```\n");
        self.check_words();
        self.edit(&[(at, 11, "")]);
    }

    /// Pastes the deck over itself, with another slide at its beginning.
    pub(super) fn replace_deck(&mut self) {
        let shown = &self.model.slides[self.model.find(self.shown).expect("it is there")];
        if shown.parts.len() > 1 || shown.is_empty() || self.model.slides.len() > 12 {
            return;
        }
        self.story += "pastes the deck over itself";
        let length = units(&self.model.text());
        let first = self.slide();
        self.model.slides.insert(0, first);
        self.model.slides[1].separator = "---";
        let text = self.model.text();
        assert!(text.starts_with(FRONT_MATTER));
        self.edit(&[(0, length, &text)]);
        self.copies.clear();
    }
}

/// Text that comes where the shown slide is empty is typed anew: there is another empty one below it.
fn typed_anew(shown: u32, come: &mut Slide, below: &mut Slide) {
    if below.is_empty() && below.has(shown) {
        std::mem::swap(&mut come.parts[0].id, &mut below.parts[0].id);
    }
}
