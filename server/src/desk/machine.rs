//! The desk as a state machine: what the room says goes in, what everybody is to hear and what is to
//! be stored comes out. Time is an argument, in Unix milliseconds that only go forward.

mod stage;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use collab::room::Event;
use collab::wire::{Frame, ServerMessage};
use deck::LiveDeck;
use serde::{Deserialize, Serialize};

use super::board::{Board, Heading, Row};
use super::book::{Book, Known};
use super::reading::{self, Seen};
use crate::mirror::{self, Mirror};
use crate::store::sections::{DeckSections, SectionChanges, SectionRecord, Summary};
use stage::Stage;

/// What became different is told this often at most.
const TELL_EVERY: u64 = 100;
/// The same in a deck that takes a while to be read.
const TELL_EVERY_LARGE: u64 = 1_000;
/// After a read nobody reads for so many times as long as it took: of one processor a deck takes a
/// twentieth, whatever is in it.
const REST_FACTOR: u32 = 20;
/// A deck of which a read took longer is treated as a large one: what makes the parser slow is not
/// only how long a text is.
const SLOW_READ: Duration = Duration::from_millis(5);
/// What nobody was told to be stored is stored after this: people type in bursts.
const STORE_AFTER: u64 = 3_000;
/// Edits whose places are remembered until the sections are read again.
const MOST_TOUCHES: usize = 512;
/// Times of edits are told in these steps: a board says "just now", and hears of a burst once.
const EDITED_STEP: u64 = 1_000;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Output {
    /// Send the room a frame.
    Send(Bytes),
    /// Tell the room what it cannot know.
    Tell(Event),
    /// Store this, and say when it could not be.
    Store(SectionChanges),
}

/// What somebody says of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mark {
    /// They write it.
    Claim { principal: String, name: String },
    /// Nobody says so any more.
    Release,
    /// It is ready.
    Ready { name: String },
    /// It is not.
    NotReady,
    /// This person should write it; nobody when empty.
    Reporter { name: String },
}

/// An edit that was not looked at yet.
struct Touch {
    at: u32,
    author: String,
}

/// See above.
pub(super) struct Desk {
    mirror: Mirror,
    deck: LiveDeck,
    /// The parser failed over this text, or it was not read yet.
    is_behind: bool,
    /// The slides of a large text are behind it until the sections are read.
    is_stale: bool,
    seen: Vec<Seen>,
    book: Book,
    call_at: Option<String>,
    /// What sections say now is what they said when the call was made.
    is_first: bool,
    author: String,
    touches: Vec<Touch>,
    stage: Stage,
    /// What everybody was told last, by id.
    told: BTreeMap<String, Row>,
    heading: Option<Heading>,
    /// What the list of decks was told.
    summary: Option<Summary>,
    told_at: u64,
    /// The sections were read since somebody said how long that took.
    has_read: bool,
    /// How long the last read took.
    last_read: Duration,
    /// Before this it is not read again.
    rested_at: u64,
    /// What was on is to be noted after the next read.
    is_presented_due: bool,
    tell_due: Option<u64>,
    store_due: Option<u64>,
}

impl Desk {
    /// With what is stored.
    pub(super) fn new(stored: DeckSections) -> Self {
        let book = Book::new(stored.records);
        Self {
            mirror: Mirror::new(),
            deck: LiveDeck::new(""),
            is_behind: true,
            is_stale: false,
            seen: Vec::new(),
            is_first: stored.call_at.is_some() && book.is_fresh(),
            book,
            call_at: stored.call_at,
            author: String::new(),
            touches: Vec::new(),
            stage: Stage::default(),
            told: BTreeMap::new(),
            heading: None,
            summary: None,
            told_at: 0,
            has_read: false,
            last_read: Duration::ZERO,
            rested_at: 0,
            is_presented_due: false,
            tell_due: None,
            store_due: None,
        }
    }

    /// Whether there is a board to show.
    pub(super) fn is_complete(&self) -> bool {
        self.mirror.is_complete()
    }

    /// Whether what is to be done may take a while.
    pub(super) fn is_large(&self) -> bool {
        self.mirror.is_large() || self.last_read >= SLOW_READ
    }

