//! `/api/decks/{id}/links`: the links of a deck.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::decks::rfc_3339;
use super::read_json;
use super::sharing::{SharingView, sharing};
use crate::access::now;
use crate::auth::Allowed;
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::links::MadeLink;
use crate::router::App;
use crate::store::LinkRole;

#[derive(Serialize)]
pub(crate) struct LinksView {
    follow: String,
    remote: String,
}

/// Where a link of this role leads to.
pub(super) fn path(role: LinkRole, code: &str) -> String {
    match role {
        LinkRole::Follow => format!("/l/{code}"),
        LinkRole::Remote => format!("/r/{code}"),
        LinkRole::Comment | LinkRole::Edit | LinkRole::Present => format!("/join#{code}"),
    }
}

/// `GET /api/decks/{id}/links`: those for the audience and the phone. They are made at the first ask.
pub(crate) async fn show(
    State(app): State<App>,
    allowed: Allowed,
) -> Result<Json<LinksView>, ApiError> {
    let follow = get(&app, &allowed, LinkRole::Follow).await?;
    let remote = get(&app, &allowed, LinkRole::Remote).await?;
    let (follow, remote) = (path(follow.role, &follow.code), path(remote.role, &remote.code));
    Ok(Json(LinksView { follow, remote }))
}

/// A deck's link for a visitor who may have it.
pub(super) async fn get(
    app: &App,
    Allowed { visitor, deck, .. }: &Allowed,
    role: LinkRole,
) -> Result<MadeLink, ApiError> {
    let link = app.links.get(deck, role).await?;
    if link.is_new {
        app.audit.note(visitor, Some(deck), "link.make", role.name()).await;
    }
    Ok(link)
}

/// `POST /api/decks/{id}/links/{role}/reset`: whoever has the link from before is out.
pub(crate) async fn reset(
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    allowed: Allowed,
) -> Result<Json<SharingView>, ApiError> {
    let role = LinkRole::parse(&role).ok_or(ApiError::NotFound)?;
    app.links.reset(&allowed.deck, role).await?;
    changed(&app, &allowed, "link.reset", role.name()).await;
    sharing(&app, &allowed).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expiry {
    expires_at: Option<String>,
}

/// `PUT /api/decks/{id}/links/{role}`: when it ends by itself.
pub(crate) async fn set_expiry(
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    allowed: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<SharingView>, ApiError> {
    let role = LinkRole::parse(&role).ok_or(ApiError::NotFound)?;
    let Expiry { expires_at } = read_json(body)?;
    let expires_at = expires_at.map(|at| moment(&at)).transpose()?;
    app.links.set_expiry(&allowed.deck, role, expires_at).await?;
    let until = expires_at.map_or_else(|| "never".to_owned(), rfc_3339);
    changed(&app, &allowed, "link.expiry", &format!("{} {until}", role.name())).await;
    sharing(&app, &allowed).await.map(Json)
}

/// A time to come, in milliseconds.
fn moment(text: &str) -> Result<i64, ApiError> {
    let moment: jiff::Timestamp = text.parse().map_err(|_| {
        ApiError::BadRequest("`expiresAt` is a time such as 2026-11-22T10:00:00Z, or null".into())
    })?;
    let millis = moment.as_millisecond();
    if millis > now() {
        Ok(millis)
    } else {
        Err(ApiError::BadRequest("`expiresAt` is over already".into()))
    }
}

/// Notes it, and has everybody looked at who is connected.
pub(super) async fn changed(app: &App, allowed: &Allowed, action: &str, detail: &str) {
    app.changes.deck_changed(&allowed.deck);
    app.audit.note(&allowed.visitor, Some(&allowed.deck), action, detail).await;
}

/// `GET /d/{id}/follow`: to the page of the audience.
pub(crate) async fn redirect(
    State(app): State<App>,
    allowed: Allowed,
) -> Result<Response, ApiError> {
    let link = get(&app, &allowed, LinkRole::Follow).await?;
    Ok(Redirect::to(&path(link.role, &link.code)).into_response())
}
