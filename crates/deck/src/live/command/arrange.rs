//! From one order of slides to another in few lines.

use std::ops::Range;

use super::Change;
use crate::{
    edit::{self, LineEdit},
    front_matter,
    live::{
        self, LiveDeck,
        chunk::{self, Chunk},
        window::TextWindow,
    },
    split,
};

/// A place in the new order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// The slide's number in the old order.
    pub(crate) slide: usize,
    pub(crate) opens_column: bool,
    /// Whether it is a second one of that slide.
    pub(crate) is_copy: bool,
    /// Whether this is the slide that shall be taken away and put here. What stands around it stays,
    /// and with it the carets and the presentation there.
    pub(crate) is_moved: bool,
}

impl Slot {
    pub(crate) fn new(slide: usize, opens_column: bool) -> Self {
        Self { slide, opens_column, is_copy: false, is_moved: false }
    }
}

/// A deck as lines: for each slide the blank lines above its text, the text, and what follows it.
pub(crate) struct Arrangement {
    text: String,
    front_lines: usize,
    slides: Vec<Parts>,
}

#[derive(Debug, Clone)]
struct Parts {
    opens_column: bool,
    separator: usize,
    lead: Range<usize>,
    core: Range<usize>,
    /// Blank lines; at the end of the deck also a separator that opens nothing.
    trail: Range<usize>,
}

/// A line of the new text.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Kept(usize),
    New(String),
}

impl Arrangement {
    pub(crate) fn new(deck: &LiveDeck) -> Self {
        let text = split::normalize(&deck.text()).into_owned();
        let last = deck.spans.len() - 1;
        let mut line = 0;
        let mut slides = Vec::with_capacity(deck.spans.len());
        for (index, span) in deck.spans.iter().enumerate() {
            let (above, lines) = span.chunk.lines();
            let end = line + span.line_ends as usize + usize::from(index == last);
            let first = line + above as usize;
            // All of a blank slide stands above its text, so that there is a line between separators.
            let core = chunk::text_lines(&lines[..lines.len().min(end - first)]);
            slides.push(Parts {
                opens_column: span.opens_column,
                separator: line,
                lead: first..first + core.start,
                core: first + core.start..first + core.end,
                trail: first + core.end..end,
            });
            line = end;
        }
        let front_lines = deck.front.settings.lines.end as usize;
        Self { text, front_lines, slides }
    }

    /// Removes the text of the only slide.
    pub(crate) fn clear(&self) -> Option<Change> {
        let slide = self.slides.first().filter(|slide| !slide.core.is_empty())?;
        // A line stays, for the caret.
        let is_all = slide.lead.is_empty() && slide.trail.is_empty();
        let text = if is_all { vec![String::new()] } else { Vec::new() };
        let edits = vec![LineEdit::replace(slide.core.clone(), text)];
        Some(Change { edits, line: slide.lead.start as u32 })
    }

    /// The edits that lead to another order, with the caret in one of its slots.
    pub(crate) fn change_to(&self, slots: &[Slot], caret: usize) -> Option<Change> {
        let lines: Vec<&str> = self.text.split('\n').collect();
        let (tokens, line) = self.tokens(slots, caret, &lines);
        let edits = edits(&tokens, &lines);
        let wanted = slots.iter().map(|slot| {
            (slot.opens_column, lines[self.slides[slot.slide].core.clone()].join("\n"))
        });
        let front = lines[..self.front_lines].to_vec();
        let is_sound = !edits.is_empty()
            && read(&edit::apply_to_lines(&self.text, &edits))
                == (front.join("\n"), wanted.collect());
        is_sound.then_some(Change { edits, line: line as u32 })
    }

    /// The lines of the new text, and the one where the caret goes.
    fn tokens(&self, slots: &[Slot], caret: usize, lines: &[&str]) -> (Vec<Token>, usize) {
        let kept = self.kept(slots);
        let mut tokens: Vec<Token> = (0..self.front_lines).map(Token::Kept).collect();
        let mut line = 0;
        for (index, slot) in slots.iter().enumerate() {
            let parts = &self.slides[slot.slide];
            let own = |range: &Range<usize>| -> Vec<Token> {
                let token = |line| match kept[index] {
                    true => Token::Kept(line),
                    false => Token::New(lines[line].to_owned()),
                };
                range.clone().map(token).collect()
            };
            if index > 0 {
                let is_same = parts.opens_column == slot.opens_column && slot.slide > 0;
                tokens.push(match kept[index] && is_same {
                    true => Token::Kept(parts.separator),
                    false => Token::New(if slot.opens_column { "---" } else { "----" }.to_owned()),
                });
            }
            let (lead, trail) = self.padding(slots, index, lines);
            tokens.extend(lead.unwrap_or_else(|| own(&parts.lead)));
            if index == caret {
                line = tokens.len();
            }
            tokens.extend(own(&parts.core));
            tokens.extend(trail.unwrap_or_else(|| own(&parts.trail)));
        }
        let last = tokens.len().saturating_sub(1);
        (tokens, line.min(last))
    }

