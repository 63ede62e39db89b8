//! `/api/decks/{id}/minutes`: what remains of a call.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use collab::doc::Anchor;
use serde::Deserialize;

use super::audience::refused;
use crate::auth::Allowed;
use crate::error::ApiError;
use crate::minutes::{self, Facts};
use crate::router::App;
use crate::store::StoreError;
use crate::store::talk::{Message, MessageKind};

/// Places of a deck that are looked up for its minutes: most of what is said is said of few slides. What
/// stands elsewhere is found by the title of its slide.
const MOST_ANCHORS: usize = 500;

#[derive(Deserialize)]
pub(crate) struct Wish {
    lang: Option<String>,
}

/// `GET /api/decks/{id}/minutes`: Markdown, in the language that is asked for or else the deck's.
pub(crate) async fn show(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { deck, .. }: Allowed,
    Query(Wish { lang }): Query<Wish>,
) -> Result<Response, ApiError> {
    app.limits.minutes(peer, &headers)?;
    let mut messages = app.talk.messages(&deck).await?;
    messages.retain(is_for_minutes);
    let (anchors, places) = anchors(&messages);
    let survey = app.projectors.survey(&deck, anchors).await.map_err(|reason| refused(&reason))?;
    let slide = |place: Option<usize>| survey.slides.get(place?).copied().flatten();
    let slides: Vec<_> = places.into_iter().map(slide).collect();
    let call = app.talk.last_call(&deck).await?;
    let date = match app.talk.call_at(&deck).await? {
        Some(at) => at.split('T').next().map(str::to_owned),
        None => call.as_ref().map(|call| day(call.began_at)),
    };
    let attendees = app.talk.attendees(&deck).await?;
    let sections = app.sections.sections(&deck).await?.unwrap_or_default().records;
    let facts = Facts {
        text: survey.text,
        date,
        call,
        sections,
        attendees: attendees.into_iter().map(|attendee| attendee.name).collect(),
        messages: messages.into_iter().zip(slides).collect(),
    };
    // A long deck takes a moment to be read.
    let made = tokio::task::spawn_blocking(move || minutes::write(&facts, lang.as_deref())).await;
    let made = made.map_err(|error| StoreError(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, made).into_response())
}

/// The day of a moment, where nobody said where the call is.
fn day(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string();
    moment.split('T').next().unwrap_or_default().to_owned()
}

/// Whether a message is in the minutes: a question, or one that somebody starred.
fn is_for_minutes(message: &Message) -> bool {
    message.kind == MessageKind::Question || message.starred_at.is_some()
}

/// Places where messages are, each once, and of each message which of these it is.
fn anchors(messages: &[Message]) -> (Vec<Option<Anchor>>, Vec<Option<usize>>) {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut anchors = Vec::new();
    let places = messages.iter().map(|message| {
        let text = message.anchor.as_deref()?;
        if let Some(place) = known.get(text) {
            return Some(*place);
        }
        if anchors.len() >= MOST_ANCHORS {
            return None;
        }
        anchors.push(serde_json::from_str::<Anchor>(text).ok());
        known.insert(text, anchors.len() - 1);
        Some(anchors.len() - 1)
    });
    let places = places.collect();
    (anchors, places)
}

#[cfg(test)]
mod tests {
    use collab::doc::DeckDoc;

    use super::*;
    use crate::store::access::Principal;

    #[test]
    fn places_are_looked_up_once_and_so_many_at_most() {
        let mut doc = DeckDoc::new(1);
        doc.edit(&[collab::doc::TextEdit::insert(0, &"a".repeat(MOST_ANCHORS + 1))]);
        let message = |at: u32| Message {
            id: String::new(),
            anchor: serde_json::to_string(&doc.anchor(at)).ok(),
            slide: String::new(),
            kind: MessageKind::Comment,
            principal: Principal(String::new()),
            name: String::new(),
            text: String::new(),
            at: 0,
            starred_at: None,
            done_at: None,
        };
        let few = [message(3), Message { anchor: None, ..message(0) }, message(4), message(3)];
        let (found, places) = anchors(&few);
        assert_eq!(found, [Some(doc.anchor(3)), Some(doc.anchor(4))]);
        assert_eq!(places, [Some(0), None, Some(1), Some(0)]);
        let many: Vec<_> = (0..=MOST_ANCHORS as u32).map(message).collect();
        let (found, places) = anchors(&many);
        assert_eq!((found.len(), places.last()), (MOST_ANCHORS, Some(&None)));
    }

    #[test]
    fn minutes_have_questions_and_what_was_starred() {
        let message = |kind, starred_at| Message {
            id: String::new(),
            anchor: None,
            slide: String::new(),
            kind,
            principal: Principal(String::new()),
            name: String::new(),
            text: String::new(),
            at: 0,
            starred_at,
            done_at: None,
        };
        assert!(is_for_minutes(&message(MessageKind::Question, None)));
        assert!(is_for_minutes(&message(MessageKind::Comment, Some(1))));
        assert!(!is_for_minutes(&message(MessageKind::Comment, None)));
    }
}
