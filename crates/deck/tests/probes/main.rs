//! Probe decks: a few lines for each rule of the deck format, and the slides they give.
//!
//! `cargo xtask compare` has them written to files and compares each with the reference.

mod blocks;
mod extensions;
mod html;
mod inline;
mod slides;

use expect_test::Expect;

/// Checks the slides of a deck: place, attributes, HTML without line numbers, notes.
#[track_caller]
fn check(source: &str, expected: Expect) {
    write_probe(source, std::panic::Location::caller().line());
    let deck = deck::parse(source);
    let mut shown = String::new();
    for (slide, html) in deck.slides.iter().zip(deck::LiveDeck::new(source).html()) {
        shown += &format!("{}.{}", slide.h, slide.v);
        for (name, value) in &html.attributes {
            shown += &format!(" {name}={value:?}");
        }
        shown += &format!("\n{}\n", without_lines(&html.html));
        if !html.notes.is_empty() {
            shown += &format!("notes: {}\n", html.notes);
        }
    }
    expected.assert_eq(&shown);
}

/// Writes the deck to the folder that `cargo xtask compare` asks for.
fn write_probe(source: &str, line: u32) {
    let Some(folder) = std::env::var_os("ONDECK_PROBES") else { return };
    let test = std::thread::current().name().unwrap_or("probe").replace("::", "-");
    std::fs::create_dir_all(&folder).expect("the folder of probes can be made");
    let path = std::path::Path::new(&folder).join(format!("{test}-{line}.md"));
    std::fs::write(path, source).expect("a probe can be written");
}

/// Takes ` data-line="…"` out; that it is right is tested where it is made.
fn without_lines(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(" data-line=\"") {
        out.push_str(before);
        rest = after.split_once('"').map_or("", |(_, rest)| rest);
    }
    out + rest
}
