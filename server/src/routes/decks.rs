//! `/api/decks`: list, make, read and delete decks.

use std::net::SocketAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use collab::doc::{DeckDoc, MAX_TEXT_UNITS};
use collab::room::CloseReason;
use serde::{Deserialize, Serialize};

use super::assets;
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;
use crate::store::{DeckId, DeckRecord, NewDeck, Snapshot};

/// Where the packed template lies.
const COMMUNITY_CALL: &str = "/examples/template.md";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeckView {
    id: DeckId,
    title: String,
    created_at: String,
    updated_at: String,
    edit_url: String,
    follow_url: String,
    present_url: String,
}

impl DeckView {
    fn new(record: DeckRecord) -> Self {
        let id = record.id;
        Self {
            edit_url: format!("/d/{id}"),
            follow_url: format!("/d/{id}/follow"),
            present_url: format!("/d/{id}/present"),
            title: record.title,
            created_at: rfc_3339(record.created_at),
            updated_at: rfc_3339(record.updated_at),
            id,
        }
    }
}

fn rfc_3339(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

#[derive(Serialize)]
pub(crate) struct DeckList {
    decks: Vec<DeckView>,
}

/// `GET /api/decks`
pub(crate) async fn list(State(app): State<App>) -> Result<Json<DeckList>, ApiError> {
    let decks = app.store.decks().await?.into_iter().map(DeckView::new).collect();
    Ok(Json(DeckList { decks }))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Wish {
    title: Option<String>,
    source: Option<String>,
    template: Option<String>,
}

/// `POST /api/decks`: JSON, or the Markdown itself as `text/markdown`.
pub(crate) async fn create(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    app.origins.check(&headers)?;
    let WholeBody(body) = body?;
    app.limits.make_deck(peer, &headers)?;
    let source = source(&headers, &body)?;
    let record = insert(&app, &source).await?;
    let view = DeckView::new(record);
    let location = [(header::LOCATION, format!("/api/decks/{}", view.id))];
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// Makes a deck with this text.
pub(crate) async fn insert(app: &App, source: &str) -> Result<DeckRecord, ApiError> {
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
    Ok(app.store.create_deck(NewDeck { id: DeckId::random()?, title, snapshot }).await?)
}

fn source(headers: &HeaderMap, body: &Bytes) -> Result<String, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    match kind {
        "text/markdown" => match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(ApiError::BadRequest("the Markdown is not UTF-8".into())),
        },
        "application/json" => match serde_json::from_slice(body) {
            Ok(wish) => wished_source(wish),
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
            let today = jiff::Timestamp::now().to_string();
            let today = today.split('T').next().unwrap_or_default();
            let template = assets::text(COMMUNITY_CALL).unwrap_or_else(|| blank("Community Call"));
            let title = title.unwrap_or_else(|| "Community Call".to_owned());
            // The template has it between quotes as well, and in its first heading.
            let template = template.replacen("{{title}}", &escaped(&title), 1);
            Ok(template.replace("{{date}}", today).replace("{{title}}", &title))
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

/// For YAML between double quotes, where it can hold anything.
fn escaped(title: &str) -> String {
    title.replace('\\', "\\\\").replace('"', "\\\"")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `GET /api/decks/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let record = app.store.deck(&deck_id(&id)?).await?.ok_or(ApiError::NoDeck)?;
    Ok(Json(DeckView::new(record)).into_response())
}

/// `GET /api/decks/{id}/source`: the text as it is now, with everything that is typed.
pub(crate) async fn show_source(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let text = app.hub.text(&deck_id(&id)?).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

/// `DELETE /api/decks/{id}`: into the bin.
pub(crate) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    app.origins.check(&headers)?;
    let deck = deck_id(&id)?;
    if !app.store.set_deleted(&deck, true).await? {
        return Err(ApiError::NoDeck);
    }
    // Somebody may have restored it at once.
    if app.store.deck(&deck).await?.is_none() {
        app.hub.close(&deck, CloseReason::NoDeck).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/decks/{id}/restore`: out of the bin.
pub(crate) async fn restore(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.origins.check(&headers)?;
    let deck = deck_id(&id)?;
    if !app.store.set_deleted(&deck, false).await? {
        return Err(ApiError::NoDeck);
    }
    show(State(app), Path(id)).await
}

fn deck_id(id: &str) -> Result<DeckId, ApiError> {
    DeckId::parse(id).ok_or(ApiError::NoDeck)
}
