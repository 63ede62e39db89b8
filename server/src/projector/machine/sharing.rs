//! What projectors of one deck on several nodes share: which of them stores and tells the times of a
//! presentation, and what the audience sees that is held.
//!
//! Each measures all that it sees of a presentation. The one that the driver is connected to stores
//! it; before it does it takes over what another one stored that saw more. Both measure the same, so
//! of each section the longer time is right.

#[cfg(test)]
mod tests;

use collab::presentation::Presentation;

use super::holding_on::HoldingOn;
use super::recording::{Paired, pair};
use super::{GOES_ON_WITHIN, Output, Projector};
use crate::projector::record::Record;

/// When somebody ends a presentation that nobody drives, the projector that stored its times last may
/// be gone. Others look after so long whether it stored the end, in milliseconds.
const ENDED_WITHIN: u64 = 5_000;
/// The text of a hold that has just begun is there after a moment: it is asked for again after this.
const ASK_HOLD_AGAIN: u64 = 500;
/// It is waited for so long. The node that should have stored it died at that very moment.
const HOLD_KNOWN_WITHIN: u64 = 10_000;

/// Whether a projector stores and tells times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::projector) enum Recording {
    /// There is no other one.
    Alone,
    /// The driver is, or was last, on another node.
    No,
    /// It reads what the one before stored.
    Recalling,
    Yes,
}

/// The end of a presentation that is not stored yet.
#[derive(Debug, Clone, Copy)]
struct End {
    at: u64,
    /// It is for this projector to store it, not only in place of another one.
    is_ours: bool,
}

/// What is shared with other projectors of the deck.
#[derive(Debug)]
pub(super) struct Sharing {
    pub(super) recording: Recording,
    /// The presentation ended, and that is to be stored.
    end: Option<End>,
    end_due: Option<u64>,
    /// The room said that nobody presents.
    saw_nobody: bool,
    /// The text of the hold is asked for since then.
    hold_since: Option<u64>,
    hold_due: Option<u64>,
    pub(super) holding: HoldingOn,
}

impl Sharing {
    pub(super) fn new(recording: Recording) -> Self {
        Self {
            recording,
            end: None,
            end_due: None,
            saw_nobody: false,
            hold_since: None,
            hold_due: None,
            holding: HoldingOn::default(),
        }
    }

    pub(super) fn dues(&self) -> [Option<u64>; 3] {
        [self.end_due, self.hold_due, self.holding.until]
    }

    pub(super) fn is_alone(&self) -> bool {
        self.recording == Recording::Alone
    }

    /// Whether times are stored.
    pub(super) fn stores(&self) -> bool {
        matches!(self.recording, Recording::Alone | Recording::Yes)
    }

    /// Whether times are told.
    pub(super) fn tells(&self) -> bool {
        self.recording != Recording::No
    }

    /// Whether it is waited for the text of a hold.
    pub(super) fn awaits_hold(&self) -> bool {
        self.hold_since.is_some()
    }
}

impl Projector {
    /// What is due of it.
    pub(super) fn wake_sharing(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.sharing.end_due.is_some_and(|due| due <= now) {
            self.sharing.end_due = None;
            out.push(Output::Recall);
        }
        if self.sharing.hold_due.is_some_and(|due| due <= now) {
            self.sharing.hold_due = None;
            out.push(Output::AskHold);
        }
        if self.sharing.holding.until.is_some_and(|due| due <= now) {
            self.let_go(now, out);
        }
    }

    /// A presentation begins, or is heard of for the first time.
    pub(super) fn share_begin(&mut self, out: &mut Vec<Output>) {
        if !self.sharing.is_alone() {
            (self.sharing.end, self.sharing.end_due) = (None, None);
            out.push(Output::Recall);
        }
    }

    /// The driver is connected here, elsewhere or nowhere.
    pub(super) fn share_driver(
        &mut self,
        is_here: bool,
        before: Option<&Presentation>,
        presentation: &Presentation,
        now: u64,
        out: &mut Vec<Output>,
    ) {
        let is_connected = presentation.driver.is_some() && !presentation.away;
        match self.sharing.recording {
            Recording::No if is_here => {
                self.sharing.recording = Recording::Recalling;
                if before.is_some() {
                    out.push(Output::Recall);
                }
                if !presentation.held {
                    // Of a hold whose end nobody stored.
                    out.push(Output::KeepHold(None));
                }
                self.times_due = self.is_complete().then_some(now);
            }
            Recording::Recalling if is_connected && !is_here => self.stop_recording(),
            Recording::Yes if is_connected && !is_here => {
                out.extend(self.record_of(now, None).map(Output::Record));
                self.stop_recording();
            }
            // They may come back on another node, which goes on with what is stored.
            Recording::Yes if presentation.away && before.is_some_and(|before| !before.away) => {
                self.record(now, out);
            }
            _ => {}
        }
    }

    fn stop_recording(&mut self) {
        self.sharing.recording = Recording::No;
        (self.record_due, self.times_due) = (None, None);
    }

