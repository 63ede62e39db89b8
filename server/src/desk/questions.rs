//! What a node asks the desk of another one, and hears: JSON.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{DeskError, Mark};
use crate::hub::JoinError;
use crate::store::StoreError;

/// What the desk is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub(super) enum Question {
    /// The board.
    Show,
    /// Somebody says something of a section.
    Mark { section: u64, mark: Mark },
}

/// What all desks are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub(super) enum News {
    /// The call of a deck is at another time.
    Renew { deck: String },
    /// Somebody is somebody else from now on.
    CarryOver { from: String, to: String },
}

/// Why the desk has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Fault {
    NoDeck,
    NoSection,
    /// It could not read or store it; its own log says why.
    Failed,
    /// It is not on that node any more.
    NotHere,
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Room(JoinError::NoDeck) => Self::NoDeck,
            DeskError::Room(JoinError::Store(_)) => Self::Failed,
            DeskError::NoSection => Self::NoSection,
            // Another node has the desk before long.
            DeskError::Room(JoinError::Stopping) | DeskError::Elsewhere | DeskError::Unanswered => {
                Self::NotHere
            }
        }
    }
}

impl From<Fault> for DeskError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoDeck => Self::Room(JoinError::NoDeck),
            Fault::NoSection => Self::NoSection,
            Fault::Failed => {
                StoreError("the node with the desk could not read or store".into()).into()
            }
            Fault::NotHere => Self::Elsewhere,
        }
    }
}

/// A question or news as it travels.
pub(super) fn encode(said: &impl Serialize) -> Bytes {
    // Plain data with text keys: there is nothing in it that JSON cannot express.
    serde_json::to_vec(said).unwrap_or_default().into()
}

/// An answer as it travels.
pub(super) fn encode_answer<T: Serialize>(answer: Result<T, DeskError>) -> Bytes {
    encode(&answer.map_err(Fault::from))
}

/// Reads an answer. One that makes no sense comes from a node of another version.
pub(super) fn read_answer<T: DeserializeOwned>(answer: &[u8]) -> Result<T, DeskError> {
    let answer = serde_json::from_slice::<Result<T, Fault>>(answer);
    answer.map_err(|_| DeskError::Unanswered)?.map_err(DeskError::from)
}
