//! Series of calls, and what a deck is among them, as rows.

use jiff::civil::{DateTime, Time};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Savepoint, params};

use super::access::list;
use super::links::HOLDS;
use super::{SqliteStore, bin, create, people, pictures, record, sections};
use crate::store::access::{DeckAccess, PersonRole};
use crate::store::series::{
    Call, DeckEntry, NewCopy, Rights, Series, SeriesStore, Shelf, call_text, date_text, parse_call,
    time_text,
};
use crate::store::{DeckId, DeckRecord, LinkRole, StoreResult};

impl SeriesStore for SqliteStore {
    fn entries(
        &self,
        shelf: Shelf,
        subjects: Vec<String>,
        now: i64,
    ) -> StoreResult<Vec<DeckEntry>> {
        self.read(move |connection| {
            let place = match shelf {
                Shelf::List => "deleted_at IS NULL AND archived_at IS NULL",
                Shelf::Archive => "deleted_at IS NULL AND archived_at IS NOT NULL",
                Shelf::Bin => "deleted_at IS NOT NULL",
            };
            let sql = format!("{} WHERE {place} ORDER BY updated_at DESC, id", entry_sql());
            let words = list(subjects.iter().map(String::as_str));
            let principal = subjects.first().map_or("", String::as_str);
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map(params![now, words, principal], entry)?.collect()
        })
    }

    fn entry(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        now: i64,
    ) -> StoreResult<Option<DeckEntry>> {
        let deck = deck.clone();
        self.read(move |connection| {
            let sql = format!("{} WHERE decks.id = ?4 AND deleted_at IS NULL", entry_sql());
            let words = list(subjects.iter().map(String::as_str));
            let principal = subjects.first().map_or("", String::as_str);
            let row = params![now, words, principal, deck.as_str()];
            connection.prepare_cached(&sql)?.query_row(row, entry).optional()
        })
    }

    fn set_archived(&self, deck: &DeckId, archived: bool, now: i64) -> StoreResult<bool> {
        let deck = deck.clone();
        self.write(move |savepoint| {
            // What is put away already has been so since then.
            let sql =
                "UPDATE decks SET archived_at = CASE WHEN ?2 THEN coalesce(archived_at, ?3) END
                       WHERE id = ?1 AND deleted_at IS NULL";
            Ok(savepoint.execute(sql, params![deck.as_str(), archived, now])? == 1)
        })
    }

    fn set_call(
        &self,
        deck: &DeckId,
        at: Option<DateTime>,
        series: Option<DeckId>,
    ) -> StoreResult<bool> {
        let deck = deck.clone();
        self.write(move |savepoint| put_call(savepoint, &deck, at, series.as_ref()))
    }

    fn series(&self, template: &DeckId) -> StoreResult<Option<Series>> {
        let template = template.clone();
        self.read(move |connection| {
            let sql = "SELECT name, cadence, time, zone FROM series
                       WHERE template = ?1 AND ended_at IS NULL";
            let row = |row: &Row<'_>| series(row, 0);
            connection.prepare_cached(sql)?.query_row([template.as_str()], row).optional()
        })
    }

    fn set_series(&self, template: &DeckId, series: Series, now: i64) -> StoreResult<()> {
        let template = template.clone();
        self.write(move |savepoint| put_series(savepoint, &template, &series, now))
    }

    fn end_series(&self, template: &DeckId, now: i64) -> StoreResult<bool> {
        let template = template.clone();
        self.write(move |savepoint| {
            let sql = "UPDATE series SET ended_at = ?2 WHERE template = ?1 AND ended_at IS NULL";
            Ok(savepoint.execute(sql, params![template.as_str(), now])? == 1)
        })
    }

    fn calls(&self, template: &DeckId) -> StoreResult<Vec<Call>> {
        let template = template.clone();
        self.read(move |connection| {
            let sql = "SELECT id, title, call_at FROM decks
                       WHERE series = ?1 AND call_at IS NOT NULL AND deleted_at IS NULL
                       ORDER BY call_at DESC, id";
            let call = |row: &Row<'_>| {
                let (deck, title) = (DeckId(row.get(0)?), row.get(1)?);
                Ok(call_at(row, 2)?.map(|at| Call { deck, title, at }))
            };
            let mut statement = connection.prepare_cached(sql)?;
            let calls = statement.query_map([template.as_str()], call)?;
            calls.filter_map(Result::transpose).collect()
        })
    }

    fn make_copy(&self, copy: NewCopy, now: i64) -> StoreResult<Option<DeckRecord>> {
        self.write(move |savepoint| make(savepoint, copy, now))
    }

    fn binned(&self, before: i64) -> StoreResult<Vec<DeckId>> {
        self.read(move |connection| bin::due(connection, before))
    }

    fn purge(
        &self,
        deck: &DeckId,
        before: i64,
        heirs: Vec<(String, DeckId)>,
    ) -> StoreResult<Option<Vec<String>>> {
        let deck = deck.clone();
        self.write(move |savepoint| bin::purge(savepoint, &deck, before, &heirs))
    }
}

