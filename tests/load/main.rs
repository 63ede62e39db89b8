//! The load generator: rooms full of writers and followers, against Ondeck and, in the same run,
//! against a bare fan-out server, so that a busy machine shows in both.
#![forbid(unsafe_code)]

mod across;
mod baseline;
mod flood;
mod idle;
mod measure;
mod nodes;
mod process;
mod report;
mod talk;

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tests::SharedPlace;

use crate::idle::Idle;
use crate::measure::Load;
use crate::process::Target;

/// Measure how fast edits and slides travel, and what that costs
#[derive(Debug, Parser)]
#[command(name = "cargo xtask load")]
struct Cli {
    #[command(flatten)]
    load: Load,
    /// Rounds; Ondeck and the baseline take turns
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Measure a server that runs already (address:port) instead of starting one
    #[arg(long)]
    server: Option<String>,
    /// Leave the baseline out
    #[arg(long)]
    no_baseline: bool,
    /// Open this many connections first that do nothing: what does each of them cost?
    #[arg(long, value_name = "CONNECTIONS")]
    idle: Option<usize>,
    /// A talk instead: one presents, one writes, and so many watch
    #[arg(long, value_name = "VIEWERS")]
    talk: Option<usize>,
    /// Keep the decks in a PostgreSQL that waits for its disk, and let so many servers share them;
    /// rounds with one and with all of them take turns
    #[arg(long, value_name = "SERVERS")]
    nodes: Option<usize>,
    /// How long everything beside the text takes from one server to another, this often each
    #[arg(long, value_name = "TIMES")]
    across: Option<usize>,
    /// Also write the figures as JSON to this file
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the program does when it starts itself again as the server under load.
#[derive(Debug, Clone, Subcommand)]
#[command(hide = true)]
enum Role {
    #[command(name = "serve-ondeck", hide = true)]
    Ondeck,
    #[command(name = "serve-node", hide = true)]
    Node { database: String, bus: String },
    #[command(name = "serve-baseline", hide = true)]
    Baseline,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.role.clone() {
        Some(Role::Ondeck) => process::serve_ondeck(None).await,
        Some(Role::Node { database, bus }) => {
            process::serve_ondeck(Some(SharedPlace { database, bus })).await
        }
        Some(Role::Baseline) => baseline::serve().await,
        None => run(cli).await,
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if cli.talk.is_none() {
        writeln!(out, "{}", cli.load)?;
    }
    if let Some(times) = cli.across {
        write!(out, "{}", across::run(times).await?)?;
        return Ok(());
    }
    if let Some(count) = cli.idle {
        return run_idle(&cli, count).await;
    }
    if let Some(count) = cli.nodes {
        let rounds = nodes::run(&cli.load, count, cli.rounds).await?;
        write!(out, "{}{}", report::table(&rounds), nodes::ratios(&rounds))?;
        return write_json(&cli, &rounds);
    }
    if let Some(viewers) = cli.talk {
        return run_talk(&cli, viewers).await;
    }
    let mut rounds = Vec::new();
    for _ in 0..cli.rounds {
        let target = match &cli.server {
            Some(address) => Target::running(address),
            None => Target::start("serve-ondeck", "ondeck").await?,
        };
        rounds.push(measure::run(&cli.load, &[target]).await?);
        if !cli.no_baseline {
            let target = Target::start("serve-baseline", "bare fan-out").await?;
            rounds.push(measure::run(&cli.load, &[target]).await?);
        }
    }
    write!(out, "{}", report::table(&rounds))?;
    write_json(&cli, &rounds)
}

async fn run_idle(cli: &Cli, count: usize) -> anyhow::Result<()> {
    // On PostgreSQL it is the first of several servers; the others have nobody.
    let (_shared, targets) = match cli.nodes {
        Some(nodes) => {
            let shared = nodes::Shared::start().await?;
            let targets = shared.nodes(nodes, "a node").await?;
            (Some(shared), targets)
        }
        None => (None, vec![Target::start("serve-ondeck", "ondeck").await?]),
    };
    let first = &targets[..1];
    let idle = Idle::open(count, &cli.load, &first[0]).await?;
    let round = measure::run(&cli.load, first).await?;
    let (table, report) = (report::table(&[round]), idle.report(&first[0]).await?);
    write!(std::io::stdout(), "{table}{report}")?;
    Ok(())
}

async fn run_talk(cli: &Cli, viewers: usize) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    ondeck_server::limits::raise_open_files();
    let mut talks = Vec::new();
    for _ in 0..cli.rounds {
        let target = match &cli.server {
            Some(address) => Target::running(address),
            None => Target::start("serve-ondeck", "ondeck").await?,
        };
        let talk = talk::run(&target, viewers, cli.load.seconds).await?;
        write!(out, "{}", talk.lines())?;
        talks.push(talk);
        if !cli.no_baseline {
            let target = Target::start("serve-baseline", "bare fan-out").await?;
            write!(out, "{}", talk::run_bare(&target, viewers, cli.load.seconds).await?)?;
        }
    }
    write_json(cli, &talks)
}

fn write_json(cli: &Cli, figures: &impl serde::Serialize) -> anyhow::Result<()> {
    let Some(path) = &cli.json else { return Ok(()) };
    let json = serde_json::to_string_pretty(figures)?;
    std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}
