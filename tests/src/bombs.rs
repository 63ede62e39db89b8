//! Small messages that would do large damage to a server that trusts its clients.
//!
//! Each is what a modified client can send on a connection it may open: as a viewer, or as an
//! editor. `cargo xtask bombs` measures what they do, `integration/bombs.rs` asserts it.

use bytes::Bytes;
use collab::presence::{self, Entry};
use collab::wire::{Frame, MAX_FRAME_BYTES};

use crate::forge::{self, Content, Forged, Id, Section, Struct};

/// What an attacker knows when they begin.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// The client id that the server gave to this connection.
    pub own: u64,
    /// The client id of somebody else in the deck, and its next clock.
    pub victim: Id,
    /// Who wrote what the deck began with.
    pub first: u64,
}

/// One attack.
#[derive(Debug, Clone)]
pub struct Bomb {
    /// For the table.
    pub name: &'static str,
    /// Messages that prepare it, and are as honest as any.
    pub before: Vec<Bytes>,
    /// Messages to send, in order.
    pub frames: Vec<Bytes>,
    /// How the server meets it when an editor sends it.
    pub met: Met,
    /// The state of the deck that it is meant for, when not a small one.
    pub deck: Deck,
}

/// How the server meets an attack by an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// The connection is closed with this code.
    Closed(u16),
    /// Nothing comes of it; the connection goes on.
    Ignored,
    /// It is what anybody may do, and nobody else may notice; who does not read the answers in time
    /// is let go.
    Borne,
}

/// The deck that an attack is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deck {
    /// A few words.
    Small,
    /// 900,000 characters in one piece.
    Large,
}

const MALFORMED: Met = Met::Closed(4400);
/// A deck of that size cannot take it in one go.
const TOO_MUCH: Met = Met::Closed(4413);
/// It was written by somebody else than who sent it.
const FOREIGN: Met = Met::Closed(4410);

/// All attacks.
pub fn all(at: Situation) -> Vec<Bomb> {
    let mut bombs = updates(at);
    bombs.extend(origins(at));
    bombs.extend(floods(at));
    bombs.extend(other_frames(at));
    bombs
}

fn bomb(name: &'static str, met: Met, frames: impl IntoIterator<Item = Bytes>) -> Bomb {
    let frames = frames.into_iter().collect();
    Bomb { name, before: Vec::new(), frames, met, deck: Deck::Small }
}

fn update(name: &'static str, met: Met, forged: &Forged) -> Bomb {
    bomb(name, met, [Frame::Update(&forged.encode()).encode()])
}

/// Ids that a hash table takes for one.
fn colliding(count: u64) -> impl ExactSizeIterator<Item = u64> {
    (1..count as u32 + 1).map(|number| u64::from(number) << 32)
}

fn updates(Situation { own, victim, .. }: Situation) -> Vec<Bomb> {
    let nested = [&[117, 1].repeat(10_000)[..], &[126]].concat();
    let any = Struct { origin: None, right: None, content: Content::Other(8, nested) };
    let section = |client| Section { client, clock: 0, structs: vec![Struct::collected(1)] };
    let crowd = Forged { sections: colliding(60).map(section).collect(), deletes: Vec::new() };
    let empty = Forged {
        sections: Vec::new(),
        deletes: colliding(4_096).map(|client| (client, Vec::new())).collect(),
    };
    let structs = |part: Struct, count| Forged::one(own, 0, vec![part; count]);
    let ranges = (0..200_000).map(|number| (2 * number, 1)).collect();
    let (squatted, clock) = victim;
    let mut wrong = Forged::one(own, 0, vec![Struct::text(None, None, "x")]).encode();
    wrong.push(0);
    vec![
        update("10,000 nested arrays", MALFORMED, &Forged::one(own, 0, vec![any])),
        update("60 colliding clients", MALFORMED, &crowd),
        update("4,096 colliding clients, nothing deleted", MALFORMED, &empty),
        update("200,000 structs", MALFORMED, &structs(Struct::text(None, None, "x"), 200_000)),
        update("200,000 collected structs", MALFORMED, &structs(Struct::collected(1), 200_000)),
        update("200,000 delete ranges", MALFORMED, &Forged::deletion(own, ranges)),
        update(
            "collected struct on a victim's next clocks",
            FOREIGN,
            &Forged::one(squatted, clock, vec![Struct::collected(1_000)]),
        ),
        update(
            "text in a victim's name",
            FOREIGN,
            &Forged::one(squatted, clock, vec![Struct::text(None, None, "I resign")]),
        ),
        bomb("V2 encoding", MALFORMED, [Frame::Update(&V2).encode()]),
        bomb("a byte behind the end", MALFORMED, [Frame::Update(&wrong).encode()]),
        bomb("an update cut short", MALFORMED, [Frame::Update(&wrong[..6]).encode()]),
    ]
}

/// `x` at the start of the text, by client 7, as Yjs writes it in its encoding V2.
const V2: [u8; 27] = [
    0, 0, 1, 7, 0, 0, 1, 4, 10, 7, b's', b'o', b'u', b'r', b'c', b'e', b'x', 6, 1, 1, 1, 0, 0, 1,
    1, 0, 0,
];

