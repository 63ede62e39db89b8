//! Who sends a request, and from whose pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use crate::access::Access;
use crate::access::sessions::bearer;
use crate::error::ApiError;
use crate::router::App;
use crate::store::DeckId;
use crate::store::access::{Principal, Sum, User};

/// What kind of visitor somebody is; each may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VisitorKind {
    /// A program, or a browser that has just come: without cookie and token.
    Program,
    /// A browser with a cookie. Who signed in without being a member has a name, and no more.
    Guest,
    /// Somebody who signed in.
    Member,
    /// Whoever runs the server.
    Admin,
}

/// Who sends a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// As it stands in journals.
    pub(crate) principal: Principal,
    /// Their account, if they signed in.
    pub(crate) user: Option<User>,
    pub(crate) kind: VisitorKind,
    /// The session by whose cookie they are known.
    pub(crate) session: Option<Sum>,
}

impl Visitor {
    /// One of whom nothing is known.
    pub(crate) fn program() -> Self {
        Self::known_as("guest", VisitorKind::Program)
    }

    /// One who has the operator's token.
    pub(crate) fn admin() -> Self {
        Self::known_as("admin", VisitorKind::Admin)
    }

    fn known_as(principal: &str, kind: VisitorKind) -> Self {
        Self { principal: Principal(principal.to_owned()), user: None, kind, session: None }
    }

    /// All names under which decks may have been shared with them, first the principal.
    pub(crate) fn subjects(&self) -> Vec<String> {
        let mut subjects = vec![self.principal.0.clone()];
        if let Some(user) = &self.user {
            subjects.extend(user.email.iter().map(|email| format!("email:{email}")));
            subjects.extend(user.groups.iter().map(|group| format!("group:{group}")));
        }
        subjects
    }

    /// The name that others see them under, if it is not theirs to choose.
    pub(crate) fn name(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.name.as_str())
    }
}

/// A visitor of a deck, whom the gate has let in.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    pub(crate) visitor: Visitor,
    pub(crate) deck: DeckId,
    pub(crate) access: Access,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        put_there(parts)
    }
}

impl FromRequestParts<App> for Allowed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        put_there(parts)
    }
}

/// What the gate found out.
pub(crate) fn put_there<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, ApiError> {
    let found = parts.extensions.get::<T>().cloned();
    found.ok_or_else(|| ApiError::Internal("the row of this route asks for less".into()))
}

/// Where the server can be reached, as far as that decides who may talk to it.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    /// `https://decks.example.org`, when the operator said so.
    pub(crate) public: Option<String>,
    /// The server listens on loopback only: then a page of another host name, which somebody
    /// pointed at 127.0.0.1 (DNS rebinding), must not reach it.
    pub(crate) loopback: bool,
}

