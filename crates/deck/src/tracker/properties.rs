//! Edits elsewhere, whatever they are, never change which slide is presented.

use super::*;
use crate::{edit::units, properties::LINES};

/// Decks that are edited; each from a seed of its own, which a failure names.
const DECKS: u64 = 150;
const EDITS: usize = 12;
/// A word that stands on the presented slide alone.
const MARKER: &str = "m4rk3r";

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    /// Lines of every kind, with separators more often than chance would have them.
    fn lines(&mut self, count: usize) -> String {
        let line = |random: &mut Self| match random.below(4) {
            0 => "\n---\n",
            _ => LINES[random.below(LINES.len())],
        };
        (0..self.below(count)).map(|_| line(self).to_owned() + "\n").collect()
    }

    /// An edit that leaves the units between `from` and `to` alone.
    fn edit_around(&mut self, from: usize, to: usize, end: usize) -> TextEdit {
        let (start, stop) = if self.below(2) == 0 { (0, from) } else { (to, end) };
        let at = start + self.below(stop - start + 1);
        let delete = if self.below(2) == 0 { 0 } else { self.below((stop - at).min(30) + 1) };
        let typed = ["-", "`", "\n", "x", "<!--", "-->", "```\n", "---\n", "\n\n---\n\n", ""];
        let insert = match self.below(3) {
            0 => self.lines(6),
            _ => typed[self.below(typed.len())].to_owned(),
        };
        TextEdit { at: at as u32, delete: delete as u32, insert }
    }
}

#[test]
fn t1_edits_elsewhere_never_change_which_slide_is_presented() {
    for seed in 0..DECKS {
        let mut random = Random(seed);
        let (above, below) = (random.lines(20), random.lines(20));
        let text = format!("# a\n\n{above}\n\n---\n\n# {MARKER}\n\n- {MARKER}\n\n---\n\n{below}");
        let mut deck = LiveDeck::new(&text);
        let slide = |deck: &LiveDeck| {
            let has = |span: &crate::live::Span| span.chunk.text.contains(MARKER);
            deck.spans().iter().position(has).expect("it is there") as u32
        };
        let mut tracker = Tracker::default();
        let start = text.find(MARKER).expect("it is there") - "# ".len();
        tracker.show_at(&deck, units(&text[..start]) as u32);
        for _ in 0..EDITS {
            let text = deck.text();
            let own = text.find(MARKER).expect("it is there") - "# ".len();
            let from = units(&text[..own]);
            let to = from + units(&format!("# {MARKER}\n\n- {MARKER}"));
            let edits = [random.edit_around(from, to, units(&text))];
            tracker.edit(&mut deck, &edits, 0);
            assert_eq!(tracker.slide(), slide(&deck), "seed {seed}: {edits:?} of {text:?}");
        }
    }
}
