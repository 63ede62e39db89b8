//! Figures of the server for operators: counted where things happen, without a lock, and written out
//! in the format of Prometheus when somebody asks.

mod exposition;
mod histogram;
mod process;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use collab::access::Role;
use collab::room::CloseReason;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

pub(crate) use exposition::{CONTENT_TYPE, Moment, Nodes, write};
use histogram::Histogram;

/// Why a message of a peer was not taken. Labels are fixed: no peer can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no message of the protocol, or says what no correct client says.
    Malformed,
    /// It cannot be read as a WebSocket message, or is larger than allowed.
    Unreadable,
    /// It would change what its sender may only read.
    ReadOnly,
    /// The deck cannot hold any more.
    DeckFull,
    /// It builds on text that the deck does not have.
    AnotherHistory,
    /// Too many came in too short a time.
    TooFast,
}

impl Refused {
    const ALL: [(Self, &str); 6] = [
        (Self::Malformed, "malformed"),
        (Self::Unreadable, "unreadable"),
        (Self::ReadOnly, "read_only"),
        (Self::DeckFull, "deck_full"),
        (Self::AnotherHistory, "another_history"),
        (Self::TooFast, "too_fast"),
    ];

    /// `None` when the connection ends for another reason than a message.
    fn of(reason: &CloseReason) -> Option<Self> {
        match reason {
            CloseReason::Malformed(_) => Some(Self::Malformed),
            CloseReason::DeckFull(_) => Some(Self::DeckFull),
            CloseReason::AnotherHistory => Some(Self::AnotherHistory),
            _ => None,
        }
    }
}

/// The close codes that are told apart; all others are `other`, since clients choose theirs.
const CODES: [u16; 17] = [
    1000, 1001, 1005, 1006, 1009, 1011, 1012, 4400, 4401, 4403, 4404, 4409, 4410, 4413, 4429, 4500,
    4503,
];
/// A client that closes without a code.
const NO_CODE: u16 = 1005;
/// A connection that ended without a word.
const GONE: u16 = 1006;

/// What those do who are connected. Who may only say something beside slides follows.
const SESSIONS: [&str; 4] = ["editor", "presenter", "follower", "viewer"];
const VIEWER: usize = 3;

/// The classes of HTTP's status codes.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Where requests are counted that no route takes.
const NO_ROUTE: &str = "none";

/// See above.
#[derive(Clone, Default)]
pub(crate) struct Metrics(Arc<Figures>);

#[derive(Default)]
struct Figures {
    propagation: Histogram,
    commit: Histogram,
    sessions: [AtomicI64; SESSIONS.len()],
    refused: [AtomicU64; Refused::ALL.len()],
    /// The last is for all other codes.
    closed: [AtomicU64; CODES.len() + 1],
    requests: Requests,
}

