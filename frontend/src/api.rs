//! The server's HTTP API: the decks.

use js_sys::{Array, JSON, Promise};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

use crate::js::{field, object, string};

/// A deck in the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeckInfo {
    pub(crate) id: String,
    pub(crate) title: String,
    /// RFC 3339.
    pub(crate) updated_at: String,
    pub(crate) follow_url: String,
}

impl DeckInfo {
    fn of(deck: &JsValue) -> Self {
        Self {
            id: string(deck, "id"),
            title: string(deck, "title"),
            updated_at: string(deck, "updatedAt"),
            follow_url: string(deck, "followUrl"),
        }
    }
}

/// What a new deck begins with.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewDeck {
    pub(crate) title: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) template: Option<&'static str>,
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

/// Makes a deck.
pub(crate) async fn create(deck: NewDeck) -> Result<DeckInfo, ApiError> {
    // What is undefined is left out of the JSON.
    let text = |text: Option<String>| text.map_or(JsValue::UNDEFINED, JsValue::from);
    let asked = object(&[
        ("title", text(deck.title)),
        ("source", text(deck.source)),
        ("template", text(deck.template.map(str::to_owned))),
    ]);
    let json = JSON::stringify(&asked).map(String::from).unwrap_or_default();
    let made = DeckInfo::of(&call("POST", "/api/decks", Some(&json)).await?);
    if made.id.is_empty() { Err(ApiError::Unreachable) } else { Ok(made) }
}

/// Moves a deck to the bin.
pub(crate) async fn delete(id: &str) -> Result<(), ApiError> {
    call("DELETE", &format!("/api/decks/{id}"), None).await.map(|_| ())
}

/// Takes a deck back from the bin.
pub(crate) async fn restore(id: &str) -> Result<(), ApiError> {
    call("POST", &format!("/api/decks/{id}/restore"), None).await.map(|_| ())
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
