//! The Ondeck server: joins decks, rooms, the store and the front-end over HTTP.
#![forbid(unsafe_code)]

mod access;
mod auth;
pub mod bus;
pub mod cli;
mod cluster;
pub mod config;
mod desk;
mod discussion;
pub mod doctor;
mod document;
mod elsewhere;
pub mod error;
mod headers;
mod http;
pub mod hub;
pub mod limits;
mod links;
mod metrics;
mod minutes;
mod mirror;
pub mod oidc;
mod peer;
pub mod pictures;
mod projector;
mod readiness;
mod requests;
mod roster;
mod router;
mod routes;
mod series;
pub mod store;
mod stores;
mod tidy;
mod tls;
pub mod upkeep;
mod ws;

use std::fs::TryLockError;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::audit::Audit;
use crate::access::sessions::{Groups, Sessions};
use crate::access::watch::Changes;
use crate::auth::Origins;
use crate::bus::SharedBus;
use crate::bus::nats::NatsBus;
use crate::cli::AccessMode;
use crate::cluster::Cluster;
use crate::desk::Desks;
use crate::discussion::Discussion;
use crate::elsewhere::Nodes;
use crate::hub::{Hub, HubOptions};
use crate::limits::Limits;
use crate::limits::address::Proxies;
use crate::links::Links;
use crate::oidc::{Oidc, OidcOptions};
use crate::pictures::{Gallery, PicturesPlace, ticket::Tickets};
use crate::projector::Projectors;
use crate::readiness::Readiness;
use crate::router::App;
use crate::routes::{decks, pages};
use crate::store::cluster::SharedClusterStore;
use crate::stores::Stores;

pub use crate::access::Access;
pub use crate::access::token::admin_token;
pub use crate::router::{Kind, Need, Row, link_access, table};
pub use crate::stores::DatabasePlace;

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
    /// Where it keeps everything that is not kept elsewhere.
    pub data_dir: PathBuf,
    /// Where decks, people and links are kept.
    pub database: DatabasePlace,
    /// Where nodes that share a database tell each other what is new, as a URL of NATS.
    pub bus: Option<String>,
    /// Where its figures can be read without a token, besides the usual place.
    pub metrics_listen: Option<SocketAddr>,
    /// How others reach it, without a slash at the end.
    pub public_url: Option<String>,
    /// Who may create decks, and what guests may do.
    pub access: AccessMode,
    /// Proxies in these networks are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// With whom people sign in.
    pub oidc: Option<OidcOptions>,
    /// Where pictures are kept.
    pub pictures: PicturesPlace,
    /// Pictures may be brought in from other sites.
    pub fetch_pictures: bool,
    /// Another host name of this server, for the slides alone.
    pub slides_url: Option<String>,
    /// How long an empty room stays open.
    pub unload_after: Duration,
    /// WebSockets on which one address may edit; 0 is no limit.
    pub connections_per_address: usize,
}

impl Options {
    /// For this machine alone, on any free port, as a server is without any options.
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        let data_dir = data_dir.into();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            pictures: PicturesPlace::in_dir(&data_dir),
            database: DatabasePlace::in_dir(&data_dir),
            bus: None,
            data_dir,
            metrics_listen: None,
            public_url: None,
            access: AccessMode::Open,
            trusted_proxies: limits::loopback(),
            oidc: None,
            fetch_pictures: false,
            slides_url: None,
            unload_after: UNLOAD_AFTER,
            connections_per_address: limits::CONNECTIONS_PER_ADDRESS,
        }
    }
}

