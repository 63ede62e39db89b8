//! What is said beside slides: what a message may be, and telling everybody once it is stored.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use collab::doc::Anchor;
use serde::Serialize;
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};

use crate::auth::{Visitor, VisitorKind};
use crate::error::ApiError;
use crate::hub::Hub;
use crate::store::talk::{Added, Change, Message, Most, SharedTalk};
use crate::store::{DeckId, StoreError};

/// Messages of a deck: a year of lively calls. All of them travel to whoever opens the discussion.
const MOST_MESSAGES: usize = 2_000;
/// So many of them may come from the audience: whoever writes the deck can always say something.
const MOST_FROM_AUDIENCE: usize = 1_500;
/// So many of those may be one person's.
const MOST_OF_FOLLOWER: usize = 100;
/// Characters of a message: what a person reads beside a slide.
const MOST_TEXT: usize = 2_000;
/// Characters of a name.
const MOST_NAME: usize = 80;
/// Characters of a slide's title that are kept with a message.
const MOST_TITLE: usize = 200;
/// Bytes of a position; real ones have below 100.
const MOST_ANCHOR: usize = 300;
/// Characters of a message's id: 128 random bits.
const ID_CHARS: usize = 22;
/// Decks share so many locks.
const LOCKS: usize = 32;

/// A message as everybody gets it.
#[derive(Debug, Serialize)]
pub(crate) struct MessageView<'a> {
    id: &'a str,
    slide: &'a str,
    anchor: Option<&'a str>,
    kind: &'static str,
    principal: &'a str,
    name: &'a str,
    text: &'a str,
    at: i64,
    starred: bool,
    done: bool,
}

impl<'a> MessageView<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        Self {
            id: &message.id,
            slide: &message.slide,
            anchor: message.anchor.as_deref(),
            kind: message.kind.name(),
            principal: &message.principal.0,
            name: &message.name,
            text: &message.text,
            at: message.at,
            starred: message.starred_at.is_some(),
            done: message.done_at.is_some(),
        }
    }
}

/// Who adds a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From {
    /// Somebody who may comment.
    Deck,
    /// Somebody of the audience.
    Audience,
}

/// The discussions of all decks.
#[derive(Clone)]
pub(crate) struct Discussion {
    store: SharedTalk,
    hub: Hub,
    /// Held from before a message is stored until after it was told: the last that is heard of it is
    /// how it stands.
    order: Arc<[Mutex<()>; LOCKS]>,
}

impl Discussion {
    pub(crate) fn new(store: SharedTalk, hub: Hub) -> Self {
        Self { store, hub, order: Arc::new(std::array::from_fn(|_| Mutex::default())) }
    }

    /// Adds a message, unless it is there already. Answers how it stands, and whether it is new.
    ///
    /// # Errors
    /// When it was removed meanwhile, its id is another's, or the deck is full.
    pub(crate) async fn add(
        &self,
        deck: &DeckId,
        message: Message,
        from: From,
    ) -> Result<(Message, bool), ApiError> {
        let most = match from {
            From::Deck => Most { messages: MOST_MESSAGES, of_principal: MOST_MESSAGES },
            From::Audience => Most { messages: MOST_FROM_AUDIENCE, of_principal: MOST_OF_FOLLOWER },
        };
        let _turn = self.turn(deck).await;
        match self.store.add_message(deck, message.clone(), most).await? {
            Added::New => {
                self.tell(deck, &message).await;
                Ok((message, true))
            }
            Added::Known(known) => Ok((*known, false)),
            Added::Removed => Err(ApiError::Conflict("this message was removed".into())),
            Added::Taken => {
                Err(ApiError::Conflict("this id is another message's; make a new one".into()))
            }
            Added::Full => Err(ApiError::Conflict(format!(
                "this deck holds no more messages (at most {MOST_MESSAGES}); remove some first"
            ))),
        }
    }

    /// Changes a message and answers how it stands then; `None` when it is gone.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub(crate) async fn change(
        &self,
        deck: &DeckId,
        id: &str,
        change: Change,
        now: i64,
    ) -> Result<Option<Message>, StoreError> {
        let _turn = self.turn(deck).await;
        let changed = self.store.change_message(deck, id, change, now).await?;
        if let Some(message) = &changed {
            self.tell(deck, message).await;
        }
        Ok(changed)
    }

    /// Removes a message; `false` when it is gone already.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub(crate) async fn remove(
        &self,
        deck: &DeckId,
        id: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let _turn = self.turn(deck).await;
        let removed = self.store.remove_message(deck, id, now).await?;
        if removed {
            let json = json!({ "kind": "unsaid", "id": id }).to_string();
            self.hub.post(deck, None, json).await;
        }
        Ok(removed)
    }

    async fn tell(&self, deck: &DeckId, message: &Message) {
        let json = json!({ "kind": "said", "message": MessageView::of(message) }).to_string();
        self.hub.post(deck, None, json).await;
    }

    async fn turn(&self, deck: &DeckId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        deck.hash(&mut hasher);
        self.order[hasher.finish() as usize % LOCKS].lock().await
    }
}

