//! How long each slide was on, and so each section.

use std::collections::HashMap;

use super::audience::SlideId;

/// A stopwatch for each slide that was presented. Times are milliseconds.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// A presentation may have begun before the clock did.
    began: Option<i64>,
    ended: Option<u64>,
    spent: HashMap<SlideId, u64>,
    running: Option<(SlideId, u64)>,
}

impl Agenda {
    /// A presentation begins.
    pub(super) fn begin(now: u64) -> Self {
        Self::resume(now as i64)
    }

    /// A presentation goes on that began then.
    pub(super) fn resume(began: i64) -> Self {
        Self { began: Some(began), ..Self::default() }
    }

    /// When it began.
    pub(super) fn began(&self) -> Option<i64> {
        self.began
    }

    /// It began then.
    pub(super) fn begin_at(&mut self, began: i64) {
        self.began = Some(began);
    }

    /// So much was spent on a slide before.
    pub(super) fn add(&mut self, slide: SlideId, spent: u64) {
        *self.spent.entry(slide).or_default() += spent;
    }

    /// From now on this slide is on; none while nobody drives.
    pub(super) fn show(&mut self, now: u64, slide: Option<SlideId>) {
        if let Some((slide, since)) = self.running {
            *self.spent.entry(slide).or_default() += now - since;
        }
        self.running = slide.map(|slide| (slide, now));
    }

    /// The presentation is over.
    pub(super) fn end(&mut self, now: u64) {
        self.show(now, None);
        self.ended = Some(now);
    }

    /// What was spent on a slide counts for another one: it is gone, or became that one.
    pub(super) fn pass_on(&mut self, now: u64, from: SlideId, to: SlideId) {
        let running = self.running.map(|(slide, _)| slide);
        self.show(now, running.map(|slide| if slide == from { to } else { slide }));
        if let Some(spent) = self.spent.remove(&from) {
            *self.spent.entry(to).or_default() += spent;
        }
    }

    /// Since the beginning.
    pub(super) fn elapsed(&self, now: u64) -> u64 {
        let until = self.ended.unwrap_or(now) as i64;
        self.began.map_or(0, |began| u64::try_from(until - began).unwrap_or(0))
    }

    /// Spent on these slides together.
    pub(super) fn spent(&self, now: u64, slides: impl Iterator<Item = SlideId>) -> u64 {
        let of = |slide| {
            let running = self.running.filter(|(running, _)| *running == slide);
            self.spent.get(&slide).copied().unwrap_or(0)
                + running.map_or(0, |(_, since)| now.saturating_sub(since))
        };
        slides.map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_for_the_slide_that_is_on_and_stands_while_nobody_drives() {
        let [a, b, c] = [SlideId(1), SlideId(2), SlideId(3)];
        let mut agenda = Agenda::begin(100);
        agenda.show(100, Some(a));
        agenda.show(400, Some(b));
        agenda.show(500, None);
        agenda.show(900, Some(a));
        let spent =
            |agenda: &Agenda, now, slides: &[SlideId]| agenda.spent(now, slides.iter().copied());
        assert_eq!(spent(&agenda, 1_000, &[a]), 400);
        assert_eq!(spent(&agenda, 1_000, &[a, b, c]), 500);
        assert_eq!(agenda.elapsed(1_000), 900);
        // A slide that goes leaves its time, also while it is on.
        agenda.pass_on(1_000, a, b);
        assert_eq!(spent(&agenda, 1_100, &[b]), 600);
        agenda.end(1_100);
        assert_eq!((spent(&agenda, 5_000, &[b]), agenda.elapsed(5_000)), (600, 1_000));
    }

    #[test]
    fn what_goes_on_began_before_the_clock_did() {
        let a = SlideId(1);
        let mut agenda = Agenda::resume(-60_000);
        agenda.add(a, 20_000);
        agenda.show(5_000, Some(a));
        assert_eq!(agenda.spent(7_000, [a].into_iter()), 22_000);
        assert_eq!((agenda.elapsed(7_000), agenda.began()), (67_000, Some(-60_000)));
    }
}
