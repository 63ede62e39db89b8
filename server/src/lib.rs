//! The Ondeck server: joins decks, rooms, the store and the front-end over HTTP.
#![forbid(unsafe_code)]

mod auth;
pub mod cli;
pub mod config;
mod document;
pub mod error;
mod headers;
mod http;
pub mod hub;
pub mod limits;
mod router;
mod routes;
pub mod store;
pub mod upkeep;
mod ws;

use std::fs::TryLockError;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Origins;
use crate::hub::{Hub, HubOptions};
use crate::limits::Limits;
use crate::router::App;
use crate::routes::{decks, pages};
use crate::store::{SharedStore, sqlite::SqliteStore};

/// Version of this build, told to clients and by `--version`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a room without anybody stays open: a reload of the page finds it still warm.
pub const UNLOAD_AFTER: Duration = Duration::from_secs(30);
/// Name of the database inside the data directory.
const DATABASE: &str = "ondeck.sqlite";
/// Name of the file that a server holds locked while it uses the directory.
const LOCK: &str = "ondeck.lock";

/// What a server needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where it keeps everything.
    pub data_dir: std::path::PathBuf,
    /// How others reach it, without a slash at the end.
    pub public_url: Option<String>,
    /// How long an empty room stays open.
    pub unload_after: Duration,
    /// WebSockets on which one address may edit; 0 is no limit.
    pub connections_per_address: usize,
}

/// A server that listens.
pub struct Server {
    app: App,
    address: SocketAddr,
    stop: CancellationToken,
    disk_failed: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    /// Held until the last change is stored.
    _lock: std::fs::File,
}

impl Server {
    /// Opens the data directory and starts to listen.
    ///
    /// # Errors
    /// When the directory, the database or the address cannot be used; the message says which
    /// and what to do.
    pub async fn listen(options: Options) -> anyhow::Result<Self> {
        let lock = open_dir(&options.data_dir)?;
        let files = limits::raise_open_files();
        tracing::debug!(files, "open files are allowed");
        let store = open_store(&options.data_dir)?;
        let disk_failed = store.failed();
        let store: SharedStore = Arc::new(store);
        let listener = TcpListener::bind(options.listen).await.with_context(|| {
            let (address, port) = (options.listen, options.listen.port());
            format!("cannot listen on {address}\nhint: is port {port} taken? choose another with `--listen`")
        })?;
        let address = listener.local_addr()?;
        let unload_after = options.unload_after;
        let hub_options = HubOptions { unload_after, title_of, version: VERSION };
        let app = App {
            hub: Hub::new(Arc::clone(&store), hub_options),
            store,
            origins: Arc::new(Origins {
                public: options.public_url,
                loopback: options.listen.ip().is_loopback(),
            }),
            pages: Arc::new(pages::Pages::load()),
            limits: Arc::new(Limits::new(options.connections_per_address)),
            tasks: TaskTracker::new(),
        };
        let stop = CancellationToken::new();
        let routes = router::routes(app.clone());
        let serve = http::serve(listener, routes, app.tasks.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "awaited in `shutdown`")]
        let serving = tokio::spawn(serve);
        Ok(Self { app, address, stop, disk_failed, serving, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends when the disk failed in a way after which nobody knows what is on it. Then the process
    /// must end as well, without [`Server::shutdown`].
    pub async fn disk_failed(&self) {
        self.disk_failed.cancelled().await;
    }

    /// Makes a deck out of a Markdown file, unless there are decks already.
    ///
    /// # Errors
    /// When the file cannot be read or the deck cannot be stored.
    pub async fn import_example(&self, path: &Path) -> anyhow::Result<()> {
        if !self.app.store.decks().await?.is_empty() {
            return Ok(());
        }
        let source = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the example deck {}", path.display()))?;
        let made = decks::insert(&self.app, &source).await;
        made.map(drop).with_context(|| format!("cannot import {}", path.display()))
    }

    /// How many rooms are open.
    pub fn open_rooms(&self) -> usize {
        self.app.hub.open_rooms()
    }

    /// Stops to accept, tells everybody to reconnect, stores everything. Returns when all of
    /// that is done.
    ///
    /// # Errors
    /// When the listener had failed.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.app.hub.shutdown().await;
        // Connections that still idle after that belong to browsers that keep them warm.
        match tokio::time::timeout(Duration::from_secs(2), self.serving).await {
            Ok(served) => Ok(served?),
            Err(_) => Ok(()),
        }
    }
}

/// Makes the data directory and locks it: two servers on one directory would each throw away the
/// other's changes with their next snapshots.
pub(crate) fn open_dir(data_dir: &Path) -> anyhow::Result<std::fs::File> {
    let shown = data_dir.display();
    std::fs::create_dir_all(data_dir).with_context(|| {
        format!("cannot make the data directory {shown}\nhint: choose another with `--data-dir`")
    })?;
    let lock = std::fs::File::create(data_dir.join(LOCK)).with_context(|| {
        format!("cannot write to the data directory {shown}\nhint: may this user write there? see `--data-dir`")
    })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another Ondeck uses the data directory {shown}\n\
             hint: stop that one, or choose another with `--data-dir`"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock the data directory {shown}"))
        }
    }
}

fn open_store(data_dir: &Path) -> anyhow::Result<SqliteStore> {
    let path = data_dir.join(DATABASE);
    SqliteStore::open(&path).with_context(|| {
        let shown = path.display();
        format!("cannot open the database {shown}\nhint: `ondeck verify` says what is damaged, `ondeck restore` goes back to a backup")
    })
}

/// A deck's title, read from its text. This is where the two ideas meet: rooms know no Markdown.
fn title_of(text: &str) -> String {
    let title = deck::parse(text).title;
    if title.is_empty() { "Untitled deck".to_owned() } else { title }
}