    /// What was just done took so long. After a read there is rest for a while.
    pub(super) fn took(&mut self, time: Duration, now: u64) {
        if std::mem::take(&mut self.has_read) {
            self.last_read = time;
            let rest = time.saturating_mul(REST_FACTOR).as_millis();
            self.rested_at = now.saturating_add(u64::try_from(rest).unwrap_or(u64::MAX));
        } else {
            // An edit that takes long says as well that the next read will.
            self.last_read = self.last_read.max(time);
        }
    }

    /// Whether there is something new that is not to be read yet.
    pub(super) fn is_resting(&self, now: u64) -> bool {
        self.tell_due.is_some() && now < self.rested_at
    }

    /// When there is something to do if nothing comes.
    pub(super) fn next_wake(&self) -> Option<u64> {
        [self.tell_due, self.store_due, self.stage.due()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub(super) fn wake(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.stage.due().is_some_and(|due| due <= now) {
            self.stage.wake(now);
            self.note_presented(now, out);
        }
        if self.tell_due.is_some_and(|due| due <= now) {
            self.read(now, out);
        }
        if self.store_due.is_some_and(|due| due <= now) {
            self.store(out);
        }
    }

    /// The room is gone, and what it was told with it.
    pub(super) fn left(&mut self) {
        self.told.clear();
        self.heading = None;
        self.stage.left();
    }

    /// Something in the store is different that others write there: when the call of the deck is, and
    /// who somebody is who writes a section.
    pub(super) fn renew(&mut self, stored: DeckSections, now: u64, out: &mut Vec<Output>) {
        self.call_at = stored.call_at;
        for record in stored.records {
            let is_it = |known: &&mut Known| known.record.id == record.id && !known.is_unstored;
            if let Some(known) = self.book.known.iter_mut().find(is_it) {
                known.record.principal = record.principal;
            }
        }
        self.tell(now, out);
    }

    /// The room says something.
    pub(super) fn hear(&mut self, now: u64, frame: &[u8], out: &mut Vec<Output>) {
        match Frame::decode(frame) {
            Ok(Frame::SyncStep2(update)) => match self.mirror.apply(update) {
                Ok(_) => {
                    self.mirror.complete();
                    self.is_behind = true;
                    self.read(now, out);
                    self.note_presented(now, out);
                }
                Err(_) => self.ask_again(out),
            },
            Ok(Frame::Update(update)) => self.changed(update, now, out),
            Ok(Frame::Control(json)) => {
                // What it does not know is not for it.
                if let Ok(message) = serde_json::from_str(json) {
                    self.hear_control(message, now, out);
                }
            }
            _ => {}
        }
    }

    fn hear_control(&mut self, message: ServerMessage, now: u64, out: &mut Vec<Output>) {
        match message {
            ServerMessage::Hello { epoch, .. } => {
                self.mirror.descend_from(epoch);
                out.push(Output::Send(Frame::SyncStep1(&self.mirror.state_vector()).encode()));
            }
            ServerMessage::Author { name } => self.author = name,
            ServerMessage::Presentation { presentation, ended, .. } => {
                let newest = self.newest_presented();
                if self.stage.hear(presentation.as_ref(), ended, newest, now) {
                    self.begin_call(now, out);
                }
            }
            ServerMessage::Times { elapsed, sections, current } => {
                let newest = self.newest_presented();
                if self.stage.decide(elapsed, newest, now) {
                    self.begin_call(now, out);
                }
                self.stage.hear_times(&sections, current, now);
                self.note_presented(now, out);
            }
            _ => {}
        }
    }

    fn newest_presented(&self) -> Option<i64> {
        self.book.known.iter().filter_map(|known| known.record.presented_at).max()
    }

    /// The mirror is spoilt: all of the document is asked for once more.
    fn ask_again(&mut self, out: &mut Vec<Output>) {
        self.mirror.begin_anew();
        out.push(Output::Send(Frame::SyncStep1(&self.mirror.state_vector()).encode()));
    }

    fn changed(&mut self, update: &[u8], now: u64, out: &mut Vec<Output>) {
        let Ok(edits) = self.mirror.apply(update) else { return self.ask_again(out) };
        if !self.mirror.is_complete() {
            return;
        }
        for edit in &edits {
            self.touches.iter_mut().for_each(|touch| touch.at = edit.carry(touch.at));
            let at = if edit.insert.is_empty() { edit.at.saturating_sub(1) } else { edit.at };
            self.touches.push(Touch { at, author: self.author.clone() });
        }
        let late = self.touches.len().saturating_sub(MOST_TOUCHES);
        self.touches.drain(..late);
        if self.is_large() || self.is_stale {
            self.is_stale = true;
        } else if !self.is_behind {
            let edits: Vec<_> = edits.into_iter().map(mirror::text_edit).collect();
            self.is_behind = self.guard(|this| this.deck.edit(&edits)).is_none();
        }
        let every = if self.is_large() { TELL_EVERY_LARGE } else { TELL_EVERY };
        let due = now.max(self.told_at + every).max(self.rested_at);
        self.tell_due.get_or_insert(due);
    }

    /// Reads the sections, and finds out which is which.
    fn read(&mut self, now: u64, out: &mut Vec<Output>) {
        (self.tell_due, self.told_at) = (None, now);
        if !self.mirror.is_complete() {
            return;
        }
        self.has_read = true;
        let read = self.guard(|this| {
            if this.is_behind {
                this.deck = LiveDeck::new(&this.mirror.text());
                this.is_behind = false;
            } else if this.is_stale {
                let (old, new) = (this.deck.text(), this.mirror.text());
                this.deck.edit(&mirror::replacement(&old, &new));
            }
            this.is_stale = false;
            reading::read(&this.deck, &this.seen)
        });
        let Some(seen) = read else {
            // After the next edit, all of it is read anew.
            self.is_behind = true;
            return;
        };
        self.align(seen, now);
        if std::mem::take(&mut self.is_presented_due) {
            self.mark_presented(now);
        }
        self.tell(now, out);
    }

    fn align(&mut self, seen: Vec<Seen>, now: u64) {
        let touches = std::mem::take(&mut self.touches);
        let edited_at = i64::try_from(now - now % EDITED_STEP).unwrap_or(i64::MAX);
        let author = |place: usize| {
            let is_here = |touch: &&Touch| seen[place].units.contains(&touch.at);
            let touch = touches.iter().rev().find(is_here).or(touches.last());
            touch.map(|touch| touch.author.clone()).filter(|author| !author.is_empty())
        };
        let edited = |record: &mut SectionRecord, place: usize| {
            // What came while nobody looked, or out of the journal, has no author that is known.
            if let Some(author) = author(place) {
                (record.edited_at, record.edited_by) = (Some(edited_at), Some(author));
            }
        };
        self.book.align(&seen, &self.mirror, edited);
        if std::mem::take(&mut self.is_first) {
            for known in self.book.known.iter_mut().filter(|known| known.place.is_some()) {
                known.record.first_sum = known.sum;
                known.is_unstored = true;
            }
        }
        self.seen = seen;
    }

    /// Reads what is new, unless it rests: what is asked of it then is about what it read last.
    fn catch_up(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.tell_due.is_some() && !self.is_resting(now) {
            self.read(now, out);
        }
    }

    /// The board as it is now.
    pub(super) fn board(&mut self, now: u64, out: &mut Vec<Output>) -> Board {
        self.catch_up(now, out);
        Board::of(&self.book, &self.seen, self.call_at.as_ref())
    }

    /// Tells everybody what is different, and has it stored before long.
    fn tell(&mut self, now: u64, out: &mut Vec<Output>) {
        if !self.mirror.is_complete() {
            return;
        }
        let board = Board::of(&self.book, &self.seen, self.call_at.as_ref());
        let (heading, summary) = (board.heading(), board.summary());
        let mut gone = std::mem::take(&mut self.told);
        for row in board.sections {
            let before = gone.remove(&row.id);
            if before.as_ref() != Some(&row) {
                out.push(post(&format!("s:{}", row.id), Some(&row)));
            }
            self.told.insert(row.id.clone(), row);
        }
        if self.heading.as_ref() != Some(&heading) {
            out.push(post("sections", Some(&heading)));
            self.heading = Some(heading);
        }
        // Whoever hears of rows hears first which ones there are.
        out.extend(gone.keys().map(|id| post(&format!("s:{id}"), None::<&Row>)));
        let is_unstored = self.book.known.iter().any(|known| known.is_unstored);
        if is_unstored || !self.book.removed.is_empty() || self.summary.as_ref() != Some(&summary) {
            self.store_due.get_or_insert(now + STORE_AFTER);
        }
    }

    /// Reads what is new, rest or not, and has everything stored: it ends.
    pub(super) fn finish(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.tell_due.is_some() {
            self.read(now, out);
        }
        self.store(out);
    }

    /// Has everything stored that is not.
    fn store(&mut self, out: &mut Vec<Output>) {
        self.store_due = None;
        if !self.mirror.is_complete() {
            return;
        }
        let unstored = self.book.known.iter_mut().filter(|known| known.is_unstored);
        let put: Vec<_> = unstored
            .map(|known| {
                known.is_unstored = false;
                known.record.clone()
            })
            .collect();
        let removed = std::mem::take(&mut self.book.removed);
        let summary = Board::of(&self.book, &self.seen, self.call_at.as_ref()).summary();
        let summary = (self.summary.as_ref() != Some(&summary)).then_some(summary);
        if summary.is_some() {
            self.summary.clone_from(&summary);
        }
        if !put.is_empty() || !removed.is_empty() || summary.is_some() {
            out.push(Output::Store(SectionChanges { put, removed, summary }));
        }
    }

    /// What was to be stored is not.
    pub(super) fn not_stored(&mut self, changes: SectionChanges, now: u64) {
        for known in &mut self.book.known {
            known.is_unstored |= changes.put.iter().any(|record| record.id == known.record.id);
        }
        self.book.removed.extend(changes.removed);
        if changes.summary.is_some() {
            self.summary = None;
        }
        self.store_due = Some(now + STORE_AFTER);
    }

    /// A section as it will be with a mark; `None` when it is not in the deck. It is to be stored,
    /// and then accepted: nobody is told what may still be lost.
    pub(super) fn marked(
        &mut self,
        now: u64,
        id: u64,
        mark: &Mark,
        out: &mut Vec<Output>,
    ) -> Option<SectionRecord> {
        // What is called ready is what is in the deck now.
        self.catch_up(now, out);
        let known = self.book.get(id)?;
        let mut record = known.record.clone();
        match mark.clone() {
            Mark::Claim { principal, name } => {
                (record.principal, record.reporter) = (Some(principal), Some(name));
            }
            Mark::Release => (record.principal, record.reporter) = (None, None),
            Mark::Reporter { name } => {
                let name = Some(name).filter(|name| !name.is_empty());
                (record.principal, record.reporter) = (None, name);
            }
            Mark::Ready { name } => {
                record.ready_at = i64::try_from(now).ok();
                (record.ready_by, record.ready_sum) = (Some(name), known.sum);
            }
            Mark::NotReady => {
                (record.ready_at, record.ready_by) = (None, None);
                if record.presented_at.is_none() {
                    record.ready_sum = None;
                }
            }
        }
        Some(record)
    }

    /// What somebody writes is another's from now on.
    pub(super) fn carry_over(&mut self, from: &str, to: &str, now: u64, out: &mut Vec<Output>) {
        let is_theirs = |known: &&mut Known| known.record.principal.as_deref() == Some(from);
        for known in self.book.known.iter_mut().filter(is_theirs) {
            known.record.principal = Some(to.to_owned());
            known.is_unstored = true;
        }
        self.tell(now, out);
    }

    /// A section that was marked is stored.
    pub(super) fn accept(&mut self, record: SectionRecord, now: u64, out: &mut Vec<Output>) {
        if let Some(known) = self.book.known.iter_mut().find(|one| one.record.id == record.id) {
            known.record = record;
        }
        self.tell(now, out);
    }

    fn guard<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if done.is_err() {
            tracing::error!("a deck makes the parser fail; its board stays as it is");
        }
        done.ok()
    }
}

fn post(key: &str, row: Option<&impl serde::Serialize>) -> Output {
    // Rows hold nothing that JSON cannot express.
    let json = row.and_then(|row| serde_json::to_string(row).ok()).unwrap_or_default();
    Output::Tell(Event::Post { key: Some(key.to_owned()), json })
}
