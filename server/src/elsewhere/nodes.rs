//! Other nodes, by the store and the bus that they share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};

use super::{Elsewhere, Questions, SharedElsewhere};
use crate::bus::{Incoming, Request, RequestError};
use crate::cluster::{Cluster, Heard, NODE_GONE_AFTER, Shared, soon};
use crate::store::{DeckId, StoreResult};

/// A node that asks another one waits so long for its answer: half of the time after which that one is
/// gone.
const ASK_WITHIN: Duration = Duration::from_secs(3);
/// Where all desks hear news.
const DESKS: &str = "ondeck.desks";

/// See above.
pub(crate) struct Nodes {
    pub(crate) shared: Arc<Shared>,
}

impl Nodes {
    /// The others; `None` when this process is the only one.
    pub(crate) fn of(cluster: &Cluster) -> Option<SharedElsewhere> {
        Some(Arc::new(Self { shared: Arc::clone(cluster.shared()?) }))
    }
}

fn lease(deck: &DeckId) -> String {
    format!("desk:{deck}")
}

fn subject(deck: &DeckId) -> String {
    format!("ondeck.desk.{deck}")
}

impl Elsewhere for Nodes {
    fn take_desk(&self, deck: &DeckId) -> StoreResult<bool> {
        let node = self.shared.node;
        let taken = self.shared.store.take_lease(&lease(deck), node, NODE_GONE_AFTER);
        async move { Ok(soon(taken).await? == node) }.boxed()
    }

    fn give_desk_back(&self, deck: &DeckId) -> StoreResult<()> {
        let given = self.shared.store.give_lease_back(&lease(deck), self.shared.node);
        soon(given).boxed()
    }

    fn ask_desk(
        &self,
        deck: &DeckId,
        question: Bytes,
    ) -> BoxFuture<'static, Result<Bytes, RequestError>> {
        let (shared, subject) = (Arc::clone(&self.shared), subject(deck));
        async move { shared.ask(&subject, question, ASK_WITHIN).await }.boxed()
    }

    fn questions(&self, deck: &DeckId) -> BoxFuture<'static, Questions> {
        let (shared, subject) = (Arc::clone(&self.shared), subject(deck));
        async move {
            let answering = shared.answer(&subject).await;
            let questions = stream::unfold(answering, |mut answering| async move {
                let question = answering.next().await;
                let request = Request { payload: question.payload, reply: question.reply };
                Some((request, answering))
            });
            questions.boxed()
        }
        .boxed()
    }

    fn tell_desks(&self, news: Bytes) {
        // Names and a word: it is never too large.
        self.shared.publish(DESKS, &news);
    }

    fn desk_news(&self) -> BoxFuture<'static, BoxStream<'static, Incoming>> {
        let shared = Arc::clone(&self.shared);
        async move {
            let listening = shared.listen(DESKS).await;
            let news = stream::unfold(listening, |mut listening| async move {
                let incoming = match listening.next().await {
                    Heard::Message(_, news) => Incoming::Message(news),
                    Heard::Gap => Incoming::Gap,
                };
                Some((incoming, listening))
            });
            news.boxed()
        }
        .boxed()
    }

    fn clock(&self) -> StoreResult<i64> {
        soon(self.shared.store.clock()).boxed()
    }

    fn is_live(&self, deck: &DeckId) -> bool {
        self.shared.is_live(deck)
    }
}
