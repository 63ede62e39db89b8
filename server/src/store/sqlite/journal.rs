//! Reading a deck's journal, and what compaction and quarantine do to it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::now;
use crate::store::{Damage, DeckId, Journal, NewUpdate, RowKind, StoredUpdate};

/// Why a row cannot be used, when its bytes are not those that were written.
const BAD_SUM: &str = "it fails its checksum";

/// Reads everything that is needed to open a deck of this epoch.
pub(super) fn read(connection: &Connection, id: &DeckId, epoch: u64) -> rusqlite::Result<Journal> {
    let mut damage = Vec::new();
    let (upto_seq, snapshot) = newest_snapshot(connection, id, &mut damage)?;
    let mut rows = connection.prepare_cached(
        "SELECT seq, bytes, crc32c FROM updates WHERE deck = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut updates = Vec::new();
    let mut found = rows.query(params![id.as_str(), upto_seq])?;
    while let Some(row) = found.next()? {
        let (seq, bytes, sum): (u64, Vec<u8>, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if crc32c::crc32c(&bytes) == sum {
            updates.push(StoredUpdate { seq, bytes: bytes.into() });
        } else {
            damage.push(Damage { kind: RowKind::Update, seq, why: BAD_SUM.to_owned() });
        }
    }
    let last_seq = last_seq(connection, id)?;
    Ok(Journal { epoch, snapshot, updates, last_seq, damage })
}

fn newest_snapshot(
    connection: &Connection,
    id: &DeckId,
    damage: &mut Vec<Damage>,
) -> rusqlite::Result<(u64, Bytes)> {
    let mut rows = connection.prepare_cached(
        "SELECT upto_seq, bytes, sha256 FROM snapshots WHERE deck = ?1 ORDER BY upto_seq DESC",
    )?;
    let mut found = rows.query([id.as_str()])?;
    while let Some(row) = found.next()? {
        let (seq, bytes, sum): (u64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if Sha256::digest(&bytes)[..] == sum[..] {
            return Ok((seq, bytes.into()));
        }
        damage.push(Damage { kind: RowKind::Snapshot, seq, why: BAD_SUM.to_owned() });
    }
    // No snapshot is whole: the empty update is the start of every document.
    Ok((0, Bytes::from_static(&[0, 0])))
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
    connection
        .prepare_cached("UPDATE decks SET updated_at = ?2 WHERE id = ?1")?
        .execute(params![id.as_str(), at])?;
    Ok(seq)
}

/// Adds a snapshot, keeps the one before, and removes what even that one covers.
pub(super) fn compact(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    state: &Bytes,
) -> rusqlite::Result<()> {
    insert_snapshot(connection, id, upto_seq, state)?;
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

pub(super) fn insert_snapshot(
    connection: &Connection,
    id: &DeckId,
    upto_seq: u64,
    state: &Bytes,
) -> rusqlite::Result<()> {
    let sum = Sha256::digest(state);
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (deck, upto_seq, at, bytes, sha256) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_str(), upto_seq, now(), &state[..], &sum[..]],
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
