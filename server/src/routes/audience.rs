//! `/l/{code}` and `/r/{code}`: what the audience and the presenter's phone get of a deck.

pub(crate) mod asking;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use collab::room::CloseReason;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;

use super::pages::Reader;
use super::socket::{self, Serving};
use super::{assets, links};
use crate::access::watch;
use crate::error::ApiError;
use crate::projector::Snapshot;
use crate::router::{App, Judged, Linked};
use crate::store::StoreError;
use crate::ws::upgrade::{Socket, Upgrade};
use crate::ws::viewer;

/// Modules of a QR code are drawn this large; it is scaled as a picture anyway.
const QR_MODULE: u32 = 8;
/// Nobody should find a talk by a search engine who was not given its link.
pub(super) const NO_INDEX: (HeaderName, &str) =
    (HeaderName::from_static("x-robots-tag"), "noindex");

/// `GET /l/{code}`, `GET /r/{code}`
pub(crate) async fn show(
    State(app): State<App>,
    Linked { deck, role, serial, code }: Linked,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let language = app.pages.audience().language(&headers);
    let snapshot = match app.projectors.snapshot(&deck).await {
        Err(CloseReason::NoDeck) => {
            return Ok(([NO_INDEX], app.pages.audience().link_ended(language)).into_response());
        }
        snapshot => snapshot.map_err(|reason| refused(&reason))?,
    };
    let packs = assets::takes_brotli(&headers);
    let ticket = app.tickets.for_link(&deck, role, serial);
    let reader = Reader { role, code, ticket, language };
    // The text of each slide is made once; for the first one who comes it may take a moment.
    let made =
        tokio::task::spawn_blocking(move || app.pages.audience().show(&snapshot, &reader, packs));
    let page = made.await.map_err(|error| StoreError(error.to_string()))?;
    Ok(([NO_INDEX], page).into_response())
}

/// `GET /l/{code}/deck`, `GET /r/{code}/deck`
pub(crate) async fn show_deck(
    State(app): State<App>,
    Linked { deck, .. }: Linked,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = app.projectors.snapshot(&deck).await.map_err(|reason| refused(&reason))?;
    let etag = snapshot.etag();
    let known = headers.get(header::IF_NONE_MATCH);
    let common = [
        NO_INDEX,
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "accept-encoding"),
    ];
    if known.is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, common, [(header::ETAG, etag)]).into_response());
    }
    let common = (common, [(header::ETAG, etag)]);
    if !assets::takes_brotli(&headers) {
        return Ok((common.0, common.1, snapshot.message.clone()).into_response());
    }
    let packed = pack(snapshot).await?;
    Ok((common.0, common.1, [(header::CONTENT_ENCODING, "br")], packed).into_response())
}

async fn pack(snapshot: Arc<Snapshot>) -> Result<bytes::Bytes, ApiError> {
    let packed = tokio::task::spawn_blocking(move || snapshot.packed()).await;
    Ok(packed.map_err(|error| StoreError(error.to_string()))?)
}

/// `GET /l/{code}/qr.svg`, `GET /r/{code}/qr.svg`
pub(crate) async fn draw(
    State(app): State<App>,
    Linked { role, code, .. }: Linked,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let address = format!("{}{}", app.origins.own(&headers), links::path(role, &code));
    let code = QrCode::with_error_correction_level(address, EcLevel::M)
        .map_err(|error| ApiError::BadRequest(format!("the address makes no QR code: {error}")))?;
    let svg = code.render::<svg::Color<'_>>().module_dimensions(QR_MODULE, QR_MODULE).build();
    Ok(([NO_INDEX, (header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// What is told by HTTP where a WebSocket would be closed with this reason.
pub(super) fn refused(reason: &CloseReason) -> ApiError {
    match reason {
        CloseReason::NoDeck => ApiError::NotFound,
        CloseReason::Draining => ApiError::Stopping,
        reason => ApiError::Store(StoreError(reason.to_string())),
    }
}

/// What a viewer says when it connects.
#[derive(Deserialize)]
pub(crate) struct Wish {
    /// The revision that it has already.
    have: Option<String>,
}

/// `GET /l/{code}/live`, `GET /r/{code}/live`: upgrades, then takes a seat.
pub(crate) async fn connect(
    State(app): State<App>,
    Judged(judged): Judged<Linked>,
    Query(Wish { have }): Query<Wish>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, ApiError>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade?;
    let admission = app.limits.admit_viewer(peer, &headers)?;
    let (response, socket) = upgrade.accept_viewer();
    let joined = app.clone();
    socket::start(&app, socket, admission, move |socket| join(joined, judged, have, socket));
    Ok(response)
}

/// Takes a seat in the audience, or tells the socket why there is none.
async fn join(
    app: App,
    judged: Result<Linked, CloseReason>,
    have: Option<String>,
    mut socket: Socket,
) -> Option<Serving> {
    let seat = match judged {
        Ok(Linked { ref deck, role, .. }) => app.projectors.view(deck, role, have).await,
        Err(ref reason) => Err(reason.clone()),
    };
    match (seat, judged) {
        (Ok(seat), Ok(linked)) => {
            let visit = app.hub.metrics().view();
            Some(Box::pin(viewer::serve(socket, seat, watch::link(app, linked), visit)))
        }
        (Err(reason), _) | (_, Err(reason)) => {
            app.hub.metrics().closed(reason.code());
            viewer::refuse(&mut socket, &reason).await;
            None
        }
    }
}
