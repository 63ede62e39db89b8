//! `/l/{code}/questions`, `…/attendance`, `…/own`: what the audience says, each seeing only their own.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{NO_INDEX, refused};
use crate::access::now;
use crate::auth::{Visitor, VisitorKind};
use crate::discussion::{From, check_id, clean_name, clean_text, clean_title, written};
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::{App, Linked};
use crate::routes::discussion::{Attendance, MOST_ATTENDEES, present_name, too_many_attendees};
use crate::routes::read_json;
use crate::store::talk::{Attendee, Message, MessageKind};

type Cookie = AppendHeaders<Option<(HeaderName, HeaderValue)>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewQuestion {
    id: String,
    name: Option<String>,
    text: String,
    /// Title of the slide that it is about.
    slide: String,
    /// About the how-manieth slide that was, from 0.
    number: Option<u32>,
}

/// A question as the one who asked it sees it.
fn view(question: &Message) -> Value {
    let Message { id, slide, text, at, done_at, .. } = question;
    json!({ "id": id, "slide": slide, "text": text, "at": at, "done": done_at.is_some() })
}

/// `POST /l/{code}/questions`: 201, or 200 when it was there already.
pub(crate) async fn ask(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    linked: Linked,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    let Linked { deck, serial, .. } = linked;
    app.limits.ask(&deck, serial, peer, &headers)?;
    let new: NewQuestion = read_json(body)?;
    check_id(&new.id)?;
    let (text, slide) = (clean_text(&new.text)?, clean_title(&new.slide));
    let name = clean_name(&visitor, new.name.as_deref())?;
    let spot = app.projectors.spot(&deck, &new.slide, new.number.unwrap_or(0)).await;
    let anchor = spot.map_err(|reason| refused(&reason))?.map(|anchor| written(&anchor));
    let (visitor, cookie) = somebody(&app, visitor, peer, &headers).await?;
    let question = Message {
        id: new.id,
        anchor,
        slide,
        kind: MessageKind::Question,
        principal: visitor.principal,
        name,
        text,
        at: now(),
        starred_at: None,
        done_at: None,
    };
    let (question, is_new) = app.discussion.add(&deck, question, From::Audience).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, [NO_INDEX], cookie, Json(view(&question))).into_response())
}

/// `GET /l/{code}/own`: own questions, and as whom one is there.
pub(crate) async fn show_own(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Linked { deck, .. }: Linked,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.limits.own(peer, &headers)?;
    if visitor.kind == VisitorKind::Program {
        // Who has said nothing yet has nothing.
        return Ok(([NO_INDEX], Json(json!({ "questions": [], "name": null }))).into_response());
    }
    let principal = visitor.principal;
    let messages = app.talk.messages_of(&deck, principal.clone()).await?;
    let questions = messages.iter().filter(|message| message.kind == MessageKind::Question);
    let questions: Vec<_> = questions.map(view).collect();
    let own = app.talk.attendee(&deck, principal).await?;
    let own = json!({ "questions": questions, "name": own.map(|attendee| attendee.name) });
    Ok(([NO_INDEX, (header::CACHE_CONTROL, "no-store")], Json(own)).into_response())
}

/// `POST /l/{code}/attendance`: somebody is there.
pub(crate) async fn attend(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Linked { deck, serial, .. }: Linked,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    app.limits.attend(Some((&deck, serial)), peer, &headers)?;
    let Attendance { name } = read_json(body)?;
    let name = present_name(clean_name(&visitor, Some(&name))?)?;
    let (visitor, cookie) = somebody(&app, visitor, peer, &headers).await?;
    let attendee = Attendee { principal: visitor.principal, name: name.clone(), at: now() };
    if !app.talk.attend(&deck, attendee, MOST_ATTENDEES).await? {
        return Err(too_many_attendees());
    }
    Ok(([NO_INDEX], cookie, Json(json!({ "name": name }))).into_response())
}

/// `DELETE /l/{code}/attendance`: somebody takes it back.
pub(crate) async fn forget(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Linked { deck, serial, .. }: Linked,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    app.limits.attend(Some((&deck, serial)), peer, &headers)?;
    if visitor.kind != VisitorKind::Program {
        app.talk.forget_attendee(&deck, visitor.principal).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever says something is somebody from then on: else nobody could see their own question again.
async fn somebody(
    app: &App,
    visitor: Visitor,
    peer: SocketAddr,
    headers: &HeaderMap,
) -> Result<(Visitor, Cookie), ApiError> {
    if visitor.kind != VisitorKind::Program {
        return Ok((visitor, AppendHeaders(None)));
    }
    app.limits.make_session(peer, headers)?;
    let (visitor, cookie) = app.sessions.begin_guest().await?;
    Ok((visitor, AppendHeaders(Some((header::SET_COOKIE, cookie)))))
}
