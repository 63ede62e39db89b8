//! A bus inside one process, for several servers in one test.
//!
//! It keeps the contract of a real one and can be told to misbehave: to lose, repeat, hold and turn
//! around messages, and to cut a connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Bus, Incoming, Request, RequestError, Subscription};

/// Messages of one subject that wait to be read. More make a gap.
const WAITING: usize = 256;

/// What connects the servers.
#[derive(Clone, Default)]
pub struct LocalBus {
    wires: Arc<Mutex<Wires>>,
}

#[derive(Default)]
struct Wires {
    next_link: u64,
    /// Which connections there are, and whether they work.
    links: BTreeMap<u64, bool>,
    listeners: Vec<Listener>,
    answerers: Vec<(u64, String, mpsc::Sender<Request>)>,
    /// The next messages that are lost.
    lose: usize,
    /// Every message comes twice.
    repeats: bool,
    /// Messages that were not sent, by connection.
    dropped: BTreeMap<u64, u64>,
    /// What waits to be let go.
    held: Option<Vec<(u64, String, Bytes)>>,
}

struct Listener {
    link: u64,
    subject: String,
    sender: mpsc::Sender<Incoming>,
    /// Something was lost on the way to it.
    missed: bool,
}

impl Listener {
    fn hand_on(&mut self, payload: &Bytes) {
        if self.missed && self.sender.try_send(Incoming::Gap).is_err() {
            return;
        }
        self.missed = self.sender.try_send(Incoming::Message(payload.clone())).is_err();
    }

    fn tell_gap(&mut self) {
        self.missed = self.sender.try_send(Incoming::Gap).is_err();
    }
}

impl Wires {
    fn works(&self, link: u64) -> bool {
        self.links.get(&link).copied().unwrap_or(false)
    }

    fn deliver(&mut self, from: u64, subject: &str, payload: &Bytes) {
        if !self.works(from) {
            *self.dropped.entry(from).or_default() += 1;
            return;
        }
        let Self { links, listeners, .. } = self;
        listeners.retain(|listener| !listener.sender.is_closed());
        let here = |link: &u64| links.get(link).copied().unwrap_or(false);
        for listener in listeners.iter_mut().filter(|l| l.subject == subject && here(&l.link)) {
            listener.hand_on(payload);
        }
    }
}

impl LocalBus {
    /// Another server's connection.
    pub fn link(&self) -> Arc<LocalLink> {
        let mut wires = lock(&self.wires);
        wires.next_link += 1;
        let number = wires.next_link;
        wires.links.insert(number, true);
        Arc::new(LocalLink { wires: Arc::clone(&self.wires), number })
    }

    /// Loses the next messages without a word.
    pub fn lose(&self, count: usize) {
        lock(&self.wires).lose = count;
    }

    /// From now on every message comes twice, or once again.
    pub fn repeat(&self, repeats: bool) {
        lock(&self.wires).repeats = repeats;
    }

    /// From now on messages wait.
    pub fn hold(&self) {
        lock(&self.wires).held.get_or_insert_default();
    }

    /// Lets go what waits.
    pub fn release(&self) {
        self.let_go(|_| {});
    }

    /// Lets go what waits, the last first.
    pub fn release_backwards(&self) {
        self.let_go(|held| held.reverse());
    }

    fn let_go(&self, arrange: impl FnOnce(&mut Vec<(u64, String, Bytes)>)) {
        let mut wires = lock(&self.wires);
        let mut held = wires.held.take().unwrap_or_default();
        arrange(&mut held);
        for (from, subject, payload) in held {
            wires.deliver(from, &subject, &payload);
        }
    }
}

/// One server's connection to the others.
pub struct LocalLink {
    wires: Arc<Mutex<Wires>>,
    number: u64,
}

impl LocalLink {
    /// Nothing passes any more.
    pub fn cut(&self) {
        lock(&self.wires).links.insert(self.number, false);
    }

    /// Messages pass again.
    pub fn mend(&self) {
        let mut wires = lock(&self.wires);
        wires.links.insert(self.number, true);
        let own = wires.listeners.iter_mut().filter(|listener| listener.link == self.number);
        own.for_each(Listener::tell_gap);
    }

    /// The answer to a question, from the first who has one.
    fn ask(&self, subject: &str, payload: Bytes) -> Result<oneshot::Receiver<Bytes>, RequestError> {
        let mut wires = lock(&self.wires);
        if !wires.works(self.number) {
            return Err(RequestError::Away);
        }
        wires.answerers.retain(|(.., sender)| !sender.is_closed());
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone.
        let reply = Box::new(move |bytes| drop(reply.send(bytes)));
        let answerer =
            wires.answerers.iter().find(|(link, s, _)| s == subject && wires.works(*link));
        let (.., sender) = answerer.ok_or(RequestError::Nobody)?;
        match sender.try_send(Request { payload, reply }) {
            Ok(()) => Ok(answer),
            Err(_) => Err(RequestError::Timeout),
        }
    }
}

impl Bus for LocalLink {
    fn publish(&self, subject: &str, payload: Bytes) {
        let mut wires = lock(&self.wires);
        if wires.lose > 0 {
            wires.lose -= 1;
            return;
        }
        let times = if wires.repeats { 2 } else { 1 };
        for _ in 0..times {
            match &mut wires.held {
                Some(held) => held.push((self.number, subject.to_owned(), payload.clone())),
                None => wires.deliver(self.number, subject, &payload),
            }
        }
    }

    fn subscribe(&self, subject: &str) -> BoxFuture<'static, Subscription> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut wires = lock(&self.wires);
        let (link, subject) = (self.number, subject.to_owned());
        wires.listeners.push(Listener { link, subject, sender, missed: false });
        Box::pin(std::future::ready(receiver))
    }

    fn request(
        &self,
        subject: &str,
        payload: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>> {
        let asked = self.ask(subject, payload);
        Box::pin(async move {
            let answer = timeout(within, asked?).await.map_err(|_| RequestError::Timeout)?;
            answer.map_err(|_| RequestError::Nobody)
        })
    }

    fn answer(&self, subject: &str) -> BoxFuture<'static, mpsc::Receiver<Request>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        lock(&self.wires).answerers.push((self.number, subject.to_owned(), sender));
        Box::pin(std::future::ready(receiver))
    }

    fn is_connected(&self) -> bool {
        lock(&self.wires).works(self.number)
    }

    fn dropped(&self) -> u64 {
        lock(&self.wires).dropped.get(&self.number).copied().unwrap_or(0)
    }

    fn round_trip(&self) -> BoxFuture<'static, Result<Duration, RequestError>> {
        let works = self.is_connected();
        let answer = if works { Ok(Duration::ZERO) } else { Err(RequestError::Away) };
        Box::pin(std::future::ready(answer))
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let mut wires = lock(&self.wires);
        wires.links.remove(&self.number);
        wires.listeners.retain(|listener| listener.link != self.number);
        wires.answerers.retain(|(link, ..)| *link != self.number);
        Box::pin(std::future::ready(()))
    }
}

fn lock(wires: &Mutex<Wires>) -> MutexGuard<'_, Wires> {
    wires.lock().unwrap_or_else(PoisonError::into_inner)
}
