//! One WebSocket ↔ one seat.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use collab::room::CloseReason;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, interval_at, timeout};

use crate::hub::{Outgoing, Seat};

/// How often the other end is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A connection that is silent for this long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(45);
/// How long the kernel may refuse more data before the other end counts as stuck.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

enum Step {
    Outgoing(Outgoing),
    Incoming(Option<Result<Message, axum::Error>>),
    Ping,
}

/// Carries messages both ways until one end is done. Dropping the seat leaves the room.
pub(crate) async fn serve(mut socket: WebSocket, mut seat: Seat) {
    let mut heard_at = Instant::now();
    let mut pings = interval_at(heard_at + PING_EVERY, PING_EVERY);
    loop {
        let step = tokio::select! {
            outgoing = seat.outbox().next() => Step::Outgoing(outgoing),
            incoming = socket.next() => Step::Incoming(incoming),
            _ = pings.tick() => Step::Ping,
        };
        let go_on = match step {
            Step::Outgoing(outgoing) => write(&mut socket, &mut seat, outgoing).await,
            Step::Incoming(Some(Ok(message))) => {
                heard_at = Instant::now();
                read(&mut socket, &seat, message).await
            }
            Step::Incoming(_) => false,
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
        Message::Binary(bytes) => seat.send(bytes).await,
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
    while let Some(outgoing) = next {
        match outgoing {
            Outgoing::Message(bytes) => {
                let fed = timeout(WRITE_LIMIT, socket.feed(Message::Binary(bytes))).await;
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
    matches!(timeout(WRITE_LIMIT, socket.flush()).await, Ok(Ok(())))
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
    send(socket, Message::Close(Some(frame))).await;
}
