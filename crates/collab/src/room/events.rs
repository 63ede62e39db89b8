//! What enters a room, and what its owner has to do.

use bytes::Bytes;

use super::CloseReason;
use crate::access::Role;
use crate::doc::Anchor;
use crate::nodes::{NodeId, NodeMessage, SharedStage, Span, WrittenElsewhere};
use crate::presentation::Press;

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
    /// As [`Protocol::Ondeck`], for the part of the server that shows the deck to the audience. It
    /// follows, hears who wrote what removes something, counts for nobody and is never turned away.
    Projector,
    /// The same for the part of the server that knows how far each section is: it hears who writes,
    /// and how long the presentation takes.
    Desk,
}

impl Protocol {
    /// Whether it is part of the server.
    pub(super) fn is_ours(self) -> bool {
        matches!(self, Self::Projector | Self::Desk)
    }
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
        /// What others see it under; `None` for those who say so themselves.
        name: Option<String>,
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
    /// Once a second: send what is gathered, and count down what waits.
    Tick,
    /// The projector found that the slide begins somewhere else now.
    Rebound {
        /// The slide that it speaks of, as in [`Presentation::seq`](crate::presentation::Presentation).
        seq: u64,
        /// Where it begins.
        slide: Anchor,
        /// Who removed the slide, when another one took its place.
        removed_by: Option<String>,
    },
    /// The projector says that the audience still sees the deck as it was when the room before asked
    /// for it.
    Held,
    /// Who watches through the projector.
    Viewers {
        /// How many there are.
        followers: u32,
        /// How many of them look at another slide.
        roaming: u32,
        /// How many edits they do not see.
        held_edits: u32,
    },
    /// How long the presentation takes so far, as the projector counts it, in milliseconds.
    Times {
        /// Since it began.
        elapsed: u64,
        /// Title of each section in order, and the time spent on it.
        sections: Vec<(String, u64)>,
        /// Which section is on now.
        current: Option<u32>,
    },
    /// Somebody pressed a button of the phone remote.
    Press {
        /// Which.
        key: Press,
    },
    /// Something beside the text for all clients, which the room does not look into.
    Post {
        /// Newcomers hear what was posted last under it; nothing is kept without.
        key: Option<String>,
        /// JSON. Nothing at all forgets what was posted under the key.
        json: String,
    },
    /// Other nodes wrote to the journal: every row of it comes here once, in its order, but for those
    /// of this room.
    Written {
        /// The rows.
        rows: Vec<WrittenElsewhere>,
    },
    /// A room of this deck on another node says something.
    FromNode {
        /// Which node.
        node: NodeId,
        /// What.
        message: NodeMessage,
    },
    /// These nodes are there; all others are gone, and what they said is over.
    Nodes {
        /// All of them, this one included.
        present: Vec<NodeId>,
    },
    /// The presentation as it is stored for all nodes: the answer to [`Effect::Stage`], or news.
    Stage {
        /// Its version; one that is known already changes nothing.
        version: u64,
        /// The value.
        stage: SharedStage,
    },
    /// The change of [`Effect::Stage`] could not be stored, and it is not known whether it was.
    StageAway,
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
        /// The new text in it, by client.
        spans: Vec<Span>,
        /// What the author is called.
        name: String,
    },
    /// Tell the rooms of this deck on other nodes.
    ToNodes {
        /// What.
        message: NodeMessage,
    },
    /// Store the presentation for all nodes if its version is still the expected one, then report
    /// [`Event::Stage`] with what is stored by then. One at a time.
    Stage {
        /// 0 when nothing was ever stored.
        expected: u64,
        /// What to store.
        stage: SharedStage,
    },
    /// Close a peer's connection. A `Leave` follows from the owner.
    Close {
        /// Whose.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
    /// A peer wanted to write that may not; once for each peer.
    Refused {
        /// Who.
        peer: PeerId,
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
    /// Peers that hear control messages.
    Ondeck,
    /// Those of [`Audience::Ondeck`] that are not part of the server.
    Clients,
    /// As [`Audience::Ondeck`], but for who drives and who began the presentation.
    Onlookers,
    /// Those of [`Audience::Ondeck`] that may present.
    Presenters,
    /// As [`Audience::Everyone`], of those that are projectors.
    Projectors,
    /// As [`Audience::Everyone`], of those that are desks.
    Desks,
    /// Peers that see who else is here.
    Editors,
}
