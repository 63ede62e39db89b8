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
