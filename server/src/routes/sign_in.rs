//! `/auth/login`, `/auth/callback`: to the provider and back.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::pages::join::{NotSignedIn, SIGN_IN};
use crate::access::now;
use crate::access::sessions::{random_code, sum};
use crate::auth::Visitor;
use crate::error::ApiError;
use crate::oidc::return_to::own_path;
use crate::oidc::{CameBack, Oidc, SignInError};
use crate::router::App;
use crate::store::StoreError;
use crate::store::access::{Login, User};

/// Where the provider sends people back to; the operator tells it so.
const CALLBACK: &str = "/auth/callback";
/// How long somebody may take at the provider: to find the phone with the second factor, and no longer.
const LOGIN_SECONDS: i64 = 10 * 60;
/// By this cookie the browser is known that began. Its name over TLS lets no other host set it.
const COOKIE_OVER_TLS: &str = "__Host-ondeck-login";
const COOKIE: &str = "ondeck-login";
/// Of 32 random bytes in base64url.
const BROWSER_CODE_CHARS: usize = 43;

/// Why somebody is not signed in; texts are for the log.
enum Failure {
    TooOften(ApiError),
    Refused(String),
    Unavailable(String),
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused(_) => Self::Refused(error.to_string()),
            SignInError::Provider(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[derive(Deserialize, Default)]
pub(crate) struct Wish {
    to: Option<String>,
}

/// `GET /auth/login?to=/path`
pub(crate) async fn begin(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let oidc = provider(&app)?;
    let Query(wish) = wish.unwrap_or_default();
    let to = own_path(wish.to.as_deref());
    let begun = match app.limits.sign_in(peer, &headers) {
        Ok(()) => send_away(&app, &oidc, to, &headers).await,
        Err(error) => Err(Failure::TooOften(error)),
    };
    begun.or_else(|failure| explain(&app, failure, to, &headers))
}

async fn send_away(
    app: &App,
    oidc: &Oidc,
    to: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let begun = oidc.begin(&callback(app, headers)).await?;
    // Two tabs of a browser may both be at the provider.
    let browser = match browser_code(app, headers) {
        Some(known) => known.to_owned(),
        None => random_code::<32>()?,
    };
    let now = now();
    let login = Login {
        state_sha256: sum(&begun.state),
        browser_sha256: sum(&browser),
        nonce: begun.nonce,
        verifier: begun.verifier,
        return_to: to.to_owned(),
        expires_at: now + LOGIN_SECONDS * 1_000,
    };
    app.access.add_login(login, now).await?;
    let (name, secure) = cookie_name(app);
    let cookie = format!(
        "{name}={browser}; Path=/; Max-Age={LOGIN_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&begun.url)).into_response())
}

/// What the provider sends a browser back with.
#[derive(Deserialize, Default)]
pub(crate) struct Back {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /auth/callback`: not counted again, since it comes to nothing without a sign-in that was.
pub(crate) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    back: Result<Query<Back>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let oidc = provider(&app)?;
    let Query(back) = back.unwrap_or_default();
    let login = match own_login(&app, &back, &headers).await {
        Ok(login) => login,
        Err(failure) => return explain(&app, failure, "/", &headers),
    };
    let signed_in = sign_in(&app, &oidc, &visitor, &login, &back, &headers).await;
    let to = own_path(Some(&login.return_to));
    match signed_in {
        Ok(cookie) => Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()),
        Err(failure) => explain(&app, failure, to, &headers),
    }
}

/// The sign-in that has come back. Each counts once, and only in the browser that began it.
async fn own_login(app: &App, back: &Back, headers: &HeaderMap) -> Result<Login, Failure> {
    let state = back.state.as_deref().unwrap_or_default();
    let login = app.access.take_login(sum(state), now()).await?;
    let refused = |why: &str| Failure::Refused(why.to_owned());
    let login =
        login.ok_or_else(|| refused("nobody began it, or it took too long, or was here"))?;
    let browser = browser_code(app, headers).map(sum);
    if browser != Some(login.browser_sha256) {
        return Err(refused("it was begun in another browser"));
    }
    Ok(login)
}

/// Asks the provider who it is and begins their session: its cookie.
async fn sign_in(
    app: &App,
    oidc: &Oidc,
    visitor: &Visitor,
    login: &Login,
    back: &Back,
    headers: &HeaderMap,
) -> Result<HeaderValue, Failure> {
    if let Some(error) = &back.error {
        return Err(Failure::Refused(format!("the provider says `{}`", error.escape_debug())));
    }
    let code = back.code.as_deref().ok_or_else(|| Failure::Refused("there is no code".into()))?;
    let redirect = callback(app, headers);
    let signed_in = oidc.finish(CameBack {
        code,
        issuer: back.iss.as_deref(),
        nonce: &login.nonce,
        verifier: &login.verifier,
        redirect: &redirect,
    });
    let signed_in = signed_in.await?;
    let guest = visitor.principal.clone();
    let is_guest = visitor.session.is_some() && visitor.user.is_none();
    let user = app.access.sign_in(signed_in, is_guest.then(|| guest.clone()), now()).await?;
    if is_guest {
        app.desks.carry_over(&guest, &user.principal).await;
    }
    // The cookie from before opens nothing any more: somebody else may have put it there.
    app.sessions.end(visitor).await?;
    let cookie = app.sessions.begin(user.principal.clone()).await?;
    app.changes.principal_changed(&guest);
    app.changes.principal_changed(&user.principal);
    let visitor = signed_in_as(visitor, user);
    app.audit.note(&visitor, None, "session.sign-in", "").await;
    Ok(cookie)
}

fn signed_in_as(visitor: &Visitor, user: User) -> Visitor {
    let principal = user.principal.clone();
    Visitor { principal, user: Some(user), session: None, ..visitor.clone() }
}

fn provider(app: &App) -> Result<Arc<Oidc>, ApiError> {
    app.oidc.clone().ok_or(ApiError::NotFound)
}

fn callback(app: &App, headers: &HeaderMap) -> String {
    format!("{}{CALLBACK}", app.origins.own(headers))
}

/// A page with a sentence for the one who wants in, and what happened for the log.
fn explain(
    app: &App,
    failure: Failure,
    to: &str,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let why = match failure {
        Failure::TooOften(error) => {
            let wait = error.into_response().headers_mut().remove(header::RETRY_AFTER);
            let mut page = page(app, NotSignedIn::TooOften, to, headers);
            wait.map(|wait| page.headers_mut().insert(header::RETRY_AFTER, wait));
            return Ok(page);
        }
        Failure::Refused(why) => {
            tracing::info!(why, "a sign-in was refused");
            NotSignedIn::Refused
        }
        Failure::Unavailable(why) => {
            tracing::error!(why, "nobody can sign in");
            NotSignedIn::Unavailable
        }
    };
    Ok(page(app, why, to, headers))
}

fn page(app: &App, why: NotSignedIn, to: &str, headers: &HeaderMap) -> Response {
    let language = app.pages.audience().language(headers);
    // A path has no `&` or `#` of its own once it is a value; everything else in it is harmless there.
    let to = to.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B");
    app.pages.join().not_signed_in(why, language, &format!("{SIGN_IN}?to={to}"))
}

fn cookie_name(app: &App) -> (&'static str, &'static str) {
    if app.origins.is_https() { (COOKIE_OVER_TLS, "; Secure") } else { (COOKIE, "") }
}

/// By what we know the browser again.
fn browser_code<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let (name, _) = cookie_name(app);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, code) = cookies.find(|(found, _)| found.trim() == name)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let code = code.trim();
    (code.len() == BROWSER_CODE_CHARS && code.bytes().all(plain)).then_some(code)
}
