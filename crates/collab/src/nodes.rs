//! What the rooms of one deck on several nodes tell each other, and what they share.
//!
//! The text is shared through the journal, which every room reads in the same order. What is
//! presented is shared through one stored value with a version ([`SharedStage`]): whoever changes it
//! first wins, so there is one driver on all nodes. The rest, who is here and who watches, is told
//! from room to room ([`NodeMessage`]) and may be lost: it is told again.

use serde::{Deserialize, Serialize};

use crate::presence::Entry;
use crate::presentation::{Press, Shown};

/// One process that serves decks; random, and never the same again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

/// New text of one client in an update: its clocks from `from` up to, not including, `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The Yjs client id.
    pub client: u64,
    /// The first clock that the document did not have.
    pub from: u64,
    /// The clock after the last one.
    pub until: u64,
}

/// A row of the journal that another node wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenElsewhere {
    /// Update V1. It is durable.
    pub update: bytes::Bytes,
    /// What its author is called; empty when nobody knows any more.
    pub author: String,
    /// Ids of stock Yjs clients that are used for the first time, and whose they are.
    pub claims: Vec<(u64, String)>,
}

/// Somebody, on whatever connection to whatever node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SharedWho {
    /// One who said which session theirs is.
    Session(u64),
    /// One who did not: number of the connection, which is never used twice, on any node.
    Peer(u64),
}

/// Who drives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedBaton {
    /// Who it is.
    pub who: SharedWho,
    /// What they are called.
    pub name: String,
    /// The node that they are connected to; `None` while their connection is lost.
    pub node: Option<NodeId>,
    /// They got it by an offer, and need no other right.
    pub offered: bool,
}

/// The baton, within the reach of one peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedOffer {
    /// The client id, in presence, of whom it was offered to: a room does not know the connections
    /// of other nodes.
    pub client: u64,
    /// For which section.
    pub section: String,
}

/// A presentation that is going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedLive {
    /// Who drives, if anybody does.
    pub baton: Option<SharedBaton>,
    /// To whom the baton is offered.
    pub offer: Option<SharedOffer>,
    /// Who began it.
    pub host: SharedWho,
    /// What is shown.
    pub shown: Shown,
    /// The audience sees the deck as it was when this was asked for.
    pub held: bool,
}

/// All that decides who drives and what is shown: one value for all nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedStage {
    /// What is going on.
    pub live: Option<SharedLive>,
    /// The last presentation was ended.
    pub ended: bool,
    /// Counts who drove, through all presentations.
    pub term: u64,
    /// Counts slides that were shown.
    pub seq: u64,
    /// The last changes, newest last: a room that does not know whether its own was stored finds out.
    #[serde(default)]
    pub changes: Vec<SharedChange>,
}

/// One stored change of a [`SharedStage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedChange {
    /// The room that made it: the number of the first connection that it ever had.
    pub room: u64,
    /// Counts the changes of that room.
    pub number: u64,
}

/// What a room tells the rooms of its deck on other nodes. May be lost, repeated and late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum NodeMessage {
    /// The room has just opened, or may have missed something: everybody tells everything.
    Hello,
    /// All that a room has to tell; what it told before and is not in it is over.
    All {
        /// Who is there.
        presence: Vec<Entry>,
        /// Who watches there.
        watchers: SharedWatchers,
        /// What was posted last under each key, by the desk of that node.
        posts: Vec<(String, String)>,
    },
    /// Somebody came, moved or left.
    Presence {
        /// One of them.
        entry: Entry,
    },
    /// How many watch.
    Watchers {
        /// On that node.
        watchers: SharedWatchers,
    },
    /// Somebody with this session connected to that node: an older connection of theirs ends.
    Session {
        /// Which.
        session: u64,
    },
    /// The desk or another part of that node posted this for all clients; see
    /// [`Event::Post`](crate::room::Event).
    Post {
        /// Under which key it is kept.
        key: Option<String>,
        /// What.
        json: String,
    },
    /// How long the presentation takes, from the node of the driver.
    Times {
        /// Since it began, in milliseconds.
        elapsed: u64,
        /// Title of each section in order, and the time spent on it.
        sections: Vec<(String, u64)>,
        /// Which section is on now.
        current: Option<u32>,
    },
    /// Somebody pressed a button of the phone remote there.
    Press {
        /// Which.
        key: Press,
    },
    /// The driver there offers the baton once more, as it is offered in the stored value already:
    /// the client that it is for hears so again, and has all its time again.
    OfferedAgain {
        /// To whom.
        offer: SharedOffer,
    },
    /// Another slide took the place of the presented one, which this person removed.
    SlideRemoved {
        /// Who.
        by: String,
    },
}

/// Who watches a deck on one node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedWatchers {
    /// How many.
    pub followers: u32,
    /// How many of them look at another slide.
    pub roaming: u32,
    /// How many edits they do not see.
    pub held_edits: u32,
}
