//! The task around one desk: its seat in the room, its rows in the store, its clock.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collab::access::Role;
use collab::room::{CloseReason, Protocol};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::lease::{Lease, Looked};
use super::machine::{Desk, Mark, Output};
use super::questions::{self, Question};
use super::{Command, DeskError, Desks, Inner, Reply};
use crate::access;
use crate::bus::Request;
use crate::elsewhere::Questions;
use crate::hub::{JoinError, Outgoing, Seat, Visitor, has_other_threads};
use crate::peer::{self, Attendance, JOIN_AGAIN, LARGE_FRAME_BYTES, LONGEST_WAIT};
use crate::roster::Listed;
use crate::store::DeckId;
use crate::store::sections::SectionChanges;

/// Who it is to the journal; it never writes.
const PRINCIPAL: &str = "desk";

/// Runs until nobody has the deck open.
pub(super) async fn run(
    desks: Desks,
    listed: Listed<Command>,
    mut mailbox: mpsc::Receiver<Command>,
) {
    let mut task = Task::new(desks, listed.deck.clone());
    let end = task.listen(&mut mailbox).await;
    task.store_all().await;
    tracing::debug!(deck = %listed.deck, ?end, "desk ended");
    // The seat first: the next desk may take one as soon as this one is off the list, or that of
    // another node as soon as the lease is given back.
    (task.seat, task.questions) = (None, None);
    task.lease.give_back().await;
    // In this order: nobody may find a mailbox on the list that is closed already. Whoever asks from
    // now on asks a new desk, which reads what is stored.
    drop(listed);
    mailbox.close();
    if let Some(error) = end {
        while let Ok(command) = mailbox.try_recv() {
            turn_away(command, &error);
        }
        task.waiting.drain(..).for_each(|command| turn_away(command, &error));
    }
}

/// Tells one who asks why there is no answer.
fn turn_away(command: Command, error: &DeskError) {
    // The asker may have gone.
    match command {
        Command::Attend { reply } => drop(reply.send(Err(error.clone()))),
        Command::Show { reply } => drop(reply.send(Err(error.clone()))),
        Command::Mark { reply, .. } => drop(reply.send(Err(error.clone()))),
        Command::Look { reply } => drop(reply.send(Err(error.clone()))),
        Command::Renew | Command::CarryOver { .. } => {}
    }
}

/// What another node asks next; where nobody asks there is nothing to hear.
async fn next_question(questions: &mut Option<Questions>) -> Request {
    let question = match questions {
        Some(questions) => questions.next().await,
        None => None,
    };
    match question {
        Some(question) => question,
        // The bus has ended.
        None => std::future::pending().await,
    }
}

enum Step {
    Room(Outgoing),
    Command(Option<Command>),
    /// Another node asks.
    Question(Request),
    Due,
    /// One who had the deck open left.
    Left,
}

struct Task {
    desks: Desks,
    deck: DeckId,
    lease: Lease,
    /// What other nodes ask, while the desk is here.
    questions: Option<Questions>,
    stopping: CancellationToken,
    /// Once what is stored was read.
    desk: Option<Desk>,
    outputs: Vec<Output>,
    seat: Option<Seat>,
    join_at: Instant,
    attendance: Arc<Attendance>,
    /// What cannot be answered before the deck is here.
    waiting: Vec<Command>,
    /// Since when nobody is there.
    alone_since: Option<Instant>,
    /// How long it stays then.
    patience: Duration,
    started: Instant,
    /// What the clocks of people showed then, in Unix milliseconds.
    started_at: u64,
    /// Shutdown waits until everything is stored.
    _running: TaskTrackerToken,
}

impl Task {
    fn new(desks: Desks, deck: DeckId) -> Self {
        let now = Instant::now();
        let Inner { hub, tasks, elsewhere, .. } = &*desks.inner;
        Self {
            lease: Lease::new(elsewhere.clone(), deck.clone(), tasks.clone()),
            questions: None,
            stopping: hub.stopping(),
            deck,
            desk: None,
            outputs: Vec::new(),
            seat: None,
            join_at: now,
            attendance: Arc::default(),
            waiting: Vec::new(),
            alone_since: None,
            patience: hub.unload_after(),
            started: now,
            started_at: u64::try_from(access::now()).unwrap_or(0),
            _running: hub.running(),
            desks,
        }
    }

