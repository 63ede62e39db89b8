//! Links to decks, and who came by them, as rows.

use rusqlite::{Connection, OptionalExtension as _, Row, Savepoint, params};

use crate::store::access::{Link, Principal, Sum};
use crate::store::{DeckId, LinkRole, NewLink};

/// Whether a row of `links` holds at the time `?1`: it is the newest of its deck and role, was not
/// ended, and is not past its end.
pub(super) const HOLDS: &str = "links.ended_at IS NULL
     AND (links.expires_at IS NULL OR links.expires_at > ?1)
     AND links.serial = (SELECT max(serial) FROM links AS every
                         WHERE every.deck = links.deck AND every.role = links.role)";

const LINK: &str = "SELECT links.deck, links.role, links.serial, links.expires_at FROM links";

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        deck: DeckId(row.get(0)?),
        role: row.get(1)?,
        serial: row.get(2)?,
        expires_at: row.get(3)?,
    })
}

pub(super) fn newest(
    connection: &Connection,
    deck: &DeckId,
    role: LinkRole,
) -> rusqlite::Result<Option<Link>> {
    let sql = format!("{LINK} WHERE deck = ?1 AND role = ?2 ORDER BY serial DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([deck.as_str(), role.name()], link).optional()
}

pub(super) fn add(savepoint: &Savepoint<'_>, link: &NewLink, now: i64) -> rusqlite::Result<()> {
    let NewLink { deck, role, serial, code_sha256, expires_at } = link;
    let (deck, role) = (deck.as_str(), role.name());
    savepoint.execute(
        "INSERT INTO links (deck, role, serial, code_sha256, made_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (deck, role, serial) DO NOTHING",
        params![deck, role, serial, code_sha256, now, expires_at],
    )?;
    let sql = "UPDATE links SET ended_at = ?4
               WHERE deck = ?1 AND role = ?2 AND serial < ?3 AND ended_at IS NULL";
    savepoint.execute(sql, params![deck, role, serial, now]).map(drop)
}

pub(super) fn set_expiry(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    role: LinkRole,
    expires_at: Option<i64>,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE links SET expires_at = ?3 WHERE deck = ?1 AND role = ?2 AND ended_at IS NULL
               AND serial = (SELECT max(serial) FROM links WHERE deck = ?1 AND role = ?2)";
    Ok(savepoint.execute(sql, params![deck.as_str(), role.name(), expires_at])? == 1)
}

pub(super) fn find(
    connection: &Connection,
    code_sha256: Sum,
    now: i64,
) -> rusqlite::Result<Option<Link>> {
    let sql = format!(
        "{LINK} JOIN decks ON decks.id = links.deck
         WHERE code_sha256 = ?2 AND deleted_at IS NULL AND {HOLDS}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row(params![now, code_sha256], link).optional()
}

/// Whoever comes by a newer one of the same role has that one.
pub(super) fn grant(
    savepoint: &Savepoint<'_>,
    principal: &Principal,
    link: &Link,
    now: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO grants (principal, deck, role, serial, made_at)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (principal, deck, role) DO UPDATE SET
                   serial = max(serial, excluded.serial)";
    let Link { deck, role, serial, .. } = link;
    savepoint.execute(sql, params![principal.0, deck.as_str(), role.name(), serial, now]).map(drop)
}

/// Roles of links to a deck that somebody came by and that hold.
pub(super) fn granted(
    connection: &Connection,
    deck: &DeckId,
    principal: &str,
    now: i64,
) -> rusqlite::Result<Vec<LinkRole>> {
    let sql = format!(
        "SELECT links.role FROM grants JOIN links USING (deck, role, serial)
         WHERE principal = ?2 AND links.deck = ?3 AND {HOLDS} ORDER BY links.role"
    );
    let row = params![now, principal, deck.as_str()];
    connection.prepare_cached(&sql)?.query_map(row, |row| row.get(0))?.collect()
}

/// What somebody came by becomes another's.
pub(super) fn carry_over(
    savepoint: &Savepoint<'_>,
    from: &Principal,
    to: &Principal,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO grants (principal, deck, role, serial, made_at)
               SELECT ?2, deck, role, serial, made_at FROM grants WHERE principal = ?1
               ON CONFLICT (principal, deck, role) DO UPDATE SET
                   serial = max(serial, excluded.serial)";
    savepoint.execute(sql, [&from.0, &to.0])?;
    savepoint.execute("DELETE FROM grants WHERE principal = ?1", [&from.0]).map(drop)
}
