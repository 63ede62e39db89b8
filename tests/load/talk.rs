//! A talk: one person presents, one writes, and hundreds watch. How long until everybody is there?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::wire::{Frame, SUBPROTOCOL};
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use tests::viewer::{Viewer, links};

use crate::measure::{Percentiles, percentiles};
use crate::process::Target;

/// A presenter who is in a hurry turns this many pages in a second, and the writer edits as often.
const PER_SECOND: u64 = 4;
/// As long as most decks are.
const SLIDES: usize = 24;
/// What every edit of the writer begins with; then comes its number.
const TOKEN: &str = "edit-number-";
/// Viewers that come one after the other.
const LATE: usize = 100;
/// How long arrivals are awaited after the last one was sent.
const SETTLE: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TcpStream>;

/// What a talk gave.
#[derive(Debug, Serialize)]
pub(crate) struct Talk {
    server: &'static str,
    viewers: usize,
    /// From the presenter's key to the message at each viewer.
    navigation_ms: Percentiles,
    navigation_missing: u64,
    /// From an edit to the patch at each viewer; edits are gathered for up to 40 ms.
    edits_ms: Percentiles,
    /// Edits that came in one patch with a later one.
    edits_joined: u64,
    /// From opening the socket to the state, with the whole deck, one after the other.
    join_ms: Percentiles,
    /// The same all at once.
    join_at_once_ms: Percentiles,
    /// With the deck by HTTP before it, all at once.
    page_at_once_ms: Percentiles,
    cpu_us_per_delivery: Option<f64>,
    memory_mb: Option<f64>,
}

impl Talk {
    /// The figures for people.
    pub(crate) fn lines(&self) -> String {
        let times = |times: &Percentiles| {
            format!("{:.1} / {:.1} / {:.1} ms", times.p50, times.p95, times.p99)
        };
        let number =
            |figure: Option<f64>| figure.map_or("–".into(), |figure| format!("{figure:.1}"));
        format!(
            "{}: {} viewers (times are p50 / p95 / p99)\n  navigation  {}, {} missing\n  \
             edits       {}, {} came with a later one\n  late join   {} one by one, {} at once, {} with its page\n  \
             CPU {} µs a delivery, RSS {} MB\n",
            self.server,
            self.viewers,
            times(&self.navigation_ms),
            self.navigation_missing,
            times(&self.edits_ms),
            self.edits_joined,
            times(&self.join_ms),
            times(&self.join_at_once_ms),
            times(&self.page_at_once_ms),
            number(self.cpu_us_per_delivery),
            number(self.memory_mb),
        )
    }
}

/// When each thing was done, by its number from 1.
struct Sent {
    start: Instant,
    at: Vec<AtomicU64>,
}

