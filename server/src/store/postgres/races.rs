//! What stays true when two nodes do something at the same moment: each has its own connections.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use jiff::civil::{date, time};

use super::PostgresStore;
use super::testing::Database;
use crate::store::access::{AccessStore as _, DeckLevel, PersonRole, Principal, SignedIn};
use crate::store::pictures::{PictureRecord, PictureStore as _};
use crate::store::series::{Cadence, Day, NewCopy, Rights, Series, SeriesStore as _};
use crate::store::talk::{Added, Attendee, Message, MessageKind, Most, TalkStore as _};
use crate::store::{DeckId, LinkRole, NewDeck, NewLink, Snapshot, Store as _};

/// So many at once from each node: some of them meet.
const AT_ONCE: usize = 12;
/// Ways to meet that are tried.
const ROUNDS: usize = 8;

/// Two nodes of one database, and a deck.
struct Nodes {
    database: Database,
    here: Arc<PostgresStore>,
    there: Arc<PostgresStore>,
    deck: DeckId,
}

impl Nodes {
    async fn with_a_deck() -> Self {
        let database = Database::new();
        let (here, there) = (database.store().await, database.store().await);
        let nodes = Self { database, here, there, deck: id("deck") };
        nodes.here.create_deck(new_deck("deck")).await.unwrap();
        nodes
    }

    /// One node or the other, in turn.
    fn node(&self, number: usize) -> &PostgresStore {
        if number.is_multiple_of(2) { &self.here } else { &self.there }
    }

    async fn give(&self, deck: &DeckId, subject: &str) {
        let role = Some(PersonRole::Owner);
        assert!(self.here.set_person(deck, subject.to_owned(), role, 0).await.unwrap());
    }
}

fn id(name: &str) -> DeckId {
    DeckId::parse(name).unwrap()
}

fn new_deck(name: &str) -> NewDeck {
    NewDeck { id: id(name), title: String::new(), snapshot: Snapshot::new(&b"first"[..], "") }
}

fn guest(number: usize) -> Principal {
    Principal(format!("guest:{number}"))
}