/// Whether a message is this visitor's own. What nobody in particular said is nobody's.
pub(crate) fn is_own(visitor: &Visitor, message: &Message) -> bool {
    visitor.kind != VisitorKind::Program && visitor.principal == message.principal
}

/// An id as writers make it.
///
/// # Errors
/// When it is none.
pub(crate) fn check_id(id: &str) -> Result<(), ApiError> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.len() == ID_CHARS && id.bytes().all(valid) {
        return Ok(());
    }
    let words = format!("`id` is {ID_CHARS} random characters of A–Z a–z 0–9 _ -");
    Err(ApiError::BadRequest(words))
}

/// Plain text of a message: line ends as `\n`, without characters that only steer.
///
/// # Errors
/// When nothing is left of it, or it is too long.
pub(crate) fn clean_text(text: &str) -> Result<String, ApiError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    let text: String = text.chars().filter(|&c| c == '\n' || !c.is_control()).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(ApiError::BadRequest("`text` is empty".into()));
    }
    if text.chars().count() > MOST_TEXT {
        let words = format!("a message holds at most {MOST_TEXT} characters");
        return Err(ApiError::TooLarge(words));
    }
    Ok(text.to_owned())
}

/// What somebody is called: by the provider if they signed in, else as they say.
///
/// # Errors
/// When it is too long.
pub(crate) fn clean_name(visitor: &Visitor, name: Option<&str>) -> Result<String, ApiError> {
    let name = one_line(visitor.name().or(name).unwrap_or_default());
    if name.chars().count() > MOST_NAME && visitor.name().is_none() {
        return Err(ApiError::TooLarge(format!("a name holds at most {MOST_NAME} characters")));
    }
    Ok(name.chars().take(MOST_NAME).collect())
}

/// The visible beginning of a slide's title.
pub(crate) fn clean_title(title: &str) -> String {
    one_line(title).chars().take(MOST_TITLE).collect()
}

/// A position as it is stored.
///
/// # Errors
/// When it is none.
pub(crate) fn clean_anchor(anchor: &str) -> Result<String, ApiError> {
    let bad = || ApiError::BadRequest("`anchor` is no Yjs relative position".into());
    if anchor.len() > MOST_ANCHOR {
        return Err(bad());
    }
    let anchor: Anchor = serde_json::from_str(anchor).map_err(|_| bad())?;
    Ok(written(&anchor))
}

/// A position as JSON.
pub(crate) fn written(anchor: &Anchor) -> String {
    // Numbers and a name: there is nothing in it that JSON cannot express.
    serde_json::to_string(anchor).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_plain_and_has_an_end() {
        assert_eq!(clean_text(" a\r\nb\u{0}\u{1b}[31m\tc \n").unwrap(), "a\nb[31m c");
        assert!(matches!(clean_text(" \n\u{7} "), Err(ApiError::BadRequest(_))));
        assert_eq!(clean_text(&"ä".repeat(MOST_TEXT)).unwrap().chars().count(), MOST_TEXT);
        assert!(matches!(clean_text(&"ä".repeat(MOST_TEXT + 1)), Err(ApiError::TooLarge(_))));
    }

    #[test]
    fn a_name_is_one_line_and_not_too_long() {
        let visitor = Visitor::program();
        assert_eq!(clean_name(&visitor, Some(" Ada\n Lovelace\u{0}")).unwrap(), "Ada Lovelace");
        assert_eq!(clean_name(&visitor, None).unwrap(), "");
        assert!(clean_name(&visitor, Some(&"a".repeat(MOST_NAME + 1))).is_err());
    }

    #[test]
    fn ids_and_positions_are_what_they_say() {
        assert!(check_id("abcdefghijklmnopqrs_-9").is_ok());
        for id in ["", "short", "abcdefghijklmnopqrs/-9", "abcdefghijklmnopqrs_-90"] {
            assert!(check_id(id).is_err(), "{id}");
        }
        let anchor = r#"{"item":{"client":7,"clock":3},"assoc":0}"#;
        assert_eq!(clean_anchor(anchor).unwrap(), anchor);
        for anchor in ["", "{}", "<b>", r#"{"item":{"client":7,"clock":3},"x":1}"#] {
            assert!(clean_anchor(anchor).is_err(), "{anchor}");
        }
        assert!(clean_anchor(&format!("{anchor}{}", " ".repeat(MOST_ANCHOR))).is_err());
    }
}
