//! Reading a deck's journal, and what compaction and quarantine do to it.

use std::collections::BTreeMap;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::now;
use crate::store::{BAD_SUM, Damage, DeckId, Journal, NewUpdate, RowKind, Snapshot, StoredUpdate};

/// Above every number that a row can have.
pub(super) const ALL: u64 = i64::MAX as u64;

/// Reads everything that is needed to open a deck of this epoch, from the newest snapshot before a
/// number. Pages that cannot be read cost the rows on them and no others.
pub(super) fn read(
    connection: &Connection,
    id: &DeckId,
    epoch: u64,
    before: u64,
) -> rusqlite::Result<Journal> {
    let mut unreadable = None;
    let mut note = |error: rusqlite::Error| {
        if !is_damage(&error) {
            return Err(error);
        }
        unreadable = Some(error.to_string());
        Ok(())
    };
    let mut damage = Vec::new();
    let found = newest_snapshot(connection, id, before, &mut damage, &mut note)?;
    let Found { seq: snapshot_seq, snapshot, is_whole: snapshot_is_whole } = found;
    let mut rows = Vec::new();
    if let Err(error) = scan(connection, id, snapshot_seq, "ASC", &mut rows) {
        note(error)?;
        // From the other side up to the same page.
        let (reached, mut rest) = (rows.last().map_or(snapshot_seq, seq_of), Vec::new());
        let _ = scan(connection, id, reached, "DESC", &mut rest);
        rows.extend(rest.into_iter().rev());
    }
    let last_read = rows.last().map_or(snapshot_seq, seq_of);
    let last_seq = last_seq(connection, id).or_else(|error| note(error).map(|()| last_read))?;
    let mut updates = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Ok(update) => updates.push(update),
            Err(bad) => damage.push(bad),
        }
    }
    let claims = claims(connection, id)?;
    Ok(Journal {
        epoch,
        snapshot,
        snapshot_is_whole,
        snapshot_seq,
        updates,
        last_seq,
        damage,
        unreadable,
        claims,
    })
}

type Row = Result<StoredUpdate, Damage>;

fn seq_of(row: &Row) -> u64 {
    match row {
        Ok(update) => update.seq,
        Err(damage) => damage.seq,
    }
}

/// Adds the updates after a sequence number to `found`, as far as they can be read.
fn scan(
    connection: &Connection,
    id: &DeckId,
    after: u64,
    order: &str,
    found: &mut Vec<Row>,
) -> rusqlite::Result<()> {
    let mut rows = connection.prepare_cached(&format!(
        "SELECT seq, bytes, crc32c, principal FROM updates WHERE deck = ?1 AND seq > ?2
         ORDER BY seq {order}"
    ))?;
    let mut rows = rows.query(params![id.as_str(), after])?;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        found.push(update(row, seq).ok_or_else(|| bad_sum(RowKind::Update, seq)));
    }
    Ok(())
}

/// The update in a row; `None` when it is not what was written.
fn update(row: &rusqlite::Row<'_>, seq: u64) -> Option<StoredUpdate> {
    // Flipped bits may also have made something else of the columns' types.
    let (bytes, sum): (Vec<u8>, u32) = (row.get(1).ok()?, row.get(2).ok()?);
    let principal = row.get(3).ok()?;
    (crc32c::crc32c(&bytes) == sum).then(|| StoredUpdate { seq, principal, bytes: bytes.into() })
}

fn bad_sum(kind: RowKind, seq: u64) -> Damage {
    Damage { kind, seq, why: BAD_SUM.to_owned() }
}

/// Whether an error comes from what is on the disk, and not from how it was asked for.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, SystemIoFailure};
    match error {
        // A column that holds something else.
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..) => true,
        error => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | SystemIoFailure)),
    }
}

