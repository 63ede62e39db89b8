//! Which sections were on in the last call, or are in this one.

use collab::presentation::Presentation;

use super::{Desk, Output};
use crate::desk::reading::Seen;

/// A section that was on for so long was presented; a shorter time was passing by.
const PRESENTED_AFTER: u64 = 5_000;
/// A room that is opened anew does not know whether its presentation is the one from before. It is
/// when a section of that was on so short a time ago.
const GOES_ON_WITHIN: u64 = 15 * 60 * 1_000;

/// What is known of the presentation.
#[derive(Default)]
pub(super) struct Stage {
    /// The last word of the room: there is one.
    is_on: bool,
    /// Its driver is there, so that times run.
    runs: bool,
    /// The last one was ended.
    ended: bool,
    /// Nothing was heard yet.
    was_heard: bool,
    /// Somebody presents, and how long the call has been on says whether it is the one of before.
    is_undecided: bool,
    /// Titles of sections in order, and the time spent on each.
    spent: Vec<(String, u64)>,
    /// Which one is on, and when it has been for long enough.
    current: Option<(usize, u64)>,
}

impl Stage {
    /// When the section that is on has been for long enough.
    pub(super) fn due(&self) -> Option<u64> {
        self.current.filter(|_| self.is_on && self.runs).map(|(_, due)| due)
    }

    pub(super) fn wake(&mut self, now: u64) {
        if let Some((current, _)) = self.current.take_if(|(_, due)| *due <= now)
            && let Some((_, spent)) = self.spent.get_mut(current)
        {
            *spent = (*spent).max(PRESENTED_AFTER);
        }
    }

    /// The room is gone.
    pub(super) fn left(&mut self) {
        *self = Self { ended: self.ended, was_heard: self.was_heard, ..Self::default() };
    }

    /// Whether a call begins that is certainly not the one of before. `newest` is when a section was
    /// presented last.
    pub(super) fn hear(
        &mut self,
        presentation: Option<&Presentation>,
        ended: bool,
        newest: Option<i64>,
        now: u64,
    ) -> bool {
        let was_on = std::mem::replace(&mut self.is_on, presentation.is_some());
        let had_ended = std::mem::replace(&mut self.ended, ended);
        let is_first = !std::mem::replace(&mut self.was_heard, true);
        self.runs = presentation.is_some_and(|one| one.driver.is_some() && !one.away);
        if !self.is_on || was_on || is_first {
            return false;
        }
        (self.spent, self.current) = (Vec::new(), None);
        let newest = newest.and_then(|newest| u64::try_from(newest).ok());
        self.is_undecided =
            !had_ended && newest.is_some_and(|newest| newest + GOES_ON_WITHIN < now);
        had_ended || newest.is_none()
    }

    /// The same, once it is known for how long the call has been on: one section may take longer than a
    /// server that starts again knows of it.
    pub(super) fn decide(&mut self, elapsed: u64, newest: Option<i64>, now: u64) -> bool {
        let newest = newest.and_then(|newest| u64::try_from(newest).ok());
        std::mem::take(&mut self.is_undecided)
            && newest.is_none_or(|newest| newest < now.saturating_sub(elapsed))
    }

    pub(super) fn hear_times(
        &mut self,
        sections: &[(String, u64)],
        current: Option<u32>,
        now: u64,
    ) {
        self.spent = sections.to_vec();
        let current = current.map(|current| current as usize);
        self.current = current.and_then(|current| {
            let (_, spent) = sections.get(current).filter(|(_, spent)| *spent < PRESENTED_AFTER)?;
            Some((current, now + PRESENTED_AFTER - spent))
        });
    }

    /// Which of the sections of the text were on.
    fn presented(&self, seen: &[Seen]) -> Vec<usize> {
        let long_enough = self.spent.iter().enumerate().filter(|(_, (_, t))| *t >= PRESENTED_AFTER);
        long_enough.filter_map(|(index, (title, _))| self.place(index, title, seen)).collect()
    }

    /// The projector has the sections in the same order, unless one of the two is behind. Titles are
    /// cut where they are many.
    fn place(&self, index: usize, title: &str, seen: &[Seen]) -> Option<usize> {
        if seen.get(index).is_some_and(|section| section.title.starts_with(title)) {
            return Some(index);
        }
        // Of two with the same title, the same one of the two.
        let before = self.spent[..index].iter().filter(|(other, _)| other == title).count();
        let is_called_so = |(_, section): &(usize, &Seen)| section.title == title;
        seen.iter().enumerate().filter(is_called_so).nth(before).map(|(place, _)| place)
    }
}

impl Desk {
    /// What was presented before was so in another call.
    pub(super) fn begin_call(&mut self, now: u64, out: &mut Vec<Output>) {
        for known in self.book.known.iter_mut().filter(|one| one.record.presented_at.is_some()) {
            known.record.presented_at = None;
            if known.record.ready_at.is_none() {
                known.record.ready_sum = None;
            }
            known.is_unstored = true;
        }
        self.tell(now, out);
    }

    /// Notes which sections have been on for long enough.
    pub(super) fn note_presented(&mut self, now: u64, out: &mut Vec<Output>) {
        self.catch_up(now, out);
        if self.is_resting(now) {
            // What was presented is what is in the deck now, which is not known yet.
            self.is_presented_due = true;
            return;
        }
        self.mark_presented(now);
        self.tell(now, out);
    }

    pub(super) fn mark_presented(&mut self, now: u64) {
        let places = self.stage.presented(&self.seen);
        let is_new = |place: usize| places.contains(&place);
        for known in &mut self.book.known {
            let record = &mut known.record;
            if record.presented_at.is_none() && known.place.is_some_and(is_new) {
                record.presented_at = i64::try_from(now).ok();
                record.ready_sum = known.sum;
                known.is_unstored = true;
            }
        }
    }
}
