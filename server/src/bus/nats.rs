//! The bus of several machines: NATS core, without its storage.
//!
//! Nobody ever waits for it: what cannot be sent at once is dropped and counted, and whoever listens
//! is told with [`Incoming::Gap`] when something may have been missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::client::{Client, RequestErrorKind};
use async_nats::connection::State;
use async_nats::{ConnectOptions, HeaderMap, ServerAddr, Subscriber};
use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::StreamExt as _;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Bus, Incoming, Request, RequestError, Subscription};

/// Messages that wait to be sent. What a node sends in one look at its socket is far below; when
/// more wait, the server does not keep up, and later ones are dropped.
const WAITING_TO_SEND: usize = 1024;
/// Messages of one subject that wait to be read. More make a gap.
const WAITING_TO_READ: usize = 1024;
/// Questions that are handed on to who answers.
const HANDED_ON: usize = 64;
/// A bus that is away is tried again at once, and then this soon: a node that comes back is missed by
/// people.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);
/// Nodes that lost the same server do not come back in the same moment.
const RECONNECT_SPREAD: Duration = Duration::from_millis(250);
/// A connection that takes longer to make is tried anew.
const CONNECTS_WITHIN: Duration = Duration::from_secs(3);
/// A silent connection is asked this often whether it is still there; two unanswered end it.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long somebody who begins to listen waits until the server knows it. Later counts as a gap.
/// Tests wait as long as it takes a machine that does something else: they tell what comes when.
const LISTENS_WITHIN: Duration = Duration::from_secs(if cfg!(test) { 20 } else { 1 });
/// The way to the server and back takes at most so long, else it is away.
const ROUND_TRIP_WITHIN: Duration = Duration::from_secs(if cfg!(test) { 20 } else { 2 });
/// What waits is sent within this time when the node ends.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);
/// Those who could answer a question share the questions among them.
const ANSWERERS: &str = "ondeck";
/// Nobody ever listens here: the server itself says so, after all that was sent before.
const NOBODY: &str = "ondeck.nobody";
/// A header of an answer that says that there is none.
const NO_ANSWER: &str = "Ondeck-No-Answer";

/// A connection to NATS, which is made again whenever it is lost.
pub struct NatsBus {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    /// Raised when messages may have been missed; idempotent, as all that it says is "look".
    gaps: watch::Sender<u64>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    /// Messages that could not be sent.
    dropped: AtomicU64,
}

impl NatsBus {
    /// Connects to the servers of a URL, or of several with commas between them, such as
    /// `nats://user:password@host:4222` or `tls://token@host`. Goes on without a connection when the
    /// first try fails, and tries again and again.
    ///
    /// # Errors
    /// When the URL is none; the message does not repeat it, as it may hold a password.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let gaps = watch::Sender::new(0);
        let (connected, mut is_connected) = watch::channel(0_u64);
        let slow = gaps.clone();
        let has_failed = Arc::new(Notify::new());
        let failed = Arc::clone(&has_failed);
        let (servers, options) = options(url)?;
        let options = options
            .retry_on_initial_connect()
            .max_reconnects(None)
            .name("ondeck")
            .client_capacity(WAITING_TO_SEND)
            .subscription_capacity(WAITING_TO_READ)
            .connection_timeout(CONNECTS_WITHIN)
            .ping_interval(PING_EVERY)
            .reconnect_delay_callback(|attempt| match attempt {
                0 | 1 => Duration::ZERO,
                _ => RECONNECT_AFTER + spread(),
            })
            .event_callback(move |event| {
                match event {
                    async_nats::Event::ClientError(_) => failed.notify_one(),
                    async_nats::Event::Connected => connected.send_modify(|count| *count += 1),
                    async_nats::Event::SlowConsumer(_) => slow.send_modify(|count| *count += 1),
                    _ => {}
                }
                std::future::ready(())
            });
        let client = options.connect(servers).await.context("cannot use the bus")?;
        // What people do first on a new node is to be heard of as well.
        tokio::select! {
            _ = client.flush() => {}
            () = has_failed.notified() => {}
            () = tokio::time::sleep(CONNECTS_WITHIN) => {}
        }
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let dropped = AtomicU64::new(0);
        let inner = Arc::new(Inner { client, gaps, tasks, stopping, dropped });
        let watched = Arc::clone(&inner);
        let watching = async move {
            while is_connected.changed().await.is_ok() {
                watched.catches_up().await;
                watched.gaps.send_modify(|count| *count += 1);
            }
        };
        inner.tasks.spawn(inner.stopping.clone().run_until_cancelled_owned(watching));
        Ok(Self { inner })
    }
}

