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
    #[arg(long, default_value_t = SCENARIOS)]
    scenarios: u64,
    /// Number of the first scenario, which decides everything in it
    #[arg(long, value_name = "SEED", default_value_t = FROM)]
    from: u64,
    /// How many servers share the decks; 1 is a server alone, with a file [default: 2 and 3 take turns]
    #[arg(long)]
    nodes: Option<usize>,
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
/// How many servers there are when nobody says it: the fewest that share anything, and the fewest of which
/// two go on together without the third.
const SIZES: [usize; 2] = [2, 3];
/// The scenarios of a run that is not told more, which is one of the checks of every change. Among these few
/// is every kind of fault but a wrong clock, and at each size a node that is killed while nothing else is
/// wrong: without it nothing would be said of how soon people are back.
const SCENARIOS: u64 = 6;
const FROM: u64 = 358;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    ensure!(cli.nodes != Some(0), "a cluster has a server at least");
    if !cli.self_test {
        return run(cli).await;
    }
    for plant in [Plant::Lost, Plant::Doubled, Plant::Driver] {
        run(Cli { scenarios: 1, plant: Some(plant), ..cli.clone() }).await?;
    }
    run(cli).await
}

/// A scenario that is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Job {
    seed: u64,
    nodes: usize,
}

/// Those that nobody has begun.
struct Jobs(Mutex<Vec<Job>>);

impl Jobs {
    fn new(cli: &Cli) -> Self {
        let sizes = cli.nodes.map_or(SIZES.into(), |nodes| vec![nodes]);
        let jobs = (cli.from..cli.from + cli.scenarios)
            .map(|seed| Job { seed, nodes: sizes[seed as usize % sizes.len()] });
        Self(Mutex::new(jobs.collect()))
    }

    /// The next one with so many servers, so that machines are used again; otherwise any.
    fn next(&self, nodes: usize) -> Option<Job> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = jobs.iter().position(|job| job.nodes == nodes).unwrap_or_default();
        (!jobs.is_empty()).then(|| jobs.remove(fits))
    }
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
    failed: Vec<Job>,
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let started = Instant::now();
    let (jobs, sum) = (Arc::new(Jobs::new(&cli)), Arc::<Mutex<Sum>>::default());
    let mut workers = JoinSet::new();
    for number in 0..cli.at_once.min(cli.scenarios) {
        let (cli, jobs, sum) = (cli.clone(), Arc::clone(&jobs), Arc::clone(&sum));
        // Each begins with machines of another size.
        let nodes = SIZES[number as usize % SIZES.len()];
        workers.spawn(async move { work(&cli, nodes, &jobs, &sum).await });
    }
    for worked in workers.join_all().await {
        worked?;
    }
    let mut sum = std::mem::take(&mut *sum.lock().unwrap_or_else(PoisonError::into_inner));
    if cli.plant.is_none() {
        write!(std::io::stdout(), "{}", sum.report(&cli, started.elapsed()))?;
    }
    if !sum.failed.is_empty() {
        let again = |job: &Job| format!("--nodes {} --from {}", job.nodes, job.seed);
        let again: Vec<String> = sum.failed.iter().map(again).collect();
        bail!(
            "{} scenarios failed\nhint: `--scenarios 1` runs one again, with {}",
            again.len(),
            again.join(" or ")
        );
    }
    if let Some(slowest) = percentile(&mut sum.back, 0.95) {
        ensure!(slowest <= BACK_WITHIN, "people were back after {slowest:.1?} (p95): too late");
    }
    let is_usual = (cli.scenarios, cli.from, cli.nodes) == (SCENARIOS, FROM, None);
    ensure!(
        !is_usual || cli.plant.is_some() || !sum.back.is_empty(),
        "nobody was on a node that was killed while nothing else was wrong: nothing is known of how soon \
         people are back"
    );
    Ok(())
}

