//! Bits of the database flip: what was saved is lost in one deck at most, which opens with what is whole.

use std::path::Path;

use anyhow::{Context as _, ensure};
use collab::replica::{Replica, Status};
use collab::testing::Rng;
use rusqlite::Connection;
use tests::writer::Writer;

use crate::Cli;
use crate::server::{Server, Setup, until, verify, wrong};

/// Decks of a server; the first is the one whose bits flip.
const DECKS: usize = 3;
/// Edits of each deck: enough for a snapshot, and for updates after it.
const EDITS: usize = 700;
/// Edits that are stored afterwards, to see that it goes on.
const AFTERWARDS: usize = 20;
/// What is looked for in the file when a bit of something is to be flipped.
const CHUNK: usize = 24;
const DATABASE: &str = "ondeck.sqlite";

/// Where a bit flips.
#[derive(Debug, Clone, Copy)]
enum Place {
    Update,
    Snapshot,
    Page,
}

pub(crate) async fn run(cli: &Cli) -> anyhow::Result<Option<String>> {
    let mut random = Rng::new(cli.seed);
    let (mut edits, mut excused) = (0, 0);
    for round in 0..cli.rounds {
        let dir = tempfile::tempdir()?;
        let decks = written(cli, dir.path()).await?;
        edits += decks.iter().map(|deck| deck.promised.len()).sum::<usize>();
        for place in [Place::Update, Place::Snapshot, Place::Page] {
            let copy = tempfile::tempdir()?;
            excused += survives(cli, dir.path(), copy.path(), &decks, place, &mut random)
                .await
                .with_context(|| format!("{place:?} in round {round} of seed {}", cli.seed))?;
        }
    }
    Ok(Some(format!(
        "flipped bits: {} in an update, a snapshot and a page each; {edits} acknowledged edits in \
         {} decks: none lost in other decks, {excused} in damaged rows",
        cli.rounds,
        cli.rounds * DECKS
    )))
}

struct Deck {
    id: String,
    promised: Vec<String>,
}

/// Several decks that people write in, until the server is killed.
async fn written(cli: &Cli, dir: &Path) -> anyhow::Result<Vec<Deck>> {
    let server = start(cli, dir).await?;
    let (mut decks, mut writers) = (Vec::new(), Vec::new());
    for number in 0..DECKS {
        let id = server.make_deck("").await?;
        for writer in 0..(cli.writers / DECKS).max(1) {
            let name = format!("{number}.{writer}");
            writers.push((number, Writer::start(server.address(), &id, &name)));
        }
        decks.push(Deck { id, promised: Vec::new() });
    }
    let least = EDITS / (writers.len() / DECKS);
    for (_, writer) in &writers {
        until("people write", async || Ok(writer.acknowledged().await.len() >= least)).await?;
    }
    server.kill().await?;
    for (number, writer) in writers {
        decks[number].promised.extend(writer.acknowledged().await);
    }
    Ok(decks)
}

async fn start(cli: &Cli, data_dir: &Path) -> anyhow::Result<Server> {
    let (binary, data_dir) = (cli.server.clone(), data_dir.to_owned());
    Server::start(&Setup { binary, data_dir, shim: None }, None).await
}

/// Flips a bit in a copy and opens all decks. How many edits of the damaged deck are gone.
async fn survives(
    cli: &Cli,
    original: &Path,
    copy: &Path,
    decks: &[Deck],
    place: Place,
    random: &mut Rng,
) -> anyhow::Result<usize> {
    let file = copy.join(DATABASE);
    // One file without remains of earlier pages.
    Connection::open(original.join(DATABASE))?
        .execute("VACUUM INTO ?1", [file.to_str().context("not UTF-8")?])?;
    let (damaged, others) = decks.split_first().context("no deck")?;
    let spoilt = flip(&file, decks, place, random)?;
    let (whole, said) = verify(&cli.server, copy).await?;
    ensure!(!whole && said.contains(&damaged.id), "verify: {said}");
    let server = start(cli, copy).await?;
    for deck in others {
        ensure!(!said.contains(&deck.id), "verify names a deck that is whole: {said}");
        let wrong = wrong(&deck.promised, &server.source(&deck.id).await?).len();
        ensure!(wrong == 0, "{wrong} edits are lost in another deck");
    }
    let text = server.source(&damaged.id).await?;
    let lost = wrong(&damaged.promised, &text);
    let needless = lost.iter().find(|&&lost| !spoilt.iter().any(|edit| edit == lost));
    ensure!(needless.is_none(), "{needless:?} is lost, but not damaged");
    let log = server.log();
    let told = match place {
        Place::Page => log.contains("the database is damaged") && lost.is_empty(),
        Place::Update | Place::Snapshot => false,
    };
    ensure!(told || log.contains(&damaged.id), "the log does not say which deck:\n{log}");
    for deck in decks {
        // A damaged page may keep its own deck from being written; it must not lie then.
        if matches!(place, Place::Page) && deck.id == damaged.id {
            continue;
        }
        // Where SQLite splits a page it looks at those beside it, which may be the damaged one: then the
        // deck next to it cannot be written either, and is told so.
        let is_beside = matches!(place, Place::Page) && is_beside(&deck.id, &damaged.id, decks);
        goes_on(&server, &deck.id, is_beside).await?;
    }
    server.kill().await?;
    Ok(lost.len())
}

