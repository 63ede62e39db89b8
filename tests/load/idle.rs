//! Many connections on which nothing happens: what each of them costs the server, and the others.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use futures_util::future::join_all;

use crate::measure::Load;
use crate::process::Target;

/// Connections to one deck: a large team and those who follow it.
const PEERS_PER_DECK: usize = 50;
/// Of those, this many may edit.
const EDITORS_PER_DECK: usize = 5;
/// Files that the server and this program need beside the idle sockets.
const OTHER_FILES: u64 = 2_000;
/// How long everybody may take to hear of an edit.
const HEARD_WITHIN: Duration = Duration::from_secs(60);

/// Everybody who idles.
pub(crate) struct Idle {
    /// The first of each deck, then all others.
    clients: Vec<Client>,
    decks: usize,
    /// Megabytes of the server when nobody, one for each deck, and all were there.
    memory: [f64; 3],
}

impl Idle {
    /// Opens `count` connections, with everything that clients send first.
    pub(crate) async fn open(count: usize, load: &Load, target: &Target) -> anyhow::Result<Self> {
        let files = count as u64 + OTHER_FILES;
        let allowed = ondeck_server::limits::raise_open_files();
        anyhow::ensure!(
            allowed >= files,
            "this needs {files} open files, and {allowed} are allowed\nhint: `ulimit -n {files}`"
        );
        let text = load.text();
        let before = target.memory_mb().context("the server has ended")?;
        let mut clients = Vec::with_capacity(count);
        let mut decks = Vec::new();
        for _ in 0..count.div_ceil(PEERS_PER_DECK) {
            let deck = target.make_deck(&text).await?;
            // One connection opens the room: what counts is what each further one costs.
            clients.push(open(target, &deck, Role::Edit).await?);
            decks.push(deck);
        }
        let rooms = target.memory_mb().context("the server has ended")?;
        for deck in &decks {
            let places = 1..PEERS_PER_DECK.min(count - clients.len() + 1);
            let role = |place| if place < EDITORS_PER_DECK { Role::Edit } else { Role::Follow };
            let opened = join_all(places.map(|place| open(target, deck, role(place)))).await;
            clients.extend(opened.into_iter().collect::<anyhow::Result<Vec<_>>>()?);
        }
        let all = target.memory_mb().context("the server has ended")?;
        Ok(Self { clients, decks: decks.len(), memory: [before, rooms, all] })
    }

    /// Shows that all are still there: the first of each deck writes, and everybody hears of it.
    /// Then says what they cost.
    pub(crate) async fn report(&self, target: &Target) -> anyhow::Result<String> {
        for writer in &self.clients[..self.decks] {
            writer.edit(vec![TextEdit::insert(0, "here ")]).await?;
        }
        let heard = self
            .clients
            .iter()
            .map(|client| client.wait_until(|replica| replica.text().starts_with("here ")));
        let heard = tokio::time::timeout(HEARD_WITHIN, join_all(heard)).await;
        for heard in heard.context("a connection did not hear of an edit")? {
            heard?;
        }
        let later = target.memory_mb().context("the server has ended")?;
        let [before, rooms, all] = self.memory;
        let mut report = format!("{} idle, in {} decks\n", self.clients.len(), self.decks);
        let mut line = |what, mb: f64, more: f64, among: usize, one| {
            let kb = (mb - more) * 1024.0 / among as f64;
            writeln!(report, "{what:28} {mb:7.1} MB, {kb:5.1} KB for each {one}")
        };
        let further = self.clients.len() - self.decks;
        line("one connection to each deck", rooms, before, self.decks, "deck")?;
        line("all connections", all, rooms, further, "further connection")?;
        line("at the end, active ones too", later, rooms, further, "further connection")?;
        Ok(report)
    }
}

async fn open(target: &Target, deck: &str, role: Role) -> anyhow::Result<Client> {
    let client = Client::open(tests::options(&target.address, deck, "idle", role));
    client.wait_until(|replica| !replica.text().is_empty()).await?;
    if role == Role::Edit {
        client.saved().await?;
        client.with(|replica, now, out| replica.select(now, Some((0, 0)), out)).await?;
    }
    Ok(client)
}