/// Every row of a deck that fails its checksum, also those that opening it does not read.
pub(super) fn damage(connection: &Connection, id: &DeckId) -> rusqlite::Result<Vec<Damage>> {
    let mut rows = Vec::new();
    scan(connection, id, 0, "ASC", &mut rows)?;
    let mut damage: Vec<Damage> = rows.into_iter().filter_map(Result::err).collect();
    let sql = "SELECT upto_seq, bytes, sha256, text_sha256 FROM snapshots WHERE deck = ?1";
    let mut rows = connection.prepare_cached(sql)?;
    let mut found = rows.query([id.as_str()])?;
    while let Some(row) = found.next()? {
        if snapshot(row).is_none() {
            damage.push(bad_sum(RowKind::Snapshot, row.get(0)?));
        }
    }
    Ok(damage)
}

fn claims(connection: &Connection, id: &DeckId) -> rusqlite::Result<BTreeMap<u64, String>> {
    connection
        .prepare_cached("SELECT client, principal FROM clients WHERE deck = ?1")?
        .query_map([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

struct Found {
    seq: u64,
    snapshot: Snapshot,
    is_whole: bool,
}

fn newest_snapshot(
    connection: &Connection,
    id: &DeckId,
    before: u64,
    damage: &mut Vec<Damage>,
    note: &mut impl FnMut(rusqlite::Error) -> rusqlite::Result<()>,
) -> rusqlite::Result<Found> {
    let mut bad: Vec<(u64, Vec<u8>)> = Vec::new();
    // From the newest back; from the oldest on only when a page between cannot be read.
    for (order, take_first) in [("DESC", true), ("ASC", false)] {
        let mut newest = None;
        let mut rows = connection.prepare_cached(&format!(
            "SELECT upto_seq, bytes, sha256, text_sha256 FROM snapshots
             WHERE deck = ?1 AND upto_seq < ?2 ORDER BY upto_seq {order}"
        ))?;
        let mut found = rows.query(params![id.as_str(), before])?;
        let mut walk = || -> rusqlite::Result<()> {
            while let Some(row) = found.next()? {
                let seq = row.get(0)?;
                match snapshot(row) {
                    Some(snapshot) => newest = Some(Found { seq, snapshot, is_whole: true }),
                    None => bad.push((seq, row.get(1).unwrap_or_default())),
                }
                if take_first && newest.is_some() {
                    break;
                }
            }
            Ok(())
        };
        let walked = walk();
        if let Some(newest) = newest {
            damage.extend(bad.iter().map(|&(seq, _)| bad_sum(RowKind::Snapshot, seq)));
            return Ok(newest);
        }
        match walked {
            Ok(()) => break,
            Err(error) => note(error)?,
        }
    }
    Ok(best_of(bad, damage))
}

/// What is left when no snapshot is whole: the newest as it is, the others are damage.
fn best_of(bad: Vec<(u64, Vec<u8>)>, damage: &mut Vec<Damage>) -> Found {
    let newest = bad.iter().map(|&(seq, _)| seq).max();
    let mut state = Bytes::new();
    for (seq, bytes) in bad {
        if Some(seq) == newest {
            state = bytes.into();
        } else {
            damage.push(bad_sum(RowKind::Snapshot, seq));
        }
    }
    let snapshot = Snapshot { state, text_sha256: None };
    Found { seq: newest.unwrap_or(0), snapshot, is_whole: false }
}

/// The snapshot in a row; `None` when it is not what was written.
fn snapshot(row: &rusqlite::Row<'_>) -> Option<Snapshot> {
    let (bytes, sum): (Vec<u8>, Vec<u8>) = (row.get(1).ok()?, row.get(2).ok()?);
    let text_sha256 = row.get(3).ok()?;
    let whole = Sha256::digest(&bytes)[..] == sum[..];
    whole.then(|| Snapshot { state: bytes.into(), text_sha256 })
}

/// Compaction and quarantine may have removed every update, so what they keep counts as well.
pub(super) fn last_seq(connection: &Connection, id: &DeckId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT max(coalesce((SELECT max(seq) FROM updates WHERE deck = ?1), 0),
                        coalesce((SELECT max(upto_seq) FROM snapshots WHERE deck = ?1), 0),
                        coalesce((SELECT max(seq) FROM quarantine WHERE deck = ?1), 0))",
        )?
        .query_row([id.as_str()], |row| row.get(0))
}

/// Adds updates and gives the number of the last one.
pub(super) fn append(
    connection: &Connection,
    id: &DeckId,
    updates: &[NewUpdate],
) -> rusqlite::Result<u64> {
    let at = now();
    let mut seq = last_seq(connection, id)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO updates (deck, seq, principal, client, at, bytes, crc32c)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for update in updates {
        seq += 1;
        let client = update.client.and_then(|client| i64::try_from(client).ok());
        let (bytes, sum) = (&update.bytes[..], crc32c::crc32c(&update.bytes));
        insert.execute(params![id.as_str(), seq, update.principal, client, at, bytes, sum])?;
    }
    claim(connection, id, updates)?;
    connection
        .prepare_cached("UPDATE decks SET updated_at = ?2 WHERE id = ?1")?
        .execute(params![id.as_str(), at])?;
    Ok(seq)
}

/// Notes whose the client ids are; who was first stays.
fn claim(connection: &Connection, id: &DeckId, updates: &[NewUpdate]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO clients (deck, client, principal) VALUES (?1, ?2, ?3)",
    )?;
    for update in updates {
        for client in &update.claims {
            insert.execute(params![id.as_str(), client, update.principal])?;
        }
    }
    Ok(())
}

/// Adds a snapshot, keeps the one before, and removes what even that one covers.
pub(super) fn compact(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    insert_snapshot(connection, id, upto_seq, snapshot)?;
    let previous: Option<u64> = connection
        .query_row(
            "SELECT upto_seq FROM snapshots WHERE deck = ?1 ORDER BY upto_seq DESC LIMIT 1 OFFSET 1",
            [id.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let Some(previous) = previous else { return Ok(()) };
    let old = params![id.as_str(), previous];
    connection.execute("DELETE FROM updates WHERE deck = ?1 AND seq <= ?2", old)?;
    connection.execute("DELETE FROM snapshots WHERE deck = ?1 AND upto_seq < ?2", old)?;
    Ok(())
}

/// Begins a new lineage and gives its epoch; `None` when there are rows after `upto_seq`.
///
/// The snapshot is written twice, as a lineage must not depend on one row: the rows before are of
/// another lineage, to which later updates do not fit.
pub(super) fn rebase(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> rusqlite::Result<Option<u64>> {
    if last_seq(connection, id)? != upto_seq {
        return Ok(None);
    }
    for seq in [upto_seq + 1, upto_seq + 2] {
        insert_snapshot(connection, id, seq, snapshot)?;
    }
    // Above every epoch that a restored backup may bring back, as after `ondeck restore`.
    connection
        .prepare_cached(
            "UPDATE decks SET epoch = max(epoch + 1, ?2), updated_at = ?2 WHERE id = ?1
             RETURNING epoch",
        )?
        .query_row(params![id.as_str(), now()], |row| row.get(0))
        .map(Some)
}

pub(super) fn insert_snapshot(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    let Snapshot { state, text_sha256 } = snapshot;
    let sum = Sha256::digest(state);
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (deck, upto_seq, at, bytes, sha256, text_sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id.as_str(), upto_seq, now(), &state[..], &sum[..], text_sha256],
    )?;
    Ok(())
}

/// Moves a row aside. What is there already, or gone, is left as it is.
pub(super) fn quarantine(
    connection: &Connection,
    id: &DeckId,
    damage: &Damage,
) -> rusqlite::Result<()> {
    let (table, column) = match damage.kind {
        RowKind::Update => ("updates", "seq"),
        RowKind::Snapshot => ("snapshots", "upto_seq"),
    };
    let kind = damage.kind.name();
    connection.execute(
        &format!(
            "INSERT OR IGNORE INTO quarantine (deck, kind, seq, at, bytes, why)
             SELECT deck, ?3, {column}, at, bytes, ?4 FROM {table} WHERE deck = ?1 AND {column} = ?2"
        ),
        params![id.as_str(), damage.seq, kind, damage.why],
    )?;
    connection.execute(
        &format!("DELETE FROM {table} WHERE deck = ?1 AND {column} = ?2"),
        params![id.as_str(), damage.seq],
    )?;
    Ok(())
}
