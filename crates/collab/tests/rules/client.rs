//! What a client says, and when.

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit, apply_edits};
use collab::replica::{ClientEffect, ClientEvent, Status};
use collab::testing::Rng;
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::harness::{Client, EPOCH, awareness, said, sent, updates};

pub(crate) fn served(text: &str) -> DeckDoc {
    let mut doc = DeckDoc::new(1);
    doc.edit(&[TextEdit::insert(0, text)]);
    doc
}

pub(crate) fn connected(role: Role, text: &str) -> (Client, DeckDoc) {
    let (mut client, server) = (Client::new(), served(text));
    client.handle(ClientEvent::Start);
    client.connect(role, &server);
    client.saved(1);
    (client, server)
}

#[test]
fn c1_own_edits_show_at_once_and_go_out_once_the_question_is_answered() {
    let (mut client, server) = (Client::new(), served("text"));
    for step in 0..3 {
        let effects = client.edit(TextEdit::insert(0, "x"));
        assert_eq!(sent(&effects).len(), 0, "step {step}");
        match step {
            0 => drop(client.handle(ClientEvent::Start)),
            1 => drop(client.open()),
            _ => drop(client.hello(Role::Edit, EPOCH)),
        }
    }
    assert_eq!(client.replica.text(), "xxx");
    assert_eq!(updates(&client.frame(Frame::SyncStep1(&server.state_vector()))).len(), 0);
    let effects = client.frame(Frame::SyncStep2(&server.encode()));
    assert_eq!(client.replica.text(), "textxxx");
    assert_eq!(shown("xxx", &effects), "textxxx");
    assert_eq!(updates(&effects).len(), 1);
    assert_eq!(updates(&client.edit(TextEdit::insert(0, "y"))).len(), 1);
    client.close(1006);
    assert_eq!(sent(&client.edit(TextEdit::insert(0, "z"))).len(), 0);
    assert_eq!(client.replica.text(), "zytextxxx");
}

#[test]
fn c2_everything_unacknowledged_travels_in_one_answer() {
    let (mut client, mut server) = connected(Role::Edit, "text");
    let on_its_way = updates(&client.edit(TextEdit::insert(0, "lost ")));
    assert_eq!(on_its_way.len(), 1);
    client.close(1006);
    client.edit(TextEdit::insert(0, "offline "));
    assert_eq!(client.replica.unsaved(), 2);
    let answer = updates(&client.connect(Role::Edit, &server));
    assert_eq!(answer.len(), 1);
    server.apply(&answer[0]).unwrap();
    assert_eq!(server.text(), "offline lost text");
    assert_eq!(client.replica.status(), Status::Saving);
    assert_eq!(client.saved(1), Status::Saved);
}

#[test]
fn c3_saved_is_never_said_too_early() {
    let (mut client, server) = (Client::new(), served("text"));
    let saved = |client: &Client| client.replica.status() == Status::Saved;
    client.handle(ClientEvent::Start);
    client.open();
    client.hello(Role::Edit, EPOCH);
    assert!(!saved(&client));
    client.frame(Frame::SyncStep2(&server.encode()));
    assert!(!saved(&client), "not asked yet");
    client.frame(Frame::SyncStep1(&server.state_vector()));
    assert!(saved(&client));
    client.edit(TextEdit::insert(0, "a"));
    client.edit(TextEdit::insert(0, "b"));
    assert_eq!(client.replica.status(), Status::Saving);
    // Frame 1 was the answer, 2 and 3 are the edits.
    assert_eq!(client.saved(1), Status::Saving);
    assert_eq!(client.saved(2), Status::Saving);
    assert_eq!(client.saved(3), Status::Saved);
    client.edit(TextEdit::insert(0, "c"));
    client.close(1006);
    assert!(matches!(client.replica.status(), Status::Offline { unsaved: 1, .. }));
    // A count of the connection before says nothing about this one.
    client.open();
    assert_eq!(client.saved(9), Status::Reconnecting { unsaved: 1, kept: true });

    let (viewer, _) = connected(Role::Follow, "text");
    assert!(saved(&viewer));
}

#[test]
fn c4_reconnections_spread_and_slow_down() {
    let mut waits = Vec::new();
    let mut client = Client::new();
    client.handle(ClientEvent::Start);
    for _ in 0..40 {
        client.close(1006);
        let Status::Offline { retry_at, .. } = client.replica.status() else {
            panic!("not waiting")
        };
        waits.push(retry_at - client.now);
        client.now = retry_at;
        assert!(client.handle(ClientEvent::Wake).contains(&ClientEffect::Connect));
    }
    for (losses, wait) in waits.iter().enumerate() {
        assert!(*wait < (500 << losses.min(6)).min(30_000));
    }
    assert!(waits.iter().any(|wait| *wait > 15_000), "no exponential backoff");
    client.close(1006);
    assert_eq!(client.handle(ClientEvent::Nudge).first(), Some(&ClientEffect::Connect));
    client.connect(Role::Edit, &served(""));
    client.now += 10_000;
    client.close(1006);
    let Status::Offline { retry_at, .. } = client.replica.status() else { panic!("not waiting") };
    assert!(retry_at - client.now < 500, "after a connection that held the count starts anew");
}

