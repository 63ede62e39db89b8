//! Much of what is allowed once: connections, requests and messages by the thousand, and people who
//! read nothing of what they asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::wire::SUBPROTOCOL;
use futures_util::{SinkExt as _, StreamExt as _};
use tests::viewer::{Viewer, links};
use tests::{http, new_deck};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Connections that begin something and do not go on.
const HALF_OPEN: usize = 1_500;
/// How often they give a sign of life.
const DRIP: Duration = Duration::from_millis(500);
/// Attackers that send as fast as they can.
const AT_ONCE: usize = 32;
/// Attackers that send as fast as they can, and large.
const WITH_LARGE_FRAMES: usize = 8;
const LARGE_FRAME: usize = 16 * 1024 * 1024;
/// People who ask for everything and read nothing.
const SLOW_READERS: usize = 100;
/// What is written for them all the while: so much is waiting for each that none has room for it.
const LONG_EDIT: usize = 200_000;
/// Where an attacker says that they are, behind a proxy: limits count addresses.
const ELSEWHERE: &str = "x-forwarded-for: 192.0.2.66\r\n";

/// One attack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flood {
    /// Heads of requests that come a line at a time.
    SlowHeads,
    /// Bodies of requests that come a byte at a time.
    SlowBodies,
    /// Connections without a word.
    Silence,
    /// Connections that are closed as soon as they are open.
    Connections,
    /// Messages far beyond what is taken.
    LargeFrames,
    /// Those who write in a deck and read nothing.
    SlowEditors,
    /// Those who follow a deck and read nothing.
    SlowViewers,
    /// One request again and again: method, path, body.
    Requests(&'static str, &'static str, &'static str),
}

/// All of them, with names for the table.
pub(crate) const ALL: [(&str, Flood); 13] = [
    ("1,500 heads a line at a time", Flood::SlowHeads),
    ("1,500 bodies a byte at a time", Flood::SlowBodies),
    ("1,500 silent connections", Flood::Silence),
    ("connections as fast as they come", Flood::Connections),
    ("frames of 16 MB", Flood::LargeFrames),
    ("100 editors who do not read", Flood::SlowEditors),
    ("100 followers who do not read", Flood::SlowViewers),
    ("requests: make decks", Flood::Requests("POST", "/api/decks", "# x")),
    ("requests: sessions", Flood::Requests("POST", "/api/session", "{}")),
    ("requests: redeem", Flood::Requests("POST", "/api/redeem", "{\"code\":\"x\"}")),
    ("requests: sign in", Flood::Requests("GET", "/auth/login?to=/", "")),
    ("requests: pictures", Flood::Requests("POST", "/api/decks/{id}/pictures", "GIF89a")),
    ("requests: pages of followers", Flood::Requests("GET", "/l/AAAAAAAAAAAAAAAAAAAAAA", "")),
];

impl Flood {
    /// Goes on until then, and gives what came of it in words.
    pub(crate) async fn run(self, server: &str, until: Instant) -> anyhow::Result<String> {
        let deck = new_deck(server, "# Attacked\n").await?;
        match self {
            Self::SlowHeads => half_open(server, "GET / HTTP/1.1\r\n", "x: y\r\n", until).await,
            Self::SlowBodies => {
                let head = format!(
                    "POST /api/decks HTTP/1.1\r\nhost: {server}\r\n{ELSEWHERE}\
                     content-type: text/markdown\r\ncontent-length: 99999\r\n\r\n"
                );
                half_open(server, &head, "x", until).await
            }
            Self::Silence => half_open(server, "", "", until).await,
            Self::Connections => connections(server, until).await,
            Self::LargeFrames => large_frames(server, &deck, until).await,
            Self::SlowEditors => slow_readers(server, &deck, false, until).await,
            Self::SlowViewers => slow_readers(server, &deck, true, until).await,
            Self::Requests(method, path, body) => {
                let path = path.replace("{id}", &deck);
                let request = format!(
                    "{method} {path} HTTP/1.1\r\nhost: {server}\r\n{ELSEWHERE}\
                     content-type: text/markdown\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                requests(server, &request, until).await
            }
        }
    }
}

/// Many connections that begin like this and go on like that.
async fn half_open(
    server: &str,
    begin: &str,
    drip: &str,
    until: Instant,
) -> anyhow::Result<String> {
    let mut sockets = Vec::new();
    for _ in 0..HALF_OPEN {
        let mut socket = TcpStream::connect(server).await?;
        socket.write_all(begin.as_bytes()).await?;
        sockets.push(socket);
    }
    while Instant::now() < until {
        sleep(DRIP).await;
        let mut left = Vec::new();
        for mut socket in sockets {
            if socket.write_all(drip.as_bytes()).await.is_ok() {
                left.push(socket);
            }
        }
        sockets = left;
    }
    Ok(format!("{} still open", sockets.len()))
}

async fn connections(server: &str, until: Instant) -> anyhow::Result<String> {
    let mut attackers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let server = server.to_owned();
        attackers.spawn(async move {
            let mut made = 0_u32;
            while Instant::now() < until && TcpStream::connect(&server).await.is_ok() {
                made += 1;
            }
            made
        });
    }
    let made: u32 = attackers.join_all().await.iter().sum();
    Ok(format!("{made} connections"))
}

