//! What an operator does to a database: looking for damage, and bringing it back to life after a restore.

use anyhow::{Context as _, bail};
use deadpool_postgres::{GenericClient, Transaction};

use super::journal::{self, ALL, Head};
use super::pool::{Failed, Pool, execute, row, rows};
use super::{PostgresStore, audit, columns, sessions};
use crate::store::access::{AuditEntry, Audited, Principal};
use crate::store::{Checked, Damage, DeckId, Journal, RowKind, StoreResult};

/// A server that said nothing for so long has stopped; they say that they are there every two seconds.
const SILENT_FOR: f64 = 10.0;

impl PostgresStore {
    /// Connects to a database that an Ondeck has used.
    ///
    /// # Errors
    /// When it cannot be reached, or is something else's; then nothing is changed in it.
    pub async fn open_existing(url: &str) -> anyhow::Result<Self> {
        let pool = Pool::of(url, 1)?;
        let client = pool.client().await.map_err(told).context("cannot open the database")?;
        let sql = "SELECT 1 WHERE to_regclass('decks') IS NOT NULL
                   AND to_regclass('schema_version') IS NOT NULL";
        if row(&client, sql, &[]).await.map_err(told)?.is_none() {
            bail!("there are no decks in this database\nhint: is it the one that servers use?");
        }
        drop(client);
        Self::connect(url).await
    }

    /// Reads everything: the checksums of all rows, and with `read` the document of every deck; `read`
    /// answers with what is wrong with it.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn check(&self, look: impl Fn(&Journal) -> Vec<String>) -> anyhow::Result<Checked> {
        let mut checked =
            Checked { faults: self.unreadable_accounts().await?, ..Checked::default() };
        for id in self.all_decks().await? {
            checked.decks += 1;
            match self.with_damage(&id).await {
                Ok((journal, damage)) => {
                    checked.updates += journal.updates.len();
                    let faults = damage.iter().map(ToString::to_string).chain(look(&journal));
                    checked.faults.extend(faults.map(|fault| format!("deck {id}: {fault}")));
                }
                // The decks on other pages are as they were.
                Err(error) => {
                    checked.faults.push(format!("deck {id}: it cannot be read: {}", error.0));
                }
            }
        }
        Ok(checked)
    }

    /// The newest entries of the log, newest first, with the names of who did it.
    pub fn audited(&self, deck: Option<DeckId>, most: usize) -> StoreResult<Vec<Audited>> {
        self.one((deck, most), |client, (deck, most)| {
            Box::pin(async move {
                let entries = audit::newest(client, deck.as_ref(), *most).await?;
                let who: Vec<_> = entries.iter().map(|entry| entry.principal.clone()).collect();
                Ok(Audited::named(entries, &sessions::users(client, &who).await?))
            })
        })
    }

    /// Brings a database back to life that came out of a backup: what is gone must not pass for what is
    /// there. Gives how many decks there are.
    ///
    /// Every deck gets a new epoch: whoever still holds edits from before merges them by their text, not
    /// blindly. Which sessions have ended since, nobody knows: all have. Roles and links are as they were.
    ///
    /// # Errors
    /// When a server uses it; then nothing has changed.
    pub async fn revive(&self) -> anyhow::Result<u64> {
        let mut client = self.pool.client().await.map_err(told)?;
        let transaction = client.transaction().await?;
        alone(&transaction).await?;
        // The time is above every epoch that any client has seen. What was in the bin has its time anew,
        // or it would go before anybody has looked.
        let sql = "UPDATE decks SET epoch = greatest(epoch + 1, unix_ms()),
                       deleted_at = CASE WHEN deleted_at IS NOT NULL THEN unix_ms() END";
        let decks = execute(&transaction, sql, &[]).await.map_err(told)?;
        transaction.batch_execute(FORGOTTEN).await?;
        let at = columns::one(&transaction, "SELECT unix_ms()", &[]).await.map_err(told)?;
        let (action, detail) = ("server.restore".to_owned(), String::new());
        let principal = Principal("admin".to_owned());
        let entry = AuditEntry { at: at.try_get(0)?, principal, deck: None, action, detail };
        audit::add(&transaction, &entry).await.map_err(told)?;
        transaction.commit().await?;
        Ok(decks)
    }

    async fn all_decks(&self) -> anyhow::Result<Vec<DeckId>> {
        let all = self.one((), |client, ()| {
            Box::pin(async move {
                let found = rows(client, "SELECT id FROM decks ORDER BY id", &[]).await?;
                found.iter().map(|row| columns::deck(row, 0)).collect()
            })
        });
        all.await.context("cannot read the database")
    }

    /// Accounts that would keep whoever they are of from being found.
    async fn unreadable_accounts(&self) -> anyhow::Result<Vec<String>> {
        let found = self.one((), |client, ()| {
            Box::pin(async move {
                let sql = "SELECT principal, groups FROM users ORDER BY principal";
                let mut faults = Vec::new();
                for row in rows(client, sql, &[]).await? {
                    if columns::json::<Vec<String>>(&row, 1).is_err() {
                        let principal: &str = row.try_get(0)?;
                        faults.push(format!("account {principal}: its groups cannot be read"));
                    }
                }
                Ok(faults)
            })
        });
        found.await.context("cannot read the database")
    }

    /// The journal of a deck, wherever it lies, and every row of it that fails its checksum.
    fn with_damage(&self, deck: &DeckId) -> StoreResult<(Journal, Vec<Damage>)> {
        self.read(deck.clone(), |transaction, deck| {
            Box::pin(async move {
                let sql = "SELECT epoch, last_seq FROM decks WHERE id = $1";
                let found = columns::one(transaction, sql, &[&deck.as_str()]).await?;
                let head = Head {
                    epoch: columns::whole(&found, 0)?,
                    last_seq: columns::whole(&found, 1)?,
                };
                let damage = damage(transaction, deck, head.last_seq).await?;
                Ok((journal::read_from(transaction, deck, head, ALL).await?, damage))
            })
        })
    }
}