impl Origins {
    /// Refuses a request that a page of another site sent. Browsers name the page with all that
    /// changes something; programs do not, and carry nobody's cookies.
    ///
    /// # Errors
    /// [`ApiError::ForeignOrigin`], [`ApiError::NoOrigin`].
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            let is_program = bearer(headers).is_some() || !headers.contains_key(header::COOKIE);
            return if is_program { Ok(()) } else { Err(ApiError::NoOrigin) };
        };
        let origin = match origins.next() {
            Some(_) => "two pages at once",
            None => origin.to_str().unwrap_or("an unreadable origin"),
        };
        if self.allows(origin, host(headers)) {
            Ok(())
        } else {
            Err(ApiError::ForeignOrigin(origin.to_owned()))
        }
    }

    /// Refuses a request to a host name that somebody else pointed at this machine: a page of
    /// theirs would count as ours, and a browser sends no `Origin` with what it only reads.
    ///
    /// # Errors
    /// [`ApiError::ForeignHost`].
    pub(crate) fn check_host(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        if !self.loopback {
            return Ok(());
        }
        let host = host(headers).unwrap_or_default();
        let name = host.parse::<Authority>().ok();
        let own = name.as_ref().is_some_and(|name| is_loopback_name(name.host()));
        let public = self.public.as_deref().and_then(|url| url.split_once("://"));
        if own || public.is_some_and(|(_, public)| public == host) {
            Ok(())
        } else {
            Err(ApiError::ForeignHost(host.to_owned()))
        }
    }

    /// Browsers reach the server over TLS only.
    pub(crate) fn is_https(&self) -> bool {
        self.public.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// People reach the server by a name that is not this machine's own: through a proxy, which may run
    /// here and add nothing that shows it.
    pub(crate) fn is_behind_a_proxy(&self) -> bool {
        let uri = self.public.as_ref().and_then(|url| url.parse::<Uri>().ok());
        uri.is_some_and(|uri| !uri.host().is_some_and(is_loopback_name))
    }

    /// The origin of our own pages, for a content security policy that has to name it.
    pub(crate) fn own(&self, headers: &HeaderMap) -> String {
        let valid =
            |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        let host = host(headers).filter(valid).unwrap_or("localhost");
        self.public.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        if let Some(public) = &self.public
            && origin == public
        {
            return true;
        }
        let Ok(uri) = origin.parse::<Uri>() else { return false };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return false;
        };
        let plain = format!("{scheme}://{authority}") == origin;
        let own = plain && matches!(scheme, "http" | "https") && host == Some(authority.as_str());
        if self.loopback {
            own && is_loopback_name(authority.host())
        } else {
            own && self.public.is_none()
        }
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

pub(crate) fn is_loopback_name(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origins: &Origins, origin: &str, host: &str) -> bool {
        origins.allows(origin, Some(host))
    }

    #[test]
    fn on_loopback_only_pages_of_this_host_may_talk_to_us() {
        let origins = Origins { public: None, loopback: true };
        assert!(allows(&origins, "http://127.0.0.1:4800", "127.0.0.1:4800"));
        assert!(allows(&origins, "http://localhost:4800", "localhost:4800"));
        assert!(allows(&origins, "http://[::1]:4800", "[::1]:4800"));
        for (origin, host) in [
            ("http://evil.example", "127.0.0.1:4800"),
            ("http://evil.example:4800", "evil.example:4800"),
            ("http://127.0.0.1:4801", "127.0.0.1:4800"),
            ("null", "127.0.0.1:4800"),
            ("file://", "127.0.0.1:4800"),
            ("http://127.0.0.1:4800.evil.example", "127.0.0.1:4800"),
            ("http://127.0.0.1:4800@evil.example", "127.0.0.1:4800"),
            ("", "127.0.0.1:4800"),
        ] {
            assert!(!allows(&origins, origin, host), "{origin} at {host}");
        }
    }

    #[test]
    fn on_loopback_a_foreign_host_name_is_refused() {
        let host = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            headers
        };
        let public = Some("https://decks.example.org".to_owned());
        let origins = Origins { public, loopback: true };
        for own in ["127.0.0.1:4800", "localhost:4800", "[::1]:4800", "decks.example.org"] {
            assert!(origins.check_host(&host(own)).is_ok(), "{own}");
        }
        for foreign in ["evil.example:4800", "127.0.0.1.evil.example", "", "localhost.evil:1"] {
            assert!(origins.check_host(&host(foreign)).is_err(), "{foreign}");
        }
        assert!(origins.check_host(&HeaderMap::new()).is_err());
    }

    #[test]
    fn with_a_public_url_it_is_the_only_origin() {
        let public = Some("https://decks.example.org".to_owned());
        let origins = Origins { public, loopback: false };
        assert!(allows(&origins, "https://decks.example.org", "10.0.0.1:4800"));
        assert!(!allows(&origins, "http://decks.example.org", "decks.example.org"));
        assert!(!allows(&origins, "https://decks.example.org.evil.example", "decks.example.org"));
    }

    #[test]
    fn what_carries_a_cookie_says_which_page_sent_it() {
        let origins = Origins { public: None, loopback: true };
        let check = |lines: &[(header::HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:1".parse().unwrap());
            for (name, value) in lines {
                headers.append(name, value.parse().unwrap());
            }
            origins.check(&headers)
        };
        let (cookie, own) = ((header::COOKIE, "a=b"), (header::ORIGIN, "http://localhost:1"));
        assert!(check(&[]).is_ok());
        assert!(check(&[cookie.clone(), own.clone()]).is_ok());
        assert!(check(&[cookie.clone(), (header::AUTHORIZATION, "Bearer x")]).is_ok());
        for lines in [&[cookie.clone()][..], &[cookie.clone(), (header::AUTHORIZATION, "Basic x")]]
        {
            assert!(matches!(check(lines), Err(ApiError::NoOrigin)));
        }
        let two = [own.clone(), own];
        assert!(matches!(check(&two), Err(ApiError::ForeignOrigin(_))));
    }
}
