//! One WebSocket ↔ one viewer of a deck.

use std::pin::pin;

use collab::room::CloseReason;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::frames::{Written, close, ping, write};
use super::{DEAD_AFTER, PING_EVERY};
use crate::hub::Outgoing;
use crate::limits::bucket::Bucket;
use crate::metrics::{Refused, Visit};
use crate::projector::ViewerSeat;

/// Somebody who presses the buttons of the remote as fast as they can stays below this.
const MESSAGES_PER_SECOND: f64 = 20.0;
/// A page that wakes up says a few things at once.
const MESSAGES_AT_ONCE: f64 = 20.0;
/// What viewers are told whose link or deck is no more.
const LINK_ENDED: &str = "this link has ended";
const TOO_MANY_MESSAGES: &str = "too many messages";

enum Step {
    Outgoing(Outgoing),
    Incoming(Option<Result<Message, Error>>),
    Due,
}

/// Why it goes no further.
enum End {
    /// Nobody is there to be told.
    Gone,
    Told(CloseReason),
    TooMany,
}

/// Carries messages both ways until one end is done, or its link has ended.
pub(crate) async fn serve<S>(
    mut socket: WebSocketStream<S>,
    mut seat: ViewerSeat,
    link_ends: impl Future<Output = CloseReason> + Unpin,
    mut visit: Visit,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let end = carry(&mut socket, &mut seat, link_ends, &mut visit).await;
    // At once, for those who count it: to close takes a while.
    drop(seat);
    match end {
        End::Gone => {}
        End::Told(reason) => {
            visit.closes(reason.code());
            drop(visit);
            refuse(&mut socket, &reason).await;
        }
        End::TooMany => {
            visit.refused(Refused::TooFast);
            visit.closes(CloseReason::SlowConsumer.code());
            drop(visit);
            close(&mut socket, CloseReason::SlowConsumer.code(), TOO_MANY_MESSAGES).await;
        }
    }
}

/// Closes a viewer's socket with the reason.
pub(crate) async fn refuse<S>(socket: &mut WebSocketStream<S>, reason: &CloseReason)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match reason {
        CloseReason::NoDeck => close(socket, reason.code(), LINK_ENDED).await,
        _ => super::refuse(socket, reason).await,
    }
}

async fn carry<S>(
    socket: &mut WebSocketStream<S>,
    seat: &mut ViewerSeat,
    mut link_ends: impl Future<Output = CloseReason> + Unpin,
    visit: &mut Visit,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let now = Instant::now();
    let (mut heard_at, mut ping_at) = (now, now + PING_EVERY);
    let mut messages = Bucket::full(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, now);
    let mut due = pin!(sleep_until(ping_at));
    loop {
        let step = tokio::select! {
            reason = &mut link_ends => return End::Told(reason),
            outgoing = seat.outbox().next() => Step::Outgoing(outgoing),
            incoming = socket.next() => Step::Incoming(incoming),
            () = &mut due => Step::Due,
        };
        match step {
            Step::Outgoing(outgoing) => {
                match write(socket, seat.outbox(), outgoing, Data::Text).await {
                    Written::All => {}
                    Written::Close(reason) => return End::Told(reason),
                    Written::Stuck => return End::Gone,
                }
            }
            Step::Incoming(Some(Ok(message))) => {
                heard_at = Instant::now();
                match message {
                    Message::Text(_) if messages.take(heard_at).is_err() => return End::TooMany,
                    Message::Text(json) => seat.say(json.as_str().to_owned()).await,
                    Message::Binary(_) => {
                        visit.refused(Refused::Malformed);
                        let words = "a binary message; these are text".into();
                        return End::Told(CloseReason::Malformed(words));
                    }
                    Message::Close(frame) => {
                        visit.leaves(frame.map(|frame| frame.code.into()));
                        return End::Gone;
                    }
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                }
            }
            Step::Incoming(Some(Err(error))) => {
                visit.broke(&error);
                let words = "a message that cannot be read, or is larger than 1 KB".into();
                return End::Told(CloseReason::Malformed(words));
            }
            Step::Incoming(None) => return End::Gone,
            Step::Due => {
                let now = Instant::now();
                if now >= heard_at + DEAD_AFTER {
                    return End::Gone;
                }
                if now >= ping_at {
                    ping_at = now + PING_EVERY;
                    if !ping(socket).await {
                        return End::Gone;
                    }
                }
                due.as_mut().reset(ping_at.min(heard_at + DEAD_AFTER));
            }
        }
    }
}
