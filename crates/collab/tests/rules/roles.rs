//! What a role may send: each cell of the table in `SPEC.md`, as written there, as decided, as done.

use collab::access::{Act, Role, Rule};
use collab::doc::TextEdit;
use collab::presentation::Shown;
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{self, ClientMessage, Frame, Profile};

use super::SPEC;
use super::harness::{House, appended, awareness, closed};

const ROLES: [Role; 3] = [Role::Follow, Role::Edit, Role::Present];

/// What the table calls each kind of message.
fn name(act: Act) -> &'static str {
    match act {
        Act::Ask => "step 1",
        Act::Answer => "step 2",
        Act::AnswerNothing => "step 2 with nothing in it",
        Act::Update => "update",
        Act::Appear => "awareness",
        Act::LookAround => "query awareness",
        Act::Deny => "permission denied",
        Act::Ping => "ping",
        Act::Introduce => "introduce",
        Act::Present => "present",
        Act::Hold => "hold",
        Act::Offer => "offer",
        Act::StopPresenting => "stop presenting",
    }
}

/// A message of a kind, from somebody who writes as `client`.
fn message(house: &House, act: Act, client: u64) -> bytes::Bytes {
    let text = house.room.text();
    let mut doc = house.copy(client);
    let shown = Shown { slide: doc.anchor(0), fragment: -1, blackout: true };
    let profile = Profile { name: "Mallory".into(), color: 1 };
    let mine = format!("by {client}, who had {text}");
    let control = match act {
        Act::Ask => return Frame::SyncStep1(&[0]).encode(),
        Act::Answer => {
            let update = doc.edit(&[TextEdit::insert(0, &mine)]);
            return Frame::SyncStep2(&update).encode();
        }
        Act::AnswerNothing => return Frame::SyncStep2(&[0, 0]).encode(),
        Act::Update => {
            let update = doc.edit(&[TextEdit::insert(0, &mine)]);
            return Frame::Update(&update).encode();
        }
        Act::Appear => return Frame::Awareness(&awareness(&[(client, 5, "{}")])).encode(),
        Act::LookAround => return Frame::QueryAwareness.encode(),
        Act::Deny => return Frame::PermissionDenied("no").encode(),
        Act::Ping => ClientMessage::Ping,
        Act::Introduce => {
            ClientMessage::Introduce { profile, session: client, clients: Vec::new() }
        }
        Act::Present => ClientMessage::Present { shown, take: None },
        Act::Hold => ClientMessage::Hold { on: true },
        Act::Offer => ClientMessage::Offer { to: 5, section: "Ops".into() },
        Act::StopPresenting => ClientMessage::StopPresenting,
    };
    wire::control(&control)
}

/// A deck with Alice, who presents, a follower, and one more of the role, who has all of it.
struct Scene {
    house: House,
    others: [PeerId; 2],
    peer: PeerId,
}

const CLIENT: u64 = 9;

fn scene(role: Role, protocol: Protocol) -> Scene {
    let mut house = House::new("text");
    let alice = house.join(Role::Present, "Alice");
    house.announce(alice, 5, 0);
    let vera = house.join(Role::Follow, "Vera");
    let slide = house.copy(2).anchor(0);
    house.present(alice, &slide, None);
    let (peer, _) = house.enter(role, protocol);
    if protocol == Protocol::Ondeck {
        house.introduce(peer, "Mallory", peer.0);
    }
    house.frame(peer, Frame::SyncStep1(&[0]));
    Scene { house, others: [alice, vera], peer }
}

fn is_denial(bytes: &bytes::Bytes) -> bool {
    matches!(Frame::decode(bytes), Ok(Frame::PermissionDenied(_)))
}

#[test]
fn a8_the_table_in_the_specification_is_the_one_that_decides() {
    let rows = Act::ALL.map(|act| {
        let cells = ROLES.map(|role| match role.may(act) {
            Rule::Taken => "taken",
            Rule::Driving(_) => "driving",
            Rule::Ignored => "ignored",
            Rule::Refused(_) => "refused",
        });
        format!("| {} | {} |", name(act), cells.join(" | "))
    });
    let table = SPEC.split("|---|---|---|---|\n").nth(1).unwrap();
    let written: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(written, rows);
}

