//! What happens to a replica, what its owner has to do, and what the status line says.

use bytes::Bytes;

use crate::Millis;
use crate::doc::TextEdit;
use crate::presentation::Press;

/// What the connection of a replica does.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// Open the first connection.
    Start,
    /// The socket is open.
    Opened,
    /// A message came.
    Frame(Bytes),
    /// The socket closed, or could not be opened.
    Closed {
        /// WebSocket close code, 1006 when there was none.
        code: u16,
        /// What the server said.
        reason: String,
    },
    /// The time of [`Replica::next_wake`] has come.
    Wake,
    /// The network came back, the tab became visible, or the person wants it: connect now.
    Nudge,
    /// Own edits up to this number are on the disk of this device.
    Kept {
        /// As in [`ClientEffect::Keep`].
        upto: u64,
    },
    /// This device cannot keep edits.
    NotKept,
}

/// What the owner of a replica has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEffect {
    /// Open a socket; close the one before.
    Connect,
    /// Close the socket; no [`ClientEvent::Closed`] is expected for it.
    Disconnect,
    /// Send one message.
    Send(Bytes),
    /// The text changed from outside; the edits lead from the text before to the text now.
    Text(Vec<TextEdit>),
    /// [`Replica::status`] changed.
    Status,
    /// [`Replica::people`] changed.
    People,
    /// [`Replica::presentation`], who drives it, or who watches changed.
    Presentation,
    /// Somebody else drives, and lets this client take over for ten seconds.
    Offered {
        /// Name of the driver.
        by: String,
        /// The section that begins.
        section: String,
        /// What [`Replica::present`] is to take.
        term: u64,
    },
    /// Somebody pressed a button of the phone remote, and this client drives.
    Press(Press),
    /// The slide that was shown is gone, and another one took its place.
    SlideRemoved {
        /// Who removed it.
        by: String,
    },
    /// [`Replica::times`] changed.
    Times,
    /// The server says something beside the text, as JSON.
    Desk(String),
    /// The deck is complete for the first time: show it.
    Ready,
    /// After a time offline, or with edits of a tab that is gone, everything is in step again.
    Merged {
        /// Own edits that the server did not have.
        sent: usize,
        /// Changes by others that this client did not have.
        received: usize,
    },
    /// The deck came back from a backup, or with another history. What this client had written and
    /// the server did not have was written anew into the deck as it is now.
    Replaced {
        /// Own edits of that kind.
        carried: usize,
        /// The text as it was here.
        before: String,
    },
    /// The server's version, at each connection.
    Version(String),
    /// Edits that follow belong to a new queue on this device.
    BeginQueue {
        /// The id they are written with.
        client: u64,
        /// Shows the server whose they are.
        proof: String,
    },
    /// Keep an own edit on this device. It is to be written before the `Send` that follows.
    Keep {
        /// Counts own edits, from 1.
        number: u64,
        /// Update V1.
        update: Bytes,
    },
    /// Keep the deck as it is without own edits that wait, in place of what was kept so before.
    KeepBase {
        /// Update V1.
        state: Bytes,
    },
    /// Own edits up to this number are durable on the server, and need not be kept.
    Release {
        /// As in [`ClientEffect::Keep`].
        upto: u64,
    },
    /// Nothing of this queue needs to be kept.
    DropQueue {
        /// As in [`ClientEffect::BeginQueue`].
        client: u64,
    },
}

/// What the status line says. Never better than the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Not connected yet, or the deck is not complete yet.
    Connecting,
    /// Everything typed here is durable on the server.
    Saved,
    /// Connected; some edits are not acknowledged yet.
    Saving,
    /// No connection; another attempt follows.
    Offline {
        /// Edits that only this client has.
        unsaved: usize,
        /// Whether they are on this device's disk.
        kept: bool,
        /// When the next attempt comes.
        retry_at: Millis,
    },
    /// Connecting again after a loss.
    Reconnecting {
        /// Edits that only this client has.
        unsaved: usize,
        /// Whether they are on this device's disk.
        kept: bool,
    },
    /// Connected; the server cannot store edits at the moment.
    Full {
        /// Edits that only this client has.
        unsaved: usize,
        /// Whether they are on this device's disk.
        kept: bool,
    },
    /// Connected; this client may not edit (any more), and has edits that the server does not take.
    ReadOnly {
        /// Edits that only this client has.
        unsaved: usize,
    },
    /// The server does not take this client, and trying again by itself would not help.
    Refused {
        /// Why, in the server's words.
        reason: String,
        /// Edits that only this client has.
        unsaved: usize,
    },
}
