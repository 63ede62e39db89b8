//! `/api/session`: who the visitor is.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Serialize;

use crate::access::can_create;
use crate::auth::{Visitor, VisitorKind};
use crate::error::ApiError;
use crate::router::App;
use crate::routes::pages::join::SIGN_IN;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView {
    kind: &'static str,
    principal: String,
    name: Option<String>,
    mode: &'static str,
    can_create: bool,
    sign_in: Option<&'static str>,
}

/// `POST /api/session`: a browser that has none gets one, and one that has it keeps it for longer.
pub(crate) async fn show(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (visitor, cookie) = match visitor.kind {
        VisitorKind::Program => {
            app.limits.make_session(peer, &headers)?;
            let (visitor, cookie) = app.sessions.begin_guest().await?;
            (visitor, Some(cookie))
        }
        _ => {
            let cookie = app.sessions.renew(&visitor, &headers)?;
            (visitor, cookie)
        }
    };
    let cookie = AppendHeaders(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookie, Json(view(&app, visitor))).into_response())
}

/// `DELETE /api/session`: whoever has the cookie is nobody from now on.
pub(crate) async fn end(State(app): State<App>, visitor: Visitor) -> Result<Response, ApiError> {
    let cookie = app.sessions.end(&visitor).await?;
    if visitor.session.is_some() {
        app.audit.note(&visitor, None, "session.sign-out", "").await;
        app.changes.principal_changed(&visitor.principal);
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

fn view(app: &App, visitor: Visitor) -> SessionView {
    let can_sign_in = app.oidc.is_some() && visitor.user.is_none();
    SessionView {
        kind: match visitor.kind {
            VisitorKind::Program | VisitorKind::Guest => "guest",
            VisitorKind::Member => "member",
            VisitorKind::Admin => "admin",
        },
        name: visitor.name().map(str::to_owned),
        principal: visitor.principal.0,
        mode: app.mode.name(),
        can_create: can_create(app.mode, visitor.kind),
        sign_in: can_sign_in.then_some(SIGN_IN),
    }
}
