//! How long everything beside the text takes from one server to another: who is there, what is shown,
//! links that end; with NATS, and without it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::Replica;
use tests::viewer::{Viewer, links};

use crate::measure::percentiles;
use crate::nodes::Shared;
use crate::process::Target;
use crate::report::times;

/// Without NATS each of them takes up to two seconds: this often is enough. Who is there is not told then.
const TIMES_WITHOUT: usize = 5;
/// Between two of them: carets may move ten times a second.
const PAUSE: Duration = Duration::from_millis(120);
/// What takes longer does not come.
const LIMIT: Duration = Duration::from_secs(30);
const DECK: &str = "# One\n\n---\n\n# Two\n";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Edit,
    Caret,
    Slide,
    Follower,
    Baton,
    Link,
}

const ALL: [(What, &str); 6] = [
    (What::Edit, "an edit, to a writer"),
    (What::Caret, "a caret, to a writer"),
    (What::Slide, "a slide, to a writer"),
    (What::Follower, "a slide, to a follower"),
    (What::Baton, "the baton is taken, to who had it"),
    (What::Link, "a link that ends, to a follower"),
];

/// Measures from one node to another, and on one node as the baseline of the same run.
pub(crate) async fn run(count: usize) -> anyhow::Result<String> {
    let mut shared = Shared::start().await?;
    let nodes = shared.nodes(2, "a node").await?;
    let mut out =
        format!("{:36} {:>24} {:>24}\n", "ms: p50 / p90 / p99", "on one node", "to another");
    for (what, words) in ALL {
        let mut here = measure(what, &nodes[0], &nodes[0], count).await?;
        let mut across = measure(what, &nodes[0], &nodes[1], count).await?;
        let (here, across) = (percentiles(&mut here), percentiles(&mut across));
        writeln!(out, "{words:36} {:>24} {:>24}", times(&here), times(&across))?;
    }
    shared.nats.stop();
    writeln!(out, "without NATS:")?;
    for (what, words) in ALL.into_iter().filter(|(what, _)| *what != What::Caret) {
        let mut across = measure(what, &nodes[0], &nodes[1], TIMES_WITHOUT).await?;
        writeln!(out, "{words:36} {:>24} {:>24}", "", times(&percentiles(&mut across)))?;
    }
    Ok(out)
}

/// Somebody on one node, somebody on the other, and a follower there.
struct Pair {
    one: Client,
    other: Client,
    follower: Viewer,
    from: String,
    deck: String,
}

async fn measure(what: What, from: &Target, to: &Target, count: usize) -> anyhow::Result<Vec<u32>> {
    let deck = from.make_deck(DECK).await?;
    let one = Client::open(tests::options(&from.address, &deck, "One", Role::Present));
    let other = Client::open(tests::options(&to.address, &deck, "Other", Role::Present));
    one.saved().await?;
    other.saved().await?;
    let (page, _) = links(&from.address, &deck).await?;
    let follower = Viewer::open(&to.address, &page, None).await?;
    let mut pair = Pair { one, other, follower, from: from.address.clone(), deck };
    // The first one also opens what has to be open.
    tokio::time::timeout(LIMIT, pair.once(what, 0)).await??;
    let mut micros = Vec::new();
    for number in 1..=count {
        tokio::time::sleep(PAUSE).await;
        let took = tokio::time::timeout(LIMIT, pair.once(what, number)).await??;
        if what == What::Link {
            let (page, _) = links(&from.address, &pair.deck).await?;
            pair.follower = Viewer::open(&to.address, &page, None).await?;
        }
        micros.push(took.as_micros() as u32);
    }
    Ok(micros)
}

impl Pair {
    async fn once(&mut self, what: What, number: usize) -> anyhow::Result<Duration> {
        let start = Instant::now();
        match what {
            What::Edit => {
                let text = format!("{number}.");
                self.one.edit(vec![TextEdit::insert(0, &text)]).await?;
                self.other.wait_until(move |replica| replica.text().starts_with(&text)).await?;
            }
            What::Caret => {
                let at = (number % DECK.len()) as u32;
                self.one
                    .with(move |replica, now, out| replica.select(now, Some((at, at)), out))
                    .await?;
                self.other.wait_until(move |replica| sees_caret(replica, at)).await?;
            }
            What::Slide => {
                show(&self.one, number, false).await?;
                self.other.wait_until(move |replica| shows(replica, number)).await?;
            }
            What::Follower => {
                show(&self.one, number, false).await?;
                let number = number as i64;
                let is_there = |viewer: &Viewer| {
                    let (_, fragment, phase) = viewer.place();
                    phase == "live" && fragment == number
                };
                self.follower.until(is_there).await?;
            }
            What::Baton => {
                let turn = number.is_multiple_of(2);
                let (taker, loser) =
                    if turn { (&self.one, &self.other) } else { (&self.other, &self.one) };
                show(taker, number, true).await?;
                loser.wait_until(move |replica| shows(replica, number)).await?;
            }
            What::Link => {
                let path = format!("/api/decks/{}/links/follow/reset", self.deck);
                tests::http(&self.from, "POST", &path, &[], "").await?;
                self.follower.ended().await?;
            }
        }
        Ok(start.elapsed())
    }
}

/// Another slide with each number, which travels as the fragment.
async fn show(client: &Client, number: usize, takes: bool) -> anyhow::Result<()> {
    let call = move |replica: &mut Replica, _, out: &mut _| {
        let slide = if number.is_multiple_of(2) { "# One" } else { "# Two" };
        let offset = replica.text().find(slide).unwrap_or_default() as u32;
        let term = replica.presentation().map(|now| now.term).filter(|_| takes);
        replica.present(offset, number as i32, false, term, out);
    };
    Ok(client.with(call).await?)
}

fn shows(replica: &Replica, number: usize) -> bool {
    replica.presentation().is_some_and(|now| now.shown.fragment == number as i32)
}

fn sees_caret(replica: &Replica, at: u32) -> bool {
    replica.people().any(|person| {
        let head = person.cursor.as_ref().and_then(|cursor| replica.offset(&cursor.head));
        head == Some(at)
    })
}
