//! An honest writer and an attacker in one room: nothing may panic, take long or much memory, wait
//! for what never comes, or hurt the writer; and what is stored must read back to the live text.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use bytes::Bytes;
use collab::access::Role;
use collab::client_id::ClientIds;
use collab::doc::{DeckDoc, TextEdit};
use collab::room::{Effect, Event, PeerId, Protocol, Room, RoomOptions};
use collab::testing::Rng;
use collab::wire::Frame;
use tests::forge::{self, Id};

use crate::mutate::{Kind, Mutator, View};

const VICTIM: PeerId = PeerId(1);
const VICTIM_CLIENT: u64 = 7;
/// Frames that one room gets before a new one is opened.
const ROUND: u64 = 1_000;
/// The honest writer types once in so many frames.
const TYPES_EVERY: u64 = 50;
/// Nothing may take longer, when the program is optimised.
const SLOW: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 100 });
/// A machine that does something else may slow anything down once, but not so often.
const TRIES: usize = 3;
/// The program may never hold so much more than at its start.
const MOST_GROWTH_MB: f64 = 64.0;

/// What all rounds came to.
#[derive(Default)]
struct Total {
    executions: BTreeMap<Kind, u64>,
    applied: u64,
    closed: u64,
    slowest: Duration,
    /// Rooms whose document a fresh replica would read otherwise.
    refused: Vec<u64>,
    /// Those of them in which the writer was shut out, or saw another text.
    hurt: u64,
}

