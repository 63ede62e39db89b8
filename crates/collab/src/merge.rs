//! Merging texts where documents cannot be merged: after a deck came back from a backup.
//!
//! A replica of another lineage must never be joined as a CRDT (the text would double). So what
//! its person had written and the server did not have is found by comparing texts, and written
//! anew into the text that the server has now.

use std::ops::Range;

use crate::doc::TextEdit;

/// A run of a text, in UTF-16 units, and what stands in its place in another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    old: Range<usize>,
    new: Vec<u16>,
}

/// Edits, to be made one after the other, that lead from one text to another.
pub fn difference(old: &str, new: &str) -> Vec<TextEdit> {
    edits_of(&hunks(&units(old), &units(new)))
}

/// What somebody did who had `base` and made `mine` of it, as edits of `theirs`, which others made
/// of the same base. Where both did the same it is there once; what both inserted at one place is
/// kept, theirs first; what is gone already need not be removed.
pub fn carry_over(base: &str, mine: &str, theirs: &str) -> Vec<TextEdit> {
    let base = units(base);
    let (theirs, mut carried) = (hunks(&base, &units(theirs)), Vec::new());
    for hunk in hunks(&base, &units(mine)) {
        if theirs.contains(&hunk) {
            continue;
        }
        let conflict = theirs.iter().find(|other| {
            other.old.start == hunk.old.start && !other.new.is_empty() && !hunk.new.is_empty()
        });
        let (at, new) = match conflict {
            Some(other) => beside(&theirs, other, &hunk),
            None => (mapped(&theirs, hunk.old.start), hunk.new.clone()),
        };
        for part in surviving(&theirs, hunk.old.clone()) {
            put(&mut carried, Hunk { old: part, new: Vec::new() });
        }
        put(&mut carried, Hunk { old: at..at, new });
    }
    carried.retain(|hunk| !hunk.old.is_empty() || !hunk.new.is_empty());
    edits_of(&carried)
}

/// Puts a hunk where it belongs in the text, behind those that are there already.
fn put(hunks: &mut Vec<Hunk>, hunk: Hunk) {
    let place = |hunk: &Hunk| (hunk.old.start, hunk.old.end);
    let index = hunks.partition_point(|other| place(other) <= place(&hunk));
    hunks.insert(index, hunk);
}

/// Where the insertion of `hunk` goes when others inserted at the same place, and what of it they
/// did not insert as well: nothing or the rest when one insertion is the other and more.
fn beside(theirs: &[Hunk], other: &Hunk, hunk: &Hunk) -> (usize, Vec<u16>) {
    let end = mapped(theirs, other.old.end);
    let (before, after) = common_ends(&other.new, &hunk.new);
    if before + after < other.new.len().min(hunk.new.len()) {
        return (end, hunk.new.clone());
    }
    (end - after, hunk.new[before..hunk.new.len() - after].to_vec())
}

/// Where a position of the base lies in their text: behind what they put there.
fn mapped(theirs: &[Hunk], position: usize) -> usize {
    let mut shift = 0_isize;
    for hunk in theirs.iter().take_while(|hunk| hunk.old.start <= position) {
        let removed = hunk.old.end.min(position) - hunk.old.start;
        shift += hunk.new.len() as isize - removed as isize;
    }
    position.saturating_add_signed(shift)
}

/// The parts of a range of the base that are still in their text, as ranges of it.
fn surviving(theirs: &[Hunk], range: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = range.start;
    for hunk in theirs.iter().filter(|hunk| hunk.old.end > range.start) {
        if hunk.old.start >= range.end {
            break;
        }
        parts.push(from..hunk.old.start.max(from));
        from = hunk.old.end.max(from);
    }
    parts.push(from.min(range.end)..range.end);
    let in_their_text = |part: Range<usize>| {
        let end = mapped(theirs, part.end - 1) + 1;
        end - part.len()..end
    };
    parts.into_iter().filter(|part| !part.is_empty()).map(in_their_text).collect()
}

