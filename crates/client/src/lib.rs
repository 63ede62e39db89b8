//! A native Ondeck client: the replica of `collab` on a tokio-tungstenite socket.
//!
//! Used by tests and the load generator. It reconnects by itself, like the browser does.
#![forbid(unsafe_code)]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use collab::Millis;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{ClientEffect, ClientEvent, Replica, Status};
use collab::wire::{Profile, SUBPROTOCOL};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Calls that wait for the client's task.
const COMMANDS: usize = 256;
/// An attempt to connect that takes this long is given up.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// Close code for a connection that ended without one (RFC 6455, section 7.1.5).
const ABNORMAL: u16 = 1006;

/// How to join.
#[derive(Debug, Clone)]
pub struct Options {
    /// `127.0.0.1:4800`
    pub server: String,
    /// The deck's id.
    pub deck: String,
    /// What the client asks to be allowed.
    pub role: Role,
    /// Who it is.
    pub profile: Profile,
    /// The cookie of their session, as a browser sends it.
    pub cookie: Option<String>,
}

type Act = Box<dyn FnOnce(&mut Replica, Millis, &mut Vec<ClientEffect>) + Send>;
type Look = Box<dyn FnOnce(&Replica) + Send>;
/// Hears every change of the text that comes from others.
pub type TextHook = Box<dyn FnMut(&[TextEdit]) + Send>;
/// Hears what the server posts beside the text, as JSON.
pub type PostHook = Box<dyn FnMut(&str) + Send>;
/// Hears each time when the server tells of the presentation, as it stands then.
pub type PresentationHook = Box<dyn FnMut(&Replica) + Send>;
type Socket = WebSocketStream<TcpStream>;

/// Who hears at once what happens, on the task of the client.
#[derive(Default)]
struct Hooks {
    text: Option<TextHook>,
    posts: Option<PostHook>,
    presentation: Option<PresentationHook>,
}

/// The client is gone: its task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client has ended")]
pub struct Ended;

/// What went over a client's sockets: payloads of messages, without their headers.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Bytes sent.
    pub sent: AtomicU64,
    /// Bytes received.
    pub received: AtomicU64,
    /// Messages received.
    pub messages: AtomicU64,
}

/// One deck, open on this machine. Dropping it ends the connection.
pub struct Client {
    commands: mpsc::Sender<Command>,
    changes: watch::Receiver<u64>,
    traffic: Arc<Traffic>,
    task: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Starts to connect, and goes on until it is dropped. Call within a tokio runtime.
    pub fn open(options: Options) -> Self {
        Self::start(options, Hooks::default())
    }

    /// Like [`Client::open`]; `hook` hears what others change, at once.
    pub fn open_with(options: Options, hook: Option<TextHook>) -> Self {
        Self::start(options, Hooks { text: hook, ..Hooks::default() })
    }

    /// Like [`Client::open`]; `posts` hears what the server posts, at once.
    pub fn open_hearing(options: Options, posts: PostHook) -> Self {
        Self::start(options, Hooks { posts: Some(posts), ..Hooks::default() })
    }

    /// Like [`Client::open`]; `hook` hears who drives and what is shown, at once.
    pub fn open_watching(options: Options, hook: PresentationHook) -> Self {
        Self::start(options, Hooks { presentation: Some(hook), ..Hooks::default() })
    }

    fn start(options: Options, hooks: Hooks) -> Self {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (changed, changes) = watch::channel(0);
        // The keys of a hasher are random, and nobody else learns them.
        let seed = RandomState::new().build_hasher().finish();
        let replica = Replica::new(seed, options.profile.clone());
        let started = Instant::now();
        let traffic = Arc::<Traffic>::default();
        let driver = Driver {
            options,
            replica,
            socket: None,
            changed,
            hooks,
            started,
            traffic: Arc::clone(&traffic),
        };
        #[expect(clippy::disallowed_methods, reason = "aborted when the client is dropped")]
        let task = tokio::spawn(driver.run(inbox));
        Self { commands, changes, traffic, task }
    }

    /// Runs a function on the replica.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn with<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Replica, Millis, &mut Vec<ClientEffect>) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (reply, answer) = oneshot::channel();
        let act: Act = Box::new(move |replica, now, out| {
            // The caller may have stopped to wait.
            let _ = reply.send(call(replica, now, out));
        });
        self.commands.send(Command::Act(act)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }

    /// Reads something off the replica.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn look<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Replica) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |replica| {
            // The caller may have stopped to wait.
            let _ = reply.send(call(replica));
        });
        self.commands.send(Command::Look(look)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Changes the text.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn edit(&self, edits: Vec<TextEdit>) -> Result<(), Ended> {
        self.with(move |replica, now, out| replica.edit(now, &edits, out)).await
    }

    /// The text as this client has it.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn text(&self) -> Result<String, Ended> {
        self.look(Replica::text).await
    }

    /// Waits until the replica looks as wanted.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn wait_until(
        &self,
        wanted: impl Fn(&Replica) -> bool + Clone + Send + 'static,
    ) -> Result<(), Ended> {
        let mut changes = self.changes.clone();
        loop {
            // Look at the version first: a change during the check must not be slept through.
            changes.mark_unchanged();
            if self.look(wanted.clone()).await? {
                return Ok(());
            }
            changes.changed().await.map_err(|_| Ended)?;
        }
    }

    /// Waits until everything typed here is durable on the server.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn saved(&self) -> Result<(), Ended> {
        self.wait_until(|replica| replica.status() == Status::Saved).await
    }
}

