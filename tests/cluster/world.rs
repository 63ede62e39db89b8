//! The machines of the scenarios: PostgreSQL, NATS, several nodes, and the lines between them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use testbed::{Nats, Postgres};
use tokio::sync::Mutex;

use crate::door::{Door, Targets};
use crate::node::{Node, Setup, clock_library, tail};
use crate::plan::{Failure, Shape};

/// A node that cannot reach PostgreSQL ends, and is started again after this time.
const TRY_AGAIN: Duration = Duration::from_millis(300);
/// Then it could reach it long ago.
const STARTS_WITHIN: Duration = Duration::from_secs(40);
/// Where a server listens for the first time.
const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// One place of a node: its process comes and goes, its port stays.
struct Place {
    setup: Mutex<Setup>,
    node: Mutex<Option<Node>>,
    address: SocketAddr,
    to_postgres: Option<Door>,
    to_nats: Option<Door>,
}

/// Everything that a scenario runs on. It lasts for many.
pub(crate) struct World {
    pub(crate) shape: Shape,
    directory: Lock<TempDir>,
    postgres: Option<Mutex<Postgres>>,
    nats: Option<Mutex<Nats>>,
    places: Vec<Place>,
    /// Serves nobody: it is asked at the end what the journal says.
    witness: Option<Node>,
    /// Nodes that a balancer would send somebody to.
    targets: Targets,
    /// How often a process was started.
    starts: AtomicU64,
    binary: PathBuf,
    older: Option<PathBuf>,
}

impl World {
    /// Starts everything. Nodes of two versions take turns in rolling restarts when there is an older one.
    pub(crate) async fn start(
        shape: Shape,
        binary: &Path,
        older: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("ondeck-cluster-").tempdir()?;
        let library = if shape.has_clock { clock_library(directory.path())? } else { None };
        let shape = Shape { has_clock: library.is_some(), ..shape };
        let (mut postgres, mut nats, mut database) = (None, None, String::new());
        if shape.is_shared {
            // They wait for their processes.
            let started = tokio::task::spawn_blocking(|| {
                let postgres = Postgres::start()?;
                let url = postgres.database()?;
                anyhow::Ok((postgres, url, Nats::start()?))
            });
            let (server, url, bus) = started.await??;
            database = url.rsplit('/').next().unwrap_or_default().to_owned();
            (postgres, nats) = (Some(server), Some(bus));
        }
        let first = Setup {
            binary: binary.to_owned(),
            directory: directory.path().join("node"),
            options: Vec::new(),
            listen: ANY_PORT,
            clock_library: library,
            clock: 0,
        };
        let pictures = directory.path().join("pictures").display().to_string();
        let mut places = Vec::new();
        for number in 0..shape.nodes {
            let to_postgres = match &postgres {
                Some(server) => Some(Door::to(loopback(server.port())).await?),
                None => None,
            };
            let to_nats = match &nats {
                Some(server) => Some(Door::to(loopback(server.port())).await?),
                None => None,
            };
            let mut setup = Setup {
                directory: directory.path().join(format!("node-{number}")),
                ..first.clone()
            };
            if let (Some(to_postgres), Some(to_nats)) = (&to_postgres, &to_nats) {
                setup.options =
                    options(to_postgres.address(), to_nats.address(), &database, &pictures);
            }
            let node = Node::start(&setup).await?;
            setup.listen = node.address();
            let (address, node) = (node.address(), Mutex::new(Some(node)));
            let setup = Mutex::new(setup);
            places.push(Place { setup, node, address, to_postgres, to_nats });
        }
        let mut witness = None;
        if let (Some(postgres), Some(nats)) = (&postgres, &nats) {
            let (to_postgres, to_nats) = (loopback(postgres.port()), loopback(nats.port()));
            let options = options(to_postgres, to_nats, &database, &pictures);
            let directory = directory.path().join("witness");
            witness = Some(Node::start(&Setup { directory, options, ..first }).await?);
        }
        let targets = Arc::new(Lock::new(places.iter().map(|place| place.address).collect()));
        let starts = AtomicU64::new(places.len() as u64);
        let (postgres, nats) = (postgres.map(Mutex::new), nats.map(Mutex::new));
        let (binary, directory) = (binary.to_owned(), Lock::new(directory));
        Ok(Self {
            shape,
            directory,
            postgres,
            nats,
            places,
            witness,
            targets,
            starts,
            binary,
            older,
        })
    }

