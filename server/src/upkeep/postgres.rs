//! The same for decks in PostgreSQL, whose own tools make the backups.

use std::path::Path;

use anyhow::Context as _;

use super::summary;
use crate::document;
use crate::store::access::Audited;
use crate::store::postgres::PostgresStore;
use crate::store::sqlite::Export;
use crate::store::{Checked, DeckId};

pub(super) async fn check(url: &str) -> anyhow::Result<Checked> {
    PostgresStore::open_existing(url).await?.check(document::faults).await
}

pub(super) async fn audited(
    url: &str,
    deck: Option<DeckId>,
    last: usize,
) -> anyhow::Result<Vec<Audited>> {
    let store = PostgresStore::open_existing(url).await?;
    store.audited(deck, last).await.context("cannot read the database")
}

pub(super) async fn restored(url: &str) -> anyhow::Result<String> {
    let store = PostgresStore::open_existing(url).await?;
    let checked = store.check(document::faults).await?;
    let decks = store.revive().await?;
    let mut said = format!(
        "{decks} decks go on from the backup; browsers that hold later edits are told so and keep them\n\
         roles and links are as they were at the backup: reset the links that you have reset since; \
         all sessions have ended"
    );
    if !checked.faults.is_empty() {
        said += &format!("\nthe backup is damaged:\n{}", checked.faults.join("\n"));
    }
    Ok(said)
}

pub(super) async fn migrate(database: &Path, url: &str) -> anyhow::Result<String> {
    let shown = database.display();
    let export = Export::open(database).with_context(|| format!("cannot read {shown}"))?;
    let store = PostgresStore::connect(url).await?;
    let moved = store.import(&export).await;
    let moved = moved.with_context(|| format!("cannot move {shown}; nothing was changed"))?;
    let tables: Vec<String> = moved.iter().map(ToString::to_string).collect();
    let checked = store.check(document::faults).await?;
    let mut said = format!(
        "moved {}; rows and their SHA-256 are the same on both sides:\n{}\n\
         next: start each server with `--database` and this URL; one of them with this data directory, \
         in which the operator's token stays\n\
         pictures are not in the database: servers share them with `--pictures s3://BUCKET/PREFIX`, or a \
         directory that all of them see\n\
         {shown} stays as it is, and nothing is written to it any more",
        summary(&checked),
        tables.join("\n"),
    );
    let changed = moved.iter().map(|moved| moved.changed).sum();
    if let Some(told) = told_of_changed(changed) {
        said += &format!("\n{told}");
    }
    if !checked.faults.is_empty() {
        said += &format!("\nwhat was damaged still is:\n{}", checked.faults.join("\n"));
    }
    Ok(said)
}

/// The sums are of what PostgreSQL holds: that it is not all as it was, somebody has to say.
fn told_of_changed(changed: usize) -> Option<String> {
    let texts = match changed {
        0 => return None,
        1 => "1 text".to_owned(),
        more => format!("{more} texts"),
    };
    Some(format!(
        "{texts} in titles, names, comments or the like had NUL characters, which PostgreSQL cannot hold: \
         they are U+FFFD there"
    ))
}

/// What to do instead of `ondeck backup`.
pub(super) fn how_to_back_up(url: &str, target: &Path) -> anyhow::Error {
    let (target, url) = (quoted(&target.display().to_string()), quoted(&without_password(url)));
    anyhow::anyhow!(
        "decks that are in PostgreSQL are backed up by PostgreSQL, also while servers run\n\
         hint: pg_dump --format=custom --file={target} {url}\n\
         hint: pictures are not in it: back up their bucket or directory as well"
    )
}

/// What to do instead of `ondeck restore`.
pub(super) fn how_to_restore(url: &str, backup: &Path) -> anyhow::Error {
    let (backup, url) = (quoted(&backup.display().to_string()), quoted(&without_password(url)));
    anyhow::anyhow!(
        "decks that are in PostgreSQL are restored by PostgreSQL, into an empty database\n\
         hint: stop all servers, and make an empty database (`createdb`); what was there is kept beside it\n\
         hint: pg_restore --single-transaction --no-owner --dbname={url} {backup}\n\
         hint: then `ondeck restored` with the same `--database`, before any server starts"
    )
}

/// A password has no place in what is printed: PostgreSQL's programs ask for it, or find it in `PGPASSWORD`
/// or `~/.pgpass`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((who, host)) => format!("{}@{host}", who.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    let (path, settings) = path.split_once('?').unwrap_or((path, ""));
    let settings = settings.split('&').filter(|setting| !setting.starts_with("password="));
    let settings = settings.collect::<Vec<_>>().join("&");
    let mark = if settings.is_empty() { "" } else { "?" };
    format!("{scheme}://{authority}{path}{mark}{settings}")
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_has_no_password_and_can_be_pasted_into_a_shell() {
        let url = "postgres://ondeck:pa:ss@db.example.org:5432/decks?sslmode=require";
        let said = how_to_back_up(url, Path::new("Ada's.dump")).to_string();
        let command = r"pg_dump --format=custom --file='Ada'\''s.dump' 'postgres://ondeck@db.example.org:5432/decks?sslmode=require'";
        assert!(said.contains(command) && !said.contains("pa:ss"), "{said}");
        for url in ["postgres://db/decks", "postgres://ada@db?sslmode=disable&port=1"] {
            assert_eq!(without_password(url), url);
        }
        let url = "postgres://db/decks?user=ada&password=pass";
        assert_eq!(without_password(url), "postgres://db/decks?user=ada");
    }
}
