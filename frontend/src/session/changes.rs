//! Where others changed the text while this page was away.

use collab::doc::TextEdit;

/// Places in the text, kept along with it from the loss of the connection on.
#[derive(Default)]
pub(super) struct Changes {
    /// What others write is noted.
    away: bool,
    /// In no order; they may overlap.
    places: Vec<(u32, u32)>,
}

impl Changes {
    /// The connection is lost.
    pub(super) fn leave(&mut self) {
        if !self.away {
            self.away = true;
            self.places.clear();
        }
    }

    /// Everything is in step again.
    pub(super) fn come_back(&mut self) {
        self.away = false;
    }

    /// Somebody changed the text.
    pub(super) fn carry(&mut self, edits: &[TextEdit], by_others: bool) {
        for edit in edits {
            self.places.retain_mut(|(from, to)| {
                let was_text = from < to;
                *from = edit.carry(*from);
                // The end stays behind its last character: what follows it does not belong to it.
                if edit.at < *to {
                    *to = edit.carry(*to);
                }
                *to = (*to).max(*from);
                from < to || !was_text
            });
            if self.away && by_others {
                let units = edit.insert.encode_utf16().count() as u32;
                self.places.push((edit.at, edit.at + units));
            }
        }
    }

    /// From where to where the text is others', in its order; an empty place is one where they took
    /// something out.
    pub(super) fn places(&self) -> Vec<(u32, u32)> {
        let mut places = Vec::new();
        // They are few; sorting would be more of the program than all else here.
        for place in &self.places {
            places.insert(places.partition_point(|other| other <= place), *place);
        }
        places.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
        places
    }
}
