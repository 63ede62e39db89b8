//! What one address, one request and one process may take. Reaching a limit is an explained error.

pub(crate) mod address;
pub(crate) mod body;
pub(crate) mod bucket;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use collab::access::Role;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::Instant;

use crate::error::ApiError;
use address::{Crowd, Place, Rate, client_address};

/// WebSockets on which one address may edit, unless the operator says otherwise. An office or a
/// venue sits behind one address: this is a large team there, each with a deck or two open.
pub const CONNECTIONS_PER_ADDRESS: usize = 100;
/// For each that may edit, so many may only follow: they cost less, and the audience of a whole
/// venue comes from one address.
const FOLLOWERS_PER_EDITOR: usize = 10;
/// Connections of one address that are told at the same time that there are too many. Further
/// ones are refused before they become WebSockets, which costs less and explains less.
const REFUSED_AT_ONCE: usize = 50;
/// Decks that one address may make in a minute: more is a script that went wrong.
const DECKS_PER_MINUTE: f64 = 30.0;

/// The limits that requests share.
pub(crate) struct Limits {
    editors: Arc<Crowd>,
    followers: Arc<Crowd>,
    refused: Arc<Crowd>,
    decks: Rate,
}

/// What a WebSocket gets when it asks for a place.
pub(crate) enum Admission {
    /// Come in. The place is given back when it is dropped.
    Admitted(Place),
    /// Too many from this address; there is time to tell it so.
    Refused(Place),
}

impl Limits {
    /// 0 connections is no limit.
    pub(crate) fn new(connections_per_address: usize) -> Self {
        let editors =
            if connections_per_address == 0 { usize::MAX } else { connections_per_address };
        Self {
            editors: Crowd::new(editors),
            followers: Crowd::new(editors.saturating_mul(FOLLOWERS_PER_EDITOR)),
            refused: Crowd::new(REFUSED_AT_ONCE),
            decks: Rate::new(DECKS_PER_MINUTE, Duration::from_secs(60)),
        }
    }

    /// A WebSocket wants to join.
    pub(crate) fn admit(
        &self,
        role: Role,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Admission, ApiError> {
        let crowd = if role.can_edit() { &self.editors } else { &self.followers };
        let Some(address) = client_address(peer, headers) else {
            return Ok(Admission::Admitted(Place::uncounted()));
        };
        if let Some(place) = crowd.enter(address) {
            return Ok(Admission::Admitted(place));
        }
        let place = self.refused.enter(address).ok_or(ApiError::TooManyConnections)?;
        Ok(Admission::Refused(place))
    }

    /// Somebody makes a deck.
    pub(crate) fn make_deck(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(address) = client_address(peer, headers) else { return Ok(()) };
        let taken = self.decks.take(address, Instant::now());
        taken.map_err(|retry_after| ApiError::TooManyDecks { retry_after })
    }
}

/// Lets this process open as many files as the system allows it to, and gives that number: each
/// connection is one, and many systems start programs with 1,024.
pub fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // `None` is no limit at all.
    let allowed = if raised.is_ok() { maximum } else { current };
    allowed.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> (SocketAddr, HeaderMap) {
        (SocketAddr::new(address.parse().unwrap(), 1), HeaderMap::new())
    }

    #[test]
    fn too_many_are_told_so_and_far_too_many_are_told_in_brief() {
        let limits = Limits::new(3);
        let (peer, headers) = from("192.0.2.7");
        let mut places = Vec::new();
        for number in 0..3 + REFUSED_AT_ONCE {
            match limits.admit(Role::Edit, peer, &headers).unwrap() {
                Admission::Admitted(place) if number < 3 => places.push(place),
                Admission::Refused(place) if number >= 3 => places.push(place),
                _ => panic!("the wrong answer to number {number}"),
            }
        }
        let refused = limits.admit(Role::Present, peer, &headers);
        assert!(matches!(refused, Err(ApiError::TooManyConnections)));
        for _ in 0..3 * FOLLOWERS_PER_EDITOR {
            let admission = limits.admit(Role::Follow, peer, &headers).unwrap();
            let Admission::Admitted(place) = admission else { panic!("no place to follow") };
            places.push(place);
        }
        assert!(limits.admit(Role::Follow, peer, &headers).is_err());
        let (other, headers) = from("192.0.2.8");
        assert!(matches!(limits.admit(Role::Edit, other, &headers), Ok(Admission::Admitted(_))));
        drop(places);
        assert!(matches!(limits.admit(Role::Edit, peer, &headers), Ok(Admission::Admitted(_))));
    }

    #[test]
    fn this_machine_and_a_limit_of_zero_are_not_limited() {
        for (most, address) in [(1, "127.0.0.1"), (0, "192.0.2.7")] {
            let limits = Limits::new(most);
            let (peer, headers) = from(address);
            let admit = |_| limits.admit(Role::Edit, peer, &headers).unwrap();
            let all: Vec<_> = (0..1_000).map(admit).collect();
            assert!(all.iter().all(|one| matches!(one, Admission::Admitted(_))), "{address}");
        }
    }
}
