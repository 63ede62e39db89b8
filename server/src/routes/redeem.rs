//! `POST /api/redeem`: somebody comes by a link, and may do from now on what it is for.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::read_json;
use crate::access::now;
use crate::auth::{Visitor, VisitorKind};
use crate::cli::AccessMode;
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;
use crate::store::LinkRole;
use crate::store::access::Link;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    code: String,
}

/// `POST /api/redeem`
pub(crate) async fn redeem(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    app.limits.redeem(peer, &headers)?;
    let Wish { code } = read_json(body)?;
    let link = app.links.find_any(&code).await?;
    let Link { deck, role, .. } = link.clone();
    let to = match role {
        LinkRole::Comment | LinkRole::Edit => format!("/d/{deck}"),
        LinkRole::Present => format!("/d/{deck}/present"),
        // Their codes stand in addresses of their own, which need no redeeming.
        LinkRole::Follow | LinkRole::Remote => return Err(ApiError::LinkEnded),
    };
    if app.mode == AccessMode::Members && visitor.kind < VisitorKind::Member {
        return Err(ApiError::SignIn);
    }
    let (visitor, cookie) = match visitor.kind {
        VisitorKind::Program => {
            let (visitor, cookie) = app.sessions.begin_guest().await?;
            (visitor, Some(cookie))
        }
        _ => (visitor, None),
    };
    app.access.add_grant(visitor.principal.clone(), link, now()).await?;
    app.audit.note(&visitor, Some(&deck), "link.redeem", role.name()).await;
    app.changes.principal_changed(&visitor.principal);
    let cookie = AppendHeaders(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookie, Json(json!({ "to": to }))).into_response())
}
