//! Two people who write in a deck of their own all the while, and how long their text takes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use client::{Client, TextHook};
use collab::access::Role;
use collab::doc::TextEdit;
use tests::new_deck;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};

/// One edit in this time: enough for percentiles of a short look.
const EVERY: Duration = Duration::from_millis(5);
/// The text is taken away when it is as long, so that it stays a small deck.
const MOST_EDITS: usize = 500;

/// When an edit was made, and how long something took from then on.
type Times = Arc<Mutex<Vec<(Instant, Duration)>>>;

/// The two.
pub(crate) struct Pair {
    /// Until it reached the other one.
    arrivals: Times,
    /// Until the server said that it is stored.
    acknowledged: Times,
    writing: JoinHandle<anyhow::Result<()>>,
}

impl Pair {
    pub(crate) async fn start(server: &str) -> anyhow::Result<Self> {
        let deck = new_deck(server, "").await?;
        let (arrivals, acknowledged) = (Times::default(), Times::default());
        let sent = Arc::<Mutex<Option<Instant>>>::default();
        let hook = hear(Arc::clone(&arrivals), Arc::clone(&sent));
        let bob = Client::open_with(tests::options(server, &deck, "Bob", Role::Edit), Some(hook));
        let alice = Client::open(tests::options(server, &deck, "Alice", Role::Edit));
        bob.saved().await?;
        alice.saved().await?;
        #[expect(clippy::disallowed_methods, reason = "it is awaited in `stop`")]
        let writing = tokio::spawn(write(alice, bob, sent, Arc::clone(&acknowledged)));
        Ok(Self { arrivals, acknowledged, writing })
    }

    /// Looks on for a time and gives the 99th percentile of what was written in it, in milliseconds.
    pub(crate) async fn watch(&self, time: Duration) -> f64 {
        let start = Instant::now();
        sleep(time).await;
        percentile(&self.arrivals, start)
    }

    /// The same, until the server said that it is stored.
    pub(crate) async fn watch_acknowledgements(&self, time: Duration) -> f64 {
        let start = Instant::now();
        sleep(time).await;
        percentile(&self.acknowledged, start)
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.writing.abort();
        match self.writing.await {
            Ok(written) => written,
            Err(_) => Ok(()),
        }
    }
}

/// The 99th percentile of what was made since then; all before is forgotten.
fn percentile(times: &Times, start: Instant) -> f64 {
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    let mut took: Vec<Duration> =
        times.drain(..).filter(|(made, _)| *made >= start).map(|(_, took)| took).collect();
    took.sort();
    let at = (took.len() * 99 / 100).min(took.len().saturating_sub(1));
    took.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
}

/// Notes how long the last edit took; one is on its way at a time.
fn hear(arrivals: Times, sent: Arc<Mutex<Option<Instant>>>) -> TextHook {
    Box::new(move |_| {
        if let Some(made) = sent.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.push((made, made.elapsed()));
        }
    })
}

async fn write(
    alice: Client,
    // Who listens has to stay.
    _bob: Client,
    sent: Arc<Mutex<Option<Instant>>>,
    acknowledged: Times,
) -> anyhow::Result<()> {
    let mut ticks = interval(EVERY);
    for number in 0.. {
        ticks.tick().await;
        let waiting = {
            let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = sent.is_some();
            sent.get_or_insert_with(Instant::now);
            waiting
        };
        if waiting {
            continue;
        }
        let delete = if number % MOST_EDITS == 0 { u32::MAX } else { 0 };
        let made = Instant::now();
        alice.edit(vec![TextEdit { at: 0, delete, insert: "word ".to_owned() }]).await?;
        alice.saved().await?;
        let mut acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.push((made, made.elapsed()));
    }
    Ok(())
}