enum Command {
    Act(Act),
    /// Changes nothing: whoever waits for a change does not look again because of it.
    Look(Look),
}

struct Driver {
    options: Options,
    replica: Replica,
    socket: Option<Socket>,
    changed: watch::Sender<u64>,
    hooks: Hooks,
    started: Instant,
    traffic: Arc<Traffic>,
}

enum Step {
    Command(Option<Command>),
    Message(Option<Result<Message, Error>>),
    Wake,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        // What waits here lives as long as the process does.
        self.handle(ClientEvent::NotKept).await;
        self.handle(ClientEvent::Start).await;
        loop {
            let now = self.now();
            let wake = self.replica.next_wake().map(|at| at.saturating_sub(now));
            let step = tokio::select! {
                command = inbox.recv() => Step::Command(command),
                message = receive(&mut self.socket) => Step::Message(message),
                () = sleep(wake) => Step::Wake,
            };
            match step {
                Step::Command(None) => return,
                Step::Command(Some(Command::Look(look))) => look(&self.replica),
                Step::Command(Some(Command::Act(act))) => {
                    let (now, mut effects) = (self.now(), Vec::new());
                    act(&mut self.replica, now, &mut effects);
                    self.carry_out(effects).await;
                }
                Step::Message(Some(Ok(Message::Binary(bytes)))) => {
                    self.traffic.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    self.traffic.messages.fetch_add(1, Ordering::Relaxed);
                    self.handle(ClientEvent::Frame(bytes)).await;
                }
                Step::Message(Some(Ok(Message::Close(frame)))) => {
                    let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                    let (code, reason) = frame.unwrap_or((ABNORMAL, String::new()));
                    self.closed(code, reason).await;
                }
                Step::Message(Some(Ok(_))) => {}
                Step::Message(Some(Err(_)) | None) => self.closed(ABNORMAL, String::new()).await,
                Step::Wake => self.handle(ClientEvent::Wake).await,
            }
        }
    }

    fn now(&self) -> Millis {
        self.started.elapsed().as_millis() as Millis
    }

    async fn closed(&mut self, code: u16, reason: String) {
        self.socket = None;
        self.handle(ClientEvent::Closed { code, reason }).await;
    }

    async fn handle(&mut self, event: ClientEvent) {
        let (now, mut effects) = (self.now(), Vec::new());
        self.replica.handle(now, event, &mut effects);
        self.carry_out(effects).await;
    }

    async fn carry_out(&mut self, mut effects: Vec<ClientEffect>) {
        let mut sending = Vec::new();
        while !effects.is_empty() {
            let mut followed = Vec::new();
            for effect in effects {
                match effect {
                    ClientEffect::Connect => {
                        let connecting =
                            tokio::time::timeout(CONNECT_LIMIT, connect(&self.options));
                        self.socket = connecting.await.ok().and_then(Result::ok);
                        let event = match self.socket {
                            Some(_) => ClientEvent::Opened,
                            None => ClientEvent::Closed { code: ABNORMAL, reason: String::new() },
                        };
                        let now = self.now();
                        self.replica.handle(now, event, &mut followed);
                    }
                    ClientEffect::Disconnect => self.socket = None,
                    ClientEffect::Send(bytes) => sending.push(bytes),
                    ClientEffect::Text(edits) => {
                        if let Some(hook) = &mut self.hooks.text {
                            hook(&edits);
                        }
                    }
                    ClientEffect::Desk(json) => {
                        if let Some(hook) = &mut self.hooks.posts {
                            hook(&json);
                        }
                    }
                    ClientEffect::Presentation => {
                        if let Some(hook) = &mut self.hooks.presentation {
                            hook(&self.replica);
                        }
                    }
                    _ => {}
                }
            }
            effects = followed;
        }
        self.send(sending).await;
        self.changed.send_modify(|version| *version += 1);
    }

    /// A failure shows up as the end of the stream, which the loop then reports.
    async fn send(&mut self, messages: Vec<Bytes>) {
        let Some(socket) = &mut self.socket else { return };
        for bytes in messages {
            self.traffic.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if socket.feed(Message::Binary(bytes)).await.is_err() {
                return;
            }
        }
        let _ = socket.flush().await;
    }
}

async fn connect(options: &Options) -> Result<Socket, Error> {
    let role = match options.role {
        Role::Follow => "follow",
        Role::Edit => "edit",
        Role::Present => "present",
    };
    let url = format!("ws://{}/sync/{}?role={role}", options.server, options.deck);
    let mut request = url.into_client_request()?;
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    if let Some(cookie) = &options.cookie {
        let own = format!("http://{}", options.server);
        request.headers_mut().insert("cookie", HeaderValue::from_str(cookie)?);
        request.headers_mut().insert("origin", HeaderValue::from_str(&own)?);
    }
    let tcp = TcpStream::connect(&options.server).await?;
    tcp.set_nodelay(true)?;
    Ok(client_async(request, tcp).await?.0)
}

async fn receive(socket: &mut Option<Socket>) -> Option<Result<Message, Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn sleep(wait: Option<Millis>) {
    match wait {
        Some(wait) => tokio::time::sleep(Duration::from_millis(wait)).await,
        None => std::future::pending().await,
    }
}
