//! fsync fails: the process ends with clear words, and the next start has every acknowledged edit.

use std::fs::File;
use std::time::Duration;

use anyhow::ensure;
use collab::testing::Rng;
use tests::writer::Writer;

use crate::Cli;
use crate::place::shim;
use crate::server::{Server, Setup, until, verify, wrong};

/// People write for up to so many milliseconds before it happens.
const LONGEST_LIFE: usize = 600;

pub(crate) async fn run(cli: &Cli) -> anyhow::Result<Option<String>> {
    let dir = tempfile::tempdir()?;
    let Some(library) = shim(dir.path())? else {
        return Ok(Some("fsync: skipped, there is no C compiler `cc`".to_owned()));
    };
    let fault = dir.path().join("fsync");
    let setup = Setup {
        binary: cli.server.clone(),
        data_dir: dir.path().join("data"),
        shim: Some((library, dir.path().to_owned())),
    };
    let mut random = Rng::new(cli.seed);
    let mut server = Server::start(&setup, None).await?;
    let deck = server.make_deck("").await?;
    let mut promised = Vec::new();
    for round in 0..cli.rounds {
        let names = (0..cli.writers).map(|number| format!("{round}.{number}"));
        let writers: Vec<Writer> =
            names.map(|name| Writer::start(server.address(), &deck, &name)).collect();
        until("somebody writes", async || Ok(!writers[0].acknowledged().await.is_empty())).await?;
        tokio::time::sleep(Duration::from_millis(random.below(LONGEST_LIFE) as u64)).await;
        File::create(&fault)?;
        let status = server.ended().await?;
        let log = server.log();
        ensure!(!status.success(), "the server ended with {status}:\n{log}");
        for words in ["the disk failed", "hint: check the disk"] {
            ensure!(log.contains(words), "`{words}` is not in the log:\n{log}");
        }
        // The writers are gone before anybody asks: each would bring back what was lost.
        for writer in writers {
            promised.extend(writer.acknowledged().await);
        }
        std::fs::remove_file(&fault)?;
        server = Server::start(&setup, None).await?;
        let text = server.source(&deck).await?;
        let lost = wrong(&promised, &text);
        ensure!(lost.is_empty(), "round {round} of seed {}: {lost:?}", cli.seed);
    }
    server.kill().await?;
    let (whole, said) = verify(&setup.binary, &setup.data_dir).await?;
    ensure!(whole, "{said}");
    Ok(Some(format!(
        "fsync: failed {} times under {} writers, the server ended each time; {} acknowledged \
         edits, none lost",
        cli.rounds,
        cli.writers,
        promised.len()
    )))
}
