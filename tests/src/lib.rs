//! A real server on a free port and a small HTTP client, for tests and measurements.
#![forbid(unsafe_code)]

pub mod anatomy;
pub mod attacker;
pub mod bombs;
pub mod forge;
pub mod nodes;
pub mod people;
pub mod viewer;
pub mod writer;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use client::{Client, Options};
use collab::access::Role;
use collab::wire::{PEOPLE_COLORS, Profile};
use ondeck_server::cli::AccessMode;
use ondeck_server::{DatabasePlace, Server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Rooms of test servers close as soon as nobody is in them.
const UNLOAD_AFTER: Duration = Duration::ZERO;

/// A server with a data directory of its own, which outlives restarts.
pub struct TestServer {
    server: Option<Server>,
    data_dir: TempDir,
    address: SocketAddr,
    mode: AccessMode,
    shared: Option<SharedPlace>,
}

/// What servers share that serve the same decks.
#[derive(Debug, Clone)]
pub struct SharedPlace {
    /// The URL of PostgreSQL.
    pub database: String,
    /// The URL of NATS.
    pub bus: String,
}

impl TestServer {
    /// Starts a server on any free port.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_for(AccessMode::Open).await
    }

    /// The same for those who may use it.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start_for(mode: AccessMode) -> anyhow::Result<Self> {
        Self::start_in(None, mode).await
    }

    /// One of several that share everything.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start_node(shared: SharedPlace) -> anyhow::Result<Self> {
        Self::start_in(Some(shared), AccessMode::Open).await
    }

    async fn start_in(shared: Option<SharedPlace>, mode: AccessMode) -> anyhow::Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut this = Self { server: None, data_dir, address, mode, shared };
        this.start_again().await?;
        Ok(this)
    }

    /// Where it keeps everything.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Stops the server in good order.
    ///
    /// # Errors
    /// When it is not running, or stops with an error.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.server.take().context("the server is not running")?.shutdown().await
    }

    /// Starts the server again on the same port with the same data.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let mut options = ondeck_server::Options {
            listen: self.address,
            access: self.mode,
            unload_after: UNLOAD_AFTER,
            ..ondeck_server::Options::local(self.data_dir.path())
        };
        if let Some(SharedPlace { database, bus }) = self.shared.clone() {
            options.database = DatabasePlace::Postgres(database);
            options.bus = Some(bus);
        }
        let server = Server::listen(options).await?;
        self.address = server.address();
        self.server = Some(server);
        Ok(())
    }

    /// Makes a deck and gives its id.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn deck(&self, source: &str) -> anyhow::Result<String> {
        new_deck(&self.address(), source).await
    }

    /// The live text of a deck.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn source(&self, deck: &str) -> anyhow::Result<String> {
        source(&self.address(), deck).await
    }

    /// How many decks are open; none while the server is stopped.
    pub fn open_rooms(&self) -> usize {
        self.server.as_ref().map_or(0, Server::open_rooms)
    }

    /// Somebody opens a deck.
    pub fn join(&self, deck: &str, name: &str, role: Role) -> Client {
        Client::open(options(&self.address(), deck, name, role))
    }
}

/// Makes a deck and gives its id.
///
/// # Errors
/// When the server refuses.
pub async fn new_deck(server: &str, source: &str) -> anyhow::Result<String> {
    let response = http(server, "POST", "/api/decks", &markdown(), source).await?;
    let deck: Value = serde_json::from_str(&response.body)?;
    Ok(deck["id"].as_str().context("no id")?.to_owned())
}

/// The live text of a deck.
///
/// # Errors
/// When the server refuses.
pub async fn source(server: &str, deck: &str) -> anyhow::Result<String> {
    Ok(http(server, "GET", &format!("/api/decks/{deck}/source"), &[], "").await?.body)
}

/// Options of a client in a colour of its own.
pub fn options(server: &str, deck: &str, name: &str, role: Role) -> Options {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let color = NEXT.fetch_add(1, Ordering::Relaxed) % PEOPLE_COLORS;
    let profile = Profile { name: name.to_owned(), color };
    Options { server: server.to_owned(), deck: deck.to_owned(), role, profile, cookie: None }
}

/// The header for a body of Markdown.
pub fn markdown() -> [(&'static str, &'static str); 1] {
    [("content-type", "text/markdown")]
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Response {
    /// A header's value, "" when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

/// One request on a connection of its own (HTTP/1.1), so that a test sees exactly what was sent.
///
/// # Errors
/// When the connection fails or the answer is not HTTP.
pub async fn http(
    server: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<Response> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request += &format!("host: {server}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut socket = TcpStream::connect(server).await?;
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| anyhow!("not an HTTP answer"))
}

fn parse(answer: &str) -> Option<Response> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Response { status, headers, body: body.to_owned() })
}