/// What differs: lines first, then words in them, then units at the ends of these.
fn hunks(old: &[u16], new: &[u16]) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    for (at, old_lines, new_lines) in differing(&lines(old), &lines(new)) {
        for (within, old, new) in differing(&words(&old_lines), &words(&new_lines)) {
            let (before, after) = common_ends(&old, &new);
            let start = at + within;
            hunks.push(Hunk {
                old: start + before..start + old.len() - after,
                new: new[before..new.len() - after].to_vec(),
            });
        }
    }
    hunks
}

/// The runs that differ: where in the old text, what stood there, what stands there now.
fn differing(old: &[&[u16]], new: &[&[u16]]) -> Vec<(usize, Vec<u16>, Vec<u16>)> {
    let length = |parts: &[&[u16]]| parts.iter().map(|part| part.len()).sum::<usize>();
    let run = |(old_run, new_run): (Range<usize>, Range<usize>)| {
        let at = length(&old[..old_run.start]);
        (at, old[old_run].concat(), new[new_run].concat())
    };
    unequal(old, new).into_iter().map(run).collect()
}

/// Most removals and insertions that are told apart; texts that differ more have one run.
const MOST_STEPS: usize = 1_000;

/// The shortest way from one list to the other (Myers: An O(ND) difference algorithm and its
/// variations, 1986), as ranges that take the place of each other. Made here, as the libraries for
/// it would add a tenth to what a browser has to load.
fn unequal(old: &[&[u16]], new: &[&[u16]]) -> Vec<(Range<usize>, Range<usize>)> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - after], &new_rest[..new_rest.len() - after]);
    let Some(mut steps) = shortest_way(a, b) else {
        return vec![(before..before + a.len(), before..before + b.len())];
    };
    steps.reverse();
    let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (removed, x, y) in steps {
        let (x, y) = (before + x, before + y);
        let (x_end, y_end) = (x + usize::from(removed), y + usize::from(!removed));
        match runs.last_mut() {
            Some((old_run, new_run)) if old_run.end == x && new_run.end == y => {
                (old_run.end, new_run.end) = (x_end, y_end);
            }
            _ => runs.push((x..x_end, y..y_end)),
        }
    }
    runs
}

/// Removals (`true`) and insertions, each at its place in both lists, the last first. `None` when
/// there are too many.
fn shortest_way(a: &[&[u16]], b: &[&[u16]]) -> Option<Vec<(bool, usize, usize)>> {
    let most = (a.len() + b.len()).min(MOST_STEPS);
    // On diagonal k, x - y = k; `reached[k + most + 1]` is the furthest x on it.
    let mut reached = vec![0_usize; 2 * most + 3];
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for round in 0..=most {
        rounds.push(reached.clone());
        for k in (most + 1 - round..=most + 1 + round).step_by(2) {
            let down = goes_down(&reached, k, most + 1, round);
            let mut x = if down { reached[k + 1] } else { reached[k - 1] + 1 };
            let mut y = x + most + 1 - k;
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            reached[k] = x;
            if x >= a.len() && y >= b.len() {
                return Some(way_back(&rounds, k, most + 1));
            }
        }
    }
    None
}

/// Whether the way to diagonal `k` comes from the one above, by an insertion.
fn goes_down(reached: &[usize], k: usize, middle: usize, round: usize) -> bool {
    k == middle - round || (k != middle + round && reached[k - 1] < reached[k + 1])
}