    /// Where nodes are, whether they run or not.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.places.iter().map(|place| place.address)
    }

    /// A door for somebody who comes to whatever node there is; people of different numbers do not all come
    /// to the same one at first.
    pub(crate) async fn door(&self, number: usize) -> anyhow::Result<Door> {
        Door::open(Arc::clone(&self.targets), number).await
    }

    /// Which life it is of what a server alone remembers; nodes that share everything have one.
    pub(crate) fn life(&self) -> u64 {
        if self.shape.is_shared { 0 } else { self.starts.load(Ordering::SeqCst) }
    }

    /// What stands in the journal, as somebody reads it who has seen nothing of it before.
    pub(crate) async fn source_from_journal(&self, deck: &str) -> anyhow::Result<String> {
        let address = match &self.witness {
            Some(witness) => witness.address(),
            None => {
                self.kill(0).await?;
                self.start_again(0).await?;
                self.places[0].address
            }
        };
        source(address, deck).await
    }

    pub(crate) async fn kill(&self, number: usize) -> anyhow::Result<()> {
        self.kill_after(number, |_| ()).await.map(drop)
    }

    /// Kills a node, if it runs; gives what was seen immediately before, when nobody new is sent there.
    pub(crate) async fn kill_after<T>(
        &self,
        number: usize,
        look: impl FnOnce(SocketAddr) -> T,
    ) -> anyhow::Result<Option<T>> {
        let place = &self.places[number];
        // Another fault may still have it in its hands.
        let mut running = place.node.lock().await;
        self.leave(number);
        let Some(node) = running.take() else { return Ok(None) };
        let seen = look(place.address);
        node.kill().await?;
        Ok(Some(seen))
    }

    pub(crate) async fn drain(&self, number: usize) -> anyhow::Result<()> {
        let mut running = self.places[number].node.lock().await;
        self.leave(number);
        match running.take() {
            Some(node) => node.drain().await,
            None => Ok(()),
        }
    }

    /// A node stands still for a while. A balancer sends nobody new to it.
    pub(crate) async fn pause(&self, number: usize, lasts: Duration) -> anyhow::Result<()> {
        let place = self.places[number].node.lock().await;
        let Some(node) = &*place else { return Ok(()) };
        self.leave(number);
        node.pause()?;
        tokio::time::sleep(lasts).await;
        node.go_on()?;
        self.enter(number);
        Ok(())
    }

    /// Starts a node that does not run.
    pub(crate) async fn start_again(&self, number: usize) -> anyhow::Result<()> {
        let place = &self.places[number];
        let mut node = place.node.lock().await;
        if node.is_none() {
            self.starts.fetch_add(1, Ordering::SeqCst);
            *node = Some(start(&place.setup, self.shape.is_shared).await?);
            self.enter(number);
        }
        Ok(())
    }

    /// From its next start on.
    pub(crate) async fn set_clock(&self, number: usize, seconds: i64) {
        self.places[number].setup.lock().await.clock = seconds;
    }

    /// From their next start on, nodes are of the older version, if there is one, or of this one.
    pub(crate) async fn set_version(&self, number: usize, is_older: bool) {
        let binary = self.older.as_ref().filter(|_| is_older).unwrap_or(&self.binary);
        self.places[number].setup.lock().await.binary.clone_from(binary);
    }

    pub(crate) fn has_older(&self) -> bool {
        self.older.is_some()
    }

    /// PostgreSQL is away for a while.
    pub(crate) async fn without_postgres(
        &self,
        crash: bool,
        lasts: Duration,
    ) -> anyhow::Result<()> {
        let Some(postgres) = &self.postgres else { return Ok(()) };
        let mut postgres = postgres.lock().await;
        tokio::task::block_in_place(|| postgres.stop(crash));
        tokio::time::sleep(lasts).await;
        tokio::task::block_in_place(|| postgres.start_again())
    }

    /// NATS is away for a while.
    pub(crate) async fn without_nats(&self, lasts: Duration) -> anyhow::Result<()> {
        let Some(nats) = &self.nats else { return Ok(()) };
        let mut nats = nats.lock().await;
        tokio::task::block_in_place(|| nats.stop());
        tokio::time::sleep(lasts).await;
        tokio::task::block_in_place(|| nats.start_again())
    }

    pub(crate) fn to_postgres(&self, number: usize) -> Option<&Door> {
        self.places[number].to_postgres.as_ref()
    }

    pub(crate) fn to_nats(&self, number: usize) -> Option<&Door> {
        self.places[number].to_nats.as_ref()
    }

    /// All lines work and all nodes run, with clocks that are right from their next start on.
    pub(crate) async fn heal(&self) -> anyhow::Result<()> {
        for (number, place) in self.places.iter().enumerate() {
            for door in place.to_postgres.iter().chain(&place.to_nats) {
                door.heal();
            }
            self.start_again(number).await?;
            self.set_clock(number, 0).await;
        }
        Ok(())
    }

    /// Keeps the logs, and gives their ends.
    pub(crate) async fn last_words(&self) -> String {
        let mut words = {
            let mut directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
            directory.disable_cleanup(true);
            format!("everything is kept in {}\n", directory.path().display())
        };
        for place in &self.places {
            let log = place.setup.lock().await.log();
            words += &format!("--- {}\n{}\n", log.display(), tail(&log));
        }
        words
    }

    fn enter(&self, number: usize) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        if !targets.contains(&self.places[number].address) {
            targets.push(self.places[number].address);
        }
    }

    fn leave(&self, number: usize) {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.retain(|target| *target != self.places[number].address);
    }
}

