//! `GET /sync/{deck}`: the WebSocket of a deck.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use collab::room::{CloseReason, Protocol};
use serde::Deserialize;

use crate::auth;
use crate::error::ApiError;
use crate::hub::{JoinError, Seat, Visitor};
use crate::limits::Admission;
use crate::router::App;
use crate::store::DeckId;
use crate::ws::upgrade::{Socket, Upgrade};
use crate::ws::{self};

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
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, ApiError>,
) -> Result<Response, ApiError> {
    app.origins.check(&headers)?;
    let role = auth::role(wish.role.as_deref())?;
    let upgrade = upgrade?;
    let admission = app.limits.admit(role, peer, &headers)?;
    let protocol = if upgrade.is_ondeck { Protocol::Ondeck } else { Protocol::Yjs };
    let visitor = Visitor { principal: "guest".to_owned(), role, protocol };
    let (response, socket) = upgrade.accept(role);
    // Until there is a seat in its place.
    let running = app.hub.running();
    let tasks = app.tasks.clone();
    // What is needed once only is put aside: the rest of this stays for hours.
    let joining = Box::pin(async move {
        let mut socket = socket.await?;
        match admission {
            Admission::Admitted(place) => {
                let seat = join(&app, &id, visitor, &mut socket).await?;
                Some((socket, seat, place))
            }
            Admission::Refused(_place) => {
                ws::refuse_crowd(&mut socket).await;
                None
            }
        }
    });
    tasks.spawn(async move {
        let joined = joining.await;
        drop(running);
        if let Some((socket, seat, _place)) = joined {
            ws::serve(socket, seat).await;
        }
    });
    Ok(response)
}

/// Takes a seat, or tells the socket why there is none.
async fn join(app: &App, id: &str, visitor: Visitor, socket: &mut Socket) -> Option<Seat> {
    let joined = match DeckId::parse(id) {
        Some(deck) => app.hub.join(&deck, visitor).await,
        None => Err(JoinError::NoDeck),
    };
    let reason = match joined {
        Ok(seat) => return Some(seat),
        Err(JoinError::NoDeck) => CloseReason::NoDeck,
        Err(JoinError::Stopping) => CloseReason::Draining,
        Err(JoinError::Store(error)) => {
            tracing::error!(deck = id, %error, "a deck could not be opened");
            CloseReason::StorageFailed
        }
    };
    ws::refuse(socket, &reason).await;
    None
}
