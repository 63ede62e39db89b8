//! What a person does in the outline, as edits of whole lines.
//!
//! Slides move with their text as it is; only separators are written anew where a slide opens a
//! column that did not, or the other way round. What would change the meaning of other slides, such
//! as moving a slide whose code fence is never closed, is not done.

mod arrange;
mod no_report;
mod plan;
mod rename;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::arrange::{Arrangement, Slot};
pub(crate) use self::no_report::shown as without_no_report;
use super::LiveDeck;
use crate::edit::LineEdit;

/// What a person does in the outline. Numbers are those of the deck before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Moves a section with all its slides.
    MoveSection {
        /// Which one.
        section: u32,
        /// The section that will follow it; the number of sections for the end.
        before: u32,
    },
    /// Makes a slide the `place`-th one of a section, counted from 0.
    MoveSlide {
        /// Its flat number.
        slide: u32,
        /// Where it goes.
        section: u32,
        /// Its place there, once it is there.
        place: u32,
    },
    /// Gives a slide another title.
    Rename {
        /// Its flat number.
        slide: u32,
        /// What it will be called.
        title: String,
    },
    /// Puts a copy of a slide below it.
    Duplicate {
        /// Its flat number.
        slide: u32,
    },
    /// Removes a slide.
    Delete {
        /// Its flat number.
        slide: u32,
    },
    /// Says that a section has no report, and hides its slides.
    NoReport {
        /// Which one.
        section: u32,
    },
    /// Takes back that a section has no report.
    Report {
        /// Which one.
        section: u32,
    },
    /// Says how long a section may take.
    Plan {
        /// Which one.
        section: u32,
        /// More than 0 and at most 600; `None` for what holds for all sections.
        minutes: Option<f32>,
    },
}

/// The edits that a command makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What becomes of the text.
    pub edits: Vec<LineEdit>,
    /// Where the caret should go afterwards.
    pub line: u32,
}

impl LiveDeck {
    /// The edits that a command of the outline makes; `None` if it changes nothing or cannot be
    /// done.
    pub fn perform(&self, command: &Command) -> Option<Change> {
        match command {
            Command::Rename { slide, title } => rename::rename(self, *slide as usize, title),
            Command::MoveSection { section, before } => self.move_section(*section, *before),
            Command::MoveSlide { slide, section, place } => {
                self.move_slide(*slide as usize, *section, *place as usize)
            }
            Command::Duplicate { slide } => self.duplicate(*slide as usize),
            Command::Delete { slide } => self.delete(*slide as usize),
            Command::NoReport { section } => no_report::set(self, *section),
            Command::Report { section } => no_report::unset(self, *section),
            Command::Plan { section, minutes } => plan::set(self, *section, *minutes),
        }
    }

    fn slots(&self) -> Vec<Slot> {
        let spans = self.spans.iter().enumerate();
        spans.map(|(slide, span)| Slot::new(slide, span.opens_column)).collect()
    }

    fn move_section(&self, section: u32, before: u32) -> Option<Change> {
        let mut slots = self.slots();
        let start_of = |number: u32| self.spans.partition_point(|span| span.section < number);
        let moved = start_of(section)..start_of(section + 1);
        let target = start_of(before);
        if moved.is_empty() || (moved.start..=moved.end).contains(&target) {
            return None;
        }
        let mut block: Vec<Slot> = slots.drain(moved.clone()).collect();
        block.iter_mut().for_each(|slot| slot.is_moved = true);
        let at = if target > moved.start { target - block.len() } else { target };
        slots.splice(at..at, block);
        self.arrange(slots, at)
    }

    fn move_slide(&self, slide: usize, section: u32, place: usize) -> Option<Change> {
        let mut slots = self.slots();
        self.spans.get(slide)?;
        take_out(&mut slots, slide);
        let is_there = |slot: &Slot| self.spans[slot.slide].section == section;
        let first = slots.iter().position(is_there)?;
        let count = slots[first..].iter().take_while(|slot| is_there(slot)).count();
        let at = first + place.min(count);
        if place == 0 {
            // The new head takes the column over.
            slots[first].opens_column = false;
        }
        slots.insert(at, Slot { is_moved: true, ..Slot::new(slide, place == 0) });
        self.arrange(slots, at)
    }

    fn duplicate(&self, slide: usize) -> Option<Change> {
        self.spans.get(slide)?;
        let mut slots = self.slots();
        slots.insert(slide + 1, Slot { is_copy: true, ..Slot::new(slide, false) });
        self.arrange(slots, slide + 1)
    }

    fn delete(&self, slide: usize) -> Option<Change> {
        self.spans.get(slide)?;
        let mut slots = self.slots();
        if slots.len() == 1 {
            return Arrangement::new(self).clear();
        }
        take_out(&mut slots, slide);
        let at = slide.min(slots.len() - 1);
        self.arrange(slots, at)
    }

    fn arrange(&self, mut slots: Vec<Slot>, caret: usize) -> Option<Change> {
        if let Some(first) = slots.first_mut() {
            first.opens_column = true;
        }
        Arrangement::new(self).change_to(&slots, caret)
    }
}

/// Takes a slide out; the next one of its column becomes the column's head if it was that.
fn take_out(slots: &mut Vec<Slot>, slide: usize) {
    let taken = slots.remove(slide);
    if let Some(next) = slots.get_mut(slide) {
        next.opens_column |= taken.opens_column;
    }
}
