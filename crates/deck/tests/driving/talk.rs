//! A talk: a driver, writers who do all that people do, and what the rules say is shown.

mod acts;

use deck::{Fate, LiveDeck, REBIND_WITHIN, TextEdit, Tracker};

use crate::model::{Model, Slide, is_alike};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Something that somebody has on the clipboard or in the history, to be put back at a time.
struct Pending {
    at: u64,
    slide: Slide,
    /// Below which slide it goes, if that is still there; anywhere else.
    below: Option<u32>,
}

/// A talk that goes on.
pub(crate) struct Talk {
    seed: u64,
    random: Random,
    now: u64,
    edits: usize,
    next_id: u32,
    model: Model,
    deck: LiveDeck,
    tracker: Tracker,
    pending: Vec<Pending>,
    /// What the rules say is shown.
    shown: u32,
    /// What was shown and is gone: its words, and when that was.
    lost: Vec<(Vec<String>, u64)>,
    /// What is like the shown slide, and when it came.
    copies: Vec<(u32, u64)>,
    /// How often the rules left a choice.
    ambiguous: usize,
    /// What was done last, for those who look for a mistake.
    story: String,
}

impl Talk {
    pub(crate) fn new(seed: u64) -> Self {
        let mut talk = Self {
            seed,
            random: Random(seed),
            now: 0,
            edits: 0,
            next_id: 0,
            model: Model::default(),
            deck: LiveDeck::new(""),
            tracker: Tracker::new(0),
            pending: Vec::new(),
            shown: 1,
            lost: Vec::new(),
            copies: Vec::new(),
            ambiguous: 0,
            story: String::new(),
        };
        for _ in 0..8 {
            let slide = talk.slide();
            talk.model.slides.push(slide);
        }
        talk.deck = LiveDeck::new(&talk.model.text());
        talk
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// How many transactions there were, and how often the rules left a choice.
    pub(crate) fn edits(&self) -> (usize, usize) {
        (self.edits, self.ambiguous)
    }

    /// Somebody does something.
    pub(crate) fn act(&mut self) {
        self.now += self.random.below(230) as u64;
        if let Some(due) = self.pending.iter().position(|pending| pending.at <= self.now) {
            let pending = self.pending.swap_remove(due);
            return self.put_back(pending);
        }
        let slide = self.any_slide();
        self.story = format!("slide {slide}: ");
        match self.random.below(60) {
            0..14 => self.type_word(slide),
            14..26 => self.delete_word(slide),
            26..31 => self.insert_slide(slide),
            31..34 => self.cut(slide, false),
            34..37 => self.cut(slide, true),
            37..40 => self.move_slide(slide),
            40..43 => self.split(slide),
            43..45 => self.join(slide),
            45..49 => self.divide(slide),
            49 => self.empty(slide),
            50 => self.duplicate(slide),
            51 => self.cut_while_typed_in(slide),
            52 => self.break_separator(slide),
            53 => self.write_code(slide),
            54 => self.replace_deck(),
            _ => self.drive(slide),
        }
        self.check();
    }

    /// Now and then the slide that is shown, or one beside it.
    fn any_slide(&mut self) -> usize {
        let count = self.model.slides.len();
        let shown = self.model.find(self.shown).expect("what is shown is there");
        match self.random.below(4) {
            0 => shown,
            1 => (shown + self.random.below(3)).saturating_sub(1).min(count - 1),
            _ => self.random.below(count),
        }
    }

    fn word(&mut self) -> String {
        self.next_id += 1;
        let number = self.next_id;
        match self.random.below(8) {
            0 => format!("wörd{number}"),
            1 => format!("w{number} 🦀"),
            _ => format!("w{number}"),
        }
    }

    fn slide(&mut self) -> Slide {
        self.next_id += 1;
        let id = self.next_id;
        let mut words = vec![format!("# S{id}")];
        words.extend((0..self.random.below(8)).map(|_| self.word()).collect::<Vec<_>>());
        let separator = if self.random.below(3) == 0 { "---" } else { "----" };
        Slide::new(separator, id, words)
    }

    /// One transaction: each edit is a place, a length and a text.
    fn edit(&mut self, edits: &[(u32, u32, &str)]) -> Fate {
        let edits: Vec<TextEdit> = edits
            .iter()
            .map(|(at, delete, insert)| TextEdit {
                at: *at,
                delete: *delete,
                insert: (*insert).to_owned(),
            })
            .collect();
        self.edits += 1;
        self.tracker.edit(&mut self.deck, &edits, self.now)
    }

    /// A transaction for each letter.
    fn types(&mut self, mut at: u32, text: &str) {
        for character in text.chars() {
            self.edit(&[(at, 0, &character.to_string())]);
            at += character.len_utf16() as u32;
            self.now += 5;
        }
    }

    /// While a separator is missing: the words of the shown slide are on what is shown.
    fn check_words(&self) {
        let slide = self.model.find(self.shown).expect("what is shown is there");
        let mut parts = self.model.slides[slide].parts.iter();
        let part = parts.find(|part| part.id == self.shown).expect("it has the part");
        let Some(word) = part.words.first() else { return };
        let text = self.shown_text();
        let has = text.split('\n').any(|line| line == word);
        assert!(has, "seed {}, {}: no {word:?} in {text:?}", self.seed, self.story);
    }

    fn shown_text(&self) -> String {
        let deck = &self.deck;
        let text: Vec<u16> = deck.text().encode_utf16().collect();
        let slide = self.tracker.slide() as usize;
        let start: u32 = deck.slides().take(slide).map(|slide| slide.units).sum();
        let length = deck.slides().nth(slide).expect("it is there").units;
        String::from_utf16_lossy(&text[start as usize..(start + length) as usize])
    }

    /// What is shown is what the rules say.
    fn check(&mut self) {
        let now = self.now;
        self.lost.retain(|(_, at)| now - at <= REBIND_WITHIN);
        self.copies.retain(|(_, at)| now - at <= REBIND_WITHIN);
        let what = format!("seed {} at {now}, {}", self.seed, self.story);
        if self.edits.is_multiple_of(16) {
            assert_eq!(self.deck.text(), self.model.text(), "{what}");
        }
        let expected = self.model.find(self.shown).expect("what is shown is there");
        let found = self.tracker.slide() as usize;
        if found != expected {
            self.decide_between(found, expected, &what);
        }
    }

    /// The rules leave a choice of two slides that say the very same, and what was cut may also come
    /// back in other ways than whole.
    fn decide_between(&mut self, found: usize, expected: usize, what: &str) {
        let (found, expected) = (&self.model.slides[found], &self.model.slides[expected]);
        let words = found.words();
        let is_it = |(lost, _): &(Vec<String>, u64)| {
            is_alike(lost, &words) || lost.first() == words.first()
        };
        let returned = self.lost.iter().position(is_it);
        let is_same = words == expected.words();
        let (tracker, text) = (&self.tracker, self.deck.text());
        assert!(is_same || returned.is_some(), "{what}: {tracker:?}, {expected:?} in {text:?}");
        self.shown = found.parts[0].id;
        self.copies.push((expected.parts[0].id, self.now));
        self.lost.truncate(returned.unwrap_or(usize::MAX));
        self.ambiguous += 1;
    }

    /// The driver goes to a slide.
    fn drive(&mut self, slide: usize) {
        self.shown = self.model.slides[slide].parts[0].id;
        self.tracker.show(slide as u32);
        self.lost.clear();
        self.copies.clear();
    }

    /// A slide came: one that was waited for, or another one that says what is shown.
    fn came(&mut self, id: u32) {
        let now = self.now;
        let words = self.model.slides[self.model.find(id).expect("it came")].words();
        let is_like =
            |(lost, at): &(Vec<String>, u64)| now - at <= REBIND_WITHIN && is_alike(lost, &words);
        if let Some(index) = self.lost.iter().position(is_like) {
            self.lost.truncate(index);
            self.shown = id;
        } else if is_alike(&self.shown_words(), &words) {
            self.copies.push((id, now));
        }
    }

    /// The words of what is shown; of a slide with several parts only its own.
    fn shown_words(&self) -> Vec<String> {
        let slide = &self.model.slides[self.model.find(self.shown).expect("it is there")];
        let from = slide.parts.iter().position(|part| part.id == self.shown).expect("it has it");
        slide.parts[from..].iter().flat_map(|part| part.words.clone()).collect()
    }

    /// What was shown may be gone.
    fn went(&mut self, removed: &Slide, heir: u32) {
        if !removed.has(self.shown) {
            return;
        }
        let now = self.now;
        let words = removed.words();
        let is_copy = |id: &u32| {
            let slide = self.model.find(*id);
            slide.is_some_and(|slide| is_alike(&self.model.slides[slide].words(), &words))
        };
        let mut copies =
            self.copies.iter().filter(|(_, at)| now - at <= REBIND_WITHIN).map(|(id, _)| *id);
        let copy = copies.find(is_copy);
        self.shown = copy.unwrap_or(heir);
        if copy.is_none() && !words.is_empty() {
            self.lost.push((words, now));
        }
    }

    /// Which slide takes the place of one, by its section.
    fn heir(&self, slide: usize) -> u32 {
        let sections: Vec<u32> = self.deck.slides().map(|slide| slide.section).collect();
        let is_same = |other: usize| sections.get(other) == Some(&sections[slide]);
        let heir = if is_same(slide + 1) {
            slide + 1
        } else if slide > 0 && is_same(slide - 1) {
            slide - 1
        } else if slide + 1 < sections.len() {
            slide + 1
        } else {
            slide.saturating_sub(1)
        };
        self.model.slides[heir].parts[0].id
    }
}
