//! The server under test: the real binary, as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A server does what it is waited for within this time, or never.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// How often it is asked whether it has.
const POLL: Duration = Duration::from_millis(50);

/// How to start it.
pub(crate) struct Setup {
    /// `ondeck`
    pub(crate) binary: PathBuf,
    /// Where it keeps its decks.
    pub(crate) data_dir: PathBuf,
    /// The library that lets calls fail, and the directory where it looks for which.
    pub(crate) shim: Option<(PathBuf, PathBuf)>,
}

/// A running server; killed by its pid when dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    /// Ends with the log.
    gathering: JoinHandle<()>,
}

impl Server {
    /// Starts it on any free port, or again on the port of the one before.
    pub(crate) async fn start(setup: &Setup, address: Option<&str>) -> anyhow::Result<Self> {
        let mut command = Command::new(&setup.binary);
        command
            .args(["serve", "--listen", address.unwrap_or("127.0.0.1:0"), "--data-dir"])
            .arg(&setup.data_dir)
            .env_clear()
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some((library, faults)) = &setup.shim {
            command.env("LD_PRELOAD", library).env("ONDECK_FAULTS", faults);
        }
        let started = command.spawn();
        let mut child =
            started.with_context(|| format!("cannot start {}", setup.binary.display()))?;
        let log = Arc::<Mutex<String>>::default();
        let gathering = gather(&mut child, &log)?;
        let stdout = child.stdout.take().context("no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let line = line.with_context(|| format!("the server did not start: {}", text(&log)))?;
        let address = line.rsplit("http://").next().unwrap_or_default().to_owned();
        Ok(Self { child, address, log, gathering })
    }

    /// `127.0.0.1:port`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        text(&self.log)
    }

    /// Makes a deck and gives its id.
    pub(crate) async fn make_deck(&self, source: &str) -> anyhow::Result<String> {
        let answer =
            tests::http(&self.address, "POST", "/api/decks", &tests::markdown(), source).await?;
        let deck: serde_json::Value = serde_json::from_str(&answer.body)?;
        Ok(deck["id"].as_str().context("no id")?.to_owned())
    }

    /// The live text of a deck.
    pub(crate) async fn source(&self, deck: &str) -> anyhow::Result<String> {
        let path = format!("/api/decks/{deck}/source");
        let answer = tests::http(&self.address, "GET", &path, &[], "").await?;
        ensure!(answer.status == 200, "{}: {}\n{}", answer.status, answer.body, self.log());
        Ok(answer.body)
    }

    /// What `/readyz` answers.
    pub(crate) async fn health(&self) -> anyhow::Result<tests::Response> {
        tests::http(&self.address, "GET", "/readyz", &[], "").await
    }

    /// Waits until `/readyz` answers with this status.
    pub(crate) async fn becomes(&self, status: u16) -> anyhow::Result<()> {
        until(&format!("/readyz answers {status}"), async || {
            Ok(self.health().await?.status == status)
        })
        .await
        .with_context(|| self.log())
    }

    /// `kill -9`, and waits until the process is gone.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits until it ends by itself; its log is complete then.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        let ended = tokio::time::timeout(SOON, self.child.wait()).await;
        let status = ended.context("the server goes on")??;
        (&mut self.gathering).await?;
        Ok(status)
    }
}

/// Reads the log to its end, so that the server never waits for us.
fn gather(child: &mut Child, log: &Arc<Mutex<String>>) -> anyhow::Result<JoinHandle<()>> {
    let mut lines = BufReader::new(child.stderr.take().context("no log")?).lines();
    let log = Arc::clone(log);
    #[expect(clippy::disallowed_methods, reason = "ends with the process")]
    let gathering = tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
    Ok(gathering)
}

fn text(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Runs `ondeck verify`; what it says, and whether it found everything whole.
pub(crate) async fn verify(binary: &Path, data_dir: &Path) -> anyhow::Result<(bool, String)> {
    let output =
        Command::new(binary).arg("verify").arg("--data-dir").arg(data_dir).output().await?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Waits for something that is asked for again and again.
pub(crate) async fn until(
    what: &str,
    is_so: impl AsyncFn() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    while !is_so().await? {
        if started.elapsed() > SOON {
            bail!("after {SOON:?} it is not so that {what}");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// Those of the edits that are not in a text exactly once.
pub(crate) fn wrong<'a>(edits: &'a [String], text: &str) -> Vec<&'a str> {
    let mut there = std::collections::HashMap::<&str, usize>::new();
    // What is before the first edit is not part of it.
    for piece in text.split_inclusive(']') {
        *there.entry(piece.rfind('[').map_or(piece, |at| &piece[at..])).or_default() += 1;
    }
    edits.iter().map(String::as_str).filter(|edit| there.get(edit) != Some(&1)).collect()
}
