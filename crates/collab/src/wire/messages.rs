//! Control messages: what server and Ondeck clients say to each other beside y-websocket.

use serde::{Deserialize, Serialize};

use super::{BadFrame, Profile};
use crate::access::{Act, Role};
use crate::presentation::{Presentation, Press, Shown};

/// What the server tells an Ondeck client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "type",
    try_from = "Fields"
)]
pub enum ServerMessage {
    /// First message on a connection.
    Hello {
        /// What this connection may do.
        role: Role,
        /// Lineage of the document. It changes when a backup is restored: a replica of another
        /// epoch must not be merged.
        epoch: u64,
        /// Version of the server.
        version: String,
        /// An id to edit with, for a client that has none in this epoch.
        client: u64,
        /// Shows to whoever asks later that the id was issued to this client.
        proof: String,
    },
    /// The first `frames` sync frames (step 2 and update) of this connection are durable.
    Saved {
        /// How many, counted from the start of the connection.
        frames: u64,
    },
    /// The state of the presentation, after each change and once after joining.
    Presentation {
        /// Nobody presents when absent.
        presentation: Option<Presentation>,
        /// Whether the receiver is the one who drives.
        driving: bool,
        /// Whether the receiver began this presentation.
        host: bool,
        /// Nobody presents because the presentation was ended, not because it has not begun yet.
        ended: bool,
    },
    /// Who watches without editing.
    Audience {
        /// How many there are.
        followers: u32,
        /// How many of them look at another slide than the one that is shown.
        roaming: u32,
        /// How many edits they do not see, as what they see is held.
        held_edits: u32,
    },
    /// The receiver may take over from the driver for ten seconds, whatever their role.
    Offered {
        /// Name of the driver.
        by: String,
        /// The section that begins.
        section: String,
        /// What a [`ClientMessage::Present`] that takes the offer names.
        term: u64,
    },
    /// The slide that was shown is gone from the deck, and another one took its place. For those who
    /// may present.
    SlideRemoved {
        /// Who removed it.
        by: String,
    },
    /// Somebody pressed a button of the phone remote. For the driver.
    Press {
        /// Which.
        key: Press,
    },
    /// How long the presentation takes so far, in milliseconds. For those who may present.
    Times {
        /// Since it began.
        elapsed: u64,
        /// Title of each section in order, and the time spent on it.
        sections: Vec<(String, u64)>,
        /// Which section is on now.
        current: Option<u32>,
    },
    /// Who wrote the update that follows: for the projector when it removes something, for the desk
    /// when somebody else wrote the one before.
    Author {
        /// As others see them.
        name: String,
    },
    /// Something beside the text: how far the sections are, what is said beside the slides.
    Desk {
        /// JSON, for the page.
        json: String,
    },
    /// Whether the server can store edits, when that changes and, if it cannot, after the hello.
    /// While it cannot, it takes none; once it can again it asks for all of them.
    Storage {
        /// Whether it can.
        writable: bool,
    },
    /// Answer to [`ClientMessage::Ping`].
    Pong,
    /// The server is about to restart: reconnect after this time, typed text is safe.
    Draining {
        /// Milliseconds.
        retry_after: u64,
    },
}

/// All fields of all [`ServerMessage`]s. One reader for them is a fraction of the code of one for
/// each message, and every page loads that code. For the same reason roles and buttons are read as
/// words first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(rename = "type")]
    kind: String,
    role: Option<String>,
    epoch: Option<u64>,
    version: Option<String>,
    client: Option<u64>,
    proof: Option<String>,
    frames: Option<u64>,
    presentation: Option<Presentation>,
    driving: Option<bool>,
    host: Option<bool>,
    ended: Option<bool>,
    followers: Option<u32>,
    roaming: Option<u32>,
    held_edits: Option<u32>,
    by: Option<String>,
    section: Option<String>,
    term: Option<u64>,
    key: Option<String>,
    elapsed: Option<u64>,
    sections: Option<Vec<(String, u64)>>,
    current: Option<u32>,
    name: Option<String>,
    json: Option<String>,
    writable: Option<bool>,
    retry_after: Option<u64>,
}

impl TryFrom<Fields> for ServerMessage {
    type Error = BadFrame;

    fn try_from(it: Fields) -> Result<Self, BadFrame> {
        let kind = it.kind.clone();
        it.message(&kind).ok_or(BadFrame("a message that is unknown or lacks a field"))
    }
}

