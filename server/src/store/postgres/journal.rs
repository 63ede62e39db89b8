//! A deck's journal as rows: reading it, and what compaction, rebase and quarantine do to it.

use std::collections::BTreeMap;

use bytes::Bytes;
use deadpool_postgres::GenericClient;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

use super::pool::{Failed, execute, row, rows, text};
use crate::store::{BAD_SUM, Damage, DeckId, Journal, RowKind, Snapshot, StoreError, StoredUpdate};

/// Above every number that a row can have.
pub(super) const ALL: u64 = i64::MAX as u64;

/// A number as the database has it. Those that it gave fit, and so do client ids (53 bits).
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that the database gave, which are never negative.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// How far a deck outside the bin is.
pub(super) struct Head {
    pub(super) epoch: u64,
    pub(super) last_seq: u64,
}

pub(super) async fn head(
    client: &impl GenericClient,
    deck: &DeckId,
) -> Result<Option<Head>, Failed> {
    let sql = "SELECT epoch, last_seq FROM decks WHERE id = $1 AND deleted_at IS NULL";
    let found = row(client, sql, &[&deck.as_str()]).await?;
    Ok(found
        .map(|row| Head { epoch: count(row.get("epoch")), last_seq: count(row.get("last_seq")) }))
}

/// Reads everything that is needed to open a deck, from the newest snapshot before a number.
pub(super) async fn read(
    client: &impl GenericClient,
    deck: &DeckId,
    before: u64,
) -> Result<Option<Journal>, Failed> {
    let Some(head) = head(client, deck).await? else { return Ok(None) };
    read_from(client, deck, head, before).await.map(Some)
}

/// The same of a deck of which it is known how far it is, wherever it lies.
pub(super) async fn read_from(
    client: &impl GenericClient,
    deck: &DeckId,
    head: Head,
    before: u64,
) -> Result<Journal, Failed> {
    let mut journal = empty(head, claims(client, deck).await?);
    read_snapshot(client, deck, before, &mut journal).await?;
    for found in updates_after(client, deck, journal.snapshot_seq).await? {
        keep(found, &mut journal);
    }
    Ok(journal)
}

/// A journal of which no row was read yet.
fn empty(head: Head, claims: BTreeMap<u64, String>) -> Journal {
    Journal {
        epoch: head.epoch,
        snapshot: Snapshot { state: Bytes::new(), text_sha256: None },
        snapshot_is_whole: false,
        snapshot_seq: 0,
        updates: Vec::new(),
        last_seq: head.last_seq,
        damage: Vec::new(),
        unreadable: None,
        claims,
    }
}

fn keep(found: Result<StoredUpdate, Damage>, journal: &mut Journal) {
    match found {
        Ok(update) => journal.updates.push(update),
        Err(damage) => journal.damage.push(damage),
    }
}

/// The same when a page of the database cannot be read: row by row, each in a statement of its own, so that
/// it costs the rows on it and no others.
pub(super) async fn read_around_damage(
    client: &impl GenericClient,
    deck: &DeckId,
    before: u64,
) -> Result<Option<Journal>, Failed> {
    let Some(head) = head(client, deck).await? else { return Ok(None) };
    let last_seq = head.last_seq;
    let mut journal = empty(head, claims(client, deck).await?);
    // Numbers are in the index, which may be whole when rows are not.
    for seq in snapshot_numbers(client, deck, before).await?.into_iter().rev() {
        let read = around(read_snapshot(client, deck, seq + 1, &mut journal).await, &mut journal)?;
        if read.is_some() && journal.snapshot_is_whole {
            break;
        }
    }
    for seq in journal.snapshot_seq + 1..=last_seq {
        let sql = "SELECT seq, principal, bytes, crc32c FROM updates WHERE deck = $1 AND seq = $2";
        let found = row(client, sql, &[&deck.as_str(), &number(seq)]).await;
        if let Some(Some(row)) = around(found, &mut journal)? {
            keep(update(&row), &mut journal);
        }
    }
    Ok(Some(journal))
}

/// What was read; `None`, and a note in the journal, when it is damaged.
fn around<T>(found: Result<T, Failed>, journal: &mut Journal) -> Result<Option<T>, Failed> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(failed) if failed.is_damage() => {
            journal.unreadable = Some(failed.to_string());
            Ok(None)
        }
        Err(failed) => Err(failed),
    }
}

