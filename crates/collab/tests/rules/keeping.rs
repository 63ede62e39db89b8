//! What becomes of edits that the server does not have yet.

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::{ClientEffect, ClientEvent, KeptQueue, Status};
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::client::{connected, served, shown};
use super::harness::{Client, said, updates};

#[test]
fn c15_an_own_edit_is_kept_before_it_is_sent_and_released_once_it_is_saved() {
    let (mut client, _) = connected(Role::Edit, "text");
    let effects = client.edit(TextEdit::insert(0, "a"));
    let [begin, keep, send, _] = &effects[..] else { panic!("{effects:?}") };
    let proof = "proof".to_owned();
    assert_eq!(*begin, ClientEffect::BeginQueue { client: 100, proof });
    let ClientEffect::Keep { number: 1, update } = keep else { panic!("{keep:?}") };
    assert_eq!(updates(std::slice::from_ref(send)), [update.to_vec()]);
    assert_eq!(client.replica.unkept(), 1);
    client.handle(ClientEvent::Kept { upto: 1 });
    assert_eq!(client.replica.unkept(), 0);
    client.edit(TextEdit::insert(0, "b"));
    let effects = client.hear(&ServerMessage::Saved { frames: 2 });
    assert!(effects.contains(&ClientEffect::Release { upto: 1 }), "{effects:?}");
    assert_eq!(client.replica.unkept(), 1);
    client.hear(&ServerMessage::Saved { frames: 3 });
    assert_eq!((client.replica.unkept(), client.replica.status()), (0, Status::Saved));
}

#[test]
fn c15_a_device_that_does_not_keep_edits_is_not_said_to() {
    let is_kept = |client: &Client| match client.replica.status() {
        Status::Offline { kept, .. } => kept,
        status => panic!("{status:?}"),
    };
    let (mut client, _) = connected(Role::Edit, "text");
    client.close(4500);
    client.edit(TextEdit::insert(0, "a"));
    assert!(is_kept(&client), "it has a moment for it");
    client.now += 1_000;
    client.replica.handle(client.now, ClientEvent::Wake, &mut Vec::new());
    client.close(1006);
    assert!(!is_kept(&client), "it takes too long");
    client.handle(ClientEvent::Kept { upto: 1 });
    assert!(is_kept(&client));
    client.edit(TextEdit::insert(0, "b"));
    client.handle(ClientEvent::NotKept);
    assert!(!is_kept(&client));
    assert_eq!(client.replica.unkept(), 2);
}