#[test]
fn c5_silence_is_questioned_and_then_ends_the_connection() {
    let (mut client, _) = connected(Role::Follow, "text");
    assert_eq!(client.replica.next_wake(), Some(20_000));
    assert_eq!(said(&client.wake_after(20_000)), [ClientMessage::Ping]);
    assert_eq!(client.replica.next_wake(), Some(45_000));
    client.now = 44_000;
    client.hear(&ServerMessage::Pong);
    assert_eq!(client.replica.next_wake(), Some(64_000));
    assert_eq!(said(&client.wake_after(20_000)), [ClientMessage::Ping]);
    assert!(client.wake_after(25_000).contains(&ClientEffect::Disconnect));

    // After an hour of sleep the connection is asked before it is given up.
    let (mut client, _) = connected(Role::Follow, "text");
    client.now = 3_600_000;
    let effects = client.handle(ClientEvent::Nudge);
    assert_eq!(said(&effects), [ClientMessage::Ping]);
    assert_eq!(client.replica.next_wake(), Some(client.now + 5_000));
    assert!(!client.wake_after(4_999).contains(&ClientEffect::Disconnect));
    assert!(client.wake_after(1).contains(&ClientEffect::Disconnect));

    let mut client = Client::new();
    client.handle(ClientEvent::Start);
    assert_eq!(client.replica.next_wake(), Some(15_000));
    assert!(client.wake_after(15_000).contains(&ClientEffect::Disconnect));
}

/// What an editor shows after these effects.
pub(crate) fn shown(before: &str, effects: &[ClientEffect]) -> String {
    let mut text = before.to_owned();
    for effect in effects {
        if let ClientEffect::Text(edits) = effect {
            apply_edits(&mut text, edits);
        }
    }
    text
}

/// A client with an edit that the server does not have, and the server's document without it.
fn cut_off() -> (Client, DeckDoc) {
    let (mut client, server) = connected(Role::Edit, "one\ntwo\n");
    client.close(1006);
    client.edit(TextEdit::insert(4, "my "));
    assert_eq!(client.replica.text(), "one\nmy two\n");
    (client, server)
}

/// Connects to a deck of another epoch; the first connection only finds that out.
fn connect_anew(client: &mut Client, epoch: u64, doc: &DeckDoc) -> Vec<ClientEffect> {
    client.open();
    let effects = client.hello(Role::Edit, epoch);
    assert!(effects.contains(&ClientEffect::Disconnect));
    assert!(effects.contains(&ClientEffect::Connect));
    let mut effects = client.open();
    assert_eq!(sent(&effects)[1], Frame::SyncStep1(&[0]).encode(), "it has nothing of this epoch");
    let (proof, version) = ("another".to_owned(), "1.0".to_owned());
    let hello = ServerMessage::Hello { role: Role::Edit, epoch, version, client: 200, proof };
    effects.extend(client.hear(&hello));
    effects.extend(client.frame(Frame::SyncStep1(&doc.state_vector())));
    effects.extend(client.frame(Frame::SyncStep2(&doc.encode())));
    effects
}

#[test]
fn c7_edits_that_fit_into_a_deck_of_another_epoch_become_part_of_it_as_they_are() {
    let (mut client, backup) = cut_off();
    // The backup has the same history; somebody went on in it.
    let mut restored = DeckDoc::restore(300, &backup.encode()).unwrap();
    restored.edit(&[TextEdit::insert(0, "zero\n")]);
    let effects = connect_anew(&mut client, EPOCH + 1, &restored);
    assert_eq!(client.replica.text(), "zero\none\nmy two\n");
    assert_eq!(shown("one\nmy two\n", &effects), client.replica.text());
    let before = "one\nmy two\n".to_owned();
    assert!(effects.contains(&ClientEffect::Replaced { carried: 1, before }));
    let claims: Vec<_> = said(&effects)
        .into_iter()
        .filter_map(|message| match message {
            ClientMessage::Introduce { clients, .. } => Some(clients),
            _ => None,
        })
        .collect();
    assert_eq!(claims.last().unwrap().len(), 2, "it shows that the old id was its own");
    restored.apply(&updates(&effects)[0]).unwrap();
    assert_eq!(restored.text(), client.replica.text());
    assert_eq!(client.saved(1), Status::Saved);
}

