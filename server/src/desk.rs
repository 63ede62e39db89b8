//! Knows how far each section of a deck is, and who writes it.
//!
//! A deck that somebody has open has one desk, a peer of its room inside the server that writes
//! nothing. It reads the sections out of the text, finds them again wherever they go, and keeps what
//! people say of them. Where several nodes serve the deck, one of them has its desk and the others ask
//! that one.

mod board;
mod book;
mod lease;
mod machine;
mod questions;
mod reading;
mod task;

use std::sync::Arc;

use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::bus::{Incoming, RequestError};
use crate::elsewhere::SharedElsewhere;
use crate::error::ApiError;
use crate::hub::{Hub, JoinError};
use crate::peer::Attending;
use crate::roster::{self, Roster};
use crate::store::access::Principal;
use crate::store::sections::SharedSections;
use crate::store::{DeckId, StoreError};
pub(crate) use board::Board;
pub(crate) use machine::Mark;
use questions::{News, Question};

/// How often a desk is looked for that is just going to another node.
const MOST_ROUNDS: usize = 2;

type Reply<T> = roster::Reply<T, DeskError>;

/// Why a desk has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum DeskError {
    /// There is no room for it.
    #[error(transparent)]
    Room(#[from] JoinError),
    /// The deck has no such section.
    #[error("there is no such section")]
    NoSection,
    /// Another node has it.
    #[error("another node has the desk")]
    Elsewhere,
    /// Another node has it, and does not say anything.
    #[error("the node with the desk does not answer")]
    Unanswered,
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        Self::Room(error.into())
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Room(error) => error.into(),
            DeskError::NoSection => Self::NotFound,
            DeskError::Elsewhere | DeskError::Unanswered => Self::Unanswered,
        }
    }
}

enum Command {
    /// Somebody has the deck open.
    Attend { reply: Reply<Attending> },
    /// Somebody wants to see the board.
    Show { reply: Reply<Board> },
    /// Somebody says something of a section.
    Mark { section: u64, mark: Mark, reply: Reply<()> },
    /// The desk may be on another node no more.
    Look { reply: Reply<()> },
    /// What is stored is different: the deck's call is at another time.
    Renew,
    /// Somebody is somebody else from now on.
    CarryOver { from: Principal, to: Principal },
}

/// All desks.
#[derive(Clone)]
pub(crate) struct Desks {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Hub,
    store: SharedSections,
    tasks: TaskTracker,
    /// Other nodes that serve the same decks.
    elsewhere: Option<SharedElsewhere>,
    running: Roster<Command>,
}

impl Desks {
    /// No desk yet.
    pub(crate) fn new(
        hub: Hub,
        store: SharedSections,
        tasks: TaskTracker,
        elsewhere: Option<SharedElsewhere>,
    ) -> Self {
        let running = Roster::default();
        let desks = Self { inner: Arc::new(Inner { hub, store, tasks, elsewhere, running }) };
        if let Some(elsewhere) = &desks.inner.elsewhere {
            let hear = desks.clone().hear_news(Arc::clone(elsewhere));
            let stopping = desks.inner.hub.stopping();
            desks.inner.tasks.spawn(stopping.run_until_cancelled_owned(hear));
        }
        desks
    }

    /// Keeps a desk running for one who has the deck open, until it is dropped.
    pub(crate) async fn attend(&self, deck: &DeckId) -> Option<Attending> {
        self.ask(deck, |reply| Command::Attend { reply }).await.ok()
    }

    /// How far everything is.
    ///
    /// # Errors
    /// When the deck cannot be read, or nobody knows.
    pub(crate) async fn board(&self, deck: &DeckId) -> Result<Board, DeskError> {
        self.ask_wherever(deck, |reply| Command::Show { reply }, Question::Show).await
    }

    /// Notes what somebody says of a section; it is durable then, and everybody is told.
    ///
    /// # Errors
    /// When there is no such section, or it cannot be stored: then nobody is told. When another node
    /// has the desk and does not answer, it may be noted or not; it may be said again.
    pub(crate) async fn mark(
        &self,
        deck: &DeckId,
        section: u64,
        mark: Mark,
    ) -> Result<(), DeskError> {
        let question = Question::Mark { section, mark: mark.clone() };
        let command = |reply| Command::Mark { section, mark: mark.clone(), reply };
        self.ask_wherever(deck, command, question).await
    }

