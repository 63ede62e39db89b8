//! What remains of a presentation: its times, as they are stored, and how they go on after a restart.

use collab::doc::Anchor;

use super::{GOES_ON_WITHIN, Output, Projector, RECORD_EVERY};
use crate::projector::agenda::Agenda;
use crate::projector::messages::{Outline, Phase};
use crate::projector::record::Record;

/// The text of a deck, and on which of its slides some positions are.
pub(crate) struct Survey {
    pub(crate) text: String,
    /// `None` where the character is gone that the position was put before.
    pub(crate) slides: Vec<Option<u32>>,
}

impl Projector {
    /// What was stored of the last presentation, in times of this machine's clock.
    pub(in crate::projector) fn remember(&mut self, past: Record) {
        self.sharing.holding.remember(&past);
        self.past = Some(past);
    }

    /// Whether somebody presents at this moment.
    pub(in crate::projector) fn is_live(&self) -> bool {
        self.told.phase == Phase::Live
    }

    /// Somebody presents: a new presentation, or the one that was on before a restart.
    pub(super) fn begin(&mut self, now: u64) {
        self.section = None;
        let goes_on = |past: &Record| {
            past.ended.is_none() && (now as i64).saturating_sub(past.seen) <= GOES_ON_WITHIN
        };
        match self.past.take().filter(goes_on) {
            Some(past) => {
                self.agenda = Agenda::resume(past.began);
                self.inherited = past.sections;
            }
            None => {
                self.agenda = Agenda::begin(now);
                self.inherited = Vec::new();
            }
        }
    }

    /// Gives sections the times that they have had already, as soon as they are known. Those that are
    /// not there any more keep theirs.
    pub(super) fn inherit(&mut self) {
        if self.inherited.is_empty() || self.presentation.is_none() {
            return;
        }
        let Paired { found, left } =
            pair(self.audience.outline(), std::mem::take(&mut self.inherited));
        for (first, _, spent) in found {
            if let Some(slide) = self.audience.slides().get(first as usize) {
                self.agenda.add(slide.id, spent);
            }
        }
        self.inherited = left;
    }

    /// How the presentation stands, to be stored.
    pub(super) fn record(&mut self, now: u64, out: &mut Vec<Output>) {
        self.record_due = (self.told.phase == Phase::Live).then_some(now + RECORD_EVERY);
        if !self.sharing.stores() {
            return;
        }
        out.extend(self.record_of(now, None).map(Output::Record));
    }

    /// It is over.
    pub(super) fn record_end(&mut self, now: u64, out: &mut Vec<Output>) {
        self.record_due = None;
        if !self.sharing.stores() {
            return;
        }
        out.extend(self.record_of(now, Some(now as i64)).map(Output::Record));
        self.inherited = Vec::new();
    }

    /// How the presentation stands that is on, for the last time of this projector.
    pub(in crate::projector) fn last_record(&self, now: u64) -> Option<Record> {
        self.presentation.as_ref()?;
        // While nobody drove, nothing was seen.
        let is_seen = self.is_live() && self.sharing.stores();
        is_seen.then(|| self.record_of(now, None)).flatten()
    }

    pub(super) fn record_of(&self, now: u64, ended: Option<i64>) -> Option<Record> {
        // Before the deck is there it is not known what the sections are.
        let began = self.agenda.began().filter(|_| self.source.is_complete())?;
        let mut sections = self.section_times(now);
        sections.extend(self.inherited.iter().cloned());
        Some(Record { began, ended, seen: now as i64, sections })
    }

    /// The deck as it is, and where these positions are in it.
    pub(in crate::projector) fn survey(
        &mut self,
        now: u64,
        anchors: &[Option<Anchor>],
        out: &mut Vec<Output>,
    ) -> Survey {
        self.catch_up(now, out);
        let slide_of = |anchor: &Option<Anchor>| self.source.slide_that_has(anchor.as_ref()?);
        Survey { text: self.source.text(), slides: anchors.iter().map(slide_of).collect() }
    }

    /// Where the slide of this title begins that is nearest to a number: somebody sees it there.
    pub(in crate::projector) fn spot(
        &mut self,
        now: u64,
        title: &str,
        number: u32,
        out: &mut Vec<Output>,
    ) -> Option<Anchor> {
        self.catch_up(now, out);
        self.source.spot(title, number)
    }
}

/// Times from before, and the sections that they are of.
pub(super) struct Paired {
    /// First slide of a section, how many it has, and its time.
    pub(super) found: Vec<(u32, u32, u64)>,
    /// Times of sections that are not there.
    pub(super) left: Vec<(String, u64)>,
}

