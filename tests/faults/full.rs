//! No space left, or a quota used up: people go on typing, and all of it is stored once there is
//! space again.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use collab::replica::Status;
use tests::writer::{MOST_UNSAVED, Writer};

use crate::Cli;
use crate::place::{shim, with_small_disk};
use crate::server::{SOON, Server, Setup, until, verify, wrong};

/// Everybody has stored this much before there is no space.
const BEFORE: usize = 20;
/// The server is killed and started on the full disk in one of this many rounds.
const KILLED_EVERY: usize = 3;
/// Another deck, which nobody opens before the disk is full.
const OTHER: &str = "# Nobody is here\n";

/// A small file system that is filled up.
pub(crate) async fn disk(cli: &Cli) -> anyhow::Result<Option<String>> {
    if let Some(dir) = &cli.small_disk {
        let filler = Filler::File(dir.join("filler"));
        let setup = Setup { binary: cli.server.clone(), data_dir: dir.join("data"), shim: None };
        return Ok(Some(run(cli, &setup, &filler, "disk full").await?));
    }
    let (rounds, writers) = (cli.rounds.to_string(), cli.writers.to_string());
    let server = std::path::absolute(&cli.server)?;
    let server = server.to_str().context("the path of the server is not UTF-8")?;
    let again = ["--only", "full", "--rounds", &rounds, "--writers", &writers, "--server", server];
    let ran = tokio::task::block_in_place(|| with_small_disk(&again))?;
    Ok((!ran).then(|| "disk full: skipped, no file system can be mounted here".to_owned()))
}

/// Writes that fail as they do beyond a quota.
pub(crate) async fn quota(cli: &Cli) -> anyhow::Result<Option<String>> {
    let dir = tempfile::tempdir()?;
    let Some(library) = shim(dir.path())? else {
        return Ok(Some("quota: skipped, there is no C compiler `cc`".to_owned()));
    };
    let filler = Filler::Quota(dir.path().join("quota"));
    let setup = Setup {
        binary: cli.server.clone(),
        data_dir: dir.path().join("data"),
        shim: Some((library, dir.path().to_owned())),
    };
    Ok(Some(run(cli, &setup, &filler, "quota used up").await?))
}

/// What takes the space.
enum Filler {
    File(PathBuf),
    Quota(PathBuf),
}

impl Filler {
    fn take_all(&self) -> anyhow::Result<()> {
        match self {
            Self::File(path) => fill(path),
            Self::Quota(path) => Ok(File::create(path).map(drop)?),
        }
    }

    fn give_back(&self) -> anyhow::Result<()> {
        let (Self::File(path) | Self::Quota(path)) = self;
        Ok(std::fs::remove_file(path)?)
    }
}

fn fill(path: &Path) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    for piece in [256 * 1024, 4096, 1] {
        let piece = vec![0; piece];
        while file.write_all(&piece).is_ok() {}
    }
    Ok(())
}

async fn run(cli: &Cli, setup: &Setup, filler: &Filler, name: &str) -> anyhow::Result<String> {
    let mut server = Server::start(setup, None).await?;
    let deck = server.make_deck("").await?;
    let other = server.make_deck(OTHER).await?;
    let (mut typed, mut waited, mut outages) = (Vec::new(), 0, 0);
    for round in 0..cli.rounds {
        let names = (0..cli.writers).map(|number| format!("{round}.{number}"));
        let mut writers: Vec<Writer> =
            names.map(|name| Writer::start(server.address(), &deck, &name)).collect();
        for writer in &writers {
            until("edits are stored", async || Ok(writer.acknowledged().await.len() >= BEFORE))
                .await?;
        }
        filler.take_all()?;
        outages += 1;
        let promised = typing_into_the_full_disk(&server, &writers).await?;
        holds(&server, &deck, &promised, "the full disk").await?;
        ensure!(server.source(&other).await? == OTHER, "a deck cannot be read on a full disk");
        if round % KILLED_EVERY == KILLED_EVERY - 1 {
            let address = server.address().to_owned();
            told(&server, outages)?;
            server.kill().await?;
            server = Server::start(setup, Some(&address)).await?;
            outages = 1;
            holds(&server, &deck, &promised, "a start on the full disk").await?;
            server.becomes(503).await?;
        }
        waited += writers.len() * MOST_UNSAVED;
        filler.give_back()?;
        server.becomes(200).await?;
        typed.extend(all_stored(&mut writers).await.with_context(|| server.log())?);
        holds(&server, &deck, &typed, "space was made").await?;
    }
    told(&server, outages)?;
    server.kill().await?;
    let server = Server::start(setup, None).await?;
    holds(&server, &deck, &typed, "the last start").await?;
    if let Filler::File(_) = filler {
        let log = server.log();
        ensure!(log.contains("is nearly full"), "no warning before it comes to that:\n{log}");
    }
    let (whole, said) = verify(&setup.binary, &setup.data_dir).await?;
    ensure!(whole, "{said}");
    Ok(format!(
        "{name}: {} times under {} writers, {waited} edits were typed meanwhile; \
         {} edits in all, none lost, none doubled, none called saved that was not",
        cli.rounds,
        cli.writers,
        typed.len()
    ))
}

/// Waits until nobody can get anything stored any more. What was acknowledged until then.
async fn typing_into_the_full_disk(
    server: &Server,
    writers: &[Writer],
) -> anyhow::Result<Vec<String>> {
    server.becomes(503).await?;
    let mut promised = Vec::new();
    for writer in writers {
        // The connection stays, and the status line says how it stands.
        let full = writer.client().wait_until(|replica| {
            let unsaved = replica.unsaved();
            unsaved >= MOST_UNSAVED && matches!(replica.status(), Status::Full { .. })
        });
        tokio::time::timeout(SOON, full).await.context("somebody gets edits stored")??;
        promised.extend(writer.acknowledged().await);
    }
    Ok(promised)
}

/// Ends the typing; everything typed is acknowledged then.
async fn all_stored(writers: &mut [Writer]) -> anyhow::Result<Vec<String>> {
    let mut typed = Vec::new();
    for writer in writers {
        let before = writer.acknowledged().await.len();
        until("writing goes on", async || Ok(writer.acknowledged().await.len() > before)).await?;
        typed.extend(writer.stop().await);
        tokio::time::timeout(SOON, writer.saved()).await.context("edits are not stored")??;
    }
    Ok(typed)
}

async fn holds(server: &Server, deck: &str, edits: &[String], after: &str) -> anyhow::Result<()> {
    let text = server.source(deck).await?;
    let wrong = wrong(edits, &text);
    ensure!(wrong.is_empty(), "after {after}, not once in the deck: {wrong:?}");
    Ok(())
}

/// The operator is told once at the beginning and once at the end.
fn told(server: &Server, outages: usize) -> anyhow::Result<()> {
    let log = server.log();
    let begins = log.matches("no space is left on the disk of the data directory").count();
    ensure!(begins == outages, "{outages} times full, told {begins} times:\n{log}");
    let ends = log.matches("there is space on the disk again").count();
    ensure!(ends == outages || ends + 1 == outages, "{outages} times, {ends} ends:\n{log}");
    Ok(())
}
