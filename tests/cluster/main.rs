//! Several servers on one PostgreSQL and one NATS, all of them real processes, while seeded faults
//! happen between them: nothing that was acknowledged is lost, nothing is there twice, all agree in the
//! end, and never do two drive.
//!
//! Lines between programs fail in proxies of our own (`door.rs`), which needs no privilege and no network
//! namespace; clocks are wrong through a library (`clock.c`).
#![forbid(unsafe_code)]

mod door;
mod ledger;
mod node;
mod plan;
mod plant;
mod scenario;
mod stage;
mod talk;
mod world;
mod writers;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use tokio::task::JoinSet;

use crate::plan::{Plan, Shape};
use crate::plant::Plant;
use crate::scenario::Outcome;
use crate::world::World;

/// Let things go wrong between several servers, and look for what is lost
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask cluster")]
struct Cli {
    /// How many scenarios; each has the number after the one before
    #[arg(long, default_value_t = 6)]
    scenarios: u64,
    /// Number of the first scenario, which decides everything in it
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// How many servers share the decks; 1 is a server alone, with a file
    #[arg(long, default_value_t = 2)]
    nodes: usize,
    /// Scenarios that run at the same time, each on machines of its own
    #[arg(long, default_value_t = 2)]
    at_once: u64,
    /// The server's binary
    #[arg(long, env = "ONDECK_BIN", value_name = "FILE")]
    server: PathBuf,
    /// The binary of the version before: rolling restarts begin with it
    #[arg(long, value_name = "FILE")]
    older: Option<PathBuf>,
    /// Put a fault into each scenario, and see that it is found
    #[arg(long)]
    plant: Option<Plant>,
    /// Put each fault into a scenario of its own, and see that all are found
    #[arg(long)]
    self_test: bool,
}

/// People of a server that was killed are back after this long, at the 95th percentile, while nothing
/// else is wrong.
const BACK_WITHIN: Duration = Duration::from_secs(6);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    ensure!(cli.nodes > 0, "a cluster has a server at least");
    if !cli.self_test {
        return run(cli).await;
    }
    for plant in [Plant::Lost, Plant::Doubled, Plant::Driver] {
        run(Cli { scenarios: 1, plant: Some(plant), ..cli.clone() }).await?;
    }
    run(cli).await
}

/// What all scenarios gave.
#[derive(Default)]
struct Sum {
    scenarios: u64,
    edits: usize,
    terms: usize,
    agreed: Vec<Duration>,
    back: Vec<Duration>,
    back_in_trouble: Vec<Duration>,
    failed: Vec<u64>,
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let started = Instant::now();
    let (next, sum) = (Arc::new(AtomicU64::new(cli.from)), Arc::<Mutex<Sum>>::default());
    let mut workers = JoinSet::new();
    for _ in 0..cli.at_once.min(cli.scenarios) {
        let (cli, next, sum) = (cli.clone(), Arc::clone(&next), Arc::clone(&sum));
        workers.spawn(async move { work(&cli, &next, &sum).await });
    }
    for worked in workers.join_all().await {
        worked?;
    }
    let mut sum = std::mem::take(&mut *sum.lock().unwrap_or_else(PoisonError::into_inner));
    if cli.plant.is_none() {
        write!(std::io::stdout(), "{}", sum.report(&cli, started.elapsed()))?;
    }
    if !sum.failed.is_empty() {
        bail!(
            "scenarios {:?} failed\nhint: `--nodes {} --scenarios 1 --from SEED` runs one again",
            sum.failed,
            cli.nodes
        );
    }
    let slowest = percentile(&mut sum.back, 0.95);
    ensure!(slowest <= BACK_WITHIN, "people were back after {slowest:.1?} (p95): too late");
    Ok(())
}

