//! Stores what a held audience sees, and reads it for a projector that begins: after a restart, or on
//! another node.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::sleep;

use crate::store::talk::SharedCalls;
use crate::store::{DeckId, StoreError};

/// What could not be stored or read is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A text, or nothing when the audience is not held.
type Text = Option<String>;

/// See above. One thing after the other, and nobody who watches waits for it.
pub(super) struct Holds {
    calls: SharedCalls,
    deck: DeckId,
    /// To be stored; what was to be stored before is out of date.
    waiting: Option<Text>,
    keeping: Option<BoxFuture<'static, Result<(), (Text, StoreError)>>>,
    is_asked: bool,
    asking: Option<BoxFuture<'static, Result<Text, StoreError>>>,
}

impl Holds {
    pub(super) fn new(calls: SharedCalls, deck: DeckId) -> Self {
        Self { calls, deck, waiting: None, keeping: None, is_asked: false, asking: None }
    }

    /// Has this stored.
    pub(super) fn keep(&mut self, text: Text) {
        self.waiting = Some(text);
    }

    /// Has what is stored read.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
    }

    /// Stores what waits, and gives what was asked for. May be dropped and called again at any time.
    pub(super) async fn work(&mut self) -> Text {
        loop {
            if self.waiting.is_some() || self.keeping.is_some() {
                self.store(TRY_AGAIN).await;
            } else if self.is_asked {
                if let Some(text) = self.read().await {
                    return text;
                }
            } else {
                return std::future::pending().await;
            }
        }
    }

    /// Stores what waits, if it can be.
    pub(super) async fn finish(&mut self) {
        while self.waiting.is_some() || self.keeping.is_some() {
            if !self.store(Duration::ZERO).await {
                return;
            }
        }
    }

    async fn store(&mut self, pause: Duration) -> bool {
        if self.keeping.is_none() {
            let Some(text) = self.waiting.take() else { return true };
            let keeping = self.calls.keep_hold(&self.deck, text.clone());
            self.keeping = Some(Box::pin(async move {
                let kept = keeping.await.map_err(|error| (text, error));
                if kept.is_err() {
                    sleep(pause).await;
                }
                kept
            }));
        }
        let Some(keeping) = &mut self.keeping else { return true };
        let kept = keeping.await;
        self.keeping = None;
        let Err((text, error)) = kept else { return true };
        tracing::warn!(deck = %self.deck, %error, "what a held audience sees is not stored yet");
        self.waiting.get_or_insert(text);
        false
    }

    /// `None` when it could not be read: it has to be known.
    async fn read(&mut self) -> Option<Text> {
        let asking = self.asking.get_or_insert_with(|| {
            let asking = self.calls.hold(&self.deck);
            Box::pin(async move {
                let read = asking.await;
                if read.is_err() {
                    sleep(TRY_AGAIN).await;
                }
                read
            })
        });
        let read = asking.await;
        self.asking = None;
        match read {
            Ok(text) => {
                self.is_asked = false;
                Some(text)
            }
            Err(error) => {
                tracing::warn!(deck = %self.deck, %error, "what a held audience sees cannot be read");
                None
            }
        }
    }
}