/// Sees that a deck is written, or that who writes hears that it cannot be, where that may be so; and
/// that nothing that was called saved is missing.
async fn goes_on(server: &Server, deck: &str, may_be_stuck: bool) -> anyhow::Result<()> {
    let mut writer = Writer::start(server.address(), deck, "after");
    let is_stuck = async || {
        let stuck = |replica: &Replica| matches!(replica.status(), Status::Full { .. });
        anyhow::Ok(may_be_stuck && writer.client().look(stuck).await?)
    };
    until("writing goes on", async || {
        Ok(writer.acknowledged().await.len() >= AFTERWARDS || is_stuck().await?)
    })
    .await?;
    let promised = if is_stuck().await? {
        writer.acknowledged().await
    } else {
        let typed = writer.stop().await;
        writer.saved().await?;
        typed
    };
    let wrong = wrong(&promised, &server.source(deck).await?).len();
    ensure!(wrong == 0, "{wrong} edits are lost that were typed afterwards");
    Ok(())
}

/// Whether the rows of two decks lie beside each other.
fn is_beside(one: &str, other: &str, decks: &[Deck]) -> bool {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    !decks.iter().any(|deck| low < &*deck.id && &*deck.id < high)
}

/// Flips one bit of the first deck. The edits that may be lost by it: those in a damaged row.
fn flip(
    file: &Path,
    decks: &[Deck],
    place: Place,
    random: &mut Rng,
) -> anyhow::Result<Vec<String>> {
    let damaged = &decks[0];
    let connection = Connection::open(file)?;
    let (covered, snapshot): (u64, Vec<u8>) = connection.query_row(
        "SELECT upto_seq, bytes FROM snapshots WHERE deck = ?1 ORDER BY upto_seq DESC LIMIT 1",
        [&damaged.id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    ensure!(covered > 0, "the deck has no snapshot yet");
    let sql = "SELECT bytes FROM updates WHERE deck = ?1 AND seq > ?2 ORDER BY seq";
    let updates: Vec<Vec<u8>> = connection
        .prepare(sql)?
        .query_map((&damaged.id, covered), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    drop(connection);
    let mut bytes = std::fs::read(file)?;
    let (at, spoilt) = match place {
        Place::Update => {
            let (index, at) = search(random, |random| {
                let index = random.below(updates.len());
                only_place(&bytes, &updates[index]).map(|at| (index, at))
            })?;
            (at + random.below(updates[index].len()), &updates[index..=index])
        }
        Place::Snapshot => {
            let at = search(random, |random| {
                let from = random.below(snapshot.len().saturating_sub(CHUNK).max(1));
                only_place(&bytes, snapshot.get(from..from + CHUNK)?)
            })?;
            (at + random.below(CHUNK), &[][..])
        }
        Place::Page => {
            let page = search(random, |random| page_of(&bytes, decks, random))?;
            let on_it = edits_in(&bytes[page..page + page_size(&bytes)]);
            bytes[page] ^= 1;
            std::fs::write(file, &bytes)?;
            return Ok(on_it);
        }
    };
    bytes[at] ^= 1 << random.below(8);
    std::fs::write(file, &bytes)?;
    Ok(edits_in(&spoilt.concat()))
}

/// Tries until something is found.
fn search<T>(
    random: &mut Rng,
    mut attempt: impl FnMut(&mut Rng) -> Option<T>,
) -> anyhow::Result<T> {
    const ATTEMPTS: usize = 10_000;
    let found = (0..ATTEMPTS).find_map(|_| attempt(random));
    found.context("there is no place where a bit can be flipped as wanted")
}

/// Where something lies in the file, when it lies there once and in one piece.
fn only_place(file: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut places = file.windows(wanted.len()).enumerate().filter(|(_, part)| *part == wanted);
    let (at, _) = places.next()?;
    places.next().is_none().then_some(at)
}

/// A leaf page with updates of the first deck and of no other.
fn page_of(file: &[u8], decks: &[Deck], random: &mut Rng) -> Option<usize> {
    /// A leaf of a table without rowids, as SQLite marks it.
    const LEAF: u8 = 0x0a;
    let size = page_size(file);
    let at = random.below(file.len() / size) * size;
    let page = file.get(at..at + size)?;
    let holds = |text: &str| page.windows(text.len()).any(|part| part == text.as_bytes());
    let (damaged, others) = decks.split_first()?;
    let updates = page[0] == LEAF && holds(&damaged.id) && holds("[0.");
    (updates && !others.iter().any(|deck| holds(&deck.id))).then_some(at)
}

/// As it stands in the head of the file.
fn page_size(file: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([file[16], file[17]]))
}

/// The edits whose text stands in some bytes.
fn edits_in(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let pieces = text.split('[').filter_map(|piece| piece.split_once(']'));
    pieces.map(|(edit, _)| format!("[{edit}]")).collect()
}