    /// Why there is no answer for those who still ask, or `None` when nobody is there.
    async fn listen(&mut self, mailbox: &mut mpsc::Receiver<Command>) -> Option<DeskError> {
        let (attendance, stopping) = (Arc::clone(&self.attendance), self.stopping.clone());
        loop {
            if self.lease.due().is_some_and(|due| due <= Instant::now()) {
                self.look().await;
            }
            if self.lease.is_here()
                && self.seat.is_none()
                && self.join_at <= Instant::now()
                && let Err(error) = self.join().await
            {
                return Some(error.into());
            }
            let due = self.next_due();
            let step = tokio::select! {
                biased;
                outgoing = peer::next(&mut self.seat) => Step::Room(outgoing),
                command = mailbox.recv() => Step::Command(command),
                question = next_question(&mut self.questions) => Step::Question(question),
                () = attendance.left() => Step::Left,
                // A desk with a seat hears of it there, and stores everything before.
                () = stopping.cancelled(), if !self.lease.is_here() => {
                    return Some(JoinError::Stopping.into());
                }
                () = sleep_until(due) => Step::Due,
            };
            if matches!(step, Step::Command(None)) {
                return None;
            }
            if let Some(error) = self.take(step).await {
                return Some(error.into());
            }
            self.answer_waiting().await;
            if self.is_done() && mailbox.is_empty() {
                return None;
            }
        }
    }

    /// Does one thing; an error when the desk cannot go on.
    async fn take(&mut self, step: Step) -> Option<JoinError> {
        let now = self.now();
        match step {
            Step::Room(Outgoing::Message(bytes)) => {
                let is_large = bytes.len() >= LARGE_FRAME_BYTES;
                self.work(is_large, |desk, out| desk.hear(now, &bytes, out));
            }
            Step::Room(Outgoing::Close(CloseReason::NoDeck)) => return Some(JoinError::NoDeck),
            Step::Room(Outgoing::Close(CloseReason::Draining)) => return Some(JoinError::Stopping),
            Step::Room(Outgoing::Close(reason)) => self.room_ended(&reason),
            Step::Command(Some(command)) => self.command(command).await,
            Step::Question(question) => self.question(question).await,
            Step::Due => self.work(false, |desk, out| desk.wake(now, out)),
            Step::Left | Step::Command(None) => {}
        }
        self.carry_out().await;
        None
    }

    fn work(&mut self, is_large: bool, work: impl FnOnce(&mut Desk, &mut Vec<Output>)) {
        let Some(desk) = &mut self.desk else { return };
        let began = Instant::now();
        if (is_large || desk.is_large()) && has_other_threads() {
            tokio::task::block_in_place(|| work(desk, &mut self.outputs));
        } else {
            work(desk, &mut self.outputs);
        }
        let now = self.now();
        if let Some(desk) = &mut self.desk {
            desk.took(began.elapsed(), now);
        }
    }

    /// What people's clocks show, as far as it goes forward.
    fn now(&self) -> u64 {
        self.started_at + self.started.elapsed().as_millis() as u64
    }

    fn next_due(&self) -> Instant {
        let at = |millis: u64| {
            self.started + Duration::from_millis(millis.saturating_sub(self.started_at))
        };
        let mut due = self.desk.as_ref().and_then(Desk::next_wake).map(at);
        let mut also = |other: Instant| due = Some(due.map_or(other, |due| due.min(other)));
        if self.seat.is_none() && self.lease.is_here() {
            also(self.join_at);
        }
        if let Some(look_at) = self.lease.due() {
            also(look_at);
        }
        if let Some(since) = self.alone_since {
            also(since + self.patience);
        }
        due.unwrap_or_else(|| Instant::now() + LONGEST_WAIT)
    }

