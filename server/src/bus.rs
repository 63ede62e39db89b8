//! Live messages between the nodes: fast, and not to be relied upon.
//!
//! A bus knows subjects and bytes, neither decks nor people. It may lose, repeat and reorder; whoever
//! listens is told when something may have been missed, and reads what is stored.

#[cfg(test)]
mod contract;
pub mod local;
pub mod nats;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

/// A bus, shared by all who need it.
pub type SharedBus = Arc<dyn Bus>;

/// Largest message that every bus takes; NATS refuses 1 MB and more unless it is told otherwise.
pub const MAX_MESSAGE_BYTES: usize = 900 * 1024;

/// What comes out of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A message.
    Message(Bytes),
    /// Messages may have been lost before the next one: the connection was lost, or they came faster
    /// than they were read.
    Gap,
}

/// Messages of one subject, until it is dropped. The end of the channel is the end of the bus.
pub type Subscription = mpsc::Receiver<Incoming>;

/// A question of another node.
pub struct Request {
    /// What is asked.
    pub payload: Bytes,
    /// Sends the answer; dropped, the one who asked is told that nobody answers.
    pub reply: Box<dyn FnOnce(Bytes) + Send>,
}

/// Why nobody answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no connection.
    #[error("the bus is away")]
    Away,
    /// Nobody listens to the subject.
    #[error("nobody listens")]
    Nobody,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
}

/// See above.
pub trait Bus: Send + Sync + 'static {
    /// Sends to all who listen to a subject, the sender's own subscriptions included. Nothing is
    /// waited for: while there is no connection the message is dropped.
    fn publish(&self, subject: &str, payload: Bytes);
    /// Listens from the moment on when this returns, or from the next connection on: then a
    /// [`Incoming::Gap`] comes first.
    fn subscribe(&self, subject: &str) -> BoxFuture<'static, Subscription>;
    /// Asks whoever listens to a subject, one of them.
    fn request(
        &self,
        subject: &str,
        payload: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>>;
    /// Answers what is asked under a subject, until the receiver is dropped.
    fn answer(&self, subject: &str) -> BoxFuture<'static, mpsc::Receiver<Request>>;
    /// Whether messages pass at this moment.
    fn is_connected(&self) -> bool;
    /// How many messages were not sent, as there was no connection or too many waited.
    fn dropped(&self) -> u64;
    /// How long a message takes to the server and back, for `ondeck doctor`.
    fn round_trip(&self) -> BoxFuture<'static, Result<Duration, RequestError>>;
    /// Sends what waits, and ends.
    fn close(&self) -> BoxFuture<'static, ()>;
}