async fn snapshot_numbers(
    client: &impl GenericClient,
    deck: &DeckId,
    before: u64,
) -> Result<Vec<u64>, Failed> {
    let sql = "SELECT upto_seq FROM snapshots WHERE deck = $1 AND upto_seq < $2 ORDER BY upto_seq";
    let found = rows(client, sql, &[&deck.as_str(), &number(before)]).await?;
    Ok(found.iter().map(|row| count(row.get(0))).collect())
}

/// The newest snapshot before a number that is whole; when there is none, the newest as it is.
async fn read_snapshot(
    client: &impl GenericClient,
    deck: &DeckId,
    before: u64,
    journal: &mut Journal,
) -> Result<(), Failed> {
    let sql = "SELECT upto_seq, bytes, sha256, text_sha256 FROM snapshots
               WHERE deck = $1 AND upto_seq < $2 ORDER BY upto_seq DESC LIMIT 1";
    let mut bad: Vec<(u64, Bytes)> = Vec::new();
    let mut below = before;
    while let Some(row) = row(client, sql, &[&deck.as_str(), &number(below)]).await? {
        below = count(row.get("upto_seq"));
        if let Some(snapshot) = whole_snapshot(&row) {
            (journal.snapshot, journal.snapshot_seq) = (snapshot, below);
            journal.snapshot_is_whole = true;
            break;
        }
        bad.push((below, Bytes::copy_from_slice(row.get("bytes"))));
    }
    if !journal.snapshot_is_whole
        && let Some((seq, state)) = bad.first().cloned()
    {
        bad.remove(0);
        (journal.snapshot.state, journal.snapshot_seq) = (state, seq);
    }
    journal.damage.extend(bad.iter().map(|&(seq, _)| bad_sum(RowKind::Snapshot, seq)));
    Ok(())
}

pub(super) fn bad_sum(kind: RowKind, seq: u64) -> Damage {
    Damage { kind, seq, why: BAD_SUM.to_owned() }
}

/// The snapshot in a row; `None` when it is not what was written.
pub(super) fn whole_snapshot(row: &Row) -> Option<Snapshot> {
    let (bytes, sum): (&[u8], &[u8]) = (row.get("bytes"), row.get("sha256"));
    let text_sum: Option<&[u8]> = row.get("text_sha256");
    let text_sha256 = text_sum.map(<[u8; 32]>::try_from).transpose().ok()?;
    let whole = Sha256::digest(bytes)[..] == *sum;
    whole.then(|| Snapshot { state: Bytes::copy_from_slice(bytes), text_sha256 })
}

/// The updates after a number, or what is wrong with them.
pub(super) async fn updates_after(
    client: &impl GenericClient,
    deck: &DeckId,
    after: u64,
) -> Result<Vec<Result<StoredUpdate, Damage>>, Failed> {
    let sql = "SELECT seq, principal, bytes, crc32c FROM updates WHERE deck = $1 AND seq > $2
               ORDER BY seq";
    let found = rows(client, sql, &[&deck.as_str(), &number(after)]).await?;
    Ok(found.iter().map(update).collect())
}

/// The update in a row, unless it is not what was written.
pub(super) fn update(row: &Row) -> Result<StoredUpdate, Damage> {
    let (seq, bytes): (u64, &[u8]) = (count(row.get("seq")), row.get("bytes"));
    if i64::from(crc32c::crc32c(bytes)) != row.get::<_, i64>("crc32c") {
        return Err(bad_sum(RowKind::Update, seq));
    }
    Ok(StoredUpdate { seq, principal: row.get("principal"), bytes: Bytes::copy_from_slice(bytes) })
}

/// Client id → principal of the ids that were claimed.
pub(super) async fn claims(
    client: &impl GenericClient,
    deck: &DeckId,
) -> Result<BTreeMap<u64, String>, Failed> {
    let sql = "SELECT client, principal FROM clients WHERE deck = $1";
    let found = rows(client, sql, &[&deck.as_str()]).await?;
    Ok(found.iter().map(|row| (count(row.get("client")), row.get("principal"))).collect())
}

/// Locks a deck's row, so that nothing is appended meanwhile, and gives its last number.
async fn lock(client: &impl GenericClient, deck: &DeckId) -> Result<u64, Failed> {
    let sql = "SELECT last_seq FROM decks WHERE id = $1 FOR NO KEY UPDATE";
    let found = row(client, sql, &[&deck.as_str()]).await?;
    let gone = || StoreError("there is no such deck".to_owned());
    Ok(count(found.ok_or_else(gone)?.get("last_seq")))
}

