//! The one table of routes: who may go where, and who is there. No route exists without a row.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use collab::room::CloseReason;
use tokio_util::task::TaskTracker;

use crate::access::audit::Audit;
use crate::access::sessions::Sessions;
use crate::access::watch::{Changes, close_reason};
use crate::access::{Access, Where, can_create, judge_in};
use crate::auth::{Allowed, Origins, Visitor, VisitorKind, put_there};
use crate::cli::AccessMode;
use crate::cluster::{BusHealth, Cluster};
use crate::desk::Desks;
use crate::discussion::Discussion;
use crate::error::ApiError;
use crate::headers;
use crate::http::MAX_HEAD_BYTES;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::links::Links;
use crate::metrics::Nodes;
use crate::oidc::Oidc;
use crate::pictures::{Gallery, ticket::Tickets};
use crate::projector::Projectors;
use crate::readiness::Readiness;
use crate::requests;
use crate::routes::{
    assets, audience, decks, discussion, echo, health, links, minutes, pages, pictures, redeem,
    sections, series, session, sharing, sign_in, sync,
};
use crate::store::access::{Link, SharedAccess};
use crate::store::sections::SharedSections;
use crate::store::series::SharedSeries;
use crate::store::talk::SharedTalk;
use crate::store::{DeckId, LinkRole, SharedStore};
use crate::ws::upgrade;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: SharedStore,
    pub(crate) access: SharedAccess,
    pub(crate) series: SharedSeries,
    pub(crate) sections: SharedSections,
    pub(crate) talk: SharedTalk,
    pub(crate) discussion: Discussion,
    pub(crate) gallery: Gallery,
    pub(crate) tickets: Tickets,
    pub(crate) mode: AccessMode,
    pub(crate) sessions: Sessions,
    pub(crate) audit: Audit,
    pub(crate) changes: Changes,
    pub(crate) hub: Hub,
    pub(crate) desks: Desks,
    pub(crate) projectors: Projectors,
    pub(crate) links: Links,
    pub(crate) origins: Arc<Origins>,
    pub(crate) pages: Arc<pages::Pages>,
    pub(crate) limits: Arc<Limits>,
    /// Sign-in, where the operator has a provider.
    pub(crate) oidc: Option<Arc<Oidc>>,
    pub(crate) readiness: Readiness,
    /// The servers that share the decks.
    pub(crate) cluster: Cluster,
    /// Connections and sockets.
    pub(crate) tasks: TaskTracker,
}

impl App {
    /// How it stands with the servers that share the decks.
    pub(crate) fn nodes(&self) -> Nodes {
        let health = self.cluster.health();
        Nodes {
            present: health.nodes,
            bus_connected: match health.bus {
                BusHealth::None => None,
                BusHealth::Up => Some(true),
                BusHealth::Away { .. } => Some(false),
            },
            store_away: health.store_away_since.is_some(),
            journal_lag_rows: health.journal_lag_rows,
            bus_dropped: health.refused_messages + health.dropped_messages,
            bus_gaps: health.gaps,
        }
    }
}

/// What a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is the same for everybody.
    Nothing,
    /// To know who it is; a program without anything is somebody, too.
    Visitor,
    /// The right to make decks.
    Create,
    /// So much access to the deck of the path.
    Deck(Access),
    /// The same, and the right to make decks: one comes out of it.
    CreateFrom(Access),
    /// The same, also while the deck is in the bin.
    DeckInBin(Access),
    /// What handing out and resetting the link of the path takes; see [`link_access`].
    DeckLink,
    /// The code of a link in the path that holds, and is for this.
    Link(LinkRole),
    /// To run the server.
    Admin,
    /// The same, or to ask from this very machine.
    AdminOrHere,
}

/// How somebody is told that they lack what a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By a problem, as programs read it.
    Data,
    /// By a page for people.
    Page,
    /// In the close frame of the WebSocket: a browser shows a script no other answer.
    Socket,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Of HTTP.
    pub method: Method,
    /// With `{id}` for a deck, `{code}` for a link's code, `{role}` for a link's role.
    pub path: &'static str,
    /// What it takes.
    pub need: Need,
    /// How who lacks it is told.
    pub kind: Kind,
    handler: MethodRouter<App>,
}

