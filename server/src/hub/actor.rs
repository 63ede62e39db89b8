//! The task that owns one room: events in, effects out, writes to the store one batch at a time.

mod catching_up;
mod loading;
mod nodes;
mod seats;
mod staging;
mod storing;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use collab::room::{CloseReason, Effect, Event, PeerId, Room, Ticket};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Command, Hub, JoinError, MAILBOX_BYTES, Reply};
use crate::cluster::{DeckMessage, soon};
use crate::metrics::Refused;
use crate::roster::Listed;
use crate::store::cluster::AppendError;
use crate::store::{DeckId, NewUpdate};
use loading::OpenRoom;
use nodes::{News, Nodes, news};
use seats::Taken;
use storing::{Outage, Progress, Unwritten, Write, finish};

/// How often a room does what need not be done at once.
const TICK: Duration = Duration::from_secs(1);
/// A title is read from the text again this long after a change at the latest.
const TITLE_AFTER: Duration = Duration::from_secs(2);
/// Bytes that may wait for the store before the room stops listening.
const MOST_UNWRITTEN: usize = 8 * 1024 * 1024;
/// A frame of this size may take long: other rooms go on meanwhile on other threads.
const LARGE_FRAME_BYTES: usize = 4 * 1024;

/// Loads the room and runs it until nobody needs it. Then `listed` takes it off the hub's list:
/// whoever sends from now on finds the mailbox closed and asks for a new room, which reads the
/// journal, and everything is in it, as no write is under way here.
pub(super) async fn run(hub: Hub, listed: Listed<Command>, mut mailbox: mpsc::Receiver<Command>) {
    let deck = &listed.deck;
    let OpenRoom { room, progress, nodes } = match loading::open(&hub, deck).await {
        Ok(opened) => opened,
        Err(error) => {
            drop(listed);
            return refuse(mailbox, &error);
        }
    };
    let (nodes, standing) = match nodes {
        Some((nodes, head, stage)) => (Some(nodes), Some((head, stage))),
        None => (None, None),
    };
    let mut actor = Actor {
        title: None,
        // Whether the title was noted before the last stop is not known.
        text_changed: progress.is_new().then(Instant::now),
        room,
        effects: Vec::new(),
        seats: HashMap::new(),
        mailbox_space: Arc::new(Semaphore::new(MAILBOX_BYTES)),
        unwritten: Vec::new(),
        unwritten_bytes: 0,
        frame_at: Instant::now(),
        issued: 0,
        progress,
        outage: Outage::default(),
        paused: false,
        gave_way: BTreeMap::new(),
        nodes,
        broken: false,
        asked_for_text: Vec::new(),
        idle_since: Some(Instant::now()),
        hub,
        deck: deck.clone(),
    };
    if let Some((head, stage)) = standing {
        actor.enter(&head, stage);
    }
    actor.run(&mut mailbox).await;
    tracing::debug!(%deck, "room closed");
    // In this order: nobody may find a mailbox on the list that is closed already.
    drop(listed);
    drop(mailbox);
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

pub(crate) fn has_other_threads() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread
}

enum Step {
    Command(Option<Command>),
    Written(Result<u64, AppendError>),
    News(News),
    Tick,
    Stop,
}

enum End {
    /// Nobody needs the room any more.
    Idle,
    /// Everybody has to go.
    Close(CloseReason),
    /// The deck can neither be stored nor read: what was not acknowledged is not stored.
    Failed,
    /// The server stops.
    Drain,
}

/// Somebody who asked for the text.
struct Asked {
    reply: Reply<String>,
    needs: Needs,
}

/// Up to which row of the journal a text has to be that is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Unknown,
    BeingFoundOut,
    Upto(u64),
}

impl Asked {
    fn is_being_found_out(&mut self) {
        if self.needs == Needs::Unknown {
            self.needs = Needs::BeingFoundOut;
        }
    }
}

