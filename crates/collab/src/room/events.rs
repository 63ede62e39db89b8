//! What enters a room, and what its owner has to do.

use bytes::Bytes;

use super::CloseReason;
use crate::access::Role;

/// One connection to a room; the owner never uses a number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u64);

/// Numbers the appends of one room, from 1.
pub type Ticket = u64;

/// What a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Plain y-websocket.
    Yjs,
    /// y-websocket and our control messages ([`wire::SUBPROTOCOL`]).
    Ondeck,
}

/// What enters a room.
#[derive(Debug, Clone)]
pub enum Event {
    /// A peer connected.
    Join {
        /// Its number.
        peer: PeerId,
        /// What it may do.
        role: Role,
        /// What it speaks.
        protocol: Protocol,
        /// Whose connection it is; ids of stock Yjs clients belong to a principal.
        principal: String,
        /// Random bits, for the id that it is given.
        random: u64,
    },
    /// A peer sent one message.
    Frame {
        /// Who.
        peer: PeerId,
        /// The whole message.
        bytes: Bytes,
    },
    /// A peer is gone.
    Leave {
        /// Who.
        peer: PeerId,
    },
    /// Permission changed while the peer was connected.
    RoleChanged {
        /// Who.
        peer: PeerId,
        /// What it may do from now on.
        role: Role,
    },
    /// All appends up to this ticket are durable.
    Appended {
        /// The highest ticket that is.
        ticket: Ticket,
    },
    /// Once a second: send what is gathered.
    Tick,
}

/// What the owner of a room has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a message to one peer.
    Send {
        /// To whom.
        peer: PeerId,
        /// The message.
        bytes: Bytes,
    },
    /// Send a message to many peers; ask [`Room::hears`] whether a peer is meant.
    SendAll {
        /// Who is meant.
        to: Audience,
        /// All but this one.
        except: Option<PeerId>,
        /// The message, encoded once.
        bytes: Bytes,
        /// Its place among all that the room sent; see [`Room::hears`].
        order: u64,
    },
    /// Store an update, then report [`Event::Appended`].
    Append {
        /// Appends are stored in the order of their tickets.
        ticket: Ticket,
        /// Whose connection it came from.
        peer: PeerId,
        /// Yjs client id of the author, when known.
        author: Option<u64>,
        /// Ids of stock Yjs clients that are used for the first time: they belong to the peer's
        /// principal from now on.
        claims: Vec<u64>,
        /// Update V1.
        update: Bytes,
    },
    /// Close a peer's connection. A `Leave` follows from the owner.
    Close {
        /// Whose.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
    /// yrs failed over an update: wait for all appends, load the document anew and hand it to
    /// [`Room::replace_document`] before the next event.
    Reload,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Every peer that was told what the deck holds: before that, a change would build on what
    /// the peer does not have.
    Everyone,
    /// Peers that speak [`Protocol::Ondeck`].
    Ondeck,
    /// Peers that see who else is here.
    Editors,
}
