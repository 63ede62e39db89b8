//! `/api/decks/{id}/series` and `/calls`: series, and the next call of one.

use std::collections::HashSet;
use std::net::SocketAddr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use deck::LiveDeck;
use deck::carry::Item;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::decks::{DeckCopy, is_plain, made, one_line, taken};
use super::{read_json, work_out};
use crate::access::{Access, judge, now};
use crate::auth::{Allowed, Visitor};
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;
use crate::series::naming::file_name;
use crate::series::plan::{Plan, PlannedSection, Said};
use crate::series::{clock, coming, suggested};
use crate::store::sections::{SectionChanges, SectionRecord, Summary};
use crate::store::series::{Cadence, Call, Rights, Series, date_text, time_text};
use crate::store::{DeckId, StoreError};

/// Longest name of a series, and longest title: each is a line in a list.
const MOST_TITLE_CHARS: usize = 200;
/// Longest name of somebody, as on the board.
const MOST_NAME_CHARS: usize = 80;
/// Most sections of which somebody says who reports: a board has no more.
const MOST_REPORTERS: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesWish {
    name: String,
    cadence: Cadence,
    time: String,
    zone: String,
}

#[derive(Serialize)]
pub(crate) struct SeriesView {
    id: DeckId,
    name: String,
    cadence: Cadence,
    time: String,
    zone: String,
}

