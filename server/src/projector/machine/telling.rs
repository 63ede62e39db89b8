//! What everybody is told: viewers, remotes, and the room.

use bytes::Bytes;
use collab::room::Event;

use super::{Output, Projector, RECORD_EVERY, TIMES_EVERY};
use crate::projector::audience::Change;
use crate::projector::clean::plain;
use crate::projector::messages::{Phase, SectionTime, Stage, State, ToViewer};
use crate::store::LinkRole;

impl Projector {
    fn state(&self) -> State {
        let Some(presentation) = &self.presentation else {
            let phase = if self.ended { Phase::Ended } else { Phase::Waiting };
            let slide = if self.ended { self.audience.place_of(self.source.slide()) } else { 0 };
            return State { phase, slide, fragment: -1, blackout: false };
        };
        let is_driven = presentation.driver.is_some() && !self.lost;
        State {
            phase: if is_driven { Phase::Live } else { Phase::Away },
            slide: self.audience.place_of(self.source.slide()),
            fragment: self.fragment,
            blackout: presentation.shown.blackout,
        }
    }

    /// Tells everybody what is different. The slides must be up to date.
    pub(super) fn tell(&mut self, change: Option<Change>, now: u64, out: &mut Vec<Output>) {
        let state = self.state();
        let before = std::mem::replace(&mut self.told, state);
        if self.viewers.is_empty() {
            // Whoever comes gets all of it.
        } else if let Some(change) = change {
            out.push(Output::ToAll(self.audience.patch_message(&change, state)));
        } else if state != before {
            out.push(Output::ToAll(ToViewer::State { state }.encode()));
        }
        let is_on = self.presentation.is_some();
        let shown = self.audience.slides().get(self.source.slide() as usize).map(|slide| slide.id);
        let navigated = self.shown != shown;
        self.shown = shown.filter(|_| is_on);
        self.agenda.show(now, self.shown.filter(|_| state.phase == Phase::Live));
        let section = self.audience.outline().section_of(self.source.slide());
        if is_on && self.section != section {
            self.section = section;
            self.tell_times(now, out);
            self.record(now, out);
        } else if is_on && navigated {
            self.times_due.get_or_insert(now.max(self.times_at + TIMES_EVERY));
        }
        if is_on && before.phase == Phase::Live && state.phase != Phase::Live {
            // Whatever comes of it, until now it went on.
            self.record(now, out);
        }
        if state.phase == Phase::Live {
            self.record_due.get_or_insert(now + RECORD_EVERY);
        }
        self.tell_stage(now, out);
        if self.counts.is_some_and(|(.., held)| held != self.audience.held_edits()) {
            self.counts_due.get_or_insert(now);
        }
    }

    pub(super) fn tell_counts(&mut self, out: &mut Vec<Output>) {
        self.counts_due = None;
        let followers = self.viewers.values().filter(|viewer| viewer.role == LinkRole::Follow);
        let (followers, roaming) = followers
            .fold((0, 0), |(all, roaming), viewer| (all + 1, roaming + u32::from(viewer.roaming)));
        let held_edits = self.audience.held_edits();
        let counts = Some((followers, roaming, held_edits));
        if self.counts != counts {
            self.counts = counts;
            out.push(Output::Tell(Event::Viewers { followers, roaming, held_edits }));
        }
    }

    pub(super) fn tell_times(&mut self, now: u64, out: &mut Vec<Output>) {
        (self.times_due, self.times_at) = (None, now);
        if !self.sharing.tells() {
            return;
        }
        let sections = self.section_times(now);
        let current = self.section.map(|section| section as u32);
        let elapsed = self.agenda.elapsed(now);
        out.push(Output::Tell(Event::Times { elapsed, sections, current }));
    }

    pub(super) fn section_times(&self, now: u64) -> Vec<(String, u64)> {
        let of = |(title, first, count): &(String, u32, u32)| {
            (title.clone(), self.spent(now, *first, *count))
        };
        self.audience.outline().sections.iter().map(of).collect()
    }

    pub(super) fn spent(&self, now: u64, first: u32, count: u32) -> u64 {
        let slides = self.audience.slides().iter().skip(first as usize).take(count as usize);
        self.agenda.spent(now, slides.map(|slide| slide.id))
    }

    fn tell_stage(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.viewers.values().all(|viewer| viewer.role != LinkRole::Remote) {
            return;
        }
        let stage = self.current_stage();
        if stage != self.stage || self.times_at == now {
            self.stage = stage;
            out.push(Output::ToRemotes(self.stage_message(now)));
        }
    }

    pub(super) fn current_stage(&self) -> Stage {
        let slide = self.source.slide() as usize;
        let notes = self.audience.slides().get(slide).map(|slide| plain(&slide.notes));
        let next = self.audience.outline().titles.get(slide + 1);
        let presentation = self.presentation.as_ref().filter(|_| !self.lost);
        Stage {
            driver: presentation.and_then(|presentation| presentation.driver.clone()),
            notes: notes.unwrap_or_default(),
            next: next.map_or_else(String::new, |title| title.to_string()),
            reachable: presentation.is_some_and(|one| one.driver.is_some() && !one.away),
        }
    }

    pub(super) fn stage_message(&self, now: u64) -> Bytes {
        let outline = self.audience.outline();
        let section = outline.section_of(self.source.slide());
        let time = section.and_then(|section| {
            let (title, first, count) = outline.sections.get(section)?;
            let minutes = outline.minutes.get(section).copied().flatten();
            Some(SectionTime { title, spent: self.spent(now, *first, *count), minutes })
        });
        let section = time.unwrap_or(SectionTime { title: "", spent: 0, minutes: None });
        ToViewer::Stage { stage: &self.stage, elapsed: self.agenda.elapsed(now), section }.encode()
    }
}