#[tokio::test]
async fn of_two_owners_who_leave_on_two_nodes_one_stays() {
    let nodes = Nodes::with_a_deck().await;
    for round in 0..ROUNDS {
        let deck = id(&format!("deck-{round}"));
        nodes.here.create_deck(new_deck(deck.as_str())).await.unwrap();
        nodes.give(&deck, "user:ada").await;
        nodes.give(&deck, "user:bob").await;
        let leave = |node: &PostgresStore, who: &str| node.set_person(&deck, who.into(), None, 1);
        let left = join(leave(&nodes.here, "user:ada"), leave(&nodes.there, "user:bob")).await;
        assert_ne!(left.0.unwrap(), left.1.unwrap());
        assert_eq!(nodes.here.people(&deck).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_guest_who_signs_in_while_the_other_owner_leaves_owns_the_deck() {
    let nodes = Nodes::with_a_deck().await;
    for round in 0..ROUNDS {
        let deck = id(&format!("deck-{round}"));
        nodes.here.create_deck(new_deck(deck.as_str())).await.unwrap();
        nodes.give(&deck, &guest(round).0).await;
        nodes.give(&deck, "user:bob").await;
        let signed_in = SignedIn {
            issuer: "https://id.example.org".to_owned(),
            subject: round.to_string(),
            name: "Ada".to_owned(),
            email: None,
            groups: Vec::new(),
        };
        let (user, left) = join(
            nodes.here.sign_in(signed_in, Some(guest(round)), 1),
            nodes.there.set_person(&deck, "user:bob".to_owned(), None, 1),
        )
        .await;
        assert!(left.unwrap());
        let owner = (user.unwrap().principal.0, PersonRole::Owner);
        assert_eq!(nodes.here.people(&deck).await.unwrap(), [owner]);
    }
}

#[tokio::test]
async fn a_deck_takes_so_many_messages_people_and_pictures_from_all_nodes_together() {
    let nodes = Nodes::with_a_deck().await;
    let message = |number: usize| Message {
        id: format!("m{number}"),
        anchor: None,
        slide: String::new(),
        kind: MessageKind::Comment,
        principal: guest(number),
        name: String::new(),
        text: String::new(),
        at: 1,
        starred_at: None,
        done_at: None,
    };
    let most = Most { messages: 3, of_principal: 9 };
    let adds = (0..AT_ONCE)
        .map(|number| nodes.node(number).add_message(&nodes.deck, message(number), most));
    let added = join_all(adds).await.into_iter().map(Result::unwrap);
    assert_eq!(added.filter(|added| *added == Added::New).count(), 3);

    let comes = (0..AT_ONCE).map(|number| {
        let attendee = Attendee { principal: guest(number), name: String::new(), at: 1 };
        nodes.node(number).attend(&nodes.deck, attendee, 4)
    });
    let came = join_all(comes).await.into_iter().map(Result::unwrap);
    assert_eq!(came.filter(|came| *came).count(), 4);

    let pictures = (0..AT_ONCE).map(|number| {
        let (name, deck) = (format!("p{number}.png"), nodes.deck.clone());
        let principal = guest(number);
        let picture = PictureRecord { name, deck, principal, bytes: 10, width: 1, height: 1 };
        nodes.node(number).add_picture(picture, 9, 55, 1)
    });
    let taken = join_all(pictures).await.into_iter().map(Result::unwrap);
    assert_eq!(taken.filter(|taken| *taken).count(), 5);
}

#[tokio::test]
async fn a_message_that_is_said_to_two_nodes_is_said_once() {
    let nodes = Nodes::with_a_deck().await;
    let message = Message {
        id: "m".to_owned(),
        anchor: None,
        slide: String::new(),
        kind: MessageKind::Question,
        principal: guest(1),
        name: String::new(),
        text: "words".to_owned(),
        at: 1,
        starred_at: None,
        done_at: None,
    };
    let most = Most { messages: 9, of_principal: 9 };
    let say = |number| nodes.node(number).add_message(&nodes.deck, message.clone(), most);
    let said = join_all((0..AT_ONCE).map(say)).await.into_iter().map(Result::unwrap);
    assert_eq!(said.filter(|added| *added == Added::New).count(), 1);
}

#[tokio::test]
async fn of_the_calls_of_one_date_that_two_nodes_make_one_is_made() {
    let nodes = Nodes::with_a_deck().await;
    let series = Series {
        name: "Call".to_owned(),
        cadence: Cadence::Week { day: Day::Thu },
        time: time(14, 5, 0, 0),
        zone: "Europe/Berlin".to_owned(),
    };
    nodes.here.set_series(&nodes.deck, series, 1).await.unwrap();
    let at = date(2024, 4, 4).at(14, 5, 0, 0);
    let call = |number: usize| NewCopy {
        deck: new_deck(&format!("call-{number}")),
        owner: None,
        rights: Rights::Level(DeckLevel::Freely),
        call: Some((nodes.deck.clone(), at)),
        pictures: Vec::new(),
        reporters: Vec::new(),
    };
    let made = (0..AT_ONCE).map(|number| nodes.node(number).make_copy(call(number), 1));
    let made = join_all(made).await.into_iter().filter_map(Result::unwrap);
    assert_eq!(made.count(), 1);
    // Nor do decks that are there already become it.
    let becomes = (0..ROUNDS).map(|number| {
        let (at, series) = (Some(date(2024, 4, 11).at(14, 5, 0, 0)), Some(nodes.deck.clone()));
        let deck = id(&format!("plain-{number}"));
        let node = nodes.node(number);
        async move {
            node.create_deck(new_deck(deck.as_str())).await.unwrap();
            node.set_call(&deck, at, series).await.unwrap()
        }
    });
    assert_eq!(join_all(becomes).await.into_iter().filter(|became| *became).count(), 1);
}

#[tokio::test]
async fn of_links_that_two_nodes_make_the_newest_holds_and_the_others_have_ended() {
    let nodes = Nodes::with_a_deck().await;
    let link = |serial: u8| NewLink {
        deck: nodes.deck.clone(),
        role: LinkRole::Edit,
        serial: serial.into(),
        code_sha256: [serial; 32],
        expires_at: None,
    };
    // The same number from both counts once.
    let adds = (1..=9_u8).flat_map(|serial| [(0, serial), (1, serial)]);
    let adds = adds.map(|(node, serial)| nodes.node(node).add_link(link(serial), 5));
    for added in join_all(adds).await {
        added.unwrap();
    }
    for serial in 1..9 {
        assert_eq!(nodes.there.link([serial; 32], 0).await.unwrap(), None);
    }
    assert_eq!(nodes.there.link([9; 32], 0).await.unwrap().unwrap().serial, 9);
    let count = "SELECT count(*), count(ended_at) FROM links";
    assert_eq!(nodes.database.sql(count), "9|8");
    // Also when the newest comes first.
    nodes.here.add_link(link(11), 5).await.unwrap();
    nodes.there.add_link(link(10), 5).await.unwrap();
    assert_eq!(nodes.database.sql(count), "11|10");
}

#[tokio::test]
async fn a_deck_that_is_taken_out_of_the_bin_while_it_is_emptied_is_there_whole_or_gone() {
    let nodes = Nodes::with_a_deck().await;
    for round in 0..ROUNDS {
        let deck = id(&format!("deck-{round}"));
        nodes.here.create_deck(new_deck(deck.as_str())).await.unwrap();
        nodes.give(&deck, "user:ada").await;
        nodes.here.set_deleted(&deck, true).await.unwrap();
        let (purged, taken_out) = join(
            nodes.here.purge(&deck, i64::MAX, Vec::new()),
            nodes.there.set_deleted(&deck, false),
        )
        .await;
        let (purged, taken_out) = (purged.unwrap().is_some(), taken_out.unwrap());
        assert_ne!(purged, taken_out);
        assert_eq!(nodes.here.load(&deck).await.unwrap().is_some(), taken_out);
        assert_eq!(nodes.here.people(&deck).await.unwrap().len(), usize::from(taken_out));
    }
}

#[tokio::test]
async fn text_that_postgresql_cannot_hold_does_not_keep_anybody_out() {
    let nodes = Nodes::with_a_deck().await;
    let odd = SignedIn {
        issuer: "https://id.example.org".to_owned(),
        subject: "o\0dd".to_owned(),
        name: "O\0dd".to_owned(),
        email: None,
        groups: vec!["a\0b".to_owned()],
    };
    let user = nodes.here.sign_in(odd, None, 1).await.unwrap();
    assert_eq!((user.name.as_str(), &user.groups[..]), ("O\u{fffd}dd", &["a\0b".to_owned()][..]));
    let subjects = vec![user.principal.0, "group:a\0b".to_owned()];
    let access = nodes.here.deck_access(&nodes.deck, subjects, false, 1).await.unwrap();
    assert_eq!(access.unwrap().person, None);
    assert_eq!(nodes.here.message(&nodes.deck, "\0").await.unwrap(), None);
    assert_eq!(nodes.here.picture("\0.png").await.unwrap(), None);
}