/// A server that listens.
pub struct Server {
    app: App,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: CancellationToken,
    failed: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    cluster: Cluster,
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
        Self::listen_with(options, None).await
    }

    /// As [`Server::listen`], on a bus of whoever starts several servers in one process.
    ///
    /// # Errors
    /// As [`Server::listen`].
    pub async fn listen_with(options: Options, bus: Option<SharedBus>) -> anyhow::Result<Self> {
        let lock = open_dir(&options.data_dir)?;
        let files = limits::raise_open_files();
        tracing::debug!(files, "open files are allowed");
        let stores = Stores::open(&options.database).await?;
        let Stores { store, access, series, sections, talk, calls, pictures, failed, .. } = stores;
        let secret = store.secret().await?;
        let listener = http::bind(options.listen).with_context(|| {
            let (address, port) = (options.listen, options.listen.port());
            format!("cannot listen on {address}\nhint: is port {port} taken? choose another with `--listen`")
        })?;
        let address = listener.local_addr()?;
        let unload_after = options.unload_after;
        let hub_options = HubOptions { unload_after, title_of, version: VERSION };
        let tasks = TaskTracker::new();
        let cluster =
            join_cluster(stores.cluster, bus, options.bus.as_deref(), &secret, &tasks).await?;
        let elsewhere = Nodes::of(&cluster);
        let hub = Hub::in_cluster(Arc::clone(&store), hub_options, cluster.clone());
        let loopback = options.listen.ip().is_loopback();
        let origins = Origins { public: options.public_url, loopback };
        let token = admin_token(&options.data_dir)?;
        let over_tls = origins.is_https();
        let groups = options.oidc.as_ref().map(|oidc| Groups {
            members: oidc.member_groups.clone(),
            admins: oidc.admin_groups.clone(),
        });
        let oidc = options.oidc.map(Oidc::new).transpose()?.map(Arc::new);
        let gallery = Gallery::open(&options.pictures, pictures, options.fetch_pictures)?;
        let proxies = Proxies::new(options.trusted_proxies);
        let app = App {
            desks: Desks::new(hub.clone(), Arc::clone(&sections), tasks.clone(), elsewhere.clone()),
            projectors: Projectors::new(hub.clone(), tasks.clone(), calls, access::now, elsewhere),
            links: Links::new(Arc::clone(&store), Arc::clone(&access)),
            mode: options.access,
            sessions: Sessions::new(
                Arc::clone(&access),
                over_tls,
                groups.unwrap_or_default(),
                &token,
            ),
            audit: Audit::new(Arc::clone(&access)),
            changes: Changes::new(cluster.clone()),
            oidc,
            discussion: Discussion::new(Arc::clone(&talk), hub.clone()),
            hub,
            store,
            access,
            series,
            sections,
            talk,
            gallery,
            tickets: Tickets::new(secret),
            origins: Arc::new(origins),
            pages: Arc::new(pages::Pages::load(options.slides_url)),
            limits: Arc::new(Limits::new(options.connections_per_address, proxies.clone())),
            readiness: Readiness::default(),
            cluster: cluster.clone(),
            tasks,
        };
        let stop = CancellationToken::new();
        let tidying = tidy::keep_tidy(app.clone(), access::now);
        app.tasks.spawn(stop.clone().run_until_cancelled_owned(tidying));
        let following = app.changes.clone().follow(app.hub.clone(), app.desks.clone());
        app.tasks.spawn(stop.clone().run_until_cancelled_owned(following));
        let ending = app.hub.clone().end_abandoned();
        app.tasks.spawn(stop.clone().run_until_cancelled_owned(ending));
        let metrics_address = options
            .metrics_listen
            .map(|address| serve_metrics(address, &app, &stop))
            .transpose()?;
        let routes = router::routes(app.clone());
        let serve = http::serve(listener, routes, proxies, app.tasks.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "awaited in `shutdown`")]
        let serving = tokio::spawn(serve);
        Ok(Self { app, address, metrics_address, stop, failed, serving, cluster, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its figures can be read without a token, when that was asked for.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Tells load balancers that nobody new should be sent here. All else goes on as before.
    pub fn begin_drain(&self) {
        self.app.readiness.drain();
    }

    /// Ends when the disk failed in a way after which nobody knows what is on it. Then the process
    /// must end as well, without [`Server::shutdown`].
    pub async fn disk_failed(&self) {
        self.failed.cancelled().await;
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
        let made = decks::insert(&self.app, None, &source, None).await;
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
        self.begin_drain();
        self.stop.cancel();
        self.app.hub.shutdown().await;
        self.cluster.stop().await;
        // Connections that still idle after that belong to browsers that keep them warm.
        match tokio::time::timeout(Duration::from_secs(2), self.serving).await {
            Ok(served) => Ok(served?),
            Err(_) => Ok(()),
        }
    }
}

/// One of several nodes, when the database is one that several may share.
async fn join_cluster(
    store: Option<SharedClusterStore>,
    bus: Option<SharedBus>,
    url: Option<&str>,
    secret: &[u8; 32],
    tasks: &TaskTracker,
) -> anyhow::Result<Cluster> {
    let Some(store) = store else {
        anyhow::ensure!(
            url.is_none() && bus.is_none(),
            "a bus is of no use without a database that several nodes share\n\
             hint: set `--database postgres://…` as well, or leave `--bus` out"
        );
        return Ok(Cluster::alone());
    };
    let bus = match (bus, url) {
        (None, Some(url)) => Some(Arc::new(NatsBus::connect(url).await?) as SharedBus),
        (bus, _) => bus,
    };
    Cluster::start(store, bus, secret, tasks).await
}

/// Listens at a place of its own for those who read figures, until `stop`.
fn serve_metrics(
    address: SocketAddr,
    app: &App,
    stop: &CancellationToken,
) -> anyhow::Result<SocketAddr> {
    let listener = http::bind(address)
        .with_context(|| format!("cannot listen on {address}\nhint: see `--metrics-listen`"))?;
    let address = listener.local_addr()?;
    let routes = router::metrics_routes(app.clone());
    // Whoever may reach the address reads figures, and no proxy is believed there.
    let (proxies, connections) = (Proxies::new(Vec::new()), TaskTracker::new());
    app.tasks.spawn(http::serve(listener, routes, proxies, connections, stop.clone()));
    Ok(address)
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

/// A deck's title, read from its text. This is where the two ideas meet: rooms know no Markdown.
fn title_of(text: &str) -> String {
    let title = deck::parse(text).title;
    if title.is_empty() { "Untitled deck".to_owned() } else { title }
}