#[test]
fn c7_edits_that_do_not_fit_into_a_deck_of_another_epoch_are_written_anew() {
    let (mut client, _) = cut_off();
    let mut rewritten = DeckDoc::new(301);
    rewritten.edit(&[TextEdit::insert(0, "zero\none\ntwo\n")]);
    let effects = connect_anew(&mut client, EPOCH + 1, &rewritten);
    assert_eq!(client.replica.text(), "zero\none\nmy two\n");
    assert_eq!(shown("one\nmy two\n", &effects), client.replica.text());
    rewritten.apply(updates(&effects).last().unwrap()).unwrap();
    assert_eq!(rewritten.text(), client.replica.text(), "once, not doubled");
    assert_eq!(client.replica.client_id(), 200);
}

#[test]
fn c7_meanwhile_the_person_goes_on_and_the_device_keeps_it() {
    let (mut client, backup) = cut_off();
    client.open();
    client.hello(Role::Edit, EPOCH + 1);
    let effects = client.edit(TextEdit::insert(0, "late "));
    assert!(matches!(effects[0], ClientEffect::Keep { number: 2, .. }), "{effects:?}");
    assert_eq!(client.replica.unsaved(), 2);
    let mut effects = client.open();
    effects.extend(client.hello(Role::Edit, EPOCH + 1));
    effects.extend(client.frame(Frame::SyncStep1(&backup.state_vector())));
    effects.extend(client.frame(Frame::SyncStep2(&backup.encode())));
    assert_eq!(client.replica.text(), "late one\nmy two\n");
    assert_eq!(client.replica.unkept(), 2, "the device has not said that it has them");
    client.handle(ClientEvent::Kept { upto: 2 });
    assert_eq!(client.replica.unkept(), 0);
    assert!(!effects.contains(&ClientEffect::DropQueue { client: 100 }), "not durable yet");
    assert!(
        client
            .hear(&ServerMessage::Saved { frames: 1 })
            .contains(&ClientEffect::DropQueue { client: 100 })
    );
}

