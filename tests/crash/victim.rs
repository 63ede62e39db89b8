//! The server that is killed: this program, started again as a process of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server.
pub(crate) struct Victim {
    address: String,
    /// Killed by its pid when dropped.
    child: Child,
}

impl Victim {
    /// Starts a server on any free port, and says how long it took until it answered.
    pub(crate) async fn start(data_dir: &Path) -> anyhow::Result<(Self, Duration)> {
        let started = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(data_dir)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = lines.next_line().await?.context("the server did not start")?;
        Ok((Self { address, child }, started.elapsed()))
    }

    /// `127.0.0.1:port`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `kill -9`, and waits until the process is gone.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    pub(crate) async fn make_deck(&self) -> anyhow::Result<String> {
        let answer =
            tests::http(&self.address, "POST", "/api/decks", &tests::markdown(), "").await?;
        let deck: serde_json::Value = serde_json::from_str(&answer.body)?;
        Ok(deck["id"].as_str().context("no id")?.to_owned())
    }

    pub(crate) async fn source(&self, deck: &str) -> anyhow::Result<String> {
        let path = format!("/api/decks/{deck}/source");
        let answer = tests::http(&self.address, "GET", &path, &[], "").await?;
        anyhow::ensure!(answer.status == 200, "{}: {}", answer.status, answer.body);
        Ok(answer.body)
    }
}

/// Serves until it is killed.
pub(crate) async fn serve(data_dir: PathBuf) -> anyhow::Result<()> {
    let server = ondeck_server::Server::listen(ondeck_server::Options {
        unload_after: Duration::ZERO,
        ..ondeck_server::Options::local(data_dir)
    })
    .await?;
    writeln!(std::io::stdout(), "{}", server.address())?;
    std::future::pending().await
}