impl Row {
    fn new<H, T>(kind: Kind, method: Method, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        // Rows have methods that there are.
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE);
        Self { method, path, need, kind, handler: on(filter, handler) }
    }
}

fn data<H: Handler<T, App>, T: 'static>(
    method: Method,
    path: &'static str,
    need: Need,
    to: H,
) -> Row {
    Row::new(Kind::Data, method, path, need, to)
}

fn page<H: Handler<T, App>, T: 'static>(path: &'static str, need: Need, to: H) -> Row {
    Row::new(Kind::Page, Method::GET, path, need, to)
}

fn socket<H: Handler<T, App>, T: 'static>(path: &'static str, need: Need, to: H) -> Row {
    Row::new(Kind::Socket, Method::GET, path, need, to)
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// All routes.
#[rustfmt::skip]
pub fn table() -> Vec<Row> {
    use Access::{Comment, Edit, Own, Present, Read};
    use LinkRole::{Follow, Remote};
    use Need::{AdminOrHere, Create, CreateFrom, Deck, DeckInBin, DeckLink, Link, Nothing, Visitor};
    vec![
        // Pages
        page("/", Nothing, pages::home::show),
        page("/d/{id}", Nothing, pages::show_deck),
        page("/d/{id}/present", Nothing, pages::show_deck),
        page("/d/{id}/board", Nothing, pages::show_deck),
        page("/d/{id}/follow", Deck(Read), links::redirect),
        page("/l/{code}", Link(Follow), audience::show),
        page("/r/{code}", Link(Remote), audience::show),
        page("/join", Nothing, pages::join::show),
        page("/auth/login", Nothing, sign_in::begin),
        page("/auth/callback", Visitor, sign_in::finish),
        page("/slides.html", Nothing, pages::show_slides_frame),
        data(GET, "/assets/{*path}", Nothing, assets::serve),
        data(GET, "/examples/{*path}", Nothing, assets::serve),
        // HTTP interface
        data(POST, "/api/session", Visitor, session::show),
        data(DELETE, "/api/session", Visitor, session::end),
        data(POST, "/api/redeem", Visitor, redeem::redeem),
        data(GET, "/api/decks", Visitor, decks::list),
        data(POST, "/api/decks", Create, decks::create),
        data(GET, "/api/decks/{id}", Deck(Read), decks::show),
        data(GET, "/api/decks/{id}/source", Deck(Read), decks::show_source),
        data(DELETE, "/api/decks/{id}", Deck(Own), decks::delete),
        data(POST, "/api/decks/{id}/restore", DeckInBin(Own), decks::restore),
        data(POST, "/api/decks/{id}/duplicate", CreateFrom(Read), decks::duplicate),
        data(PUT, "/api/decks/{id}/archived", Deck(Own), decks::set_archived),
        data(PUT, "/api/decks/{id}/call", Deck(Own), decks::set_call),
        data(PUT, "/api/decks/{id}/series", Deck(Own), series::set),
        data(DELETE, "/api/decks/{id}/series", Deck(Own), series::end),
        data(GET, "/api/decks/{id}/calls/next", Deck(Edit), series::next),
        data(GET, "/api/decks/{id}/calls/proposal", Deck(Edit), series::propose),
        data(POST, "/api/decks/{id}/calls", CreateFrom(Edit), series::make),
        data(GET, "/api/decks/{id}/sharing", Deck(Edit), sharing::show),
        data(PUT, "/api/decks/{id}/level", Deck(Own), sharing::set_level),
        data(PUT, "/api/decks/{id}/people", Deck(Own), sharing::set_person),
        data(DELETE, "/api/decks/{id}/people/{subject}", Deck(Own), sharing::remove_person),
        data(GET, "/api/decks/{id}/audit", Deck(Own), sharing::show_audit),
        data(GET, "/api/decks/{id}/links", Deck(Present), links::show),
        data(POST, "/api/decks/{id}/links/{role}/reset", DeckLink, links::reset),
        data(PUT, "/api/decks/{id}/links/{role}", Deck(Own), links::set_expiry),
        data(GET, "/api/decks/{id}/board", Deck(Read), sections::show),
        data(POST, "/api/decks/{id}/sections/{section}", Deck(Edit), sections::mark),
        data(POST, "/api/decks/{id}/pictures", Deck(Edit), pictures::add),
        data(POST, "/api/decks/{id}/pictures/fetch", Deck(Edit), pictures::fetch),
        data(GET, "/api/decks/{id}/discussion", Deck(Read), discussion::list),
        data(POST, "/api/decks/{id}/discussion", Deck(Comment), discussion::add),
        data(PUT, "/api/decks/{id}/discussion/{message}", Deck(Comment), discussion::change),
        data(DELETE, "/api/decks/{id}/discussion/{message}", Deck(Comment), discussion::remove),
        data(GET, "/api/decks/{id}/attendance", Deck(Read), discussion::attendees),
        data(POST, "/api/decks/{id}/attendance", Deck(Read), discussion::attend),
        data(DELETE, "/api/decks/{id}/attendance", Deck(Read), discussion::forget),
        data(GET, "/api/decks/{id}/minutes", Deck(Read), minutes::show),
        data(GET, "/p/{name}", Visitor, pictures::show),
        data(GET, "/l/{code}/deck", Link(Follow), audience::show_deck),
        data(GET, "/r/{code}/deck", Link(Remote), audience::show_deck),
        data(POST, "/l/{code}/questions", Link(Follow), audience::asking::ask),
        data(GET, "/l/{code}/own", Link(Follow), audience::asking::show_own),
        data(POST, "/l/{code}/attendance", Link(Follow), audience::asking::attend),
        data(DELETE, "/l/{code}/attendance", Link(Follow), audience::asking::forget),
        data(GET, "/l/{code}/qr.svg", Link(Follow), audience::draw),
        data(GET, "/r/{code}/qr.svg", Link(Remote), audience::draw),
        data(GET, "/api/echo", Nothing, echo::show),
        data(GET, "/healthz", Nothing, health::show),
        data(GET, "/readyz", Nothing, health::show_ready),
        data(GET, "/metrics", AdminOrHere, health::show_metrics),
        // Live
        socket("/sync/{id}", Deck(Read), sync::connect),
        socket("/l/{code}/live", Link(Follow), audience::connect),
        socket("/r/{code}/live", Link(Remote), audience::connect),
    ]
}

/// The access to a deck that handing out or resetting its link of a role takes.
pub fn link_access(role: LinkRole) -> Access {
    match role {
        LinkRole::Follow | LinkRole::Remote => Access::Present,
        LinkRole::Comment | LinkRole::Edit | LinkRole::Present => Access::Own,
    }
}

pub(crate) fn routes(app: App) -> Router {
    let mut routes = Router::new();
    for Row { path, need, kind, handler, .. } in table() {
        let gate = Gate { app: app.clone(), need, kind };
        routes =
            routes.route(path, handler.route_layer(middleware::from_fn_with_state(gate, pass)));
    }
    routes
        .fallback(pages::show_not_found)
        .method_not_allowed_fallback(async || ApiError::WrongMethod)
        .layer(middleware::from_fn_with_state(app.clone(), check_head))
        .layer(middleware::from_fn_with_state(app.clone(), pages::keep_to_slides))
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
        .layer(middleware::from_fn_with_state(app.clone(), requests::observe))
        .with_state(app)
}

/// What a place of its own for figures has: nobody asks there who somebody is.
pub(crate) fn metrics_routes(app: App) -> Router {
    let filter = MethodFilter::GET;
    Router::new()
        .route("/metrics", on(filter, health::show_metrics))
        .fallback(async || ApiError::NotFound)
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}

/// What stands before a handler.
#[derive(Clone)]
struct Gate {
    app: App,
    need: Need,
    kind: Kind,
}

/// A link of the path, which holds.
#[derive(Debug, Clone)]
pub(crate) struct Linked {
    pub(crate) deck: DeckId,
    pub(crate) role: LinkRole,
    pub(crate) serial: u64,
    pub(crate) code: String,
}

impl FromRequestParts<App> for Linked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        put_there(parts)
    }
}

