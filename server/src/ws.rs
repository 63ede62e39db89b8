//! One WebSocket ↔ one seat.

mod budget;

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use collab::room::CloseReason;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, interval_at, sleep_until, timeout};

use crate::hub::{Outgoing, Seat};
use budget::Budget;

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

enum Step {
    Outgoing(Outgoing),
    Incoming(Option<Result<Message, axum::Error>>),
    Ping,
    /// The connection may send again.
    Resume,
}

/// Carries messages both ways until one end is done. Dropping the seat leaves the room.
pub(crate) async fn serve(mut socket: WebSocket, mut seat: Seat) {
    let mut heard_at = Instant::now();
    let mut pings = interval_at(heard_at + PING_EVERY, PING_EVERY);
    let mut budget = Budget::new(heard_at);
    loop {
        let next_at = budget.next_at();
        let paused = next_at > Instant::now();
        let step = tokio::select! {
            outgoing = seat.outbox().next() => Step::Outgoing(outgoing),
            incoming = socket.next(), if !paused => Step::Incoming(incoming),
            () = sleep_until(next_at), if paused => Step::Resume,
            _ = pings.tick() => Step::Ping,
        };
        let go_on = match step {
            Step::Outgoing(outgoing) => write(&mut socket, &mut seat, outgoing).await,
            Step::Incoming(Some(Ok(message))) => {
                heard_at = Instant::now();
                if let Message::Binary(bytes) = &message {
                    budget.spend(heard_at, bytes.len());
                }
                read(&mut socket, &seat, message).await
            }
            Step::Incoming(Some(Err(error))) => {
                // Most often the end of the connection; a message that is too large is told.
                tracing::debug!(%error, "socket ended");
                let reason =
                    CloseReason::Malformed("a message that cannot be read, or is over 1 MB".into());
                close(&mut socket, &reason).await;
                false
            }
            Step::Incoming(None) => false,
            Step::Resume => true,
            Step::Ping => {
                heard_at.elapsed() < DEAD_AFTER
                    && send(&mut socket, Message::Ping(Bytes::new())).await
            }
        };
        if !go_on {
            return;
        }
    }
}

/// Closes a socket that never got a seat.
pub(crate) async fn refuse(mut socket: WebSocket, reason: &CloseReason) {
    close(&mut socket, reason).await;
}

async fn read(socket: &mut WebSocket, seat: &Seat, message: Message) -> bool {
    match message {
        Message::Binary(bytes) => {
            // When the room has ended, its last words are in the outbox.
            let _ = seat.send(bytes).await;
            true
        }
        Message::Text(_) => {
            close(socket, &CloseReason::Malformed("a text message; frames are binary".into()))
                .await;
            false
        }
        Message::Close(_) => false,
        Message::Ping(_) | Message::Pong(_) => true,
    }
}

/// Writes a message and all that waits behind it, then flushes once: one system call for many
/// messages under load, and no waiting when there is only one.
async fn write(socket: &mut WebSocket, seat: &mut Seat, first: Outgoing) -> bool {
    let mut next = Some(first);
    let mut limit = WRITE_LIMIT;
    while let Some(outgoing) = next {
        match outgoing {
            Outgoing::Message(bytes) => {
                limit += Duration::from_secs((bytes.len() / SLOWEST_BYTES_PER_SECOND) as u64);
                let fed = timeout(limit, socket.feed(Message::Binary(bytes))).await;
                if !matches!(fed, Ok(Ok(()))) {
                    return false;
                }
            }
            Outgoing::Close(reason) => {
                close(socket, &reason).await;
                return false;
            }
        }
        next = seat.outbox().try_next();
    }
    matches!(timeout(limit, socket.flush()).await, Ok(Ok(())))
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(WRITE_LIMIT, socket.send(message)).await, Ok(Ok(())))
}

/// Longest reason that a close frame can hold (RFC 6455, section 5.5.1).
const MOST_REASON_BYTES: usize = 123;

async fn close(socket: &mut WebSocket, reason: &CloseReason) {
    let text = reason.to_string();
    let mut end = text.len().min(MOST_REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame { code: reason.code(), reason: text[..end].into() };
    if send(socket, Message::Close(Some(frame))).await {
        let read_out = async { while let Some(Ok(_)) = socket.next().await {} };
        // Whoever does not answer by then has been told all the same.
        let _ = timeout(LINGER, read_out).await;
    }
}
