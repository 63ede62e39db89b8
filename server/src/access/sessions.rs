//! Whose request it is: cookies of guests and of people who signed in, and the operator's token.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::now;
use crate::auth::{Visitor, VisitorKind};
use crate::error::ApiError;
use crate::store::StoreError;
use crate::store::access::{Principal, Session, SharedAccess, Sum, User};

/// How long who signed in stays so, however often they come: only at a sign-in the provider says in which groups
/// they are.
const MEMBER_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Guests have nothing but the cookie: who comes back after a summer still has their decks.
const GUEST_SECONDS: i64 = 90 * 24 * 60 * 60;
/// That a session is in use is noted no more often than this: most requests write nothing.
const TOUCH_AFTER_MS: i64 = 60 * 60 * 1_000;
/// Browsers take this cookie from this host alone, and over TLS alone.
const COOKIE_OVER_TLS: &str = "__Host-ondeck";
const COOKIE: &str = "ondeck";

/// Groups of the provider that mean something here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    /// Who is in one of them is a member; when there is none, everybody who signs in is.
    pub(crate) members: Vec<String>,
    /// Who is in one of them may do everything.
    pub(crate) admins: Vec<String>,
}

impl Groups {
    fn kind(&self, user: &User) -> VisitorKind {
        let is_in = |groups: &[String]| user.groups.iter().any(|group| groups.contains(group));
        if is_in(&self.admins) {
            VisitorKind::Admin
        } else if self.members.is_empty() || is_in(&self.members) {
            VisitorKind::Member
        } else {
            VisitorKind::Guest
        }
    }
}

/// Begins, finds and ends sessions.
#[derive(Clone)]
pub(crate) struct Sessions {
    inner: Arc<Inner>,
}

struct Inner {
    store: SharedAccess,
    over_tls: bool,
    groups: Groups,
    admin_token: Sum,
}

impl Sessions {
    pub(crate) fn new(
        store: SharedAccess,
        over_tls: bool,
        groups: Groups,
        admin_token: &str,
    ) -> Self {
        let admin_token = sum(admin_token);
        Self { inner: Arc::new(Inner { store, over_tls, groups, admin_token }) }
    }

    /// Begins a session: the cookie for it.
    pub(crate) async fn begin(&self, principal: Principal) -> Result<HeaderValue, ApiError> {
        let token = random_code::<32>()?;
        self.begin_with(&token, principal).await
    }

    async fn begin_with(&self, token: &str, principal: Principal) -> Result<HeaderValue, ApiError> {
        let (now, seconds) = (now(), lifetime(&principal));
        let expires_at = now + seconds * 1_000;
        self.inner.store.add_session(sum(token), principal, now, expires_at).await?;
        self.cookie(token, seconds)
    }

    /// Begins a session of a new guest.
    pub(crate) async fn begin_guest(&self) -> Result<(Visitor, HeaderValue), ApiError> {
        let principal = Principal(format!("guest:{}", random_code::<16>()?));
        let token = random_code::<32>()?;
        let cookie = self.begin_with(&token, principal.clone()).await?;
        let session = Some(sum(&token));
        Ok((Visitor { principal, user: None, kind: VisitorKind::Guest, session }, cookie))
    }

    /// Who sends a request with these headers.
    ///
    /// # Errors
    /// [`ApiError::BadToken`], or when the store fails.
    pub(crate) async fn resolve(&self, headers: &HeaderMap) -> Result<Visitor, ApiError> {
        if let Some(token) = bearer(headers) {
            let is_admin = sum(token) == self.inner.admin_token;
            return if is_admin { Ok(Visitor::admin()) } else { Err(ApiError::BadToken) };
        }
        let Some(token) = self.token(headers) else { return Ok(Visitor::program()) };
        let found = self.find(sum(token)).await?;
        Ok(found.unwrap_or_else(Visitor::program))
    }

