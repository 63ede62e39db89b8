//! The law of a deck that is edited: all of it equals what its text alone gives.

use super::*;
use crate::{LineEdit, apply, apply_to_lines, properties::LINES, words_of};

/// Decks that are edited; each from a seed of its own, which a failure names.
const DECKS: u64 = 200;
const EDITS: u64 = 12;

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

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    /// Lines of every kind, with separators more often than chance would have them.
    fn lines(&mut self, count: u64) -> String {
        let ending = self.pick(&["\n", "\n", "\n", "\r\n", "\r"]);
        let mut text = String::new();
        for _ in 0..self.below(count) {
            let line = match self.below(10) {
                0..3 => "\n---\n".replace('\n', ending),
                3 => "\n----\n".replace('\n', ending),
                4 => self.pick(&["# A", "# B", "## C", "# Team C", "text", ""]).to_owned(),
                5 => self.pick(&["<!-- agenda -->", "Report by @x", ""]).to_owned(),
                _ => self.pick(LINES).to_owned(),
            };
            text.push_str(&line);
            text.push_str(ending);
        }
        text
    }

    fn deck(&mut self) -> String {
        let top = [
            "",
            "",
            "---\ntitle: t\n---\n",
            "---\nbreaks: false\nminutes:\n  A: 2.5\n...\n",
            "\n---\na: [\n---\n",
        ];
        let top = self.pick(&top);
        let end = self.pick(&["", "\n", "\n\n---\n", "\n\n---\n\n \n", "\r"]);
        format!("{top}{}{end}", self.lines(30)).trim_start_matches('\u{feff}').to_owned()
    }

    fn edit(&mut self, units: u64) -> TextEdit {
        // Now and then behind the end.
        let at = self.below(units + 2) as u32;
        let delete = match self.below(8) {
            0..4 => 0,
            4 => 1,
            5 | 6 => self.below(12) as u32,
            _ => self.below(units + 4) as u32,
        };
        let insert = match self.below(7) {
            0 => String::new(),
            1 => self.lines(6),
            2 => {
                let typed = ["-", "`", "\n", "\r", "x", "<!--", "-->", "```", "🦀", "---\n", ":"];
                self.pick(&typed).to_owned()
            }
            3 => {
                self.pick(&["\n\n---\n\n", "\n\n----\n\n# x\n", "\n---\n", "```\n", "#"]).to_owned()
            }
            4 => self
                .pick(&[
                    "breaks: false\n",
                    "lang: de\n",
                    "minutes: 3\n",
                    "---\n",
                    "...\n",
                    "\u{feff}",
                ])
                .to_owned(),
            _ => self.pick(LINES).to_owned(),
        };
        TextEdit { at, delete, insert }
    }
}