/// Adds a snapshot, keeps the one before, and removes what even that one covers.
pub(super) async fn compact(
    client: &impl GenericClient,
    deck: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> Result<(), Failed> {
    lock(client, deck).await?;
    insert_snapshot(client, deck, upto_seq, snapshot).await?;
    let sql = "UPDATE decks SET last_seq = greatest(last_seq, $2) WHERE id = $1";
    execute(client, sql, &[&deck.as_str(), &number(upto_seq)]).await?;
    let kept = snapshot_numbers(client, deck, ALL).await?;
    let Some(&previous) = kept.iter().rev().nth(1) else { return Ok(()) };
    for sql in [
        "DELETE FROM updates WHERE deck = $1 AND seq <= $2",
        "DELETE FROM snapshots WHERE deck = $1 AND upto_seq < $2",
    ] {
        execute(client, sql, &[&deck.as_str(), &number(previous)]).await?;
    }
    Ok(())
}

/// Begins a new lineage and gives its epoch; fails when there are rows after `upto_seq`.
///
/// The snapshot is written twice, as a lineage must not depend on one row: the rows before are of
/// another lineage, to which later updates do not fit.
pub(super) async fn rebase(
    client: &impl GenericClient,
    deck: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> Result<u64, Failed> {
    if lock(client, deck).await? != upto_seq {
        return Err(StoreError("the deck changed while its text was read".to_owned()).into());
    }
    for seq in [upto_seq + 1, upto_seq + 2] {
        insert_snapshot(client, deck, seq, snapshot).await?;
    }
    // Clients begin anew in it.
    execute(client, "DELETE FROM clocks WHERE deck = $1", &[&deck.as_str()]).await?;
    // Above every epoch that a restored backup may bring back.
    let sql = "UPDATE decks SET last_seq = $2, updated_at = unix_ms(),
                   epoch = greatest(epoch + 1, unix_ms()) WHERE id = $1 RETURNING epoch";
    let found = row(client, sql, &[&deck.as_str(), &number(upto_seq + 2)]).await?;
    let gone = || StoreError("there is no such deck".to_owned());
    Ok(count(found.ok_or_else(gone)?.get("epoch")))
}

pub(super) async fn insert_snapshot(
    client: &impl GenericClient,
    deck: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> Result<(), Failed> {
    let Snapshot { state, text_sha256 } = snapshot;
    let (sum, text_sum) = (Sha256::digest(state), text_sha256.as_ref().map(|sum| &sum[..]));
    let sql = "INSERT INTO snapshots (deck, upto_seq, at, bytes, sha256, text_sha256)
               VALUES ($1, $2, unix_ms(), $3, $4, $5)
               ON CONFLICT (deck, upto_seq) DO UPDATE SET at = excluded.at, bytes = excluded.bytes,
                   sha256 = excluded.sha256, text_sha256 = excluded.text_sha256";
    let (deck, upto_seq) = (deck.as_str(), number(upto_seq));
    execute(client, sql, &[&deck, &upto_seq, &&state[..], &&sum[..], &text_sum]).await.map(drop)
}

/// Moves a row aside. What is there already, or gone, is left as it is.
pub(super) async fn quarantine(
    client: &impl GenericClient,
    deck: &DeckId,
    damage: &Damage,
) -> Result<(), Failed> {
    let (table, column) = match damage.kind {
        RowKind::Update => ("updates", "seq"),
        RowKind::Snapshot => ("snapshots", "upto_seq"),
    };
    let sql = format!(
        "WITH taken AS (
             DELETE FROM {table} WHERE deck = $1 AND {column} = $2 RETURNING deck, {column}, at, bytes
         )
         INSERT INTO quarantine (deck, kind, seq, at, bytes, why)
             SELECT deck, $3, {column}, at, bytes, $4 FROM taken
         ON CONFLICT (deck, kind, seq) DO NOTHING"
    );
    let (kind, why, seq) = (damage.kind.name(), text(&damage.why), number(damage.seq));
    execute(client, &sql, &[&deck.as_str(), &seq, &kind, &why.as_ref()]).await.map(drop)
}
