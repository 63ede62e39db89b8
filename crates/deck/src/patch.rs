//! From the slides that are shown to those that should be, in the fewest repaints.

use serde::{Deserialize, Serialize};

use crate::SlideHtml;

/// Above this many comparisons slides are paired in order: everything has changed anyway.
const MAX_CELLS: usize = 1 << 20;
/// Up to this many comparisons slides are also weighed for likeness.
const MAX_WEIGHED_CELLS: usize = 1 << 12;
/// What it costs to insert or to remove a slide. A replacement costs between one and two of these,
/// so it beats a removal and an insertion, and likeness decides which two slides are the pair.
const STEP: u32 = 256;

/// One change to a list of slides. Patches are applied one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum SlidePatch {
    /// The slide stays the same slide and shows something else.
    Replace {
        /// Its flat index.
        index: u32,
        /// What it shows now.
        slide: SlideHtml,
    },
    /// A new slide.
    Insert {
        /// The flat index it gets.
        index: u32,
        /// What it shows.
        slide: SlideHtml,
    },
    /// The slide goes.
    Remove {
        /// Its flat index.
        index: u32,
    },
}

/// Adds a short way from the old slides to the new ones, which are the deck's from `first` on. A slide
/// that stays the same is not touched wherever it lies, and of a slide that is split the upper part
/// keeps its identity.
pub(crate) fn patch(
    old: &[SlideHtml],
    new: &[SlideHtml],
    first: u32,
    patches: &mut Vec<SlidePatch>,
) {
    let same = |pair: &(&SlideHtml, &SlideHtml)| pair.0 == pair.1;
    let prefix = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let (old, new) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
    let steps =
        if old.len() * new.len() > MAX_CELLS { in_order(old, new) } else { align(old, new) };

    let mut index = first + prefix as u32;
    let mut next = new.iter();
    for step in steps {
        if step == Step::Remove {
            patches.push(SlidePatch::Remove { index });
            continue;
        }
        let Some(slide) = next.next().cloned() else { break };
        match step {
            Step::Replace => patches.push(SlidePatch::Replace { index, slide }),
            Step::Insert => patches.push(SlidePatch::Insert { index, slide }),
            Step::Keep | Step::Remove => {}
        }
        index += 1;
    }
}

