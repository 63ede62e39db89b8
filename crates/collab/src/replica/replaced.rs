//! When the document that a person writes into is not the deck's: before the first one is here, and
//! after the deck came back with another lineage.

use super::{ClientEffect, Identity, Replica};
use crate::Millis;
use crate::doc::{self, DeckDoc, TextEdit};
use crate::merge;
use crate::presentation::Shown;

/// What the person writes before there is a document.
#[derive(Default)]
pub(super) struct Early {
    pub(super) text: String,
    /// Own edits in it.
    pub(super) edits: usize,
    /// What this client drives the presentation to: the slide as an offset in the text.
    pub(super) driven: Option<Driven>,
}

pub(super) struct Driven {
    pub(super) offset: u32,
    pub(super) fragment: i32,
    pub(super) blackout: bool,
}

impl Early {
    pub(super) fn edit(&mut self, edits: &[TextEdit]) {
        doc::apply_edits(&mut self.text, edits);
        self.edits += 1;
        if let Some(driven) = &mut self.driven {
            driven.offset = edits.iter().fold(driven.offset, |offset, edit| edit.carry(offset));
        }
    }
}

/// The deck's document of another lineage, until it is complete. Meanwhile the person goes on in
/// the one before.
pub(super) struct Next {
    pub(super) doc: DeckDoc,
    pub(super) identity: Option<Identity>,
}

impl Next {
    pub(super) fn new() -> Self {
        Self { doc: DeckDoc::observed(super::NOBODY), identity: None }
    }
}

impl Replica {
    /// The first document is complete: what was written before it came is written into it.
    pub(super) fn write_early(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Some(early) = self.early.take() else { return };
        let at = self.doc.len();
        if !early.text.is_empty() {
            self.write(now, &[TextEdit::insert(at, &early.text)], out);
        }
        if let Some(Driven { offset, fragment, blackout }) = early.driven {
            self.presenting.drives =
                Some(Shown { slide: self.doc.anchor(at + offset), fragment, blackout });
        }
        self.tell_changes(&early.text, out);
    }

    /// The document of another lineage is complete. Own edits that fit into it become part of it as
    /// they are, as a backup has the same history up to some point; the others are told from the
    /// rest of the text and written anew.
    pub(super) fn replace(&mut self, now: Millis, next: Next, out: &mut Vec<ClientEffect>) {
        let claims = self.claims();
        let before = std::mem::replace(&mut self.doc, next.doc);
        let mine = before.text();
        let driven_at =
            self.presenting.drives.as_ref().and_then(|shown| before.offset(&shown.slide));
        self.identity = next.identity;
        let (base, unsaved) = self.keeping.start_anew();
        let (mut base, carried) = (base.unwrap_or(before), unsaved.len());
        let edits = unsaved.into_iter().map(|edit| (edit.client, edit.update, edit.author));
        let (merged, _) = self.merge(now, claims, edits, out);
        merged.iter().for_each(|update| _ = base.apply(update));
        self.write(now, &merge::carry_over(&base.text(), &mine, &self.doc.text()), out);
        self.keeping.drop_merged(out);
        let driven =
            self.presenting.drives.as_mut().filter(|shown| self.doc.offset(&shown.slide).is_none());
        if let Some((shown, at)) = driven.zip(driven_at) {
            let changes = merge::difference(&mine, &self.doc.text());
            let at = changes.iter().fold(at, |offset, edit| edit.carry(offset));
            shown.slide = self.doc.anchor(at);
        }
        self.tell_changes(&mine, out);
        out.push(ClientEffect::Replaced { carried, before: mine });
    }

    /// Tells the editor what leads from the text that it shows to the one that is here now.
    pub(super) fn tell_changes(&mut self, shown: &str, out: &mut Vec<ClientEffect>) {
        let _ = self.doc.take_remote_edits();
        let changes = merge::difference(shown, &self.doc.text());
        if !changes.is_empty() {
            out.push(ClientEffect::Text(changes));
        }
    }
}
