//! The load generator: rooms full of writers and followers, against Ondeck and, in the same run,
//! against a bare fan-out server, so that a busy machine shows in both.
#![forbid(unsafe_code)]

mod baseline;
mod flood;
mod idle;
mod measure;
mod process;
mod report;

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

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
    /// Also write the figures as JSON to this file
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the program does when it starts itself again as the server under load.
#[derive(Debug, Clone, Copy, Subcommand)]
#[command(hide = true)]
enum Role {
    #[command(hide = true)]
    ServeOndeck,
    #[command(hide = true)]
    ServeBaseline,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.role {
        Some(Role::ServeOndeck) => process::serve_ondeck().await,
        Some(Role::ServeBaseline) => baseline::serve().await,
        None => run(cli).await,
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", cli.load)?;
    if let Some(count) = cli.idle {
        let target = Target::start("serve-ondeck", "ondeck").await?;
        let idle = Idle::open(count, &cli.load, &target).await?;
        let round = measure::run(&cli.load, &target).await?;
        write!(out, "{}{}", report::table(&[round]), idle.report(&target).await?)?;
        return Ok(());
    }
    let mut rounds = Vec::new();
    for _ in 0..cli.rounds {
        let target = match &cli.server {
            Some(address) => Target::running(address),
            None => Target::start("serve-ondeck", "ondeck").await?,
        };
        rounds.push(measure::run(&cli.load, &target).await?);
        if !cli.no_baseline {
            let target = Target::start("serve-baseline", "bare fan-out").await?;
            rounds.push(measure::run(&cli.load, &target).await?);
        }
    }
    write!(out, "{}", report::table(&rounds))?;
    if let Some(path) = &cli.json {
        let json = serde_json::to_string_pretty(&rounds)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