fn way_back(rounds: &[Vec<usize>], mut k: usize, middle: usize) -> Vec<(bool, usize, usize)> {
    let mut steps = Vec::new();
    for (round, reached) in rounds.iter().enumerate().skip(1).rev() {
        let down = goes_down(reached, k, middle, round);
        k = if down { k + 1 } else { k - 1 };
        let x = reached[k];
        steps.push((!down, x, x + middle - k));
    }
    steps
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn lines(text: &[u16]) -> Vec<&[u16]> {
    text.split_inclusive(|&unit| unit == u16::from(b'\n')).collect()
}

/// Runs of letters and digits, and each other unit by itself.
fn words(text: &[u16]) -> Vec<&[u16]> {
    let is_letter = |unit: u16| char::from_u32(unit.into()).is_none_or(char::is_alphanumeric);
    text.chunk_by(|&a, &b| is_letter(a) && is_letter(b)).collect()
}

/// How many units two texts have in common at their beginnings and at their ends. No character is
/// cut in two.
fn common_ends(a: &[u16], b: &[u16]) -> (usize, usize) {
    let mut before = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    if before > 0 && (0xd800..0xdc00).contains(&a[before - 1]) {
        before -= 1;
    }
    let (a, b) = (&a[before..], &b[before..]);
    let mut after = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    if after > 0 && (0xdc00..0xe000).contains(&a[a.len() - after]) {
        after -= 1;
    }
    (before, after)
}

/// From the last to the first, so that no edit moves the next one.
fn edits_of(hunks: &[Hunk]) -> Vec<TextEdit> {
    let edit = |hunk: &Hunk| TextEdit {
        at: hunk.old.start as u32,
        delete: hunk.old.len() as u32,
        insert: String::from_utf16_lossy(&hunk.new),
    };
    hunks.iter().rev().map(edit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::apply_edits;

    fn merged(base: &str, mine: &str, theirs: &str) -> String {
        let mut text = theirs.to_owned();
        apply_edits(&mut text, &carry_over(base, mine, theirs));
        text
    }

    #[test]
    fn differences_lead_from_one_text_to_the_other_and_cut_no_character() {
        for (old, new) in [
            ("", "one\ntwo\n"),
            ("one\ntwo\n", ""),
            ("one\ntwo\nthree", "one\n2\nthree"),
            ("a 👋 b", "a 👌 b"),
            ("same", "same"),
            ("x\ny\nz\n", "z\nx\ny\n"),
        ] {
            let mut text = old.to_owned();
            apply_edits(&mut text, &difference(old, new));
            assert_eq!(text, new);
        }
    }

    #[test]
    fn any_two_texts_are_told_apart_exactly() {
        let mut state = 7_u64;
        // A linear congruential generator (Knuth, MMIX): tests of a module have no other.
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as usize
        };
        for _ in 0..2_000 {
            let mut text = |_| -> String {
                (0..random(30)).map(|_| ["a", "b\n", "\n", "c ", "👋"][random(5)]).collect()
            };
            let (old, new) = (text(0), text(1));
            let mut changed = old.clone();
            apply_edits(&mut changed, &difference(&old, &new));
            assert_eq!(changed, new, "{old:?}");
        }
        let many =
            |word: &str| (0..3 * MOST_STEPS).map(|line| format!("{word} {line}\n")).collect();
        let (old, new): (String, String) = (many("old"), many("new"));
        let mut changed = old.clone();
        apply_edits(&mut changed, &difference(&old, &new));
        assert_eq!(changed, new);
    }

    #[test]
    fn both_sides_changes_are_in_the_merged_text_once() {
        for (base, mine, theirs, expected) in [
            ("a\nb\nc\n", "a\nb mine\nc\n", "a theirs\nb\nc\n", "a theirs\nb mine\nc\n"),
            // The same on both sides, wholly or in part.
            ("a\n", "a new\n", "a new\n", "a new\n"),
            ("a\n", "a one two\n", "a one\n", "a one two\n"),
            ("a\n", "a one\n", "a one two\n", "a one two\n"),
            // Both at one place.
            ("", "mine", "theirs", "theirsmine"),
            ("a\nb\n", "a\nmine\nb\n", "a\ntheirs\nb\n", "a\ntheirs\nmine\nb\n"),
            // Removed by one, changed by the other.
            ("a\nb\nc\n", "a\nc\n", "a\nb!\nc\n", "a\n!c\n"),
            ("a\nb\nc\n", "a\nb mine\nc\n", "a\nc\n", "a\n minec\n"),
            ("a\nb\nc\n", "a\nc\n", "a\nc\n", "a\nc\n"),
            ("abc", "ac", "abcd", "acd"),
            ("one two three", "one three", "zero one two three four", "zero one three four"),
            ("", "early", "", "early"),
            ("old\n", "old\n", "new\n", "new\n"),
        ] {
            assert_eq!(merged(base, mine, theirs), expected, "{base:?} {mine:?} {theirs:?}");
        }
    }
}
