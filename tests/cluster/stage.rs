//! What everybody was told of who drives and what is shown, and whether it can all be true.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use collab::replica::Replica;

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Who noted it: those who watch one node, and only it, have its number.
    pub(crate) node: Option<usize>,
    pub(crate) term: u64,
    pub(crate) seq: u64,
    pub(crate) driver: Option<String>,
    /// Where the slide is in the text, as it travels.
    pub(crate) slide: String,
    /// Counts the moves of all drivers.
    pub(crate) fragment: i32,
}

/// What a follower saw on one connection: the moves, in the order in which they were shown.
pub(crate) type Seen = Vec<i32>;

/// Notes of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    told: Mutex<Vec<Told>>,
    seen: Mutex<Vec<Seen>>,
}

impl Notes {
    /// Notes what a client knows now.
    pub(crate) fn note(&self, node: Option<usize>, own_name: &str, replica: &Replica) {
        let Some(now) = replica.presentation() else { return };
        let tell = |driver| {
            let told = Told {
                node,
                term: now.term,
                seq: now.seq,
                driver,
                slide: serde_json::to_string(&now.shown.slide).unwrap_or_default(),
                fragment: now.shown.fragment,
            };
            self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        };
        tell(now.driver.clone());
        // Whoever is told to drive is a driver, whatever the name says.
        if replica.is_driving() {
            tell(Some(own_name.to_owned()));
        }
    }

    pub(crate) fn saw(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// Adds something that nobody told: to see that it is found.
    pub(crate) fn plant(&self, told: Told) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    pub(crate) fn last(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    /// How many different terms there were.
    pub(crate) fn terms(&self) -> usize {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let terms: BTreeSet<u64> = told.iter().map(|told| told.term).collect();
        terms.len()
    }

    /// Everything that cannot be true together.
    pub(crate) fn contradictions(&self) -> Vec<String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = second_drivers(&told);
        found.extend(two_slides(&told));
        found.extend(going_back(&told));
        found.extend(seen.iter().flat_map(|seen| shown_late(&told, seen)));
        found
    }
}

/// In one term there is one driver, whoever is asked.
fn second_drivers(told: &[Told]) -> Vec<String> {
    let mut drivers: BTreeMap<u64, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for told in told {
        let Some(driver) = &told.driver else { continue };
        let first = *drivers.entry(told.term).or_insert(driver);
        if first != driver {
            found.push(format!("term {}: both {first} and {driver} drive", told.term));
        }
    }
    found.dedup();
    found
}

/// A number of a slide means the same slide to all.
fn two_slides(told: &[Told]) -> Vec<String> {
    let mut slides: HashMap<u64, &Told> = HashMap::new();
    let mut found = Vec::new();
    for told in told {
        let first = *slides.entry(told.seq).or_insert(told);
        if first.slide != told.slide {
            found.push(format!("one number of a slide means two: {first:?} and {told:?}"));
        }
    }
    found
}

/// A node never tells of an older term or slide after a newer one, not even after it was killed.
fn going_back(told: &[Told]) -> Vec<String> {
    let mut newest: HashMap<usize, (u64, u64)> = HashMap::new();
    let mut found = Vec::new();
    for told in told {
        let Some(node) = told.node else { continue };
        let (now, before) = ((told.term, told.seq), newest.entry(node).or_default());
        if now.0 < before.0 || now.1 < before.1 {
            found.push(format!("node {node} told of {now:?} after {before:?} (term, number)"));
        }
        *before = (now.0.max(before.0), now.1.max(before.1));
    }
    found
}

/// Nobody is shown a slide of a driver after a slide of the one who took over.
fn shown_late(told: &[Told], seen: &[i32]) -> Vec<String> {
    let mut terms: HashMap<i32, (u64, u64)> = HashMap::new();
    for told in told {
        // A driver who was cut off says again what they show, in a new term perhaps.
        let (first, last) = terms.entry(told.fragment).or_insert((told.term, told.term));
        (*first, *last) = ((*first).min(told.term), (*last).max(told.term));
    }
    let known = seen.iter().filter_map(|fragment| Some((fragment, terms.get(fragment)?)));
    let known: Vec<_> = known.collect();
    let late = known.windows(2).filter(|pair| pair[1].1.1 < pair[0].1.0);
    late.map(|pair| format!("move {} was shown after {}", pair[1].0, pair[0].0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(node: usize, term: u64, seq: u64, driver: &str) -> Told {
        let (slide, fragment) = (format!("slide {seq}"), seq as i32);
        Told { node: Some(node), term, seq, driver: Some(driver.into()), slide, fragment }
    }

    fn contradictions(told: Vec<Told>, seen: Vec<i32>) -> Vec<String> {
        Notes { told: told.into(), seen: vec![seen].into() }.contradictions()
    }

    #[test]
    fn what_can_be_true_is_no_contradiction() {
        let told =
            vec![told(0, 1, 1, "A"), told(1, 1, 1, "A"), told(0, 2, 2, "B"), told(1, 2, 2, "B")];
        assert!(contradictions(told, vec![1, 2]).is_empty());
    }

    #[test]
    fn each_planted_contradiction_is_found() {
        let second = vec![told(0, 1, 1, "A"), told(1, 1, 1, "B")];
        assert_eq!(contradictions(second, vec![]), ["term 1: both A and B drive"]);
        let back = vec![told(0, 2, 2, "B"), told(0, 1, 1, "A")];
        assert_eq!(contradictions(back, vec![]).len(), 1);
        let slides =
            vec![told(0, 1, 1, "A"), Told { slide: "another".into(), ..told(1, 1, 1, "A") }];
        assert_eq!(contradictions(slides, vec![]).len(), 1);
        let late = vec![told(0, 1, 1, "A"), told(0, 2, 2, "B")];
        assert_eq!(contradictions(late, vec![2, 1]), ["move 1 was shown after 2"]);
    }
}
