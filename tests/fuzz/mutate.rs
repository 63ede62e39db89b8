//! Frames that no honest client would send: bytes damaged anywhere, and whole updates, state
//! vectors and presences whose numbers are what an attacker would put there.

use bytes::Bytes;
use collab::presence::{self, Entry};
use collab::testing::Rng;
use collab::wire::Frame;
use tests::forge::{self, Content, Forged, Id, Section, Struct};

/// What kind of frame an execution sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Update,
    StateVector,
    Awareness,
    Frame,
}

/// Where variable-length integers grow, limits lie and arithmetic turns over.
const BOUNDARIES: [u64; 16] = [
    0,
    1,
    0x7f,
    0x80,
    0x3fff,
    0x4000,
    0x1f_ffff,
    (1 << 31) - 1,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    (1 << 53) - 1,
    1 << 53,
    1 << 62,
    u64::MAX >> 1,
    u64::MAX,
];
const TEXTS: [&str; 8] = ["a", "xyz", "🚢", "e\u{301}", "\n---\n", "日本", "\u{fffd}", "👩‍🚀"];
const STATES: [&str; 6] = [
    "null",
    "{}",
    r#"{"user":{"name":"x"},"cursor":null}"#,
    r#"{"cursor":{"anchor":{"item":{"client":7,"clock":1},"assoc":0},"head":{"tname":"source"}}}"#,
    r#"{"cursor":{"anchor":{"item":{"client":9007199254740993,"clock":4294967296}}}}"#,
    r#"{"user":[[[[[[[[[[[[]]]]]]]]]]]]}"#,
];
/// Updates that are kept to be recombined.
const KEPT: usize = 64;

/// What an attacker in a room knows.
pub(crate) struct View<'a> {
    /// Each client and its next clock.
    pub(crate) clocks: &'a [Id],
    /// The client id of the attacker's own connection.
    pub(crate) own: u64,
}

/// Makes frames.
pub(crate) struct Mutator {
    pub(crate) rng: Rng,
    frames: Vec<Bytes>,
    updates: Vec<Forged>,
}

impl Mutator {
    /// Begins with these frames.
    pub(crate) fn new(rng: Rng, frames: Vec<Bytes>) -> Self {
        let mut this = Self { rng, frames: Vec::new(), updates: Vec::new() };
        frames.into_iter().for_each(|frame| this.learn(frame));
        this
    }

    /// Takes a frame as something to damage and recombine.
    pub(crate) fn learn(&mut self, frame: Bytes) {
        if let Ok(Frame::Update(update) | Frame::SyncStep2(update)) = Frame::decode(&frame) {
            self.updates.extend(Forged::decode(update));
        }
        self.frames.push(frame);
        if self.frames.len() > KEPT {
            let oldest = self.rng.below(KEPT);
            self.frames.swap_remove(oldest);
        }
        if self.updates.len() > KEPT {
            let oldest = self.rng.below(KEPT);
            self.updates.swap_remove(oldest);
        }
    }

    /// The next frame, and what it is counted as.
    pub(crate) fn frame(&mut self, view: &View) -> (Kind, Bytes) {
        match self.rng.below(20) {
            0..10 => (Kind::Update, self.update(view)),
            10..13 => (Kind::StateVector, self.state_vector(view)),
            13..16 => (Kind::Awareness, self.awareness(view)),
            _ => (Kind::Frame, self.damaged()),
        }
    }

    fn update(&mut self, view: &View) -> Bytes {
        let mut forged = match self.rng.below(8) {
            0 => self.recombined(),
            _ => self.invented(view),
        };
        if self.rng.one_in(3) {
            self.alter(&mut forged);
        }
        let mut bytes = forged.encode();
        if self.rng.one_in(8) {
            self.damage(&mut bytes);
        }
        if self.rng.one_in(6) {
            Frame::SyncStep2(&bytes).encode()
        } else {
            Frame::Update(&bytes).encode()
        }
    }

    /// Parts of updates that were seen, put together anew.
    fn recombined(&mut self) -> Forged {
        let mut forged = Forged::default();
        for _ in 0..=self.rng.below(2) {
            let part = &self.updates[self.rng.below(self.updates.len())];
            forged.sections.extend(part.sections.iter().cloned());
            forged.deletes.extend(part.deletes.iter().cloned());
        }
        let mut seen = std::collections::BTreeSet::new();
        forged.sections.retain(|section| seen.insert(section.client));
        forged
    }

    /// An update that fits the document, as far as numbers tell: any known unit as an origin.
    fn invented(&mut self, view: &View) -> Forged {
        let mut forged = Forged::default();
        if !self.rng.one_in(6) {
            let (client, clock) = self.writer(view);
            let mut structs = Vec::new();
            let mut end = clock;
            for _ in 0..=self.rng.below(5) {
                let part = self.part(view, (client, end));
                end += part.units();
                structs.push(part);
            }
            forged.sections.push(Section { client, clock, structs });
        }
        if self.rng.one_in(3) {
            let (client, end) = self.known(view);
            let ranges = (0..=self.rng.below(3)).map(|_| (self.clock(end), 1 + self.small()));
            forged.deletes.push((client, ranges.collect()));
        }
        forged
    }

