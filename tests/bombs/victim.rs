//! The server under attack, as a process of its own, and one who writes in the attacked deck.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use tests::new_deck;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Nobody waits longer, whatever happens.
const LIMIT: Duration = Duration::from_secs(120);

/// A server; it ends with this value.
pub(crate) struct Process {
    pub(crate) address: String,
    child: Child,
}

impl Process {
    /// Starts this program again as a server.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--serve")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        Ok(Self { address: line.context("the server did not start")?, child })
    }

    /// Forgets the most memory that was ever held (proc(5), `clear_refs`), and gives what is held now.
    pub(crate) fn forget_peak(&self) -> anyhow::Result<f64> {
        std::fs::write(self.file("clear_refs")?, "5")?;
        self.memory("VmRSS:")
    }

    /// The most megabytes held since.
    pub(crate) fn peak_mb(&self) -> anyhow::Result<f64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, field: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(self.file("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no field")?;
        let kilobytes = line.split_whitespace().next().context("no number")?;
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }

    fn file(&self, name: &str) -> anyhow::Result<String> {
        Ok(format!("/proc/{}/{name}", self.child.id().context("the server has ended")?))
    }
}

/// Ondeck on any free port, in a temporary directory, until it is killed.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let data_dir = tempfile::tempdir()?;
    let server = ondeck_server::Server::listen(ondeck_server::Options {
        unload_after: Duration::ZERO,
        ..ondeck_server::Options::local(data_dir.path())
    })
    .await?;
    writeln!(std::io::stdout(), "{}", server.address())?;
    std::future::pending().await
}

/// Somebody who writes in the deck that is attacked.
pub(crate) struct Victim {
    pub(crate) deck: String,
    server: String,
    client: Client,
}

impl Victim {
    /// Makes a deck and writes these words into it.
    pub(crate) async fn start(server: &str, source: &str, words: &str) -> anyhow::Result<Self> {
        let deck = new_deck(server, source).await?;
        let client = Client::open(tests::options(server, &deck, "Victim", Role::Edit));
        client.saved().await?;
        client.edit(vec![TextEdit::insert(u32::MAX, words)]).await?;
        client.saved().await?;
        Ok(Self { deck, server: server.to_owned(), client })
    }

    /// Whether the victim still sees what the server has, and can write.
    pub(crate) async fn goes_on(&mut self) -> anyhow::Result<()> {
        self.client.edit(vec![TextEdit::insert(0, "still here: ")]).await?;
        timeout(LIMIT, self.client.saved()).await.context("the victim is not heard")??;
        let text = tests::source(&self.server, &self.deck).await?;
        ensure!(text == self.client.text().await?, "the victim sees another text");
        ensure!(text.contains("still here: "), "what the victim wrote is gone");
        Ok(())
    }
}
