//! How a client goes on driving, or ends what it drove, after a loss.

use collab::access::Role;
use collab::doc::DeckDoc;
use collab::presentation::{Presentation, Press, Shown, Times};
use collab::replica::ClientEffect;
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::client::connected;
use super::harness::{Client, EPOCH, said};

/// What a server says of the presentation to one client.
#[derive(Clone)]
struct Told {
    driver: Option<&'static str>,
    term: u64,
    at: u32,
    driving: bool,
}

/// Somebody else drives.
const BOB: Told = Told { driver: Some("Bob"), term: 2, at: 0, driving: false };
/// This client drives.
const OWN: Told = Told { driver: Some("Alice"), term: 1, at: 0, driving: true };
/// The server has not recognised its driver yet.
const AWAY: Told = Told { driver: Some("Alice"), term: 1, at: 0, driving: false };
/// The driver was away for too long.
const FREE: Told = Told { driver: None, term: 1, at: 0, driving: false };

impl Told {
    fn message(&self, server: &DeckDoc) -> ServerMessage {
        let shown = Shown { slide: server.anchor(self.at), fragment: -1, blackout: false };
        let presentation = Presentation {
            driver: self.driver.map(str::to_owned),
            away: self.driver == Some("Alice") && !self.driving,
            term: self.term,
            seq: 1,
            shown,
            held: false,
        };
        let (presentation, driving) = (Some(presentation), self.driving);
        ServerMessage::Presentation { presentation, driving, host: false, ended: false }
    }
}

fn nothing(ended: bool) -> ServerMessage {
    ServerMessage::Presentation { presentation: None, driving: false, host: false, ended }
}

fn present(client: &mut Client, at: u32, take: Option<u64>) -> Vec<ClientEffect> {
    let mut out = Vec::new();
    client.replica.present(at, -1, false, take, &mut out);
    out
}

fn stop(client: &mut Client) -> Vec<ClientEffect> {
    let mut out = Vec::new();
    client.replica.stop_presenting(&mut out);
    out
}

/// Connects again to a server that says this meanwhile; gives what the client says once it is in
/// step, besides who it is.
fn reconnect(client: &mut Client, server: &DeckDoc, told: &[ServerMessage]) -> Vec<ClientMessage> {
    let mut out = client.open();
    out.extend(client.hello(Role::Present, EPOCH));
    out.extend(client.frame(Frame::SyncStep1(&server.state_vector())));
    told.iter().for_each(|message| out.extend(client.hear(message)));
    out.extend(client.frame(Frame::SyncStep2(&server.encode())));
    let mut said = said(&out);
    said.retain(|message| !matches!(message, ClientMessage::Introduce { .. }));
    said
}

/// A client that drives, and the server's document.
fn driving() -> (Client, DeckDoc) {
    let (mut client, server) = connected(Role::Present, "one\n\n---\n\ntwo");
    assert_eq!(said(&present(&mut client, 0, None)).len(), 1);
    client.hear(&OWN.message(&server));
    assert!(client.replica.is_driving());
    (client, server)
}

/// Where it presents, and that it takes nothing from anybody.
fn places(client: &Client, said: &[ClientMessage]) -> Vec<u32> {
    let place = |message: &ClientMessage| match message {
        ClientMessage::Present { shown, take: None } => client.replica.offset(&shown.slide),
        _ => None,
    };
    said.iter().filter_map(place).collect()
}

#[test]
fn c6_a_driver_goes_on_after_a_loss_unless_somebody_took_over() {
    let cases = |server: &DeckDoc| {
        let told = |told: Told| told.message(server);
        let renewed = Told { term: 5, ..FREE };
        [
            // In time, late, after a restart of the server, and before it has said anything.
            (vec![told(AWAY), told(OWN)], true),
            (vec![told(FREE)], true),
            (vec![nothing(false)], true),
            (vec![], true),
            // Somebody else drives, or has driven, or it was ended.
            (vec![told(BOB)], false),
            (vec![told(renewed)], false),
            (vec![nothing(true)], false),
        ]
    };
    for index in 0..7 {
        let (mut client, server) = driving();
        let (told, goes_on) = cases(&server)[index].clone();
        client.close(1006);
        assert!(client.replica.is_driving(), "as far as it knows");
        // Without a connection the person goes on as before.
        assert_eq!(present(&mut client, 10, None), []);
        let said = reconnect(&mut client, &server, &told);
        assert_eq!(places(&client, &said), [10][..usize::from(goes_on)], "case {index}");
        // And if not, then for good.
        client.close(1006);
        let said = reconnect(&mut client, &server, &[]);
        assert_eq!(said.len(), usize::from(goes_on), "case {index}");
    }
}