impl Sent {
    fn new(count: u64) -> Arc<Self> {
        let at = (0..=count).map(|_| AtomicU64::new(0)).collect();
        Arc::new(Self { start: Instant::now(), at })
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn done(&self, number: u64) {
        self.at[number as usize].store(self.now(), Ordering::Relaxed);
    }

    /// Notes an arrival, unless it came before.
    fn arrived(&self, number: u64, last: &mut u64, arrivals: &mut Vec<u32>) {
        if number > *last
            && let Some(at) = self.at.get(number as usize)
        {
            *last = number;
            arrivals.push((self.now() - at.load(Ordering::Relaxed)) as u32);
        }
    }
}

/// Arrivals at one viewer: of pages, of edits.
type Arrivals = (Vec<u32>, Vec<u32>);

/// Measures a talk on Ondeck.
pub(crate) async fn run(target: &Target, viewers: usize, seconds: u64) -> anyhow::Result<Talk> {
    let slides: Vec<String> = (0..SLIDES).map(slide).collect();
    let deck = target.make_deck(&slides.join("\n\n---\n\n")).await?;
    let (follow, _) = links(&target.address, &deck).await?;
    let presenter = Client::open(tests::options(&target.address, &deck, "Paula", Role::Present));
    let writer = Client::open(tests::options(&target.address, &deck, "Will", Role::Edit));
    presenter.saved().await?;
    writer.saved().await?;
    present(&presenter, 0, 0).await?;
    let opened = (0..viewers).map(|_| join(&target.address, &follow, None));
    let mut join_at_once = Vec::new();
    let mut audience = JoinSet::new();
    let count = seconds * PER_SECOND;
    let (pages, edits) = (Sent::new(count), Sent::new(count));
    for joined in join_all(opened).await {
        let (viewer, micros) = joined?;
        join_at_once.push(micros);
        audience.spawn(watch(viewer, Arc::clone(&pages), Arc::clone(&edits)));
    }
    let cpu_before = target.cpu_seconds();
    let turning = turn_pages(&presenter, &pages, count);
    let (turned, written) = tokio::join!(turning, write_on(&writer, &edits, count));
    turned?;
    written?;
    tokio::time::sleep(SETTLE).await;
    let cpu = target.cpu_seconds().zip(cpu_before).map(|(after, before)| after - before);
    let memory_mb = target.memory_mb();
    // Those who come late find a full house.
    let (mut late, mut page) = (Vec::new(), Vec::new());
    for _ in 0..LATE {
        late.push(join(&target.address, &follow, None).await?.1);
    }
    for opened in join_all((0..viewers).map(|_| open_page(&target.address, &follow))).await {
        page.push(opened?);
    }
    presenter.with(|replica, _, out| replica.stop_presenting(out)).await?;
    let (mut navigation, mut patches) = (Vec::new(), Vec::new());
    while let Some(arrivals) = audience.join_next().await {
        let (of_pages, of_edits) = arrivals?;
        navigation.extend(of_pages);
        patches.extend(of_edits);
    }
    let expected = count * viewers as u64;
    let deliveries = (navigation.len() + patches.len()).max(1);
    Ok(Talk {
        server: target.name,
        viewers,
        navigation_missing: expected.saturating_sub(navigation.len() as u64),
        navigation_ms: percentiles(&mut navigation),
        edits_joined: expected.saturating_sub(patches.len() as u64),
        edits_ms: percentiles(&mut patches),
        join_ms: percentiles(&mut late),
        join_at_once_ms: percentiles(&mut join_at_once),
        page_at_once_ms: percentiles(&mut page),
        cpu_us_per_delivery: cpu.map(|cpu| cpu * 1e6 / deliveries as f64),
        memory_mb,
    })
}

/// The same number of messages over a server that does nothing but pass them on.
pub(crate) async fn run_bare(
    target: &Target,
    viewers: usize,
    seconds: u64,
) -> anyhow::Result<String> {
    let count = seconds * PER_SECOND;
    let sent = Sent::new(count);
    let mut audience = JoinSet::new();
    for _ in 0..viewers {
        let mut socket = open_bare(target).await?;
        let sent = Arc::clone(&sent);
        audience.spawn(async move {
            let (mut last, mut arrivals) = (0, Vec::new());
            while last < count
                && let Some(Ok(message)) = socket.next().await
            {
                if let Message::Binary(bytes) = message
                    && let Ok(Frame::Update(payload)) = Frame::decode(&bytes)
                {
                    let text = std::str::from_utf8(payload).unwrap_or_default();
                    let number = text.trim().parse().unwrap_or(0);
                    sent.arrived(number, &mut last, &mut arrivals);
                }
            }
            arrivals
        });
    }
    let mut presenter = open_bare(target).await?;
    let mut ticks = ticks();
    for number in 1..=count {
        ticks.tick().await;
        sent.done(number);
        // As long as a message of a talk.
        let payload = format!("{number:>100}");
        presenter.send(Message::Binary(Frame::Update(payload.as_bytes()).encode())).await?;
    }
    let mut arrivals = Vec::new();
    while let Some(arrived) = audience.join_next().await {
        arrivals.extend(arrived?);
    }
    let Percentiles { p50, p95, p99, .. } = percentiles(&mut arrivals);
    Ok(format!(
        "{}: {viewers} viewers\n  messages    {p50:.1} / {p95:.1} / {p99:.1} ms\n",
        target.name
    ))
}

fn slide(number: usize) -> String {
    let lines = "- a line of a deck like many others\n".repeat(6);
    let token = if number == 0 { format!("\n{TOKEN}0\n") } else { String::new() };
    format!("# Section {number}\n\n{lines}{token}")
}

fn ticks() -> tokio::time::Interval {
    tokio::time::interval(Duration::from_millis(1_000 / PER_SECOND))
}

/// The number of a page travels as its fragment.
async fn present(presenter: &Client, slide: usize, number: u64) -> anyhow::Result<()> {
    let call = move |replica: &mut collab::replica::Replica, _, out: &mut _| {
        let offset = replica.text().find(&format!("# Section {slide}\n"));
        replica.present(offset.unwrap_or_default() as u32, number as i32, false, None, out);
    };
    Ok(presenter.with(call).await?)
}

async fn turn_pages(presenter: &Client, sent: &Sent, count: u64) -> anyhow::Result<()> {
    let mut ticks = ticks();
    for number in 1..=count {
        ticks.tick().await;
        sent.done(number);
        present(presenter, number as usize % SLIDES, number).await?;
    }
    Ok(())
}

async fn write_on(writer: &Client, sent: &Sent, count: u64) -> anyhow::Result<()> {
    // Between the pages, so that no patch comes along with one.
    tokio::time::sleep(Duration::from_millis(500 / PER_SECOND)).await;
    let mut ticks = ticks();
    for number in 1..=count {
        ticks.tick().await;
        let text = writer.text().await?;
        let at = text.find(TOKEN).context("the text is gone")? + TOKEN.len();
        let delete = text[at..].bytes().take_while(u8::is_ascii_digit).count() as u32;
        sent.done(number);
        let edit = TextEdit { at: at as u32, delete, insert: number.to_string() };
        writer.edit(vec![edit]).await?;
    }
    Ok(())
}

/// Opens a viewer's socket; gives the microseconds until it knew where the presentation is.
async fn join(server: &str, page: &str, have: Option<&str>) -> anyhow::Result<(Viewer, u32)> {
    let start = Instant::now();
    let mut viewer = Viewer::open(server, page, have).await?;
    viewer.until(|viewer| viewer.state.is_object()).await?;
    Ok((viewer, start.elapsed().as_micros() as u32))
}

async fn open_page(server: &str, page: &str) -> anyhow::Result<u32> {
    let start = Instant::now();
    let deck = tests::http(server, "GET", &format!("{page}/deck"), &[], "").await?;
    let deck: serde_json::Value = serde_json::from_str(&deck.body)?;
    join(server, page, deck["revision"].as_str()).await?;
    Ok(start.elapsed().as_micros() as u32)
}

/// Times what arrives until the talk is over. Messages are searched, not read: five hundred
/// viewers on one machine would measure their own parsing.
async fn watch(mut viewer: Viewer, pages: Arc<Sent>, edits: Arc<Sent>) -> Arrivals {
    let (mut page, mut edit) = (0, 0);
    let (mut of_pages, mut of_edits) = (Vec::new(), Vec::new());
    while let Ok(Some(json)) = viewer.next_text().await {
        if let Some(number) = number_after(&json, "\"fragment\":") {
            pages.arrived(number, &mut page, &mut of_pages);
        }
        if let Some(number) = number_after(&json, TOKEN) {
            edits.arrived(number, &mut edit, &mut of_edits);
        }
        if json.contains("\"phase\":\"ended\"") {
            break;
        }
    }
    (of_pages, of_edits)
}

fn number_after(json: &str, key: &str) -> Option<u64> {
    let rest = &json[json.find(key)? + key.len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

async fn open_bare(target: &Target) -> anyhow::Result<Socket> {
    let mut request = format!("ws://{}/sync/baseline", target.address).into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    let tcp = TcpStream::connect(&target.address).await?;
    tcp.set_nodelay(true)?;
    let mut socket = client_async(request, tcp).await?.0;
    // It is in the room once it was greeted.
    socket.next().await.context("the baseline has ended")??;
    Ok(socket)
}
