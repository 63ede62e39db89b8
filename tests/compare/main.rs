//! Puts every slide of a deck beside what a reference makes of the same text, and tells where they
//! differ.
//!
//! Both HTMLs are taken apart by the same code, so a difference is one of meaning, not of markup.
//! Called by `cargo xtask compare`, which finds the reference and the decks.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a command-line tool talks to a terminal")]

mod deliberate;
mod dom;
mod facts;
mod reference;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};

use crate::{
    deliberate::RULES,
    facts::{Facts, Source},
    reference::Reference,
};

/// Longer values are cut where they begin to differ.
const SHOWN: usize = 300;

fn main() -> Result<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    let oracle = PathBuf::from(args.next().context("usage: compare REFERENCE_DIR DECK…")?);
    let decks: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let mut texts = Vec::new();
    for deck in &decks {
        let text = std::fs::read_to_string(deck);
        texts.push(text.with_context(|| format!("reading {}", deck.display()))?);
    }
    let references = Reference::read_all(&oracle, &texts)?;
    let mut tally = Tally::default();
    for ((deck, text), reference) in decks.iter().zip(&texts).zip(&references) {
        tally.compare(deck, text, reference);
    }
    tally.tell(decks.len());
    Ok(if tally.differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was compared, and what came of it.
#[derive(Default)]
struct Tally {
    slides: usize,
    differences: usize,
    /// How often each deliberate difference was met.
    forgiven: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn compare(&mut self, path: &Path, text: &str, reference: &Reference) {
        let deck = deck::parse(text);
        let slides = deck::LiveDeck::new(text).html();
        if let Some(title) = &reference.title
            && deck.title != title.trim()
        {
            self.differ(path, "deck", "title", title, &deck.title);
        }
        let place = |h: u32, v: u32| format!("{}.{}", h + 1, v + 1);
        let ours: Vec<String> = deck.slides.iter().map(|slide| place(slide.h, slide.v)).collect();
        let theirs: Vec<String> =
            reference.slides.iter().map(|slide| place(slide.h, slide.v)).collect();
        if ours != theirs {
            return self.differ(path, "deck", "structure", &theirs.join(" "), &ours.join(" "));
        }
        for ((slide, html), wanted) in deck.slides.iter().zip(&slides).zip(&reference.slides) {
            self.slides += 1;
            let mut want = wanted.facts();
            let mut got = Facts::read(&html.html, &html.notes, &html.attributes);
            let source = Source { text: &slide.source, notes: &slide.notes, html: &html.html };
            for rule in RULES {
                if (rule.forgive)(&source, &mut want, &mut got) {
                    *self.forgiven.entry(rule.name).or_default() += 1;
                }
            }
            for ((field, want), (_, got)) in want.fields().iter().zip(&got.fields()) {
                if want != got {
                    self.differ(path, &place(slide.h, slide.v), field, want, got);
                }
            }
        }
    }

    fn differ(&mut self, path: &Path, place: &str, field: &str, want: &str, got: &str) {
        self.differences += 1;
        let same = want.chars().zip(got.chars()).take_while(|(one, other)| one == other).count();
        let shown = |text: &str| {
            let from = same.saturating_sub(SHOWN / 3);
            let dots = if from > 0 { "…" } else { "" };
            let cut: String = text.chars().skip(from).take(SHOWN).collect();
            format!("{dots}{cut}")
        };
        println!("{} slide {place}: {field}", path.display());
        println!("  - reference: {}", shown(want));
        println!("  + ours:      {}", shown(got));
    }

    fn tell(&self, decks: usize) {
        println!("{decks} decks, {} slides: {} differences", self.slides, self.differences);
        println!("Deliberate differences, and on how many slides they were met:");
        for rule in RULES {
            let times = self.forgiven.get(rule.name).copied().unwrap_or_default();
            println!("{times:6}  {:<20} {}", rule.name, rule.reason);
        }
    }
}
