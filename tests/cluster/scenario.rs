//! One scenario: people write, present and follow while things go wrong; then all is healed, and
//! everything has to be there, once, and the same everywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use client::Client;
use collab::testing::Rng;
use tests::viewer::Viewer;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ledger::{Account, check};
use crate::plan::{Between, Fault, Plan, Timed};
use crate::plant::Plant;
use crate::stage::Notes;
use crate::talk::{Follower, Moves, Presenter, observer};
use crate::world::{World, fail, is_well, make_deck, source};
use crate::writers::{Desk, Writer};

/// As long as the deck is, before anybody writes.
pub(crate) const SLIDES: usize = 8;
/// Once everything works again, all agree within this time, or never.
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
    let mut outcome = go_wrong(world, plan, &people).await?;
    world.heal().await?;
    let healed = Instant::now();
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
    let (page, _) = tests::viewer::links(&first.to_string(), deck).await?;
    let (notes, mut desks) = (Arc::<Notes>::default(), Vec::new());
    for number in 0..plan.writers {
        desks.push(Arc::new(Desk::new(number, world.door().await?, deck)));
    }
    let mut presenters = Vec::new();
    for name in PRESENTERS {
        let presenter = Presenter::come(world.door().await?, deck, name, &notes);
        presenters.push(Arc::new(presenter));
    }
    let mut followers = Vec::new();
    for _ in 0..FOLLOWERS {
        followers.push(Arc::new(Follower { door: world.door().await?, page: page.clone() }));
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

/// Lets happen what is planned, and notes how long it took until people were back.
async fn go_wrong(world: &Arc<World>, plan: &Plan, people: &People) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let mut faults = JoinSet::new();
    for (number, fault) in plan.faults.iter().copied().enumerate() {
        let others = plan.faults.iter().enumerate().filter(|(other, _)| *other != number);
        let others: Vec<Timed> = others.map(|(_, other)| *other).collect();
        let (world, desks) = (Arc::clone(world), people.desks.clone());
        faults.spawn(async move {
            tokio::time::sleep(fault.at).await;
            let back = happen(&world, fault, &desks).await?;
            let alone = |back: &Duration| {
                let until = fault.at + *back;
                others.iter().all(|other| until < other.at || other.at + other.lasts < fault.at)
            };
            anyhow::Ok(back.into_iter().map(|back| (alone(&back), back)).collect::<Vec<_>>())
        });
    }
    let mut outcome = Outcome::default();
    for happened in faults.join_all().await {
        for (alone, back) in happened? {
            if alone { &mut outcome.back } else { &mut outcome.back_in_trouble }.push(back);
        }
    }
    tokio::time::sleep(plan.lasts.saturating_sub(start.elapsed())).await;
    Ok(outcome)
}

/// One fault, to its end; gives how long those took who were on a node that was killed.
async fn happen(world: &World, fault: Timed, desks: &[Arc<Desk>]) -> anyhow::Result<Vec<Duration>> {
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
            world.kill(number).await?;
            world.start_again(number).await?;
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
    Ok(Vec::new())
}

async fn kill(
    world: &World,
    number: usize,
    lasts: Duration,
    desks: &[Arc<Desk>],
) -> anyhow::Result<Vec<Duration>> {
    let address = world.addresses().nth(number);
    let killed = Instant::now();
    let mut waiting = JoinSet::new();
    for desk in desks {
        let passed = desk.door.passed();
        if passed.to == address {
            let desk = Arc::clone(desk);
            waiting.spawn(async move {
                let back = tokio::time::timeout(AGREES_WITHIN, desk.back(passed.count)).await;
                back.ok().flatten().map(|()| killed.elapsed())
            });
        }
    }
    world.kill(number).await?;
    tokio::time::sleep(lasts).await;
    world.start_again(number).await?;
    Ok(waiting.join_all().await.into_iter().flatten().collect())
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
        if !is_well(address).await? {
            return Ok(Err(format!("node {number} is not well")));
        }
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
