//! One scenario: people write, present and follow while things go wrong; then all is healed, and
//! everything has to be there, once, and the same everywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use ::tests::viewer::Viewer;
use anyhow::{Context as _, bail, ensure};
use client::Client;
use collab::testing::Rng;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ledger::{Account, check};
use crate::plan::{Between, Fault, Plan, Timed};
use crate::plant::Plant;
use crate::stage::Notes;
use crate::talk::{Follower, Moves, Presenter, observer};
use crate::world::{World, ensure_well, fail, make_deck, source};
use crate::writers::{Desk, Writer};

/// As long as the deck is, before anybody writes.
pub(crate) const SLIDES: usize = 8;
/// Once everything works again, all are back and agree within this time, or never.
const AGREES_WITHIN: Duration = Duration::from_secs(45);
/// How often it is looked whether they do.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// People go on for a moment when everything works again.
const GOES_ON: Duration = Duration::from_millis(400);
/// Presenters; the last one shows the last slide.
const PRESENTERS: [&str; 2] = ["Paula", "Peter"];
const FOLLOWERS: usize = 2;
/// Contradictions that are said; one of them makes many.
const MOST_SAID: usize = 3;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) edits: usize,
    pub(crate) terms: usize,
    /// From the time when everything works again until all agree.
    pub(crate) agreed: Duration,
    /// From the kill of a node until its people were in step again, while nothing else was wrong.
    pub(crate) back: Vec<Duration>,
    /// The same while something else was wrong as well.
    pub(crate) back_in_trouble: Vec<Duration>,
}

/// Everybody.
struct People {
    desks: Vec<Arc<Desk>>,
    presenters: Vec<Arc<Presenter>>,
    followers: Vec<Arc<Follower>>,
    observers: Vec<Client>,
    notes: Arc<Notes>,
    moves: Moves,
}

/// Runs it.
///
/// # Errors
/// What must not be.
pub(crate) async fn run(
    world: &Arc<World>,
    plan: &Plan,
    plant: Option<Plant>,
) -> anyhow::Result<Outcome> {
    prepare(world, plan).await?;
    let life = world.life();
    let first = world.addresses().next().context("no node")?;
    let base = base();
    let deck = make_deck(first, &base).await?;
    let people = gather(world, plan, &deck).await?;
    let (stop, stopping) = watch::channel(false);
    let writing = start_writing(&people, plan, &stopping);
    let talking = start_talking(&people, plan, &stopping);
    let happened = go_wrong(world, plan, &people).await?;
    world.heal().await?;
    let healed = Instant::now();
    let mut outcome = all_back(happened, &people.desks, AGREES_WITHIN).await?;
    tokio::time::sleep(GOES_ON).await;
    stop.send_replace(true);
    for talked in talking.join_all().await {
        talked?;
    }
    let (mut accounts, mut writers) = (Vec::new(), Vec::new());
    for wrote in writing.join_all().await {
        let (left, writer) = wrote?;
        accounts.extend(left);
        writers.push(writer);
    }
    if let Some(plant) = plant {
        plant.put(&writers, &accounts, &people.notes).await?;
    }
    let text = agree(world, &people, &writers, &deck).await?;
    outcome.agreed = healed.elapsed();
    for writer in &writers {
        accounts.push(writer.account().await?);
    }
    judge(&base, &text, &accounts)?;
    let shown = last_slide(world, &people, &deck).await;
    // A server alone forgets its presentations when it ends, and counts from the beginning.
    if world.life() == life {
        let found = people.notes.contradictions();
        ensure!(found.is_empty(), "{}", found[..found.len().min(MOST_SAID)].join("; "));
    }
    shown?;
    outcome.edits = accounts.iter().map(|account| account.acknowledged).sum();
    outcome.terms = people.notes.terms();
    // Nobody is there who could bring back what the journal has lost.
    drop((people, writers));
    let stored = world.source_from_journal(&deck).await?;
    ensure!(stored == text, "the journal says something else:\n{stored}\ninstead of\n{text}");
    Ok(outcome)
}

fn base() -> String {
    let slide = |number| format!("# Section {number}\n\n- a line like many others\n");
    (0..SLIDES).map(slide).collect::<Vec<_>>().join("\n---\n\n") + "\n"
}

async fn prepare(world: &World, plan: &Plan) -> anyhow::Result<()> {
    world.heal().await?;
    let rolls = plan.faults.iter().any(|fault| fault.what == Fault::Rolling);
    if rolls && world.has_older() {
        for number in 0..world.shape.nodes {
            world.set_version(number, true).await;
            world.drain(number).await?;
            world.start_again(number).await?;
        }
    }
    Ok(())
}

