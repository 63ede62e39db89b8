//! What is wrong with a connection, in words, and what can be done about it.

use collab::replica::Status;
use collab::room::CloseReason;

use super::is_gone;
use crate::i18n::{plural, t};

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    Retry,
    Copy,
    Download,
    Discard,
    Restore,
    Reload,
}

/// What the bar says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Warning {
    pub(super) text: String,
    /// Text is in danger, or has no way to the server.
    pub(super) danger: bool,
    pub(super) remedies: &'static [Remedy],
}

/// What is wrong with a status. `closed` is the code that the last connection ended with, `writes`
/// whether the person is here to write.
pub(super) fn warning(status: &Status, closed: u16, writes: bool) -> Option<Warning> {
    use Remedy::{Copy, Discard, Download, Reload, Restore, Retry};
    let has_code = |reason: CloseReason| closed == reason.code();
    let (away, away_unkept) = match has_code(CloseReason::RoomFull) {
        true => (t().room_full, t().room_full_unkept),
        false => (t().offline_text, t().offline_unkept),
    };
    Some(match status {
        Status::Saved | Status::Saving | Status::ReadOnly { unsaved: 0 } => return None,
        // After an attempt that failed; before the first one the bar does not show.
        Status::Connecting => Warning::mild(away, 0, &[Retry]),
        Status::Offline { unsaved, kept, .. } | Status::Reconnecting { unsaved, kept } => {
            match *kept || !writes {
                true => Warning::mild(away, *unsaved, &[Retry]),
                false => Warning::danger(away_unkept, &[Copy, Retry]),
            }
        }
        Status::Full { .. } if !writes => return None,
        Status::Full { unsaved, kept } => match *kept || *unsaved == 0 {
            true => Warning::mild(t().server_full, *unsaved, &[]),
            false => Warning::danger(t().server_full_unkept, &[Copy]),
        },
        Status::ReadOnly { .. } => Warning::danger(t().lost_access, &[Download]),
        Status::Refused { .. } if is_gone(status) => {
            Warning::danger(t().deck_deleted, if writes { &[Copy, Restore] } else { &[Restore] })
        }
        Status::Refused { .. } if !writes && has_code(CloseReason::NoAccess) => {
            Warning::danger(t().no_access, &[Reload])
        }
        Status::Refused { reason, .. } if !writes => {
            Warning::danger(with_reason(t().refused_text, reason), &[Reload])
        }
        Status::Refused { .. } if is_too_long(closed) => {
            Warning::danger(t().too_long, &[Copy, Retry])
        }
        Status::Refused { unsaved: 0, .. } if has_code(CloseReason::NoAccess) => {
            Warning::danger(t().lost_access, &[Reload])
        }
        Status::Refused { .. } if has_code(CloseReason::NoAccess) => {
            Warning::danger(t().lost_access, &[Download, Reload])
        }
        Status::Refused { reason, unsaved: 0 } => {
            Warning::danger(with_reason(t().refused_text, reason), &[Copy, Reload])
        }
        // Loading again alone would bring the same edits to the same server.
        Status::Refused { reason, .. } => {
            Warning::danger(with_reason(t().edits_refused, reason), &[Download, Discard])
        }
    })
}

/// Whether the deck cannot hold what was written: the person can make it shorter.
pub(super) fn is_too_long(closed: u16) -> bool {
    closed == CloseReason::DeckFull(String::new()).code()
}

fn with_reason(text: &str, reason: &str) -> String {
    if reason.is_empty() { text.to_owned() } else { format!("{text} ({reason})") }
}

impl Warning {
    fn danger(text: impl Into<String>, remedies: &'static [Remedy]) -> Self {
        Self { text: text.into(), danger: true, remedies }
    }

    /// Nothing is wrong with the edits, they only have to wait.
    fn mild(why: &str, unsaved: usize, remedies: &'static [Remedy]) -> Self {
        let safe = plural(t().kept_here, unsaved);
        let text = if unsaved == 0 { why.to_owned() } else { [why, &safe].join(" ") };
        Self { text, danger: false, remedies }
    }
}
