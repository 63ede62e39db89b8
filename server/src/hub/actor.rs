//! The task that owns one room: events in, effects out, writes to the store one batch at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collab::doc::DeckDoc;
use collab::room::{CloseReason, Effect, Event, PeerId, Room, Ticket};
use collab::wire::{self, ServerMessage};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior};

use super::outbox::{OutboxSender, outbox};
use super::{Command, Hub, JoinError, Listed, MAILBOX_BYTES, Place, Reply, Visitor};
use crate::document;
use crate::store::{DeckId, Journal, NewUpdate, StoreError, StoreResult};

/// How often a room does what need not be done at once.
const TICK: Duration = Duration::from_secs(1);
/// A title is read from the text again this long after a change at the latest.
const TITLE_AFTER: Duration = Duration::from_secs(2);
/// A snapshot is taken after this many updates, or this many bytes of them.
const COMPACT_UPDATES: usize = 500;
const COMPACT_BYTES: usize = 256 * 1024;
/// Bytes that may wait for the store before the room stops listening.
const MOST_UNWRITTEN: usize = 8 * 1024 * 1024;
/// Reconnections after a restart are spread over this time.
const DRAIN_SPREAD_MS: u64 = 5_000;

/// Loads the room and runs it until nobody needs it. Then `listed` takes it off the hub's list:
/// whoever sends from now on finds the mailbox closed and asks for a new room, which reads the
/// journal, and everything is in it, as no write is under way here.
pub(super) async fn run(listed: Listed, mut mailbox: mpsc::Receiver<Command>) {
    let (hub, deck) = (&listed.hub, &listed.deck);
    let (doc, journal) = match load(hub, deck).await {
        Ok(opened) => opened,
        Err(error) => {
            drop(listed);
            return refuse(mailbox, &error);
        }
    };
    tracing::debug!(%deck, updates = journal.updates.len(), "room opened");
    let mut actor = Actor {
        title: String::new(),
        // Whether the title was noted before the last stop is not known.
        text_changed: (!journal.updates.is_empty()).then(Instant::now),
        room: Room::new(doc, journal.epoch, hub.inner.options.version),
        effects: Vec::new(),
        seats: HashMap::new(),
        mailbox_space: Arc::new(Semaphore::new(MAILBOX_BYTES)),
        unwritten: Vec::new(),
        unwritten_bytes: 0,
        issued: 0,
        seq: journal.last_seq,
        since_snapshot: journal.updates.len(),
        bytes_since_snapshot: journal.updates.iter().map(|update| update.bytes.len()).sum(),
        snapshot_bytes: journal.snapshot.len(),
        idle_since: Some(Instant::now()),
        hub: hub.clone(),
        deck: deck.clone(),
    };
    actor.run(&mut mailbox).await;
    tracing::debug!(%deck, "room closed");
    // In this order: nobody may find a mailbox on the list that is closed already.
    drop(listed);
    drop(mailbox);
}

/// Reads the document back. Rows that cannot be used are put aside, where compaction does not
/// remove them; the deck opens without them.
async fn load(hub: &Hub, deck: &DeckId) -> Result<(DeckDoc, Journal), JoinError> {
    let store = &hub.inner.store;
    let journal = store.load(deck).await?.ok_or(JoinError::NoDeck)?;
    let (doc, mut damage) = document::open(&journal)?;
    damage.extend_from_slice(&journal.damage);
    if !damage.is_empty() {
        for damage in &damage {
            tracing::error!(%deck, %damage, "a journal row is quarantined");
        }
        store.quarantine(deck, damage).await?;
    }
    Ok((doc, journal))
}

/// Tells everybody who waits why there is no room.
fn refuse(mut mailbox: mpsc::Receiver<Command>, error: &JoinError) {
    mailbox.close();
    while let Ok(command) = mailbox.try_recv() {
        // Whoever asked may have gone.
        match command {
            Command::Join { reply, .. } => drop(reply.send(Err(error.clone()))),
            Command::Text { reply } => drop(reply.send(Err(error.clone()))),
            _ => {}
        }
    }
}

struct Taken {
    principal: String,
    outbox: OutboxSender,
}

/// A batch on its way to the disk. One at a time, so that the order of the journal is the
/// order of the room whatever the store does inside.
struct Write {
    ticket: Ticket,
    rows: usize,
    bytes: usize,
    done: StoreResult<u64>,
}

enum Step {
    Command(Option<Command>),
    Written(Result<u64, StoreError>),
    Tick,
    Stop,
}

enum End {
    /// Nobody needs the room any more.
    Idle,
    /// Everybody has to go.
    Close(CloseReason),
    /// The store failed: what was not acknowledged is not stored.
    Failed,
    /// The server stops.
    Drain,
}

