//! Prints what the slides frame is given for each deck named on the command line, as JSON lines.

use std::{collections::BTreeMap, env, fs, io::Write as _};

use deck::{Direction, LiveDeck, OptionValue, SlideHtml};
use serde::Serialize;

#[derive(Serialize)]
struct Output {
    path: String,
    theme: Option<String>,
    options: BTreeMap<String, OptionValue>,
    lang: Option<String>,
    dir: Option<Direction>,
    slides: Vec<SlideHtml>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for path in env::args().skip(1) {
        let deck = LiveDeck::new(&fs::read_to_string(&path)?);
        let slides = deck.html();
        let front = deck.front_matter().clone();
        let (theme, options, lang, dir) = (front.theme, front.options, front.lang, front.dir);
        serde_json::to_writer(&mut out, &Output { path, theme, options, lang, dir, slides })?;
        writeln!(out)?;
    }
    Ok(())
}
