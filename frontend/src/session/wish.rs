//! Commands to the worker: it numbers slides and sections, the page names them by ids.

use super::END;
use crate::render_protocol::{Answer, Change, Command};

/// A command that waits for its answer.
pub(super) struct Wish {
    /// With ids.
    pub(super) command: Command,
    /// It is in the request that is under way.
    pub(super) sent: bool,
    pub(super) done: Box<dyn FnOnce(Change)>,
}

/// A command with the numbers of slides and sections in place of their ids.
pub(super) fn numbered(command: &Command, deck: &Answer) -> Option<Command> {
    let slide =
        |id: u32| deck.slides.iter().position(|slide| slide.id == id).map(|number| number as u32);
    let section = |id: u32| Some(deck.slides.get(slide(id)? as usize)?.section);
    Some(match command {
        Command::MoveSection { section: moved, before: END } => {
            Command::MoveSection { section: section(*moved)?, before: deck.sections.len() as u32 }
        }
        Command::MoveSection { section: moved, before } => {
            Command::MoveSection { section: section(*moved)?, before: section(*before)? }
        }
        Command::MoveSlide { slide: moved, section: target, place } => {
            Command::MoveSlide { slide: slide(*moved)?, section: section(*target)?, place: *place }
        }
        Command::Rename { slide: named, title } => {
            Command::Rename { slide: slide(*named)?, title: title.clone() }
        }
        Command::Duplicate { slide: doubled } => Command::Duplicate { slide: slide(*doubled)? },
        Command::Delete { slide: gone } => Command::Delete { slide: slide(*gone)? },
        Command::NoReport { section: silent } => Command::NoReport { section: section(*silent)? },
        Command::Report { section: heard } => Command::Report { section: section(*heard)? },
        Command::Plan { section: planned, minutes } => {
            Command::Plan { section: section(*planned)?, minutes: *minutes }
        }
        Command::SetAttributes { slide: set, attributes } => {
            Command::SetAttributes { slide: slide(*set)?, attributes: attributes.clone() }
        }
    })
}
