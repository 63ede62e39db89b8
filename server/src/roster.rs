//! One task for each deck: started when somebody asks for it, asked again when it was just ending.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::store::DeckId;

/// Messages that wait for a task. More make their senders wait, which slows connections down through
/// TCP.
const MAILBOX: usize = 256;
/// How often a task may end before it has answered: by chance it is once, more is a fault.
const MOST_ATTEMPTS: usize = 10;

/// Where an answer goes.
pub(crate) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// The tasks that run, by their decks. A task is here from before it starts until it takes no command
/// any more: there are never two for one deck. The list is never locked across an await.
pub(crate) struct Roster<C> {
    tasks: Arc<Mutex<HashMap<DeckId, mpsc::Sender<C>>>>,
}

impl<C> Default for Roster<C> {
    fn default() -> Self {
        Self { tasks: Arc::default() }
    }
}

impl<C> Roster<C> {
    /// The mailbox of a deck's task, if one runs.
    pub(crate) fn get(&self, deck: &DeckId) -> Option<mpsc::Sender<C>> {
        lock(&self.tasks).get(deck).cloned()
    }

    /// The mailboxes of all tasks that run.
    pub(crate) fn all(&self) -> Vec<mpsc::Sender<C>> {
        lock(&self.tasks).values().cloned().collect()
    }

    /// How many tasks run.
    pub(crate) fn len(&self) -> usize {
        lock(&self.tasks).len()
    }

    /// The mailbox of a deck's task, which `start` starts if there is none.
    pub(crate) fn get_or_start(
        &self,
        deck: &DeckId,
        start: impl FnOnce(Listed<C>, mpsc::Receiver<C>),
    ) -> mpsc::Sender<C> {
        let mut tasks = lock(&self.tasks);
        if let Some(inbox) = tasks.get(deck) {
            return inbox.clone();
        }
        let (inbox, mailbox) = mpsc::channel(MAILBOX);
        tasks.insert(deck.clone(), inbox.clone());
        drop(tasks);
        let tasks = Arc::clone(&self.tasks);
        start(Listed { tasks, deck: deck.clone(), inbox: inbox.downgrade() }, mailbox);
        inbox
    }
}

/// Sends a command and waits for the answer; gives the mailbox with it. A task that ends in this very
/// moment drops the command unanswered; then the next one is asked.
///
/// # Errors
/// Whatever the task or `inbox` answers, and `failed` when one task after the other ends.
pub(crate) async fn ask<C, T, E>(
    inbox: impl Fn() -> Result<mpsc::Sender<C>, E>,
    command: impl Fn(Reply<T, E>) -> C,
    failed: impl FnOnce() -> E,
) -> Result<(mpsc::Sender<C>, T), E> {
    for _ in 0..MOST_ATTEMPTS {
        let inbox = inbox()?;
        let (reply, answer) = oneshot::channel();
        if inbox.send(command(reply)).await.is_ok()
            && let Ok(answer) = answer.await
        {
            return answer.map(|answer| (inbox, answer));
        }
        // Let the task that is ending come to its end.
        tokio::task::yield_now().await;
    }
    Err(failed())
}

/// A task's entry in the list. Dropping it, also in a panic, takes the task off.
pub(crate) struct Listed<C> {
    tasks: Arc<Mutex<HashMap<DeckId, mpsc::Sender<C>>>>,
    pub(crate) deck: DeckId,
    inbox: mpsc::WeakSender<C>,
}

impl<C> Drop for Listed<C> {
    fn drop(&mut self) {
        let mut tasks = lock(&self.tasks);
        let own = self.inbox.upgrade();
        if let (Some(own), Some(listed)) = (own, tasks.get(&self.deck))
            && listed.same_channel(&own)
        {
            tasks.remove(&self.deck);
        }
    }
}

fn lock<T>(tasks: &Mutex<T>) -> MutexGuard<'_, T> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}
