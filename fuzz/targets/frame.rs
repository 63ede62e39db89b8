//! A message from a peer: what is read is written again as it was.
#![no_main]

use collab::wire::{ClientMessage, Frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(frame) = Frame::decode(bytes) else { return };
    assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    if let Frame::Control(json) = frame
        && let Ok(ClientMessage::Introduce { profile, .. }) = serde_json::from_str(json)
    {
        let name = profile.cleaned().name;
        assert!(!name.is_empty() && name.chars().count() <= collab::wire::MAX_NAME_CHARS);
    }
});
