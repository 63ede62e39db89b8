//! One round: everybody joins, writers write at a steady rate, every arrival is timed.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use client::{Client, TextHook};
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::Status;
use futures_util::future::join_all;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::flood;
use crate::process::Target;

/// How long arrivals are awaited after the last edit.
const SETTLE: Duration = Duration::from_secs(10);

/// What the load is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Load {
    /// Decks that are open at once
    #[arg(long, default_value_t = 1)]
    rooms: usize,
    /// Writers in each deck
    #[arg(long, default_value_t = 30)]
    writers: usize,
    /// Others in each deck who read along as editors do, and write nothing
    #[arg(long, default_value_t = 20)]
    followers: usize,
    /// Edits that each writer makes in a second
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// How long they write
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Characters in each deck at the start
    #[arg(long, default_value_t = 20_000)]
    text: usize,
    /// Further connections to each deck that send as much as they can
    #[arg(long, default_value_t = 0)]
    flooders: usize,
}

impl Load {
    /// The text of each deck at the start.
    pub(crate) fn text(&self) -> String {
        "- a line of a deck like many others\n".repeat(self.text / 36 + 1)
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rooms, writers, followers, rate, seconds, text, flooders } = self;
        write!(
            f,
            "{rooms} deck(s) of {text} characters, in each {writers} writers × {rate} edits/s and \
             {followers} followers and {flooders} flooders, {seconds} s"
        )
    }
}

/// Milliseconds at some percentiles.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// What one round gave.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Round {
    pub(crate) server: &'static str,
    pub(crate) edits: u64,
    pub(crate) deliveries: u64,
    /// Deliveries that had not come when the round ended.
    pub(crate) missing: u64,
    /// From an edit to its arrival in another replica.
    pub(crate) propagation_ms: Percentiles,
    /// Of those, only arrivals on another node than that of the writer.
    pub(crate) across_ms: Option<Percentiles>,
    /// From an edit until it is stored, as one writer of each deck hears of it.
    pub(crate) acknowledge_ms: Percentiles,
    /// From opening the socket to the whole deck, one after the other.
    pub(crate) join_ms: Percentiles,
    pub(crate) received_bytes: u64,
    pub(crate) cpu_us_per_delivery: Option<f64>,
    pub(crate) memory_mb: Option<f64>,
}

/// When each edit was made, and how long each of its arrivals took.
struct Clock {
    start: Instant,
    made: Vec<AtomicU64>,
    /// On which node each was made.
    node: Vec<AtomicUsize>,
    next: AtomicU64,
    arrivals: Mutex<Vec<Arrival>>,
    acknowledged: Mutex<Vec<u32>>,
}

#[derive(Clone, Copy)]
struct Arrival {
    micros: u32,
    /// On another node.
    across: bool,
}

/// Every edit inserts its number in this many characters.
const TOKEN: usize = 8;

impl Clock {
    fn new(most_edits: usize) -> Self {
        Self {
            start: Instant::now(),
            made: (0..most_edits).map(|_| AtomicU64::new(0)).collect(),
            node: (0..most_edits).map(|_| AtomicUsize::new(0)).collect(),
            next: AtomicU64::new(0),
            arrivals: Mutex::default(),
            acknowledged: Mutex::default(),
        }
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn edit(&self, at: u32, node: usize) -> Option<TextEdit> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.node.get(number as usize)?.store(node, Ordering::Relaxed);
        self.made.get(number as usize)?.store(self.now(), Ordering::Relaxed);
        Some(TextEdit::insert(at, &format!("{number:0TOKEN$x}")))
    }

    fn arrived(&self, node: usize, edits: &[TextEdit]) {
        let now = self.now();
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        for edit in edits.iter().filter(|edit| edit.insert.len() == TOKEN) {
            let number = usize::from_str_radix(&edit.insert, 16).ok();
            if let Some(number) = number.filter(|number| *number < self.made.len()) {
                arrivals.push(Arrival {
                    micros: (now - self.made[number].load(Ordering::Relaxed)) as u32,
                    across: self.node[number].load(Ordering::Relaxed) != node,
                });
            }
        }
    }

