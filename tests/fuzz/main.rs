//! A bounded, seeded mutator. It sends what honest clients send, damaged in every way, and what
//! only a modified client would make up, to a room: see `room.rs`. Or it edits decks at random:
//! see `deck.rs`. Or it damages pictures: see `pictures.rs`.
#![forbid(unsafe_code)]

mod deck;
mod mutate;
mod pictures;
mod room;

use clap::Parser;

/// Send damaged frames to a room, edit decks at random, or damage pictures
#[derive(Debug, Parser)]
#[command(name = "cargo xtask fuzz")]
struct Cli {
    /// What is attacked
    #[arg(value_enum, default_value_t = Target::Room)]
    target: Target,
    /// How many frames are sent to rooms
    #[arg(long, default_value_t = 1_000_000)]
    frames: u64,
    /// How many edits are made to decks
    #[arg(long, default_value_t = 200_000)]
    edits: u64,
    /// How many pictures are damaged
    #[arg(long, default_value_t = 20_000)]
    files: u64,
    /// Where the random numbers start
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play this one room again, and name the first update that a fresh replica reads otherwise
    #[arg(long)]
    explain: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Target {
    Room,
    Deck,
    Pictures,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match (cli.target, cli.explain) {
        (Target::Room, Some(seed)) => room::explain(seed),
        (Target::Room, None) => room::rooms(cli.frames, cli.seed),
        (Target::Deck, _) => deck::decks(cli.edits, cli.seed),
        (Target::Pictures, _) => pictures::pictures(cli.files, cli.seed),
    }
}