struct Actor {
    hub: Hub,
    deck: DeckId,
    room: Room,
    effects: Vec<Effect>,
    seats: HashMap<PeerId, Taken>,
    mailbox_space: Arc<Semaphore>,
    unwritten: Vec<NewUpdate>,
    unwritten_bytes: usize,
    /// Ticket of the last update in `unwritten`.
    issued: Ticket,
    seq: u64,
    since_snapshot: usize,
    bytes_since_snapshot: usize,
    snapshot_bytes: usize,
    idle_since: Option<Instant>,
    title: String,
    text_changed: Option<Instant>,
}

impl Actor {
    async fn run(&mut self, mailbox: &mut mpsc::Receiver<Command>) {
        match self.listen(mailbox).await {
            End::Idle => {}
            End::Close(reason) => self.dismiss(&reason),
            End::Failed => self.dismiss(&CloseReason::StorageFailed),
            End::Drain => self.drain(),
        }
    }

    /// Runs until the room ends. On return no write is under way.
    async fn listen(&mut self, mailbox: &mut mpsc::Receiver<Command>) -> End {
        let stopping = self.hub.stopping();
        let mut write: Option<Write> = None;
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut closing: Option<End> = None;
        loop {
            if write.is_none() {
                write = self.next_write();
            }
            if write.is_none()
                && let Some(end) = closing.take()
            {
                if self.text_changed.is_some() {
                    self.note_title().await;
                }
                self.compact().await;
                return end;
            }
            let listening = closing.is_none() && self.unwritten_bytes < MOST_UNWRITTEN;
            let step = tokio::select! {
                biased;
                written = finish(&mut write) => Step::Written(written),
                () = stopping.cancelled(), if closing.is_none() => Step::Stop,
                // Before the mailbox, which may never be empty.
                _ = ticks.tick() => Step::Tick,
                command = mailbox.recv(), if listening => Step::Command(command),
            };
            match step {
                Step::Written(written) => {
                    let Some(done) = write.take() else { continue };
                    if let Err(error) = self.written(&done, written) {
                        tracing::error!(deck = %self.deck, %error, "changes could not be stored");
                        return End::Failed;
                    }
                    self.compact_when_due().await;
                }
                Step::Command(Some(Command::Close { reason })) => {
                    closing = Some(End::Close(reason));
                }
                Step::Command(Some(command)) => {
                    if let Err(error) = self.command(command, &mut write).await {
                        tracing::error!(deck = %self.deck, %error, "the room could not be reloaded");
                        return End::Failed;
                    }
                }
                Step::Command(None) => closing = Some(End::Idle),
                Step::Stop => closing = Some(End::Drain),
                Step::Tick => {
                    self.tick().await;
                    if self.may_unload(mailbox) {
                        closing = Some(End::Idle);
                    }
                }
            }
        }
    }

    async fn command(
        &mut self,
        command: Command,
        write: &mut Option<Write>,
    ) -> Result<(), StoreError> {
        match command {
            Command::Join { visitor, reply } => self.join(visitor, reply),
            Command::Frame { peer, bytes, space } => {
                self.handle(Event::Frame { peer, bytes });
                drop(space);
            }
            Command::Leave { peer } => self.leave(peer),
            Command::Text { reply } => {
                // The asker may have gone.
                let _ = reply.send(Ok(self.room.text()));
            }
            Command::Close { .. } => {}
        }
        if self.effects.contains(&Effect::Reload) {
            self.effects.clear();
            self.reload(write).await?;
        }
        Ok(())
    }

    fn join(&mut self, visitor: Visitor, reply: Reply<Place>) {
        let peer = self.hub.next_peer();
        let (sender, outbox) = outbox();
        let space = Arc::clone(&self.mailbox_space);
        if reply.send(Ok(Place { peer, outbox, space })).is_err() {
            return;
        }
        self.seats.insert(peer, Taken { principal: visitor.principal, outbox: sender });
        self.idle_since = None;
        self.handle(Event::Join { peer, role: visitor.role, protocol: visitor.protocol });
    }

    fn leave(&mut self, peer: PeerId) {
        if self.seats.remove(&peer).is_some() {
            self.handle(Event::Leave { peer });
        }
        if self.seats.is_empty() {
            self.idle_since = Some(Instant::now());
        }
    }