struct Actor {
    hub: Hub,
    deck: DeckId,
    room: Room,
    effects: Vec<Effect>,
    seats: HashMap<PeerId, Taken>,
    mailbox_space: Arc<Semaphore>,
    unwritten: Vec<Unwritten>,
    unwritten_bytes: usize,
    /// When the message came that is being worked on.
    frame_at: Instant,
    /// Ticket of the last update in `unwritten`.
    issued: Ticket,
    progress: Progress,
    outage: Outage,
    /// The store that nodes share is away, and a write is tried again and again.
    paused: bool,
    /// How often another node had stored something else than they wrote, since something was stored.
    gave_way: BTreeMap<PeerId, u32>,
    /// The other nodes, if there may be any.
    nodes: Option<Nodes>,
    /// yrs failed over an update.
    broken: bool,
    asked_for_text: Vec<Asked>,
    idle_since: Option<Instant>,
    /// As it is stored, if that is known: other nodes note it as well.
    title: Option<String>,
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
            // Else, under steady load, what others wrote would never be read.
            let reading = self.nodes.as_ref().is_some_and(|nodes| nodes.catching_up.comes_first());
            if write.is_none() && (!reading || closing.is_some()) {
                write = self.next_write();
            }
            self.read_head();
            if write.is_none()
                && let Some(end) = closing.take()
            {
                if self.text_changed.is_some() {
                    self.note_title().await;
                }
                // Whoever is still here goes now, whatever came of it.
                self.compact().await;
                return end;
            }
            let may_read = write.is_none();
            let listening = closing.is_none() && self.unwritten_bytes < MOST_UNWRITTEN;
            let step = tokio::select! {
                biased;
                written = finish(&mut write) => Step::Written(written),
                () = stopping.cancelled(), if closing.is_none() => Step::Stop,
                // Before the mailbox, which may never be empty.
                _ = ticks.tick() => Step::Tick,
                news = news(&mut self.nodes, may_read), if closing.is_none() => Step::News(news),
                command = mailbox.recv(), if listening => Step::Command(command),
            };
            match step {
                Step::Written(written) => {
                    let Some(done) = write.take() else { continue };
                    match self.written(done, written).await {
                        // Whoever wrote it keeps it, and brings it again.
                        Ok(Some(_)) if closing.is_some() => self.unwritten.clear(),
                        Ok(again) => write = again,
                        Err(end) => return end,
                    }
                    if let Err(end) = self.compact_when_due(&mut write).await {
                        return end;
                    }
                }
                Step::News(news) => {
                    if let Err(end) = self.news(news, &mut write).await {
                        return end;
                    }
                }
                Step::Command(Some(Command::Close { reason })) => {
                    closing = Some(End::Close(reason));
                }
                Step::Command(Some(command)) => {
                    if let Err(end) = self.command(command, &mut write).await {
                        return end;
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

    async fn command(&mut self, command: Command, write: &mut Option<Write>) -> Result<(), End> {
        match command {
            Command::Join { visitor, reply } => self.join(visitor, reply),
            Command::Frame { peer, bytes, space, at } => {
                self.frame_at = at;
                self.frame(peer, bytes);
                drop(space);
            }
            Command::Leave { peer } => self.leave(peer),
            Command::ChangeRole { peer, role } => self.handle(Event::RoleChanged { peer, role }),
            Command::Tell { event } => self.handle(event),
            Command::PostHere { json } => self.post_here(json),
            Command::Text { reply } => {
                let needs = if self.nodes.is_some() { Needs::Unknown } else { Needs::Upto(0) };
                self.asked_for_text.push(Asked { reply, needs });
                self.tell_text();
            }
            Command::Close { .. } => {}
        }
        self.mend(write).await
    }

    async fn news(&mut self, news: News, write: &mut Option<Write>) -> Result<(), End> {
        self.hear_news(news).await?;
        self.mend(write).await
    }

    /// Reads the document back when it broke.
    async fn mend(&mut self, write: &mut Option<Write>) -> Result<(), End> {
        if std::mem::take(&mut self.broken) {
            self.reload(write).await?;
        }
        Ok(())
    }

    fn frame(&mut self, peer: PeerId, bytes: Bytes) {
        let tally = self.seats.get(&peer).map(|seat| Arc::clone(&seat.tally));
        let start = Instant::now();
        if bytes.len() >= LARGE_FRAME_BYTES && has_other_threads() {
            tokio::task::block_in_place(|| self.handle(Event::Frame { peer, bytes }));
        } else {
            self.handle(Event::Frame { peer, bytes });
        }
        if let Some(tally) = tally {
            // The connection reads more slowly for it.
            tally.spent.fetch_add(start.elapsed().as_micros() as u64, Ordering::Relaxed);
        }
    }

    /// Answers those who asked for the text, once all of it is stored: nobody gets to read what may
    /// still be lost. What other nodes had stored when it was asked for is in it.
    fn tell_text(&mut self) {
        let seq = self.progress.seq;
        let is_there = |asked: &Asked| matches!(asked.needs, Needs::Upto(needs) if needs <= seq);
        if !self.asked_for_text.iter().any(is_there) || !self.room.is_durable() {
            return;
        }
        let text = self.room.text();
        let (there, rest) =
            std::mem::take(&mut self.asked_for_text).into_iter().partition(is_there);
        self.asked_for_text = rest;
        let there: Vec<Asked> = there;
        for asked in there {
            // The asker may have gone.
            let _ = asked.reply.send(Ok(text.clone()));
        }
    }

    fn handle(&mut self, event: Event) {
        let mut effects = std::mem::take(&mut self.effects);
        self.room.handle(event, &mut effects);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, mut effects: Vec<Effect>) {
        let mut lost = Vec::new();
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { peer, bytes } => self.send(peer, bytes, &mut lost),
                Effect::SendAll { to, except, bytes, order } => {
                    for (&peer, seat) in &self.seats {
                        if Some(peer) != except
                            && self.room.hears(peer, to, order)
                            && !seat.outbox.send(bytes.clone())
                        {
                            lost.push((peer, CloseReason::SlowConsumer));
                        }
                    }
                }
                Effect::Append { ticket, peer, author, claims, update, spans, name } => {
                    let principal = self.seats.get(&peer).map(|seat| seat.principal.clone());
                    let principal = principal.unwrap_or_default();
                    let update = NewUpdate { principal, client: author, claims, bytes: update };
                    let came_at = self.frame_at;
                    self.append(ticket, Unwritten { update, spans, name, peer, came_at });
                }
                Effect::Close { peer, reason } => {
                    self.hub.metrics().dismissed(&reason);
                    lost.push((peer, reason));
                }
                Effect::Refused { peer } => {
                    self.hub.metrics().refused(Refused::ReadOnly);
                    if let Some(seat) = self.seats.get(&peer) {
                        seat.tally.refused.notify_one();
                    }
                }
                Effect::Reload => self.broken = true,
                Effect::ToNodes { message } => self.tell_nodes(&DeckMessage::Room(message)),
                Effect::Stage { expected, stage } => self.propose_stage(expected, stage),
            }
        }
        self.effects = effects;
        for (peer, reason) in lost {
            self.dismiss_one(peer, reason);
        }
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
        self.retry_writing().await;
        if self.text_changed.is_some_and(|since| since.elapsed() >= TITLE_AFTER) {
            self.note_title().await;
        }
    }

    async fn note_title(&mut self) {
        self.text_changed = None;
        let title = (self.hub.inner.options.title_of)(&self.room.text());
        if self.title.as_ref() == Some(&title) {
            return;
        }
        match soon(self.hub.inner.store.set_title(&self.deck, &title)).await {
            Ok(()) => self.title = Some(title),
            Err(error) => {
                tracing::warn!(deck = %self.deck, %error, "title not stored");
                self.title = None;
                // It is tried again.
                self.text_changed = Some(Instant::now());
            }
        }
    }

    fn may_unload(&self, mailbox: &mpsc::Receiver<Command>) -> bool {
        let patience = self.hub.inner.options.unload_after;
        self.idle_since.is_some_and(|since| since.elapsed() >= patience)
            && self.room.is_idle()
            && mailbox.is_empty()
            && self.text_changed.is_none()
            && self.asked_for_text.iter().all(|asked| asked.reply.is_closed())
    }
}

#[cfg(test)]
mod tests {
    use collab::doc::{DeckDoc, TextEdit};