/// `PUT /api/decks/{id}/series`: the deck is the template of a series from now on.
pub(crate) async fn set(
    State(app): State<App>,
    Allowed { visitor, deck, .. }: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<SeriesView>, ApiError> {
    let SeriesWish { name, cadence, time, zone } = read_json(body)?;
    let (name, time) = (line("name", &name, MOST_TITLE_CHARS)?, time_of(&time)?);
    let known = TimeZone::get(&zone).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    let words = "`zone` is a name of the IANA time zone database, such as Europe/Berlin";
    let zone = known.ok_or_else(|| ApiError::BadRequest(words.into()))?;
    let series = Series { name, cadence, time, zone };
    app.series.set_series(&deck, series.clone(), now()).await?;
    app.audit.note(&visitor, Some(&deck), "series.set", "").await;
    let Series { name, cadence, time, zone } = series;
    Ok(Json(SeriesView { id: deck, name, cadence, time: time_text(time), zone }))
}

/// `DELETE /api/decks/{id}/series`: it goes on no more. Its calls stay.
pub(crate) async fn end(
    State(app): State<App>,
    Allowed { visitor, deck, .. }: Allowed,
) -> Result<StatusCode, ApiError> {
    if app.series.end_series(&deck, now()).await? {
        app.audit.note(&visitor, Some(&deck), "series.end", "").await;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NextView {
    date: String,
    dates: Vec<String>,
    title: String,
    file_name: String,
}

/// `GET /api/decks/{id}/calls/next`: when the next call could be, and what it would be called.
pub(crate) async fn next(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { deck, .. }: Allowed,
) -> Result<Json<NextView>, ApiError> {
    app.limits.plan(peer, &headers)?;
    let series = of(&app, &deck).await?;
    let calls = app.series.calls(&deck).await?;
    let latest = calls.first().map(|call| call.at);
    let clock = clock(now(), &series.zone).ok_or_else(no_zone)?;
    let date = suggested(&series, latest, clock);
    let dates = coming(&series, latest, clock).into_iter().map(date_text).collect();
    let plan = plan(&app, &deck, date).await?.plan;
    let title = work_out(&app, move || plan.title()).await?;
    Ok(Json(NextView { date: date_text(date), dates, file_name: file_name(&title), title }))
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProposalView {
    title: String,
    file_name: String,
    sections: Vec<SectionView>,
    carried: Vec<Item>,
    from: Option<FromView>,
}

#[derive(Serialize)]
struct SectionView {
    title: String,
    reporter: Option<String>,
}

#[derive(Serialize)]
struct FromView {
    id: DeckId,
    title: String,
}

/// `GET /api/decks/{id}/calls/proposal?date=2024-04-25`: what the call of a date would begin as.
pub(crate) async fn propose(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
    Allowed { visitor, deck, .. }: Allowed,
) -> Result<Json<ProposalView>, ApiError> {
    let date = date_of(asked.map(|Query(asked)| asked.date).as_deref().unwrap_or_default())?;
    app.limits.plan(peer, &headers)?;
    let mut planned = plan(&app, &deck, date).await?;
    let from = planned.remember(&app, &visitor).await?;
    let (plan, today) = (planned.plan, today(&planned.series)?);
    let proposed = move || (plan.title(), plan.sections(), plan.items(today));
    let (title, sections, carried) = work_out(&app, proposed).await?;
    let view = |PlannedSection { title, reporter }| SectionView { title, reporter };
    Ok(Json(ProposalView {
        file_name: file_name(&title),
        title,
        sections: sections.into_iter().map(view).collect(),
        carried,
        from: from.map(|Call { deck: id, title, .. }| FromView { id, title }),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallWish {
    date: String,
    time: Option<String>,
    title: Option<String>,
    #[serde(default)]
    keep: Vec<u32>,
    #[serde(default)]
    reporters: Vec<ReporterWish>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReporterWish {
    section: String,
    name: String,
}

/// `POST /api/decks/{id}/calls`: makes the deck of a call.
pub(crate) async fn make(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { visitor, deck, .. }: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Response, ApiError> {
    let CallWish { date, time, title, keep, reporters } = read_json(body)?;
    let reporters = named(reporters)?;
    let date = date_of(&date)?;
    let title = title.map(|title| line("title", &title, MOST_TITLE_CHARS)).transpose()?;
    app.limits.plan(peer, &headers)?;
    app.limits.make_deck(peer, &headers)?;
    let planned = plan(&app, &deck, date).await?;
    if planned.is_taken {
        return Err(taken());
    }
    let time = time.map_or(Ok(planned.series.time), |time| time_of(&time))?;
    let call = Some((deck.clone(), date.to_datetime(time)));
    let (source, last) = planned.compose(&app, &visitor, title, keep).await?;
    let from = std::iter::once(deck.clone()).chain(last.map(|last| last.deck)).collect();
    let rights = Rights::SameAs(deck.clone());
    let summary = at_first(source.clone(), &reporters).await?;
    let copy = DeckCopy { source, from, rights, call, reporters };
    let call = copy.make(&app, &visitor, (peer, &headers)).await?.ok_or_else(taken)?;
    let changes = SectionChanges { summary: Some(summary), ..SectionChanges::default() };
    if let Err(error) = app.sections.change_sections(&call, changes).await {
        // The deck's desk says it again as soon as somebody opens the deck.
        tracing::warn!(deck = %call, %error, "the list does not know who should report");
    }
    app.audit.note(&visitor, Some(&call), "call.make", format!("{deck} {}", date_text(date))).await;
    made(&app, &visitor, &call).await
}

/// What the list says of a call that nobody has opened yet: so many should report.
async fn at_first(source: String, reporters: &[(String, String)]) -> Result<Summary, ApiError> {
    let count = move || {
        let sections = LiveDeck::new(&source).sections();
        sections.iter().filter(|section| section.expected).count()
    };
    let expected = tokio::task::spawn_blocking(count).await;
    let expected = expected.map_err(|error| StoreError(error.to_string()))?;
    let mut names: Vec<String> = Vec::new();
    for (_, name) in reporters {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let expected = u32::try_from(expected).unwrap_or(u32::MAX);
    Ok(Summary { expected, ready: 0, reporters: names })
}

/// Those of the items that somebody wants.
fn kept(items: Vec<Item>, keep: &[u32]) -> Result<Vec<Item>, ApiError> {
    let there: HashSet<u32> = items.iter().map(|item| item.id).collect();
    let keep: HashSet<u32> = keep.iter().copied().collect();
    if !keep.is_subset(&there) {
        let words = "the call before has changed; look at what is carried over again";
        return Err(ApiError::Conflict(words.into()));
    }
    Ok(items.into_iter().filter(|item| keep.contains(&item.id)).collect())
}

/// Sections and those who should write them, but for those whom nobody named.
fn named(reporters: Vec<ReporterWish>) -> Result<Vec<(String, String)>, ApiError> {
    if reporters.len() > MOST_REPORTERS {
        let words = format!("`reporters` has at most {MOST_REPORTERS} entries");
        return Err(ApiError::BadRequest(words));
    }
    let is_named = |wish: &ReporterWish| !wish.name.trim().is_empty();
    let named = reporters.into_iter().filter(is_named);
    named
        .map(|wish| {
            let section = one_line(&wish.section);
            if section.chars().count() > MOST_TITLE_CHARS {
                let words = format!("`section` has at most {MOST_TITLE_CHARS} characters");
                return Err(ApiError::BadRequest(words));
            }
            Ok((section, line("name", &wish.name, MOST_NAME_CHARS)?))
        })
        .collect()
}

/// A plan, and what it is made of.
struct Planned {
    plan: Plan,
    series: Series,
    /// There is a call on that date already.
    is_taken: bool,
    last: Option<Call>,
    before_last: Option<Call>,
}

/// The plan for the call of a date, without what earlier calls said.
async fn plan(app: &App, template: &DeckId, date: Date) -> Result<Planned, ApiError> {
    let series = of(app, template).await?;
    let calls = app.series.calls(template).await?;
    let is_taken = calls.iter().any(|call| call.at.date() == date);
    let mut earlier = calls.into_iter().filter(|call| call.at.date() < date);
    let (last, before_last) = (earlier.next(), earlier.next());
    let number = 1 + last.iter().len() + before_last.iter().len() + earlier.count();
    let plan = Plan {
        name: series.name.clone(),
        template: app.hub.text(template).await?,
        date,
        number: u32::try_from(number).unwrap_or(u32::MAX),
        previous: last.as_ref().map(|call| call.at.date()),
        said: None,
    };
    Ok(Planned { plan, series, is_taken, last, before_last })
}

impl Planned {
    /// Adds what earlier calls said, as far as the visitor may read them, and gives the call from which it
    /// is.
    async fn remember(&mut self, app: &App, visitor: &Visitor) -> Result<Option<Call>, ApiError> {
        let Some(last) = self.last.take() else { return Ok(None) };
        let Some(text) = readable(app, visitor, &last.deck).await? else { return Ok(None) };
        let before = match &self.before_last {
            Some(before) => readable(app, visitor, &before.deck).await?,
            None => None,
        };
        let writers = writers(app, &last.deck).await?;
        self.plan.said = Some(Said { on: last.at.date(), text, before, writers });
        Ok(Some(last))
    }

    /// The text of the call, with what somebody keeps of the call before, which is given with it.
    async fn compose(
        mut self,
        app: &App,
        visitor: &Visitor,
        title: Option<String>,
        keep: Vec<u32>,
    ) -> Result<(String, Option<Call>), ApiError> {
        let last = self.remember(app, visitor).await?;
        let (plan, today) = (self.plan, today(&self.series)?);
        let composed = move || {
            let items = kept(plan.items(today), &keep)?;
            Ok::<_, ApiError>(plan.compose(&title.unwrap_or_else(|| plan.title()), &items))
        };
        Ok((work_out(app, composed).await??, last))
    }
}

/// The text of a call, for those who may read it: it has rights of its own.
async fn readable(app: &App, visitor: &Visitor, deck: &DeckId) -> Result<Option<String>, ApiError> {
    match judge(app, visitor, deck).await {
        Ok(access) if access >= Access::Read => Ok(Some(app.hub.text(deck).await?)),
        // Somebody may just have thrown it away.
        Ok(_) | Err(ApiError::NoDeck) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who said that they write a section of a call, by its title.
async fn writers(app: &App, call: &DeckId) -> Result<Vec<(String, String)>, ApiError> {
    let known = app.sections.sections(call).await?.unwrap_or_default();
    let writer = |section: SectionRecord| Some((section.title, section.reporter?));
    Ok(known.records.into_iter().filter_map(writer).collect())
}

async fn of(app: &App, template: &DeckId) -> Result<Series, ApiError> {
    let words = "this deck has no series; begin one first";
    app.series.series(template).await?.ok_or_else(|| ApiError::Conflict(words.into()))
}

fn today(series: &Series) -> Result<Date, ApiError> {
    clock(now(), &series.zone).map(|clock| clock.date()).ok_or_else(no_zone)
}

/// It was known when the series was set.
fn no_zone() -> ApiError {
    ApiError::Conflict("the time zone of this series is not known any more; set another one".into())
}

fn date_of(text: &str) -> Result<Date, ApiError> {
    let date = Date::strptime("%Y-%m-%d", text).ok();
    let date = date.filter(|date| is_plain(&date.to_datetime(Time::midnight())));
    date.ok_or_else(|| ApiError::BadRequest("`date` is a date such as 2024-04-25".into()))
}

fn time_of(text: &str) -> Result<Time, ApiError> {
    let bad = |_| ApiError::BadRequest("`time` is a time of a day such as 14:05".into());
    Time::strptime("%H:%M", text).map_err(bad)
}

/// What is a line in a list.
fn line(field: &str, text: &str, most: usize) -> Result<String, ApiError> {
    let line = one_line(text);
    if line.is_empty() || line.chars().count() > most {
        let words = format!("`{field}` has 1 to {most} characters");
        return Err(ApiError::BadRequest(words));
    }
    Ok(line)
}