async fn gather(world: &Arc<World>, plan: &Plan, deck: &str) -> anyhow::Result<People> {
    let first = world.addresses().next().context("no node")?;
    let (page, _) = ::tests::viewer::links(&first.to_string(), deck).await?;
    let (notes, mut desks) = (Arc::<Notes>::default(), Vec::new());
    for number in 0..plan.writers {
        desks.push(Arc::new(Desk::new(number, world.door(number).await?, deck)));
    }
    let mut presenters = Vec::new();
    for (number, name) in PRESENTERS.into_iter().enumerate() {
        let presenter = Presenter::come(world.door(number).await?, deck, name, &notes);
        presenters.push(Arc::new(presenter));
    }
    let mut followers = Vec::new();
    for number in 0..FOLLOWERS {
        let door = world.door(number).await?;
        followers.push(Arc::new(Follower { door, page: page.clone() }));
    }
    let observers = world.addresses().enumerate();
    let observers = observers.map(|(number, node)| observer(number, node, deck, &notes)).collect();
    let moves = Arc::new(AtomicI32::new(1));
    Ok(People { desks, presenters, followers, observers, notes, moves })
}

type Wrote = anyhow::Result<(Vec<Account>, Writer)>;

fn start_writing(people: &People, plan: &Plan, stop: &watch::Receiver<bool>) -> JoinSet<Wrote> {
    let mut writing = JoinSet::new();
    for desk in &people.desks {
        let (desk, stop) = (Arc::clone(desk), stop.clone());
        let random = Rng::new(plan.seed ^ ((desk.number as u64 + 1) << 32));
        writing.spawn(async move { desk.write_on(random, stop).await });
    }
    writing
}

fn start_talking(
    people: &People,
    plan: &Plan,
    stop: &watch::Receiver<bool>,
) -> JoinSet<anyhow::Result<()>> {
    let mut talking = JoinSet::new();
    for (number, presenter) in people.presenters.iter().enumerate() {
        let (presenter, stop, moves) =
            (Arc::clone(presenter), stop.clone(), Arc::clone(&people.moves));
        let random = Rng::new(plan.seed ^ ((number as u64 + 100) << 32));
        talking.spawn(async move {
            let mut stopping = stop.clone();
            tokio::select! {
                talked = presenter.present(&moves, random, stop) => talked,
                // They may not even have come in.
                _ = stopping.wait_for(|stop| *stop) => Ok(()),
            }
        });
    }
    for follower in &people.followers {
        let (follower, notes, stop) =
            (Arc::clone(follower), Arc::clone(&people.notes), stop.clone());
        talking.spawn(async move { follower.follow(&notes, stop).await });
    }
    talking
}

/// A fault as it was, which is not always as long as it was planned.
struct Happened {
    began: Instant,
    ended: Instant,
    returning: Back,
}

/// Those on the way back who were on a node that was killed: when that was, and how long it took.
type Back = JoinSet<anyhow::Result<(Instant, Duration)>>;

/// Lets happen what is planned.
async fn go_wrong(
    world: &Arc<World>,
    plan: &Plan,
    people: &People,
) -> anyhow::Result<Vec<Happened>> {
    let start = Instant::now();
    let mut faults = JoinSet::new();
    for fault in plan.faults.iter().copied() {
        let (world, desks) = (Arc::clone(world), people.desks.clone());
        faults.spawn(async move {
            tokio::time::sleep(fault.at).await;
            let began = Instant::now();
            let returning = happen(&world, fault, &desks).await?;
            anyhow::Ok(Happened { began, ended: Instant::now(), returning })
        });
    }
    let happened: anyhow::Result<Vec<Happened>> = faults.join_all().await.into_iter().collect();
    tokio::time::sleep(plan.lasts.saturating_sub(start.elapsed())).await;
    happened
}

/// Waits until everybody is back who was on a node that was killed, and notes how long it took them. Now
/// that everything works, whoever is not back within the limit is lost.
async fn all_back(
    happened: Vec<Happened>,
    desks: &[Arc<Desk>],
    limit: Duration,
) -> anyhow::Result<Outcome> {
    let deadline = Instant::now() + limit;
    let spans: Vec<_> = happened.iter().map(|fault| (fault.began, fault.ended)).collect();
    let mut outcome = Outcome::default();
    for (number, mut fault) in happened.into_iter().enumerate() {
        while !fault.returning.is_empty() {
            let next = tokio::time::timeout_at(deadline.into(), fault.returning.join_next()).await;
            let Ok(next) = next else {
                bail!("not back {limit:?} after everything works again: {}", awaited(desks).await);
            };
            let Some(back) = next else { break };
            let (killed, back) = back??;
            let overlaps = |(other, span): (usize, &(Instant, Instant))| {
                other != number && span.0 <= killed + back && span.1 >= killed
            };
            let is_alone = !spans.iter().enumerate().any(overlaps);
            if is_alone { &mut outcome.back } else { &mut outcome.back_in_trouble }.push(back);
        }
    }
    Ok(outcome)
}

