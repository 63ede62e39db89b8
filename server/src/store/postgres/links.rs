//! Links to decks, and who came by them, as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::columns::{self, int};
use super::pool::{Failed, execute, row};
use crate::store::access::{Link, Principal, Sum};
use crate::store::{DeckId, LinkRole, NewLink};

/// Whether a row of `links` holds at the time `$1`: it is the newest of its deck and role, was not
/// ended, and is not past its end.
pub(super) const HOLDS: &str = "links.ended_at IS NULL
     AND (links.expires_at IS NULL OR links.expires_at > $1)
     AND links.serial = (SELECT max(serial) FROM links AS every
                         WHERE every.deck = links.deck AND every.role = links.role)";

const LINK: &str = "SELECT links.deck, links.role, links.serial, links.expires_at FROM links";

fn link(row: &Row) -> Result<Link, Failed> {
    Ok(Link {
        deck: columns::deck(row, 0)?,
        role: columns::word(row, 1, LinkRole::parse)?,
        serial: columns::whole(row, 2)?,
        expires_at: row.try_get(3)?,
    })
}

pub(super) async fn newest(
    client: &impl GenericClient,
    deck: &DeckId,
    role: LinkRole,
) -> Result<Option<Link>, Failed> {
    let sql = format!("{LINK} WHERE deck = $1 AND role = $2 ORDER BY serial DESC LIMIT 1");
    let found = row(client, &sql, &[&deck.as_str(), &role.name()]).await?;
    found.as_ref().map(link).transpose()
}

/// Of two that are added at the same time, the one with the higher number ends the other, whichever
/// comes first.
pub(super) async fn add(
    client: &impl GenericClient,
    link: &NewLink,
    now: i64,
) -> Result<(), Failed> {
    let NewLink { deck, role, serial, code_sha256, expires_at } = link;
    columns::lock(client, &[deck]).await?;
    let (deck, role, serial) = (deck.as_str(), role.name(), int(*serial));
    let sql = "INSERT INTO links (deck, role, serial, code_sha256, made_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (deck, role, serial) DO NOTHING";
    let values: [columns::Param<'_>; 6] =
        [&deck, &role, &serial, &&code_sha256[..], &now, expires_at];
    execute(client, sql, &values).await?;
    let sql = "UPDATE links SET ended_at = $3 WHERE deck = $1 AND role = $2 AND ended_at IS NULL
               AND serial < (SELECT max(serial) FROM links WHERE deck = $1 AND role = $2)";
    execute(client, sql, &[&deck, &role, &now]).await.map(drop)
}

pub(super) async fn set_expiry(
    client: &impl GenericClient,
    deck: &DeckId,
    role: LinkRole,
    expires_at: Option<i64>,
) -> Result<bool, Failed> {
    columns::lock(client, &[deck]).await?;
    let sql = "UPDATE links SET expires_at = $3 WHERE deck = $1 AND role = $2 AND ended_at IS NULL
               AND serial = (SELECT max(serial) FROM links WHERE deck = $1 AND role = $2)";
    Ok(execute(client, sql, &[&deck.as_str(), &role.name(), &expires_at]).await? == 1)
}

pub(super) async fn find(
    client: &impl GenericClient,
    code_sha256: Sum,
    now: i64,
) -> Result<Option<Link>, Failed> {
    let sql = format!(
        "{LINK} JOIN decks ON decks.id = links.deck
         WHERE code_sha256 = $2 AND deleted_at IS NULL AND {HOLDS}"
    );
    let found = row(client, &sql, &[&now, &&code_sha256[..]]).await?;
    found.as_ref().map(link).transpose()
}

/// Whoever comes by a newer one of the same role has that one.
pub(super) async fn grant(
    client: &impl GenericClient,
    principal: &Principal,
    link: &Link,
    now: i64,
) -> Result<(), Failed> {
    let sql = "INSERT INTO grants (principal, deck, role, serial, made_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (principal, deck, role) DO UPDATE SET
                   serial = greatest(grants.serial, excluded.serial)";
    let Link { deck, role, serial, .. } = link;
    let values: [columns::Param<'_>; 5] =
        [&principal.0, &deck.as_str(), &role.name(), &int(*serial), &now];
    execute(client, sql, &values).await.map(drop)
}

/// What somebody came by becomes another's.
pub(super) async fn carry_over(
    client: &impl GenericClient,
    from: &Principal,
    to: &Principal,
) -> Result<(), Failed> {
    let sql = "WITH moved AS (
                   DELETE FROM grants WHERE principal = $1 RETURNING deck, role, serial, made_at
               )
               INSERT INTO grants (principal, deck, role, serial, made_at)
               SELECT $2::text, deck, role, serial, made_at FROM moved
               ON CONFLICT (principal, deck, role) DO UPDATE SET
                   serial = greatest(grants.serial, excluded.serial)";
    execute(client, sql, &[&from.0, &to.0]).await.map(drop)
}
