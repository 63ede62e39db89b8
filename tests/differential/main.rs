//! Documents of ours beside documents of the original Yjs: the same random edits, exchanged in the
//! same random order, must give the same text everywhere, and our lint must refuse none of it.
#![forbid(unsafe_code)]

mod traces;
mod yjs;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Parser;
use collab::doc::{DeckDoc, TextEdit, apply_edits};
use collab::testing::Rng;

use crate::yjs::Yjs;

/// Compare the CRDT with the original Yjs
#[derive(Debug, Parser)]
#[command(name = "cargo xtask differential")]
struct Cli {
    /// How many rounds, each with documents of its own
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program with the original documents
    #[arg(long, default_value = "tests/e2e/harness/yjs-peer.mjs")]
    peer: PathBuf,
}

/// Documents of each kind in one round.
const DOCS: usize = 2;
const STEPS: usize = 40;
/// What people put into slides, with characters of one to four bytes and of two UTF-16 units.
const WORDS: [&str; 8] = ["a", "\n", "- ", "Straße ", "---\n\n", "🚢", "👩‍🚀 ", "e\u{301}"];

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let mut yjs = Yjs::start(&cli.peer)?;
    let updates = traces::all(&mut yjs)?;
    writeln!(std::io::stdout(), "{updates} updates of people at work: none refused")?;
    let mut edits = 0;
    for seed in cli.seed..cli.seed + cli.seeds {
        edits += round(seed, &mut yjs).with_context(|| format!("seed {seed}"))?;
    }
    writeln!(
        std::io::stdout(),
        "{} rounds from seed {}, {edits} edits: the same text as Yjs everywhere",
        cli.seeds,
        cli.seed
    )?;
    Ok(())
}

/// One of our documents, and the plain string that its reported changes lead to.
struct Ours {
    doc: DeckDoc,
    shown: String,
}

impl Ours {
    fn apply(&mut self, update: &[u8]) -> anyhow::Result<()> {
        self.doc.apply(update).context("the lint refused an update of Yjs")?;
        apply_edits(&mut self.shown, &self.doc.take_remote_edits());
        Ok(())
    }
}

fn round(seed: u64, yjs: &mut Yjs) -> anyhow::Result<usize> {
    let mut random = Rng::new(seed);
    let mut ours: Vec<Ours> = (1..=DOCS as u64)
        .map(|client| Ours { doc: DeckDoc::observed(client), shown: String::new() })
        .collect();
    yjs.reset(&(1..=DOCS as u64).map(|client| 100 + client).collect::<Vec<_>>())?;
    let mut edits = 0;
    for _ in 0..STEPS {
        if random.one_in(3) {
            exchange(&mut ours, yjs, random.below(2 * DOCS), random.below(2 * DOCS))?;
        } else {
            edit(&mut ours, yjs, &mut random)?;
            edits += 1;
        }
    }
    // Everybody through one, and back: then all have everything.
    for _ in 0..2 {
        for other in 1..2 * DOCS {
            exchange(&mut ours, yjs, other, 0)?;
            exchange(&mut ours, yjs, 0, other)?;
        }
    }
    let text = ours[0].doc.text();
    for (index, ours) in ours.iter().enumerate() {
        ensure!(ours.doc.text() == text, "our document {index} differs from our first");
        ensure!(
            shows(&ours.shown, &text),
            "what document {index} reported leads to {:?}, its text is {text:?}",
            ours.shown
        );
    }
    for index in 0..DOCS {
        let theirs = yjs.text(index)?;
        ensure!(theirs == text, "Yjs has {theirs:?}, we have {text:?}");
    }
    Ok(edits)
}

fn edit(ours: &mut [Ours], yjs: &mut Yjs, random: &mut Rng) -> anyhow::Result<()> {
    let (place, at) = (random.below(2 * DOCS), random.below(60) as u32);
    let delete = if random.one_in(3) { random.below(6) as u32 } else { 0 };
    let insert = if delete > 0 && random.one_in(2) { "" } else { random.pick(&WORDS) };
    let edit = TextEdit { at, delete, insert: insert.to_owned() };
    match ours.get_mut(place) {
        Some(ours) => {
            ours.doc.edit(std::slice::from_ref(&edit));
            let length = ours.shown.encode_utf16().count() as u32;
            let at = edit.at.min(length);
            apply_edits(&mut ours.shown, &[TextEdit { at, ..edit }]);
            Ok(())
        }
        None => yjs.edit(place - DOCS, &edit),
    }
}

/// Whether a plain string shows a document's text: unit by unit the same, but for halves of a
/// character that something was typed between and removed again, which no change tells of (rule D5).
fn shows(shown: &str, text: &str) -> bool {
    let same = |(shown, text): (u16, u16)| {
        shown == text || (text == 0xfffd && (0xd800..0xe000).contains(&shown))
    };
    shown.encode_utf16().count() == text.encode_utf16().count()
        && shown.encode_utf16().zip(text.encode_utf16()).all(same)
}

/// Brings what `from` has and `to` lacks. The first [`DOCS`] documents are ours.
fn exchange(ours: &mut [Ours], yjs: &mut Yjs, from: usize, to: usize) -> anyhow::Result<()> {
    if from == to {
        return Ok(());
    }
    let vector = match ours.get(to) {
        Some(ours) => ours.doc.state_vector(),
        None => yjs.vector(to - DOCS)?,
    };
    let update = match ours.get(from) {
        Some(ours) => ours.doc.diff(&vector).context("our lint refused a state vector")?,
        None => yjs.diff(from - DOCS, &vector)?,
    };
    match ours.get_mut(to) {
        Some(ours) => ours.apply(&update),
        None => yjs.apply(to - DOCS, &update),
    }
}
