//! The task around one projector: its seat in the room, its viewers' outboxes, its clock.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collab::access::Role;
use collab::room::{CloseReason, MAX_FOLLOWERS, Protocol};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::holding::Holds;
use super::machine::{Output, Projector, Recording, ViewerId};
use super::record::{Record, Recorder};
use super::{Command, Inner, Place, Projectors, reason};
use crate::hub::{JoinError, OutboxSender, Outgoing, Seat, Visitor, has_other_threads, outbox};
use crate::peer::{self, Attendance, JOIN_AGAIN, LARGE_FRAME_BYTES, LONGEST_WAIT};
use crate::roster::Listed;
use crate::store::{DeckId, LinkRole};

/// Who it is to the journal; it never writes.
const PRINCIPAL: &str = "projector";

/// Runs until nobody watches and nobody may present.
pub(super) async fn run(
    projectors: Projectors,
    listed: Listed<Command>,
    mut mailbox: mpsc::Receiver<Command>,
) {
    let mut task = Task::new(projectors, listed.deck.clone());
    task.remember().await;
    let end = task.listen(&mut mailbox).await;
    tracing::debug!(deck = %listed.deck, ?end, "projector ended");
    // In this order: the next one begins with what this one stored, and nobody may find a mailbox on the
    // list that is closed already.
    task.finish().await;
    drop(listed);
    mailbox.close();
    if let Some(reason) = end {
        while let Ok(command) = mailbox.try_recv() {
            turn_away(command, &reason);
        }
        task.dismiss(&reason);
    }
}

/// Tells one who asks why there is no answer.
fn turn_away(command: Command, reason: &CloseReason) {
    // The asker may have gone.
    match command {
        Command::View { reply, .. } => drop(reply.send(Err(reason.clone()))),
        Command::Show { reply } => drop(reply.send(Err(reason.clone()))),
        Command::Survey { reply, .. } => drop(reply.send(Err(reason.clone()))),
        Command::Spot { reply, .. } => drop(reply.send(Err(reason.clone()))),
        Command::Attend { reply } => drop(reply.send(Err(reason.clone()))),
        Command::Say { .. } | Command::Leave { .. } => {}
    }
}

enum Step {
    Room(Outgoing),
    Command(Option<Command>),
    /// The last call was read.
    Recalled(Option<Record>),
    /// What a held audience sees was read.
    Hold(Option<String>),
    Due,
    /// Somebody who may present left.
    Left,
}

struct Viewer {
    role: LinkRole,
    outbox: OutboxSender,
}

struct Task {
    projectors: Projectors,
    deck: DeckId,
    projector: Projector,
    outputs: Vec<Output>,
    seat: Option<Seat>,
    join_at: Instant,
    viewers: HashMap<ViewerId, Viewer>,
    next_viewer: u64,
    attendance: Arc<Attendance>,
    /// What cannot be answered before the deck is here.
    waiting: Vec<Command>,
    /// Since when nobody is there.
    alone_since: Option<Instant>,
    /// How long it stays then.
    patience: Duration,
    started: Instant,
    recorder: Recorder,
    holds: Holds,
    live: Live,
    /// Shutdown waits for what is still to be stored.
    _running: TaskTrackerToken,
}

/// Whether the deck is on the list of those that somebody presents. Dropping it, also in a panic, takes
/// the deck off.
struct Live {
    projectors: Projectors,
    deck: DeckId,
    is_on: bool,
}

impl Live {
    fn set(&mut self, is_on: bool) {
        if std::mem::replace(&mut self.is_on, is_on) == is_on {
            return;
        }
        if is_on {
            self.projectors.live().insert(self.deck.clone());
        } else {
            self.projectors.live().remove(&self.deck);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.set(false);
    }
}

impl Task {
    fn new(projectors: Projectors, deck: DeckId) -> Self {
        let now = Instant::now();
        let Inner { hub, calls, clock, elsewhere, .. } = &*projectors.inner;
        let recorder = Recorder::new(Arc::clone(calls), deck.clone(), clock());
        let live = Live { projectors: projectors.clone(), deck: deck.clone(), is_on: false };
        let recording = if elsewhere.is_some() { Recording::No } else { Recording::Alone };
        Self {
            recorder,
            holds: Holds::new(Arc::clone(calls), deck.clone()),
            live,
            _running: hub.running(),
            projector: Projector::new(projectors.next_life(), recording),
            deck,
            outputs: Vec::new(),
            seat: None,
            join_at: now,
            viewers: HashMap::new(),
            next_viewer: 0,
            attendance: Arc::default(),
            waiting: Vec::new(),
            alone_since: None,
            patience: hub.unload_after(),
            started: now,
            projectors,
        }
    }