impl Fields {
    fn message(self, kind: &str) -> Option<ServerMessage> {
        Some(match kind {
            "hello" => ServerMessage::Hello {
                role: Role::named(&self.role?)?,
                epoch: self.epoch?,
                version: self.version?,
                client: self.client?,
                proof: self.proof?,
            },
            "saved" => ServerMessage::Saved { frames: self.frames? },
            "presentation" => ServerMessage::Presentation {
                presentation: self.presentation,
                driving: self.driving?,
                host: self.host?,
                ended: self.ended?,
            },
            "audience" => ServerMessage::Audience {
                followers: self.followers?,
                roaming: self.roaming?,
                held_edits: self.held_edits?,
            },
            "offered" => {
                ServerMessage::Offered { by: self.by?, section: self.section?, term: self.term? }
            }
            "slideRemoved" => ServerMessage::SlideRemoved { by: self.by? },
            "press" => ServerMessage::Press { key: Press::named(&self.key?)? },
            "times" => ServerMessage::Times {
                elapsed: self.elapsed?,
                sections: self.sections?,
                current: self.current,
            },
            "author" => ServerMessage::Author { name: self.name? },
            "desk" => ServerMessage::Desk { json: self.json? },
            "storage" => ServerMessage::Storage { writable: self.writable? },
            "pong" => ServerMessage::Pong,
            "draining" => ServerMessage::Draining { retry_after: self.retry_after? },
            _ => return None,
        })
    }
}

/// What an Ondeck client tells the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum ClientMessage {
    /// Who this is. The server puts it into the presence that others see.
    Introduce {
        /// As others see them.
        profile: Profile,
        /// Known to this client alone, and the same on all its connections: whoever returns
        /// takes the place of their own connection that is not noticed to be dead yet.
        session: u64,
        /// Client ids that were issued to it before, with their proofs: those of its own edits and
        /// of edits that it sends for a tab that is gone. At most [`MAX_CLAIMS`] count.
        #[serde(default)]
        clients: Vec<(u64, String)>,
    },
    /// Drive the presentation to here.
    Present {
        /// Where, and how it is shown.
        shown: Shown,
        /// Take over from the driver of this term.
        take: Option<u64>,
    },
    /// Leave the audience with the deck as it is now, or let it see what was edited since. For the
    /// driver.
    Hold {
        /// Whether to.
        on: bool,
    },
    /// Let somebody else take over, as a section of theirs begins. For the driver.
    Offer {
        /// Their client id in presence.
        to: u64,
        /// The title of the section.
        section: String,
    },
    /// End the presentation. For the driver, and for who began it.
    StopPresenting,
    /// "Are you there?"
    Ping,
}

impl ClientMessage {
    /// What kind of message it is.
    pub(crate) fn act(&self) -> Act {
        match self {
            Self::Introduce { .. } => Act::Introduce,
            Self::Present { .. } => Act::Present,
            Self::Hold { .. } => Act::Hold,
            Self::Offer { .. } => Act::Offer,
            Self::StopPresenting => Act::StopPresenting,
            Self::Ping => Act::Ping,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::DeckDoc;

    #[test]
    fn each_message_is_read_as_it_was_written() {
        let shown = Shown { slide: DeckDoc::new(1).anchor(0), fragment: -1, blackout: true };
        let (driver, held) = (Some("Ada".to_owned()), true);
        let presentation = Presentation { driver, away: true, term: 3, seq: 4, shown, held };
        let nobody = ServerMessage::Presentation {
            presentation: None,
            driving: false,
            host: false,
            ended: true,
        };
        let hello = |role| ServerMessage::Hello {
            role,
            epoch: 1,
            version: "1.0".to_owned(),
            client: 5,
            proof: "proof".to_owned(),
        };
        for message in [
            hello(Role::Follow),
            hello(Role::Edit),
            hello(Role::Present),
            nobody,
            ServerMessage::Presentation {
                presentation: Some(presentation),
                driving: true,
                host: true,
                ended: false,
            },
            ServerMessage::Saved { frames: 1 },
            ServerMessage::Audience { followers: 1, roaming: 2, held_edits: 3 },
            ServerMessage::Offered { by: "Ada".into(), section: "Ops".into(), term: 1 },
            ServerMessage::SlideRemoved { by: "Ada".into() },
            ServerMessage::Press { key: Press::Next },
            ServerMessage::Press { key: Press::Previous },
            ServerMessage::Press { key: Press::Blackout },
            ServerMessage::Times { elapsed: 1, sections: vec![("Ops".into(), 2)], current: None },
            ServerMessage::Author { name: "Ada".into() },
            ServerMessage::Desk { json: r#"{"kind":"said"}"#.into() },
            ServerMessage::Storage { writable: false },
            ServerMessage::Pong,
            ServerMessage::Draining { retry_after: 1 },
        ] {
            let json = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<ServerMessage>(&json).unwrap(), message, "{json}");
        }
    }
}
