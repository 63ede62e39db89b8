//! What a peer says it has: the answer can be applied by one who has nothing else.
#![no_main]

use collab::doc::{DeckDoc, TextEdit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut doc = DeckDoc::new(7);
    doc.edit(&[TextEdit::insert(0, "Team Harbour 🚢\n"), TextEdit::delete(2, 3)]);
    if let Ok(answer) = doc.diff(bytes) {
        let mut copy = DeckDoc::restore(8, &doc.encode()).expect("our own state");
        copy.apply_unchecked(&answer).expect("our own answer");
        assert_eq!(copy.text(), doc.text());
    }
});
