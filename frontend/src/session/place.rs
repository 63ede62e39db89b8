//! Where the presentation is: as the server says it, or as this page drives it, ahead of the server.

use collab::doc::TextEdit;
use collab::presentation::Presentation;
use collab::replica::Replica;

use crate::render_protocol::Shown;

/// Where the presentation is.
#[derive(Default)]
pub(super) struct Place {
    /// Counts where it went, by this page or by what the server said. In between the worker follows
    /// the slide on its own.
    seq: u64,
    /// The server's count of that, as far as this page has gone along.
    told: Option<u64>,
    /// Where this page drove it to and the server has not said yet, the latest last: offsets in
    /// UTF-16 units, kept along with the text.
    driven: Vec<u32>,
    /// The term in which that was asked for; `None` if nothing was presented.
    term: Option<u64>,
    /// Whether the baton was asked for with it.
    takes: bool,
}

impl Place {
    /// This page drives the presentation to a position, and takes over the term if one is given.
    pub(super) fn drive(&mut self, offset: u32, replica: &Replica, takes: bool) {
        self.seq += 1;
        // Steps on one slide are answered as one.
        if self.driven.last() != Some(&offset) {
            self.driven.push(offset);
        }
        self.term = replica.presentation().map(|presentation| presentation.term);
        self.takes = takes;
    }

    /// This page no longer drives.
    pub(super) fn leave(&mut self) {
        self.driven.clear();
    }

    /// The connection is lost: only the latest place is said again on the next one.
    pub(super) fn lost(&mut self) {
        self.driven.drain(..self.driven.len().saturating_sub(1));
    }

    /// The text changed.
    pub(super) fn carry(&mut self, edits: &[TextEdit]) {
        for offset in &mut self.driven {
            *offset = edits.iter().fold(*offset, |at, edit| edit.carry(at));
        }
    }

    /// The server said something. Answers whether the presentation has gone somewhere else than this
    /// page knew.
    pub(super) fn hear(&mut self, replica: &Replica) -> bool {
        let Some(presentation) = replica.presentation() else {
            // Before the answer to the first slide of all, nothing is presented yet.
            if self.term.is_some() {
                self.leave();
            }
            return self.told.take().is_some();
        };
        if !self.driven.is_empty() {
            match self.answer(replica, presentation) {
                Answer::Other => self.leave(),
                Answer::Older => return false,
                Answer::Same => {
                    self.told = Some(presentation.seq);
                    return false;
                }
            }
        }
        let goes = self.told.replace(presentation.seq) != Some(presentation.seq);
        self.seq += u64::from(goes);
        goes
    }

    /// Where the presentation is, as the worker is told.
    pub(super) fn shown(&self, replica: &Replica) -> Option<Shown> {
        let told = || replica.offset(&replica.presentation()?.shown.slide);
        let offset = self.driven.last().copied().or_else(told)?;
        Some(Shown { seq: self.seq, offset })
    }

    /// What the server says to where this page drove.
    fn answer(&mut self, replica: &Replica, presentation: &Presentation) -> Answer {
        if replica.is_driving() {
            let offset = replica.offset(&presentation.shown.slide);
            let answered = self.driven.iter().position(|driven| Some(*driven) == offset);
            self.driven.drain(..answered.map_or(0, |index| index + 1));
            return if self.driven.is_empty() { Answer::Same } else { Answer::Older };
        }
        let had_baton = self.takes && self.term == Some(presentation.term);
        // Nobody else drives yet, or only the one whose baton this page asked for.
        if presentation.driver.is_none() || presentation.away || had_baton {
            Answer::Older
        } else {
            Answer::Other
        }
    }
}

/// What the server says to where this page drove.
enum Answer {
    /// Somebody else drives.
    Other,
    /// It has not heard of the latest place yet.
    Older,
    /// It is there, too.
    Same,
}