fn origins(Situation { own, victim, first }: Situation) -> Vec<Bomb> {
    let (client, clock) = victim;
    let text = |origin, right| Struct::text(origin, right, "x");
    let one = |part| Forged::one(own, 0, vec![part]);
    let far = one(text(Some((client, clock + 50)), None));
    let inverted = one(text(Some((client, 2)), Some((client, 0))));
    let missing = (0..10_000).map(|number| {
        let forged = Forged::one(own, 10_000 - number, vec![text(None, None)]);
        Frame::Update(&forged.encode()).encode()
    });
    // A chain that never merges, and then many that have to find their place along it.
    let chain = |number: u64| {
        let before = if number == 0 { (client, 0) } else { (own, number - 1) };
        text(Some(before), number.is_multiple_of(2).then_some((client, 1)))
    };
    let chain = Forged::one(own, 0, (0..10_000).map(chain).collect());
    let wide = |number: u64| text(Some((client, 0)), Some((own, 9_999 - number)));
    let wide = Forged::one(own, 10_000, (0..4_000).map(wide).collect());
    let cuts = (0..15_000).rev().map(|place| {
        let place = place * 60;
        text(Some((first, place)), Some((first, place + 1)))
    });
    vec![
        update("an origin that nobody has", MALFORMED, &far),
        update("inverted origins", MALFORMED, &inverted),
        bomb("10,000 updates that miss their past", MALFORMED, missing),
        Bomb {
            before: vec![Frame::Update(&chain.encode()).encode()],
            ..update("4,000 places along 10,000 pieces", TOO_MUCH, &wide)
        },
        Bomb {
            deck: Deck::Large,
            ..update("15,000 cuts in a large deck", TOO_MUCH, &Forged::one(own, 0, cuts.collect()))
        },
    ]
}

fn floods(_: Situation) -> Vec<Bomb> {
    let ask = Frame::SyncStep1(&[0]).encode();
    let crowd = forge::state_vector(colliding(16_384).map(|client| (client, 1)));
    vec![
        Bomb { deck: Deck::Large, ..bomb("the whole deck 200 times", Met::Borne, vec![ask; 200]) },
        bomb("presence asked for 200 times", Met::Borne, vec![Frame::QueryAwareness.encode(); 200]),
        bomb(
            "half a billion entries declared",
            MALFORMED,
            [Frame::SyncStep1(&[0x80, 0xca, 0xb5, 0xee, 0x01]).encode()],
        ),
        bomb("16,384 colliding entries", MALFORMED, [Frame::SyncStep1(&crowd).encode()]),
        bomb(
            "16,385 entries",
            MALFORMED,
            [Frame::SyncStep1(&forge::state_vector((0..16_385_u32).map(|id| (id.into(), 1))))
                .encode()],
        ),
    ]
}

fn other_frames(Situation { own, .. }: Situation) -> Vec<Bomb> {
    let entries = |count: u64, state: &str| {
        let entry = |number| Entry { client: own + number, clock: 1, state: state.to_owned() };
        let entries: Vec<Entry> = (0..count).map(entry).collect();
        Frame::Awareness(&presence::encode(entries.iter())).encode()
    };
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let control = |json: &str| Frame::Control(json).encode();
    let long = format!(r#"{{"user":"{}"}}"#, "x".repeat(3_000));
    vec![
        bomb("a presence cut short", MALFORMED, [Frame::Awareness(&[0xff; 40]).encode()]),
        bomb("1,025 presences", MALFORMED, [entries(1_025, "{}")]),
        bomb("1,024 presences of 900 bytes", Met::Borne, [entries(1_024, &long[..900])]),
        bomb("a presence of 3 KB", Met::Ignored, [entries(1, &long)]),
        bomb("a presence nested 1,000 deep", Met::Ignored, [entries(1, &deep(1_000))]),
        bomb("a control message nested 2,000 deep", MALFORMED, [control(&deep(2_000))]),
        bomb("a control message of 1 MB", MALFORMED, [control(&deep(500_000))]),
        bomb("a control message that is no JSON", MALFORMED, [control("{\"type\":\"present\"}")]),
        bomb("a frame over 1 MB", MALFORMED, [vec![0; MAX_FRAME_BYTES + 1].into()]),
        bomb("a declared length of 2⁶²", MALFORMED, [HUGE_LENGTH.to_vec().into()]),
        bomb("an empty frame", MALFORMED, [Bytes::new()]),
        bomb("noise", MALFORMED, [vec![0xff; 100].into()]),
    ]
}

/// An update frame whose payload claims to be longer than any memory.
const HUGE_LENGTH: [u8; 11] = [0, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];

impl Deck {
    /// What it begins with.
    pub fn source(self) -> String {
        match self {
            Self::Small => "# A deck\n\n".to_owned(),
            Self::Large => "A large deck. ".repeat(65_000),
        }
    }
}