    fn deliveries(&self) -> usize {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Loads servers that serve the same decks, or one, and measures them. People come to one after the
/// other in turn.
pub(crate) async fn run(load: &Load, targets: &[Target]) -> anyhow::Result<Round> {
    let total = load.rooms * load.writers;
    let clock = Arc::new(Clock::new((total as f64 * load.rate * load.seconds as f64) as usize));
    let mut joins = Vec::new();
    let mut rooms = Vec::new();
    let mut flooding = JoinSet::new();
    for _ in 0..load.rooms {
        let deck = targets[0].make_deck(&load.text()).await?;
        rooms.push(open_room(load, targets, &clock, &deck, &mut joins).await?);
        flood::start(&mut flooding, &targets[0], &deck, load.flooders);
    }
    let cpu_seconds = || targets.iter().map(Target::cpu_seconds).sum::<Option<f64>>();
    let cpu_before = cpu_seconds();
    join_all(
        rooms.iter().flat_map(|room| room[..load.writers].iter().enumerate()).enumerate().map(
            |(number, (place, writer))| {
                let writer = Place { client: writer, node: place % targets.len(), number: place };
                write_on(load, &clock, number as f64 / total as f64, writer)
            },
        ),
    )
    .await;
    let edits = clock.next.load(Ordering::Relaxed).min(clock.made.len() as u64);
    let expected = edits * (load.writers + load.followers - 1) as u64;
    let waited = Instant::now();
    while (clock.deliveries() as u64) < expected && waited.elapsed() < SETTLE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let cpu = cpu_seconds().zip(cpu_before).map(|(after, before)| after - before);
    let arrivals =
        std::mem::take(&mut *clock.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
    let mut acknowledged =
        std::mem::take(&mut *clock.acknowledged.lock().unwrap_or_else(PoisonError::into_inner));
    let micros = |only_across: bool| {
        let wanted = arrivals.iter().filter(|arrival| arrival.across || !only_across);
        wanted.map(|arrival| arrival.micros).collect::<Vec<_>>()
    };
    let deliveries = arrivals.len() as u64;
    let received = |client: &Client| client.traffic().received.load(Ordering::Relaxed);
    Ok(Round {
        server: targets[0].name,
        edits,
        deliveries,
        missing: expected.saturating_sub(deliveries),
        propagation_ms: percentiles(&mut micros(false)),
        across_ms: (targets.len() > 1).then(|| percentiles(&mut micros(true))),
        acknowledge_ms: percentiles(&mut acknowledged),
        join_ms: percentiles(&mut joins),
        received_bytes: rooms.iter().flatten().map(received).sum(),
        cpu_us_per_delivery: cpu.map(|cpu| cpu * 1e6 / deliveries.max(1) as f64),
        memory_mb: targets.iter().filter_map(Target::memory_mb).reduce(f64::max),
    })
}

/// Everybody of one room, writers first.
async fn open_room(
    load: &Load,
    targets: &[Target],
    clock: &Arc<Clock>,
    deck: &str,
    joins: &mut Vec<u32>,
) -> anyhow::Result<Vec<Client>> {
    let mut clients = Vec::new();
    for number in 0..load.writers + load.followers {
        let role = if number < load.writers { Role::Edit } else { Role::Follow };
        // Followers begin where writers end: as many of each come to every node.
        let node =
            if number < load.writers { number } else { number - load.writers } % targets.len();
        let options = tests::options(&targets[node].address, deck, "load", role);
        let clock = Arc::clone(clock);
        let hook: TextHook = Box::new(move |edits| clock.arrived(node, edits));
        let before = Instant::now();
        let client = Client::open_with(options, Some(hook));
        client.wait_until(|replica| replica.status() == Status::Saved).await?;
        joins.push(before.elapsed().as_micros() as u32);
        clients.push(client);
    }
    Ok(clients)
}

/// Somebody who writes.
struct Place<'a> {
    client: &'a Client,
    /// To which they are connected.
    node: usize,
    /// Among those of the deck.
    number: usize,
}

/// Writes at a steady rate. `phase` (0 to 1) spreads the writers over the time between edits.
async fn write_on(load: &Load, clock: &Clock, phase: f64, writer: Place<'_>) {
    let period = Duration::from_secs_f64(1.0 / load.rate);
    let start = tokio::time::Instant::now() + period.mul_f64(phase);
    let mut ticks = tokio::time::interval_at(start, period);
    let place = (phase * load.text as f64) as u32;
    for _ in 0..(load.rate * load.seconds as f64) as usize {
        ticks.tick().await;
        let Some(edit) = clock.edit(place, writer.node) else { return };
        let before = Instant::now();
        if writer.client.edit(vec![edit]).await.is_err() {
            return;
        }
        // To look after each message is too much for all of them to do.
        if writer.number == 0 {
            if writer.client.wait_until(|replica| replica.unsaved() == 0).await.is_err() {
                return;
            }
            let took = before.elapsed().as_micros() as u32;
            clock.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(took);
        }
    }
}

pub(crate) fn percentiles(micros: &mut [u32]) -> Percentiles {
    micros.sort_unstable();
    let at = |share: f64| {
        let index = (micros.len() as f64 * share) as usize;
        micros.get(index.min(micros.len().saturating_sub(1))).map_or(0.0, |&us| f64::from(us) / 1e3)
    };
    Percentiles { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}
