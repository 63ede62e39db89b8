//! Nodes of one process that share leases and questions: for tests.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

use super::{Elsewhere, Questions, SharedElsewhere};
use crate::bus::{Incoming, Request, RequestError};
use crate::store::{DeckId, StoreError, StoreResult};

/// What waits for one who listens.
const QUEUE: usize = 64;

/// All nodes.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    desks: HashMap<DeckId, u64>,
    answering: HashMap<DeckId, mpsc::Sender<Request>>,
    listening: Vec<(u64, mpsc::Sender<Incoming>)>,
    live: HashSet<DeckId>,
    /// Nodes that do not reach the store.
    cut_off: HashSet<u64>,
    is_bus_away: bool,
    clock: i64,
}

impl World {
    /// A node of this number.
    pub(crate) fn node(&self, number: u64) -> SharedElsewhere {
        Arc::new(Node { number, world: self.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Which node has the desk.
    pub(crate) fn desk_of(&self, deck: &DeckId) -> Option<u64> {
        self.state().desks.get(deck).copied()
    }

    /// The store takes the desk away from whoever has it, and gives it to this node, if any.
    pub(crate) fn pass_on(&self, deck: &DeckId, node: Option<u64>) {
        let mut state = self.state();
        state.desks.remove(deck);
        if let Some(node) = node {
            state.desks.insert(deck.clone(), node);
        }
    }

    /// A node reaches the store, or does not.
    pub(crate) fn cut_off(&self, node: u64, is_cut_off: bool) {
        let mut state = self.state();
        state.cut_off.remove(&node);
        if is_cut_off {
            state.cut_off.insert(node);
        }
    }

    /// Nothing goes from node to node.
    pub(crate) fn lose_bus(&self, is_away: bool) {
        let mut state = self.state();
        state.is_bus_away = is_away;
        if !is_away {
            state.listening.retain(|(_, listener)| listener.try_send(Incoming::Gap).is_ok());
        }
    }

    /// The clock of the store shows this.
    pub(crate) fn set_clock(&self, clock: i64) {
        self.state().clock = clock;
    }

    /// A deck is presented somewhere.
    pub(crate) fn set_live(&self, deck: &DeckId) {
        self.state().live.insert(deck.clone());
    }
}

struct Node {
    number: u64,
    world: World,
}

impl Node {
    fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State, u64) -> T + Send + 'static,
    ) -> StoreResult<T> {
        let (world, number) = (self.world.clone(), self.number);
        async move {
            let mut state = world.state();
            if state.cut_off.contains(&number) {
                return Err(StoreError("the store is away".into()));
            }
            Ok(work(&mut state, number))
        }
        .boxed()
    }
}

impl Elsewhere for Node {
    fn take_desk(&self, deck: &DeckId) -> StoreResult<bool> {
        let deck = deck.clone();
        self.store(move |state, number| *state.desks.entry(deck).or_insert(number) == number)
    }

    fn give_desk_back(&self, deck: &DeckId) -> StoreResult<()> {
        let deck = deck.clone();
        self.store(move |state, number| {
            if state.desks.get(&deck) == Some(&number) {
                state.desks.remove(&deck);
            }
        })
    }

    fn ask_desk(
        &self,
        deck: &DeckId,
        question: Bytes,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>> {
        let state = self.world.state();
        let (is_away, desk) = (state.is_bus_away, state.answering.get(deck).cloned());
        async move {
            if is_away {
                return Err(RequestError::Away);
            }
            let (send, answer) = oneshot::channel();
            let reply = Box::new(|bytes| drop(send.send(bytes)));
            let desk = desk.ok_or(RequestError::Nobody)?;
            let asked = desk.send(Request { payload: question, reply }).await;
            asked.map_err(|_| RequestError::Nobody)?;
            answer.await.map_err(|_| RequestError::Nobody)
        }
        .boxed()
    }

    fn questions(&self, deck: &DeckId) -> BoxFuture<'static, Questions> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        self.world.state().answering.insert(deck.clone(), sender);
        async move { streamed(receiver) }.boxed()
    }

    fn tell_desks(&self, news: Bytes) {
        let mut state = self.world.state();
        if !state.is_bus_away {
            state.listening.retain(|(node, listener)| {
                let message = Incoming::Message(news.clone());
                *node == self.number || listener.try_send(message).is_ok()
            });
        }
    }

    fn desk_news(&self) -> BoxFuture<'static, BoxStream<'static, Incoming>> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        self.world.state().listening.push((self.number, sender));
        async move { streamed(receiver) }.boxed()
    }

    fn clock(&self) -> StoreResult<i64> {
        self.store(|state, _| state.clock)
    }

    fn is_live(&self, deck: &DeckId) -> bool {
        self.world.state().live.contains(deck)
    }
}

fn streamed<T: Send + 'static>(receiver: mpsc::Receiver<T>) -> BoxStream<'static, T> {
    stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
        .boxed()
}