    /// A call that was on when the server stopped goes on. Where there are other nodes, one of them may
    /// go on with it meanwhile: then it is read when it is needed.
    async fn remember(&mut self) {
        if let Some(elsewhere) = &self.projectors.inner.elsewhere {
            let clock = elsewhere.clock().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a projector goes by the clock of its own machine");
                (self.projectors.inner.clock)()
            });
            return self.recorder.share(clock - self.now() as i64);
        }
        if let Some(past) = self.recorder.past().await {
            self.projector.remember(past);
        }
    }

    /// Stores what is not stored yet.
    async fn finish(&mut self) {
        self.live.set(false);
        let last = self.projector.last_record(self.now());
        last.into_iter().for_each(|record| self.recorder.keep(record));
        self.holds.finish().await;
        self.recorder.finish().await;
    }

    /// Why everybody has to go, or `None` when nobody is there.
    async fn listen(&mut self, mailbox: &mut mpsc::Receiver<Command>) -> Option<CloseReason> {
        let attendance = Arc::clone(&self.attendance);
        loop {
            if self.seat.is_none()
                && self.join_at <= Instant::now()
                && let Err(reason) = self.join().await
            {
                return Some(reason);
            }
            let due = self.next_due();
            let step = tokio::select! {
                biased;
                outgoing = peer::next(&mut self.seat) => Step::Room(outgoing),
                command = mailbox.recv() => Step::Command(command),
                () = attendance.left() => Step::Left,
                call = self.recorder.work() => Step::Recalled(call),
                text = self.holds.work() => Step::Hold(text),
                () = sleep_until(due) => Step::Due,
            };
            let ended = match &step {
                Step::Room(Outgoing::Close(reason)) => Some(reason.clone()),
                Step::Command(None) => return None,
                _ => None,
            };
            let is_large = self.projector.is_large()
                || matches!(&step, Step::Room(Outgoing::Message(bytes)) if bytes.len() >= LARGE_FRAME_BYTES);
            if is_large && has_other_threads() {
                tokio::task::block_in_place(|| self.take(step));
            } else {
                self.take(step);
            }
            self.live.set(self.projector.is_live());
            self.carry_out().await;
            if let Some(reason @ (CloseReason::NoDeck | CloseReason::Draining)) = ended {
                return Some(reason);
            }
            if self.is_done() && mailbox.is_empty() {
                return None;
            }
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Room(Outgoing::Message(bytes)) => {
                self.projector.hear(now, &bytes, &mut self.outputs);
            }
            Step::Room(Outgoing::Close(reason)) => self.room_ended(now, &reason),
            Step::Command(Some(command)) => self.command(now, command),
            Step::Recalled(call) => self.projector.recalled(now, call, &mut self.outputs),
            Step::Hold(text) => self.projector.hold_was(now, text, &mut self.outputs),
            Step::Due => self.projector.wake(now, &mut self.outputs),
            Step::Left | Step::Command(None) => {}
        }
        if self.projector.is_complete() {
            let waiting = std::mem::take(&mut self.waiting);
            waiting.into_iter().for_each(|command| self.command(now, command));
        }
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn next_due(&self) -> Instant {
        let at = |millis| self.started + Duration::from_millis(millis);
        let mut due = self.projector.next_wake().map(at);
        let mut also = |other: Instant| due = Some(due.map_or(other, |due| due.min(other)));
        if self.seat.is_none() {
            also(self.join_at);
        }
        if let Some(since) = self.alone_since {
            also(since + self.patience);
        }
        due.unwrap_or_else(|| Instant::now() + LONGEST_WAIT)
    }

    /// Takes a seat in the room, which loads the deck when nobody is there.
    async fn join(&mut self) -> Result<(), CloseReason> {
        let (principal, protocol) = (PRINCIPAL.to_owned(), Protocol::Projector);
        let visitor = Visitor { principal, name: None, role: Role::Follow, protocol };
        match self.projectors.inner.hub.join(&self.deck, visitor).await {
            Ok(seat) => {
                self.seat = Some(seat);
                self.projector.joined(self.now());
                Ok(())
            }
            Err(error @ JoinError::Store(_)) if self.projector.is_complete() => {
                tracing::warn!(deck = %self.deck, %error, "an audience waits for its deck");
                self.join_at = Instant::now() + JOIN_AGAIN;
                Ok(())
            }
            Err(error) => Err(reason(&error)),
        }
    }

    /// Whoever watches keeps the slides that there are, and gets the rest from the next room.
    fn room_ended(&mut self, now: u64, reason: &CloseReason) {
        tracing::debug!(deck = %self.deck, %reason, "the room of a projector ended");
        self.seat = None;
        self.join_at = peer::join_at(reason);
        self.projector.left(now, &mut self.outputs);
    }

    fn command(&mut self, now: u64, command: Command) {
        match command {
            Command::Say { viewer, json } => {
                self.projector.say(now, viewer, &json, &mut self.outputs);
            }
            Command::Leave { viewer } => self.leave(now, viewer),
            Command::Attend { reply } => {
                // Whoever asked may have gone: then it is given back at once.
                let _ = reply.send(Ok(self.attendance.enter()));
                self.projector.attended(now);
            }
            command if !self.projector.is_complete() => self.waiting.push(command),
            Command::Show { reply } => {
                let _ = reply.send(Ok(self.projector.snapshot(now, &mut self.outputs)));
            }
            Command::Survey { anchors, reply } => {
                let _ = reply.send(Ok(self.projector.survey(now, &anchors, &mut self.outputs)));
            }
            Command::Spot { title, number, reply } => {
                let spot = self.projector.spot(now, &title, number, &mut self.outputs);
                let _ = reply.send(Ok(spot));
            }
            Command::View { role, have, reply } => {
                if self.viewers.len() >= MAX_FOLLOWERS {
                    drop(reply.send(Err(CloseReason::RoomFull)));
                    return;
                }
                self.next_viewer += 1;
                let viewer = ViewerId(self.next_viewer);
                let (sender, outbox) = outbox();
                if reply.send(Ok(Place { viewer, outbox })).is_ok() {
                    self.viewers.insert(viewer, Viewer { role, outbox: sender });
                    self.projector.enter(now, viewer, role, have.as_deref(), &mut self.outputs);
                }
            }
        }
    }

    fn leave(&mut self, now: u64, viewer: ViewerId) {
        if self.viewers.remove(&viewer).is_some() {
            self.projector.leave(now, viewer);
        }
    }

    fn close(&mut self, now: u64, viewer: ViewerId, reason: CloseReason) {
        if let Some(state) = self.viewers.remove(&viewer) {
            state.outbox.close(reason);
            self.projector.leave(now, viewer);
        }
    }

    async fn carry_out(&mut self) {
        let mut slow = Vec::new();
        for output in std::mem::take(&mut self.outputs) {
            match output {
                Output::Send(bytes) => {
                    if let Some(seat) = &self.seat {
                        // When the room has ended, this is heard next.
                        let _ = seat.send(bytes).await;
                    }
                }
                Output::Tell(event) => {
                    if let Some(seat) = &self.seat {
                        let _ = seat.tell(event).await;
                    }
                }
                Output::ToAll(bytes) => self.send(&bytes, |_, _| true, &mut slow),
                Output::ToRemotes(bytes) => {
                    self.send(&bytes, |_, state| state.role == LinkRole::Remote, &mut slow);
                }
                Output::To(viewer, bytes) => self.send(&bytes, |id, _| id == viewer, &mut slow),
                Output::Close(viewer, reason) => self.close(self.now(), viewer, reason),
                Output::Record(record) => self.recorder.keep(record),
                Output::Recall => self.recorder.recall(),
                Output::KeepHold(text) => self.holds.keep(text),
                Output::AskHold => self.holds.ask(),
            }
        }
        let now = self.now();
        slow.into_iter().for_each(|viewer| self.close(now, viewer, CloseReason::SlowConsumer));
    }

    fn send(
        &self,
        bytes: &Bytes,
        is_meant: impl Fn(ViewerId, &Viewer) -> bool,
        slow: &mut Vec<ViewerId>,
    ) {
        for (&viewer, state) in &self.viewers {
            if is_meant(viewer, state) && !state.outbox.send(bytes.clone()) {
                slow.push(viewer);
            }
        }
    }

    /// Whether nobody is there, and nobody comes back: a page is read before it follows, and a
    /// presenter reloads theirs.
    fn is_done(&mut self) -> bool {
        let attended = !self.attendance.is_empty();
        if attended || !self.viewers.is_empty() || !self.waiting.is_empty() {
            self.alone_since = None;
            return false;
        }
        let since = *self.alone_since.get_or_insert_with(Instant::now);
        since.elapsed() >= self.patience
    }

    fn dismiss(&mut self, reason: &CloseReason) {
        self.waiting.drain(..).for_each(|command| turn_away(command, reason));
        for (_, viewer) in self.viewers.drain() {
            viewer.outbox.close(reason.clone());
        }
    }
}
