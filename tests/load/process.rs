//! The server under load, as a process of its own, and what the kernel says about it.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::Context as _;
use tests::SharedPlace;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Kernel clock ticks in a second (`sysconf(_SC_CLK_TCK)`, 100 on every Linux of today).
const TICKS_PER_SECOND: f64 = 100.0;

/// A server to measure.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// Ended by its pid when dropped.
    child: Option<Child>,
}

impl Target {
    pub(crate) fn running(address: &str) -> Self {
        Self { name: "ondeck", address: address.to_owned(), child: None }
    }

    /// Starts this program again as a server.
    pub(crate) async fn start(role: &str, name: &'static str) -> anyhow::Result<Self> {
        Self::start_with(&[role], name).await
    }

    /// Starts it as one of several servers that share everything.
    pub(crate) async fn start_node(
        shared: &SharedPlace,
        name: &'static str,
    ) -> anyhow::Result<Self> {
        Self::start_with(&["serve-node", &shared.database, &shared.bus], name).await
    }

    async fn start_with(arguments: &[&str], name: &'static str) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = lines.next_line().await?.context("the server did not start")?;
        Ok(Self { name, address, child: Some(child) })
    }

    /// Makes a deck and gives its id.
    pub(crate) async fn make_deck(&self, text: &str) -> anyhow::Result<String> {
        let made =
            tests::http(&self.address, "POST", "/api/decks", &tests::markdown(), text).await?;
        let deck: serde_json::Value =
            serde_json::from_str(&made.body).context(made.body.clone())?;
        Ok(deck["id"].as_str().context("no id")?.to_owned())
    }

    /// Seconds of processor time that the server has used so far.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()?)).ok()?;
        // Fields 14 and 15, counted after the command in parentheses (proc(5)).
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / TICKS_PER_SECOND)
    }

    /// Megabytes of memory that the server holds.
    pub(crate) fn memory_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
    }

    fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }
}

/// Ondeck on any free port, in a temporary directory, with everything in it or shared with others.
pub(crate) async fn serve_ondeck(shared: Option<SharedPlace>) -> anyhow::Result<()> {
    let data_dir = tempfile::tempdir()?;
    let mut options = ondeck_server::Options::local(data_dir.path());
    if let Some(SharedPlace { database, bus }) = shared {
        options.database = ondeck_server::DatabasePlace::Postgres(database);
        options.bus = Some(bus);
    }
    let server = ondeck_server::Server::listen(options).await?;
    announce(server.address())?;
    std::future::pending().await
}

/// Tells the parent where the server listens.
pub(crate) fn announce(address: std::net::SocketAddr) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{address}")?;
    Ok(())
}