    /// Reads what is stored, and takes a seat in the room, which loads the deck when nobody is there.
    async fn join(&mut self) -> Result<(), JoinError> {
        match self.try_to_join().await {
            Ok(seat) => {
                self.seat = Some(seat);
                Ok(())
            }
            Err(JoinError::Store(error)) => {
                tracing::warn!(deck = %self.deck, %error, "a board waits for its deck");
                let error = DeskError::from(error);
                self.waiting.drain(..).for_each(|command| turn_away(command, &error));
                self.join_at = Instant::now() + JOIN_AGAIN;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn try_to_join(&mut self) -> Result<Seat, JoinError> {
        let Desks { inner } = &self.desks;
        if self.desk.is_none() {
            let stored = inner.store.sections(&self.deck).await?.ok_or(JoinError::NoDeck)?;
            self.desk = Some(Desk::new(stored));
        }
        let (principal, protocol) = (PRINCIPAL.to_owned(), Protocol::Desk);
        let visitor = Visitor { principal, name: None, role: Role::Follow, protocol };
        inner.hub.join(&self.deck, visitor).await
    }

    /// What is known stays, and the next room hears of it.
    fn room_ended(&mut self, reason: &CloseReason) {
        tracing::debug!(deck = %self.deck, %reason, "the room of a desk ended");
        self.seat = None;
        self.join_at = peer::join_at(reason);
        if let Some(desk) = &mut self.desk {
            desk.left();
        }
    }

    async fn command(&mut self, command: Command) {
        let now = self.now();
        let is_complete = self.desk.as_ref().is_some_and(Desk::is_complete);
        let is_resting = self.desk.as_ref().is_some_and(|desk| desk.is_resting(now));
        match command {
            Command::Attend { reply } => {
                // Whoever asked may have gone: then it is given back at once.
                let _ = reply.send(Ok(self.attendance.enter()));
            }
            Command::Renew => self.renew().await,
            Command::CarryOver { from, to } => {
                self.work(false, |desk, out| desk.carry_over(&from.0, &to.0, now, out));
            }
            Command::Look { reply } => {
                if !self.lease.is_here() {
                    self.look().await;
                }
                let _ = reply.send(Ok(()));
            }
            command if !self.lease.is_here() => turn_away(command, &DeskError::Elsewhere),
            command if !is_complete => self.waiting.push(command),
            // What they are about is read first.
            command @ (Command::Show { .. } | Command::Mark { mark: Mark::Ready { .. }, .. })
                if is_resting =>
            {
                self.waiting.push(command);
            }
            Command::Show { reply } => {
                self.work(false, |desk, out| _ = reply.send(Ok(desk.board(now, out))));
            }
            Command::Mark { section, mark, reply } => self.mark(section, &mark, reply).await,
        }
    }

    async fn answer_waiting(&mut self) {
        if self.desk.as_ref().is_some_and(Desk::is_complete) {
            for command in std::mem::take(&mut self.waiting) {
                self.command(command).await;
            }
            self.carry_out().await;
        }
    }

    async fn renew(&mut self) {
        let (now, stored) = (self.now(), self.desks.inner.store.sections(&self.deck).await);
        if let Ok(Some(stored)) = stored {
            self.work(false, |desk, out| desk.renew(stored, now, out));
        }
    }

    /// Looks whether the desk is here.
    async fn look(&mut self) {
        match self.lease.look().await {
            Looked::Kept => {}
            Looked::Taken => self.begin_here().await,
            Looked::Elsewhere => self.is_elsewhere(),
            Looked::Unknown(error) => {
                tracing::warn!(deck = %self.deck, %error, "a desk does not know whether it is the only one");
            }
        }
    }

    /// Before something is stored: only one desk stores.
    async fn confirm(&mut self) -> Result<(), DeskError> {
        match self.lease.confirm().await {
            Looked::Kept => Ok(()),
            Looked::Unknown(error) => Err(error.into()),
            Looked::Taken => {
                self.begin_here().await;
                Err(DeskError::Elsewhere)
            }
            Looked::Elsewhere => {
                self.is_elsewhere();
                Err(DeskError::Elsewhere)
            }
        }
    }

    /// The desk is here from now on. What another one stored is read first, and what is known here from
    /// before counts no more.
    async fn begin_here(&mut self) {
        self.forget();
        let Some(elsewhere) = self.desks.inner.elsewhere.clone() else { return };
        self.questions = Some(elsewhere.questions(&self.deck).await);
        self.join_at = Instant::now();
        match elsewhere.clock().await {
            Ok(clock) => {
                self.started = Instant::now();
                self.started_at = u64::try_from(clock).unwrap_or(0);
            }
            Err(error) => tracing::warn!(%error, "a desk goes by the clock of its own machine"),
        }
    }

    /// Another node has the desk: it knows what is right.
    fn is_elsewhere(&mut self) {
        self.forget();
        self.questions = None;
        let error = DeskError::Elsewhere;
        self.waiting.drain(..).for_each(|command| turn_away(command, &error));
    }

    fn forget(&mut self) {
        (self.desk, self.seat) = (None, None);
        self.outputs.clear();
    }

    /// Another node asks, for somebody who has the deck open there.
    async fn question(&mut self, Request { payload, reply }: Request) {
        self.alone_since = None;
        match serde_json::from_slice(&payload) {
            Ok(Question::Show) => {
                let command = self.answers(reply, |reply| Command::Show { reply });
                self.command(command).await;
            }
            Ok(Question::Mark { section, mark }) => {
                let command = self.answers(reply, |reply| Command::Mark { section, mark, reply });
                self.command(command).await;
            }
            // Whoever asks is told that nobody answers.
            Err(error) => tracing::warn!(deck = %self.deck, %error, "a question makes no sense"),
        }
    }

    /// A command whose answer goes to another node.
    fn answers<T: Serialize + Send + 'static>(
        &self,
        send: Box<dyn FnOnce(Bytes) + Send>,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Command {
        let (reply, answer) = oneshot::channel();
        self.desks.inner.tasks.spawn(async move {
            // A desk that ends without an answer leaves the one who asks to ask again.
            if let Ok(answer) = answer.await {
                send(questions::encode_answer(answer));
            }
        });
        command(reply)
    }

    /// Durable first: nobody is told what may still be lost.
    async fn mark(&mut self, section: u64, mark: &Mark, reply: Reply<()>) {
        let now = self.now();
        let mut marked = None;
        self.work(false, |desk, out| marked = desk.marked(now, section, mark, out));
        let Some(record) = marked else {
            // The asker may have gone.
            return drop(reply.send(Err(DeskError::NoSection)));
        };
        let changes = SectionChanges { put: vec![record.clone()], ..SectionChanges::default() };
        let stored = match self.confirm().await {
            Ok(()) => self.desks.inner.store.change_sections(&self.deck, changes).await,
            Err(error) => return drop(reply.send(Err(error))),
        };
        if stored.is_ok() {
            self.work(false, |desk, out| desk.accept(record, now, out));
            // Whoever hears that it is done may look at the board.
            self.carry_out().await;
        }
        let _ = reply.send(stored.map_err(DeskError::from));
    }

    async fn carry_out(&mut self) {
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
                Output::Store(changes) => self.store(changes).await,
            }
        }
    }

    async fn store(&mut self, changes: SectionChanges) {
        let stored = match self.confirm().await {
            Ok(()) => {
                let store = &self.desks.inner.store;
                store.change_sections(&self.deck, changes.clone()).await.map_err(DeskError::from)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            tracing::warn!(deck = %self.deck, %error, "what is known of its sections is not stored");
            let now = self.now();
            if let Some(desk) = &mut self.desk {
                desk.not_stored(changes, now);
            }
        }
    }

    async fn store_all(&mut self) {
        let now = self.now();
        self.work(false, |desk, out| desk.finish(now, out));
        self.carry_out().await;
    }

    /// Whether nobody is there, and nobody comes back: a page is loaded anew.
    fn is_done(&mut self) -> bool {
        let attended = !self.attendance.is_empty();
        if attended || !self.waiting.is_empty() {
            self.alone_since = None;
            return false;
        }
        let since = *self.alone_since.get_or_insert_with(Instant::now);
        since.elapsed() >= self.patience
    }
}
