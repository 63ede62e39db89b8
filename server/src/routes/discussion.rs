//! `/api/decks/{id}/discussion` and `…/attendance`: what is said beside the slides, and who was there.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::read_json;
use crate::access::{Access, now};
use crate::auth::Allowed;
use crate::discussion::{
    From, MessageView, check_id, clean_anchor, clean_name, clean_text, clean_title, is_own,
};
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;
use crate::store::talk::{Attendee, Change, Message, MessageKind};

/// People who may say of one deck that they were there: more than fit into any hall.
pub(super) const MOST_ATTENDEES: usize = 5_000;

/// `GET /api/decks/{id}/discussion`: oldest first.
pub(crate) async fn list(
    State(app): State<App>,
    Allowed { deck, .. }: Allowed,
) -> Result<Json<Value>, ApiError> {
    let messages = app.talk.messages(&deck).await?;
    let messages: Vec<_> = messages.iter().map(MessageView::of).collect();
    Ok(Json(json!({ "messages": messages })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    id: String,
    slide: String,
    anchor: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    text: String,
}

/// `POST /api/decks/{id}/discussion`: 201, or 200 when it was there already.
pub(crate) async fn add(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Allowed { visitor, deck, .. }: Allowed,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    app.limits.say(peer, &headers)?;
    let new: NewMessage = read_json(body)?;
    check_id(&new.id)?;
    let bad_kind = || ApiError::BadRequest("`kind` is comment or question".into());
    let kind = new.kind.as_deref().unwrap_or(MessageKind::Comment.name());
    let message = Message {
        anchor: new.anchor.as_deref().map(clean_anchor).transpose()?,
        slide: clean_title(&new.slide),
        kind: MessageKind::parse(kind).ok_or_else(bad_kind)?,
        name: clean_name(&visitor, new.name.as_deref())?,
        text: clean_text(&new.text)?,
        id: new.id,
        principal: visitor.principal,
        at: now(),
        starred_at: None,
        done_at: None,
    };
    let (message, is_new) = app.discussion.add(&deck, message, From::Deck).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!(MessageView::of(&message)))).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeWish {
    text: Option<String>,
    starred: Option<bool>,
    done: Option<bool>,
}

/// `PUT /api/decks/{id}/discussion/{message}`: the text is for its writer to change, the rest for those
/// who write the deck.
pub(crate) async fn change(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((_, id)): Path<(String, String)>,
    Allowed { visitor, deck, access }: Allowed,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<Value>, ApiError> {
    app.limits.say(peer, &headers)?;
    let ChangeWish { text, starred, done } = read_json(body)?;
    let message = app.talk.message(&deck, &id).await?.ok_or(ApiError::NotFound)?;
    if text.is_some() && !is_own(&visitor, &message) {
        let words = "only who wrote a message may change its text";
        return Err(ApiError::Forbidden(words.into()));
    }
    if (starred.is_some() || done.is_some()) && access < Access::Edit {
        return Err(ApiError::NoAccess);
    }
    let text = text.as_deref().map(clean_text).transpose()?;
    let change = Change { text, starred, done };
    let message = app.discussion.change(&deck, &id, change, now()).await?;
    Ok(Json(json!(MessageView::of(&message.ok_or(ApiError::NotFound)?))))
}

/// `DELETE /api/decks/{id}/discussion/{message}`: one's own, or any in one's own deck.
pub(crate) async fn remove(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((_, id)): Path<(String, String)>,
    Allowed { visitor, deck, access }: Allowed,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    app.limits.say(peer, &headers)?;
    // What is gone already is as it should be: an answer may have been lost.
    let Some(message) = app.talk.message(&deck, &id).await? else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let own = is_own(&visitor, &message);
    if !own && access < Access::Own {
        let words = "only who wrote a message, or an owner of the deck, may remove it";
        return Err(ApiError::Forbidden(words.into()));
    }
    let removed = app.discussion.remove(&deck, &id, now()).await?;
    if removed && !own {
        app.audit.note(&visitor, Some(&deck), "discussion.remove", id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/decks/{id}/attendance`: in the order in which they came.
pub(crate) async fn attendees(
    State(app): State<App>,
    Allowed { deck, .. }: Allowed,
) -> Result<Json<Value>, ApiError> {
    let people = app.talk.attendees(&deck).await?;
    let view = |Attendee { principal, name, at }| json!({ "principal": principal.0, "name": name, "at": at });
    Ok(Json(json!({ "people": people.into_iter().map(view).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attendance {
    pub(super) name: String,
}

/// `POST /api/decks/{id}/attendance`: somebody is there, or is called something else.
pub(crate) async fn attend(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Allowed { visitor, deck, .. }: Allowed,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<Value>, ApiError> {
    app.limits.attend(None, peer, &headers)?;
    let Attendance { name } = read_json(body)?;
    let name = present_name(clean_name(&visitor, Some(&name))?)?;
    let attendee = Attendee { principal: visitor.principal, name: name.clone(), at: now() };
    if app.talk.attend(&deck, attendee, MOST_ATTENDEES).await? {
        Ok(Json(json!({ "name": name })))
    } else {
        Err(too_many_attendees())
    }
}

/// A list of nameless people tells nobody anything.
pub(super) fn present_name(name: String) -> Result<String, ApiError> {
    if name.is_empty() {
        return Err(ApiError::BadRequest("`name` is empty".into()));
    }
    Ok(name)
}

pub(super) fn too_many_attendees() -> ApiError {
    ApiError::Conflict(format!("at most {MOST_ATTENDEES} people can be there"))
}

/// `DELETE /api/decks/{id}/attendance`: somebody takes it back.
pub(crate) async fn forget(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Allowed { visitor, deck, .. }: Allowed,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    app.limits.attend(None, peer, &headers)?;
    app.talk.forget_attendee(&deck, visitor.principal).await?;
    Ok(StatusCode::NO_CONTENT)
}
