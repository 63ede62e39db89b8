//! The server's HTTP API: the decks.

use js_sys::{Array, JSON, Promise};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

use crate::js::{field, string};

/// A deck in the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeckInfo {
    pub(crate) id: String,
    pub(crate) title: String,
    /// RFC 3339.
    pub(crate) updated_at: String,
}

impl DeckInfo {
    fn of(deck: &JsValue) -> Self {
        Self {
            id: string(deck, "id"),
            title: string(deck, "title"),
            updated_at: string(deck, "updatedAt"),
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ApiError {
    /// No answer.
    Unreachable,
    /// The server's explanation, for people; empty when it gave none.
    Refused(String),
}

/// All decks, the last changed first.
pub(crate) async fn list() -> Result<Vec<DeckInfo>, ApiError> {
    let answer = call("GET", "/api/decks", None).await?;
    let mut decks: Vec<DeckInfo> = Vec::new();
    for deck in Array::from(&field(&answer, "decks")).iter() {
        let deck = DeckInfo::of(&deck);
        // RFC 3339 times in one time zone sort as text.
        let place = decks.partition_point(|other| other.updated_at >= deck.updated_at);
        decks.insert(place, deck);
    }
    Ok(decks)
}

/// Takes a deck back from the bin.
pub(crate) async fn restore(id: &str) -> Result<(), ApiError> {
    call("POST", &format!("/api/decks/{id}/restore"), None).await.map(|_| ())
}

/// The path of the audience's link; the first call makes it.
pub(crate) async fn follow_link(deck: &str) -> Result<String, ApiError> {
    let links = call("GET", &format!("/api/decks/{deck}/links"), None).await?;
    Ok(string(&links, "follow"))
}

/// What a page has to know of its deck besides the text.
pub(crate) async fn deck(id: &str) -> Result<JsValue, ApiError> {
    call("GET", &format!("/api/decks/{id}"), None).await
}

/// The deck as the audience has it, by the audience's link.
pub(crate) async fn audience_deck(link: &str) -> Result<JsValue, ApiError> {
    call("GET", &format!("{link}/deck"), None).await
}

/// Calls the server; what it answers is read as JSON.
pub(crate) async fn call(
    method: &str,
    path: &str,
    json: Option<&str>,
) -> Result<JsValue, ApiError> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(json) = json {
        init.set_body(&json.into());
    }
    let request = Request::new_with_str_and_init(path, &init).map_err(|_| ApiError::Unreachable)?;
    if json.is_some() {
        _ = request.headers().set("content-type", "application/json");
    }
    let response: Response = settled(window().fetch_with_request(&request)).await?.unchecked_into();
    let body = match response.text() {
        Ok(text) => settled(text).await?.as_string().unwrap_or_default(),
        Err(_) => String::new(),
    };
    let body = JSON::parse(&body).unwrap_or_default();
    if response.ok() {
        return Ok(body);
    }
    // A problem as servers describe it (RFC 9457).
    let (title, detail) = (string(&body, "title"), string(&body, "detail"));
    Err(ApiError::Refused(if detail.is_empty() { title } else { detail }))
}

async fn settled(promise: Promise) -> Result<JsValue, ApiError> {
    JsFuture::from(promise).await.map_err(|_| ApiError::Unreachable)
}
