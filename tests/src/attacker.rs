//! A client that does what it likes: whatever bytes, on a real socket.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use collab::wire::{Frame, SUBPROTOCOL};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::bombs::Situation;
use crate::forge::{Content, Forged};

/// No attack is answered later than this, if at all.
const LIMIT: Duration = Duration::from_secs(120);
/// An id for servers that give none.
const SOME_CLIENT: u64 = 4_242;

/// What came back for an attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The connection was closed: code and reason.
    Closed(u16, String),
    /// It is not allowed, for this reason; the connection stays.
    Denied(String),
    /// Nothing; the connection stays, and answers when asked.
    Nothing,
}

/// One connection to a deck.
pub struct Attacker {
    socket: WebSocketStream<TcpStream>,
    own: u64,
}

impl Attacker {
    /// Connects to `/sync/{path}` as Ondeck's own client does.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub async fn connect(server: &str, path: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{server}/sync/{path}").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
        let tcp = TcpStream::connect(server).await?;
        tcp.set_nodelay(true)?;
        let (socket, _) = client_async(request, tcp).await?;
        Ok(Self { socket, own: SOME_CLIENT })
    }

    /// Reads the deck as everybody may, says that it has nothing, and tells what there is to
    /// attack: the one who wrote `words`.
    ///
    /// # Errors
    /// When the connection ends, or nobody wrote them.
    pub async fn look_around(&mut self, words: &str) -> anyhow::Result<Situation> {
        self.send(Frame::SyncStep1(&[0]).encode()).await?;
        let deck = loop {
            let message = timeout(LIMIT, self.socket.next()).await?.context("closed")??;
            let Message::Binary(bytes) = message else { continue };
            match Frame::decode(&bytes)? {
                Frame::Control(json) => {
                    let told: Value = serde_json::from_str(json)?;
                    self.own = told["client"].as_u64().unwrap_or(self.own);
                }
                Frame::SyncStep2(deck) => break Forged::decode(deck).context("an odd deck")?,
                _ => {}
            }
        };
        self.send(Frame::SyncStep2(&[0, 0]).encode()).await?;
        let (mut victim, mut first) = (None, (0, 0));
        for section in &deck.sections {
            let units: u64 = section.structs.iter().map(|part| part.units()).sum();
            let wrote = |part: &crate::forge::Struct| matches!(&part.content, Content::Text(text) if text.contains(words));
            if section.structs.iter().any(wrote) {
                victim = Some((section.client, section.clock + units));
            } else {
                first = first.max((units, section.client));
            }
        }
        let victim = victim.context("nobody wrote these words")?;
        Ok(Situation { own: self.own, victim, first: first.1 })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.socket.send(Message::Binary(bytes)).await
    }

    /// Sends what prepares an attack, and waits until the server is done with it. Gives how the
    /// server ended the connection, if it did.
    ///
    /// # Errors
    /// When it does not take it.
    pub async fn prepare(&mut self, frames: &[Bytes]) -> anyhow::Result<Option<Answer>> {
        for frame in frames {
            self.send(frame.clone()).await?;
        }
        self.send(ping()).await?;
        while let Some(message) = timeout(LIMIT, self.socket.next()).await? {
            match answer(message?)? {
                Some(Answer::Nothing) => return Ok(None),
                Some(closed @ Answer::Closed(..)) => return Ok(Some(closed)),
                // A viewer may not; that is for the attack to show.
                Some(Answer::Denied(_)) | None => {}
            }
        }
        bail!("the connection ended")
    }

    /// Sends messages and then asks for a sign of life; gives what came back first that is an
    /// answer, and how long it took from the first byte on.
    ///
    /// # Errors
    /// When nothing comes back, or the connection ends without a reason.
    pub async fn attack(self, frames: &[Bytes]) -> anyhow::Result<(Answer, Duration)> {
        let start = Instant::now();
        let (mut sink, mut stream) = self.socket.split();
        let sending = async {
            for frame in frames {
                sink.send(Message::Binary(frame.clone())).await?;
            }
            sink.send(Message::Binary(ping())).await
        };
        let hearing = async {
            while let Some(message) = stream.next().await {
                if let Some(answer) = answer(message?)? {
                    return Ok((answer, start.elapsed()));
                }
            }
            bail!("the connection ended without a reason")
        };
        let both = async {
            tokio::pin!(hearing);
            tokio::select! {
                heard = &mut hearing => heard,
                // A connection that is closed takes no more: what counts is what was heard.
                _ = sending => hearing.await,
            }
        };
        timeout(LIMIT, both).await.context("nothing came back")?
    }
}

fn ping() -> Bytes {
    Frame::Control(r#"{"type":"ping"}"#).encode()
}

fn answer(message: Message) -> anyhow::Result<Option<Answer>> {
    let bytes = match message {
        Message::Close(Some(frame)) => {
            return Ok(Some(Answer::Closed(frame.code.into(), frame.reason.to_string())));
        }
        Message::Binary(bytes) => bytes,
        _ => return Ok(None),
    };
    Ok(match Frame::decode(&bytes)? {
        Frame::PermissionDenied(reason) => Some(Answer::Denied(reason.to_owned())),
        Frame::Control(json) => {
            let told: Value = serde_json::from_str(json)?;
            (told["type"] == "pong").then_some(Answer::Nothing)
        }
        _ => None,
    })
}
