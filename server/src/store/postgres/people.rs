//! Levels of decks, and with whom they are shared by name, as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::columns::{self, texts};
use super::links::HOLDS;
use super::pool::{Failed, execute, row, rows, text};
use crate::store::access::{DeckAccess, DeckLevel, PersonRole, Principal};
use crate::store::{DeckId, LinkRole};

/// The place of a role of `people` in [`PersonRole::ALL`].
pub(super) const RANK: &str =
    "CASE people.role WHEN 'owner' THEN 2 WHEN 'editor' THEN 1 ELSE 0 END";

/// In one query: what is changed meanwhile counts as a whole, or not yet.
pub(super) async fn access(
    client: &impl GenericClient,
    deck: &DeckId,
    subjects: &[String],
    in_bin: bool,
    now: i64,
) -> Result<Option<DeckAccess>, Failed> {
    let sql = format!(
        "SELECT decks.level,
                EXISTS (SELECT 1 FROM people WHERE deck = decks.id AND role = 'owner'),
                (SELECT max({RANK})::bigint FROM people
                 WHERE deck = decks.id AND subject = ANY($3)),
                ARRAY(SELECT links.role FROM grants JOIN links USING (deck, role, serial)
                      WHERE principal = $4 AND links.deck = decks.id AND {HOLDS}
                      ORDER BY links.role)
         FROM decks WHERE id = $2 AND (deleted_at IS NULL OR $5)"
    );
    let (words, principal) = (texts(subjects), principal(subjects));
    let values: [columns::Param<'_>; 5] = [&now, &deck.as_str(), &words, &principal, &in_bin];
    row(client, &sql, &values).await?.map(|row| deck_access(&row, 0)).transpose()
}

/// What decides about a deck, in the four columns from this one on.
pub(super) fn deck_access(row: &Row, column: usize) -> Result<DeckAccess, Failed> {
    let rank =
        row.try_get::<_, Option<i64>>(column + 2)?.and_then(|rank| usize::try_from(rank).ok());
    let roles: Option<Vec<&str>> = row.try_get(column + 3)?;
    Ok(DeckAccess {
        level: columns::word(row, column, DeckLevel::parse)?,
        owned: row.try_get(column + 1)?,
        person: rank.and_then(|rank| PersonRole::ALL.get(rank).copied()),
        links: roles.into_iter().flatten().filter_map(LinkRole::parse).collect(),
    })
}

/// The first of those that somebody is: only that one comes by links.
pub(super) fn principal(subjects: &[String]) -> std::borrow::Cow<'_, str> {
    text(subjects.first().map_or("", String::as_str))
}

/// Decks that one who is all of these came to by name, or the first of them by a link.
pub(super) async fn decks_of(
    client: &impl GenericClient,
    subjects: &[String],
    now: i64,
) -> Result<Vec<DeckId>, Failed> {
    let sql = format!(
        "SELECT id FROM decks WHERE deleted_at IS NULL AND id IN (
             SELECT deck FROM people WHERE subject = ANY($2)
             UNION
             SELECT links.deck FROM grants JOIN links USING (deck, role, serial)
             WHERE principal = $3 AND {HOLDS}
         ) ORDER BY id"
    );
    let (words, principal) = (texts(subjects), principal(subjects));
    let found = rows(client, &sql, &[&now, &words, &principal]).await?;
    found.iter().map(|row| columns::deck(row, 0)).collect()
}

pub(super) async fn levels(
    client: &impl GenericClient,
) -> Result<Vec<(DeckId, DeckLevel)>, Failed> {
    let sql = "SELECT id, level FROM decks WHERE deleted_at IS NULL ORDER BY id";
    let level = |row: &Row| Ok((columns::deck(row, 0)?, columns::word(row, 1, DeckLevel::parse)?));
    rows(client, sql, &[]).await?.iter().map(level).collect()
}

pub(super) async fn set_level(
    client: &impl GenericClient,
    deck: &DeckId,
    level: DeckLevel,
) -> Result<(), Failed> {
    let sql = "UPDATE decks SET level = $2 WHERE id = $1";
    execute(client, sql, &[&deck.as_str(), &level.name()]).await.map(drop)
}

/// A new deck becomes for everybody what another one is.
pub(super) async fn copy(
    client: &impl GenericClient,
    from: &DeckId,
    to: &DeckId,
) -> Result<(), Failed> {
    let both: [columns::Param<'_>; 2] = [&from.as_str(), &to.as_str()];
    let sql = "UPDATE decks SET level = (SELECT level FROM decks WHERE id = $1) WHERE id = $2";
    execute(client, sql, &both).await?;
    // In the order in which they came there.
    let sql = "INSERT INTO people (deck, subject, role, made_at)
               SELECT $2::text, subject, role, made_at FROM people WHERE deck = $1";
    execute(client, sql, &both).await.map(drop)
}

pub(super) async fn all(
    client: &impl GenericClient,
    deck: &DeckId,
) -> Result<Vec<(String, PersonRole)>, Failed> {
    let sql = "SELECT subject, role FROM people WHERE deck = $1
               ORDER BY role = 'owner' DESC, made_at, subject";
    let person = |row: &Row| Ok((row.try_get(0)?, columns::word(row, 1, PersonRole::parse)?));
    rows(client, sql, &[&deck.as_str()]).await?.iter().map(person).collect()
}

/// Asked and changed while the deck is held: of two owners who leave at the same time, on two nodes,
/// one stays.
pub(super) async fn set(
    client: &impl GenericClient,
    deck: &DeckId,
    subject: &str,
    role: Option<PersonRole>,
    now: i64,
) -> Result<bool, Failed> {
    columns::lock(client, &[deck]).await?;
    let subject = text(subject);
    let sql = "SELECT coalesce(count(*) = 1 AND max(subject) = $2, false) FROM people
               WHERE deck = $1 AND role = 'owner'";
    let is_last: bool = columns::one(client, sql, &[&deck.as_str(), &subject]).await?.try_get(0)?;
    if is_last && role != Some(PersonRole::Owner) {
        return Ok(false);
    }
    if let Some(role) = role {
        let sql = "INSERT INTO people (deck, subject, role, made_at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (deck, subject) DO UPDATE SET role = excluded.role";
        execute(client, sql, &[&deck.as_str(), &subject, &role.name(), &now]).await?;
    } else {
        let sql = "DELETE FROM people WHERE deck = $1 AND subject = $2";
        execute(client, sql, &[&deck.as_str(), &subject]).await?;
    }
    Ok(true)
}

/// Decks in which somebody has a role.
pub(super) async fn named_in(
    client: &impl GenericClient,
    principal: &Principal,
) -> Result<Vec<DeckId>, Failed> {
    let sql = "SELECT deck FROM people WHERE subject = $1";
    let found = rows(client, sql, &[&principal.0]).await?;
    found.iter().map(|row| columns::deck(row, 0)).collect()
}

/// What somebody was given becomes another's, who keeps what is higher.
pub(super) async fn carry_over(
    client: &impl GenericClient,
    from: &Principal,
    to: &Principal,
) -> Result<(), Failed> {
    let sql = format!(
        "WITH moved AS (
             DELETE FROM people WHERE subject = $1 RETURNING deck, role, made_at
         )
         INSERT INTO people (deck, subject, role, made_at)
         SELECT deck, $2::text, role, made_at FROM moved
         ON CONFLICT (deck, subject) DO UPDATE SET role = excluded.role
         WHERE {} > {RANK}",
        RANK.replace("people.", "excluded.")
    );
    execute(client, &sql, &[&from.0, &to.0]).await.map(drop)
}
