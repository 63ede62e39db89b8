//! Positions that stay with the text, wherever edits move it.

use serde::{Deserialize, Serialize};
use yrs::{
    Assoc, ClientID, ID, IndexScope, IndexedSequence as _, StickyIndex, Text as _, Transact as _,
};

use super::DeckDoc;
use crate::lint::{self, Id};

/// A position that stays with the character it was put before, wherever that goes.
///
/// Serialises as a Yjs relative position in JSON, so that any Yjs client can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Anchor(StickyIndex);

impl<'de> Deserialize<'de> for Anchor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = AnchorFields::deserialize(deserializer)?;
        fields.anchor().ok_or_else(|| serde::de::Error::custom("no position"))
    }
}

/// A Yjs relative position; Yjs writes `null` for the parts that are absent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnchorFields {
    item: Option<AnchorId>,
    #[serde(rename = "type")]
    nested: Option<AnchorId>,
    tname: Option<String>,
    assoc: Option<i64>,
}

#[derive(Deserialize)]
struct AnchorId {
    client: u64,
    clock: u32,
}

impl AnchorFields {
    fn anchor(self) -> Option<Anchor> {
        let scope = match (self.item, self.tname, self.nested) {
            (Some(id), ..) => IndexScope::Relative(id.checked()?),
            (None, Some(name), _) => IndexScope::Root(name.into()),
            (None, None, Some(id)) => IndexScope::Nested(id.checked()?),
            (None, None, None) => return None,
        };
        let assoc = match self.assoc {
            None | Some(0) => Assoc::After,
            Some(-1) => Assoc::Before,
            Some(_) => return None,
        };
        Some(Anchor(StickyIndex::new(scope, assoc)))
    }
}

impl AnchorId {
    fn checked(self) -> Option<ID> {
        // yrs takes a larger client id for a fault of the programmer, and panics.
        let fits = self.client <= lint::MAX_CLIENT_ID;
        fits.then(|| ID::new(ClientID::new(self.client), self.clock))
    }
}

/// The position of a unit.
pub(super) fn sticky((client, clock): Id, assoc: Assoc) -> StickyIndex {
    StickyIndex::new(IndexScope::Relative(ID::new(ClientID::new(client), clock as u32)), assoc)
}

impl DeckDoc {
    /// A position that stays before the character at `offset`.
    pub fn anchor(&self, offset: u32) -> Anchor {
        let txn = self.doc.transact_mut();
        let offset = offset.min(self.text.len(&txn));
        let sticky = self.text.sticky_index(&txn, offset, Assoc::After);
        // At the very end there is no character to stay before: stick to the end of the text.
        Anchor(sticky.unwrap_or_else(|| StickyIndex::from_type(&txn, &self.text, Assoc::After)))
    }

    /// Where an anchor is now; `None` when this replica has not seen its character yet.
    pub fn offset(&self, anchor: &Anchor) -> Option<u32> {
        anchor.0.get_offset(&self.doc.transact()).map(|offset| offset.index)
    }

    /// The last unit of the text.
    pub fn last_unit(&self) -> Option<Id> {
        let last = self.anchor(self.len().checked_sub(1)?);
        last.0.id().map(|id| (id.client.get(), id.clock.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::TextEdit;

    #[test]
    fn an_anchor_stays_with_its_character() {
        let mut doc = DeckDoc::new(1);
        doc.edit(&[TextEdit::insert(0, "one\n\n---\n\ntwo")]);
        let anchor = doc.anchor(10);
        doc.edit(&[TextEdit::insert(0, "zero\n\n---\n\n")]);
        assert_eq!(doc.offset(&anchor), Some(21));
        doc.edit(&[TextEdit::insert(21, "X")]);
        assert_eq!(doc.offset(&anchor), Some(22));
        let json = serde_json::to_string(&anchor).unwrap();
        assert_eq!(serde_json::from_str::<Anchor>(&json).unwrap(), anchor);
    }

    #[test]
    fn an_anchor_at_the_end_stays_at_the_end_and_yjs_nulls_are_read() {
        let mut doc = DeckDoc::new(1);
        doc.edit(&[TextEdit::insert(0, "ab")]);
        let end = doc.anchor(2);
        doc.edit(&[TextEdit::insert(2, "cd")]);
        assert_eq!(doc.offset(&end), Some(4));
        let yjs = r#"{"type":null,"tname":null,"item":{"client":1,"clock":1},"assoc":0}"#;
        assert_eq!(doc.offset(&serde_json::from_str(yjs).unwrap()), Some(1));
    }
}