#[test]
fn c6_who_is_told_that_somebody_took_over_does_not_take_it_back() {
    let (mut client, server) = driving();
    let effects = client.hear(&BOB.message(&server));
    assert_eq!((effects, client.replica.is_driving()), (vec![ClientEffect::Presentation], false));
    // Not even when Bob has gone.
    for told in [FREE, Told { term: 2, ..FREE }] {
        client.close(1006);
        assert_eq!(reconnect(&mut client, &server, &[told.message(&server)]), []);
    }
    // Its own doing is no news: what it says now is newer than what it hears.
    let (mut client, server) = driving();
    present(&mut client, 10, None);
    client.hear(&OWN.message(&server));
    client.close(1006);
    let said = reconnect(&mut client, &server, &[AWAY.message(&server), OWN.message(&server)]);
    assert_eq!(places(&client, &said), [10]);
}

#[test]
fn c6_who_may_not_present_says_nothing_and_who_is_offered_the_baton_may() {
    let (mut client, server) = connected(Role::Edit, "one");
    assert_eq!(present(&mut client, 0, None), []);
    let (by, section) = ("Bob".to_owned(), "Ops".to_owned());
    let offered = ServerMessage::Offered { by: by.clone(), section: section.clone(), term: 2 };
    let effects = client.hear(&offered);
    assert_eq!(effects, [ClientEffect::Offered { by, section, term: 2 }]);
    assert_eq!(present(&mut client, 0, Some(1)), []);
    assert_eq!(said(&present(&mut client, 0, Some(2))).len(), 1);
    client.hear(&Told { term: 3, ..OWN }.message(&server));
    assert_eq!(said(&present(&mut client, 0, None)).len(), 1);
    client.hear(&BOB.message(&server));
    assert_eq!(present(&mut client, 0, None), []);
    // Whose right is gone when they return has nothing to go on with.
    let (mut client, server) = driving();
    client.close(1006);
    client.open();
    client.hello(Role::Edit, EPOCH);
    client.hear(&nothing(false));
    client.frame(Frame::SyncStep2(&server.encode()));
    assert_eq!(said(&client.frame(Frame::SyncStep1(&server.state_vector()))), []);
    client.close(1006);
    assert_eq!(reconnect(&mut client, &server, &[nothing(false)]), []);
}

#[test]
fn c20_a_presentation_that_was_ended_offline_is_ended_on_return() {
    use ClientMessage::StopPresenting;
    let offline = || {
        let (mut client, server) = driving();
        client.close(1006);
        let effects = stop(&mut client);
        assert!(effects.contains(&ClientEffect::Presentation));
        assert_eq!((effects.len(), client.replica.presentation()), (1, None));
        (client, server)
    };
    // The baton has waited.
    let (mut client, server) = offline();
    let told = [AWAY.message(&server), OWN.message(&server)];
    assert_eq!(reconnect(&mut client, &server, &told), [StopPresenting]);
    client.hear(&nothing(true));
    client.close(1006);
    assert_eq!(reconnect(&mut client, &server, &[nothing(true)]), [], "once");
    // It is free: only a driver ends it, so this client drives once more for that.
    let (mut client, server) = offline();
    let said = reconnect(&mut client, &server, &[FREE.message(&server)]);
    assert!(matches!(&said[..], [ClientMessage::Present { take: None, .. }, StopPresenting]));
    // Who began it needs no baton, whoever has it.
    let (mut client, server) = offline();
    let mut told = FREE.message(&server);
    if let ServerMessage::Presentation { host, .. } = &mut told {
        *host = true;
    }
    assert_eq!(reconnect(&mut client, &server, &[told]), [StopPresenting]);
    // Also who did not drive when they ended it.
    let (mut client, server) = driving();
    let mut told = BOB.message(&server);
    if let ServerMessage::Presentation { host, .. } = &mut told {
        *host = true;
    }
    client.hear(&told);
    client.close(1006);
    stop(&mut client);
    assert_eq!(reconnect(&mut client, &server, &[told]), [StopPresenting]);
    // Somebody took over; it was ended; the server knows nothing of it any more.
    let (_, server) = offline();
    for told in [BOB.message(&server), nothing(true), nothing(false)] {
        let (mut client, server) = offline();
        assert_eq!(reconnect(&mut client, &server, &[told]), []);
        client.close(1006);
        assert_eq!(reconnect(&mut client, &server, &[FREE.message(&server)]), []);
    }
    // The person has thought better of it.
    let (mut client, server) = offline();
    present(&mut client, 10, None);
    let told = [AWAY.message(&server), OWN.message(&server)];
    let said = reconnect(&mut client, &server, &told);
    assert_eq!((places(&client, &said), said.len()), (vec![10], 1));
}

