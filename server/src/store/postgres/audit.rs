//! What was done, by whom, as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::columns::{self, int};
use super::pool::{Failed, execute, rows, text};
use crate::store::DeckId;
use crate::store::access::{AuditEntry, Principal};

/// Entries that are kept: years of a busy school, and what somebody who wants to fill the disk gets out
/// of it (some 200 MB).
const KEPT: i64 = 1_000_000;

pub(super) async fn add(client: &impl GenericClient, entry: &AuditEntry) -> Result<(), Failed> {
    let AuditEntry { at, principal, deck, action, detail } = entry;
    let sql = "INSERT INTO audit (at, principal, deck, action, detail)
               VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let (deck, detail) = (deck.as_ref().map(DeckId::as_str), text(detail));
    let row = columns::one(client, sql, &[at, &principal.0, &deck, action, &detail]).await?;
    let too_old = row.try_get::<_, i64>(0)? - KEPT;
    // What another node removes is left to it.
    let sql = "DELETE FROM audit WHERE id IN (
                   SELECT id FROM audit WHERE id <= $1 FOR UPDATE SKIP LOCKED)";
    execute(client, sql, &[&too_old]).await.map(drop)
}

pub(super) async fn newest(
    client: &impl GenericClient,
    deck: Option<&DeckId>,
    most: usize,
) -> Result<Vec<AuditEntry>, Failed> {
    const ENTRY: &str = "SELECT at, principal, deck, action, detail FROM audit";
    let most = int(most);
    let found = if let Some(deck) = deck {
        let sql = format!("{ENTRY} WHERE deck = $1 ORDER BY id DESC LIMIT $2");
        rows(client, &sql, &[&deck.as_str(), &most]).await?
    } else {
        let sql = format!("{ENTRY} ORDER BY id DESC LIMIT $1");
        rows(client, &sql, &[&most]).await?
    };
    let entry = |row: &Row| -> Result<AuditEntry, Failed> {
        Ok(AuditEntry {
            at: row.try_get(0)?,
            principal: Principal(row.try_get(1)?),
            deck: row.try_get::<_, Option<String>>(2)?.map(DeckId),
            action: row.try_get(3)?,
            detail: row.try_get(4)?,
        })
    };
    found.iter().map(entry).collect()
}
