//! What is said beside slides, who was there, and how long calls took.
//!
//! Times are Unix milliseconds and come from the caller.

use std::sync::Arc;

use super::access::Principal;
use super::holds::HoldStore;
use super::{DeckId, StoreResult};

/// A store of it, shared by all who need it.
pub type SharedTalk = Arc<dyn TalkStore>;
/// A store of what projectors know of calls alone.
pub type SharedCalls = Arc<dyn CallStore>;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Something that is said.
    Comment,
    /// Something that waits for an answer.
    Question,
}

impl MessageKind {
    /// The word for it in the database and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Question => "question",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Comment, Self::Question].into_iter().find(|kind| kind.name() == name)
    }
}

/// What somebody said beside a slide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Made by the writer, so that saying it twice is saying it once.
    pub id: String,
    /// Where the slide begins (a Yjs relative position, JSON), if its writer knew.
    pub anchor: Option<String>,
    /// Title of the slide when it was said.
    pub slide: String,
    /// What it is.
    pub kind: MessageKind,
    /// Whose it is.
    pub principal: Principal,
    /// What they were called.
    pub name: String,
    /// Plain text.
    pub text: String,
    /// When it was said.
    pub at: i64,
    /// Since when it is one for the minutes.
    pub starred_at: Option<i64>,
    /// Since when the question is answered.
    pub done_at: Option<i64>,
}

/// How much a deck takes.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Messages of all.
    pub messages: usize,
    /// So many from this one alone.
    pub of_principal: usize,
}

/// What became of a message that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    New,
    /// It was there already, as it stands here.
    Known(Box<Message>),
    /// It was there, and was removed.
    Removed,
    /// Somebody else's message has this id.
    Taken,
    /// The deck holds no more.
    Full,
}

/// What is to become of a message; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Another text.
    pub text: Option<String>,
    /// Whether it is for the minutes.
    pub starred: Option<bool>,
    /// Whether it is answered.
    pub done: Option<bool>,
}

/// Somebody who said that they were there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub principal: Principal,
    /// What they are called.
    pub name: String,
    /// Since when.
    pub at: i64,
}

/// A presentation from its begin to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it began.
    pub began_at: i64,
    /// When it ended; `None` while it goes on, and when nobody ended it.
    pub ended_at: Option<i64>,
    /// How long its sections took: JSON, which its writer reads.
    pub times: String,
}

/// How long calls took, and what a held audience sees.
pub trait CallStore: HoldStore {
    /// Notes how a call stands; one that began at this time is replaced, unless it has ended and this one
    /// has not.
    fn save_call(&self, deck: &DeckId, call: Call) -> StoreResult<()>;
    /// The newest call of a deck.
    fn last_call(&self, deck: &DeckId) -> StoreResult<Option<Call>>;
}

/// What is said beside slides, and what remains of a call.
pub trait TalkStore: CallStore {
    /// Adds a message, unless the deck holds as many as it may.
    fn add_message(&self, deck: &DeckId, message: Message, most: Most) -> StoreResult<Added>;
    /// All messages, oldest first.
    fn messages(&self, deck: &DeckId) -> StoreResult<Vec<Message>>;
    /// Those of one person.
    fn messages_of(&self, deck: &DeckId, principal: Principal) -> StoreResult<Vec<Message>>;
    /// One message.
    fn message(&self, deck: &DeckId, id: &str) -> StoreResult<Option<Message>>;
    /// Changes a message and gives it as it is then. What is starred or done already keeps its time.
    fn change_message(
        &self,
        deck: &DeckId,
        id: &str,
        change: Change,
        now: i64,
    ) -> StoreResult<Option<Message>>;
    /// Removes a message: its words are gone at once, its id is remembered for a while. `false` when
    /// there is none.
    fn remove_message(&self, deck: &DeckId, id: &str, now: i64) -> StoreResult<bool>;
    /// Somebody is there, or is called something else from now on. `false` when so many are there already.
    fn attend(&self, deck: &DeckId, attendee: Attendee, most: usize) -> StoreResult<bool>;
    /// Somebody takes it back.
    fn forget_attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<()>;
    /// Who was there, in the order in which they came.
    fn attendees(&self, deck: &DeckId) -> StoreResult<Vec<Attendee>>;
    /// One of them.
    fn attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<Option<Attendee>>;
    /// When the call of a deck is, as clocks show it there: `2026-11-26T14:05`.
    fn call_at(&self, deck: &DeckId) -> StoreResult<Option<String>>;
}
