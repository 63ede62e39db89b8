//! What a move in the outline means: the command for a step, a drop or a choice from the list.

use crate::i18n::{fill, t};
use crate::render_protocol::{Answer, Command, SectionInfo};
use crate::session::END;

/// A slide as the outline sees it: the first one of a section stands for the whole section.
#[derive(Clone, Copy)]
struct Place {
    id: u32,
    section: u32,
    /// The place in the section.
    place: u32,
    /// How many slides the section has.
    count: u32,
}

impl Place {
    fn of(deck: &Answer, id: u32) -> Option<Self> {
        let number = deck.number_of(id)?;
        let section = deck.slide(number)?.section;
        let SectionInfo { first, count, .. } = deck.sections.get(section as usize)?;
        Some(Self { id, section, place: number.checked_sub(*first)?, count: *count })
    }

    fn move_section(self, deck: &Answer, before: u32) -> Option<Command> {
        let changes = before != self.section && before != self.section + 1;
        changes.then(|| Command::MoveSection {
            section: self.id,
            before: head(deck, before).unwrap_or(END),
        })
    }

    /// Moves this slide to a place, counted before it is taken away from its own.
    fn move_slide(self, deck: &Answer, section: u32, place: u32) -> Option<Command> {
        let same = section == self.section;
        let place = if same && place > self.place { place - 1 } else { place };
        if same && place == self.place {
            return None;
        }
        Some(Command::MoveSlide { slide: self.id, section: head(deck, section)?, place })
    }
}

/// The id of a section: that of its first slide.
fn head(deck: &Answer, section: u32) -> Option<u32> {
    let first = deck.sections.get(section as usize)?.first;
    Some(deck.slide(first)?.id)
}

/// One step up or down. A slide that leaves its section downwards comes behind the next one's head.
pub(super) fn step(deck: &Answer, id: u32, down: bool) -> Option<Command> {
    let own = Place::of(deck, id)?;
    match (own.place, down) {
        (0, true) => {
            let next = own.section + 1;
            head(deck, next).and_then(|_| own.move_section(deck, next + 1))
        }
        (0, false) => own.move_section(deck, own.section.checked_sub(1)?),
        (place, false) => own.move_slide(deck, own.section, place - 1),
        (place, true) if place + 1 < own.count => own.move_slide(deck, own.section, place + 2),
        _ => own.move_slide(deck, own.section + 1, 1),
    }
}

/// What it means to drop a slide or section before or after another row.
pub(super) fn dropped(deck: &Answer, id: u32, target: u32, after: bool) -> Option<Command> {
    let own = Place::of(deck, id)?;
    let target = Place::of(deck, target)?;
    // Among the slides of a section a section of one slide is a slide like them.
    let among_slides = target.place > 0 || after && target.count > 1;
    if own.place == 0 && (own.count > 1 || !among_slides) {
        let behind = after || target.place > 0;
        return own.move_section(deck, target.section + u32::from(behind));
    }
    if after {
        return own.move_slide(deck, target.section, target.place + 1);
    }
    match target.section.checked_sub(1) {
        Some(section) if target.place == 0 => {
            own.move_slide(deck, section, deck.sections.get(section as usize)?.count)
        }
        _ => own.move_slide(deck, target.section, target.place),
    }
}

/// All places that a slide or section can move to, with words for them.
pub(super) fn places(deck: &Answer, id: u32) -> Vec<(String, Command)> {
    let Some(own) = Place::of(deck, id) else { return Vec::new() };
    let first = deck.slide(0).and_then(|first| dropped(deck, id, first.id, false));
    let mut places: Vec<(String, Command)> =
        first.map(|command| (t().at_the_start.to_owned(), command)).into_iter().collect();
    for (number, slide) in deck.slides.iter().enumerate() {
        let number = number as u32;
        let is_head = deck.sections.get(slide.section as usize).is_some_and(|s| s.first == number);
        if own.place == 0 && own.count > 1 && !is_head {
            continue;
        }
        if let Some(command) = dropped(deck, id, slide.id, true) {
            let name = [&(number + 1).to_string(), " · ", deck.title_of(number)].concat();
            places.push((fill(t().after_slide, &[&name]), command));
        }
    }
    places
}