impl Inner {
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Does at once what only has to be put into a queue; `false` when there is no place.
    fn at_once<E>(&self, sending: impl Future<Output = Result<(), E>>) -> bool {
        // The runtime's budget for a task says nothing about the queue.
        let sent = self.is_connected()
            && matches!(tokio::task::unconstrained(sending).now_or_never(), Some(Ok(())));
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }

    /// To the server and back. It takes what it is sent in order, so by then it has taken all that
    /// was sent before.
    async fn round_trip(&self) -> Result<Duration, RequestError> {
        let start = Instant::now();
        let asked = self.request(NOBODY.to_owned(), Bytes::new(), ROUND_TRIP_WITHIN).await;
        match asked {
            Ok(_) | Err(RequestError::Nobody) => Ok(start.elapsed()),
            Err(error) => Err(error),
        }
    }

    /// Until the server has taken all that was sent before, and knows who listens to what, however
    /// long that takes: somebody who was told of a gap too early would miss what comes until then.
    /// `false` when it went away.
    async fn catches_up(&self) -> bool {
        loop {
            match self.round_trip().await {
                Ok(_) => return true,
                Err(RequestError::Timeout) => {}
                Err(_) => return false,
            }
        }
    }

    async fn request(
        &self,
        subject: String,
        payload: Bytes,
        within: Duration,
    ) -> Result<Bytes, RequestError> {
        if !self.is_connected() {
            return Err(RequestError::Away);
        }
        let request = async_nats::Request::new().payload(payload).timeout(Some(within));
        // The queue to the server may be full as well.
        let answer = timeout(within, self.client.send_request(subject, request)).await;
        match answer.map_err(|_| RequestError::Timeout)? {
            Ok(answer) if answer.headers.as_ref().is_some_and(|h| h.get(NO_ANSWER).is_some()) => {
                Err(RequestError::Nobody)
            }
            Ok(answer) => Ok(answer.payload),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => RequestError::Nobody,
                RequestErrorKind::TimedOut => RequestError::Timeout,
                _ => RequestError::Away,
            }),
        }
    }

    /// Hands messages on, and tells of gaps, until nobody wants them any more.
    async fn listen(
        self: Arc<Self>,
        subject: String,
        sender: mpsc::Sender<Incoming>,
        ready: oneshot::Sender<()>,
    ) {
        let mut gaps = self.gaps.subscribe();
        let Ok(mut messages) = self.client.subscribe(subject).await else { return };
        if self.catches_up().await && ready.send(()).is_err() {
            // Whoever listens did not wait for it, and may have read already what is stored.
            let _ = sender.send(Incoming::Gap).await;
        }
        // Whoever reads slowly misses something, and nobody else does: what comes is always taken
        // from the client at once.
        let mut missed = false;
        loop {
            tokio::select! {
                biased;
                () = sender.closed() => return,
                changed = gaps.changed() => match changed {
                    Ok(()) => missed = true,
                    Err(_) => return,
                },
                place = sender.reserve(), if missed => match place {
                    Ok(place) => {
                        place.send(Incoming::Gap);
                        missed = false;
                    }
                    Err(_) => return,
                },
                message = messages.next() => {
                    let Some(message) = message else { return };
                    let message = Incoming::Message(message.payload);
                    missed = missed || sender.try_send(message).is_err();
                }
            }
        }
    }

    /// Hands questions on until nobody answers them any more.
    async fn hear_questions(
        self: Arc<Self>,
        mut questions: Subscriber,
        sender: mpsc::Sender<Request>,
    ) {
        loop {
            let question = tokio::select! {
                biased;
                () = sender.closed() => return,
                question = questions.next() => question,
            };
            let Some(question) = question else { return };
            let Some(to) = question.reply else { continue };
            let reply = Reply { bus: Arc::clone(&self), to, answered: AtomicBool::new(false) };
            let reply = Box::new(move |answer| reply.send(answer));
            if sender.send(Request { payload: question.payload, reply }).await.is_err() {
                return;
            }
        }
    }
}

