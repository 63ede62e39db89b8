//! What the lines of a slide say, to be found again on other slides.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use crate::{fence::Fence, live::Span};

/// The numbers of FNV-1a, which is quick and the same everywhere.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
/// So many percent of their words make two lines nearly the same.
const NEARLY: usize = 75;
/// Lines with fewer words say nothing of their own.
const WORDS_OF_A_LINE: u32 = 2;
/// What is said so often is said by mistake; what is said more often is meant to be.
const BY_MISTAKE: RangeInclusive<usize> = 2..=4;

/// A line that says something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Saying {
    /// Counted from the slide's own first one.
    pub(crate) line: u32,
    /// Made of its words, and nothing else.
    pub(super) sum: u64,
    pub(super) words: u32,
}

/// What the lines of a slide say; headings, pictures, code and comments are left out.
pub(crate) fn of(shown: &[&str]) -> Vec<Saying> {
    let mut fence = Fence::default();
    let mut is_comment = false;
    let mut found = Vec::new();
    for (index, line) in shown.iter().enumerate() {
        if !is_comment && (fence.feed(line) || fence.is_open()) {
            continue;
        }
        let text = line.trim_start();
        let starts_comment = text.starts_with("<!--");
        if is_comment || starts_comment {
            is_comment = !line.contains("-->");
            continue;
        }
        if text.starts_with(['#', '<', '|', ':']) || text.starts_with("![") {
            continue;
        }
        let (mut sum, mut words) = (FNV_OFFSET, 0);
        for word in text.split("<!--").next().into_iter().flat_map(words_in) {
            for byte in word.bytes().chain([0]) {
                sum = (sum ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(FNV_PRIME);
            }
            words += 1;
        }
        if words > 0 {
            found.push(Saying { line: index as u32, sum, words });
        }
    }
    found
}

/// How often each line is said in a deck, kept up to date: most decks need no closer look at each edit.
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    times: HashMap<u64, usize>,
    /// How many lines are said so often that it may be by mistake.
    suspicious: usize,
}

impl Echoes {
    /// Takes what some slides said for what others say.
    pub(crate) fn replace(&mut self, old: &[Span], new: &[Span]) {
        for saying in old.iter().flat_map(|span| &span.chunk.content().sayings) {
            self.count(saying, |times| times.saturating_sub(1));
        }
        for saying in new.iter().flat_map(|span| &span.chunk.content().sayings) {
            self.count(saying, |times| times + 1);
        }
    }

    /// Whether a line is said more than once, but not so often that it is meant to be.
    pub(super) fn are_of(&self, saying: &Saying) -> bool {
        self.times.get(&saying.sum).is_some_and(|times| BY_MISTAKE.contains(times))
    }

    pub(crate) fn are_any(&self) -> bool {
        self.suspicious > 0
    }

    fn count(&mut self, saying: &Saying, change: impl Fn(usize) -> usize) {
        if saying.words < WORDS_OF_A_LINE {
            return;
        }
        let times = self.times.entry(saying.sum).or_default();
        self.suspicious -= usize::from(BY_MISTAKE.contains(times));
        *times = change(*times);
        self.suspicious += usize::from(BY_MISTAKE.contains(times));
        if *times == 0 {
            self.times.remove(&saying.sum);
        }
    }
}

/// Whether two lines say nearly the same.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let known: HashSet<String> = words_in(b).map(str::to_ascii_lowercase).collect();
    let common = words_in(a).filter(|word| known.contains(&word.to_ascii_lowercase()));
    common.count() * 100 >= words_in(a).count().max(words_in(b).count()) * NEARLY
}

pub(super) fn words_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
