//! `/api/decks/{id}/sharing`: with whom a deck is shared, and who did what.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::decks::rfc_3339;
use super::links::{changed, path};
use super::{links, read_json};
use crate::access::{Access, judge, now};
use crate::auth::Allowed;
use crate::cli::AccessMode;
use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::{App, link_access};
use crate::store::LinkRole;
use crate::store::access::{AuditEntry, DeckLevel, PersonRole, Principal};

/// Entries of the audit log that are shown.
const MOST_ENTRIES: usize = 200;
/// Longest subject: an address has 254 characters at most, names of groups are shorter.
const MOST_SUBJECT_BYTES: usize = 300;
/// Random characters of a principal.
const PRINCIPAL_CHARS: usize = 22;
/// People and groups with whom one deck is shared by name; more is a script that went wrong.
const MOST_PEOPLE: usize = 500;

#[derive(Serialize)]
pub(crate) struct SharingView {
    access: Access,
    level: &'static str,
    levels: Vec<&'static str>,
    people: Vec<PersonView>,
    links: Vec<LinkView>,
}

#[derive(Serialize)]
struct PersonView {
    subject: String,
    name: Option<String>,
    role: &'static str,
    you: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkView {
    role: &'static str,
    url: String,
    expires_at: Option<String>,
}

/// `GET /api/decks/{id}/sharing`
pub(crate) async fn show(
    State(app): State<App>,
    allowed: Allowed,
) -> Result<Json<SharingView>, ApiError> {
    sharing(&app, &allowed).await.map(Json)
}

/// All of it that the visitor may see.
pub(super) async fn sharing(app: &App, allowed: &Allowed) -> Result<SharingView, ApiError> {
    let Allowed { visitor, deck, .. } = allowed;
    // What they have just changed may be their own access.
    let access = judge(app, visitor, deck).await?;
    let found = app.access.deck_access(deck, visitor.subjects(), false, now()).await?;
    let level = found.ok_or(ApiError::NoDeck)?.level;
    let people = if access >= Access::Present { people(app, allowed).await? } else { Vec::new() };
    let mut shown = Vec::new();
    for role in LinkRole::ALL {
        if access < least_to_see(role) {
            continue;
        }
        let link = links::get(app, allowed, role).await?;
        let (url, expires_at) = (path(role, &link.code), link.expires_at.map(rfc_3339));
        shown.push(LinkView { role: role.name(), url, expires_at });
    }
    let levels = levels(app.mode, level).into_iter().map(DeckLevel::name).collect();
    Ok(SharingView { access, level: level.name(), levels, people, links: shown })
}

/// Who writes may show the deck around; what gives more is for those who could take it back.
fn least_to_see(role: LinkRole) -> Access {
    match role {
        LinkRole::Follow => Access::Edit,
        role => link_access(role),
    }
}

/// A level by its word.
pub(super) fn level(word: &str) -> Result<DeckLevel, ApiError> {
    let words = "`level` is one of freely, editable, limited, locked, protected, private";
    DeckLevel::parse(word).ok_or_else(|| ApiError::BadRequest(words.into()))
}

/// Levels that make a difference here: guests of a server for members only follow, whatever the level.
fn levels(mode: AccessMode, now: DeckLevel) -> Vec<DeckLevel> {
    let for_guests =
        |level| matches!(level, DeckLevel::Freely | DeckLevel::Editable | DeckLevel::Locked);
    let offered =
        |level: &DeckLevel| *level == now || mode != AccessMode::Members || !for_guests(*level);
    DeckLevel::ALL.into_iter().filter(offered).collect()
}

async fn people(app: &App, allowed: &Allowed) -> Result<Vec<PersonView>, ApiError> {
    let subjects = allowed.visitor.subjects();
    let people = app.access.people(&allowed.deck).await?;
    let names = names(app, people.iter().map(|(subject, _)| subject.clone())).await?;
    let view = |(subject, role): (String, PersonRole)| PersonView {
        name: names.get(&subject).cloned(),
        role: role.name(),
        you: subjects.contains(&subject),
        subject,
    };
    Ok(people.into_iter().map(view).collect())
}

/// Names of those among these who have signed in.
async fn names(
    app: &App,
    subjects: impl Iterator<Item = String>,
) -> Result<HashMap<String, String>, ApiError> {
    let mut users: Vec<Principal> =
        subjects.filter(|subject| subject.starts_with("user:")).map(Principal).collect();
    users.sort();
    users.dedup();
    let users = app.access.users(users).await?;
    Ok(users.into_iter().map(|user| (user.principal.0, user.name)).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelWish {
    level: String,
}

/// `PUT /api/decks/{id}/level`: what the deck is for those it was not shared with.
pub(crate) async fn set_level(
    State(app): State<App>,
    allowed: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<SharingView>, ApiError> {
    let LevelWish { level: word } = read_json(body)?;
    let level = level(&word)?;
    claim(&app, &allowed).await?;
    app.access.set_level(&allowed.deck, level).await?;
    changed(&app, &allowed, "level.set", level.name()).await;
    sharing(&app, &allowed).await.map(Json)
}

/// Whoever shuts others out of a deck that is nobody's keeps it: else nobody could open it again.
async fn claim(app: &App, Allowed { visitor, deck, .. }: &Allowed) -> Result<(), ApiError> {
    let found = app.access.deck_access(deck, visitor.subjects(), false, now()).await?;
    if visitor.session.is_some() && found.is_some_and(|found| !found.owned) {
        let owner = visitor.principal.0.clone();
        app.access.set_person(deck, owner, Some(PersonRole::Owner), now()).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonWish {
    subject: String,
    role: String,
}

/// `PUT /api/decks/{id}/people`
pub(crate) async fn set_person(
    State(app): State<App>,
    allowed: Allowed,
    body: Result<WholeBody, ApiError>,
) -> Result<Json<SharingView>, ApiError> {
    let PersonWish { subject, role } = read_json(body)?;
    let words = "`role` is one of owner, editor, viewer";
    let role = PersonRole::parse(&role).ok_or_else(|| ApiError::BadRequest(words.into()))?;
    let subject = known_subject(&app, &subject).await?;
    let people = app.access.people(&allowed.deck).await?;
    if people.len() >= MOST_PEOPLE && people.iter().all(|(known, _)| *known != subject) {
        let words = format!("a deck is shared with at most {MOST_PEOPLE} by name; use a group");
        return Err(ApiError::Conflict(words));
    }
    give(&app, &allowed, &subject, Some(role)).await?;
    let detail = format!("{subject} {}", role.name());
    changed(&app, &allowed, "person.set", &detail).await;
    sharing(&app, &allowed).await.map(Json)
}

/// `DELETE /api/decks/{id}/people/{subject}`
pub(crate) async fn remove_person(
    State(app): State<App>,
    Path((_, subject)): Path<(String, String)>,
    allowed: Allowed,
) -> Result<Json<SharingView>, ApiError> {
    give(&app, &allowed, &subject, None).await?;
    changed(&app, &allowed, "person.remove", &subject).await;
    sharing(&app, &allowed).await.map(Json)
}

async fn give(
    app: &App,
    allowed: &Allowed,
    subject: &str,
    role: Option<PersonRole>,
) -> Result<(), ApiError> {
    let given = app.access.set_person(&allowed.deck, subject.to_owned(), role, now()).await?;
    if given { Ok(()) } else { Err(ApiError::Conflict("a deck keeps at least one owner".into())) }
}

/// A subject as it is stored.
async fn known_subject(app: &App, subject: &str) -> Result<String, ApiError> {
    let bad = || {
        let words = "`subject` is `email:…`, `group:…`, or the `user:…` or `guest:…` of somebody";
        ApiError::BadRequest(words.into())
    };
    let (kind, name) = subject.split_once(':').ok_or_else(bad)?;
    let name = name.trim();
    let is_plain = !name.is_empty() && !name.chars().any(char::is_control);
    if !is_plain || subject.len() > MOST_SUBJECT_BYTES {
        return Err(bad());
    }
    let is_code = name.len() == PRINCIPAL_CHARS
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match kind {
        "email" if is_address(name) => Ok(format!("email:{}", name.to_lowercase())),
        "group" => Ok(format!("group:{name}")),
        "guest" if is_code => Ok(format!("guest:{name}")),
        "user" if is_code => {
            let principal = Principal(format!("user:{name}"));
            let known = app.access.users(vec![principal.clone()]).await?;
            if known.is_empty() { Err(bad()) } else { Ok(principal.0) }
        }
        _ => Err(bad()),
    }
}

/// Enough to catch a name in its place; only the provider knows whether it is somebody's.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains(char::is_whitespace)
}

#[derive(Serialize)]
pub(crate) struct AuditView {
    entries: Vec<EntryView>,
}

#[derive(Serialize)]
struct EntryView {
    at: String,
    principal: String,
    name: Option<String>,
    action: String,
    detail: String,
}

/// `GET /api/decks/{id}/audit`: the newest first.
pub(crate) async fn show_audit(
    State(app): State<App>,
    Allowed { deck, .. }: Allowed,
) -> Result<Json<AuditView>, ApiError> {
    let entries = app.access.audit(Some(deck), MOST_ENTRIES).await?;
    let names = names(&app, entries.iter().map(|entry| entry.principal.0.clone())).await?;
    let view = |AuditEntry { at, principal: Principal(principal), action, detail, .. }| EntryView {
        at: rfc_3339(at),
        name: names.get(&principal).cloned(),
        principal,
        action,
        detail,
    };
    Ok(Json(AuditView { entries: entries.into_iter().map(view).collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_for_guests_are_offered_where_guests_can_do_more_than_follow() {
        assert_eq!(levels(AccessMode::Open, DeckLevel::Freely).len(), 6);
        let members = levels(AccessMode::Members, DeckLevel::Limited);
        assert_eq!(members.len(), 3);
        assert_eq!(levels(AccessMode::Members, DeckLevel::Locked).len(), 4);
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        assert!(is_address("ada@example.org"));
        for text in ["ada", "@example.org", "ada@localhost", "ada @example.org"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
