//! What desks and projectors need of other nodes: which one of them acts, and how the others ask it.

mod nodes;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::bus::{Incoming, Request, RequestError};
use crate::store::{DeckId, StoreResult};
pub(crate) use nodes::Nodes;

/// Other nodes, for all who need them.
pub(crate) type SharedElsewhere = Arc<dyn Elsewhere>;

/// What other nodes ask.
pub(crate) type Questions = BoxStream<'static, Request>;

/// See above. Where a server is alone there is none.
pub(crate) trait Elsewhere: Send + Sync + 'static {
    /// Makes this node the one with the deck's desk, unless another one that is there is it.
    /// Answers whether it is this one now. It stays so until it is given back, or this node is gone
    /// for the others.
    fn take_desk(&self, deck: &DeckId) -> StoreResult<bool>;
    /// Another node may have the deck's desk.
    fn give_desk_back(&self, deck: &DeckId) -> StoreResult<()>;
    /// Asks the node that has the deck's desk, and waits a few seconds for its answer.
    fn ask_desk(
        &self,
        deck: &DeckId,
        question: Bytes,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>>;
    /// What other nodes ask the deck's desk, until it is dropped.
    fn questions(&self, deck: &DeckId) -> BoxFuture<'static, Questions>;
    /// Tells the desks on other nodes. It may be lost; then they are told so.
    fn tell_desks(&self, news: Bytes);
    /// What other nodes tell the desks here.
    fn desk_news(&self) -> BoxFuture<'static, BoxStream<'static, Incoming>>;
    /// The clock that all nodes share, in Unix milliseconds.
    fn clock(&self) -> StoreResult<i64>;
    /// Whether a deck is presented on any node, as far as it is known here.
    fn is_live(&self, deck: &DeckId) -> bool;
}
