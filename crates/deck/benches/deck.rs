//! What an edit costs in decks of 24, 100 and 1,000 slides, and what a whole deck costs.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "criterion's macros make public items without any")]

#[path = "deck/synthetic.rs"]
mod synthetic;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group};
use deck::{LiveDeck, TextEdit, Tracker};

/// One letter more in a bullet in the middle of the deck, and one letter less again.
fn edit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("edit");
    for slides in [24, 100, 1_000] {
        let text = synthetic::deck(slides);
        let at = synthetic::middle(&text);
        let mut deck = LiveDeck::new(&text);
        deck.update();
        group.bench_function(slides.to_string(), |bencher| {
            let mut is_there = false;
            bencher.iter(|| {
                let insert = if is_there { "" } else { "x" }.to_owned();
                deck.edit(&[TextEdit { at, delete: u32::from(is_there), insert }]);
                is_there = !is_there;
                black_box(deck.update())
            });
        });
    }
    group.finish();
}

/// The same edit while a slide is presented: far from it, and on it.
fn presented(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("presented");
    for slides in [100, 1_000] {
        let text = synthetic::deck(slides);
        let at = synthetic::middle(&text);
        let edited = LiveDeck::new(&text).slide_at(at);
        for (place, slide) in [("elsewhere", slides as u32 - 2), ("there", edited)] {
            let mut deck = LiveDeck::new(&text);
            let mut tracker = Tracker::new(slide);
            deck.update();
            group.bench_function(format!("{slides} {place}"), |bencher| {
                let mut is_there = false;
                bencher.iter(|| {
                    let insert = if is_there { "" } else { "x" }.to_owned();
                    let edit = TextEdit { at, delete: u32::from(is_there), insert };
                    black_box(tracker.edit(&mut deck, &[edit], 0));
                    is_there = !is_there;
                    black_box(deck.update())
                });
            });
        }
    }
    group.finish();
}

/// Parsing and rendering from nothing.
fn cold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cold");
    for slides in [24, 100, 1_000] {
        let text = synthetic::deck(slides);
        group.bench_function(slides.to_string(), |bencher| {
            bencher.iter_batched(|| text.as_str(), cold_html, BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn cold_html(text: &str) -> Vec<deck::SlideHtml> {
    LiveDeck::new(text).html()
}

criterion_group!(benches, edit, presented, cold);

fn main() {
    // `cargo xtask bench` gives the same deck to another renderer.
    if let Some(path) = std::env::var_os("ONDECK_BENCH_DECK") {
        if let Err(error) = std::fs::write(path, synthetic::deck(100)) {
            panic!("cannot write the deck: {error}");
        }
        return;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
