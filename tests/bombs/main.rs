//! Throws every bomb at a real server, as a viewer and as an editor, then floods it, and measures what
//! that does: the answer, how long it takes, the server's memory, and how two honest people in another
//! deck fare.
#![forbid(unsafe_code)]

mod floods;
mod honest;
mod victim;

use std::io::Write as _;
use std::time::Duration;

use anyhow::ensure;
use clap::Parser;
use tests::attacker::{Answer, Attacker};
use tests::bombs::{self, Bomb, Met, Situation};
use tokio::time::Instant;

use floods::Flood;
use honest::Pair;
use victim::Process;

/// Throw bombs at a server and measure what they do
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bombs")]
struct Cli {
    /// Only bombs whose names hold this
    filter: Option<String>,
    /// How long the honest pair is watched before and during each bomb, in milliseconds
    #[arg(long, default_value_t = 500)]
    watch: u64,
    /// How long each flood lasts, in milliseconds
    #[arg(long, default_value_t = 3_000)]
    flood: u64,
    /// Be the server
    #[arg(long, hide = true)]
    serve: bool,
}

/// A bomb that is refused is refused within this time.
const REFUSED_MS: f64 = 5.0;
const TRIES: usize = 3;
/// The server may hold so much more after a bomb.
const GROWTH_MB: f64 = 8.0;
/// During a flood the server says within this time that an edit is stored …
const HONEST_MS: f64 = 200.0;
/// … and holds at most so much more than before.
const FLOOD_MB: f64 = 160.0;
/// The code for who does not read fast enough.
const SLOW_CONSUMER: u16 = 4429;
/// What the one who is attacked wrote.
const WORDS: &str = "what the victim wrote";

/// One line of the table.
struct Line {
    bomb: Bomb,
    role: &'static str,
    answer: Answer,
    took_ms: f64,
    growth_mb: f64,
    before: f64,
    during: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if cli.serve {
        return victim::serve().await;
    }
    let server = Process::start().await?;
    let pair = Pair::start(&server.address).await?;
    // The first connections, rooms and writes make a process grow once.
    for _ in 0..5 {
        throw(&server, &pair, 0, "editor", Duration::ZERO).await?;
    }
    let mut lines = Vec::new();
    for (number, bomb) in every().iter().enumerate() {
        if cli.filter.as_ref().is_some_and(|filter| !bomb.name.contains(filter)) {
            continue;
        }
        for role in ["viewer", "editor"] {
            let watch = Duration::from_millis(cli.watch);
            let line = best(&server, &pair, number, role, watch).await?;
            writeln!(std::io::stdout(), "{line}")?;
            lines.push(line);
        }
    }
    let mut outcomes: Vec<bool> = lines.iter().map(Line::is_good).collect();
    for (name, flood) in floods::ALL {
        if cli.filter.as_ref().is_none_or(|filter| name.contains(filter)) {
            let time = Duration::from_millis(cli.flood);
            let mut good = false;
            for _ in 0..TRIES {
                good = good || endure(&server, &pair, name, flood, time).await?;
            }
            outcomes.push(good);
        }
    }
    pair.stop().await?;
    let good = outcomes.iter().filter(|good| **good).count();
    writeln!(std::io::stdout(), "\n{good} of {} as they should be", outcomes.len())?;
    ensure!(good == outcomes.len(), "{} attacks had an effect", outcomes.len() - good);
    Ok(())
}

/// Floods the server for a time, and says whether the honest ones noticed.
async fn endure(
    server: &Process,
    pair: &Pair,
    name: &str,
    flood: Flood,
    time: Duration,
) -> anyhow::Result<bool> {
    let before = pair.watch_acknowledgements(Duration::from_millis(500)).await;
    let held = server.forget_peak()?;
    let attack = flood.run(&server.address, Instant::now() + time);
    let coming = async {
        tokio::time::sleep(time / 2).await;
        floods::newcomer(&server.address).await
    };
    let (attack, during, newcomer) =
        tokio::join!(attack, pair.watch_acknowledgements(time), coming);
    let growth = server.peak_mb()? - held;
    let (what, newcomer) = (attack?, newcomer?.as_secs_f64() * 1e3);
    let good = during < HONEST_MS && growth < FLOOD_MB;
    writeln!(
        std::io::stdout(),
        "{} {name:<42} {growth:>+7.1} MB of {held:>5.0}  p99 {before:>5.1} → {during:>5.1} ms  \
         newcomer {newcomer:>6.1} ms  {what}",
        if good { " " } else { "!" },
    )?;
    Ok(good)
}