/// Whoever is waited for, and how they are.
async fn awaited(desks: &[Arc<Desk>]) -> String {
    let mut words = Vec::new();
    for desk in desks {
        words.extend(desk.awaited().await);
    }
    words.join("; ")
}

/// One fault, to its end; gives those who were on a node that was killed.
async fn happen(world: &World, fault: Timed, desks: &[Arc<Desk>]) -> anyhow::Result<Back> {
    let Timed { lasts, what, .. } = fault;
    match what {
        Fault::Kill(number) => return kill(world, number, lasts, desks).await,
        Fault::Drain(number) => {
            world.drain(number).await?;
            tokio::time::sleep(lasts).await;
            world.start_again(number).await?;
        }
        Fault::Pause(number) => world.pause(number, lasts).await?,
        Fault::Rolling => {
            for number in 0..world.shape.nodes {
                world.set_version(number, false).await;
                world.drain(number).await?;
                world.start_again(number).await?;
            }
        }
        Fault::Clock(number, seconds) => {
            world.set_clock(number, seconds).await;
            return kill(world, number, Duration::ZERO, desks).await;
        }
        Fault::Postgres { crash } => world.without_postgres(crash, lasts).await?,
        Fault::Nats => world.without_nats(lasts).await?,
        Fault::Line(between, failure) => {
            let door = match between {
                Between::Postgres(number) => world.to_postgres(number),
                Between::Nats(number) => world.to_nats(number),
                Between::Writer(number) => desks.get(number).map(|desk| &desk.door),
            };
            if let Some(door) = door {
                fail(door, failure, lasts).await;
            }
        }
    }
    Ok(Back::new())
}

async fn kill(
    world: &World,
    number: usize,
    lasts: Duration,
    desks: &[Arc<Desk>],
) -> anyhow::Result<Back> {
    let look = |node| desks.iter().filter_map(|desk| desk.about_to_lose(node)).collect::<Vec<_>>();
    let mut back = Back::new();
    for returning in world.kill_after(number, look).await?.into_iter().flatten() {
        back.spawn(returning.back());
    }
    tokio::time::sleep(lasts).await;
    world.start_again(number).await?;
    Ok(back)
}

