//! Notes who did what. Never what a deck says.

use super::now;
use crate::auth::Visitor;
use crate::store::DeckId;
use crate::store::access::{AuditEntry, SharedAccess};

/// Writes the audit log.
#[derive(Clone)]
pub(crate) struct Audit {
    store: SharedAccess,
}

impl Audit {
    pub(crate) fn new(store: SharedAccess) -> Self {
        Self { store }
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