#[test]
fn c16_what_edits_build_on_is_kept_once_they_wait() {
    let (mut client, server) = connected(Role::Edit, "text");
    client.close(4404);
    client.edit(TextEdit::insert(4, " a"));
    client.handle(ClientEvent::Kept { upto: 1 });
    assert_eq!(client.replica.next_wake(), Some(2_000));
    let effects = client.wake_after(2_000);
    let [ClientEffect::KeepBase { state }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(DeckDoc::restore(9, state).unwrap().text(), server.text());
    client.edit(TextEdit::insert(4, " b"));
    assert!(!matches!(client.wake_after(2_000)[..], [ClientEffect::KeepBase { .. }]));
}

#[test]
fn c16_what_edits_build_on_is_kept_anew_for_a_queue_that_begins_later() {
    let (mut client, server) = connected(Role::Edit, "text");
    let keeps = |effects: &[ClientEffect]| {
        effects.iter().any(|effect| matches!(effect, ClientEffect::KeepBase { .. }))
    };
    client.replica.adopt(client.now, left_behind(&server, true), &mut Vec::new());
    // What waits is in the queue of the tab that is gone: there is none for this to be kept in.
    assert!(keeps(&client.wake_after(2_000)));
    client.edit(TextEdit::insert(0, "my "));
    assert!(keeps(&client.wake_after(0)));
    client.edit(TextEdit::insert(0, "own "));
    assert!(!keeps(&client.wake_after(2_000)));
}

/// The queue of a tab that wrote "mine" offline after "text", and is gone.
fn left_behind(server: &DeckDoc, with_base: bool) -> KeptQueue {
    let mut tab = DeckDoc::restore(50, &server.encode()).unwrap();
    let base = with_base.then(|| tab.encode().into());
    let edits = [TextEdit::insert(4, " mi"), TextEdit::insert(7, "ne")];
    let updates = edits.map(|edit| tab.edit(&[edit]).into()).into();
    KeptQueue { client: 50, proof: "gone".into(), base, updates }
}

#[test]
fn c17_edits_of_a_tab_that_is_gone_are_sent_with_their_proof() {
    for early in [true, false] {
        let mut server = served("text");
        let mut client = Client::new();
        let mut effects = Vec::new();
        let queue = left_behind(&server, false);
        if early {
            client.replica.adopt(0, queue.clone(), &mut effects);
            assert_eq!(client.replica.unsaved(), 2);
        }
        client.handle(ClientEvent::Start);
        effects.extend(client.connect(Role::Edit, &server));
        if !early {
            client.saved(1);
            client.replica.adopt(0, queue.clone(), &mut effects);
        }
        assert_eq!(client.replica.text(), "text mine");
        assert_eq!(shown("", &effects), "text mine");
        let introduced = |message: &ClientMessage| match message {
            ClientMessage::Introduce { clients, .. } => clients.contains(&(50, "gone".to_owned())),
            _ => false,
        };
        assert!(said(&effects).iter().any(introduced));
        updates(&effects).iter().for_each(|update| _ = server.apply(update).unwrap());
        assert_eq!(server.text(), "text mine");
        assert!(!effects.contains(&ClientEffect::DropQueue { client: 50 }), "not durable yet");
        let effects = client.hear(&ServerMessage::Saved { frames: 9 });
        assert!(effects.contains(&ClientEffect::DropQueue { client: 50 }));
        assert_eq!(client.replica.status(), Status::Saved);
        // Once more, as when its tab still lived: nothing doubles.
        let mut effects = Vec::new();
        client.replica.adopt(0, queue, &mut effects);
        assert!(effects.contains(&ClientEffect::DropQueue { client: 50 }));
        assert_eq!((client.replica.text(), client.replica.unsaved()), ("text mine".into(), 0));
    }
}

#[test]
fn c17_edits_of_a_tab_that_fit_nowhere_are_written_anew_or_offered() {
    let rewritten = || {
        let mut doc = DeckDoc::new(301);
        doc.edit(&[TextEdit::insert(0, "new text")]);
        doc
    };
    let queue = |with_base| left_behind(&served("text"), with_base);
    let mut client = Client::new();
    client.connect(Role::Edit, &rewritten());
    let mut effects = Vec::new();
    client.replica.adopt(0, queue(true), &mut effects);
    assert_eq!(client.replica.text(), "new text mine");
    let before = "text mine".to_owned();
    assert!(effects.contains(&ClientEffect::Replaced { carried: 2, before }));
    assert!(effects.contains(&ClientEffect::DropQueue { client: 50 }));

    let mut client = Client::new();
    client.connect(Role::Edit, &rewritten());
    let mut effects = Vec::new();
    client.replica.adopt(0, queue(false), &mut effects);
    let before = " mine".to_owned();
    assert!(effects.contains(&ClientEffect::Replaced { carried: 0, before }));
    assert!(!effects.contains(&ClientEffect::DropQueue { client: 50 }), "the device keeps it");
}

#[test]
fn c18_while_the_server_cannot_store_edits_wait_and_this_is_said() {
    let (mut client, server) = connected(Role::Edit, "text");
    client.hear(&ServerMessage::Storage { writable: false });
    assert_eq!(client.replica.status(), Status::Full { unsaved: 0, kept: true });
    assert_eq!(updates(&client.edit(TextEdit::insert(0, "a"))).len(), 0);
    assert_eq!(client.replica.status(), Status::Full { unsaved: 1, kept: true });
    client.hear(&ServerMessage::Storage { writable: true });
    assert_eq!(client.replica.status(), Status::Saving);
    let effects = client.frame(Frame::SyncStep1(&server.state_vector()));
    assert_eq!(updates(&effects).len(), 1);
    assert_eq!(client.saved(2), Status::Saved);
}

#[test]
fn c19_an_answer_that_is_too_long_for_one_message_travels_in_pieces() {
    let (mut client, mut server) = connected(Role::Edit, "text");
    client.close(1006);
    for _ in 0..20 {
        client.edit(TextEdit::insert(0, &"x".repeat(60 * 1024)));
        client.edit(TextEdit::delete(0, 30 * 1024));
    }
    // Half of it is gone again, and all of it was typed in pieces that are not.
    for _ in 0..30 {
        client.edit(TextEdit::insert(0, &"日".repeat(20 * 1024)));
    }
    let effects = client.connect(Role::Edit, &server);
    let pieces = updates(&effects);
    assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() < 256 * 1024));
    for piece in &pieces {
        server.apply_unchecked(piece).unwrap();
    }
    assert_eq!(server.text(), client.replica.text());
    assert_eq!(client.saved(pieces.len() as u64), Status::Saved);
}
