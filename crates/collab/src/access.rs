//! What a peer may do in a deck's room.

use serde::{Deserialize, Serialize};

/// A peer's role in one deck; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees the deck and follows the presentation. Sees nobody else, and is not shown.
    Follow,
    /// Also changes the text and shows up with a caret.
    Edit,
    /// Also drives the presentation.
    Present,
}

impl Role {
    /// The role that messages call so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "follow" => Self::Follow,
            "edit" => Self::Edit,
            "present" => Self::Present,
            _ => return None,
        })
    }

    /// What becomes of a message of this kind from a peer of this role.
    pub fn may(self, act: Act) -> Rule {
        let [follow, edit, present] = act.rules();
        match self {
            Self::Follow => follow,
            Self::Edit => edit,
            Self::Present => present,
        }
    }

    /// May change the text.
    pub fn can_edit(self) -> bool {
        self >= Self::Edit
    }

    /// May see who else is here, and be seen.
    pub fn has_presence(self) -> bool {
        self >= Self::Edit
    }

    /// May drive the presentation.
    pub fn can_present(self) -> bool {
        self >= Self::Present
    }
}

/// What a peer is told that may not write.
const READ_ONLY: &str = "you may not change this deck";
/// What a peer is told that may not present.
const NO_PRESENTER: &str = "you may not present this deck";

/// The kinds of message that a peer can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Step 1: asks for what it lacks.
    Ask,
    /// Step 2: what the server lacks.
    Answer,
    /// Step 2: the server lacks nothing.
    AnswerNothing,
    /// An update.
    Update,
    /// Awareness: where its caret is.
    Appear,
    /// Query awareness: asks who is here.
    LookAround,
    /// Permission denied, which only servers say.
    Deny,
    /// Asks for a sign of life.
    Ping,
    /// Says who it is.
    Introduce,
    /// Drives to a slide.
    Present,
    /// Holds what the audience sees.
    Hold,
    /// Offers the baton.
    Offer,
    /// Ends the presentation.
    StopPresenting,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is taken.
    Taken,
    /// It is taken from who drives or was offered the baton, and refused with this otherwise.
    Driving(&'static str),
    /// Nothing.
    Ignored,
    /// It is refused, and its sender is told this.
    Refused(&'static str),
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Ask,
        Self::Answer,
        Self::AnswerNothing,
        Self::Update,
        Self::Appear,
        Self::LookAround,
        Self::Deny,
        Self::Ping,
        Self::Introduce,
        Self::Present,
        Self::Hold,
        Self::Offer,
        Self::StopPresenting,
    ];

    // [A8] The one table: for those who follow, who edit, who present.
    fn rules(self) -> [Rule; 3] {
        use Rule::{Driving, Ignored, Refused, Taken};
        match self {
            Self::Ask | Self::Ping | Self::Introduce => [Taken, Taken, Taken],
            Self::Answer | Self::Update => [Refused(READ_ONLY), Taken, Taken],
            Self::AnswerNothing | Self::Appear | Self::LookAround => [Ignored, Taken, Taken],
            Self::Deny => [Ignored, Ignored, Ignored],
            Self::Present | Self::Hold | Self::Offer | Self::StopPresenting => {
                [Refused(NO_PRESENTER), Driving(NO_PRESENTER), Taken]
            }
        }
    }

    /// Whether it would change the text.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Answer | Self::Update)
    }
}