/// Counts by route and class of status; the routes are known from the start.
struct Requests(HashMap<&'static str, [AtomicU64; CLASSES.len()]>);

impl Default for Requests {
    fn default() -> Self {
        let routes = crate::router::table().into_iter().map(|row| row.path).chain([NO_ROUTE]);
        Self(routes.map(|route| (route, Default::default())).collect())
    }
}

impl Metrics {
    /// So long after it came in, an edit was in the outboxes of everybody else in its room.
    pub(crate) fn propagated(&self, time: Duration) {
        self.0.propagation.observe(time);
    }

    /// So long it took to make rows of a room durable.
    pub(crate) fn committed(&self, time: Duration) {
        self.0.commit.observe(time);
    }

    /// A message of a peer was not taken.
    pub(crate) fn refused(&self, why: Refused) {
        add(&self.0.refused[why as usize]);
    }

    /// A room sends somebody away; when it is for a message, that was refused.
    pub(crate) fn dismissed(&self, reason: &CloseReason) {
        if let Some(why) = Refused::of(reason) {
            self.refused(why);
        }
    }

    /// A WebSocket ended with this code.
    pub(crate) fn closed(&self, code: u16) {
        let place = CODES.iter().position(|known| *known == code).unwrap_or(CODES.len());
        add(&self.0.closed[place]);
    }

    /// An HTTP request was answered; the route as it stands in the table.
    pub(crate) fn answered(&self, route: Option<&str>, status: StatusCode) {
        let requests = &self.0.requests.0;
        let counts = route.and_then(|route| requests.get(route)).or(requests.get(NO_ROUTE));
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = counts.and_then(|counts| counts.get(class)) {
            add(count);
        }
    }

    /// Somebody is connected to a deck, until this is dropped.
    pub(crate) fn visit(&self, role: Role) -> Visit {
        self.begin(place_of(role))
    }

    /// The same for one of the audience.
    pub(crate) fn view(&self) -> Visit {
        self.begin(VIEWER)
    }

    fn begin(&self, session: usize) -> Visit {
        self.0.sessions[session].fetch_add(1, Ordering::Relaxed);
        Visit { metrics: self.clone(), session, code: GONE }
    }
}

fn place_of(role: Role) -> usize {
    match role {
        Role::Edit => 0,
        Role::Present => 1,
        _ => 2,
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// A WebSocket that is open. When it is dropped it counts as closed, with the code that was noted.
pub(crate) struct Visit {
    metrics: Metrics,
    session: usize,
    code: u16,
}

impl Visit {
    /// The connection may do something else from now on.
    pub(crate) fn change_role(&mut self, role: Role) {
        let sessions = &self.metrics.0.sessions;
        sessions[self.session].fetch_sub(1, Ordering::Relaxed);
        self.session = place_of(role);
        sessions[self.session].fetch_add(1, Ordering::Relaxed);
    }

    /// A message on it was not taken.
    pub(crate) fn refused(&self, why: Refused) {
        self.metrics.refused(why);
    }

    /// Its next message cannot be read; most often that is the end of the connection.
    pub(crate) fn broke(&mut self, error: &Error) {
        if matches!(error, Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_))
            && !matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))
        {
            self.refused(Refused::Unreadable);
            self.code = CloseReason::Malformed(String::new()).code();
        }
    }

    /// It ends, with this code.
    pub(crate) fn closes(&mut self, code: u16) {
        self.code = code;
    }

    /// The other end ends it, with this code if with any.
    pub(crate) fn leaves(&mut self, code: Option<u16>) {
        self.code = code.unwrap_or(NO_CODE);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.metrics.0.sessions[self.session].fetch_sub(1, Ordering::Relaxed);
        self.metrics.closed(self.code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(metrics: &Metrics) -> String {
        write(metrics, &Moment::default())
    }

    #[track_caller]
    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }

    #[test]
    fn who_is_connected_counts_by_what_they_may_do_until_they_go() {
        let metrics = Metrics::default();
        let mut writer = metrics.visit(Role::Edit);
        let _viewer = metrics.view();
        has(&text(&metrics), "ondeck_sessions{role=\"editor\"} 1");
        writer.change_role(Role::Follow);
        let now = text(&metrics);
        has(&now, "ondeck_sessions{role=\"editor\"} 0");
        has(&now, "ondeck_sessions{role=\"follower\"} 1");
        has(&now, "ondeck_sessions{role=\"viewer\"} 1");
        writer.closes(4403);
        drop(writer);
        drop(metrics.visit(Role::Present));
        metrics.view().leaves(Some(1001));
        let now = text(&metrics);
        has(&now, "ondeck_sessions{role=\"follower\"} 0");
        for code in ["4403", "1006", "1001"] {
            has(&now, &format!("ondeck_closed_connections_total{{code=\"{code}\"}} 1"));
        }
    }

    #[test]
    fn no_peer_makes_a_label() {
        let metrics = Metrics::default();
        let before = text(&metrics).lines().count();
        metrics.view().leaves(Some(4999));
        metrics.answered(Some("/l/secret"), StatusCode::OK);
        metrics.answered(None, StatusCode::from_u16(999).unwrap());
        let now = text(&metrics);
        has(&now, "ondeck_closed_connections_total{code=\"other\"} 1");
        has(&now, "ondeck_http_requests_total{route=\"none\",status=\"2xx\"} 1");
        assert!(!now.contains("secret") && !now.contains("4999"), "{now}");
        assert_eq!(now.lines().count(), before);
    }

    #[test]
    fn refused_messages_have_their_reason_and_other_ends_have_none() {
        let metrics = Metrics::default();
        metrics.dismissed(&CloseReason::Malformed("x".into()));
        metrics.dismissed(&CloseReason::SlowConsumer);
        metrics.refused(Refused::ReadOnly);
        let now = text(&metrics);
        has(&now, "ondeck_refused_frames_total{reason=\"malformed\"} 1");
        has(&now, "ondeck_refused_frames_total{reason=\"read_only\"} 1");
        let counted = now.lines().filter(|line| line.starts_with("ondeck_refused_frames_total"));
        assert_eq!(counted.filter(|line| !line.ends_with(" 0")).count(), 2, "{now}");
    }

    #[test]
    fn each_reason_has_the_place_that_it_counts_in() {
        for (place, (why, _)) in Refused::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, place);
        }
    }
}
