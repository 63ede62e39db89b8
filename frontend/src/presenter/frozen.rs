//! The deck as the audience has it while edits are held back, beside the deck as it is now.
//!
//! Both are lists of slide ids. The slides that are frozen keep the ids that they had, so that a
//! place in one deck is found in the other whatever was edited since. An id of 0 is no slide.

/// What turns one deck into another, in the coordinates that the steps before left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The slide here goes.
    Remove(u32),
    /// This slide of the other deck comes here.
    Insert(u32),
    /// The slide here gets the content of the other deck's slide here.
    Replace(u32),
}

/// The frozen slide that stands for a slide of the deck: itself, else the nearest one before it.
pub(crate) fn to_frozen(slide: u32, frozen: &[u32], now: &[u32]) -> Option<u32> {
    let upto = now.get(..=slide as usize)?;
    let found = upto.iter().rev().find_map(|id| place(frozen, *id));
    found.or(if frozen.is_empty() { None } else { Some(0) })
}

/// Where a frozen slide is now, if it still is.
pub(crate) fn to_now(slide: u32, frozen: &[u32], now: &[u32]) -> Option<u32> {
    place(now, *frozen.get(slide as usize)?)
}

/// Where somebody gets who goes from one frozen slide to another: there, or on in that direction, as
/// the audience can only be brought to slides that still are. `None` if there is none that way.
pub(crate) fn reachable(from: u32, to: u32, frozen: &[u32], now: &[u32]) -> Option<u32> {
    let is_there = |slide: &u32| to_now(*slide, frozen, now).is_some();
    if to < from { (0..=to).rev().find(is_there) } else { (to..frozen.len() as u32).find(is_there) }
}

/// The steps from one deck to another. A slide is an id and whatever tells its content.
pub(crate) fn steps<K: PartialEq>(from: &[(u32, K)], to: &[(u32, K)]) -> Vec<Step> {
    let mut kept = Vec::new();
    let mut steps = Vec::new();
    let mut next = 0;
    for (id, key) in from {
        // Slides that changed places go and come back: moves are rare.
        match to.iter().skip(next).position(|(other, _)| other == id).filter(|_| *id != 0) {
            Some(further) => {
                next += further + 1;
                kept.push((next - 1, key));
            }
            None => steps.push(Step::Remove(kept.len() as u32)),
        }
    }
    let mut kept = kept.into_iter().peekable();
    for (index, (_, key)) in to.iter().enumerate() {
        match kept.next_if(|(place, _)| *place == index) {
            Some((_, old)) if old == key => {}
            Some(_) => steps.push(Step::Replace(index as u32)),
            None => steps.push(Step::Insert(index as u32)),
        }
    }
    steps
}

fn place(ids: &[u32], id: u32) -> Option<u32> {
    ids.iter().position(|other| *other == id && id != 0).map(|place| place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slides 10, 20, 30 are frozen; 15 has come since, 20 is gone, 30 was moved to the front.
    const FROZEN: [u32; 3] = [10, 20, 30];
    const NOW: [u32; 3] = [30, 10, 15];

    #[test]
    fn a_new_slide_is_shown_as_the_one_before_it() {
        assert_eq!(to_frozen(0, &FROZEN, &NOW), Some(2));
        assert_eq!(to_frozen(1, &FROZEN, &NOW), Some(0));
        assert_eq!(to_frozen(2, &FROZEN, &NOW), Some(0));
        assert_eq!(to_frozen(3, &FROZEN, &NOW), None);
        // Before all that are frozen: the first.
        assert_eq!(to_frozen(0, &FROZEN, &[99, 10]), Some(0));
        assert_eq!(to_frozen(0, &[], &NOW), None);
    }

    #[test]
    fn a_frozen_slide_is_where_it_was_moved_to_or_nowhere() {
        assert_eq!(to_now(0, &FROZEN, &NOW), Some(1));
        assert_eq!(to_now(1, &FROZEN, &NOW), None);
        assert_eq!(to_now(2, &FROZEN, &NOW), Some(0));
        assert_eq!(to_now(0, &[0], &[0]), None);
    }

    #[test]
    fn slides_that_are_gone_are_passed_by() {
        assert_eq!(reachable(0, 1, &FROZEN, &NOW), Some(2));
        assert_eq!(reachable(2, 1, &FROZEN, &NOW), Some(0));
        assert_eq!(reachable(0, 2, &[10, 20, 40], &NOW), None);
        assert_eq!(reachable(0, 2, &FROZEN, &NOW), Some(2));
    }

    /// Plays the steps and compares.
    #[track_caller]
    fn check(from: &[(u32, char)], to: &[(u32, char)], count: usize) {
        let steps = steps(from, to);
        let mut deck = from.to_vec();
        for step in &steps {
            match *step {
                Step::Remove(at) => _ = deck.remove(at as usize),
                Step::Insert(at) => deck.insert(at as usize, to[at as usize]),
                Step::Replace(at) => {
                    assert_eq!(deck[at as usize].0, to[at as usize].0, "another slide");
                    deck[at as usize] = to[at as usize];
                }
            }
        }
        assert_eq!(deck, to);
        assert_eq!(steps.len(), count, "{steps:?}");
    }

    #[test]
    fn one_deck_becomes_the_other_and_what_is_equal_is_left_alone() {
        check(&[], &[], 0);
        check(&[(1, 'a'), (2, 'b')], &[(1, 'a'), (2, 'b')], 0);
        check(&[(1, 'a'), (2, 'b')], &[(1, 'a'), (2, 'x')], 1);
        check(&[(1, 'a'), (2, 'b'), (3, 'c')], &[(1, 'a'), (9, 'n'), (3, 'x')], 3);
        check(&[(1, 'a'), (2, 'b'), (3, 'c')], &[(3, 'c'), (1, 'a'), (2, 'b')], 2);
        check(&[(0, 'a'), (2, 'b')], &[(1, 'a'), (2, 'b')], 2);
        check(&[(1, 'a')], &[], 1);
    }
}
