//! One WebSocket ↔ one seat.

mod budget;
#[cfg(test)]
mod tests;
pub(crate) mod upgrade;

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use collab::room::CloseReason;
use collab::wire::Frame;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::hub::{Outgoing, Seat};
use budget::{Budget, Verdict};

/// How often the other end is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A connection that is silent for this long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(45);
/// The other end counts as stuck when it takes longer than this …
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// … and slower than this: a large deck may take its time over a slow line.
const SLOWEST_BYTES_PER_SECOND: usize = 8 * 1024;
/// How long a connection that is closed is still read, so that the reason arrives: a socket
/// that is dropped with unread data in it is reset, and the reason is lost.
const LINGER: Duration = Duration::from_secs(2);
/// Messages that wait behind each other leave together, up to this size. Larger ones are not
/// copied.
const BATCH_BYTES: usize = 16 * 1024;
/// What those are told whose address has too many connections, under the code of a full room.
const TOO_MANY: &str =
    "too many decks are open from your network address; close some, or wait: it is tried again";

enum Step {
    Outgoing(Outgoing),
    Incoming(Option<Result<Message, Error>>),
    Due,
}

/// What is known of the other end.
struct Line {
    heard_at: Instant,
    ping_at: Instant,
    budget: Budget,
    /// The newest presence that came too early; an older one says nothing any more.
    presence: Option<Bytes>,
}

impl Line {
    fn new(now: Instant) -> Self {
        let budget = Budget::new(now);
        Self { heard_at: now, ping_at: now + PING_EVERY, budget, presence: None }
    }

    /// When there is something to do if nothing comes.
    fn due_at(&self) -> Instant {
        let due_at = self.ping_at.min(self.heard_at + DEAD_AFTER);
        match self.presence {
            Some(_) => due_at.min(self.budget.presence_at()),
            None => due_at,
        }
    }
}

/// Carries messages both ways until one end is done. Dropping the seat leaves the room.
pub(crate) async fn serve<S>(mut socket: WebSocketStream<S>, mut seat: Seat)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = Line::new(Instant::now());
    let mut due = pin!(sleep_until(line.due_at()));
    loop {
        line.budget.spend_work(Instant::now(), seat.take_spent());
        let resume_at = line.budget.next_at();
        let paused = resume_at > Instant::now();
        let due_at = if paused { line.due_at().min(resume_at) } else { line.due_at() };
        // Later is found out when it is over: signs of life move it all the time.
        if due_at < due.deadline() || due.is_elapsed() {
            due.as_mut().reset(due_at);
        }
        let step = tokio::select! {
            outgoing = seat.outbox().next() => Step::Outgoing(outgoing),
            incoming = socket.next(), if !paused => Step::Incoming(incoming),
            () = &mut due => Step::Due,
        };
        let go_on = match step {
            Step::Outgoing(outgoing) => write(&mut socket, &mut seat, outgoing).await,
            Step::Incoming(Some(Ok(message))) => read(&mut socket, &seat, &mut line, message).await,
            Step::Incoming(Some(Err(error))) => {
                // Most often the end of the connection; a message that is too large is told.
                tracing::debug!(%error, "socket ended");
                let words = "a message that cannot be read, or is larger than allowed: 1 MB, or 64 KB \
                             for those who only follow";
                let reason = CloseReason::Malformed(words.into());
                refuse(&mut socket, &reason).await;
                false
            }
            Step::Incoming(None) => false,
            Step::Due => tend(&mut socket, &seat, &mut line).await,
        };
        if !go_on {
            return;
        }
    }
}

async fn read<S>(
    socket: &mut WebSocketStream<S>,
    seat: &Seat,
    line: &mut Line,
    message: Message,
) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    line.heard_at = Instant::now();
    match message {
        Message::Binary(bytes) => {
            let is_presence = matches!(Frame::decode(&bytes), Ok(Frame::Awareness(_)));
            match line.budget.spend(line.heard_at, bytes.len(), is_presence) {
                Verdict::Pass => {
                    if is_presence {
                        line.presence = None;
                    }
                    // When the room has ended, its last words are in the outbox.
                    let _ = seat.send(bytes).await;
                }
                Verdict::Later => line.presence = Some(bytes),
            }
            true
        }
        Message::Text(_) => {
            refuse(socket, &CloseReason::Malformed("a text message; frames are binary".into()))
                .await;
            false
        }
        Message::Close(_) => false,
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => true,
    }
}