/// What belonged to processes and browsers of before.
const FORGOTTEN: &str = "
    DELETE FROM sessions;
    DELETE FROM logins;
    DELETE FROM clocks;
    DELETE FROM stages;
    DELETE FROM holds;
    DELETE FROM leases;
    DELETE FROM nodes;";

/// Sees to it that no server uses the database, and lets the transaction take its time.
///
/// # Errors
/// When one does.
pub(super) async fn alone(transaction: &Transaction<'_>) -> anyhow::Result<()> {
    let patience = "SET LOCAL statement_timeout = 0;
                    SET LOCAL idle_in_transaction_session_timeout = 0;
                    LOCK TABLE nodes IN EXCLUSIVE MODE";
    transaction.batch_execute(patience).await?;
    let sql = "SELECT 1 FROM nodes
               WHERE seen_at > clock_timestamp() - make_interval(secs => $1) LIMIT 1";
    let found = row(transaction, sql, &[&SILENT_FOR]).await;
    if found.map_err(told)?.is_some() {
        bail!(
            "a server uses the database\n\
             hint: stop all of them, and wait for ten seconds when one did not stop in good order"
        );
    }
    Ok(())
}

/// Why something failed, for the operator.
pub(super) fn told(failed: Failed) -> anyhow::Error {
    anyhow::anyhow!("{failed}")
}

/// Every row of a deck that is not what was written, also those that opening it does not read.
async fn damage(
    client: &impl GenericClient,
    deck: &DeckId,
    last_seq: u64,
) -> Result<Vec<Damage>, Failed> {
    let updates = journal::updates_after(client, deck, 0).await?;
    let newest = updates.iter().flatten().map(|update| update.seq).max().unwrap_or(0);
    let mut damage: Vec<Damage> = updates.into_iter().filter_map(Result::err).collect();
    if newest > last_seq {
        let why = format!("it comes after {last_seq}, which the deck takes for the last one");
        damage.push(Damage { kind: RowKind::Update, seq: newest, why });
    }
    let sql = "SELECT upto_seq, bytes, sha256, text_sha256 FROM snapshots WHERE deck = $1
               ORDER BY upto_seq";
    for row in rows(client, sql, &[&deck.as_str()]).await? {
        if journal::whole_snapshot(&row).is_none() {
            damage.push(journal::bad_sum(RowKind::Snapshot, columns::whole(&row, 0)?));
        }
    }
    Ok(damage)
}