    /// The same visitor as they are now; `None` when their session is over.
    pub(crate) async fn refresh(&self, visitor: &Visitor) -> Result<Option<Visitor>, StoreError> {
        match visitor.session {
            Some(session) => self.find(session).await,
            None => Ok(Some(visitor.clone())),
        }
    }

    /// Who somebody is when they are not here.
    pub(crate) async fn visitor_of(&self, principal: &Principal) -> Result<Visitor, StoreError> {
        match principal.0.as_str() {
            "guest" => return Ok(Visitor::program()),
            "admin" => return Ok(Visitor::admin()),
            _ => {}
        }
        let user = self.inner.store.users(vec![principal.clone()]).await?.pop();
        let kind = user.as_ref().map_or(VisitorKind::Guest, |user| self.inner.groups.kind(user));
        Ok(Visitor { principal: principal.clone(), user, kind, session: None })
    }

    /// The cookie of a session that goes on, which the browser keeps for longer with it.
    pub(crate) fn renew(
        &self,
        visitor: &Visitor,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, ApiError> {
        let token = self.token(headers).filter(|_| visitor.session.is_some());
        token.map(|token| self.cookie(token, lifetime(&visitor.principal))).transpose()
    }

    /// Ends a visitor's session: the header that takes the cookie away.
    pub(crate) async fn end(&self, visitor: &Visitor) -> Result<HeaderValue, ApiError> {
        if let Some(session) = visitor.session {
            self.inner.store.end_session(session).await?;
        }
        self.cookie("", 0)
    }

    async fn find(&self, session: Sum) -> Result<Option<Visitor>, StoreError> {
        let now = now();
        let Some(found) = self.inner.store.session(session, now).await? else { return Ok(None) };
        let Session { principal, user, expires_at } = found;
        let later = now + lifetime(&principal) * 1_000;
        if !has_account(&principal)
            && expires_at < later - TOUCH_AFTER_MS
            && let Err(error) = self.inner.store.touch_session(session, now, later).await
        {
            // It still holds; the next request tries again.
            tracing::warn!(%error, "a session could not be made to last longer");
        }
        let kind = user.as_ref().map_or(VisitorKind::Guest, |user| self.inner.groups.kind(user));
        Ok(Some(Visitor { principal, user, kind, session: Some(session) }))
    }

    fn name(&self) -> &'static str {
        if self.inner.over_tls { COOKIE_OVER_TLS } else { COOKIE }
    }

    fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';'));
        cookies.find_map(|cookie| {
            let (name, value) = cookie.split_once('=')?;
            (name.trim() == self.name()).then_some(value.trim())
        })
    }

    fn cookie(&self, token: &str, seconds: i64) -> Result<HeaderValue, ApiError> {
        let name = self.name();
        let secure = if self.inner.over_tls { "; Secure" } else { "" };
        let cookie =
            format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&cookie).map_err(|error| ApiError::Internal(error.to_string()))
    }
}