/// What the gate says of somebody who asks for a WebSocket, for the close frame.
#[derive(Debug, Clone)]
pub(crate) struct Judged<T>(pub(crate) Result<T, CloseReason>);

impl<T: Clone + Send + Sync + 'static> FromRequestParts<App> for Judged<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        match put_there::<CloseReason>(parts) {
            Ok(reason) => Ok(Self(Err(reason))),
            Err(_) => put_there(parts).map(|found| Self(Ok(found))),
        }
    }
}

async fn pass(
    State(gate): State<Gate>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    match gate.admit(&params, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(error) if gate.kind == Kind::Page => {
            gate.app.pages.refuse(error, request.headers()).into_response()
        }
        Err(error) => error.into_response(),
    }
}

impl Gate {
    async fn admit(&self, params: &RawPathParams, request: &mut Request) -> Result<(), ApiError> {
        let changes_something = !matches!(*request.method(), Method::GET | Method::HEAD);
        if changes_something || self.kind == Kind::Socket {
            self.app.origins.check(request.headers())?;
        }
        if self.kind == Kind::Socket {
            // For what is no handshake nothing has to be looked up.
            upgrade::answer(request)?;
        }
        if self.need == Need::Nothing {
            return Ok(());
        }
        let visitor = self.app.sessions.resolve(request.headers()).await?;
        request.extensions_mut().insert(visitor.clone());
        let here_is_enough =
            self.need == Need::AdminOrHere && !self.app.origins.is_behind_a_proxy();
        if here_is_enough && asks_here(request) {
            return Ok(());
        }
        let extensions = request.extensions_mut();
        match self.judge(params, visitor.clone()).await {
            Ok(Found::Nothing) => {}
            Ok(Found::Deck(allowed)) => _ = extensions.insert(allowed),
            Ok(Found::Link(linked)) => _ = extensions.insert(linked),
            Err(error) if self.kind == Kind::Socket => {
                extensions.insert(close_reason(&error));
            }
            Err(error) => {
                let deck = DeckId::parse(param(params, "id")).filter(|_| changes_something);
                // Whoever only tries addresses is no news.
                let is_known = visitor.kind > VisitorKind::Program;
                if let (Some(deck), ApiError::NoAccess, true) = (deck, &error, is_known) {
                    self.app.audit.refused(&visitor, &deck).await;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    async fn judge(&self, params: &RawPathParams, visitor: Visitor) -> Result<Found, ApiError> {
        let (least, place) = match self.need {
            Need::Nothing | Need::Visitor => return Ok(Found::Nothing),
            Need::Create if can_create(self.app.mode, visitor.kind) => return Ok(Found::Nothing),
            Need::Create => return Err(ApiError::SignIn),
            Need::Admin | Need::AdminOrHere if visitor.kind == VisitorKind::Admin => {
                return Ok(Found::Nothing);
            }
            Need::Admin | Need::AdminOrHere => {
                return Err(ApiError::Forbidden("that takes the operator of this server".into()));
            }
            Need::Link(role) => {
                let code = param(params, "code");
                let Link { deck, serial, .. } = self.app.links.find(code, role).await?;
                let code = code.to_owned();
                return Ok(Found::Link(Linked { deck, role, serial, code }));
            }
            Need::Deck(least) | Need::CreateFrom(least) => (least, Where::OnTheList),
            Need::DeckInBin(least) => (least, Where::AlsoInTheBin),
            Need::DeckLink => {
                let role = LinkRole::parse(param(params, "role")).ok_or(ApiError::NotFound)?;
                (link_access(role), Where::OnTheList)
            }
        };
        let deck = DeckId::parse(param(params, "id")).ok_or(ApiError::NoDeck)?;
        let access = judge_in(&self.app, &visitor, &deck, place).await?;
        if access < least {
            return Err(ApiError::NoAccess);
        }
        if matches!(self.need, Need::CreateFrom(_)) && !can_create(self.app.mode, visitor.kind) {
            return Err(ApiError::SignIn);
        }
        Ok(Found::Deck(Allowed { visitor, deck, access }))
    }
}

fn asks_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| requests::is_from_here(peer.ip(), request.headers()))
}

enum Found {
    Nothing,
    Deck(Allowed),
    Link(Linked),
}

fn param<'a>(params: &'a RawPathParams, name: &str) -> &'a str {
    params.iter().find_map(|(key, value)| (key == name).then_some(value)).unwrap_or_default()
}

async fn check_head(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target + header_bytes(request.headers()) > MAX_HEAD_BYTES {
        return Err(ApiError::HeadersTooLarge);
    }
    if request.extensions().get::<pages::AtSlidesHost>().is_none() {
        app.origins.check_host(request.headers())?;
    }
    Ok(next.run(request).await)
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