    use super::*;
    use crate::hub::HubOptions;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, SharedStore, Snapshot, Store as _};

    async fn store_with_changes(dir: &tempfile::TempDir) -> (SharedStore, DeckId) {
        let store = SqliteStore::open(&dir.path().join("test.sqlite")).unwrap();
        let id = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, "start "), "start ");
        let deck = NewDeck { id: id.clone(), title: String::new(), snapshot };
        store.create_deck(deck).await.unwrap();
        let bytes = DeckDoc::new(5).edit(&[TextEdit::insert(0, "kept ")]).into();
        store.append(&id, vec![row(bytes)]).await.unwrap();
        (Arc::new(store), id)
    }

    fn row(bytes: Bytes) -> NewUpdate {
        NewUpdate { principal: String::new(), client: None, claims: Vec::new(), bytes }
    }

    fn options(title_of: fn(&str) -> String) -> HubOptions {
        HubOptions { unload_after: Duration::from_secs(60), title_of, version: "test" }
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_used_is_put_aside_before_anything_is_compacted() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let bytes = Bytes::from_static(b"no update at all");
        store.append(&deck, vec![row(bytes)]).await.unwrap();
        let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
        assert!(hub.text(&deck).await.unwrap().contains("kept "));
        hub.shutdown().await;
        let journal = store.load(&deck).await.unwrap().unwrap();
        assert!(journal.updates.iter().all(|update| update.bytes != "no update at all"));
        assert_eq!(journal.last_seq, 2);
    }

    #[tokio::test]
    async fn a_snapshot_that_reads_back_differently_gives_way_to_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let wrong = Snapshot::new(DeckDoc::seed(9, "start "), "something else");
        store.compact(&deck, 1, wrong).await.unwrap();
        let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
        let text = hub.text(&deck).await.unwrap();
        assert!(text.contains("start ") && text.contains("kept "), "{text}");
        assert_eq!(store.load(&deck).await.unwrap().unwrap().snapshot_seq, 0);
        hub.shutdown().await;
    }

    #[tokio::test]
    async fn a_lost_row_costs_its_own_text_and_not_what_was_written_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let (store, deck) = store_with_changes(&dir).await;
        let mut alice = DeckDoc::new(6);
        let [one, _lost, three] = ["one ", "two ", "three "]
            .map(|text| row(alice.edit(&[TextEdit::insert(u32::MAX, text)]).into()));
        store.append(&deck, vec![one, three]).await.unwrap();
        for _ in 0..2 {
            let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
            let text = hub.text(&deck).await.unwrap();
            assert!(
                ["start ", "kept ", "one three "].iter().all(|part| text.contains(part)),
                "{text}"
            );
            hub.shutdown().await;
            // Whoever has the lost text must not take this document for the one they know.
            assert!(store.load(&deck).await.unwrap().unwrap().epoch > 1);
        }
    }

    #[tokio::test]
    async fn a_deck_without_a_sound_snapshot_goes_on_with_what_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = store_with_changes(&dir).await;
        let deck = DeckId::parse("other").unwrap();
        let snapshot = Snapshot::new(DeckDoc::seed(9, "text"), "another text");
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        for _ in 0..2 {
            let hub = Hub::new(Arc::clone(&store), options(str::to_owned));
            assert_eq!(hub.text(&deck).await.unwrap(), "text");
            hub.shutdown().await;
            let journal = store.load(&deck).await.unwrap().unwrap();
            assert!(journal.epoch > 1 && journal.snapshot.holds("text"));
        }
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