/// The token of a program that says who it is.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// So many random bytes, as they stand in addresses and cookies.
///
/// # Errors
/// When the operating system has no random bytes.
pub(crate) fn random_code<const BYTES: usize>() -> Result<String, StoreError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StoreError(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The sum by which a secret is found.
pub(crate) fn sum(secret: &str) -> Sum {
    Sha256::digest(secret).into()
}

fn lifetime(principal: &Principal) -> i64 {
    if has_account(principal) { MEMBER_SECONDS } else { GUEST_SECONDS }
}

fn has_account(principal: &Principal) -> bool {
    principal.0.starts_with("user:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::access::AccessStore as _;
    use crate::store::sqlite::SqliteStore;

    fn sessions(over_tls: bool) -> (Sessions, Arc<SqliteStore>, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("test.sqlite")).unwrap());
        let groups = Groups::default();
        (Sessions::new(store.clone(), over_tls, groups, "token"), store, dir)
    }

    fn sends(cookie: &HeaderValue) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        headers.insert(header::COOKIE, format!("a=b; {pair}").parse().unwrap());
        headers
    }

    #[tokio::test]
    async fn a_guest_is_known_by_the_cookie_until_it_is_ended() {
        let (sessions, _, _dir) = sessions(true);
        let (guest, cookie) = sessions.begin_guest().await.unwrap();
        assert!(guest.principal.0.starts_with("guest:") && guest.principal.0.len() == 28);
        let shown = cookie.to_str().unwrap();
        assert!(shown.starts_with("__Host-ondeck="), "{shown}");
        assert!(
            shown.ends_with("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure"),
            "{shown}"
        );
        assert_eq!(shown.split(['=', ';']).nth(1).unwrap().len(), 43);
        let found = sessions.resolve(&sends(&cookie)).await.unwrap();
        assert_eq!((found.principal.clone(), found.kind), (guest.principal, VisitorKind::Guest));
        assert!(sessions.end(&found).await.unwrap().to_str().unwrap().contains("Max-Age=0"));
        let gone = sessions.resolve(&sends(&cookie)).await.unwrap();
        assert_eq!((gone.kind, gone.session), (VisitorKind::Program, None));
        assert_eq!(sessions.refresh(&found).await.unwrap().map(|it| it.kind), None);
    }

    #[tokio::test]
    async fn a_guests_session_that_is_used_lasts_longer_and_is_noted_once_an_hour() {
        let (sessions, store, _dir) = sessions(false);
        let (now, principal) = (now(), Principal("guest:1".into()));
        let ends = |after: i64| now + GUEST_SECONDS * 1_000 - after;
        for (sum, before, touched) in
            [([1; 32], TOUCH_AFTER_MS / 2, false), ([2; 32], 2 * TOUCH_AFTER_MS, true)]
        {
            store.add_session(sum, principal.clone(), now, ends(before)).await.unwrap();
            sessions.find(sum).await.unwrap().unwrap();
            let session = store.session(sum, now).await.unwrap().unwrap();
            assert_eq!(session.expires_at > ends(before), touched);
        }
    }

    #[tokio::test]
    async fn who_signed_in_signs_in_again_in_the_end_however_often_they_come() {
        let (sessions, store, _dir) = sessions(false);
        let (now, principal) = (now(), Principal("user:1".into()));
        let end = now + 2 * TOUCH_AFTER_MS;
        store.add_session([1; 32], principal, now, end).await.unwrap();
        sessions.find([1; 32]).await.unwrap().unwrap();
        assert_eq!(store.session([1; 32], now).await.unwrap().unwrap().expires_at, end);
    }

    #[tokio::test]
    async fn the_operators_token_opens_everything_and_a_wrong_one_is_refused() {
        let (sessions, _, _dir) = sessions(false);
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            headers
        };
        let admin = sessions.resolve(&with("Bearer token")).await.unwrap();
        assert_eq!((admin.kind, admin.principal.0), (VisitorKind::Admin, "admin".to_owned()));
        let wrong = sessions.resolve(&with("bearer Token")).await;
        assert!(matches!(wrong, Err(ApiError::BadToken)));
        // What a proxy in front of us asks for is no matter of ours.
        let basic = sessions.resolve(&with("Basic dG9rZW4=")).await.unwrap();
        assert_eq!(basic.kind, VisitorKind::Program);
    }

    #[test]
    fn groups_decide_who_is_a_member() {
        let user = |groups: &[&str]| User {
            principal: Principal("user:1".into()),
            name: "Ada".into(),
            email: None,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        };
        let groups = |members: &[&str]| Groups {
            members: members.iter().map(|&group| group.to_owned()).collect(),
            admins: vec!["ops".into()],
        };
        assert_eq!(groups(&[]).kind(&user(&[])), VisitorKind::Member);
        assert_eq!(groups(&["staff"]).kind(&user(&["x"])), VisitorKind::Guest);
        assert_eq!(groups(&["staff"]).kind(&user(&["x", "staff"])), VisitorKind::Member);
        assert_eq!(groups(&["staff"]).kind(&user(&["ops"])), VisitorKind::Admin);
    }
}
