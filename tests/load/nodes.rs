//! The same load on one server and on several that share PostgreSQL and NATS, in turns: what the way
//! between them costs.

use std::fmt::Write as _;

use testbed::{Nats, Postgres};
use tests::SharedPlace;

use crate::measure::{self, Load, Round};
use crate::process::Target;
use crate::report::{ratio_of, times};

/// Names of the rounds.
const FILE: &str = "SQLite";
const ONE: &str = "one node";
const SEVERAL: &str = "nodes";
/// What a delivery on several nodes may cost at most, as a multiple of one on a single node.
const MOST_OVERHEAD: f64 = 1.25;

type Figure = fn(&Round) -> Option<f64>;

/// What nodes share.
pub(crate) struct Shared {
    /// Waits for the disk, as an operator's does.
    postgres: Postgres,
    pub(crate) nats: Nats,
}

impl Shared {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let started = tokio::task::spawn_blocking(|| {
            anyhow::Ok(Self { postgres: Postgres::start_durable()?, nats: Nats::start()? })
        });
        started.await?
    }

    /// Starts so many nodes on a database of their own.
    pub(crate) async fn nodes(
        &self,
        count: usize,
        name: &'static str,
    ) -> anyhow::Result<Vec<Target>> {
        let shared = SharedPlace { database: self.postgres.database()?, bus: self.nats.url() };
        let mut nodes = Vec::new();
        for _ in 0..count {
            nodes.push(Target::start_node(&shared, name).await?);
        }
        Ok(nodes)
    }
}

/// Measures a server with a file, one node, and all of them.
pub(crate) async fn run(load: &Load, count: usize, rounds: usize) -> anyhow::Result<Vec<Round>> {
    let shared = Shared::start().await?;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        let alone = Target::start("serve-ondeck", FILE).await?;
        measured.push(measure::run(load, &[alone]).await?);
        measured.push(measure::run(load, &shared.nodes(1, ONE).await?).await?);
        measured.push(measure::run(load, &shared.nodes(count, SEVERAL).await?).await?);
    }
    Ok(measured)
}

/// What the way between nodes costs, as multiples of one node in the same run.
pub(crate) fn ratios(rounds: &[Round]) -> String {
    let mut out = String::new();
    for round in rounds {
        if let Some(across) = &round.across_ms {
            let _ = writeln!(out, "from node to node: {} ms (p50 / p90 / p99)", times(across));
        }
    }
    let figures: [(_, Figure); 3] = [
        ("CPU per delivery", |round| round.cpu_us_per_delivery),
        ("p99 propagation", |round| Some(round.propagation_ms.p99)),
        ("p99 acknowledged", |round| Some(round.acknowledge_ms.p99)),
    ];
    for (what, figure) in figures {
        for (pair, words) in [([SEVERAL, ONE], "one node"), ([ONE, FILE], "a server with SQLite")] {
            if let Some(ratio) = ratio_of(rounds, pair, figure) {
                let _ = writeln!(out, "{what}: {}: {ratio:.2} × {words}", pair[0]);
            }
        }
    }
    let overhead = ratio_of(rounds, [SEVERAL, ONE], figures[0].1);
    if overhead.is_some_and(|overhead| overhead > MOST_OVERHEAD) {
        let _ = writeln!(out, "more than {MOST_OVERHEAD} × for a delivery: too much");
    }
    out
}
