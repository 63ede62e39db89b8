//! A bounded, seeded mutator. It sends frames that honest clients send, damaged in every way, to a
//! room: nothing may panic or break the document, and the room must go on for everybody else.
//! Or it edits decks at random, see `deck.rs`.
//!
//! It also counts the rooms whose document failed the self-check before a snapshot: an update
//! that is well-formed and fits can still put text where a fresh replica would not.
#![forbid(unsafe_code)]

mod deck;

use std::io::Write as _;
use std::time::Instant;

use anyhow::ensure;
use bytes::Bytes;
use clap::Parser;
use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::room::{Effect, Event, PeerId, Protocol, Room};
use collab::wire::Frame;

/// Send damaged frames to a room, or edit decks at random
#[derive(Debug, Parser)]
#[command(name = "cargo xtask fuzz")]
struct Cli {
    /// What is attacked
    #[arg(value_enum, default_value_t = Target::Room)]
    target: Target,
    /// How many frames are sent to rooms
    #[arg(long, default_value_t = 1_000_000)]
    frames: u64,
    /// How many edits are made to decks
    #[arg(long, default_value_t = 200_000)]
    edits: u64,
    /// Where the random numbers start
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Target {
    Room,
    Deck,
}

const VICTIM: PeerId = PeerId(1);
/// Frames that one room gets before a new one is opened.
const ROUND: u64 = 2_000;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.target {
        Target::Room => rooms(&cli),
        Target::Deck => deck::decks(cli.edits, cli.seed),
    }
}

fn rooms(cli: &Cli) -> anyhow::Result<()> {
    let (start, mut random, mut done) = (Instant::now(), Random(cli.seed), 0);
    let mut refused = 0;
    while done < cli.frames {
        let seed = random.next();
        refused += u64::from(!round(seed).map_err(|error| error.context(format!("seed {seed}")))?);
        done += ROUND;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    writeln!(
        std::io::stdout(),
        "{done} frames in {} rooms, {rate:.0}/s, seed {}: nothing broke; {refused} snapshots refused",
        done / ROUND,
        cli.seed
    )?;
    Ok(())
}

/// One room: an honest writer, and an attacker who joins again whenever it is thrown out.
/// Gives whether the document passes its self-check at the end.
fn round(seed: u64) -> anyhow::Result<bool> {
    let mut random = Random(seed);
    let mut room = Room::new(DeckDoc::new(1), 1, "fuzz");
    let mut honest = DeckDoc::new(7);
    let mut effects = Vec::new();
    join(&mut room, VICTIM, &mut effects);
    let mut corpus: Vec<Bytes> = seeds();
    let (mut attacker, mut joined) = (2, false);
    for step in 0..ROUND {
        if step % 50 == 0 {
            let at = random.below(u64::from(honest.len()) + 1) as u32;
            let update = honest.edit(&[TextEdit::insert(at, "honest 🚢 "), TextEdit::delete(0, 1)]);
            let bytes = Frame::Update(&update).encode();
            effects.clear();
            room.handle(Event::Frame { peer: VICTIM, bytes: bytes.clone() }, &mut effects);
            let thrown_out = |e: &Effect| matches!(e, Effect::Close { peer: VICTIM, .. });
            ensure!(!effects.iter().any(thrown_out), "the honest writer was thrown out");
            corpus.push(bytes);
        }
        if !joined {
            attacker += 1;
            join(&mut room, PeerId(attacker), &mut effects);
            joined = true;
        }
        let bytes = random.damage(&corpus);
        effects.clear();
        room.handle(Event::Frame { peer: PeerId(attacker), bytes }, &mut effects);
        ensure!(!effects.contains(&Effect::Reload), "an update broke the document");
        if effects.iter().any(|effect| matches!(effect, Effect::Close { .. })) {
            room.handle(Event::Leave { peer: PeerId(attacker) }, &mut effects);
            joined = false;
        }
    }
    Ok(room.snapshot().is_some())
}

fn join(room: &mut Room, peer: PeerId, effects: &mut Vec<Effect>) {
    room.handle(Event::Join { peer, role: Role::Present, protocol: Protocol::Ondeck }, effects);
    let step_2 = Frame::SyncStep2(&[0, 0]).encode();
    room.handle(Event::Frame { peer, bytes: step_2 }, effects);
}

/// One of each kind of frame.
fn seeds() -> Vec<Bytes> {
    let mut doc = DeckDoc::new(9);
    let update = doc.edit(&[TextEdit::insert(0, "seed"), TextEdit::delete(1, 2)]);
    vec![
        Frame::Update(&update).encode(),
        Frame::SyncStep2(&doc.encode()).encode(),
        Frame::SyncStep1(&doc.state_vector()).encode(),
        Frame::Awareness(b"\x01\x09\x01\x0d{\"user\":null}").encode(),
        Frame::QueryAwareness.encode(),
        Frame::Control(r#"{"type":"introduce","profile":{"name":"x","color":3},"session":5}"#)
            .encode(),
        Frame::Control(r#"{"type":"stopPresenting"}"#).encode(),
    ]
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A frame of the corpus with a few bytes flipped, cut, doubled or put in.
    fn damage(&mut self, corpus: &[Bytes]) -> Bytes {
        let mut bytes = corpus[self.below(corpus.len() as u64) as usize].to_vec();
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len() as u64 + 1) as usize;
            match self.below(5) {
                0 if at < bytes.len() => bytes[at] = self.next() as u8,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, self.next() as u8),
                3 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => {
                    let end = at + self.below((bytes.len() - at) as u64 + 1) as usize;
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        bytes.into()
    }
}
