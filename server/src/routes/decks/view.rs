//! A deck as its visitors see it on a list.

use std::collections::HashSet;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::rfc_3339;
use crate::access::{Access, judge, now};
use crate::auth::{Visitor, VisitorKind};
use crate::cli::AccessMode;
use crate::error::ApiError;
use crate::router::App;
use crate::series::naming::file_name;
use crate::series::{clock, coming, instant};
use crate::store::DeckId;
use crate::store::access::DeckAccess;
use crate::store::series::{Cadence, DeckEntry, Shelf, call_text, time_text};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeckView {
    pub(super) id: DeckId,
    title: String,
    file_name: String,
    created_at: String,
    updated_at: String,
    archived_at: Option<String>,
    deleted_at: Option<String>,
    series: Option<DeckId>,
    is_template: bool,
    call_at: Option<String>,
    call_at_instant: Option<String>,
    zone: Option<String>,
    expected: u32,
    ready: u32,
    reporters: Vec<String>,
    live: bool,
    access: Access,
    mine: bool,
    edit_url: String,
    follow_url: String,
    present_url: String,
}

impl DeckView {
    /// `readable` are the templates that the visitor may read.
    fn new(app: &App, kind: VisitorKind, entry: DeckEntry, readable: &HashSet<DeckId>) -> Self {
        let title = title(&entry);
        let id = entry.record.id;
        let in_zone = entry.call_at.zip(entry.zone.as_deref());
        Self {
            edit_url: format!("/d/{id}"),
            follow_url: format!("/d/{id}/follow"),
            present_url: format!("/d/{id}/present"),
            file_name: file_name(&title),
            title,
            created_at: rfc_3339(entry.record.created_at),
            updated_at: rfc_3339(entry.record.updated_at),
            archived_at: entry.archived_at.map(rfc_3339),
            deleted_at: entry.deleted_at.map(rfc_3339),
            series: entry.series.filter(|series| readable.contains(series)),
            is_template: entry.template_of.is_some(),
            call_at: entry.call_at.map(call_text),
            call_at_instant: in_zone
                .and_then(|(at, zone)| instant(at, zone))
                .map(|at| at.to_string()),
            zone: entry.zone,
            expected: entry.expected,
            ready: entry.ready,
            reporters: entry.reporters,
            live: entry.deleted_at.is_none() && app.projectors.is_live(&id),
            access: Access::of(app.mode, kind, &entry.access),
            mine: entry.access.person.is_some(),
            id,
        }
    }
}

/// What a deck is called. A template whose title is filled in for each call is called like its series.
fn title(entry: &DeckEntry) -> String {
    let title = &entry.record.title;
    let series = entry.template_of.as_ref().filter(|_| title.contains("{{"));
    series.map_or(title, |series| &series.name).clone()
}

/// A deck outside the bin as one of its visitors sees it.
pub(crate) async fn view(
    app: &App,
    visitor: &Visitor,
    deck: &DeckId,
) -> Result<DeckView, ApiError> {
    let entry = app.series.entry(deck, visitor.subjects(), now()).await?;
    let entry = entry.ok_or(ApiError::NoDeck)?;
    let readable = readable(app, visitor, std::slice::from_ref(&entry)).await?;
    Ok(DeckView::new(app, visitor.kind, entry, &readable))
}

/// Of the templates from which decks were made those that the visitor may read: who is let into one call
/// does not learn by that where its template is.
async fn readable(
    app: &App,
    visitor: &Visitor,
    entries: &[DeckEntry],
) -> Result<HashSet<DeckId>, ApiError> {
    let mut readable: HashSet<DeckId> =
        entries.iter().filter_map(|entry| entry.series.clone()).collect();
    for template in readable.clone() {
        let may_read = match judge(app, visitor, &template).await {
            Ok(access) => access >= Access::Read,
            Err(ApiError::NoDeck) => false,
            Err(error) => return Err(error),
        };
        if !may_read {
            readable.remove(&template);
        }
    }
    Ok(readable)
}

#[derive(Serialize)]
pub(crate) struct DeckList {
    decks: Vec<DeckView>,
    series: Vec<SeriesView>,
}

#[derive(Serialize)]
struct SeriesView {
    id: DeckId,
    name: String,
    cadence: Cadence,
    time: String,
    zone: String,
    /// When the next call is that nobody has made yet.
    next: Option<String>,
}

impl SeriesView {
    fn of(entry: &DeckEntry, now: i64) -> Option<Self> {
        let series = entry.template_of.clone()?;
        let clock = clock(now, &series.zone);
        let dates = clock.map(|clock| coming(&series, entry.latest_call, clock));
        let next = dates.and_then(|dates| dates.first().copied());
        Some(Self {
            id: entry.record.id.clone(),
            next: next.map(|date| call_text(date.to_datetime(series.time))),
            name: series.name,
            cadence: series.cadence,
            time: time_text(series.time),
            zone: series.zone,
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Place {
    #[serde(rename = "in")]
    shelf: Option<String>,
}

/// `GET /api/decks`: those that the visitor may read; `?in=archive`, `?in=bin`: those that are there.
pub(crate) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Json<DeckList>, ApiError> {
    let bad = || ApiError::BadRequest("`in` is `archive` or `bin`".into());
    let Query(Place { shelf }) = place.map_err(|_| bad())?;
    let shelf = match shelf.as_deref() {
        None => Shelf::List,
        Some("archive") => Shelf::Archive,
        Some("bin") => Shelf::Bin,
        Some(_) => return Err(bad()),
    };
    let now = now();
    let mut entries = app.series.entries(shelf, visitor.subjects(), now).await?;
    entries.retain(|entry| lists(app.mode, visitor.kind, shelf, &entry.access));
    let series = match shelf {
        Shelf::List => entries.iter().filter_map(|entry| SeriesView::of(entry, now)).collect(),
        Shelf::Archive | Shelf::Bin => Vec::new(),
    };
    let readable = readable(&app, &visitor, &entries).await?;
    let view = |entry| DeckView::new(&app, visitor.kind, entry, &readable);
    let decks = entries.into_iter().map(view).collect();
    Ok(Json(DeckList { decks, series }))
}

/// Whether a deck is on the list of somebody. In the bin are those that they can take out again.
fn lists(mode: AccessMode, kind: VisitorKind, shelf: Shelf, access: &DeckAccess) -> bool {
    if shelf == Shelf::Bin && Access::of(mode, kind, access) < Access::Own {
        return false;
    }
    let by_level = Access::by_level(kind, access.level) >= Access::Read;
    let named = access.person.is_some() || !access.links.is_empty();
    match (mode, kind) {
        (_, VisitorKind::Admin) => true,
        (AccessMode::Open, _) | (_, VisitorKind::Member) => named || by_level,
        (AccessMode::GuestsEdit, _) => named,
        (AccessMode::Members, _) => false,
    }
}
