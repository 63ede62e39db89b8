//! People who write during a scenario: each is replaced by somebody new now and then, without a
//! goodbye, so that what they were promised is only in the journal.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{Replica, Status};
use collab::testing::Rng;
use tokio::sync::watch;

use crate::door::Door;
use crate::ledger::{Account, Deed, mark};

/// Edits that one writer has under way at most.
const MOST_UNSAVED: usize = 32;
/// Between two edits of a writer, in milliseconds: as somebody types who is in a hurry.
const SHORTEST_PAUSE: usize = 30;
const LONGEST_PAUSE: usize = 150;
/// Somebody writes for this long before somebody else takes their place, in milliseconds.
const SHORTEST_LIFE: usize = 800;
const LONGEST_LIFE: usize = 3_000;
/// How often somebody is looked at who comes back.
const LOOK_EVERY: Duration = Duration::from_millis(10);

type Deeds = Arc<Mutex<Vec<Deed>>>;

/// A place at which somebody writes, with a door of its own to the nodes.
pub(crate) struct Desk {
    pub(crate) number: usize,
    pub(crate) door: Door,
    pub(crate) deck: String,
    now: Mutex<Weak<Client>>,
}

/// Somebody who writes.
pub(crate) struct Writer {
    pub(crate) client: Arc<Client>,
    name: String,
    deeds: Deeds,
}

impl Desk {
    pub(crate) fn new(number: usize, door: Door, deck: &str) -> Self {
        Self { number, door, deck: deck.to_owned(), now: Mutex::default() }
    }

    /// Writes until it is told to stop: gives what those did who left, and who is there at the end.
    pub(crate) async fn write_on(
        &self,
        mut random: Rng,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<(Vec<Account>, Writer)> {
        let mut left = Vec::new();
        for life in 0.. {
            let writer = self.sit_down(life);
            let lasts = SHORTEST_LIFE + random.below(LONGEST_LIFE - SHORTEST_LIFE);
            let ends = Instant::now() + Duration::from_millis(lasts as u64);
            let stopped = write(&writer, &mut random, ends, stop.clone()).await?;
            if stopped {
                return Ok((left, writer));
            }
            left.push(writer.account().await?);
        }
        unreachable!("somebody always follows")
    }

    fn sit_down(&self, life: usize) -> Writer {
        let name = format!("{}.{life}", self.number);
        let address = self.door.address().to_string();
        let options = tests::options(&address, &self.deck, &format!("Writer {name}"), Role::Edit);
        let client = Arc::new(Client::open(options));
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&client);
        Writer { client, name, deeds: Deeds::default() }
    }

    /// Waits until whoever sits here is in step again on another connection than that of this number;
    /// `None` when they gave up their place meanwhile.
    pub(crate) async fn back(&self, after: u64) -> Option<()> {
        let client = self.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        loop {
            let in_step = client.upgrade()?.with(|replica, _, _| is_in_step(replica)).await.ok()?;
            if in_step && self.door.passed().count > after {
                return Some(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Writer {
    /// What they did, and what of it was acknowledged by now.
    pub(crate) async fn account(&self) -> anyhow::Result<Account> {
        let deeds = Arc::clone(&self.deeds);
        // Both at the same moment, as nothing is written meanwhile.
        let look = move |replica: &mut Replica, _, _: &mut _| {
            let deeds = deeds.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let acknowledged = deeds.len().saturating_sub(replica.unsaved());
            (deeds, acknowledged)
        };
        let (deeds, acknowledged) = self.client.with(look).await?;
        Ok(Account { name: self.name.clone(), deeds, acknowledged })
    }
}

fn is_in_step(replica: &Replica) -> bool {
    matches!(replica.status(), Status::Saved | Status::Saving | Status::Full { .. })
}

/// Whether somebody told it to stop.
async fn write(
    writer: &Writer,
    random: &mut Rng,
    ends: Instant,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<bool> {
    // What is typed before the deck is here becomes one edit, and could not be counted.
    tokio::select! {
        ready = writer.client.saved() => ready?,
        _ = stop.wait_for(|stop| *stop) => return Ok(true),
    }
    while Instant::now() < ends {
        let (name, deeds, seed) = (writer.name.clone(), Arc::clone(&writer.deeds), random.any());
        writer
            .client
            .with(move |replica, now, out| {
                if replica.unsaved() < MOST_UNSAVED {
                    let mut deeds = deeds.lock().unwrap_or_else(PoisonError::into_inner);
                    let (deed, edit) = next(&name, &deeds, &replica.text(), &mut Rng::new(seed));
                    replica.edit(now, &[edit], out);
                    deeds.push(deed);
                }
            })
            .await?;
        let pause = SHORTEST_PAUSE + random.below(LONGEST_PAUSE - SHORTEST_PAUSE);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(pause as u64)) => {}
            _ = stop.wait_for(|stop| *stop) => return Ok(true),
        }
    }
    Ok(false)
}

/// The next edit: mostly a new mark, after another one or at the end; sometimes an own one goes.
fn next(name: &str, deeds: &[Deed], text: &str, random: &mut Rng) -> (Deed, TextEdit) {
    let put = |deed: &&Deed| matches!(deed, Deed::Put(_));
    let written = deeds.iter().filter(put).count() as u32;
    if written > 0 && random.one_in(8) {
        let number = random.below(written as usize) as u32;
        let mark = mark(name, number);
        // Everything in the text is ASCII: bytes are UTF-16 units.
        if let Some(at) = text.find(&mark) {
            return (Deed::Take(number), TextEdit::delete(at as u32, mark.len() as u32));
        }
    }
    let ends: Vec<usize> = text.match_indices(']').map(|(at, _)| at + 1).collect();
    let at = if ends.is_empty() || random.one_in(2) { text.len() } else { random.pick(&ends) };
    (Deed::Put(written), TextEdit::insert(at as u32, &mark(name, written)))
}
