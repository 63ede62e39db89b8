//! `/api/decks`: list, make, read and delete decks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use collab::doc::{DeckDoc, MAX_TEXT_UNITS};
use collab::room::CloseReason;
use serde::{Deserialize, Serialize};

use super::assets;
use crate::error::ApiError;
use crate::router::App;
use crate::store::{DeckId, DeckRecord, NewDeck};

/// The deck that a new deck starts as when nothing else is said.
const BLANK: &str =
    "---\ntitle: Untitled deck\n---\n\n# Untitled deck\n\n---\n\n## First slide\n\n- \n";
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
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    app.origins.check(&headers)?;
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
    let state = DeckDoc::seed(u32::from_le_bytes(client).into(), &source).into();
    let title = crate::title_of(&source);
    Ok(app.store.create_deck(NewDeck { id: DeckId::random()?, title, state }).await?)
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
    let title = wish.title.filter(|title| !title.trim().is_empty());
    if let Some(source) = wish.source {
        return Ok(source);
    }
    match wish.template.as_deref() {
        Some("community-call") => {
            let today = jiff::Timestamp::now().to_string();
            let today = today.split('T').next().unwrap_or_default();
            let template = assets::text(COMMUNITY_CALL).unwrap_or_else(|| BLANK.to_owned());
            let title = title.unwrap_or_else(|| "Community Call".to_owned());
            Ok(template.replace("{{date}}", today).replace("{{title}}", &one_line(&title)))
        }
        Some(other) => Err(ApiError::BadRequest(format!("there is no template `{other}`"))),
        None => match title {
            // A title in quotes can hold anything that YAML would otherwise read as syntax.
            Some(title) => {
                let title = one_line(&title);
                let quoted = title.replace('\\', "\\\\").replace('"', "\\\"");
                Ok(BLANK.replacen("Untitled deck", &format!("\"{quoted}\""), 1).replacen(
                    "Untitled deck",
                    &title,
                    1,
                ))
            }
            None => Ok(BLANK.to_owned()),
        },
    }
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
    app.hub.close(&deck, CloseReason::NoDeck).await;
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
