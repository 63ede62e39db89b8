//! Kills the server with `kill -9` while people write, again and again, and looks for edits that
//! were acknowledged and are gone.
//!
//! Only the journal answers: the writers are gone before the server is asked, as each of them would
//! bring back what the server had lost.
#![forbid(unsafe_code)]

mod victim;

use std::collections::HashSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::{Parser, Subcommand};
use collab::testing::Rng;

use tests::writer::Writer;

use crate::victim::Victim;

/// Kill the server under load and look for acknowledged edits that are lost
#[derive(Debug, Parser)]
#[command(name = "cargo xtask crash")]
struct Cli {
    /// How often the server is killed
    #[arg(long, default_value_t = 50)]
    cycles: u64,
    /// How many people write at the same time
    #[arg(long, default_value_t = 20)]
    writers: usize,
    /// Decides when the server is killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the program does when it starts itself again.
#[derive(Debug, Clone, Subcommand)]
#[command(hide = true)]
enum Role {
    #[command(hide = true)]
    Serve { data_dir: std::path::PathBuf },
}

/// Cycles on one deck: it grows meanwhile, so that snapshots and long journals are hit as well.
const CYCLES_PER_DECK: u64 = 10;
/// The server lives this long, in milliseconds, from the moment that the writers connect.
const SHORTEST_LIFE: usize = 20;
const LONGEST_LIFE: usize = 600;
/// A server that was killed has to be back within this time.
const MOST_DOWNTIME: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.role {
        Some(Role::Serve { data_dir }) => victim::serve(data_dir).await,
        None => run(&cli).await,
    }
}

async fn run(cli: &Cli) -> anyhow::Result<()> {
    let data_dir = tempfile::tempdir()?;
    let (mut random, started) = (Rng::new(cli.seed), Instant::now());
    let (mut victim, _) = Victim::start(data_dir.path()).await?;
    let (mut deck, mut promised) = (String::new(), Vec::new());
    let (mut edits, mut longest) = (0, Duration::ZERO);
    for cycle in 0..cli.cycles {
        if cycle % CYCLES_PER_DECK == 0 {
            deck = victim.make_deck().await?;
            promised.clear();
        }
        let name = |number| format!("{cycle}.{number}");
        let join = |number| Writer::start(victim.address(), &deck, &name(number));
        let writers: Vec<Writer> = (0..cli.writers).map(join).collect();
        let life = SHORTEST_LIFE + random.below(LONGEST_LIFE - SHORTEST_LIFE);
        tokio::time::sleep(Duration::from_millis(life as u64)).await;
        victim.kill().await?;
        let before = promised.len();
        for writer in writers {
            promised.extend(writer.acknowledged().await);
        }
        edits += promised.len() - before;
        let (back, downtime) = Victim::start(data_dir.path()).await?;
        victim = back;
        longest = longest.max(downtime);
        ensure!(downtime < MOST_DOWNTIME, "cycle {cycle}: {downtime:?} until it served again");
        let text = victim.source(&deck).await?;
        let there: HashSet<&str> = text.split_inclusive(']').collect();
        let lost = promised.iter().find(|token| !there.contains(&token[..]));
        ensure!(lost.is_none(), "cycle {cycle} of seed {}: lost {lost:?}", cli.seed);
    }
    victim.kill().await?;
    writeln!(
        std::io::stdout(),
        "{} kills in {:.0?}, {edits} acknowledged edits of {} writers, seed {}: none lost; \
         back after {longest:.0?} at most",
        cli.cycles,
        started.elapsed(),
        cli.writers,
        cli.seed
    )?;
    Ok(())
}
