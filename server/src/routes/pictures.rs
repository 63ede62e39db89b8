//! Pictures over HTTP: bring in, bring in by address, show.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::read_json;
use crate::access::{Access, judge, now};
use crate::auth::{Allowed, Visitor};
use crate::error::ApiError;
use crate::limits::body::{WholeBody, read_at_most};
use crate::pictures::take_in::{MOST_BYTES, Refusal};
use crate::pictures::ticket::{Holder, link_holds};
use crate::pictures::{GalleryError, kind_of};
use crate::router::App;
use crate::store::pictures::PictureRecord;
use crate::store::{DeckId, StoreError};

/// How long a picture may take to arrive: 10 MB from a phone in a train.
const UPLOAD_TIME: Duration = Duration::from_secs(120);
/// How long a browser shows a picture without asking again: a talk. Whoever saw it has seen it.
const CACHED: &str = "private, max-age=3600";
/// A picture is no page, whoever opens its address.
const POLICY: &str = "default-src 'none'; sandbox";

#[derive(Serialize)]
struct PictureView {
    url: String,
    width: u32,
    height: u32,
    bytes: u64,
}

impl PictureView {
    fn new(picture: &PictureRecord) -> Self {
        let PictureRecord { width, height, bytes, .. } = *picture;
        Self { url: format!("/p/{}", picture.name), width, height, bytes }
    }
}

/// `POST /api/decks/{id}/pictures`: the body is the picture.
pub(crate) async fn add(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    allowed: Allowed,
    request: Request,
) -> Result<Response, ApiError> {
    app.limits.upload(peer, request.headers())?;
    let _turn = app.gallery.turn().await;
    let too_large = || ApiError::TooLarge(Refusal::Bytes.to_string());
    let added = match read_at_most(request, MOST_BYTES, UPLOAD_TIME, too_large).await {
        Ok(bytes) => {
            let principal = &allowed.visitor.principal;
            app.gallery.add(&allowed.deck, principal, bytes, now()).await.map_err(Into::into)
        }
        Err(error) => Err(error),
    };
    answer(&app, &allowed, added).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    url: String,
}

/// `POST /api/decks/{id}/pictures/fetch`: the picture at an address, or of another deck.
pub(crate) async fn fetch(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    allowed: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    app.limits.upload(peer, &headers)?;
    let Wish { url } = read_json(body)?;
    let _turn = app.gallery.turn().await;
    let (deck, principal) = (&allowed.deck, &allowed.visitor.principal);
    let added = match url.strip_prefix("/p/") {
        Some(name) => copy(&app, &allowed, name).await,
        None => match app.gallery.fetch(&url).await {
            Ok(bytes) => app.gallery.add(deck, principal, bytes, now()).await.map_err(Into::into),
            Err(error) => Err(error.into()),
        },
    };
    answer(&app, &allowed, added).await
}

/// Who may read a deck may take its pictures along.
async fn copy(app: &App, allowed: &Allowed, name: &str) -> Result<PictureRecord, ApiError> {
    let picture = app.gallery.find(name).await?.ok_or(ApiError::NotFound)?;
    if picture.deck == allowed.deck {
        return Ok(picture);
    }
    match judge(app, &allowed.visitor, &picture.deck).await {
        Ok(access) if access >= Access::Read => {}
        Ok(_) | Err(ApiError::NoDeck) => return Err(ApiError::NoAccess),
        Err(error) => return Err(error),
    }
    let principal = &allowed.visitor.principal;
    Ok(app.gallery.copy(&picture, &allowed.deck, principal, now()).await?)
}

async fn answer(
    app: &App,
    allowed: &Allowed,
    added: Result<PictureRecord, ApiError>,
) -> Result<Response, ApiError> {
    let Allowed { visitor, deck, .. } = allowed;
    match added {
        Ok(picture) => {
            app.audit.note(visitor, Some(deck), "picture.add", picture.name.as_str()).await;
            let view = PictureView::new(&picture);
            let location = [(header::LOCATION, view.url.clone())];
            Ok((StatusCode::CREATED, location, Json(view)).into_response())
        }
        Err(error) => {
            let status = error.status().as_u16();
            app.audit.note(visitor, Some(deck), "picture.refused", status.to_string()).await;
            Err(error)
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Shown {
    t: Option<String>,
}

/// `GET /p/{name}`: for whoever may see the slides of its deck.
pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(Shown { t: ticket }): Query<Shown>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let picture = app.gallery.find(&name).await?.ok_or(ApiError::NotFound)?;
    // Whoever comes with a ticket comes from a deck, where only the pictures of that deck shall show: one of
    // another deck would vanish from it with that.
    let may = match &ticket {
        Some(ticket) => opens(&app, &picture.deck, ticket).await?,
        None => access(&app, &visitor, &picture.deck).await? >= Access::Follow,
    };
    if !may {
        return Err(ApiError::NoAccess);
    }
    // What is under a name never changes.
    let tag = format!("\"{}\"", picture.name);
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match method {
            Method::HEAD => Body::empty(),
            _ => Body::from_stream(app.gallery.read(&picture).await?),
        };
        let kind = kind_of(&picture.name).ok_or(ApiError::NotFound)?;
        let length = picture.bytes.to_string();
        let about = [(header::CONTENT_TYPE, kind.media_type()), (header::CONTENT_LENGTH, &length)];
        (about, body).into_response()
    };
    let always = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, CACHED),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in always {
        let value = value.parse().map_err(|_| StoreError("a name that is no header".into()))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// Nothing when the deck is in the bin.
async fn access(app: &App, visitor: &Visitor, deck: &DeckId) -> Result<Access, ApiError> {
    match judge(app, visitor, deck).await {
        Err(ApiError::NoDeck) => Ok(Access::None),
        judged => judged,
    }
}

/// Whether a ticket opens the pictures of a deck now.
async fn opens(app: &App, deck: &DeckId, ticket: &str) -> Result<bool, ApiError> {
    match app.tickets.read(deck, ticket) {
        None => Ok(false),
        Some(Holder::Principal(principal)) => {
            let visitor = app.sessions.visitor_of(&principal).await?;
            Ok(access(app, &visitor, deck).await? >= Access::Follow)
        }
        Some(Holder::Link(role, serial)) => {
            if app.store.deck(deck).await?.is_none() {
                return Ok(false);
            }
            Ok(link_holds(&*app.access, deck, role, serial, now()).await?)
        }
    }
}

/// Whether the browser has it already (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut known = known.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

impl From<GalleryError> for ApiError {
    fn from(error: GalleryError) -> Self {
        let words = error.to_string();
        match error {
            GalleryError::Refused(Refusal::Kind(_)) => Self::WrongKind(words),
            GalleryError::Refused(Refusal::Bytes) => Self::TooLarge(words),
            GalleryError::Refused(_) => Self::Unusable(words),
            GalleryError::Full => Self::Conflict(words),
            GalleryError::NoFetch => Self::Forbidden(words),
            GalleryError::Fetch(crate::pictures::fetch::FetchError::TooLarge) => {
                Self::TooLarge(words)
            }
            GalleryError::Fetch(_) => Self::Unusable(words),
            GalleryError::NoPicture => Self::NotFound,
            GalleryError::Store(error) => Self::Store(error),
            GalleryError::Blobs(_) => Self::Store(StoreError(words)),
        }
    }
}
