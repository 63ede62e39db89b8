//! Notes who did what. Never what a deck says.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::now;
use crate::auth::Visitor;
use crate::limits::address::Rate;
use crate::store::DeckId;
use crate::store::access::{AuditEntry, Principal, SharedAccess};

/// That somebody wants to write in a deck who may not is noted once in this time: a page or a script that
/// tries again and again does not fill the log.
const REFUSED_EVERY: Duration = Duration::from_secs(10 * 60);

/// Writes the audit log.
#[derive(Clone)]
pub(crate) struct Audit {
    store: SharedAccess,
    refused: Arc<Rate<(Principal, DeckId)>>,
}

impl Audit {
    pub(crate) fn new(store: SharedAccess) -> Self {
        Self { store, refused: Arc::new(Rate::new(1.0, REFUSED_EVERY)) }
    }

    /// Notes that somebody wanted to write in a deck, and may not.
    pub(crate) async fn refused(&self, visitor: &Visitor, deck: &DeckId) {
        let by = (visitor.principal.clone(), deck.clone());
        if self.refused.take(by, Instant::now()).is_ok() {
            self.note(visitor, Some(deck), "write.refused", "").await;
        }
    }

    /// Notes what was done. What was done stays done when that cannot be stored; the log says so.
    pub(crate) async fn note(
        &self,
        visitor: &Visitor,
        deck: Option<&DeckId>,
        action: &str,
        detail: impl Into<String>,
    ) {
        let (principal, action) = (visitor.principal.clone(), action.to_owned());
        let entry =
            AuditEntry { at: now(), principal, deck: deck.cloned(), action, detail: detail.into() };
        if let Err(error) = self.store.add_audit(entry.clone()).await {
            tracing::error!(%error, ?entry, "not noted in the audit log");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::VisitorKind;
    use crate::store::access::AccessStore as _;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, Snapshot, Store as _};

    #[tokio::test]
    async fn whose_write_was_refused_is_noted_once_in_a_while_for_each_deck() {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("test.sqlite")).unwrap());
        let audit = Audit::new(store.clone());
        let guest = |name: &str| {
            let principal = Principal(format!("guest:{name}"));
            Visitor { principal, kind: VisitorKind::Guest, ..Visitor::program() }
        };
        let [one, two] = ["one", "two"].map(|name| DeckId::parse(name).unwrap());
        for deck in [&one, &two] {
            let snapshot = Snapshot::new(&b"first"[..], "");
            let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
            store.create_deck(made).await.unwrap();
        }
        for _ in 0..3 {
            audit.refused(&guest("eve"), &one).await;
            audit.refused(&guest("mallory"), &one).await;
            audit.refused(&guest("eve"), &two).await;
            // Of whom nothing is known is somebody, too.
            audit.refused(&Visitor::program(), &two).await;
        }
        let noted = |deck: &DeckId| {
            let entries = store.audit(Some(deck.clone()), 10);
            async move {
                let entries = entries.await.unwrap().into_iter();
                entries
                    .map(|entry| (entry.principal.0, entry.action, entry.detail))
                    .collect::<Vec<_>>()
            }
        };
        let refused = |who: &str| (who.to_owned(), "write.refused".into(), String::new());
        assert_eq!(noted(&one).await, [refused("guest:mallory"), refused("guest:eve")]);
        assert_eq!(noted(&two).await, [refused("guest"), refused("guest:eve")]);
    }
}
