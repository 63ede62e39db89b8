//! Frames, control messages and the ends of connections.

use bytes::Bytes;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{ClientEffect, ClientEvent, Status};
use collab::room::{CloseReason, Effect, Event, Protocol};
use collab::wire::{BadFrame, ClientMessage, Frame, Profile, ServerMessage};

use super::harness::{Client, House, appended, awareness, closed};

#[test]
fn w1_a_message_is_one_frame_of_a_known_type() {
    let bytes: [(&[u8], Frame); 7] = [
        (&[0, 0, 1, 0], Frame::SyncStep1(&[0])),
        (&[0, 1, 2, 0, 0], Frame::SyncStep2(&[0, 0])),
        (&[0, 2, 2, 0, 0], Frame::Update(&[0, 0])),
        (&[1, 1, 0], Frame::Awareness(&[0])),
        (&[2, 0, 2, b'n', b'o'], Frame::PermissionDenied("no")),
        (&[3], Frame::QueryAwareness),
        (&[100, 2, b'{', b'}'], Frame::Control("{}")),
    ];
    for (bytes, frame) in bytes {
        assert_eq!(Frame::decode(bytes), Ok(frame));
        assert_eq!(frame.encode(), bytes);
        assert_eq!(Frame::decode(&[bytes, &[0]].concat()), Err(BadFrame("bytes after its end")));
    }
    let long = "x".repeat(16 * 1024 + 1);
    assert!(Frame::decode(&Frame::Control(&long).encode()).is_err());
    let mut house = House::new("");
    let alice = house.join(Role::Edit, "Alice");
    let ping = |spaces| format!("{{\"type\":\"ping\"{}}}", " ".repeat(spaces));
    assert_eq!(closed(&house.frame(alice, Frame::Control(&ping(4096 - 15)))), None);
    let effects = house.frame(alice, Frame::Control(&ping(4096 - 14)));
    assert_eq!(closed(&effects).unwrap().code(), 4400);
}