#[test]
fn c8_a_lost_right_to_edit_holds_edits_back_until_it_is_given_again() {
    let (mut client, mut server) = connected(Role::Edit, "text");
    client.frame(Frame::Awareness(&awareness(&[(5, 1, r#"{"user":{"name":"Bob"}}"#)])));
    assert_eq!(client.replica.people().count(), 1);
    client.edit(TextEdit::delete(0, 1));
    client.hello(Role::Follow, EPOCH);
    assert_eq!(client.replica.people().count(), 0);
    assert_eq!(updates(&client.edit(TextEdit::insert(0, "T"))).len(), 0);
    // The server counts what it refused; that must not pass for an acknowledgement.
    assert_eq!(client.saved(2), Status::ReadOnly { unsaved: 2 });
    client.hello(Role::Edit, EPOCH);
    let effects = client.frame(Frame::SyncStep1(&server.state_vector()));
    server.apply(&updates(&effects)[0]).unwrap();
    assert_eq!(server.text(), "Text");
    assert_eq!(client.saved(2), Status::Saving);
    assert_eq!(client.saved(3), Status::Saved);
}

#[test]
fn c9_a_refusal_ends_the_attempts_and_anything_else_does_not() {
    for code in [4400, 4403, 4404, 4413] {
        let (mut client, _) = connected(Role::Edit, "text");
        client.edit(TextEdit::insert(0, "kept "));
        client.close(code);
        let reason = "because".to_owned();
        assert_eq!(client.replica.status(), Status::Refused { reason, unsaved: 1 });
        // The device goes on keeping what there is to keep, and nothing else happens.
        assert_eq!(sent(&client.wake_after(10_000)).len(), 0);
        assert_eq!(client.replica.next_wake(), None);
        assert_eq!(client.replica.text(), "kept text");
        client.close(1006);
        assert_eq!(client.replica.next_wake(), None);
        assert!(client.handle(ClientEvent::Nudge).contains(&ClientEffect::Connect));
    }
    for code in [1000, 1001, 1006, 1011, 1012, 4429, 4500] {
        let (mut client, _) = connected(Role::Edit, "text");
        client.close(code);
        assert!(client.replica.next_wake().is_some());
    }
}

#[test]
fn c10_a_long_insertion_travels_in_pieces() {
    let (mut client, mut server) = connected(Role::Edit, "[old]");
    let paste = "日本 👋\n".repeat(20_000);
    let effects = client.edit(TextEdit { at: 1, delete: 3, insert: paste.clone() });
    let pieces = updates(&effects);
    assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() < 70_000));
    for piece in &pieces {
        server.apply(piece).unwrap();
    }
    assert_eq!(server.text(), format!("[{paste}]"));
    assert_eq!(client.saved(1 + pieces.len() as u64), Status::Saved);
}

#[test]
fn c10_a_move_is_one_update_and_one_change_for_others() {
    let (mut client, mut server) = connected(Role::Edit, "one two");
    let mut effects = Vec::new();
    let edits = [TextEdit::insert(7, " one"), TextEdit::delete(0, 4)];
    client.replica.edit(client.now, &edits, &mut effects);
    let pieces = updates(&effects);
    assert_eq!(pieces.len(), 1);
    server.apply(&pieces[0]).unwrap();
    assert_eq!(server.text(), "two one");
    assert_eq!(client.saved(2), Status::Saved);
}

#[test]
fn c11_a_wake_is_always_followed_by_a_later_one() {
    let server = served("text");
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut client = Client::new();
        assert_eq!(client.replica.next_wake(), None);
        client.handle(ClientEvent::Start);
        for _ in 0..60 {
            match rng.below(9) {
                0 => drop(client.connect(rng.pick(&[Role::Follow, Role::Present]), &server)),
                1 => drop(client.open()),
                2 => drop(client.close(rng.pick(&[1006, 4400, 4500]))),
                3 => drop(client.handle(ClientEvent::Nudge)),
                4 => client.replica.select(client.now, Some((0, 1)), &mut Vec::new()),
                5 => drop(client.hello(rng.pick(&[Role::Follow, Role::Edit]), EPOCH)),
                6 => client.now += rng.below(100_000) as u64,
                7 => drop(client.edit(TextEdit::insert(0, "x"))),
                _ => drop(client.hear(&ServerMessage::Pong)),
            }
            let mut attempts = 0;
            while client.replica.next_wake().is_some_and(|at| at <= client.now) {
                client.handle(ClientEvent::Wake);
                attempts += 1;
                assert!(attempts <= 3, "seed {seed}: woken for ever");
            }
        }
    }
}

#[test]
fn c12_a_client_that_misses_something_asks_for_all_of_it() {
    let (mut client, mut server) = connected(Role::Follow, "text");
    server.edit(&[TextEdit::insert(0, "missed ")]);
    let later = server.edit(&[TextEdit::insert(0, "later ")]);
    let mut shown = client.replica.text();
    let effects = client.frame(Frame::Update(&later));
    assert!(effects.contains(&ClientEffect::Disconnect));
    assert!(matches!(client.replica.status(), Status::Offline { .. }));
    for effect in effects.into_iter().chain(client.connect(Role::Follow, &server)) {
        if let ClientEffect::Text(edits) = effect {
            apply_edits(&mut shown, &edits);
        }
    }
    assert_eq!([&client.replica.text(), &shown], [&server.text(); 2]);
    assert_eq!(client.replica.status(), Status::Saved);
}

#[test]
fn c13_a_draining_server_is_left_and_asked_again_later() {
    let (mut client, _) = connected(Role::Edit, "text");
    client.edit(TextEdit::insert(0, "safe "));
    let effects = client.hear(&ServerMessage::Draining { retry_after: 3_000 });
    assert_eq!(effects, [ClientEffect::Disconnect, ClientEffect::Status]);
    assert_eq!(
        client.replica.status(),
        Status::Offline { unsaved: 1, kept: true, retry_at: 3_000 }
    );
    assert!(!client.wake_after(2_999).contains(&ClientEffect::Connect));
    assert!(client.wake_after(1).contains(&ClientEffect::Connect));
}

#[test]
fn c14_ready_is_said_once_and_what_was_merged_after_each_loss() {
    let (mut client, server) = (Client::new(), served("text"));
    client.handle(ClientEvent::Start);
    let ready = |effects: &[ClientEffect]| effects.contains(&ClientEffect::Ready);
    let merged = |effects: &[ClientEffect]| {
        let sent = |effect: &ClientEffect| match effect {
            ClientEffect::Merged { sent, received } => Some((*sent, *received)),
            _ => None,
        };
        effects.iter().filter_map(sent).collect::<Vec<_>>()
    };
    let effects = client.connect(Role::Edit, &server);
    assert!(ready(&effects) && merged(&effects).is_empty());
    client.saved(1);
    client.close(1006);
    client.edit(TextEdit::insert(0, "a"));
    client.edit(TextEdit::insert(0, "b"));
    let effects = client.connect(Role::Edit, &server);
    assert!(!ready(&effects));
    assert_eq!(merged(&effects), [(2, 0)]);
    client.saved(1);
    client.close(1006);
    assert_eq!(merged(&client.connect(Role::Edit, &server)), []);
}
