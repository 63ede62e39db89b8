//! Updates from a peer, one after the other, each behind its length: what passes the lint leaves a
//! document that can be written, read back and edited, with nothing that waits inside.
#![no_main]

use collab::doc::{ApplyError, DeckDoc, TextEdit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut doc = DeckDoc::new(7);
    doc.edit(&[TextEdit::insert(0, "Team Harbour 🚢\n\n---\n\n- réunion\n")]);
    let mut rest = bytes;
    while let Some((&length, after)) = rest.split_first() {
        let (update, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        let before = doc.state_vector();
        match doc.apply(update) {
            Ok(_) => {}
            Err(ApplyError::Broken(error)) => panic!("it passed the lint: {error}"),
            Err(_) => assert_eq!(doc.state_vector(), before),
        }
    }
    // `apply_unchecked` fails while anything waits.
    let mut copy = DeckDoc::new(8);
    copy.apply_unchecked(&doc.encode()).expect("what was written can be read");
    let update = copy.edit(&[TextEdit::insert(0, "honest ")]);
    doc.apply_unchecked(&update).expect("an honest edit");
});
