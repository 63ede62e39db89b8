//! The look at what the store has of all decks that are open here: it heals whatever the bus lost.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Shared;
use crate::store::cluster::Head;
use crate::store::{DeckId, StoreError};

/// What was seen of a deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing yet.
    Nothing,
    /// It is there.
    Head(Head),
    /// It is in the bin, or gone.
    Gone,
}

/// Something of an open deck changed that is neither text nor presentation.
#[derive(Debug, Clone)]
pub(crate) struct DeckNews {
    /// Which deck.
    pub(crate) deck: DeckId,
    /// Everybody here was told of as many changes: most likely of these.
    pub(crate) was_told: bool,
}

/// The decks that are open here.
#[derive(Default)]
pub(super) struct OpenDecks {
    decks: Mutex<HashMap<DeckId, Entry>>,
    next_turn: AtomicU64,
}

struct Entry {
    /// Which opening of the deck it is: the one before may not have ended yet.
    turn: u64,
    seen: watch::Sender<Seen>,
    /// How far the room has the journal.
    reached: Arc<AtomicU64>,
    /// The counter of other changes, as far as everybody here was told.
    news: Option<u64>,
    /// Changes since the last look of which everybody here was told at once.
    heard: u64,
}

/// A deck that is open here; closed when it is dropped.
pub(crate) struct OpenDeck {
    shared: Arc<Shared>,
    deck: DeckId,
    turn: u64,
    /// What was seen of it last.
    pub(crate) seen: watch::Receiver<Seen>,
    reached: Arc<AtomicU64>,
}

impl OpenDeck {
    /// Notes how far the room has the journal.
    pub(crate) fn reached(&self, seq: u64) {
        self.reached.store(seq, Ordering::Relaxed);
    }
}

impl Drop for OpenDeck {
    fn drop(&mut self) {
        let mut decks = self.shared.open.lock();
        if decks.get(&self.deck).is_some_and(|entry| entry.turn == self.turn) {
            decks.remove(&self.deck);
        }
    }
}

impl OpenDecks {
    fn lock(&self) -> MutexGuard<'_, HashMap<DeckId, Entry>> {
        self.decks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many rows of one deck are stored and not here, at most, as of the last look.
    pub(super) fn lag(&self) -> u64 {
        let lag = |entry: &Entry| match &*entry.seen.borrow() {
            Seen::Head(head) => head.last_seq.saturating_sub(entry.reached.load(Ordering::Relaxed)),
            _ => 0,
        };
        self.lock().values().map(lag).max().unwrap_or(0)
    }
}

impl Shared {
    /// From now on this deck is looked at.
    pub(crate) fn open(self: &Arc<Self>, deck: &DeckId) -> OpenDeck {
        let (sender, seen) = watch::channel(Seen::Nothing);
        let turn = self.open.next_turn.fetch_add(1, Ordering::Relaxed);
        let reached = Arc::<AtomicU64>::default();
        let entry =
            Entry { turn, seen: sender, reached: Arc::clone(&reached), news: None, heard: 0 };
        self.open.lock().insert(deck.clone(), entry);
        OpenDeck { shared: Arc::clone(self), deck: deck.clone(), turn, seen, reached }
    }

    /// Reads how far one deck is, before anybody is in its room.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn head(&self, deck: &DeckId) -> Result<Option<Head>, StoreError> {
        let heads = super::soon(self.store.heads(vec![deck.clone()])).await?;
        let head = heads.into_iter().next();
        if let (Some(head), Some(entry)) = (&head, self.open.lock().get_mut(deck)) {
            entry.news.get_or_insert(head.news);
        }
        Ok(head)
    }

    /// Everybody who has this deck open here has just been told of a change that the store counts.
    pub(crate) fn heard_news(&self, deck: &DeckId) {
        if let Some(entry) = self.open.lock().get_mut(deck) {
            entry.heard += 1;
        }
    }

    /// Looks at all open decks with one question, and at what is presented with another.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let asked: BTreeSet<DeckId> = self.open.lock().keys().cloned().collect();
        if !asked.is_empty() {
            let heads = super::soon(self.store.heads(asked.iter().cloned().collect())).await?;
            self.have_seen(asked, heads);
        }
        let live: BTreeSet<DeckId> =
            super::soon(self.store.live_decks()).await?.into_iter().collect();
        self.live.send_if_modified(|known| {
            let changed = **known != live;
            *known = Arc::new(live);
            changed
        });
        Ok(())
    }

    fn have_seen(&self, mut asked: BTreeSet<DeckId>, heads: Vec<Head>) {
        let mut decks = self.open.lock();
        for head in heads {
            asked.remove(&head.deck);
            let Some(entry) = decks.get_mut(&head.deck) else { continue };
            let before = entry.news.replace(head.news).unwrap_or(head.news);
            let (raised, heard) =
                (head.news.saturating_sub(before), std::mem::take(&mut entry.heard));
            if raised > 0 {
                // What was told may have been counted before, and hide what was not told.
                let news = DeckNews { deck: head.deck.clone(), was_told: raised <= heard };
                // Nobody listens while the server starts or stops.
                let _ = self.news.send(news);
            }
            entry.seen.send_replace(Seen::Head(head));
        }
        for gone in asked {
            if let Some(entry) = decks.get(&gone) {
                entry.seen.send_replace(Seen::Gone);
            }
        }
    }
}
