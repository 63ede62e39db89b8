//! People who present, those who follow, and those who note what each node says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use client::Client;
use collab::access::Role;
use collab::replica::{ClientEffect, Replica};
use collab::testing::Rng;
use tests::viewer::Viewer;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite;

use crate::door::Door;
use crate::scenario::SLIDES;
use crate::stage::{Notes, Seen};

/// Between two moves of a presenter, in milliseconds.
const SHORTEST_PAUSE: usize = 40;
const LONGEST_PAUSE: usize = 250;
/// A follower's page tries again after this time.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// Somebody who presents, when they have the baton, and takes it now and then.
pub(crate) struct Presenter {
    pub(crate) name: &'static str,
    client: Client,
    _door: Door,
}

/// Counts the moves of all presenters of a scenario; it travels as the fragment.
pub(crate) type Moves = Arc<AtomicI32>;

impl Presenter {
    pub(crate) fn come(door: Door, deck: &str, name: &'static str, notes: &Arc<Notes>) -> Self {
        let options = tests::options(&door.address().to_string(), deck, name, Role::Present);
        let client = watching(options, None, name, notes);
        Self { name, client, _door: door }
    }

    /// Goes on until it is told to stop.
    pub(crate) async fn present(
        &self,
        moves: &Moves,
        mut random: Rng,
        mut stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        self.client.saved().await?;
        loop {
            let (slide, takes) = (random.below(SLIDES), random.one_in(8));
            let moves = Arc::clone(moves);
            self.client
                .with(move |replica, _, out| {
                    let take = term(replica).filter(|_| takes && !replica.is_driving());
                    if replica.is_driving() || take.is_some() || is_free(replica) {
                        show(replica, slide, moves.fetch_add(1, Ordering::SeqCst), take, out);
                    }
                })
                .await?;
            let pause = SHORTEST_PAUSE + random.below(LONGEST_PAUSE - SHORTEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(pause as u64)) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            }
        }
    }

    /// Takes the baton from whoever has it, and shows a slide as this move, unless it is shown.
    pub(crate) async fn shows(&self, number: i32) -> anyhow::Result<bool> {
        let call = move |replica: &mut Replica, _, out: &mut _| {
            let shown = replica.presentation().map(|now| now.shown.fragment);
            let is_there = replica.is_driving() && shown == Some(number);
            if !is_there {
                let take = term(replica).filter(|_| !replica.is_driving());
                show(replica, SLIDES - 1, number, take, out);
            }
            is_there
        };
        Ok(self.client.with(call).await?)
    }

    /// Where the slide that is shown begins, as it is known here, and what the text says there.
    pub(crate) async fn place(&self) -> anyhow::Result<String> {
        let look = |replica: &mut Replica, _, _: &mut _| {
            let shown = replica.presentation().map(|now| now.shown.clone())?;
            let at = replica.offset(&shown.slide)?;
            let line = replica.text().get(at as usize..)?.lines().next()?.to_owned();
            Some(format!("{at}: {line}"))
        };
        Ok(self.client.with(look).await?.unwrap_or_else(|| "nowhere".to_owned()))
    }

    /// The text as it is here.
    pub(crate) async fn text(&self) -> anyhow::Result<String> {
        Ok(self.client.text().await?)
    }
}

fn term(replica: &Replica) -> Option<u64> {
    replica.presentation().map(|now| now.term)
}

fn is_free(replica: &Replica) -> bool {
    replica.presentation().is_none_or(|now| now.driver.is_none())
}

fn show(
    replica: &mut Replica,
    slide: usize,
    number: i32,
    take: Option<u64>,
    out: &mut Vec<ClientEffect>,
) {
    let offset = replica.text().find(&format!("# Section {slide}\n"));
    replica.present(offset.unwrap_or_default() as u32, number, false, take, out);
}

/// Somebody who reads along on one node, and notes what that node says of the presentation.
pub(crate) fn observer(number: usize, node: SocketAddr, deck: &str, notes: &Arc<Notes>) -> Client {
    let options = tests::options(&node.to_string(), deck, "Observer", Role::Follow);
    watching(options, Some(number), "Observer", notes)
}

fn watching(
    options: client::Options,
    node: Option<usize>,
    name: &'static str,
    notes: &Arc<Notes>,
) -> Client {
    let notes = Arc::clone(notes);
    let hook = Box::new(move |replica: &Replica| notes.note(node, name, replica));
    Client::open_watching(options, hook)
}

/// Somebody in the audience, who opens the page again when the connection is lost.
pub(crate) struct Follower {
    pub(crate) door: Door,
    /// The page, such as `/l/…`.
    pub(crate) page: String,
}

impl Follower {
    /// Follows until it is told to stop.
    ///
    /// # Errors
    /// When a message does not fit to what was said before.
    pub(crate) async fn follow(
        &self,
        notes: &Notes,
        mut stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        loop {
            let mut seen = Seen::new();
            let ended = tokio::select! {
                ended = self.watch(&mut seen) => ended,
                _ = stop.wait_for(|stop| *stop) => Ok(()),
            };
            notes.saw(seen);
            if let Err(error) = ended
                && error.downcast_ref::<tungstenite::Error>().is_none()
                && error.downcast_ref::<std::io::Error>().is_none()
            {
                return Err(error.context("a follower was told what makes no sense"));
            }
            if *stop.borrow() {
                return Ok(());
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    async fn watch(&self, seen: &mut Seen) -> anyhow::Result<()> {
        let address = self.door.address().to_string();
        let mut viewer = Viewer::open(&address, &self.page, None).await?;
        while viewer.next().await?.is_some() {
            let (_, fragment, phase) = viewer.place();
            if phase != "waiting" && seen.last() != Some(&(fragment as i32)) {
                seen.push(fragment as i32);
            }
        }
        Ok(())
    }
}