/// Starts a node as an init system does: again, when it could not reach what it needs.
async fn start(setup: &Mutex<Setup>, may_fail: bool) -> anyhow::Result<Node> {
    let first = Instant::now();
    loop {
        // What it needs may be told otherwise meanwhile.
        let now = setup.lock().await.clone();
        match Node::start(&now).await {
            Err(_) if may_fail && first.elapsed() < STARTS_WITHIN => {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            started => return started,
        }
    }
}

/// Lets a line fail for a while.
pub(crate) async fn fail(door: &Door, failure: Failure, lasts: Duration) {
    match failure {
        Failure::Cut => {
            door.set(|line| line.closed = true);
            door.cut();
        }
        Failure::Silent => door.set(|line| line.silent = true),
        Failure::Stranded => door.strand(),
        Failure::Slow(delay) => door.set(|line| line.delay = delay),
        Failure::Narrow(rate) => door.set(|line| line.rate = rate),
    }
    tokio::time::sleep(lasts).await;
    door.heal();
}

/// The live text of a deck on a node.
pub(crate) async fn source(node: SocketAddr, deck: &str) -> anyhow::Result<String> {
    let path = format!("/api/decks/{deck}/source");
    let answer = ::tests::http(&node.to_string(), "GET", &path, &[], "").await?;
    anyhow::ensure!(answer.status == 200, "{}: {}", answer.status, answer.body);
    Ok(answer.body)
}

/// A node says that nothing is missing: it is ready, and its bus and pictures are there as well, without
/// which it would be ready all the same.
pub(crate) async fn ensure_well(node: SocketAddr) -> anyhow::Result<()> {
    let answer = ::tests::http(&node.to_string(), "GET", "/readyz", &[], "").await?;
    anyhow::ensure!(says_well(&answer), "not well: {} {}", answer.status, answer.body);
    Ok(())
}

fn says_well(answer: &::tests::Response) -> bool {
    let report: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    answer.status == 200 && report["degraded"] == false
}

/// Makes a deck on a node.
pub(crate) async fn make_deck(node: SocketAddr, text: &str) -> anyhow::Result<String> {
    ::tests::new_deck(&node.to_string(), text).await.context("no deck can be made")
}

fn options(postgres: SocketAddr, nats: SocketAddr, database: &str, pictures: &str) -> Vec<String> {
    let database = format!("postgres://postgres@{postgres}/{database}");
    let bus = format!("nats://{nats}");
    ["--database", &database, "--bus", &bus, "--pictures", pictures].map(str::to_owned).into()
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_well_only_when_it_lacks_nothing() {
        let says = |status, body: &str| {
            says_well(&::tests::Response { status, headers: Vec::new(), body: body.to_owned() })
        };
        assert!(says(200, r#"{ "ready": true, "degraded": false, "store": "ok" }"#));
        assert!(!says(200, r#"{ "ready": true, "degraded": true, "bus": "away" }"#));
        assert!(!says(503, r#"{ "ready": false, "degraded": false, "store": "failed" }"#));
        // What only says that the process lives.
        assert!(!says(200, "ok\n"));
    }
}
