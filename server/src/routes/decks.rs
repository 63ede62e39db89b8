//! `/api/decks`: list, make, read, copy, put away and delete decks.

mod copying;
mod view;

use std::net::SocketAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use collab::doc::{DeckDoc, MAX_TEXT_UNITS};
use collab::room::CloseReason;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{assets, read_json, sharing};
use crate::access::{Access, judge, now};
use crate::auth::{Allowed, Visitor, VisitorKind};
use crate::cli::AccessMode;
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;
use crate::series::naming::{escaped, file_name};
use crate::series::plan::first_call;
use crate::store::access::{DeckLevel, Principal};
use crate::store::series::{call_text, parse_call};
use crate::store::{DeckId, DeckRecord, NewDeck, Snapshot};
pub(super) use copying::DeckCopy;
pub(crate) use copying::duplicate;
pub(crate) use view::list;
use view::{DeckView, view};

/// Where the packed template lies.
const COMMUNITY_CALL: &str = "/examples/template.md";

pub(super) fn rfc_3339(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Wish {
    title: Option<String>,
    source: Option<String>,
    template: Option<String>,
    /// What the deck is for everybody, by HedgeDoc's word: a note that is brought in stays what it was.
    level: Option<String>,
}

/// `POST /api/decks`: JSON, or the Markdown itself as `text/markdown`.
pub(crate) async fn create(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    let WholeBody(body) = body?;
    app.limits.make_deck(peer, &headers)?;
    let (source, level) = wished(&headers, &body)?;
    let owner = visitor.session.map(|_| visitor.principal.clone());
    if owner.is_none() && visitor.kind == VisitorKind::Program && level.is_some() {
        let words = "nobody would own the deck: begin a session first (`POST /api/session`)";
        return Err(ApiError::BadRequest(words.into()));
    }
    let record = insert(&app, owner, &source, level).await?;
    app.audit.note(&visitor, Some(&record.id), "deck.create", "").await;
    made(&app, &visitor, &record.id).await
}

/// The answer to whoever made a deck.
pub(super) async fn made(
    app: &App,
    visitor: &Visitor,
    deck: &DeckId,
) -> Result<Response, ApiError> {
    let location = [(header::LOCATION, format!("/api/decks/{deck}"))];
    let view = view(app, visitor, deck).await?;
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// Makes a deck with this text, which nobody owns if it is made by a program. Without a level it is for those
/// who may write on this server.
pub(crate) async fn insert(
    app: &App,
    owner: Option<Principal>,
    source: &str,
    level: Option<DeckLevel>,
) -> Result<DeckRecord, ApiError> {
    let level = level.unwrap_or(match app.mode {
        AccessMode::Open | AccessMode::GuestsEdit => DeckLevel::Freely,
        AccessMode::Members => DeckLevel::Limited,
    });
    let deck = new_deck(DeckId::random()?, source)?;
    Ok(app.access.create_deck_for(deck, owner, level).await?)
}

/// A deck that begins with this text.
pub(super) fn new_deck(id: DeckId, source: &str) -> Result<NewDeck, ApiError> {
    // CodeMirror and the CRDT count `\n` only; other line endings would shift every offset.
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    if source.encode_utf16().count() as u64 > MAX_TEXT_UNITS {
        return Err(ApiError::TooLarge("a deck holds at most 1 MB of text".into()));
    }
    let mut client = [0; 4];
    getrandom::fill(&mut client)
        .map_err(|error| crate::store::StoreError(format!("no random bytes: {error}")))?;
    let state = DeckDoc::seed(u32::from_le_bytes(client).into(), &source);
    let snapshot = Snapshot::new(state, &source);
    let title = crate::title_of(&source);
    Ok(NewDeck { id, title, snapshot })
}

/// The text that a deck shall begin with, and what it shall be for everybody.
fn wished(headers: &HeaderMap, body: &Bytes) -> Result<(String, Option<DeckLevel>), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    match kind {
        "text/markdown" => match std::str::from_utf8(body) {
            Ok(text) => Ok((text.to_owned(), None)),
            Err(_) => Err(ApiError::BadRequest("the Markdown is not UTF-8".into())),
        },
        "application/json" => match serde_json::from_slice::<Wish>(body) {
            Ok(wish) => {
                let level = wish.level.as_deref().map(sharing::level).transpose()?;
                Ok((wished_source(wish)?, level))
            }
            Err(error) => Err(ApiError::BadRequest(format!("the JSON cannot be read: {error}"))),
        },
        _ => Err(ApiError::BadRequest(
            "send `Content-Type: text/markdown`, or `application/json` with title and source"
                .into(),
        )),
    }
}

fn wished_source(wish: Wish) -> Result<String, ApiError> {
    let title = wish.title.map(|title| one_line(&title)).filter(|title| !title.is_empty());
    match (wish.source, wish.template.as_deref()) {
        (Some(_), Some(_)) => {
            Err(ApiError::BadRequest("send `source` or `template`, not both".into()))
        }
        (Some(source), None) => Ok(source),
        (None, Some("community-call")) => {
            let template = assets::text(COMMUNITY_CALL).unwrap_or_else(|| blank("{{title}}"));
            let title = title.unwrap_or_else(|| "Community Call".to_owned());
            Ok(first_call(title, &template, now()))
        }
        (None, Some(other)) => Err(ApiError::BadRequest(format!("there is no template `{other}`"))),
        (None, None) => Ok(blank(title.as_deref().unwrap_or("Untitled deck"))),
    }
}

/// What a new deck starts as when nothing else is said.
fn blank(title: &str) -> String {
    let escaped = escaped(title);
    format!("---\ntitle: \"{escaped}\"\n---\n\n# {title}\n\n---\n\n## First slide\n\n- \n")
}

/// Without line breaks, and with single blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A deck as one of its visitors opens it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenDeckView {
    #[serde(flatten)]
    deck: DeckView,
    /// For the pictures of the deck, where no cookie comes along.
    pictures_ticket: String,
}