/// What the edit means, said as simply as can be.
fn apply_to_units(text: &str, edit: &TextEdit) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let start = (edit.at as usize).min(units.len());
    let end = (start + edit.delete as usize).min(units.len());
    units.splice(start..end, edit.insert.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[track_caller]
fn assert_same(live: &LiveDeck, text: &str, seed: u64) {
    let fresh = LiveDeck::new(text);
    assert_eq!(live.text(), text, "seed {seed}");
    assert_eq!(live.front_matter(), fresh.front_matter(), "seed {seed}");
    assert_eq!(live.title(), fresh.title(), "seed {seed}");
    let infos = |deck: &LiveDeck| deck.slides().collect::<Vec<_>>();
    assert_eq!(infos(live), infos(&fresh), "seed {seed}: {text:?}");
    assert_eq!(live.sections(), fresh.sections(), "seed {seed}");
    assert_eq!(live.problems(), fresh.problems(), "seed {seed}: {text:?}");
    assert_eq!(live.html(), fresh.html(), "seed {seed}");
    assert_eq!(live.read(), fresh.read(), "seed {seed}");
}

/// Somebody who hears of the deck by its updates alone.
#[derive(Default)]
struct Listener {
    html: Vec<SlideHtml>,
    infos: Vec<SlideInfo>,
    front_matter: FrontMatter,
    outline: Vec<Section>,
    problems: Vec<Problem>,
}

/// What of a section an update speaks of.
fn told(section: Section) -> Section {
    Section { lines: 0..0, minutes: None, is_empty: false, write_line: 0, ..section }
}

impl Listener {
    #[track_caller]
    fn hear(&mut self, live: &mut LiveDeck, seed: u64) {
        let update = live.update();
        apply(&mut self.html, &update.patches);
        assert_eq!(self.html, live.html(), "seed {seed}");
        let range = update.at as usize..(update.at + update.removed) as usize;
        self.infos.splice(range, update.infos);
        assert_eq!(self.infos, live.slides().collect::<Vec<_>>(), "seed {seed}");
        if update.front_matter_changed {
            self.front_matter = live.front_matter().clone();
        }
        assert_eq!(&self.front_matter, live.front_matter(), "seed {seed}");
        let outline = live.sections().into_iter().map(told).collect();
        assert!(update.outline_changed || self.outline == outline, "seed {seed}");
        self.outline = outline;
        let problems = live.problems();
        assert!(update.problems_changed || self.problems == problems, "seed {seed}");
        self.problems = problems;
    }
}

#[test]
fn whatever_is_edited_equals_a_fresh_deck() {
    for seed in 0..DECKS {
        let mut random = Random(seed);
        let mut text = random.deck();
        let mut live = LiveDeck::new(&text);
        let mut listener = Listener::default();
        assert_same(&live, &text, seed);
        for _ in 0..EDITS {
            let mut edits = Vec::new();
            for _ in 0..1 + random.below(3) {
                let edit = random.edit(text.encode_utf16().count() as u64);
                text = apply_to_units(&text, &edit);
                edits.push(edit);
            }
            let before = live.text();
            live.edit(&edits);
            assert_eq!(live.text(), text, "seed {seed}: {edits:?} of {before:?}");
            assert_same(&live, &text, seed);
            if random.below(4) > 0 {
                listener.hear(&mut live, seed);
            }
        }
        live.update();
        let update = live.update();
        assert!(update.patches.is_empty() && update.infos.is_empty() && update.removed == 0);
        assert!(!update.front_matter_changed && !update.outline_changed);
    }
}

#[test]
fn positions_find_their_slides() {
    for seed in 0..DECKS / 10 {
        let text = Random(seed).deck();
        let live = LiveDeck::new(&text);
        let mut start = 0;
        for (index, info) in live.slides().enumerate() {
            if info.units > 0 {
                assert_eq!(live.slide_at(start), index as u32, "seed {seed}");
                assert_eq!(live.slide_at(start + info.units - 1), index as u32, "seed {seed}");
            }
            let line = live.line_at(start) + info.text_line;
            assert_eq!(live.line_at(start + info.text_units), line, "seed {seed}: {text:?}");
            start += info.units;
        }
        assert_eq!(start as usize, text.encode_utf16().count(), "seed {seed}");
    }
}

/// Random numbers that a command can be made of.
fn random_command(random: &mut Random, live: &LiveDeck) -> Command {
    let (slides, sections) = (live.slides().len() as u64, live.sections().len() as u64);
    let slide = random.below(slides) as u32;
    let section = random.below(sections) as u32;
    match random.below(6) {
        0 | 1 => Command::MoveSection { section, before: random.below(sections + 1) as u32 },
        2 | 3 => Command::MoveSlide { slide, section, place: random.below(4) as u32 },
        4 => Command::Duplicate { slide },
        _ => Command::Delete { slide },
    }
}

#[test]
fn a_report_after_no_report_leaves_the_text_as_it_was() {
    let mut done = 0;
    for seed in 0..DECKS * 2 {
        let mut random = Random(seed);
        let text = split::normalize(&random.deck()).into_owned();
        let live = LiveDeck::new(&text);
        let section = random.below(live.sections().len() as u64) as u32;
        let mut own = live.spans.iter().filter(|span| span.section == section);
        if own.any(|span| span.chunk.content().no_report) {
            continue;
        }
        let Some(change) = live.perform(&Command::NoReport { section }) else { continue };
        done += 1;
        assert_sound(&change.edits, &text, seed);
        let silent = apply_to_lines(&text, &change.edits);
        let hushed = LiveDeck::new(&silent);
        let what = format!("seed {seed}: section {section} of {text:?} gives {silent:?}");
        for (index, (before, now)) in live.sections().iter().zip(hushed.sections()).enumerate() {
            assert_eq!(before.title, now.title, "{what}");
            assert_eq!(now.no_report, before.no_report || index as u32 == section, "{what}");
            let words = words_of(&live.section_text(index));
            assert_eq!(words, words_of(&hushed.section_text(index)), "{what}");
        }
        let change = hushed.perform(&Command::Report { section }).expect("what was said is there");
        assert_sound(&change.edits, &silent, seed);
        assert_eq!(apply_to_lines(&silent, &change.edits), text, "{what}");
    }
    assert!(done > DECKS, "most sections can do without a report: {done}");
}

/// The texts of the slides without the blank lines around them, sorted.
fn texts(live: &LiveDeck) -> Vec<String> {
    let text = |span: &Span| {
        let (_, lines) = span.chunk.lines();
        lines[chunk::text_lines(&lines)].join("\n")
    };
    let mut texts: Vec<String> = live.spans.iter().map(text).collect();
    texts.sort();
    texts
}

#[track_caller]
fn assert_sound(edits: &[LineEdit], text: &str, seed: u64) {
    let count = split::normalize(text).split('\n').count() as u32;
    let mut at = 0;
    for (index, edit) in edits.iter().enumerate() {
        assert!(edit.lines.start > at || index == 0, "seed {seed}: in order and apart: {edits:?}");
        assert!(edit.lines.start <= edit.lines.end && edit.lines.end <= count, "seed {seed}");
        assert!(!edit.lines.is_empty() || !edit.text.is_empty(), "seed {seed}: {edits:?}");
        at = edit.lines.end;
    }
}

#[test]
fn commands_move_slides_and_nothing_else() {
    let mut done = 0;
    for seed in 0..DECKS * 2 {
        let mut random = Random(seed);
        let mut text = random.deck();
        for _ in 0..4 {
            let live = LiveDeck::new(&text);
            let command = random_command(&mut random, &live);
            let Some(change) = live.perform(&command) else { continue };
            done += 1;
            assert_sound(&change.edits, &text, seed);
            let after = apply_to_lines(&text, &change.edits);
            let moved = LiveDeck::new(&after);
            let (before, now) = (texts(&live), texts(&moved));
            let what = format!("seed {seed}: {command:?} of {text:?} gives {after:?}");
            match command {
                Command::Duplicate { .. } => assert_eq!(before.len() + 1, now.len(), "{what}"),
                Command::Delete { .. } => {
                    assert!(before.len() == now.len() + 1 || before.len() == 1, "{what}");
                }
                _ => assert_eq!(before, now, "{what}"),
            }
            assert_eq!(moved.front_matter(), live.front_matter(), "{what}");
            assert!((change.line as usize) < after.split('\n').count(), "{what}");
            text = after;
        }
    }
    assert!(done > DECKS, "most commands can be done: {done}");
}

/// A deck whose sections are its columns, with blank lines here and there.
fn orderly_deck(random: &mut Random) -> String {
    let mut text =
        random.pick(&["", "\n", "---\ntitle: t\n---\n", "---\na: b\n---\n\n\n"]).to_owned();
    let mut number = 0;
    for column in 0..2 + random.below(4) {
        for place in 0..1 + random.below(4) {
            if number > 0 {
                text += if place == 0 { "\n---\n" } else { "\n----\n" };
                text += random.pick(&["\n", "\n\n", "\n \n"]);
            }
            text += &format!("# {column} {place}\n");
            text += random.pick(&["", "text\n", "- a\n- b\n", "```\n\n---\n\n```\n", "\n"]);
            number += 1;
        }
    }
    let end = random.pick(&["", "\n", "\n---\n", "\n\n"]);
    if random.below(2) == 0 { text.trim_end().to_owned() } else { text + end }
}

#[test]
fn moving_back_restores_the_deck() {
    for seed in 0..DECKS {
        let mut random = Random(seed);
        let text = orderly_deck(&mut random);
        let live = LiveDeck::new(&text);
        let sections = live.sections();
        let count = sections.len() as u64;
        let (from, to) = (random.below(count) as usize, random.below(count) as usize);
        let (there, back) = if random.below(2) == 0 {
            // Sections number themselves anew once the first one has gone past the others.
            let before = if to > from { to + 1 } else { to };
            let back = if to > from { from } else { from + 1 };
            (
                Command::MoveSection { section: from as u32, before: before as u32 },
                Command::MoveSection { section: to as u32, before: back as u32 },
            )
        } else {
            let (source, target) = (&sections[from].slides, &sections[to].slides);
            if source.len() == 1 && from != to {
                continue;
            }
            let old_place = random.below(source.len() as u64) as u32;
            let slide = source.start + old_place;
            let place = random.below(target.len() as u64 + u64::from(from != to)) as u32;
            let now = if to > from { target.start - 1 + place } else { target.start + place };
            (
                Command::MoveSlide { slide, section: to as u32, place },
                Command::MoveSlide { slide: now, section: from as u32, place: old_place },
            )
        };
        let Some(change) = live.perform(&there) else {
            assert!(from == to, "seed {seed}: {there:?} of {text:?}");
            continue;
        };
        let moved = apply_to_lines(&text, &change.edits);
        let change = LiveDeck::new(&moved).perform(&back).expect("what was moved can be moved");
        let restored = apply_to_lines(&moved, &change.edits);
        assert_eq!(restored, text, "seed {seed}: {there:?} gives {moved:?}, {back:?}");
    }
}