#[test]
fn c20_an_end_that_was_lost_on_the_way_is_said_again() {
    let (mut client, server) = driving();
    assert_eq!(said(&stop(&mut client)), [ClientMessage::StopPresenting]);
    client.close(1006);
    let told = [AWAY.message(&server), OWN.message(&server)];
    assert_eq!(reconnect(&mut client, &server, &told), [ClientMessage::StopPresenting]);
}

#[test]
fn c21_a_driver_goes_on_where_the_server_has_bound_the_slide_to() {
    let rebound = Told { at: 10, ..OWN };
    // While it listens.
    let (mut client, server) = driving();
    client.hear(&rebound.message(&server));
    client.close(1006);
    let said = reconnect(&mut client, &server, &[]);
    assert_eq!(places(&client, &said), [10]);
    // While it is away.
    let (mut client, server) = driving();
    client.close(1006);
    let said = reconnect(&mut client, &server, &[AWAY.message(&server), rebound.message(&server)]);
    assert_eq!(places(&client, &said), [10]);
    // Unless the person went somewhere else, which the server has not heard yet.
    let (mut client, server) = driving();
    present(&mut client, 5, None);
    client.hear(&rebound.message(&server));
    client.close(1006);
    let said = reconnect(&mut client, &server, &[AWAY.message(&server), rebound.message(&server)]);
    assert_eq!(places(&client, &said), [5]);
}

#[test]
fn p18_a_client_tells_its_page_what_the_server_says_of_the_talk() {
    let (mut client, server) = driving();
    let effects = client.hear(&ServerMessage::Press { key: Press::Next });
    assert_eq!(effects, [ClientEffect::Press(Press::Next)]);
    let effects = client.hear(&ServerMessage::SlideRemoved { by: "Mona".into() });
    assert_eq!(effects, [ClientEffect::SlideRemoved { by: "Mona".into() }]);
    let (elapsed, sections, current) = (5, vec![("Ops".to_owned(), 3)], Some(0));
    let times = Times { elapsed, sections: sections.clone(), current };
    let effects = client.hear(&ServerMessage::Times { elapsed, sections, current });
    assert_eq!((effects, client.replica.times()), (vec![ClientEffect::Times], Some(&times)));
    let (followers, roaming, held_edits) = (38, 3, 2);
    client.hear(&ServerMessage::Audience { followers, roaming, held_edits });
    let replica = &client.replica;
    assert_eq!([replica.followers(), replica.roaming(), replica.held_edits()], [38, 3, 2]);
    let mut out = Vec::new();
    client.replica.hold(true, &mut out);
    client.replica.offer(7, "Ops", &mut out);
    let offer = ClientMessage::Offer { to: 7, section: "Ops".into() };
    assert_eq!(said(&out), [ClientMessage::Hold { on: true }, offer]);
    assert!(!client.replica.has_ended() && !client.replica.is_host());
    client.hear(&nothing(true));
    assert!(client.replica.has_ended());
    drop(server);
}
