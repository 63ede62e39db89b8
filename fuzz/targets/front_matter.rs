//! The options at the top of a deck, whatever stands there.
#![no_main]

use deck::LiveDeck;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|yaml: &str| {
    let live = LiveDeck::new(&format!("---\n{yaml}\n---\n\n# Title\n"));
    let _ = (live.front_matter(), live.title());
    assert!(live.problems().iter().all(|problem| !format!("{problem:?}").is_empty()));
});