/// Runs scenarios one after the other on machines of its own. They are made anew after a failure.
async fn work(cli: &Cli, next: &AtomicU64, sum: &Mutex<Sum>) -> anyhow::Result<()> {
    let shape = Shape { nodes: cli.nodes, is_shared: cli.nodes > 1, has_clock: true };
    let mut world: Option<Arc<World>> = None;
    loop {
        let seed = next.fetch_add(1, Ordering::SeqCst);
        if seed >= cli.from + cli.scenarios {
            return Ok(());
        }
        let here = match world.take() {
            Some(world) => world,
            None => Arc::new(World::start(shape, &cli.server, cli.older.clone()).await?),
        };
        let mut plan = Plan::new(seed, here.shape);
        if cli.plant.is_some() {
            plan.faults.clear();
        }
        let outcome = scenario::run(&here, &plan, cli.plant).await;
        let outcome = expected(outcome, cli.plant);
        let line = match cli.plant.filter(|_| outcome.is_ok()) {
            Some(plant) => format!("put in and found: {plant:?}"),
            None => describe(&plan, &outcome),
        };
        let words = if outcome.is_err() { here.last_words().await } else { String::new() };
        writeln!(std::io::stdout(), "{line}{words}")?;
        // Whatever went wrong may have left something behind.
        world = Some(here).filter(|_| outcome.is_ok() && cli.plant.is_none());
        sum.lock().unwrap_or_else(PoisonError::into_inner).add(seed, outcome);
    }
}

/// With a planted fault, to be found is what was wanted.
fn expected(outcome: anyhow::Result<Outcome>, plant: Option<Plant>) -> anyhow::Result<Outcome> {
    let Some(plant) = plant else { return outcome };
    let words = format!("{:#}", outcome.err().context("the planted fault was not found")?);
    ensure!(plant.is_found_by(&words), "something else was found: {words}");
    Ok(Outcome::default())
}

fn describe(plan: &Plan, outcome: &anyhow::Result<Outcome>) -> String {
    let faults: Vec<String> = plan.faults.iter().map(|fault| fault.what.to_string()).collect();
    let faults = if faults.is_empty() { "nothing".to_owned() } else { faults.join(", ") };
    let head = format!("{:>5}  {} writers, {faults}", plan.seed, plan.writers);
    match outcome {
        Ok(outcome) => {
            let back = outcome.back.iter().chain(&outcome.back_in_trouble).max();
            let back = back.map_or(String::new(), |back| format!(", people back in {back:.1?}"));
            let Outcome { edits, terms, agreed, .. } = outcome;
            format!("{head}: {edits} edits, {terms} terms, all agree after {agreed:.1?}{back}")
        }
        Err(error) => format!("{head}: FAILED: {error:#}\n"),
    }
}

impl Sum {
    fn add(&mut self, seed: u64, outcome: anyhow::Result<Outcome>) {
        self.scenarios += 1;
        match outcome {
            Ok(outcome) => {
                self.edits += outcome.edits;
                self.terms += outcome.terms;
                self.agreed.push(outcome.agreed);
                self.back.extend(outcome.back);
                self.back_in_trouble.extend(outcome.back_in_trouble);
            }
            Err(_) => self.failed.push(seed),
        }
    }

    fn report(&mut self, cli: &Cli, took: Duration) -> String {
        let mut times = |name, which: fn(&mut Self) -> &mut Vec<Duration>| {
            let times = which(self);
            let count = times.len();
            let mut at = |share| percentile(times, share);
            format!("{name:44} {:>8.1?} {:>8.1?} {:>8.1?}  ({count})\n", at(0.5), at(0.95), at(1.0))
        };
        let table = [
            times("until all agree, once all works", |sum| &mut sum.agreed),
            times("from a kill until its people are back", |sum| &mut sum.back),
            times("the same, with other faults meanwhile", |sum| &mut sum.back_in_trouble),
        ]
        .concat();
        let Self { scenarios, edits, terms, failed, .. } = self;
        format!(
            "{scenarios} scenarios with {} server(s) in {took:.0?}, seeds from {}: {edits} \
             acknowledged edits, {terms} terms; {} failed; in the others no \
             acknowledged edit is lost, none is there twice, all agree, and one drives\n{:44} {:>8} {:>8} {:>8}\n{table}",
            cli.nodes,
            cli.from,
            failed.len(),
            "",
            "p50",
            "p95",
            "most"
        )
    }
}

fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let index = (times.len() as f64 * share) as usize;
    times.get(index.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