    /// What stands above and below a slide, unless it brings its own. The first lines of the deck and
    /// its last ones stay where they are, and who was there before gets those of its successor.
    fn padding(
        &self,
        slots: &[Slot],
        index: usize,
        lines: &[&str],
    ) -> (Option<Vec<Token>>, Option<Vec<Token>>) {
        let (first, last) = (slots[0], slots[slots.len() - 1]);
        let slot = slots[index];
        let (old_first, old_last) = (&self.slides[0], &self.slides[self.slides.len() - 1]);
        let is_old_last = slot.slide + 1 == self.slides.len() && !slot.is_copy;
        let stays = |range: &Range<usize>| range.clone().map(Token::Kept).collect::<Vec<_>>();
        let copied = |range: &Range<usize>| -> Vec<Token> {
            if range.is_empty() {
                return vec![Token::New(String::new())];
            }
            lines[range.clone()].iter().map(|line| Token::New((*line).to_owned())).collect()
        };
        let lead = if index == 0 {
            (slot.slide != 0).then(|| stays(&old_first.lead))
        } else if slot.is_copy {
            Some(copied(&(0..0)))
        } else {
            (slot.slide == 0).then(|| copied(&self.slides[first.slide].lead))
        };
        let trail = if index + 1 == slots.len() {
            (!is_old_last).then(|| stays(&old_last.trail))
        } else if slot.is_copy {
            Some(copied(&(0..0)))
        } else {
            let of_copy =
                || if last.is_copy { 0..0 } else { self.slides[last.slide].trail.clone() };
            is_old_last.then(|| copied(&of_copy()))
        };
        (lead, trail)
    }

    /// Which slots keep their lines: of those that are not moved, those in the old order that hold
    /// the most.
    fn kept(&self, slots: &[Slot]) -> Vec<bool> {
        let weight = |slot: &Slot| {
            let parts = &self.slides[slot.slide];
            // A slide of no lines still counts for its separator.
            parts.trail.end - parts.lead.start + 1
        };
        let stays = |slot: &Slot| !slot.is_copy && !slot.is_moved;
        let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(slots.len());
        for (index, slot) in slots.iter().enumerate() {
            let before = (0..index)
                .filter(|at| slots[*at].slide < slot.slide && stays(&slots[*at]))
                .max_by_key(|at| best[*at].0);
            let sum = before.map_or(0, |at| best[at].0);
            best.push((if stays(slot) { sum + weight(slot) } else { 0 }, before));
        }
        let mut kept = vec![false; slots.len()];
        let mut at = (0..slots.len()).max_by_key(|at| best[*at].0);
        while let Some(index) = at {
            kept[index] = true;
            at = best[index].1;
        }
        kept
    }
}

/// The edits that make the new lines of the old ones.
fn edits(tokens: &[Token], lines: &[&str]) -> Vec<LineEdit> {
    let mut edits = Vec::new();
    let mut at = 0;
    let mut new: Vec<&str> = Vec::new();
    let end = [Token::Kept(lines.len())];
    for token in tokens.iter().chain(&end) {
        match token {
            Token::New(text) => new.push(text),
            Token::Kept(line) => {
                edits.extend(edit_between(at..*line, &new, lines));
                new.clear();
                at = line + 1;
            }
        }
    }
    for index in 0..edits.len() {
        // The next one stays apart.
        let next = edits.get(index + 1).map_or(lines.len(), |next| next.lines.start as usize);
        let limit = next.saturating_sub(1);
        roll_down(&mut edits[index], limit, lines);
    }
    edits
}

/// Of the ways to say which lines go, takes the one that ends with the separator instead of
/// beginning with it. Whoever writes in them is left at the text below, and not between a separator
/// and the blank line that it needs.
fn roll_down(edit: &mut LineEdit, limit: usize, lines: &[&str]) {
    if !edit.text.is_empty() {
        return;
    }
    let (mut start, mut end) = (edit.lines.start as usize, edit.lines.end as usize);
    while start < end && end < limit && lines[start] == lines[end] {
        (start, end) = (start + 1, end + 1);
    }
    edit.lines = start as u32..end as u32;
}

/// Replaces some lines by others, but for those that both begin or end with.
pub(super) fn edit_between(old: Range<usize>, new: &[&str], lines: &[&str]) -> Option<LineEdit> {
    let gone = &lines[old.clone()];
    let head = gone.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (gone, new) = (&gone[head..], &new[head..]);
    let tail = gone.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let new = &new[..new.len() - tail];
    let range = old.start + head..old.end - tail;
    let text = new.iter().map(|line| (*line).to_owned()).collect();
    (!range.is_empty() || !new.is_empty()).then(|| LineEdit::replace(range, text))
}

/// The front matter of a text, and its slides without the blank lines around them.
fn read(text: &str) -> (String, Vec<(bool, String)>) {
    let mut window = TextWindow::new(text.to_owned(), &[]);
    let (front, _) = front_matter::find(&mut window);
    let found = split::slides(&mut window, front, true);
    let slides = live::pieces(&found, text, Some(front)).into_iter().map(|piece| {
        let chunk = Chunk::new(&piece);
        let (_, lines) = chunk.lines();
        (piece.start.opens_column, lines[chunk::text_lines(&lines)].join("\n"))
    });
    let slides = slides.collect();
    (text[..front].trim_end_matches('\n').to_owned(), slides)
}
