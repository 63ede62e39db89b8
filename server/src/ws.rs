//! One WebSocket ↔ one seat.

mod budget;
pub(crate) mod frames;
#[cfg(test)]
mod tests;
pub(crate) mod upgrade;
pub(crate) mod viewer;

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use collab::presence;
use collab::room::CloseReason;
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::access::watch::Judgement;
use crate::hub::{Outgoing, Seat};
use crate::metrics::{Refused, Visit};
use budget::{Budget, Verdict};
use frames::{Written, close, ping, write};

/// How often the other end is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A connection that is silent for this long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(45);
/// What those are told whose address has too many connections, under the code of a full room.
const TOO_MANY: &str =
    "too many decks are open from your network address; close some, or wait: it is tried again";

enum Step {
    Outgoing(Outgoing),
    Incoming(Option<Result<Message, Error>>),
    Judged(Judgement),
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

/// Carries messages both ways until one end is done, or is judged so. Dropping the seat leaves the
/// room.
pub(crate) async fn serve<S>(
    mut socket: WebSocketStream<S>,
    mut seat: Seat,
    mut judgements: impl Stream<Item = Judgement> + Unpin,
    mut visit: Visit,
) where
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
            Some(judgement) = judgements.next() => Step::Judged(judgement),
            outgoing = seat.outbox().next() => Step::Outgoing(outgoing),
            incoming = socket.next(), if !paused => Step::Incoming(incoming),
            () = &mut due => Step::Due,
        };
        let go_on = match step {
            Step::Outgoing(outgoing) => {
                match write(&mut socket, seat.outbox(), outgoing, Data::Binary).await {
                    Written::All => true,
                    Written::Close(reason) => {
                        visit.closes(reason.code());
                        refuse(&mut socket, &reason).await;
                        false
                    }
                    Written::Stuck => false,
                }
            }
            Step::Incoming(Some(Ok(message))) => {
                read(&mut socket, &seat, &mut line, message, &mut visit).await
            }
            Step::Incoming(Some(Err(error))) => {
                // Most often the end of the connection; a message that is too large is told.
                tracing::debug!(%error, "socket ended");
                let words = "a message that cannot be read, or is larger than allowed: 1 MB, or 64 KB \
                             for those who only follow";
                let reason = CloseReason::Malformed(words.into());
                visit.broke(&error);
                refuse(&mut socket, &reason).await;
                false
            }
            Step::Incoming(None) => false,
            Step::Judged(Judgement::Role(role)) => {
                visit.change_role(role);
                seat.change_role(role).await;
                true
            }
            Step::Judged(Judgement::Close(reason)) => {
                // At once, for those who are in the room: to close takes a while.
                drop(seat);
                visit.closes(reason.code());
                return refuse(&mut socket, &reason).await;
            }
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
    visit: &mut Visit,
) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    line.heard_at = Instant::now();
    match message {
        Message::Binary(bytes) => {
            let is_presence = presence::is_presence(&bytes);
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
            let reason = CloseReason::Malformed("a text message; frames are binary".into());
            visit.refused(Refused::Malformed);
            visit.closes(reason.code());
            refuse(socket, &reason).await;
            false
        }
        Message::Close(frame) => {
            visit.leaves(frame.map(|frame| frame.code.into()));
            false
        }
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
    ping(socket).await
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