/// Does what is due: passes on presence that waited, pings, or finds that nobody is there.
async fn tend<S>(socket: &mut WebSocketStream<S>, seat: &Seat, line: &mut Line) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let now = Instant::now();
    if now >= line.heard_at + DEAD_AFTER {
        tracing::debug!("nothing was heard of a connection for too long");
        return false;
    }
    if line.budget.presence_at() <= now
        && let Some(presence) = line.presence.take()
    {
        line.budget.spend_presence(now);
        let _ = seat.send(presence).await;
    }
    if now < line.ping_at {
        return true;
    }
    line.ping_at = now + PING_EVERY;
    matches!(timeout(WRITE_LIMIT, socket.send(Message::Ping(Bytes::new()))).await, Ok(Ok(())))
}

/// Writes a message and all that waits behind it: one system call for many messages under load,
/// and no waiting when there is only one.
async fn write<S>(socket: &mut WebSocketStream<S>, seat: &mut Seat, first: Outgoing) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut batch = Vec::new();
    let mut next = Some(first);
    while let Some(outgoing) = next {
        let bytes = match outgoing {
            Outgoing::Message(bytes) => bytes,
            Outgoing::Close(reason) => {
                if put(socket, &batch).await {
                    refuse(socket, &reason).await;
                }
                return false;
            }
        };
        let header = FrameHeader { opcode: OpCode::Data(Data::Binary), ..FrameHeader::default() };
        if header.format(bytes.len() as u64, &mut batch).is_err() {
            return false;
        }
        if batch.len() + bytes.len() <= BATCH_BYTES {
            batch.extend_from_slice(&bytes);
        } else {
            if !put(socket, &batch).await || !put(socket, &bytes).await {
                return false;
            }
            batch.clear();
        }
        next = seat.outbox().try_next();
    }
    put(socket, &batch).await
}

/// Writes whole frames past the library. It would copy them into a buffer of its own that only
/// grows: everybody who joined a large deck would hold a copy of it for as long as they stay.
async fn put<S>(socket: &mut WebSocketStream<S>, frames: &[u8]) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let slowest = (frames.len() / SLOWEST_BYTES_PER_SECOND) as u64;
    let written = async {
        // First what the library has begun to write: the answer to a ping.
        socket.flush().await.ok()?;
        socket.get_mut().write_all(frames).await.ok()
    };
    let written = timeout(WRITE_LIMIT + Duration::from_secs(slowest), written).await;
    matches!(written, Ok(Some(())))
}

/// Closes a socket with the reason.
pub(crate) async fn refuse<S>(socket: &mut WebSocketStream<S>, reason: &CloseReason)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    close(socket, reason.code(), &reason.to_string()).await;
}

/// Closes a socket because its address has too many.
pub(crate) async fn refuse_crowd<S>(socket: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    close(socket, CloseReason::RoomFull.code(), TOO_MANY).await;
}

/// Longest reason that a close frame can hold (RFC 6455, section 5.5.1).
const MOST_REASON_BYTES: usize = 123;

async fn close<S>(socket: &mut WebSocketStream<S>, code: u16, reason: &str)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut end = reason.len().min(MOST_REASON_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame { code: code.into(), reason: reason[..end].into() };
    let told = timeout(WRITE_LIMIT, socket.send(Message::Close(Some(frame)))).await;
    if matches!(told, Ok(Ok(()))) {
        // Whoever does not answer by then has been told all the same.
        let _ = timeout(LINGER, Box::pin(read_out(socket))).await;
    }
}

/// Reads until the other end closes: first messages, for one of them is its answer, then what
/// cannot be read as messages, like the rest of one that was too large.
async fn read_out<S>(socket: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(_)) = socket.next().await {}
    let io = socket.get_mut();
    // The client waits for us to close first.
    let _ = io.shutdown().await;
    let mut rest = [0; 4096];
    while matches!(io.read(&mut rest).await, Ok(1..)) {}
}