    /// Mostly the attacker's own id; also somebody else's, and one that nobody has.
    fn writer(&mut self, view: &View) -> Id {
        match self.rng.below(12) {
            0 => self.known(view),
            1 => (self.rng.any() >> 32, 0),
            2 => (self.boundary(), 0),
            _ => {
                let own = view.clocks.iter().find(|(client, _)| *client == view.own);
                let end = own.map_or(0, |&(_, clock)| clock);
                let back = if self.rng.one_in(6) { self.small() } else { 0 };
                (view.own, end.saturating_sub(back))
            }
        }
    }

    fn part(&mut self, view: &View, (client, clock): Id) -> Struct {
        let content = match self.rng.below(10) {
            0 => Content::Collected(1 + self.small()),
            1 => Content::Deleted(1 + self.small()),
            2 if self.rng.one_in(10) => Content::Other(self.rng.below(11) as u8, vec![1, 1, 1]),
            _ => Content::Text(self.rng.pick(&TEXTS).repeat(1 + self.rng.below(3))),
        };
        let mut place = || match self.rng.below(8) {
            0 | 1 => None,
            2 | 3 if clock > 0 => Some((client, clock - 1)),
            _ => {
                let (client, end) = self.known(view);
                Some((client, self.clock(end)))
            }
        };
        Struct { origin: place(), right: place(), content }
    }

    fn known(&mut self, view: &View) -> Id {
        if view.clocks.is_empty() { (view.own, 0) } else { self.rng.pick(view.clocks) }
    }

    /// A clock below `end`, and now and then one on the edge of it.
    fn clock(&mut self, end: u64) -> u64 {
        match self.rng.below(20) {
            0 => end,
            1 => end.saturating_sub(1),
            2 => 0,
            _ => self.rng.below(end.max(1) as usize) as u64,
        }
    }

    fn small(&mut self) -> u64 {
        self.rng.below(4) as u64
    }

    fn boundary(&mut self) -> u64 {
        let near = self.rng.pick(&BOUNDARIES);
        near.wrapping_add(self.rng.below(3) as u64).wrapping_sub(1)
    }

    /// Puts another number, or another order, somewhere into an update.
    fn alter(&mut self, forged: &mut Forged) {
        let number = self.boundary();
        let (what, at, or) = (self.rng.below(9), self.rng.any() as usize, self.rng.any() as usize);
        let sections = forged.sections.len();
        if let Some(section) = forged.sections.get_mut(at % sections.max(1)) {
            let structs = section.structs.len();
            let part = section.structs.get_mut(or % structs.max(1));
            match (what, part) {
                (0, _) => section.client = number,
                (1, _) => section.clock = number,
                (2, Some(part)) => part.origin = Some((section.client, number)),
                (3, Some(part)) => part.right = Some((section.client, number)),
                (4, Some(part)) => std::mem::swap(&mut part.origin, &mut part.right),
                (5, Some(part)) => part.content = Content::Deleted(number),
                (6, Some(part)) => part.content = Content::Collected(number),
                (7, _) => section.structs.reverse(),
                _ => section.structs.extend_from_within(..),
            }
        }
        let deletes = forged.deletes.len();
        if let Some((client, ranges)) = forged.deletes.get_mut(at % deletes.max(1)) {
            match what {
                0 => *client = number,
                1 => ranges.push((number, 1)),
                2 => ranges.push((0, number)),
                3 => ranges.clear(),
                _ => {}
            }
        }
    }

    fn state_vector(&mut self, view: &View) -> Bytes {
        let mut entries: Vec<Id> = view.clocks.to_vec();
        for entry in &mut entries {
            if self.rng.one_in(3) {
                entry.1 = self.clock(entry.1 + 2);
            }
        }
        for _ in 0..self.rng.below(3) {
            entries.push((self.boundary(), self.boundary()));
        }
        let mut bytes = forge::state_vector(entries.into_iter());
        if self.rng.one_in(3) {
            self.damage(&mut bytes);
        }
        Frame::SyncStep1(&bytes).encode()
    }

    fn awareness(&mut self, view: &View) -> Bytes {
        let mut entries = Vec::new();
        for _ in 0..=self.rng.below(3) {
            let client = if self.rng.one_in(2) { view.own } else { self.known(view).0 };
            let clock = match self.rng.below(4) {
                0 => self.boundary(),
                _ => self.rng.below(3_000) as u64,
            };
            let state = self.rng.pick(&STATES).to_owned();
            entries.push(Entry { client, clock, state });
        }
        let mut bytes = presence::encode(entries.iter());
        if self.rng.one_in(2) {
            self.damage(&mut bytes);
        }
        Frame::Awareness(&bytes).encode()
    }

    fn damaged(&mut self) -> Bytes {
        let mut bytes = self.frames[self.rng.below(self.frames.len())].to_vec();
        self.damage(&mut bytes);
        bytes.into()
    }

    /// A few bytes flipped, cut, doubled or put in.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.rng.below(3) {
            let at = self.rng.below(bytes.len() + 1);
            match self.rng.below(6) {
                0 if at < bytes.len() => bytes[at] = self.rng.any() as u8,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, self.rng.any() as u8),
                3 if at < bytes.len() => bytes[at] ^= 1 << self.rng.below(8),
                4 => {
                    let mut number = Vec::new();
                    forge::number(&mut number, self.boundary());
                    let end = (at + self.rng.below(3)).min(bytes.len());
                    bytes.splice(at..end, number);
                }
                _ => {
                    let end = at + self.rng.below(bytes.len() - at + 1);
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
    }
}
