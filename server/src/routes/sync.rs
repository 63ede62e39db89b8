//! `GET /sync/{deck}`: the WebSocket of a deck.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use collab::access::Role;
use collab::room::{CloseReason, Protocol};
use futures_util::future;
use serde::Deserialize;

use super::socket::{self, Serving};
use crate::access::watch;
use crate::auth::Allowed;
use crate::error::ApiError;
use crate::hub::{JoinError, Seat, Visitor};
use crate::router::{App, Judged};
use crate::ws;
use crate::ws::upgrade::{Socket, Upgrade};

#[derive(Deserialize)]
pub(crate) struct Wish {
    role: Option<String>,
}

impl Wish {
    /// What is asked for. Nobody gets more than they may; a page that only follows asks for less, so
    /// that it can never write.
    fn role(&self) -> Result<Role, ApiError> {
        match self.role.as_deref() {
            None | Some("present") => Ok(Role::Present),
            Some("edit") => Ok(Role::Edit),
            Some("follow") => Ok(Role::Follow),
            Some(_) => Err(ApiError::BadRequest("`role` is one of follow, edit, present".into())),
        }
    }
}

/// Upgrades, then joins.
pub(crate) async fn connect(
    State(app): State<App>,
    Judged(judged): Judged<Allowed>,
    Query(wish): Query<Wish>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, ApiError>,
) -> Result<Response, ApiError> {
    let asked = wish.role()?;
    let upgrade = upgrade?;
    let allowed = judged.as_ref().ok().and_then(|allowed| allowed.access.role());
    let role = allowed.map_or(Role::Follow, |allowed| allowed.min(asked));
    let admission = app.limits.admit(role, peer, &headers)?;
    let protocol = if upgrade.is_ondeck { Protocol::Ondeck } else { Protocol::Yjs };
    let (response, socket) = upgrade.accept(role);
    let asks = Asks { asked, role, protocol };
    let joined = app.clone();
    socket::start(&app, socket, admission, move |socket| join(joined, judged, asks, socket));
    Ok(response)
}

struct Asks {
    asked: Role,
    role: Role,
    protocol: Protocol,
}

/// Takes a seat, or tells the socket why there is none.
async fn join(
    app: App,
    judged: Result<Allowed, CloseReason>,
    asks: Asks,
    mut socket: Socket,
) -> Option<Serving> {
    let seat = match judged {
        Ok(allowed) => seat(&app, &allowed, &asks).await.map(|seat| (seat, allowed)),
        Err(reason) => Err(reason),
    };
    match seat {
        Ok((seat, allowed)) => Some(serve(app, allowed, &asks, socket, seat)),
        Err(reason) => {
            app.hub.metrics().closed(reason.code());
            ws::refuse(&mut socket, &reason).await;
            None
        }
    }
}

async fn seat(app: &App, allowed: &Allowed, asks: &Asks) -> Result<Seat, CloseReason> {
    let Allowed { visitor, deck, .. } = allowed;
    let &Asks { role, protocol, .. } = asks;
    let (principal, name) = (visitor.principal.0.clone(), visitor.name().map(str::to_owned));
    let joined = app.hub.join(deck, Visitor { principal, name, role, protocol }).await;
    joined.map_err(|error| match error {
        JoinError::NoDeck => CloseReason::NoDeck,
        JoinError::Stopping => CloseReason::Draining,
        JoinError::Store(error) => {
            tracing::error!(%deck, %error, "a deck could not be opened");
            CloseReason::StorageFailed
        }
    })
}

/// Serves the socket, looks whether it still may, and keeps a desk running for our own clients, and
/// a projector for one who may present. These are never waited for: whatever they are busy with,
/// nobody who writes notices.
fn serve(app: App, allowed: Allowed, asks: &Asks, socket: Socket, seat: Seat) -> Serving {
    let &Asks { role, protocol, .. } = asks;
    let judgements = watch::room(app.clone(), allowed.clone(), asks.asked, role);
    let (refused, visit) = (seat.refused(), app.hub.metrics().visit(role));
    Box::pin(async move {
        let projecting = async {
            if role.can_present() {
                let _attending = app.projectors.attend(&allowed.deck).await;
                future::pending().await
            }
        };
        let attending = async {
            if protocol == Protocol::Ondeck {
                let _attending = app.desks.attend(&allowed.deck).await;
                future::pending().await
            }
        };
        let noting = async {
            refused.await;
            let Allowed { visitor, deck, .. } = &allowed;
            app.audit.refused(visitor, deck).await;
        };
        let beside = async {
            future::join3(projecting, attending, noting).await;
            future::pending().await
        };
        tokio::select! {
            () = ws::serve(socket, seat, judgements, visit) => {}
            () = beside => {}
        }
    })
}
