//! `GET /sync/{deck}`: the WebSocket of a deck.

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use collab::room::{CloseReason, Protocol};
use collab::wire::{MAX_FRAME_BYTES, SUBPROTOCOL};
use serde::Deserialize;

use crate::auth;
use crate::error::ApiError;
use crate::hub::{JoinError, Visitor};
use crate::router::App;
use crate::store::DeckId;
use crate::ws;

/// Ten thousand idle sockets cost 1.3 GB with the library's 128 KB, and 66 MB with this.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Messages that are fed together leave together from this size on at the latest.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

#[derive(Deserialize)]
pub(crate) struct Wish {
    role: Option<String>,
}

/// Upgrades, then joins. What speaks against joining is told in the close frame: a browser shows
/// a script no other answer.
pub(crate) async fn connect(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    app.origins.check(&headers)?;
    let role = auth::role(wish.role.as_deref())?;
    let upgrade = upgrade.map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES);
    let protocol = match upgrade.selected_protocol() {
        Some(_) => Protocol::Ondeck,
        None => Protocol::Yjs,
    };
    let visitor = Visitor { principal: "guest".to_owned(), role, protocol };
    Ok(upgrade.on_upgrade(move |socket| join(app, id, visitor, socket)))
}

async fn join(app: App, id: String, visitor: Visitor, socket: WebSocket) {
    let _running = app.hub.running();
    let joined = match DeckId::parse(&id) {
        Some(deck) => app.hub.join(&deck, visitor).await,
        None => Err(JoinError::NoDeck),
    };
    match joined {
        Ok(seat) => ws::serve(socket, seat).await,
        Err(JoinError::NoDeck) => ws::refuse(socket, &CloseReason::NoDeck).await,
        Err(JoinError::Stopping) => ws::refuse(socket, &CloseReason::Draining).await,
        Err(JoinError::Store(error)) => {
            tracing::error!(deck = id, %error, "a deck could not be opened");
            ws::refuse(socket, &CloseReason::StorageFailed).await;
        }
    }
}