/// Runs scenarios one after the other on machines of its own. They are made anew after a failure.
async fn work(cli: &Cli, first: usize, jobs: &Jobs, sum: &Mutex<Sum>) -> anyhow::Result<()> {
    let (mut nodes, mut world) = (first, None::<Arc<World>>);
    while let Some(job) = jobs.next(nodes) {
        let seed = job.seed;
        nodes = job.nodes;
        let here = match world.take().filter(|world| world.shape.nodes == nodes) {
            Some(world) => world,
            None => {
                let shape = Shape { nodes, is_shared: nodes > 1, has_clock: true };
                Arc::new(World::start(shape, &cli.server, cli.older.clone()).await?)
            }
        };
        let mut plan = Plan::new(seed, here.shape);
        if cli.plant.is_some() {
            plan.faults.clear();
        }
        let outcome = scenario::run(&here, &plan, cli.plant).await;
        let outcome = expected(outcome, cli.plant);
        let line = match cli.plant.filter(|_| outcome.is_ok()) {
            Some(plant) => format!("put in and found: {plant:?}"),
            None => describe(job, &plan, &outcome),
        };
        let words = if outcome.is_err() { here.last_words().await } else { String::new() };
        writeln!(std::io::stdout(), "{line}{words}")?;
        // Whatever went wrong may have left something behind.
        world = Some(here).filter(|_| outcome.is_ok() && cli.plant.is_none());
        sum.lock().unwrap_or_else(PoisonError::into_inner).add(job, outcome);
    }
    Ok(())
}

/// With a planted fault, to be found is what was wanted.
fn expected(outcome: anyhow::Result<Outcome>, plant: Option<Plant>) -> anyhow::Result<Outcome> {
    let Some(plant) = plant else { return outcome };
    let words = format!("{:#}", outcome.err().context("the planted fault was not found")?);
    ensure!(plant.is_found_by(&words), "something else was found: {words}");
    Ok(Outcome::default())
}

fn describe(job: Job, plan: &Plan, outcome: &anyhow::Result<Outcome>) -> String {
    let faults: Vec<String> = plan.faults.iter().map(|fault| fault.what.to_string()).collect();
    let faults = if faults.is_empty() { "nothing".to_owned() } else { faults.join(", ") };
    let Job { seed, nodes } = job;
    let head = format!("{seed:>5}  {nodes} servers, {} writers, {faults}", plan.writers);
    match outcome {
        Ok(outcome) => {
            let back = outcome.back.iter().chain(&outcome.back_in_trouble);
            let (count, longest) = (back.clone().count(), back.max());
            let back = longest
                .map_or(String::new(), |back| format!(", {count} people back in {back:.1?}"));
            let Outcome { edits, terms, agreed, .. } = outcome;
            format!("{head}: {edits} edits, {terms} terms, all agree after {agreed:.1?}{back}")
        }
        Err(error) => format!("{head}: FAILED: {error:#}\n"),
    }
}

impl Sum {
    fn add(&mut self, job: Job, outcome: anyhow::Result<Outcome>) {
        self.scenarios += 1;
        match outcome {
            Ok(outcome) => {
                self.edits += outcome.edits;
                self.terms += outcome.terms;
                self.agreed.push(outcome.agreed);
                self.back.extend(outcome.back);
                self.back_in_trouble.extend(outcome.back_in_trouble);
            }
            Err(_) => self.failed.push(job),
        }
    }