async fn large_frames(server: &str, deck: &str, until: Instant) -> anyhow::Result<String> {
    let mut attackers = JoinSet::new();
    for number in 0..WITH_LARGE_FRAMES {
        let role = if number % 2 == 0 { "edit" } else { "follow" };
        let url = format!("ws://{server}/sync/{deck}?role={role}");
        let server = server.to_owned();
        attackers.spawn(async move {
            let mut sent = 0_u32;
            while Instant::now() < until {
                let mut request = url.as_str().into_client_request()?;
                request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
                let tcp = TcpStream::connect(&server).await?;
                let (mut socket, _) = client_async(request, tcp).await?;
                // The other end hangs up in the middle.
                let _ = socket.send(Message::Binary(vec![0; LARGE_FRAME].into())).await;
                while let Ok(Some(Ok(_))) = timeout_at(until, socket.next()).await {}
                sent += 1;
            }
            anyhow::Ok(sent)
        });
    }
    let mut sent = 0;
    while let Some(attacker) = attackers.join_next().await {
        sent += attacker??;
    }
    Ok(format!("{sent} frames"))
}

/// They join, and somebody writes more than their connections hold.
async fn slow_readers(
    server: &str,
    deck: &str,
    watch: bool,
    until: Instant,
) -> anyhow::Result<String> {
    let (follow, _) = links(server, deck).await?;
    let mut viewers = Vec::new();
    let mut editors = Vec::new();
    for _ in 0..SLOW_READERS {
        if watch {
            viewers.push(Viewer::open(server, &follow, None).await?);
        } else {
            editors.push(tests::attacker::Attacker::connect(server, deck).await?);
        }
    }
    let writer = Client::open(tests::options(server, deck, "Writer", Role::Edit));
    let mut written = 0;
    while Instant::now() < until {
        let text = "x".repeat(LONG_EDIT);
        writer.edit(vec![TextEdit::insert(0, &text)]).await?;
        writer.edit(vec![TextEdit::delete(0, LONG_EDIT as u32)]).await?;
        writer.saved().await?;
        written += 1;
    }
    drop((viewers, editors));
    Ok(format!("{written} long edits"))
}

/// One request on many connections, each again as soon as it is answered.
async fn requests(server: &str, request: &str, until: Instant) -> anyhow::Result<String> {
    let mut attackers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (server, request) = (server.to_owned(), request.to_owned());
        attackers.spawn(async move {
            let mut statuses: BTreeMap<u16, u32> = BTreeMap::new();
            let mut socket = TcpStream::connect(&server).await?;
            while Instant::now() < until {
                match ask(&mut socket, &request).await {
                    Ok(status) => *statuses.entry(status).or_default() += 1,
                    Err(_) => socket = TcpStream::connect(&server).await?,
                }
            }
            anyhow::Ok(statuses)
        });
    }
    let mut all: BTreeMap<u16, u32> = BTreeMap::new();
    while let Some(attacker) = attackers.join_next().await {
        for (status, count) in attacker?? {
            *all.entry(status).or_default() += count;
        }
    }
    let all: Vec<String> = all.iter().map(|(status, count)| format!("{count}×{status}")).collect();
    Ok(all.join(", "))
}

/// Sends a request and reads the whole answer; gives its status.
async fn ask(socket: &mut TcpStream, request: &str) -> anyhow::Result<u16> {
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = socket.read(&mut chunk).await?;
        anyhow::ensure!(read > 0, "the connection was closed");
        answer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("no length")?.parse()?;
        if body.len() >= length {
            return Ok(head.get(9..12).context("no status")?.parse()?);
        }
    }
}

/// Somebody who comes in the middle of it gets in.
pub(crate) async fn newcomer(server: &str) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let answer = http(server, "GET", "/healthz", &[], "").await?;
    anyhow::ensure!(answer.status == 200, "a newcomer got {}", answer.status);
    Ok(start.elapsed())
}
