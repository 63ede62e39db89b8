//! Several servers in one process that share a real PostgreSQL and a real NATS.

use std::ops::Index;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use testbed::{Nats, Postgres};

use crate::{SharedPlace, TestServer};

/// The PostgreSQL of all tests that let it run, while one of them does.
static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// Servers of the same decks; the first is `nodes[0]`.
pub struct Nodes {
    servers: Vec<TestServer>,
    postgres: Arc<Postgres>,
    nats: Nats,
    shared: SharedPlace,
}

impl Nodes {
    /// Starts them on a database of their own.
    ///
    /// # Errors
    /// When one of the programs is not there or does not start; the message says what to do.
    pub async fn start(count: usize) -> anyhow::Result<Self> {
        let postgres = tokio::task::spawn_blocking(shared_postgres).await??;
        Self::start_on(postgres, count).await
    }

    /// Starts them on a PostgreSQL of their own, which may be stopped.
    ///
    /// # Errors
    /// As [`Nodes::start`].
    pub async fn start_apart(count: usize) -> anyhow::Result<Self> {
        let postgres = tokio::task::spawn_blocking(Postgres::start).await??;
        Self::start_on(Arc::new(postgres), count).await
    }

    async fn start_on(postgres: Arc<Postgres>, count: usize) -> anyhow::Result<Self> {
        let nats = tokio::task::spawn_blocking(Nats::start).await??;
        let shared = SharedPlace { database: postgres.database()?, bus: nats.url() };
        let mut servers = Vec::new();
        for _ in 0..count {
            servers.push(TestServer::start_node(shared.clone()).await?);
        }
        Ok(Self { servers, postgres, nats, shared })
    }

    /// One of the servers, to be stopped and started.
    pub fn node(&mut self, number: usize) -> &mut TestServer {
        &mut self.servers[number]
    }

    /// Another server joins them.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn add(&mut self) -> anyhow::Result<()> {
        self.servers.push(TestServer::start_node(self.shared.clone()).await?);
        Ok(())
    }

    /// Their NATS.
    pub fn nats(&mut self) -> &mut Nats {
        &mut self.nats
    }

    /// Their PostgreSQL, when it is theirs alone ([`Nodes::start_apart`]).
    pub fn postgres(&mut self) -> Option<&mut Postgres> {
        Arc::get_mut(&mut self.postgres)
    }

    /// Stops all servers in good order.
    ///
    /// # Errors
    /// When one of them ends with an error.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for server in &mut self.servers {
            server.stop().await?;
        }
        Ok(())
    }
}

impl Index<usize> for Nodes {
    type Output = TestServer;

    fn index(&self, number: usize) -> &TestServer {
        &self.servers[number]
    }
}

fn shared_postgres() -> anyhow::Result<Arc<Postgres>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(postgres) = shared.upgrade() {
        return Ok(postgres);
    }
    let postgres = Arc::new(Postgres::start()?);
    *shared = Arc::downgrade(&postgres);
    Ok(postgres)
}