    fn handle(&mut self, event: Event) {
        let mut effects = std::mem::take(&mut self.effects);
        self.room.handle(event, &mut effects);
        let mut lost = Vec::new();
        let mut reload = false;
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { peer, bytes } => self.send(peer, bytes, &mut lost),
                Effect::SendAll { to, except, bytes } => {
                    for (&peer, seat) in &self.seats {
                        if Some(peer) != except
                            && self.room.hears(peer, to)
                            && !seat.outbox.send(bytes.clone())
                        {
                            lost.push((peer, CloseReason::SlowConsumer));
                        }
                    }
                }
                Effect::Append { ticket, peer, author, update } => {
                    self.append(ticket, peer, author, update);
                }
                Effect::Close { peer, reason } => lost.push((peer, reason)),
                Effect::Reload => reload = true,
            }
        }
        self.effects = effects;
        for (peer, reason) in lost {
            self.dismiss_one(peer, reason);
        }
        if reload {
            self.effects.push(Effect::Reload);
        }
    }

    fn send(&self, peer: PeerId, bytes: Bytes, lost: &mut Vec<(PeerId, CloseReason)>) {
        if let Some(seat) = self.seats.get(&peer)
            && !seat.outbox.send(bytes)
        {
            lost.push((peer, CloseReason::SlowConsumer));
        }
    }

    fn append(&mut self, ticket: Ticket, peer: PeerId, author: Option<u64>, update: Bytes) {
        let principal = self.seats.get(&peer).map(|seat| seat.principal.clone());
        self.unwritten_bytes += update.len();
        self.issued = ticket;
        self.unwritten.push(NewUpdate {
            principal: principal.unwrap_or_default(),
            client: author,
            bytes: update,
        });
        self.text_changed.get_or_insert_with(Instant::now);
    }

    fn dismiss_one(&mut self, peer: PeerId, reason: CloseReason) {
        let Some(seat) = self.seats.remove(&peer) else { return };
        tracing::info!(deck = %self.deck, peer = peer.0, %reason, "connection ended by the room");
        seat.outbox.close(reason);
        self.handle(Event::Leave { peer });
        if self.seats.is_empty() {
            self.idle_since = Some(Instant::now());
        }
    }

    fn dismiss(&mut self, reason: &CloseReason) {
        for (_, seat) in self.seats.drain() {
            seat.outbox.close(reason.clone());
        }
    }

    fn drain(&mut self) {
        let seats: Vec<_> = self.seats.drain().collect();
        for (peer, seat) in seats {
            if self.room.hears(peer, collab::room::Audience::Ondeck) {
                // Multiples of the golden ratio fill the time evenly, however many they are.
                let retry_after = (peer.0 * 3_091) % DRAIN_SPREAD_MS;
                seat.outbox.send(wire::control(&ServerMessage::Draining { retry_after }));
            }
            seat.outbox.close(CloseReason::Draining);
        }
    }

    fn next_write(&mut self) -> Option<Write> {
        if self.unwritten.is_empty() {
            return None;
        }
        let updates = std::mem::take(&mut self.unwritten);
        let bytes = std::mem::take(&mut self.unwritten_bytes);
        let rows = updates.len();
        let done = self.hub.inner.store.append(&self.deck, updates);
        Some(Write { ticket: self.issued, rows, bytes, done })
    }

    fn written(
        &mut self,
        write: &Write,
        written: Result<u64, StoreError>,
    ) -> Result<(), StoreError> {
        self.seq = written?;
        self.since_snapshot += write.rows;
        self.bytes_since_snapshot += write.bytes;
        self.handle(Event::Appended { ticket: write.ticket });
        Ok(())
    }

    async fn compact_when_due(&mut self) {
        // A large deck costs more to write out, so it must have changed more.
        let enough = self.bytes_since_snapshot >= self.snapshot_bytes / 8;
        let many = self.since_snapshot >= COMPACT_UPDATES;
        if enough && (many || self.bytes_since_snapshot >= COMPACT_BYTES) {
            self.compact().await;
        }
    }

    /// Stores a snapshot if anything came since the last one. A failure loses nothing: the
    /// journal stays as it is.
    async fn compact(&mut self) {
        if self.since_snapshot == 0 {
            return;
        }
        // Also after a failure: the next attempt comes after as many updates again.
        (self.since_snapshot, self.bytes_since_snapshot) = (0, 0);
        let Some(state) = self.room.snapshot() else {
            return tracing::error!(deck = %self.deck, "snapshot fails its self-check; journal kept");
        };
        let bytes = state.len();
        match self.hub.inner.store.compact(&self.deck, self.seq, state.into()).await {
            Ok(()) => self.snapshot_bytes = bytes,
            Err(error) => tracing::warn!(deck = %self.deck, %error, "snapshot not stored"),
        }
    }

    /// After yrs failed over an update: everything accepted so far goes to the journal, and the
    /// document is read back from there.
    async fn reload(&mut self, write: &mut Option<Write>) -> Result<(), StoreError> {
        tracing::error!(deck = %self.deck, "an update broke the document; reloading it");
        loop {
            let Some(mut current) = write.take().or_else(|| self.next_write()) else { break };
            let written = (&mut current.done).await;
            self.written(&current, written)?;
        }
        let loaded = load(&self.hub, &self.deck).await.map_err(|error| match error {
            JoinError::Store(error) => error,
            error => StoreError(error.to_string()),
        })?;
        self.room.replace_document(loaded.0);
        Ok(())
    }

    async fn tick(&mut self) {
        let gone: Vec<_> = self
            .seats
            .iter()
            .filter(|(_, seat)| seat.outbox.is_closed())
            .map(|(&p, _)| p)
            .collect();
        gone.into_iter().for_each(|peer| self.leave(peer));
        self.handle(Event::Tick);
        if self.text_changed.is_some_and(|since| since.elapsed() >= TITLE_AFTER) {
            self.note_title().await;
        }
    }

    async fn note_title(&mut self) {
        self.text_changed = None;
        let title = (self.hub.inner.options.title_of)(&self.room.text());
        if title == self.title {
            return;
        }
        match self.hub.inner.store.set_title(&self.deck, &title).await {
            Ok(()) => self.title = title,
            Err(error) => tracing::warn!(deck = %self.deck, %error, "title not stored"),
        }
    }

    fn may_unload(&self, mailbox: &mpsc::Receiver<Command>) -> bool {
        let patience = self.hub.inner.options.unload_after;
        self.idle_since.is_some_and(|since| since.elapsed() >= patience)
            && self.room.is_idle()
            && mailbox.is_empty()
            && self.text_changed.is_none()
    }
}