/// One query, however many decks there are. `?1` is the time, `?2` the subjects, `?3` the principal.
fn entry_sql() -> String {
    format!(
        "WITH given AS (
             SELECT deck, max(CASE role WHEN 'owner' THEN 2 WHEN 'editor' THEN 1 ELSE 0 END) AS rank
             FROM people WHERE subject IN (SELECT value FROM json_each(?2)) GROUP BY deck
         ), granted AS (
             SELECT links.deck, group_concat(links.role) AS roles
             FROM grants JOIN links USING (deck, role, serial)
             WHERE principal = ?3 AND {HOLDS} GROUP BY links.deck
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
fn entry(row: &Row<'_>) -> rusqlite::Result<DeckEntry> {
    let is_template = row.get::<_, Option<String>>(17)?.is_some();
    let links: Option<String> = row.get(14)?;
    let links = links.iter().flat_map(|roles| roles.split(',')).filter_map(LinkRole::parse);
    let rank: Option<usize> = row.get(13)?;
    Ok(DeckEntry {
        record: record(row)?,
        archived_at: row.get(4)?,
        deleted_at: row.get(5)?,
        call_at: call_at(row, 6)?,
        series: row.get::<_, Option<String>>(7)?.map(DeckId),
        expected: row.get(8)?,
        ready: row.get(9)?,
        reporters: json(row, 10).unwrap_or_default(),
        access: DeckAccess {
            level: row.get(11)?,
            owned: row.get(12)?,
            person: rank.and_then(|rank| PersonRole::ALL.get(rank).copied()),
            links: links.collect(),
        },
        zone: row.get(15)?,
        latest_call: call_at(row, 16)?,
        template_of: is_template.then(|| series(row, 18).ok()).flatten(),
    })
}

/// The four columns of a series from this one on.
fn series(row: &Row<'_>, first: usize) -> rusqlite::Result<Series> {
    let time: String = row.get(first + 2)?;
    let time = Time::strptime("%H:%M", &time).map_err(|error| unreadable(first + 2, error))?;
    let (name, zone) = (row.get(first)?, row.get(first + 3)?);
    Ok(Series { name, cadence: json(row, first + 1)?, time, zone })
}

fn call_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime>> {
    Ok(row.get::<_, Option<String>>(column)?.and_then(|text| parse_call(&text)))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error))
}

fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

fn put_series(
    savepoint: &Savepoint<'_>,
    template: &DeckId,
    series: &Series,
    now: i64,
) -> rusqlite::Result<()> {
    let Series { name, cadence, time, zone } = series;
    let cadence = serde_json::to_string(cadence)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let sql = "INSERT INTO series (template, name, cadence, time, zone, made_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (template) DO UPDATE SET
                   name = excluded.name, cadence = excluded.cadence, time = excluded.time,
                   zone = excluded.zone, ended_at = NULL";
    let row = params![template.as_str(), name, cadence, time_text(*time), zone, now];
    savepoint.execute(sql, row).map(drop)
}

/// Asked and changed in one go: of two who make the call of one date, one does.
fn put_call(
    savepoint: &Savepoint<'_>,
    deck: &DeckId,
    at: Option<DateTime>,
    series: Option<&DeckId>,
) -> rusqlite::Result<bool> {
    if let (Some(at), Some(series)) = (at, series)
        && is_taken(savepoint, series, at, deck)?
    {
        return Ok(false);
    }
    let sql = "UPDATE decks SET call_at = ?2, series = ?3 WHERE id = ?1";
    let row = params![deck.as_str(), at.map(call_text), series.map(DeckId::as_str)];
    savepoint.execute(sql, row)?;
    Ok(true)
}

/// Whether another deck is the call of a series on that date.
fn is_taken(
    connection: &Connection,
    series: &DeckId,
    at: DateTime,
    deck: &DeckId,
) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM decks WHERE series = ?1 AND deleted_at IS NULL
                              AND substr(call_at, 1, 10) = ?2 AND id <> ?3)";
    let row = params![series.as_str(), date_text(at.date()), deck.as_str()];
    connection.prepare_cached(sql)?.query_row(row, |row| row.get(0))
}

fn make(
    savepoint: &Savepoint<'_>,
    copy: NewCopy,
    now: i64,
) -> rusqlite::Result<Option<DeckRecord>> {
    let NewCopy { deck, owner, rights, call, pictures, reporters } = copy;
    if let Some((series, at)) = &call
        && is_taken(savepoint, series, *at, &deck.id)?
    {
        return Ok(None);
    }
    let record = create(savepoint, deck)?;
    match rights {
        Rights::Level(level) => people::set_level(savepoint, &record.id, level)?,
        Rights::SameAs(other) => people::copy(savepoint, &other, &record.id)?,
    }
    if let Some(owner) = owner {
        people::set(savepoint, &record.id, &owner.0, Some(PersonRole::Owner), now)?;
    }
    if let Some((series, at)) = call {
        put_call(savepoint, &record.id, Some(at), Some(&series))?;
    }
    for picture in &pictures {
        pictures::insert(savepoint, picture, now)?;
    }
    sections::suggest(savepoint, &record.id, reporters)?;
    Ok(Some(record))
}
