//! How long the sections of a call took: what is stored of it, and who stores it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::store::talk::{Call, SharedCalls};
use crate::store::{DeckId, StoreError};

/// What could not be stored is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// So often at the end of a projector, which others wait for.
const LAST_TRIES: usize = 3;

/// How a call stands, in milliseconds of the projector's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) began: i64,
    pub(crate) ended: Option<i64>,
    /// When this was so.
    pub(crate) seen: i64,
    /// Title and milliseconds of each section, in order.
    pub(crate) sections: Vec<(String, u64)>,
}

/// The same as it is stored beside when it began and ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredTimes {
    /// Unix milliseconds.
    pub(crate) seen_at: i64,
    /// Title and milliseconds of each section, in order.
    pub(crate) sections: Vec<(String, u64)>,
}

impl Record {
    /// With the Unix milliseconds at which the projector's clock was 0.
    fn stored(self, zero: i64) -> Call {
        let times = StoredTimes { seen_at: zero + self.seen, sections: self.sections };
        Call {
            began_at: zero + self.began,
            ended_at: self.ended.map(|ended| zero + ended),
            // Titles and numbers: there is nothing in it that JSON cannot express.
            times: serde_json::to_string(&times).unwrap_or_default(),
        }
    }

    fn read(call: Call, zero: i64) -> Option<Self> {
        let StoredTimes { seen_at, sections } = serde_json::from_str(&call.times).ok()?;
        Some(Self {
            began: call.began_at - zero,
            ended: call.ended_at.map(|ended| ended - zero),
            seen: seen_at - zero,
            sections,
        })
    }
}

/// Whether what is stored of a call is newer than what another node has to store of it.
fn is_newer(stored: &Call, call: &Call) -> bool {
    let seen_at = |call: &Call| {
        let times = serde_json::from_str::<StoredTimes>(&call.times);
        times.map(|times| times.seen_at).unwrap_or_default()
    };
    stored.began_at == call.began_at
        && match (stored.ended_at, call.ended_at) {
            (Some(_), None) => true,
            (None, Some(_)) => false,
            _ => seen_at(stored) > seen_at(call),
        }
}

/// Stores the records of one projector, one after the other: nobody who watches waits for a disk.
pub(super) struct Recorder {
    calls: SharedCalls,
    deck: DeckId,
    /// Unix milliseconds at which the projector's clock was 0.
    zero: i64,
    /// Projectors on other nodes may store the same call.
    is_shared: bool,
    /// The last call is to be read once more.
    is_asked: bool,
    reading: Option<BoxFuture<'static, Result<Option<Call>, StoreError>>>,
    /// What waits, one for each call.
    waiting: Vec<Call>,
    saving: Option<BoxFuture<'static, Result<(), (Call, StoreError)>>>,
}

impl Recorder {
    pub(super) fn new(calls: SharedCalls, deck: DeckId, zero: i64) -> Self {
        Self {
            calls,
            deck,
            zero,
            is_shared: false,
            is_asked: false,
            reading: None,
            waiting: Vec::new(),
            saving: None,
        }
    }

    /// Projectors on other nodes may store the same call, by a clock that shows this when this
    /// projector's shows 0.
    pub(super) fn share(&mut self, zero: i64) {
        (self.is_shared, self.zero) = (true, zero);
    }

    /// Has the last call read once more.
    pub(super) fn recall(&mut self) {
        self.is_asked = true;
    }

    /// The last call, as far as it can be read.
    pub(super) async fn past(&mut self) -> Option<Record> {
        match self.calls.last_call(&self.deck).await {
            Ok(call) => Record::read(call?, self.zero),
            Err(error) => {
                tracing::warn!(deck = %self.deck, %error, "the times of the last call cannot be read");
                None
            }
        }
    }

    /// Has a record stored; what waits of the same call is out of date.
    pub(super) fn keep(&mut self, record: Record) {
        let call = record.stored(self.zero);
        self.waiting.retain(|waiting| waiting.began_at != call.began_at);
        self.waiting.push(call);
    }

    /// Stores what waits, and gives the last call when it was asked for. May be dropped and called
    /// again at any time.
    pub(super) async fn work(&mut self) -> Option<Record> {
        loop {
            if self.is_asked {
                if let Some(call) = self.read().await {
                    return call.and_then(|call| Record::read(call, self.zero));
                }
            } else if !self.step(true).await {
                pending::<()>().await;
            }
        }
    }

    /// Stores all that waits, or gives up.
    pub(super) async fn finish(&mut self) {
        for _ in 0..LAST_TRIES {
            while self.step(false).await {}
            if self.waiting.is_empty() {
                return;
            }
        }
        tracing::error!(deck = %self.deck, "the times of a call could not be stored");
    }

    /// `None` when it could not be read.
    async fn read(&mut self) -> Option<Option<Call>> {
        let reading = self.reading.get_or_insert_with(|| {
            let reading = self.calls.last_call(&self.deck);
            Box::pin(async move {
                let read = reading.await;
                if read.is_err() {
                    sleep(TRY_AGAIN).await;
                }
                read
            })
        });
        let read = reading.await;
        self.reading = None;
        match read {
            Ok(call) => {
                self.is_asked = false;
                Some(call)
            }
            Err(error) => {
                tracing::warn!(deck = %self.deck, %error, "the times of a call cannot be read yet");
                None
            }
        }
    }

    /// Stores a call, unless what is stored of it is newer.
    fn save(&self, call: Call) -> BoxFuture<'static, Result<(), StoreError>> {
        if !self.is_shared {
            return self.calls.save_call(&self.deck, call);
        }
        let (calls, deck) = (Arc::clone(&self.calls), self.deck.clone());
        Box::pin(async move {
            let stored = calls.last_call(&deck).await?;
            if stored.is_some_and(|stored| is_newer(&stored, &call)) {
                return Ok(());
            }
            calls.save_call(&deck, call).await
        })
    }

    /// Stores one; `false` when there is none, or when it could not be stored and nobody waits for it.
    async fn step(&mut self, patient: bool) -> bool {
        if self.saving.is_none() {
            if self.waiting.is_empty() {
                return false;
            }
            let call = self.waiting.remove(0);
            let saving = self.save(call.clone());
            self.saving = Some(Box::pin(async move {
                let saved = saving.await.map_err(|error| (call, error));
                if saved.is_err() && patient {
                    sleep(TRY_AGAIN).await;
                }
                saved
            }));
        }
        let Some(saving) = &mut self.saving else { return false };
        let saved = saving.await;
        self.saving = None;
        let Err((call, error)) = saved else { return true };
        tracing::warn!(deck = %self.deck, %error, "the times of a call are not stored yet");
        // Unless a newer one came meanwhile.
        if self.waiting.iter().all(|waiting| waiting.began_at != call.began_at) {
            self.waiting.insert(0, call);
        }
        patient
    }
}
