//! People who write during a scenario: each is replaced by somebody new now and then, without a
//! goodbye, so that what they were promised is only in the journal.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::Context as _;
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
    seat: Mutex<Seat>,
}

/// Who sits at a desk now.
#[derive(Default)]
struct Seat {
    client: Weak<Client>,
    /// Connections through the door before they came.
    before: u64,
    /// How many wait until they are back. Nobody leaves meanwhile: that they never came back would not
    /// be found.
    awaited: usize,
}

impl Seat {
    /// Gives the seat up, unless somebody waits for who has it.
    fn leave(&mut self) -> bool {
        let may_leave = self.awaited == 0;
        if may_leave {
            self.client = Weak::new();
        }
        may_leave
    }
}

/// Somebody who was on a node that was killed, and stays at their desk until they are back.
pub(crate) struct Returning {
    desk: Arc<Desk>,
    client: Weak<Client>,
    /// The connection that they had then.
    lost: u64,
    since: Instant,
}

/// Somebody who writes.
pub(crate) struct Writer {
    pub(crate) client: Arc<Client>,
    name: String,
    deeds: Deeds,
}

impl Desk {
    pub(crate) fn new(number: usize, door: Door, deck: &str) -> Self {
        Self { number, door, deck: deck.to_owned(), seat: Mutex::default() }
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
            let is_over = || Instant::now() >= ends && self.seat().leave();
            let stopped = write(&writer, &mut random, is_over, stop.clone()).await?;
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
        let options = ::tests::options(&address, &self.deck, &format!("Writer {name}"), Role::Edit);
        let client = Arc::new(Client::open(options));
        let before = self.door.passed().count;
        let mut seat = self.seat();
        (seat.client, seat.before) = (Arc::downgrade(&client), before);
        drop(seat);
        Writer { client, name, deeds: Deeds::default() }
    }

    /// Whoever sits here, if they are on this node, which is about to be killed.
    pub(crate) fn about_to_lose(self: &Arc<Self>, node: SocketAddr) -> Option<Returning> {
        let (mut seat, passed) = (self.seat(), self.door.passed());
        // The last connection may be that of who sat here before.
        let is_there = passed.to == Some(node) && passed.count > seat.before;
        (is_there && seat.client.strong_count() > 0).then(|| {
            seat.awaited += 1;
            let (desk, client) = (Arc::clone(self), seat.client.clone());
            Returning { desk, client, lost: passed.count, since: Instant::now() }
        })
    }

    /// What is known of who is waited for here; `None` when nobody is.
    pub(crate) async fn awaited(&self) -> Option<String> {
        let client = {
            let seat = self.seat();
            if seat.awaited == 0 {
                return None;
            }
            seat.client.upgrade()
        };
        let look = |replica: &mut Replica, _, _: &mut _| format!("{:?}", replica.status());
        let status = match client {
            Some(client) => client.with(look).await.unwrap_or_else(|error| error.to_string()),
            None => "gone".to_owned(),
        };
        Some(format!("writer {} is {status} and {:?}", self.number, self.door.passed()))
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Returning {
    /// Waits until they have another connection, and all that they wrote is saved; gives when the node was
    /// killed, and how long it took.
    pub(crate) async fn back(self) -> anyhow::Result<(Instant, Duration)> {
        loop {
            // Looked at first: what the status says afterwards is said of this connection or a later one.
            let is_another = self.desk.door.passed().count > self.lost;
            let client = self.client.upgrade().context("somebody left who was waited for")?;
            let is_saved = client.look(|replica| replica.status() == Status::Saved).await?;
            if is_another && is_saved {
                return Ok((self.since, self.since.elapsed()));
            }
            drop(client);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Returning {
    fn drop(&mut self) {
        self.desk.seat().awaited -= 1;
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

/// Whether somebody told it to stop.
async fn write(
    writer: &Writer,
    random: &mut Rng,
    is_over: impl Fn() -> bool,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<bool> {
    // What is typed before the deck is here becomes one edit, and could not be counted.
    tokio::select! {
        ready = writer.client.saved() => ready?,
        _ = stop.wait_for(|stop| *stop) => return Ok(true),
    }
    while !is_over() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use ::tests::TestServer;

    #[test]
    fn nobody_leaves_who_is_waited_for() {
        let mut seat = Seat { awaited: 1, ..Seat::default() };
        assert!(!seat.leave());
        seat.awaited = 0;
        assert!(seat.leave());
    }

    #[tokio::test]
    async fn who_lost_their_node_is_back_on_another_connection_and_not_before() {
        let server = TestServer::start().await.unwrap();
        let address = server.address().parse().unwrap();
        let deck = server.deck("").await.unwrap();
        let desk = Arc::new(Desk::new(0, Door::to(address).await.unwrap(), &deck));
        assert!(desk.about_to_lose(address).is_none(), "nobody has come yet");
        let writer = desk.sit_down(0);
        writer.client.saved().await.unwrap();
        let elsewhere = SocketAddr::from(([127, 0, 0, 1], 1));
        assert!(desk.about_to_lose(elsewhere).is_none());
        let returning = desk.about_to_lose(address).unwrap();
        assert!(desk.awaited().await.unwrap().contains("Saved"));
        let (back, cut) = (returning.back(), async { desk.door.cut() });
        let (back, ()) = tokio::join!(back, cut);
        let (since, took) = back.unwrap();
        assert!(took <= since.elapsed() && desk.door.passed().count == 2);
        assert!(desk.awaited().await.is_none() && desk.seat().leave());
    }
}
