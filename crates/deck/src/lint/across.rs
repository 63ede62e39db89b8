//! What is wrong with slides when they are seen together.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::{
    Command, LiveDeck, Section,
    edit::LineEdit,
    lint::{
        Code, Fix, Problem, call_date, carried,
        sayings::{Echoes, Saying, is_near, words_in},
    },
    live::Span,
};

/// So many lines in a row are no chance.
const LINES_IN_A_ROW: usize = 3;
/// So many of them must be the same to a word.
const SAME_LINES: usize = 2;
/// And so many words have to stand in them.
const WORDS_IN_A_ROW: u32 = 15;
/// Lines with more words are only compared as a whole.
const WORDS_OF_A_BULLET: u32 = 200;
/// So many lines of a run are compared, and so many runs named: more would say nothing more.
const LONGEST_RUN: usize = 200;
const RUNS: usize = 20;
/// From so many pairs of lines a run is looked for.
const TRIES: usize = 100;
/// So many lines that are said again are compared.
const ECHOES: usize = 1_000;
/// So many words that lines are about are looked for elsewhere.
const TOPICS: usize = 64;
/// Among so many words of the section.
const WORDS_OF_A_SECTION: usize = 20_000;
/// So many lines of a section are compared with those of its copy.
const LINES_OF_A_COPY: usize = 300;
/// So many slides that were carried over are named.
const CARRIED_SLIDES: usize = 30;
/// Words with fewer letters say nothing of what a text is about.
const LETTERS_OF_A_TOPIC: usize = 5;

/// Looks at the deck as a whole.
pub(crate) fn check(deck: &LiveDeck, sections: &[Section], problems: &mut Vec<Problem>) {
    let whole = Whole::new(deck.spans(), sections);
    whole.misplaced(problems);
    whole.repeated(problems);
    call_date::check(deck, problems);
    let carried = deck.spans().iter().enumerate().filter(|(_, span)| span.has_carried);
    let carried = carried.filter_map(|(slide, span)| {
        let shown: Vec<&str> = span.chunk.content().source.split('\n').collect();
        let delete = Command::Delete { slide: slide as u32 };
        let drop = || deck.perform(&delete).map(|change| change.edits);
        carried::slide(&shown, whole.first_lines[slide], drop)
    });
    problems.extend(carried.take(CARRIED_SLIDES));
}

/// A deck by its slides and sections.
struct Whole<'a> {
    spans: &'a [Span],
    sections: &'a [Section],
    /// The own first line of each slide.
    first_lines: Vec<u32>,
    /// The first line of each slide's part of the text.
    parts: Vec<u32>,
    /// For each section, the first one with its title.
    named: Vec<usize>,
    /// The lines of the slides that were looked at.
    sources: Vec<OnceCell<Vec<&'a str>>>,
}

/// A line that says something: its slide, and its place among those of the slide.
type Place = (usize, usize);

/// Lines that stand in two sections.
struct Run {
    here: (usize, Range<usize>),
    there: (usize, Range<usize>),
}

impl<'a> Whole<'a> {
    fn new(spans: &'a [Span], sections: &'a [Section]) -> Self {
        let (mut first_lines, mut parts, mut line) = (Vec::new(), Vec::new(), 0);
        for span in spans {
            parts.push(line);
            first_lines.push(line + span.chunk.content().first_line);
            line += span.line_ends;
        }
        parts.push(line);
        let mut names: HashMap<String, usize> = HashMap::new();
        let named = sections.iter().enumerate().map(|(index, section)| {
            *names.entry(section.title.to_ascii_lowercase()).or_insert(index)
        });
        let named = named.collect();
        let sources = spans.iter().map(|_| OnceCell::new()).collect();
        Self { spans, sections, first_lines, parts, named, sources }
    }