/// Finds the sections that these times are of.
pub(super) fn pair(outline: &Outline, times: Vec<(String, u64)>) -> Paired {
    let mut free: Vec<&(String, u32, u32)> = outline.sections.iter().collect();
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for (title, spent) in times {
        // Of several with one title each takes its own.
        match free.iter().position(|(known, ..)| *known == title) {
            Some(at) => {
                let (_, first, count) = free.remove(at);
                found.push((*first, *count, spent));
            }
            None => left.push((title, spent)),
        }
    }
    Paired { found, left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projector::machine::hall::{Hall, PAULA, WILL};

    const DECK: &str =
        "# One\n\nwords\n\n---\n\n# Two\n\n---\n\n# Three\n\n---\n\n# Four\n\nlast words";

    /// The last record: how long ago the call began, whether it is over, and the seconds of its sections.
    fn recorded(hall: &Hall) -> (i64, bool, Vec<(&str, u64)>) {
        let Record { began, ended, sections, .. } = hall.records.last().unwrap();
        let sections = sections.iter().map(|(title, spent)| (title.as_str(), spent / 1_000));
        (hall.now as i64 - began, ended.is_some(), sections.collect())
    }

    #[test]
    fn a_call_that_goes_on_after_a_crash_goes_on_with_its_times() {
        let mut hall = Hall::new(DECK);
        hall.present("# One", -1, false);
        hall.wait(30_000);
        hall.present("# Two", -1, false);
        hall.wait(20_000);
        // Of the last section at most 15 s are lost, of the others nothing.
        hall.crash(60_000);
        hall.connect(WILL);
        hall.edit(WILL, &[("# One", "# Zero\n\n---\n\n# One")]);
        hall.connect(PAULA);
        hall.wait(10_000);
        hall.present("# Three", -1, false);
        let (ago, ended, sections) = recorded(&hall);
        assert_eq!((ago, ended), (120_100, false));
        assert_eq!(sections, [("Zero", 0), ("One", 30), ("Two", 25), ("Three", 0), ("Four", 0)]);
        hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out));
        hall.run();
        assert!(recorded(&hall).1);
        // What is over is over.
        hall.crash(1_000);
        hall.connect(PAULA);
        hall.present("# One", -1, false);
        hall.wait(16_000);
        assert_eq!(
            recorded(&hall),
            (16_000, false, vec![("Zero", 0), ("One", 15), ("Two", 0), ("Three", 0), ("Four", 0)])
        );
    }

    #[test]
    fn a_section_that_went_while_the_server_was_away_keeps_its_time() {
        let mut hall = Hall::new(DECK);
        hall.present("# Four", -1, false);
        hall.wait(40_000);
        hall.present("# One", -1, false);
        hall.crash(0);
        hall.connect(WILL);
        hall.edit(WILL, &[("\n\n---\n\n# Four\n\nlast words", "")]);
        hall.connect(PAULA);
        hall.present("# Two", -1, false);
        assert_eq!(recorded(&hall).2, [("One", 0), ("Two", 0), ("Three", 0), ("Four", 40)]);
    }

    #[test]
    fn a_call_that_nobody_went_on_with_is_another_one_the_next_day() {
        let mut hall = Hall::new(DECK);
        hall.present("# One", -1, false);
        hall.wait(30_000);
        hall.crash(GOES_ON_WITHIN as u64 + 15_001);
        hall.connect(PAULA);
        hall.present("# Two", -1, false);
        let (ago, _, sections) = recorded(&hall);
        assert_eq!((ago, sections[0]), (0, ("One", 0)));
    }

    #[test]
    fn a_question_finds_its_slide_and_a_slide_that_went_is_not_taken_for_its_neighbour() {
        let mut hall = Hall::new(DECK);
        let mut out = Vec::new();
        let spot = |hall: &mut Hall, title, number| {
            hall.projector.spot(hall.now, title, number, &mut Vec::new())
        };
        let two = spot(&mut hall, "Two", 9);
        assert!(two.is_some() && spot(&mut hall, "Nothing", 1).is_none());
        hall.edit(WILL, &[("# One", "# Two\n\n---\n\n# One")]);
        // Of two with this title it is the nearest.
        let [first, second] = [0, 2].map(|number| spot(&mut hall, "Two", number));
        assert_eq!((first == two, second == two), (false, true));
        let anchors = [first, second, None];
        let survey = hall.projector.survey(hall.now, &anchors, &mut out);
        assert_eq!(survey.slides, [Some(0), Some(2), None]);
        assert!(survey.text.starts_with("# Two"));
        hall.edit(WILL, &[("# Two\n\n---\n\n# One", "# One")]);
        let survey = hall.projector.survey(hall.now, &anchors, &mut out);
        assert_eq!(survey.slides, [None, Some(1), None]);
    }
}
