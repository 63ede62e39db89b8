//! Writing to a WebSocket: what waits leaves together, and what cannot leave is given up.

use std::time::Duration;

use bytes::Bytes;
use collab::room::CloseReason;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::hub::{Outbox, Outgoing};

/// The other end counts as stuck when it takes longer than this …
pub(super) const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// … and slower than this: a large deck may take its time over a slow line.
const SLOWEST_BYTES_PER_SECOND: usize = 8 * 1024;
/// How long a connection that is closed is still read, so that the reason arrives: a socket
/// that is dropped with unread data in it is reset, and the reason is lost.
const LINGER: Duration = Duration::from_secs(2);
/// Messages that wait behind each other leave together, up to this size. Larger ones are not
/// copied.
const BATCH_BYTES: usize = 16 * 1024;

/// What became of what waited.
pub(super) enum Written {
    All,
    /// All of it, and then the connection is to end.
    Close(CloseReason),
    /// The other end takes nothing.
    Stuck,
}

/// Asks the other end for a sign of life.
pub(super) async fn ping<S>(socket: &mut WebSocketStream<S>) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    matches!(timeout(WRITE_LIMIT, socket.send(Message::Ping(Bytes::new()))).await, Ok(Ok(())))
}

/// Writes a message and all that waits behind it: one system call for many messages under load,
/// and no waiting when there is only one.
pub(super) async fn write<S>(
    socket: &mut WebSocketStream<S>,
    outbox: &mut Outbox,
    first: Outgoing,
    kind: Data,
) -> Written
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut batch = Vec::new();
    let mut next = Some(first);
    while let Some(outgoing) = next {
        let bytes = match outgoing {
            Outgoing::Message(bytes) => bytes,
            Outgoing::Close(reason) => {
                let is_put = put(socket, &batch).await;
                return if is_put { Written::Close(reason) } else { Written::Stuck };
            }
        };
        let header = FrameHeader { opcode: OpCode::Data(kind), ..FrameHeader::default() };
        if header.format(bytes.len() as u64, &mut batch).is_err() {
            return Written::Stuck;
        }
        if batch.len() + bytes.len() <= BATCH_BYTES {
            batch.extend_from_slice(&bytes);
        } else {
            if !put(socket, &batch).await || !put(socket, &bytes).await {
                return Written::Stuck;
            }
            batch.clear();
        }
        next = outbox.try_next();
    }
    if put(socket, &batch).await { Written::All } else { Written::Stuck }
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

/// Longest reason that a close frame can hold (RFC 6455, section 5.5.1).
pub(super) const MOST_REASON_BYTES: usize = 123;

/// Closes a socket with a reason.
pub(super) async fn close<S>(socket: &mut WebSocketStream<S>, code: u16, reason: &str)
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