#[test]
fn w2_a_malformed_message_ends_one_connection_and_the_room_goes_on() {
    let messages: Vec<Bytes> = vec![
        Bytes::new(),
        Bytes::from_static(&[77]),
        Frame::Update(&[1, 2, 3]).encode(),
        Frame::SyncStep2(&[0xff; 9]).encode(),
        Frame::SyncStep1(&[0x80, 0xca, 0xb5, 0xee, 0x01]).encode(),
        Frame::Awareness(&[9]).encode(),
        Frame::Control("{}").encode(),
        Frame::Control(r#"{"type":"present","shown":{"slide":{"item":{"client":18446744073709551615,"clock":0}},"fragment":0,"blackout":false},"take":1}"#).encode(),
    ];
    let mut house = House::new("text");
    let alice = house.join(Role::Edit, "Alice");
    for bytes in messages {
        for role in [Role::Follow, Role::Edit] {
            let mallory = house.join(role, "Mallory");
            let effects = house.handle(Event::Frame { peer: mallory, bytes: bytes.clone() });
            // A step 2 of one who may not edit is not even looked at.
            if role == Role::Edit
                || !matches!(Frame::decode(&bytes), Ok(Frame::SyncStep2(_) | Frame::Update(_)))
            {
                let reason = closed(&effects).unwrap();
                assert_eq!(reason.code(), 4400);
                assert!(reason.to_string().len() > 10);
                assert_eq!(effects.len(), 1);
            }
            house.handle(Event::Leave { peer: mallory });
        }
    }
    let update = house.copy(9).edit(&[TextEdit::insert(0, "more ")]);
    assert_eq!(appended(&house.frame(alice, Frame::Update(&update))).len(), 1);
    assert_eq!(house.room.text(), "more text");
}

#[test]
fn w3_each_end_has_its_close_code() {
    let codes = [
        (CloseReason::Malformed("why".into()), 4400),
        (CloseReason::AccessChanged, 4401),
        (CloseReason::NoAccess, 4403),
        (CloseReason::NoDeck, 4404),
        (CloseReason::Superseded, 4409),
        (CloseReason::DeckFull("why".into()), 4413),
        (CloseReason::SlowConsumer, 4429),
        (CloseReason::StorageFailed, 4500),
        (CloseReason::RoomFull, 4503),
        (CloseReason::Draining, 1012),
    ];
    for (reason, code) in codes {
        assert_eq!(reason.code(), code);
        assert!(!reason.to_string().is_empty());
    }
}

#[test]
fn w4_control_messages_go_only_to_those_who_speak_them() {
    let mut house = House::new("text");
    let alice = house.join(Role::Present, "Alice");
    let (stock, joined) = house.enter(Role::Edit, Protocol::Yjs);
    house.frame(stock, Frame::SyncStep1(&[0]));
    let slide = house.copy(5).anchor(0);
    let mut effects = joined;
    effects.extend(house.present(alice, &slide, None));
    effects.extend(house.frame(stock, Frame::SyncStep2(&house.copy(9).encode())));
    let update = house.copy(9).edit(&[TextEdit::insert(0, "x")]);
    effects.extend(house.frame(stock, Frame::Update(&update)));
    effects.extend(house.handle(Event::Appended { ticket: 1 }));
    house.enter(Role::Follow, Protocol::Ondeck);
    effects.extend(house.handle(Event::Tick));
    assert_eq!(house.told(&effects, stock), []);
    assert!(house.told(&effects, alice).len() >= 2);
}

#[test]
fn w5_what_the_role_forbids_is_refused_and_the_connection_stays() {
    let mut house = House::new("text");
    let viewer = house.join(Role::Follow, "Vera");
    let editor = house.join(Role::Edit, "Ed");
    let slide = house.copy(5).anchor(0);
    let update = house.copy(9).edit(&[TextEdit::insert(0, "x")]);
    let attempts = [
        (viewer, house.frame(viewer, Frame::Update(&update))),
        (viewer, house.present(viewer, &slide, Some(1))),
        (editor, house.present(editor, &slide, Some(1))),
        (editor, house.say(editor, &ClientMessage::StopPresenting)),
    ];
    for (peer, effects) in attempts {
        let heard = house.heard(&effects, peer);
        assert!(matches!(Frame::decode(&heard[0]), Ok(Frame::PermissionDenied(_))));
        let told = effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count();
        let all = told + usize::from(effects.contains(&Effect::Refused { peer }));
        assert_eq!((told, effects.len(), closed(&effects)), (1, all, None));
    }
}

#[test]
fn w6_names_and_colours_can_be_shown_anywhere() {
    let clean = |name: &str, color| Profile { name: name.into(), color }.cleaned();
    assert_eq!(clean(" \u{202e}Al\nice\0 ", 13), Profile { name: "Alice".into(), color: 3 });
    assert_eq!(clean("\u{200f}\n", 0).name, "Guest");
    assert_eq!(clean(&"日".repeat(99), 0).name.chars().count(), 40);
    let mut house = House::new("");
    let bob = house.join(Role::Edit, "Bob");
    let alice = house.join(Role::Edit, "\u{2066}Al\u{0}ice\u{2069}");
    let effects = house.announce(alice, 5, 0);
    let heard = house.heard(&effects, bob);
    assert!(String::from_utf8_lossy(&heard[0]).contains(r#""name":"Alice""#));
}

#[test]
fn w7_a_client_skips_what_it_cannot_read() {
    let mut client = Client::new();
    client.connect(Role::Edit, &collab::doc::DeckDoc::new(1));
    for bytes in [
        Bytes::from_static(&[77, 1]),
        Bytes::new(),
        Frame::Control(r#"{"type":"news"}"#).encode(),
        Frame::Awareness(&awareness(&[(5, 1, "not JSON")])).encode(),
        Frame::Awareness(&[7]).encode(),
        Frame::PermissionDenied("no").encode(),
    ] {
        let effects = client.handle(ClientEvent::Frame(bytes));
        assert!(!effects.contains(&ClientEffect::Disconnect));
    }
    client.hear(&ServerMessage::Saved { frames: 1 });
    assert_eq!(client.replica.status(), Status::Saved);
}

#[test]
fn w8_a_stock_client_hears_something_when_it_says_that_it_is_here() {
    let mut house = House::new("");
    for role in [Role::Edit, Role::Follow] {
        let (stock, _) = house.enter(role, Protocol::Yjs);
        let effects = house.announce(stock, 5, 0);
        assert_eq!(house.heard(&effects, stock), [Frame::Awareness(&[0]).encode()]);
        house.handle(Event::Leave { peer: stock });
    }
    let alice = house.join(Role::Edit, "Alice");
    let effects = house.announce(alice, 6, 0);
    assert_eq!(house.heard(&effects, alice), Vec::<Bytes>::new());
}
