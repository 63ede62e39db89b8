//! One server under test: the real binary, as a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A server that was asked to end has ended within this time: its promise is 25 seconds.
const ENDS_WITHIN: Duration = Duration::from_secs(30);
/// A server that takes longer to answer is broken.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const CLOCK: &str = include_str!("clock.c");

/// How to start it.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// `ondeck`
    pub(crate) binary: PathBuf,
    /// Its data directory, and its log beside it.
    pub(crate) directory: PathBuf,
    /// The rest of its command line.
    pub(crate) options: Vec<String>,
    /// Port 0 takes any free one.
    pub(crate) listen: SocketAddr,
    /// A library that sets its clock wrong.
    pub(crate) clock_library: Option<PathBuf>,
    /// By so many seconds.
    pub(crate) clock: i64,
}

impl Setup {
    pub(crate) fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }
}

/// A running server; killed by its pid when dropped.
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
}

impl Node {
    pub(crate) async fn start(setup: &Setup) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(setup.log())?;
        let mut command = Command::new(&setup.binary);
        command
            .args(["serve", "--connections-per-address", "0", "--listen"])
            .arg(setup.listen.to_string())
            .arg("--data-dir")
            .arg(&setup.directory)
            .args(&setup.options)
            .env_clear()
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(library) = setup.clock_library.as_ref().filter(|_| setup.clock != 0) {
            command.env("LD_PRELOAD", library).env("ONDECK_CLOCK", setup.clock.to_string());
        }
        let shown = setup.binary.display();
        let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
        let stdout = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(STARTS_WITHIN, lines.next_line()).await;
        let line = line.context("the server does not start")??;
        let line = line.with_context(|| format!("the server ended:\n{}", tail(&setup.log())))?;
        let address = line.rsplit("http://").next().unwrap_or_default();
        let address = address.parse().with_context(|| format!("no address: {line}"))?;
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `kill -9`, and waits until the process is gone.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end in good order, and waits until it has.
    pub(crate) async fn drain(mut self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)?;
        let ended = tokio::time::timeout(ENDS_WITHIN, self.child.wait()).await;
        let status = ended.context("the server was asked to end and goes on")??;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }

    /// It stands still, and its connections stay.
    pub(crate) fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(kill_process(pid.context("the server has ended")?, signal)?)
    }
}

/// The end of a log, for who looks for the reason.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 30;
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Builds the library that sets clocks wrong; `None` without a C compiler.
pub(crate) fn clock_library(directory: &Path) -> anyhow::Result<Option<PathBuf>> {
    let (source, library) = (directory.join("clock.c"), directory.join("clock.so"));
    std::fs::write(&source, CLOCK)?;
    let mut cc = std::process::Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
    let Ok(built) = cc.output() else { return Ok(None) };
    ensure!(built.status.success(), "cc: {}", String::from_utf8_lossy(&built.stderr));
    Ok(Some(library))
}
