//! Series of calls, and what a deck is among them, as rows.

use deadpool_postgres::GenericClient;
use jiff::civil::{DateTime, Time};
use tokio_postgres::Row;

use super::columns::{self, texts};
use super::links::HOLDS;
use super::people::{self, RANK, deck_access};
use super::pool::{Failed, execute, row, rows, text};
use super::{PostgresStore, bin, create, pictures, sections};
use crate::store::access::PersonRole;
use crate::store::series::{
    Call, DeckEntry, NewCopy, Rights, Series, SeriesStore, Shelf, call_text, date_text, parse_call,
    time_text,
};
use crate::store::{DeckId, DeckRecord, StoreResult};

impl SeriesStore for PostgresStore {
    fn entries(
        &self,
        shelf: Shelf,
        subjects: Vec<String>,
        now: i64,
    ) -> StoreResult<Vec<DeckEntry>> {
        self.one((shelf, subjects, now), |client, (shelf, subjects, now)| {
            Box::pin(async move {
                let place = match shelf {
                    Shelf::List => "deleted_at IS NULL AND archived_at IS NULL",
                    Shelf::Archive => "deleted_at IS NULL AND archived_at IS NOT NULL",
                    Shelf::Bin => "deleted_at IS NOT NULL",
                };
                let sql =
                    format!("{} WHERE {place} ORDER BY updated_at DESC, decks.id", entry_sql());
                let (subjects, principal) = (texts(subjects), people::principal(subjects));
                let found = rows(client, &sql, &[now, &subjects, &principal]).await?;
                found.iter().map(entry).collect()
            })
        })
    }

