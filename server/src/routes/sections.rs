//! `/api/decks/{id}/board` and `/api/decks/{id}/sections`: how far sections are, and who writes them.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::read_json;
use crate::auth::{Allowed, Visitor};
use crate::desk::{Board, Mark};
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;

/// Longest name, as it fits into one line of a board.
const MOST_NAME_CHARS: usize = 80;
/// What somebody is called who did not say their name.
const NOBODY: &str = "Guest";

/// What somebody says of a section: one of the first three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    claim: Option<bool>,
    ready: Option<bool>,
    reporter: Option<String>,
    /// Their own name, as others see it.
    name: Option<String>,
}

/// `GET /api/decks/{id}/board`
pub(crate) async fn show(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { deck, .. }: Allowed,
) -> Result<Json<Board>, ApiError> {
    app.limits.board(peer, &headers)?;
    Ok(Json(app.desks.board(&deck).await?))
}

/// `POST /api/decks/{id}/sections/{section}`
pub(crate) async fn mark(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { visitor, deck, .. }: Allowed,
    Path((_, section)): Path<(String, String)>,
    body: Result<WholeBody, ApiError>,
) -> Result<StatusCode, ApiError> {
    app.limits.mark(peer, &headers)?;
    let mark = meant(read_json(body)?, &visitor)?;
    let section = section.parse().map_err(|_| ApiError::NotFound)?;
    app.desks.mark(&deck, section, mark).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn meant(wish: Wish, visitor: &Visitor) -> Result<Mark, ApiError> {
    let Wish { claim, ready, reporter, name } = wish;
    let name = match (visitor.name(), name) {
        (Some(name), _) => name.to_owned(),
        (None, name) => line("name", name.unwrap_or_default())?,
    };
    let name = if name.is_empty() { NOBODY.to_owned() } else { name };
    match (claim, ready, reporter) {
        (Some(true), None, None) => {
            Ok(Mark::Claim { principal: visitor.principal.0.clone(), name })
        }
        (Some(false), None, None) => Ok(Mark::Release),
        (None, Some(true), None) => Ok(Mark::Ready { name }),
        (None, Some(false), None) => Ok(Mark::NotReady),
        (None, None, Some(reporter)) => Ok(Mark::Reporter { name: line("reporter", reporter)? }),
        _ => Err(ApiError::BadRequest("send one of `claim`, `ready` and `reporter`".into())),
    }
}

/// A name that fits into one line.
fn line(field: &str, text: String) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().any(char::is_control) || text.chars().count() > MOST_NAME_CHARS {
        let words = format!("`{field}` is one line of at most {MOST_NAME_CHARS} characters");
        return Err(ApiError::BadRequest(words));
    }
    Ok(text.to_owned())
}