/// Applies patches. An index out of range is taken for the end.
pub fn apply(slides: &mut Vec<SlideHtml>, patches: &[SlidePatch]) {
    for patch in patches {
        match patch {
            SlidePatch::Replace { index, slide } => {
                if let Some(place) = slides.get_mut(*index as usize) {
                    place.clone_from(slide);
                }
            }
            SlidePatch::Insert { index, slide } => {
                slides.insert((*index as usize).min(slides.len()), slide.clone());
            }
            SlidePatch::Remove { index } => {
                if (*index as usize) < slides.len() {
                    slides.remove(*index as usize);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Keep,
    Replace,
    Insert,
    Remove,
}

/// Pairs slides by their place.
fn in_order(old: &[SlideHtml], new: &[SlideHtml]) -> Vec<Step> {
    let both = old.len().min(new.len());
    let mut steps: Vec<Step> = old
        .iter()
        .zip(new)
        .map(|(old, new)| if old == new { Step::Keep } else { Step::Replace })
        .collect();
    steps.resize(new.len(), Step::Insert);
    steps.resize(new.len() + old.len() - both, Step::Remove);
    steps
}

/// Finds the cheapest steps by a table of costs, filled from the end.
fn align(old: &[SlideHtml], new: &[SlideHtml]) -> Vec<Step> {
    let weighed = old.len() * new.len() <= MAX_WEIGHED_CELLS;
    let width = new.len() + 1;
    let mut costs = vec![0_u32; (old.len() + 1) * width];
    let mut pairs = vec![0_u32; old.len() * new.len()];
    for i in (0..=old.len()).rev() {
        for j in (0..=new.len()).rev() {
            costs[i * width + j] = match (i < old.len(), j < new.len()) {
                (false, _) => (new.len() - j) as u32 * STEP,
                (_, false) => (old.len() - i) as u32 * STEP,
                (true, true) => {
                    let pair = pair_cost(&old[i], &new[j], weighed);
                    pairs[i * new.len() + j] = pair;
                    let both = pair + costs[(i + 1) * width + j + 1];
                    let remove = STEP + costs[(i + 1) * width + j];
                    let insert = STEP + costs[i * width + j + 1];
                    both.min(remove).min(insert)
                }
            };
        }
    }
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let cost = costs[i * width + j];
        if i < old.len() && j < new.len() {
            let pair = pairs[i * new.len() + j];
            if cost == pair + costs[(i + 1) * width + j + 1] {
                steps.push(if pair == 0 { Step::Keep } else { Step::Replace });
                (i, j) = (i + 1, j + 1);
                continue;
            }
        }
        if i < old.len() && cost == STEP + costs[(i + 1) * width + j] {
            steps.push(Step::Remove);
            i += 1;
        } else {
            steps.push(Step::Insert);
            j += 1;
        }
    }
    steps
}

fn pair_cost(old: &SlideHtml, new: &SlideHtml, weighed: bool) -> u32 {
    if old == new {
        0
    } else if weighed {
        STEP + (STEP - 1) - likeness(&old.html, &new.html)
    } else {
        STEP + STEP / 2
    }
}

/// How much of the longer text the common beginning and end make up, from 0 to `STEP - 1`.
fn likeness(old: &str, new: &str) -> u32 {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let (short, long) = (old.len().min(new.len()), old.len().max(new.len()));
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    ((head + tail).min(short) * (STEP as usize - 1) / long.max(1)) as u32
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn patch(old: &[SlideHtml], new: &[SlideHtml]) -> Vec<SlidePatch> {
        let mut patches = Vec::new();
        super::patch(old, new, 0, &mut patches);
        patches
    }

    fn slides(names: &str) -> Vec<SlideHtml> {
        names
            .split_whitespace()
            .map(|name| SlideHtml {
                column: true,
                attributes: Vec::new(),
                html: format!("<h1>{name}</h1>").into(),
                notes: "".into(),
            })
            .collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: Expect) {
        let (mut old, new) = (slides(old), slides(new));
        let patches = patch(&old, &new);
        let shown: Vec<String> = patches
            .iter()
            .map(|patch| match patch {
                SlidePatch::Replace { index, slide } => format!("~{index} {}", slide.html),
                SlidePatch::Insert { index, slide } => format!("+{index} {}", slide.html),
                SlidePatch::Remove { index } => format!("-{index}"),
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
        apply(&mut old, &patches);
        assert_eq!(old, new);
    }

    #[test]
    fn nothing_changed() {
        check("a b c", "a b c", expect![""]);
    }

    #[test]
    fn an_edit_replaces_one_slide() {
        check("a b c", "a bb c", expect!["~1 <h1>bb</h1>"]);
    }

    #[test]
    fn a_split_keeps_the_upper_part() {
        check(
            "a onetwo c",
            "a one two c",
            expect![[r#"
            ~1 <h1>one</h1>
            +2 <h1>two</h1>"#]],
        );
        check(
            "a one two c",
            "a onetwo c",
            expect![[r#"
            ~1 <h1>onetwo</h1>
            -2"#]],
        );
    }

    #[test]
    fn inserting_and_removing_leave_the_others_alone() {
        check("a b c", "a x b c", expect!["+1 <h1>x</h1>"]);
        check(
            "a b c d",
            "a d",
            expect![[r#"
            -1
            -1"#]],
        );
        check(
            "",
            "a b",
            expect![[r#"
            +0 <h1>a</h1>
            +1 <h1>b</h1>"#]],
        );
        check(
            "a b",
            "",
            expect![[r#"
            -0
            -0"#]],
        );
    }

    #[test]
    fn a_move_is_one_removal_and_one_insertion() {
        check(
            "a b c d e",
            "a c d b e",
            expect![[r#"
            -1
            +3 <h1>b</h1>"#]],
        );
    }

    #[test]
    fn an_edit_beside_an_insertion_finds_its_slide() {
        check(
            "a long-slide-text c",
            "a new long-slide-texts c",
            expect![[r#"
            +1 <h1>new</h1>
            ~2 <h1>long-slide-texts</h1>"#]],
        );
    }

    #[test]
    fn a_patch_crosses_as_tagged_json() {
        let patches = patch(&slides("a"), &slides("a b"));
        let json = serde_json::to_string(&patches).expect("patches are plain data");
        expect![[r#"[{"op":"insert","index":1,"slide":{"column":true,"attributes":[],"html":"<h1>b</h1>","notes":""}}]"#]].assert_eq(&json);
    }

    #[test]
    fn a_deck_that_changed_everywhere_is_patched_in_order() {
        let old = slides(&(0..1100).map(|n| format!("a{n} ")).collect::<String>());
        let new = slides(&(0..1000).map(|n| format!("b{n} ")).collect::<String>());
        let patches = patch(&old, &new);
        assert_eq!(patches.len(), 1100);
        let mut patched = old;
        apply(&mut patched, &patches);
        assert_eq!(patched, new);
    }
}