    fn entry(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        now: i64,
    ) -> StoreResult<Option<DeckEntry>> {
        self.one((deck.clone(), subjects, now), |client, (deck, subjects, now)| {
            Box::pin(async move {
                let sql = format!("{} WHERE decks.id = $4 AND deleted_at IS NULL", entry_sql());
                let (subjects, principal) = (texts(subjects), people::principal(subjects));
                let values: [columns::Param<'_>; 4] = [now, &subjects, &principal, &deck.as_str()];
                row(client, &sql, &values).await?.as_ref().map(entry).transpose()
            })
        })
    }

    fn set_archived(&self, deck: &DeckId, archived: bool, now: i64) -> StoreResult<bool> {
        self.one((deck.clone(), archived, now), |client, (deck, archived, now)| {
            Box::pin(async move {
                // What is put away already has been so since then.
                let sql = "UPDATE decks
                           SET archived_at = CASE WHEN $2 THEN coalesce(archived_at, $3) END
                           WHERE id = $1 AND deleted_at IS NULL";
                Ok(execute(client, sql, &[&deck.as_str(), archived, now]).await? == 1)
            })
        })
    }

    fn set_call(
        &self,
        deck: &DeckId,
        at: Option<DateTime>,
        series: Option<DeckId>,
    ) -> StoreResult<bool> {
        self.write((deck.clone(), at, series), |transaction, (deck, at, series)| {
            Box::pin(put_call(transaction, deck, *at, series.as_ref()))
        })
    }

    fn series(&self, template: &DeckId) -> StoreResult<Option<Series>> {
        self.one(template.clone(), |client, template| {
            Box::pin(async move {
                let sql = "SELECT name, cadence, time, zone FROM series
                           WHERE template = $1 AND ended_at IS NULL";
                let found = row(client, sql, &[&template.as_str()]).await?;
                found.map(|row| series(&row, 0)).transpose()
            })
        })
    }

    fn set_series(&self, template: &DeckId, series: Series, now: i64) -> StoreResult<()> {
        self.one((template.clone(), series, now), |client, (template, series, now)| {
            Box::pin(put_series(client, template, series, *now))
        })
    }

    fn end_series(&self, template: &DeckId, now: i64) -> StoreResult<bool> {
        self.one((template.clone(), now), |client, (template, now)| {
            Box::pin(async move {
                let sql =
                    "UPDATE series SET ended_at = $2 WHERE template = $1 AND ended_at IS NULL";
                Ok(execute(client, sql, &[&template.as_str(), now]).await? == 1)
            })
        })
    }

    fn calls(&self, template: &DeckId) -> StoreResult<Vec<Call>> {
        self.one(template.clone(), |client, template| {
            Box::pin(async move {
                let sql = "SELECT id, title, call_at FROM decks
                           WHERE series = $1 AND call_at IS NOT NULL AND deleted_at IS NULL
                           ORDER BY call_at DESC, id";
                let call = |row: &Row| -> Result<Option<Call>, Failed> {
                    let (deck, title) = (columns::deck(row, 0)?, row.try_get(1)?);
                    Ok(call_at(row, 2)?.map(|at| Call { deck, title, at }))
                };
                let found = rows(client, sql, &[&template.as_str()]).await?;
                found.iter().map(call).filter_map(Result::transpose).collect()
            })
        })
    }

    fn make_copy(&self, copy: NewCopy, now: i64) -> StoreResult<Option<DeckRecord>> {
        self.write((copy, now), |transaction, (copy, now)| Box::pin(make(transaction, copy, *now)))
    }

    fn binned(&self, before: i64) -> StoreResult<Vec<DeckId>> {
        self.one(before, |client, before| Box::pin(bin::due(client, *before)))
    }

    fn purge(
        &self,
        deck: &DeckId,
        before: i64,
        heirs: Vec<(String, DeckId)>,
    ) -> StoreResult<Option<Vec<String>>> {
        self.write((deck.clone(), before, heirs), |transaction, (deck, before, heirs)| {
            Box::pin(bin::purge(transaction, deck, *before, heirs))
        })
    }
}

/// One query, however many decks there are. `$1` is the time, `$2` the subjects, `$3` the principal.
fn entry_sql() -> String {
    format!(
        "WITH given AS (
             SELECT deck, max({RANK})::bigint AS rank
             FROM people WHERE subject = ANY($2) GROUP BY deck
         ), granted AS (
             SELECT links.deck, array_agg(links.role ORDER BY links.role) AS roles
             FROM grants JOIN links USING (deck, role, serial)
             WHERE principal = $3 AND {HOLDS} GROUP BY links.deck
         )
         SELECT decks.id, decks.title, decks.created_at, decks.updated_at,
                decks.archived_at, decks.deleted_at, decks.call_at, decks.series,
                decks.expected, decks.ready, decks.reporters, decks.level,
                EXISTS (SELECT 1 FROM people WHERE deck = decks.id AND role = 'owner'),
                given.rank, granted.roles,
                coalesce(own.zone, theirs.zone),
                CASE WHEN own.template IS NOT NULL THEN (
                    SELECT max(calls.call_at) FROM decks AS calls
                    WHERE calls.series = decks.id AND calls.deleted_at IS NULL
                ) END,
                own.template, own.name, own.cadence, own.time, own.zone
         FROM decks
         LEFT JOIN series AS own ON own.template = decks.id AND own.ended_at IS NULL
         LEFT JOIN series AS theirs ON theirs.template = decks.series
         LEFT JOIN given ON given.deck = decks.id
         LEFT JOIN granted ON granted.deck = decks.id"
    )
}

/// What stands in a row and cannot be read counts as not said: one deck must not keep others off the list.
fn entry(row: &Row) -> Result<DeckEntry, Failed> {
    let is_template = row.try_get::<_, Option<&str>>(17)?.is_some();
    Ok(DeckEntry {
        record: DeckRecord {
            id: columns::deck(row, 0)?,
            title: row.try_get(1)?,
            created_at: row.try_get(2)?,
            updated_at: row.try_get(3)?,
        },
        archived_at: row.try_get(4)?,
        deleted_at: row.try_get(5)?,
        call_at: call_at(row, 6)?,
        series: row.try_get::<_, Option<String>>(7)?.map(DeckId),
        expected: columns::whole(row, 8)?,
        ready: columns::whole(row, 9)?,
        reporters: columns::json(row, 10).unwrap_or_default(),
        access: deck_access(row, 11)?,
        zone: row.try_get(15)?,
        latest_call: call_at(row, 16)?,
        template_of: is_template.then(|| series(row, 18).ok()).flatten(),
    })
}