async fn finish(write: &mut Option<Write>) -> Result<u64, StoreError> {
    match write {
        Some(write) => (&mut write.done).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use collab::doc::TextEdit;

    use super::*;
    use crate::hub::HubOptions;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, SharedStore, Store as _};

    async fn store_with_changes(dir: &tempfile::TempDir) -> (SharedStore, DeckId) {
        let store = SqliteStore::open(&dir.path().join("test.sqlite")).unwrap();
        let id = DeckId::parse("deck").unwrap();
        let state = DeckDoc::seed(9, "start ").into();
        store.create_deck(NewDeck { id: id.clone(), title: String::new(), state }).await.unwrap();
        let bytes = DeckDoc::new(5).edit(&[TextEdit::insert(0, "kept ")]).into();
        let update = NewUpdate { principal: String::new(), client: None, bytes };
        store.append(&id, vec![update]).await.unwrap();
        (Arc::new(store), id)
    }

    fn options(title_of: fn(&str) -> String) -> HubOptions {
        HubOptions { unload_after: Duration::from_secs(60), title_of, version: "test" }
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_used_is_put_aside_before_anything_is_compacted() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let bytes = Bytes::from_static(b"no update at all");
        let update = NewUpdate { principal: String::new(), client: None, bytes };
        store.append(&deck, vec![update]).await.unwrap();
        let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
        assert!(hub.text(&deck).await.unwrap().contains("kept "));
        hub.shutdown().await;
        let journal = store.load(&deck).await.unwrap().unwrap();
        assert!(journal.updates.iter().all(|update| update.bytes != "no update at all"));
        assert_eq!(journal.last_seq, 2);
    }

    #[tokio::test]
    async fn a_room_that_panics_is_opened_again_with_everything() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let hub = Hub::new(store, options(|_| panic!("on purpose")));
        for _ in 0..3 {
            assert!(hub.text(&deck).await.unwrap().contains("kept "));
            // Closing notes the title, which panics.
            hub.close(&deck, CloseReason::NoDeck).await;
        }
        hub.shutdown().await;
    }

    #[tokio::test]
    async fn everybody_who_waits_for_a_deck_that_is_not_there_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = store_with_changes(&dir).await;
        let hub = Hub::new(store, options(str::to_owned));
        let missing = DeckId::parse("missing").unwrap();
        let asked = (0..100).map(|_| hub.text(&missing));
        for answer in futures_util::future::join_all(asked).await {
            assert!(matches!(answer, Err(JoinError::NoDeck)), "{answer:?}");
        }
        assert_eq!(hub.open_rooms(), 0);
    }

    #[tokio::test]
    async fn the_title_of_the_last_change_is_noted_when_the_room_closes() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
        hub.text(&deck).await.unwrap();
        hub.shutdown().await;
        assert!(store.deck(&deck).await.unwrap().unwrap().title.contains("kept "));
    }
}
