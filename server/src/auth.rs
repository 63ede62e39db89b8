//! Who may do what: which pages may talk to us, and which role a visitor gets.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use collab::access::Role;

use crate::error::ApiError;

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
    /// Refuses a request that a page of another site sent. Requests without an `Origin` come
    /// from programs: they carry nobody's credentials.
    ///
    /// # Errors
    /// [`ApiError::ForeignOrigin`].
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("an unreadable origin");
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

fn is_loopback_name(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The role that a visitor gets: everybody may do everything, and asks for less where less is
/// enough, so that a page that only follows can never write.
pub(crate) fn role(asked: Option<&str>) -> Result<Role, ApiError> {
    match asked {
        None | Some("present") => Ok(Role::Present),
        Some("edit") => Ok(Role::Edit),
        Some("follow") => Ok(Role::Follow),
        Some(_) => Err(ApiError::BadRequest("`role` is one of follow, edit, present".into())),
    }
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
}