/// The four columns of a series from this one on.
fn series(row: &Row, first: usize) -> Result<Series, Failed> {
    let time =
        Time::strptime("%H:%M", row.try_get::<_, &str>(first + 2)?).map_err(columns::unreadable)?;
    let (name, zone) = (row.try_get(first)?, row.try_get(first + 3)?);
    Ok(Series { name, cadence: columns::json(row, first + 1)?, time, zone })
}

fn call_at(row: &Row, column: usize) -> Result<Option<DateTime>, Failed> {
    Ok(row.try_get::<_, Option<&str>>(column)?.and_then(parse_call))
}

async fn put_series(
    client: &impl GenericClient,
    template: &DeckId,
    series: &Series,
    now: i64,
) -> Result<(), Failed> {
    let Series { name, cadence, time, zone } = series;
    let cadence = serde_json::to_string(cadence).map_err(columns::unreadable)?;
    let sql = "INSERT INTO series (template, name, cadence, time, zone, made_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (template) DO UPDATE SET
                   name = excluded.name, cadence = excluded.cadence, time = excluded.time,
                   zone = excluded.zone, ended_at = NULL";
    let values: [columns::Param<'_>; 6] =
        [&template.as_str(), &text(name), &cadence, &time_text(*time), &text(zone), &now];
    execute(client, sql, &values).await.map(drop)
}

/// Asked and changed while the series is held: of two who make the call of one date, on two nodes, one
/// does.
async fn put_call(
    client: &impl GenericClient,
    deck: &DeckId,
    at: Option<DateTime>,
    series: Option<&DeckId>,
) -> Result<bool, Failed> {
    let held: Vec<&DeckId> = [Some(deck), series].into_iter().flatten().collect();
    columns::lock(client, &held).await?;
    if let (Some(at), Some(series)) = (at, series)
        && is_taken(client, series, at, deck).await?
    {
        return Ok(false);
    }
    let sql = "UPDATE decks SET call_at = $2, series = $3 WHERE id = $1";
    let values: [columns::Param<'_>; 3] =
        [&deck.as_str(), &at.map(call_text), &series.map(DeckId::as_str)];
    execute(client, sql, &values).await?;
    Ok(true)
}

/// Whether another deck is the call of a series on that date.
async fn is_taken(
    client: &impl GenericClient,
    series: &DeckId,
    at: DateTime,
    deck: &DeckId,
) -> Result<bool, Failed> {
    let sql = "SELECT EXISTS (SELECT 1 FROM decks WHERE series = $1 AND deleted_at IS NULL
                              AND substr(call_at, 1, 10) = $2 AND id <> $3)";
    let values: [columns::Param<'_>; 3] = [&series.as_str(), &date_text(at.date()), &deck.as_str()];
    Ok(columns::one(client, sql, &values).await?.try_get(0)?)
}

async fn make(
    client: &deadpool_postgres::Transaction<'_>,
    copy: &NewCopy,
    now: i64,
) -> Result<Option<DeckRecord>, Failed> {
    let NewCopy { deck, owner, rights, call, pictures, reporters } = copy;
    if let Some((series, at)) = call {
        columns::lock(client, &[series]).await?;
        if is_taken(client, series, *at, &deck.id).await? {
            return Ok(None);
        }
    }
    let record = create(client, deck).await?;
    match rights {
        Rights::Level(level) => people::set_level(client, &record.id, *level).await?,
        Rights::SameAs(other) => people::copy(client, other, &record.id).await?,
    }
    if let Some(owner) = owner {
        people::set(client, &record.id, &owner.0, Some(PersonRole::Owner), now).await?;
    }
    if let Some((series, at)) = call {
        put_call(client, &record.id, Some(*at), Some(series)).await?;
    }
    for picture in pictures {
        pictures::insert(client, picture, now).await?;
    }
    sections::suggest(client, &record.id, reporters).await?;
    Ok(Some(record))
}

#[cfg(test)]
mod tests {
    use crate::store::contract;
    use crate::store::postgres::testing::Database;

    #[tokio::test]
    async fn postgresql_keeps_the_contract_of_series() {
        contract::series::check(Database::new().store().await).await;
    }
}