#[test]
fn a8_what_is_refused_or_ignored_changes_nothing_and_nobody_hears_of_it() {
    let mut cells = 0;
    for protocol in [Protocol::Ondeck, Protocol::Yjs] {
        for (role, act) in ROLES.into_iter().flat_map(|role| Act::ALL.map(|act| (role, act))) {
            let rule = role.may(act);
            if rule == Rule::Taken {
                continue;
            }
            let Scene { mut house, others, peer } = scene(role, protocol);
            let bytes = message(&house, act, CLIENT);
            let mut effects = house.handle(Event::Frame { peer, bytes });
            let cell = format!("{role:?} {act:?} {protocol:?}: {effects:?}");
            let told = house.heard(&effects, peer);
            let denials = told.iter().filter(|bytes| is_denial(bytes)).count();
            assert_eq!(denials, usize::from(rule != Rule::Ignored), "{cell}");
            assert_eq!((closed(&effects), appended(&effects).len()), (None, 0), "{cell}");
            effects.extend(house.store());
            // How many watch is told by the clock, and none of this changes it.
            let before = house.handle(Event::Tick);
            effects.extend(before);
            for other in others {
                let heard = house.heard(&effects, other);
                let audience = |bytes: &&bytes::Bytes| {
                    !String::from_utf8_lossy(bytes).contains("\"audience\"")
                };
                assert_eq!(heard.iter().filter(audience).count(), 0, "{cell}");
            }
            assert_eq!(house.room.text(), "text", "{cell}");
            cells += 1;
        }
    }
    assert_eq!(cells, 2 * (10 + 5 + 1));
}

#[test]
fn a8_what_is_taken_is_done() {
    let mut cells = 0;
    for (role, act) in ROLES.into_iter().flat_map(|role| Act::ALL.map(|act| (role, act))) {
        if role.may(act) != Rule::Taken {
            continue;
        }
        let Scene { mut house, others: [alice, vera], peer } = scene(role, Protocol::Ondeck);
        let bytes = message(&house, act, CLIENT);
        let mut effects = house.handle(Event::Frame { peer, bytes });
        effects.extend(house.store());
        let cell = format!("{role:?} {act:?}: {effects:?}");
        let told = house.heard(&effects, peer);
        assert!(!told.iter().any(is_denial), "{cell}");
        assert_eq!(closed(&effects), None, "{cell}");
        let others = house.heard(&effects, alice).len() + house.heard(&effects, vera).len();
        match act {
            Act::Answer | Act::Update => {
                assert!(house.room.text().contains("by 9"), "{cell}");
                assert_eq!((appended(&effects).len(), others), (1, 2), "{cell}");
            }
            Act::Appear => assert_eq!(house.seen(&effects, alice), [(CLIENT, 5, true)], "{cell}"),
            Act::LookAround => assert_eq!(house.seen(&effects, peer), [(5, 0, true)], "{cell}"),
            Act::Ask | Act::Ping => assert_eq!((told.len(), others), (1, 0), "{cell}"),
            // Who does not drive is told who does.
            Act::Present | Act::Hold | Act::Offer => {
                assert_eq!((told.len(), others), (1, 0), "{cell}")
            }
            Act::AnswerNothing | Act::StopPresenting | Act::Introduce => {
                assert_eq!(others, 0, "{cell}");
            }
            Act::Deny => panic!("only servers say that"),
        }
        cells += 1;
    }
    assert_eq!(cells, 3 * 13 - (10 + 5 + 1));
}

#[test]
fn a9_a_peer_that_wants_to_write_and_may_not_is_reported_once() {
    let Scene { mut house, peer, .. } = scene(Role::Follow, Protocol::Ondeck);
    let reports = |effects: &[Effect]| {
        effects.iter().filter(|effect| **effect == Effect::Refused { peer }).count()
    };
    for (act, reported) in [
        (Act::AnswerNothing, 0),
        (Act::Present, 0),
        (Act::Appear, 0),
        (Act::Update, 1),
        (Act::Update, 0),
        (Act::Answer, 0),
    ] {
        let bytes = message(&house, act, CLIENT);
        let effects = house.handle(Event::Frame { peer, bytes });
        assert_eq!(reports(&effects), reported, "{act:?}");
    }
}