    fn report(&mut self, cli: &Cli, took: Duration) -> String {
        let mut times = |name, which: fn(&mut Self) -> &mut Vec<Duration>| {
            let times = which(self);
            let count = times.len();
            let mut at = |share| match percentile(times, share) {
                Some(time) => format!("{time:.1?}"),
                None => "–".to_owned(),
            };
            let (half, most, all) = (at(0.5), at(0.95), at(1.0));
            format!("{name:44} {half:>8} {most:>8} {all:>8} {count:>8}\n")
        };
        let table = [
            times("until all agree, once all works", |sum| &mut sum.agreed),
            times("from a kill until its people are back", |sum| &mut sum.back),
            times("the same, with other faults meanwhile", |sum| &mut sum.back_in_trouble),
        ]
        .concat();
        let Self { scenarios, edits, terms, failed, .. } = self;
        let nodes = cli.nodes.map_or("2 and 3".to_owned(), |nodes| nodes.to_string());
        format!(
            "{scenarios} scenarios with {nodes} server(s) in {took:.0?}, seeds from {}: {edits} \
             acknowledged edits, {terms} terms; {} failed; in the others no \
             acknowledged edit is lost, none is there twice, all agree, and one drives\n{:44} {:>8} {:>8} {:>8} {:>8}\n{table}",
            cli.from,
            failed.len(),
            "",
            "p50",
            "p95",
            "most",
            "samples"
        )
    }
}

/// `None` of nothing: what was not seen is neither fast nor slow.
fn percentile(times: &mut [Duration], share: f64) -> Option<Duration> {
    times.sort_unstable();
    let index = (times.len() as f64 * share) as usize;
    times.get(index.min(times.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Fault;

    fn cli(args: &[&str]) -> Cli {
        let server = ["cluster", "--server", "ondeck"];
        Cli::try_parse_from(server.iter().chain(args)).unwrap()
    }

    fn sizes(args: &[&str]) -> Vec<usize> {
        let jobs = Jobs::new(&cli(args));
        std::iter::from_fn(|| jobs.next(3)).map(|job| job.nodes).collect()
    }

    #[test]
    fn half_of_the_scenarios_have_another_size_unless_it_is_said() {
        assert_eq!(sizes(&["--scenarios", "4"]), [3, 3, 2, 2]);
        assert_eq!(sizes(&["--scenarios", "2", "--nodes", "5"]), [5, 5]);
        // One that failed is the same one when it runs alone.
        assert_eq!(sizes(&["--scenarios", "1", "--from", "3"]), [3]);
    }

    /// Whether a node is killed, and other faults are over before or begin when people are back.
    fn kills_alone(plan: &Plan) -> bool {
        let within = Duration::from_secs(2);
        plan.faults.iter().enumerate().any(|(number, kill)| {
            let mut others = plan.faults.iter().enumerate().filter(|(other, _)| *other != number);
            matches!(kill.what, Fault::Kill(_))
                && others.all(|(_, other)| {
                    // What is started again takes longer than was planned.
                    kill.at + within < other.at || other.at + other.lasts + within < kill.at
                })
        })
    }

    #[test]
    fn the_usual_scenarios_have_all_but_wrong_clocks_and_a_kill_alone_at_each_size() {
        let jobs = Jobs::new(&cli(&[]));
        let plans = std::iter::from_fn(|| jobs.next(SIZES[0])).map(|job| {
            let shape = Shape { nodes: job.nodes, is_shared: true, has_clock: true };
            (job.nodes, Plan::new(job.seed, shape))
        });
        let plans: Vec<_> = plans.collect();
        for nodes in SIZES {
            let mut same = plans.iter().filter(|(other, _)| *other == nodes);
            assert!(same.any(|(_, plan)| kills_alone(plan)), "{nodes} servers");
        }
        let faults = plans.iter().flat_map(|(_, plan)| &plan.faults);
        let said: Vec<String> = faults.map(|fault| fault.what.to_string()).collect();
        for kind in ["kill", "drain", "pause", "rolling", "writer", "PostgreSQL", "NATS"] {
            assert!(said.iter().any(|fault| fault.starts_with(kind)), "{kind} in {said:?}");
        }
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(percentile(&mut [], 0.95), None);
        let mut times = [3, 1, 2].map(Duration::from_secs);
        assert_eq!(percentile(&mut times, 0.95), Some(Duration::from_secs(3)));
    }
}
