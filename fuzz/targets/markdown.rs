//! A deck: any text gives slides, and one that is typed gives the same as one that is opened.
#![no_main]

use deck::{LiveDeck, TextEdit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, u16)| {
    let (text, typed, at) = input;
    let mut live = LiveDeck::new(text);
    let edit = TextEdit { at: at.into(), delete: 1, insert: typed.to_owned() };
    live.edit(&[edit]);
    assert_eq!(live.html(), LiveDeck::new(&live.text()).html());
});