/// All bombs; the ids do not matter for their names.
fn every() -> Vec<Bomb> {
    bombs::all(Situation { own: 1, victim: (2, 0), first: 3 })
}

/// Throws a bomb again when it is not met as it should be: a busy machine slows down anything once.
async fn best(
    server: &Process,
    pair: &Pair,
    number: usize,
    role: &'static str,
    watch: Duration,
) -> anyhow::Result<Line> {
    let mut line = throw(server, pair, number, role, watch).await?;
    for _ in 1..TRIES {
        if line.is_good() {
            break;
        }
        line = throw(server, pair, number, role, watch).await?;
    }
    Ok(line)
}

/// Throws one bomb into a deck of its own.
async fn throw(
    server: &Process,
    pair: &Pair,
    number: usize,
    role: &'static str,
    watch: Duration,
) -> anyhow::Result<Line> {
    let deck = every()[number].deck;
    let mut victim = victim::Victim::start(&server.address, &deck.source(), WORDS).await?;
    let query = if role == "viewer" { "?role=follow" } else { "" };
    let path = format!("{}{query}", victim.deck);
    let mut attacker = Attacker::connect(&server.address, &path).await?;
    let bomb = bombs::all(attacker.look_around(WORDS).await?).swap_remove(number);
    let ended = attacker.prepare(&bomb.before).await?;
    let before = pair.watch(watch).await;
    let held = server.forget_peak()?;
    let attack = async {
        match ended {
            // It did not even get that far.
            Some(answer) => Ok((answer, Duration::ZERO)),
            None => attacker.attack(&bomb.frames).await,
        }
    };
    let (attack, during) = tokio::join!(attack, pair.watch(watch));
    let (answer, took) = attack?;
    let growth_mb = server.peak_mb()? - held;
    victim.goes_on().await?;
    Ok(Line { bomb, role, answer, took_ms: took.as_secs_f64() * 1e3, growth_mb, before, during })
}

impl Line {
    /// Met as it should be, in time, and nobody noticed.
    fn is_good(&self) -> bool {
        let met = match (&self.answer, self.bomb.met) {
            (Answer::Closed(code, _), Met::Closed(wanted)) if *code == wanted => true,
            // Those who only follow have nothing long to say.
            (Answer::Closed(4400, why), _) if why.contains("64 KB") => self.role == "viewer",
            (Answer::Denied(_), _) => self.role == "viewer",
            (Answer::Nothing, Met::Closed(_)) => self.role == "viewer",
            (Answer::Nothing, _) => true,
            (Answer::Closed(code, _), Met::Borne) => *code == SLOW_CONSUMER,
            _ => false,
        };
        let borne = self.bomb.met == Met::Borne;
        met && (borne || self.took_ms < REFUSED_MS) && (borne || self.growth_mb < GROWTH_MB)
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let answer = match &self.answer {
            Answer::Closed(code, reason) => format!("{code} {reason}"),
            Answer::Denied(reason) => format!("denied: {reason}"),
            Answer::Nothing if self.bomb.met == Met::Borne => "borne".to_owned(),
            Answer::Nothing => "ignored".to_owned(),
        };
        write!(
            f,
            "{} {:<42} {:<6} {:>9.2} ms {:>+7.1} MB  p99 {:>5.1} → {:>5.1} ms  {answer}",
            if self.is_good() { " " } else { "!" },
            self.bomb.name,
            self.role,
            self.took_ms,
            self.growth_mb,
            self.before,
            self.during,
        )
    }
}