/// Attacks rooms; fails with the seed of the round that broke.
pub(crate) fn rooms(frames: u64, seed: u64) -> anyhow::Result<()> {
    let (start, mut random, mut done) = (Instant::now(), Rng::new(seed), 0);
    let mut total = Total::default();
    let before = peak_mb()?;
    while done < frames {
        let seed = random.any();
        attempt(seed, &mut total).with_context(|| format!("seed {seed}"))?;
        let growth = peak_mb()? - before;
        ensure!(growth < MOST_GROWTH_MB, "seed {seed}: {growth:.0} MB more than at the start");
        done += ROUND;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    let mut out = std::io::stdout();
    writeln!(out, "{done} frames in {} rooms, {rate:.0}/s, seed {seed}", done / ROUND)?;
    for (kind, count) in &total.executions {
        writeln!(out, "  {count:>10} × {kind:?}")?;
    }
    writeln!(
        out,
        "nothing broke; {} frames changed a deck, {} connections were closed, the slowest frame \
         took {:.1} ms, {:.1} MB more memory; {} snapshots refused (the writer \
         noticed {}) {:?}",
        total.applied,
        total.closed,
        total.slowest.as_secs_f64() * 1e3,
        peak_mb()? - before,
        total.refused.len(),
        total.hurt,
        total.refused.iter().take(5).collect::<Vec<_>>(),
    )?;
    Ok(())
}

/// Plays a round, again when a frame was slow: chance does not strike the same frame each time.
fn attempt(seed: u64, total: &mut Total) -> anyhow::Result<()> {
    let mut slow = Vec::new();
    for _ in 0..TRIES {
        let round = catch_unwind(AssertUnwindSafe(|| Round::new(seed).play(false)));
        let round = round.map_err(|_| anyhow!("it panicked"))??;
        slow.push(round.slow);
        if round.slow.is_some() {
            continue;
        }
        for (&kind, count) in &round.executions {
            *total.executions.entry(kind).or_default() += count;
        }
        total.applied += round.applied;
        total.closed += round.closed;
        total.slowest = total.slowest.max(round.slowest);
        total.hurt += u64::from(round.hurt);
        if round.is_diverged() {
            total.refused.push(seed);
        }
        return Ok(());
    }
    Err(anyhow!("frames {slow:?} took longer than {SLOW:?}"))
}

/// Plays one round and stops at the first update after which a fresh replica reads otherwise.
pub(crate) fn explain(seed: u64) -> anyhow::Result<()> {
    let round = Round::new(seed).play(true)?;
    writeln!(std::io::stdout(), "a fresh replica reads the same: {}", round.room.text())?;
    Ok(())
}

struct Round {
    room: Room,
    /// What the honest writer has; it hears the room like everybody.
    honest: DeckDoc,
    mutator: Mutator,
    attacker: Option<PeerId>,
    attackers: u64,
    effects: Vec<Effect>,
    executions: BTreeMap<Kind, u64>,
    applied: u64,
    closed: u64,
    slowest: Duration,
    slow: Option<u64>,
    /// The honest writer was, in a room that had diverged: the round ended there.
    hurt: bool,
}

impl Round {
    fn new(seed: u64) -> Self {
        let mut this = Self {
            room: Room::new(DeckDoc::new(1), options()),
            honest: DeckDoc::new(VICTIM_CLIENT),
            mutator: Mutator::new(Rng::new(seed), seeds()),
            attacker: None,
            attackers: VICTIM.0,
            effects: Vec::new(),
            executions: BTreeMap::new(),
            applied: 0,
            closed: 0,
            slowest: Duration::ZERO,
            slow: None,
            hurt: false,
        };
        this.join(VICTIM);
        this
    }

    fn play(mut self, explaining: bool) -> anyhow::Result<Self> {
        for step in 0..ROUND {
            if self.hurt {
                break;
            }
            if step % TYPES_EVERY == 0 {
                self.type_honestly()?;
            }
            let attacker = self.attacker();
            let clocks = clocks(&self.honest);
            let (kind, bytes) =
                self.mutator.frame(&View { clocks: &clocks, own: client_of(attacker) });
            let start = Instant::now();
            let changed = self.send(attacker, &bytes)?;
            let took = start.elapsed();
            self.slowest = self.slowest.max(took);
            if took > SLOW {
                self.slow = Some(step);
            }
            *self.executions.entry(kind).or_default() += 1;
            self.applied += u64::from(changed);
            ensure!(
                !explaining || !changed || self.room.snapshot().is_some(),
                "frame {step} makes it read otherwise: {:?}",
                taken_apart(&bytes)
            );
        }
        if !self.hurt && self.honest.text() != self.room.text() {
            ensure!(self.is_diverged(), "the writer sees another text");
            self.hurt = true;
        }
        Ok(self)
    }

    fn type_honestly(&mut self) -> anyhow::Result<()> {
        let at = self.mutator.rng.below(self.honest.len() as usize + 1) as u32;
        let edits = [TextEdit::insert(at, "honest 🚢 "), TextEdit::delete(0, 1)];
        let bytes = Frame::Update(&self.honest.edit(&edits)).encode();
        let arrived = self.send(VICTIM, &bytes)?;
        ensure!(arrived || self.hurt, "the writer's text did not arrive");
        self.mutator.learn(bytes);
        Ok(())
    }

    /// A fresh replica would read another text than the live one: an update claimed what cannot have
    /// been, and only a document that knows everybody's past could tell. See `explain`.
    fn is_diverged(&self) -> bool {
        self.room.snapshot().is_none()
    }

    /// The attacker, who joins again whenever they were thrown out.
    fn attacker(&mut self) -> PeerId {
        if let Some(attacker) = self.attacker {
            return attacker;
        }
        self.attackers += 1;
        let attacker = PeerId(self.attackers);
        self.join(attacker);
        self.attacker = Some(attacker);
        attacker
    }

    fn join(&mut self, peer: PeerId) {
        // Stock clients write with ids of their own: more that can be forged.
        let (role, protocol, random) = (Role::Present, Protocol::Yjs, peer.0);
        let principal = format!("{peer:?}");
        self.handle(Event::Join { peer, role, protocol, principal, name: None, random });
        let step_2 = Frame::SyncStep2(&[0, 0]).encode();
        self.handle(Event::Frame { peer, bytes: step_2 });
        if peer == VICTIM {
            let step_1 = Frame::SyncStep1(&[0]).encode();
            self.handle(Event::Frame { peer, bytes: step_1 });
        }
        self.effects.clear();
    }

    fn handle(&mut self, event: Event) {
        self.room.handle(event, &mut self.effects);
    }

    /// Sends a frame and carries out what follows; whether the document changed.
    fn send(&mut self, peer: PeerId, bytes: &Bytes) -> anyhow::Result<bool> {
        self.handle(Event::Frame { peer, bytes: bytes.clone() });
        let mut changed = false;
        while !self.effects.is_empty() {
            for effect in std::mem::take(&mut self.effects) {
                changed |= matches!(effect, Effect::Append { .. });
                self.carry_out(effect)?;
            }
        }
        Ok(changed)
    }

    fn carry_out(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Append { ticket, .. } => self.handle(Event::Appended { ticket }),
            Effect::Send { peer, bytes } if peer == VICTIM => self.hear(&bytes)?,
            Effect::SendAll { to, except, bytes, order } => {
                if except != Some(VICTIM) && self.room.hears(VICTIM, to, order) {
                    self.hear(&bytes)?;
                }
            }
            Effect::Close { peer, reason } => {
                if peer == VICTIM {
                    ensure!(self.is_diverged(), "the writer was thrown out: {reason}");
                    self.hurt = true;
                    return Ok(());
                }
                self.handle(Event::Leave { peer });
                self.attacker = None;
                self.closed += 1;
            }
            Effect::Send { .. } | Effect::Refused { .. } => {}
            Effect::Reload => return Err(anyhow!("an update broke the document")),
            // There is one node.
            Effect::ToNodes { .. } | Effect::Stage { .. } => {}
        }
        Ok(())
    }

    fn hear(&mut self, bytes: &Bytes) -> anyhow::Result<()> {
        if let Frame::Update(update) | Frame::SyncStep2(update) = Frame::decode(bytes)? {
            self.honest.apply_unchecked(update).context("the writer cannot read what is sent")?;
        }
        Ok(())
    }
}

fn taken_apart(bytes: &Bytes) -> Option<forge::Forged> {
    match Frame::decode(bytes) {
        Ok(Frame::Update(update) | Frame::SyncStep2(update)) => forge::Forged::decode(update),
        _ => None,
    }
}

fn options() -> RoomOptions {
    let (epoch, version) = (1, "fuzz".to_owned());
    let ids = ClientIds::new(&[7; 32], "fuzz");
    RoomOptions { epoch, version, ids, claims: BTreeMap::new(), node: None }
}

/// The client id that an attacker writes under.
fn client_of(peer: PeerId) -> u64 {
    100 + peer.0
}

fn clocks(doc: &DeckDoc) -> Vec<Id> {
    forge::read_state_vector(&doc.state_vector()).unwrap_or_default()
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

/// The most memory that this program ever held, in megabytes; 0 where the kernel does not tell.
fn peak_mb() -> anyhow::Result<f64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0.0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no peak")?;
    Ok(kilobytes.parse::<f64>()? / 1024.0)
}

#[cfg(test)]
mod in_every_run {
    use super::*;

    #[test]
    fn ten_rooms_stand_ten_thousand_frames() {
        rooms(10_000, 1).unwrap();
    }
}