/// `GET /api/decks/{id}`
pub(crate) async fn show(State(app): State<App>, allowed: Allowed) -> Result<Response, ApiError> {
    let Allowed { visitor, deck, .. } = allowed;
    let pictures_ticket = app.tickets.for_principal(&deck, &visitor.principal);
    let deck = view(&app, &visitor, &deck).await?;
    Ok(Json(OpenDeckView { deck, pictures_ticket }).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Shown {
    download: Option<String>,
}

/// `GET /api/decks/{id}/source`: the text as it is now, with everything that is typed; `?download=1` as a
/// file.
pub(crate) async fn show_source(
    State(app): State<App>,
    shown: Result<Query<Shown>, QueryRejection>,
    Allowed { visitor, deck, .. }: Allowed,
) -> Result<Response, ApiError> {
    let is_file = shown.is_ok_and(|Query(shown)| shown.download.is_some());
    let text = app.hub.text(&deck).await?;
    app.audit.note(&visitor, Some(&deck), "deck.export", "").await;
    let name = is_file.then(|| file_name(&crate::title_of(&text)));
    let file = name.map(|name| format!("attachment; filename=\"{name}\""));
    let file = AppendHeaders(file.map(|file| (header::CONTENT_DISPOSITION, file)));
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], file, text).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveWish {
    archived: bool,
}

/// `PUT /api/decks/{id}/archived`: off the list, or on it again.
pub(crate) async fn set_archived(
    State(app): State<App>,
    Allowed { visitor, deck, .. }: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<DeckView>, ApiError> {
    let ArchiveWish { archived } = read_json(body)?;
    if !app.series.set_archived(&deck, archived, now()).await? {
        return Err(ApiError::NoDeck);
    }
    let detail = if archived { "" } else { "undone" };
    app.audit.note(&visitor, Some(&deck), "deck.archive", detail).await;
    view(&app, &visitor, &deck).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallWish {
    at: Option<String>,
    series: Option<String>,
}

/// `PUT /api/decks/{id}/call`: when its call is, and of which series.
pub(crate) async fn set_call(
    State(app): State<App>,
    Allowed { visitor, deck, .. }: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<DeckView>, ApiError> {
    let CallWish { at, series } = read_json(body)?;
    let words = "`at` is a time such as 2024-04-25T14:05, or null";
    let bad = || ApiError::BadRequest(words.into());
    let at = at.map(|at| parse_call(&at).filter(is_plain).ok_or_else(bad)).transpose()?;
    let series = match series {
        Some(series) => Some(template(&app, &visitor, &series, &deck).await?),
        None => None,
    };
    if !app.series.set_call(&deck, at, series).await? {
        return Err(taken());
    }
    app.desks.renew(&deck).await;
    let detail = at.map(call_text).unwrap_or_default();
    app.audit.note(&visitor, Some(&deck), "call.set", detail).await;
    view(&app, &visitor, &deck).await.map(Json)
}

/// The template of a series, to which the visitor may add calls.
async fn template(
    app: &App,
    visitor: &Visitor,
    series: &str,
    deck: &DeckId,
) -> Result<DeckId, ApiError> {
    let series = DeckId::parse(series).ok_or(ApiError::NoDeck)?;
    if judge(app, visitor, &series).await? < Access::Edit {
        return Err(ApiError::NoAccess);
    }
    if app.series.series(&series).await?.is_none() {
        return Err(ApiError::BadRequest("`series` is the id of a deck that has a series".into()));
    }
    if series == *deck {
        return Err(ApiError::Conflict("a template is no call of its own series".into()));
    }
    Ok(series)
}

/// Years of four digits: as text, times are in their order then.
pub(super) fn is_plain(at: &DateTime) -> bool {
    (1000..=9999).contains(&at.year())
}

/// Somebody has made the call of that date.
pub(super) fn taken() -> ApiError {
    ApiError::Conflict("this series has a call on that date already".into())
}

/// `DELETE /api/decks/{id}`: into the bin.
pub(crate) async fn delete(
    State(app): State<App>,
    Allowed { visitor, deck, .. }: Allowed,
) -> Result<StatusCode, ApiError> {
    if !app.store.set_deleted(&deck, true).await? {
        return Err(ApiError::NoDeck);
    }
    app.audit.note(&visitor, Some(&deck), "deck.delete", "").await;
    // Somebody may have restored it at once.
    if app.store.deck(&deck).await?.is_none() {
        app.hub.close(&deck, CloseReason::NoDeck).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/decks/{id}/restore`: out of the bin.
pub(crate) async fn restore(
    State(app): State<App>,
    allowed: Allowed,
) -> Result<Response, ApiError> {
    if !app.store.set_deleted(&allowed.deck, false).await? {
        return Err(ApiError::NoDeck);
    }
    app.audit.note(&allowed.visitor, Some(&allowed.deck), "deck.restore", "").await;
    show(State(app), allowed).await
}
