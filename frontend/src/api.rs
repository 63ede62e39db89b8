//! The server's HTTP API: the decks.

use js_sys::Promise;
use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

/// A deck in the list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeckInfo {
    pub(crate) id: String,
    pub(crate) title: String,
    /// RFC 3339.
    pub(crate) updated_at: String,
    pub(crate) follow_url: String,
}

/// What a new deck begins with.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct NewDeck {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// A problem as servers describe it (RFC 9457).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
}

/// All decks, the last changed first.
pub(crate) async fn list() -> Result<Vec<DeckInfo>, ApiError> {
    #[derive(Deserialize)]
    struct List {
        decks: Vec<DeckInfo>,
    }
    let List { mut decks } = read(&call("GET", "/api/decks", None).await?)?;
    // RFC 3339 times in one time zone sort as text.
    decks.sort_by(|a, b| b.updated_at.cmp(&a.updated_at));
    Ok(decks)
}

/// Makes a deck.
pub(crate) async fn create(deck: &NewDeck) -> Result<DeckInfo, ApiError> {
    let json = serde_json::to_string(deck).unwrap_or_default();
    read(&call("POST", "/api/decks", Some(&json)).await?)
}

/// Moves a deck to the bin.
pub(crate) async fn delete(id: &str) -> Result<(), ApiError> {
    call("DELETE", &format!("/api/decks/{id}"), None).await.map(|_| ())
}

/// Takes a deck back from the bin.
pub(crate) async fn restore(id: &str) -> Result<(), ApiError> {
    call("POST", &format!("/api/decks/{id}/restore"), None).await.map(|_| ())
}

async fn call(method: &str, path: &str, json: Option<&str>) -> Result<String, ApiError> {
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
    if response.ok() {
        return Ok(body);
    }
    let problem: Problem = serde_json::from_str(&body).unwrap_or_default();
    let text = if problem.detail.is_empty() { problem.title } else { problem.detail };
    Err(ApiError::Refused(text))
}

async fn settled(promise: Promise) -> Result<JsValue, ApiError> {
    JsFuture::from(promise).await.map_err(|_| ApiError::Unreachable)
}

fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, ApiError> {
    serde_json::from_str(body).map_err(|error| ApiError::Refused(error.to_string()))
}