/// Answers a question; dropped, it says that there is no answer.
struct Reply {
    bus: Arc<Inner>,
    to: async_nats::Subject,
    answered: AtomicBool,
}

impl Reply {
    fn send(&self, answer: Bytes) {
        self.answered.store(true, Ordering::Relaxed);
        self.bus.at_once(self.bus.client.publish(self.to.clone(), answer));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.answered.load(Ordering::Relaxed) {
            let mut headers = HeaderMap::new();
            headers.insert(NO_ANSWER, "1");
            let to = self.to.clone();
            self.bus.at_once(self.bus.client.publish_with_headers(to, headers, Bytes::new()));
        }
    }
}

impl Bus for NatsBus {
    fn publish(&self, subject: &str, payload: Bytes) {
        self.inner.at_once(self.inner.client.publish(subject.to_owned(), payload));
    }

    fn subscribe(&self, subject: &str) -> BoxFuture<'static, Subscription> {
        let (sender, receiver) = mpsc::channel(WAITING_TO_READ);
        let (ready, is_ready) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        let stays = self.inner.is_connected();
        let listening = inner.listen(subject.to_owned(), sender, ready);
        let stopping = self.inner.stopping.clone();
        self.inner.tasks.spawn(stopping.run_until_cancelled_owned(listening));
        Box::pin(async move {
            if stays {
                let _ = timeout(LISTENS_WITHIN, is_ready).await;
            }
            receiver
        })
    }

    fn request(
        &self,
        subject: &str,
        payload: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>> {
        let (inner, subject) = (Arc::clone(&self.inner), subject.to_owned());
        Box::pin(async move { inner.request(subject, payload, within).await })
    }

    fn answer(&self, subject: &str) -> BoxFuture<'static, mpsc::Receiver<Request>> {
        let (sender, receiver) = mpsc::channel(HANDED_ON);
        let (ready, is_ready) = oneshot::channel();
        let (inner, subject) = (Arc::clone(&self.inner), subject.to_owned());
        let stays = self.inner.is_connected();
        let answering = async move {
            let queue = inner.client.queue_subscribe(subject, ANSWERERS.to_owned()).await;
            let Ok(questions) = queue else { return };
            inner.catches_up().await;
            // Nobody may wait for it any more.
            let _ = ready.send(());
            inner.hear_questions(questions, sender).await;
        };
        let stopping = self.inner.stopping.clone();
        self.inner.tasks.spawn(stopping.run_until_cancelled_owned(answering));
        Box::pin(async move {
            if stays {
                let _ = timeout(LISTENS_WITHIN, is_ready).await;
            }
            receiver
        })
    }

    fn is_connected(&self) -> bool {
        self.inner.is_connected()
    }

    fn dropped(&self) -> u64 {
        self.inner.dropped.load(Ordering::Relaxed)
    }

    fn round_trip(&self) -> BoxFuture<'static, Result<Duration, RequestError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.round_trip().await })
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            if inner.is_connected() {
                // Both only fail when there is nobody to send it to.
                let _ = timeout(CLOSES_WITHIN, inner.round_trip()).await;
            }
            inner.stopping.cancel();
            inner.tasks.close();
            inner.tasks.wait().await;
        })
    }
}