    /// The call of a deck is at another time: whoever has it open hears so, on whatever node.
    pub(crate) async fn renew(&self, deck: &DeckId) {
        self.renew_here(deck).await;
        self.tell_others(&News::Renew { deck: deck.to_string() });
    }

    /// What is stored of a deck may be different: its desk reads it again, if it is here.
    pub(crate) async fn renew_here(&self, deck: &DeckId) {
        if let Some(desk) = self.inner.running.get(deck) {
            // One that has just ended reads it when it begins.
            let _ = desk.send(Command::Renew).await;
        }
    }

    /// What somebody said that they write is another's in the store: so it is on every desk.
    pub(crate) async fn carry_over(&self, from: &Principal, to: &Principal) {
        self.carry_over_here(from, to).await;
        self.tell_others(&News::CarryOver { from: from.0.clone(), to: to.0.clone() });
    }

    async fn carry_over_here(&self, from: &Principal, to: &Principal) {
        for desk in self.inner.running.all() {
            // One that has just ended reads it when it begins.
            let _ = desk.send(Command::CarryOver { from: from.clone(), to: to.clone() }).await;
        }
    }

    fn tell_others(&self, news: &News) {
        if let Some(elsewhere) = &self.inner.elsewhere {
            elsewhere.tell_desks(questions::encode(news));
        }
    }

    /// Hears what desks of other nodes are told. What was missed is in the store.
    async fn hear_news(self, elsewhere: SharedElsewhere) {
        let mut news = elsewhere.desk_news().await;
        while let Some(incoming) = news.next().await {
            match incoming {
                Incoming::Gap => {
                    for desk in self.inner.running.all() {
                        let _ = desk.send(Command::Renew).await;
                    }
                }
                // What a node of another version says is skipped.
                Incoming::Message(bytes) => match serde_json::from_slice(&bytes) {
                    Ok(News::Renew { deck }) => {
                        if let Some(deck) = DeckId::parse(&deck) {
                            self.renew_here(&deck).await;
                        }
                    }
                    Ok(News::CarryOver { from, to }) => {
                        self.carry_over_here(&Principal(from), &Principal(to)).await;
                    }
                    Err(_) => {}
                },
            }
        }
    }

    /// Asks the deck's desk, on whatever node it is.
    async fn ask_wherever<T: DeserializeOwned>(
        &self,
        deck: &DeckId,
        command: impl Fn(Reply<T>) -> Command,
        question: Question,
    ) -> Result<T, DeskError> {
        let question = questions::encode(&question);
        for _ in 0..MOST_ROUNDS {
            match self.ask(deck, &command).await {
                Err(DeskError::Elsewhere) => {}
                answer => return answer,
            }
            let Some(elsewhere) = &self.inner.elsewhere else { break };
            let answer = match elsewhere.ask_desk(deck, question.clone()).await {
                Ok(answer) => questions::read_answer(&answer),
                Err(RequestError::Nobody) => Err(DeskError::Elsewhere),
                Err(RequestError::Away | RequestError::Timeout) => Err(DeskError::Unanswered),
            };
            match answer {
                // It has just gone from there, perhaps to here.
                Err(DeskError::Elsewhere) => {
                    self.ask(deck, |reply| Command::Look { reply }).await?
                }
                answer => return answer,
            }
        }
        Err(DeskError::Unanswered)
    }

    /// Asks the deck's desk on this node, which is started if there is none.
    async fn ask<T>(
        &self,
        deck: &DeckId,
        command: impl Fn(Reply<T>) -> Command,
    ) -> Result<T, DeskError> {
        let running = || -> Result<mpsc::Sender<Command>, DeskError> {
            Ok(self.inner.running.get_or_start(deck, |listed, mailbox| {
                self.inner.tasks.spawn(task::run(self.clone(), listed, mailbox));
            }))
        };
        let words = || format!("the desk of deck {deck} fails again and again");
        let failed = || DeskError::from(StoreError(words()));
        roster::ask(running, command, failed).await.map(|(_, answer)| answer)
    }
}
