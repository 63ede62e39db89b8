//! Presence from a peer: what others get to see is bounded, and can be read.
#![no_main]

use collab::presence::{self, MAX_STATE_BYTES, Person, PresenceMap};
use collab::wire::Profile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entries) = presence::decode(bytes) else { return };
    assert_eq!(presence::decode(&presence::encode(entries.iter())), Ok(entries.clone()));
    let alice = Profile { name: "Alice".to_owned(), color: 3 };
    for profile in [None, Some(&alice)] {
        let mut map = PresenceMap::default();
        if let Some((entry, _)) = map.update(1, &entries, profile)
            && entry.state != "null"
        {
            let person = Person::read(entry).expect("what the server publishes");
            assert!(profile.is_none_or(|profile| person.profile == *profile));
            // The person comes on top of what was sent.
            assert!(entry.state.len() <= 2 * MAX_STATE_BYTES + 1_024);
        }
    }
});
