//! Why the server closes a connection.

/// Why the server closes a connection, with its WebSocket close code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// 4400: the peer sent what no correct client sends.
    #[error("{0}")]
    Malformed(String),
    /// 4401: the peer is somebody else by now, or may do more than on this connection.
    #[error("what you may do here has changed; reconnect")]
    AccessChanged,
    /// 4403: the peer may not be here (any more).
    #[error("you have no access to this deck")]
    NoAccess,
    /// 4404: no such deck.
    #[error("there is no such deck")]
    NoDeck,
    /// 4409: the same client is back on another connection.
    #[error("continued on another connection")]
    Superseded,
    /// 4410: the peer has text that the deck does not have, so that neither can build on the other's.
    #[error("your copy of this deck has another history")]
    AnotherHistory,
    /// 4413: the deck cannot hold any more.
    #[error("{0}")]
    DeckFull(String),
    /// 4429: the peer does not read what is sent to it.
    #[error("the connection is too slow; reconnect")]
    SlowConsumer,
    /// 4500: the server could not store an update; what was not acknowledged must be sent again.
    #[error("the server could not store a change; reconnect")]
    StorageFailed,
    /// 4503: as many as a room holds are here already.
    #[error("this deck is full; it is tried again")]
    RoomFull,
    /// 1012: the server restarts.
    #[error("the server restarts; reconnect")]
    Draining,
}

impl CloseReason {
    /// The WebSocket close code.
    pub fn code(&self) -> u16 {
        match self {
            Self::Malformed(_) => 4400,
            Self::AccessChanged => 4401,
            Self::NoAccess => 4403,
            Self::NoDeck => 4404,
            Self::Superseded => 4409,
            Self::AnotherHistory => 4410,
            Self::DeckFull(_) => 4413,
            Self::SlowConsumer => 4429,
            Self::StorageFailed => 4500,
            Self::RoomFull => 4503,
            Self::Draining => 1012,
        }
    }
}