    fn sayings(&self, slide: usize) -> &'a [Saying] {
        &self.spans[slide].chunk.content().sayings
    }

    /// The first section with the title that the slide's section has.
    fn name(&self, slide: usize) -> usize {
        let section = self.spans[slide].section as usize;
        self.named.get(section).copied().unwrap_or(section)
    }

    fn title(&self, slide: usize) -> &'a str {
        self.sections.get(self.spans[slide].section as usize).map_or("", |it| it.title.as_str())
    }

    /// Names the bullets that stand, word for word or nearly, in another section, too, where they fit
    /// better.
    fn misplaced(&self, problems: &mut Vec<Problem>) {
        for run in self.runs() {
            let (here, there) = (self.fit(&run.here), self.fit(&run.there));
            // When nothing tells them apart, the later one is the copy.
            let (wrong, right) =
                if here < there { (&run.here, &run.there) } else { (&run.there, &run.here) };
            let (slide, lines) = wrong;
            let sayings = &self.sayings(*slide)[lines.clone()];
            let (Some(first), Some(last)) = (sayings.first(), sayings.last()) else { continue };
            let title = self.title(right.0).to_owned();
            let mut problem = Problem::new(Code::WrongSlide, first.line as usize, [title]);
            problem.lines.end = last.line + 1;
            let fix = Fix { title: "Remove it here".into(), edits: self.removal(*slide, sayings) };
            problem.fix = Some(fix);
            problems.push(problem.below(self.first_lines[*slide]));
        }
    }

    /// Removes lines and the blank ones between them, and nothing else that stands there.
    fn removal(&self, slide: usize, sayings: &[Saying]) -> Vec<LineEdit> {
        let lines = self.source(slide);
        let mut edits: Vec<LineEdit> = Vec::new();
        for saying in sayings {
            let line = saying.line;
            let is_blank = |at: u32| lines.get(at as usize).is_none_or(|it| it.trim().is_empty());
            match edits.last_mut().filter(|edit| (edit.lines.end..line).all(is_blank)) {
                Some(edit) => edit.lines.end = line + 1,
                None => edits.push(LineEdit { lines: line..line + 1, text: Vec::new() }),
            }
        }
        edits
    }

    /// The lines that stand in two sections of different titles.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut tries = 0;
        for (here, there) in self.pairs() {
            let is_known = runs.iter().any(|run| {
                run.here.0 == here.0 && run.here.1.contains(&here.1)
                    || run.there.0 == here.0 && run.there.1.contains(&here.1)
            });
            if !is_known && runs.len() < RUNS && tries < TRIES {
                tries += 1;
                runs.extend(self.run(here, there));
            }
        }
        runs
    }

    /// Pairs of lines that say the same in two sections of different titles.
    fn pairs(&self) -> Vec<(Place, Place)> {
        let mut echoes = Echoes::default();
        echoes.replace(&[], self.spans);
        let places = (0..self.spans.len()).flat_map(|slide| {
            self.sayings(slide).iter().enumerate().map(move |(at, saying)| (saying, (slide, at)))
        });
        let places = places.filter(|(saying, _)| echoes.are_of(saying)).take(ECHOES);
        let places: Vec<(&Saying, Place)> =
            if echoes.are_any() { places.collect() } else { Vec::new() };
        let pair = |(index, (saying, here)): (usize, &(&Saying, Place))| {
            let same = |place: &&(&Saying, Place)| place.0.sum == saying.sum;
            if places[..index].iter().any(|place| same(&place)) {
                return None;
            }
            let is_in = |place: &Place, slide: usize| self.name(place.0) == self.name(slide);
            let others = places[index..].iter().filter(same).map(|(_, place)| *place);
            let mut elsewhere = others.filter(|place| !is_in(place, here.0));
            let there = elsewhere.next()?;
            // What stands in a third section, too, is meant to.
            elsewhere.all(|third| is_in(&third, there.0)).then_some((*here, there))
        };
        places.iter().enumerate().filter_map(pair).collect()
    }

    /// The lines around a pair that are the same in both places.
    fn run(&self, here: Place, there: Place) -> Option<Run> {
        let (ours, theirs) = (self.sayings(here.0), self.sayings(there.0));
        let alike = |steps: usize| {
            let (a, b) = (ours.get(here.1 + steps)?, theirs.get(there.1 + steps)?);
            let is_same = a.sum == b.sum;
            let is_near = is_same
                || a.words.max(b.words) <= WORDS_OF_A_BULLET
                    && is_near(self.line(here.0, a), self.line(there.0, b));
            is_near.then_some((is_same, a.words))
        };
        let lines: Vec<(bool, u32)> = (0..LONGEST_RUN).map_while(alike).collect();
        let same = lines.iter().filter(|(is_same, _)| *is_same).count();
        let words: u32 = lines.iter().map(|(_, words)| words).sum();
        let length = lines.len();
        let is_run = length >= LINES_IN_A_ROW && same >= SAME_LINES && words >= WORDS_IN_A_ROW;
        is_run.then(|| Run {
            here: (here.0, here.1..here.1 + length),
            there: (there.0, there.1..there.1 + length),
        })
    }

    fn line(&self, slide: usize, saying: &Saying) -> &'a str {
        self.source(slide).get(saying.line as usize).copied().unwrap_or_default()
    }

    fn source(&self, slide: usize) -> &[&'a str] {
        let span = &self.spans[slide];
        self.sources[slide].get_or_init(|| span.chunk.content().source.split('\n').collect())
    }

    /// How well lines fit into their section: how many of the words they are about stand there as well,
    /// and whether they are all there is.
    fn fit(&self, (slide, lines): &(usize, Range<usize>)) -> (usize, usize) {
        let section = self.spans[*slide].section;
        let sayings = &self.sayings(*slide)[lines.clone()];
        let is_topic = |word: &&str| word.chars().count() >= LETTERS_OF_A_TOPIC;
        // Whether each of them was found.
        let mut topics: HashMap<String, bool> = HashMap::new();
        let own = sayings.iter().flat_map(|saying| words_in(self.line(*slide, saying)));
        for word in own.filter(is_topic).take(WORDS_OF_A_SECTION) {
            if topics.len() < TOPICS {
                topics.insert(word.to_ascii_lowercase(), false);
            }
        }
        let same = self.spans.iter().enumerate().filter(|(_, span)| span.section == section);
        let same: Vec<usize> = same.map(|(other, _)| other).collect();
        let is_own = |other: usize, line: usize| {
            other == *slide && sayings.binary_search_by_key(&line, |it| it.line as usize).is_ok()
        };
        let said = same.iter().flat_map(|other| {
            let lines = self.source(*other).iter().enumerate();
            lines.filter(|(line, _)| !is_own(*other, *line)).flat_map(|(_, line)| words_in(line))
        });
        for word in said.filter(is_topic).take(WORDS_OF_A_SECTION) {
            if let Some(is_found) = topics.get_mut(&word.to_ascii_lowercase()) {
                *is_found = true;
            }
        }
        let others: usize = same.iter().map(|other| self.sayings(*other).len()).sum();
        (topics.into_values().filter(|is_found| *is_found).count(), others - lines.len())
    }

    /// Names the sections that carry the title of an earlier one.
    fn repeated(&self, problems: &mut Vec<Problem>) {
        // The lines of the sections that others are compared with.
        let mut known: HashMap<usize, HashSet<&str>> = HashMap::new();
        for (index, section) in self.sections.iter().enumerate() {
            let earlier = self.named[index];
            if earlier == index || section.title.is_empty() {
                continue;
            }
            let known = known.entry(earlier).or_insert_with(|| {
                self.lines(&self.sections[earlier]).take(LINES_OF_A_COPY).collect()
            });
            let slide = section.slides.start as usize;
            let line = self.first_lines[slide] + self.spans[slide].chunk.content().title_line();
            let problem =
                Problem::new(Code::SectionRepeated, line as usize, [section.title.clone()]);
            // Each of its lines stands in the earlier one as well.
            let is_copy = self.lines(section).all(|line| known.contains(line));
            problems.push(if is_copy {
                let end = self.parts[section.slides.end as usize].max(section.lines.end);
                let fix = LineEdit { lines: self.parts[slide]..end, text: Vec::new() };
                problem.with_fix("Remove this copy", [fix])
            } else {
                problem
            });
        }
    }

    /// The lines of a section that are not blank, without its separators.
    fn lines(&self, section: &Section) -> impl Iterator<Item = &'a str> {
        let slides = section.slides.start as usize..section.slides.end as usize;
        let texts = self.spans[slides].iter().map(|span| span.chunk.text.as_str());
        let is_said = |line: &&str| !line.bytes().all(|byte| byte == b'-');
        texts.flat_map(str::lines).map(str::trim).filter(is_said)
    }
}