    /// The presentation is over.
    pub(super) fn share_end(&mut self, now: u64) {
        match self.sharing.recording {
            Recording::Alone => return,
            Recording::Yes => {}
            Recording::Recalling => self.sharing.end = Some(End { at: now, is_ours: true }),
            Recording::No => {
                self.sharing.end = Some(End { at: now, is_ours: false });
                self.sharing.end_due = Some(now + ENDED_WITHIN);
            }
        }
        self.stop_recording();
    }

    /// What is stored of the last presentation, which was asked for.
    pub(in crate::projector) fn recalled(
        &mut self,
        now: u64,
        past: Option<Record>,
        out: &mut Vec<Output>,
    ) {
        let began = self.agenda.began();
        let goes_on = |past: &Record| {
            let is_recent = (now as i64).saturating_sub(past.seen) <= GOES_ON_WITHIN;
            past.ended.is_none() && (is_recent || began.is_some_and(|began| past.seen >= began))
        };
        let past = past.filter(|_| began.is_some()).filter(goes_on);
        let is_stored = past.is_some();
        if let Some(past) = past {
            self.take_over(now, past);
        }
        if let Some(end) = self.sharing.end.filter(|_| self.sharing.end_due.is_none()) {
            self.sharing.end = None;
            if is_stored || end.is_ours {
                let ended = Some(end.at as i64);
                out.extend(self.record_of(end.at, ended).map(Output::Record));
                self.inherited = Vec::new();
            }
        } else if self.sharing.recording == Recording::Recalling && self.presentation.is_some() {
            self.sharing.recording = Recording::Yes;
            self.record(now, out);
            self.times_due = self.is_complete().then_some(now).or(self.times_due);
        }
    }

    /// The presentation is the one that was stored, by one that may have seen more of it.
    fn take_over(&mut self, now: u64, past: Record) {
        self.agenda.begin_at(past.began);
        if !self.source.is_complete() || self.audience.slides().is_empty() {
            self.inherited = past.sections;
            return;
        }
        let Paired { found, left } = pair(self.audience.outline(), past.sections);
        for (first, count, stored) in found {
            let own = self.spent(now, first, count);
            if let Some(slide) = self.audience.slides().get(first as usize) {
                self.agenda.add(slide.id, stored.saturating_sub(own));
            }
        }
        self.inherited.retain(|(title, _)| left.iter().all(|(known, _)| known != title));
        self.inherited.extend(left);
    }

    fn is_to_be_held(&self) -> bool {
        self.presentation.as_ref().is_some_and(|one| one.held)
    }

    /// The audience is held from now on, or not any more.
    pub(super) fn share_hold(&self, is_held: bool, out: &mut Vec<Output>) {
        if self.sharing.tells() {
            out.push(Output::KeepHold(is_held.then(|| self.source.text())));
        }
    }

    /// The room says what it knows of a presentation; another room may not know what this one did.
    pub(super) fn saw_nobody(&mut self, is_nobody: bool) {
        self.sharing.saw_nobody = is_nobody;
    }

    /// Whether the audience was held before this projector could see what it saw: then that is asked
    /// for, and nobody is shown anything before.
    pub(super) fn must_know_hold(&mut self, now: u64, out: &mut Vec<Output>) -> bool {
        let is_needed = match self.sharing.is_alone() {
            true => !self.sharing.holding.is_known,
            false => self.is_to_be_held() && !self.sharing.saw_nobody,
        };
        if !is_needed {
            return false;
        }
        if self.sharing.hold_since.is_none() {
            self.sharing.hold_since = Some(now);
            out.push(Output::AskHold);
        }
        true
    }

    /// The hold is over. Answers whether nobody knew its text yet.
    pub(super) fn forget_hold(&mut self) -> bool {
        let was_awaited = self.sharing.awaits_hold();
        (self.sharing.hold_since, self.sharing.hold_due) = (None, None);
        was_awaited
    }

    /// What is stored of the hold, which was asked for; nothing when that is not known yet.
    pub(in crate::projector) fn hold_was(
        &mut self,
        now: u64,
        text: Option<String>,
        out: &mut Vec<Output>,
    ) {
        let Some(since) = self.sharing.hold_since else { return };
        let is_late = now.saturating_sub(since) >= HOLD_KNOWN_WITHIN;
        if text.is_none() && !is_late && !self.sharing.is_alone() {
            self.sharing.hold_due = Some(now + ASK_HOLD_AGAIN);
            return;
        }
        self.forget_hold();
        if self.sharing.is_alone() && !self.goes_on_holding(now, text.is_some(), out) {
            return self.show_all(now, out);
        }
        match text {
            Some(text) => self.source.go_back_to(&text),
            None => {
                tracing::warn!(
                    "nobody knows what a held audience sees: it is held as the deck is now"
                );
                self.source.catch_up(now);
            }
        }
        self.render(now);
        self.audience.hold(0);
        self.source.catch_up(now);
        self.place(true);
        self.render(now);
        self.audience.show_held(self.source.slide());
        self.bind(false, None, out);
        self.tell(None, now, out);
        if !self.viewers.is_empty() {
            out.push(Output::ToAll(self.audience.snapshot(self.told).message.clone()));
        }
    }
}
