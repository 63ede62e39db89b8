//! A hold outlasts the room that was told of it, and a restart of the server: the audience keeps what it
//! sees until somebody presents again, who may let it go.
//!
//! On several nodes what is presented is stored, and with it that it is held. Where a server is alone
//! only the projector and what it stored know.

#[cfg(test)]
mod tests;

use collab::presentation::Presentation;
use collab::room::Event;

use super::{GOES_ON_WITHIN, Output, Projector};
use crate::projector::record::Record;

/// See above.
#[derive(Debug)]
pub(super) struct HoldingOn {
    /// Until then a hold that was stored counts: as long as the call that it belongs to may go on.
    counts_until: u64,
    /// What is stored was asked for.
    pub(super) is_known: bool,
    /// The room does not know that the audience is held. It is let go then.
    pub(super) until: Option<u64>,
}

impl Default for HoldingOn {
    fn default() -> Self {
        // When no call can be read nobody is shown what was held back.
        Self { counts_until: GOES_ON_WITHIN as u64, is_known: false, until: None }
    }
}

impl HoldingOn {
    /// The call that was on last.
    pub(super) fn remember(&mut self, past: &Record) {
        let until = past.ended.is_none().then_some(past.seen + GOES_ON_WITHIN);
        self.counts_until = until.and_then(|until| until.try_into().ok()).unwrap_or_default();
    }
}

impl Projector {
    /// The room is gone, and a new one will not know that the audience is held.
    pub(super) fn hold_on(&mut self, now: u64) {
        if self.sharing.is_alone() && self.audience.is_held() {
            self.sharing.holding.until.get_or_insert(now + GOES_ON_WITHIN as u64);
        }
    }

    /// Somebody presents in a room that may not know that the audience is held: then it is told.
    /// Answers whether the room has it from here.
    pub(super) fn hold_again(&mut self, told: &mut Presentation, out: &mut Vec<Output>) -> bool {
        if told.held {
            self.sharing.holding.until = None;
        }
        if self.sharing.holding.until.is_none() {
            return false;
        }
        told.held = true;
        out.push(Output::Tell(Event::Held));
        true
    }

    /// What is stored of a hold was read. Answers whether the audience is held.
    pub(super) fn goes_on_holding(
        &mut self,
        now: u64,
        is_stored: bool,
        out: &mut Vec<Output>,
    ) -> bool {
        let HoldingOn { counts_until, is_known, until } = &mut self.sharing.holding;
        *is_known = true;
        if self.presentation.as_ref().is_some_and(|one| one.held) {
            return true;
        }
        if !is_stored {
            return false;
        }
        if self.ended || *counts_until < now {
            out.push(Output::KeepHold(None));
            return false;
        }
        *until = Some(*counts_until);
        if let Some(presentation) = &mut self.presentation {
            presentation.held = true;
            out.push(Output::Tell(Event::Held));
        }
        true
    }

    /// Nobody presents who could let the audience go.
    pub(super) fn let_go(&mut self, now: u64, out: &mut Vec<Output>) {
        self.sharing.holding.until = None;
        if !self.audience.is_held() {
            return self.tell(None, now, out);
        }
        self.catch_up(now, out);
        self.render(now);
        self.share_hold(false, out);
        let released = self.audience.release();
        self.tell(released, now, out);
    }
}
