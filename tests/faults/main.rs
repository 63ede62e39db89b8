//! Lets the disk fail under the real server while people write: no space left, a quota used up,
//! fsync that fails, flipped bits. Nothing that was acknowledged may be lost, and nothing may be
//! called saved that is not.
#![forbid(unsafe_code)]

mod bits;
mod fsync;
mod full;
mod place;
mod server;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};

/// Let the disk fail under the server and look for edits that are lost
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask faults")]
pub(crate) struct Cli {
    /// Only this fault
    #[arg(long)]
    only: Option<Fault>,
    /// How often each fault happens
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many people write at the same time
    #[arg(long, default_value_t = 6)]
    writers: usize,
    /// Decides which bits are flipped
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server's binary
    #[arg(long, env = "ONDECK_BIN", value_name = "FILE")]
    server: PathBuf,
    /// What `full` writes on: a small file system that exists for it only
    #[arg(long, hide = true)]
    small_disk: Option<PathBuf>,
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// The disk has no space left
    Full,
    /// The quota of the user is used up
    Quota,
    /// fsync reports an input/output error
    Fsync,
    /// Bits of the database flip
    Bits,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    for fault in [Fault::Full, Fault::Quota, Fault::Fsync, Fault::Bits] {
        if cli.only.is_some_and(|only| only != fault) {
            continue;
        }
        let started = Instant::now();
        let said = match fault {
            Fault::Full => full::disk(&cli).await?,
            Fault::Quota => full::quota(&cli).await?,
            Fault::Fsync => fsync::run(&cli).await?,
            Fault::Bits => bits::run(&cli).await?,
        };
        if let Some(said) = said {
            writeln!(std::io::stdout(), "{said}; {:.0?}", started.elapsed())?;
        }
    }
    Ok(())
}