/// Waits until all nodes and all people have the same text, and all of it is saved.
async fn agree(
    world: &World,
    people: &People,
    writers: &[Writer],
    deck: &str,
) -> anyhow::Result<String> {
    let start = Instant::now();
    loop {
        let differs = match difference(world, people, writers, deck).await {
            Ok(Ok(text)) => return Ok(text),
            Ok(Err(differs)) => differs,
            Err(error) => format!("{error:#}"),
        };
        if start.elapsed() > AGREES_WITHIN {
            bail!("{AGREES_WITHIN:?} after everything works again: {differs}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The text of all, or who has another one.
async fn difference(
    world: &World,
    people: &People,
    writers: &[Writer],
    deck: &str,
) -> anyhow::Result<Result<String, String>> {
    for (number, writer) in writers.iter().enumerate() {
        let look = |replica: &mut collab::replica::Replica, _, _: &mut _| {
            (replica.unsaved(), format!("{:?}", replica.status()))
        };
        let (unsaved, status) = writer.client.with(look).await?;
        if unsaved > 0 || status != "Saved" {
            return Ok(Err(format!("writer {number} has {unsaved} unsaved edits and is {status}")));
        }
    }
    let mut texts = Vec::new();
    for (number, address) in world.addresses().enumerate() {
        ensure_well(address).await.with_context(|| format!("node {number}"))?;
        texts.push((format!("node {number}"), source(address, deck).await?));
    }
    for (number, writer) in writers.iter().enumerate() {
        texts.push((format!("writer {number}"), writer.client.text().await?));
    }
    for presenter in &people.presenters {
        texts.push((presenter.name.to_owned(), presenter.text().await?));
    }
    for (number, observer) in people.observers.iter().enumerate() {
        texts.push((format!("observer {number}"), observer.text().await?));
    }
    let (first, text) = texts.swap_remove(0);
    let other = texts.into_iter().find(|(_, other)| *other != text);
    Ok(match other {
        None => Ok(text),
        Some((who, other)) => Err(format!(
            "{first} and {who} differ ({} and {} characters), from {:?} on",
            text.len(),
            other.len(),
            text.bytes().zip(other.bytes()).position(|(one, other)| one != other)
        )),
    })
}

fn judge(base: &str, text: &str, accounts: &[Account]) -> anyhow::Result<()> {
    let wrong = check(base, text, accounts);
    ensure!(wrong.is_nothing(), "{wrong}");
    Ok(())
}

/// The presentation still works: one takes the baton, and everybody everywhere sees the same slide of
/// the same deck.
async fn last_slide(world: &World, people: &People, deck: &str) -> anyhow::Result<()> {
    let last = people.moves.fetch_add(1, Ordering::SeqCst);
    let presenter = people.presenters.last().context("nobody presents")?;
    let page = &people.followers.first().context("nobody follows")?.page;
    let start = Instant::now();
    loop {
        let differs = match all_see(world, presenter, page, last).await {
            Ok(None) => return Ok(()),
            Ok(Some(differs)) => differs,
            Err(error) => format!("{error:#}"),
        };
        if start.elapsed() > AGREES_WITHIN {
            let place = presenter.place().await?;
            bail!("the last slide of {deck}, which is at {place}, is not everywhere: {differs}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Somebody new in the audience of each node looks; `None` when all see the same.
async fn all_see(
    world: &World,
    presenter: &Presenter,
    page: &str,
    number: i32,
) -> anyhow::Result<Option<String>> {
    if !presenter.shows(number).await? {
        return Ok(Some("nobody drives there".to_owned()));
    }
    let mut seen = Vec::new();
    for address in world.addresses() {
        let look = async {
            let mut viewer = Viewer::open(&address.to_string(), page, None).await?;
            viewer.until(|viewer| viewer.state.is_object() && !viewer.slides.is_empty()).await?;
            let (slide, fragment, phase) = viewer.place();
            let slides: Vec<String> =
                viewer.slides.iter().map(|slide| slide.html.to_string()).collect();
            anyhow::Ok((slide, fragment, phase.to_owned(), slides))
        };
        seen.push(tokio::time::timeout(Duration::from_secs(5), look).await.context("silence")??);
    }
    let (slide, fragment, phase, slides) = seen.first().context("no node")?;
    if (*slide, *fragment, &**phase) != (SLIDES as u64 - 1, i64::from(number), "live") {
        return Ok(Some(format!("slide {slide}, move {fragment} instead of {number}, {phase}")));
    }
    let other =
        seen.iter().position(|other| (other.0, other.1, &other.3) != (*slide, *fragment, slides));
    Ok(other.map(|other| format!("node {other} shows something else than node 0")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::Door;
    use ::tests::TestServer;

    /// A desk at which somebody writes, and is about to lose the node.
    async fn kill_under(server: &TestServer) -> (Arc<Desk>, Happened, JoinSet<Wrote>) {
        let address = server.address().parse().unwrap();
        let deck = server.deck("").await.unwrap();
        let desk = Arc::new(Desk::new(0, Door::to(address).await.unwrap(), &deck));
        let mut writing = JoinSet::new();
        let (writer, (stop, stopping)) = (Arc::clone(&desk), watch::channel(false));
        writing.spawn(async move {
            let _goes_on = stop;
            writer.write_on(Rng::new(1), stopping).await
        });
        let lost = loop {
            match desk.about_to_lose(address) {
                Some(lost) => break lost,
                None => tokio::task::yield_now().await,
            }
        };
        let (began, mut returning) = (Instant::now(), Back::new());
        returning.spawn(lost.back());
        desk.door.cut();
        (desk, Happened { began, ended: began, returning }, writing)
    }

    #[tokio::test]
    async fn who_was_on_a_killed_node_and_comes_back_is_counted() {
        let server = TestServer::start().await.unwrap();
        let (desk, happened, _writing) = kill_under(&server).await;
        let outcome = all_back(vec![happened], &[desk], AGREES_WITHIN).await.unwrap();
        assert_eq!((outcome.back.len(), outcome.back_in_trouble.len()), (1, 0));
    }

    #[tokio::test]
    async fn who_was_on_a_killed_node_and_comes_back_during_another_fault_is_counted_apart() {
        let server = TestServer::start().await.unwrap();
        let (desk, happened, _writing) = kill_under(&server).await;
        // It took longer than anybody needs.
        let (began, ended) = (happened.began, happened.began + 2 * AGREES_WITHIN);
        let other = Happened { began, ended, returning: Back::new() };
        let outcome = all_back(vec![happened, other], &[desk], AGREES_WITHIN).await.unwrap();
        assert_eq!((outcome.back.len(), outcome.back_in_trouble.len()), (0, 1));
    }

    #[tokio::test]
    async fn who_was_on_a_killed_node_and_never_comes_back_fails_the_scenario() {
        let server = TestServer::start().await.unwrap();
        let (desk, happened, _writing) = kill_under(&server).await;
        desk.door.set(|line| line.closed = true);
        desk.door.cut();
        let said = all_back(vec![happened], &[desk], Duration::ZERO).await.unwrap_err();
        let said = said.to_string();
        assert!(
            said.starts_with("not back 0ns after everything works again: writer 0 is"),
            "{said}"
        );
    }
}