/// The servers of a URL, and how to connect to them.
///
/// # Errors
/// When the URL is none; the message does not repeat it, as it may hold a password.
pub(crate) fn options(url: &str) -> anyhow::Result<(Vec<ServerAddr>, ConnectOptions)> {
    crate::tls::install();
    let (servers, login) = read(url)?;
    // Servers name others of theirs without saying how to talk to them: as to those of the URL.
    let encrypted = servers.iter().any(ServerAddr::tls_required);
    Ok((servers, login.into_options().require_tls(encrypted)))
}

/// How a node shows that it may use the bus.
#[derive(Default)]
struct Login {
    user: Option<String>,
    password: Option<String>,
}

impl Login {
    fn into_options(self) -> ConnectOptions {
        match (self.user, self.password) {
            (Some(user), Some(password)) => ConnectOptions::with_user_and_password(user, password),
            (Some(token), None) => ConnectOptions::with_token(token),
            _ => ConnectOptions::new(),
        }
    }
}

/// The servers of a URL, without what must not be logged, and that apart.
fn read(url: &str) -> anyhow::Result<(Vec<ServerAddr>, Login)> {
    let hint = "the bus has to be a URL such as nats://host:4222\n\
                hint: several are written with commas between them, and tls:// encrypts";
    let (mut servers, mut login) = (Vec::new(), Login::default());
    for url in url.split(',') {
        let (scheme, _) = url.split_once("://").context(hint)?;
        anyhow::ensure!(matches!(scheme, "nats" | "tls"), hint);
        // The error would repeat the URL.
        let address: ServerAddr = url.trim().parse().ok().context(hint)?;
        if let Some(user) = address.username() {
            login.user = Some(decoded(user).context(hint)?);
            login.password = address.password().map(decoded).transpose().context(hint)?;
        }
        let mut address = address.into_inner();
        anyhow::ensure!(address.has_host(), hint);
        let bare = address.set_username("").and_then(|()| address.set_password(None));
        bare.ok().context(hint)?;
        servers.push(ServerAddr::from_url(address).ok().context(hint)?);
    }
    anyhow::ensure!(
        servers.iter().all(|server| server.tls_required() == servers[0].tls_required()),
        "some servers of the bus are to be spoken to encrypted, others not\n\
         hint: write tls:// before each of them, or nats:// before each"
    );
    Ok((servers, login))
}

/// Text in which `%2F` stands for a slash, as parts of URLs are written.
fn decoded(text: &str) -> anyhow::Result<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).context("a % has two digits after it")?;
        bytes.push(u8::from_str_radix(digits, 16)?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    Ok(String::from_utf8(bytes)?)
}

fn spread() -> Duration {
    let random = getrandom::u32().unwrap_or_default();
    RECONNECT_SPREAD * (random % 1024) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str = "tls://secret@one,nats://secret@two";

    #[test]
    fn what_must_not_be_logged_is_taken_out_of_the_address() {
        let (servers, login) = read("tls://ada:p%40ss%2F@one:4222,tls://two").unwrap();
        let shown: Vec<&str> = servers.iter().map(ServerAddr::as_url_str).collect();
        assert_eq!(shown, ["tls://one:4222", "tls://two"]);
        assert_eq!(
            (login.user.as_deref(), login.password.as_deref()),
            (Some("ada"), Some("p@ss/"))
        );
        let (servers, login) = read("nats://secret@one").unwrap();
        assert_eq!(servers[0].as_url_str(), "nats://one");
        assert_eq!((login.user.as_deref(), login.password), (Some("secret"), None));
        for bad in [
            "",
            "host:4222",
            "http://secret@host",
            "nats://a:secret%4@host",
            "nats://:secret@",
            MIXED,
        ] {
            let error = read(bad).err().map(|error| format!("{error:#}")).unwrap();
            assert!(!error.contains("secret") && error.contains("hint"), "{bad}: {error}");
        }
    }
}
